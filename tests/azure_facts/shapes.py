# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Compares answers by shape: which members there are, and in which form their values are, not which values."""

import re
from typing import Any

# The first form that fits counts. What was made harmless in recordings (``<guid>``) has the form of what it stands for.
_FORMS = {
    "guid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|<guid>",
    "time with offset": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6}[1-9])?\+00:00",
    "time with Z": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z",
    "digest": r"sha256:([0-9a-f]{64}|…)",
    "32 hex": r"[0-9a-f]{32}|<32 hex.*>|<hex>",
    "libtrust key id": r"([A-Z2-7]{4}:){11}[A-Z2-7]{4}|.*libtrust form.*",
    "id of a user-assigned identity": r"/subscriptions/[^/]+/resourcegroups/.*/userAssignedIdentities/[^/]+",
    "id of a resource": r"/(subscriptions|providers)/.*",
    "token": r"<JWT>|[\w-]+\.[\w-]+\.[\w-]+",
    "url": r"https://.*",
}


def form(value: Any) -> str:
    """The form of a value that is neither mapping nor list."""
    if isinstance(value, str):
        return next((name for name, pattern in _FORMS.items() if re.fullmatch(pattern, value)), "text")
    return {bool: "boolean", int: "number", float: "number", type(None): "null"}[type(value)]


def shape(value: Any, path: str = "") -> dict[str, set[str]]:
    """Form by path; entries of a list count as one."""
    found: dict[str, set[str]] = {}
    if isinstance(value, dict):
        found[path] = {"mapping"}
        for name, inner in value.items():
            for at, forms in shape(inner, f"{path}.{name}" if path else name).items():
                found.setdefault(at, set()).update(forms)
    elif isinstance(value, list):
        found[path] = {"list"}
        for inner in value:
            for at, forms in shape(inner, path + "[]").items():
                found.setdefault(at, set()).update(forms)
    else:
        found[path] = {form(value)}
    return found


def differences(recorded: Any, answered: Any, *, may_lack: tuple[str, ...] = (), may_have: tuple[str, ...] = ()
                ) -> list[str]:
    """What an answer has otherwise than a recorded one; paths that start with one of those given are left out."""
    left, right = shape(recorded), shape(answered)
    problems = [f"{path} is missing" for path in left.keys() - right.keys() if not path.startswith(may_lack or ("\0",))]
    problems += [f"{path} is more than was recorded" for path in right.keys() - left.keys()
                 if not path.startswith(may_have or ("\0",))]
    for path in left.keys() & right.keys():
        wanted, given = left[path] | {"null"}, right[path]
        if not given <= wanted and wanted != {"null"}:
            problems.append(f"{path} is {', '.join(sorted(given))}, recorded was {', '.join(sorted(left[path]))}")
    return sorted(problems)
