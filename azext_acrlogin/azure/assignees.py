# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Finds the identity behind an --assignee: a directory object, an application, a user, an Azure resource's identity."""

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import quote

from azext_acrlogin.azure.arm import Arm
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.azure.registry import SYSTEM, Registry
from azext_acrlogin.azure.sign_in_settings import CLUSTER, IDENTITY, SERVICES, SignIn, sign_in
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.protocol.credentials import GUID
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import said, shown

RESOURCE = re.compile(r"(?P<group>/subscriptions/(?P<subscription>[^/]+)/resourceGroups/[^/]+)/providers/"
                      r"(?P<namespace>[^/]+)(?P<names>(?:/[^/]+/[^/]+)+)", re.IGNORECASE)
ACCEPTED = ("an object id, an application id, a user principal name, or the resource id of an AKS cluster, an app or "
            "job, a container group, a machine, an ACR task, a Machine Learning workspace or a managed identity")
# What is part of something that signs in: of an AKS cluster, all nodes use one identity (specification of
# Microsoft.ContainerService, identityProfile: the only key is kubeletidentity).
PARTS = (f"{CLUSTER}/agentpools", "microsoft.compute/virtualmachinescalesets/virtualmachines",
         "microsoft.app/containerapps/revisions")
NOT_SIGNING_IN = {
    "microsoft.containerregistry/registries": "this is the id of a registry; name what signs in to it",
    "microsoft.app/managedenvironments": "an environment does not sign in to registries; name an app or job in it"}
# Graph leaves accountEnabled of a user out unless it is selected (learn.microsoft.com/graph/api/user-get), and a
# directory object cannot be asked for the properties of its kind.
SELECTED = {"users": "id,displayName,userPrincipalName,accountEnabled",
            "servicePrincipals": "id,appId,displayName,accountEnabled,servicePrincipalType"}


@dataclass
class Assignee:
    """The identity found, and how.

    enabled: by the directory; None when it does not say.
    fault: why there is none: not-found, no-identity (the resource has none that could pull), several-identities (and
        none is named), not-attached (the one that it names is none of its own), gone (the identity that the resource
        names does not exist any more), renewed (it was deleted and created again), application-gone (nor does the
        service principal of a cluster), no-source-identity (a task that needs one for its own registry), no-credentials
        (its settings hold none for the registry), own-credentials (a user name and password), unsettled (its settings
        do not decide it), of-another (another resource's, which is not read), unsupported (not an id of anything that
        signs in) or unreadable; None when it was found.
    permission: what is missing to read it, when that is known.
    server_text: what was said about it.
    next_step: what to ask about instead, where that is known.
    with_arm_token: its service signs in to registries with a token for Azure Resource Manager.
    pulls_as: of a resource, the user-assigned identity with which it signs in, by name.
    built_in_access: it is a task of the registry in question, which gives it access without an identity.
    """

    given: str
    kind: str = "unknown"
    name: Optional[str] = None
    type: str = "unknown"
    object_id: Optional[str] = None
    client_id: Optional[str] = None
    tenant_id: Optional[str] = None
    resource_type: Optional[str] = None
    enabled: Optional[bool] = None
    fault: Optional[str] = None
    permission: Optional[str] = None
    server_text: Optional[str] = None
    with_arm_token: bool = False
    built_in_access: bool = False
    pulls_as: Optional[str] = None
    next_step: Optional[str] = unpublished(default=None)
    resource: Optional[Dict[str, Any]] = unpublished(default=None)  # ARM's object, of an Azure resource
    account: Optional[Account] = unpublished(default=None)  # that it was looked up as

    @property
    def identity_name(self) -> Optional[str]:
        """Whose roles count: a resource may have several identities, and pulls with one."""
        return f"{self.pulls_as} of {self.name}" if self.pulls_as else self.name


def find(given: str, arm: Arm, graph: Graph, accounts: List[Account], registry: Optional[Registry] = None) -> Assignee:
    """Look the identity up as the login's current account, or as the account of the resource's subscription.

    :param registry: the one in question, as far as it is known; resources name an identity for each registry.
    """
    found = Assignee(shown(given, 500), name=shown(given, 300))
    account = accounts[0]
    resource = RESOURCE.fullmatch(given.rstrip("/"))
    if resource:
        account = next((one for one in accounts
                        if one.subscription_id.lower() == resource["subscription"].lower()), account)
        found.kind = "resource"
        _resource(found, resource, arm, graph, account, registry or Registry())
    elif _not_an_identity(given, accounts):
        found.fault, found.server_text = "unsupported", _not_an_identity(given, accounts)
    elif GUID.fullmatch(given):
        _guid(found, given, graph, account)
    else:
        found.kind = "userPrincipalName"
        _user(found, given, graph, account)
    found.tenant_id, found.account = account.tenant_id, account
    return found


def _not_an_identity(given: str, accounts: List[Account]) -> Optional[str]:
    """What an id is, in words, that is none of an identity; None where it may be one."""
    if given.startswith("/") or "://" in given:
        segments = given.strip("/").lower().split("/")
        kinds = {("subscriptions", 2): "the id of a subscription", ("subscriptions", 4): "the id of a resource group"}
        return f"this is {kinds.get((segments[0], len(segments)), 'not the id of a resource')}"
    if "@" not in given and not GUID.fullmatch(given):
        return "this is neither an id nor a user principal name"
    for account in accounts:
        if given.lower() == account.subscription_id.lower():
            return f"this is the id of {'the subscription' if account.has_subscription else 'a tenant'}" + (
                f" '{shown(account.subscription_name, 100)}'" if account.has_subscription else "")
        if given.lower() == account.tenant_id.lower():
            return "this is the id of a tenant"
    return None


def _user(found: Assignee, name: str, graph: Graph, account: Account) -> None:
    """A user by principal name, or by the e-mail address that a guest is known by at home."""
    status, value = graph.get(account, f"users/{quote(name, safe='@')}?$select={SELECTED['users']}")
    if status == 404:
        guests = _first(graph, account, "users", f"mail eq '{_literal(name)}'")
        status, value = (200, guests) if guests else (status, value)
    _directory_object(found, status, value, "user")


def _first(graph: Graph, account: Account, kind: str, wanted: str) -> Any:
    """The first object of a kind that a filter finds; None for none."""
    _, value = graph.get(account, f"{kind}?$filter={quote(wanted)}&$select={SELECTED[kind]}")
    return next(iter(objects(member(value, "value"))), None)


def _literal(text: str) -> str:
    """A text between the quotes of an OData literal."""
    return text.replace("'", "''")


def _guid(found: Assignee, guid: str, graph: Graph, account: Account) -> None:
    """An object id or an application id. Without Graph it is taken for an object id: that is what roles name."""
    status, value = graph.get(account, f"directoryObjects/{guid}")
    if status == 200:
        found.kind = "objectId"
        kind = text_member(value, "@odata.type").rpartition(".")[2]
        if kind == "application" and GUID.fullmatch(text_member(value, "appId")):  # its principal is what has roles
            _guid(found, text_member(value, "appId"), graph, account)
            return
        value = _of_its_kind(value, kind, guid, graph, account)
        _directory_object(found, status, value, {"user": "user", "group": "group"}.get(kind, "servicePrincipal"))
        return
    application = _first(graph, account, "servicePrincipals", f"servicePrincipalNames/any(c:c eq '{guid}')")
    if application:
        found.kind = "applicationId"
        _directory_object(found, 200, application, "servicePrincipal")
    elif status == 404:
        found.fault = "not-found"
    else:
        found.kind, found.object_id = "objectId", guid


def _of_its_kind(value: Any, kind: str, guid: str, graph: Graph, account: Account) -> Any:
    """A directory object with what only the objects of its kind show: whether it is enabled."""
    kinds = {"user": "users", "servicePrincipal": "servicePrincipals"}
    if kind not in kinds:
        return value
    status, shown_there = graph.get(account, f"{kinds[kind]}/{guid}?$select={SELECTED[kinds[kind]]}")
    return {**value, **shown_there} if status == 200 and isinstance(shown_there, dict) else value


def _directory_object(found: Assignee, status: Optional[int], value: Any, kind: str) -> None:
    if status == 200:
        found.type, found.object_id = kind, shown(text_member(value, "id"), 80) or None
        found.client_id = shown(text_member(value, "appId"), 80) or None
        name = text_member(value, "userPrincipalName") or text_member(value, "displayName")
        found.name = shown(name, 200) or found.name
        enabled = member(value, "accountEnabled")
        found.enabled = enabled if isinstance(enabled, bool) else None
        if text_member(value, "servicePrincipalType") == "ManagedIdentity":
            found.type = "managedIdentity"
    else:
        found.fault = "not-found" if status == 404 else "unreadable"
        found.server_text = said(text_member(value, "error", "message")) or None


def _resource(found: Assignee, given: "re.Match[str]", arm: Arm, graph: Graph, account: Account, registry: Registry
              ) -> None:
    names = given["names"].strip("/").split("/")
    if "/".join([given["namespace"], *names[0::2]]).lower() in PARTS:
        names = names[:2]
    resource_type = "/".join([given["namespace"], *names[0::2]])
    kind, found.resource_type = resource_type.lower(), shown(resource_type, 100)
    if kind not in (CLUSTER, IDENTITY, *SERVICES):
        found.fault, found.server_text = "unsupported", NOT_SIGNING_IN.get(
            kind, f"resources of type {found.resource_type} are not known to sign in to registries")
        return
    answer = arm.resource(account, f"{given['group']}/providers/{given['namespace']}/{'/'.join(names)}")
    if not answer.ok:
        found.fault = "not-found" if answer.status == 404 else "unreadable"
        found.permission = f"{found.resource_type}/read"
        found.server_text = answer.error_text
        return
    found.name = shown(text_member(answer.value, "name"), 200) or found.name
    found.type = "managedIdentity"
    found.resource = answer.value if isinstance(answer.value, dict) else None
    if kind == CLUSTER:
        _cluster(found, answer.value, arm, graph, account)
    elif kind == IDENTITY:
        found.object_id, found.client_id = _ids(member(answer.value, "properties"))
    else:
        _service(found, answer.value, sign_in(kind, answer.value, registry))
    if not found.object_id and not found.fault and not found.built_in_access:
        found.fault = "no-identity"


def _service(found: Assignee, resource: Any, settings: SignIn) -> None:
    found.fault, found.server_text, found.next_step = settings.fault, settings.said, settings.next_step
    found.with_arm_token, found.built_in_access = settings.with_arm_token, settings.built_in
    if settings.fault or settings.built_in:
        found.type = "unknown"
        return
    identities = _pulling_identities(resource, settings.identity)
    found.object_id, found.client_id = _ids(next(iter(identities.values()))) if len(identities) == 1 else (None, None)
    found.pulls_as = _last_name(next(iter(identities))) if len(identities) == 1 else None
    found.fault = "several-identities" if len(identities) > 1 else None
    if settings.identity and not found.object_id:
        found.fault = "not-attached"
    if found.fault == "not-attached" and settings.of_others:
        found.fault, found.type = "unsettled", "unknown"
        found.server_text = (f"the identity {shown(settings.identity, 500)} is not assigned to it, and may be one of "
                             "its environment's")
        found.next_step = "Run again with --assignee and the resource id of that identity."


def _cluster(found: Assignee, cluster: Any, arm: Arm, graph: Graph, account: Account) -> None:
    """A cluster's nodes pull with the kubelet identity, or with the cluster's service principal where it has one."""
    kubelet = member(cluster, "properties", "identityProfile", "kubeletidentity")
    if isinstance(kubelet, dict):
        found.object_id = shown(text_member(kubelet, "objectId"), 80) or None
        found.client_id = shown(text_member(kubelet, "clientId"), 80) or None
        found.pulls_as = _last_name(text_member(kubelet, "resourceId"))
        identity = arm.resource(account, text_member(kubelet, "resourceId")) if text_member(
            kubelet, "resourceId") else None
        if identity is not None and identity.status == 404 and identity.error_code != "SubscriptionNotFound":
            found.fault = "gone"
        elif identity is not None and identity.ok and _ids(member(identity.value, "properties"))[0] not in (
                None, found.object_id):
            found.fault = "renewed"  # the cluster still names the deleted one
        return
    application = text_member(cluster, "properties", "servicePrincipalProfile", "clientId")
    if GUID.fullmatch(application):
        _guid(found, application, graph, account)
        if found.fault == "not-found":
            found.fault, found.client_id = "application-gone", application


def _last_name(resource_id: str) -> Optional[str]:
    return shown(resource_id.rpartition("/")[2], 200) or None


def _pulling_identities(resource: Any, named: str) -> Dict[str, Dict[str, Any]]:
    """The identity with which a resource signs in: the one that it names; where it names none, the system's, else the
    only one. Several when it has to be told which. By resource id, which the system's has none of."""
    identity, assigned = member(resource, "identity"), _user_assigned(resource)
    for resource_id, entry in assigned.items():
        if named and named.lower() in (resource_id.lower(), text_member(entry, "clientId").lower()):
            return {resource_id: entry}
    if text_member(identity, "principalId") and named.lower() in ("", SYSTEM):
        return {"": {"principalId": text_member(identity, "principalId")}}
    return {} if named else assigned


def _user_assigned(resource: Any) -> Dict[str, Dict[str, Any]]:
    """A resource's user-assigned identities by their ids."""
    assigned = member(resource, "identity", "userAssignedIdentities")
    return {key: entry for key, entry in assigned.items() if isinstance(entry, dict)} if isinstance(
        assigned, dict) else {}


def chosen_identity(resource: Any) -> Optional[Tuple[Optional[str], Optional[str], bool]]:
    """The identity that a resource could be told to sign in with: its own, else the only other one, else a new one.

    :return: resource id and client id, None for its own, and whether it would be new; None: there are several.
    """
    if text_member(resource, "identity", "principalId"):
        return None, None, False
    assigned = _user_assigned(resource)
    if len(assigned) > 1:
        return None
    for resource_id, entry in assigned.items():
        return shown(resource_id, 500), _ids(entry)[1], False
    return None, None, True


def _ids(value: Any) -> Tuple[Optional[str], Optional[str]]:
    return (shown(text_member(value, "principalId"), 80) or None, shown(text_member(value, "clientId"), 80) or None)
