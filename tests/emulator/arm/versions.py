# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""What a request's api-version decides: whether it is answered at all, and which members an answer holds.

The tables are those of ``tests/azure_facts``; a world's ``cloud`` takes versions and members away.
"""

from functools import lru_cache

from tests import azure_facts

from ..world import same
from .routing import ArmError

REGISTRIES = "Microsoft.ContainerRegistry/registries"
NAMES = "Microsoft.ContainerRegistry/checkNameAvailability"
LOCATIONS = "westeurope, northeurope, uksouth, eastus, westus, southeastasia"
EVERY = {"**": {}}


def supported(world, resource_type):
    """The versions in which a cloud answers for a type, oldest first; empty: any, for want of a table."""
    wanted = world.cloud.api_versions
    kind = resource_type
    while kind:
        for name in (kind, kind.partition("/")[2]):
            found = next((versions for key, versions in wanted.items() if same(key, name)), None)
            if found is not None:
                return found
        kind = kind.rpartition("/")[0]
    return _known(resource_type)


@lru_cache(maxsize=256)
def _known(resource_type):
    found = azure_facts.versions(resource_type)
    # Assumption: actions of registries for which no specification was read are there in every version of registries.
    if same(resource_type, NAMES) or (resource_type.lower().startswith(REGISTRIES.lower() + "/") and not found) \
            or same(resource_type, REGISTRIES + "/listUsages"):
        found = sorted({*found, *azure_facts.versions(REGISTRIES)})
    return found


def check_presence(request):
    """:raises ArmError: 400, the request names no version."""
    if not request.parameter("api-version"):
        raise ArmError(400, "MissingApiVersionParameter",
                       "The api-version query parameter (?api-version=) is required for all requests.")


def check(world, path, version, location):
    """:raises ArmError: the version is not supported for the type.

    :param location: of the one resource that the path names; empty for lists and for what has none.
    """
    resource_type = azure_facts.resource_type_of(path)
    versions = supported(world, resource_type)
    # Assumption: versions that are older than the tables are gone.
    if not versions or version in versions:
        return
    namespace, _, kind = resource_type.partition("/")
    # Assumption: which of the three refusals comes. Recorded are NoRegisteredProviderFound for one registry,
    # InvalidResourceType for a list without a location, InvalidApiVersionParameter for Resource Manager's own.
    code = world.cloud.version_refusal.code or (
        "InvalidApiVersionParameter" if namespace == "Microsoft.Resources" else
        "NoRegisteredProviderFound" if location else "InvalidResourceType")
    status = world.cloud.version_refusal.status or (404 if code == "InvalidResourceType" else 400)
    message = {
        "InvalidApiVersionParameter":
            f"The api-version '{version}' is invalid. The supported versions are '{','.join(reversed(versions))}'.",
        "NoRegisteredProviderFound":
            f"No registered resource provider found for location '{location or 'westeurope'}' and API version "
            f"'{version}' for type '{kind}'. The supported api-versions are '{', '.join(versions)}'. The supported "
            f"locations are '{LOCATIONS}'.",
    }.get(code, f"The resource type '{kind}' could not be found in the namespace '{namespace}' for api version "
                f"'{version}'. The supported api-versions are '{','.join(versions)}'.")
    raise ArmError(status, code, message, x_ms_failure_cause="gateway")


def filtered(world, resource_type, version):
    """A function that takes from a rendered resource what the version does not have."""
    hidden = next((names for kind, names in world.cloud.hidden_members.items()
                   if same(kind, resource_type) or same(kind, resource_type.partition("/")[2])), ())
    at = _tree(resource_type.lower(), version, tuple(hidden))
    return lambda item: shown(item, at)


@lru_cache(maxsize=256)
def _tree(resource_type, version, hidden):
    members = azure_facts.members(resource_type, version) or _nearest(resource_type, version)
    if members is None:
        return EVERY
    return azure_facts.tree(frozenset(
        member for member in members
        if not any(member == one or member.startswith((one + ".", one + "[")) for one in hidden)))


def _nearest(resource_type, version):
    # Assumption: what no table lists for a version is that of the nearest older one of its kind, preview or stable.
    older = [one for one in azure_facts.versions(resource_type)
             if one <= version and one.endswith("-preview") == version.endswith("-preview")]
    return azure_facts.members(resource_type, older[-1]) if older else None


def shown(value, at):
    """A value without the members that are not in a tree of ``azure_facts``."""
    if not at or "**" in at:
        return value
    if isinstance(value, dict):
        anything = at.get("*")
        return {name: shown(inner, at.get(name, anything)) for name, inner in value.items()
                if name in at or anything is not None}
    if isinstance(value, list) and "[]" in at:
        return [shown(inner, at["[]"]) for inner in value]
    return value
