/// What the HTML page of an audit does: it draws the rows that are in sight, filters, sorts, and shows one image.

/// The script of the page, and its hash for the page's content security policy.
///
/// Texts from images reach the page by `textContent`, `title` and attribute values alone. What is shown is in the
/// fragment of the address (`#q=&verdict=&rule=&answer=&sort=&image=`), so that a view can be shared.
enum AuditHTMLScript {
    /// `sha256-` and the base64 of the SHA-256 of `script`; a test computes it again.
    static let hash = "sha256-09q8YwDzBiQJYPAKdJS5Vi8nLKy5ieYJHq7AeWehu28="

    /// The script, nothing in it but constants.
    static let script = #"""

        (() => {
          "use strict";
          const at = id => document.getElementById(id);
          const read = name => JSON.parse(at("data-" + name).textContent);
          const STANDINGS = [["fail", "Fails"], ["unreadable", "Unreadable"], ["undetermined", "Undetermined"],
            ["pass", "Passes"]];
          const ANSWERS = [["fail", "fails"], ["undetermined", "undetermined"], ["accepted", "accepted"],
            ["pass", "passes"], ["notApplicable", "not applicable"]];
          const GROUPS = [[0, 0, "Required rules that fail"], [1, 0, "Required rules that could not be determined"],
            [0, 1, "Recommended rules that fail"], [1, 1, "Recommended rules that could not be determined"],
            [2, -1, "Accepted findings"], [3, -1, "Rules that pass"], [4, -1, "Rules that do not apply"]];
          const FACTS = ["distribution", "kernel", "agent", "docker", "architecture"];
          const LABELS = ["Distribution", "Kernel that boots", "ECS agent", "Docker", "Architecture"];
          const CHANGES = ["", "new since the former audit", "fixed since the former audit",
            "unchanged since the former audit"];
          const FAIL = 0, UNREADABLE = 1, SHEETS = 3000;
          const table = at("table");
          if (!table) return;

          const rules = read("rules"), strings = read("strings"), findings = read("findings");
          const images = read("images").map((row, number) => {
            const isJudged = row[1] !== UNREADABLE, line = strings[row[2]];
            let failures = 0, advice = 0;
            if (isJudged) for (const index of row[7]) {
              if (index < 0 || findings[index][0] !== FAIL) continue;
              if (findings[index][1] === 0) failures += 1; else advice += 1;
            }
            return {row, number, isJudged, line, failures, advice, name: row[0], standing: row[1],
              text: (row[0] + "\n" + line).toLowerCase()};
          });
          const byName = new Map(images.map(image => [image.name, image]));
          const finding = (image, rule) => image.isJudged && image.row[7][rule] >= 0 ? findings[image.row[7][rule]] : null;

          const element = (tag, className, ...children) => {
            const made = document.createElement(tag);
            if (className) made.className = className;
            for (const child of children) if (child !== null) made.append(child);
            return made;
          };
          const kind = one => ANSWERS[one[0]][0] + (one[1] === 1 ? " advice" : "");

          // The table: a head, rows in sight, and as much room above and below as the others take.
          const columns = [["name", "Image"], ["verdict", "Verdict"], ["failures", "Failures"]].map(([key, label]) => {
            const button = element("button", "", label);
            button.type = "button";
            button.addEventListener("click", () => sortBy(key));
            const cell = element("th", key, button);
            cell.scope = "col";
            cell.dataset.key = key;
            return cell;
          });
          const heads = rules.map(rule => {
            const link = element("a", "", element("span", "", rule[0]));
            link.href = "#rule=" + encodeURIComponent(rule[0]);
            link.dataset.rule = rule[0];
            link.title = rule[1];
            const cell = element("th", "rule" + (rule[2] === "required" ? "" : " advice"), link);
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
          const above = gap(), below = gap();
          const body = element("tbody", "", above, below);
          table.append(caption, head, body);

          const pattern = element("tr", "", element("th", "name"), element("td", "verdict"), element("td", "failures"),
            ...rules.map(() => element("td", "cell")));
          pattern.firstChild.scope = "row";
          const draw = image => {
            const row = pattern.cloneNode(true), cells = row.children;
            const standing = STANDINGS[image.standing];
            row.className = standing[0];
            row.dataset.image = image.number;
            const button = element("button", "open", image.name);
            button.type = "button";
            button.title = image.name;
            const broken = image.isJudged ? rules.filter((_, rule) => {
              const one = finding(image, rule);
              return one && one[1] === 0 && one[0] === (image.standing === 2 ? 1 : FAIL);
            }).map(rule => rule[0]).join(", ") : "";
            cells[0].append(button, element("span", "line", image.line));
            if (broken && image.standing !== 3) cells[0].append(element("span", "cause", broken));
            cells[1].append(element("span", "mark", standing[1]));
            cells[2].textContent = image.isJudged ? String(image.failures) : "";
            if (image.advice) cells[2].append(element("span", "more", " +" + image.advice));
            rules.forEach((rule, number) => {
              const one = finding(image, number), cell = cells[3 + number];
              if (!one) return;
              cell.className = "cell " + kind(one);
              cell.dataset.rule = number;
              cell.textContent = ANSWERS[one[0]][1];
              cell.title = rule[0] + " " + ANSWERS[one[0]][1] + ": " + strings[one[2]];
            });
            return row;
          };

          let shown = images, drawn = new Map(), height = 48;
          const paper = matchMedia("print");
          const place = () => {
            const top = -body.getBoundingClientRect().top;
            let first = Math.max(0, Math.floor(top / height) - 12);
            let end = Math.min(shown.length, Math.ceil((top + innerHeight) / height) + 12);
            if (paper.matches) { first = 0; end = Math.min(shown.length, SHEETS); }
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
              if (row === next) next = next.nextSibling; else body.insertBefore(row, next);
            }
            drawn = rows;
            above.firstChild.style.height = first * height + "px";
            below.firstChild.style.height = (shown.length - end) * height + "px";
            above.hidden = first === 0;
            below.hidden = end === shown.length;
            below.firstChild.textContent = paper.matches ? "and " + (shown.length - end) + " more: filter before printing" : "";
            if (paper.matches) below.firstChild.style.height = "auto";
            const one = rows.size && !paper.matches ? rows.values().next().value.offsetHeight : 0;
            if (one && Math.abs(one - height) > 0.5) { height = one; place(); }
          };

          // What is shown, as the address has it.
          const state = {q: "", verdict: "", rule: "", answer: "fail", sort: "name", image: ""};
          const initial = {...state};
          const ranks = new Map();
          const collator = new Intl.Collator("en", {numeric: true});
          const rank = key => {
            if (key === "name") return image => image.number;
            if (key === "verdict") return image => image.standing;
            if (key === "failures") return image => image.failures * 100 + image.advice;
            const fact = FACTS.indexOf(key);
            if (fact < 0) return null;
            if (!ranks.has(key)) {
              const texts = new Set(images.map(image => image.isJudged ? strings[image.row[3][fact]] : ""));
              ranks.set(key, new Map([...texts].sort(collator.compare).map((text, index) => [text, index])));
            }
            return image => ranks.get(key).get(image.isJudged ? strings[image.row[3][fact]] : "");
          };
          let sorted = images, sortedBy = "name";
          const sort = () => {
            if (sortedBy === state.sort) return;
            const isReversed = state.sort.startsWith("-");
            const of = rank(state.sort.replace("-", "")) || rank("name");
            const keyed = images.map(image => [of(image), image]);
            keyed.sort((a, b) => (isReversed ? b[0] - a[0] : a[0] - b[0]) || a[1].number - b[1].number);
            sorted = keyed.map(pair => pair[1]);
            sortedBy = state.sort;
          };
          const filter = () => {
            sort();
            const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
            const standing = STANDINGS.findIndex(one => one[0] === state.verdict);
            const rule = rules.findIndex(one => one[0] === state.rule);
            const answer = ANSWERS.findIndex(one => one[0] === state.answer);
            shown = sorted.filter(image => {
              if (standing >= 0 && image.standing !== standing) return false;
              if (rule >= 0) {
                const one = finding(image, rule);
                if (!one || one[0] !== answer) return false;
              }
              return words.every(word => image.text.includes(word));
            });
            at("shown").textContent = shown.length === images.length ? "All " + images.length + " images"
              : shown.length + " of " + images.length + " images";
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
            history.replaceState(null, "", "#" + fragment);
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
            if (!rules.some(rule => rule[0] === state.rule)) state.rule = "";
            if (!ANSWERS.some(answer => answer[0] === state.answer)) state.answer = initial.answer;
            if (!STANDINGS.some(standing => standing[0] === state.verdict) || !at("verdict-" + state.verdict)) state.verdict = "";
            if (!rank(state.sort.replace("-", ""))) state.sort = initial.sort;
            controls();
            filter();
            const image = byName.get(state.image);
            if (image) open(image); else if (dialog.open) dialog.close();
          };
          const sortBy = key => {
            const first = key === "failures" ? "-" + key : key;
            const other = key === "failures" ? key : "-" + key;
            change({sort: state.sort === first ? other : first});
          };
          const filterBy = rule => {
            change({rule: state.rule === rule ? "" : rule, answer: "fail"});
            if (table.getBoundingClientRect().top > innerHeight - 120) at("images").scrollIntoView();
          };

          // One image.
          const dialog = at("details");
          const prose = text => {
            const parts = text.split("`"), made = element("p", "image-text");
            if (parts.length % 2 === 0) made.append(text);
            else parts.forEach((part, index) => { if (part) made.append(index % 2 ? element("code", "", part) : part); });
            return made;
          };
          const part = (name, content) => element("div", "", element("dt", "", name), element("dd", "", content));
          const evidence = places => element("ul", "evidence", ...places.map(([where, text]) => element("li", "",
            element("code", "place", strings[where]), text < 0 ? null : element("code", "text", strings[text]))));
          const meta = (rule, one) => {
            const made = element("p", "meta", element("code", "", rule[0]), " · " + (one[1] ? "recommended" : "required")
              + (rule[3] ? " · clause " + rule[3] : ""));
            if (one[7]) made.append(" · ", element(one[7] === 3 ? "span" : "strong", "", CHANGES[one[7]]));
            return made;
          };
          const card = (rule, one) => {
            const isQuiet = one[0] > 2, title = element("h4", "");
            const made = element("article", "finding " + kind(one) + (isQuiet ? " row" : ""), title, meta(rule, one));
            title.id = "title-" + rule[0];
            made.id = "finding-" + rule[0];
            made.setAttribute("aria-labelledby", title.id);
            if (isQuiet) {
              title.append(rule[1]);
              made.append(element("div", "result", element("p", "image-text", strings[one[2]]),
                one[3].length ? evidence(one[3]) : null));
              return made;
            }
            title.append(element("span", "mark", one[0] === 0 && one[1] ? "advice" : ANSWERS[one[0]][1]), " " + rule[1]);
            const parts = element("dl", "parts");
            if (one[6] >= 0) parts.append(part("Accepted", element("p", "accepted", strings[one[6]])));
            parts.append(part("Found", element("p", "image-text", strings[one[2]])));
            if (one[3].length) parts.append(part("Evidence", evidence(one[3])));
            if (one[5] >= 0) parts.append(part(strings[one[4]], prose(strings[one[5]])));
            made.append(parts);
            if (rule[4].length) {
              made.append(element("details", "", element("summary", "", "About this rule"),
                element("dl", "parts", ...rule[4].map(([name, text]) => part(name, prose(text))))));
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
            const index = shown.indexOf(image), standing = STANDINGS[image.standing];
            const step = by => button(by < 0 ? "Previous" : "Next", "", () => {
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
            const title = element("h2", "", element("span", "verdict", standing[1]), " ", element("span", "image", image.name));
            title.id = "details-title";
            const top = element("header", "", element("nav", "", ...steps, button("Close", "close", () => dialog.close())), title);
            const content = element("div", "content", top);
            if (!image.isJudged) content.append(element("p", "image-text", image.line));
            else {
              const [, , , facts, about, sentence, notes, list] = image.row;
              content.append(element("p", "sentence", strings[sentence]), element("dl", "facts",
                ...LABELS.map((label, fact) => part(label, strings[facts[fact]])), part("Read from", strings[about])),
                ...notes.map(note => element("p", "note", "Note: " + strings[note])));
              for (const [answer, level, label] of GROUPS) {
                const group = list.map((number, rule) => [rules[rule], findings[number]])
                  .filter(([, one]) => one && one[0] === answer && (level < 0 || one[1] === level));
                if (!group.length) continue;
                content.append(element("h3", "", label + " ", element("span", "count", String(group.length))),
                  ...group.map(([rule, one]) => card(rule, one)));
              }
            }
            dialog.className = standing[0];
            dialog.replaceChildren(content);
            if (!dialog.open) dialog.showModal();
            dialog.scrollTop = 0;
            change({image: image.name});
            const chosen = rule === undefined ? null : at("finding-" + rules[rule][0]);
            if (chosen) { chosen.classList.add("chosen"); chosen.scrollIntoView({block: "center"}); }
          };
          dialog.addEventListener("close", () => {
            const image = byName.get(state.image);
            change({image: ""});
            const row = image && drawn.get(image);
            if (row) row.querySelector(".open").focus({preventScroll: true});
          });
          dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });

          body.addEventListener("click", event => {
            const row = event.target.closest("tr[data-image]");
            if (!row || String(getSelection())) return;
            const cell = event.target.closest("td[data-rule]");
            open(images[row.dataset.image], cell ? Number(cell.dataset.rule) : undefined);
          });
          body.addEventListener("keydown", event => {
            const row = event.target.closest("tr[data-image]");
            const step = {ArrowDown: "nextSibling", ArrowUp: "previousSibling"}[event.key];
            const next = row && step && row[step].querySelector(".open");
            if (next) { event.preventDefault(); next.focus(); }
          });
          document.addEventListener("click", event => {
            const link = event.target.closest("a[data-rule]");
            if (!link) return;
            event.preventDefault();
            filterBy(link.dataset.rule);
          });
          at("query").addEventListener("input", event => change({q: event.target.value}, 400));
          at("rule").addEventListener("change", event => change({rule: event.target.value}));
          at("answer").addEventListener("change", event => change({answer: event.target.value}));
          at("sort").addEventListener("change", event => change({sort: event.target.value}));
          at("reverse").addEventListener("click", () =>
            change({sort: state.sort.startsWith("-") ? state.sort.slice(1) : "-" + state.sort}));
          at("reset").addEventListener("click", () => change({...initial}));
          for (const radio of document.getElementsByName("verdict")) {
            radio.addEventListener("change", () => change({verdict: radio.value}));
          }
          addEventListener("hashchange", load);
          addEventListener("scroll", place, {passive: true});
          addEventListener("resize", place);
          addEventListener("beforeprint", place);
          paper.addEventListener("change", place);
          document.querySelector(".unscripted").remove();
          document.querySelector(".tools").hidden = false;
          table.hidden = false;
          load();
          performance.mark("interactive");
        })();

        """#
}
