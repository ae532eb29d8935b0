# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A message to forward, for a fix that somebody else has to make: who needs what, why, and the commands."""

from typing import Any, Dict, List, Mapping, Optional

from azext_acrlogin.render.commands import writing

NEEDS = {"pull": "pull from", "push": "push to", "delete": "delete from", "metadata-read": "read metadata of",
         "metadata-write": "change metadata of", "catalog": "list the repositories of", "view": "view",
         "manage": "manage"}
KINDS = {"user": "user", "servicePrincipal": "service principal", "managedIdentity": "managed identity",
         "group": "group", "adminUser": "admin user", "token": "repository-scoped token"}


def request(report: Mapping[str, Any], check: Mapping[str, Any], finding: Mapping[str, Any],
            windows: bool) -> Optional[str]:
    """The message for the fix of a finding; None where the reader can run it.

    :param report: of which `asked`, `identity`, `registry` and `generatedAt` are there.  :param check: of the finding.
    """
    fix = finding["fix"]
    if not fix or fix["runBy"] == "you":
        return None
    paragraphs = [
        "Hello,", _need(report),
        f"az acr login-diagnose found this cause:\n\n    {finding['errorCode']}\n    {finding['message']}",
        f"Could you please do this?\n\n    {fix['description']}"]
    for command in fix["commands"]:
        lines = writing(command["file"], windows) if command["file"] else []
        paragraphs.append("\n".join([*lines, command["line"]]))
    return "\n\n".join([*paragraphs, "\n".join(_details(report, check)), "Thank you!"])


def _need(report: Mapping[str, Any]) -> str:
    """Who needs what."""
    asked, registry = report["asked"], report["registry"]
    where = registry["loginServer"] or asked["normalisedName"] or asked["name"]
    where += f"/{asked['repository']}" if asked["repository"] else ""
    does = " and ".join(NEEDS.get(action, action) for action in asked["actions"])
    if asked["assignee"] or asked["username"]:
        return f"{_whom(report)} needs to {does} {where}, but cannot."
    return f"I need to {does} {where}, but cannot."


def _whom(report: Mapping[str, Any]) -> str:
    identity = report["identity"]
    name = identity["name"] or report["asked"]["assignee"] or report["asked"]["username"]
    kind = KINDS.get(identity["type"])
    return f"The {kind} {name}" if kind else f"'{name}'"


def _details(report: Mapping[str, Any], check: Mapping[str, Any]) -> List[str]:
    """What the reader needs to look the case up."""
    identity, registry = report["identity"], report["registry"]
    ids = [f"{word} {identity[key]}" for key, word in (("objectId", "object ID"), ("clientId", "application ID"))
           if identity[key] and identity[key] != identity["name"]]
    known: Dict[str, Optional[str]] = {
        "Registry": registry["resourceId"] or registry["loginServer"],
        "Identity": ", ".join(filter(None, [identity["name"], *ids])),
        "Tenant": identity["tenantId"], "Correlation ID": check["correlationId"], "Time": report["generatedAt"]}
    return [f"{name}: {value}" for name, value in known.items() if value]
