# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about the registry itself: its name, where it is and whether it works."""

from azext_acrlogin.catalogue import Code, Fix
from azext_acrlogin.catalogue._common import AUTHENTICATION, HEALTH, LOGIN, REGISTRY, SIGN_IN, TOKEN_REFUSED

USE_SUBSCRIPTION = ("az", "account", "set", "--subscription", "{subscription}")
SIGN_IN_TO_SUBSCRIPTION = ("az", "acr", "login", "--name", "{registry}", "--subscription", "{subscription}")
DATA_PLANE = (  # what a registry answers while it does not work
    "CONNECTIVITY_DNS_ERROR", "CONNECTIVITY_PRIVATE_LINK_ERROR", "CONNECTIVITY_REFUSED_ERROR",
    "CONNECTIVITY_TIMEOUT_ERROR", "CONNECTIVITY_RESET_ERROR", "CONNECTIVITY_SSL_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
    "CONNECTIVITY_CHALLENGE_ERROR", "CONNECTIVITY_AAD_LOGIN_ERROR", "CONNECTIVITY_TOOMANYREQUESTS_ERROR",
    "CONNECTIVITY_SERVER_ERROR", "CONNECTIVITY_DATA_ENDPOINT_ERROR", "CONNECTIVITY_REFRESH_TOKEN_ERROR",
    "CONNECTIVITY_ACCESS_TOKEN_ERROR", "DOCKER_DAEMON_NETWORK_ERROR", "IMAGE_NOT_FOUND_ERROR")

NOT_FOUND = ("There is no registry '{registry}': none of the {searched} subscription(s) of this login shows one, with "
             "or without a domain name label, and Azure says that the name is free.")
NOT_VISIBLE = "Resource Manager shows this identity no registry '{registry}'."
GUESSED = " Its login server was taken to be {login_server}."
ELSEWHERE = ("The registry '{registry}' is in subscription {subscription}, not in the current one "
             "({current_subscription})")

CODES = [
    Code(
        code="REGISTRY_NAME_ERROR",
        title="This cannot be a registry's name",
        meaning="A registry's name has 5 to 50 letters and digits. What was given holds other characters, is too short "
                "or too long, or is a host that is no login server, so no registry can be meant by it.",
        message="'{given|}' cannot be a registry's name: {fault}.",
        how_found="The text is taken apart; nobody is asked.",
        looks_like=("Registry names may contain only alpha numeric characters and must be between 5 and 50 "
                    "characters",),
        fixes=(
            Fix("Use the name as `az acr list` shows it: the resource's name, such as myregistry, not its login server "
                "and not an image.",
                commands=(("az", "acr", "list", "--query", "[].name", "--output", "tsv"),)),
        ),
        confused_with={
            "REGISTRY_NAME_WARNING": "A name can be read from what was given: it only needed normalising.",
            "REGISTRY_NOT_FOUND_ERROR": "The name is possible, and no registry bears it.",
            "IMAGE_REFERENCE_ERROR": "An image reference that docker can never resolve to this registry.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "LOGIN_SERVER_ERROR", "REGISTRY_NOT_FOUND_ERROR"),
        docs=LOGIN,
    ),
    Code(
        code="REGISTRY_NAME_WARNING",
        title="The name had to be normalised",
        meaning="A login server, a URL, an image reference, a resource id or capitals were given where the registry's "
                "name is wanted. It could be read from that, but other commands are stricter: docker looks credentials "
                "up by the exact host in lower case, and `az acr` takes the resource's name.",
        message="'{given}' was read as registry '{registry}': it holds {changes}.",
        how_found="The text is taken apart; what had to be removed or changed is named.",
        looks_like=("Registry name is '...'. The following suffix '.azurecr.io' is automatically omitted.",
                    "Uppercase characters are detected in the registry name. When using its server url in docker "
                    "commands, to avoid authentication errors, use all lowercase.",),
        fixes=(
            Fix("Use {registry} as the registry's name from now on, and its login server in lower case with docker.",
                commands=(SIGN_IN,)),
            Fix("Give az the registry's name alone, and docker the login server in lower case."),
        ),
        confused_with={
            "REGISTRY_NAME_ERROR": "No registry's name can be read from what was given.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The client's stored credential stands under a host with capitals or a "
                                               "port.",
            "LOGIN_SERVER_ERROR": "The login server given is not the one of the registry found.",
        },
        docs=LOGIN,
    ),
    Code(
        code="REGISTRY_NOT_FOUND_ERROR",
        title="There is no such registry",
        meaning="No registry of this name is to be found: the name is misspelt, or the registry was deleted. A name "
                "that is free in the whole cloud is no registry's login server. Only a registry with a domain name "
                "label in its login server (NAME-LABEL) can bear it all the same, and must be in sight or given in "
                "full.",
        message={"host": NOT_FOUND, "name": NOT_FOUND + " If it lies where this login sees nothing, its login server "
                                                        "has a domain name label and has to be given in full."},
        how_found="Azure says that the name is available, and Resource Manager shows no registry of this name, with "
                  "a label or without, in any subscription of this login. Where one of them cannot be read, this is "
                  "found only for a whole login server.",
        looks_like=("The resource with name '...' and type 'Microsoft.ContainerRegistry/registries' could not be found "
                    "in subscription '...'.",
                    "Could not connect to the registry login server '...'. Please verify that the registry exists ...",
                    "CONNECTIVITY_DNS_ERROR"),
        fixes=(
            Fix("Compare the name with those of the registries that this login sees.",
                commands=(("az", "acr", "list", "--query", "[].name", "--output", "tsv"),)),
        ),
        confused_with={
            "CONNECTIVITY_DNS_ERROR": "The registry exists in Resource Manager, or nobody could be asked; only its "
                                      "name does not resolve.",
            "REGISTRY_NOT_VISIBLE_WARNING": "The name is taken: the registry exists, out of this login's sight.",
            "REGISTRY_CLOUD_ERROR": "It exists in another cloud than the active one.",
        },
        explains=DATA_PLANE + ("CONNECTIVITY_ADDRESS_ERROR", "PROXY_ERROR", "REGISTRY_NOT_VISIBLE_WARNING",
                               "ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR"),
        docs=LOGIN,
    ),
    Code(
        code="REGISTRY_NOT_VISIBLE_WARNING",
        title="Registry not visible to this login",
        meaning="Roles such as AcrPull let an identity use a registry and not read its settings. Signing in works "
                "without that, but the login server has to be guessed from the name, and what only Resource Manager "
                "knows (network rules, role assignment mode, tokens) cannot be checked.",
        message={"": NOT_VISIBLE + GUESSED,
                 "free": NOT_VISIBLE + " The name is free, but not every subscription could be searched: one of that "
                                       "name with a domain name label in its login server may exist." + GUESSED},
        how_found="No subscription of this login shows the registry, although its name is taken or resolves.",
        looks_like=("The resource with name '...' and type 'Microsoft.ContainerRegistry/registries' could not be found "
                    "in subscription '...'.",),
        fixes=(
            Fix("Ask the registry's owner for its exact login server and use that; {login_server|the one used here} "
                "was a guess. Or ask for the role Reader on the registry.", "registryOwner"),
        ),
        confused_with={
            "REGISTRY_NOT_FOUND_ERROR": "The name is free: nobody has a registry of that name.",
            "REGISTRY_SUBSCRIPTION_WARNING": "Another subscription of the same login shows it.",
            "ARM_READ_WARNING": "Seeing or managing the registry was itself what was asked about.",
        },
        docs=REGISTRY + "container-registry-rbac-built-in-roles-overview",
    ),
    Code(
        code="REGISTRY_SUBSCRIPTION_WARNING",
        title="Registry in another subscription",
        meaning="The CLI looks for a registry in its current subscription only. This one is in another subscription of "
                "the same login. Signing in works all the same, because the login server follows from the name, but "
                "commands that read or change the registry do not find it.",
        message=ELSEWHERE + "; signing in works all the same.",
        how_found="Resource Manager shows the registry in a subscription that is not the CLI's current one, and its "
                  "login server is its name with the cloud's suffix.",
        looks_like=("The resource with name '...' and type 'Microsoft.ContainerRegistry/registries' could not be found "
                    "in subscription '...'.",),
        fixes=(
            Fix("Make the registry's subscription the current one, or name it with --subscription in each command.",
                commands=(USE_SUBSCRIPTION,)),
            Fix("Name the registry's subscription with --subscription, or make it the current one with `az account "
                "set`.", commands=(("az", "account", "list", "--output", "table"),)),
        ),
        confused_with={
            "REGISTRY_SUBSCRIPTION_ERROR": "The login server has a domain name label, so that it cannot be derived.",
            "REGISTRY_TENANT_ERROR": "That subscription belongs to another tenant.",
            "REGISTRY_NOT_VISIBLE_WARNING": "No subscription of this login shows it.",
        },
        docs=AUTHENTICATION,
    ),
    Code(
        code="REGISTRY_SUBSCRIPTION_ERROR",
        title="Registry in another subscription",
        meaning="The registry's login server has a domain name label (name-hash.azurecr.io), which only Resource "
                "Manager knows. The CLI asks for it in its current subscription, finds nothing, and falls back to "
                "name.azurecr.io, which is no host at all. Signing in cannot work until the subscription is named.",
        message=ELSEWHERE + ", and its login server {login_server} cannot be derived from its name.",
        how_found="Resource Manager shows the registry in a subscription that is not the CLI's current one, and its "
                  "login server is not its name with the cloud's suffix.",
        looks_like=("Could not connect to the registry login server '...'. Please verify that the registry exists ...",
                    "CONNECTIVITY_DNS_ERROR"),
        fixes=(
            Fix("Make the registry's subscription the current one, then sign in; its login server is {login_server}. "
                "Or leave the current one and name this one with --subscription in each command.",
                commands=(USE_SUBSCRIPTION, SIGN_IN)),
            Fix("Name the registry's subscription with --subscription, or make it the current one with `az account "
                "set`.", commands=(("az", "account", "list", "--output", "table"),)),
        ),
        confused_with={
            "REGISTRY_SUBSCRIPTION_WARNING": "The login server is the plain name with the cloud's suffix.",
            "CONNECTIVITY_DNS_ERROR": "The real login server, with the label, does not resolve either.",
        },
        explains=("DOCKER_CREDENTIAL_MISSING_WARNING",),
        docs=AUTHENTICATION,
    ),
    Code(
        code="REGISTRY_TENANT_ERROR",
        title="The registry is in another tenant",
        meaning="A registry trusts the tenant of its subscription and no other. The current account's tokens come from "
                "a different tenant, so the registry refuses them whatever roles the person has elsewhere.",
        message="The registry '{registry}' belongs to tenant {tenant} (subscription {subscription}), and the current "
                "account's tokens are of tenant {current_tenant}.",
        how_found="Another subscription of this login, in another tenant, shows the registry; its tenant and that of "
                  "the token differ.",
        looks_like=("unauthorized: authentication required", "CONNECTIVITY_REFRESH_TOKEN_ERROR ... Response code: 401"),
        fixes=(
            Fix("Make the registry's subscription the current one: the Azure CLI then uses your login to its tenant, "
                "{tenant}, and the registry trusts that one.", commands=(USE_SUBSCRIPTION, SIGN_IN)),
            Fix("Sign in to the registry's tenant.", commands=(("az", "login", "--tenant", "{tenant}"),)),
            Fix("Sign in to the tenant that the registry's subscription belongs to; its owner knows which it is. A "
                "service principal or guest of that tenant is needed.", "registryOwner"),
        ),
        confused_with={
            "AAD_ACCOUNT_ERROR": "Entra itself refuses, because the account is no guest of the tenant (AADSTS50020).",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The tenants are equal, and no role is in force.",
            "CONNECTIVITY_REFRESH_TOKEN_ERROR": "The registry's tenant is not known and roles cannot be read: it may "
                                                "be either.",
        },
        explains=("CONNECTIVITY_REFRESH_TOKEN_ERROR", "CONNECTIVITY_ACCESS_TOKEN_ERROR",
                  "ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR", "REGISTRY_NOT_VISIBLE_WARNING"),
        docs=LOGIN,
    ),
    Code(
        code="REGISTRY_CLOUD_ERROR",
        title="The registry is in another cloud",
        meaning="The public cloud and the national clouds have separate sign-in endpoints, tenants and registries. The "
                "login server or the tenant belongs to one, and the Azure CLI is set to another; tokens of one cloud "
                "are worth nothing in another.",
        message={"host": "{host} belongs to {cloud}, and the Azure CLI is set to {active_cloud}.",
                 "name": "There is no registry '{registry}' in the Azure CLI's active cloud, and one of this name has "
                         "a login server in {cloud}.",
                 "refused": TOKEN_REFUSED},
        how_found="The login server ends with another cloud's suffix; the name is free in the active cloud and "
                  "resolves with another's suffix; or Entra says that the tenant lives in another cloud "
                  "(AADSTS90038, 900382, 900432).",
        looks_like=("The login server suffix is not valid for the current cloud.",
                    "AADSTS90038: Tenant '...' request is being redirected to the National Cloud '...'."),
        fixes=(
            Fix("Set the Azure CLI to {cloud} and sign in there.",
                commands=(("az", "cloud", "set", "--name", "{cloud}"), ("az", "login"))),
            Fix("Set the Azure CLI to the registry's cloud with `az cloud set` and sign in there; this lists the "
                "clouds.", commands=(("az", "cloud", "list", "--query", "[].name", "--output", "tsv"),)),
        ),
        confused_with={
            "AAD_TENANT_NOT_FOUND_ERROR": "AADSTS90002: no cloud is named, there is no such tenant.",
            "REGISTRY_NAME_ERROR": "The host's ending is no known cloud's.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "REGISTRY_NOT_FOUND_ERROR", "REGISTRY_NOT_VISIBLE_WARNING",
                  "LOGIN_SERVER_ERROR", "AAD_TENANT_NOT_FOUND_ERROR", "CONNECTIVITY_REFRESH_TOKEN_ERROR"),
        docs="https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli",
    ),
    Code(
        code="LOGIN_SERVER_ERROR",
        title="Wrong or unknown login server",
        meaning="The host to sign in to is the registry's login server, which Resource Manager tells. Either it does "
                "not tell and the cloud has no suffix to derive it from, or the host that was given belongs to no "
                "registry or to another one: with a domain name label, name-hash.azurecr.io and name.azurecr.io are "
                "different hosts.",
        message={"another": "'{given}' is not the login server of the registry '{registry}'; that is {login_server}.",
                 "no suffix": "The login server of '{registry}' cannot be determined: Resource Manager does not show "
                              "the registry, and the cloud {active_cloud} has no login server suffix.",
                 "nowhere": "'{given}' is no login server: Resource Manager shows no registry '{registry}', and the "
                            "name does not resolve."},
        how_found="Resource Manager's login server for the registry differs from the host given, or there is neither "
                  "an answer from Resource Manager nor a suffix.",
        looks_like=("LOGIN_SERVER_ERROR: An error occurred while retrieving the login server for registry '...'.",
                    "dial tcp: lookup myregistry-....azurecr.io: no such host"),
        fixes=(
            Fix("Use {login_server}, the login server of {registry}.", commands=(SIGN_IN_TO_SUBSCRIPTION,)),
            Fix("Look the login server up, with a login that sees the registry, and use exactly that host.",
                commands=(("az", "acr", "list", "--query", "[].loginServer", "--output", "tsv"),)),
        ),
        confused_with={
            "REGISTRY_NAME_WARNING": "The host given is the registry's, written where the name was wanted.",
            "CONNECTIVITY_DNS_ERROR": "The login server is known from Resource Manager and does not resolve.",
            "IMAGE_REFERENCE_ERROR": "A privatelink host, a port or a scheme in an image reference.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "REGISTRY_NOT_VISIBLE_WARNING"),
        docs=HEALTH + "login_server_error",
    ),
    Code(
        code="REGISTRY_STATE_ERROR",
        title="The registry is not in working order",
        meaning="Resource Manager shows the registry in a state in which it cannot serve: its creation failed or has "
                "not ended, it is being deleted, or its subscription is disabled. Whatever the registry answers "
                "meanwhile follows from that.",
        message={"registry": "The registry '{registry}' is in the provisioning state '{state}'.",
                 "subscription": "The subscription {subscription} of the registry '{registry}' is in the state "
                                 "'{state}'."},
        how_found="Resource Manager gives a provisioning state other than Succeeded for the registry, or another state "
                  "than Enabled for its subscription.",
        looks_like=("Error response from daemon: login attempt to https://.../v2/ failed with status: 503 Service "
                    "Unavailable",
                    "ReadOnlyDisabledSubscription: The subscription '...' is disabled and therefore marked as read "
                    "only."),
        fixes=(
            Fix("See what Azure says of the registry. If its creation failed, delete it and create it again; if the "
                "subscription is disabled, its billing owner has to reactivate it.", "registryOwner",
                commands=(("az", "acr", "show", "--name", "{registry}", "--subscription", "{subscription}", "--query",
                           "[provisioningState, status]"),)),
            Fix("Ask the registry's owner to bring it, or its subscription, back into working order.", "registryOwner"),
        ),
        confused_with={
            "CONNECTIVITY_SERVER_ERROR": "Resource Manager says Succeeded, and the registry answers 5xx.",
            "REGISTRY_NOT_FOUND_ERROR": "Resource Manager shows no registry at all.",
            "CMK_ERROR": "The state is Succeeded, and the key or identity of the encryption is gone.",
        },
        explains=DATA_PLANE,
        docs=REGISTRY + "container-registry-troubleshoot-performance",
    ),
]
