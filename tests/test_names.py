# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What people write where a registry's name is wanted."""

from types import SimpleNamespace

import pytest

from azext_acrlogin.checks import name
from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.protocol.names import read_name
from tests.inputs import inputs

SUFFIX = ".azurecr.io"
OTHERS = {".azurecr.us": "AzureUSGovernment", ".azurecr.cn": "AzureChinaCloud"}


def read(text, suffix=SUFFIX):
    return read_name(text, suffix, OTHERS)


@pytest.mark.parametrize("given, registry, host", [
    ("myregistry", "myregistry", None),
    ("MyRegistry", "myregistry", None),
    ("myregistry.azurecr.io", "myregistry", "myregistry.azurecr.io"),
    ("https://myregistry.azurecr.io/v2/", "myregistry", "myregistry.azurecr.io"),
    ("prodregistry-a1b2c3d4e5f6a7b8.azurecr.io", "prodregistry", "prodregistry-a1b2c3d4e5f6a7b8.azurecr.io"),
    ("myregistry.westeurope.geo.azurecr.io", "myregistry", "myregistry.westeurope.geo.azurecr.io"),
    ("/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/MyRegistry", "myregistry",
     None),
    (" myregistry\u00a0", "myregistry", None),
    ("\u200bmyregistry\ufeff", "myregistry", None),
])
def test_names_that_stand_for_a_registry(given, registry, host):
    assert (read(given).name, read(given).host, read(given).fault) == (registry, host, None)
    assert bool(read(given).changes) == (given != "myregistry")


@pytest.mark.parametrize("given", [
    "my_registry", "", "abc", "a" * 51, "my registry", "reg@istry", "docker.io/library/app", "x.y.azurecr.io",
    "company-registry", "myregistry.example.com", "../../etc", "\x1b[31m"])
def test_names_that_cannot_be_one(given):
    assert read(given).fault and read(given).name is None


@pytest.mark.parametrize("given, repository, tag", [
    ("myregistry.azurecr.io/team/app:v1", "team/app", "v1"),
    ("myregistry.azurecr.io/app", "app", None),
    ("myregistry.azurecr.io/app@sha256:0123", "app", "sha256:0123"),
    ("myregistry.azurecr.io/v2/", None, None),
])
def test_image_references(given, repository, tag):
    assert (read(given).repository, read(given).tag) == (repository, tag)


@pytest.mark.parametrize("given", [
    "myregistry.azurecr.io:443/app", "myregistry.privatelink.azurecr.io/app:v1", "team/app:v1"])
def test_references_that_docker_can_never_use(given):
    assert read(given).reference_fault and not read(given).fault


def test_another_clouds_login_server():
    assert read("govreg.azurecr.us").cloud == "AzureUSGovernment"


def test_a_cloud_without_a_suffix_takes_any_host():
    assert read("registry1.local.example", suffix=None).host == "registry1.local.example"


def test_a_label_without_its_suffix():
    assert (read("myregistry-h3g7b2c9d0e1f2a3").name, read("myregistry-h3g7b2c9d0e1f2a3").label) == (
        "myregistry", "h3g7b2c9d0e1f2a3")


@pytest.mark.parametrize("label", ["bxaygphwagg5dwgf", "gpeqhff4b8frd7ak", "abcdefghijklmnop", "0123456789012345"])
def test_a_label_is_any_sixteen_letters_and_digits(label):
    """Two recorded ones; nothing says that there is a digit among them."""
    for given in (f"myregistry-{label}", f"myregistry-{label}.azurecr.io"):
        assert (read(given).name, read(given).label, read(given).fault) == ("myregistry", label, None)


@pytest.mark.parametrize("given", ["myregistry-eu", "myregistry-abcdefghijklmno", "myregistry-abcdefghijklmnopq"])
def test_what_is_no_label(given):
    assert read(given).fault and read(given).label is None


@pytest.mark.parametrize("given", [
    "https://alex:hunter2@myregistry.azurecr.io/v2/", "alex:hunter2@myregistry.azurecr.io",
    "https://alex:hun/ter2@myregistry.azurecr.io", " https://alex:hunter2@myregistry.azurecr.io"])
def test_a_password_before_the_host_is_not_shown(given):
    assert "ter2" not in read(given).given
    assert "***@myregistry.azurecr.io" in read(given).given


def test_a_digest_is_no_user():
    digest = f"myregistry.azurecr.io/app@sha256:{'a' * 64}"
    assert read(digest).given == digest and read(digest).name == "myregistry"


def test_a_user_before_the_host_is_left_out():
    parsed = read("https://alex:hunter2@myregistry.azurecr.io/v2/")
    assert (parsed.name, parsed.fault) == ("myregistry", None)


@pytest.mark.parametrize("given, host", [
    ("MyRegistry.azurecr.io", "MyRegistry.azurecr.io"), ("myregistry.AzureCR.io/app:v1", "myregistry.AzureCR.io"),
    ("https://MyRegistry.azurecr.io./v2/", "MyRegistry.azurecr.io"), ("MyRegistry", None),
    ("myregistry.azurecr.io/app:V1", None),
    ("/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/MyRegistry", None)])
def test_a_host_with_capitals(given, host):
    assert read(given).capital_host == host


@pytest.mark.parametrize("given", [
    "myregistry.azurecr.io", "https://myregistry.azurecr.io/v2/", "myregistry.azurecr.io/team/app:v1", "MyRegistry",
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/myregistry"])
def test_what_names_the_registry_in_another_way_is_read_and_said(given):
    judgement = judged(given)
    assert judgement.status == Status.PASSED and judgement.message.startswith("Registry name 'myregistry', read from '")
    assert given in judgement.message
    assert judged("myregistry").message == "Registry name 'myregistry'"


def test_capitals_in_a_host_work_here_and_not_in_docker():
    judgement = judged("MyRegistry.azurecr.io/app:v1")
    assert [finding.code for finding in judgement.findings] == ["REGISTRY_NAME_WARNING"]
    assert judgement.message == ("Docker does not find its login for myregistry.azurecr.io when an image is written "
                                 "with 'MyRegistry.azurecr.io'.")


def judged(given):
    cloud = Cloud("AzureCloud", SUFFIX, "", "", "", None, None, "", OTHERS)
    asked = Question(given, cloud)
    evidence = name.gather(SimpleNamespace(asked=asked), inputs({}))
    return name.judge(asked, evidence, inputs({"registry": None}))
