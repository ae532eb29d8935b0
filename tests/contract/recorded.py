# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the product reads and asks for, recorded once for all tests of a run, whichever process they run in."""

import fcntl
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

import pytest

from tests import azure_facts
from tests.emulator.client import ROOT

SECONDS = 300   # on a machine that has other things to do; it takes about 15 on one that has not


@dataclass(frozen=True)
class Read:
    """A member of Resource Manager's answers that the product looks up."""

    type: str
    api_version: str
    path: str


@dataclass(frozen=True)
class Recorded:
    """file: all this as JSON. requests: method, URL and user agent. wrong: name of a diagnosis to what went wrong.
    rows: name of a failing diagnosis with one cause to how many rows of 80 columns it fills on a terminal."""

    file: Path
    reads: List[Read]
    requests: List[List[str]]
    wrong: Dict[str, str]
    rows: Dict[str, int]


@pytest.fixture(scope="session", name="recorded")
def recorded_in_all_worlds(tmp_path_factory):
    """Reads and requests of the product in all worlds."""
    folder = tmp_path_factory.getbasetemp()
    if folder.name.startswith("popen-"):    # a worker of several
        folder = folder.parent
    return record(folder / "contract.json")


def record(target: Path) -> Recorded:
    """Run the diagnoses unless another process did so already. :param target: for what it writes."""
    with open(target.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            done = subprocess.run([sys.executable, "-m", "tests.contract.reads", str(target)], cwd=ROOT,
                                  capture_output=True, text=True, check=False, timeout=SECONDS)
            if done.returncode:
                pytest.fail(done.stderr[-3000:], pytrace=False)
    found = json.loads(target.read_text(encoding="utf-8"))
    types = {kind.lower(): kind for kind in azure_facts.resource_types()}
    reads = [Read(types.get(kind.lower(), kind), version, path) for kind, version, path in found["reads"]]
    return Recorded(target, reads, found["requests"], found["wrong"], found["rows"])


def exists(read: Read, api_version: str = "") -> bool:
    """Whether a member is in the specification; names are compared without case, as the product does."""
    known = azure_facts.members(read.type, api_version or read.api_version)
    if known is None:
        return False
    # A table holds a whole answer; what is read of a list is noted from its entries on.
    entries = {path.partition("value[].")[2] for path in known if path.startswith("value[].")}
    at = azure_facts.tree(frozenset(path.lower() for path in {*known, *entries}))
    for name in read.path.lower().replace("[]", ".[]").split("."):
        if "**" in at:
            return True
        at = at.get(name, at.get("*"))
        if at is None:
            return False
    return True
