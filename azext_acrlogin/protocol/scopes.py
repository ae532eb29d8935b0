# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Scopes that are asked of a registry's token endpoint, and what an access token grants (its `access` claim)."""

from typing import Any, Dict, List, Mapping, Optional

from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.wildcards import matches_action

REPOSITORY_ACTIONS = {  # ours, as people write them: the registry's
    "pull": "pull", "push": "push", "delete": "delete", "metadata-read": "metadata_read",
    "metadata-write": "metadata_write"}
CATALOG_SCOPE = "registry:catalog:*"


def repository_scope(repository: str) -> str:
    """One scope for all content actions; the registry answers with those that it grants."""
    return f"repository:{repository}:{','.join(REPOSITORY_ACTIONS.values())}"


def deleted_scope(repository: str) -> str:
    """The scope for what soft delete keeps of a repository."""
    return f"repository:{repository}:deleted_read"


def granted_actions(claims: Optional[Mapping[str, Any]], repository: str, catalog: bool) -> Dict[str, bool]:
    """Which actions an access token grants; an action that its scopes did not ask for is not in the answer.

    Tokens of Entra identities name the repository that was asked for. One without an identity (anonymous pull) names
    "*", with capitals in the names of its members, as recorded by the Azure SDK for .NET in 2022.

    :param claims: the token's.  :param repository: the one asked about.  :param catalog: it was asked for, too.
    """
    granted = dict.fromkeys(REPOSITORY_ACTIONS, False)
    if catalog:
        granted["catalog"] = False
    for entry in objects(member(claims, "access")):
        actions = texts(member(entry, "actions"))
        kind, name = text_member(entry, "type"), text_member(entry, "name")
        if kind == "repository" and (name == repository or "*" in name and matches_action(name, repository)):
            for action, wire in REPOSITORY_ACTIONS.items():
                granted[action] = granted[action] or wire in actions or "*" in actions
        if catalog and kind == "registry" and name == "catalog":
            granted["catalog"] = granted["catalog"] or "*" in actions
    return granted


def access_shown(claims: Optional[Mapping[str, Any]]) -> List[str]:
    """The `access` claim for people: 'repository samples/app: pull, push'."""
    return [f"{text_member(entry, 'type')} {text_member(entry, 'name')}: {', '.join(texts(member(entry, 'actions')))}"
            for entry in objects(member(claims, "access"))][:20]
