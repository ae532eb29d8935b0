# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The catalogue as text for a terminal, and fixes as they read when no diagnosis has filled them."""

import textwrap
from typing import Any, Dict, Iterable, List, Optional, cast

from azext_acrlogin.catalogue import Code, Fix, WhenKnown, needed_by
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.render.commands import fill
from azext_acrlogin.render.screen import ASK

WIDTH = 80

RUN_BY = {
    "you": "you", "registryOwner": "the registry's owner", "tenantAdministrator": "an administrator of your tenant",
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


def explanation(entry: Code, windows: bool) -> str:
    """Everything the catalogue says about one code."""
    parts = [f"{entry.code}: {entry.title}", _wrapped(entry.meaning)]
    if entry.looks_like:
        parts += ["What you see", *(_wrapped(text, "    ") for text in entry.looks_like)]
    parts += ["How it is found", _wrapped(entry.how_found), "How to fix it"]
    parts += [_fix(number, general(fix, windows)) for number, fix in enumerate(entry.fixes, 1)]
    if entry.confused_with:
        parts += ["Often confused with", *(_wrapped(f"{other}: {difference}", "  ")
                                           for other, difference in entry.confused_with.items())]
    parts.append(f"More: {entry.docs}")
    return "\n\n".join(parts)


def _fix(number: int, fix: Dict[str, Any]) -> str:
    lines = [_wrapped(f"{number}. {ASK[fix['runBy']]}: {fix['description']}", "   ", "")]
    return "\n".join(lines + ["       " + command["line"] for command in fix["commands"]])


def _wrapped(text: str, indent: str = "", first: Optional[str] = None) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)
