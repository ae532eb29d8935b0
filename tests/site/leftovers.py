# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Names of what a process makes outside itself, so that a later one can clear away after one that was killed."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

PREFIX = "acr-site-"


def namespace_name():
    """The name of this process's network namespace."""
    return f"{PREFIX}{os.getpid()}"


def make_folder(what):
    """A new temporary folder of this process, which other users may pass through."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{what}-"))
    folder.chmod(0o755)
    return folder


def clear_away():
    """Remove the namespaces and folders of processes that are no more."""
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    for name in re.findall(rf"^({PREFIX}\d+)\b", names, re.MULTILINE):
        if not _lives(name):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        if not _lives(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(name):
    match = re.match(rf"{PREFIX}(\d+)\b", name)
    return not match or Path(f"/proc/{match[1]}").exists()
