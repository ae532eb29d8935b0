# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A report as lines in the manner of `az acr check-health`: one for each check, then the causes and the verdict.

For pipes and for --verbose. Made of the report alone, in its order, so that two runs can be compared.
"""

from typing import Any, List, Mapping

from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.render.screen import COLOURS, SYMBOLS, Style, cause_of, fix_lines, symptom_lines

WORDS = {"passed": "OK", "warning": "WARNING", "failed": "FAILED", "skipped": "SKIPPED", "unknown": "UNKNOWN",
         "crashed": "CRASHED"}
TEXT_CHARACTERS = 4000


def check_lines(report: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    """The lines of a report. :param titles: of the checks, by name."""
    lines = [line for check in report["checks"] for line in _check(check, titles, style)]
    lines += causes(report, style)
    if report["symptom"]:
        lines += ["", *symptom_lines(report["symptom"], style)]
    code = f" ({report['errorCode']})" if report["errorCode"] else ""
    lines += ["", f"Verdict: {style.paint(report['status'].upper(), COLOURS[report['status']])}{code}"]
    return lines if report["errorCodes"] and report["status"] == "failed" else [
        *lines, *style.wrapped(report["summary"])]


def causes(report: Mapping[str, Any], style: Style) -> List[str]:
    """What is wrong and what to do, cause by cause."""
    lines: List[str] = []
    for code in report["errorCodes"]:
        is_error = code.endswith("_ERROR")
        finding = cause_of(report, code)
        head = f"{'An error occurred' if is_error else 'Warning'}: {code}"
        lines += ["", style.paint(head, COLOURS["failed" if is_error else "warning"]),
                  *style.wrapped(finding["message"])]
        if finding["fix"]:
            lines += fix_lines(finding["fix"], style)
        lines += style.wrapped(f"More: az acr login-error show --code {code}")
    return lines


def _check(check: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    status, because = check["status"], check["because"]
    title = titles.get(check["name"], shown(check["name"], 60))
    if status == "passed":
        text, reason = check["message"], ""
    elif because:
        text, reason = title, because["reason"] + (f"; it takes {because['permission']}" if because["permission"] else "")
    elif check["errorCode"] in codes():
        text, reason = title, codes()[check["errorCode"]].title
    else:
        text, reason = title, check["message"]
    word = style.paint(WORDS[status], COLOURS[status])
    reason = f" ({shown(reason)})" if reason else ""
    symbol = f"{style.paint(SYMBOLS[status], COLOURS[status])} " if style.symbols else ""
    return style.wrapped(f"{shown(text, TEXT_CHARACTERS)} : {WORDS[status]}{reason}", symbol, "  ") if style.width else [
        f"{symbol}{shown(text, TEXT_CHARACTERS)} : {word}{reason}"]
