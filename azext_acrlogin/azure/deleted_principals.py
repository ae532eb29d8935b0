# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Asks Microsoft Graph whether the principal of a role assignment was deleted and bore this identity's name.

An application, a managed identity or a user that is deleted and created again gets another object id; the old
assignments stay without effect. Graph keeps deleted objects for 30 days:
https://learn.microsoft.com/graph/api/directory-deleteditems-get.
"""

import re
from typing import Any, Dict, List, Mapping, Optional, Set

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.protocol.credentials import GUID
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.text import shown

DELETED = 10  # looked at one by one
PREFIX = re.compile(r"^[0-9a-f]{32}")  # Graph puts the object id before a deleted user's principal name


def deleted_namesakes(graph: Graph, account: Account, object_id: str, client_id: Optional[str],
                      principal_ids: List[str], present: Mapping[str, Any]) -> Dict[str, str]:
    """The deleted ones of `principal_ids` that were this identity before, each with what it was called.

    :param object_id: of this identity.  :param client_id: its application's id, if it has one.
    :param present: the objects that the directory has, of these ids and this one.
    """
    own = _names(present.get(object_id.lower())) | ({client_id.lower()} if client_id else set())
    gone = [principal for principal in dict.fromkeys(principal_ids)
            if GUID.fullmatch(principal) and principal not in present][:DELETED]
    answers = side_by_side(gone, lambda principal: graph.get(account, f"directory/deletedItems/{principal}"))
    return {principal: shown(text_member(item, "displayName") or principal, 120)
            for principal, (found, item) in zip(gone, answers) if found == 200 and own & _names(item)}


def _names(item: Any) -> Set[str]:
    """What an object of the directory is known by, in lower case."""
    names = {text_member(item, "displayName"), text_member(item, "appId"),
             PREFIX.sub("", text_member(item, "userPrincipalName").lower())}
    return {name.lower() for name in names if name}
