# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about the registry itself: its name, where it is and whether it works."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import (
    AUTHENTICATION, HEALTH, IN_SUBSCRIPTION, LOGIN, REGISTRY, SAID, SIGN_IN, TOKEN_REFUSED)

USE_SUBSCRIPTION = ("az", "account", "set", "--subscription", "{subscription}")
SIGN_IN_TO_SUBSCRIPTION = ("az", "acr", "login", "--name", "{registry}", "--subscription", "{subscription}")
SHOW_STATE = ("az", "acr", "show", "--name", "{registry}", "--subscription", "{subscription}", "--query",
              "[provisioningState, status]")
DATA_PLANE = (  # what a registry answers while it does not work
    "CONNECTIVITY_DNS_ERROR", "CONNECTIVITY_PRIVATE_LINK_ERROR", "CONNECTIVITY_REFUSED_ERROR",
    "CONNECTIVITY_TIMEOUT_ERROR", "CONNECTIVITY_RESET_ERROR", "CONNECTIVITY_SSL_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
    "CONNECTIVITY_CHALLENGE_ERROR", "CONNECTIVITY_AAD_LOGIN_ERROR", "CONNECTIVITY_TOOMANYREQUESTS_ERROR",
    "CONNECTIVITY_SERVER_ERROR", "CONNECTIVITY_DATA_ENDPOINT_ERROR", "CONNECTIVITY_REFRESH_TOKEN_ERROR",
    "CONNECTIVITY_ACCESS_TOKEN_ERROR", "DOCKER_DAEMON_NETWORK_ERROR", "IMAGE_NOT_FOUND_ERROR",
    "IMAGE_REFUSED_ERROR")

ILL_REPLICA = "The geo-replica of '{registry}' in {region} is in state {state}"
OUT_OF_THE_ROUTING = Fix("Take the replica '{replica}' out of the routing until it is ready again; it still gets all "
                         "images.", "registryOwner", (
                             ("az", "acr", "replication", "update", "--registry", "{registry}", "--name", "{replica}",
                              "--{routing_option}", "false", IN_SUBSCRIPTION),))
NOT_FOUND = ("Registry '{registry}' does not exist. Azure reports the name as available, and the {searched} "
             "subscription(s) of your login do not contain it, with or without a domain name label.")
SIMILAR = WhenKnown((" Did you mean {similar}?",))
NOT_VISIBLE = "Azure Resource Manager does not show registry '{registry}' to your login."
GUESSED = (WhenKnown((" Its login server was derived from the name: {derived_host} answers as a registry.",)),
           WhenKnown((" Its login server was guessed: {guessed_host}.",)))
ELSEWHERE = ("Registry '{registry}' is in subscription {named_subscription}. The current subscription is "
             "{current_subscription}.")

CODES = [
    Code(
        code="REGISTRY_NAME_ERROR",
        title="Not a valid registry name",
        meaning="A registry name has 5 to 50 letters and digits. The given name has other characters, is too short or "
                "too long, or is a host that cannot be a login server.",
        message="'{given|}' is not a valid registry name: {fault}.",
        how_found="The name itself is checked. No request is sent.",
        looks_like=("Registry names may contain only alpha numeric characters and must be between 5 and 50 "
                    "characters",),
        fixes=(
            Fix("Use the registry's resource name, such as myregistry, not its login server or an image. This command "
                "lists the names.",
                commands=(("az", "acr", "list", "--query", "[].name", "--output", "tsv"),)),
        ),
        confused_with={
            "REGISTRY_NAME_WARNING": "The given text contains a valid name; only its host has capitals.",
            "REGISTRY_NOT_FOUND_ERROR": "The name is valid, but no registry has it.",
            "IMAGE_REFERENCE_ERROR": "The registry is clear, but Docker can never resolve the image reference to it.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "LOGIN_SERVER_ERROR", "REGISTRY_NOT_FOUND_ERROR"),
        outlasts_waiting=True,
        docs=LOGIN,
    ),
    Code(
        code="REGISTRY_NAME_WARNING",
        title="The login server is written with capitals",
        meaning="You gave a login server or an image reference with capitals in its host. The Azure CLI accepts that, "
                "and Docker does not: `az acr login` stores the login under the host in lower case, and Docker looks "
                "it up under the host exactly as the image reference spells it.",
        message="Docker does not find its login for {host} when an image is written with '{given}'.",
        how_found="The host in the name that you gave is compared with its lower-case form.",
        looks_like=("Registry name is '...'. The following suffix '.azurecr.io' is automatically omitted.",
                    "Uppercase characters are detected in the registry name. When using its server url in docker "
                    "commands, to avoid authentication errors, use all lowercase.",),
        fixes=(
            Fix("Write {host} in lower case in the names of images."),
            Fix("Write the login server in lower case in the names of images."),
        ),
        confused_with={
            "REGISTRY_NAME_ERROR": "No registry name can be read from the given text.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The client stored its credential under a host with capitals or a port.",
            "LOGIN_SERVER_ERROR": "The given login server differs from that of the registry that was found.",
        },
        docs=LOGIN,
    ),
    Code(
        code="REGISTRY_NOT_FOUND_ERROR",
        title="The registry does not exist",
        meaning="No registry with this name was found: the name is misspelt, or the registry was deleted. The name is "
                "available in the whole cloud, so NAME with the cloud's suffix is not a login server. Only a registry "
                "with a domain name label in its login server (NAME-LABEL) can still have this name. Your login must "
                "see that registry, or you must give its login server in full.",
        message={"host": (NOT_FOUND, SIMILAR),
                 "name": (NOT_FOUND, SIMILAR, " If it is in a subscription that you cannot see, its login server has a "
                                              "domain name label and must be given in full.")},
        how_found="Azure says that the name is available, and Azure Resource Manager shows no registry with this name "
                  "in any subscription of this login, with or without a label. If a subscription cannot be read, this "
                  "is found only for a full login server.",
        looks_like=("The resource with name '...' and type 'Microsoft.ContainerRegistry/registries' could not be found "
                    "in subscription '...'.",
                    "Could not connect to the registry login server '...'. Please verify that the registry exists ...",
                    "CONNECTIVITY_DNS_ERROR"),
        fixes=(
            Fix("Use the name {similar}, if that is the registry you mean.",
                commands=(("az", "acr", "login", "--name", "{similar}", IN_SUBSCRIPTION),)),
            Fix("Compare the name with the registries that your login can see.",
                commands=(("az", "acr", "list", "--query", "[].name", "--output", "tsv"),)),
        ),
        confused_with={
            "CONNECTIVITY_DNS_ERROR": "Azure Resource Manager shows the registry or could not be asked. Only its name "
                                      "does not resolve.",
            "REGISTRY_NOT_VISIBLE_WARNING": "The name is taken: the registry exists, but this login cannot see it.",
            "REGISTRY_CLOUD_ERROR": "The registry exists in a cloud other than the active one.",
        },
        explains=DATA_PLANE + ("CONNECTIVITY_ADDRESS_ERROR", "PROXY_ERROR", "REGISTRY_NOT_VISIBLE_WARNING",
                               "ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR"),
        docs=LOGIN,
    ),
    Code(
        code="ARM_TOKEN_REFUSED_WARNING",
        title="Azure Resource Manager refuses the token",
        meaning="Entra issued the Azure CLI a token for Azure Resource Manager, but Azure Resource Manager does not "
                "accept it: it has expired, comes from another tenant than the subscription's, or no longer meets a "
                "policy because the sessions were revoked or the network changed (continuous access evaluation). This "
                "is not about a missing permission. `az acr login` looks the registry up first, so it stops here, but "
                "the registry itself may still accept the login.",
        message=("Azure Resource Manager ({resource_manager}) refuses the Azure CLI's token (401)", SAID,
                 " What only it knows stays unknown."),
        how_found="Azure Resource Manager answers 401. With a claims challenge in the header WWW-Authenticate, it "
                  "wants a token that meets further conditions.",
        looks_like=("InvalidAuthenticationTokenTenant: The access token is from the wrong issuer ...",
                    "ExpiredAuthenticationToken: The access token expiry UTC time '...' is earlier than current UTC "
                    "time",
                    "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
                    "TokenIssuedBeforeRevocationTimestamp"),
        fixes=(
            Fix("Sign in again with what Azure Resource Manager demands. An Azure CLI that does not know "
                "--claims-challenge has to be upgraded first: `az upgrade`.",
                commands=(("az", "logout"),
                          ("az", "login", WhenKnown(("--tenant", "{tenant}")), "--claims-challenge",
                           "{claims_challenge}"))),
            Fix("Sign in again as application {application_id}. The command asks for the secret.",
                commands=(("az", "login", "--service-principal", "--username", "{application_id}", "--tenant",
                           "{tenant}"),)),
            Fix("Sign in again.", commands=(("az", "login", WhenKnown(("--tenant", "{tenant}"))),)),
        ),
        confused_with={
            "ARM_CONNECTIVITY_WARNING": "Azure Resource Manager does not answer, throttles, or reports a server error.",
            "REGISTRY_NOT_VISIBLE_WARNING": "Azure Resource Manager accepts the token, but does not show the registry: "
                                            "a permission is missing (403, 404).",
            "AAD_SESSION_EXPIRED_ERROR": "Entra itself refuses to issue a token.",
        },
        explains=("REGISTRY_NOT_VISIBLE_WARNING",),
        docs="https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation",
    ),
    Code(
        code="REGISTRY_NOT_VISIBLE_WARNING",
        title="Registry not visible to this login",
        meaning="Roles such as AcrPull let an identity use a registry but not read its settings. Signing in works "
                "without that, but the login server has to be derived from the name. Network rules, role assignment "
                "mode and tokens are known only to Azure Resource Manager, so they cannot be checked.",
        message={"": (NOT_VISIBLE, *GUESSED),
                 "free": (NOT_VISIBLE + " The name is available, but not every subscription could be searched. A "
                                        "registry with this name and a domain name label in its login server may "
                                        "exist.", *GUESSED)},
        how_found="No subscription of this login shows the registry, although its name is taken or resolves.",
        looks_like=("The resource with name '...' and type 'Microsoft.ContainerRegistry/registries' could not be found "
                    "in subscription '...'.",),
        fixes=(
            Fix("Grant the role 'Container Registry Configuration Reader and Data Access Configuration Reader' on the "
                "registry, so that its settings can be checked, too. {derived_host}, derived from the name, answers as "
                "a registry.", "registryOwner"),
            Fix("Tell the user the registry's exact login server, or grant the role 'Container Registry Configuration "
                "Reader and Data Access Configuration Reader' on the registry. The login server used here, "
                "{login_server|derived from the name}, is a guess.", "registryOwner"),
        ),
        confused_with={
            "REGISTRY_NOT_FOUND_ERROR": "The name is available: no registry has it.",
            "REGISTRY_SUBSCRIPTION_WARNING": "Another subscription of the same login shows the registry.",
            "ARM_READ_WARNING": "You asked whether the identity may view or manage the registry.",
        },
        docs=REGISTRY + "container-registry-rbac-built-in-roles-overview",
    ),
    Code(
        code="REGISTRY_SUBSCRIPTION_WARNING",
        title="Registry in another subscription",
        meaning="The Azure CLI looks for a registry in its current subscription only. This one is in another "
                "subscription of the same login. Signing in still works because the login server follows from the "
                "name, but commands that read or change the registry do not find it.",
        message=ELSEWHERE + " Signing in still works.",
        how_found="Azure Resource Manager shows the registry in a subscription that is not the current one, and its "
                  "login server is its name with the cloud's suffix.",
        looks_like=("The resource with name '...' and type 'Microsoft.ContainerRegistry/registries' could not be found "
                    "in subscription '...'.",),
        fixes=(
            Fix("Make the registry's subscription the current one.", commands=(USE_SUBSCRIPTION,)),
            Fix("Add --subscription with the registry's subscription to each command, or make it the current one with "
                "`az account set`.", commands=(("az", "account", "list", "--output", "table"),)),
        ),
        confused_with={
            "REGISTRY_SUBSCRIPTION_ERROR": "The login server has a domain name label and cannot be derived from the "
                                           "name.",
            "REGISTRY_TENANT_ERROR": "The subscription belongs to another tenant.",
            "REGISTRY_NOT_VISIBLE_WARNING": "No subscription of this login shows the registry.",
        },
        docs=AUTHENTICATION,
    ),
    Code(
        code="REGISTRY_SUBSCRIPTION_ERROR",
        title="Registry in another subscription",
        meaning="The registry's login server has a domain name label (name-hash.azurecr.io), which only Azure Resource "
                "Manager knows. The Azure CLI asks for it in its current subscription, does not find it, and falls "
                "back to name.azurecr.io, a host that does not exist. Signing in cannot work until you name the "
                "subscription.",
        message=ELSEWHERE + " The registry's login server, {login_server}, cannot be derived from its name.",
        how_found="Azure Resource Manager shows the registry in a subscription that is not the current one, and its "
                  "login server is not its name with the cloud's suffix.",
        looks_like=("Could not connect to the registry login server '...'. Please verify that the registry exists ...",
                    "CONNECTIVITY_DNS_ERROR"),
        fixes=(
            Fix("Make the registry's subscription the current one, then sign in to {login_server}.",
                commands=(USE_SUBSCRIPTION, SIGN_IN)),
            Fix("Add --subscription with the registry's subscription to each command, or make it the current one with "
                "`az account set`.", commands=(("az", "account", "list", "--output", "table"),)),
        ),
        confused_with={
            "REGISTRY_SUBSCRIPTION_WARNING": "The login server is the registry's name with the cloud's suffix.",
            "CONNECTIVITY_DNS_ERROR": "The real login server, with its label, does not resolve either.",
        },
        explains=("DOCKER_CREDENTIAL_MISSING_WARNING",),
        outlasts_waiting=True,
        docs=AUTHENTICATION,
    ),
    Code(
        code="REGISTRY_TENANT_ERROR",
        title="The registry is in another tenant",
        meaning="A registry trusts only the tenant of its subscription. The current account's tokens come from a "
                "different tenant, so the registry refuses them, whatever roles you have elsewhere.",
        message="Registry '{registry}' belongs to tenant {named_tenant}, by its subscription {named_subscription}. The "
                "current account's tokens come from tenant {current_tenant}.",
        how_found="Another subscription of this login, in another tenant, shows the registry. That tenant differs from "
                  "the tenant of the token.",
        looks_like=("unauthorized: authentication required", "CONNECTIVITY_REFRESH_TOKEN_ERROR ... Response code: 401"),
        fixes=(
            Fix("Sign in to the registry's tenant, so that the Azure CLI lists its subscription, and make that one the "
                "current one.", commands=(("az", "login", "--tenant", "{unlisted_tenant}"), USE_SUBSCRIPTION, SIGN_IN)),
            Fix("Make the registry's subscription the current one. The Azure CLI then uses your login to tenant "
                "{named_tenant}, which the registry trusts.", commands=(USE_SUBSCRIPTION, SIGN_IN)),
            Fix("Sign in to the registry's tenant.", commands=(("az", "login", "--tenant", "{tenant}"),)),
            Fix("Tell the user which tenant the registry's subscription belongs to. They need a service principal or a "
                "guest account in that tenant.", "registryOwner"),
        ),
        confused_with={
            "AAD_ACCOUNT_ERROR": "Microsoft Entra ID itself refuses, because the account is not a guest in the tenant "
                                 "(AADSTS50020).",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The tenants are the same, and no role assignment is in effect.",
            "CONNECTIVITY_REFRESH_TOKEN_ERROR": "The registry's tenant is unknown and role assignments cannot be read, "
                                                "so it can be either.",
        },
        explains=("CONNECTIVITY_REFRESH_TOKEN_ERROR", "CONNECTIVITY_ACCESS_TOKEN_ERROR",
                  "ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR", "REGISTRY_NOT_VISIBLE_WARNING"),
        docs=LOGIN,
    ),
    Code(
        code="REGISTRY_CLOUD_ERROR",
        title="The registry is in another cloud",
        meaning="The public cloud and the national clouds have separate sign-in endpoints, tenants and registries. The "
                "login server or the tenant belongs to one cloud, and the Azure CLI is set to another. Tokens from one "
                "cloud do not work in another.",
        message={"host": "{host} belongs to {cloud}, but the Azure CLI is set to {active_cloud}.",
                 "name": "Registry '{registry}' does not exist in the Azure CLI's active cloud. A login server with "
                         "this name exists in {cloud}.",
                 "refused": TOKEN_REFUSED},
        how_found="The login server ends with another cloud's suffix. Or the name is available in the active cloud and "
                  "resolves with another cloud's suffix. Or Microsoft Entra ID says that the tenant is in another "
                  "cloud (AADSTS90038, 900382, 900432).",
        looks_like=("The login server suffix is not valid for the current cloud.",
                    "AADSTS90038: Tenant '...' request is being redirected to the National Cloud '...'."),
        fixes=(
            Fix("Set the Azure CLI to {cloud} and sign in there.",
                commands=(("az", "cloud", "set", "--name", "{cloud}"), ("az", "login"))),
            Fix("Set the Azure CLI to the registry's cloud with `az cloud set` and sign in there. This command lists "
                "the clouds.", commands=(("az", "cloud", "list", "--query", "[].name", "--output", "tsv"),)),
        ),
        confused_with={
            "AAD_TENANT_NOT_FOUND_ERROR": "The error is AADSTS90002: the tenant does not exist, and no other cloud is "
                                          "named.",
            "REGISTRY_NAME_ERROR": "The host's suffix belongs to no known cloud.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "REGISTRY_NOT_FOUND_ERROR", "REGISTRY_NOT_VISIBLE_WARNING",
                  "LOGIN_SERVER_ERROR", "AAD_TENANT_NOT_FOUND_ERROR", "CONNECTIVITY_REFRESH_TOKEN_ERROR"),
        outlasts_waiting=True,
        docs="https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli",
    ),
    Code(
        code="LOGIN_SERVER_ERROR",
        title="Wrong or unknown login server",
        meaning="Azure Resource Manager names the registry's login server, the host to sign in to. Either it does not "
                "name one and the cloud has no suffix to derive it from, or the given host belongs to another registry "
                "or to none. With a domain name label, name-hash.azurecr.io and name.azurecr.io are different hosts.",
        message={"another": "'{given}' is not the login server of registry '{registry}'. Its login server is "
                            "{login_server}.",
                 "no suffix": "Cannot determine the login server of '{registry}': Azure Resource Manager does not show "
                              "the registry, and cloud {active_cloud} has no login server suffix.",
                 "nowhere": "Login server '{given}' does not exist: its name does not resolve, and Azure Resource "
                            "Manager does not show registry '{registry}'."},
        how_found="Azure Resource Manager's login server for the registry differs from the given host, or there is "
                  "neither an answer from Azure Resource Manager nor a suffix.",
        looks_like=("LOGIN_SERVER_ERROR: An error occurred while retrieving the login server for registry '...'.",
                    "dial tcp: lookup myregistry-....azurecr.io: no such host"),
        fixes=(
            Fix("Use {login_server}, the login server of {registry}.", commands=(SIGN_IN_TO_SUBSCRIPTION,)),
            Fix("Look up the login server with a login that can see the registry, and use exactly that host.",
                commands=(("az", "acr", "list", "--query", "[].loginServer", "--output", "tsv"),)),
        ),
        confused_with={
            "REGISTRY_NAME_WARNING": "The given host is the registry's own, written with capitals.",
            "CONNECTIVITY_DNS_ERROR": "Azure Resource Manager names the login server, but it does not resolve.",
            "IMAGE_REFERENCE_ERROR": "An image reference contains a privatelink host, a port or a scheme.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "REGISTRY_NOT_VISIBLE_WARNING"),
        outlasts_waiting=True,
        docs=HEALTH + "login_server_error",
    ),
    Code(
        code="REGISTRY_STATE_ERROR",
        title="The registry is not in a working state",
        meaning="Azure Resource Manager shows the registry in a state in which it cannot serve requests. Its creation "
                "failed or is not finished, it is being deleted, or its subscription is disabled. Any errors from the "
                "registry are consequences.",
        message={"registry": "Registry '{registry}' has the provisioning state '{state}'.",
                 "subscription": "Subscription {named_subscription} of registry '{registry}' has the state '{state}'."},
        how_found="Azure Resource Manager shows a provisioning state other than Succeeded for the registry, or a state "
                  "other than Enabled for its subscription.",
        looks_like=("Error response from daemon: login attempt to https://.../v2/ failed with status: 503 Service "
                    "Unavailable",
                    "ReadOnlyDisabledSubscription: The subscription '...' is disabled and therefore marked as read "
                    "only."),
        fixes=(
            Fix("Ask the billing owner of subscription {disabled_subscription} to reactivate it.", "registryOwner"),
            Fix("Look up in the registry's activity log which operation failed, and repeat it. If that was its "
                "creation, delete {failed_registry} and create it again. This command shows its state.",
                "registryOwner", commands=(SHOW_STATE,)),
            Fix("Wait until '{registry}' is no longer in the state {unfinished_state}. This command shows its state.",
                "registryOwner", commands=(SHOW_STATE,)),
            Fix("Bring the registry, or its subscription, back to a working state.", "registryOwner"),
        ),
        confused_with={
            "CONNECTIVITY_SERVER_ERROR": "The provisioning state is Succeeded, but the registry answers 5xx.",
            "REGISTRY_NOT_FOUND_ERROR": "Azure Resource Manager does not show the registry at all.",
            "CMK_ERROR": "The provisioning state is Succeeded, but the encryption key or its identity is gone.",
        },
        explains=DATA_PLANE,
        docs=REGISTRY + "container-registry-troubleshoot-performance",
    ),
    Code(
        code="REGISTRY_STORAGE_ERROR",
        title="The registry has reached its storage limit",
        meaning="A registry can hold 40 TiB in the Basic and Standard tiers and 100 TiB in Premium. A full one refuses "
                "every push with 405, whatever the role. The storage that the tier's price includes is far less, and a "
                "push never fails because of that.",
        message="Registry '{registry}' is full: its images take {used}, and the {tier} tier allows {limit}.",
        how_found="If the question is about pushing, Azure Resource Manager is asked for the registry's usage, which "
                  "is compared with the tier's documented limit.",
        looks_like=("unknown: The operation is disallowed on this registry, repository or image.",),
        fixes=(
            Fix("Move the registry to the Premium tier, which allows 100 TiB and costs more.", "registryOwner", (
                ("az", "acr", "update", "--name", "{registry_to_enlarge}", "--sku", "Premium", "--subscription",
                 "{subscription}"),)),
            Fix("Delete images that are no longer needed (`az acr repository delete`). This command shows the usage.",
                "registryOwner", (("az", "acr", "show-usage", "--name", "{registry}", "--subscription",
                                   "{subscription}"),)),
            Fix("Delete images that are no longer needed (`az acr repository delete`).", "registryOwner"),
        ),
        confused_with={
            "IMAGE_LOCKED_ERROR": "The registry has room, and an attribute of the repository or tag turns writing off.",
        },
        explains=("IMAGE_REFUSED_ERROR",),
        docs=REGISTRY + "container-registry-skus",
    ),
    Code(
        code="REGISTRY_REPLICA_ERROR",
        title="A geo-replica of the registry is not ready",
        meaning="Azure sends each client to one of the registry's geo-replicas, usually the nearest. One of them is "
                "not ready, and the registry fails here. A replica that is taken out of the routing still gets all "
                "images, and other replicas serve its clients.",
        message=ILL_REPLICA + ", and the registry answers this run with an error or not at all.",
        how_found="The registry answers 5xx or not at all after signing in, and Azure Resource Manager shows a replica "
                  "in the routing that is not ready.",
        looks_like=("received unexpected HTTP status: 503 Service Unavailable",),
        fixes=(OUT_OF_THE_ROUTING, Fix("Use the login server {login_server} instead of {regional_host}: Azure routes "
                                       "it to a replica that works."),
               Fix("Take the replica out of the routing (`az acr replication update`) until it is ready again.",
                   "registryOwner")),
        confused_with={
            "CONNECTIVITY_SERVER_ERROR": "Every replica in the routing is ready, or the registry has none.",
            "REGISTRY_STATE_ERROR": "Azure Resource Manager says that the registry itself failed or is disabled.",
        },
        explains=("CONNECTIVITY_SERVER_ERROR", "CONNECTIVITY_TIMEOUT_ERROR", "CONNECTIVITY_RESET_ERROR"),
        docs=REGISTRY + "container-registry-geo-replication",
    ),
    Code(
        code="REGISTRY_REPLICA_WARNING",
        title="A geo-replica of the registry failed",
        meaning="Azure sends each client to one of the registry's geo-replicas, usually the nearest. One of them "
                "failed, but this machine is served. Clients that are sent to the failed replica may not be. A replica "
                "that is taken out of the routing still gets all images.",
        message=ILL_REPLICA + ". The registry works from here, but clients near that replica may fail.",
        how_found="Azure Resource Manager shows a replica in the routing that failed.",
        fixes=(OUT_OF_THE_ROUTING,
               Fix("Take the replica out of the routing (`az acr replication update`) until it is ready again.",
                   "registryOwner")),
        confused_with={"REGISTRY_STATE_ERROR": "Azure Resource Manager says that the registry itself failed or is "
                                               "disabled."},
        docs=REGISTRY + "container-registry-geo-replication",
    ),
]
