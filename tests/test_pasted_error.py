# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What is read from the errors of many programs: registry, repository, tag or digest, action, and who met it."""

import time

import pytest
from hypothesis import given, strategies as st

from azext_acrlogin.protocol.pasted_error import RESOURCES, plain, read_error

SUFFIXES = (".azurecr.io", ".azurecr.cn", ".azurecr.us")
HOST = "myregistry.azurecr.io"
DIGEST = "sha256:" + "0a1b2c3d" * 8
CLUSTER = ("/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-apps/providers/"
           "Microsoft.ContainerService/managedClusters/aks-shop")
APP = ("/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-apps/providers/Microsoft.App/"
       "containerApps/shop")
REGISTRY = ("/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-registries/providers/"
            "Microsoft.ContainerRegistry/registries/myregistry")

# program: the text; repository, tag or digest, action, who speaks
ERRORS = {
    "docker pull": (
        f'Error response from daemon: Head "https://{HOST}/v2/team/app/manifests/v1": unauthorized: authentication '
        "required, visit https://aka.ms/acr/authorization for more information.", "team/app", "v1", None, None),
    "docker pull, an absent tag": (
        f"Error response from daemon: manifest for {HOST}/team/app:v9 not found: manifest unknown: manifest tagged by "
        '"v9" is not found', "team/app", "v9", None, None),
    "docker run": (
        f"Unable to find image '{HOST}/app:v1' locally\ndocker: Error response from daemon: pull access denied",
        "app", "v1", "pull", None),
    "docker push": (
        f"The push refers to repository [{HOST}/app]\n5f70bf18a086: Preparing\nunauthorized: authentication required",
        "app", None, "push", None),
    "docker push with its command": (
        f"$ docker push {HOST}/team/app:1.2.3\nThe push refers to repository [{HOST}/team/app]\n5f70: Pushed\n"
        "denied: requested access to the resource is denied", "team/app", "1.2.3", "push", None),
    "docker login": (
        f'Error response from daemon: Get "https://{HOST}/v2/": unauthorized: authentication required', None, None,
        None, None),
    "buildx push": (
        f"#10 [auth] team/app:pull,push token for {HOST}\n#11 ERROR: failed to push {HOST}/team/app:v1: failed to "
        "authorize: failed to fetch oauth token: unexpected status from POST request to "
        f"https://{HOST}/oauth2/token: 401 Unauthorized\nERROR: failed to solve", "team/app", "v1", "push", None),
    "build from a base image": (
        f"ERROR: failed to solve: {HOST}/base/node:20: failed to resolve source metadata for {HOST}/base/node:20: "
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
        f"https://{HOST}/oauth2/token?scope=repository%3Abase%2Fnode%3Apull&service={HOST}: 401 Unauthorized",
        "base/node", "20", "pull", None),
    "podman": (
        f"Error: initializing source docker://{HOST}/app:v1: unable to retrieve auth token: invalid username/password: "
        "unauthorized: authentication required", "app", "v1", None, None),
    "containerd's ctr": (
        f"ctr: failed to resolve reference \"{HOST}/app@{DIGEST}\": pull access denied, repository does not exist or "
        "may require authorization: authorization failed: no basic auth credentials", "app", DIGEST, "pull", None),
    "kubelet": (
        "  Warning  Failed     14s (x2 over 27s)  kubelet, aks-std2-vmss000001  Failed to pull image "
        f'"{HOST}/team/app:v1": [rpc error: code = Unknown desc = failed to pull and unpack image "{HOST}/team/app:v1":'
        f' failed to resolve reference "{HOST}/team/app:v1": failed to authorize: failed to fetch anonymous token: '
        f"unexpected status from GET request to https://{HOST}/oauth2/token?scope=repository%3Ateam%2Fapp%3Apull&"
        f"service={HOST}: 401 Unauthorized]\n  Warning  Failed  14s  kubelet  Error: ErrImagePull\n"
        f'  Normal  BackOff  1s  kubelet  Back-off pulling image "{HOST}/team/app:v1"',
        "team/app", "v1", "pull", "a Kubernetes node"),
    "kubelet, several images": (
        '  Normal   Pulled  1m  kubelet  Successfully pulled image "mcr.microsoft.com/oss/nginx:1.25"\n'
        f'  Normal   Pulled  1m  kubelet  Successfully pulled image "{HOST}/sidecar:v1" in 2s\n'
        f'  Warning  Failed  1m  kubelet  Failed to pull image "{HOST}/app:v2": rpc error: code = NotFound desc = '
        f'failed to pull and unpack image "{HOST}/app:v2": {HOST}/app:v2: not found', "app", "v2", "pull",
        "a Kubernetes node"),
    "helm pull": (
        f"Error: failed to do request: Head \"https://{HOST}/v2/charts/shop/manifests/1.3.0\": dial tcp: lookup "
        f"{HOST}: no such host", "charts/shop", "1.3.0", None, None),
    "helm push": (
        f"$ helm push shop-1.3.0.tgz oci://{HOST}/charts\nError: unexpected status from HEAD request to "
        f"https://{HOST}/v2/charts/shop/blobs/{DIGEST}: 401 Unauthorized", "charts/shop", None, "push", None),
    "oras push": (
        f"Error response from registry: failed to push: PUT \"https://{HOST}/v2/samples/artifact/manifests/1.0\": "
        'response status code 401: unauthorized: authentication required: [map[Action:push Name:samples/artifact '
        "Type:repository]]", "samples/artifact", "1.0", "push", None),
    "crane ls": (
        f"Error: reading tags for {HOST}/app: GET https://{HOST}/v2/app/tags/list?n=1000: UNAUTHORIZED: authentication "
        "required; [map[Action:metadata_read Name:app Type:repository]]", "app", None, "metadata-read", None),
    "crane catalog": (
        f"Error: reading repos for {HOST}: GET https://{HOST}/v2/_catalog?n=1000: UNAUTHORIZED: authentication "
        "required; [map[Action:* Name:catalog Type:registry]]", None, None, "catalog", None),
    "skopeo delete": (
        f"time=\"2026-01-03T03:03:55Z\" level=fatal msg=\"deleting: DELETE https://{HOST}/v2/app/manifests/{DIGEST}: "
        'StatusCode: 401"', "app", DIGEST, "delete", None),
    "kaniko": (
        "error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated "
        f'correctly, and try again: checking push permission for "{HOST}/example-project:latest": POST '
        f"https://{HOST}/v2/example-project/blobs/uploads/: UNAUTHORIZED", "example-project", "latest", "push", None),
    "az acr login": (
        "Unable to get AAD authorization tokens with message: 2025-09-08 15:31:40.404189 An error occurred: "
        f"CONNECTIVITY_REFRESH_TOKEN_ERROR\nAccess to registry '{HOST}' was denied. Response code: 401. Please try "
        "running 'az login' again to refresh permissions.", None, None, None, None),
    "az acr repository": (
        "$ az acr repository show-tags --name myregistry --repository app\nUNAUTHORIZED: authentication required",
        None, None, "metadata-read", None),
    "azd": (
        "  (x) Failed: Deploying service api\nERROR: failed deploying service 'api': pushing image: failed to push: "
        f"denied: {HOST}/shop/api-dev:azd-deploy-1703174853: requested access to the resource is denied",
        "shop/api-dev", "azd-deploy-1703174853", "push", None),
    "terraform": (
        "\x1b[31m│\x1b[0m \x1b[1mError: \x1b[0mcreating Container App (Container App Name: \"shop\"): unexpected "
        "status 400 with error: ContainerAppInvalid: Field 'template.containers.shop.image' is invalid with details: "
        f"'Invalid value: \"{HOST}/shop:v1\": GET https:?scope=repository%3Ashop%3Apull&service={HOST}: UNAUTHORIZED: "
        f"authentication required';\n{APP}", "shop", "v1", "pull", "an Azure service"),
    "app service": (
        f"2026-02-11T11:48:59.703Z ERROR - DockerApiException: Docker API responded with status code=NotFound, "
        f"response={{\"message\":\"manifest for {HOST}/web:latest not found: manifest unknown\"}}", "web", "latest",
        None, "an Azure service"),
    "github actions": (
        "2024-05-22T19:23:07.1710648Z ##[group]Run docker/build-push-action@v5\n2024-05-22T19:23:08Z \x1b[36;1m#9 "
        f"pushing manifest for {HOST}/team/app:main@{DIGEST}\x1b[0m\n2024-05-22T19:23:09Z ##[error]buildx failed with: "
        f"ERROR: failed to solve: failed to push {HOST}/team/app:main: unauthorized", "team/app", "main", "push",
        "a pipeline"),
    "azure pipelines": (
        f"2026-11-25T17:29:44.1Z [command]/usr/bin/docker push {HOST}/service-api:5.4.0-build-29\n"
        f"2026-11-25T17:29:45.06Z The push refers to repository [{HOST}/service-api]\n2026-11-25T17:29:46Z "
        "##[error]unauthorized: authentication required, visit https://aka.ms/acr/authorization", "service-api",
        "5.4.0-build-29", "push", "a pipeline"),
    "ACR task": (
        "2026/12/19 03:15:35 Successfully set up Docker configuration\n2026/12/19 03:15:35 Logging in to registry: "
        f"{HOST}\nfailed to login, ran out of retries: failed to set docker credentials: Error response from daemon: "
        f'Get "https://{HOST}/v2/": denied: client with IP \'20.1.2.3\' is not allowed access', None, None, None,
        "an ACR task"),
    "skopeo copy from another registry": (
        "trying to reuse blob sha256:aa at destination: checking whether a blob sha256:aa exists in "
        f"{HOST}/team/app: authentication required\nskopeo copy docker://docker.io/library/app:1 docker://{HOST}/team/app:1",
        "team/app", "1", "push", None),
    "Terraform, of Resource Manager": (
        f"AuthorizationFailed: The client 'x' does not have authorization to perform action "
        f"'Microsoft.ContainerRegistry/registries/read' over scope '{REGISTRY}' on {HOST}", None, None, "view", None),
    "the registry's own words": (
        f"{HOST}: " + r'{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\",\"detail\":['
        r'{\"Type\":\"repository\",\"Name\":\"billing\",\"Action\":\"push\"}]}]}', "billing", None, "push", None),
    "a challenge": (
        f"< WWW-Authenticate: Bearer realm=\"https://{HOST}/oauth2/token\",service=\"{HOST}\",scope=\"repository:"
        'team/app:metadata_read\",error="insufficient_scope"', "team/app", None, "metadata-read", None),
    "a data endpoint": (
        f"failed to copy: httpReadSeeker: failed open: failed to do request: Get \"https://myregistry.westeurope.data."
        f"azurecr.io/{DIGEST}\": EOF, pulling {HOST}/app:v1", "app", "v1", "pull", None),
}


@pytest.mark.parametrize("program", ERRORS)
def test_errors_of_many_programs(program):
    text, repository, reference, action, speaker = ERRORS[program]
    read = read_error(text, SUFFIXES)
    assert [one.name for one in read.registries] == ["myregistry"]
    found = read.registries[0]
    assert (found.repository, found.reference, found.action, read.speaker) == (repository, reference, action, speaker)
    assert found.host == (None if program == "az acr repository" else HOST)


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\n", "\r\n"), lambda text: f"2026-11-25T17:29:44.1234567Z {text}",
    lambda text: "\n".join(f"\x1b[31m{line}\x1b[0m" for line in text.split("\n")), lambda text: f"\ufeff{text}",
    lambda text: text.replace("/", "\\/"), lambda text: f"> {text}",
    lambda text: f"some output\n\n{text}\nexit status 1"])
@pytest.mark.parametrize("program", ERRORS)
def test_what_stands_around_does_not_matter(program, change):
    def read(text):
        return [(one.name, one.repository, one.reference, one.action) for one in read_error(text, SUFFIXES).registries]
    assert read(change(ERRORS[program][0])) == read(ERRORS[program][0])


def test_other_hosts():
    def hosts(text):
        return [(one.name, one.host) for one in read_error(text, SUFFIXES).registries]
    assert hosts("docker pull MyRegistry.azurecr.io/app:v1") == [("myregistry", "MyRegistry.azurecr.io")]
    assert hosts("docker pull myregistry-abc123def4567890.azurecr.io/app") == [
        ("myregistry-abc123def4567890", "myregistry-abc123def4567890.azurecr.io")]
    assert hosts("az acr login --name myregistry\nGet https://myregistry-abc123def4567890.azurecr.io/v2/: denied") == [
        ("myregistry-abc123def4567890", "myregistry-abc123def4567890.azurecr.io")]
    assert hosts("docker pull myregistry.azurecr.io:443/app:v1") == [("myregistry", "myregistry.azurecr.io:443")]
    for text in ("Get https://myregistry.azurecr.io:443/v2/app/manifests/v1", "CONNECT myregistry.azurecr.io:443",
                 "docker://myregistry.azurecr.io/app:v1"):
        assert hosts(text) == [("myregistry", "myregistry.azurecr.io")], text
    assert hosts("lookup shop.azurecr.cn: no such host") == [("shop", "shop.azurecr.cn")]
    assert hosts("myregistry.westeurope.geo.azurecr.io/app:v1") == [
        ("myregistry", "myregistry.westeurope.geo.azurecr.io")]
    assert hosts("myregistry.privatelink.azurecr.io/app:v1") == [("myregistry", "myregistry.privatelink.azurecr.io")]
    assert hosts("first.azurecr.io/app, second.azurecr.io/app") == [
        ("first", "first.azurecr.io"), ("second", "second.azurecr.io")]
    assert hosts(f"The resource {REGISTRY} was not found") == [("myregistry", None)]
    for text in ("docker pull mcr.microsoft.com/app:v1", "myregistry.azurecr.io.example.com/app", "***.azurecr.io/app",
                 "docker.io/library/app: denied", "", "azurecr.io", "https://***/v2/: unauthorized"):
        assert not hosts(text), text


def test_one_registry_beside_another():
    read = read_error("FROM base.azurecr.io/node:20\nThe push refers to repository [myregistry.azurecr.io/app]\ndenied",
                      SUFFIXES)
    assert [(one.name, one.repository, one.reference) for one in read.registries] == [
        ("base", "node", "20"), ("myregistry", "app", None)]


def test_resources_that_may_pull():
    assert read_error(f"{CLUSTER}: {REGISTRY} {REGISTRY}/tasks/nightly, {CLUSTER}", SUFFIXES).resources == (
        CLUSTER, f"{REGISTRY}/tasks/nightly")
    many = " ".join(f"{CLUSTER}{number}" for number in range(20))
    assert len(read_error(many, SUFFIXES).resources) == RESOURCES


@given(st.text(st.sampled_from("myregistry.azurecr.io/v2:@sha256 push\n\"'\\%2F\x1b[0m\u200b"), max_size=300))
def test_any_text_is_read(text):
    for one in read_error(text, SUFFIXES).registries:
        assert one.name and (one.repository is None or one.repository.strip("./-_"))


@pytest.mark.parametrize("piece", ["a", "/", "myregistry.azurecr.io/", "az acr x -n ", "repository:a:", "\x1b[",
                                   "/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/", "map[Action:",
                                   "rpc error: code = ", "HEAD https://", "a-", "a.", '{"Type":"repository","Name":"'])
def test_long_texts_end_soon(piece):
    started = time.process_time()
    read_error(piece * (20_000 // len(piece)), SUFFIXES)
    assert time.process_time() - started < 2


def test_plain():
    assert plain("\x1b[1;31mError\x1b[0m: \x1b]8;;https://x\x07link\x1b]8;;\x07 \\\"a\\\"") == 'Error: link "a"'
