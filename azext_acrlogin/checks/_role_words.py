# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the findings about roles say: one or two sentences with the names, ids and scopes that were observed."""

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence

from azext_acrlogin.checks._role_evidence import RoleAssignmentsEvidence
from azext_acrlogin.engine.model import Inputs
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


def who(found: Inputs, object_id: Optional[str]) -> str:
    """The identity by name and object id."""
    identity = found.get("identity")
    name = identity.name if identity else None
    return f"'{name}' (object id {object_id})" if name and name != object_id else f"Object {object_id}"


@dataclass
class RoleWords:
    """Words about one registry that Resource Manager shows."""

    evidence: RoleAssignmentsEvidence
    found: Inputs
    standing: Standing
    said: Dict[str, bool]  # content actions that the registry has granted or refused

    def who(self) -> str:
        """The identity by name and object id."""
        return who(self.found, self.evidence.object_id)

    def registry(self) -> str:
        """The registry by name."""
        return f"registry '{self.found['registry'].name}'"

    def where(self) -> str:
        """The registry, with the repository where roles can be limited to one."""
        if self.standing.repository and self.standing.mode != LEGACY:
            return f"repository '{self.standing.repository}' of {self.registry()}"
        return self.registry()

    def described(self, assignment: Optional[RoleAssignment]) -> str:
        """An assignment in words, shorter where it is on the registry itself."""
        if not assignment:
            return "a role"
        words = described(assignment, self.evidence.object_id)
        if same_scope(assignment.scope, self.standing.scope):
            return words.replace(f"at {assignment.scope}", "on this registry", 1)
        return words

    def of(self, cause: Cause, actions: List[str]) -> str:
        """The message of a finding: why `actions` are not granted."""
        words: Dict[str, Callable[[Cause, str, str], str]] = {
            "DENY_ASSIGNMENT_ERROR": self._denied, "ROLE_NOT_ACTIVATED_ERROR": self._not_activated,
            "ROLE_ASSIGNMENT_CONDITION_ERROR": self._limited, "ROLE_ASSIGNMENT_MODE_ERROR": self._not_honoured,
            "ROLE_ASSIGNMENT_PRINCIPAL_ERROR": self._stray, "ROLE_ASSIGNMENT_SCOPE_ERROR": self._beside,
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": self._insufficient, "ROLE_ASSIGNMENT_MISSING_ERROR": self._missing}
        message = words[cause.code](cause, ", ".join(actions), self._roles(actions))
        return message if self.standing.mode or cause.code not in PLAIN else f"{message} {self._differing(cause)}"

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
        return f"The registry's role assignment mode {self.standing.mode_said}{seen}."

    def _denied(self, cause: Cause, actions: str, _roles: str) -> str:
        return (f"The deny assignment '{cause.denial.name}' at {cause.denial.scope} takes {actions} on {self.where()} "
                f"away from {self.who()}, although {self.described(cause.assignment)} grants it.")

    def _not_activated(self, cause: Cause, actions: str, _roles: str) -> str:
        return (f"{self.who()} is eligible for {self.described(cause.assignment)}, which would grant {actions} on "
                f"{self.where()}, and has not activated it.")

    def _limited(self, cause: Cause, actions: str, _roles: str) -> str:
        assignment = cause.assignment
        own = [permission.condition for permission in assignment.role.permissions] if assignment.role else []
        condition = next((text for text in [assignment.condition, *own] if text), "")
        return (f"{self.described(assignment)} would grant {actions} to {self.who()}, but its condition leaves "
                f"{self.where()} out: {shown(condition, 300)}")

    def _not_honoured(self, cause: Cause, actions: str, roles: str) -> str:
        mode = MODES[self.standing.mode]
        return (f"{self.described(cause.assignment)} gives {self.who()} no {actions} on {self.where()}: the "
                f"registry's role assignment mode is '{mode}', which does not honour this role. In this mode "
                f"{roles} would.")

    def _stray(self, cause: Cause, actions: str, _roles: str) -> str:
        tie = next(tie for assignment, tie in self.standing.strays if assignment is cause.assignment)
        return (f"The role {cause.assignment.role_name}, which would grant {actions}, is assigned at "
                f"{cause.assignment.scope} to {cause.assignment.principal_id} ({tie}); for {self.who()} only roles of "
                "its object id count.")

    def _beside(self, cause: Cause, actions: str, _roles: str) -> str:
        return (f"{self.described(cause.assignment)} would grant {actions} to {self.who()}, but that scope does not "
                f"reach {self.where()} ({self.standing.scope}), where no role grants it.")

    def _insufficient(self, _cause: Cause, actions: str, roles: str) -> str:
        granted = [action for action in CONTENT_ACTIONS
                   if self.said.get(action, self.evidence.decisions[action].granted)]
        has = f"may {', '.join(granted)}" if granted else "has some access"
        return (f"{self.who()} {has} on {self.where()} ({_names(self.standing.content_roles())}), but not {actions}, "
                f"which {roles} would grant.")

    def _missing(self, _cause: Cause, actions: str, roles: str) -> str:
        others = ""
        if self.standing.in_force:
            others = f" In force there for Resource Manager only: {_names(self.standing.in_force)}."
        return (f"{self.who()} has no role on {self.where()} that gives any access to its content; {actions} needs "
                f"{roles}.{others}")


def _names(assignments: List[RoleAssignment]) -> str:
    """The names of the roles, at most NAMED of them."""
    names = list(dict.fromkeys(assignment.role_name for assignment in assignments))
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
