# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The catalogue as text for a terminal, and fixes as they read when no diagnosis has filled them."""

import re
import textwrap
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence, Tuple, cast

from azext_acrlogin.catalogue import Code, Fix, WhenKnown, needed_by, placeholders_in
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.render.commands import fill
from azext_acrlogin.render.screen import ASK

WIDTH = 80

RUN_BY = {
    "you": "you", "registryOwner": "the registry's owner", "tenantAdministrator": "a tenant administrator",
    "networkAdministrator": "your network administrator", "serviceOwner": "the owner of the service"}


def general(fix: Fix, windows: bool) -> Dict[str, Any]:
    """The fix with its placeholders written as REGISTRY, SUBSCRIPTION and so on, as usage texts write them.

    With every command that it may have, and without arguments that are seldom needed.
    """
    choices = [command for command in fix.commands if isinstance(command, WhenKnown)]
    names = fix.placeholders.union(*map(needed_by, choices))
    filled = fill(fix, cast(Facts, {name: name.upper() for name in names}), windows)
    if filled is None:
        raise ValueError(f"This fix cannot be written as commands: {fix.description}")
    return filled


def listing(entries: Iterable[Code]) -> str:
    """Code and title of each entry, under its category."""
    entries = list(entries)
    width = max(len(entry.code) for entry in entries)
    lines: List[str] = []
    category = None
    for entry in entries:
        if entry.category != category:
            category = entry.category
            lines += ["", category.capitalize()]
        lines.append(_wrapped(entry.title, " " * (width + 4), f"  {entry.code:{width}}  "))
    return "\n".join([*lines[1:], "", "To explain a code: az acr login-error show --code CODE"])


def explanation(entry: Code, windows: bool, page: Optional[str] = None) -> str:
    """Everything the catalogue says about one code. :param page: of the code, where there is a site of them."""
    parts = [f"{entry.code}: {entry.title}", _wrapped(entry.meaning)]
    if entry.looks_like:
        parts += ["What you see", *(_wrapped(text, "    ") for text in entry.looks_like)]
    parts += ["How it is found", _wrapped(entry.how_found), "How to fix it"]
    fixes = _merged(entry, windows)
    parts += [_fix(number, *one) for number, one in enumerate(fixes, 1)]
    used = sorted(frozenset().union(*(names for _, _, names in fixes)))
    if used:
        names = ", ".join(f"<{name.upper()}>" for name in used)
        parts.append(_wrapped(f"az acr login-diagnose fills in {names}."))
    if entry.confused_with:
        parts += ["Often confused with", *(_wrapped(f"{other}: {difference}", "  ")
                                           for other, difference in entry.confused_with.items())]
    parts.append(f"Page: {page}\nMore: {entry.docs}" if page else f"More: {entry.docs}")
    return "\n\n".join(parts)


def fixes_for(entry: Code, windows: bool) -> List[Fix]:
    """The fixes of a code, without those that need `sudo` where there is none; the last one names every system."""
    return [fix for fix in entry.fixes if not (windows and any(command[0] == "sudo" for command in fix.commands))]


def matched(matches: Sequence[Dict[str, Any]]) -> str:
    """What a message can stand for, likeliest first, and what tells one from the other."""
    if not matches:
        return "This message matches no known error code. To look for its cause where it appears:\n\n" \
               "    az acr login-diagnose --name NAME"
    parts = [f"{match['errorCode']}: {match['title']}\n{_wrapped(match['why'], '    ')}\n"
             f"{_wrapped(match['lookAt'], '    ', '    Look at: ')}" for match in matches]
    parts += ["To explain a code: az acr login-error show --code CODE\n"
              "To find out which it is: az acr login-diagnose --name NAME"]
    return "\n\n".join(parts)


def _merged(entry: Code, windows: bool) -> List[Tuple[str, Dict[str, Any], FrozenSet[str]]]:
    """The fixes as people need them: those whose commands differ only in how often one is given, or in who runs them,
    are one. Each with who runs it, and with the names that stand in its commands."""
    groups: Dict[Tuple[str, ...], List[Fix]] = {}
    for fix in fixes_for(entry, windows):
        lines = dict.fromkeys(command["line"].replace("SECOND_", "") for command in general(fix, windows)["commands"])
        groups.setdefault(tuple(lines) or (fix.description,), []).append(fix)
    merged = []
    for fixes in groups.values():
        shortest = min(fixes, key=lambda fix: len(fix.description))
        others = [fix.run_by for fix in fixes if fix.run_by != "you"]
        who = ASK[others[0] if others else "you"]
        if others and any(fix.run_by == "you" for fix in fixes):
            who += ", and for you if your own role allows it"
        merged.append((who, general(shortest, windows), placeholders_in(shortest.commands)))
    return merged


def _fix(number: int, who: str, fix: Dict[str, Any], names: FrozenSet[str]) -> str:
    lines = [_wrapped(f"{number}. {who}: {fix['description']}", "   ", "")]
    for command in fix["commands"]:
        line = re.sub(r"\b[A-Z][A-Z_]+\b", lambda word: f"<{word[0]}>" if word[0].lower() in names else word[0],
                      command["line"])
        lines.append(f"       {line}")
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "", first: Optional[str] = None) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)
