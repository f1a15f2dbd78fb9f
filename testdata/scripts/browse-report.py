#!/usr/bin/env python3
"""Opens an HTML report in a real headless Chromium and says, as JSON, what it saw.

usage: browse-report.py PAGE [--bypass-policy] [--screenshots DIRECTORY]
needs: chromium (nothing else: it is driven over a pipe by the DevTools protocol)

Keys: requests, console, dialogs, landmarks, headings, unlabelled, duplicateIDs, lowContrast (color scheme, ratio and
text of each that is below 4.5), overflow (widths at which the page is wider than the window), skipLink, filter (by the
radio button that was clicked: ids of the findings that are shown), asides (likewise: how many sections of no finding),
keyboard (what the arrow key selects),
hiddenInPrint, texts (what stands in each finding), scripts, and the version of the browser.
With --bypass-policy the page's content security policy is not enforced: what keeps it harmless then is escaping alone.
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from urllib.request import pathname2url


class Browser:
    """A Chromium of its own, its profile in a directory of its own; both are gone at the end."""

    def __init__(self, profile):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def descriptors():
            # The protocol's pipe is descriptors 3 and 4 of the browser.
            a, b = os.dup(to_browser), os.dup(from_browser)
            os.dup2(a, 3)
            os.dup2(b, 4)

        program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--remote-debugging-pipe", "--hide-scrollbars",
             "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"],
            close_fds=False, preexec_fn=descriptors, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.input, 1 << 20)
            if not part:
                sys.exit("the browser ended early")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.handle(answer)

    def handle(self, event):
        self.events.append(event)
        if event["method"] == "Page.javascriptDialogOpening":
            self.number += 1
            message = {"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True},
                       "sessionId": self.session}
            os.write(self.output, json.dumps(message).encode() + b"\0")

    def wait_for(self, method):
        seen = 0
        while True:
            while seen < len(self.events):
                if self.events[seen]["method"] == method:
                    return
                seen += 1
            answer = self.receive()
            if "method" in answer:
                self.handle(answer)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(f"{expression[:200]}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def close(self):
        try:
            self.call("Browser.close")
        except (SystemExit, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


CONTRAST = """(() => {
  const parse = text => { const n = (text.match(/[\\d.]+/g) || []).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = element => { const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = [];
  let count = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || element.closest('style, legend, .skip') || !element.getClientRects().length) continue;
    const back = ground(element), front = over(parse(getComputedStyle(element).color), back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    count += 1;
    if (ratio < 4.5) low.push([Math.round(ratio * 100) / 100, node.data.trim().slice(0, 60), element.className]);
  }
  return {low, count};
})()"""

STRUCTURE = """(() => ({
  lang: document.documentElement.lang, title: document.title,
  landmarks: ['header', 'main', 'footer'].filter(n => document.querySelectorAll('body > ' + n).length == 1),
  headings: [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]),
  unlabelled: [...document.querySelectorAll('input,select,textarea,button')].filter(i => !i.labels?.length).length
    + [...document.querySelectorAll('section,article')].filter(s => {
        const by = s.getAttribute('aria-labelledby'); return !by || !document.getElementById(by)?.textContent.trim();
      }).length,
  duplicateIDs: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i),
  scripts: document.scripts.length,
  handlers: [...document.querySelectorAll('*')].filter(e => e.getAttributeNames().some(n => n.startsWith('on'))).length,
  inlineStyles: document.querySelectorAll('[style]').length,
  foreign: [...document.querySelectorAll('img,iframe,object,embed,video,audio,link,base,form,svg,math')].length,
  links: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')),
  styled: getComputedStyle(document.body).maxWidth != 'none',
  texts: Object.fromEntries([...document.querySelectorAll('.finding')].map(f => [f.id, f.textContent])),
  heading: document.querySelector('h1').textContent,
}))()"""

SHOWN = "[...document.querySelectorAll('.finding')].filter(f => f.getClientRects().length).map(f => f.id)"


def browse(page, bypass, screenshots):
    profile = tempfile.mkdtemp(prefix="amilint-browser-")
    browser = Browser(profile)
    try:
        version = browser.call("Browser.getVersion")["product"]
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.session = session
        for domain in ["Page", "Network", "Runtime", "Log", "Audits"]:
            browser.call(domain + ".enable")
        if bypass:
            browser.call("Page.setBypassCSP", enabled=True)
        url = "file://" + pathname2url(os.path.abspath(page))
        browser.call("Page.navigate", url=url)
        browser.wait_for("Page.loadEventFired")
        seen = {"browser": version, "page": url}

        def media(scheme, kind=""):
            browser.call("Emulation.setEmulatedMedia", media=kind,
                         features=[{"name": "prefers-color-scheme", "value": scheme}])

        def window(width, mobile=False):
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1,
                         mobile=mobile)

        def shot(name):
            if not screenshots:
                return
            size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
            data = browser.call("Page.captureScreenshot", captureBeyondViewport=True,
                                clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
            with open(os.path.join(screenshots, name + ".png"), "wb") as file:
                file.write(base64.b64decode(data["data"]))

        window(1100)
        media("light")
        seen |= browser.value(STRUCTURE)
        seen["lowContrast"], seen["contrastsMeasured"], seen["overflow"] = [], 0, []
        browser.value("document.querySelectorAll('details').forEach(d => d.open = true)")
        for scheme in ["light", "dark"]:
            media(scheme)
            contrast = browser.value(CONTRAST)
            seen["lowContrast"] += [[scheme] + row for row in contrast["low"]]
            seen["contrastsMeasured"] += contrast["count"]
        browser.value("document.querySelectorAll('details').forEach(d => d.open = false)")
        for scheme, width, mobile in [("light", 1100, False), ("dark", 1100, False), ("light", 390, True),
                                      ("dark", 390, True), ("light", 320, True)]:
            media(scheme)
            window(width, mobile)
            if browser.value(f"document.documentElement.scrollWidth > {width}"):
                seen["overflow"].append(width)
            shot(f"{scheme}-{width}")
        window(1100)
        media("light", "print")
        seen["hiddenInPrint"] = browser.value(
            "[...document.querySelectorAll('dt, dd, p, li')].filter(e => !e.closest('.filter')"
            " && !(e.checkVisibility({contentVisibilityAuto: true}) && e.getClientRects().length)).length")
        shot("print")
        media("light")

        def press(key, code):
            for kind in ["keyDown", "keyUp"]:
                browser.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

        press("Tab", 9)
        seen["skipLink"] = browser.value(
            "[document.activeElement.className, document.activeElement.getBoundingClientRect().left >= 0]")
        press("Enter", 13)
        seen["skippedTo"] = browser.value("document.activeElement.id")

        seen["filter"], seen["asides"] = {}, {}
        for radio in browser.value("[...document.querySelectorAll('.filter input')].map(i => i.id)"):
            browser.value("scrollTo(0, 0)")
            box = browser.value(f"(({{left, top, width, height}}) => [left + width / 2, top + height / 2])"
                                f"(document.querySelector('label[for={radio}]').getBoundingClientRect())")
            for kind in ["mousePressed", "mouseReleased"]:
                browser.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
            seen["filter"][radio] = browser.value(SHOWN)
            seen["asides"][radio] = browser.value(
                "[...document.querySelectorAll('.aside')].filter(a => a.getClientRects().length).length")
        browser.value("document.querySelector('#show-all').focus(); document.querySelector('#show-all').click()")
        press("ArrowRight", 39)
        seen["keyboard"] = browser.value("document.querySelector('.filter input:checked').id")
        press("Home", 36)
        # What was put off until now would show here.
        time.sleep(0.3)
        browser.value("1")
        events = browser.events
        seen.update(heard(browser.events))
        return seen
    finally:
        browser.close()
        shutil.rmtree(profile, ignore_errors=True)


def heard(events):
    """What the browser said of its own accord: requests, dialogs, and everything it complains of."""
    def of(method, what):
        return [what(event["params"]) for event in events if event["method"] == method]
    return {
        "requests": of("Network.requestWillBeSent", lambda params: params["request"]["url"]),
        "dialogs": of("Page.javascriptDialogOpening", lambda params: params["message"]),
        "console": of("Runtime.consoleAPICalled", lambda params: str(params.get("args")))
        + of("Runtime.exceptionThrown", lambda params: str(params["exceptionDetails"]))
        + of("Log.entryAdded", lambda params: params["entry"]["text"])
        + of("Audits.issueAdded", lambda params: str(params["issue"])),
    }


def main(browse):
    """Opens the page that the arguments name and prints as JSON what `browse` saw."""
    arguments = sys.argv[1:]
    directory = None
    if "--screenshots" in arguments:
        at = arguments.index("--screenshots")
        directory = arguments[at + 1]
        del arguments[at:at + 2]
    json.dump(browse(arguments[0], "--bypass-policy" in arguments, directory), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(browse)
