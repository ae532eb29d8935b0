# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What is asked where to see every request of the product: each scenario's question in its world, and a few more."""

from typing import Any, Dict, Iterator, Optional, Set, Tuple

from tests.contract.in_process import Outside
from tests.emulator.loading import load_world, merge, read_yaml
from tests.emulator.client import BASE_WORLD
from tests.site import scenario as scenarios
from tests.site.client import password_of


DEFAULTS = {"client": "none", "timeout_seconds": 2.0}
ADDRESS, PRIVATE_ADDRESS = "20.1.2.3", "10.1.0.5"
OWNER = {"roleAssignments": {"alex-owner": {"role": "Owner", "to": "alex", "on": "subscription/dev"}}}
RESOURCES = "/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-build/providers"
IDENTITY = {"type": "UserAssigned", "userAssignedIdentities": {
    f"{RESOURCES}/Microsoft.ManagedIdentity/userAssignedIdentities/other-identity": {
        "principalId": "bbbbbbbb-0000-4000-8000-0000000000d3", "clientId": "a1b2c3d4-0001-4000-8000-00000000d103"}}}


def _resource(kind: str, properties: Dict[str, Any]) -> Dict[str, Any]:
    return {"resources": {"one": {"type": kind, "resourceGroup": "rg-build", "identity": IDENTITY,
                                  "properties": properties}}, **OWNER}


def _about(kind: str, properties: Dict[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """An --assignee of a type: patch over the base world, and options."""
    return _resource(kind, properties), {"name": "myregistry", "assignee": f"{RESOURCES}/{kind}/one"}


# What no scenario of an ordinary sign-in comes to.
MORE: Dict[str, Tuple[Dict[str, Any], Dict[str, Any]]] = {
    "own permissions instead of assignments": (
        {"roleDefinitions": {"auditor": {"actions": ["Microsoft.ContainerRegistry/registries/read"]}}},
        {"name": "myregistry", "repository": "samples/app"}),
    "a user": ({}, {"name": "myregistry", "assignee": "alex@contoso.example"}),
    "an application by its object id": (
        {}, {"name": "myregistry", "assignee": "bbbbbbbb-0000-4000-8000-0000000000c1"}),
    "an address that nobody has": ({}, {"name": "myregistry", "assignee": "nobody@fabrikam.example"}),
    "a role of a namesake": (
        {"users": {"alex-of-before": {"objectId": "aaaaaaaa-0000-4000-8000-0000000000f1", "displayName": "Alex Weber",
                                      "userPrincipalName": "alex@contoso.example", "deleted": True}},
         "roleAssignments": {"alex-push": {"to": "aaaaaaaa-0000-4000-8000-0000000000f1", "principalType": "User"}}},
        {"name": "myregistry", "repository": "samples/app"}),
    "a scale set": _about("Microsoft.Compute/virtualMachineScaleSets", {}),
    "a site with settings": _about("Microsoft.Web/sites", {"siteConfig": {
        "acrUseManagedIdentityCreds": True, "acrUserManagedIdentityID": "a1b2c3d4-0001-4000-8000-00000000d103"}}),
    "a container app with credentials": _about("Microsoft.App/containerApps", {"configuration": {"registries": [
        {"server": "myregistry.azurecr.io", "username": "myregistry", "passwordSecretRef": "password"}]}}),
    "a cluster with a service principal": _about("Microsoft.ContainerService/managedClusters", {
        "servicePrincipalProfile": {"clientId": "a1b2c3d4-0001-4000-8000-00000000c101"}}),
}


class Watched(Outside):
    """Notes every request. Where the world has private endpoints, names lead to private addresses."""

    def __init__(self, azure, asked: Set[Tuple[str, str, str]]):
        super().__init__(azure)
        self._asked = asked
        self._private = any(registry.private_endpoint_connections for registry in azure.world.registries.values())

    def answer(self, adapter, request, build):
        self._asked.add((request.method, request.url, str(request.headers.get("User-Agent"))))
        return super().answer(adapter, request, build)

    def resolve(self):
        return [(*found[:4], (PRIVATE_ADDRESS if self._private else ADDRESS, 443)) for found in super().resolve()]


Asked = Tuple[str, Dict[str, Any], Dict[str, Any], Optional[str]]


def all_of_them(keys) -> Iterator[Asked]:
    """Name, patch over the base world, options of the question, password. Nothing is asked twice in one world."""
    base, seen = read_yaml(BASE_WORLD.read_text(encoding="utf-8")), set()
    for scenario in scenarios.load_all():
        # The process is signed in as one user; what another profile may read, that user is given the right to.
        world = merge(scenario.world, {} if scenario.profile in ("user", "none") else OWNER)
        loaded = load_world(merge(base, scenario.world)) if isinstance(scenario.password, dict) else None
        options = {**DEFAULTS, **options_of(scenario.arguments, scenario.stdin)}
        asked = (world, options, password_of(scenario, loaded, keys) or None)
        if repr(asked) not in seen:
            seen.add(repr(asked))
            yield (scenario.name, *asked)
    for name, (world, options) in MORE.items():
        yield name, world, {**DEFAULTS, **options}, None


def options_of(arguments, stdin) -> Dict[str, Any]:
    """Options of a question from a command line and what is piped into it."""
    given: Dict[str, list] = {}
    for argument in arguments:
        if str(argument).startswith("--"):
            values = given.setdefault(str(argument)[2:], [])
        else:
            values.append(str(argument))
    options: Dict[str, Any] = {}
    for name, values in given.items():
        if name == "actions":
            options["actions"] = tuple(values)
        elif name == "login-events":
            options["login_events"] = True
        elif values == ["-"]:
            options[name] = stdin
        elif name not in ("client", "timeout", "subscription"):
            options[name.replace("-", "_")] = values[0]
    return options
