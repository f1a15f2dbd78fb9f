// What the HTML page of an audit does: it draws the rows that are in sight, filters, sorts, and shows one image.
//
// Texts from images reach the page by textContent, title and attribute values alone. What is shown is in the fragment of
// the address (#q=&verdict=&rule=&answer=&sort=&image=), so that a view can be shared.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const read = (name) => JSON.parse(at(`data-${name}`).textContent);
  const table = at("table");
  if (!table) return;

  // What is where in the rows is said in AuditHTMLData.swift. Standings, answers, levels and changes are numbers there,
  // positions in these words, which have a name and a label each.
  const { standings, answers, levels, groups, facts, changes } = read("words");
  const strings = read("strings");
  const rules = read("rules").map(([id, title, level, clause, parts]) => ({ id, title, level, clause, parts }));
  const findings = read("findings").map(([answer, level, found, places, act, remedy, accepted, change]) => ({
    answer: answers[answer],
    level: levels[level],
    isAdvice: levels[level] === "recommended",
    found: strings[found],
    places,
    act: strings[act],
    remedy: strings[remedy],
    acceptance: strings[accepted],
    // 0 for none.
    change: changes[change - 1],
  }));
  const images = read("images").map(([name, standing, line, values, about, sentence, notes, list], number) => {
    const made = { name, number, rank: standing, standing: standings[standing], line: strings[line] };
    Object.assign(made, { values, about, sentence, notes, list, failures: 0, advice: 0 });
    made.text = `${name}\n${made.line}`.toLowerCase();
    for (const index of list ?? []) {
      if (findings[index]?.answer.name !== "fail") continue;
      if (findings[index].isAdvice) made.advice += 1;
      else made.failures += 1;
    }
    return made;
  });
  const byName = new Map(images.map((image) => [image.name, image]));
  // An image that could not be read has no findings, and of a rule that was not judged there is none.
  const finding = (image, rule) => findings[image.list?.[rule]];

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    for (const child of children) if (child !== undefined) made.append(child);
    return made;
  };
  const kind = (one) => one.answer.name + (one.isAdvice ? " advice" : "");

  // The table: a head, rows in sight, and as much room above and below as the others take.
  const columns = [
    ["name", "Image"],
    ["verdict", "Verdict"],
    ["failures", "Failures"],
  ].map(([key, label]) => {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => sortBy(key));
    const cell = element("th", key, button);
    cell.scope = "col";
    cell.dataset.key = key;
    return cell;
  });
  const heads = rules.map((rule) => {
    const link = element("a", "", element("span", "", rule.id));
    link.href = `#rule=${encodeURIComponent(rule.id)}`;
    link.dataset.rule = rule.id;
    link.title = rule.title;
    const cell = element("th", `rule${rule.level === "required" ? "" : " advice"}`, link);
    cell.scope = "col";
    return cell;
  });
  const caption = element("caption", "", "Images by rules");
  const head = element("thead", "", element("tr", "", ...columns, ...heads));
  const gap = () => {
    const row = element("tr", "gap", element("td"));
    row.setAttribute("aria-hidden", "true");
    return row;
  };
  const above = gap(),
    below = gap();
  const body = element("tbody", "", above, below);
  table.append(caption, head, body);
  // As many columns as there are rules find room beside the names only where they are narrow.
  table.classList.toggle("dense", rules.length > 30);

  const pattern = element(
    "tr",
    "",
    element("th", "name"),
    element("td", "verdict"),
    element("td", "failures"),
    ...rules.map(() => element("td", "cell")),
  );
  pattern.firstChild.scope = "row";
  const draw = (image) => {
    const row = pattern.cloneNode(true),
      cells = row.children;
    row.className = image.standing.name;
    row.dataset.image = image.number;
    const button = element("button", "open", image.name);
    button.type = "button";
    button.title = image.name;
    // The required rules that decided the verdict; none where all of them pass.
    const cause = rules.filter((_, rule) => {
      const one = finding(image, rule);
      return one?.level === "required" && one.answer.name === image.standing.name && one.answer.name !== "pass";
    });
    cells[0].append(button, element("span", "line", image.line));
    if (cause.length) cells[0].append(element("span", "cause", cause.map((rule) => rule.id).join(", ")));
    cells[1].append(element("span", "mark", image.standing.label));
    cells[2].textContent = image.list ? String(image.failures) : "";
    if (image.advice) cells[2].append(element("span", "more", ` +${image.advice}`));
    rules.forEach((rule, number) => {
      const one = finding(image, number),
        cell = cells[3 + number];
      if (!one) return;
      cell.className = `cell ${kind(one)}`;
      cell.dataset.rule = number;
      cell.textContent = one.answer.label;
      cell.title = `${rule.id} ${one.answer.label}: ${one.found}`;
    });
    return row;
  };

  let shown = images,
    drawn = new Map(),
    height = 48;
  const paper = matchMedia("print");
  // So many rows come on paper.
  const SHEETS = 3000;
  const place = () => {
    const top = -body.getBoundingClientRect().top;
    let first = Math.max(0, Math.floor(top / height) - 12);
    let end = Math.min(shown.length, Math.ceil((top + innerHeight) / height) + 12);
    if (paper.matches) {
      first = 0;
      end = Math.min(shown.length, SHEETS);
    }
    if (end < first) first = end = Math.min(first, shown.length);
    const rows = new Map();
    let next = above.nextSibling;
    for (const row of drawn.values()) row.dataset.stale = "";
    for (let index = first; index < end; index += 1) {
      const image = shown[index];
      const row = drawn.get(image) || draw(image);
      delete row.dataset.stale;
      row.setAttribute("aria-rowindex", index + 2);
      rows.set(image, row);
    }
    for (const [image, row] of drawn) if (!rows.has(image)) row.remove();
    next = above.nextSibling;
    for (const row of rows.values()) {
      if (row === next) next = next.nextSibling;
      else body.insertBefore(row, next);
    }
    drawn = rows;
    above.firstChild.style.height = `${first * height}px`;
    below.firstChild.style.height = `${(shown.length - end) * height}px`;
    above.hidden = first === 0;
    below.hidden = end === shown.length;
    below.firstChild.textContent = paper.matches ? `and ${shown.length - end} more: filter before printing` : "";
    if (paper.matches) below.firstChild.style.height = "auto";
    const one = rows.size && !paper.matches ? rows.values().next().value.offsetHeight : 0;
    if (one && Math.abs(one - height) > 0.5) {
      height = one;
      place();
    }
  };

  // What is shown, as the address has it.
  const state = { q: "", verdict: "", rule: "", answer: "fail", sort: "name", image: "" };
  const initial = { ...state };
  const ranks = new Map();
  const collator = new Intl.Collator("en", { numeric: true });
  const rank = (key) => {
    if (key === "name") return (image) => image.number;
    if (key === "verdict") return (image) => image.rank;
    if (key === "failures") return (image) => image.failures * 100 + image.advice;
    const fact = facts.findIndex((one) => one.name === key);
    if (fact < 0) return null;
    const value = (image) => (image.values ? strings[image.values[fact]] : "");
    if (!ranks.has(key)) {
      const texts = [...new Set(images.map(value))].sort(collator.compare);
      ranks.set(key, new Map(texts.map((text, index) => [text, index])));
    }
    return (image) => ranks.get(key).get(value(image));
  };
  let sorted = images,
    sortedBy = "name";
  const sort = () => {
    if (sortedBy === state.sort) return;
    const isReversed = state.sort.startsWith("-");
    const of = rank(state.sort.replace("-", "")) || rank("name");
    const keyed = images.map((image) => [of(image), image]);
    keyed.sort((a, b) => (isReversed ? b[0] - a[0] : a[0] - b[0]) || a[1].number - b[1].number);
    sorted = keyed.map((pair) => pair[1]);
    sortedBy = state.sort;
  };
  const filter = () => {
    sort();
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const rule = rules.findIndex((one) => one.id === state.rule);
    shown = sorted.filter((image) => {
      if (state.verdict && image.standing.name !== state.verdict) return false;
      if (rule >= 0 && finding(image, rule)?.answer.name !== state.answer) return false;
      return terms.every((term) => image.text.includes(term));
    });
    at("shown").textContent =
      shown.length === images.length ? `All ${images.length} images` : `${shown.length} of ${images.length} images`;
    table.setAttribute("aria-rowcount", shown.length + 1);
    place();
  };
  const controls = () => {
    at("query").value = state.q;
    at("rule").value = state.rule;
    at("answer").value = state.answer;
    at("answer").disabled = !state.rule;
    at("sort").value = state.sort.replace("-", "");
    at("reverse").setAttribute("aria-pressed", String(state.sort.startsWith("-")));
    for (const radio of document.getElementsByName("verdict")) radio.checked = radio.value === state.verdict;
    for (const cell of columns) {
      const isKey = cell.dataset.key === state.sort.replace("-", "");
      cell.setAttribute("aria-sort", !isKey ? "none" : state.sort[0] === "-" ? "descending" : "ascending");
    }
    for (const link of document.querySelectorAll("a[data-rule]")) {
      if (link.dataset.rule === state.rule) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  let writing = 0;
  const write = () => {
    const fragment = new URLSearchParams();
    for (const key in state) if (state[key] !== initial[key]) fragment.set(key, state[key]);
    if (!state.rule) fragment.delete("answer");
    history.replaceState(null, "", `#${fragment}`);
  };
  const change = (changes, delay = 0) => {
    Object.assign(state, changes);
    controls();
    filter();
    // A browser allows a page few changes of its address in a second.
    clearTimeout(writing);
    writing = setTimeout(write, delay);
  };
  const load = () => {
    const fragment = new URLSearchParams(location.hash.slice(1));
    for (const key in state) state[key] = fragment.has(key) ? fragment.get(key) : initial[key];
    if (!rules.some((rule) => rule.id === state.rule)) state.rule = "";
    if (!answers.some((answer) => answer.name === state.answer)) state.answer = initial.answer;
    // A verdict that no image has cannot be chosen.
    if (!standings.some((one) => one.name === state.verdict) || !at(`verdict-${state.verdict}`)) state.verdict = "";
    if (!rank(state.sort.replace("-", ""))) state.sort = initial.sort;
    controls();
    filter();
    const image = byName.get(state.image);
    if (image) open(image);
    else if (dialog.open) dialog.close();
  };
  const sortBy = (key) => {
    const first = key === "failures" ? `-${key}` : key;
    const other = key === "failures" ? key : `-${key}`;
    change({ sort: state.sort === first ? other : first });
  };
  const filterBy = (rule) => {
    change({ rule: state.rule === rule ? "" : rule, answer: "fail" });
    if (table.getBoundingClientRect().top > innerHeight - 120) at("images").scrollIntoView();
  };

  // One image.
  const dialog = at("details");
  const prose = (text) => {
    const parts = text.split("`"),
      made = element("p", "image-text");
    if (parts.length % 2 === 0) made.append(text);
    else
      parts.forEach((part, index) => {
        if (part) made.append(index % 2 ? element("code", "", part) : part);
      });
    return made;
  };
  const part = (name, content) => element("div", "", element("dt", "", name), element("dd", "", content));
  const evidence = (places) => {
    const items = places.map(([where, text]) => {
      const item = element("li", "", element("code", "place", strings[where]));
      if (text >= 0) item.append(element("code", "text", strings[text]));
      return item;
    });
    return element("ul", "evidence", ...items);
  };
  const meta = (rule, one) => {
    const clause = rule.clause ? ` · clause ${rule.clause}` : "";
    const made = element("p", "meta", element("code", "", rule.id), ` · ${one.level}${clause}`);
    if (one.change) {
      made.append(" · ", element(one.change.name === "unchanged" ? "span" : "strong", "", one.change.label));
    }
    return made;
  };
  const card = (rule, one) => {
    const isQuiet = ["pass", "notApplicable"].includes(one.answer.name),
      title = element("h4", "");
    const made = element("article", `finding ${kind(one)}${isQuiet ? " row" : ""}`, title, meta(rule, one));
    title.id = `title-${rule.id}`;
    made.id = `finding-${rule.id}`;
    made.setAttribute("aria-labelledby", title.id);
    const found = element("p", "image-text", one.found);
    const places = one.places.length ? evidence(one.places) : undefined;
    if (isQuiet) {
      title.append(rule.title);
      made.append(element("div", "result", found, places));
      return made;
    }
    const mark = one.answer.name === "fail" && one.isAdvice ? "advice" : one.answer.label;
    title.append(element("span", "mark", mark), ` ${rule.title}`);
    const parts = element("dl", "parts");
    if (one.acceptance) parts.append(part("Accepted", element("p", "accepted", one.acceptance)));
    parts.append(part("Found", found));
    if (places) parts.append(part("Evidence", places));
    if (one.remedy) parts.append(part(one.act, prose(one.remedy)));
    made.append(parts);
    if (rule.parts.length) {
      const about = rule.parts.map(([name, text]) => part(name, prose(text)));
      made.append(element("details", "", element("summary", "", "About this rule"), element("dl", "parts", ...about)));
    }
    return made;
  };
  const button = (label, className, action) => {
    const made = element("button", className, label);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  };
  const open = (image, rule) => {
    const index = shown.indexOf(image);
    const step = (by) =>
      button(by < 0 ? "Previous" : "Next", "", () => {
        const next = shown[shown.indexOf(image) + by];
        if (!next) return;
        open(next);
        const [before, after, close] = dialog.querySelectorAll("nav button");
        const same = by < 0 ? before : after;
        (same.disabled ? close : same).focus();
      });
    const steps = [step(-1), step(1)];
    steps[0].disabled = index < 1;
    steps[1].disabled = index < 0 || index + 1 >= shown.length;
    const verdict = element("span", "verdict", image.standing.label);
    const title = element("h2", "", verdict, " ", element("span", "image", image.name));
    title.id = "details-title";
    const close = button("Close", "close", () => dialog.close());
    const content = element("div", "content", element("header", "", element("nav", "", ...steps, close), title));
    if (!image.list) content.append(element("p", "image-text", image.line));
    else {
      const known = facts.map((fact, index) => part(fact.label, strings[image.values[index]]));
      content.append(
        element("p", "sentence", strings[image.sentence]),
        element("dl", "facts", ...known, part("Read from", strings[image.about])),
        ...image.notes.map((note) => element("p", "note", `Note: ${strings[note]}`)),
      );
      for (const group of groups) {
        const cards = rules.flatMap((rule, index) => {
          const one = finding(image, index);
          const isIn = one?.answer.name === group.answer && (!group.level || one.level === group.level);
          return isIn ? [card(rule, one)] : [];
        });
        if (!cards.length) continue;
        const count = element("span", "count", String(cards.length));
        content.append(element("h3", "", `${group.label} `, count), ...cards);
      }
    }
    dialog.className = image.standing.name;
    dialog.replaceChildren(content);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    change({ image: image.name });
    const chosen = rule === undefined ? null : at(`finding-${rules[rule].id}`);
    if (chosen) {
      chosen.classList.add("chosen");
      chosen.scrollIntoView({ block: "center" });
    }
  };
  dialog.addEventListener("close", () => {
    const image = byName.get(state.image);
    change({ image: "" });
    const row = image && drawn.get(image);
    if (row) row.querySelector(".open").focus({ preventScroll: true });
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-image]");
    if (!row || String(getSelection())) return;
    const cell = event.target.closest("td[data-rule]");
    open(images[row.dataset.image], cell ? Number(cell.dataset.rule) : undefined);
  });
  body.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr[data-image]");
    const step = { ArrowDown: "nextSibling", ArrowUp: "previousSibling" }[event.key];
    const next = row && step && row[step].querySelector(".open");
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-rule]");
    if (!link) return;
    event.preventDefault();
    filterBy(link.dataset.rule);
  });
  at("query").addEventListener("input", (event) => change({ q: event.target.value }, 400));
  at("rule").addEventListener("change", (event) => change({ rule: event.target.value }));
  at("answer").addEventListener("change", (event) => change({ answer: event.target.value }));
  at("sort").addEventListener("change", (event) => change({ sort: event.target.value }));
  at("reverse").addEventListener("click", () =>
    change({ sort: state.sort.startsWith("-") ? state.sort.slice(1) : `-${state.sort}` }),
  );
  at("reset").addEventListener("click", () => change({ ...initial }));
  for (const radio of document.getElementsByName("verdict")) {
    radio.addEventListener("change", () => change({ verdict: radio.value }));
  }
  addEventListener("hashchange", load);
  addEventListener("scroll", place, { passive: true });
  addEventListener("resize", place);
  addEventListener("beforeprint", place);
  paper.addEventListener("change", place);
  document.querySelector(".unscripted").remove();
  document.querySelector(".tools").hidden = false;
  table.hidden = false;
  load();
  performance.mark("interactive");
})();
