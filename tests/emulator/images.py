# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The distribution API behind the front end: small images made from the world, and whatever clients push.

With a backend (a real docker-registry) requests are passed on instead; see ``backend.py``.
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
import threading
import uuid
from dataclasses import replace
from email.message import Message

from . import blobs
from .http import Response

PUBLIC = None      # stands for mcr.microsoft.com, which has no registry in the world
PUBLIC_IMAGES = {"mcr/hello-world": ["latest"]}
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CATALOG = ("registry", "catalog", "*")
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_PATHS = re.compile(r"/v2/(?P<name>.+?)/(?P<kind>manifests|blobs|tags|referrers)/(?P<reference>.*)")


def needed_scope(request):
    """(type, name, action) that a ``/v2/`` request needs; None for the bare ``/v2/``."""
    if request.path.rstrip("/") == "/v2":
        return None
    if request.path == "/v2/_catalog":
        return CATALOG
    match = _PATHS.fullmatch(request.path)
    if not match:
        return "repository", request.path[len("/v2/"):], "pull"
    if match["kind"] == "tags":
        return "repository", match["name"], "metadata_read"
    action = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}.get(request.method, "pull,push")
    return "repository", match["name"], action


def part_of(request):
    """(repository, manifests/blobs/tags/referrers, reference) of a request, empty texts when it is about none."""
    match = _PATHS.fullmatch(request.path)
    return (match["name"], match["kind"], match["reference"]) if match else ("", "", "")


def answer(azure, registry, request):
    """A request of the distribution API that is already allowed."""
    return (azure.backend or azure.images).answer(azure, registry, request)


class ImageStore:
    """Images in memory, by registry."""

    def __init__(self, world):
        self._lock = threading.Lock()
        self._uploads = {}
        self.blobs = {}                 # digest: content, shared by all registries
        self.manifests = {}             # (registry, repository): {tag or digest: (media type, content)}
        self._fill("", PUBLIC_IMAGES)
        for registry in world.registries.values():
            self._fill(registry.name, {name: [*one.tags, *one.deleted]
                                       for name, one in registry.repositories.items()})

    def answer(self, azure, registry, request):
        """One request of the distribution API."""
        owner = registry.name if registry else ""
        if request.path == "/v2/_catalog":
            return Response.of_json({"repositories": self.repositories(owner)})
        match = _PATHS.fullmatch(request.path)
        if not match:
            return error(404, "UNSUPPORTED", "The operation is unsupported.")
        with self._lock:
            handler = getattr(self, "_" + match["kind"])
            return handler(azure, registry, request, (owner, match["name"]), match["reference"])

    def repositories(self, owner):
        return sorted(name for one, name in self.manifests if one == owner)

    def _fill(self, owner, repositories):
        for name, tags in repositories.items():
            for tag in tags:
                self._add_image(owner, name, tag)

    def _add_image(self, owner, name, tag):
        layer_tar = _tar({"hello.txt": f"{owner}/{name}:{tag}\n"})
        # Stored, and without the name of the system: the same bytes everywhere, so that a scenario can name a digest.
        layer = gzip.compress(layer_tar, 0, mtime=0)
        layer = layer[:9] + b"\xff" + layer[10:]
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/hello.txt"]},
                             "created": "2020-01-01T00:00:00Z", "history": [{"created": "2020-01-01T00:00:00Z"}],
                             "rootfs": {"type": "layers", "diff_ids": [digest(layer_tar)]}}).encode()
        for content in (layer, config):
            self.blobs[digest(content)] = content
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": _CONFIG, "size": len(config), "digest": digest(config)},
            "layers": [{"mediaType": _LAYER, "size": len(layer), "digest": digest(layer)}]}).encode()
        known = self.manifests.setdefault((owner, name), {})
        known[tag] = known[digest(manifest)] = (MANIFEST, manifest)

    def _manifests(self, _azure, _registry, request, key, reference):
        known = self.manifests.get(key, {})
        if request.method == "PUT":
            kind = request.headers.get("Content-Type", MANIFEST)
            self.manifests.setdefault(key, {}).update(
                {reference: (kind, request.body), digest(request.body): (kind, request.body)})
            return Response(201, b"", {"Docker-Content-Digest": digest(request.body),
                                       "Location": f"/v2/{key[1]}/manifests/{digest(request.body)}"})
        if reference not in known:
            return manifest_unknown(reference)
        if request.method == "DELETE":
            known.pop(reference)
            return Response(202)
        kind, content = known[reference]
        return Response(200, content, {"Content-Type": kind, "Docker-Content-Digest": digest(content),
                                       "ETag": f'"{digest(content)}"'})

    def _blobs(self, azure, registry, request, key, reference):
        if reference.startswith("uploads"):
            return self._upload(request, key, reference)
        content = self.blobs.get(reference)
        if content is None:
            return error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        headers = {"Content-Type": "application/octet-stream", "Docker-Content-Digest": reference}
        if request.method == "GET" and registry and registry.redirects_blobs:
            return blobs.redirect(azure, registry, reference)
        return Response(200, content, headers)

    def _tags(self, _azure, _registry, _request, key, _reference):
        if key not in self.manifests:
            return error(404, "NAME_UNKNOWN", "repository name not known to registry")
        tags = sorted(tag for tag in self.manifests[key] if not tag.startswith("sha256:"))
        return Response.of_json({"name": key[1], "tags": tags})

    def _referrers(self, _azure, _registry, _request, _key, _reference):
        return Response.of_json({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                                 "manifests": []})

    def _upload(self, request, key, reference):
        upload = reference.partition("/")[2]
        if request.method == "POST":
            upload = str(uuid.uuid4())
            self._uploads[upload] = b""
        if upload not in self._uploads:
            return error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        self._uploads[upload] += request.body
        expected = request.parameter("digest")
        if expected:
            content = self._uploads.pop(upload)
            if digest(content) != expected:
                return error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            self.blobs[expected] = content
            return Response(201, b"", {"Docker-Content-Digest": expected, "Location": f"/v2/{key[1]}/blobs/{expected}"})
        return Response(202, b"", {"Location": f"/v2/{key[1]}/blobs/uploads/{upload}", "Docker-Upload-UUID": upload,
                                   "Range": f"0-{max(0, len(self._uploads[upload]) - 1)}"})


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def manifest_unknown(reference):
    """404 for a tag or digest that is not there."""
    # Assumption: a digest is refused in the words that were recorded of a tag.
    return error(404, "MANIFEST_UNKNOWN", f"manifest tagged by \"{reference}\" is not found", {"Tag": reference})


def error(status, code, message, detail=None):
    return Response.of_json({"errors": [{"code": code, "message": message, **({"detail": detail} if detail else {})}]},
                            status)


def refused():
    """What a lock or a quarantine forbids."""
    return error(405, "REGISTRY_DISALLOWED_OPERATION",
                 "The operation is disallowed on this registry, repository or image. View troubleshooting steps "
                 "at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation")


def digests(azure, registry, request, name):
    """Tag to digest of a repository's images; None when it is not there."""
    accepting = Message()
    accepting["Accept"] = MANIFEST

    def ask(path):
        return (azure.backend or azure.images).answer(azure, registry, replace(
            request, method="GET", path=path, query={}, headers=accepting, body=b""))
    listed = ask(f"/v2/{name}/tags/list")
    if listed.status != 200:
        return None
    return {tag: ask(f"/v2/{name}/manifests/{tag}").headers["Docker-Content-Digest"]
            for tag in json.loads(listed.body)["tags"]}


def _tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
