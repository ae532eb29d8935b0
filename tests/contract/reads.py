# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""``python -m tests.contract.reads FILE``: diagnose in the world of every scenario, and note which members of Resource
Manager's answers the product looks up. What is written down is made by the product itself; no list can go stale.
"""

import json
import math
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Optional, Set, Tuple
from urllib.parse import urlsplit

from tests.azure_facts import resource_type_of
from tests.contract import questions
from tests.emulator.client import EmulatorProcess

PROFILE = "user"
_guard = threading.Lock()


class Noted(dict):
    """An object of an answer that notes which members it is asked for. Copies of it note nothing."""

    def __init__(self, *content, about: Optional[Tuple[str, str]] = None, path: str = "", found: Optional[set] = None):
        """:param about: resource type and api-version.  :param path: of this object in the answer."""
        super().__init__(*content)
        self._about, self._path, self._found = about, path, found

    def __contains__(self, name):
        self._note(name)
        return super().__contains__(name)

    def __getitem__(self, name):
        self._note(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self._note(name)
        return super().get(name, default)

    def _note(self, name):
        if self._found is not None:
            with _guard:
                self._found.add((*self._about, below(self._path, name)))


def below(path: str, name: str) -> str:
    """The path of a member. Ids and hosts as names of members are a mapping's, whose entries are all alike."""
    name = "*" if "/" in name or "." in name else name
    return f"{path}.{name}" if path else name


def noted(value: Any, about: Tuple[str, str], found: set, path: str = "") -> Any:
    """A JSON value that notes what is looked up in it."""
    if isinstance(value, dict):
        return Noted({name: noted(inner, about, found, below(path, name)) for name, inner in value.items()},
                     about=about, path=path, found=found)
    if isinstance(value, list):
        return [noted(inner, about, found, path + "[]") for inner in value]
    return value


def watch() -> Set[Tuple[str, str, str]]:
    """From now on, note what this process looks up: resource type, api-version, path of the member."""
    from azext_acrlogin.azure import arm
    found: set = set()
    original = arm._answer  # pylint: disable=protected-access

    def answer(response):
        given = original(response)
        if not isinstance(given.value, dict):
            return given
        about = (resource_type_of(urlsplit(response.url).path), given.api_version)
        value, entries = given.value, given.value.get("value")
        if isinstance(entries, list):
            value = {**value, "value": [noted(entry, about, found) for entry in entries]}
        else:
            value = noted(value, about, found)
        object.__setattr__(given, "value", value)
        return given

    arm._answer = answer  # pylint: disable=protected-access
    return found


def rows_of(report: dict) -> int:
    """How many rows of 80 columns a report fills on a terminal; a line that is longer fills several."""
    from azext_acrlogin.checks import all_checks
    from azext_acrlogin.render.screen import Style, screen
    lines = screen(report, {check.name: check.title for check in all_checks()}, Style(80, symbols=True))
    return sum(max(1, math.ceil(len(line) / 80)) for line in lines)


def main(target: str) -> None:
    """Diagnose everything; write what was read, which requests were made and what went wrong."""
    with tempfile.TemporaryDirectory(prefix="acr-contract-") as folder:
        state, config = Path(folder) / "state", Path(folder) / "config"
        with EmulatorProcess(state) as emulator:
            emulator.profile(PROFILE, config)
        os.environ |= {"AZURE_CONFIG_DIR": str(config), "DOCKER_CONFIG": folder, "NO_PROXY": "", "HTTPS_PROXY": "",
                       "AZURE_CORE_COLLECT_TELEMETRY": "no"}
        from tests.contract.in_process import InProcess
        found, asked, wrong, rows = watch(), set(), {}, {}
        process = InProcess(state)
        for name, world, options, password in questions.all_of_them(process.keys):
            outside = questions.Watched(process.azure(world), asked)
            try:
                report = process.diagnose(outside, options, password)
            except Exception as error:  # pylint: disable=broad-except
                wrong[name] = f"{type(error).__name__}: {error}"
                continue
            crashed = [check["name"] for check in report["checks"] if check["status"] == "crashed"]
            if crashed:
                wrong[name] = f"crashed: {', '.join(crashed)}"
            if report["status"] == "failed" and len(report["errorCodes"]) == 1:
                rows[name] = rows_of(report)
    Path(target).write_text(json.dumps({
        "reads": sorted(found), "requests": sorted(asked), "wrong": wrong, "rows": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
