# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What is observed of an identity's roles: the evidence of the check `role-assignments`."""

from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Optional

from azext_acrlogin.azure.role_reading import Unread
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.protocol.role_decisions import Decision, Standing
from azext_acrlogin.protocol.roles import RoleAssignment


@dataclass(frozen=True)
class AccessByRole:
    """What the roles say of one action."""

    action: str
    granted: Optional[bool]
    by: Optional[str]
    source: Optional[str]  # roleAssignments or permissions


@dataclass(frozen=True)
class AssignedRole:
    """A role assignment as the report shows it; times are UTC, RFC 3339.

    No member is called `id`: az adds a `resourceGroup` to whatever has one.
    """

    role: str
    scope: str
    principal_id: str
    principal_type: str
    condition: Optional[str]
    changed_on: Optional[str]
    assignment_id: str


@dataclass
class RoleAssignmentsEvidence(Evidence):
    """Roles of the identity on and around the registry. Lists hold at most LISTED entries.

    roles_elsewhere: of the identity, on scopes that do not reach the registry.
    stray_roles: on the registry, for an id that is not the identity's and looks like it.
    owners: names of principals that may assign roles on the registry, where that was read and they may be named.
    groups_with_role: assignments here of groups that the identity is not in, which would grant what was asked about;
        none where no membership could be activated.
    subscription_searched: the one whose assignments were listed because Resource Manager shows no registry.
    """

    identity_type: Optional[str] = None
    object_id: Optional[str] = None
    mode: Optional[str] = None
    scope: Optional[str] = None
    repository: Optional[str] = None
    subscription_searched: Optional[str] = None
    read_at: Optional[str] = None
    roles_in_force: List[AssignedRole] = field(default_factory=list)
    roles_elsewhere: List[AssignedRole] = field(default_factory=list)
    eligible_roles: List[AssignedRole] = field(default_factory=list)
    stray_roles: List[AssignedRole] = field(default_factory=list)
    deny_assignments: List[str] = field(default_factory=list)
    owners: List[str] = field(default_factory=list)
    access_by_roles: List[AccessByRole] = field(default_factory=list)
    unread: List[Unread] = field(default_factory=list)
    now: float = unpublished(default=0.0)
    is_own: bool = unpublished(default=False)
    standing: Optional[Standing] = unpublished(default=None)
    decisions: Dict[str, Decision] = unpublished(default_factory=dict)
    in_subscription: Optional[List[RoleAssignment]] = unpublished(default=None)
    names: Mapping[str, str] = unpublished(default_factory=dict)  # of principals, by object id
    readers_role: Optional[str] = unpublished(default=None)  # where the login only reads: its own, to assign roles with
    groups_with_role: List[RoleAssignment] = unpublished(default_factory=list)
