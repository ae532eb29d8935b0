# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Images that a registry holds and does not show: in quarantine, or deleted softly.

Quarantine: https://github.com/Azure/acr/blob/main/docs/preview/quarantine/readme.md: by its tag an image is not found,
by its digest the operation is disallowed. Soft delete: the paths, scopes and members that ``az acr manifest
list-deleted-tags`` and ``restore`` use.
"""

import json
import re
from urllib.parse import unquote

from . import images
from .arm.times import short
from .http import Response

_DELETED = re.compile(r"/acr/v1/_deleted/(?P<name>.+?)/_(?P<kind>tags|manifests)(?:/(?P<digest>[^/]+))?")


def needed_scope(request):
    """(type, name, action) of a request for deleted images; None for every other."""
    match = _DELETED.fullmatch(unquote(request.path))
    if not match:
        return None
    return "repository", match["name"], "deleted_restore" if request.method == "POST" else "deleted_read"


def answer(azure, registry, request):
    """The answer to an allowed request about such images; None for every other request."""
    match = _DELETED.fullmatch(unquote(request.path))
    if match:
        return _deleted(azure, registry, request, match)
    name, kind, reference = images.part_of(request)
    repository = registry.repositories.get(name)
    if repository is None or request.method not in ("GET", "HEAD") or kind not in ("manifests", "tags"):
        return None
    quarantined = repository.quarantined if _policy(registry, "quarantinePolicy") else []
    hidden = {*quarantined, *repository.deleted}
    if not hidden:
        return None
    digests = images.digests(azure, registry, request, name) or {}
    if kind == "tags":
        # Assumption: the list of tags leaves out those in quarantine, which "only a special user can see".
        shown = sorted(set(digests) - hidden)
        if not shown and not quarantined:
            return images.error(404, "NAME_UNKNOWN", "repository name not known to registry")
        return Response.of_json({"name": name, "tags": shown})
    if reference in hidden or reference in {digests.get(tag) for tag in repository.deleted}:
        return images.manifest_unknown(reference)
    if reference in {digests.get(tag) for tag in quarantined}:
        return images.refused()
    return None


def quarantine_state(registry, name, digest, digests):
    """The state that a manifest's attributes show, as far as the policy gives it one."""
    # Assumption: the state of an image that waits for its scanner is "Quarantined"; documented are Passed and Failed.
    repository = registry.repositories.get(name)
    if repository is None or not _policy(registry, "quarantinePolicy"):
        return {}
    waits = digest in {digests.get(tag) for tag in repository.quarantined}
    return {"quarantineState": "Quarantined" if waits else "Passed"}


def _policy(registry, name):
    return registry.policies.get(name, {}).get("status") == "enabled"


def _deleted(azure, registry, request, match):
    repository = registry.repositories.get(match["name"])
    digests = images.digests(azure, registry, request, match["name"]) or {}
    known = {tag: digests[tag] for tag in (repository.deleted if repository else {})}
    if request.method == "POST":
        tag = json.loads(request.body or b"{}").get("tag")
        if known.get(tag) != match["digest"]:
            return images.manifest_unknown(match["digest"])
        del repository.deleted[tag]
        return Response.of_json({"digest": match["digest"], "tag": tag}, 201)
    # Assumption: members of the entries beyond those that the CLI reads.
    return Response.of_json({"registry": registry.login_server, "imageName": match["name"], match["kind"]: [
        {"tag": tag, "digest": digest, "deletedAt": short(repository.deleted[tag].deleted_on)}
        for tag, digest in known.items()]})
