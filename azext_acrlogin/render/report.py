# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Builds the report: plain dictionaries and lists with the keys of the published schema, every key always present."""

import dataclasses
import os
import platform
from datetime import datetime, timezone
from enum import Enum
from typing import Any, Dict, List, Mapping, Optional

from azext_acrlogin.base.secret import Secret
from azext_acrlogin.catalogue import codes
from azext_acrlogin.engine.model import Because, Category, Finding, Result, Results, Status
from azext_acrlogin.engine.question import Question
from azext_acrlogin.engine.verdict import CRASH_CODE, Verdict
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.names import without_user
from azext_acrlogin.protocol.known_secrets import KnownSecrets
from azext_acrlogin.render.commands import best
from azext_acrlogin.render.gate import presentable
from azext_acrlogin.render.request import request

SCHEMA_VERSION = "1.1"


def build(verdict: Verdict, requests: Dict[str, int], milliseconds: int,
          versions: Mapping[str, str], symptom: Optional[Dict[str, Any]], interrupted: bool = False,
          secrets: Optional[KnownSecrets] = None) -> Dict[str, Any]:
    """The whole report.

    :param requests: how many there were, `total` and `failed`.
    :param versions: `version` of this extension and `cliVersion`.
    :param symptom: the report's entry for --symptom, or None.
    :param interrupted: the run was ended before it was over.
    :param secrets: those that are known in this run; no text may hold them.
    """
    asked, name = verdict.asked, verdict.evidence.get(NameEvidence)
    checks = [check_entry(result) for result in in_order(verdict.results)]
    causes = cause_entries(verdict, checks)
    crash = fix_of(Finding(CRASH_CODE, verdict.summary)) if CRASH_CODE in verdict.error_codes else None
    report: Dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "generatedAt": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tool": {**versions, "pythonVersion": platform.python_version(), "os": platform.system(),
                 "inCloudShell": asked.in_cloud_shell},
        "cloud": asked.cloud.name,
        "asked": _asked(asked, name),
        "status": verdict.status.value,
        "errorCode": verdict.error_codes[0] if verdict.error_codes else None,
        "errorCodes": verdict.error_codes,
        "summary": verdict.summary,
        "fix": causes[0]["fix"] if causes else crash,
        "registry": _registry(verdict.evidence.get(RegistryEvidence)),
        "identity": _identity(verdict.evidence.get(IdentityEvidence)),
        "access": {"repository": name.repository if name else None,
                   "actions": [published(entry) for entry in verdict.access]},
        "checks": checks,
        "symptom": symptom,
        "requests": requests,
        "interrupted": interrupted,
        "durationMs": milliseconds,
    }
    for check in checks:
        for finding in check["findings"]:
            if finding["fix"]:
                finding["fix"]["request"] = request(report, check, finding, os.name == "nt")
    return presentable(report, secrets or KnownSecrets())


def _asked(asked: Question, name: Optional[NameEvidence]) -> Dict[str, Any]:
    return {"name": name.given if name else without_user(asked.name),
            "normalisedName": name.registry_name if name else None,
            "repository": name.repository if name else None, "tag": name.tag if name else None,
            "actions": list(asked.actions), "client": asked.client, "username": asked.username,
            "assignee": asked.assignee, "fromSymptom": list(asked.from_symptom)}


def _registry(evidence: Optional[Evidence]) -> Dict[str, Any]:
    names = ("name", "loginServer", "resourceId", "tenantId", "subscriptionId", "resourceGroup", "location", "sku",
             "roleAssignmentMode", "publicNetworkAccess", "adminUserEnabled", "anonymousPullEnabled")
    shown = published(evidence) if evidence else {}
    return {name: shown.get(name) for name in names}


def _identity(evidence: Optional[Evidence]) -> Dict[str, Any]:
    names = ("type", "name", "object_id", "client_id", "tenant_id", "home_tenant_id", "guest")
    shown = {camel(name): getattr(evidence, name) if evidence else None for name in names}
    return {**shown, "type": shown["type"] or "unknown"}


def in_order(results: Results) -> Results:
    """By category; within one as a sign-in goes."""
    order = list(Category)
    return sorted(results, key=lambda result: order.index(result.check.category))


def check_entry(result: Result) -> Dict[str, Any]:
    """One check's entry. Findings that another code explains carry that code: it is what has to be fixed."""
    findings = [_finding(finding, result) for finding in shown_findings(result)]
    first = findings[0] if findings else {"errorCode": None, "fix": None, "docs": None}
    return {
        "name": result.check.name, "category": result.check.category.value, "status": status_shown(result).value,
        "errorCode": CRASH_CODE if result.status == Status.CRASHED else first["errorCode"],
        "message": result.judgement.message if not result.crash else f"{result.judgement.message} ({result.crash})",
        "findings": findings,
        "evidence": published(result.evidence) if result.evidence else {},
        "fix": first["fix"], "docs": first["docs"], "correlationId": result.judgement.correlation_id,
        "because": _because(result), "durationMs": result.duration_milliseconds,
    }


def shown_findings(result: Result) -> List[Finding]:
    """The findings of a check; a warning that something else explains is none any more."""
    if result.explained_by and result.status == Status.WARNING:
        return []
    return list(result.judgement.findings)


def status_shown(result: Result) -> Status:
    """A warning that something else explains leaves its check unknown."""
    if result.explained_by and result.status == Status.WARNING:
        return Status.UNKNOWN
    return result.status


def cause_entries(verdict: Verdict, checks: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The findings that are causes, the one to fix first at the top. :param checks: the report's."""
    findings = {check["name"]: check["findings"] for check in checks}
    return [next(entry for entry in findings[cause.check] if entry["errorCode"] == cause.finding.code)
            for cause in verdict.causes]


def _finding(finding: Finding, result: Result) -> Dict[str, Any]:
    code = result.explained_by[1] if result.explained_by else finding.code
    fix = None if result.explained_by else fix_of(finding)
    return {"errorCode": code, "message": finding.message, "fix": fix, "docs": codes()[code].docs}


def fix_of(finding: Finding) -> Optional[Dict[str, Any]]:
    """The best fix of the catalogue that the finding's facts fill, with commands for this system's shell."""
    return best(codes()[finding.code].fixes, finding.facts, windows=os.name == "nt")


def _because(result: Result) -> Optional[Dict[str, Any]]:
    because = result.judgement.skipped or result.judgement.unknown
    if result.explained_by:
        check, code = result.explained_by
        because = Because(f"a consequence of {code}", check=check if check != result.check.name else None)
    if because is None or (result.judgement.findings and not result.explained_by):
        return None
    return {"check": because.check, "permission": because.permission, "reason": because.reason}


def published(value: Any) -> Any:
    """A record as plain data with camelCase keys; private fields and secrets are left out, inlined ones dissolved."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown: Dict[str, Any] = {}
        for entry in dataclasses.fields(value):
            member = getattr(value, entry.name)
            if entry.metadata.get("inlined"):
                shown.update(published(member))
            elif not entry.metadata.get("private") and not isinstance(member, Secret):
                shown[camel(entry.name)] = published(member)
        return shown
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {str(key): published(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [published(entry) for entry in value]
    return value


def camel(name: str) -> str:
    """error_codes as errorCodes."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
