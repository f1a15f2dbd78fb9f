#!/usr/bin/env python3
"""Reads a report on many images back with a parser that knows nothing of amilint, and says as JSON what it says.

usage: parse-audit.py json|jsonl|csv|sarif|junit|markdown|html FILE [SCHEMA]
needs: as parse-report.py, whose parsers it takes

Keys: images (name: rule id: all that is said of it there; of an image that could not be read under "error"), verdicts
(name: verdict; where the format tells), elements, attributes, links and errors as parse-report.py has them, and text
(all there is besides). Markdown has no images: it is a list of answers, one of each site, with all in text.
"""
import csv
import importlib.util
import io
import json
import os
import re
import sys
import xml.etree.ElementTree

spec = importlib.util.spec_from_file_location(
    "parse_report", os.path.join(os.path.dirname(os.path.abspath(__file__)), "parse-report.py"))
report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(report)

FACTS = ["distribution", "kernel", "agent", "docker", "architecture"]


def answer(images, verdicts=None, **rest):
    return {"images": images, "verdicts": verdicts or {}, "elements": [], "attributes": [], "links": [], "errors": [],
            "text": "", **rest}


def lines(values):
    images, verdicts = {}, {}
    for line in values:
        name = line["image"]["name"]
        if "error" in line:
            images[name], verdicts[name] = {"error": line["error"]["reason"]}, "unreadable"
        else:
            images[name] = {f["rule"]: "\n".join(report.strings(f)) for f in line["findings"]}
            verdicts[name] = line["summary"]["verdict"]
    return images, verdicts


def from_json(text, _):
    document = json.loads(text)
    images, verdicts = lines(document["images"])
    return answer(images, verdicts, text=json.dumps(document["summary"]))


def from_jsonl(text, _):
    return answer(*lines(map(json.loads, text.split("\n")[:-1])))


def from_csv(text, _):
    rows = list(csv.reader(io.StringIO(text), strict=True))
    head = rows[0]
    errors = [f"row {i}: {len(row)} cells" for i, row in enumerate(rows) if len(row) != len(head)]
    errors += [f"row {i}: {cell}" for i, row in enumerate(rows) for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    images, verdicts = {}, {}
    for row in rows[1:]:
        cells = dict(zip(head, row))
        name, verdicts[cells["image"]] = cells["image"], cells["verdict"]
        rules = {rule: cells[rule] for rule in head[head.index("linux-distribution"):] if cells[rule]}
        images[name] = {"error": cells["error"]} if cells["error"] else rules
    return answer(images, verdicts, errors=errors, text="\n".join(head))


def from_sarif(text, schema):
    said = report.sarif(text, schema)
    images = {}
    for result in json.loads(text)["runs"][0]["results"]:
        rules = images.setdefault(result["properties"]["image"], {})
        rule = "error" if result["ruleId"] == "unreadable-image" else result["ruleId"]
        if rule in rules:
            said["errors"].append(f"twice: {result['properties']['image']} {rule}")
        rules[rule] = result["message"]["text"]
    return answer(images, errors=said["errors"], links=said["links"], text=said["image"])


def from_junit(text, _):
    root = xml.etree.ElementTree.fromstring(text.encode("utf-8"))
    images, errors = {}, []
    for suite in root:
        cases = {}
        for case in suite.iter("testcase"):
            cases["error" if case.get("name") == "unreadable-image" else case.get("name")] = "\n".join(
                part for element in case.iter() for part in [element.get("message") or "", element.text or ""])
        images[suite.get("name")] = cases
    for name, tags in [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]:
        for element in [root, *root]:
            count = sum(1 for _ in element.iter(tags))
            if element.get(name) is not None and int(element.get(name)) != count:
                errors.append(f"{element.tag} {element.get('name')}: {name} {element.get(name)}, {count} counted")
    return answer(images, errors=errors, elements=sorted({e.tag for e in root.iter()}))


def from_markdown(text, _):
    answers = report.markdown(text, None)
    return {site: answer({}, elements=said["elements"], attributes=said["attributes"], links=said["links"],
                         text=said["image"] + "\n".join(said["findings"].values())) for site, said in answers.items()}


def from_html(text, _):
    page = report.html(text, None)
    data = {}
    for name in ["images", "findings", "strings", "rules"]:
        found = re.findall(rf'<script type="application/json" id="data-{name}">(.*?)</script>', text, re.S)
        data[name] = json.loads(found[0])
        # A page has one such element, and what stands in it begins and ends no element or comment.
        if len(found) != 1 or re.search(r"[<>&\u2028\u2029]", found[0]):
            page["errors"].append(f"data-{name} is not inert")
    strings, images, verdicts = data["strings"], {}, {}
    for row in data["images"]:
        verdicts[row[0]] = ["fail", "unreadable", "undetermined", "pass"][row[1]]
        if len(row) == 3:
            images[row[0]] = {"error": strings[row[2]]}
            continue
        rules = {}
        for rule, number in zip(data["rules"], row[7]):
            if number < 0:
                continue
            standing, level, found, places, act, remedy, accepted, change = data["findings"][number]
            parts = [found, *(part for place in places for part in place), remedy, accepted]
            rules[rule[0]] = "\n".join(strings[part] for part in parts if part >= 0)
        images[row[0]] = rules
    shown = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    rest = report.html(shown, None)
    return answer(images, verdicts, elements=rest["elements"], attributes=rest["attributes"], links=rest["links"],
                  errors=page["errors"], text=rest["image"])


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8", errors="strict", newline="") as file:
        source = file.read()
    parser = globals()["from_" + sys.argv[1]]
    json.dump(parser(source, sys.argv[3] if len(sys.argv) > 3 else None), sys.stdout)
    print()
