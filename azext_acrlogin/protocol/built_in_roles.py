# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Azure's built-in roles that matter to a registry's content, for when their definitions cannot be read.

Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/containers and …/privileged. Of
Contributor's notActions, and of what the roles for a registry's configuration allow, only that is here which a
registry or this tool asks about.
"""

from typing import Optional

from azext_acrlogin.protocol.built_in_ids import BUILT_IN, CONFIGURATION_ADMINISTRATOR, CONFIGURATION_READER
from azext_acrlogin.protocol.roles import REGISTRIES, Permission, Role

_READ = (f"{REGISTRIES}/repositories/metadata/read", f"{REGISTRIES}/repositories/content/read")
_WRITE = (f"{REGISTRIES}/repositories/metadata/write", f"{REGISTRIES}/repositories/content/write")
_DELETE = (f"{REGISTRIES}/repositories/metadata/delete", f"{REGISTRIES}/repositories/content/delete")
_CATALOG = (f"{REGISTRIES}/catalog/read",)
_PULL, _PUSH = f"{REGISTRIES}/pull/read", f"{REGISTRIES}/push/write"

_PERMISSIONS = {
    "AcrPull": Permission(actions=(_PULL,)),
    "AcrPush": Permission(actions=(_PULL, _PUSH)),
    "AcrDelete": Permission(actions=(f"{REGISTRIES}/artifacts/delete",)),
    "Container Registry Repository Reader": Permission(data_actions=_READ),
    "Container Registry Repository Writer":
        Permission(data_actions=_READ + _WRITE),
    "Container Registry Repository Contributor":
        Permission(data_actions=_READ + _WRITE + _DELETE),
    "Container Registry Repository Catalog Lister":
        Permission(data_actions=_CATALOG),
    "Container Registry Data Importer and Data Reader":
        Permission(actions=(f"{REGISTRIES}/importImage/action", f"{REGISTRIES}/read", _PULL),
                   data_actions=_READ + _CATALOG),
    CONFIGURATION_READER: Permission(actions=(f"{REGISTRIES}/read",)),
    CONFIGURATION_ADMINISTRATOR: Permission(actions=(f"{REGISTRIES}/read", f"{REGISTRIES}/write")),
    "Owner": Permission(actions=("*",)),
    "Contributor":
        Permission(actions=("*",), not_actions=("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write")),
    "Reader": Permission(actions=("*/read",)),
    "Role Based Access Control Administrator":
        Permission(actions=("Microsoft.Authorization/roleAssignments/write",
                            "Microsoft.Authorization/roleAssignments/delete", "*/read")),
    "User Access Administrator":
        Permission(actions=("*/read", "Microsoft.Authorization/*")),
}
_ROLES = {BUILT_IN[name]: Role(BUILT_IN[name], name, (permission,), custom=False)
          for name, permission in _PERMISSIONS.items()}


def built_in_role(guid: str) -> Optional[Role]:
    """The built-in role with that GUID (lower case), None for a custom role and for built-in ones not listed here."""
    return _ROLES.get(guid)
