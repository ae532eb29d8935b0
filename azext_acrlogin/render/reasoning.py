# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Why each check decided as it did, for `--debug`: what it looked at, what it observed, what followed."""

import json
from typing import Any, List, Mapping

from azext_acrlogin.engine.model import AnyCheck, Finding, Result, Results, Status
from azext_acrlogin.protocol.known_secrets import KnownSecrets
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.render.gate import presentable, presentable_text
from azext_acrlogin.render.report import published

TEXT_CHARACTERS = 4000


def reasons(results: Results, secrets: KnownSecrets) -> List[str]:
    """A line for each check and for each of its findings, in the order in which they ran.

    :param secrets: those that are known in this run; no line holds them.
    """
    checks: Mapping[Any, AnyCheck] = {result.check.evidence: result.check for result in results}
    return [line for result in results for line in _reasons(result, checks, secrets)]


def _reasons(result: Result, checks: Mapping[Any, AnyCheck], secrets: KnownSecrets) -> List[str]:
    name, judgement = result.check.name, result.judgement
    weighed = ", ".join(checks[kind].name for kind in result.check.weighs if kind in checks)
    lines = [f"{name} weighs {weighed}" if weighed else f"{name} weighs its own evidence"]
    if result.evidence is not None:
        lines.append(f"{name} observed {_plain(published(result.evidence), secrets)}")
    because = judgement.skipped or judgement.unknown
    why = because.reason if because and not judgement.findings and because.reason not in judgement.message else ""
    reason = f" Because: {why}" if why else ""
    crash = f", a defect of this tool: {result.crash}" if result.status == Status.CRASHED else ""
    message = presentable_text(f"{judgement.message}{reason}{crash}", secrets)
    lines.append(f"{name} is {result.status.value}: {message}")
    lines += [f"{name} found {_finding(finding, secrets)}" for finding in judgement.findings]
    if result.explained_by:
        lines.append(f"{name} is a consequence of {result.explained_by[1]}, found by {result.explained_by[0]}")
    return [shown(line, TEXT_CHARACTERS) for line in lines]


def _plain(record: Mapping[str, Any], secrets: KnownSecrets) -> str:
    return json.dumps(presentable(record, secrets), sort_keys=True)


def _finding(finding: Finding, secrets: KnownSecrets) -> str:
    facts = {fact: value for fact, value in finding.facts.items() if value}
    explains = f", which explains {', '.join(finding.explains)}" if finding.explains else ""
    return f"{finding.code} from {_plain(facts, secrets)}{explains}"
