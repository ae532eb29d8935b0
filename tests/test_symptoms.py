# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What messages stand for: the sure ones come first, the vague ones name several, noise names none."""

import re
import time

import pytest

from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.entra_errors import NUMBERS
from azext_acrlogin.symptoms.match import MOST_MATCHES, matches
from azext_acrlogin.symptoms.rules import RULES


VAGUE = re.compile(r"(?i)unauthorized|authentication required|access .{0,40}denied|requested access|401")


def likely(symptom):
    """The codes for `symptom`, likeliest first."""
    return [match["errorCode"] for match in matches(symptom)]


@pytest.mark.parametrize("symptom, code", [
    ("AADSTS7000222: The provided client secret keys for app 'x' are expired.", "AAD_CLIENT_SECRET_EXPIRED_ERROR"),
    ("AADSTS530099: blocked", "AAD_CONDITIONAL_ACCESS_ERROR"),
    ("AADSTS99999999: something new", "AAD_TOKEN_ERROR"),
    ("AADSTS50105: not assigned", "AAD_CONSENT_ERROR"),
    ("denied: client with IP \\u0027192.0.2.7\\u0027 is not allowed access.", "CONNECTIVITY_FORBIDDEN_ERROR"),
    ("dial unix /var/run/docker.sock: connect: permission denied", "DOCKER_PERMISSION_ERROR"),
    ("Cannot connect to the Docker daemon at tcp://10.0.0.99:2375. Is the docker daemon running?",
     "DOCKER_DAEMON_ERROR"),
    ("exec: \"docker-credential-desktop\": executable file not found in $PATH", "DOCKER_CREDENTIAL_STORE_ERROR"),
    ("dial tcp 20.0.0.1:443: connect: connection refused", "CONNECTIVITY_REFUSED_ERROR"),
    ("x509: certificate signed by unknown authority", "CONNECTIVITY_SSL_ERROR"),
    ("toomanyrequests: Too many requests.", "CONNECTIVITY_TOOMANYREQUESTS_ERROR"),
    ("Please run 'az login' to setup account.", "LOGIN_REQUIRED_ERROR"),
    ("unauthorized: token validation failed", "AAD_ARM_AUDIENCE_ERROR"),
    ("The push refers to repository [docker.io/library/app] denied: requested access to the resource is denied",
     "IMAGE_REFERENCE_ERROR"),
    ("manifest for myregistry.azurecr.io/app:v9 not found: manifest unknown", "IMAGE_NOT_FOUND_ERROR"),
    ("Get \"https://x.blob.core.windows.net/y\": net/http: TLS handshake timeout",
     "CONNECTIVITY_DATA_ENDPOINT_ERROR"),
])
def test_the_likeliest(symptom, code):
    assert likely(symptom)[0] == code


@pytest.mark.parametrize("symptom, among", [
    ("unauthorized: authentication required", {"ROLE_ASSIGNMENT_MISSING_ERROR", "DOCKER_CREDENTIAL_EXPIRED_ERROR"}),
    ("unauthorized: Application not registered with AAD.",
     {"CREDENTIAL_USERNAME_ERROR", "AAD_APPLICATION_NOT_FOUND_ERROR", "ADMIN_USER_DISABLED_ERROR"}),
    ("unauthorized: Invalid clientid or client secret.",
     {"AAD_CLIENT_SECRET_EXPIRED_ERROR", "AAD_CLIENT_SECRET_INVALID_ERROR"}),
    ("dial tcp: lookup myregistry.azurecr.io: no such host", {"CONNECTIVITY_DNS_ERROR", "REGISTRY_NOT_FOUND_ERROR"}),
    ("docker push MyRegistry.azurecr.io/app fails: unauthorized",
     {"IMAGE_REFERENCE_ERROR", "DOCKER_CREDENTIAL_INVALID_ERROR"}),
])
def test_vague_ones_name_several(symptom, among):
    assert among <= set(likely(symptom)[:4])


FAMILIES = {
    "CONNECTIVITY_DNS_ERROR": [
        "Get \"https://r.azurecr.io/v2/\": dial tcp: lookup r.azurecr.io: no such host",
        "Failed to resolve 'r.azurecr.io' ([Errno -2] Name or service not known)",
        "[Errno 11001] getaddrinfo failed",
        "java.net.UnknownHostException: r.azurecr.io",
        "FetchError: request to https://r.azurecr.io/v2/ failed, reason: getaddrinfo ENOTFOUND r.azurecr.io",
        "Error: getaddrinfo EAI_AGAIN r.azurecr.io",
        "curl: (6) Could not resolve host: r.azurecr.io",
        "The remote name could not be resolved: 'r.azurecr.io'",
        "dial tcp: lookup r.azurecr.io: Temporary failure in name resolution"],
    "CONNECTIVITY_REFUSED_ERROR": [
        "dial tcp 203.0.113.9:443: connect: connection refused", "Error: connect ECONNREFUSED 203.0.113.9:443",
        "[WinError 10061] No connection could be made because the target machine actively refused it",
        "java.net.ConnectException: Connection refused", "curl: (7) Failed to connect to r.azurecr.io port 443"],
    "CONNECTIVITY_TIMEOUT_ERROR": [
        "dial tcp 203.0.113.9:443: i/o timeout", "connect ETIMEDOUT 203.0.113.9:443", "context deadline exceeded",
        "ConnectTimeoutError: Connection to r.azurecr.io timed out. (connect timeout=100)",
        "java.net.SocketTimeoutException: connect timed out", "curl: (28) Operation timed out after 30001 milliseconds",
        "The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.",
        "[WinError 10060] A connection attempt failed because the connected party did not properly respond",
        "dial tcp 203.0.113.9:443: connect: no route to host"],
    "CONNECTIVITY_RESET_ERROR": [
        "read tcp 192.0.2.5:50512->203.0.113.9:443: read: connection reset by peer", "Error: read ECONNRESET",
        "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
        "An existing connection was forcibly closed by the remote host", "Error: socket hang up",
        "net/http: TLS handshake timeout", "curl: (56) OpenSSL SSL_read: SSL_ERROR_SYSCALL, errno 104"],
    "CONNECTIVITY_SSL_ERROR": [
        "x509: certificate signed by unknown authority", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "PKIX path building failed: unable to find valid certification path to requested target",
        "javax.net.ssl.SSLHandshakeException: bad_certificate", "Error: SELF_SIGNED_CERT_IN_CHAIN",
        "code: 'DEPTH_ZERO_SELF_SIGNED_CERT'", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "The SSL connection could not be established, see inner exception.",
        "The remote certificate is invalid according to the validation procedure",
        "Could not establish trust relationship for the SSL/TLS secure channel",
        "curl: (60) SSL certificate problem: unable to get local issuer certificate"],
    "PROXY_ERROR": [
        "proxyconnect tcp: dial tcp 192.0.2.3:3128: connect: connection refused", "407 Proxy Authentication Required",
        "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden'))",
        "invalid character '<' looking for beginning of value", "http: server gave HTTP response to HTTPS client"],
    "CONNECTIVITY_FORBIDDEN_ERROR": [
        "denied: client with IP '192.0.2.7' is not allowed access. Refer https://aka.ms/acr/firewall",
        "login attempt to https://r.azurecr.io/v2/ failed with status: 403 Forbidden",
        "Looks like you don't have access to registry 'r.azurecr.io'."],
    "CONNECTIVITY_TOOMANYREQUESTS_ERROR": [
        "Access to registry 'r.azurecr.io' was denied. Response code: 429.", "429 Too Many Requests",
        "TOOMANYREQUESTS"],
    "CONNECTIVITY_SERVER_ERROR": [
        "received unexpected HTTP status: 503 Service Unavailable", "502 Bad Gateway",
        "Access to registry 'r.azurecr.io' was denied. Response code: 504.", "it fails intermittently with 401"],
    "CONNECTIVITY_DATA_ENDPOINT_ERROR": [
        "Get \"https://x.blob.core.windows.net/y\": EOF", "failed to copy: httpReadSeeker: failed open",
        "dial tcp: lookup r.westeurope.data.azurecr.io: i/o timeout"],
    "IMAGE_NOT_FOUND_ERROR": [
        "manifest unknown: manifest tagged by \"v9\" is not found",
        "NAME_UNKNOWN: repository name not known to registry",
        "rpc error: code = NotFound desc = failed to resolve reference \"r.azurecr.io/a:v9\": not found"],
    "DOCKER_CREDENTIAL_MISSING_WARNING": [
        "no basic auth credentials", "docker push is refused; we forgot to log in", "docker: you need to log in first",
        "buildx: failed to solve: failed to authorize: failed to fetch anonymous token: 401 Unauthorized"],
    "DOCKER_CREDENTIAL_STORE_ERROR": [
        "exec: \"docker-credential-wincred.exe\": executable file not found in %PATH%",
        "error getting credentials - err: exit status 1, out: `org.freedesktop.DBus.Error: secret service`",
        "Error saving credentials: keychain cannot be accessed because the session does not allow user interaction"],
    "DOCKER_DAEMON_ERROR": [
        "failed to connect to the docker API at unix:///var/run/docker.sock", "Docker Desktop is not running",
        "error during connect: open //./pipe/docker_engine: The system cannot find the file specified."],
    "DOCKER_PERMISSION_ERROR": [
        "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
        "Got permission denied while trying to connect to the Docker daemon socket"],
    "DOCKER_COMMAND_ERROR": [
        "bash: docker: command not found", "'docker' is not recognized as an internal or external command",
        "Emulate Docker CLI using podman.", "az acr login needs docker, which this agent does not have"],
    "DOCKER_CREDENTIAL_EXPIRED_ERROR": [
        "the build takes four hours, then the push is unauthorized", "token has expired",
        "unauthorized: authentication required, after 50 minutes of pushing"],
    "AAD_CLIENT_SECRET_EXPIRED_ERROR": [
        "the pipeline had worked for a year and suddenly fails: unauthorized",
        "unauthorized: Invalid clientid or client secret."],
    "CLIENT_VERSION_WARNING": [
        "since version 4.2 the push fails with 401", "docker login fails after upgrading from 1.3 to 1.4",
        "az acr login: AttributeError: 'NoneType' object has no attribute 'split'"],
    "CLIENT_TOKEN_UNSUPPORTED_WARNING": [
        "skopeo copy: unauthorized: authentication required", "mvn jib:build gives 401 although docker pull works"],
    "CLOCK_SKEW_ERROR": ["token used before issued", "the time is wrong on this machine, the token is refused"],
    "CLIENT_ENVIRONMENT_WARNING": [
        "sudo docker push: unauthorized", "the systemd service cannot log in to the registry, the shell can",
        "DOCKER_CONFIG is set for the build step only"],
    "ROLE_PROPAGATION_ERROR": ["the first deployment fails with unauthorized, a second attempt works"],
    "ROLE_ASSIGNMENT_SCOPE_ERROR": ["AcrPull is assigned on the resource group: unauthorized"],
    "DOCKER_DAEMON_NETWORK_ERROR": [
        "docker login times out since the VPN is on, restarting docker helps",
        "Error response from daemon: proxyconnect tcp: dial tcp: lookup proxy: no such host"],
    "SCOPE_MAP_ERROR": ["a token with the scope map _repositories_pull cannot list the tags"],
    "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": [
        "a user with a custom role is unable to push to the registry",
        "GET https://r.azurecr.io/v2/_catalog: unauthorized"],
    "ADMIN_USER_DISABLED_ERROR": [
        "deploying fails as adminUserEnabled is false", "Failed to retrieve credentials for container registry 'r'"],
    "KUBELET_IDENTITY_ERROR": [
        "Failed to pull image \"r.azurecr.io/a:v1\": rpc error: code = Unknown desc = failed to fetch oauth token: 401",
        "AKS: ImagePullBackOff, 401 Unauthorized"],
    "KUBERNETES_PULL_SECRET_ERROR": [
        "k3s: Failed to pull image \"r.azurecr.io/a:v1\": unauthorized: authentication required",
        "regcred is ignored"],
    "REGISTRY_SUBSCRIPTION_WARNING": [
        "The resource with name 'r' could not be found in subscription 'other'."],
    "REGISTRY_NOT_FOUND_ERROR": ["Get https://r.azurcr.io/v2/: Service Unavailable"],
    "UPSTREAM_REGISTRY_ERROR": ["az acr import --source docker.io/library/nginx: Too Many Requests"],
    "SERVICE_NETWORK_ERROR": ["az acr build: denied: client with IP '192.0.2.7' is not allowed access."],
}


@pytest.mark.parametrize("code, symptom", [(code, text) for code, texts in FAMILIES.items() for text in texts])
def test_the_wordings_of_all_programs_lead_to_the_condition(code, symptom):
    assert code in likely(symptom)[:3], likely(symptom)


@pytest.mark.parametrize("vague, definite, code", [
    ("unauthorized: authentication required", "AADSTS7000222: expired", "AAD_CLIENT_SECRET_EXPIRED_ERROR"),
    ("docker push fails: unauthorized", "client with IP '192.0.2.7' is not allowed access",
     "CONNECTIVITY_FORBIDDEN_ERROR"),
    ("Failed to pull image \"r.azurecr.io/a:v1\": rpc error", "x509: certificate signed by unknown authority",
     "CONNECTIVITY_SSL_ERROR"),
    ("docker login failed", "connect: connection refused", "CONNECTIVITY_REFUSED_ERROR"),
    ("az acr login failed", "exec: \"docker-credential-pass\": executable file not found",
     "DOCKER_CREDENTIAL_STORE_ERROR"),
])
def test_what_is_definite_comes_before_what_is_common(vague, definite, code):
    assert likely(vague)[0] != code
    assert likely(f"{vague}: {definite}")[0] == code


def test_a_node_that_resolves_a_reference_has_no_dns_fault():
    found = likely("failed to resolve reference \"r.azurecr.io/a:v1\": unexpected status: 401 Unauthorized")
    assert "CONNECTIVITY_DNS_ERROR" not in found


@pytest.mark.parametrize("beside", ["docker.io/library/node:20", "mcr.microsoft.com/oss/istio/proxyv2:1.20"])
def test_other_registries_beside_the_one_that_refuses_are_no_cause(beside):
    text = (f"#1 [internal] load metadata for {beside}\nERROR: failed to authorize: unexpected status from POST request "
            "to https://myregistry.azurecr.io/oauth2/token: 401 Unauthorized")
    assert not {"IMAGE_REFERENCE_ERROR", "UPSTREAM_REGISTRY_ERROR"} & set(likely(text))
    assert "UPSTREAM_REGISTRY_ERROR" in likely(f"cache rule for {beside}: {text}")


def test_what_resource_manager_denies_is_no_firewall():
    text = ("unexpected status 403 (403 Forbidden): AuthorizationFailed: not authorized to perform action "
            "'Microsoft.ContainerRegistry/registries/read'")
    assert "ARM_READ_WARNING" in likely(text)[:2] and "CONNECTIVITY_FORBIDDEN_ERROR" not in likely(text)[:5]


def test_placeholders_in_capitals_are_no_misspelt_host():
    assert "IMAGE_REFERENCE_ERROR" not in likely("cannot pull from REGISTRY.azurecr.io: unauthorized")
    assert "IMAGE_REFERENCE_ERROR" in likely("cannot pull from MyRegistry.azurecr.io: unauthorized")[:3]


@pytest.mark.parametrize("symptom", [
    "\ufffd docker \ufffd pim \ufffd\ufffd 3hr \ufffd", "activate your PIM role for the payroll", "", " ", "Hello", "Login Succeeded", "v2", "\x00\x1b[31m", "\ud800"])
def test_noise_names_none(symptom):
    assert matches(symptom) == []


@pytest.mark.parametrize("symptom", [
    "npm ERR! 404 Not Found - GET https://registry.npmjs.org/lodahs - Not found",
    "Traceback (most recent call last):\n  File \"app.py\", line 3\nModuleNotFoundError: No module named 'numpy'",
    "psycopg2.OperationalError: could not connect to server: Connection refused\n\tIs the server running on host "
    "\"db\" (10.0.0.4) and accepting TCP/IP connections on port 5432?", "the coffee machine is broken",
    "Permission denied (publickey).\nfatal: Could not read from remote repository.", "SMTP 535 Authentication failed",
    "error: failed to push some refs to 'github.com:foo/bar.git'", "Error: Cannot find module 'express'",
    "fatal: unable to access 'https://github.com/foo/bar.git/': Could not resolve host: github.com",
    "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
    "HTTP 500 Internal Server Error from https://api.contoso.example/orders", "error TS2304: Cannot find name 'foo'.",
    "login failed for user 'sa'. (Microsoft SQL Server, Error: 18456)", "CrashLoopBackOff: restarting failed container",
    "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
    "docker: Error response from daemon: driver failed programming external connectivity on endpoint web: Bind for "
    "0.0.0.0:80 failed: port is already allocated.", "Storage account access key is invalid",
    "Error from server (Forbidden): pods is forbidden: User \"alex\" cannot list resource \"pods\""])
def test_messages_about_something_else_name_none(symptom):
    assert likely(symptom) == []


@pytest.mark.parametrize("symptom, code", [
    ("pipeline: az login --service-principal failed after upgrading, unauthorized, access denied, no permission, role "
     "assigned just now, retry works: AADSTS7000222: The provided client secret keys are expired.",
     "AAD_CLIENT_SECRET_EXPIRED_ERROR"),
    ("azure pipelines docker push unauthorized denied 401 login failed despite AcrPush role: {\"errors\":[{\"code\":"
     "\"MANIFEST_UNKNOWN\",\"message\":\"manifest tagged by \\\"v9\\\" is not found\"}]}", "IMAGE_NOT_FOUND_ERROR"),
    ("2026/12/19 Executing step ID: acb_step_0\ndocker login failed: denied: client with IP '20.1.2.3' is not allowed "
     "access", "SERVICE_NETWORK_ERROR"),
    ("Too Many Requests 429 from myregistry.azurecr.io: You have reached your unauthenticated pull rate limit. "
     "https://www.docker.com/increase-rate-limit", "UPSTREAM_REGISTRY_ERROR"),
    ("az acr login: unauthorized after 3 hours, role removed: Access to registry 'r.azurecr.io' was denied. Response "
     "code: 429.", "CONNECTIVITY_TOOMANYREQUESTS_ERROR")])
def test_a_fact_comes_before_any_number_of_words(symptom, code):
    assert likely(symptom)[0] == code


def test_what_matched_is_shown_without_secrets():
    shown = repr(matches(
        "docker login -u ci -p Geheim.7f3a: the password Geheim.7f3a=x expired, password: Geheim.7f3a"))
    assert "CREDENTIAL_PASSWORD_ERROR" in shown and "password: geheim" not in shown.lower() and "-p geheim" not in shown


def test_colours_and_log_prefixes_are_read_through():
    line = "2026-11-25T17:29:46Z ##[error]\x1b[31mmanifest\x1b[0m unknown: manifest tagged by \"v9\" is not found"
    assert likely(line)[0] == "IMAGE_NOT_FOUND_ERROR"


@pytest.mark.parametrize("code", list(codes().values()), ids=lambda code: code.code)
def test_telling_examples_of_the_catalogue_lead_to_their_code(code):
    """Of the vague ones there are more causes than a list of matches is long."""
    telling = [text for text in code.looks_like if not VAGUE.search(text)]
    if not telling or code.code == "UNEXPECTED_ERROR":
        pytest.skip("nothing but vague refusals is seen of this code")
    assert any(code.code in likely(text) for text in telling), [likely(text) for text in telling]


@pytest.mark.parametrize("code, number", [(code, number) for code, numbers in NUMBERS.items() for number in numbers])
def test_numbers_of_entra_decide(code, number):
    assert likely(f"... AADSTS{number}: ...")[0] == code


def test_rules_are_sound():
    for rule in RULES:
        assert rule.why.endswith(".")
        assert set(rule.weights) <= set(codes()), rule.why
        assert all(0 < weight < 1 for weight in rule.weights.values()), rule.why
        for pattern in (*rule.patterns, rule.unless or "x"):
            re.compile(pattern)
            assert rule.as_written or pattern == re.sub(r"(?<!\\)[A-Z]", lambda found: found[0].lower(), pattern)
            assert not re.search(r"(?<!\\)[*+]", pattern), f"a repetition without a bound: {pattern}"
            literals = re.split(r"[|()\[\]{}?.]", pattern)
            assert max(map(len, literals)) <= 50, f"so long a text fits one report word for word: {pattern}"


@pytest.mark.parametrize("seed", ["a", "assign ", "role", "lookup ", "name 'a", "http://a-", "docker.sock", "A", "\\",
                                  "certificate", "with owner ", "10.", "AADSTS", "(((", "REGISTRY_"])
def test_long_texts_are_read_quickly(seed):
    matches("x")
    start = time.process_time()
    assert len(matches(seed * 100_000)) <= MOST_MATCHES
    assert time.process_time() - start < 2
