# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What `-o table` shows: the few columns that fit a terminal."""

from collections import OrderedDict
from typing import Any, Dict, List

DETAIL_CHARACTERS = 120
Row = OrderedDict[str, str]


def checks_table(report: Dict[str, Any]) -> List[Row]:
    """One row for each check of a report."""
    return [OrderedDict([("CHECK", check["name"]), ("STATUS", check["status"]), ("CODE", check["errorCode"] or ""),
                         ("DETAIL", _cut(check["message"]))]) for check in report["checks"]]


def codes_table(codes: List[Dict[str, Any]]) -> List[Row]:
    """One row for each code of the catalogue."""
    return [_code_row(code) for code in codes]


def code_table(code: Dict[str, Any]) -> Row:
    """One code on one row, with where to read more."""
    return OrderedDict([*_code_row(code).items(), ("DOCS", code["docs"])])


def matches_table(matches: List[Dict[str, Any]]) -> List[Row]:
    """One row for each code that a symptom can stand for."""
    return [OrderedDict([("CODE", match["errorCode"]), ("TITLE", match["title"]), ("WHY", _cut(match["why"]))])
            for match in matches]


def differences_table(compared: Dict[str, Any]) -> List[Row]:
    """One row for each difference of two reports."""
    return [OrderedDict([("AREA", one["area"]), ("OLD", _cut(one["old"])), ("NEW", _cut(one["new"])),
                         ("EXPLAINS", {True: "yes", False: "no", None: "not known"}[one["explains"]])])
            for one in compared["differences"]]


def _code_row(code: Dict[str, Any]) -> Row:
    return OrderedDict([("CODE", code["errorCode"]), ("SEVERITY", code["severity"]), ("CATEGORY", code["category"]),
                        ("TITLE", code["title"])])


def _cut(text: str) -> str:
    return text if len(text) <= DETAIL_CHARACTERS else text[:DETAIL_CHARACTERS - 3] + "..."
