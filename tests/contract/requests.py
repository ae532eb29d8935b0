# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Every request that a diagnosis may make. One that is not listed here fails the tests: look it up in the service's
documentation, see that it changes nothing, put what its answers hold into ``tests/azure_facts``, and list it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import Iterable, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.azure_facts import versions as known_versions

NEWEST_CLI = "2.91.0"       # the one whose SDKs' versions stand first
IS_NEWEST = metadata.version("azure-cli-core") == NEWEST_CLI     # the one that the tests run with
READING = ("GET", "HEAD")
GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SUBSCRIPTION = "/subscriptions/{guid}"
GROUP = SUBSCRIPTION + "/resourceGroups/{name}"
REGISTRY = GROUP + "/providers/Microsoft.ContainerRegistry/registries/{name}"
AUTHORIZATION = "/providers/Microsoft.Authorization/"
SCOPES = (SUBSCRIPTION, REGISTRY)
NEXT_PAGE = ("$skiptoken",)
# What our own clients call themselves: az with this extension, and MSAL, which the CLI signs in with.
OURS = re.compile(r"AZURECLI/\S+ .*CliExtension/acrlogin\(|python-requests/|AZURECLI/")


@dataclass(frozen=True)
class Declared:
    """A request.

    service: as the emulator calls it. path: ``{guid}`` and ``{name}`` stand for one segment, ``{names}`` for several.
    versions: of ``api-version``: the one that the newest CLI asks for, then those for clouds that do not know it.
    sdk: the version is an SDK's, so that another CLI asks for another one. filters: forms of ``$filter``.
    query: other names that its query may hold. type: of the answers, where it has a table in ``tests/azure_facts``.
    changes_nothing: why a method that usually writes does not here.
    """

    service: str
    method: str
    path: str
    versions: Tuple[str, ...] = ()
    sdk: bool = False
    filters: Tuple[str, ...] = ()
    query: Tuple[str, ...] = ()
    type: str = ""
    changes_nothing: str = ""

    def fits(self, service: str, method: str, path: str) -> bool:
        """Whether a request is this one, whatever its query says."""
        return (service, method) == (self.service, self.method) and bool(_pattern(self.path).fullmatch(path))


@lru_cache(maxsize=None)
def _pattern(template: str) -> "re.Pattern[str]":
    text = re.escape(template)
    for name, pattern in (("guid", GUID), ("names", "[^/?]+(?:/[^/?]+)*"), ("name", "[^/?]+")):
        text = text.replace(re.escape("{" + name + "}"), pattern)
    return re.compile(text, re.IGNORECASE)


def _registry(path: str, kind: str, method: str = "GET", query: Sequence[str] = (), because: str = "") -> Declared:
    return Declared("arm", method, path, ("2026-09-01-preview", "2025-11-01", "2023-07-01"), True, query=tuple(query),
                    type="Microsoft.ContainerRegistry/" + kind, changes_nothing=because)


def _authorization(scopes: Sequence[str], kind: str, versions: Tuple[str, ...], sdk: bool = False,
                   filters: Tuple[str, ...] = (), name: str = "") -> List[Declared]:
    return [Declared("arm", "GET", scope + AUTHORIZATION + kind + name, versions, sdk, filters,
                     () if name else NEXT_PAGE, "Microsoft.Authorization/" + kind) for scope in scopes]


def _resource(path: str, version: str, kind: str, filters: Tuple[str, ...] = (), query: Tuple[str, ...] = ()):
    return Declared("arm", "GET", path, (version,), filters=filters, query=query, type=kind)


def _in_group(kind: str, version: str) -> Declared:
    return _resource(f"{GROUP}/providers/{kind}/{{name}}", version, kind)


ASSIGNED = ("atScope()", "atScope() and assignedTo('{guid}')")
DECLARED: List[Declared] = [
    # Registries and what belongs to them: https://learn.microsoft.com/rest/api/containerregistry.
    _registry(SUBSCRIPTION + "/providers/Microsoft.ContainerRegistry/registries", "registries", query=NEXT_PAGE),
    _registry(REGISTRY, "registries"),
    _registry(SUBSCRIPTION + "/providers/Microsoft.ContainerRegistry/checkNameAvailability", "checkNameAvailability",
              "POST", because="it asks whether a name is free and reserves nothing"),
    _registry(REGISTRY + "/tokens", "registries/tokens", query=NEXT_PAGE),
    _registry(REGISTRY + "/scopeMaps/{name}", "registries/scopeMaps"),
    _registry(REGISTRY + "/cacheRules", "registries/cacheRules", query=NEXT_PAGE),
    _registry(REGISTRY + "/credentialSets/{name}", "registries/credentialSets"),
    _registry(REGISTRY + "/replications", "registries/replications", query=NEXT_PAGE),
    _registry(REGISTRY + "/listUsages", "registries/listUsages"),

    # Roles: https://learn.microsoft.com/rest/api/authorization.
    *_authorization(SCOPES, "roleAssignments", ("2022-04-01",), True,
                    (*ASSIGNED, "assignedTo('{guid}')", "principalId eq '{guid}'")),
    *_authorization((REGISTRY,), "denyAssignments", ("2024-07-01-preview", "2022-04-01"), filters=ASSIGNED),
    *_authorization((REGISTRY,), "roleEligibilityScheduleInstances", ("2020-10-01",), filters=(
        "asTarget()", "atScope()", "assignedTo('{guid}')")),
    *_authorization(SCOPES, "roleDefinitions", ("2022-05-01-preview", "2022-04-01"), name="/{guid}"),
    # The SDK leaves the segment for a parent resource empty; Resource Manager takes two slashes for one.
    *_authorization((REGISTRY.replace("Registry/reg", "Registry//reg"),), "permissions",
                    ("2022-05-01-preview", "2022-04-01")),

    # Subscriptions and resources of other services, at versions of our own choice.
    _resource("/subscriptions", "2022-12-01", "Microsoft.Resources/subscriptions", query=NEXT_PAGE),
    _resource(SUBSCRIPTION, "2022-12-01", "Microsoft.Resources/subscriptions"),
    _resource(SUBSCRIPTION + "/resourcegroups", "2021-04-01", "Microsoft.Resources/resourceGroups", query=NEXT_PAGE),
    _resource(SUBSCRIPTION + "/resources", "2021-04-01", "Microsoft.Resources/resources", (
        "resourceType eq 'Microsoft.ContainerRegistry/registries'",
        "resourceType eq 'Microsoft.ContainerRegistry/registries' and name eq '{name}'"), NEXT_PAGE),
    Declared("arm", "POST", "/providers/Microsoft.ResourceGraph/resources", ("2021-03-01",),
             type="Microsoft.ResourceGraph/resources", changes_nothing="a query is sent as a body"),
    _resource(REGISTRY + "/providers/Microsoft.Insights/diagnosticSettings", "2021-05-01-preview",
              "Microsoft.Insights/diagnosticSettings"),
    _in_group("Microsoft.App/containerApps", "2024-03-01"),
    _in_group("Microsoft.App/jobs", "2024-03-01"),
    _in_group("Microsoft.Compute/virtualMachines", "2024-03-01"),
    _in_group("Microsoft.Compute/virtualMachineScaleSets", "2024-03-01"),
    _in_group("Microsoft.ContainerInstance/containerGroups", "2023-05-01"),
    _resource(REGISTRY + "/tasks/{name}", "2025-03-01-preview", "Microsoft.ContainerRegistry/registries/tasks"),
    _in_group("Microsoft.ContainerService/managedClusters", "2024-02-01"),
    _in_group("Microsoft.MachineLearningServices/workspaces", "2024-04-01"),
    _in_group("Microsoft.ManagedIdentity/userAssignedIdentities", "2023-01-31"),
    _in_group("Microsoft.Network/networkInterfaces", "2023-09-01"),
    _in_group("Microsoft.Network/privateEndpoints", "2023-09-01"),
    _in_group("Microsoft.Network/publicIPAddresses", "2023-09-01"),
    _in_group("Microsoft.OperationalInsights/workspaces", "2022-10-01"),
    _in_group("Microsoft.Web/sites", "2023-01-01"),
    _resource(GROUP + "/providers/Microsoft.Web/sites/{name}/slots/{name}", "2023-01-01", "Microsoft.Web/sites/slots"),

    # Microsoft Graph: https://learn.microsoft.com/graph/api/overview.
    Declared("graph", "GET", "/v1.0/directoryObjects/{guid}", query=("$select",)),
    Declared("graph", "GET", "/v1.0/directory/deletedItems/{guid}", query=("$select",)),
    Declared("graph", "GET", "/v1.0/users/{name}", query=("$select",)),
    Declared("graph", "GET", "/v1.0/users", filters=("mail eq '{name}'",), query=("$select",)),
    Declared("graph", "GET", "/v1.0/servicePrincipals", filters=(
        "servicePrincipalNames/any(c:c eq '{guid}')",), query=("$select",)),
    Declared("graph", "GET", "/v1.0/applications", filters=("appId eq '{guid}'",), query=("$select",)),
    Declared("graph", "GET", "/v1.0/servicePrincipals/{guid}", query=("$select",)),
    Declared("graph", "POST", "/v1.0/directoryObjects/getByIds", changes_nothing="a list of ids is sent as a body"),
    Declared("graph", "POST", "/v1.0/directoryObjects/{guid}/getMemberGroups",
             changes_nothing="what is asked for is sent as a body"),

    # Entra, by MSAL: https://learn.microsoft.com/entra/identity-platform/v2-protocols.
    Declared("entra", "GET", "/{name}/v2.0/.well-known/openid-configuration"),
    Declared("entra", "GET", "/common//v2.0/.well-known/openid-configuration"),     # in Cloud Shell, as MSAL writes it
    Declared("entra", "GET", "/common/discovery/instance", ("1.1",), query=("authorization_endpoint",)),
    Declared("entra", "GET", "/common/userrealm/{name}", ("1.0",)),
    Declared("entra", "POST", "/{name}/oauth2/v2.0/token", changes_nothing="it gives a token"),

    # The registry: https://distribution.github.io/distribution/spec/api and
    # https://azure.github.io/acr/AAD-OAuth.html.
    Declared("registry", "GET", "/v2/"),
    Declared("registry", "POST", "/oauth2/exchange", changes_nothing="it gives a token"),
    Declared("registry", "POST", "/oauth2/token", changes_nothing="it gives a token"),
    Declared("registry", "GET", "/oauth2/token", query=("service", "scope")),
    Declared("registry", "GET", "/v2/{names}/tags/list", query=("n",)),
    Declared("registry", "GET", "/v2/{names}/manifests/{name}"),
    Declared("registry", "GET", "/v2/{names}/blobs/sha256:{name}"),
    Declared("registry", "GET", "/v2/_catalog", query=("n",)),
    Declared("registry", "GET", "/acr/v1/_deleted/{names}/_tags"),
    Declared("registry", "GET", "/acr/v1/{names}"),
    Declared("registry", "GET", "/acr/v1/{names}/_tags/{name}"),
    Declared("registry", "GET", "/acr/v1/{names}/_manifests/sha256:{name}"),
    Declared("blob", "GET", "/"),

    # Log Analytics: https://learn.microsoft.com/azure/azure-monitor/logs/api/request-format.
    Declared("logs", "POST", "/v1/workspaces/{guid}/query", changes_nothing="a query is sent as a body"),

    # Identity endpoints, by MSAL (msal/managed_identity.py, msal/cloudshell.py).
    Declared("identity", "GET", "/metadata/identity/oauth2/token", ("2018-02-01",),
             query=("resource", "client_id", "object_id", "msi_res_id", "principal_id", "mi_res_id")),
    Declared("identity", "GET", "/msi/token", ("2019-08-01",), query=("resource", "client_id", "object_id",
                                                                      "mi_res_id", "principal_id")),
    Declared("identity", "POST", "/oauth2/token", changes_nothing="Cloud Shell gives a token"),
]


def faults(service: str, method: str, target: str, newest: bool = IS_NEWEST) -> List[str]:
    """What is wrong with a request: it is not declared, or writes, or its query is of another form.

    :param target: path and query.  :param newest: the CLI is the one whose SDKs' versions are known exactly.
    """
    parts = urlsplit(target)
    said = f"{method} {service} {target}"
    declared = declaration(service, method, parts.path)
    if declared is None:
        return [f"{said}: not declared in tests/contract/requests.py"]
    found = [] if method in READING or declared.changes_nothing else [f"{said}: this may change something"]
    query = {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
    found += _version_faults(declared, query.pop("api-version", None), newest)
    wanted = query.pop("$filter", None)
    if wanted is not None and not any(_pattern(form).fullmatch(wanted) for form in declared.filters):
        found.append(f"$filter {wanted!r} is none of {declared.filters}")
    if wanted is None and declared.filters and not set(query) & set(NEXT_PAGE):
        found.append("no $filter")
    found += [f"the query holds {name}" for name in query if name not in declared.query]
    return [one if one.startswith(said) else f"{said}: {one}" for one in found]


def declaration(service: str, method: str, path: str) -> Optional[Declared]:
    """The entry that a request belongs to: of several the one that says most in words."""
    fitting = [one for one in DECLARED if one.fits(service, method, unquote(path))]
    return max(fitting, key=lambda one: len(re.sub("{.*?}", "", one.path)), default=None)


def _version_faults(declared: Declared, version: Optional[str], newest: bool) -> Iterable[str]:
    allowed = list(declared.versions) or [None]
    if declared.sdk and not newest:
        allowed += known_versions(declared.type)
    return [] if version in allowed else [f"api-version {version} is none of {', '.join(map(str, allowed))}"]


def scenario_faults(entries: Sequence[Mapping]) -> List[str]:
    """What is wrong with the requests of a run, by the emulator's log of them.

    What the container engine asks by itself counts as well: a diagnosis that makes it write would be at fault.
    """
    found = []
    for entry in entries:
        if entry["service"] == "proxy":     # the way to a server
            continue
        if OURS.search(entry["userAgent"] or ""):   # at a name that nobody has, a registry was looked for
            found += faults(entry["service"] or "registry", entry["method"], entry["path"])
        elif entry["method"] not in READING and not urlsplit(entry["path"]).path.startswith("/oauth2/"):
            found.append(f"{entry['method']} {entry['host']}{entry['path']} by {entry['userAgent']}: a write")
    return list(dict.fromkeys(found))
