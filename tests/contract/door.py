# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The door to Resource Manager by itself, with a server that is a function: no emulator, no sign-in, no network.

``python -m tests.contract.door`` prints, as JSON, what this CLI's SDKs send for each method of the door.
"""

import io
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Callable, Dict, Iterator, List, Optional, Union
from unittest import mock

import requests
import urllib3
from azure.cli.core.mock import DummyCli

from azext_acrlogin._version import VERSION
from azext_acrlogin.azure.arm import Arm, ArmAnswer
from azext_acrlogin.azure.cli_login import Account, TokenAnswer
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.net.http import Http

HOST = "management.azure.com"
TOKEN = "canary-of-a-token-5f1e"
SUBSCRIPTION = "33333333-0000-4000-8000-00000000d001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/myregistry"
GUID = "aaaaaaaa-0000-4000-8000-0000000000a1"
ACCOUNT = Account(SUBSCRIPTION, "dev", "Enabled", "tenant", None, "alex", "user", None, False, True)
OTHER_TYPES = (
    "Microsoft.App/containerApps", "Microsoft.App/jobs", "Microsoft.Compute/virtualMachines",
    "Microsoft.Compute/virtualMachineScaleSets", "Microsoft.ContainerInstance/containerGroups",
    "Microsoft.ContainerService/managedClusters", "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.ManagedIdentity/userAssignedIdentities", "Microsoft.Network/networkInterfaces",
    "Microsoft.Network/privateEndpoints", "Microsoft.Network/publicIPAddresses",
    "Microsoft.OperationalInsights/workspaces", "Microsoft.Web/sites")
# Every method of the door, by what it is about.
METHODS: Dict[str, Callable[[Arm], ArmAnswer]] = {
    "registries": lambda arm: arm.registries(ACCOUNT),
    "registry": lambda arm: arm.registry(ACCOUNT, "rg", "myregistry"),
    "name_availability": lambda arm: arm.name_availability(ACCOUNT, "myregistry"),
    "tokens": lambda arm: arm.tokens(ACCOUNT, REGISTRY),
    "scope_map": lambda arm: arm.scope_map(ACCOUNT, REGISTRY, "readers"),
    "cache_rules": lambda arm: arm.cache_rules(ACCOUNT, REGISTRY),
    "credential_set": lambda arm: arm.credential_set(ACCOUNT, REGISTRY, "hub"),
    "replications": lambda arm: arm.replications(ACCOUNT, REGISTRY),
    "usages": lambda arm: arm.usages(ACCOUNT, REGISTRY),
    "role_assignments": lambda arm: arm.role_assignments(ACCOUNT, REGISTRY, "atScope()"),
    "deny_assignments": lambda arm: arm.deny_assignments(ACCOUNT, REGISTRY, "atScope()"),
    "eligible_roles": lambda arm: arm.eligible_roles(ACCOUNT, REGISTRY, "asTarget()"),
    "permissions": lambda arm: arm.permissions(ACCOUNT, REGISTRY),
    "role_definition": lambda arm: arm.role_definition(ACCOUNT, REGISTRY, GUID),
    "subscription": lambda arm: arm.subscription(ACCOUNT),
    "resource_groups": lambda arm: arm.resource_groups(ACCOUNT),
    "resources": lambda arm: arm.resources(ACCOUNT, "resourceType eq 'Microsoft.ContainerRegistry/registries'"),
    "diagnostic_settings": lambda arm: arm.diagnostic_settings(ACCOUNT, REGISTRY),
    **{f"resource {kind}": lambda arm, kind=kind: arm.resource(ACCOUNT, f"{GROUP}/providers/{kind}/one")
       for kind in OTHER_TYPES},
    "resource a task": lambda arm: arm.resource(ACCOUNT, f"{REGISTRY}/tasks/build"),
    "resource a slot": lambda arm: arm.resource(ACCOUNT, f"{GROUP}/providers/Microsoft.Web/sites/one/slots/staging"),
}
LISTS = ("registries", "tokens", "cache_rules", "replications", "role_assignments", "deny_assignments",
         "eligible_roles",
         "permissions", "resource_groups", "resources", "diagnostic_settings")


@dataclass
class Reply:
    """What the server says. body: a JSON value, or the bytes themselves."""

    body: Any = field(default_factory=lambda: {"value": []})
    status: int = 200
    headers: Dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode("utf-8")


class _Login:
    """Somebody who is signed in. asked: the audiences."""

    def __init__(self):
        self.asked: List[str] = []

    def token(self, resource: str, _account: Account) -> TokenAnswer:
        self.asked.append(resource)
        return TokenAnswer(Secret(TOKEN))


Server = Callable[[requests.PreparedRequest], Union[Reply, Exception]]


@lru_cache(maxsize=None)
def _cli() -> DummyCli:
    return DummyCli()


@contextmanager
def door(server: Optional[Server] = None, **options: Any) -> Iterator["tuple[Arm, List[requests.PreparedRequest]]"]:
    """An open door and the requests that go through it.

    :param server: answers them; by default with an empty list.
    :param options: of the `Arm`, in the place of Azure's public cloud.
    """
    sent: List[requests.PreparedRequest] = []
    opened: List[bool] = []
    build = requests.adapters.HTTPAdapter.build_response

    def send(adapter, request, **_options):
        if not opened:      # the CLI looks for a newer version of itself while it starts
            raise requests.ConnectionError("no network")
        sent.append(request)
        reply = server(request) if server else Reply()
        if isinstance(reply, Exception):
            raise reply
        raw = urllib3.HTTPResponse(
            io.BytesIO(reply.content()), {"Content-Type": "application/json", **reply.headers}, reply.status,
            preload_content=False, decode_content=False, request_method=request.method)
        return build(adapter, request, raw)

    user_agent = f"AZURECLI/x CliExtension/acrlogin({VERSION})"
    settings = {"endpoint": f"https://{HOST}/", "audience": "https://management.core.windows.net/",
                "user_agent": user_agent, **options}
    with mock.patch.object(requests.adapters.HTTPAdapter, "send", send):
        cli = _cli()
        opened.append(True)
        yield Arm(cli, Http(5, user_agent), _Login(), **settings), sent


def main() -> None:
    """Ask everything once."""
    from azure.cli.core import __version__ as cli
    from azure.mgmt.authorization import __version__ as authorization
    from azure.mgmt.containerregistry import __version__ as registry
    wire = {}
    for name, ask in METHODS.items():
        with door() as (arm, sent):
            ask(arm)
        wire[name] = [[request.method, request.url, request.headers["User-Agent"]] for request in sent]
    json.dump({"cli": cli, "containerregistry": registry, "authorization": authorization, "wire": wire}, sys.stdout)


if __name__ == "__main__":
    main()
