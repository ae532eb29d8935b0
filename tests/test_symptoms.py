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
from azext_acrlogin.protocol.symptom_rules import RULES
from azext_acrlogin.protocol.symptoms import MOST_MATCHES, matches


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


@pytest.mark.parametrize("symptom", ["", " ", "Hello", "Login Succeeded", "v2", "\x00\x1b[31m", "\ud800"])
def test_noise_names_none(symptom):
    assert matches(symptom) == []


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


@pytest.mark.parametrize("seed", ["a", "assign ", "role", "lookup ", "name 'a", "http://a-", "docker.sock", "A", "\\",
                                  "certificate", "with owner ", "10.", "AADSTS", "(((", "REGISTRY_"])
def test_long_texts_are_read_quickly(seed):
    matches("x")
    start = time.process_time()
    assert len(matches(seed * 100_000)) <= MOST_MATCHES
    assert time.process_time() - start < 2
