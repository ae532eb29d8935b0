# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which roles does the identity have on the registry, and do they grant what was asked about?"""

import time
from typing import FrozenSet, List, Optional, Tuple

from azext_acrlogin.azure.deleted_principals import deleted_namesakes
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.azure.role_reading import RoleReader, Unread
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.checks._role_evidence import AccessByRole, AssignedRole, RoleAssignmentsEvidence
from azext_acrlogin.checks._role_findings import judge
from azext_acrlogin.checks._role_words import described
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry import RegistryEvidence
from azext_acrlogin.engine.model import Category, Check, Inputs
from azext_acrlogin.engine.question import ACTIONS
from azext_acrlogin.protocol.role_decisions import Decision, Standing, split_by_reach
from azext_acrlogin.protocol.roles import (
    ARM_OPERATIONS, CONTENT_ACTIONS, Role, RoleAssignment, mode_of, operations_of)
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.times import utc_text

WITHOUT_ROLES = ("adminUser", "token", "anonymous")  # the registry knows these itself
GROUPS_OF_A_GROUP = "groups of the group"
LISTED = 50  # entries of each list of the evidence


def gather(context: Context, found: Inputs) -> RoleAssignmentsEvidence:
    """Read assignments and deny assignments, then definitions; more only where these do not grant what was asked."""
    identity, registry, name = found["identity"], found["registry"], found["name"]
    evidence = RoleAssignmentsEvidence(
        identity.type if identity else None, identity.object_id if identity else None,
        repository=name.repository if name else None, now=time.time(),
        is_own=not (context.asked.username or context.asked.assignee))
    evidence.read_at = utc_text(evidence.now)
    if evidence.identity_type in WITHOUT_ROLES:
        evidence.access_by_roles = [
            AccessByRole(action, False, "Resource Manager knows no such identity", "permissions")
            for action in ARM_OPERATIONS]
    if evidence.identity_type in WITHOUT_ROLES or not evidence.object_id:
        return evidence
    if registry.account is None:
        evidence.unread.append(Unread("role assignments", "no login of the Azure CLI can ask Resource Manager"))
        return evidence
    groups = _groups_of_a_group(context, evidence, registry)
    reader = RoleReader(context.arm, registry.account, evidence.object_id, groups)
    if registry.resource_id is None:
        _read_subscription(evidence, reader, registry.account.subscription_id)
        evidence.access_by_roles = _hidden(evidence, registry)
    elif identity.tenant_id and registry.tenant_id and identity.tenant_id != registry.tenant_id:
        evidence.unread.append(Unread("role assignments", "the registry belongs to another tenant than the identity"))
    else:
        _read_registry(context, evidence, reader, found)
    evidence.unread += reader.unread
    return evidence


def _groups_of_a_group(context: Context, evidence: RoleAssignmentsEvidence,
                       registry: RegistryEvidence) -> Optional[FrozenSet[str]]:
    """The groups that a group is in; none when the directory does not tell, which is noted. None for no group."""
    if evidence.identity_type != "group":
        return None
    graph = Graph(context.http, context.login, context.asked.cloud.graph)
    groups = graph.groups_of(registry.account, evidence.object_id)
    if groups is None:
        evidence.unread.append(Unread(GROUPS_OF_A_GROUP, "the directory does not tell which groups the group is in"))
    return groups or frozenset()


def _read_subscription(evidence: RoleAssignmentsEvidence, reader: RoleReader, subscription_id: str) -> None:
    """The registry is not to be seen: are there any roles for registries in the current subscription?"""
    scope = f"/subscriptions/{subscription_id}"
    evidence.subscription_searched = subscription_id
    assignments = reader.assignments(scope, at_scope=False)
    if assignments is not None:
        evidence.in_subscription = reader.with_roles(scope, assignments)
        evidence.roles_elsewhere = _shown(evidence.in_subscription)


def _hidden(evidence: RoleAssignmentsEvidence, registry: RegistryEvidence) -> List[AccessByRole]:
    """Who is not shown a registry in any subscription can neither view nor manage it there."""
    everywhere = registry.searched_subscriptions and all(problem.reachable for problem in registry.problems)
    if not (evidence.is_own and everywhere):
        return []
    return [AccessByRole(action, False, "Resource Manager does not show the registry", "permissions")
            for action in ARM_OPERATIONS]


def _read_registry(context: Context, evidence: RoleAssignmentsEvidence, reader: RoleReader, found: Inputs) -> None:
    registry = found["registry"]
    scope = registry.resource_id
    standing = Standing(evidence.object_id or "", scope, mode_of(registry.role_assignment_mode), evidence.repository,
                        known_groups=reader.groups or frozenset())
    if standing.mode is None and registry.role_assignment_mode:
        standing.mode_said = f"is '{registry.role_assignment_mode}', which is not known here"
    evidence.scope, evidence.mode, evidence.standing = scope, standing.mode, standing
    assignments, standing.denials = side_by_side(
        [lambda: reader.assignments(scope, at_scope=True), lambda: reader.denials(scope)], lambda task: task())
    source = "roleAssignments"
    if assignments is not None:
        standing.in_force, _ = split_by_reach(reader.with_roles(scope, assignments), scope)
    elif evidence.is_own:
        source = "permissions"
        _read_permissions(reader, standing)
    if standing.has_open_denial():
        standing.denials_of_identity = reader.denials_of_identity(scope)
    decisions = [standing.decide(action) for action in context.asked.actions if action in CONTENT_ACTIONS]
    refused = [decision.action for decision in decisions if decision.granted is False and not decision.denied_by]
    if refused:
        _look_further(context, evidence, reader, found, refused)
        if any(unread.what == GROUPS_OF_A_GROUP for unread in evidence.unread):
            standing.in_force = None  # a group that holds this one may have the role
        if evidence.identity_type == "unknown" and not (standing.in_force or standing.elsewhere):
            standing.in_force = None  # an assignee that the directory could not confirm, and that no assignment names
            evidence.unread.append(Unread("role assignments", "neither the directory nor any role assignment confirms "
                                          f"that {evidence.object_id} is an object id"))
    evidence.decisions = {action: standing.decide(action) for action in ACTIONS}
    if evidence.is_own and not evidence.decisions["view"].granted:
        evidence.decisions["view"] = Decision("view", True)  # it was found there a moment ago
    evidence.roles_in_force = _shown(standing.in_force or [])
    evidence.deny_assignments = [denial.name for denial in standing.denials or []][:LISTED]
    evidence.access_by_roles = [_access(evidence, decision, source) for decision in evidence.decisions.values()]


def _read_permissions(reader: RoleReader, standing: Standing) -> None:
    """The login's own permissions in place of assignments: what is granted is known then, by which role is not."""
    permissions = reader.permissions(standing.scope)
    if permissions is None:
        return
    name, principal = "a role whose assignment cannot be read", standing.object_id.lower()
    standing.in_force = [RoleAssignment("", standing.scope, "", principal, role=Role("", name, (permission,)))
                         for permission in permissions]
    standing.denials_unknown_counts = False


def _look_further(context: Context, evidence: RoleAssignmentsEvidence, reader: RoleReader, found: Inputs,
                  refused: List[str]) -> None:
    """Something is not granted: look for what was meant to grant it."""
    standing, scope = evidence.standing, evidence.scope
    subscription = f"/subscriptions/{found['registry'].subscription_id}"
    readable = standing.denials_unknown_counts  # otherwise role assignments were refused a moment ago
    all_of_identity, eligible, everybodys = side_by_side(
        [lambda: reader.assignments(subscription, at_scope=False) if readable else None,
         lambda: reader.eligible(scope, evidence.is_own),
         lambda: reader.everybodys_assignments(scope) if readable else None], lambda task: task())
    _, elsewhere = split_by_reach(all_of_identity or [], scope)
    standing.elsewhere = reader.with_roles(subscription, elsewhere)
    here, _ = split_by_reach(eligible or [], scope)
    standing.eligible = reader.with_roles(scope, here)
    standing.strays = _strays(context, found, reader, standing, everybodys or [], refused)
    evidence.roles_elsewhere = _shown(standing.elsewhere)
    evidence.eligible_roles = _shown(standing.eligible)
    evidence.stray_roles = _shown([assignment for assignment, _ in standing.strays])


def _strays(context: Context, found: Inputs, reader: RoleReader, standing: Standing, everybodys: List[RoleAssignment],
            refused: List[str]) -> List[Tuple[RoleAssignment, str]]:
    """Fitting assignments of others whose principal is this identity's client id, or a deleted object of its name."""
    identity = found["identity"]
    client_id = (identity.client_id or "").lower()
    mine = {standing.object_id.lower(), *standing.groups}
    others = [assignment for assignment in everybodys if assignment.principal_id not in mine]
    operations = [operation for action in refused for operation in operations_of(action, standing.mode)]
    fitting = [assignment for assignment in reader.with_roles(standing.scope, others)
               if any(assignment.names(operation) for operation in operations)]
    by_client_id = [(assignment, "its client id") for assignment in fitting if assignment.principal_id == client_id]
    if by_client_id or not fitting:
        return by_client_id
    people = [assignment.principal_id for assignment in fitting if assignment.principal_type.lower() != "group"]
    graph = Graph(context.http, context.login, context.asked.cloud.graph)
    namesakes = deleted_namesakes(graph, found["registry"].account, standing.object_id, identity.client_id, people)
    return [(assignment, f"the deleted '{namesakes[assignment.principal_id]}'")
            for assignment in fitting if assignment.principal_id in namesakes]


def _access(evidence: RoleAssignmentsEvidence, decision: Decision, source: str) -> AccessByRole:
    if decision.granted and not decision.by:
        return AccessByRole(decision.action, True, "Resource Manager shows the registry", "permissions")
    by = None
    if decision.denied_by:
        by = f"deny assignment '{decision.denied_by.name}' at {decision.denied_by.scope}"
    elif decision.by:
        by = described(decision.by, evidence.object_id)
    known = decision.granted is not None
    return AccessByRole(decision.action, decision.granted, by, source if known else None)


def _shown(assignments: List[RoleAssignment]) -> List[AssignedRole]:
    return [AssignedRole(
        assignment.role_name, assignment.scope, assignment.principal_id, assignment.principal_type,
        shown(assignment.condition, 1000) or None,
        None if assignment.newest_change is None else utc_text(assignment.newest_change), assignment.id)
        for assignment in assignments[:LISTED]]


CHECK = Check(
    name="role-assignments", category=Category.AUTHORIZATION, title="Role assignments",
    evidence=RoleAssignmentsEvidence, gather=gather, judge=judge, needs=("registry",),
    reads=("identity", "login", "name"), judges_with=("refresh-token", "access-token", "credential"),
    codes=("ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR", "ROLE_ASSIGNMENT_MODE_ERROR",
           "ROLE_ASSIGNMENT_CONDITION_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR", "ROLE_ASSIGNMENT_PRINCIPAL_ERROR",
           "DENY_ASSIGNMENT_ERROR", "ROLE_NOT_ACTIVATED_ERROR", "ROLE_PROPAGATION_ERROR", "ARM_READ_WARNING"))
