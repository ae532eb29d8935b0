# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which roles does the identity have on the registry, and do they grant what was asked about?"""

import time
from typing import Any, Callable, FrozenSet, List, Mapping, Optional, Tuple, TypeVar

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.deleted_principals import deleted_namesakes
from azext_acrlogin.azure.graph import Graph, name_of
from azext_acrlogin.azure.role_reading import RoleReader, Unread
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.role_assignments.judging import judge
from azext_acrlogin.checks.role_assignments.words import described
from azext_acrlogin.engine.model import Category, Check, Inputs
from azext_acrlogin.engine.question import ACTIONS
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.role_assignments import AccessByRole, AssignedRole, RoleAssignmentsEvidence
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.role_decisions import Decision, Standing, assigning, split_by_reach
from azext_acrlogin.protocol.roles import (
    ARM_OPERATIONS, CONTENT_ACTIONS, Role, RoleAssignment, mode_of, operations_of)
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.times import utc_text

WITHOUT_ROLES = ("adminUser", "token", "anonymous")  # the registry knows these itself
GROUPS_OF_A_GROUP = "groups of the group"
OWNERS, OWNERS_LOOKED_AT = 3, 12  # named, and asked about; some are deleted or have several assignments
LISTED = 50  # entries of each list of the evidence

A = TypeVar("A")
B = TypeVar("B")


def gather(context: Context, inputs: Inputs) -> RoleAssignmentsEvidence:
    """Read assignments and deny assignments, then definitions; more only where these do not grant what was asked."""
    identity, registry, name = inputs.get(IdentityEvidence), inputs.of(RegistryEvidence), inputs.get(NameEvidence)
    evidence = RoleAssignmentsEvidence(
        identity.type if identity else None, identity.object_id if identity else None,
        repository=name.repository if name else None, now=time.time(),
        is_own=not (context.asked.username or context.asked.assignee))
    evidence.read_at = utc_text(evidence.now)
    if evidence.identity_type in WITHOUT_ROLES:
        evidence.access_by_roles = _no_access("Azure Resource Manager does not know this identity")
    elif identity and identity.object_id and registry.account is None:
        evidence.unread.append(Unread("role assignments", "the Azure CLI has no login that can query Azure Resource "
                                                          "Manager"))
    elif identity and identity.object_id and registry.account:
        _Reading(context, registry, registry.account, identity, identity.object_id, evidence).read()
    return evidence


def _no_access(reason: str) -> List[AccessByRole]:
    """The registry can neither be viewed nor managed in Resource Manager."""
    return [AccessByRole(action, False, reason, "permissions") for action in ARM_OPERATIONS]


class _Reading:
    """Reads, as `account`, what is assigned to one identity on and around one registry, and puts it into evidence."""

    def __init__(self, context: Context, registry: RegistryEvidence, account: Account, identity: IdentityEvidence,
                 object_id: str, evidence: RoleAssignmentsEvidence):
        self._asked, self._registry, self._account = context.asked, registry, account
        self._identity, self._object_id, self._evidence = identity, object_id, evidence
        self._login = context.login
        self._graph = Graph(context.http, context.login, context.asked.cloud.graph)
        self._groups = self._groups_of_a_group()
        self._reader = RoleReader(context.arm, account, object_id, self._groups)

    def read(self) -> None:
        """Read what there is to read; what could not be read is noted."""
        identity, registry, evidence = self._identity, self._registry, self._evidence
        if registry.resource_id is None:
            self._read_subscription(self._account.subscription_id)
        elif identity.tenant_id and registry.tenant_id and identity.tenant_id != registry.tenant_id:
            evidence.unread.append(
                Unread("role assignments", "the registry and the identity belong to different tenants"))
        else:
            self._read_registry(registry.resource_id)
        evidence.unread += self._reader.unread

    def _groups_of_a_group(self) -> Optional[FrozenSet[str]]:
        """The groups that a group is in; none when the directory does not tell, which is noted. None for no group."""
        if self._identity.type != "group":
            return None
        groups = self._graph.groups_of(self._account, self._object_id)
        if groups is None:
            self._evidence.unread.append(
                Unread(GROUPS_OF_A_GROUP, "the directory does not show which groups the group is in"))
        return groups or frozenset()

    def _read_subscription(self, subscription_id: str) -> None:
        """The registry is not to be seen: are there any roles for registries in the current subscription?

        Who is not shown a registry in any subscription can neither view nor manage it there.
        """
        evidence, scope = self._evidence, f"/subscriptions/{subscription_id}"
        evidence.subscription_searched = subscription_id
        assignments = self._reader.assignments(scope, at_scope=False)
        if assignments is not None:
            evidence.in_subscription = self._reader.with_roles(scope, assignments)
            evidence.roles_elsewhere = _shown(evidence.in_subscription)
        everywhere = self._registry.searched_subscriptions and all(
            problem.reachable for problem in self._registry.problems)
        if evidence.is_own and everywhere:
            evidence.access_by_roles = _no_access("Azure Resource Manager does not show the registry")

    def _read_registry(self, scope: str) -> None:
        evidence, reader, said = self._evidence, self._reader, self._registry.role_assignment_mode
        standing = Standing(self._object_id, scope, mode_of(said), evidence.repository,
                            known_groups=self._groups or frozenset())
        if standing.mode is None and said:
            standing.mode_said = f"is '{said}', which this version does not know"
        evidence.scope, evidence.mode, evidence.standing = scope, standing.mode, standing
        assignments, standing.denials = _both(
            lambda: reader.assignments(scope, at_scope=True), lambda: reader.denials(scope))
        source = "roleAssignments"
        if assignments is not None:
            standing.in_force, _ = split_by_reach(reader.with_roles(scope, assignments), scope)
        elif evidence.is_own:
            source = "permissions"
            self._read_permissions(standing)
        if standing.has_open_denial():
            standing.denials_of_identity = reader.denials_of_identity(scope)
        decisions = [standing.decide(action) for action in self._asked.actions if action in CONTENT_ACTIONS]
        refused = [decision.action for decision in decisions if decision.granted is False and not decision.denied_by]
        if refused:
            self._look_further(standing, refused)
            self._doubt(standing)
        evidence.decisions = {action: standing.decide(action) for action in ACTIONS}
        if evidence.is_own and not evidence.decisions["view"].granted:
            evidence.decisions["view"] = Decision("view", True)  # it was found there a moment ago
        evidence.roles_in_force = _shown(standing.in_force or [])
        evidence.deny_assignments = [denial.name for denial in standing.denials or []][:LISTED]
        evidence.access_by_roles = [_access(evidence, decision, source) for decision in evidence.decisions.values()]

    def _read_permissions(self, standing: Standing) -> None:
        """The login's own permissions in place of assignments: what is granted is known then, by which role is not."""
        permissions = self._reader.permissions(standing.scope)
        if permissions is None:
            return
        name, principal = "a role whose assignment cannot be read", standing.object_id.lower()
        standing.in_force = [RoleAssignment("", standing.scope, "", principal, role=Role("", name, (permission,)))
                             for permission in permissions]
        standing.denials_unknown_counts = False

    def _look_further(self, standing: Standing, refused: List[str]) -> None:
        """Something is not granted: look for what was meant to grant it."""
        evidence, reader, scope = self._evidence, self._reader, standing.scope
        subscription = f"/subscriptions/{self._registry.subscription_id}"
        readable = standing.denials_unknown_counts  # otherwise role assignments were refused a moment ago
        tasks: List[Callable[[], Optional[List[RoleAssignment]]]] = [
            lambda: reader.assignments(subscription, at_scope=False) if readable else None,
            lambda: reader.eligible(scope, evidence.is_own),
            lambda: reader.everybodys_assignments(scope) if readable else None]
        all_of_identity, eligible, everybodys = side_by_side(tasks, lambda task: task())
        _, elsewhere = split_by_reach(all_of_identity or [], scope)
        standing.elsewhere = reader.with_roles(subscription, elsewhere)
        here, _ = split_by_reach(eligible or [], scope)
        standing.eligible = reader.with_roles(scope, here)
        self._look_at_others(standing, everybodys, refused)
        evidence.roles_elsewhere = _shown(standing.elsewhere)
        evidence.eligible_roles = _shown(standing.eligible)
        evidence.stray_roles = _shown([assignment for assignment, _ in standing.strays])

    def _doubt(self, standing: Standing) -> None:
        """What leaves it open whether the roles that were found are all."""
        evidence = self._evidence
        if any(unread.what == GROUPS_OF_A_GROUP for unread in evidence.unread):
            standing.in_force = None  # a group that holds this one may have the role
        if self._identity.type == "unknown" and not (standing.in_force or standing.elsewhere):
            standing.in_force = None  # an assignee that the directory could not confirm, and that no assignment names
            evidence.unread.append(Unread("role assignments", "neither the directory nor any role assignment confirms "
                                          f"that {self._object_id} is an object id"))

    def _look_at_others(self, standing: Standing, everybodys: Optional[List[RoleAssignment]],
                        refused: List[str]) -> None:
        """What the assignments of others tell: an id that was meant for this identity, a group, whom to ask.

        Graph names them all in one request. Without it there are no names, and no deleted ones.
        """
        evidence, mine = self._evidence, {standing.object_id.lower(), *standing.groups}
        others = [assignment for assignment in everybodys or [] if assignment.principal_id not in mine]
        operations = [operation for action in refused for operation in operations_of(action, standing.mode)]
        fitting = [assignment for assignment in self._reader.with_roles(standing.scope, others)
                   if any(assignment.names(operation) for operation in operations)]
        everybodys_owners = assigning(others)
        owners = everybodys_owners[:OWNERS_LOOKED_AT]
        evidence.readers_role = None if evidence.is_own else self._readers_role(everybodys_owners)
        known = standing.elsewhere + standing.eligible + (standing.in_force or [])
        present = self._graph.objects(self._account, [standing.object_id, *(
            assignment.principal_id for assignment in [*owners, *fitting, *known])]) if fitting or owners else {}
        names = {one: name_of(item) for one, item in (present or {}).items()}
        evidence.names = {one: name for one, name in names.items() if name}
        named = dict.fromkeys(names.get(owner.principal_id) for owner in owners)
        evidence.owners = [name for name in named if name][:OWNERS]
        privileged = {owner.id for owner in everybodys_owners}  # nobody becomes an owner in order to pull
        groups = [assignment for assignment in fitting if assignment.principal_type.lower() == "group"
                  and assignment.id not in privileged
                  and any(standing.would_grant(assignment, action) for action in refused)]
        evidence.groups_with_role = groups if self._reader.has_pim else []
        standing.strays = self._strays(standing, fitting, present)

    def _readers_role(self, owners: List[RoleAssignment]) -> Optional[str]:
        """The role that lets the login which reads here assign roles; its groups are not known, so that only its own
        assignments count."""
        claims = self._login.token(self._asked.cloud.resource_manager_audience, self._account).claims or {}
        reader = (text_claim(claims, "oid") or "").lower()
        return next((owner.role_name for owner in owners if reader and owner.principal_id == reader), None)

    def _strays(self, standing: Standing, fitting: List[RoleAssignment],
                present: Optional[Mapping[str, Any]]) -> List[Tuple[RoleAssignment, str]]:
        """Fitting assignments of others to this identity's client id, or to a deleted object of its name."""
        client_id = (self._identity.client_id or "").lower()
        by_client_id = [(assignment, "the client id") for assignment in fitting if assignment.principal_id == client_id]
        if by_client_id or present is None:
            return by_client_id
        people = [assignment.principal_id for assignment in fitting if assignment.principal_type.lower() != "group"]
        namesakes = deleted_namesakes(
            self._graph, self._account, standing.object_id, self._identity.client_id, people, present)
        return [(assignment, f"the deleted '{namesakes[assignment.principal_id]}'")
                for assignment in fitting if assignment.principal_id in namesakes]


def _both(first: Callable[[], A], second: Callable[[], B]) -> Tuple[A, B]:
    """What two calls return that are made side by side."""
    firsts: List[A] = []
    seconds: List[B] = []
    tasks: List[Callable[[], None]] = [lambda: firsts.append(first()), lambda: seconds.append(second())]
    side_by_side(tasks, lambda task: task())
    return firsts[0], seconds[0]


def _access(evidence: RoleAssignmentsEvidence, decision: Decision, source: str) -> AccessByRole:
    if decision.granted and not decision.by:
        return AccessByRole(decision.action, True, "Azure Resource Manager shows the registry", "permissions")
    by = None
    if decision.denied_by:
        by = f"deny assignment '{decision.denied_by.name}' at {decision.denied_by.scope}"
    elif decision.by:
        by = described(decision.by, evidence.object_id, evidence.names)
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
    evidence=RoleAssignmentsEvidence, gather=gather, judge=judge, needs=(RegistryEvidence,),
    reads=(IdentityEvidence, NameEvidence),
    judges_with=(RefreshTokenEvidence, AccessTokenEvidence, CredentialEvidence, AssigneeEvidence),
    codes=("ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR", "ROLE_ASSIGNMENT_MODE_ERROR",
           "ROLE_ASSIGNMENT_CONDITION_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR", "ROLE_ASSIGNMENT_PRINCIPAL_ERROR",
           "DENY_ASSIGNMENT_ERROR", "ROLE_NOT_ACTIVATED_ERROR", "ROLE_PROPAGATION_ERROR", "ARM_READ_WARNING"))
