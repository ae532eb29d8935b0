# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Built-in roles with the GUIDs and permissions that Azure publishes (azure-docs, built-in-roles/containers.md)."""

from dataclasses import dataclass, field

CR = "Microsoft.ContainerRegistry/registries"
REPOSITORIES = f"{CR}/repositories"


@dataclass(frozen=True)
class RoleDefinition:
    role_name: str
    guid: str
    actions: list[str] = field(default_factory=list)
    data_actions: list[str] = field(default_factory=list)
    not_actions: list[str] = field(default_factory=list)
    not_data_actions: list[str] = field(default_factory=list)
    custom: bool = False
    assignable_scopes: list[str] = field(default_factory=lambda: ["/"])


# Assumption: of the roles that administer a registry only the operations that matter to signing in are listed.
_CONFIGURATION_READ = [f"{CR}/{what}" for what in (
    "read", "tokens/read", "scopeMaps/read", "listCredentials/action", "listUsages/read", "replications/read",
    "privateEndpointConnections/read", "privateEndpointConnectionProxies/read", "privateLinkResources/read",
    "providers/Microsoft.Insights/diagnosticSettings/read", "networkSecurityPerimeterConfigurations/read")]
_CONFIGURATION_WRITE = [f"{CR}/{what}" for what in (
    "write", "delete", "regenerateCredential/action", "generateCredentials/action", "tokens/write", "tokens/delete",
    "scopeMaps/write", "scopeMaps/delete", "replications/write", "replications/delete",
    "privateEndpointConnections/write", "privateEndpointConnections/delete",
    "providers/Microsoft.Insights/diagnosticSettings/write")]
_CONTRIBUTOR_NOT = [
    "Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/elevateAccess/Action", "Microsoft.Blueprint/blueprintAssignments/write",
    "Microsoft.Blueprint/blueprintAssignments/delete", "Microsoft.Compute/galleries/share/action"]

BUILT_IN_ROLES = [
    RoleDefinition("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d", [f"{CR}/pull/read"]),
    RoleDefinition("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec", [f"{CR}/pull/read", f"{CR}/push/write"]),
    RoleDefinition("AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11", [f"{CR}/artifacts/delete"]),
    RoleDefinition("AcrImageSigner", "6cef56e8-d556-48e5-a04f-b8e64114680f", [f"{CR}/sign/write"],
                   [f"{CR}/trustedCollections/write"]),
    RoleDefinition("AcrQuarantineReader", "cdda3590-29a3-44f6-95f2-9f980659eb04", [f"{CR}/quarantine/read"],
                   [f"{CR}/quarantinedArtifacts/read"]),
    RoleDefinition("AcrQuarantineWriter", "c8d4ff99-41c3-41a8-9f60-21dfdad59608",
                   [f"{CR}/quarantine/read", f"{CR}/quarantine/write"],
                   [f"{CR}/quarantinedArtifacts/read", f"{CR}/quarantinedArtifacts/write"]),
    RoleDefinition("Container Registry Repository Reader", "b93aa761-3e63-49ed-ac28-beffa264f7ac",
                   data_actions=[f"{REPOSITORIES}/metadata/read", f"{REPOSITORIES}/content/read"]),
    RoleDefinition("Container Registry Repository Writer", "2a1e307c-b015-4ebd-883e-5b7698a07328",
                   data_actions=[f"{REPOSITORIES}/{part}/{verb}" for part in ("metadata", "content")
                                 for verb in ("read", "write")]),
    RoleDefinition("Container Registry Repository Contributor", "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
                   data_actions=[f"{REPOSITORIES}/{part}/{verb}" for part in ("metadata", "content")
                                 for verb in ("read", "write", "delete")]),
    RoleDefinition("Container Registry Repository Catalog Lister", "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
                   data_actions=[f"{CR}/catalog/read"]),
    RoleDefinition("Container Registry Contributor and Data Access Configuration Administrator",
                   "3bc748fc-213d-45c1-8d91-9da5725539b9",
                   [*_CONFIGURATION_READ, *_CONFIGURATION_WRITE, "Microsoft.Authorization/*/read",
                    "Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/read"]),
    RoleDefinition("Container Registry Configuration Reader and Data Access Configuration Reader",
                   "69b07be0-09bf-439a-b9a6-e73de851bd59", _CONFIGURATION_READ),
    RoleDefinition("Container Registry Data Importer and Data Reader", "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
                   [f"{CR}/importImage/action", f"{CR}/read", f"{CR}/pull/read"],
                   [f"{REPOSITORIES}/content/read", f"{REPOSITORIES}/metadata/read", f"{CR}/catalog/read"]),
    RoleDefinition("Container Registry Tasks Contributor", "fb382eab-e894-4461-af04-94435c366c3f",
                   [f"{CR}/tasks/*", f"{CR}/runs/*", f"{CR}/read"]),
    RoleDefinition("Container Registry Transfer Pipeline Contributor", "bf94e731-3a51-4a7c-8c54-a1ab9971dfc1",
                   [f"{CR}/exportPipelines/*", f"{CR}/importPipelines/*", f"{CR}/pipelineRuns/*"]),
    RoleDefinition("Container Registry Cache Rule Administrator", "df87f177-bb12-4db1-9793-a413691eff94",
                   [f"{CR}/cacheRules/*"]),
    RoleDefinition("Container Registry Cache Rule Reader", "c357b964-0002-4b64-a50d-7a28f02edc52",
                   [f"{CR}/cacheRules/read"]),
    RoleDefinition("Container Registry Credential Set Administrator", "f094fb07-0703-4400-ad6a-e16dd8000e14",
                   [f"{CR}/credentialSets/*"]),
    RoleDefinition("Container Registry Credential Set Reader", "29093635-9924-4f2c-913b-650a12949526",
                   [f"{CR}/credentialSets/read"]),
    RoleDefinition("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", ["*"]),
    RoleDefinition("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c", ["*"], not_actions=_CONTRIBUTOR_NOT),
    RoleDefinition("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", ["*/read"]),
    RoleDefinition("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
                   ["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete",
                    "*/read"]),
    RoleDefinition("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
                   ["*/read", "Microsoft.Authorization/*"]),
]
