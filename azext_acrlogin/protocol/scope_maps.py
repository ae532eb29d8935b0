# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Scope maps: what a repository-scoped token may do, and what has to change so that it may do more.

Source: https://learn.microsoft.com/azure/container-registry/container-registry-token-based-repository-permissions
"""

from typing import List, Optional

from azext_acrlogin.catalogue.facts import Facts

ACTIONS = {  # what a scope map calls them, after `repositories/NAME/`
    "pull": "content/read", "push": "content/write", "delete": "content/delete", "metadata-read": "metadata/read",
    "metadata-write": "metadata/write"}
SYSTEM_SCOPE_MAPS = {  # those that Azure provides for all repositories, the narrowest first
    "_repositories_pull": {"content/read"}, "_repositories_pull_metadata_read": {"content/read", "metadata/read"},
    "_repositories_push": {"content/read", "content/write"},
    "_repositories_push_metadata_write": {"content/read", "content/write", "metadata/read", "metadata/write"},
    "_repositories_admin": set(ACTIONS.values())}


def held_nowhere(held: Optional[List[str]]) -> List[str]:
    """The actions that a scope map gives for no repository at all.

    :param held: its entries, such as `repositories/team/app/content/read`; None when they cannot be read, of which
        nothing follows.
    """
    return [] if held is None else [action for action, verb in ACTIONS.items()
                                    if not any(entry.endswith(f"/{verb}") for entry in held)]


def widening(scope_map: Optional[str], lacking: List[str], repository: Optional[str]) -> Facts:
    """Values for the catalogue's fixes that let a token do what it lacks; empty when none of them would.

    A system scope map cannot be changed; the token gets a wider one. No scope map gives the action `catalog`.

    :param repository: the one in question, None when it is not known.
    """
    wanted = [ACTIONS[action] for action in lacking if action in ACTIONS]
    if len(wanted) < len(lacking) or not scope_map:
        return {}
    if scope_map in SYSTEM_SCOPE_MAPS:
        needed = SYSTEM_SCOPE_MAPS[scope_map] | set(wanted)
        wider = next(name for name, actions in SYSTEM_SCOPE_MAPS.items() if actions >= needed)
        return {"system_scope_map": scope_map, "wider_scope_map": wider}
    if not repository or len(wanted) > 2:
        return {}
    return {"scope_map": scope_map, "repository": repository, "scope_map_action": wanted[0],
            "second_scope_map_action": wanted[1] if len(wanted) > 1 else None}
