# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Chromium, driven by the WebDriver protocol of W3C that chromedriver speaks; for pages, which load nothing."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--disable-sync")
STARTED = re.compile(r"started successfully on port (\d+)")
AXE = """const done = arguments[0];
axe.run(document, {resultTypes: ["violations"]})
   .then(result => done(result.violations.map(one => [one.id, one.nodes[0].html, one.nodes[0].failureSummary])))
   .catch(error => done([String(error)]));"""


def why_not():
    """Why no browser can be used here, or None."""
    if not any(shutil.which(name) for name in BROWSERS):
        return "no Chromium on this system (Debian: apt-get install chromium)"
    return None if shutil.which("chromedriver") else "no chromedriver on this system (Debian: chromium-driver)"


def axe_script():
    """axe-core, the accessibility checker, as JavaScript; None where its package is not installed."""
    spec = find_spec("axe_core_python")
    return (Path(spec.origin).parent / "axe.min.js").read_text("utf-8") if spec else None


class Browser:
    """One window in a browser with an empty profile. A context manager."""

    def __init__(self):
        self._profile = tempfile.mkdtemp(prefix="browser-")
        self._driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        try:
            self._start_session()
        except BaseException:
            self._end_driver()
            raise

    def _start_session(self):
        port = next(match[1] for match in map(STARTED.search, self._driver.stdout) if match)
        self._address = f"http://127.0.0.1:{port}/session"
        binary = next(filter(None, map(shutil.which, BROWSERS)))
        options = {"binary": binary, "args": [*ARGUMENTS, f"--user-data-dir={self._profile}"]}
        self._address += "/" + self._ask("POST", "", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "unhandledPromptBehavior": "ignore",
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})["sessionId"]

    def _end_driver(self):
        self._driver.terminate()
        self._driver.wait()
        self._driver.stdout.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._ask("DELETE", "")
        finally:
            self._end_driver()

    def open(self, address, width=1200, dark=False):
        """Load a page in a window of `width` pixels, forgetting what was logged before."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                     mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        self.log("browser")
        self.log("performance")
        self._ask("POST", "/url", {"url": address})

    def run(self, script):
        """The value that a function body returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def violations(self, axe):
        """What axe-core finds wrong: rule, element, explanation."""
        self._ask("POST", "/execute/sync", {"script": axe, "args": []})
        return self._ask("POST", "/execute/async", {"script": AXE, "args": []})

    def dialog(self):
        """The text of an open alert, None when there is none."""
        try:
            return self._ask("GET", "/alert/text")
        except urllib.error.HTTPError as error:
            assert "no such alert" in error.read().decode("utf-8")
            return None

    def requested(self):
        """The addresses that were asked for since `open`; what the page's policy stopped was not."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        stopped = {event["params"]["requestId"] for event in events if event["params"].get("blockedReason") == "csp"}
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent" and event["params"]["requestId"] not in stopped]

    def log(self, kind):
        """The entries of the log `browser` or `performance` that were not read yet."""
        return self._ask("POST", "/se/log", {"type": kind})

    def printed(self):
        """The page as PDF."""
        return base64.b64decode(self.command("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])

    def command(self, name, **parameters):
        """A command of the Chrome DevTools protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def _ask(self, method, path, body=None):
        data = json.dumps(body).encode("utf-8") if body is not None else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._address + path, data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)["value"]
