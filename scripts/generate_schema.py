# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writes azext_acrlogin/report.schema.json from the checks as they are declared, or (--check) says that it is stale."""

import argparse
import dataclasses
import json
import sys
import typing
from pathlib import Path
from typing import Any, Dict

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# pylint: disable=wrong-import-position
from azext_acrlogin.base.secret import Secret  # noqa: E402
from azext_acrlogin.catalogue import WHO, codes  # noqa: E402
from azext_acrlogin.checks import all_checks  # noqa: E402
from azext_acrlogin.engine.model import Category, Status  # noqa: E402
from azext_acrlogin.engine.question import ACTIONS, CLIENTS  # noqa: E402
from azext_acrlogin.render.report import SCHEMA_VERSION, camel  # noqa: E402

TARGET = ROOT / "azext_acrlogin" / "report.schema.json"
TEXT = {"type": "string"}
NULLABLE_TEXT = {"type": ["string", "null"]}
SIMPLE = {str: TEXT, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"},
          type(None): {"type": "null"}}


def record(properties: Dict[str, Any]) -> Dict[str, Any]:
    """An object with exactly these members."""
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}


def nullable(schema: Dict[str, Any]) -> Dict[str, Any]:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def of_type(kind: Any) -> Dict[str, Any]:
    """The schema of a Python type as evidence declares it."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if origin is typing.Union:
        return {"anyOf": [of_type(argument) for argument in arguments]}
    if origin in (list, tuple):
        return {"type": "array", "items": of_type(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": of_type(arguments[1])}
    if dataclasses.is_dataclass(kind):
        return evidence(kind)
    raise TypeError(f"Evidence of type {kind} has no schema: use str, int, float, bool, None, list, dict or a record.")


def evidence(kind: type) -> Dict[str, Any]:
    """The schema of an evidence record: its published fields."""
    return record(members(kind))


def members(kind: type) -> Dict[str, Any]:
    """The published fields of a record, and in the place of inlined records theirs."""
    found: Dict[str, Any] = {}
    hints = typing.get_type_hints(kind)
    for entry in dataclasses.fields(kind):
        if entry.metadata.get("inlined"):
            found.update(members(hints[entry.name]))
        elif not entry.metadata.get("private") and hints[entry.name] is not Secret:
            found[camel(entry.name)] = of_type(hints[entry.name])
    return found


def report() -> Dict[str, Any]:
    """The whole schema."""
    code = {"enum": list(codes())}
    command = record({"line": TEXT, "argv": {"type": "array", "items": TEXT},
                      "file": nullable(record({"name": TEXT, "text": TEXT}))})
    fix = record({"description": TEXT, "runBy": {"enum": list(WHO)}, "request": NULLABLE_TEXT,
                  "commands": {"type": "array", "items": command}})
    because = record({"check": NULLABLE_TEXT, "permission": NULLABLE_TEXT, "reason": TEXT})
    finding = record({"errorCode": code, "message": TEXT, "fix": nullable(fix), "docs": NULLABLE_TEXT})
    checks = all_checks()
    entry = record({
        "name": {"enum": [check.name for check in checks]}, "category": {"enum": [entry.value for entry in Category]},
        "status": {"enum": [status.value for status in Status]}, "errorCode": nullable(code), "message": TEXT,
        "findings": {"type": "array", "items": finding}, "evidence": {"type": "object"}, "fix": nullable(fix),
        "docs": NULLABLE_TEXT, "correlationId": NULLABLE_TEXT, "because": nullable(because),
        "durationMs": {"type": "integer", "minimum": 0}})
    entry["allOf"] = [
        {"if": {"properties": {"name": {"const": check.name}}},
         "then": {"properties": {"evidence": {"anyOf": [evidence(check.evidence), {"maxProperties": 0}]}}}}
        for check in checks]
    flag = {"type": ["boolean", "null"]}
    registry = dict.fromkeys(("name", "loginServer", "resourceId", "tenantId", "subscriptionId", "resourceGroup",
                              "location", "sku", "roleAssignmentMode", "publicNetworkAccess"), NULLABLE_TEXT)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Report of az acr login-diagnose, version {SCHEMA_VERSION}",
        **record({
            "schemaVersion": {"const": SCHEMA_VERSION}, "generatedAt": TEXT,
            "tool": record({**dict.fromkeys(("version", "cliVersion", "pythonVersion", "os"), TEXT),
                            "inCloudShell": {"type": "boolean"}}),
            "cloud": TEXT,
            "asked": record({**dict.fromkeys(("normalisedName", "repository", "tag", "username", "assignee"),
                                             NULLABLE_TEXT), "name": TEXT, "client": {"enum": list(CLIENTS)},
                             "actions": {"type": "array", "items": {"enum": list(ACTIONS)}},
                             "fromSymptom": {"type": "array", "items": {
                                 "enum": ["name", "repository", "tag", "actions"]}}}),
            "status": {"enum": ["passed", "warning", "failed", "unknown"]},
            "errorCode": nullable(code), "errorCodes": {"type": "array", "items": code, "uniqueItems": True},
            "summary": TEXT, "fix": nullable(fix),
            "registry": record({**registry, "adminUserEnabled": flag, "anonymousPullEnabled": flag}),
            "identity": record({**dict.fromkeys(("name", "objectId", "clientId", "tenantId", "homeTenantId"),
                                                NULLABLE_TEXT), "guest": flag,
                                "type": {"enum": ["user", "servicePrincipal", "managedIdentity", "group", "adminUser",
                                                  "token", "anonymous", "unknown"]}}),
            "access": record({"repository": NULLABLE_TEXT, "actions": {"type": "array", "items": record({
                "action": {"enum": list(ACTIONS)}, "asked": {"type": "boolean"}, "granted": flag,
                "source": {"enum": ["accessToken", "roleAssignments", "scopeMap", "permissions", "anonymous", None]},
                "by": NULLABLE_TEXT})}}),
            "checks": {"type": "array", "items": entry, "minItems": len(checks), "maxItems": len(checks)},
            "symptom": nullable(record({"text": TEXT, "matches": {"type": "array", "items": record({
                "errorCode": code, "confirmed": flag, "by": NULLABLE_TEXT})},
                "speaker": NULLABLE_TEXT, "resources": {"type": "array", "items": TEXT}})),
            "requests": record({"total": {"type": "integer"}, "failed": {"type": "integer"}}),
            "interrupted": {"type": "boolean"},
            "durationMs": {"type": "integer", "minimum": 0},
        }),
    }


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    parser.add_argument("--write", action="store_true", help="write the file (the default)")
    arguments = parser.parse_args()
    text = json.dumps(report(), indent=1) + "\n"
    if not arguments.check:
        TARGET.write_text(text, "utf-8")
    elif not TARGET.is_file() or TARGET.read_text("utf-8") != text:
        print(f"{TARGET.name} is not what the checks declare. Run: python scripts/generate_schema.py --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
