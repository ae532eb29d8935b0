# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""How long it can take until a registry honours a new role assignment. What grants decides.

Ten minutes in Resource Manager (https://learn.microsoft.com/azure/role-based-access-control/troubleshooting) and ten
in the registry (https://learn.microsoft.com/azure/container-registry/container-registry-faq). The first page knows two
slower ways: around 24 hours for a managed identity that has the role through a group, and several hours for data
actions that are assigned on a management group. A condition takes five minutes, which the others include.
"""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.protocol.roles import ABAC, RoleAssignment

MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"


@dataclass(frozen=True)
class Delay:
    """The time after which a role assignment counts for certain."""

    seconds: int
    words: str


USUAL = Delay(20 * 60, "up to 20 minutes")
# "Several hours" is all that is documented. Six are taken for it: less time finds less, and leaves more unknown.
ON_MANAGEMENT_GROUP = Delay(6 * 3600, "several hours for a role with data actions on a management group")
THROUGH_GROUP = Delay(24 * 3600, "up to 24 hours for a managed identity that has its role through a group")


def delay_of(assignment: RoleAssignment, object_id: str, identity_type: Optional[str], mode: Optional[str]) -> Delay:
    """What is to be waited for after a change.

    :param mode: the registry's; data actions count in one of them only.
    """
    if identity_type == "managedIdentity" and assignment.principal_id != object_id.lower():
        return THROUGH_GROUP
    if mode == ABAC and assignment.scope.lower().startswith(MANAGEMENT_GROUP):
        return ON_MANAGEMENT_GROUP
    return USUAL
