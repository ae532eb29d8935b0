# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The extension as users get it: built as a wheel and installed by ``az extension add``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .homes import AZ

ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("azext_acrlogin", "setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "HISTORY.rst",
            "README.rst", "LICENSE", "License.txt")


def install(folder: Path, root: Path = ROOT):
    """Build from a working tree, install into a folder, and return it: an AZURE_EXTENSION_DIR.

    :raises RuntimeError: it does not build or az does not take it.
    """
    sources = folder / "sources"
    sources.mkdir(parents=True)
    for name in _SOURCES:
        path = root / name
        if path.is_dir():
            shutil.copytree(path, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, sources / name)
    _run([sys.executable, "setup.py", "--quiet", "bdist_wheel", "--dist-dir", str(folder)], cwd=sources)
    wheel = next(folder.glob("*.whl"))
    extensions = folder / "extensions"
    environment = {**os.environ, "AZURE_EXTENSION_DIR": str(extensions), "AZURE_CONFIG_DIR": str(folder / "az"),
                   "AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_CHECK_FOR_UPDATES": "false"}
    _run([AZ, "extension", "add", "--source", str(wheel), "--yes", "--only-show-errors"], env=environment)
    return extensions


def _run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
