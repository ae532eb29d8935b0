# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Values that are not what they seem, given to the real az: files in the place of a value, nothing at all, a cloud that
lacks an endpoint."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.hardening import require
from tests.site.homes import AZ

PASSWORD = "ci-token-Password-1"
ENDPOINTS = {
    "endpoint_active_directory": "https://login.microsoftonline.com",
    "endpoint_resource_manager": "https://management.azure.com/",
    "endpoint_active_directory_resource_id": "https://management.core.windows.net/",
    "suffix_acr_login_server_endpoint": ".azurecr.io"}


def az(environment, folder, *arguments):
    """How a command ends that is given in a folder: (exit status, standard output, standard error)."""
    done = subprocess.run([AZ, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def diagnosis(environment, folder, *arguments):
    """The report of a diagnosis."""
    _, stdout, stderr = az(environment, folder, "acr", "login-diagnose", "--client", "none", "--output", "json",
                           *arguments)
    assert stdout, stderr
    return json.loads(stdout)


# --- az puts a file's content in the place of an argument `@file`, and leaves it as it is where there is none ---

@pytest.mark.parametrize("content", [PASSWORD, PASSWORD + "\n", PASSWORD + "\r\n"])
def test_a_password_from_a_file(bench, tmp_path, content):
    (tmp_path / "secret.txt").write_bytes(content.encode())
    report = diagnosis(bench.environment(), tmp_path, "--name", "myregistry", "--username", "ci-token",
                       "--password", "@secret.txt", "--repository", "samples/app")
    assert report["errorCodes"] == []


@pytest.mark.parametrize("content, hint", [
    (None, "begins with '@', as if it named a file"), (PASSWORD + " ", "begins or ends with white space"),
    (f'"{PASSWORD}"', "is enclosed in quotation marks")])
def test_a_password_from_a_file_that_holds_more_or_is_not_there(bench, tmp_path, content, hint):
    if content:
        (tmp_path / "secret.txt").write_bytes(content.encode())
    report = diagnosis(bench.environment(), tmp_path, "--name", "myregistry", "--username", "ci-token",
                       "--password", "@secret.txt", "--repository", "samples/app")
    assert report["errorCodes"] == ["CREDENTIAL_PASSWORD_ERROR"]
    assert report["fix"]["description"].endswith(f"The one given {hint}.")


TEXT, BINARY = b"a\nb c\n", bytes(range(256))     # of a binary file, az takes its base64, which has slashes


@pytest.mark.parametrize("option, content, code", [
    ("--name", None, "REGISTRY_NAME_ERROR"), ("--name", TEXT, "REGISTRY_NAME_ERROR"),
    ("--name", BINARY, "IMAGE_REFERENCE_ERROR"), ("--repository", None, "IMAGE_REFERENCE_ERROR"),
    ("--repository", TEXT, "IMAGE_REFERENCE_ERROR"), ("--repository", BINARY, "IMAGE_REFERENCE_ERROR"),
    ("--assignee", None, "AAD_ACCOUNT_ERROR"), ("--assignee", TEXT, None), ("--assignee", BINARY, None)])
def test_a_name_that_is_a_file(bench, tmp_path, option, content, code):
    if content:
        (tmp_path / "x").write_bytes(content)
    name = [] if option == "--name" else ["--name", "myregistry"]
    report = diagnosis(bench.environment(), tmp_path, *name, option, "@x")
    assert report["errorCode"] == code


def test_an_error_from_a_file(bench, tmp_path):
    (tmp_path / "error.txt").write_text(
        "Error response from daemon: pull access denied for myregistry.azurecr.io/samples/app, repository does not "
        "exist or may require 'docker login': unauthorized: authentication required\n", encoding="ascii")
    report = diagnosis(bench.environment(), tmp_path, "--symptom", "@error.txt")
    assert (report["asked"]["repository"], report["status"]) == ("samples/app", "passed")


@pytest.mark.parametrize("command", [
    ("login-diagnose", "--name", "myregistry"), ("login-diagnose",), ("login-error", "match")])
def test_an_error_from_a_file_that_is_not_there(bench, tmp_path, command):
    assert az(bench.environment(), tmp_path, "acr", *command, "--symptom", "@error.txt") == (
        2, "", "ERROR: --symptom: the file 'error.txt' cannot be read.\n")


@pytest.mark.parametrize("symptom", [(), ("--symptom", "pull access denied for myregistry.azurecr.io/samples/app")])
def test_an_empty_name_is_a_wrong_name(bench, tmp_path, symptom):
    """As "$REGISTRY" is where nobody has set the variable."""
    report = diagnosis(bench.environment(), tmp_path, "--name", "", *symptom)
    assert report["errorCode"] == "REGISTRY_NAME_ERROR"


# --- Clouds of one's own. `az cloud register` demands these endpoints; a file that was edited may lack them ---

def of_a_cloud(environment, endpoints):
    """The sign-in moved to a cloud with these endpoints."""
    folder = Path(environment["AZURE_CONFIG_DIR"])
    (folder / "clouds.config").write_text(
        "[Own]\n" + "".join(f"{name} = {value}\n" for name, value in endpoints.items()), encoding="ascii")
    for name in ("config", "azureProfile.json"):
        text = (folder / name).read_text(encoding="utf-8-sig")
        (folder / name).write_text(text.replace("AzureCloud", "Own"), encoding="utf-8")
    return environment


def test_a_cloud_of_ones_own(bench):
    run = require(bench.diagnose(of_a_cloud(bench.environment(), ENDPOINTS)))
    assert (run.report["cloud"], run.report["errorCodes"]) == ("Own", [])


@pytest.mark.parametrize("missing", [name for name in ENDPOINTS if name.startswith("endpoint")])
def test_a_cloud_without_an_endpoint(bench, tmp_path, missing):
    """Nothing of az works there, and az says which one it is and where."""
    environment = of_a_cloud(bench.environment(), {
        name: value for name, value in ENDPOINTS.items() if name != missing})
    status, stdout, stderr = az(environment, tmp_path, "acr", "login-diagnose", "--name", "myregistry")
    assert (status, stdout) == (1, "")
    assert f"The endpoint '{missing[len('endpoint_'):]}' for this cloud is not set but is used" in stderr
    assert str(Path(environment["AZURE_CONFIG_DIR"]) / "clouds.config") in stderr
    assert stderr == az(environment, tmp_path, "acr", "show", "--name", "myregistry")[2]
