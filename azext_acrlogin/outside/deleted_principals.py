# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Asks Microsoft Graph whether the principal of a role assignment was deleted and bore this identity's name.

Somebody who deletes an application, a managed identity or a user and creates it again gets another object id; the old
assignments stay and help nobody. Graph keeps deleted objects for 30 days:
https://learn.microsoft.com/graph/api/directory-deleteditems-get.
"""

import re
from typing import Any, Dict, List, Optional, Set

from azext_acrlogin.diagnosis.context import Context
from azext_acrlogin.outside.azure_login import Account
from azext_acrlogin.outside.bounded import side_by_side
from azext_acrlogin.outside.http import Answer
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import shown

OBJECTS = 200  # asked about in one request; Graph accepts 1000
DELETED = 10  # looked at one by one
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PREFIX = re.compile(r"^[0-9a-f]{32}")  # Graph puts the object id before a deleted user's principal name


class Directory:
    """Reads the directory as the identity of an account; most identities may not, and then nothing is found."""

    def __init__(self, context: Context, account: Account):
        graph = context.asked.cloud.graph
        self._http = context.http
        self._token = context.login.token(graph, account).token if graph else None
        self._base = (graph or "").rstrip("/") + "/v1.0"

    def deleted_namesakes(self, object_id: str, client_id: Optional[str], principal_ids: List[str]) -> Dict[str, str]:
        """The deleted ones of `principal_ids` that were this identity before, each with what it was called.

        :param object_id: of this identity.  :param client_id: its application's id, if it has one.
        """
        asked = [principal for principal in dict.fromkeys(principal_ids) if GUID.fullmatch(principal)][:OBJECTS]
        if self._token is None or not asked:
            return {}
        present = self._present([object_id.lower(), *asked])
        if present is None:
            return {}
        own = _names(present.get(object_id.lower())) | ({client_id.lower()} if client_id else set())
        gone = [principal for principal in asked if principal not in present][:DELETED]
        found = {}
        for principal, item in zip(gone, side_by_side(gone, self._deleted)):
            if own & _names(item):
                found[principal] = shown(text_member(item, "displayName") or principal, 120)
        return found

    def _present(self, ids: List[str]) -> Optional[Dict[str, Any]]:
        answer = self._ask("POST", "/directoryObjects/getByIds", {"ids": ids})
        if answer.status != 200:
            return None
        return {text_member(item, "id").lower(): item for item in objects(member(answer.json, "value"))}

    def _deleted(self, principal: str) -> Any:
        answer = self._ask("GET", f"/directory/deletedItems/{principal}")
        return answer.json if answer.status == 200 else None

    def _ask(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {"Authorization": f"Bearer {self._token.reveal()}"}
        return self._http.request(method, self._base + path, headers=headers, body=body)


def _names(item: Any) -> Set[str]:
    """What an object of the directory is known by, in lower case."""
    names = {text_member(item, "displayName"), text_member(item, "appId"),
             PREFIX.sub("", text_member(item, "userPrincipalName").lower())}
    return {name.lower() for name in names if name}
