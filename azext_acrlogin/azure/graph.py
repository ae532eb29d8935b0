# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Microsoft Graph: the directory behind a tenant's sign-ins."""

from typing import Any, Dict, FrozenSet, Optional, Sequence, Tuple

from azext_acrlogin.azure.cli_login import Account, AzureLogin
from azext_acrlogin.net.http import Answer, Http
from azext_acrlogin.protocol.credentials import GUID
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.text import shown

OBJECTS = 200  # asked about in one request; Graph accepts 1000


class Graph:
    """Reads from Microsoft Graph as the identity of an account; every read is optional."""

    def __init__(self, http: Http, login: AzureLogin, endpoint: Optional[str]):
        """:param endpoint: the cloud's, None when it has none."""
        self._http, self._login, self._endpoint = http, login, endpoint

    def get(self, account: Account, path: str) -> Tuple[Optional[int], Any]:
        """GET /v1.0/PATH; returns (status, value), with status None when Graph could not be asked."""
        answer = self._send(account, "GET", path, None)
        return answer.status, answer.json

    def post(self, account: Account, path: str, body: Any) -> Tuple[Optional[int], Any]:
        """POST a question to /v1.0/PATH; returns as `get` does."""
        answer = self._send(account, "POST", path, body)
        return answer.status, answer.json

    def groups_of(self, account: Account, object_id: str) -> Optional[FrozenSet[str]]:
        """Object ids, in lower case, of the groups that an object is in, also through others; None when unreadable.

        Source: https://learn.microsoft.com/graph/api/directoryobject-getmembergroups.
        """
        status, value = self.post(account, f"directoryObjects/{object_id}/getMemberGroups",
                                  {"securityEnabledOnly": False})
        return frozenset(map(str.lower, texts(member(value, "value")))) if status == 200 else None

    def objects(self, account: Account, ids: Sequence[str]) -> Optional[Dict[str, Any]]:
        """Those of some objects that are there, by id in lower case, in one request; None when unreadable.

        Source: https://learn.microsoft.com/graph/api/directoryobject-getbyids.
        """
        asked = [one for one in dict.fromkeys(map(str.lower, ids)) if GUID.fullmatch(one)][:OBJECTS]
        if not asked:
            return {}
        status, value = self.post(account, "directoryObjects/getByIds", {"ids": asked})
        return None if status != 200 else {
            text_member(item, "id").lower(): item for item in objects(member(value, "value"))}

    def _send(self, account: Account, method: str, path: str, body: Any) -> Answer:
        if not self._endpoint:
            return Answer("", path)
        token = self._login.token(self._endpoint, account)
        if token.token is None:
            return Answer("", path, failure=token.failure)
        return self._http.request(method, f"{self._endpoint.rstrip('/')}/v1.0/{path}", body=body,
                                  headers={"Authorization": f"Bearer {token.token.reveal()}"})


def name_of(item: Any) -> Optional[str]:
    """What people know an object of the directory by: a user's principal name, else a display name.

    A guest's principal name is made of another one and "#EXT#"; the address that it was invited by says more.
    """
    principal_name = text_member(item, "userPrincipalName")
    if "#ext#" in principal_name.lower():
        principal_name = text_member(item, "mail")
    return shown(principal_name or text_member(item, "displayName"), 120) or None
