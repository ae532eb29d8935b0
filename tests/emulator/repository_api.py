# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The registry's own API under ``/acr/v1/``, as far as ``az acr repository`` needs it, and the locks that it sets.

Paths and bodies: azure-rest-api-specs, Microsoft.ContainerRegistry/stable/2021-07-01/containerregistry.json.
Locks: https://learn.microsoft.com/azure/container-registry/container-registry-image-lock; what they forbid is answered
with 405 REGISTRY_DISALLOWED_OPERATION (azure-sdk-for-net#22827), for a push when the manifest comes
(learn.microsoft.com/dotnet/api/overview/azure/containers.containerregistry-readme, "Set artifact properties").
"""

import json
import re
from dataclasses import replace
from urllib.parse import unquote

from . import hidden_images, images
from .http import Response

ATTRIBUTES = ("deleteEnabled", "listEnabled", "readEnabled", "writeEnabled")
WHOLE = "*"        # in a world's ``switchedOff``: the repository itself
_PATHS = re.compile(r"/acr/v1/(?P<name>[^_].*?)(?:/_(?P<kind>tags|manifests)(?:/(?P<reference>[^/]+))?)?")


def needed_scope(request):
    """(type, name, action) that a request needs."""
    if request.path == "/acr/v1/_catalog":
        return images.CATALOG
    match = _PATHS.fullmatch(unquote(request.path))
    return hidden_images.needed_scope(request) or ("repository", match["name"] if match else "", {
        "PATCH": "metadata_write", "DELETE": "delete"}.get(request.method, "metadata_read"))


def answer(azure, registry, request):
    """A request that is already allowed."""
    store = azure.backend or azure.images
    if request.path == "/acr/v1/_catalog":
        return store.answer(azure, registry, replace(request, path="/v2/_catalog"))
    match = _PATHS.fullmatch(unquote(request.path))
    if not match or request.method not in ("GET", "PATCH"):
        return images.error(404, "UNSUPPORTED", "The operation is unsupported.")
    name, about = match["name"], {"registry": registry.login_server, "imageName": match["name"]}
    tags = images.digests(azure, registry, request, name)
    if tags is None:
        return images.error(404, "NAME_UNKNOWN", f"repository \"{name}\" is not found")
    if request.method == "PATCH":
        _switch(registry, name, match["reference"] or WHOLE, json.loads(request.body))
    made = {"createdTime": "2022-12-13T09:17:12.7481133Z", "lastUpdateTime": "2022-12-13T09:17:12.7481133Z"}
    known = {"tags": [{"name": tag, "digest": digest, **made, "signed": False} for tag, digest in tags.items()],
             "manifests": [{"digest": digest, **made} for digest in sorted(set(tags.values()))]}
    for entry in known["tags"] + known["manifests"]:
        entry["changeableAttributes"] = _attributes(registry, name, entry.get("name") or entry["digest"])
    for entry in known["manifests"]:
        entry["changeableAttributes"] |= hidden_images.quarantine_state(registry, name, entry["digest"], tags)
    if match["reference"]:
        one = next((entry for entry in known[match["kind"]]
                    if match["reference"] in (entry.get("name"), entry["digest"])), None)
        kind = match["kind"].rstrip("s")
        return Response.of_json(about | {kind: one}) if one else images.error(
            404, f"{kind.upper()}_UNKNOWN", f"the specified {kind} does not exist")
    if match["kind"]:
        return Response.of_json(about | {match["kind"]: known[match["kind"]]})
    return Response.of_json(about | {"tagCount": len(known["tags"]), "manifestCount": len(known["manifests"]),
                                     "changeableAttributes": _attributes(registry, name, WHOLE)})


def disallowed(azure, registry, request):
    """The refusal of a request of the distribution API that a lock forbids, or None."""
    # Assumption: reading is refused for the manifest in the same words; a lock on the manifest that bears a tag does
    # not keep another one from being pushed under that tag.
    name, kind, reference = images.part_of(request)
    if kind != "manifests":
        return None
    locked = _switched_off(registry, name)
    parts = {reference}
    if request.method != "PUT":      # which puts another manifest in the place of the one that bears the tag
        parts.add((images.digests(azure, registry, request, name) or {}).get(reference))
    off = {attribute for part in parts for attribute in locked.get(part, ())}
    # "Protect a repository from deletion": individual images can still be updated or deleted.
    off |= {attribute for attribute in locked.get(WHOLE, ()) if attribute != "deleteEnabled"}
    forbidding = {"PUT": {"writeEnabled"}, "DELETE": {"writeEnabled", "deleteEnabled"}}.get(
        request.method, {"readEnabled"})
    if not off & forbidding:
        return None
    return images.refused()


def _switched_off(registry, name):
    repository = registry.repositories.get(name)
    return repository.switched_off if repository else {}


def _attributes(registry, name, part):
    off = _switched_off(registry, name).get(part, ())
    return {attribute: attribute not in off for attribute in ATTRIBUTES}


def _switch(registry, name, part, wanted):
    locked = _switched_off(registry, name)
    off = set(locked.get(part, ())) - {key for key, on in wanted.items() if on}
    locked[part] = sorted(off | {key for key, on in wanted.items() if not on})
