# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Decides from role and deny assignments whether an identity may do something on a registry, and if not, why."""

from dataclasses import dataclass, field, replace
from typing import Dict, FrozenSet, List, Optional, Sequence, Tuple

from azext_acrlogin.protocol.built_in_ids import BUILT_IN, CONFIGURATION_ADMINISTRATOR, CONFIGURATION_READER
from azext_acrlogin.protocol.built_in_roles import built_in_role
from azext_acrlogin.protocol.roles import (
    ABAC, CONTENT_ACTIONS, MODES, DenyAssignment, Operation, RoleAssignment, is_at_or_above, last_segment, operation_of,
    operations_of, other_mode)
from azext_acrlogin.protocol.three_valued import Truth, any_of, negated

OF_A_MODE = ("ROLE_ASSIGNMENT_MODE_ERROR", "ROLE_ASSIGNMENT_CONDITION_ERROR")  # found only where the mode is known
_KINDS = {"user": 0, "group": 1}
SIGNING_IN = (BUILT_IN[CONFIGURATION_READER], BUILT_IN[CONFIGURATION_ADMINISTRATOR])
ASSIGN_ROLES = Operation("Microsoft.Authorization/roleAssignments/write", False)


@dataclass(frozen=True)
class Decision:
    """Whether one action is granted.

    by: the assignment that grants it, or would.  denied_by: the deny assignment that blocks it, or may.
    reason: why `granted` is None.
    """

    action: str
    granted: Truth
    by: Optional[RoleAssignment] = None
    denied_by: Optional[DenyAssignment] = None
    reason: str = ""


@dataclass(frozen=True)
class Cause:
    """Why an action is not granted: a code of the catalogue and the assignment that shows it.

    by_mode: where the mode is not known and the modes differ in why: the cause in each of them.
    """

    code: str
    assignment: Optional[RoleAssignment] = None
    denial: Optional[DenyAssignment] = None
    by_mode: Tuple[Tuple[str, "Cause"], ...] = ()

    def in_words(self) -> str:
        """The cause in a phrase, for a message about more than one."""
        if self.denial:
            return f"the deny assignment '{self.denial.name}' blocks it"
        if not self.assignment or self.code == "ROLE_ASSIGNMENT_MODE_ERROR":
            return "no role does"
        but = {"ROLE_NOT_ACTIVATED_ERROR": "but it is not activated",
               "ROLE_ASSIGNMENT_CONDITION_ERROR": "but its condition excludes the repository",
               "ROLE_ASSIGNMENT_PRINCIPAL_ERROR": f"but it is assigned to {self.assignment.principal_id}",
               "ROLE_ASSIGNMENT_SCOPE_ERROR": f"but it is assigned on {last_segment(self.assignment.scope)}"}[self.code]
        return f"'{self.assignment.role_name}' would, {but}"


@dataclass
class Standing:
    """What is assigned to an identity as far as a registry is concerned.

    scope: the registry's resource id.  repository: None when none was asked about.
    mode: the registry's role assignment mode; None when it is not known. Then what both modes grant is granted, what
        neither grants is not, and anything else is unknown.  mode_said: why it is not known, in words.
    in_force: assignments at or above the registry, those of the identity's groups included; None when unknown.
    denials: deny assignments at or above the registry; None when unknown.
    denials_of_identity: ids (lower case) of those that Azure lists for the identity; None when it was not asked.
    elsewhere: assignments of the identity that do not reach the registry.
    eligible: what the identity could activate.
    strays: assignments at or above the registry that bear a wrong id of this identity, each with what ties it to it.
    known_groups: ids (lower case) of groups that hold the identity by the directory's account.
    wildcards: whether registries of this tenant honour the wildcards of custom roles; None when that is not known.
    """

    object_id: str
    scope: str
    mode: Optional[str] = None
    repository: Optional[str] = None
    in_force: Optional[List[RoleAssignment]] = None
    denials: Optional[List[DenyAssignment]] = None
    denials_of_identity: Optional[FrozenSet[str]] = None
    elsewhere: List[RoleAssignment] = field(default_factory=list)
    eligible: List[RoleAssignment] = field(default_factory=list)
    strays: List[Tuple[RoleAssignment, str]] = field(default_factory=list)
    known_groups: FrozenSet[str] = frozenset()
    mode_said: str = "was not shown"
    wildcards: Truth = None
    denials_unknown_counts: bool = True  # False where the permissions were read, which ARM itself goes by

    @property
    def groups(self) -> FrozenSet[str]:
        """Ids of the groups that are known to hold the identity; those through which it has assignments among them."""
        through = [assignment for assignment in (self.in_force or []) + self.elsewhere
                   if assignment.principal_type.lower() in ("group", "foreigngroup")]
        return self.known_groups.union(assignment.principal_id for assignment in through)

    def decide(self, action: str) -> Decision:
        """Decide one of the eight actions."""
        repository = self._repository_for(action)
        decisions = [self._decide(action, operation, repository) for operation in operations_of(action, self.mode)]
        if len({(decision.granted, decision.reason, bool(decision.denied_by)) for decision in decisions}) == 1:
            return decisions[0]
        modes = zip(MODES, self.in_each_mode(), decisions)
        ways = "; ".join(f"with '{MODES[mode]}' {one.outcome(decision)}" for mode, one, decision in modes)
        by = next((decision.by for decision in decisions if decision.granted is not False), None)
        return Decision(action, None, by, reason=f"the registry's role assignment mode {self.mode_said}: {ways}")

    def in_each_mode(self) -> List["Standing"]:
        """The same in each mode that the registry may be in."""
        return [self] if self.mode else [replace(self, mode=mode) for mode in MODES]

    def outcome(self, decision: Decision) -> str:
        """What a decision comes to in this mode, in a phrase."""
        if decision.granted is False:
            return self.cause(decision.action).in_words()
        return f"{decision.by.role_name} grants it" if decision.granted and decision.by else decision.reason

    def granting(self, action: str) -> List[RoleAssignment]:
        """The assignments in force that grant an action, in one mode at least; deny assignments are left aside."""
        operations, repository = operations_of(action, self.mode), self._repository_for(action)
        return [assignment for assignment in self.in_force or []
                if any(assignment.grants(operation, repository, self.wildcards).holds for operation in operations)]

    def by_wildcard(self, action: str) -> Optional[RoleAssignment]:
        """The assignment that grants a content action if registries honour the wildcards of custom roles.

        None where that is known, or is not what the action depends on.
        """
        if self.wildcards is not None or replace(self, wildcards=False).decide(action).granted is not False:
            return None
        with_wildcards = replace(self, wildcards=True).decide(action)
        return with_wildcards.by if with_wildcards.granted else None

    def may_assign_roles(self) -> Optional[RoleAssignment]:
        """The assignment that lets the identity assign roles on the registry, if there is one beyond doubt."""
        decision = self._decide("", ASSIGN_ROLES, None)
        return decision.by if decision.granted else None

    def would_grant(self, assignment: RoleAssignment, action: str) -> bool:
        """Whether an assignment may grant a content action here, whoever has it."""
        repository = self._repository_for(action)
        return any(assignment.grants(operation, repository).holds is not False
                   for operation in operations_of(action, self.mode))

    def _repository_for(self, action: str) -> Optional[str]:
        return None if action == "catalog" else self.repository

    def _decide(self, action: str, operation: Operation, repository: Optional[str]) -> Decision:
        if self.in_force is None:
            return Decision(action, None, reason="role assignments cannot be read")
        grants = [(assignment, assignment.grants(operation, repository, self.wildcards))
                  for assignment in _unlike(self.in_force)]
        held = any_of(grant.holds for _, grant in grants)
        if held is False:
            return Decision(action, False)
        by, grant = next((assignment, grant) for assignment, grant in grants if grant.holds is held)
        if held is None:
            return Decision(action, None, by, reason=grant.reason)
        return self._after_denials(action, operation, repository, by)

    def _after_denials(self, action: str, operation: Operation, repository: Optional[str],
                       by: RoleAssignment) -> Decision:
        if self.denials is None:
            if self.denials_unknown_counts:
                return Decision(action, None, by, reason="deny assignments cannot be read")
            return Decision(action, True, by)
        denials = [(denial, self._denies(denial, operation, repository)) for denial in self.denials]
        denied = any_of(value for _, value in denials)
        if denied is False:
            return Decision(action, True, by)
        denial = next(denial for denial, value in denials if value is denied)
        reason = "" if denied else f"it is not known whether the deny assignment '{denial.name}' applies"
        return Decision(action, negated(denied), by, denial, reason)

    def _denies(self, denial: DenyAssignment, operation: Operation, repository: Optional[str]) -> Truth:
        listed = self.denials_of_identity
        is_assigned = None if listed is None else denial.id.lower() in listed
        return denial.denies(operation, self.scope, repository, self.object_id, self.groups, is_assigned)

    def has_open_denial(self) -> bool:
        """Whether a deny assignment leaves an action undecided, so that Azure should be asked whom it is for."""
        decisions = [standing.decide(action) for standing in self.in_each_mode() for action in CONTENT_ACTIONS]
        return any(decision.denied_by and decision.granted is None for decision in decisions)

    def content_roles(self) -> List[RoleAssignment]:
        """The assignments in force that are honoured for any content of this registry, whatever their conditions.

        Where the mode is not known: that are in one mode at least.
        """
        operations = [operation for action in CONTENT_ACTIONS for operation in operations_of(action, self.mode)]
        return [assignment for assignment in self.in_force or []
                if any(assignment.names(operation) for operation in operations)]

    def ignored_roles(self) -> List[RoleAssignment]:
        """The assignments in force that the registry's mode does not honour for any content, and the other would."""
        if self.mode is None:
            return []
        honoured = self.content_roles()
        return [assignment for assignment in replace(self, mode=other_mode(self.mode)).content_roles()
                if assignment not in honoured]

    def roles_for_manager_only(self) -> List[RoleAssignment]:
        """The assignments in force that are for no content in either mode."""
        for_content = replace(self, mode=None).content_roles()
        return [assignment for assignment in self.in_force or [] if assignment not in for_content]

    def denial_of(self, action: str) -> Optional[DenyAssignment]:
        """The deny assignment that would block a content action whichever role granted it; None in doubt."""
        repository = self._repository_for(action)
        return next((denial for denial in self.denials or [] if all(
            self._denies(denial, operation, repository) for operation in operations_of(action, self.mode))), None)

    def signs_in_without_content(self) -> bool:
        """Whether a role in force lets the identity sign in although it allows nothing with content."""
        return any(assignment.role_guid in SIGNING_IN for assignment in self.in_force or [])

    def cause(self, action: str) -> Cause:
        """Why a content action is not granted; only for one whose decision is False.

        What is nearest to a working sign-in comes first: denied, not activated, limited, not honoured, given to another
        id, given elsewhere, too little, nothing. Where the mode is not known, a cause needs to be the same
        in both; else all that is known is that no role here does.
        """
        if self.mode is None:
            return self._cause_in_either_mode(action)
        operation, repository = operation_of(action, self.mode), self._repository_for(action)
        decision = self.decide(action)
        if decision.denied_by:
            return Cause("DENY_ASSIGNMENT_ERROR", decision.by, decision.denied_by)
        eligible = _first_that_grants(self.eligible, operation, repository)
        if eligible:
            return Cause("ROLE_NOT_ACTIVATED_ERROR", eligible)
        in_force = self.in_force or []
        limited = next((assignment for assignment in in_force if assignment.names(operation)), None)
        if limited:
            return Cause("ROLE_ASSIGNMENT_CONDITION_ERROR", limited)
        in_other_mode = operation_of(action, other_mode(self.mode))
        unhonoured = next((assignment for assignment in in_force
                           if assignment.grants(in_other_mode, repository).holds is not False), None)
        if unhonoured:
            return Cause("ROLE_ASSIGNMENT_MODE_ERROR", unhonoured)
        stray = _first_that_grants([assignment for assignment, _ in self.strays], operation, repository)
        if stray:
            return Cause("ROLE_ASSIGNMENT_PRINCIPAL_ERROR", stray)
        if self.content_roles():
            return Cause("ROLE_ASSIGNMENT_INSUFFICIENT_ERROR")
        beside = _first_that_grants(self.elsewhere, operation, repository)
        if beside:
            return Cause("ROLE_ASSIGNMENT_SCOPE_ERROR", beside)
        return Cause("ROLE_ASSIGNMENT_MISSING_ERROR")

    def denial_after_activation(self, action: str, cause: Cause) -> Optional[DenyAssignment]:
        """The deny assignment that would still block an action once its eligible role is activated."""
        if cause.code != "ROLE_NOT_ACTIVATED_ERROR" or not cause.assignment:
            return None
        activated = replace(self, in_force=[*(self.in_force or []), cause.assignment])
        decision = activated.decide(action)
        return decision.denied_by if decision.granted is False else None

    def _cause_in_either_mode(self, action: str) -> Cause:
        causes = [standing.cause(action) for standing in self.in_each_mode()]
        first = causes[0]
        if first.denial or all(cause == first for cause in causes) and first.code not in OF_A_MODE:
            return first
        code = "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR" if self.content_roles() else "ROLE_ASSIGNMENT_MISSING_ERROR"
        return Cause(code, by_mode=tuple(zip(MODES, causes)))


def _unlike(assignments: List[RoleAssignment]) -> List[RoleAssignment]:
    """The first of all that have the same role and condition, and so grant the same; there may be thousands."""
    first: Dict[Tuple[int, str, str, str], RoleAssignment] = {}
    for one in assignments:
        first.setdefault((id(one.role), one.role_id, one.condition, one.condition_version), one)
    return list(first.values())


def _first_that_grants(assignments: List[RoleAssignment], operation: Operation,
                       repository: Optional[str]) -> Optional[RoleAssignment]:
    """The first that was meant to grant the operation, be it by a wildcard."""
    return next((assignment for assignment in assignments
                 if assignment.grants(operation, repository, wildcards=True).holds), None)


def assigning(assignments: List[RoleAssignment]) -> List[RoleAssignment]:
    """Those that let their principals assign any role, as far as the built-in roles do: people, then groups first."""
    known = [replace(assignment, role=built_in_role(assignment.role_guid)) for assignment in assignments]
    return sorted((assignment for assignment in known if assignment.grants(ASSIGN_ROLES, None).holds),
                  key=lambda one: (_KINDS.get(one.principal_type.lower(), len(_KINDS)), -len(one.scope)))


def split_by_reach(assignments: List[RoleAssignment], scope: str) -> Tuple[List[RoleAssignment], List[RoleAssignment]]:
    """Part assignments into those at or above a resource and the others."""
    reaching: List[RoleAssignment] = []
    others: List[RoleAssignment] = []
    for assignment in assignments:
        (reaching if is_at_or_above(assignment.scope, scope) else others).append(assignment)
    return reaching, others


def least_roles(actions: Sequence[str], mode: str) -> List[str]:
    """The built-in roles, at most two, that together grant content actions and as little else as possible."""
    wanted, roles = set(actions), []
    if mode == ABAC:
        if "delete" in wanted:
            roles.append("Container Registry Repository Contributor")
        elif wanted & {"push", "metadata-write"}:
            roles.append("Container Registry Repository Writer")
        elif wanted & {"pull", "metadata-read"}:
            roles.append("Container Registry Repository Reader")
        return roles + ["Container Registry Repository Catalog Lister"] * ("catalog" in wanted)
    if wanted & {"push", "metadata-write"}:
        roles.append("AcrPush")
    elif wanted & {"pull", "metadata-read", "catalog"}:
        roles.append("AcrPull")
    return roles + ["AcrDelete"] * ("delete" in wanted)


def arm_role(actions: Sequence[str]) -> str:
    """The built-in role that lets see a registry in Resource Manager, or manage it. Reader would also let pull."""
    return CONFIGURATION_ADMINISTRATOR if "manage" in actions else CONFIGURATION_READER
