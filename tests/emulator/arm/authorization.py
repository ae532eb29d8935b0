# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Microsoft.Authorization: role and deny assignments, role definitions, permissions."""

import re

from ..authorization import EVERYONE, principal_type
from ..entities import Group, Moment, RoleAssignment
from ..world import guid, same
from .routing import ArmError, route
from .times import iso

BASE = "{scope*}/providers/Microsoft.Authorization"
_READ = "Microsoft.Authorization/{}/read"


# ---- Role assignments ----------------------------------------------------------------------------------------------

@route("GET", BASE + "/roleAssignments", _READ.format("roleAssignments"))
def role_assignments(context):
    """Filters: ``atScope()``, ``assignedTo('oid')``, both, or ``principalId eq 'oid'``; none lists below as well."""
    keep = _filter(context)
    return context.listing([grant for grant in context.azure.authorization.grants()
                            if keep(grant.scope, grant.principal_id)], lambda grant: _assignment(context, grant))


@route("GET", BASE + "/roleAssignments/{name}", _READ.format("roleAssignments"))
def role_assignment_get(context):
    return context.reply(_assignment(context, context.azure.authorization.resolve(_find_assignment(context))))


@route("PUT", BASE + "/roleAssignments/{name}")
def role_assignment_create(context):
    scope = context.parts["scope"]
    context.demand("Microsoft.Authorization/roleAssignments/write", scope)
    properties, name = context.body().get("properties", {}), context.parts["name"]
    role = properties["roleDefinitionId"].rsplit("/", 1)[-1]
    existing = None
    for grant in context.azure.authorization.grants():
        if not same(grant.scope, scope):
            continue
        if same(_assignment_name(grant.assignment), name):
            existing = grant
        elif same(grant.principal_id, properties["principalId"]) and same(grant.role.guid, role):
            raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")
    if existing:
        name = existing.assignment.name
        if not (same(existing.principal_id, properties["principalId"]) and same(existing.role.guid, role)):
            raise ArmError(400, "RoleAssignmentUpdateNotPermitted",
                           "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
    assignment = RoleAssignment(name, role, properties["principalId"], scope, properties.get("condition"),
                                Moment(existing.created_on if existing else context.world.now()),
                                properties.get("principalType", ""), properties.get("description", ""))
    context.world.role_assignments[name] = assignment
    shown = _assignment(context, context.azure.authorization.resolve(assignment))
    shown["properties"]["createdBy"] = None     # as recorded; a later GET shows who it was
    return context.reply(shown, 200 if existing else 201)


@route("DELETE", BASE + "/roleAssignments/{name}")
def role_assignment_delete(context):
    context.demand("Microsoft.Authorization/roleAssignments/delete", context.parts["scope"])
    assignment = _find_assignment(context)
    shown = _assignment(context, context.azure.authorization.resolve(assignment))
    context.world.role_assignments.pop(assignment.name)
    return context.reply(shown)


# ---- Role definitions ----------------------------------------------------------------------------------------------

@route("GET", BASE + "/roleDefinitions")
def role_definitions(context):
    _read_definitions(context)
    text = context.request.parameter("$filter")
    match = re.search(r"roleName eq '([^']*)'", text)
    kind = re.search(r"type eq '([^']*)'", text)
    return context.listing([
        _definition(context, role) for role in context.world.all_roles()
        if (not match or same(role.role_name, match[1]))
        and (not kind or same("CustomRole" if role.custom else "BuiltInRole", kind[1]))])


@route("GET", BASE + "/roleDefinitions/{name}")
def role_definition_get(context):
    _read_definitions(context)
    found = next((r for r in context.world.all_roles() if same(r.guid, context.parts["name"])), None)
    if not found:
        raise ArmError(404, "RoleDefinitionDoesNotExist",
                       f"The specified role definition with ID '{context.parts['name']}' does not exist.")
    return context.reply(_definition(context, found))


@route("PUT", BASE + "/roleDefinitions/{name}")
def role_definition_update(context):
    """Change what a custom role allows; new ones are not made here."""
    found = next((r for r in context.world.all_roles() if same(r.guid, context.parts["name"])), None)
    properties = context.body()["properties"]
    for scope in properties["assignableScopes"]:
        context.demand("Microsoft.Authorization/roleDefinitions/write", scope)
    if not found or not found.custom:
        # Assumption: code and wording of the refusal to change a role that is built in.
        raise ArmError(400, "RoleDefinitionCannotBeModified", "Only custom roles can be changed.")
    permission, = properties["permissions"]
    found.actions[:], found.not_actions[:] = permission["actions"], permission["notActions"]
    found.data_actions[:], found.not_data_actions[:] = permission["dataActions"], permission["notDataActions"]
    return context.reply(_definition(context, found), 201)


# ---- Deny assignments, permissions ---------------------------------------------------------------------------------

@route("GET", BASE + "/denyAssignments", _READ.format("denyAssignments"))
def deny_assignments(context):
    world, found = context.world, []
    keep = _filter(context, "denyAssignments")
    named = re.search(r"denyAssignmentName eq '([^']*)'", context.request.parameter("$filter"), re.IGNORECASE)
    for denial in world.deny_assignments.values():
        if named and not same(denial.name, named[1]):
            continue
        scope = world.scope_id(denial.on)
        ids = [context.azure.authorization.principal_id(name, scope) for name in denial.to if name != "everyone"]
        if keep(scope, *ids) or ("everyone" in denial.to and keep(scope, None)):
            found.append(_denial(context, denial))
    return context.listing(found)


@route("GET", BASE + "/denyAssignments/{name}", _READ.format("denyAssignments"))
def deny_assignment_get(context):
    return context.reply(_denial(context, _find_denial(context)))


@route("DELETE", BASE + "/denyAssignments/{name}")
def deny_assignment_delete(context):
    context.demand("Microsoft.Authorization/denyAssignments/delete", context.parts["scope"])
    denial = _find_denial(context)
    if denial.system_protected:
        # Assumption: code and wording of the refusal to delete a deny assignment that the system made.
        raise ArmError(403, "DenyAssignmentIsSystemProtected",
                       f"The deny assignment '{denial.name}' is protected by the system and cannot be deleted.")
    shown = _denial(context, denial)
    context.world.deny_assignments.pop(denial.name)
    return context.reply(shown)


@route("GET", BASE + "/permissions")
def permissions(context):
    """The caller's own permissions."""
    # Assumption: deny assignments are not taken off the caller's permissions, and a condition is there only when there
    # is one.
    authorization, scope = context.azure.authorization, context.parts["scope"]
    grants = [g for g in authorization.grants_of(context.caller.object_id) if authorization.covers(g.scope, scope)]
    return context.listing([
        {"actions": g.role.actions, "notActions": g.role.not_actions, "dataActions": g.role.data_actions,
         "notDataActions": g.role.not_data_actions,
         **({"condition": g.assignment.condition, "conditionVersion": "2.0"} if g.assignment.condition else {})}
        for g in grants])


# ---- Shared --------------------------------------------------------------------------------------------------------

def assigned_to(context):
    """The object id in ``assignedTo('...')``, None without.

    :raises ArmError: 400, it is a group's.
    """
    match = re.search(r"assignedTo\('([^']+)'\)", context.request.parameter("$filter"), re.IGNORECASE)
    if not match:
        return None
    if isinstance(context.world.principal_by_object_id(match[1]), Group):
        raise ArmError(400, "InvalidFilterInQueryString", "assignedTo takes the object id of a user or a service "
                                                          "principal, not of a group.")
    return match[1]


def refuse_filter(context, kind):
    """:raises ArmError: 400, the world's cloud does not know a function of the filter for this type."""
    text = context.request.parameter("$filter")
    for name, functions in context.world.cloud.refused_filters.items():
        if same(name.rpartition("/")[2], kind) and any(one.lower() in text.lower() for one in functions):
            # Assumption: code and wording of the refusal of a filter function that a cloud does not know.
            raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query "
                                                              "string.")


def _filter(context, kind="roleAssignments"):
    """A predicate of (scope, principal ids...) for a request's ``$filter``; id None stands for everyone."""
    refuse_filter(context, kind)
    text = context.request.parameter("$filter")
    authorization, scope = context.azure.authorization, context.parts["scope"]
    at_scope = "atscope()" in text.lower()
    exact = re.search(r"principalId eq '([^']+)'", text, re.IGNORECASE)
    named = kind == "denyAssignments" and "denyassignmentname eq" in text.lower()
    # Assumption: the function assignedTo() works for deny assignments too, where it is not documented.
    target = assigned_to(context)
    if at_scope and exact:
        raise ArmError(400, "UnsupportedFilter", "atScope() and principalId eq cannot be used together.")
    if text and not (at_scope or exact or target or named):
        raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
    mine = {target.lower(), *authorization.groups_of(target)} if target else None

    def keep(assignment_scope, *principal_ids):
        if not (authorization.covers(assignment_scope, scope) or
                (not at_scope and authorization.covers(scope, assignment_scope))):
            return False
        if exact:
            return any(same(one, exact[1]) for one in principal_ids)
        return mine is None or any(one is None or one.lower() in mine for one in principal_ids)
    return keep


def _read_definitions(context):
    # Assumption: definitions at the tenant's root are open to everybody who is signed in.
    if context.parts["scope"]:
        context.demand(_READ.format("roleDefinitions"), context.parts["scope"])


def definition_id(scope, role_guid):
    """The id of a role definition as seen from a scope: under its subscription, if it has one."""
    parts = scope.strip("/").split("/")
    prefix = f"/subscriptions/{parts[1]}" if parts[0].lower() == "subscriptions" else ""
    return f"{prefix}/providers/Microsoft.Authorization/roleDefinitions/{role_guid}"


def _assignment_name(assignment):
    return assignment.name if re.fullmatch(r"[0-9a-fA-F-]{36}", assignment.name) else guid("assignment",
                                                                                           assignment.name)


def _find_assignment(context):
    found = next((a for a in context.world.role_assignments.values()
                  if same(_assignment_name(a), context.parts["name"])
                  and same(context.world.scope_id(a.on), context.parts["scope"])), None)
    if not found:
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{context.parts['name']}' is not found.")
    return found


def _assignment(context, grant):
    assignment, name = grant.assignment, _assignment_name(grant.assignment)
    principal = context.world.find_principal(assignment.to) or \
        context.world.principal_by_object_id(grant.principal_id)
    prefix = grant.scope if grant.scope.lower().startswith("/subscriptions") else context.parts["scope"]
    created = iso(grant.created_on)
    kind = assignment.principal_type or principal_type(principal)
    return {"id": f"{grant.scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}", "name": name,
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {
                "roleDefinitionId": definition_id(prefix, grant.role.guid), "principalId": grant.principal_id,
                "principalType": kind, "scope": grant.scope, "condition": assignment.condition,
                "conditionVersion": "2.0" if assignment.condition else None, "createdOn": created,
                "updatedOn": created, "createdBy": guid("registry-owner"), "updatedBy": guid("registry-owner"),
                "delegatedManagedIdentityResourceId": None, "description": assignment.description or None}}


def _definition(context, role):
    return {"id": definition_id(context.parts["scope"], role.guid), "name": role.guid,
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": {
                "roleName": role.role_name, "type": "CustomRole" if role.custom else "BuiltInRole",
                "description": role.role_name, "assignableScopes": role.assignable_scopes,
                "permissions": [{"actions": role.actions, "notActions": role.not_actions,
                                 "dataActions": role.data_actions, "notDataActions": role.not_data_actions}],
                "createdOn": "0001-01-01T08:00:00.0000000Z", "updatedOn": "2018-05-30T19:22:32.4538167Z",
                "createdBy": None, "updatedBy": None}}


def _find_denial(context):
    found = next((d for d in context.world.deny_assignments.values()
                  if same(guid("denial", d.name), context.parts["name"])), None)
    if not found:
        raise ArmError(404, "DenyAssignmentNotFound", f"The deny assignment '{context.parts['name']}' is not found.")
    return found


def _denial(context, denial):
    world, authorization = context.world, context.azure.authorization
    scope, name = world.scope_id(denial.on), guid("denial", denial.name)

    def principal(label):
        if label == "everyone":
            return {"id": EVERYONE, "type": "SystemDefined"}
        return {"id": authorization.principal_id(label, scope), "type": principal_type(world.find_principal(label))}
    return {"id": f"{scope}/providers/Microsoft.Authorization/denyAssignments/{name}", "name": name,
            "type": "Microsoft.Authorization/denyAssignments",
            "properties": {
                "denyAssignmentName": denial.name, "description": None, "scope": scope,
                "denyAssignmentEffect": denial.effect,
                "permissions": [{"actions": denial.actions, "notActions": denial.not_actions,
                                 "dataActions": denial.data_actions, "notDataActions": denial.not_data_actions}],
                "doNotApplyToChildScopes": denial.not_for_child_scopes,
                "principals": [principal(label) for label in denial.to],
                "excludePrincipals": [principal(label) for label in denial.except_for],
                "isSystemProtected": denial.system_protected}}
