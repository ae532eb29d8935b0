# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The handlers of `az acr login-error`: the catalogue, offline."""

import os
from typing import Any, Dict, List, Optional

from azext_acrlogin._terminal import wants_text
from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.render import catalogue_text as explain


def list_login_errors(cmd: Any) -> Optional[List[Dict[str, Any]]]:
    """Every code, by category and then by code."""
    if wants_text(cmd.cli_ctx):
        _print(cmd, explain.listing(codes().values()))
        return None
    checks = _check_of_code()
    return [{"errorCode": code.code, "severity": code.severity, "category": code.category, "title": code.title,
             "check": checks.get(code.code), "docs": code.docs} for code in codes().values()]


def show_login_error(cmd: Any, code: str) -> Optional[Dict[str, Any]]:
    """One code explained. `code` was found in the catalogue when the command line was parsed."""
    entry = codes()[code]
    windows = os.name == "nt"
    if wants_text(cmd.cli_ctx):
        site = cmd.cli_ctx.config.get("acrlogin", "site", fallback=None)
        _print(cmd, explain.explanation(entry, windows, page_on(site, entry.code) if site else None))
        return None
    return {"errorCode": entry.code, "severity": entry.severity, "category": entry.category, "title": entry.title,
            "meaning": entry.meaning, "howFound": entry.how_found,
            "fixes": [explain.general(fix, windows) for fix in explain.fixes_for(entry, windows)],
            "confusedWith": [{"errorCode": other, "difference": difference}
                             for other, difference in entry.confused_with.items()],
            "docs": entry.docs}


def match_login_errors(cmd: Any, symptom: str) -> Optional[List[Dict[str, Any]]]:
    """The codes that a message can stand for, most likely first; none of them is confirmed."""
    from azext_acrlogin.symptoms.match import matches
    found = matches(symptom)
    if wants_text(cmd.cli_ctx):
        _print(cmd, explain.matched(found))
        return None
    return found


def page_on(site: str, code: str) -> str:
    """The page of a code on the site that `scripts/site` makes. :param site: its address."""
    return f"{shown(site.strip().rstrip('/'))}/codes/{code}.html"


def _check_of_code() -> Dict[str, str]:
    """The check that finds each code: of several, one of the code's own category comes first."""
    from azext_acrlogin.checks import all_checks
    found: Dict[str, str] = {}
    for check in sorted(all_checks(), key=lambda check: check.name):
        for code in check.codes:
            if code not in found or check.category.value == codes()[code].category:
                found[code] = check.name
    return found


def _print(cmd: Any, text: str) -> None:
    """Print for a person; the CLI prints nothing when a command returns nothing."""
    print(text, file=cmd.cli_ctx.out_file)
