# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Tenants, subscriptions and resource groups."""

from ..world import same
from .routing import ArmError, route


@route("GET", "/tenants")
def tenants(context):
    """The tenants that the caller has an account in."""
    principal = context.world.principal_by_object_id(context.caller.object_id)
    mine = [t for t in context.world.tenants.values() if principal and context.world.object_id_in(principal, t)]
    return context.listing([{
        "id": f"/tenants/{t.id}", "tenantId": t.id, "countryCode": "DE", "displayName": t.display_name,
        "defaultDomain": t.domain, "domains": [t.domain], "tenantType": "AAD", "tenantCategory": "Home"}
        for t in mine])


@route("GET", "/subscriptions")
def subscriptions(context):
    """The subscriptions of the token's tenant in which the caller has any role."""
    return context.listing([_subscription(context, s) for s in context.world.subscriptions.values()
                            if context.world.tenants[s.tenant] is context.caller.tenant and _sees(context, s)])


@route("GET", "/subscriptions/{subscription}")
def subscription_get(context):
    found = context.world.find_subscription(context.parts["subscription"])
    if not _sees(context, found):
        context.demand("Microsoft.Resources/subscriptions/read", f"/subscriptions/{found.id}")
    return context.reply(_subscription(context, found))


@route("GET", "/subscriptions/{subscription}/locations")
def locations(context):
    return context.listing([{"id": f"/subscriptions/{context.parts['subscription']}/locations/{name}", "name": name,
                             "displayName": name} for name in ("westeurope", "northeurope", "eastus")])


@route("GET", "/subscriptions/{subscription}/providers/{namespace}")
def provider(context):
    namespace = context.parts["namespace"]
    return context.reply({"id": context.request.path, "namespace": namespace, "registrationState": "Registered",
                          "resourceTypes": []})


@route("GET", "/subscriptions/{subscription}/resourceGroups")
def resource_groups(context):
    require_some_access(context)
    return context.listing([
        _group(context, group) for group in context.world.resource_groups.values()
        if same(context.world.subscriptions[group.subscription].id, context.parts["subscription"])
        and context.may("Microsoft.Resources/subscriptions/resourceGroups/read",
                        context.world.resource_group_id(group.name))])


@route("GET", "/subscriptions/{subscription}/resourceGroups/{group}",
       "Microsoft.Resources/subscriptions/resourceGroups/read")
def resource_group(context):
    return context.reply(_group(context, find_group(context)))


def find_group(context):
    """The resource group in the path.

    :raises ArmError: 404.
    """
    name = context.parts["group"]
    group = next((g for g in context.world.resource_groups.values() if same(g.name, name)), None)
    if not group or not same(context.world.subscriptions[group.subscription].id, context.parts["subscription"]):
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    return group


def require_some_access(context):
    """:raises ArmError: 403, the caller has no role there at all."""
    # Assumption: lists are filtered by what the caller may read, and refused where it has no role at all.
    scope = f"/subscriptions/{context.parts['subscription']}"
    if not context.azure.authorization.sees_below(context.caller.object_id, scope):
        context.demand("Microsoft.Resources/subscriptions/resources/read", scope)


def _sees(context, subscription):
    return context.azure.authorization.sees_below(context.caller.object_id, f"/subscriptions/{subscription.id}")


def _subscription(context, subscription):
    tenant = context.world.tenants[subscription.tenant]
    return {"id": f"/subscriptions/{subscription.id}", "subscriptionId": subscription.id, "tenantId": tenant.id,
            "displayName": subscription.display_name, "state": subscription.state, "managedByTenants": [],
            "authorizationSource": "RoleBased",
            "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement",
                                     "spendingLimit": "Off"}}


def _group(context, group):
    return {"id": context.world.resource_group_id(group.name), "name": group.name, "location": group.location,
            "type": "Microsoft.Resources/resourceGroups", "tags": {}, "properties": {"provisioningState": "Succeeded"}}
