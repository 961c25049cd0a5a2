"""The part of the W3C WebDriver protocol that the page's test needs, over Debian's chromedriver and nothing but the
standard library. https://www.w3.org/TR/webdriver2/ names the commands."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"enter": "\ue007", "escape": "\ue00c", "left": "\ue012", "up": "\ue013", "right": "\ue014", "down": "\ue015"}


class BrowserError(Exception):
    """A command that the browser refused, with its own words."""


class Browser:
    """One headless Chromium with its driver. Use as a context manager: both end with the block."""

    def __init__(self, width=1280, height=900):
        driver = shutil.which("chromedriver") or "/usr/bin/chromedriver"
        chromium = shutil.which("chromium") or "/usr/bin/chromium"
        self.profile = tempfile.mkdtemp(prefix="plumbline-browser-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.session = None
        self.requests = {}
        self.driver = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait_for_driver()
            arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                         "--no-first-run", "--disable-extensions", f"--user-data-dir={self.profile}",
                         f"--window-size={width},{height}"]
            answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": {"binary": chromium, "args": arguments},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
            self.session = answer["sessionId"]
            self.size(width, height)
            # Chromium's own first page asks for things that are not there; what it says about them ends here.
            self.open("about:blank")
            self.complaints()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.session:
            try:
                self._send("DELETE", f"/session/{self.session}")
            except (BrowserError, OSError):
                pass  # the driver is stopped next, whatever it answered
            self.session = None
        self.driver.terminate()
        try:
            self.driver.wait(10)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _wait_for_driver(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                if self._send("GET", "/status")["ready"]:
                    return
            except OSError as error:
                if time.monotonic() > deadline or self.driver.poll() is not None:
                    raise BrowserError(f"chromedriver does not answer: {error}") from error
            time.sleep(0.05)

    def _send(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.address + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise BrowserError(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def command(self, method, path, body=None):
        return self._send(method, f"/session/{self.session}{path}", body)

    # Pages

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    def url(self):
        return self.command("GET", "/url")

    def run(self, script, *arguments):
        """Runs a function body in the page and answers what it returns."""
        return self.command("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def size(self, width, height):
        """The size of the page itself, exact even below the smallest window."""
        self.devtools("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def theme(self, name):
        self.devtools("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]})

    def devtools(self, name, parameters):
        return self.command("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def screenshot(self, path, whole=False):
        if whole:
            size = self.run("return [innerWidth, Math.min(document.documentElement.scrollHeight, 8000)]")
            shot = self.devtools("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {
                "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}})["data"]
        else:
            shot = self.command("GET", "/screenshot")
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot))

    # Elements

    def find(self, selector):
        return self.command("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        for attempt in range(5):
            element = self.find(selector)
            try:
                self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", {ELEMENT: element})
                self.command("POST", f"/element/{element}/click")
                return
            except BrowserError as error:
                # The page drew it anew between the finding and the click.
                if "stale element" not in str(error) or attempt == 4: raise

    def type(self, selector, text):
        self.command("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, key):
        """A key, sent to whatever has the focus."""
        value = KEYS.get(key, key)
        self.command("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]}]})

    def wait(self, script, what, seconds=20):
        """Polls a script until it returns something true, and answers that."""
        deadline = time.monotonic() + seconds
        while True:
            value = self.run(script)
            if value:
                return value
            if time.monotonic() > deadline:
                raise BrowserError(f"waited {seconds} s for {what} at {self.url()}")
            time.sleep(0.05)

    # What the browser complained about

    def complaints(self):
        """Console errors and warnings, and requests that failed, since the last call."""
        found = []
        for entry in self.command("POST", "/se/log", {"type": "browser"}):
            if entry["level"] in ("SEVERE", "WARNING"):
                found.append(f"console {entry['level'].lower()}: {entry['message']}")
        for entry in self.command("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            parameters = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests[parameters["requestId"]] = parameters["request"]["url"]
            elif message["method"] == "Network.responseReceived" and parameters["response"]["status"] >= 400:
                found.append(f"request answered {parameters['response']['status']}: {parameters['response']['url']}")
            elif message["method"] == "Network.loadingFailed" and not parameters.get("canceled"):
                url = self.requests.get(parameters["requestId"], "an earlier request")
                # Leaving a page ends what it was still loading; that is no failure.
                if parameters.get("errorText") != "net::ERR_ABORTED":
                    found.append(f"request failed with {parameters.get('errorText')}: {url}")
        return found
