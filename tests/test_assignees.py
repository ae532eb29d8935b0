# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Who an --assignee is, by what Microsoft Graph shows: of some members only what was selected."""

from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from azext_acrlogin.azure.assignees import find

ALEX, CI, TEAM, APP = (f"{digit * 8}-0000-4000-8000-000000000001" for digit in "abcd")
ACCOUNT = SimpleNamespace(subscription_id="s", tenant_id="t")


class Graph:
    """Knows a user, an application's principal and a group; shows of them what Graph shows.

    Without $select a user has no accountEnabled (learn.microsoft.com/graph/api/user-get), and neither has what is
    read as a directory object.
    """

    def __init__(self, enabled=False, closed=()):
        self.closed, self.asked = closed, []
        self.objects = {
            ALEX: {"@odata.type": "#microsoft.graph.user", "id": ALEX, "displayName": "Alex",
                   "mail": "alex@home.example", "userPrincipalName": "alex@contoso.example", "accountEnabled": enabled},
            CI: {"@odata.type": "#microsoft.graph.servicePrincipal", "id": CI, "appId": APP, "displayName": "ci",
                 "accountEnabled": enabled, "servicePrincipalType": "Application"},
            TEAM: {"@odata.type": "#microsoft.graph.group", "id": TEAM, "displayName": "team"}}

    def get(self, _account, path):
        self.asked.append(path)
        kind, _, key = unquote(urlsplit(path).path).partition("/")
        query = parse_qs(urlsplit(path).query)
        if kind in self.closed:
            return 403, {}
        if "$filter" in query:
            members = [one for one in self.objects.values() if kind.rstrip("s") in one["@odata.type"] and any(
                one.get(name) and one[name] in query["$filter"][0] for name in ("mail", "appId"))]
            return 200, {"value": [self._shown(one, query, kind) for one in members]}
        found = next((one for one in self.objects.values() if key in (one["id"], one.get("userPrincipalName"))), None)
        return (200, self._shown(found, query, kind)) if found else (404, {})

    @staticmethod
    def _shown(one, query, kind):
        if "$select" in query:
            return {name: value for name, value in one.items() if name in query["$select"][0].split(",")}
        return {name: value for name, value in one.items()
                if name != "accountEnabled" and (name != "@odata.type" or kind == "directoryObjects")}


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("given, kind, object_id", [
    (ALEX, "user", ALEX), ("alex@contoso.example", "user", ALEX), ("alex@home.example", "user", ALEX),
    (CI, "servicePrincipal", CI), (APP, "servicePrincipal", CI)])
def test_whether_an_account_is_enabled_is_asked_for(given, kind, object_id, enabled):
    found = find(given, None, Graph(enabled), [ACCOUNT])
    assert (found.type, found.object_id, found.enabled, found.fault) == (kind, object_id, enabled, None)
    assert found.client_id == (APP if kind == "servicePrincipal" else None)


def test_a_group_is_neither_enabled_nor_disabled():
    graph = Graph()
    found = find(TEAM, None, graph, [ACCOUNT])
    assert (found.type, found.enabled, len(graph.asked)) == ("group", None, 1)


def test_what_is_not_shown_is_not_known():
    found = find(ALEX, None, Graph(closed=["users"]), [ACCOUNT])
    assert (found.type, found.object_id, found.enabled, found.fault) == ("user", ALEX, None, None)
