# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""One world with all its services: takes a request, finds out who is meant, and answers."""

import threading
import time

from . import arm, blobs, entra, graph, identity_endpoints, logs, registry
from .authorization import Authorization
from .certificates import Certificates
from .clouds import CLOUDS
from .faults import fault
from .http import Response
from .images import ImageStore

AUTHORITY_ALIASES = ("login.microsoft.com", "login.windows.net", "sts.windows.net", "login.partner.microsoftonline.cn")
MICROSOFT_CONTAINER_REGISTRY = "mcr.microsoft.com"

SERVICES = {"entra": entra.answer, "arm": arm.answer, "graph": graph.answer, "logs": logs.answer,
            "registry": registry.answer, "mcr": registry.answer_public, "blob": blobs.answer,
            "identity": identity_endpoints.answer}


class Azure:
    """The services of one world. Safe to use from many threads; whatever changes the world holds ``lock``."""

    def __init__(self, world, keys, authorities, backend=None):
        self.world = world
        self.keys = keys
        self.authorization = Authorization(world)
        self.certificates = Certificates(authorities, world)
        self.images = ImageStore(world)
        self.backend = backend
        self.lock = threading.Lock()
        self._hosts = {host: "entra" for host in AUTHORITY_ALIASES} | {MICROSOFT_CONTAINER_REGISTRY: "mcr"}
        for cloud in CLOUDS.values():
            self._hosts |= {cloud.authority: "entra", cloud.resource_manager: "arm", cloud.graph: "graph",
                            cloud.logs: "logs"}

    def service_of(self, host):
        """The name of the service behind a host name; an empty string for a host that does not exist."""
        if host in self._hosts:
            return self._hosts[host]
        if any(host == one.blob_host for one in self.world.registries.values()):
            return "blob"
        found = self.world.registry_by_host(host)
        if not found:
            return ""
        return "blob" if host in self.world.data_hosts(found) else "registry"

    def all_hosts(self):
        """Every host name of this world, for a DNS server or hosts file."""
        registries = self.world.registries.values()
        return sorted({*self._hosts, *(host for one in registries for host in self.world.hosts_of(one)),
                       *(one.blob_host for one in registries)})

    def answer(self, request):
        """The response to a request, and the name of the service that gave it."""
        if self.world.latency_milliseconds:
            time.sleep(self.world.latency_milliseconds / 1000)
        service = self.service_of(request.host) if request.tls else "identity"
        response = fault(self.world, service, request)
        if response is None:
            # Assumption: a front end that is reached under a name it does not serve answers 404.
            response = SERVICES[service](self, request) if service else Response.of_text("Not found", 404)
        return response, service
