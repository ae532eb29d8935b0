# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""ContainerRegistryLoginEvents: what the registry itself wrote down about sign-ins, in a Log Analytics workspace."""

from dataclasses import dataclass, field
from typing import Any, List, Optional
from urllib.parse import urlsplit

from azext_acrlogin.azure.arm import Arm
from azext_acrlogin.azure.cli_login import Account, AzureLogin
from azext_acrlogin.net.http import Http
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import said, shown

CATEGORY = "ContainerRegistryLoginEvents"
EVENTS = 20
NESTED = 10  # errors within errors; three are usual
COLUMNS = ("TimeGenerated", "Identity", "CallerIpAddress", "ResultType", "ResultDescription", "CorrelationId")


@dataclass
class LoginEvent:
    """One refused sign-in as the registry logged it. `result` holds the HTTP status as a text."""

    time: str
    identity: str
    address: str
    result: str
    correlation_id: str


@dataclass
class EventLog:
    """enabled: a diagnostic setting sends the category to a workspace; None when the settings cannot be read."""

    enabled: Optional[bool] = None
    workspace: Optional[str] = None
    queried: bool = False
    problem: Optional[str] = None
    permission: Optional[str] = None
    events: List[LoginEvent] = field(default_factory=list)


def read_events(arm: Arm, http: Http, login: AzureLogin, account: Account, registry_id: str,
                endpoint: Optional[str]) -> EventLog:
    """The last refused sign-ins of a day. :param endpoint: the cloud's Log Analytics API, None when it has none."""
    log = EventLog()
    settings = arm.diagnostic_settings(account, registry_id)
    if not settings.ok:
        log.problem = settings.error_text or "the diagnostic settings cannot be read"
        log.permission = "Microsoft.Insights/diagnosticSettings/read"
        return log
    log.workspace = next((workspace for workspace in map(_workspace, settings.items) if workspace), None)
    log.enabled = log.workspace is not None
    if log.workspace and endpoint:
        _query(arm, http, login, account, registry_id, endpoint, log.workspace, log)
    return log


def _workspace(setting: Any) -> Optional[str]:
    """The workspace of a setting that sends login events there (by category, or by a group that holds it)."""
    logs = objects(member(setting, "properties", "logs"))
    sends = any(member(entry, "enabled") is True and (
        text_member(entry, "category") == CATEGORY or text_member(entry, "categoryGroup").lower() in (
            "alllogs", "audit")) for entry in logs)
    return shown(text_member(setting, "properties", "workspaceId"), 500) or None if sends else None


def _query(arm: Arm, http: Http, login: AzureLogin, account: Account, registry_id: str, endpoint: str,
           workspace_id: str, log: EventLog) -> None:
    workspace = arm.resource(account, workspace_id)
    customer_id = text_member(workspace.value, "properties", "customerId")
    if not customer_id:
        log.problem = workspace.error_text or "the workspace cannot be read"
        log.permission = "Microsoft.OperationalInsights/workspaces/read"
        return
    token = login.token(endpoint, account)
    if token.token is None:
        log.problem = "no token for Log Analytics"
        return
    escaped = registry_id.replace("\\", "\\\\").replace("'", "\\'")  # KQL string literal
    query = (f"{CATEGORY} | where TimeGenerated > ago(24h) and _ResourceId =~ '{escaped}' and "
             f"ResultDescription != '200' | project {', '.join(COLUMNS)} | order by TimeGenerated desc | take {EVENTS}")
    answer = http.request("POST", f"{endpoint.rstrip('/')}/v1/workspaces/{customer_id}/query", body={"query": query},
                          headers={"Authorization": f"Bearer {token.token.reveal()}"})
    if answer.status != 200:
        log.problem = (answer.failure.text if answer.failure else
                       innermost_message(answer.json) or f"{urlsplit(endpoint).hostname} answers "
                       f"{answer.status}")
        if answer.status == 403:
            log.permission = "Microsoft.OperationalInsights/workspaces/query/read"
        return
    log.queried = True
    log.events = _events(answer.json)


def innermost_message(value: Any) -> str:
    """What an error of Log Analytics is about: its `error` tells the class alone, the nested `innererror` the cause.

    Source: https://learn.microsoft.com/azure/azure-monitor/logs/api/errors. Empty when there is no message.
    """
    message, error = "", member(value, "error")
    for _ in range(NESTED):
        message = said(text_member(error, "message")) or message
        error = member(error, "innererror")
    return message


def _events(value: Any) -> List[LoginEvent]:
    tables = objects(member(value, "tables"))
    if not tables:
        return []
    names = [text_member(column, "name") for column in objects(member(tables[0], "columns"))]
    rows = member(tables[0], "rows")
    events = []
    for row in rows[:EVENTS] if isinstance(rows, list) else []:
        if not isinstance(row, list):
            continue
        cells = {name: shown(cell, 120) for name, cell in zip(names, row) if cell is not None}
        events.append(LoginEvent(cells.get("TimeGenerated", ""), cells.get("Identity", ""),
                                 cells.get("CallerIpAddress", ""),
                                 cells.get("ResultDescription") or cells.get("ResultType", ""),
                                 cells.get("CorrelationId", "")))
    return events
