# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about what is asked for and by whom: image references, tools, clusters and services; and the last resorts."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import AUTHENTICATION, HEALTH, IN_SUBSCRIPTION, LOGIN, REGISTRY, SAID

REFUSED_IMAGE = "The access token grants {action}, but the registry refuses {part} ({status})."
CACHED = "Cache rule '{cache_rule|}' fetches '{repository}' from {source|}, which does not deliver it{said|}."
AKS = "https://learn.microsoft.com/azure/aks/cluster-container-registry-integration"

# https://learn.microsoft.com/azure/aks/pre-created-kubelet-managed-identity: a cluster whose own identity is the
# system-assigned one has to change that, too.
NEW_KUBELET_IDENTITY = ("Give the cluster an existing kubelet identity: `az aks update --assign-kubelet-identity`, "
                        "which recreates all nodes and so restarts what runs on them. If the cluster's own identity is "
                        "system-assigned, add --enable-managed-identity and --assign-identity. ")
SET_KUBELET_IDENTITY = ("Let the cluster {cluster_to_update} use {new_kubelet_identity}. This recreates all nodes and "
                        "so restarts what runs on them.{other_control_plane|} ")
NO_ACRPULL = ("the role 'Container Registry Repository Reader' on {abac_registry}. AcrPull, which `az aks update "
              "--attach-acr` grants, has no effect there, because of the registry's role assignment mode.")
_CLUSTER = ("--name", "{cluster}", "--resource-group", "{cluster_group}", "--subscription", "{cluster_subscription}")
# https://learn.microsoft.com/azure/aks/use-managed-identity: nodes keep the service principal until they are renewed.
UPDATE_CLUSTER = ("az", "aks", "update", *_CLUSTER)
TO_MANAGED_IDENTITIES = (*UPDATE_CLUSTER, "--enable-managed-identity")
ATTACH = (*UPDATE_CLUSTER, "--attach-acr", "{attached_registry}")
ASSIGN_KUBELET_IDENTITY = (
    WhenKnown(("az", "identity", "create", "--name", "{lost_identity}", "--resource-group", "{lost_identity_group}",
               "--subscription", "{lost_identity_subscription}")),
    (*UPDATE_CLUSTER, WhenKnown(("--enable-managed-identity", "--assign-identity", "{control_plane_identity}")),
     "--assign-kubelet-identity", "{kubelet_identity_id}"))
RENEW_NODES = ("az", "aks", "upgrade", *_CLUSTER, "--node-image-only")
BLOCKED = "The registry blocks '{service}': public network access is disabled"
NO_TASKS = "the registry's tasks may not bypass its network rules"
NOT_TRUSTED = "trusted services may not bypass its network rules"
UNLOCK = ("az", "acr", "repository", "update", "--name", "{registry}", IN_SUBSCRIPTION)
OPTIONS = {"repository": "--repository", "tag": "--image", "manifest": "--image"}
ASSIGN_TO_REGISTRY = ("az", "acr", "identity", "assign", "--name", "{registry}", IN_SUBSCRIPTION, "--identities")
KEY_READER = "The identity {key_identity}, with which the registry '{registry}' reads its encryption key,"
# https://learn.microsoft.com/azure/container-registry/tutorial-rotate-revoke-customer-managed-keys
NO_CONTENT = " Without its key, a registry cannot read its images."


def _unlock(part: str) -> WhenKnown:
    """Turns on what is turned off and needed, of a repository, a tag or a manifest."""
    return WhenKnown((*UNLOCK, OPTIONS[part], f"{{{part}_locked}}", *(
        WhenKnown((f"--{switch}-enabled", f"{{{part}_{fact}}}"))
        for switch, fact in (("read", "readable"), ("write", "writable"), ("delete", "deletable")))))


UNLOCK_ALL = tuple(map(_unlock, OPTIONS))


CODES = [
    Code(
        code="IMAGE_REFERENCE_ERROR",
        title="The image reference cannot work with this login",
        meaning="An image's name begins with its registry's host, and the client sends the credential stored for "
                "exactly that host. Capitals, a port, a scheme or the privatelink alias make it a different host; "
                "without a host it means Docker Hub. Repository names must be lower case, too.",
        message="docker cannot use '{reference|}' with this registry's login: {fault}.",
        how_found="The reference given as the name is parsed the way docker does it.",
        looks_like=("denied: requested access to the resource is denied (docker.io/library/...)",
                    "invalid reference format: repository name must be lowercase",
                    "x509: certificate is valid for *.azurecr.io, not myregistry.privatelink.azurecr.io",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Write the image as {image_to_write}."),
            Fix("Write the image as {login_server}/REPOSITORY:TAG, in lower case, without scheme or port."),
            Fix("Write the image as LOGIN-SERVER/REPOSITORY:TAG, in lower case, without scheme or port."),
        ),
        confused_with={
            "REGISTRY_NAME_WARNING": "Only the host has capitals: Docker can use the reference, but not its login.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The image's name is right, but the login was stored under another "
                                               "spelling.",
            "IMAGE_NOT_FOUND_ERROR": "The host is right, but the repository or tag does not exist.",
        },
        outlasts_waiting=True,
        docs=REGISTRY + "container-registry-faq",
    ),
    Code(
        code="IMAGE_NOT_FOUND_ERROR",
        title="The repository or tag does not exist",
        meaning="Signing in works and the identity is allowed to read, but the repository or tag does not exist. It is "
                "misspelled, was never pushed, or was deleted. docker often reports this as a denial. With a "
                "quarantine policy, an image that no scanner has released looks the same to most identities.",
        message=("'{image}' does not exist (404); you are allowed to read it.",
                 WhenKnown((" Did you mean '{similar}'?",)),
                 WhenKnown((" Cache rule '{cache_rule}' looks for it in {source}.",)),
                 WhenKnown((" The registry's quarantine policy is enabled: if '{quarantined_image}' was pushed, it may "
                            "still be in quarantine.",)),
                 WhenKnown((" The registry keeps deleted artifacts for {days} days (soft delete), and whether this one "
                            "is among them could not be read.",)),
                 WhenKnown((" The registry purges untagged manifests after {purged_after} days.",))),
        how_found="With an access token that grants reading, the registry answers 404 for the tags or the manifest. "
                  "Similar names come from the registry's own lists.",
        looks_like=("manifest for myregistry.azurecr.io/app:v1 not found: manifest unknown",
                    "MANIFEST_UNKNOWN", "NAME_UNKNOWN: repository name not known to registry"),
        fixes=(
            Fix("Use '{similar}', which exists."),
            Fix("Compare the name and tag with those of {source}, from which cache rule '{cache_rule}' fetches the "
                "image."),
            Fix("Look for '{quarantined_image}' as an identity with the role AcrQuarantineReader. If its "
                "quarantineState is not Passed, let the scanner release it.", "registryOwner", (
                    ("az", "acr", "manifest", "show-metadata", "--registry", "{registry}", "--name",
                     "{quarantined_image}", IN_SUBSCRIPTION),)),
            Fix("Look among the deleted tags of {deletable_repository}. `az acr manifest restore` restores one.",
                "registryOwner", (("az", "acr", "manifest", "list-deleted-tags", "--registry", "{registry}", "--name",
                                   "{deletable_repository}", IN_SUBSCRIPTION),)),
            Fix("Compare the tag with those of {known_repository}, and push the image if it is missing.", commands=(
                ("az", "acr", "repository", "show-tags", "--name", "{registry}", "--repository", "{known_repository}",
                 IN_SUBSCRIPTION),)),
            Fix("Compare the name with the registry's repositories, and push the image if it is missing.", commands=(
                ("az", "acr", "repository", "list", "--name", "{registry}", IN_SUBSCRIPTION),)),
            Fix("Compare the repository {repository|asked for} and its tag with what `az acr repository list` and `az "
                "acr repository show-tags` show, and push the image if it is missing."),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The access token does not allow reading this repository.",
            "UPSTREAM_REGISTRY_ERROR": "The repository belongs to a cache rule whose source does not deliver.",
            "IMAGE_DELETED_ERROR": "Soft delete still has the tag.",
            "IMAGE_QUARANTINED_ERROR": "The manifest exists and is in quarantine.",
        },
        docs=REGISTRY + "container-registry-faq",
    ),
    Code(
        code="IMAGE_DELETED_ERROR",
        title="The image was deleted and can be restored",
        meaning="The tag was deleted. The registry's soft delete policy keeps it for some days, during which it can be "
                "restored. Until then a pull fails as if it had never existed, and pushing the same manifest again is "
                "not allowed.",
        message=("'{image}' was deleted", WhenKnown((" at {at}",)), ". It can still be restored."),
        how_found="The registry answers 404, its soft delete policy is enabled, and the tag is among the deleted ones "
                  "of the repository. Listing those needs Microsoft.ContainerRegistry/registries/deleted/read.",
        looks_like=("manifest for myregistry.azurecr.io/app:v1 not found: manifest unknown",
                    "MANIFEST_UNKNOWN"),
        fixes=(
            Fix("Restore the image. This needs Microsoft.ContainerRegistry/registries/deleted/restore/action.",
                "registryOwner", (("az", "acr", "manifest", "restore", "--registry", "{registry}", "--name", "{image}",
                                   "--digest", "{digest}", IN_SUBSCRIPTION),)),
            Fix("Restore the image with `az acr manifest restore`.", "registryOwner"),
        ),
        confused_with={
            "IMAGE_NOT_FOUND_ERROR": "The tag is not among the deleted ones either.",
            "IMAGE_QUARANTINED_ERROR": "The manifest exists and is in quarantine.",
        },
        docs=REGISTRY + "container-registry-soft-delete-policy",
    ),
    Code(
        code="IMAGE_QUARANTINED_ERROR",
        title="The image is in quarantine",
        meaning="The registry's quarantine policy holds new images back until a scanner releases them. Until then only "
                "identities with a quarantine role can pull them. For everyone else the tag does not exist (404), and "
                "pulling by digest is not allowed (405).",
        message="'{image}' is in quarantine (state {state}). Only an identity with a quarantine role can pull it.",
        how_found="The registry answers 405 for the manifest, no lock forbids reading, and the manifest's "
                  "quarantineState is not Passed.",
        looks_like=("unknown: The operation is disallowed on this registry, repository or image.",
                    "manifest for myregistry.azurecr.io/app:v1 not found: manifest unknown"),
        fixes=(
            Fix("Let the scanner release the image: an identity with the role AcrQuarantineWriter sets its "
                "quarantineState to Passed. This command shows the state.", "registryOwner", (
                    ("az", "acr", "manifest", "show-metadata", "--registry", "{registry}", "--name", "{image}",
                     IN_SUBSCRIPTION),)),
            Fix("Let the scanner release the image: an identity with the role AcrQuarantineWriter sets its "
                "quarantineState to Passed.", "registryOwner"),
        ),
        confused_with={
            "IMAGE_LOCKED_ERROR": "An attribute of the image turns reading off.",
            "IMAGE_NOT_FOUND_ERROR": "The registry answers 404, and nothing shows that the image exists.",
        },
        explains=("IMAGE_REFUSED_ERROR",),
        docs="https://github.com/Azure/acr/blob/main/docs/preview/quarantine/readme.md",
    ),
    Code(
        code="IMAGE_REFUSED_ERROR",
        title="The registry refuses the image",
        meaning="Signing in works and the access token grants the action, but the registry refuses it when the token "
                "is used. The reason could not be found: it is not the network, a lock or the source of a cache rule, "
                "where those could be read.",
        message={
            "": (REFUSED_IMAGE, SAID),
            "locks not read": (REFUSED_IMAGE, " Whether it is locked is unknown: {reason}.", SAID),
            "not locked": (REFUSED_IMAGE, " No lock forbids it.", SAID),
            "quarantine": (REFUSED_IMAGE, " No lock forbids it. The registry's quarantine policy is enabled, so the "
                           "image may be in quarantine.", SAID)},
        how_found="With an access token that grants the action, the registry answers the request for the tags, the "
                  "manifest or a layer with a refusal that nothing else in this run explains.",
        looks_like=("unknown: The operation is disallowed on this registry, repository or image.",),
        fixes=(
            Fix("Look for '{quarantined_image}' as an identity with the role AcrQuarantineReader. If its "
                "quarantineState is not Passed, let the scanner release it.", "registryOwner", (
                    ("az", "acr", "manifest", "show-metadata", "--registry", "{registry}", "--name",
                     "{quarantined_image}", IN_SUBSCRIPTION),)),
            Fix("Check whether {unread_repository} or the image is locked: look for readEnabled in "
                "changeableAttributes.",
                "registryOwner", (("az", "acr", "repository", "show", "--name", "{registry}", "--repository",
                                   "{unread_repository}", IN_SUBSCRIPTION),)),
            Fix("Look in the registry's diagnostic logs for what it refused, or open a support "
                "request{with_correlation_id|}.", "registryOwner"),
        ),
        confused_with={
            "IMAGE_LOCKED_ERROR": "A lock was read that forbids the action.",
            "IMAGE_QUARANTINED_ERROR": "The manifest's quarantine state was read.",
            "UPSTREAM_REGISTRY_ERROR": "The repository belongs to a cache rule, and its source refuses.",
        },
        docs=REGISTRY + "container-registry-faq",
    ),
    Code(
        code="IMAGE_LOCKED_ERROR",
        title="The repository or image is locked",
        meaning="Attributes of a repository, tag or manifest can turn off writing, deleting or reading for everyone, "
                "whatever their role. The access token is still granted; the registry refuses the operation itself.",
        message={"": "Locked: {locks}. Nobody can {action}, whatever their role.",
                 "repository": "Locked: {locks}. Nobody can delete the repository as a whole, whatever their role. Its "
                               "images are not protected by that."},
        how_found="The attributes are read if the question is about pushing or deleting, or if the registry answers "
                  "405 when the manifest is read. An operation that the question needs is turned off.",
        looks_like=("unknown: The operation is disallowed on this registry, repository or image.",
                    "REGISTRY_DISALLOWED_OPERATION"),
        fixes=(
            Fix("Unlock the tag if whoever locked it agrees. If not, push to another tag than {tag_to_overwrite}.",
                "registryOwner", UNLOCK_ALL),
            Fix("Unlock {locked_parts} if whoever locked it agrees.", "registryOwner", UNLOCK_ALL),
            Fix("Check the attributes with `az acr repository show`, and unlock with `az acr repository update` if "
                "whoever locked it agrees.", "registryOwner"),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The access token does not grant the action, locked or not.",
            "IMAGE_QUARANTINED_ERROR": "No attribute turns reading off, and the manifest is in quarantine.",
            "REGISTRY_STATE_ERROR": "The registry as a whole is not serving requests.",
        },
        explains=("IMAGE_REFUSED_ERROR",),
        docs=REGISTRY + "container-registry-image-lock",
    ),
    Code(
        code="ANONYMOUS_PULL_BLOCKED_WARNING",
        title="A bad stored login blocks this pull",
        meaning="The registry allows pulling without a login. But a client with a stored credential sends it anyway, "
                "and the registry refuses one that is expired or invalid. Without a credential the pull would work.",
        message="{login_server} allows anonymous pull, but {client} sends its stored credential, which does not work.",
        how_found="Azure Resource Manager shows that anonymous pull is on, and the client's stored credential for the "
                  "login server has expired or can never work.",
        looks_like=("pull access denied for myregistry.azurecr.io/app, repository does not exist or may require "
                    "'docker login'",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Remove the registry's entry from the environment variable {variable}; pulling then needs no login."),
            Fix("Sign out of the registry, which removes the stored credential; pulling then needs no login.",
                commands=(("{client}", "logout", "{login_server}"),)),
            Fix("Sign out of the registry with `docker logout`, or sign in again."),
        ),
        confused_with={"DOCKER_CREDENTIAL_EXPIRED_ERROR": "Anonymous pull is off, so a new login is needed."},
        docs=REGISTRY + "anonymous-pull-access",
    ),
    Code(
        code="CLIENT_TOKEN_UNSUPPORTED_WARNING",
        title="The tool ignores the stored login",
        meaning="`az acr login` makes docker store an identity token with an empty password. docker and podman use the "
                "token. Some other tools read only user name and password, and so send an empty password. Docker "
                "content trust does not accept repository-scoped tokens, either.",
        message="{stored} is good until {expires_at}, but it is an identity token. The symptom names '{tool}', which "
                "may not be able to read those.",
        how_found="The client has an identity token that is still good, and the symptom names a tool that reads only "
                  "user name and password.",
        looks_like=("401 Unauthorized from kaniko, helm, bazel, the devcontainer CLI or a Terraform provider, while "
                    "docker pull works",
                    "authentication with user 00000000-0000-0000-0000-000000000000 and a blank password fails"),
        fixes=(Fix("Update the tool. Or sign it in with the password of a repository-scoped token or a service "
                   "principal. A token from `az acr login --expose-token` also works as the password, with the user "
                   "name 00000000-0000-0000-0000-000000000000."),),
        confused_with={
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "docker is refused, too: the login's three hours are over.",
            "CLIENT_VERSION_WARNING": "The tool supports identity tokens, but this version has a bug.",
        },
        docs=AUTHENTICATION,
    ),
    Code(
        code="CLIENT_VERSION_WARNING",
        title="This version of the client is known to fail",
        meaning="A newer version of the tool or of the Azure CLI fixes this. Nothing is wrong with the registry or "
                "your permissions.",
        how_found="From the symptom, which names an option, a host or a behaviour that only older or particular "
                  "versions get wrong.",
        looks_like=("az: error: unrecognized arguments: --expose-token",
                    "Regional endpoint for 'westeurope' not found. Aborting login.",
                    "401 Unauthorized from helm install while helm pull works"),
        fixes=(Fix("Update the tool that fails. For the Azure CLI, use this command.",
                   commands=(("az", "upgrade"),)),),
        confused_with={
            "CLIENT_TOKEN_UNSUPPORTED_WARNING": "No version of the tool accepts the stored token.",
            "DOCKER_VERSION_ERROR": "The Docker client is too old to sign in at all.",
        },
        docs="https://learn.microsoft.com/cli/azure/update-azure-cli",
    ),
    Code(
        code="CLIENT_ENVIRONMENT_WARNING",
        title="Login stored for another user or folder",
        meaning="The Azure CLI and docker keep their logins in the home folder of the user who runs them, or where "
                "AZURE_CONFIG_DIR and DOCKER_CONFIG point. sudo, a service, an IDE, WSL beside Windows, a snap or a "
                "pipeline step uses a different home, and does not see the login.",
        message={
            "sudo": "This runs as root through sudo. root is not signed in to the Azure CLI, but {local_user|the "
                    "user who ran sudo} is.",
            "folder": "docker reads {folder|its configuration folder}, which has no login for this registry. "
                      "{holding_folder|Another folder} has one.",
            "variable": "docker reads {folder|its configuration folder} (DOCKER_CONFIG), which has no login for this "
                        "registry. {holding_folder|Another folder} has one.",
        },
        how_found="Under sudo, root's profile is empty but the invoking user's is not. Or docker's configuration "
                  "folder has no login for the registry, but another folder on this machine has one.",
        looks_like=("sudo az acr login: Please run 'az login' to setup account.",
                    "no basic auth credentials", "unauthorized: authentication required"),
        fixes=(
            Fix("Set the environment variable DOCKER_CONFIG to {holding_folder} for the failing command, so that it "
                "uses the login in that folder."),
            Fix("Run both the login and the failing command as {local_user}, without sudo. If sudo was needed for "
                "Docker, give {local_user} access to the Docker engine."),
            Fix("Sign in as the user, and with the AZURE_CONFIG_DIR and DOCKER_CONFIG, that the failing command runs "
                "with."),
        ),
        confused_with={
            "LOGIN_REQUIRED_ERROR": "Nobody is signed in on this machine.",
            "DOCKER_CREDENTIAL_MISSING_WARNING": "No folder has a credential for the registry.",
        },
        docs=LOGIN,
    ),
    Code(
        code="KUBERNETES_PULL_SECRET_ERROR",
        title="The Kubernetes pull secret does not work",
        meaning="A pod pulls with the secret that its imagePullSecrets or its service account names. The secret must "
                "be in the pod's namespace, be referenced, name this login server, and contain a credential that still "
                "works. A token from `az acr login` works there for only three hours.",
        how_found="From the symptom only: the cluster is not examined.",
        looks_like=("Failed to pull image ... failed to fetch anonymous token: unexpected status: 401 Unauthorized",
                    "ImagePullBackOff", "Unable to retrieve some image pull secrets"),
        fixes=(Fix("Check the pod's namespace, its imagePullSecrets and the secret's login server. Create a new secret "
                   "from a service principal or a repository-scoped token, and reference it. On AKS, attaching the "
                   "registry makes the secret unnecessary.", "serviceOwner"),),
        confused_with={
            "KUBELET_IDENTITY_ERROR": "No pull secret is used; the nodes pull with their own identity.",
            "CREDENTIAL_PASSWORD_ERROR": "The secret's credential is given with --username and refused.",
        },
        docs=REGISTRY + "container-registry-auth-kubernetes",
    ),
    Code(
        code="KUBELET_IDENTITY_ERROR",
        title="The nodes' identity cannot pull",
        meaning="AKS nodes pull with the cluster's kubelet identity. It was deleted, is not attached to the nodes, or "
                "was replaced. No role assignment helps until the cluster has an existing one.",
        how_found="With --assignee and the cluster's resource id, Azure Resource Manager shows no kubelet identity, or "
                  "one that no longer exists.",
        message={
            "gone": "The AKS cluster '{user_name|?}' cannot pull: its kubelet identity no longer exists.",
            "renewed": "The AKS cluster '{user_name|?}' cannot pull: its kubelet identity was deleted and created "
                       "again, and the cluster still uses the deleted one.",
            "application-gone": "The AKS cluster '{user_name|?}' cannot pull: its service principal, application "
                                "{application_id|?}, no longer exists.",
            "no-identity": "The AKS cluster '{user_name|?}' cannot pull: Azure Resource Manager shows no kubelet "
                           "identity."},
        looks_like=("failed to authorize: failed to fetch oauth token: unexpected status from GET request to "
                    "https://myregistry.azurecr.io/oauth2/token: 401 Unauthorized",
                    "Identity not found", "ImagePullBackOff"),
        fixes=(
            Fix("Move the cluster {cluster_of_application} from its service principal to managed identities, renew its "
                "nodes so that they use the new kubelet identity, which restarts what runs on them, and attach "
                "{legacy_registry}.", "serviceOwner", (TO_MANAGED_IDENTITIES, RENEW_NODES, ATTACH)),
            Fix("Move the cluster {cluster_of_application} from its service principal to managed identities, and renew "
                "its nodes so that they use the new kubelet identity, which restarts what runs on them. Next, that "
                "identity needs a role on the registry.", "serviceOwner", (TO_MANAGED_IDENTITIES, RENEW_NODES)),
            Fix(SET_KUBELET_IDENTITY + "Then attach {legacy_registry}, and test with `az aks check-acr`.",
                "serviceOwner", (*ASSIGN_KUBELET_IDENTITY, ATTACH)),
            Fix(SET_KUBELET_IDENTITY + "Next, grant that identity " + NO_ACRPULL, "serviceOwner",
                ASSIGN_KUBELET_IDENTITY),
            Fix(SET_KUBELET_IDENTITY + "Next, that identity needs a role on the registry.", "serviceOwner",
                ASSIGN_KUBELET_IDENTITY),
            Fix(NEW_KUBELET_IDENTITY + "Next, grant that identity " + NO_ACRPULL, "serviceOwner"),
            Fix(NEW_KUBELET_IDENTITY + "Next, attach the registry: `az aks update --attach-acr {legacy_registry}`. "
                "Test with `az aks check-acr`.", "serviceOwner"),
            Fix(NEW_KUBELET_IDENTITY + "Next, that identity needs a role on the registry.", "serviceOwner"),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The kubelet identity exists but has no role on the registry.",
            "KUBERNETES_PULL_SECRET_ERROR": "The pod pulls with a secret.",
        },
        explains=("ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR", "ROLE_ASSIGNMENT_MODE_ERROR",
                  "ROLE_ASSIGNMENT_CONDITION_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR", "ROLE_ASSIGNMENT_PRINCIPAL_ERROR",
                  "ROLE_NOT_ACTIVATED_ERROR", "DENY_ASSIGNMENT_ERROR"),
        docs=AKS,
    ),
    Code(
        code="SERVICE_NETWORK_ERROR",
        title="The registry's network rules block the service",
        meaning="An Azure service is refused: an ACR task's agent, App Service, an AKS cluster, a hosted pipeline. It "
                "connects from an address that the registry's rules do not allow, and does not bypass them as a "
                "trusted service. Since June 2025, ACR tasks bypass them only if the registry allows that explicitly.",
        message={"closed": f"{BLOCKED}, and '{{service}}' has no private connection to it.",
                 "rules": "The registry blocks '{service}': its rules do not allow {shut_out_addresses|its addresses}, "
                          "and '{service}' has no private connection to the registry.",
                 "task-closed": f"{BLOCKED}, and {NO_TASKS}.",
                 "task-rules": "The registry blocks '{service}': its rules allow no public address, and " + NO_TASKS +
                               ".",
                 "trusted-closed": f"{BLOCKED}, and {NOT_TRUSTED}.",
                 "trusted-rules": "The registry blocks '{service}': its rules allow no public address, and " +
                                  NOT_TRUSTED + "."},
        how_found="With --assignee of a service, from the registry's rules, public access and bypass settings, and "
                  "from the service's own addresses and network. Or from a symptom that names such a service.",
        looks_like=("failed to login, ran out of retries: failed to set docker credentials: Error response from "
                    "daemon: Get \"https://myregistry.azurecr.io/v2/\": denied: client with IP '...' is not allowed "
                    "access.",
                    "DENIED: client with IP '...' is not allowed access. Refer https://aka.ms/acr/firewall"),
        fixes=(
            Fix("Let ACR tasks with a system-assigned identity bypass the registry's network rules.", "registryOwner",
                (WhenKnown(("az", "acr", "update", "--name", "{bypass_registry}", IN_SUBSCRIPTION,
                            "--allow-trusted-services", "true")),
                 ("az", "resource", "update", "--ids", "{bypassing_registry}", "--api-version", "2025-11-01", "--set",
                  "properties.networkRuleBypassAllowedForTasks=true"))),
            Fix("Run the task '{task}' on a dedicated agent pool in a virtual network that reaches the registry "
                "(`az acr agentpool create`, then `az acr task update --agent-pool`).", "registryOwner"),
            Fix("Let trusted services such as '{trusted_service}' bypass the registry's network rules.",
                "registryOwner", (("az", "acr", "update", "--name", "{registry}", IN_SUBSCRIPTION,
                                   "--allow-trusted-services", "true"),)),
            Fix("Allow the address of '{service}' in the registry's rules. It takes a few minutes to take effect.",
                "registryOwner", (("az", "acr", "network-rule", "add", "--name", "{registry}", IN_SUBSCRIPTION,
                                   "--ip-address", "{shut_out_address}"),)),
            Fix("Connect '{service}' to the registry privately: create a private endpoint of the registry in the "
                "service's virtual network, and let the service pull over that network.", "registryOwner"),
            Fix("Give the service access. For an ACR task, use a dedicated agent pool inside the network, or a "
                "system-assigned identity with the registry's network bypass for tasks turned on. For other "
                "services, use a private endpoint or virtual network, or allow their addresses.",
                "registryOwner"),
        ),
        confused_with={
            "CONNECTIVITY_FORBIDDEN_ERROR": "This machine is the one refused, here and now.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The service gets through, but its identity has no role.",
        },
        docs=REGISTRY + "allow-access-trusted-services",
    ),
    Code(
        code="UPSTREAM_REGISTRY_ERROR",
        title="The source registry does not deliver the image",
        meaning="For a cache rule or an import, your registry fetches from a source registry. The source throttles, "
                "requires a login or does not have the image. Permissions on your registry are fine.",
        message={
            "no rule seen": "'{repository}' is fetched from another registry, which does not deliver it{said|}.",
            "": CACHED,
            "unhealthy": CACHED + " Its credential set '{credential_set|}' is unhealthy{error|}.",
            "no credentials": CACHED + " The rule has no credentials for that source.",
            "library": CACHED + " Docker Hub's official images are under library/: this one is "
                                "{official_source|docker.io/library/NAME}.",
            "needless credentials": CACHED + " The rule has the credential set '{credential_set|}', and that source "
                                             "takes no login.",
        },
        how_found="With an access token that grants pull, the registry refuses a manifest. It says that its source "
                  "does, or the repository belongs to a cache rule. Or the rule's credentials are unhealthy and the "
                  "image is missing. Otherwise from the symptom's text.",
        looks_like=("toomanyrequests: too many requests to source registry for cache rule 'docker-hub'.",
                    "Failed to import ... source registry: unauthorized"),
        fixes=(
            Fix("Pull '{official_repository}' instead, which the rule fetches from {official_source}."),
            Fix("Delete the cache rule, and create it again with {official_source} as its source.", "registryOwner", (
                ("az", "acr", "cache", "delete", "--registry", "{registry}", "--name", "{cache_rule}", IN_SUBSCRIPTION),
                ("az", "acr", "cache", "create", "--registry", "{registry}", "--name", "{cache_rule}", "--source-repo",
                 "{official_source}", "--target-repo", "{repository}",
                 WhenKnown(("--cred-set", "{credential_set}")), IN_SUBSCRIPTION))),
            Fix("Remove the credential set from the cache rule.", "registryOwner", (
                ("az", "acr", "cache", "update", "--registry", "{registry}", "--name",
                 "{rule_with_needless_credentials}", "--remove-cred-set", IN_SUBSCRIPTION),)),
            Fix("Check what is wrong with the credential set '{credential_set_to_check}'. Its Key Vault secrets must "
                "contain a login that {source_host} accepts, and its identity must be allowed to read them.",
                "registryOwner", (("az", "acr", "credential-set", "show", "--registry", "{registry}", "--name",
                                   "{credential_set_to_check}", IN_SUBSCRIPTION),)),
            Fix("Give the cache rule credentials, which raises the limit of {source_host}: `az acr credential-set "
                "create`, then `az acr cache update` with --cred-set. This command shows the rule.", "registryOwner", (
                    ("az", "acr", "cache", "show", "--registry", "{registry}", "--name", "{throttled_rule}",
                     IN_SUBSCRIPTION),)),
            Fix("Wait until {throttled_source} serves the account in the credential set again. A larger plan of that "
                "account raises its limit."),
            Fix("Check that {source} exists and, if it is private, give the rule credentials for {source_host}: `az "
                "acr credential-set create`, then `az acr cache update` with --cred-set.", "registryOwner", (
                    ("az", "acr", "cache", "show", "--registry", "{registry}", "--name",
                     "{rule_without_credentials}", IN_SUBSCRIPTION),)),
            Fix("Allow the managed identity of the cache rule to pull from {source}. This command shows the identity.",
                "registryOwner", (("az", "acr", "cache", "show", "--registry", "{registry}", "--name",
                                   "{rule_by_identity}", IN_SUBSCRIPTION),)),
            Fix("Check that {source} exists. {source_host} takes no login, so no credentials are missing.",
                "registryOwner", (("az", "acr", "cache", "show", "--registry", "{registry}", "--name",
                                   "{rule_of_open_source}", IN_SUBSCRIPTION),)),
            Fix("Give the cache rule credentials for its source (`az acr credential-set create`, then `az acr cache "
                "update`). For an import, use its --username and --password. If the source throttles, pull fewer "
                "images at once.", "registryOwner"),
        ),
        confused_with={
            "CONNECTIVITY_TOOMANYREQUESTS_ERROR": "Your own registry throttles.",
            "IMAGE_NOT_FOUND_ERROR": "The repository does not belong to a cache rule, and the image does not exist.",
        },
        docs=REGISTRY + "artifact-cache-overview",
        explains=("CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
                  "IMAGE_REFUSED_ERROR"),
    ),
    Code(
        code="CMK_ERROR",
        title="The registry cannot reach its encryption key",
        meaning="The registry is encrypted with a customer-managed key. The identity that it reads the key with is "
                "gone, or the key or its vault is no longer accessible. The registry then cannot read its own content.",
        message={"unassigned": KEY_READER + " is no longer assigned to the registry." + NO_CONTENT,
                 "gone": KEY_READER + " no longer exists." + NO_CONTENT},
        how_found="The registry names an identity for its key that is not assigned to it, or the symptom mentions the "
                  "key.",
        looks_like=("The identity used for registry 'myregistry' encryption doesn't exist.",
                    "Failed to access KeyId 'https://myvault.vault.azure.net/keys/mykey'. Verify that identity '...' "
                    "has 'Get, Wrap Key, Unwrap Key' permission on key"),
        fixes=(
            Fix("Assign the identity with client id {unassigned_identity} to the registry again. The first command "
                "shows its resource id: put that in place of IDENTITY_ID in the second.", "registryOwner",
                commands=(("az", "identity", "list", IN_SUBSCRIPTION, "--query",
                           "[?clientId=='{unassigned_identity}'].id", "--output", "tsv"),
                          (*ASSIGN_TO_REGISTRY, "IDENTITY_ID"))),
            Fix("Let the registry read its key with another identity, because {deleted_identity} cannot be restored. "
                "Assign the registry's own identity (first command), allow it to get, wrap and unwrap the key in the "
                "key's vault, and then let the registry use it (second command).", "registryOwner",
                commands=((*ASSIGN_TO_REGISTRY, "[system]"),
                          ("az", "acr", "encryption", "rotate-key", "--name", "{registry}", IN_SUBSCRIPTION,
                           "--identity", "[system]"))),
            Fix("Restore the access of the registry's identity to its key and vault.", "registryOwner"),
        ),
        explains=("IMAGE_REFUSED_ERROR",),
        confused_with={"REGISTRY_STATE_ERROR": "Azure Resource Manager says that the registry itself failed or is "
                                               "disabled.",
                       "CONNECTIVITY_SERVER_ERROR": "The registry answers 5xx, and nothing points to its key."},
        docs=HEALTH + "cmk_error",
    ),
    Code(
        code="UNEXPECTED_ERROR",
        title="A bug in this tool",
        meaning="A check of this tool stopped halfway because of its own bug. This says nothing about the registry, "
                "the login or this machine. The other checks continued.",
        how_found="The check ended with an exception that it should have handled.",
        looks_like=("crashed", "This check failed because of a defect in this tool."),
        fixes=(Fix("Update the extension, which may help. If it does not, report the bug at "
                   "https://github.com/Azure/azure-cli-extensions/issues, with the report's `tool` and the crashed "
                   "check's message; they contain no secrets.",
                   commands=(("az", "extension", "update", "--name", "acrlogin"),)),),
        outlasts_waiting=True,
        docs="https://github.com/Azure/azure-cli-extensions/issues",
    ),
]
