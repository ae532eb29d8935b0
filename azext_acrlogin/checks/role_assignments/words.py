# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Phrases of the messages about roles, with the names, ids and scopes that were observed."""

from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Optional, Sequence

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.role_assignments import RoleAssignmentsEvidence
from azext_acrlogin.protocol.role_decisions import Cause, Standing, least_roles
from azext_acrlogin.protocol.roles import CONTENT_ACTIONS, LEGACY, MODES, RoleAssignment, last_segment, same_scope
from azext_acrlogin.protocol.text import shown

PLAIN = ("ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR")
NAMED = 5  # roles in one message
DOING = {"metadata-read": "read metadata", "metadata-write": "write metadata", "catalog": "list repositories"}
PLACES = {"subscriptions": "subscription", "resourcegroups": "resource group", "managementgroups": "management group",
          "registries": "registry"}


def described(assignment: RoleAssignment, object_id: Optional[str], names: Mapping[str, str]) -> str:
    """An assignment in words: role, scope, and the group through which the identity has it.

    :param names: of principals, as far as they are known, by object id.
    """
    text = f"{assignment.role_name} at {assignment.scope}"
    if object_id and assignment.principal_id and assignment.principal_id != object_id.lower():
        kind, name = assignment.principal_type.lower() or "principal", names.get(assignment.principal_id)
        text += f" through {kind} {name or assignment.principal_id}"
    return text


def place(scope: str) -> str:
    """A scope by its kind and name; in full where the kind is another."""
    kind = PLACES.get(scope.rstrip("/").rpartition("/")[0].rpartition("/")[2].lower())
    return f"{kind} {last_segment(scope)}" if kind else scope


def doing(actions: Iterable[str], word: str = "and") -> str:
    """Actions as verbs: "pull, push and list repositories"."""
    *others, last = [DOING.get(action, action) for action in actions]
    return f"{', '.join(others)} {word} {last}" if others else last


def ago(seconds: float) -> str:
    """How long ago something was."""
    minutes, hours = max(0, int(seconds // 60)), int(seconds // 3600)
    if hours:
        return f"{hours} hours ago" if hours > 1 else "1 hour ago"
    return "less than a minute ago" if not minutes else "1 minute ago" if minutes == 1 else f"{minutes} minutes ago"


def subject(evidence: RoleAssignmentsEvidence, identity: Optional[IdentityEvidence]) -> Facts:
    """Whom a sentence is about: the reader, where it is the login's own identity; else a name, else an object id."""
    if evidence.is_own:
        return {"who": "You", "whom": "you", "them": "you", "have": "have", "are": "are"}
    name = identity.name if identity else None
    named = bool(name and name != evidence.object_id)
    return {"who": f"'{name}'" if named else f"Object {evidence.object_id}",
            "whom": f"'{name}'" if named else f"object {evidence.object_id}",
            "them": "them" if evidence.identity_type == "user" else "it", "have": "has", "are": "is"}


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

    def subject(self) -> Facts:
        """Whom a sentence is about."""
        return subject(self.evidence, self.identity)

    def whom(self) -> str:
        """The same, as the object of a sentence."""
        return str(self.subject()["whom"])

    def registry(self) -> str:
        """The registry by name."""
        return self.registry_name or "the registry"

    def where(self) -> str:
        """The registry, with the repository where roles can be limited to one."""
        if self.standing.repository and self.standing.mode != LEGACY:
            return f"repository '{self.standing.repository}' of {self.registry()}"
        return self.registry()

    def described(self, assignment: Optional[RoleAssignment]) -> str:
        """An assignment in words, its scope by name."""
        if not assignment:
            return "a role"
        words = described(assignment, self.standing.object_id, self.evidence.names)
        where = self.registry() if same_scope(assignment.scope, self.standing.scope) else place(assignment.scope)
        return words.replace(f"{assignment.role_name} at {assignment.scope}",
                             f"'{assignment.role_name}' on {where}", 1)

    def of(self, cause: Cause, actions: List[str]) -> Facts:
        """What the catalogue's message says of a cause for which `actions` are not granted."""
        standing, denial, assignment = self.standing, cause.denial, cause.assignment
        plain = cause.code in PLAIN
        return {
            **self.subject(), "where": self.where(), "actions": doing(actions, "or" if denial or plain else "and"),
            "roles": self._roles(actions), "assignment": self.described(assignment), "scope": standing.scope,
            "denial": denial.name if denial else None, "denial_scope": place(denial.scope) if denial else None,
            "condition": shown(_condition(assignment), 300) if assignment else None,
            "assigned_principal": assignment.principal_id if assignment else None,
            "tie": next((tie for stray, tie in standing.strays if stray is assignment), None),
            "mode": MODES[standing.mode] if standing.mode else None,
            "may": self._may(), "held_roles": _names(standing.content_roles()),
            "for_manager_only": _names(standing.roles_for_manager_only()),
            "ignored_roles": _names(standing.ignored_roles()),
            "still_denied": self._still_denied(cause, actions),
            "differing": None if standing.mode else self._differing(cause),
            "activatable_group": self._activatable_group(actions) if plain else None}

    def _activatable_group(self, actions: Sequence[str]) -> Optional[str]:
        """That a membership may only have to be activated, which is a person's alone and which no list here shows."""
        groups = self.evidence.groups_with_role
        group = next((one for one in groups if any(self.standing.would_grant(one, action) for action in actions)), None)
        if group is None or self.evidence.identity_type != "user":
            return None
        name = self.evidence.names.get(group.principal_id, group.principal_id)
        return (f" Group {name} has '{group.role_name}' there. Whether {self.whom()} could activate a membership of "
                "it in Privileged Identity Management is not visible here.")

    def _still_denied(self, cause: Cause, actions: Sequence[str]) -> Optional[str]:
        """That the right role would not be enough, either."""
        denial = next((found for found in map(self.standing.denial_of, actions) if found), None)
        if denial is None or cause.denial:
            return None
        return (f" Even then, the deny assignment '{denial.name}' on {place(denial.scope)} would block it: that must "
                "be lifted, too.")

    def _roles(self, actions: Sequence[str]) -> str:
        """The roles that grant the actions; where the mode is not known, those of either."""
        if self.standing.mode:
            return _quoted(least_roles(actions, self.standing.mode))
        return " or ".join(f"{_quoted(least_roles(actions, mode))} (if the registry's mode is '{name}')"
                           for mode, name in MODES.items())

    def _differing(self, cause: Cause) -> str:
        """That the mode is not known, and what would grant it in each mode if it were not for something."""
        ways = [f"with '{MODES[mode]}', {own.in_words()}" for mode, own in cause.by_mode if own.code not in PLAIN]
        seen = f": {', and '.join(ways)}" if ways else ""
        return f" The registry's role assignment mode {self.standing.mode_said}{seen}."

    def _may(self) -> str:
        granted = [action for action in CONTENT_ACTIONS
                   if self.said.get(action, self.evidence.decisions[action].granted)]
        return f"only {doing(granted)}" if granted else "despite some access"


def _condition(assignment: RoleAssignment) -> str:
    """The condition of an assignment, else that of its role."""
    own = [permission.condition for permission in assignment.role.permissions] if assignment.role else []
    return next((text for text in [assignment.condition, *own] if text), "")


def _quoted(roles: Sequence[str]) -> str:
    """Roles by name; the names of some have an "and" of their own."""
    return " and ".join(f"'{role}'" for role in roles)


def _names(assignments: List[RoleAssignment]) -> str:
    """The names of the roles, at most NAMED of them."""
    names = list(dict.fromkeys(assignment.role_name for assignment in assignments))
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + (", …" if len(names) > NAMED else "")
