# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Reads a saved report: JSON as the CLI wrote it, or the page that holds one.

Whoever opens a report may have got it from a stranger, or from a later version of this extension. So what is read is
bounded, every member that is used has the type that it must have, and what is not known stays as it is. The published
schema is stricter: it is for what this version writes.
"""

import codecs
import unicodedata
from html.parser import HTMLParser
from typing import Any, Dict, List, Mapping, Optional, Tuple

from azext_acrlogin.protocol.json_text import parse_json

Report = Dict[str, Any]

LARGEST_BYTES = 16 * 1024 * 1024  # a report has some 30 kB, its page 100 kB; one of a very large tenant a few megabytes
DEEPEST = 40
MAJOR_VERSION = "1"
# Windows PowerShell 5.1 writes what is redirected with `>` as UTF-16.
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class NotAReport(ValueError):
    """The file holds no report that can be read; the message says why."""


class _Optional:
    """An object that may be null."""

    def __init__(self, members: Mapping[str, Any]):
        self.members = members


# What of a report is used, and its type. A member that is missing or null becomes null, an empty list or an object
# whose members are null; of `WORDS` the empty text; `NEEDED` must be there.
TEXT, WORDS, NEEDED, FLAG, NUMBER, ANYTHING = "text", "words", "needed", "flag", "number", "anything"
FIX = _Optional({"description": WORDS, "runBy": WORDS, "request": TEXT, "commands": [
    {"line": WORDS, "argv": [WORDS], "file": _Optional({"name": WORDS, "text": WORDS})}]})
CHECK = {
    "name": NEEDED, "category": WORDS, "status": NEEDED, "errorCode": TEXT, "message": WORDS,
    "findings": [{"errorCode": WORDS, "message": WORDS, "fix": FIX, "docs": TEXT}], "evidence": ANYTHING, "fix": FIX,
    "docs": TEXT, "correlationId": TEXT, "because": _Optional({"check": TEXT, "permission": TEXT, "reason": WORDS}),
    "durationMs": NUMBER}
REPORT = {
    "schemaVersion": NEEDED, "generatedAt": WORDS,
    "tool": {"version": TEXT, "cliVersion": TEXT, "pythonVersion": TEXT, "os": TEXT, "inCloudShell": FLAG},
    "cloud": TEXT,
    "asked": {"name": TEXT, "normalisedName": TEXT, "repository": TEXT, "tag": TEXT, "actions": [WORDS], "client": TEXT,
              "username": TEXT, "assignee": TEXT},
    "status": NEEDED, "errorCode": TEXT, "errorCodes": [WORDS], "summary": WORDS, "fix": FIX,
    "registry": {"name": TEXT, "loginServer": TEXT, "resourceId": TEXT, "tenantId": TEXT, "subscriptionId": TEXT,
                 "resourceGroup": TEXT, "location": TEXT, "sku": TEXT, "roleAssignmentMode": TEXT,
                 "publicNetworkAccess": TEXT, "adminUserEnabled": FLAG, "anonymousPullEnabled": FLAG},
    "identity": {"type": WORDS, "name": TEXT, "objectId": TEXT, "clientId": TEXT, "tenantId": TEXT,
                 "homeTenantId": TEXT, "guest": FLAG},
    "access": {"repository": TEXT,
               "actions": [{"action": WORDS, "asked": FLAG, "granted": FLAG, "source": TEXT, "by": TEXT}]},
    "checks": [CHECK],
    "symptom": _Optional({"text": WORDS, "matches": [{"errorCode": WORDS, "confirmed": FLAG}]}),
    "requests": {"total": NUMBER, "failed": NUMBER}, "interrupted": FLAG, "durationMs": NUMBER}


def read_report(path: str) -> Report:
    """The report that a file holds, complete in all members that are used, without control characters.

    :raises OSError: the file cannot be read.
    :raises NotAReport: it holds none, or one of another major version.
    """
    with open(path, "rb") as stream:
        data = stream.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise NotAReport(f"it is larger than {LARGEST_BYTES // 1024 // 1024} MB")
    return parse_report(_decoded(data))


def parse_report(text: str) -> Report:
    """The report in a text, which is JSON or a page.

    :raises NotAReport: as for `read_report`.
    """
    value = _in_page(text) if text.lstrip()[:1] == "<" else parse_json(text)
    version = value.get("schemaVersion") if isinstance(value, dict) else None
    if not isinstance(version, str):
        raise NotAReport("it holds no report of az acr login-diagnose")
    if version.partition(".")[0] != MAJOR_VERSION:
        raise NotAReport(f"its schema version {_cleaned(version[:20], 0)} is not supported; update the extension: "
                         "az extension update --name acrlogin")
    report: Report = _shaped(_cleaned(value, 0), REPORT, "report")
    return report


def _decoded(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data = data[len(mark):]
            break
    else:
        encoding = "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise NotAReport("it is not text") from None


class _Scripts(HTMLParser):
    """Collects the script blocks of a page that hold JSON."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: List[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        if tag == "script" and ("type", "application/json") in attrs:
            self.texts.append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data


def _in_page(text: str) -> Any:
    scripts = _Scripts()
    scripts.feed(text)
    values = (parse_json(script) for script in scripts.texts)
    return next((value for value in values if isinstance(value, dict) and "schemaVersion" in value), None)


def _cleaned(value: Any, depth: int) -> Any:
    """The value with every text in it free of what could steer a terminal."""
    if depth > DEEPEST:
        raise NotAReport("it is nested too deeply")
    if isinstance(value, str):
        return "".join(character for character in value
                       if character in "\n\t" or unicodedata.category(character)[0] != "C")
    if isinstance(value, list):
        return [_cleaned(entry, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {_cleaned(name, depth + 1): _cleaned(inner, depth + 1) for name, inner in value.items()}
    return value


def _shaped(value: Any, shape: Any, where: str) -> Any:
    """The value with every member that the shape names.

    :param where: of it in the report, for the message.  :raises NotAReport: something has another type.
    """
    if isinstance(shape, _Optional):
        return None if value is None else _shaped(value, shape.members, where)
    if isinstance(shape, dict):
        found = _of_type(value, dict, {}, where)
        return {**found, **{name: _shaped(found.get(name), inner, f"{where}.{name}") for name, inner in shape.items()}}
    if isinstance(shape, list):
        return [_shaped(entry, shape[0], f"{where}[{number}]")
                for number, entry in enumerate(_of_type(value, list, [], where))]
    if shape is ANYTHING:
        return _of_type(value, dict, {}, where)
    if shape is FLAG:
        return _of_type(value, bool, None, where)
    if shape is NUMBER:
        return _of_type(value, (int, float), 0, where)
    if shape is NEEDED and value is None:
        raise NotAReport(f"{where} is missing")
    return _of_type(value, str, "" if shape is WORDS else None, where)


def _of_type(value: Any, kind: Any, otherwise: Any, where: str) -> Any:
    if value is None:
        return otherwise
    if not isinstance(value, kind):
        raise NotAReport(f"{where} has an unexpected type")
    return value
