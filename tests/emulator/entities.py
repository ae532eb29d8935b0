# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""What a world is made of, and what can be wrong with it.

The attributes are the keys of the YAML (camelCase there). ``Moment`` is a point in time, in seconds since the epoch:
ISO 8601 in YAML, or relative to the load ("-30s", "+180d"). ``Duration`` is "10m" or seconds.
"""

from dataclasses import dataclass, field
from typing import NewType

Moment = NewType("Moment", float)
Duration = NewType("Duration", float)


# ---- What there is -------------------------------------------------------------------------------------------------

@dataclass
class Tenant:
    name: str
    id: str = ""
    domain: str = ""
    display_name: str = ""
    cloud: str = "AzureCloud"
    deleted: bool = False
    missing_resources: list[str] = field(default_factory=list)   # audiences without a service principal here (500011)
    premium_licence: bool = True                                 # Entra ID P2; false: nobody is eligible for anything
    resource_manager_private_link: bool = False                  # then registries honour wildcards of custom roles


@dataclass
class EntraError:
    """Any refusal that the named conditions below do not cover."""
    code: int = 0
    suberror: str = ""
    error: str = "invalid_grant"
    message: str = ""
    for_resource: str = ""


@dataclass(kw_only=True)
class Principal:
    name: str
    tenant: str = "contoso"
    object_id: str = ""
    display_name: str = ""
    disabled: bool = False
    deleted: bool = False
    deleted_on: Moment | None = None                             # default: ten days ago
    purged: bool = False                                         # deleted so long ago that the directory forgot it
    not_assigned_to: list[str] = field(default_factory=list)     # audiences, as in all lists below; "*" is every one
    entra_error: EntraError | None = None
    directory_read: bool | None = None                           # may read Graph; None: members may, others may not
    directory_write: bool = False


@dataclass
class GuestAccount:
    object_id: str = ""
    disabled: bool = False


@dataclass(kw_only=True)
class User(Principal):
    user_principal_name: str = ""
    password: str = "Correct-Horse-7"
    idp: str = ""                                                # "live.com" for a personal Microsoft account
    guest_in: dict[str, GuestAccount] = field(default_factory=dict)
    refresh_token_inactive: bool = False
    refresh_token_revoked: bool = False
    resource_manager_wants: str = ""                             # claims that it demands of this user's tokens (JSON)
    must_use_mfa_for: list[str] = field(default_factory=list)
    blocked_by_conditional_access_for: list[str] = field(default_factory=list)
    consent_missing_for: list[str] = field(default_factory=list)


@dataclass
class Secret:
    value: str = ""
    ends_on: Moment | None = None
    of_service_principal: bool = False                           # else of the application object


@dataclass
class ApplicationCertificate:
    ends_on: Moment | None = None
    encoded: str = ""                                            # DER in base64; empty: the emulator makes one
    of_service_principal: bool = False


@dataclass
class FederatedCredential:
    issuer: str = ""
    subject: str = ""
    audience: str = "api://AzureADTokenExchange"


@dataclass(kw_only=True)
class Application(Principal):
    app_id: str = ""
    registration_id: str = ""                                    # object id of the application, not of its principal
    secrets: dict[str, Secret] = field(default_factory=dict)
    certificates: dict[str, ApplicationCertificate] = field(default_factory=dict)
    federated_credentials: dict[str, FederatedCredential] = field(default_factory=dict)


@dataclass(kw_only=True)
class ManagedIdentity(Principal):
    app_id: str = ""
    resource_group: str = ""
    user_assigned: bool = False


@dataclass
class Group:
    name: str
    tenant: str = "contoso"
    object_id: str = ""
    display_name: str = ""
    members: list[str] = field(default_factory=list)


@dataclass
class Host:
    """What az runs on, as far as identity endpoints care: a virtual machine or an App Service site."""
    name: str
    type: str = "Microsoft.Compute/virtualMachines"
    resource_group: str = ""
    location: str = "westeurope"
    system_assigned: str = ""
    user_assigned: list[str] = field(default_factory=list)


@dataclass
class ManagementGroup:
    name: str
    tenant: str = "contoso"
    parent: str = ""


@dataclass
class Subscription:
    name: str
    id: str = ""
    tenant: str = "contoso"
    display_name: str = ""
    state: str = "Enabled"
    management_group: str = ""


@dataclass
class ResourceGroup:
    name: str
    subscription: str = ""
    location: str = "westeurope"


@dataclass
class NetworkRuleSet:
    default_action: str = "Allow"
    ip_rules: list[str] = field(default_factory=list)
    virtual_network_rules: list[str] = field(default_factory=list)   # subnet resource ids


@dataclass
class PrivateEndpoint:
    status: str = "Approved"
    addresses: dict[str, str] = field(default_factory=dict)          # host name: private address
    subnet: str = ""
    zone_group: bool = False                                         # it keeps the records, and the endpoint shows none


@dataclass
class TokenPassword:
    value: str = ""
    created_on: Moment = Moment(0)
    expires_on: Moment | None = None


@dataclass
class Token:
    scope_map: str = ""
    status: str = "enabled"
    passwords: dict[str, TokenPassword] = field(default_factory=dict)    # password1, password2
    created_on: Moment | None = None


@dataclass
class ScopeMap:
    actions: list[str] = field(default_factory=list)
    description: str = ""
    type: str = "UserDefined"


@dataclass
class DeletedTag:
    deleted_on: Moment = Moment(0)


@dataclass
class Repository:
    """``switched_off`` holds attributes (``writeEnabled``) by tag or digest, ``*`` for the repository itself.

    ``deleted`` are tags that soft delete keeps; ``quarantined`` those that no
    scanner has released, which counts while the registry's policy is on, for everybody in the world.
    """
    tags: list[str] = field(default_factory=lambda: ["v1"])
    switched_off: dict[str, list[str]] = field(default_factory=dict)
    deleted: dict[str, DeletedTag] = field(default_factory=dict)
    quarantined: list[str] = field(default_factory=list)


@dataclass
class CacheRule:
    """``upstream`` is how the source answers: delivers, unauthorized, throttled, missing, or limited: throttled in its
    own words.

    ``holds`` names a repository of this registry whose content stands for that of the source.
    """
    source: str = ""
    target: str = ""
    credential_set: str | None = None
    upstream: str = "delivers"
    holds: str = "samples/app"
    identity: dict = field(default_factory=dict)                     # as ARM writes it


@dataclass
class CredentialSet:
    login_server: str = "docker.io"
    health: str = "Healthy"
    error_code: str = ""
    error_message: str = ""


@dataclass
class Replication:
    location: str = ""
    provisioning_state: str = "Succeeded"
    display_status: str = "Ready"
    region_endpoint_enabled: bool = True


@dataclass
class Task:
    """A task of ACR Tasks: identity and properties are shown as given."""
    identity: dict = field(default_factory=dict)
    properties: dict = field(default_factory=dict)


@dataclass
class DiagnosticSetting:
    workspace: str = ""
    categories: list[str] = field(default_factory=list)


@dataclass
class Registry:
    name: str
    resource_group: str = ""
    sku: str = "Premium"
    location: str = "westeurope"
    login_server: str = ""                                           # default: name and the cloud's suffix
    domain_name_label_scope: str = "Unsecure"
    provisioning_state: str = "Succeeded"
    created_on: Moment | None = None
    role_assignment_mode: str = "LegacyRegistryPermissions"          # shown where the api-version has it
    mode_changed_on: Moment | None = None                            # tokens of its own from before are refused
    admin_user_enabled: bool = False
    passwords: list[str] = field(default_factory=list)
    anonymous_pull_enabled: bool = False
    public_network_access: str = "Enabled"
    network_rule_set: NetworkRuleSet = field(default_factory=NetworkRuleSet)
    network_rule_bypass_options: str = "AzureServices"
    network_rule_bypass_allowed_for_tasks: bool = False
    network_rules_enforced: str = "beforeChallenge"                  # or afterChallenge
    private_endpoint_connections: dict[str, PrivateEndpoint] = field(default_factory=dict)
    data_endpoint_enabled: bool = False
    regional_endpoints: str = "Disabled"
    policies: dict = field(default_factory=dict)                     # as ARM writes them
    encryption: dict = field(default_factory=dict)
    identity: dict = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    scope_maps: dict[str, ScopeMap] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    cache_rules: dict[str, CacheRule] = field(default_factory=dict)
    credential_sets: dict[str, CredentialSet] = field(default_factory=dict)
    replications: dict[str, Replication] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    diagnostic_settings: dict[str, DiagnosticSetting] = field(default_factory=dict)
    hidden_from_resource_list: bool = False
    used_bytes: int = 1048576
    blob_host: str = "weumanaged217.blob.core.windows.net"
    redirects_blobs: bool = True


@dataclass
class CustomRole:
    name: str
    role_name: str = ""
    actions: list[str] = field(default_factory=list)
    not_actions: list[str] = field(default_factory=list)
    data_actions: list[str] = field(default_factory=list)
    not_data_actions: list[str] = field(default_factory=list)
    assignable_scopes: list[str] = field(default_factory=lambda: ["/"])


@dataclass
class RoleAssignment:
    """``to`` names a principal or group of the world, or is the object id of somebody it does not know."""
    name: str
    role: str = ""
    to: str = ""
    on: str = ""                                                     # registry/NAME, subscription/NAME, ..., or an id
    condition: str | None = None
    created_on: Moment | None = None
    principal_type: str = ""
    description: str = ""


@dataclass
class DenyAssignment:
    name: str
    on: str = ""
    to: list[str] = field(default_factory=lambda: ["everyone"])
    except_for: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    not_actions: list[str] = field(default_factory=list)
    data_actions: list[str] = field(default_factory=list)
    not_data_actions: list[str] = field(default_factory=list)
    not_for_child_scopes: bool = False
    system_protected: bool = True
    effect: str = "enforced"                                         # or audit, which denies nothing


@dataclass
class RoleEligibility:
    name: str
    role: str = ""
    to: str = ""
    on: str = ""
    ends_on: Moment | None = None
    condition: str | None = None


@dataclass
class Resource:
    """Any other ARM resource (AKS cluster, private endpoint, network interface ...): properties are shown as given.

    One that belongs to another is named as in its id: ``web-api/staging`` of type ``Microsoft.Web/sites/slots``.
    """
    name: str
    type: str = ""
    resource_group: str = ""
    location: str = "westeurope"
    tags: dict = field(default_factory=dict)
    identity: dict = field(default_factory=dict)
    properties: dict = field(default_factory=dict)


@dataclass
class Workspace:
    name: str
    resource_group: str = ""
    customer_id: str = ""


@dataclass
class LoginEvent:
    """A row of ContainerRegistryLoginEvents or ContainerRegistryRepositoryEvents; ``columns`` adds any other column."""
    registry: str = ""
    at: Moment = Moment(0)
    identity: str = ""
    caller_ip_address: str = ""
    result: str = "200"
    table: str = "ContainerRegistryLoginEvents"
    columns: dict = field(default_factory=dict)


@dataclass
class VersionRefusal:
    """How an api-version is refused, whatever the request; empty: each kind of request in its own way."""
    code: str = ""                                                   # InvalidResourceType and the like
    status: int = 0


@dataclass
class CloudLimits:
    """What Resource Manager can do. Types are written out, or without their namespace (``registries/tokens``).

    ``api_versions`` names, by type, the only versions that are answered; what lies below a type goes with it.
    ``hidden_members`` are paths, by type, that no answer holds (``properties.roleAssignmentMode``), and
    ``refused_filters`` functions of ``$filter``, by type, that it does not know (``assignedTo``).
    """
    api_versions: dict[str, list[str]] = field(default_factory=dict)
    hidden_members: dict[str, list[str]] = field(default_factory=dict)
    refused_filters: dict[str, list[str]] = field(default_factory=dict)
    version_refusal: VersionRefusal = field(default_factory=VersionRefusal)
    next_link_port: bool = False                                     # links to further pages name the port


# ---- What is wrong with it -----------------------------------------------------------------------------------------

@dataclass
class Throttling:
    """429 for requests to a service (entra, arm, graph, registry, blob, logs, identity) or a host."""
    service: str = ""
    host: str = ""
    path_prefix: str = "/"
    retry_after: int | None = 5


@dataclass
class Outage:
    service: str = ""
    host: str = ""
    path: str = ""                                                   # this one alone
    path_prefix: str = "/"
    status: int = 502
    body: str = "html"                                               # html, json, or the text itself
    times: int | None = None                                         # after which it is over; None: it lasts


@dataclass
class HostCertificate:
    """``problem``: expired, notYetValid, wrongHost or unknownIssuer (a company's TLS inspection)."""
    problem: str = ""
    subject: str = "gateway.contoso.example"                         # for wrongHost
    ends_on: Moment | None = None


@dataclass
class CaptivePortal:
    hosts: list[str] = field(default_factory=lambda: ["*"])
    redirect_to: str = ""                                            # empty: the page itself, with status 200
    status: int = 200


@dataclass
class FrontDoor:
    challenge: str = "bearer"                                        # or basic, or none (header stripped)
    hosts: list[str] = field(default_factory=lambda: ["*"])
    captive_portal: CaptivePortal | None = None


@dataclass
class ForwardProxy:
    user: str = ""                                                   # set: Basic credentials are required
    password: str = ""
    credentials_for: list[str] = field(default_factory=lambda: ["*"])    # the hosts it wants them for
    refuses: list[str] = field(default_factory=list)                 # 403 with an HTML page
    cannot_reach: list[str] = field(default_factory=list)            # 504


@dataclass
class Assertion:
    """The federated token that a profile signs in with."""
    issuer: str = ""
    subject: str = ""
    audience: str = "api://AzureADTokenExchange"
    lifetime: Duration = Duration(600)


@dataclass
class Profile:
    """Who an AZURE_CONFIG_DIR is signed in as. ``by``: password, secret, certificate, federated, identity, nobody."""
    name: str
    principal: str = ""
    by: str = "nobody"
    tenant: str = ""
    subscription: str = ""                                           # the default one
    allow_no_subscriptions: bool = False                             # also tenants in which it sees none
    host: str = ""                                                   # where it runs, for managed identities
    assertion: Assertion | None = None
    cloud_shell: bool = False
    config: dict[str, str] = field(default_factory=dict)             # az config keys
