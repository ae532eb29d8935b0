# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""How values of a report read on the page: statuses, names, times."""

import re
from typing import Optional

from azext_acrlogin.catalogue import codes
from azext_acrlogin.render.page.elements import Html, element, together

STATES = {"passed": ("✓", "Passed"), "warning": ("!", "Warning"), "failed": ("✗", "Failed"),
          "unknown": ("?", "Unknown"), "skipped": ("–", "Skipped"), "crashed": ("✗", "Crashed")}

_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)*")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")


def state(status: str, word: Optional[str] = None) -> Html:
    """Symbol and word in the colour of a status; `word` takes the place of the status's own."""
    symbol, own = STATES.get(status, ("?", status))
    known = status if status in STATES else "skipped"
    return element("span", element("span", symbol + " ", aria_hidden="true"), word or own, class_=f"state {known}")


def code(name: str) -> Html:
    """An error code that a narrow screen may break after each underscore."""
    first, *others = name.split("_")
    return together(first, *(together("_", element("wbr"), other) for other in others))


def meaning(name: str) -> Optional[str]:
    """The title of an error code."""
    return codes()[name].title if name in codes() else None


def words(key: str) -> str:
    """An evidence key as words: accessByRoles as Access by roles. A host name or another free text stays as it is."""
    if not _CAMEL.fullmatch(key):
        return key
    return re.sub(r"(?=[A-Z])", " ", key).lower().capitalize()


def moment(text: str) -> str:
    """A time of RFC 3339 in UTC without its letters; any other text as it is."""
    match = _MOMENT.fullmatch(text)
    return f"{match[1]} {match[2]} UTC" if match else text


def time_taken(milliseconds: Optional[int]) -> str:
    """Milliseconds below a second, seconds above; nothing where it is not known."""
    if milliseconds is None:
        return ""
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
