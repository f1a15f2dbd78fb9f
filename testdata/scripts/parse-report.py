#!/usr/bin/env python3
"""Reads a report back with a parser that knows nothing of amilint, and says as JSON what it says of each rule.

usage: parse-report.py sarif|junit|markdown|html|github FILE [SCHEMA]
needs: jsonschema (sarif with SCHEMA), cmarkgfm and comrak (markdown: the parsers of GitHub and of GitLab)

Keys: findings (rule id: all that is said of it), image (what is said of the image as a whole), elements (names of the
elements that came out), attributes (their attributes' names), links (targets), errors (what a schema objects to), and
for sarif places (the path of each first location, percent-decoded).
Ends with 3 where a parser is not installed.
"""
import json
import re
import sys
import xml.etree.ElementTree
from html.parser import HTMLParser
from urllib.parse import unquote

VOID = {"meta", "input", "br", "img", "link", "hr", "base", "col", "embed", "source", "track", "wbr", "area"}


class Page(HTMLParser):
    """A document as the names that occur in it, and the text of each of its findings."""

    def __init__(self, is_finding):
        super().__init__(convert_charrefs=True)
        self.is_finding, self.open, self.current = is_finding, [], None
        self.elements, self.attributes, self.links, self.findings, self.image = set(), set(), [], {}, ""

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attributes)
        self.links += [value for name, value in attributes if name in ("href", "src", "action")]
        if tag not in VOID:
            self.open.append(tag)
        self.current = self.is_finding(tag, dict(attributes), self.current)
        if self.current is not None:
            self.findings.setdefault(self.current, "")

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "article":
            self.current = None

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            return
        if self.current is None:
            self.image += data
        else:
            self.findings[self.current] += data

    def handle_comment(self, data):
        self.elements.add("!--" + data)

    def said(self):
        return {"findings": self.findings, "image": self.image, "elements": sorted(self.elements),
                "attributes": sorted(self.attributes), "links": self.links, "errors": []}


def html(text, _):
    page = Page(lambda tag, attributes, current: attributes.get("id") if tag == "article" else current)
    page.feed(text)
    page.close()
    return page.said()


def markdown(text, _):
    try:
        import cmarkgfm
        import comrak
        from cmarkgfm.cmark import Options
    except ImportError as error:
        sys.exit(missing(error))
    extensions = comrak.ExtensionOptions()
    for name in ["table", "strikethrough", "tasklist", "autolink", "footnotes", "math_dollars", "math_code",
                 "multiline_block_quotes", "alerts"]:
        if hasattr(extensions, name):
            setattr(extensions, name, True)
    rendering = comrak.RenderOptions()
    rendering.unsafe_ = True
    answers = {}
    for name, page in [("github", cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)),
                       ("gitlab", comrak.render_markdown(text, extension_options=extensions,
                                                         render_options=rendering))]:
        # A finding is what follows a heading or stands in a row of a table, up to the next.
        parts = re.split(r"(?=<h[1-6]|<tr|<p><sub)", page)
        said = {"findings": {}, "image": "", "elements": set(), "attributes": set(), "links": [], "errors": []}
        for part in parts:
            parser = Page(lambda *_: None)
            parser.feed(part)
            parser.close()
            # What keeps mentions from being mentions is not seen.
            words = parser.image.replace("\u200b", "")
            rule = re.match(r"\s*\W*(rule-[0-9]+-[0-9a-z]+)(?![-0-9a-z])", words)
            if rule and not words.lstrip().startswith("rule") and not part.startswith("<h4"):
                rule = None
            if rule:
                said["findings"][rule[1]] = said["findings"].get(rule[1], "") + words
            else:
                said["image"] += words
            said["elements"] |= parser.elements
            said["attributes"] |= parser.attributes
            said["links"] += parser.links
        answers[name] = {key: sorted(value) if isinstance(value, set) else value for key, value in said.items()}
    return answers


def sarif(text, schema):
    report = json.loads(text)
    errors = []
    if schema:
        try:
            import jsonschema
        except ImportError as error:
            sys.exit(missing(error))
        with open(schema, encoding="utf-8") as file:
            validator = jsonschema.Draft7Validator(json.load(file), format_checker=jsonschema.FormatChecker())
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(report)]
    run = report["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    findings, places = {}, {}
    for result in run["results"]:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            errors.append(f"{result['ruleId']}: ruleIndex {result['ruleIndex']} is {rules[result['ruleIndex']]}")
        findings[result["ruleId"]] = "\n".join(strings(result))
        places[result["ruleId"]] = unquote(
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], errors="strict")
    rest = dict(run, results=[])
    links = [link for result in run["results"] for link in re.findall(r"\[[^]]*\]\([^)]*\)", result["message"]["text"])]
    return {"findings": findings, "image": "\n".join(strings(rest)), "elements": [], "attributes": [], "links": links,
            "errors": errors, "places": places}


def strings(value):
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from strings(inner)


def junit(text, _):
    root = xml.etree.ElementTree.fromstring(text.encode("utf-8"))
    findings = {}
    for case in root.iter("testcase"):
        findings[case.get("name")] = "\n".join(
            part for element in case.iter() for part in [element.get("message") or "", element.text or ""])
    image = "\n".join(
        part for element in root.iter() if element.tag in ("testsuite", "property", "system-out")
        for part in [*element.attrib.values(), element.text or ""])
    return {"findings": findings, "image": image, "elements": sorted({e.tag for e in root.iter()}),
            "attributes": sorted({name for e in root.iter() for name in e.attrib}), "links": [], "errors": []}


def github(text, _):
    """The runner's own rules (actions/runner, ActionCommand.cs), written anew."""
    findings, image, errors, elements, attributes = {}, "", [], set(), set()
    # The runner breaks its input at what .NET takes for the end of a line.
    for line in re.split("\r\n|\r|\n", text)[:-1]:
        match = re.match(r"\s*::([^ :]+)( (.*?))?::(.*)\Z", line)
        if not match:
            errors.append("no command: " + line)
            continue
        elements.add(match[1])
        properties = {}
        for pair in (match[3] or "").split(","):
            name, _, value = pair.partition("=")
            for escape, character in [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]:
                value = value.replace(escape, character)
            properties[name] = value
        attributes |= properties.keys()
        data = match[4]
        for escape, character in [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]:
            data = data.replace(escape, character)
        said = "\n".join([*properties.values(), data])
        rule = re.match(r"rule-[0-9]+-[0-9a-z]+", properties.get("title", ""))
        if rule:
            findings[rule[0]] = said
        else:
            image += said + "\n"
    return {"findings": findings, "image": image, "elements": sorted(elements), "attributes": sorted(attributes),
            "links": [], "errors": errors}


def missing(error):
    print(error, file=sys.stderr)
    sys.exit(3)


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8", errors="strict", newline="") as file:
        source = file.read()
    parsers = {"sarif": sarif, "junit": junit, "markdown": markdown, "html": html, "github": github}
    json.dump(parsers[sys.argv[1]](source, sys.argv[3] if len(sys.argv) > 3 else None), sys.stdout)
    print()
