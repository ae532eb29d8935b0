# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the directory says of an application: whether a tenant has it, whether it is enabled, and whether its secrets
have expired (their values are never shown)."""

import time
from dataclasses import dataclass
from typing import Any, List, Optional
from urllib.parse import quote

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.times import epoch_of, utc_text


@dataclass(frozen=True)
class Application:
    """An application as a tenant knows it; None: the directory does not say.

    secrets_expired_at: when the last of its secrets expired, where it has some and all of them have expired.
    """

    exists: Optional[bool] = None
    enabled: Optional[bool] = None
    name: Optional[str] = None
    object_id: Optional[str] = None
    secrets_expired_at: Optional[str] = None


def read_application(graph: Graph, account: Account, application_id: str) -> Application:
    """Look up the service principal in the account's tenant, and the registration, which may be in another tenant."""
    found = _listed(graph, account, "servicePrincipals", f"servicePrincipalNames/any(c:c eq '{application_id}')",
                    "id,appId,displayName,accountEnabled,passwordCredentials")
    if not found:
        return Application(exists=None if found is None else False)
    registered = _listed(graph, account, "applications", f"appId eq '{application_id}'", "appId,passwordCredentials")
    enabled = member(found[0], "accountEnabled")
    return Application(
        True, enabled if isinstance(enabled, bool) else None, shown(text_member(found[0], "displayName"), 200) or None,
        shown(text_member(found[0], "id"), 80) or None,
        _expired_at([*found, *registered]) if registered else None)


@dataclass(frozen=True)
class DirectoryObject:
    """What an object id stands for in a tenant: its type, and the application's id where it belongs to one."""

    type: str
    application_id: Optional[str] = None


def read_object(graph: Graph, account: Account, object_id: str) -> Optional[DirectoryObject]:
    """Look up an object id in the account's tenant; None: it has no such object, or does not show it."""
    status, value = graph.get(account, f"directoryObjects/{object_id}")
    if status != 200:
        return None
    return DirectoryObject(shown(text_member(value, "@odata.type").rpartition(".")[2], 40) or "object",
                           shown(text_member(value, "appId"), 80) or None)


def _listed(graph: Graph, account: Account, kind: str, wanted: str, selected: str) -> Optional[List[Any]]:
    status, value = graph.get(account, f"{kind}?$filter={quote(wanted)}&$select={selected}")
    return list(objects(member(value, "value"))) if status == 200 else None


def _expired_at(holders: List[Any]) -> Optional[str]:
    secrets = [secret for holder in holders for secret in objects(member(holder, "passwordCredentials"))]
    ends = [epoch_of(text_member(secret, "endDateTime")) for secret in secrets]
    known = [end for end in ends if end is not None]
    if not ends or len(known) < len(ends) or max(known) > time.time():
        return None
    return utc_text(max(known))
