# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""How Azure's services sign in to a registry: what a resource's settings say about it. Asks nobody."""

import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional

from azext_acrlogin.azure.registry import SYSTEM, Registry
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.roles import LEGACY, mode_of
from azext_acrlogin.protocol.text import shown

CLUSTER = "microsoft.containerservice/managedclusters"
CONTAINER_APP = "microsoft.app/containerapps"
IDENTITY = "microsoft.managedidentity/userassignedidentities"
TASK = "microsoft.containerregistry/registries/tasks"
SYSTEM_OF_A_TASK = "[system]"  # how a task and a container group name their own identity
SYSTEM_OF_AN_ENVIRONMENT = "system-environment"
TEST_THEM = "Run again with --username to diagnose that user name and password."
PLAIN_ID = re.compile(r"/[\w./-]{1,500}", re.ASCII)  # of a resource, that needs no quotes in a command
POOL = "aks-managed-poolname"  # a tag that AKS gives the scale sets of its node pools


@dataclass(frozen=True)
class SignIn:
    """What a resource's settings say about signing in to one registry.

    identity: that they name: a resource id, a client id, SYSTEM; empty where they name none and the only one serves.
    with_arm_token: its service asks for a token for Azure Resource Manager, by its documentation.
    built_in: the registry gives its own tasks access without an identity.
    of_others: an identity that is not the resource's own may be named.
    fault, said: why it signs in with no identity, as in `Assignee`, and that in words.
    next_step: what to ask about instead, a sentence.
    """

    identity: str = ""
    with_arm_token: bool = False
    built_in: bool = False
    of_others: bool = False
    fault: Optional[str] = None
    said: Optional[str] = None
    next_step: Optional[str] = None


def sign_in(kind: str, resource: Any, registry: Registry) -> SignIn:
    """Read the settings of a resource. :param kind: its type in lower case, one of SERVICES."""
    return SERVICES[kind](resource, registry)


def _own_credentials(user_name: str) -> SignIn:
    named = f"the user name '{shown(user_name, 100)}'" if user_name else "a user name"
    return SignIn(fault="own-credentials", said=f"its settings for this registry hold {named} and a password",
                  next_step=TEST_THEM)


def _machine(_resource: Any, _registry: Registry) -> SignIn:
    """A machine's settings say nothing of registries."""
    return SignIn()


def _scale_set(resource: Any, _registry: Registry) -> SignIn:
    """The nodes of an AKS cluster pull with its kubelet identity; add-ons bring others along."""
    tags, assigned = member(resource, "tags"), member(resource, "identity", "userAssignedIdentities")
    if not isinstance(tags, dict) or POOL not in {name.lower() for name in tags}:
        return SignIn()
    if isinstance(assigned, dict) and len(assigned) == 1:
        return SignIn(next(iter(assigned)))
    return SignIn(fault="of-another", said="it is a node pool of an AKS cluster, and its nodes pull with the cluster's "
                                           "kubelet identity",
                  next_step="Run again with --assignee and the resource id of that cluster, which `az aks list` shows.")


def _entry(entries: List[Dict[str, Any]], registry: Registry) -> Optional[Dict[str, Any]]:
    """The entry for a registry in a list of registries that a resource signs in to."""
    return next((entry for entry in entries if text_member(entry, "server").lower() == registry.login_server), None)


def _container_app(resource: Any, registry: Registry) -> SignIn:
    """An app or a job of Container Apps names an identity, or a user and a secret, for each registry.

    The identity may be one of its environment's. Source: specification of Microsoft.App, RegistryCredentials; help of
    `az containerapp create --registry-identity`; and for the tokens
    learn.microsoft.com/azure/container-apps/managed-identity-image-pull.
    """
    configuration = member(resource, "properties", "configuration")
    entry = _entry(objects(member(configuration, "registries")), registry)
    if entry is None:
        return _no_credentials(registry) if isinstance(configuration, dict) else SignIn()
    named = text_member(entry, "identity")
    if named.lower() == SYSTEM_OF_AN_ENVIRONMENT:
        return _of_its_environment(text_member(resource, "properties", "environmentId"))
    if named:
        return SignIn(named, with_arm_token=True, of_others=named.startswith("/"))
    return _own_credentials(text_member(entry, "username"))


def _of_its_environment(environment: str) -> SignIn:
    """Source for the command: specification of Microsoft.App, ManagedEnvironment (identity.principalId)."""
    known = PLAIN_ID.fullmatch(environment)
    name = f" '{environment.rpartition('/')[2]}'" if known else ""
    shows = (f": `az containerapp env show --ids {environment} --query identity.principalId --output tsv` shows it"
             if known else "")
    return SignIn(with_arm_token=True, fault="of-another",
                  said=f"it pulls with the system-assigned identity of its environment{name}, which this version does "
                       "not look up",
                  next_step=f"Run again with --assignee and the principal id of that environment's identity{shows}.")


def _no_credentials(registry: Registry) -> SignIn:
    """Without settings for a registry, only what anybody may pull is pulled."""
    if registry.anonymous_pull_enabled is not False:
        return SignIn(fault="unsettled", said="its settings hold no credentials for this registry, which may allow "
                                              "anonymous pull")
    return SignIn(fault="no-credentials", said="its settings hold no credentials for this registry")


def _container_group(resource: Any, registry: Registry) -> SignIn:
    """A container group is as a container app. Source: specification of Microsoft.ContainerInstance,
    ImageRegistryCredential."""
    properties = member(resource, "properties")
    entry = _entry(objects(member(properties, "imageRegistryCredentials")), registry)
    if entry is None:
        return _no_credentials(registry) if isinstance(properties, dict) else SignIn()
    named = text_member(entry, "identity")
    return SignIn(_plain(named)) if named else _own_credentials(text_member(entry, "username"))


def _site(resource: Any, _registry: Registry) -> SignIn:
    """An app or a slot of App Service is told to sign in with an identity, and with which.

    Source: specification of Microsoft.Web, SiteConfig; and for the tokens
    learn.microsoft.com/azure/app-service/configure-custom-container.
    """
    settings = member(resource, "properties", "siteConfig")
    if text_member(settings, "linuxFxVersion").lower() == "sitecontainers":
        return SignIn(fault="unsettled", said="each of its containers has its own settings for signing in")
    by_identity = member(settings, "acrUseManagedIdentityCreds")
    if by_identity is False:
        return SignIn(fault="own-credentials", said="its setting acrUseManagedIdentityCreds is false, so that it takes "
                                                    "a user name and password from its application settings",
                      next_step=TEST_THEM)
    return SignIn(text_member(settings, "acrUserManagedIdentityID"), with_arm_token=by_identity is True)


def _workspace(resource: Any, registry: Registry) -> SignIn:
    """A workspace of Azure Machine Learning signs in to the registry that it is linked to: with its identity where the
    registry's admin user is off.

    Source: learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication.
    """
    properties = member(resource, "properties")
    linked = text_member(properties, "containerRegistry")
    if registry.resource_id and linked.lower() != registry.resource_id.lower():
        return SignIn(fault="unsettled", said="it is not linked to this registry")
    if registry.admin_user_enabled is not False:
        return SignIn(fault="unsettled", said="it signs in with its identity only where the registry's admin user is "
                                              "disabled")
    return SignIn(text_member(properties, "primaryUserAssignedIdentity"))


def _task(resource: Any, registry: Registry) -> SignIn:
    """A task has credentials for other registries; its own one gives it access, unless that uses ABAC.

    Source: specification of Microsoft.ContainerRegistry, Credentials of a task; and
    learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions.
    """
    properties = member(resource, "properties")
    known = member(properties, "credentials", "customRegistries")
    entry = next((entry for host, entry in known.items() if host.lower() == registry.login_server), None) if isinstance(
        known, dict) else None
    if isinstance(entry, dict):
        named = text_member(entry, "identity")
        return SignIn(_plain(named)) if named else _own_credentials("")
    if not registry.resource_id:
        return SignIn(fault="unsettled", said="Azure Resource Manager does not show whether this is the task's own "
                                              "registry")
    if not text_member(resource, "id").lower().startswith(registry.resource_id.lower() + "/"):
        return _without_credentials(properties, registry)
    return _own_registry(member(properties, "credentials", "sourceRegistry"), mode_of(registry.role_assignment_mode))


def _without_credentials(properties: Any, registry: Registry) -> SignIn:
    """For another registry; only a task of several steps could sign in by a command of its own."""
    if text_member(properties, "step", "type") == "Docker":
        return _no_credentials(registry)
    return SignIn(fault="unsettled", said="its settings hold no credentials for this registry, and its steps are not "
                                          "examined")


def _own_registry(settings: Any, mode: Optional[str]) -> SignIn:
    named = text_member(settings, "identity")
    if mode == LEGACY:
        if text_member(settings, "loginMode").lower() == "none":
            return SignIn(fault="unsettled", said="it is set not to sign in to its own registry (loginMode None)")
        return SignIn(built_in=True)
    if mode is None:
        return SignIn(fault="unsettled", said="the registry's role assignment mode is not known, which decides whether "
                                              "its tasks need an identity")
    if not named:
        return SignIn(fault="no-source-identity", said="it names no identity for its own registry")
    if named.lower() == "[caller]":
        return SignIn(fault="unsettled", said="it signs in to its own registry as whoever runs it")
    return SignIn(_plain(named))


def _plain(named: str) -> str:
    return SYSTEM if named.lower() == SYSTEM_OF_A_TASK else named


# By resource type. A cluster and an identity are no services of this kind; `assignees` knows them.
SERVICES: Dict[str, Callable[[Any, Registry], SignIn]] = {
    CONTAINER_APP: _container_app,
    "microsoft.app/jobs": _container_app,
    "microsoft.compute/virtualmachines": _machine,
    "microsoft.compute/virtualmachinescalesets": _scale_set,
    "microsoft.containerinstance/containergroups": _container_group,
    TASK: _task,
    "microsoft.machinelearningservices/workspaces": _workspace,
    "microsoft.web/sites": _site,
    "microsoft.web/sites/slots": _site,
}
