# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Reads from Resource Manager what is assigned to an identity on and around a registry.

Filters: https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest and
…/deny-assignments. `assignedTo` finds assignments through groups, too, and takes no group's object id.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Dict, FrozenSet, List, Optional

from azext_acrlogin.azure.arm import Arm, ArmAnswer
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.protocol.built_in_roles import built_in_role
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.roles import (
    DenyAssignment, Permission, Role, RoleAssignment, deny_assignment_of, permission_of, role_assignment_of, role_of)
from azext_acrlogin.protocol.text import excerpt, shown

NO_PIM = "AadPremiumLicenseRequired"  # without Entra ID P2 nobody can be eligible for anything
GROUPS = 20  # that hold a group, asked about one by one
DEFINITIONS = 50  # read at most; an identity with more roles than that on one registry is not a usual one
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Unread:
    """Something that could not be read, and the permission that the reading identity lacks, if that is the cause."""

    what: str
    reason: str
    permission: Optional[str] = None


class RoleReader:
    """Reads as the identity of `account`. Every call may fail; `unread` then tells what is missing, and why."""

    def __init__(self, arm: Arm, account: Account, object_id: str, groups: Optional[FrozenSet[str]] = None):
        """
        :param object_id: of the identity whose roles are wanted.
        :param groups: for a group, the ids of those that it is in: Azure lists a group's direct assignments only. None
            for everybody else, whose groups Azure follows itself.
        """
        self._arm = arm
        self._account = account
        self._object_id = object_id
        self.groups = groups
        self.has_pim = True  # until Azure says that the tenant has no licence for it
        self._roles: Dict[str, Optional[Role]] = {}
        self.unread: List[Unread] = []

    def assignments(self, scope: str, at_scope: bool) -> Optional[List[RoleAssignment]]:
        """The identity's role assignments at and above `scope`, and below it unless `at_scope`; None if unreadable."""
        if self.groups is None:
            assigned = f"assignedTo('{self._object_id}')"
            return self._assignments(scope, f"atScope() and {assigned}" if at_scope else assigned)
        if not at_scope:
            ids = [self._object_id, *sorted(self.groups)][:GROUPS]
            lists = side_by_side(ids, lambda one: self._assignments(scope, f"principalId eq '{one}'"))
            return None if None in lists else [assignment for found in lists for assignment in found or []]
        everybodys = self.everybodys_assignments(scope)
        return None if everybodys is None else self._of_group(everybodys)

    def everybodys_assignments(self, scope: str) -> Optional[List[RoleAssignment]]:
        """Everyone's role assignments at and above `scope`; None if unreadable."""
        return self._assignments(scope, "atScope()")

    def _assignments(self, scope: str, wanted: str) -> Optional[List[RoleAssignment]]:
        items = self._items(scope, "roleAssignments", self._arm.role_assignments(self._account, scope, wanted))
        return None if items is None else [role_assignment_of(item) for item in items]

    def denials(self, scope: str) -> Optional[List[DenyAssignment]]:
        """All deny assignments at and above `scope`; None if unreadable."""
        items = self._items(scope, "denyAssignments", self._arm.deny_assignments(self._account, scope, "atScope()"))
        return None if items is None else [deny_assignment_of(item) for item in items]

    def denials_of_identity(self, scope: str) -> Optional[FrozenSet[str]]:
        """Ids, in lower case, of the deny assignments that are for the identity or a group of it."""
        if self.groups is not None:
            return None
        items = self._items(scope, "denyAssignments", self._arm.deny_assignments(
            self._account, scope, f"atScope() and assignedTo('{self._object_id}')"))
        return None if items is None else frozenset(text_member(item, "id").lower() for item in items)

    def eligible(self, scope: str, is_own: bool) -> Optional[List[RoleAssignment]]:
        """Roles at and above `scope` that the identity could activate (PIM); `is_own`: it is the one that reads."""
        wanted = "asTarget()" if is_own else f"assignedTo('{self._object_id}')"
        answer = self._arm.eligible_roles(self._account, scope, wanted if self.groups is None else "atScope()")
        if answer.error_code == NO_PIM:
            self.has_pim = False
            return []
        items = self._items(scope, "roleEligibilityScheduleInstances", answer)
        if items is None:
            return None
        eligible = [role_assignment_of(item) for item in items]
        return eligible if self.groups is None else self._of_group(eligible)

    def _of_group(self, everybodys: List[RoleAssignment]) -> List[RoleAssignment]:
        return [entry for entry in everybodys if entry.principal_id in {self._object_id.lower(), *(self.groups or ())}]

    def permissions(self, scope: str) -> Optional[List[Permission]]:
        """What the reading identity itself may do at `scope`, by Resource Manager's account; None if unreadable."""
        answer = self._arm.permissions(self._account, scope)
        items = self._items(scope, "permissions", answer)
        return None if items is None else [
            permission_of(item, shows_conditions=answer.shows_conditions) for item in items]

    def with_roles(self, scope: str, assignments: List[RoleAssignment]) -> List[RoleAssignment]:
        """The assignments with their role definitions, each read once, at the scope where the list was read."""
        wanted = list(dict.fromkeys(assignment.role_guid for assignment in assignments))
        new = [guid for guid in wanted if guid not in self._roles][:DEFINITIONS - len(self._roles)]
        for guid, role in zip(new, side_by_side(new, lambda guid: self._role(scope, guid))):
            self._roles[guid] = role
        return [replace(assignment, role=self._roles.get(assignment.role_guid)) for assignment in assignments]

    def _role(self, scope: str, guid: str) -> Optional[Role]:
        """Read a definition; what Azure documents of a built-in role stands in for one that cannot be read."""
        if not GUID.fullmatch(guid):
            return None
        answer = self._arm.role_definition(self._account, scope, guid)
        if answer.ok and isinstance(answer.value, dict):
            return role_of(answer.value, shows_conditions=answer.shows_conditions)
        role = built_in_role(guid)
        if role is None:
            self._note(f"role definition {guid}", "roleDefinitions", answer)
        return role

    def _items(self, scope: str, kind: str, answer: ArmAnswer) -> Optional[List[Dict[str, Any]]]:
        if answer.ok:
            return answer.items
        self._note(f"{kind} at {scope}", kind, answer)
        return None

    def _note(self, what: str, kind: str, answer: ArmAnswer) -> None:
        permitted = answer.status != 403  # 401 is about the token
        reader = "roleAssignments" if kind == "roleEligibilityScheduleInstances" else kind
        self.unread.append(Unread(
            what, _reason(answer), None if permitted else f"Microsoft.Authorization/{reader}/read"))


def _reason(answer: ArmAnswer) -> str:
    """Why Resource Manager gave no value, in one phrase."""
    if answer.token_answer is not None:
        return "could not get a token for Resource Manager"
    if answer.answer is not None and answer.answer.failure:
        return answer.answer.failure.text
    words = [f"Resource Manager answered {answer.status}" if answer.status else "Resource Manager did not answer",
             answer.error_code or excerpt(answer.error_text or "")]
    return shown(" ".join(word for word in words if word))
