# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The list of requests itself: what must not pass does not, and no entry allows more than its service documents."""

import pytest

from tests import azure_facts
from tests.contract.door import GROUP, GUID, REGISTRY, SUBSCRIPTION
from tests.contract.requests import DECLARED, READING, faults, scenario_faults

REGISTRIES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/registries"
ROLES = f"{REGISTRY}/providers/Microsoft.Authorization/roleAssignments"
GOOD = [
    ("arm", "GET", f"{REGISTRY}?api-version=2026-09-01-preview"),
    ("arm", "GET", f"{REGISTRY.lower()}?api-version=2025-11-01"),
    ("arm", "GET", f"{REGISTRIES}?api-version=2026-09-01-preview&$skiptoken=abc"),
    ("arm", "GET", f"{ROLES}?api-version=2022-04-01&$filter=atScope%28%29"),
    ("arm", "GET", f"{ROLES}?$filter=atScope()&api-version=2022-04-01"),
    ("graph", "POST", "/v1.0/directoryObjects/getByIds"), ("registry", "GET", "/v2/"),
    ("registry", "GET", "/v2/a/b/c/manifests/v1"), ("registry", "GET", "/acr/v1/a/b/_tags/v1")]
BAD = [
    ("arm", "PUT", f"{REGISTRY}?api-version=2026-09-01-preview"),
    ("arm", "DELETE", f"{REGISTRY}?api-version=2026-09-01-preview"),
    ("arm", "POST", f"{REGISTRIES.rpartition('/')[0]}/register?api-version=2021-04-01"),
    ("arm", "POST", f"{REGISTRY}/listCredentials?api-version=2026-09-01-preview"),
    ("arm", "POST", f"{REGISTRY}/generateCredentials?api-version=2026-09-01-preview"),
    ("arm", "GET", f"{REGISTRY}?api-version=2023-11-01-preview"), ("arm", "GET", REGISTRY),
    ("arm", "GET", f"{REGISTRY}?api-version=2026-09-01-preview&$expand=x"),
    ("arm", "GET", f"{ROLES}?api-version=2022-04-01"),
    ("arm", "GET", f"{ROLES}?api-version=2022-04-01&$filter=principalId%20eq%20%27x%27"),
    ("arm", "GET", f"{GROUP}/providers/Microsoft.KeyVault/vaults/x?api-version=2022-07-01"),
    ("arm", "GET", f"/subscriptions/{SUBSCRIPTION}/resources?api-version=2021-04-01"),
    ("graph", "GET", f"/v1.0/users/{GUID}/memberOf"), ("graph", "POST", "/v1.0/servicePrincipals"),
    ("registry", "PUT", "/v2/a/manifests/v1"), ("registry", "POST", "/v2/a/blobs/uploads/"),
    ("registry", "DELETE", "/acr/v1/a"), ("registry", "PATCH", "/acr/v1/a"), ("blob", "GET", "/x?sig=1"),
    ("entra", "POST", "/x/oauth2/v2.0/devicecode"), ("", "GET", "/v2/")]


@pytest.mark.parametrize("request_", GOOD, ids=lambda one: one[2][-60:])
def test_declared(request_):
    assert not faults(*request_, newest=True)


@pytest.mark.parametrize("request_", BAD, ids=lambda one: one[2][-60:])
def test_not_declared(request_):
    assert faults(*request_, newest=True)


def test_another_cli_asks_for_versions_of_its_own():
    target = f"{REGISTRY}?api-version=2025-03-01-preview"
    assert faults("arm", "GET", target, newest=True) and not faults("arm", "GET", target, newest=False)
    unknown = f"{REGISTRY}?api-version=2099-01-01"
    assert faults("arm", "GET", unknown, newest=False)


def test_what_may_change_something_says_why_it_does_not():
    for one in DECLARED:
        assert bool(one.changes_nothing) == (one.method not in READING), one


def test_versions_and_types_are_known():
    for one in DECLARED:
        if one.service == "arm":
            assert one.versions[0] in azure_facts.versions(one.type), one


def entry(method, path, agent, service="registry"):
    return {"service": service, "host": "myregistry.azurecr.io", "method": method, "path": path, "userAgent": agent}


def test_the_log_of_a_run():
    ours, engine = "AZURECLI/2.91.0 CliExtension/acrlogin(1.0.0b1)", "docker/28.2.2 go/go1.24 kernel/6 os/linux"
    assert not scenario_faults([entry("GET", "/v2/", ours), entry("POST", "/oauth2/token", engine),
                                entry("CONNECT", "", None, "proxy"), entry("GET", "/v2/", ours, "")])
    assert scenario_faults([entry("PUT", "/v2/a/manifests/v1", ours)])
    assert scenario_faults([entry("POST", "/v2/a/blobs/uploads/", engine)])
    assert scenario_faults([entry("DELETE", "/v2/a/manifests/v1", None)])
    assert scenario_faults([entry("GET", "/v2/a/referrers/x", ours)])
