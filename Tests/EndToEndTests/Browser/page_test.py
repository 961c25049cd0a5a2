#!/usr/bin/env python3
"""Walks through the page in a real browser as a reader would, against a service that has a finished job.

    page_test.py BASE_URL JOB SCREENSHOTS [--sample]

Prints one line a check. Any console error or warning, any request that fails, and any check that does not hold makes the exit
status 1. With --sample it also uploads the bundled sample through the page, starts an analysis and cancels it."""

import argparse
import json
import os
import sys
import time
import urllib.request

from webdriver import Browser, BrowserError

PICTURE_LOADED = """
  const element = document.querySelector(arguments[0]);
  if (!element) return false;
  if (element.tagName === 'IMG') return element.complete && element.naturalWidth > 0;
  if (element.classList.contains('strip')) return element.querySelectorAll('rect').length > 0;
  return getComputedStyle(element).backgroundImage.startsWith('url(');
"""


class Walk:
    def __init__(self, browser, base, job, folder):
        self.browser, self.base, self.folder = browser, base.rstrip("/"), folder
        self.failures = 0
        self.job = self.get(f"/v1/jobs/{job}")
        self.path = f"/jobs/{self.job['id']}"
        self.dataset = self.get(f"/v1/datasets/{self.job['dataset']['id']}")

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=60) as response:
            return json.load(response)

    def post(self, path, document):
        request = urllib.request.Request(self.base + path, json.dumps(document).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)

    def check(self, name, holds, detail=""):
        print(f"{'ok  ' if holds else 'FAIL'} {name}{f': {detail}' if detail != '' else ''}", flush=True)
        self.failures += not holds

    def open(self, path, ready, what):
        self.browser.open(self.base + path)
        self.browser.wait(ready, what)

    def count(self, selector):
        return self.browser.run("return document.querySelectorAll(arguments[0]).length", selector)

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0])?.textContent.trim() ?? ''", selector)

    def picture(self, name, selector):
        deadline = time.monotonic() + 15
        loaded = False
        while not loaded and time.monotonic() < deadline:
            loaded = self.browser.run(PICTURE_LOADED, selector)
            time.sleep(0.05)
        self.check(name, bool(loaded))

    def clean(self, name, expected=()):
        """Nothing on the console and no failed request, apart from those that mention one of `expected`."""
        complaints = [line for line in self.browser.complaints() if not any(part in line for part in expected)]
        self.check(f"{name}: console and network are clean", not complaints, "; ".join(complaints[:5]))

    def look(self, name):
        """Screenshots wide and narrow, light and dark; at 360 pixels nothing may stick out sideways."""
        for theme in ("light", "dark"):
            for width, height in ((1280, 900), (360, 760)):
                self.browser.theme(theme)
                self.browser.size(width, height)
                self.browser.run("scrollTo(0, 0)")
                time.sleep(0.35)
                if width == 360 and theme == "light":
                    overflow = self.browser.run("""
                      const wide = document.documentElement.scrollWidth - innerWidth;
                      if (wide <= 0) return null;
                      const out = [...document.querySelectorAll('main *')].find((e) => e.getBoundingClientRect().right > innerWidth + 1
                        && !e.closest('.table-scroll, .tabs'));
                      return `${wide} px, ${out?.tagName} ${out?.className?.baseVal ?? out?.className}`;""")
                    self.check(f"{name}: fits 360 pixels", overflow is None, overflow or "")
                self.browser.screenshot(os.path.join(self.folder, f"{name}-{theme}-{width}.png"), whole=True)
        self.browser.theme("light")
        self.browser.size(1280, 900)


def headers(walk):
    request = urllib.request.Request(walk.base + walk.path, method="GET")
    with urllib.request.urlopen(request, timeout=30) as response:
        policy = response.headers.get("Content-Security-Policy", "")
        walk.check("a page route answers the application", "text/html" in response.headers["Content-Type"] and b"/app/main.js" in response.read())
    walk.check("the Content-Security-Policy is strict", "default-src 'self'" in policy and "unsafe" not in policy, policy)


def start(walk):
    walk.open("/", "return document.querySelector('.drop')", "the drop zone")
    walk.browser.wait("return document.querySelector('.recent a.card')", "the list of jobs")
    walk.check("start: the finished job is listed", walk.count(f".recent a[href='{walk.path}']") == 1)
    walk.check("start: its dataset is listed", walk.count(f".recent a[href='/datasets/{walk.dataset['id']}']") == 1)
    walk.look("start")
    # The list follows the jobs: nobody asks for it again while none is running.
    sent = walk.post("/v1/jobs", {"dataset": walk.dataset["id"], "name": "sent meanwhile"})
    card = f"return document.querySelector(\".recent a[href='/jobs/{sent['id']}']\")"
    walk.browser.wait(card, "the job that was sent meanwhile")
    urllib.request.urlopen(urllib.request.Request(f"{walk.base}/v1/jobs/{sent['id']}", method="DELETE"), timeout=60).close()
    walk.browser.wait(f"{card} === null", "that the removed job goes from the list")
    walk.check("start: a job that is sent or removed meanwhile comes and goes", True)
    walk.clean("start")


def dataset(walk):
    walk.open(f"/datasets/{walk.dataset['id']}", "return document.querySelector('.gallery > *')", "the gallery")
    classes = walk.dataset["classes"]
    walk.check("dataset: says how many examples", f"{walk.dataset['num_examples']:,}" in walk.text(".page-head .lead"), walk.text(".page-head .lead"))
    walk.check("dataset: every class has its count", walk.count(".class-bars tbody tr") == len(classes), walk.count(".class-bars tbody tr"))
    walk.check("dataset: the classes' counts are those of the data",
               walk.browser.run("return [...document.querySelectorAll('.class-bars td:nth-child(3)')].reduce((a, e) => a + Number(e.textContent.replace(/,/g, '')), 0)")
               + (walk.dataset.get("missing_labels") or 0) == walk.dataset["num_examples"])
    walk.picture("dataset: pictures are shown", ".gallery > *")
    walk.check("dataset: offers the analysis", walk.text(".analyse button.primary") != "")
    walk.look("dataset")
    walk.clean("dataset")


def cost(walk):
    walk.open(f"/datasets/{walk.dataset['id']}", "return document.querySelector('.more-settings summary')", "the form")
    walk.browser.click(".more-settings summary")
    walk.browser.type("[name=repeats]", "2")
    walk.browser.type("[name=minutes]", "0.5")
    walk.browser.type("[name=priority]", "101")
    walk.browser.run("document.querySelector('.analyse > .plain').click()")
    walk.check("cost: a priority that does not exist is not sent", walk.count("[name=priority]:invalid") == 1 and walk.text(".cost") == "")
    walk.browser.run("const p = document.querySelector('[name=priority]'); p.value = '3'; p.dispatchEvent(new Event('input'))")
    walk.browser.click(".analyse > .plain")
    walk.browser.wait("return document.querySelector('.cost strong, .cost .problem')", "what it would cost", 90)
    told = walk.post("/v1/jobs", {"dataset": walk.dataset["id"], "dry_run": True, "ensemble": {"repeats": 2}})
    words = walk.text(".cost")
    walk.check("cost: as many networks as the service says", f"{told['members']['total']} networks ({told['model']['name']}, {told['training']['epochs']} epochs each)" in words, words)
    # Where every network is there already, there is nothing to count.
    facts = ["Networks", "At once", "Memory", "Disk", "Arithmetic"] if told["members"]["to_train"] else []
    walk.check("cost: time, memory and disk", walk.browser.run("return [...document.querySelectorAll('.cost dt')].map((e) => e.textContent)")
               == facts and walk.text(".cost strong") != "", walk.text(".cost strong"))
    walk.look("cost")
    # Every panel has the controls that openapi.json describes, and what is chosen there is sent.
    described = walk.get("/openapi.json")["components"]["schemas"]["JobRequest"]["properties"]
    walk.browser.run("document.querySelectorAll('.analyse .more-settings:not([open]) > summary').forEach((e) => e.click())")
    walk.browser.wait("return ['hidden', 'epochs', 'flip', 'group_cuts'].every((name) => document.querySelector(`.analyse [name=${name}]`))", "all panels")
    wanted = [name for panel in ("training", "scores") for name, schema in described[panel]["properties"].items() if schema["type"] != "object"]
    there = walk.browser.run("return [...document.querySelectorAll('.analyse .setting-list [name]')].map((e) => e.name)")
    walk.check("settings: a control for each", set(wanted) <= set(there), sorted(set(wanted) - set(there)))
    walk.browser.type("[name=hidden]", "48, 24")
    walk.browser.run("""
      for (const [name, value] of [['group_cuts', 'quartiles'], ['flip', 'true'], ['model', 'mlp']]) {
        const field = document.querySelector(name === 'model' ? '[name=model][value=mlp]' : `[name=${name}]`);
        if (name === 'model') field.checked = true; else field.value = value;
        field.dispatchEvent(new Event('change'));
      }
      const send = window.fetch;
      window.fetch = (...call) => { window.sent = call[1]?.body ?? window.sent; return send(...call); };
      document.querySelector('.analyse > .plain').click();""")
    walk.browser.wait("return window.sent", "what is sent")
    sent = json.loads(walk.browser.run("return window.sent"))
    walk.check("settings: what is chosen is sent", sent.get("model") == {"name": "mlp", "hidden": [48, 24]} and sent.get("scores") == {"group_cuts": "quartiles"}
               and sent.get("training") == {"augmentation": {"flip": True}}, sent)
    walk.browser.wait("return document.querySelector('.cost strong, .cost .problem')", "its cost", 90)
    walk.look("settings")
    walk.browser.click(".brand")
    walk.browser.wait("return document.querySelector('.drop')", "the start")
    walk.browser.click(".drop-panel .more-settings summary")
    walk.browser.wait("return document.querySelector('[name=image_size]')", "the options of reading")
    walk.browser.type("[name=image_size]", "16")
    walk.browser.run("""
      const file = new File(["a,b,kind\\n1,2,x\\n3,4,y\\n2,2,x\\n4,4,y\\n"], 'kinds.csv');
      const field = document.querySelector('.drop-panel [name=label]');
      field.value = 'nothing';
      field.dispatchEvent(new Event('input'));
      const files = new DataTransfer();
      files.items.add(file);
      document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));""")
    walk.browser.wait("return document.querySelector('.drop-panel .problem') && document.querySelector('[name=image_size]')", "the refusal")
    walk.check("start: a label that no column has is refused by its name", "nothing" in walk.text(".drop-panel .problem"), walk.text(".drop-panel .problem"))
    walk.check("start: what was chosen is kept", walk.browser.run("return [document.querySelector('[name=image_size]').value, document.querySelector('.drop-panel [name=label]').value]") == ["16", "nothing"])
    walk.clean("cost", expected=("/v1/datasets/kinds.csv",))


def compare(walk):
    other = walk.post("/v1/jobs", {
        "dataset": walk.dataset["id"], "name": "the-other", "model": {"name": "mlp", "hidden": [32]}, "training": {"epochs": 3},
        "ensemble": {"folds": 2, "repeats": 1}, "probes": {"k": 5}})
    deadline = time.monotonic() + 120
    while other["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.1)
        other = walk.get(f"/v1/jobs/{other['id']}")
    walk.check("compare: there is a second analysis", other["state"] == "succeeded", other["error"] or "")
    walk.open(walk.path, "return document.querySelector('.compare-link')", "the way to the comparison")
    walk.browser.click(".compare-link")
    walk.browser.wait("return document.querySelectorAll('.compare-choice select').length === 2", "the two lists")
    walk.check("compare: the first is the one we came from", walk.browser.run("return document.querySelector('.compare-choice select').value") == walk.job["id"])
    walk.browser.run("const s = document.querySelectorAll('.compare-choice select')[1]; s.value = arguments[0]; s.dispatchEvent(new Event('change'))", other["id"])
    walk.browser.wait("return document.querySelectorAll('.compare-scores tbody tr').length", "the scores")
    address = f"/compare?jobs={walk.job['id']},{other['id']}"
    walk.check("compare: it has an address of its own", walk.browser.url() == walk.base + address, walk.browser.url())
    answer = walk.get(f"/v1{address}&length=30")
    walk.check("compare: a row for each score", walk.count(".compare-scores tbody tr") == len(answer["scores"]), walk.count(".compare-scores tbody tr"))
    shown = walk.browser.run("return [...document.querySelectorAll('.compare-scores tbody tr')].map((r) => r.children[2].textContent.replace('−', '-'))")
    walk.check("compare: the correlations are the service's", all(
        cell == "–" if score["spearman"] is None else abs(float(cell) - score["spearman"]) <= 0.0051 for cell, score in zip(shown, answer["scores"])), shown[:3])
    walk.check("compare: the settings that differ", walk.count(".compare-changes tbody tr") == len(answer["changes"]["settings"]), walk.text(".compare-changes tbody tr"))
    first = answer["movers"]["examples"][0]
    walk.check("compare: the biggest mover", walk.text(".compare-movers .row-link").replace(",", "") == str(first["row_idx"][1]), first["source"])
    walk.browser.run("document.querySelector('.compare-movers').scrollIntoView()")
    walk.picture("compare: movers have pictures", ".compare-movers .picture-cell > *")
    walk.look("compare")
    walk.browser.run("const s = document.querySelector('.compare-movers select'); s.value = 'consistency'; s.dispatchEvent(new Event('change'))")
    walk.browser.wait("return location.search.includes('movers=consistency') && document.querySelector('.compare-movers select').value === 'consistency'", "another score")
    walk.open(f"/compare?jobs={other['id']},{walk.job['id']}&movers=self_confidence", "return document.querySelector('.compare-movers tbody tr, .compare-movers .empty')", "a linked comparison")
    walk.check("compare: a link to it opens it", walk.browser.run("return [...document.querySelectorAll('.compare-choice select')].map((s) => s.value)") == [other["id"], walk.job["id"]])
    walk.clean("compare")
    walk.open(f"/compare?jobs={walk.job['id']},nobody", "return document.querySelector('.problem')", "the problem")
    walk.check("compare: a job that is not there is named", "nobody" in walk.text(".problem"), walk.text(".problem p"))
    walk.clean("compare with nobody", expected=("/v1/compare",))


def issues(walk):
    walk.open(walk.path, "return document.querySelector('.issue-list h2')", "the issues")
    answer = walk.get(f"/v1/jobs/{walk.job['id']}/issues?length=30")
    walk.check("job: opens on its issues", walk.text(".tab[aria-selected=true]") == "Issues")
    walk.check("job: the verdict stands above them", walk.count(".trust h2") == 1 and walk.browser.run(
        "return document.querySelector('.trust').compareDocumentPosition(document.querySelector('.issue-list')) & 4") == 4, walk.text(".trust h2"))
    estimate = (answer.get("estimated_label_errors") or {}).get("value")
    if estimate is None:
        walk.check("issues: says that there is no estimate", walk.text(".headline-text") != "", walk.text(".headline-text"))
    else:
        walk.check("issues: the estimate is the service's", walk.text(".headline-number").replace(",", "") == str(int(estimate + 0.5)), walk.text(".headline-number"))
    listed = answer["issues"]
    walk.check("issues: as many as a page holds", walk.count(".issue") == min(25, len(listed)), walk.count(".issue"))
    if listed:
        first = listed[0]
        words = walk.text(".issue")
        walk.check("issues: the first is the service's first", walk.count(f".issues li:first-child a[href='{walk.path}/examples/{first['row_idx']}']") == 1)
        walk.check("issues: it shows both labels and a reason", str(first["label"]) in words and str(first["suggested_label"] or "") in words and first["reasons"][0] in words)
        walk.picture("issues: it shows its picture", ".issue .issue-picture > *")
        chips = walk.count(".chips .chip")
        if chips > 1:
            walk.browser.click(".chips .chip:nth-child(2)")
            walk.browser.wait("return location.search.includes('type=')", "the filter in the address")
            kinds = walk.browser.wait("const k = new Set([...document.querySelectorAll('.issue')].map((e) => e.className)); return k.size === 1 && [...k]", "a list of one kind")
            walk.check("issues: a filter leaves one kind", len(kinds) == 1, kinds[0])
            walk.browser.run("history.back()")
            walk.browser.wait("return document.querySelector('.chip[aria-pressed=true]')?.textContent.startsWith('All')", "all issues again")
            walk.check("issues: going back shows all again", True)
    walk.look("issues")
    for file in ("issues.csv", "labels.csv", "scores.csv", "scores.npz", "heldout_probs.npy",
                 "export?format=cleanlab", "export?format=label-studio", "export?format=cartography"):
        with urllib.request.urlopen(f"{walk.base}/v1/jobs/{walk.job['id']}/{file}", timeout=120) as response:
            walk.check(f"issues: {file} can be downloaded", response.status == 200 and len(response.read(64)) > 0 and walk.count(f".downloads a[href$='/{file}']") == 1)
    walk.clean("issues")


def stored(walk, row):
    """The review of a row as the service has it; the page shows a decision before it is stored."""
    found = [r for r in walk.get(f"/v1/jobs/{walk.job['id']}/reviews?length=1000")["reviews"] if r["row_idx"] == row]
    return found[0] if found else None


def until_stored(walk, row, decision):
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        review = stored(walk, row)
        if (review or {}).get("decision") == decision:
            return review or {}
        time.sleep(0.05)
    return None


def review(walk):
    walk.open(walk.path, "return document.querySelector('.issue-list h2') && document.querySelector('.review-count')", "the issues")
    listed = walk.get(f"/v1/jobs/{walk.job['id']}/issues?length=25")
    rows = [issue["row_idx"] for issue in listed["issues"]]
    total = listed["num_issues_total"]
    if len(rows) < 3:
        walk.check("review: there is something to review", False, len(rows))
        return
    pressed = "return document.querySelector(`[aria-label='Review of example {}'] [aria-pressed=true]`)?.dataset.decision ?? ''"
    state = lambda row: walk.browser.run(pressed.format(row))
    reviewed = lambda: walk.text(".review-count strong")
    walk.check("review: keys are on the screen", walk.browser.run("return [...document.querySelectorAll('.review-keys kbd')].map((k) => k.textContent)")[:4] == ["a", "k", "s", "x"])
    walk.check("review: nothing is reviewed yet", reviewed() == f"0 of {total} reviewed", reviewed())
    walk.browser.press("j")
    walk.browser.press("k")
    walk.check("review: k keeps, and shows it at once", state(rows[0]) == "keep" and reviewed() == f"1 of {total} reviewed", reviewed())
    walk.check("review: the focus is on the next", walk.browser.run("return document.activeElement.dataset.row") == str(rows[1]))
    walk.browser.press("x")
    walk.browser.press("s")
    walk.check("review: x excludes, s skips", [state(row) for row in rows[:3]] == ["keep", "exclude", "skip"], [state(row) for row in rows[:3]])
    walk.check("review: the service has them", all(until_stored(walk, row, decision) for row, decision in zip(rows, ("keep", "exclude", "skip"))))
    walk.browser.press("u")
    walk.check("review: u takes the last one back", state(rows[2]) == "" and reviewed() == f"2 of {total} reviewed", reviewed())
    walk.check("review: on the service too", until_stored(walk, rows[2], None) is not None)
    for issue in listed["issues"][3:]:
        if issue["suggested_label"] is None:
            continue
        row = issue["row_idx"]
        walk.browser.click(f"[aria-label='Review of example {row}'] [data-decision=accept]")
        walk.check("review: the button accepts the suggested label", (until_stored(walk, row, "accept") or {}).get("label") == issue["suggested_label"] and state(row) == "accept")
        walk.check("review: it says the new label", issue["suggested_label"] in walk.text(f"[aria-label='Review of example {row}'] .review-state"))
        break
    with urllib.request.urlopen(f"{walk.base}/v1/jobs/{walk.job['id']}/labels.csv", timeout=60) as response:
        lines = response.read().decode().splitlines()
        walk.check("review: the corrected labels leave out what is excluded", len(lines) == walk.dataset["num_examples"] and walk.count(".review a[href$='/labels.csv']") == 1, len(lines))
    walk.look("review")
    walk.open(walk.path, "return document.querySelector('.review-count')", "the issues again")
    walk.check("review: it is still there after a reload", state(rows[0]) == "keep" and reviewed().startswith("3 of "), reviewed())
    walk.open(f"{walk.path}/examples/{rows[0]}", "return document.querySelector('.example-words .review-bar')", "the example")
    walk.check("review: an example shows it", state(rows[0]) == "keep")
    walk.browser.press("s")
    walk.check("review: and takes another", state(rows[0]) == "skip" and until_stored(walk, rows[0], "skip") is not None)
    walk.open(walk.path, "return document.querySelector('.review-actions button.primary:enabled')", "the button that makes the dataset")
    walk.browser.click(".review-actions button.primary")
    walk.browser.wait(f"return location.pathname.startsWith('/datasets/') && !location.pathname.endsWith('{walk.dataset['id']}')", "the corrected dataset", 60)
    made = walk.get("/v1" + walk.browser.url()[len(walk.base):])
    walk.check("review: the corrected dataset names its parent", made["parent"] == walk.dataset["id"] and made["corrections"]["examples_excluded"] == 1, made["corrections"])
    walk.browser.wait("return document.querySelector('.gallery > *')", "its gallery")
    walk.clean("review")


def depth_map(walk):
    walk.open(f"{walk.path}?tab=map", "return document.querySelector('.map-canvas')?.width > 300 && document.querySelector('.key-entry')", "the map")
    time.sleep(0.2)
    colours = walk.browser.run("""
      const canvas = document.querySelector('.map-canvas');
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      const seen = new Set();
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 100) seen.add(`${pixels[i] >> 5},${pixels[i + 1] >> 5},${pixels[i + 2] >> 5}`);
      return seen.size;""")
    entries = walk.count(".key-entry")
    # The frame and its text alone have two or three.
    walk.check("map: points in the colours of the key are drawn", colours >= 2 + min(entries, 3), f"{colours} colours for {entries} entries")
    total = walk.browser.run("return [...document.querySelectorAll('.key-entry .chip-count')].reduce((a, e) => a + Number(e.textContent.replace(/,/g, '')), 0)")
    walk.check("map: the key accounts for every example", total == walk.job["dataset"]["num_examples"], total)
    # A group needs two held-out members: jobs of one repeat have none.
    groups = sum((walk.get(f"/v1/jobs/{walk.job['id']}/summary").get("groups") or {}).values())
    walk.check("map: the corners show examples", (walk.count(".group-pictures a") > 0) == (groups > 0), f"{walk.count('.group-pictures a')} of {groups}")
    walk.look("map")
    walk.browser.click(".key-entry")
    walk.browser.wait("return location.search.includes('hide=')", "the hidden group in the address")
    walk.check("map: a group can be hidden", walk.count(".key-entry[aria-pressed=false]") == 1)
    walk.browser.click(".key-entry")
    walk.browser.run("document.querySelector('.map-canvas').focus()")
    walk.browser.press("left")
    walk.browser.press("down")
    walk.browser.wait("return !document.querySelector('.hint').hidden", "the hint of the point the keys went to")
    walk.browser.press("enter")
    walk.browser.wait("return location.pathname.includes('/examples/')", "the example under the ring")
    walk.check("map: arrow keys and Enter open an example", True, walk.browser.url()[len(walk.base):])
    walk.browser.wait("return document.querySelector('.example-words')", "the example")
    walk.clean("map")


def charts(walk):
    walk.open(f"{walk.path}?tab=charts", "return document.querySelectorAll('.chart svg').length >= 3", "the charts")
    marks = walk.browser.run("return [...document.querySelectorAll('.chart')].map((c) => c.querySelectorAll('rect, circle').length)")
    walk.check("charts: every chart has marks", len(marks) >= 3 and min(marks) > 0, marks)
    bars = walk.browser.run("return [...document.querySelector('.chart').querySelectorAll('.numbers td')].reduce((a, e) => a + Number(e.textContent.replace(/,/g, '')), 0)")
    walk.check("charts: the histogram holds every example", bars == walk.job["dataset"]["num_examples"], bars)
    walk.check("charts: a row for each class", walk.count(".class-table tbody tr") == walk.job["dataset"]["num_classes"])
    walk.browser.run("const s = document.querySelector('.chart select'); s.value = 'consistency'; s.dispatchEvent(new Event('change'))")
    walk.browser.wait("return location.search.includes('score=consistency')", "the score in the address")
    walk.check("charts: another score can be chosen", walk.browser.run("return document.querySelector('.chart select').value") == "consistency")
    walk.look("charts")
    walk.clean("charts")


def table(walk):
    walk.open(f"{walk.path}?tab=table", "return document.querySelectorAll('.examples tbody tr').length > 0", "the table")
    rows = min(50, walk.job["dataset"]["num_examples"])
    walk.check("table: a page of rows", walk.count(".examples tbody tr") == rows, walk.count(".examples tbody tr"))
    walk.picture("table: rows have pictures", ".examples .picture-cell > *")
    walk.browser.click("button[data-sort=consistency]")
    walk.browser.wait("return document.querySelector('th[aria-sort] button')?.dataset.sort === 'consistency'", "the new order")
    column = "const at = [...document.querySelectorAll('.examples thead th')].findIndex((t) => t.querySelector('[data-sort=consistency]'));" \
             "return [...document.querySelectorAll('.examples tbody tr')].map((r) => parseFloat(r.children[at].textContent.replace('−', '-')))"
    values = [value for value in walk.browser.run(column) if value is not None]
    walk.check("table: sorted, hardest first", len(values) > 0 and values == sorted(values), f"{values[:3]} … {values[-1:]}")
    walk.browser.click("button[data-sort=consistency]")
    walk.browser.wait("return document.querySelector('th[aria-sort=descending] [data-sort=consistency]')", "the opposite order")
    values = [value for value in walk.browser.run(column) if value is not None]
    walk.check("table: and the other way round", values == sorted(values, reverse=True), f"{values[:3]} … {values[-1:]}")
    if walk.job["dataset"]["num_examples"] > 50:
        before = walk.text(".row-link")
        walk.browser.run("[...document.querySelectorAll('.pager button')].find((b) => b.textContent === 'Next').click()")
        walk.browser.wait(f"return document.querySelector('.row-link').textContent !== {json.dumps(before)}", "the next page")
        walk.check("table: the next page", "offset=50" in walk.browser.url(), walk.text(".pager span"))
    walk.browser.click(".column-head .term")
    walk.browser.wait("return document.querySelector('.popover:popover-open')", "an explanation")
    walk.check("table: a score explains itself", len(walk.text(".popover p")) > 20, walk.text(".popover p")[:60])
    walk.browser.press("escape")
    walk.look("table")
    walk.clean("table")


def example(walk):
    listed = walk.get(f"/v1/jobs/{walk.job['id']}/issues?length=2")["issues"]
    row = listed[0]["row_idx"] if listed else 0
    document = walk.get(f"/v1/jobs/{walk.job['id']}/examples/{row}")
    walk.open(walk.path, "return document.querySelector('.issue-list h2')", "the issues")
    if listed:
        walk.browser.press("j")
        walk.browser.press("enter")
    else:
        walk.open(f"{walk.path}/examples/{row}", "return true", "the example")
    walk.browser.wait("return document.querySelector('.example-words')", "the example")
    walk.check("example: j and Enter open the first issue", walk.browser.url().endswith(f"/examples/{row}"))
    if document.get("image"):
        walk.picture("example: the picture", ".large-picture")
    else:
        walk.browser.wait("return document.querySelectorAll('.values tbody tr').length", "the values")
        walk.check("example: its values", True, walk.count(".values tbody tr"))
    walk.check("example: the sentence that says why", walk.text(".why") == (document["why"] or "").strip() and len(document["why"] or "") > 20, walk.text(".why")[:80])
    walk.check("example: both labels", str(document["label"]) in walk.text(".example-labels"), walk.text(".example-labels"))
    walk.check("example: votes at every layer", walk.count(".votes li") == 2 * len(document["probes"]) and walk.count(".votes-part") >= len(document["probes"]))
    walk.browser.wait("return document.querySelector('.example-evidence .chart svg path.line-2')", "the learning curve")
    walk.check("example: the learning curve", walk.browser.run("return document.querySelector('path.line-2').getAttribute('d').length") > 20)
    walk.check("example: neighbours", walk.count(".neighbour") > 0, walk.count(".neighbour"))
    walk.picture("example: neighbours have pictures", ".neighbour > *")
    walk.check("example: every score", walk.count(".score") == len(document["scores"]), walk.count(".score"))
    walk.look("example")
    if len(listed) > 1:
        walk.browser.press("right")
        walk.browser.wait(f"return location.pathname.endsWith('/examples/{listed[1]['row_idx']}') "
                          f"&& document.title.startsWith('Example {listed[1]['row_idx']} ') && document.querySelector('.example-words')", "the next issue")
        time.sleep(0.1)
        walk.check("example: the arrow key leads to the next issue", True)
        walk.browser.press("escape")
        walk.browser.wait("return document.querySelector('.issue-list')", "the list again")
        walk.check("example: Escape leads back to the list", True)
    walk.clean("example")


def others(walk):
    walk.open(f"{walk.path}?tab=run", "return document.querySelectorAll('.member-table tbody tr').length", "the networks")
    walk.check("run: a row for each network", walk.count(".member-table tbody tr") == walk.job["members"]["total"])
    walk.look("run")
    walk.open(f"{walk.path}?tab=scores", "return document.querySelectorAll('.glossary section').length", "the glossary")
    walk.check("scores: each is explained", walk.count(".glossary section p") >= walk.count(".glossary section"), walk.count(".glossary section"))
    walk.look("scores")
    walk.browser.press("2")
    walk.browser.wait("return document.querySelector('.tab[aria-selected=true]').textContent === 'Depth map'", "the second tab")
    walk.check("tabs: digits open them", True)
    walk.clean("run and scores")
    walk.open("/jobs/no-such-job", "return document.querySelector('.problem')", "the problem")
    walk.check("a job that does not exist is said to be missing", walk.text(".problem code") != "", walk.text(".problem"))
    walk.look("missing")
    walk.clean("missing", expected=("/v1/jobs/no-such-job",))


def sample(walk):
    walk.open("/", "return document.querySelector('.sample button')", "the sample's button")
    walk.browser.click(".sample button")
    walk.browser.wait("return document.querySelector('.analyse button.primary')", "what was recognised", 120)
    walk.check("sample: recognised", walk.browser.run("return location.pathname.startsWith('/datasets/')"), walk.text(".page-head .lead"))
    walk.browser.wait("return document.querySelector('.gallery > *')", "the gallery", 120)
    walk.browser.click(".analyse button.primary")
    walk.browser.wait("return location.pathname.startsWith('/jobs/') && document.querySelector('.tab')", "the new job", 60)
    state = walk.browser.wait("return document.querySelector('.page-head .badge')?.textContent", "its state")
    walk.check("sample: the analysis has started", state in ("queued", "running", "succeeded"), state)
    if state in ("queued", "running"):
        walk.browser.wait("return document.querySelector('.status h2')", "the progress")
        walk.look("progress")
        if walk.text(".page-head .badge") != "succeeded":
            walk.browser.run("[...document.querySelectorAll('.pane .actions button')].find((b) => b.textContent.startsWith('Cancel'))?.click()")
            walk.browser.wait("return document.querySelector('dialog[open] .danger')", "the question")
            walk.browser.click("dialog[open] .danger")
            state = walk.browser.wait("const s = document.querySelector('.page-head .badge')?.textContent; return ['cancelled', 'succeeded'].includes(s) && s", "the end", 60)
            walk.check("sample: it can be cancelled", True, state)
    walk.clean("sample")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base")
    parser.add_argument("job")
    parser.add_argument("screenshots")
    parser.add_argument("--sample", action="store_true", help="also upload the sample and start an analysis of it")
    options = parser.parse_args()
    os.makedirs(options.screenshots, exist_ok=True)
    with Browser() as browser:
        walk = Walk(browser, options.base, options.job, options.screenshots)
        parts = [headers, start, dataset, cost, issues, depth_map, charts, table, example, others, compare, review] + ([sample] if options.sample else [])
        for part in parts:
            try:
                part(walk)
            except BrowserError as error:
                walk.check(part.__name__, False, str(error))
                for line in browser.complaints():
                    print(f"     {line}")
                browser.screenshot(os.path.join(options.screenshots, f"failed-{part.__name__}.png"))
    print(f"{walk.failures} failed" if walk.failures else "all checks hold")
    return 1 if walk.failures else 0


if __name__ == "__main__":
    sys.exit(main())
