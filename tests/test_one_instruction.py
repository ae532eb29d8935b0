# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""One instruction for each evidence: the fixes of a code differ by what was seen, and the last one by nothing."""

from types import SimpleNamespace

import pytest

from azext_acrlogin.azure.assignees import Assignee
from azext_acrlogin.catalogue import codes
from azext_acrlogin.checks import access_token, assignee, challenge, encryption
from azext_acrlogin.checks.client import daemon_network
from azext_acrlogin.checks.client.daemon_network import DaemonNetworkEvidence
from azext_acrlogin.checks.encryption import EncryptionEvidence
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.render.commands import best
from tests.inputs import inputs
from tests.test_judgements import HOST, answer, asked, found, unseen, visible


def fix_of(judgement):
    finding = judgement.findings[0]
    return best(codes()[finding.code].fixes, finding.facts, windows=False)["description"]


@pytest.mark.parametrize("registry, begins", [
    (visible(), f"Make the proxy or gateway that answers for {HOST}"),
    (visible("myregistry-label.azurecr.io"), f"Sign in with a user name and password of {HOST}"),
    (unseen(), f"Sign in with a user name and password of {HOST}")])
def test_a_host_without_entra_sign_in(registry, begins):
    got = answer(401, www_authenticate='Basic realm="x"')
    evidence = ChallengeEvidence(HOST, 401, ["Basic"], None, None, None, None, None, None, got)
    assert fix_of(challenge.judge(asked(), evidence, found(registry=registry))).startswith(begins)


@pytest.mark.parametrize("headers, ends", [
    ({"x_ms_correlation_request_id": "b65a8fc5"}, "open a support request with the correlation id b65a8fc5."),
    ({}, "open a support request.")])
def test_a_fault_of_the_service_is_reported_with_its_correlation_id(headers, ends):
    got = answer(500, **headers)
    evidence = ChallengeEvidence(HOST, 500, [], None, None, None, None, None, None, got)
    fix = fix_of(challenge.judge(asked(), evidence, found()))
    assert fix.startswith("Try again in a few minutes.") and fix.endswith(ends)


def refusal(access, address):
    body = '{"errors": [{"code": "DENIED", "message": "client with IP \'%s\' is not allowed access."}]}' % address
    got = answer(403, body)
    evidence = ChallengeEvidence(HOST, 403, [], None, None, None, None, None, None, got)
    return fix_of(challenge.judge(asked(), evidence, found(registry=visible(public_network_access=access))))


def test_a_client_that_the_firewall_refuses():
    assert refusal("Enabled", "198.51.100.7").startswith("Allow the address 198.51.100.7 ")
    assert refusal("Disabled", "198.51.100.7").startswith("Allow the public address 198.51.100.7 ")
    assert refusal("Enabled", "2001:db8::7").startswith("Let this client connect over IPv4 ")
    # Rules have no effect while public access is disabled, and IPv4 would not help.
    assert refusal("Disabled", "2001:db8::7").startswith("Give the client's network a private endpoint for myregistry")
    assert refusal("Disabled", "?").startswith("Give the client's network a private endpoint for myregistry")
    assert refusal("Enabled", "?").startswith("Find out the client's public IPv4 address")


@pytest.mark.parametrize("user_name, begins", [
    ("ci-token", "Give the token 'ci-token' a scope map that allows push."),
    ("a1b2c3d4-0001-4000-8000-00000000c101", "Grant a role that allows push."),
    (None, "Grant a role that allows push.")])
def test_an_access_token_that_lacks_an_action(user_name, begins):
    evidence = AccessTokenEvidence(HOST, "app", False, 200, answer=answer(200), issued=True, signed_in_by="credentials",
                                   granted={"pull": True, "push": False})
    question = asked(actions=("push",), username=user_name)
    assert fix_of(access_token.judge(question, evidence, found())).startswith(begins)


def test_an_encryption_key_without_its_identity():
    def fix(**evidence):
        return fix_of(encryption.judge(asked(), EncryptionEvidence(True, "id-1", registry="r", **evidence), found()))
    assert fix(assigned=False).startswith("Assign the identity with client id id-1 to the registry again")
    assert fix(assigned=True, exists=False).startswith("Let the registry read its key with another identity")


def test_a_user_that_the_tenant_does_not_have():
    missing = Assignee("alx@contoso.example", "userPrincipalName", fault="not-found")
    judgement = assignee.judge(asked(), AssigneeEvidence(assignee=missing), found())
    assert fix_of(judgement).startswith("Check the spelling of alx@contoso.example.")


@pytest.mark.parametrize("reason, own, the_daemons, begins", [
    ("proxy-name", None, "http://old:8080", "Remove http://old:8080 from the daemon's settings"),
    ("proxy-name", "http://new:8080", "http://old:8080", "Set the proxy http://new:8080"),
    ("proxy", None, "http://old:8080", f"Exclude {HOST} from the daemon's proxy http://old:8080"),
    ("proxy", "http://new:8080", "http://old:8080",
     "Set the proxy http://new:8080, which this process uses, for the daemon"),
    ("proxy", "http://new:8080", "http://new:8080", "Compare the daemon's network")])
def test_a_daemon_with_a_proxy(reason, own, the_daemons, begins):
    evidence = DaemonNetworkEvidence(HOST, asked=True, reached=False, reason=reason, text="words", own_proxy=own,
                                     daemon_proxy=the_daemons)
    client = inputs({"container-client": SimpleNamespace(usable=True)})
    assert fix_of(daemon_network.judge(Question("r", None), evidence, client)).startswith(begins)
