# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Diagnostic settings of registries, and Log Analytics workspaces."""

from ..world import same
from .registries import REGISTRY_TYPE, find_registry
from .routing import REGISTRY, resource_not_found, route

WORKSPACE_TYPE = "Microsoft.OperationalInsights/workspaces"


@route("GET", REGISTRY + "/providers/Microsoft.Insights/diagnosticSettings",
       f"{REGISTRY_TYPE}/providers/Microsoft.Insights/diagnosticSettings/read")
def diagnostic_settings(context):
    registry, world = find_registry(context), context.world
    # Ids are in lower case, and what is not used is null, as recorded at an older version.
    base = f"{world.registry_id(registry)}/providers/microsoft.insights/diagnosticSettings".replace(
        "/resourceGroups/", "/resourcegroups/")
    unused = {"storageAccountId": None, "serviceBusRuleId": None, "eventHubAuthorizationRuleId": None,
              "eventHubName": None, "logAnalyticsDestinationType": None}
    return context.listing([{
        "id": f"{base}/{name}", "type": "Microsoft.Insights/diagnosticSettings", "name": name, "location": None,
        "kind": None, "tags": None, "identity": None,
        "properties": {
            **unused,
            "workspaceId": world.resource_id(world.workspaces[setting.workspace], WORKSPACE_TYPE).replace(
                "/resourceGroups/", "/resourcegroups/").replace("Microsoft.Op", "microsoft.op").replace(
                    "Insights", "insights"),
            "metrics": [], "logs": [{"category": category, "enabled": True, "retentionPolicy": {
                "enabled": False, "days": 0}} for category in setting.categories]}}
        for name, setting in registry.diagnostic_settings.items()])


@route("GET", "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + WORKSPACE_TYPE + "/{name}",
       f"{WORKSPACE_TYPE}/read")
def workspace(context):
    found = next((w for w in context.world.workspaces.values() if same(w.name, context.parts["name"])), None)
    if not found:
        raise resource_not_found(WORKSPACE_TYPE, context.parts["name"], context.parts["group"])
    return context.reply({
        "id": context.world.resource_id(found, WORKSPACE_TYPE), "name": found.name, "type": WORKSPACE_TYPE,
        "location": "westeurope", "properties": {"customerId": found.customer_id, "provisioningState": "Succeeded"}})
