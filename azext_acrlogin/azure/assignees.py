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
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.protocol.credentials import GUID
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import said, shown

RESOURCE = re.compile(r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/[^/]+/providers/"
                      r"(?P<type>[^/]+/[^/]+)/[^/]+", re.IGNORECASE)
PULLING = (  # resource types whose identities pull
    "microsoft.containerservice/managedclusters", "microsoft.managedidentity/userassignedidentities",
    "microsoft.compute/virtualmachines", "microsoft.compute/virtualmachinescalesets", "microsoft.web/sites",
    "microsoft.app/containerapps")
# Graph leaves accountEnabled of a user out unless it is selected (learn.microsoft.com/graph/api/user-get), and a
# directory object cannot be asked for the properties of its kind.
SELECTED = {"users": "id,displayName,userPrincipalName,accountEnabled",
            "servicePrincipals": "id,appId,displayName,accountEnabled,servicePrincipalType"}
CLUSTER = "microsoft.containerservice/managedclusters"


@dataclass
class Assignee:
    """The identity found, and how.

    enabled: by the directory; None when it does not say.
    fault: why there is none: not-found, no-identity (the resource has none that could pull), several-identities (and
        none is named), not-attached (the one that it names is none of its own), gone (the identity that the resource
        names does not exist any more), unsupported (a kind of resource that does not pull) or unreadable; None when it
        was found.
    permission: what is missing to read it, when that is known.
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
    resource: Optional[Dict[str, Any]] = unpublished(default=None)  # ARM's object, of an Azure resource


def find(given: str, arm: Arm, graph: Graph, accounts: List[Account], login_server: Optional[str] = None) -> Assignee:
    """Look the identity up as the login's current account, or as the account of the resource's subscription.

    :param login_server: of the registry in question, for resources that name an identity for each registry.
    """
    found = Assignee(shown(given, 500), name=shown(given, 300))
    account = accounts[0]
    resource = RESOURCE.fullmatch(given.rstrip("/"))
    if resource:
        account = next((one for one in accounts
                        if one.subscription_id.lower() == resource["subscription"].lower()), account)
        found.kind, found.resource_type = "resource", resource["type"]
        _resource(found, given.rstrip("/"), arm, graph, account, login_server)
    elif given.startswith("/") or "://" in given:
        found.fault, found.server_text = "unsupported", "this kind of resource is not known to pull"
    elif GUID.fullmatch(given):
        _guid(found, given, graph, account)
    else:
        found.kind = "userPrincipalName"
        _user(found, given, graph, account)
    found.tenant_id = account.tenant_id
    return found


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


def _resource(found: Assignee, resource_id: str, arm: Arm, graph: Graph, account: Account,
              login_server: Optional[str]) -> None:
    kind = (found.resource_type or "").lower()
    if kind not in PULLING:
        found.fault, found.server_text = "unsupported", f"resources of type {shown(kind, 100)} are not known to pull"
        return
    answer = arm.resource(account, resource_id)
    if not answer.ok:
        found.fault = "not-found" if answer.status == 404 else "unreadable"
        found.permission = f"{shown(found.resource_type or '', 100)}/read"
        found.server_text = answer.error_text
        return
    found.name = shown(text_member(answer.value, "name"), 200) or found.name
    found.type = "managedIdentity"
    found.resource = answer.value if isinstance(answer.value, dict) else None
    if kind == CLUSTER:
        _cluster(found, answer.value, arm, graph, account)
    elif kind == "microsoft.managedidentity/userassignedidentities":
        found.object_id, found.client_id = _ids(member(answer.value, "properties"))
    elif _has_own_credentials(answer.value, kind, login_server):
        found.fault, found.server_text = "unsupported", "it pulls with a user name and secret from its settings"
    else:
        named = _named_identity(answer.value, kind, login_server)
        identities = _pulling_identities(answer.value, named)
        found.object_id, found.client_id = _ids(identities[0]) if len(identities) == 1 else (None, None)
        found.fault = "several-identities" if len(identities) > 1 else None
        if named.lower() not in ("", "system") and not found.object_id:
            found.fault = "not-attached"
    if not found.object_id and not found.fault:
        found.fault = "no-identity"


def _cluster(found: Assignee, cluster: Any, arm: Arm, graph: Graph, account: Account) -> None:
    """A cluster's nodes pull with the kubelet identity, or with the cluster's service principal where it has one."""
    kubelet = member(cluster, "properties", "identityProfile", "kubeletidentity")
    if isinstance(kubelet, dict):
        found.object_id = shown(text_member(kubelet, "objectId"), 80) or None
        found.client_id = shown(text_member(kubelet, "clientId"), 80) or None
        identity = arm.resource(account, text_member(kubelet, "resourceId")) if text_member(
            kubelet, "resourceId") else None
        if identity is not None and identity.status == 404 and identity.error_code != "SubscriptionNotFound":
            found.fault = "gone"
        elif identity is not None and identity.ok and _ids(member(identity.value, "properties"))[0] not in (
                None, found.object_id):
            found.fault = "gone"  # deleted and made anew: the cluster still names the old object
        return
    application = text_member(cluster, "properties", "servicePrincipalProfile", "clientId")
    if GUID.fullmatch(application):
        _guid(found, application, graph, account)
        if found.fault == "not-found":
            found.fault = "gone"


def _pulling_identities(resource: Any, named: str) -> List[Dict[str, Any]]:
    """The identity with which a machine or an app pulls: the user-assigned one that it names, else the system's, else
    the only one. Several when it has to be told which."""
    identity = member(resource, "identity")
    assigned = member(identity, "userAssignedIdentities")
    assigned = {key: entry for key, entry in assigned.items() if isinstance(entry, dict)} if isinstance(
        assigned, dict) else {}
    for resource_id, entry in assigned.items():
        if named and named.lower() in (resource_id.lower(), text_member(entry, "clientId").lower()):
            return [entry]
    if named.lower() not in ("", "system"):
        return []
    return [identity] if text_member(identity, "principalId") else list(assigned.values())


def _named_identity(resource: Any, kind: str, login_server: Optional[str]) -> str:
    """What an app names for the registry: a resource id, a client id, `system`, or nothing."""
    if kind == "microsoft.web/sites":
        return text_member(resource, "properties", "siteConfig", "acrUserManagedIdentityID")
    registries = objects(member(resource, "properties", "configuration", "registries"))
    return next((text_member(registry, "identity") for registry in registries
                 if text_member(registry, "server").lower() == login_server), "")


def _has_own_credentials(resource: Any, kind: str, login_server: Optional[str]) -> bool:
    """Whether an app is set to pull with a user name and a secret instead of an identity."""
    if kind == "microsoft.web/sites":
        return member(resource, "properties", "siteConfig", "acrUseManagedIdentityCreds") is False
    registries = objects(member(resource, "properties", "configuration", "registries"))
    return any(text_member(registry, "username") and not text_member(registry, "identity")
               for registry in registries if text_member(registry, "server").lower() == login_server)


def _ids(value: Any) -> Tuple[Optional[str], Optional[str]]:
    return (shown(text_member(value, "principalId"), 80) or None, shown(text_member(value, "clientId"), 80) or None)
