# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Two compared reports as text for a terminal."""

import re
import textwrap
from typing import Any, List, Mapping, Optional

WIDTH = 80
HEADINGS = {True: "Explains the different outcome", None: "May explain it", False: "Also different"}
SAME_OUTCOME = "Differences"
RESOURCE_ID = re.compile(r"/(?=subscriptions/)(?:[^/\s,]+/)*([^/\s,]+/[^/\s,]+)")


def comparison(compared: Mapping[str, Any]) -> str:
    """The two outcomes, then what differs: first what explains the other outcome."""
    lines = [line for side in ("old", "new") for line in _outcome(side, compared[side])]
    others = [one for one in compared["differences"] if one["area"] != "causes"]
    same = len(others) == len(compared["differences"])
    for explains, heading in HEADINGS.items():
        rows = [one for one in others if one["explains"] is explains]
        if explains is None and any(one["explains"] for one in others):
            rows = []  # what only one of the two knows, beside what explains it
        if rows:
            lines += ["", SAME_OUTCOME if same else heading]
            lines += [line for row in rows for line in _difference(row)]
    if not others:
        lines += ["", "The two reports show no other difference."]
    return "\n".join(lines)


def _outcome(side: str, report: Mapping[str, Any]) -> List[str]:
    code: Optional[str] = report["errorCode"]
    text = f"{side.capitalize()}: {report['generatedAt']}  {report['status'].upper()}{f'  {code}' if code else ''}"
    return _wrapped(text, "", "     ")


def _difference(one: Mapping[str, Any]) -> List[str]:
    label, _, old = one["old"].partition(": ")
    new = one["new"].partition(": ")[2]
    if _named(old) != _named(new):
        old, new = _named(old), _named(new)
    short = f"  {label}: {old} -> {new}"
    if len(short) <= WIDTH:
        return [short]
    return [f"  {label}:", *_wrapped(old, "    old  ", "         "), *_wrapped(new, "    new  ", "         ")]


def _named(text: str) -> str:
    """Resource ids by their ends: kind and name."""
    return RESOURCE_ID.sub(r"\1", text)


def _wrapped(text: str, first: str, further: str) -> List[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=further, break_long_words=False,
                         break_on_hyphens=False)
