#!/usr/bin/env python3
"""Opens the HTML report on many images in a real headless Chromium, uses it, and says as JSON what it saw.

usage: browse-audit.py PAGE [--bypass-policy] [--screenshots DIRECTORY]
needs: chromium (as browse-report.py, whose browser it takes)

Keys: requests, console, dialogs, structure (as browse-report.py has it), interactive (ms from navigation until the
table can be used), keystrokes (ms each of handling and layout, and until the next frame), drawn (rows in the table),
shown (by what was asked for: what the page says it shows), first (by the same: the first name in the table), details
(what stands in the details of the first image), hash (the address's fragment after each), overflow, lowContrast,
keyboard (what has the focus after each key), printed (rows on paper), unscripted (the text without JavaScript).
With --bypass-policy the page's content security policy is not enforced: what keeps it harmless then is the script.
"""
import base64
import importlib.util
import json
import os
import shutil
import tempfile
import time
from urllib.request import pathname2url

spec = importlib.util.spec_from_file_location(
    "browse_report", os.path.join(os.path.dirname(os.path.abspath(__file__)), "browse-report.py"))
report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(report)

KEYSTROKES = """(async texts => {
  const input = document.querySelector('#query'), times = [];
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  for (const text of texts) {
    await frame();
    const start = performance.now();
    input.value = text;
    input.dispatchEvent(new Event('input', {bubbles: true}));
    document.body.offsetHeight;
    const laidOut = performance.now();
    await frame();
    times.push([laidOut - start, performance.now() - start].map(t => Math.round(t * 10) / 10));
  }
  return times;
})"""

VIEW = """(() => ({
  shown: document.querySelector('#shown').textContent,
  first: document.querySelector('tbody .open')?.textContent ?? null,
  drawn: document.querySelectorAll('tbody tr[data-image]').length,
  hash: location.hash,
}))()"""

STRUCTURE = """(() => ({
  lang: document.documentElement.lang, title: document.title, heading: document.querySelector('h1').textContent,
  landmarks: ['header', 'main', 'footer'].filter(n => document.querySelectorAll('body > ' + n).length == 1),
  headings: [...document.querySelectorAll('main h1, header h1, main h2, main h3')].map(h => +h.tagName[1]),
  unlabelled: [...document.querySelectorAll('input,select')].filter(i => !i.labels?.length).length
    + [...document.querySelectorAll('button,a')].filter(b => !b.textContent.trim()).length
    + [...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label')).length,
  duplicateIDs: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i),
  scripts: [...document.scripts].filter(s => !s.type).length,
  handlers: [...document.querySelectorAll('*')].filter(e => e.getAttributeNames().some(n => n.startsWith('on'))).length,
  foreign: document.querySelectorAll('img,iframe,object,embed,video,audio,link,base,form,math').length,
  links: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')).filter(h => !h.startsWith('#')),
  styled: getComputedStyle(document.body).maxWidth != 'none',
  names: [...document.querySelectorAll('tbody .open')].map(b => b.textContent),
  bars: [...document.querySelectorAll('.rules li')].map(l => l.textContent.trim()),
}))()"""


def browse(page, bypass, screenshots):
    profile = tempfile.mkdtemp(prefix="amilint-browser-")
    browser = report.Browser(profile)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Runtime", "Log", "Audits"]:
            browser.call(domain + ".enable")
        if bypass:
            browser.call("Page.setBypassCSP", enabled=True)
        url = "file://" + pathname2url(os.path.abspath(page))
        seen = {"browser": "", "page": url, "shown": {}, "first": {}, "hash": {}, "drawn": {}, "overflow": [],
                "lowContrast": [], "contrastsMeasured": 0, "keyboard": []}

        def media(scheme, kind=""):
            browser.call("Emulation.setEmulatedMedia", media=kind,
                         features=[{"name": "prefers-color-scheme", "value": scheme}])

        def window(width, height=844, mobile=False):
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                         mobile=mobile)

        def frame():
            browser.value("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")

        def shot(name, settled=True):
            if screenshots:
                if settled:
                    frame()
                data = browser.call("Page.captureScreenshot")
                with open(os.path.join(screenshots, name + ".png"), "wb") as file:
                    file.write(base64.b64decode(data["data"]))

        loads = {"number": 0}

        def open_page(fragment=""):
            # Another fragment alone would load nothing.
            loads["number"] += 1
            browser.events.clear()
            browser.call("Page.navigate", url=f"{url}?{loads['number']}{fragment}")
            browser.wait_for("Page.loadEventFired")

        def note(name, wait=False):
            if wait:
                time.sleep(0.5)
            frame()
            view = browser.value(VIEW)
            for key in view:
                seen[key][name] = view[key]

        def press(key, code):
            for kind in ["keyDown", "keyUp"]:
                browser.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

        def focused(key, code):
            press(key, code)
            frame()
            seen["keyboard"].append(browser.value(
                "document.activeElement.id || document.activeElement.textContent.slice(0, 200)"))

        def click(selector):
            browser.value(f"document.querySelector({json.dumps(selector)}).click()")

        def choose(selector, value):
            browser.value(f"(e => {{ e.value = {json.dumps(value)}; e.dispatchEvent(new Event('change')); }})"
                          f"(document.querySelector({json.dumps(selector)}))")

        def contrast():
            for scheme in ["light", "dark"]:
                media(scheme)
                measured = browser.value(report.CONTRAST)
                seen["lowContrast"] += [[scheme] + row for row in measured["low"]]
                seen["contrastsMeasured"] += measured["count"]
            media("light")

        kept = []
        window(1280)
        media("light")
        open_page()
        seen["browser"] = browser.call("Browser.getVersion")["product"]
        seen["interactive"] = browser.value("Math.round(performance.getEntriesByName('interactive')[0]?.startTime ?? -1)")
        seen["structure"] = browser.value(STRUCTURE)
        note("all")
        contrast()
        for scheme, width, mobile in [("light", 1280, False), ("dark", 1280, False), ("light", 800, False),
                                      ("light", 390, True), ("dark", 390, True), ("light", 320, True)]:
            media(scheme)
            window(width, mobile=mobile)
            frame()
            if browser.value(f"document.documentElement.scrollWidth > {width}"):
                seen["overflow"].append(width)
            shot(f"top-{scheme}-{width}")
            browser.value("document.querySelector('#images').scrollIntoView()")
            shot(f"images-{scheme}-{width}")
            browser.value("scrollTo(0, 0)")
        window(1280)
        media("light")
        frame()
        # Rows are there where they are seen.
        browser.value("document.querySelector('#images').scrollIntoView()")
        frame()
        name = browser.value("document.querySelector('tbody .open')?.textContent ?? ''")
        seen["keystrokes"] = browser.value(
            KEYSTROKES + "(" + json.dumps([name[:end] for end in range(1, min(len(name), 24) + 1)]) + ")")
        note("search", wait=True)
        seen["backspaces"] = browser.value(
            KEYSTROKES + "(" + json.dumps([name[:end] for end in range(min(len(name), 24), -1, -1)]) + ")")
        for verdict in ["fail", "unreadable", "undetermined", "pass"]:
            if browser.value(f"!!document.querySelector('#verdict-{verdict}')"):
                click(f"#verdict-{verdict}")
                note("verdict-" + verdict, wait=True)
        click("#reset")
        click(".rules a")
        note("bar", wait=True)
        click("#reset")
        click("thead a")
        note("column")
        choose("#answer", "pass")
        note("column-pass")
        shot("rule")
        click("#reset")
        for key in ["failures", "verdict", "kernel", "name"]:
            choose("#sort", key)
            note("sort-" + key)
            click("#reverse")
            note("sort-" + key + "-reversed", wait=True)
        click("#reset")
        browser.value("scrollTo(0, document.documentElement.scrollHeight)")
        note("bottom", wait=True)
        seen["last"] = browser.value("[...document.querySelectorAll('tbody .open')].pop()?.textContent ?? null")
        shot("bottom")
        browser.value("document.querySelector('#images').scrollIntoView()")
        frame()
        # One image: by mouse, by keyboard, by address.
        click("tbody .open")
        frame()
        seen["details"] = browser.value("document.querySelector('dialog[open]').textContent")
        seen["opened"] = browser.value("document.querySelector('dialog[open] .image').textContent")
        browser.value("document.querySelectorAll('dialog details').forEach(d => d.open = true)")
        contrast()
        browser.value("document.querySelectorAll('dialog details').forEach(d => d.open = false)")
        for scheme, width, mobile in [("light", 1280, False), ("dark", 1280, False), ("light", 390, True)]:
            media(scheme)
            window(width, mobile=mobile)
            frame()
            if browser.value("(d => d.scrollWidth > d.clientWidth)(document.querySelector('dialog'))"):
                seen["overflow"].append(f"details {width}")
            shot(f"details-{scheme}-{width}")
        window(1280)
        media("light")
        note("details", wait=True)
        shared = seen["hash"]["details"]
        press("Escape", 27)
        note("closed", wait=True)
        seen["keyboard"].append(browser.value("document.activeElement.textContent"))
        focused("ArrowDown", 40)
        focused("ArrowUp", 38)
        kept += browser.events
        open_page(shared)
        frame()
        seen["shared"] = browser.value("document.querySelector('dialog[open] .image')?.textContent ?? null")
        kept += browser.events
        open_page("#verdict=none&rule=none&sort=none&image=none&answer=none")
        note("nonsense", wait=True)
        focused("Tab", 9)
        focused("Enter", 13)
        window(1000)
        media("light", "print")
        frame()
        seen["printed"] = browser.value("document.querySelectorAll('tbody tr[data-image]').length")
        shot("print")
        if screenshots:
            with open(os.path.join(screenshots, "print.pdf"), "wb") as file:
                file.write(base64.b64decode(browser.call("Page.printToPDF", printBackground=False)["data"]))
        media("light")
        # What was put off until now would show here.
        time.sleep(0.5)
        kept += browser.events
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        open_page()
        kept += browser.events
        seen["unscripted"] = browser.value(
            "[...document.querySelectorAll('body > *:not(script)')].filter(e => e.getClientRects().length)"
            ".map(e => e.innerText).join('\\n')")
        shot("unscripted", settled=False)
        seen.update(report.heard(kept))
        seen["requests"] = sorted({url.partition("?")[0] for url in seen["requests"]})
        return seen
    finally:
        browser.close()
        shutil.rmtree(profile, ignore_errors=True)


if __name__ == "__main__":
    report.main(browse)
