# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Compares a submission with what the repository of the CLI's extensions requires, where that is possible offline.

    python scripts/submission_faults.py FOLDER [CHECKOUT]

The demands are those of its scripts/ci (service_name.py, verify_codeowners.py, verify_license.py, test_index.py) and of
its guide for authors. Exit status 1 and a line for each that is not met.
"""

import json
import sys
from pathlib import Path
from typing import List, Optional

LICENCE = "Licensed under the MIT License."


def faults(folder: Path, checkout: Optional[Path]) -> List[str]:
    """What is missing, in words.

    :param checkout: of Azure/azure-cli-extensions, or None.
    """
    extension = folder / "src" / "acrlogin"
    package = extension / "azext_acrlogin"
    metadata = json.loads((package / "azext_metadata.json").read_text("utf-8"))
    readme, history = ((extension / name).read_text("utf-8") for name in ("README.md", "HISTORY.rst"))
    version = (package / "_version.py").read_text("utf-8").partition('VERSION = "')[2].partition('"')[0]
    demands = {
        "the folder is called as the extension, the package azext_ and its name": package.is_dir(),
        "a least version of the CLI is named": bool(metadata.get("azext.minCliCoreVersion")),
        "the history begins with this version": version in history.partition("++")[0] + history[:400],
        "the README says how to install": "az extension add" in readme,
        "the tests lie where azdev looks": any((package / "tests" / "latest").glob("test_*.py")),
        "every source has the licence": all(LICENCE in path.read_text("utf-8") for path in extension.rglob("*.py")),
        "no other wheel is needed": "install_requires=[]" in (extension / "setup.py").read_text("utf-8"),
        "an owner is to be named": (folder / "CODEOWNERS.line").read_text("utf-8").startswith("/src/acrlogin/ @"),
    }
    if checkout:
        services = json.loads((checkout / "src" / "service_name.json").read_text("utf-8"))
        owners = (checkout / ".github" / "CODEOWNERS").read_text("utf-8")
        index = json.loads((checkout / "src" / "index.json").read_text("utf-8"))["extensions"]
        demands["the command group has a service"] = any(entry["Command"] == "az acr" for entry in services)
        demands["the name is free, or ours"] = ("acrlogin" not in index) or "/src/acrlogin/ " in owners
    return [demand for demand, met in demands.items() if not met]


def main(arguments: List[str]) -> int:
    """Print what is not met; returns the exit status."""
    found = faults(Path(arguments[0]), Path(arguments[1]) if len(arguments) > 1 else None)
    for demand in found:
        print(f"Not so: {demand}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
