# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Phrases of the messages about roles, with the names, ids and scopes that were observed."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.role_assignments import RoleAssignmentsEvidence
from azext_acrlogin.protocol.role_decisions import Cause, Standing, least_roles
from azext_acrlogin.protocol.roles import CONTENT_ACTIONS, LEGACY, MODES, RoleAssignment, same_scope
from azext_acrlogin.protocol.text import shown

PLAIN = ("ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR")
NAMED = 5  # roles in one message


def described(assignment: RoleAssignment, object_id: Optional[str]) -> str:
    """An assignment in words: role, scope, and the group through which the identity has it."""
    text = f"{assignment.role_name} at {assignment.scope}"
    if object_id and assignment.principal_id and assignment.principal_id != object_id.lower():
        text += f" through {assignment.principal_type.lower() or 'principal'} {assignment.principal_id}"
    return text


def who(identity: Optional[IdentityEvidence], object_id: Optional[str]) -> str:
    """The identity by name and object id."""
    name = identity.name if identity else None
    return f"'{name}' (object id {object_id})" if name and name != object_id else f"Object {object_id}"


@dataclass(frozen=True)
class RoleWords:
    """Words about one registry that Resource Manager shows.

    said: content actions that the registry has granted or refused.
    """

    evidence: RoleAssignmentsEvidence
    standing: Standing
    identity: Optional[IdentityEvidence]
    registry_name: Optional[str]
    said: Dict[str, bool]

    def who(self) -> str:
        """The identity by name and object id."""
        return who(self.identity, self.standing.object_id)

    def registry(self) -> str:
        """The registry by name."""
        return f"registry '{self.registry_name}'"

    def where(self) -> str:
        """The registry, with the repository where roles can be limited to one."""
        if self.standing.repository and self.standing.mode != LEGACY:
            return f"repository '{self.standing.repository}' of {self.registry()}"
        return self.registry()

    def described(self, assignment: Optional[RoleAssignment]) -> str:
        """An assignment in words, shorter where it is on the registry itself."""
        if not assignment:
            return "a role"
        words = described(assignment, self.standing.object_id)
        if same_scope(assignment.scope, self.standing.scope):
            return words.replace(f"at {assignment.scope}", "on this registry", 1)
        return words

    def of(self, cause: Cause, actions: List[str]) -> Facts:
        """What the catalogue's message says of a cause for which `actions` are not granted."""
        standing, denial, assignment = self.standing, cause.denial, cause.assignment
        return {
            "who": self.who(), "where": self.where(), "actions": ", ".join(actions), "roles": self._roles(actions),
            "assignment": self.described(assignment), "scope": standing.scope,
            "denial": denial.name if denial else None, "denial_scope": denial.scope if denial else None,
            "condition": shown(_condition(assignment), 300) if assignment else None,
            "assigned_principal": assignment.principal_id if assignment else None,
            "tie": next((tie for stray, tie in standing.strays if stray is assignment), None),
            "mode": MODES[standing.mode] if standing.mode else None,
            "may": self._may(), "held_roles": _names(standing.content_roles()),
            "for_manager_only": _names(standing.in_force) if standing.in_force else None,
            "differing": None if standing.mode else self._differing(cause)}

    def _roles(self, actions: Sequence[str]) -> str:
        """The roles that grant the actions; where the mode is not known, those of either."""
        if self.standing.mode:
            return " and ".join(least_roles(actions, self.standing.mode))
        return ", or ".join(f"{' and '.join(least_roles(actions, mode))} where the registry's mode is '{name}'"
                            for mode, name in MODES.items())

    def _differing(self, cause: Cause) -> str:
        """That the mode is not known, and what would grant it in each mode if it were not for something."""
        ways = [f"with '{MODES[mode]}' {own.in_words()}" for mode, own in cause.by_mode if own.code not in PLAIN]
        seen = f": {'; '.join(ways)}" if ways else ""
        return f" The registry's role assignment mode {self.standing.mode_said}{seen}."

    def _may(self) -> str:
        granted = [action for action in CONTENT_ACTIONS
                   if self.said.get(action, self.evidence.decisions[action].granted)]
        return f"may {', '.join(granted)}" if granted else "has some access"


def _condition(assignment: RoleAssignment) -> str:
    """The condition of an assignment, else that of its role."""
    own = [permission.condition for permission in assignment.role.permissions] if assignment.role else []
    return next((text for text in [assignment.condition, *own] if text), "")


def _names(assignments: List[RoleAssignment]) -> str:
    """The names of the roles, at most NAMED of them."""
    names = list(dict.fromkeys(assignment.role_name for assignment in assignments))
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
