# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""``python -m tests.contract.models FILE``: which of the members that the product reads this CLI's SDKs know.

FILE is what `tests.contract.reads` wrote. Prints, as JSON, the resource types and members that a model does not have,
and the api-version of each model. Models are those of the operations that the door calls.
"""

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from tests.contract.door import ACCOUNT, door

# Resource type, in lower case, to client, operations and model.
MODELS = {
    "microsoft.containerregistry/registries": ("registry", "registries", "Registry"),
    "microsoft.containerregistry/checknameavailability": ("registry", "registries", "RegistryNameStatus"),
    "microsoft.containerregistry/registries/tokens": ("registry", "tokens", "Token"),
    "microsoft.containerregistry/registries/scopemaps": ("registry", "scope_maps", "ScopeMap"),
    "microsoft.containerregistry/registries/cacherules": ("registry", "cache_rules", "CacheRule"),
    "microsoft.containerregistry/registries/credentialsets": ("registry", "credential_sets", "CredentialSet"),
    "microsoft.containerregistry/registries/replications": ("registry", "replications", "Replication"),
    "microsoft.containerregistry/registries/listusages": ("registry", "registries", "RegistryUsage"),
    "microsoft.authorization/roleassignments": ("authorization", "role_assignments", "RoleAssignment"),
    "microsoft.authorization/denyassignments": ("authorization", "deny_assignments", "DenyAssignment"),
    "microsoft.authorization/roledefinitions": ("authorization", "role_definitions", "RoleDefinition"),
    "microsoft.authorization/permissions": ("authorization", "permissions", "Permission"),
    "microsoft.authorization/roleeligibilityscheduleinstances": (
        "eligibilities", "role_eligibility_schedule_instances", "RoleEligibilityScheduleInstance"),
}


def knows(models: Any, model: Any, path: List[str]) -> bool:
    """Whether a model has a member. :param path: its names; ``[]`` for each entry of a list."""
    if not path:
        return True
    for wire, kind in _members(model):
        common = min(len(wire), len(path))
        if [name.lower() for name in wire[:common]] != [name.lower() for name in path[:common]]:
            continue
        if len(path) <= len(wire) or _knows_within(models, kind, path[len(wire):]):
            return True
    return False


def _knows_within(models: Any, kind: str, path: List[str]) -> bool:
    """:param kind: the type of a member, as its SDK writes it."""
    entries = re.fullmatch(r"\[(.*)\]|\{(.*)\}", kind)
    if entries:
        return _knows_within(models, entries[1] or entries[2], path[1:])
    model = getattr(models, kind, None)
    return not path or kind == "object" or (model is not None and knows(models, model, path))


def _members(model: Any) -> Iterator[Tuple[List[str], str]]:
    """The members of a model as the wire names them, and their types: `[X]` for lists, `{X}` for mappings."""
    mapped = getattr(model, "_attribute_map", None)
    if mapped is not None:      # SDKs of the older generator; they lift what is in `properties`
        for entry in mapped.values():
            yield [name.replace("\\", "") for name in re.split(r"(?<!\\)\.", entry["key"])], entry["type"]
        return
    model({})                   # its class is completed when the first one is made
    for owner in model.__mro__:
        for name, annotation in getattr(owner, "__annotations__", {}).items():
            field: Optional[Any] = model._attr_to_rest_field.get(name)  # pylint: disable=protected-access
            if field is not None:
                yield [field._rest_name], _kind(str(annotation))        # pylint: disable=protected-access


def _kind(annotation: str) -> str:
    named = re.findall(r"_models\.(\w+)", annotation)
    kind = named[-1] if named else "object" if "Any" in annotation else "str"
    return f"[{kind}]" if re.search("[Ll]ist\\[", annotation) else (
        f"{{{kind}}}" if re.search("[Dd]ict\\[|Mapping\\[", annotation) else kind)


def main(reads: str) -> None:
    """Compare."""
    from azext_acrlogin.azure.api_versions import ELIGIBILITIES
    found: List[Tuple[str, str]] = []
    seen: Dict[str, str] = {}
    with door() as (arm, _):
        sdk = arm._opened()     # pylint: disable=protected-access
        clients = {"registry": sdk.registry(ACCOUNT), "authorization": sdk.authorization(ACCOUNT),
                   "eligibilities": sdk.authorization(ACCOUNT, ELIGIBILITIES)}
    for kind, _, path in json.loads(Path(reads).read_text(encoding="utf-8"))["reads"]:
        if kind.lower() not in MODELS:
            continue
        client, operations, name = MODELS[kind.lower()]
        group = getattr(clients[client], operations)
        models = getattr(group, "models", None) or importlib.import_module(
            type(group).__module__.partition(".operations")[0] + ".models")
        seen[kind] = models.__name__
        if not knows(models, getattr(models, name), path.replace("[]", ".[]").split(".")):
            found.append((kind, path))
    json.dump({"missing": found, "models": seen}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
