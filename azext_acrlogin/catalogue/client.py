# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about what is asked for and by whom: image references, tools, clusters and services; and the last resorts."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import AUTHENTICATION, HEALTH, IN_SUBSCRIPTION, LOGIN, REGISTRY

CACHED = "Cache rule '{cache_rule|}' fetches '{repository}' from {source|}, which does not deliver it{said|}."
AKS = "https://learn.microsoft.com/azure/aks/cluster-container-registry-integration"

UNLOCK = ("az", "acr", "repository", "update", "--name", "{registry}", IN_SUBSCRIPTION)
SWITCHES = {"delete": ("--delete-enabled", "true", "--write-enabled", "true"), "push": ("--write-enabled", "true"),
            "pull": ("--read-enabled", "true")}
KEY_READER = "The identity {key_identity}, with which the registry '{registry}' reads its encryption key,"


def _unlock(kind: str, action: str) -> WhenKnown:
    """Opens a repository or an image (by its tag or digest) to an action, where it is locked against that."""
    return WhenKnown((*UNLOCK, f"--{kind}", f"{{{kind}_to_{action}}}", *SWITCHES[action]))


CODES = [
    Code(
        code="IMAGE_REFERENCE_ERROR",
        title="The image reference can never match the login",
        meaning="An image's name begins with the host of its registry, and the client sends the credential stored for "
                "exactly that host. Capitals, a port, a scheme or the privatelink alias in it make it another host; "
                "without a host it means Docker Hub. A repository's name has no capitals either.",
        message="docker can never use '{reference|}' with this registry's login: {fault}.",
        how_found="The reference given as the name is taken apart as docker does it.",
        looks_like=("denied: requested access to the resource is denied (docker.io/library/...)",
                    "invalid reference format: repository name must be lowercase",
                    "x509: certificate is valid for *.azurecr.io, not myregistry.privatelink.azurecr.io",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Write the image as {login_server}/REPOSITORY:TAG, in lower case, without scheme and port, and never "
                "with privatelink: the private address is found by the same name."),
            Fix("Write the image as LOGIN-SERVER/REPOSITORY:TAG, in lower case, without scheme and port."),
        ),
        confused_with={
            "REGISTRY_NAME_WARNING": "The name only needed normalising; docker can use it.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The image's name is right, and the login was stored under another "
                                               "spelling.",
            "IMAGE_NOT_FOUND_ERROR": "The host is right, and the repository or tag is not there.",
        },
        docs=REGISTRY + "container-registry-faq",
    ),
    Code(
        code="IMAGE_NOT_FOUND_ERROR",
        title="The repository or tag does not exist",
        meaning="Signing in works and the identity may read, and there is no such repository or tag: a spelling "
                "mistake, an image that was never pushed, or one that was deleted. docker often words this as a "
                "refusal.",
        message="The identity may read '{image}', and it is not there (404).",
        how_found="With an access token that grants reading, the registry answers 404 for the tags or the manifest.",
        looks_like=("manifest for myregistry.azurecr.io/app:v1 not found: manifest unknown",
                    "MANIFEST_UNKNOWN", "NAME_UNKNOWN: repository name not known to registry"),
        fixes=(
            Fix("Compare the name with the repositories that there are; the second command lists the tags of this one.",
                commands=(("az", "acr", "repository", "list", "--name", "{registry}"),
                          ("az", "acr", "repository", "show-tags", "--name", "{registry}", "--repository",
                           "{repository}"))),
            Fix("Compare the repository {repository|asked for} and its tag with what `az acr repository list` and `az "
                "acr repository show-tags` show, or push the image."),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The access token does not grant reading this repository.",
            "UPSTREAM_REGISTRY_ERROR": "The repository belongs to a cache rule, and its source does not deliver.",
        },
        docs=REGISTRY + "container-registry-faq",
    ),
    Code(
        code="IMAGE_LOCKED_ERROR",
        title="The repository or image is locked",
        meaning="Attributes of a repository, a tag or a manifest can switch writing, deleting or reading off, for "
                "everybody and whatever the role. The access token is granted all the same; the registry refuses the "
                "operation itself.",
        message="Locked: {locks}. Nobody may {action} there, whatever the role.",
        how_found="The attributes are read when pushing or deleting is asked about, or when the registry answers 405 "
                  "to reading the manifest; what the question needs is switched off.",
        looks_like=("unknown: The operation is disallowed on this registry, repository or image.",
                    "REGISTRY_DISALLOWED_OPERATION"),
        fixes=(
            Fix("Unlock what is locked, when whoever locked it agrees; or use another tag, where only one is.",
                "registryOwner", tuple(_unlock(kind, action) for action in SWITCHES
                                       for kind in ("repository", "image"))),
            Fix("Look at the attributes with `az acr repository show`, and unlock with `az acr repository update`, "
                "when whoever locked it agrees.", "registryOwner"),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The access token does not grant the action, locked or not.",
            "REGISTRY_STATE_ERROR": "The registry as a whole does not serve.",
        },
        docs=REGISTRY + "container-registry-image-lock",
    ),
    Code(
        code="ANONYMOUS_PULL_BLOCKED_WARNING",
        title="A bad stored login blocks this pull",
        meaning="The registry serves pulls without a login. A client that has a credential sends it all the same, and "
                "an expired or unfit one is refused, where none at all would do.",
        message="{login_server} allows anonymous pull, and {client} sends its stored credential, which does not work, "
                "instead of none.",
        how_found="Anonymous pull is on in Resource Manager, and the client's stored credential for the login server "
                  "has expired or can never work.",
        looks_like=("pull access denied for myregistry.azurecr.io/app, repository does not exist or may require "
                    "'docker login'",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Take the registry's entry out of the environment variable {variable}; pulling then needs no login."),
            Fix("Sign out of the registry, which removes the stored credential; pulling then needs no login.",
                commands=(("{client}", "logout", "{login_server}"),)),
            Fix("Sign out of the registry with `docker logout`, or sign in again."),
        ),
        confused_with={"DOCKER_CREDENTIAL_EXPIRED_ERROR": "Anonymous pull is off: a new login is needed."},
        docs=REGISTRY + "anonymous-pull-access",
    ),
    Code(
        code="CLIENT_TOKEN_UNSUPPORTED_WARNING",
        title="The tool ignores az's stored login",
        meaning="`az acr login` has docker store an identity token beside an empty password. docker and podman use it; "
                "some other tools read user name and password only and so send an empty one. Docker content trust does "
                "not take repository-scoped tokens, either.",
        message="{stored} is good until {expires_at}; it is an identity token, and the symptom speaks of '{tool}', "
                "which may not read those.",
        how_found="The client holds an identity token that is still good, and the symptom names a tool that reads user "
                  "name and password only.",
        looks_like=("401 Unauthorized from kaniko, helm, bazel, the devcontainer CLI or a Terraform provider, while "
                    "docker pull works",
                    "authentication with user 00000000-0000-0000-0000-000000000000 and a blank password fails"),
        fixes=(Fix("Update the tool; or sign it in with a password: a repository-scoped token's, a service "
                   "principal's, or the token from `az acr login --expose-token` with the user name "
                   "00000000-0000-0000-0000-000000000000."),),
        confused_with={
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "docker is refused, too: the login's three hours are over.",
            "CLIENT_VERSION_WARNING": "The tool knows identity tokens and has a defect in this version.",
        },
        docs=AUTHENTICATION,
    ),
    Code(
        code="CLIENT_VERSION_WARNING",
        title="This version of the client is known to fail",
        meaning="What fails is mended in a newer version of the tool or of the Azure CLI; nothing is wrong with the "
                "registry or the rights.",
        how_found="From the symptom, which names an option, a host or a behaviour that only older or single versions "
                  "get wrong.",
        looks_like=("az: error: unrecognized arguments: --expose-token",
                    "Regional endpoint for 'westeurope' not found. Aborting login.",
                    "401 Unauthorized from helm install while helm pull works"),
        fixes=(Fix("Update the tool that fails; for the Azure CLI the command does it.",
                   commands=(("az", "upgrade"),)),),
        confused_with={
            "CLIENT_TOKEN_UNSUPPORTED_WARNING": "No version of the tool takes the stored token.",
            "DOCKER_VERSION_ERROR": "The Docker client is too old to sign in at all.",
        },
        docs="https://learn.microsoft.com/cli/azure/update-azure-cli",
    ),
    Code(
        code="CLIENT_ENVIRONMENT_WARNING",
        title="Login and use happen in different places",
        meaning="The Azure CLI and docker keep their logins in the home of the user who runs them, or where "
                "AZURE_CONFIG_DIR and DOCKER_CONFIG say. sudo, a service, an IDE, WSL beside Windows, a snap or a "
                "pipeline step see another home, and so not the login.",
        message={
            "sudo": "This runs as root through sudo, and root's Azure CLI has no login; {local_user|somebody}'s has "
                    "one.",
            "folder": "docker uses the configuration in {folder|its folder}, which holds nothing for this registry; "
                      "{holding_folder|another folder} holds a credential for it.",
            "variable": "docker uses the configuration in {folder|its folder} (DOCKER_CONFIG), which holds nothing "
                        "for this registry; {holding_folder|another folder} holds a credential for it.",
        },
        how_found="Under sudo, root's profile is empty and the invoking user's is not; or docker's configuration "
                  "folder in use holds nothing for the registry, and another one on this machine does.",
        looks_like=("sudo az acr login: Please run 'az login' to setup account.",
                    "no basic auth credentials", "unauthorized: authentication required"),
        fixes=(
            Fix("Use the login in {holding_folder} by setting DOCKER_CONFIG to that folder for the failing command, or "
                "sign in again as the user and with the settings that it runs with."),
            Fix("Run the login and the use as {local_user}, without sudo; let {local_user} use the Docker engine if "
                "that is why sudo was there."),
            Fix("Sign in as the user, and with the AZURE_CONFIG_DIR and DOCKER_CONFIG, that the failing command runs "
                "with."),
        ),
        confused_with={
            "LOGIN_REQUIRED_ERROR": "Nobody on this machine is signed in.",
            "DOCKER_CREDENTIAL_MISSING_WARNING": "No folder holds a credential for the registry.",
        },
        docs=LOGIN,
    ),
    Code(
        code="KUBERNETES_PULL_SECRET_ERROR",
        title="The Kubernetes pull secret does not fit",
        meaning="A pod pulls with the secret that its imagePullSecrets or its service account names. It must be in the "
                "pod's own namespace, be referenced, name this login server, and hold a credential that still works; "
                "a token from `az acr login` in it works for three hours.",
        how_found="From the symptom only: the cluster is not looked into.",
        looks_like=("Failed to pull image ... failed to fetch anonymous token: unexpected status: 401 Unauthorized",
                    "ImagePullBackOff", "Unable to retrieve some image pull secrets"),
        fixes=(Fix("Look at the pod's namespace, its imagePullSecrets and the secret's login server; make a new secret "
                   "from a service principal or a repository-scoped token, and reference it. On AKS, attaching the "
                   "registry needs no secret.", "serviceOwner"),),
        confused_with={
            "KUBELET_IDENTITY_ERROR": "No pull secret is used; the nodes pull with their own identity.",
            "CREDENTIAL_PASSWORD_ERROR": "The credential in the secret is given with --username and refused.",
        },
        docs=REGISTRY + "container-registry-auth-kubernetes",
    ),
    Code(
        code="KUBELET_IDENTITY_ERROR",
        title="The nodes' identity cannot pull",
        meaning="AKS nodes pull with the cluster's kubelet identity. It was deleted, is not attached to the nodes, or "
                "was replaced, so that no role assignment can help until the cluster has a living one.",
        how_found="With --assignee and the cluster's resource id, Resource Manager shows no kubelet identity, or one "
                  "that does not exist any more.",
        message={
            "gone": "The AKS cluster '{user_name|?}' has no identity to pull with: the one that its nodes are set up "
                    "with does not exist any more.",
            "no-identity": "The AKS cluster '{user_name|?}' has no identity to pull with: Resource Manager shows no "
                           "kubelet identity."},
        looks_like=("failed to authorize: failed to fetch oauth token: unexpected status from GET request to "
                    "https://myregistry.azurecr.io/oauth2/token: 401 Unauthorized",
                    "Identity not found", "ImagePullBackOff"),
        fixes=(Fix("Have the cluster's owner give it a kubelet identity again (`az aks update` with "
                   "--assign-kubelet-identity, or without options to reconcile), renew the nodes, and attach the "
                   "registry with `az aks update --attach-acr`; `az aks check-acr` tests the result.",
                   "serviceOwner"),),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The kubelet identity exists and has no role on the registry.",
            "KUBERNETES_PULL_SECRET_ERROR": "The pod pulls with a secret.",
        },
        explains=("ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR", "ROLE_ASSIGNMENT_MODE_ERROR",
                  "ROLE_ASSIGNMENT_CONDITION_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR", "ROLE_ASSIGNMENT_PRINCIPAL_ERROR",
                  "ROLE_NOT_ACTIVATED_ERROR", "DENY_ASSIGNMENT_ERROR"),
        docs=AKS,
    ),
    Code(
        code="SERVICE_NETWORK_ERROR",
        title="The registry's network rules keep the service out",
        meaning="The one refused is an Azure service: an ACR task's agent, App Service, a hosted pipeline. It comes "
                "from an address that the registry's rules do not allow, and is not let past them as a trusted "
                "service.",
        message={"closed": "The registry does not let '{service}' in: public network access is disabled, and the app "
                           "does not pull over a virtual network.",
                 "rules": "The registry does not let '{service}' in: its rules do not allow "
                          "{shut_out_addresses|the addresses} of the app, and the app does not pull over a virtual "
                          "network."},
        how_found="With --assignee of a service and the registry's rules, public access and bypass settings read; or "
                  "from a symptom that names such a service.",
        looks_like=("failed to login, ran out of retries: failed to set docker credentials: Error response from "
                    "daemon: Get \"https://myregistry.azurecr.io/v2/\": denied: client with IP '...' is not allowed "
                    "access.",
                    "DENIED: client with IP '...' is not allowed access. Refer https://aka.ms/acr/firewall"),
        fixes=(Fix("Let the service in: an ACR task in a dedicated agent pool inside the network, or with a system-"
                   "assigned identity and the registry's network bypass for tasks switched on; other services through "
                   "a private endpoint or virtual network, or by their addresses.", "registryOwner"),),
        confused_with={
            "CONNECTIVITY_FORBIDDEN_ERROR": "This machine is the one refused, here and now.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The service gets through, and its identity has no role.",
        },
        docs=REGISTRY + "allow-access-trusted-services",
    ),
    Code(
        code="UPSTREAM_REGISTRY_ERROR",
        title="Another registry, the source, refuses",
        meaning="For a cache rule or an import the registry fetches from a source. That one throttles, wants a login "
                "or does not have the image; the own registry's rights are in order.",
        message={
            "no rule seen": "'{repository}' is fetched from another registry, which does not deliver it{said|}.",
            "": CACHED,
            "unhealthy": CACHED + " Its credential set '{credential_set|}' is unhealthy{error|}.",
            "no credentials": CACHED + " The rule has no credentials for it.",
        },
        how_found="With an access token that grants pull the registry refuses a manifest, and says that its source "
                  "does, or the repository belongs to a cache rule; or the rule's credentials are unhealthy and the "
                  "image is not there. Otherwise from the symptom's text.",
        looks_like=("toomanyrequests: too many requests to source registry for cache rule 'docker-hub'.",
                    "Failed to import ... source registry: unauthorized"),
        fixes=(
            Fix("See what the credential set '{credential_set}' lacks. Its Key Vault secrets have to hold a login that "
                "{source} takes, and its identity has to be allowed to read them.", "registryOwner",
                (("az", "acr", "credential-set", "show", "--registry", "{registry}", "--name", "{credential_set}",
                  IN_SUBSCRIPTION),)),
            Fix("Compare the rule's source with what there is, and give the rule credentials for {source}: `az acr "
                "credential-set create`, then `az acr cache update`. Where the source throttles, pull less at once.",
                "registryOwner", (("az", "acr", "cache", "show", "--registry", "{registry}", "--name",
                                   "{rule_without_credentials}", IN_SUBSCRIPTION),)),
            Fix("Give the cache rule credentials for its source (`az acr credential-set create`, then `az acr cache "
                "update`), or the import its --username and --password; where the source throttles, pull less at "
                "once.", "registryOwner"),
        ),
        confused_with={
            "CONNECTIVITY_TOOMANYREQUESTS_ERROR": "The own registry throttles.",
            "IMAGE_NOT_FOUND_ERROR": "The repository is no cached one, and it is not there.",
        },
        docs=REGISTRY + "artifact-cache-overview",
        explains=("CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR"),
    ),
    Code(
        code="CMK_ERROR",
        title="The registry's encryption key is out of reach",
        meaning="The registry is encrypted with a key of the customer's own. The identity that it reads the key with "
                "is gone, or the key or its vault is not accessible any more, and the registry cannot read its own "
                "content.",
        message={"unassigned": KEY_READER + " is not assigned to the registry any more.",
                 "gone": KEY_READER + " does not exist any more."},
        how_found="The registry names an identity for its key that it does not have, or the symptom speaks of the key.",
        looks_like=("The identity used for registry 'myregistry' encryption doesn't exist.",
                    "Failed to access KeyId 'https://myvault.vault.azure.net/keys/mykey'. Verify that identity '...' "
                    "has 'Get, Wrap Key, Unwrap Key' permission on key"),
        fixes=(
            Fix("See which key and identity the registry uses, then give that identity access to the key and its "
                "vault, or rotate the key with another identity (`az acr encryption rotate-key`).", "registryOwner",
                commands=(("az", "acr", "encryption", "show", "--name", "{registry}"),)),
            Fix("Give the registry's identity access to its key and vault again, or rotate the key with another "
                "identity (`az acr encryption rotate-key`).", "registryOwner"),
        ),
        confused_with={"REGISTRY_STATE_ERROR": "Resource Manager says that the registry itself failed or is disabled.",
                       "CONNECTIVITY_SERVER_ERROR": "The registry answers 5xx, and nothing points to its key."},
        docs=HEALTH + "cmk_error",
    ),
    Code(
        code="UNEXPECTED_ERROR",
        title="A defect of this tool",
        meaning="A check of this tool stopped half-way by a mistake of its own. It says nothing about the registry, "
                "the login or this machine; the other checks went on.",
        how_found="The check ended with an exception that it should have foreseen.",
        looks_like=("crashed", "This check failed because of a defect in this tool."),
        fixes=(Fix("Report it at https://github.com/Azure/azure-cli-extensions/issues with the report's `tool` and the "
                   "crashed check's message, which hold no secret. Updating the extension may help, as the command "
                   "does.", commands=(("az", "extension", "update", "--name", "acrlogin"),)),),
        docs="https://github.com/Azure/azure-cli-extensions/issues",
    ),
]
