# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""A real docker-registry behind the front end: every registry of the world is a folder of repositories in it."""

import json
import re

import requests

from . import blobs
from .http import Response
from .images import PUBLIC, ImageStore, digest, manifest_unknown, part_of

_DROPPED = {"connection", "transfer-encoding", "content-length", "date", "docker-distribution-api-version",
            "x-content-type-options", "host", "authorization"}


class Backend:
    """:param url: of the docker-registry, such as ``http://127.0.0.1:5000``."""

    def __init__(self, url):
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def fill(self, store: ImageStore):
        """Push the images of a world."""
        for (owner, name), manifests in store.manifests.items():
            if not owner:
                continue
            base = f"{self._url}/v2/{owner.lower()}/{name}"
            for tag, (kind, content) in manifests.items():
                if not tag.startswith("sha256:"):
                    manifest = json.loads(content)
                    for part in (manifest["config"], *manifest["layers"]):
                        self._push_blob(base, store.blobs[part["digest"]])
                    self._session.put(f"{base}/manifests/{tag}", data=content, timeout=30,
                                      headers={"Content-Type": kind}).raise_for_status()

    def answer(self, azure, registry, request):
        """Pass a request of the distribution API on; blobs are redirected as Azure does it."""
        if registry is PUBLIC:
            return azure.images.answer(azure, registry, request)
        folder = registry.name.lower()
        match = re.fullmatch(r"/v2/.+/blobs/(sha256:[0-9a-f]{64})", request.path)
        if match and request.method == "GET" and registry.redirects_blobs:
            return blobs.redirect(azure, registry, match[1])
        if request.path == "/v2/_catalog":
            return self._catalog(folder)
        query = {name: [self._inside(folder, name, value) for value in values]
                 for name, values in request.query.items()}
        answer = self._session.request(
            request.method, f"{self._url}/v2/{folder}{request.path[len('/v2'):]}", params=query, data=request.body,
            headers={name: ", ".join(request.headers.get_all(name)) for name in request.headers
                     if name.lower() not in _DROPPED},      # containers/image sends Accept many times
            timeout=120, allow_redirects=False)
        _, kind, reference = part_of(request)
        if answer.status_code == 404 and kind == "manifests" and request.method in ("GET", "HEAD"):
            return manifest_unknown(reference)
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in _DROPPED}
        if "Location" in headers:
            headers["Location"] = re.sub(rf"^(?:https?://[^/]+)?/v2/{folder}/", "/v2/", headers["Location"])
        body = answer.content.replace(f'"{folder}/'.encode(), b'"')
        if request.method == "HEAD":
            headers["Content-Length"] = answer.headers.get("Content-Length", "0")
        return Response(answer.status_code, body, headers)

    def blob(self, azure, registry_name, reference):
        """The content of a blob that a redirect names, or None."""
        registry = azure.world.registries.get(registry_name)
        for repository in self._repositories(registry.name.lower()) if registry else []:
            answer = self._session.get(f"{self._url}/v2/{repository}/blobs/{reference}", timeout=120)
            if answer.ok:
                return answer.content
        return None

    def _catalog(self, folder):
        return Response.of_json({"repositories": [name[len(folder) + 1:] for name in self._repositories(folder)]})

    def _repositories(self, folder):
        names = self._session.get(f"{self._url}/v2/_catalog?n=1000", timeout=30).json()["repositories"]
        return [name for name in names if name.startswith(folder + "/")]

    def _push_blob(self, base, content):
        started = self._session.post(f"{base}/blobs/uploads/", timeout=30)
        started.raise_for_status()
        location = started.headers["Location"]
        location = location if location.startswith("http") else self._url + location
        self._session.put(location, params={"digest": digest(content)}, data=content, timeout=30,
                          headers={"Content-Type": "application/octet-stream"}).raise_for_status()

    @staticmethod
    def _inside(folder, name, value):
        return f"{folder}/{value}" if name == "from" else value
