# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Repositories that a registry fetches from another one, its source, when somebody pulls from them.

Source: https://learn.microsoft.com/azure/container-registry/artifact-cache-overview
"""

import re

SOURCE_IS_NAMED = re.compile(r"(?i)source registry|cache rule")


def covers(target: str, repository: str) -> bool:
    """Whether a cache rule's target repository, which may end in `*`, is or includes a repository."""
    if target.endswith("*"):
        return repository.startswith(target[:-1])
    return target == repository


def names_the_source(text: str) -> bool:
    """Whether a registry says of its own refusal that it comes from the source.

    Seen: `too many requests to source registry for cache rule 'NAME'` (https://github.com/Azure/acr/issues/754) and
    `authentication required with source registry for cache rule 'NAME'` (https://github.com/Azure/acr/issues/599).
    With credentials gone bad it has also been the registry's usual `authentication required`
    (https://github.com/Azure/acr/issues/893).
    """
    return bool(SOURCE_IS_NAMED.search(text))
