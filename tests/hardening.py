# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What tests about bounds and safety share: the real az against an emulated Azure, and what must hold of any run."""

import json
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, List, Optional, Tuple

import jsonschema
import pytest

from azext_acrlogin.catalogue import codes
from tests.emulator.client import ROOT, EmulatorProcess
from tests.site.homes import AZ

SCHEMA = jsonschema.Draft202012Validator(
    json.loads((ROOT / "azext_acrlogin" / "report.schema.json").read_text(encoding="utf-8")))
OF_SEVERAL_LINES = ("/request", "/file/text")  # members of a fix
OWN_WORDS = ("message", "summary", "description", "reason")  # of this tool, with what others said in them
LONGEST_TEXT = 4000     # a message with the server's own words and every name in it
HOST = "myregistry.azurecr.io"
DIAGNOSE = ("acr", "login-diagnose", "--name", "myregistry")


@dataclass
class Run:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def report(self) -> dict:
        return json.loads(self.stdout)

    def check(self, name: str) -> dict:
        return next(check for check in self.report["checks"] if check["name"] == name)


class Bench:
    """An emulated Azure, signed in to by az, and the extension."""

    def __init__(self, extension_folder):
        self.folder = Path(tempfile.mkdtemp(prefix="acr-hardening-"))
        self.extension_folder = extension_folder
        self.emulator = EmulatorProcess(self.folder / "state")
        self._profiles = {}

    def close(self):
        self.emulator.stop()
        shutil.rmtree(self.folder)

    def environment(self, profile="user", **options) -> dict:
        """The environment of az as one of the world's profiles, with a configuration folder of its own.

        :param options: those of ``tests.emulator.profile.create_profile``.
        """
        key = (profile, *sorted(options.items()))
        if key not in self._profiles:
            folder = self.folder / f"profile-{len(self._profiles)}"
            self._profiles[key] = self.emulator.profile(profile, folder, az=AZ, **options)
        environment = {**self._profiles[key], "AZURE_EXTENSION_DIR": str(self.extension_folder)}
        own = tempfile.mkdtemp(prefix="config-", dir=self.folder)
        shutil.copytree(environment["AZURE_CONFIG_DIR"], own, dirs_exist_ok=True)
        return {**environment, "AZURE_CONFIG_DIR": own}

    def diagnose(self, environment, *arguments, client="none", output="json", seconds=60.0) -> Run:
        """Run the diagnosis to its end."""
        command = diagnosis("--client", client, "--output", output, *arguments)
        started = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds,
                              check=False)
        took = time.monotonic() - started
        return Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"), took)


def diagnosis(*arguments) -> List[str]:
    """The command line of a diagnosis."""
    return [AZ, *DIAGNOSE, *arguments]


def require(run: Run) -> Run:
    """Fail the test when the run breaks a promise that holds of every diagnosis."""
    if found := faults(run):
        pytest.fail("\n".join(found), pytrace=False)
    return run


def faults(run: Run) -> List[str]:
    """What is wrong with a run, whatever it met: the promises that hold of every diagnosis."""
    found = [f"a traceback: {run.stderr[-1500:]}"] if "Traceback" in run.stderr or "Traceback" in run.stdout else []
    try:
        report = run.report
    except ValueError:
        return [*found, f"no report (exit status {run.status}): {run.stdout[:200]!r} {run.stderr[-1500:]!r}"]
    return found + report_faults(report) + [
        f"exit status {run.status} with status {report['status']}"
        for expected in [1 if report["status"] == "failed" else 0] if run.status != expected] + [
        f"standard error does not say {line!r}"
        for line in last_lines(report) if line not in run.stderr.splitlines()] + [
        f"{stream} holds {character!r}" for stream, text in (("stdout", run.stdout), ("stderr", run.stderr))
        for character in sorted(set(re.findall(r"[^\n\x20-\x7e\xa0-\U0010ffff]", text)))]


def last_lines(report: dict) -> List[str]:
    """How a diagnosis ends its standard error."""
    code = report["errorCode"]
    return [f"ERROR: {code}: {codes()[code].title}"] if report["status"] == "failed" else []


def report_faults(report: dict, with_schema: bool = True) -> List[str]:
    """What is wrong with a report. :param with_schema: compare it with the schema, too, which takes long."""
    found = [f"{'/'.join(map(str, error.path))}: {error.message[:300]}"
             for error in (SCHEMA.iter_errors(report) if with_schema else ())][:5]
    found += [f"{check['name']} crashed: {check['message']} {check['evidence']}" for check in report["checks"]
              if check["status"] == "crashed"]
    for path, text in texts_in(report):
        if path.rpartition("/")[2] in OWN_WORDS and re.search(r"[a-z,:(] ?None\b", text):
            found.append(f"{path} shows what is not known: {text[:200]!r}")
        if len(text) > LONGEST_TEXT * (1 + path.endswith(OF_SEVERAL_LINES)):
            found.append(f"{path} has {len(text)} characters: {text[:80]!r}")
        one_line = text.replace("\n", "") if path.endswith(OF_SEVERAL_LINES) else text
        if strange := [character for character in one_line if is_unfit(character)]:
            found.append(f"{path} holds {strange[:5]!r}")
    return found


def is_unfit(character: str) -> bool:
    """Whether a character may disturb a terminal or deceive a reader."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def texts_in(value: Any, path: str = "") -> Iterator[Tuple[str, str]]:
    """Every text of a JSON value, with where it stands; names of members, too."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield f"{path} (name)", name
            yield from texts_in(entry, f"{path}/{name}")
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from texts_in(entry, f"{path}/{position}")


def descendants(pid: int) -> List[int]:
    """The process itself and all that stem from it; none where there is no /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        text = _read(stat)
        if text:
            parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = [pid]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def _read(path: Path) -> Optional[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
