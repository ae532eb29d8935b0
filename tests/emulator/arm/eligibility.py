# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Privileged Identity Management: eligible roles and their activation."""

import re
import uuid

from ..authorization import principal_type
from ..entities import Group, Moment, RoleAssignment
from ..world import guid, same
from .authorization import BASE, assigned_to, definition_id, refuse_filter
from .routing import ArmError, route
from .times import iso

READ_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/read"


@route("GET", BASE + "/roleEligibilityScheduleInstances")
def eligibilities(context):
    """``asTarget()`` is the caller; ``assignedTo('oid')`` and ``principalId eq`` need the right to read assignments."""
    authorization, world = context.azure.authorization, context.world
    _require_licence(context)
    refuse_filter(context, "roleEligibilityScheduleInstances")
    target = assigned_to(context)
    exact = re.search(r"principalId eq '?([0-9a-f-]{36})", context.request.parameter("$filter"), re.IGNORECASE)
    if target is None and "astarget()" in context.request.parameter("$filter").lower():
        target = context.caller.object_id
    else:
        context.demand(READ_ASSIGNMENTS, context.parts["scope"])
    mine = {target.lower(), *authorization.groups_of(target)} if target else {exact[1].lower()} if exact else None
    found = []
    for entry in world.role_eligibilities.values():
        grant = authorization.resolve(entry)
        if mine is not None and grant.principal_id.lower() not in mine:
            continue
        if not (authorization.covers(grant.scope, context.parts["scope"]) or
                authorization.covers(context.parts["scope"], grant.scope)):
            continue
        principal = world.principal_by_object_id(grant.principal_id)
        name = guid("eligibility", entry.name)
        found.append({
            "id": f"{grant.scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/{name}",
            "name": name, "type": "Microsoft.Authorization/roleEligibilityScheduleInstances",
            "properties": {
                "scope": grant.scope, "roleDefinitionId": definition_id(grant.scope, grant.role.guid),
                "principalId": grant.principal_id, "principalType": principal_type(principal),
                "status": "Provisioned", "memberType": "Group" if isinstance(principal, Group) else "Direct",
                "roleEligibilityScheduleId": f"{grant.scope}/providers/Microsoft.Authorization/"
                                             f"roleEligibilitySchedules/{name}",
                "startDateTime": iso(world.now() - 30 * 86400), "createdOn": iso(world.now() - 30 * 86400),
                "endDateTime": iso(entry.ends_on) if entry.ends_on else None,
                "condition": entry.condition, "conditionVersion": "2.0" if entry.condition else None,
                "expandedProperties": {"roleDefinition": {"displayName": grant.role.role_name}}}})
    return context.listing(found)


@route("PUT", BASE + "/roleAssignmentScheduleRequests/{name}")
def activate(context):
    """A user's own activation (``SelfActivate``) of a role it is eligible for."""
    _require_licence(context)
    properties = context.request.json().get("properties", {})
    role, principal_id = properties["roleDefinitionId"].rsplit("/", 1)[-1], properties["principalId"]
    authorization = context.azure.authorization
    mine = {context.caller.object_id.lower(), *authorization.groups_of(context.caller.object_id)}
    eligible = next((g for g in map(authorization.resolve, context.world.role_eligibilities.values())
                     if g.principal_id.lower() in mine and same(g.role.guid, role)
                     and authorization.covers(g.scope, context.parts["scope"])), None)
    if not eligible or not same(principal_id, context.caller.object_id):
        raise ArmError(400, "RoleAssignmentRequestPolicyValidationFailed", "The caller is not eligible for this role.")
    name = str(uuid.uuid4())
    context.world.role_assignments[name] = RoleAssignment(
        name, role, principal_id, context.parts["scope"], eligible.assignment.condition, Moment(context.world.now()))
    return context.reply({
        "id": context.request.path, "name": context.parts["name"],
        "type": "Microsoft.Authorization/roleAssignmentScheduleRequests",
        "properties": {**properties, "scope": context.parts["scope"], "status": "Provisioned",
                       "createdOn": iso(context.world.now())}}, 201)


def _require_licence(context):
    tenant = context.world.tenant_of_scope(context.parts["scope"]) or context.caller.tenant
    if not tenant.premium_licence:
        raise ArmError(400, "AadPremiumLicenseRequired", "The tenant needs an AAD Premium 2 license.")
