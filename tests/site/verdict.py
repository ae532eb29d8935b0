# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a diagnosis must be like: by the contract in every situation, and by the scenario in its own."""

import json
import re
from pathlib import Path

import jsonschema

_SCHEMA = Path("acrlogin", "azext_acrlogin", "report.schema.json")
_SIGNED_TOKEN = re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")
_SECRET_KEYS = ("value", "password", "passwords", "identitytoken", "auth")
_SHORTEST_SECRET = 6


def problems(scenario, site, run):
    """Everything that is wrong with a run of the diagnosis; an empty list when nothing is.

    :param site: where it ran; knows the world, with its secrets, and the installed extension, with its schema.
    """
    found = [*_leaks(scenario, site.world_data, run)]
    if run.status is None:
        return found + [f"did not end within {run.seconds:.0f} s"]
    if "Traceback (most recent call last)" in run.stderr:
        found.append("a traceback on standard error")
    try:
        report = json.loads(run.stdout)
    except json.JSONDecodeError as error:
        return found + [f"standard output is no JSON document: {error}"]
    return [*found, *_schema_errors(report, site.extension), *_contract_errors(report, run),
            *_differences(scenario, report)]


def _leaks(scenario, world_data, run):
    output = run.stdout + run.stderr
    given = scenario.password if isinstance(scenario.password, str) else ""
    for secret in {given, *_secrets(world_data), *_secrets(scenario.client.config)}:
        if len(secret) >= _SHORTEST_SECRET and secret in output:
            yield f"shows the secret {secret[:3]}..."
    if _SIGNED_TOKEN.search(output):
        yield "shows a token with its signature"


def _secrets(data):
    """Every text under a key that holds secrets, however deep."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key in _SECRET_KEYS:
                yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))
            yield from _secrets(value)


def _schema_errors(report, extension):
    schema = json.loads((extension / _SCHEMA).read_text(encoding="utf-8"))
    for error in jsonschema.validators.validator_for(schema)(schema).iter_errors(report):
        yield f"schema: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def _contract_errors(report, run):
    status, codes = report.get("status"), report.get("errorCodes", [])
    if status not in ("passed", "warning", "failed", "unknown"):
        yield f"status '{status}'"
    if run.status != (1 if status == "failed" else 0):
        yield f"exit status {run.status} with status '{status}'"
    if report.get("errorCode") != (codes[0] if codes else None):
        yield f"errorCode {report.get('errorCode')} is not the first of {codes}"
    if any(code.endswith("_ERROR") for code in codes) != (status == "failed"):
        yield f"status '{status}' with {codes}"
    for check in report.get("checks", []):
        if check.get("status") == "crashed":
            yield f"check {check.get('name')} crashed: {check.get('message')}"


def _differences(scenario, report):  # noqa: C901  # one sentence for each kind of expectation
    codes = report.get("errorCodes", [])
    for alternatives in scenario.expected:
        if not set(alternatives) & set(codes):
            yield f"expected {' or '.join(alternatives)}, found {codes or 'nothing'}"
    allowed = {code for alternatives in scenario.expected for code in alternatives}
    surplus = [code for code in codes if code not in allowed]
    if surplus:
        yield f"unexpected {', '.join(surplus)}"
    for text in scenario.expect_summary_has:
        if text not in (report.get("summary") or ""):
            yield f"the summary lacks '{text}': {report.get('summary')}"
    for text in scenario.expect_fix_has:
        if text not in json.dumps(report.get("fix"), ensure_ascii=False):
            yield f"the fix lacks '{text}': {report.get('fix')}"
    for name, expected in scenario.expect_asked.items():
        if report["asked"][name] != expected:
            yield f"asked {name} {report['asked'][name]}, expected {expected}"
    matched = {one["errorCode"]: [one["confirmed"], one["by"]] for one in (report["symptom"] or {}).get("matches", [])}
    for code, expected in scenario.expect_symptom.items():
        if matched.get(code, "no match") != expected:
            yield f"symptom {code}: {matched.get(code, 'no match')}, expected {expected}"
    granted = {one["action"]: one["granted"] for one in (report.get("access") or {}).get("actions", [])}
    for action, expected in scenario.expect_access.items():
        if granted.get(action) is not expected:
            yield f"access to {action} is {granted.get(action)}, expected {expected}"
