# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which address stands for which host of a world, and what a resolver of the public internet says about it."""

import re

from tests.emulator.clouds import CLOUDS

RESOLVER = "10.0.0.2"
PROXY_HOST, PROXY_ADDRESS, PROXY_PORT = "proxy.contoso.example", "10.9.0.8", 3128
REGISTRY_FRONT_END = "20.62.128.10"
DATA_ENDPOINT = "20.62.128.44"
_FRONT_END_NAME = "r0915weu-az.westeurope.cloudapp.azure.com"
_WELL_KNOWN = {"authority": "20.190.151.6", "resource_manager": "4.150.240.10", "graph": "20.190.151.132",
               "logs": "20.42.65.90"}
_AUTHORITY_ALIASES = ("login.microsoft.com", "login.windows.net", "sts.windows.net",
                      "login.partner.microsoftonline.cn")


def addresses(world):
    """Host name to its public address, for every host of a world and the company's proxy."""
    result = {PROXY_HOST: PROXY_ADDRESS, "mcr.microsoft.com": "150.171.70.10"}
    result |= {alias: _WELL_KNOWN["authority"] for alias in _AUTHORITY_ALIASES}
    for cloud in CLOUDS.values():
        result |= {getattr(cloud, service): address for service, address in _WELL_KNOWN.items()}
    for registry in world.registries.values():
        result[registry.blob_host] = "20.60.223.4"
        result |= {host: REGISTRY_FRONT_END for host in world.hosts_of(registry)}
        result |= {host: DATA_ENDPOINT for host in world.data_hosts(registry)}
    return result


def zone(world, private_zone):
    """What a resolver answers, as ``dns.py`` reads it.

    A registry's name is an alias of its region's front end; with a private endpoint the alias leads over
    ``privatelink``, where a private zone can step in.

    :param private_zone: "none" (public answers), "linked" (the endpoints' private addresses) or "empty" (a linked zone
        that lacks the records).
    """
    public = addresses(world)
    entries = []
    for registry in world.registries.values():
        private = {host: address for connection in registry.private_endpoint_connections.values()
                   if connection.status == "Approved" for host, address in connection.addresses.items()}
        for host in world.hosts_of(registry):
            answer = [public[host]] if host in world.data_hosts(registry) else {"cname": _FRONT_END_NAME}
            if host in private:
                alias = _alias(host)
                inside = {"linked": [private[host]], "empty": "nxdomain", "none": answer}
                entries.append([alias, inside[private_zone]])
                answer = {"cname": alias}
            entries.append([host, answer])
    entries.append([_FRONT_END_NAME, [REGISTRY_FRONT_END]])
    return entries + [[host, [address]] for host, address in public.items()]


def _alias(host):
    """myregistry.azurecr.io -> myregistry.privatelink.azurecr.io, and alike for data endpoints."""
    return re.sub(r"\.(azurecr\.\w+)$", r".privatelink.\1", host)
