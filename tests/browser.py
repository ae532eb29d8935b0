# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Chromium as selenium drives it, with what the tests of pages ask of it. For pages that load nothing."""

import json
import os
import shutil
import tempfile
from unittest.mock import patch

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync")


def why_not():
    """Why no browser can be used here, or None."""
    if not any(shutil.which(name) for name in BROWSERS):
        return "no Chromium on this system (Debian: apt-get install chromium)"
    return None if shutil.which("chromedriver") else "no chromedriver on this system (Debian: chromium-driver)"


class Browser(webdriver.Chrome):
    """One window in a browser with an empty profile. A context manager."""

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        options = webdriver.ChromeOptions()
        options.binary_location = next(filter(None, map(shutil.which, BROWSERS)))
        options.unhandled_prompt_behavior = "ignore"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        for argument in (*ARGUMENTS, f"--user-data-dir={self._profile.name}"):
            options.add_argument(argument)
        # With the path of the driver, selenium downloads none; and no proxy stands between it and the driver.
        with patch.dict(os.environ, no_proxy="localhost"):
            super().__init__(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))

    def quit(self):
        super().quit()
        self._profile.cleanup()

    def open(self, address, width=1200, dark=False):
        """Load a page in a window of `width` pixels, forgetting what was logged before."""
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
        self.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.get_log("browser")
        self.get_log("performance")
        self.get(address)

    def dialog(self):
        """The text of an open alert, None when there is none."""
        try:
            return self.switch_to.alert.text
        except NoAlertPresentException:
            return None

    def requested(self):
        """The addresses that were asked for since `open`; what the page's policy stopped was not."""
        events = [json.loads(entry["message"])["message"] for entry in self.get_log("performance")]
        stopped = {event["params"]["requestId"] for event in events if event["params"].get("blockedReason") == "csp"}
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent" and event["params"]["requestId"] not in stopped]
