# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The SDKs of several CLIs side by side, each in a folder of its own in the checkout, made when it is missing."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

from tests.emulator.client import ROOT

FOLDER = ROOT / ".venv-sdks"
# By version of azure-cli, what it comes with. Its core decides which versions its SDKs ask for.
PACKAGES = {
    "2.73.0": ["azure-cli-core==2.73.0", "azure-mgmt-authorization==4.0.0", "azure-mgmt-containerregistry==14.0.0"],
    "2.91.0": ["azure-cli-core==2.91.0", "azure-mgmt-authorization==5.0.0b2", "azure-mgmt-containerregistry==15.1.0b3"],
}
OLDEST, NEWEST = PACKAGES
INSTALL_SECONDS = 300
RUN_SECONDS = 120


def folder_of(cli: str) -> Path:
    """The folder with a CLI's SDKs. Skips the test where it is not there and cannot be had; not so if CI=true."""
    FOLDER.mkdir(exist_ok=True)
    target = FOLDER / cli
    with open(FOLDER / f"{cli}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = target / "made-of"
        if not made.exists() or made.read_text(encoding="ascii") != " ".join(PACKAGES[cli]):
            _install(cli, target)
            made.write_text(" ".join(PACKAGES[cli]), encoding="ascii")
    return target


def _install(cli: str, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile",
         "--target", str(target), *PACKAGES[cli]], capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        why = f"the SDKs of azure-cli {cli} cannot be installed: {done.stderr[-500:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(why, pytrace=False)
        pytest.skip(why)


def run_with(cli: str, config: Path, *arguments: str) -> str:
    """Run a module of the tests with a CLI's SDKs; what it printed. :param config: AZURE_CONFIG_DIR."""
    path = os.pathsep.join([str(folder_of(cli)), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "AZURE_CONFIG_DIR": str(config),
                   "AZURE_CORE_COLLECT_TELEMETRY": "no", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", *arguments], env=environment, cwd=ROOT, capture_output=True, text=True,
                          check=False, timeout=RUN_SECONDS)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def clis() -> List[str]:
    """The CLIs whose SDKs are compared."""
    return list(PACKAGES)
