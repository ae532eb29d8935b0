# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writes the entry of a wheel in the CLI's extension index beside it, as `azdev extension update-index` makes it.

    python scripts/index_entry.py WHEEL [URL]

The entry is compared with what the tests of the index require; exit status 1 when something is missing. azdev wants to
download the wheel from URL, where it will be published, and is given the local file instead. Run by scripts/lint, in
whose environment azdev is installed.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from unittest import mock

from packaging.version import Version

RELEASES = "https://azcliprod.blob.core.windows.net/cli-extensions/"


def entry_of(wheel: Path, url: str) -> dict:
    """The entry that azdev adds to an empty index."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "azure-cli-extensions" / "src" / "index.json"    # azdev looks for a folder of that name
        index.parent.mkdir(parents=True)
        index.write_text('{"formatVersion": "1", "extensions": {}}', "utf-8")
        os.environ["AZDEV_EXT_REPO_PATHS"] = folder
        from azdev.operations import extensions     # reads its settings when it is imported

        def fetch(_url, filename, target, _cache):
            return shutil.copy(wheel, Path(target) / filename)
        with mock.patch("azdev.operations.extensions.util.get_whl_from_url", fetch):
            extensions.update_extension_index([url])
        return json.loads(index.read_text("utf-8"))["extensions"]["acrlogin"][0]


def faults(entry: dict, wheel: Path) -> list:
    """What the index's tests and guidelines would complain about."""
    from azdev.operations.extensions.util import WHEEL_INFO_RE
    metadata, named = entry["metadata"], WHEEL_INFO_RE(entry["filename"])
    published = entry["downloadUrl"].rsplit("/", 1)[-1]
    demands = {
        "the file has the name that is published": wheel.name == entry["filename"] == published,
        "the wheel is for every platform": named and named.group("pyver", "abi", "plat") == ("py3", "none", "any"),
        "the name is that of the extension": metadata.get("name") == "acrlogin" == named.group("name"),
        "the version is that of the file": metadata.get("version") == named.group("ver"),
        "there are no dependencies": not metadata.get("run_requires"),
        "a least version of the CLI is named": bool(metadata.get("azext.minCliCoreVersion")),
        "a preview says so": metadata.get("azext.isPreview") is (Version(metadata["version"]).is_prerelease or None),
        "the summary is short": 0 < len(metadata.get("summary", "")) <= 140,
    }
    return [demand for demand, met in demands.items() if not met]


def main(wheel: str, url: str = "") -> int:
    """Write the entry; returns the exit status."""
    path = Path(wheel)
    entry = entry_of(path, url or RELEASES + path.name)
    path.with_suffix(".json").write_text(json.dumps(entry, indent=4, sort_keys=True) + "\n", "utf-8")
    missing = faults(entry, path)
    for demand in missing:
        print(f"Not so: {demand}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
