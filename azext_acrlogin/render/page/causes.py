# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What to fix and how: one card for each cause, and what could not be observed when that is the answer."""

import os
import re
from typing import Any, Dict, List, Optional

from azext_acrlogin.protocol.known_secrets import MASK
from azext_acrlogin.render.commands import writing
from azext_acrlogin.render.page.checks import link
from azext_acrlogin.render.page.elements import Html, element, section, together
from azext_acrlogin.render.page.words import code, meaning
from azext_acrlogin.render.screen import ASK

# An argument as a shell reads it, and the white space between two.
_ARGUMENT = re.compile(r"(?:'[^']*'|\"[^\"]*\"|[^\s'\"])+|\s+|.", re.DOTALL)

Report = Dict[str, Any]
Check = Dict[str, Any]


def causes(report: Report) -> Optional[Html]:
    """The causes in the order in which to fix them, or None when there are none."""
    names = report["errorCodes"]
    if not names:
        return None
    errors = any(name.endswith("_ERROR") for name in names)
    heading = "Worth knowing" if not errors else "Cause and fix" if len(names) == 1 else "Causes and fixes"
    numbers = [f"{number}. " for number in range(1, len(names) + 1)] if len(names) > 1 else [""]
    return section("causes", heading, *(_cause(*one, report) for one in zip(numbers, names)))


def finders(report: Report) -> List[str]:
    """Names of the checks that found an error which is a cause."""
    errors = [name for name in report["errorCodes"] if name.endswith("_ERROR")]
    return [check["name"] for check in report["checks"] if any(_found(check, name) for name in errors)]


def unknown(report: Report) -> Optional[Html]:
    """What stands between the question and its answer, when that is all there is to say."""
    checks = [check for check in report["checks"] if check["status"] == "unknown" and check["because"]]
    if report["status"] != "unknown" or not checks:
        return None
    return section("unknown", "What could not be checked", *(
        element("article", element("h3", check["title"]), element("p", _reason(check["because"])),
                class_="card cause unknown") for check in checks))


def _cause(number: str, name: str, report: Report) -> Html:
    seen = [check for check in report["checks"] if name in (check["errorCode"], *_codes(check))]
    finder = next((check for check in seen if _found(check, name)), None)
    finding = _found(finder, name) if finder else None
    message = finding["message"] if finding else seen[0]["message"] if seen else ""
    return element(
        "article", element("h3", number, meaning(name) or name), element("p", code(name), class_="code"),
        element("p", message) if message not in report["summary"] else None,
        *_fix(finding["fix"] if finding else None),
        _evidence(sorted(seen, key=lambda check: check is not finder)),
        element("p", "Read more: ", link(finding["docs"]), class_="soft") if finding and finding["docs"] else None,
        class_=f"card cause {'failed' if name.endswith('_ERROR') else 'warning'}")


def _codes(check: Check) -> List[str]:
    return [finding["errorCode"] for finding in check["findings"]]


def _found(check: Check, name: str) -> Optional[Dict[str, Any]]:
    """The finding that is this cause itself. A consequence bears its cause's code as well, and has no fix."""
    return next((finding for finding in check["findings"] if finding["errorCode"] == name and finding["fix"]), None)


def _fix(fix: Optional[Dict[str, Any]]) -> List[Html]:
    if not fix:
        return []
    parts = [element("p", element("strong", f"{ASK.get(fix['runBy'], fix['runBy'])}: "), fix["description"])]
    for command in fix["commands"]:
        if command.get("file"):
            text = "\n".join(writing(command["file"], os.name == "nt"))
            parts.append(element("pre", element("code", text), class_="command"))
        parts.append(element("pre", element("code", *_arguments(command["line"])), class_="command"))
    hint = element("p", f"{MASK} stands for a masked name. Write the full name in its place.", class_="soft")
    in_commands = any(MASK in command["line"] for command in fix["commands"])
    if in_commands:
        parts.append(hint)
    request = fix.get("request")
    if request:
        parts += [element("p", element("strong", "Message to forward:"), class_="forward"),
                  element("pre", *_words(request), class_="command forward")]
        parts += [hint] if MASK in request and not in_commands else []
    return parts


def _arguments(line: str) -> List[Html]:
    """A command that breaks between its arguments, and where one is too long after a slash: ids stay whole."""
    return [together(part) if part.isspace() else element("span", *_segments(part)) for part in _ARGUMENT.findall(line)]


def _words(text: str) -> List[Html]:
    """A text that breaks as a command does."""
    return [together(part) if part.isspace() else element("span", *_segments(part))
            for part in re.findall(r"\s+|\S+", text)]


def _segments(argument: str) -> List[Html]:
    first, *others = re.findall(r"[^/]*/|[^/]+", argument)
    return [element("span", first), *(together(element("wbr"), element("span", other)) for other in others)]


def _evidence(checks: List[Check]) -> Optional[Html]:
    """Links to the check that found the cause and to those that failed in consequence."""
    before = ["Evidence: ", ", which explains ", *[", "] * len(checks)]
    links = [element("a", check["title"], href=f"#check-{check['name']}") for check in checks]
    return element("p", *(together(*pair) for pair in zip(before, links)), class_="soft") if links else None


def _reason(because: Dict[str, Any]) -> str:
    reason = because["reason"][:1].upper() + because["reason"][1:].rstrip(".") + "."
    return f"{reason} Required permission: {because['permission']}." if because["permission"] else reason
