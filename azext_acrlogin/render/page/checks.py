# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Every check with its evidence and the time that it took, trouble first; those that passed unfold on demand."""

from typing import Any, Dict, List, Optional

from azext_acrlogin.render.page.elements import Html, element, together
from azext_acrlogin.render.page.words import moment, state, time_taken, words

ORDER = ("crashed", "failed", "warning", "unknown", "passed", "skipped")
UNFOLDED = ("crashed", "failed", "warning", "unknown")
BAR_PIXELS = 60  # of the slowest check


def all_checks(checks: List[Dict[str, Any]]) -> Html:
    """All of them, as one list that unfolds."""
    slowest = max([check["durationMs"] or 0 for check in checks] or [0])
    places = {status: place for place, status in enumerate(ORDER)}
    ordered = sorted(checks, key=lambda check: places.get(check["status"], len(ORDER)))
    return together(*(_check(check, slowest) for check in ordered))


def evidence(values: Dict[str, Any]) -> Optional[Html]:
    """A record as a list of terms. What was not observed is left out; None when that is everything."""
    entries = [element("div", element("dt", words(key)), element("dd", _value(value)))
               for key, value in values.items() if value is not None]
    return element("dl", *entries) if entries else None


def link(url: Optional[str]) -> Optional[Html]:
    """A link to documentation; an address of another kind is only shown."""
    if url is None:
        return None
    return element("a", url.removeprefix("https://"), href=url) if url.startswith("https://") else together(url)


def _check(check: Dict[str, Any], slowest: int) -> Html:
    shown_time = None if check["status"] == "skipped" else _bar(check["durationMs"] or 0, slowest)
    summary = element(
        "summary", state(check["status"]), element("h3", check["title"]),
        element("span", shown_time, class_="time") if shown_time else None,
        element("span", check["message"], class_="said"))
    # The target of links is inside, because a browser unfolds what holds the target.
    inside = element("div", *_inside(check), class_="inside", id=f"check-{check['name']}")
    return element("details", summary, inside, class_=check["status"],
                   open="" if check["status"] in UNFOLDED else None)


def _bar(milliseconds: int, slowest: int) -> Html:
    width = max(1, round(BAR_PIXELS * milliseconds / slowest)) if slowest else 1
    return together(time_taken(milliseconds),
                    element("svg", element("rect", width=str(width), height="8", rx="2"),
                            width=str(BAR_PIXELS), height="8", aria_hidden="true"))


def _inside(check: Dict[str, Any]) -> List[Optional[Html]]:
    because = check["because"]
    findings = [finding for finding in check["findings"] if finding["message"] != check["message"]]
    reason = because["reason"] if because and because["reason"] not in check["message"] else None
    known = {"errorCode": check["errorCode"], "why": reason,
             "permission": because["permission"] if because else None, "correlationId": check["correlationId"]}
    parts = [*(element("p", element("strong", finding["errorCode"]), ": ", finding["message"]) for finding in findings),
             evidence(known), evidence(check["evidence"])]
    return parts if any(parts) else [element("p", "No details were recorded.", class_="soft")]


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return evidence(value) or "none"
    if isinstance(value, list):
        return _several(value)
    return moment(str(value))


def _several(values: List[Any]) -> Any:
    if not values:
        return "none"
    if len(values) == 1:
        return _value(values[0])
    return element("ul", *(element("li", _value(value)) for value in values))
