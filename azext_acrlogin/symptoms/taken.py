# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What of the question comes from the error that was pasted: whatever no option gives."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, List, Optional, Tuple

from azext_acrlogin.engine.question import Cloud
from azext_acrlogin.protocol.names import is_digest, read_name

if TYPE_CHECKING:
    from azext_acrlogin.protocol.pasted_error import Mentioned

DEFAULT_ACTIONS = ("pull",)


class NoRegistry(ValueError):
    """It cannot be told which registry is meant; the message says what to write."""


@dataclass(frozen=True)
class Symptom:
    """An error that somebody saw. completes: what of the question was read from it, by its keys in the report."""

    text: str
    completes: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What is asked once the error was read. from_symptom: which of these, by their keys in the report."""

    name: str
    repository: Optional[str]
    actions: Tuple[str, ...]
    from_symptom: Tuple[str, ...] = ()


def completed(symptom: Optional[str], name: Optional[str], default_name: Optional[str], repository: Optional[str],
              actions: Optional[Tuple[str, ...]], cloud: Cloud) -> Asked:
    """Fill what no option gave from the error.

    :param name: of the option.  :param default_name: that is configured; a registry that the error names comes first.
    :raises NoRegistry: no registry is named, or the error names several and no option chooses one.
    """
    mentioned = _registries_in(symptom, cloud) if symptom else ()
    if name is None and len(mentioned) > 1:
        raise NoRegistry("The error given with --symptom names several registries: "
                         f"{', '.join(one.host or one.name for one in mentioned[:5])}. Choose one with --name.")
    if name is None and not mentioned and default_name is None:
        raise NoRegistry("The error given with --symptom does not name a registry. Add --name." if symptom else
                         "--name is missing. Give the registry's name, or an error that names it with --symptom.")
    taken: List[str] = []
    given = name if name is not None else None if mentioned else default_name
    if given is None:
        about: "Optional[Mentioned]" = mentioned[0]
        given = _as_name(mentioned[0], cloud)
        taken.append("name")
    else:
        read = read_name(given, cloud.registry_suffix, cloud.other_suffixes)
        about = next((one for one in mentioned if one.name.partition("-")[0] == read.name), None)
        repository = repository or read.repository and f"{read.repository}{_behind(read.tag)}"
    if about and about.repository and repository is None:
        repository = f"{about.repository}{_behind(about.reference)}"
        taken += ["repository", "tag"] if about.reference else ["repository"]
    if about and about.action and actions is None:
        actions = (about.action,)
        taken.append("actions")
    return Asked(given, repository, actions or DEFAULT_ACTIONS, tuple(taken))


def _registries_in(symptom: str, cloud: Cloud) -> "Tuple[Mentioned, ...]":
    from azext_acrlogin.protocol.pasted_error import read_error  # 20 ms of compiling patterns: only where there is one
    return tuple(read_error(symptom, suffixes_of(cloud)).registries)


def suffixes_of(cloud: Cloud) -> List[str]:
    """The suffixes of login servers in all clouds that the CLI knows."""
    return [*([cloud.registry_suffix] if cloud.registry_suffix else []), *cloud.other_suffixes]


def _as_name(registry: "Mentioned", cloud: Cloud) -> str:
    """The registry's name where its host is what follows from that, else the host as it is written."""
    plainly = "-" not in registry.name and registry.host in (None, f"{registry.name}{cloud.registry_suffix}")
    return registry.name if plainly else str(registry.host)


def _behind(reference: Optional[str]) -> str:
    if not reference:
        return ""
    return f"@{reference}" if is_digest(reference) else f":{reference}"
