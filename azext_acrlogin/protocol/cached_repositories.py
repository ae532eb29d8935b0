# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Repositories that a registry fetches from another one, its source, when somebody pulls from them.

Source: https://learn.microsoft.com/azure/container-registry/artifact-cache-overview and, for the sources that take no
login and for library/, https://learn.microsoft.com/azure/container-registry/troubleshoot-artifact-cache
"""

import re
from typing import Optional

SOURCE_IS_NAMED = re.compile(r"(?i)source registry|cache rule")
HOST_IN_TEXT = re.compile(r"(?i)\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")
DOCKER_HUB = "docker.io"
TAKE_NO_LOGIN = ("mcr.microsoft.com", "public.ecr.aws")


def covers(target: str, repository: str) -> bool:
    """Whether a cache rule's target repository, which may end in `*`, is or includes a repository."""
    if target.endswith("*"):
        return repository.startswith(target[:-1])
    return target == repository


def source_of(source: str, target: str, repository: str) -> str:
    """What a rule asks for at its source: what stands for the target's `*` stands for the source's as well."""
    if source.endswith("*") and target.endswith("*"):
        return source[:-1] + repository[len(target) - 1:]
    return source


def official_name(source: str) -> Optional[str]:
    """The name that Docker Hub has for an image of its own, where `source` leaves out the `library/`.

    docker adds that by itself, a cache rule does not. None for everything else.
    """
    host, _, path = source.partition("/")
    return f"{host}/library/{path}" if host == DOCKER_HUB and re.fullmatch(r"[^/*]+", path) else None


def target_of(source: str, target: str, wanted: str) -> Optional[str]:
    """The repository by which a rule with wildcards delivers what its source calls `wanted`; None without such."""
    if source.endswith("*") and target.endswith("*") and wanted.startswith(source[:-1]):
        return target[:-1] + wanted[len(source) - 1:]
    return None


def takes_no_login(source: str) -> bool:
    """Whether pulls from a source are never authenticated, so that credentials are none the better."""
    return source.partition("/")[0].lower() in TAKE_NO_LOGIN


def names_the_source(text: str, source: str = "") -> bool:
    """Whether a registry says of its own refusal that it comes from the source, or hands on the source's own words.

    Those name the source's organisation: Docker Hub points to www.docker.com for its limits.

    Seen: `too many requests to source registry for cache rule 'NAME'` (https://github.com/Azure/acr/issues/754) and
    `authentication required with source registry for cache rule 'NAME'` (https://github.com/Azure/acr/issues/599).
    With credentials gone bad it has also been the registry's usual `authentication required`
    (https://github.com/Azure/acr/issues/893).
    """
    organisation = _organisation(source.partition("/")[0])
    return bool(SOURCE_IS_NAMED.search(text)) or bool(organisation) and any(
        _organisation(host) == organisation for host in HOST_IN_TEXT.findall(text))


def _organisation(host: str) -> str:
    """docker for docker.io and www.docker.com."""
    labels = host.lower().split(".")
    return labels[-2] if len(labels) > 1 else ""
