# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Scope maps: what a repository-scoped token may do, and what has to change so that it may do more.

Source: https://learn.microsoft.com/azure/container-registry/container-registry-token-based-repository-permissions
"""

from typing import List, Optional, Sequence

ACTIONS = {  # what a scope map calls them, after `repositories/NAME/`
    "pull": "content/read", "push": "content/write", "delete": "content/delete", "metadata-read": "metadata/read",
    "metadata-write": "metadata/write"}
SYSTEM_SCOPE_MAPS = {  # those that Azure provides for all repositories, the narrowest first
    "_repositories_pull": {"content/read"}, "_repositories_pull_metadata_read": {"content/read", "metadata/read"},
    "_repositories_push": {"content/read", "content/write"},
    "_repositories_push_metadata_write": {"content/read", "content/write", "metadata/read", "metadata/write"},
    "_repositories_admin": set(ACTIONS.values())}


PUSHING = ("push", "pull")  # Azure: use content/write "with content/read to push artifacts"


def needed_for(actions: Sequence[str]) -> List[str]:
    """The actions, and those that a client needs beside them: whoever pushes looks first at what is there."""
    return list(dict.fromkeys(one for action in actions for one in (PUSHING if action == "push" else (action,))))


def held_nowhere(held: Optional[List[str]]) -> List[str]:
    """The actions that a scope map gives for no repository at all.

    :param held: its entries, such as `repositories/team/app/content/read`; None when they cannot be read, of which
        nothing follows.
    """
    return [] if held is None else [action for action, verb in ACTIONS.items()
                                    if not any(entry.endswith(f"/{verb}") for entry in held)]
