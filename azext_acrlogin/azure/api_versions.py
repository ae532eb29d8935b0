# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Versions of Resource Manager's interface.

The SDK clients that come with the CLI know theirs. Here are those of resource types that no client of ours has, what is
asked instead where a cloud does not know a version yet, and what a version does not show.
"""

import re
from typing import Optional, Tuple

# Of lists and resources that are read without a client of their own, by type.
VERSIONS = {
    "subscriptions": "2022-12-01",
    "subscriptions/resourcegroups": "2021-04-01",
    "subscriptions/resources": "2021-04-01",
    "microsoft.app/containerapps": "2024-03-01",
    "microsoft.app/jobs": "2024-03-01",
    "microsoft.compute/virtualmachines": "2024-03-01",
    "microsoft.compute/virtualmachinescalesets": "2024-03-01",
    "microsoft.containerinstance/containergroups": "2023-05-01",
    "microsoft.containerregistry/registries/tasks": "2025-03-01-preview",
    "microsoft.containerservice/managedclusters": "2024-02-01",
    "microsoft.insights/diagnosticsettings": "2021-05-01-preview",
    "microsoft.machinelearningservices/workspaces": "2024-04-01",
    "microsoft.managedidentity/userassignedidentities": "2023-01-31",
    "microsoft.network/networkinterfaces": "2023-09-01",
    "microsoft.network/privateendpoints": "2023-09-01",
    "microsoft.network/publicipaddresses": "2023-09-01",
    "microsoft.resourcegraph/resources": "2021-03-01",
    "microsoft.operationalinsights/workspaces": "2022-10-01",
    "microsoft.web/sites": "2023-01-01",
    "microsoft.web/sites/slots": "2023-01-01",
}

# Newer than what some of the SDKs ask for, because of what they show: conditions, and which denials are only audited.
PERMISSIONS = ROLE_DEFINITIONS = "2022-05-01-preview"
DENY_ASSIGNMENTS = "2024-07-01-preview"
# One that every SDK has: by the profile of CLIs before 2.85, the client of 4.0.0 has no eligibilities at all.
ELIGIBILITIES = "2020-10-01"

# For clouds that are behind: the newest stable version that shows role assignment modes, then one that all have.
_OLDER = {
    "microsoft.authorization/denyassignments": ("2022-04-01",),
    "microsoft.authorization/permissions": ("2022-04-01",),
    "microsoft.authorization/roleassignments": ("2022-04-01",),
    "microsoft.authorization/roledefinitions": ("2022-04-01",),
    "microsoft.containerregistry": ("2025-11-01", "2023-07-01"),
    "microsoft.containerregistry/registries/tasks": (),  # none shows which identity is for the task's own registry
}
# ARM's codes for a version that it does not know, for a type here or at all; the first comes with 400 and with 404.
REFUSALS = ("InvalidResourceType", "NoRegisteredProviderFound", "InvalidApiVersionParameter")


def type_of(path: str) -> str:
    """The resource type that a path is about, in lower case: its last provider's, with the types below it.

    A path without a provider is a subscription's: `subscriptions/resourcegroups`, for instance.
    """
    provider = re.split(r"/providers/", path, flags=re.IGNORECASE)
    if len(provider) == 1:
        return "/".join(path.strip("/").lower().split("/")[0::2])
    namespace, *segments = [segment for segment in provider[-1].lower().split("/") if segment]
    return "/".join([namespace, *segments[0::2]])


def older_versions(path: str) -> Tuple[str, ...]:
    """Versions to ask for, in this order, where the one that was asked for is not known."""
    kind = type_of(path)
    return _OLDER.get(kind, _OLDER.get(kind.partition("/")[0], ()))


def shows_conditions(api_version: Optional[str]) -> bool:
    """Whether entries of `permissions`, a role definition's or one's own, bear their conditions in this version.

    Source: Microsoft.Authorization's specifications; 2022-04-01 has none, 2022-05-01-preview has.
    """
    return api_version is not None and api_version >= "2022-05"
