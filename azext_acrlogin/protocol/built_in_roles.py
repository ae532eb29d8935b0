# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Azure's built-in roles that matter to a registry's content, for when their definitions cannot be read.

Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/containers and …/privileged. Their
GUIDs are the same everywhere. Of Contributor's notActions only those are here that a registry or this tool asks about.
"""

from typing import Optional

from azext_acrlogin.protocol.roles import REGISTRIES, Permission, Role

_READ = (f"{REGISTRIES}/repositories/metadata/read", f"{REGISTRIES}/repositories/content/read")
_WRITE = (f"{REGISTRIES}/repositories/metadata/write", f"{REGISTRIES}/repositories/content/write")
_DELETE = (f"{REGISTRIES}/repositories/metadata/delete", f"{REGISTRIES}/repositories/content/delete")
_CATALOG = (f"{REGISTRIES}/catalog/read",)
_PULL, _PUSH = f"{REGISTRIES}/pull/read", f"{REGISTRIES}/push/write"

_PERMISSIONS = {
    ("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"): Permission(actions=(_PULL,)),
    ("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec"): Permission(actions=(_PULL, _PUSH)),
    ("AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11"): Permission(actions=(f"{REGISTRIES}/artifacts/delete",)),
    ("Container Registry Repository Reader", "b93aa761-3e63-49ed-ac28-beffa264f7ac"): Permission(data_actions=_READ),
    ("Container Registry Repository Writer", "2a1e307c-b015-4ebd-883e-5b7698a07328"):
        Permission(data_actions=_READ + _WRITE),
    ("Container Registry Repository Contributor", "2efddaa5-3f1f-4df3-97df-af3f13818f4c"):
        Permission(data_actions=_READ + _WRITE + _DELETE),
    ("Container Registry Repository Catalog Lister", "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7"):
        Permission(data_actions=_CATALOG),
    ("Container Registry Data Importer and Data Reader", "577a9874-89fd-4f24-9dbd-b5034d0ad23a"):
        Permission(actions=(f"{REGISTRIES}/importImage/action", f"{REGISTRIES}/read", _PULL),
                   data_actions=_READ + _CATALOG),
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"): Permission(actions=("*",)),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"):
        Permission(actions=("*",), not_actions=("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write")),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"): Permission(actions=("*/read",)),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"):
        Permission(actions=("Microsoft.Authorization/roleAssignments/write",
                            "Microsoft.Authorization/roleAssignments/delete", "*/read")),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"):
        Permission(actions=("*/read", "Microsoft.Authorization/*")),
}
_ROLES = {guid: Role(guid, name, (permission,), custom=False) for (name, guid), permission in _PERMISSIONS.items()}


def built_in_role(guid: str) -> Optional[Role]:
    """The built-in role with that GUID (lower case), None for a custom role and for built-in ones not listed here."""
    return _ROLES.get(guid)
