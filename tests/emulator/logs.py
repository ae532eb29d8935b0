# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Log Analytics: answers queries from the world's login events.

Knows the part of KQL that reading login events takes: ``where`` (``==``, ``!=``, ``=~``, ``>``, ``<``, ``contains``,
``startswith``, ``ago()``, joined by ``and``), ``project``, ``summarize NAME=count()|max(X)|min(X) by``, ``order by``,
``take``. Anything else is a syntax error, so that a query that was not understood never looks like an empty answer.
"""

import re
from datetime import datetime, timezone

from .http import Response
from .world import same

TABLES = {
    "ContainerRegistryLoginEvents": [
        "TimeGenerated", "OperationName", "Category", "LoginServer", "Identity", "CallerIpAddress", "UserAgent",
        "JwtId", "ResultType", "ResultDescription", "DurationMs", "CorrelationId", "Region", "_ResourceId",
        "_SubscriptionId", "TenantId", "Type"],
    "ContainerRegistryRepositoryEvents": [
        "TimeGenerated", "OperationName", "Category", "LoginServer", "Repository", "Tag", "Digest", "Identity",
        "UserTenantId", "CallerIpAddress", "UserAgent", "ResultType", "ResultDescription", "DurationMs",
        "CorrelationId", "Region", "_ResourceId", "_SubscriptionId", "TenantId", "Type"],
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class QueryError(ValueError):
    """The query is wrong, or beyond what this emulator knows."""


def answer(azure, request):
    """``POST /v1/workspaces/{customerId}/query`` and the query of one resource."""
    claims = azure.keys.entra.read(request.bearer())
    if not claims or claims["exp"] <= azure.world.now():
        return _error(401, "InvalidTokenError", "Access token validation failed.")
    if claims["aud"].rstrip("/") not in (f"https://{request.host}", "https://api.loganalytics.io"):
        return _error(401, "InvalidTokenError", "Access token has the wrong audience.")
    match = re.fullmatch(r"/v1/workspaces/([^/]+)/query", request.path)
    workspace = match and next((w for w in azure.world.workspaces.values() if same(w.customer_id, match[1])), None)
    if not workspace:
        return _error(404, "WorkspaceNotFoundError", "The workspace could not be found.")
    scope = azure.world.resource_id(workspace, "Microsoft.OperationalInsights/workspaces")
    if not azure.authorization.permits(claims["oid"], scope, "Microsoft.OperationalInsights/workspaces/query/read"):
        return _error(403, "InsufficientAccessError", "The provided credentials have insufficient access to perform "
                                                      "the requested operation")
    body = request.json() if request.method == "POST" else {"query": request.parameter("query")}
    try:
        columns, rows = run(azure.world, workspace, body.get("query", ""))
    except QueryError as error:
        return _error(400, "BadArgumentError", f"The request had some invalid properties. {error}")
    kinds = {"TimeGenerated": "datetime", "last": "datetime", "n": "long"}
    return Response.of_json({"tables": [{
        "name": "PrimaryResult", "rows": rows,
        "columns": [{"name": column, "type": kinds.get(column, "string")} for column in columns]}]})


def run(world, workspace, query):
    """(columns, rows) of a query over the events that diagnostic settings bring into a workspace.

    :raises QueryError: see the module.
    """
    table, *operators = [part.strip() for part in re.split(r"\|(?![^\"']*[\"'](?:[^\"']*[\"'][^\"']*[\"'])*[^\"']*$)",
                                                           query.strip().rstrip(";"))]
    if table not in TABLES:
        raise QueryError(f"'where' operator: Failed to resolve table or column expression named '{table}'")
    columns, rows = list(TABLES[table]), list(_events(world, workspace, table))
    for operator in operators:
        verb, _, rest = operator.partition(" ")
        rest = " ".join(rest.split())
        if verb == "where":
            rows = [row for row in rows if all(_holds(world, row, clause) for clause in re.split(r"\band\b", rest))]
        elif verb in ("project", "distinct"):
            columns = [name.strip() for name in rest.split(",")]
        elif verb == "summarize":
            columns, rows = _summarize(rest, rows)
        elif verb in ("order", "sort"):
            name, _, direction = rest.removeprefix("by ").partition(" ")
            rows.sort(key=lambda row: row.get(name) or "", reverse=direction != "asc")
        elif verb in ("take", "limit"):
            rows = rows[:int(rest)]
        elif verb == "top":
            count, name = re.fullmatch(r"(\d+) by (\w+).*", rest).groups()
            rows = sorted(rows, key=lambda row: row.get(name) or "", reverse=True)[:int(count)]
        else:
            raise QueryError(f"The emulator does not know the operator '{verb}'")
    return columns, [[row.get(column) for column in columns] for row in rows]


def _events(world, workspace, table):
    for event in world.login_events:
        registry = world.registries[event.registry]
        settings = registry.diagnostic_settings.values()
        if event.table != table or not any(s.workspace == workspace.name and table in s.categories for s in settings):
            continue
        yield {"TimeGenerated": _iso(event.at), "OperationName": "Login", "Category": table,
               "LoginServer": registry.login_server, "Identity": event.identity,
               "CallerIpAddress": event.caller_ip_address, "UserAgent": "", "ResultDescription": event.result,
               "ResultType": "HttpStatusCode", "Region": registry.location, "TenantId": workspace.customer_id,
               "_ResourceId": world.registry_id(registry).lower(), "Type": table,
               "_SubscriptionId": world.subscription_of(registry).id, **event.columns}


def _holds(world, row, clause):
    match = re.fullmatch(r"\(?\s*(\w+)\s*(==|!=|=~|!~|>=|<=|>|<|contains|startswith|has)\s*(.+?)\s*\)?", clause.strip())
    if not match:
        raise QueryError(f"The emulator cannot read the condition '{clause}'")
    name, operator, text = match.groups()
    left = str(row.get(name) or "")
    if age := re.fullmatch(r"ago\s*\(\s*(\d+)([smhd])\s*\)?", text):
        right = _iso(world.now() - int(age[1]) * _UNITS[age[2]])
    elif moment := re.fullmatch(r"datetime\(([^)]*)\)?", text):
        right = moment[1]
    elif re.fullmatch(r"\"[^\"]*\"|'[^']*'", text):
        right = text[1:-1]
    else:
        raise QueryError(f"The emulator cannot read the value '{text}'")
    low_left, low_right = left.lower(), right.lower()
    return {"==": left == right, "!=": left != right, "=~": low_left == low_right, "!~": low_left != low_right,
            ">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right,
            "contains": low_right in low_left, "has": low_right in low_left,
            "startswith": low_left.startswith(low_right)}[operator]


def _summarize(text, rows):
    aggregates, _, by = text.partition(" by ")
    keys = [name.strip() for name in by.split(",") if name.strip()]
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    columns, result = list(keys), [dict(zip(keys, group)) for group in groups]
    for aggregate in aggregates.split(","):
        match = re.fullmatch(r"\s*(?:(\w+)\s*=\s*)?(count|max|min)\((\w*)\)\s*", aggregate)
        if not match:
            raise QueryError(f"The emulator cannot read the aggregate '{aggregate}'")
        name, function, column = match[1] or f"{match[2]}_{match[3]}", match[2], match[3]
        columns.append(name)
        for line, members in zip(result, groups.values()):
            values = [row.get(column) or "" for row in members]
            line[name] = len(members) if function == "count" else (max if function == "max" else min)(values)
    return columns, result


def _iso(moment):
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _error(status, code, message):
    return Response.of_json({"error": {"message": message, "code": code}}, status)
