# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""What is known of Azure's answers: members by api-version after the specification, and recorded answers.

``recordings/`` holds answers of live Azure by topic, from test recordings that Microsoft's projects published, and in
``reports.json`` what people pasted in issues. ``spec/`` holds one table per resource type: ``always`` are the members
of every version, ``only`` those of some. ``extract.py`` writes the tables anew. ``filters.json`` says what ``$filter``
may hold.

A member is named by its path from the answer's root: ``properties.networkRuleSet.ipRules[].value`` (of each entry of a
list), ``properties.identityProfile.*.clientId`` (of each entry of a mapping), ``properties.subnet.**`` (and whatever
lies below, which the table does not list). Resource types are compared without case. What belongs to an action bears
the action's name: ``Microsoft.ContainerRegistry/checkNameAvailability``,
``Microsoft.ContainerRegistry/registries/generateCredentials``.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Recording:
    """One recorded request and its answer. ``path`` is a template; bodies hold values that were made harmless."""
    topic: str
    method: str
    path: str
    api_version: str                    # empty where the request has none
    status: int
    headers: dict[str, Any]             # a name that came several times has a list
    body: Any
    source: dict[str, str]
    recorded: str = ""
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    request_body: Any = None
    authorization: str = ""
    claims: dict[str, Any] = field(default_factory=dict)         # of the token in the answer
    token_header: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Report:
    """An answer that somebody pasted, or one whose request is not on record."""
    about: str
    source: Any
    status: int | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    condition: str = ""
    note: str = ""


def resource_types() -> list[str]:
    """The types that have a table, as Azure writes them."""
    return sorted(table["type"] for table in _tables().values())


def versions(resource_type: str) -> list[str]:
    """The api-versions of a type that its table knows, oldest first; empty without a table."""
    table = _tables().get(resource_type.lower())
    return list(table["versions"]) if table else []


def members(resource_type: str, api_version: str) -> frozenset[str] | None:
    """What an answer may hold at a version: after the specification, and what was recorded beyond it at that version.

    None when the type has no table or the table not that version.
    """
    table = _tables().get(resource_type.lower())
    if not table or api_version not in table["versions"]:
        return None
    return _members(resource_type.lower(), api_version)


def has_member(resource_type: str, api_version: str, path: str) -> bool:
    """Whether a member exists at a version. Names below ``.**`` count as members, as do those of a mapping."""
    known = members(resource_type, api_version)
    if known is None:
        return False
    at = tree(known)
    for name in path.replace("[]", ".[]").split("."):
        if "**" in at:
            return True
        at = at[name] if name in at else at.get("*")
        if at is None:
            return False
    return True


@lru_cache(maxsize=None)
def tree(paths: frozenset[str]) -> dict[str, Any]:
    """Members as nested mappings; an entry of a list is ``[]``, of a mapping ``*``, and ``**`` is anything."""
    root: dict[str, Any] = {}
    for path in paths:
        at = root
        for name in path.replace("[]", ".[]").split("."):
            at = at.setdefault(name, {})
    return root


def filters(resource_type: str) -> dict[str, Any]:
    """``documented`` and ``notDocumented`` clauses of ``$filter`` of a list, with their source; empty if not known."""
    found = json.loads((_HERE / "filters.json").read_text(encoding="utf-8"))["filters"]
    return next((entry for kind, entry in found.items() if kind.lower() == resource_type.lower()), {})


def topics() -> list[str]:
    """The names that ``recordings`` takes."""
    return sorted(path.stem for path in (_HERE / "recordings").glob("*.json") if path.stem != "reports")


def recordings(topic: str) -> list[Recording]:
    """The recorded answers of a topic (a file of ``recordings/``)."""
    found = []
    for entry in _entries(topic):
        request, response = entry["request"], entry["response"]
        found.append(Recording(
            topic, request["method"], request["path"], request.get("apiVersion", ""), response["status"],
            response["headers"], response["body"], entry["source"], entry["recorded"], request.get("query", {}),
            request.get("form", {}), request.get("body"), request.get("authorization", ""),
            response.get("claims", {}), response.get("tokenHeader", {}), entry.get("note", "")))
    return found


def reports(about: str = "") -> list[Report]:
    """The pasted answers whose ``about`` holds a text."""
    return [Report(**entry) for entry in _entries("reports") if about.lower() in entry["about"].lower()]


@lru_cache(maxsize=None)
def _entries(topic):
    return json.loads((_HERE / "recordings" / f"{topic}.json").read_text(encoding="utf-8"))["entries"]


@lru_cache(maxsize=None)
def _tables():
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((_HERE / "spec").glob("*.json"))]
    return {table["type"].lower(): table for table in found}


@lru_cache(maxsize=None)
def _members(kind, api_version):
    table = _tables()[kind]
    listed = {*table["always"], *(path for path, of in table["only"].items() if api_version in of)}
    return frozenset(listed | _recorded(kind, api_version))


def _recorded(kind, api_version):
    """Members of the recorded answers to requests that are about a type: one resource, or a list of them."""
    found = set()
    for topic in topics():
        for one in recordings(topic):
            if one.api_version != api_version or one.status >= 300 or not isinstance(one.body, dict) \
                    or resource_type_of(one.path).lower() != kind:
                continue
            listed = one.body.get("value")
            for item in listed if isinstance(listed, list) else [one.body]:
                found |= set(paths_of(item))
    return found


@lru_cache(maxsize=4096)
def resource_type_of(path: str) -> str:
    """The resource type that a path of Resource Manager is about: every other segment behind the last provider.

    Lists, single resources and actions alike; those of Resource Manager itself are called ``Microsoft.Resources/...``.
    """
    parts = path.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        last = len(lowered) - 1 - lowered[::-1].index("providers")
        namespace, *rest = parts[last + 1:] or [""]
        return "/".join([namespace, *rest[::2]]) if rest else "Microsoft.Resources/providers"
    return "Microsoft.Resources/" + {"resourcegroups": "resourceGroups", "resources": "resources",
                                     "tenants": "tenants"}.get(lowered[::2][-1], "subscriptions")


def paths_of(value: Any, path: str = "") -> list[str]:
    """The members of an answer as paths; names of free mappings (tags, identities) as they stand there."""
    found = []
    if isinstance(value, dict):
        for name, inner in value.items():
            found.append(f"{path}.{name}" if path else name)
            found += paths_of(inner, found[-1])
    elif isinstance(value, list):
        for inner in value:
            found += paths_of(inner, path + "[]")
    return found
