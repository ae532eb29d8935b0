# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which service of Azure a URL leads to, as the emulator calls it."""

from tests.emulator.clouds import CLOUDS

_HOSTS = {host: name for cloud in CLOUDS.values() for host, name in (
    (cloud.authority, "entra"), (cloud.resource_manager, "arm"), (cloud.graph, "graph"), (cloud.logs, "logs"))}


def service_of(parts) -> str:
    """:param parts: of a URL, as `urlsplit` gives them."""
    host = parts.hostname or ""
    if parts.scheme == "http":
        return "identity"
    return _HOSTS.get(host) or ("blob" if ".data." in host or ".blob." in host else "registry")
