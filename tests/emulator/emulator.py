# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The emulator as a whole: base world, patch, listeners, request log, control."""

import json
import os
import threading
from pathlib import Path

from .azure import Azure
from .backend import Backend
from .certificates import Authorities
from .http import Response
from .loading import load_world, merge, read_yaml
from .request_log import RequestLog
from .server import Listener, PlainConnection, ProxyConnection, TlsConnection
from .tokens import Keys
from .world import WorldError


class Emulator:
    """:param base: parsed YAML of the base world; :param patch: merged over it."""

    def __init__(self, base, patch, state: Path, docker_registry=None):
        state.mkdir(parents=True, exist_ok=True)
        self.state = state
        self.keys = Keys(state)
        self.authorities = Authorities(state)
        self.log = RequestLog()
        self._base = base
        self._backend = Backend(docker_registry) if docker_registry else None
        self.base_azure = self.azure = self._patch = None
        self.patch(patch)
        self.listeners = []
        if self._backend:
            self._backend.fill(self.azure.images)

    def _azure(self, patch):
        return Azure(load_world(merge(self._base, patch)), self.keys, self.authorities, self._backend)

    def patch(self, patch):
        """Go back to the base world, with a patch over it.

        :raises WorldError: the world stays as it was.
        """
        base_azure, azure = self._azure({}), self._azure(patch)
        self.base_azure, self.azure = base_azure, azure
        self._patch = patch

    def world_data(self, name):
        """The world as loaded: "base" or "current", without what was changed by requests since."""
        return self._base if name == "base" else merge(self._base, self._patch)

    def listen(self, kind, address):
        """Open a listener (https, http, proxy, signInProxy, control) and return the address it got."""
        handler = {"https": TlsConnection, "http": PlainConnection, "control": ControlConnection}.get(
            kind, ProxyConnection)
        listener = Listener(address, handler, self, base=kind == "signInProxy")
        self.listeners.append((kind, listener))
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return listener.server_address[:2]

    def describe(self):
        """What ``emulator.json`` says: addresses as ``host:port``."""
        addresses = {kind: [] for kind in ("https", "http", "proxy", "signInProxy", "control")}
        for kind, listener in self.listeners:
            host, port = listener.server_address[:2]
            addresses[kind].append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        return {"pid": os.getpid(), "ca": str(self.authorities.public.path),
                "inspectionCa": str(self.authorities.inspection.path), **addresses,
                "hosts": self.azure.all_hosts()}

    def close(self):
        for _, listener in self.listeners:
            listener.shutdown()
            listener.server_close()


class ControlConnection(PlainConnection):
    """For tests, on loopback: ``POST /world`` (a patch), ``GET /world/base``, ``/world/current``, ``GET /requests``,
    ``DELETE /requests``, ``GET /state``."""

    def do_request(self):
        emulator = self.server.emulator
        self._send(self._answer(emulator, self.command, self.path.rstrip("/")), emulator.azure)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_request

    def _answer(self, emulator, method, path):
        body = self._read_body()
        if (method, path) == ("POST", "/world"):
            try:
                emulator.patch(read_yaml(body))
            except (WorldError, ValueError) as error:
                return Response.of_text(f"{error}\n", 400, "text/plain; charset=utf-8")
            return Response.of_json({"hosts": emulator.azure.all_hosts()})
        if method == "GET" and path in ("/world/base", "/world/current"):
            return Response.of_json(emulator.world_data(path.rpartition("/")[2]))
        if (method, path) == ("GET", "/requests"):
            return Response.of_json(emulator.log.entries())
        if (method, path) == ("DELETE", "/requests"):
            emulator.log.clear()
            return Response.of_json({})
        if (method, path) == ("GET", "/state"):
            return Response.of_json(emulator.describe())
        return Response.of_text(self.__doc__ + "\n", 404, "text/plain")


def write_description(emulator):
    """Write ``emulator.json`` in one step, so that who waits for it never reads half."""
    path = emulator.state / "emulator.json"
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(emulator.describe(), indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
