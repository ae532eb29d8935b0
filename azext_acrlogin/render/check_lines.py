# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A report as lines in the manner of `az acr check-health`: one for each check, then the causes and the verdict.

For pipes and for --verbose. Made of the report alone, in its order, so that two runs can be compared.
"""

from typing import Any, List, Mapping, Sequence

from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.render.screen import (
    COLOURS, Style, cause_of, fix_lines, good_news, more_lines, read_from_symptom, symptom_lines)

WORDS = {"passed": "OK", "warning": "WARNING", "failed": "FAILED", "skipped": "SKIPPED", "unknown": "UNKNOWN",
         "crashed": "CRASHED"}
TEXT_CHARACTERS = 4000
NO_BREAK = "\u00a0"  # keeps the word beside its colon; no text that is shown holds one


def check_lines(report: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    """The lines of a report. :param titles: of the checks, by name."""
    lines = read_from_symptom(report, style)
    lines += [line for check in report["checks"] for line in _check(check, titles, style)]
    lines += causes(report, style, report["errorCodes"])
    if report["symptom"]:
        lines += ["", *symptom_lines(report["symptom"], style)]
    code = f" ({shown(report['errorCode'])})" if report["errorCode"] else ""
    status = shown(report["status"])
    lines += ["", f"Verdict: {style.paint(status.upper(), COLOURS.get(status, ''))}{code}"]
    sentence = _sentence(report)
    return [*lines, *(style.wrapped(sentence) if sentence else [])]


def _sentence(report: Mapping[str, Any]) -> str:
    """The answer without what the causes above it say."""
    if report["status"] == "failed":
        first, *others = errors(report)
        return f"Fix {first} first, then {', '.join(others)}." if others else ""
    return good_news(report) if report["status"] == "warning" else str(report["summary"])


def errors(report: Mapping[str, Any]) -> List[str]:
    """The codes of the causes that fail the run."""
    return [code for code in report["errorCodes"] if code.endswith("_ERROR")]


def causes(report: Mapping[str, Any], style: Style, listed: Sequence[str]) -> List[str]:
    """What is wrong and what to do, cause by cause. :param listed: their codes."""
    lines: List[str] = []
    for code in listed:
        is_error = code.endswith("_ERROR")
        finding = cause_of(report, code)
        head = f"{'An error occurred' if is_error else 'Warning'}: {code}"
        lines += ["", style.paint(head, COLOURS["failed" if is_error else "warning"]),
                  *style.wrapped(finding["message"])]
        if finding["fix"]:
            lines += fix_lines(finding["fix"], style)
        lines += more_lines(code)
    return lines


def _check(check: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    status, because = check["status"], check["because"]
    title = titles.get(check["name"], shown(check["name"], 60))
    if status == "passed":
        text, reason = check["message"], ""
    elif because:
        takes = f"; it takes {because['permission']}" if because["permission"] else ""
        text, reason = title, because["reason"] + takes
    elif check["errorCode"] in codes():
        text, reason = title, codes()[check["errorCode"]].title
    else:
        text, reason = title, check["message"]
    word, reason = WORDS.get(status, shown(status).upper()), f" ({shown(reason)})" if reason else ""
    line = f"{shown(text, TEXT_CHARACTERS)}{NO_BREAK}:{NO_BREAK}{word}{reason}"
    lines = style.filled(line, "x " if style.symbols else "", "    ")
    lines = style.marked(status, lines) if style.symbols else lines
    last, painted = f":{NO_BREAK}{word}", f": {style.paint(word, COLOURS.get(status, ''))}"
    return [one.replace(last, painted).replace(NO_BREAK, " ") for one in lines]
