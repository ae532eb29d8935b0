# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Judgements without a network: evidence in, findings out; and with the decisive evidence taken away, no finding."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from azext_acrlogin import catalogue
from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.assignees import CLUSTER, Assignee
from azext_acrlogin.azure.cache_rules import CacheRule
from azext_acrlogin.azure.cli_login import Account, TokenAnswer
from azext_acrlogin.azure.login_event_log import EventLog, LoginEvent, innermost_message
from azext_acrlogin.azure.registry import Registry
from azext_acrlogin.azure.replicas import Replica
from azext_acrlogin.azure.registry_tokens import RegistryToken
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.checks import (
    access_token, assignee, cache_rule, challenge, clock, connection, credential, data_endpoint,
    encryption, entra_token, geo_replicas, image, lock, login, login_events, private_endpoint, proxy, refresh_token,
    refused_user_names, registry, resource_manager, storage)
from azext_acrlogin.checks.clock import ClockEvidence
from azext_acrlogin.checks.encryption import EncryptionEvidence
from azext_acrlogin.checks.geo_replicas import ReplicaEvidence
from azext_acrlogin.checks.lock import LockEvidence
from azext_acrlogin.checks.login_events import LoginEventsEvidence
from azext_acrlogin.checks.private_endpoint import PrivateEndpointEvidence
from azext_acrlogin.checks.proxy import ProxyEvidence
from azext_acrlogin.checks.storage import StorageEvidence
from azext_acrlogin.engine.access import access
from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.question import Question, Cloud
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.cache_rule import CacheRuleEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.data_endpoint import DataEndpointEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.resource_manager import ResourceManagerEvidence
from azext_acrlogin.evidence.stored_credential import StoredCredentialEvidence
from azext_acrlogin.net.http import Answer, Failure
from azext_acrlogin.net.resolver import HostsLine
from azext_acrlogin.protocol.cached_repositories import (
    covers, names_the_source, official_name, source_of, target_of)
from azext_acrlogin.protocol.challenge import bearer, host_of, parse_challenges
from azext_acrlogin.protocol.entra_errors import Refusal, code_of, refusal_of
from tests.inputs import inputs

HOST = "myregistry.azurecr.io"
DENIED = '{"errors": [{"code": "DENIED", "message": "client with IP \'198.51.100.7\' is not allowed access."}]}'
PUBLIC, PRIVATE, OTHER_PRIVATE = "20.62.128.10", "10.1.0.5", "10.9.9.9"
DEV, PROD, TENANT = "sub-dev", "sub-prod", "tenant-contoso"
CLOUD = Cloud("AzureCloud", ".azurecr.io", "https://login.microsoftonline.com", "https://management.azure.com/",
              "https://management.core.windows.net/", "https://graph.microsoft.com/", None,
              "https://containerregistry.azure.net")


def asked(**options):
    return Question(**{"name": "myregistry", "cloud": CLOUD, **options})


def found(**evidence):
    """Evidence by check name (underscores for hyphens); a visible registry and None for the others."""
    return inputs({"registry": visible(), **{name.replace("_", "-"): value for name, value in evidence.items()}})


def codes(judgement):
    return [finding.code for finding in judgement.findings]


def visible(login_server=HOST, seen_by=None, **options):
    shown = Registry(**{"resource_id": "/r", "subscription_id": DEV, "resource_group": "rg", "tenant_id": TENANT,
                        "login_server": login_server, **options})
    return RegistryEvidence("myregistry", True, login_server, registry=shown, account=seen_by)


def unseen(**options):
    return RegistryEvidence(**{"name": "myregistry", "login_server": HOST, "login_server_derived": True,
                               "searched_subscriptions": [DEV], **options})


def account(**options):
    return Account(**{"subscription_id": DEV, "subscription_name": "Dev", "state": "Enabled", "tenant_id": TENANT,
                      "home_tenant_id": TENANT, "user_name": "alex@contoso.example", "user_type": "user",
                      "assigned_identity": None, "cloud_shell": False, "is_current": True, **options})


def signed_in(**options):
    one = account(**options)
    return LoginEvidence(True, one.user_name, one.user_type, one.tenant_id, one.home_tenant_id, one.subscription_id,
                         account=one, accounts=[one])


def named(**options):
    return NameEvidence(**{"given": "myregistry", "registry_name": "myregistry", "host": None, "repository": None,
                           "derived_login_server": HOST, "label": None, "tag": None, "normalised": [], "fault": None,
                           "reference_fault": None, "other_cloud": None, **options})


def answer(status, body="", **headers):
    return Answer(HOST, "/v2/", status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


# ---- Entra's refusals ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code, numbers", [
    ("AAD_SESSION_EXPIRED_ERROR", (70008, 700082, 700084, 50173, 70043, 50132, 50133, 50139, 50143, 50197, 51006,
                                   700020, 140001, 135011)),
    ("AAD_CONDITIONAL_ACCESS_ERROR", (50076, 50079, 50074, 50158, 53000, 53001, 53003, 53999, 530003, 530777, 500021,
                                      50002, 500022, 500212, 500213, 530036, 530084)),
    ("AAD_CLIENT_SECRET_EXPIRED_ERROR", (7000222,)),
    ("AAD_CLIENT_SECRET_INVALID_ERROR", (7000215, 700027, 7000218)),
    ("AAD_CLIENT_ASSERTION_ERROR", (700024, 70021, 700211, 700212, 700213, 500133, 900384, 50027, 50048,
                                    700236, 700238)),
    ("AAD_APPLICATION_NOT_FOUND_ERROR", (700016, 7000229)),
    ("AAD_TENANT_NOT_FOUND_ERROR", (90002, 900023)),
    ("REGISTRY_CLOUD_ERROR", (90038, 900382, 900432)),
    ("AAD_RESOURCE_NOT_REGISTERED_ERROR", (500011, 500014, 650052, 650054, 50001)),
    ("AAD_ACCOUNT_ERROR", (50020, 50034, 50053, 50055, 50057, 50126, 7000112, 51004, 90072)),
    ("AAD_CONSENT_ERROR", (50105, 65001, 65004, 90094, 90095, 90099)),
    ("AAD_TOKEN_ERROR", (90006, 90012, 90024, 90033, 50033, 50087, 90055, 50196, 90090, 90091, 90092, 90093,
                         65002, 9002313, 799999, 53, 5300, 900381)),
])
def test_numbers_of_entra(code, numbers):
    for number in numbers:
        assert code_of(Refusal("invalid_grant", (number,), None, "any words")) == code, number


def test_an_unknown_number_is_told_by_its_suberror_alone():
    for suberror, code in (("basic_action", "AAD_CONDITIONAL_ACCESS_ERROR"), ("consent_required", "AAD_CONSENT_ERROR"),
                           ("bad_token", "AAD_SESSION_EXPIRED_ERROR"), ("something_new", "AAD_TOKEN_ERROR"),
                           (None, "AAD_TOKEN_ERROR")):
        assert code_of(Refusal("invalid_grant", (799999,), suberror, "AADSTS50057 is not this")) == code


def test_the_words_alone_decide_nothing_where_there_are_numbers():
    body = {"error": "invalid_grant", "error_codes": [799999], "error_description": "AADSTS50057: not the number"}
    assert code_of(refusal_of(body, "")) == "AAD_TOKEN_ERROR"


def test_an_identity_endpoint_hands_entras_number_on_in_words():
    def code(description):
        return code_of(refusal_of({"error": "invalid_resource", "error_description": description}, "", True))
    assert code("AADSTS500011: The resource principal was not found.") == "AAD_RESOURCE_NOT_REGISTERED_ERROR"
    assert code("500, AADSTS53003: Access has been blocked.") == "AAD_CONDITIONAL_ACCESS_ERROR"
    assert code("Identity not found") == "AAD_MANAGED_IDENTITY_ERROR"
    assert code("") == "AAD_MANAGED_IDENTITY_ERROR"


def test_a_certificate_that_is_refused_has_expired_only_if_entra_says_so():
    assert code_of(Refusal("invalid_client", (700027,), None, "The key used is expired.")
                   ) == "AAD_CLIENT_SECRET_EXPIRED_ERROR"
    assert code_of(Refusal("invalid_client", (700027,), None, "The key was not found.")
                   ) == "AAD_CLIENT_SECRET_INVALID_ERROR"


def token_of(login_evidence, **outcome):
    evidence = entra_token.describe(TokenAnswer(**outcome), CLOUD.registry_audience)
    return entra_token.judge(asked(), evidence, found(login=login_evidence))


def test_no_token_for_lack_of_an_answer():
    timeout = Failure("timeout", "no answer in time")
    assert codes(token_of(signed_in(), failure=timeout)) == ["AAD_CONNECTIVITY_ERROR"]
    assert codes(token_of(signed_in(user_type="managedIdentity"), failure=timeout)) == ["AAD_MANAGED_IDENTITY_ERROR"]
    assert codes(token_of(signed_in(), failure=Failure("proxy", "status 403"))) == ["PROXY_ERROR"]
    assert codes(token_of(signed_in(), signed_out="Please run az login")) == ["LOGIN_REQUIRED_ERROR"]


def test_the_login_is_not_asked_for_where_credentials_are():
    nobody = LoginEvidence(False)
    assert codes(login.judge(asked(), nobody, found())) == ["LOGIN_REQUIRED_ERROR"]
    assert codes(login.judge(asked(assignee="x"), nobody, found())) == ["LOGIN_REQUIRED_ERROR"]
    judgement = login.judge(asked(username="x"), nobody, found())
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)


# ---- Registry and Resource Manager ---------------------------------------------------------------------------------

def judge_registry(evidence, dns=None, name=None, login_evidence=None, challenged=None, **question):
    return registry.judge(asked(**question), evidence, found(
        registry=evidence, name=name or named(), login=login_evidence or signed_in(), dns=dns,
        challenge=challenged))


NO_SUCH_NAME = DnsEvidence(HOST, fault="not-found")


def test_a_registry_is_not_found_only_when_its_name_is_known_to_be_free():
    assert codes(judge_registry(unseen(name_available=True), NO_SUCH_NAME)) == ["REGISTRY_NOT_FOUND_ERROR"]
    by_host = named(host=HOST)
    assert codes(judge_registry(unseen(name_available=True), NO_SUCH_NAME, by_host)) == ["REGISTRY_NOT_FOUND_ERROR"]
    for available in (None, False):
        judgement = judge_registry(unseen(name_available=available), NO_SUCH_NAME)
        assert "REGISTRY_NOT_FOUND_ERROR" not in codes(judgement)
    assert codes(judge_registry(unseen(name_available=True), suffix="a1b2c3d4e5f6a7b8")) == []


def test_a_free_name_may_be_that_of_a_labelled_registry_where_nobody_looked():
    """NAME-LABEL leaves NAME free; recorded by azure-cli: check-name with a label's scope, 2025."""
    unread = {"name_available": True, "problems": [ArmAnswer(403)]}
    judgement = judge_registry(unseen(**unread), NO_SUCH_NAME)
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    assert "domain name label" in judgement.message
    assert codes(judge_registry(unseen(**unread), NO_SUCH_NAME, named(host=HOST))) == ["REGISTRY_NOT_FOUND_ERROR"]
    for subscription, expected in ((DEV.upper(), ["REGISTRY_NOT_FOUND_ERROR"]), (PROD, [])):
        by_id = named(subscription=subscription, resource_group="rg")
        assert codes(judge_registry(unseen(name_available=True), NO_SUCH_NAME, by_id)) == expected


def test_a_name_that_another_cloud_has():
    elsewhere = unseen(name_available=True, other_cloud="AzureUSGovernment")
    assert codes(judge_registry(elsewhere, NO_SUCH_NAME)) == ["REGISTRY_CLOUD_ERROR"]
    assert codes(judge_registry(elsewhere, DnsEvidence(HOST, [PUBLIC]))) == ["REGISTRY_NOT_FOUND_ERROR"]
    assert codes(judge_registry(elsewhere, None)) == ["REGISTRY_NOT_FOUND_ERROR"]


def test_a_registry_that_is_not_visible_is_worth_a_word_only_where_something_was_guessed():
    resolves = DnsEvidence(HOST, [PUBLIC])
    assert codes(judge_registry(unseen(), resolves)) == ["REGISTRY_NOT_VISIBLE_WARNING"]
    for judgement in (judge_registry(unseen(), resolves, named(host=HOST)), judge_registry(unseen(), NO_SUCH_NAME),
                      judge_registry(unseen(), resolves, username="x"),
                      judge_registry(unseen(problems=[ArmAnswer(429)]), resolves)):
        assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)


@pytest.mark.parametrize("realm, says", [
    (f"https://{HOST}/oauth2/token", "derived from the name: myregistry.azurecr.io answers as a registry."),
    ("https://other.example/token", "guessed: myregistry.azurecr.io."), (None, "guessed: myregistry.azurecr.io.")])
def test_a_login_server_that_answers_is_not_called_a_guess(realm, says):
    challenged = ChallengeEvidence(HOST, 401, ["bearer"], realm, None, None, None, None, None, answer(401))
    judgement = judge_registry(unseen(), DnsEvidence(HOST, [PUBLIC]), challenged=challenged)
    assert codes(judgement) == ["REGISTRY_NOT_VISIBLE_WARNING"] and judgement.message.endswith(says)


@pytest.mark.parametrize("state, subscription, expected", [
    ("Succeeded", "Enabled", []), ("Updating", "Enabled", []), (None, None, []), ("Succeeded", "PastDue", []),
    ("Failed", "Enabled", ["REGISTRY_STATE_ERROR"]), ("Creating", None, ["REGISTRY_STATE_ERROR"]),
    ("Deleting", "Enabled", ["REGISTRY_STATE_ERROR"]), ("Canceled", "Enabled", ["REGISTRY_STATE_ERROR"]),
    ("Succeeded", "Disabled", ["REGISTRY_STATE_ERROR"]), ("Succeeded", "Deleted", ["REGISTRY_STATE_ERROR"])])
def test_states_of_a_registry(state, subscription, expected):
    assert codes(judge_registry(visible(provisioning_state=state, subscription_state=subscription))) == expected


def test_a_registry_that_is_changed_serves_meanwhile_or_does_not():
    evidence = visible(provisioning_state="Updating")
    for status, expected in ((401, []), (503, ["REGISTRY_STATE_ERROR"])):
        judgement = registry.judge(asked(), evidence, found(
            registry=evidence, name=named(), login=signed_in(), refresh_token=RefreshTokenEvidence(HOST, status)))
        assert codes(judgement) == expected


def test_where_a_registry_is():
    elsewhere = visible(subscription_id=PROD)
    labelled = visible(subscription_id=PROD, login_server="myregistry-a1b2c3d4e5f6a7b8.azurecr.io")
    abroad = visible(subscription_id=PROD, tenant_id="tenant-fabrikam")
    assert codes(judge_registry(elsewhere)) == ["REGISTRY_SUBSCRIPTION_WARNING"]
    assert f"is in subscription {PROD}." in judge_registry(elsewhere).message     # nothing shows its name
    elsewhere.account = account(subscription_id=PROD, subscription_name="Prod")
    assert f"is in subscription 'Prod' ({PROD})." in judge_registry(elsewhere).message
    assert codes(judge_registry(labelled)) == ["REGISTRY_SUBSCRIPTION_ERROR"]
    given = named(host=labelled.login_server, derived_login_server=labelled.login_server, label="a1b2c3d4e5f6a7b8")
    assert codes(judge_registry(labelled, name=given)) == ["REGISTRY_SUBSCRIPTION_WARNING"]
    assert codes(judge_registry(abroad)) == ["REGISTRY_TENANT_ERROR"]
    abroad.account = account(subscription_id=PROD, tenant_id="tenant-fabrikam", listed_as="tenant-fabrikam")
    assert judge_registry(abroad).findings[0].facts["unlisted_tenant"] == "tenant-fabrikam"
    for evidence in (elsewhere, labelled, abroad):
        assert codes(judge_registry(evidence, username="x")) == []
        assert codes(judge_registry(evidence, assignee="x")) == []


def test_a_login_server_that_cannot_be_known():
    nowhere = RegistryEvidence("myregistry", searched_subscriptions=[DEV])
    assert codes(judge_registry(nowhere)) == ["LOGIN_SERVER_ERROR"]
    judgement = registry.judge(asked(), nowhere, found(registry=nowhere, name=named(), login=LoginEvidence(False)))
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)


def test_resource_manager_that_refuses_is_not_one_that_is_silent():
    def judge(evidence, **question):
        return resource_manager.judge(asked(**question), evidence, found(login=signed_in()))
    endpoint = CLOUD.resource_manager
    assert codes(judge(ResourceManagerEvidence(endpoint, [429], unreachable=True))) == ["ARM_CONNECTIVITY_WARNING"]
    assert codes(judge(ResourceManagerEvidence(endpoint, [403]))) == []
    assert codes(judge(ResourceManagerEvidence(endpoint, failure_kind="proxy", failure_text="x"))) == ["PROXY_ERROR"]
    refused = ResourceManagerEvidence(endpoint, token_answer=TokenAnswer(
        refusal=Refusal("invalid_grant", (700082,), "bad_token", "expired")))
    assert codes(judge(refused)) == codes(judge(refused, assignee="x")) == ["AAD_SESSION_EXPIRED_ERROR"]
    judgement = judge(refused, username="x")
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)


def test_a_policy_for_resource_manager_alone_does_not_fail_a_sign_in_that_works():
    refused = ResourceManagerEvidence(CLOUD.resource_manager, token_answer=TokenAnswer(
        refusal=Refusal("invalid_grant", (53003,), "", "AADSTS53003: Blocked by policy.")))

    def judge(issued, *actions):
        token = EntraTokenEvidence("https://containerregistry.azure.net", issued=issued)
        return resource_manager.judge(asked(actions=actions), refused, found(login=signed_in(), entra_token=token))
    judgement = judge(True, "pull")
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    assert codes(judge(False, "pull")) == codes(judge(True, "view")) == ["AAD_CONDITIONAL_ACCESS_ERROR"]


def test_the_encryption_key_is_judged_where_it_can_be_read():
    def judge(**evidence):
        return encryption.judge(asked(), EncryptionEvidence(registry="myregistry", **evidence), found())
    assert codes(judge(customer_managed=True, key_identity="id", assigned=True, exists=False)) == ["CMK_ERROR"]
    assert codes(judge(customer_managed=True, key_identity="id", assigned=False)) == ["CMK_ERROR"]
    assert codes(judge(customer_managed=True, key_identity="id", assigned=True, exists=None)) == []
    assert judge(customer_managed=None).status is Status.UNKNOWN


DENIAL = Answer(HOST, "/oauth2/exchange", 403, {"content-type": "application/json"}, DENIED)


# ---- The way to the registry ---------------------------------------------------------------------------------------

def judge_addresses(evidence, seen, failure="timeout", certificate_fault=None, line=None, fault=None, proxy_url=None,
                    **others):
    dns = DnsEvidence(HOST, evidence.addresses, fault=fault, line=line, proxy=proxy_url)
    reached = None
    if evidence.addresses or proxy_url:
        reached = ConnectionEvidence(HOST, None if failure else 401, failure, failure and "no answer",
                                     certificate_fault)
    return codes(private_endpoint.judge(asked(), evidence, found(registry=seen, dns=dns, connection=reached, **others)))


def addresses(*here, listed=None, approved=("hub",), access=None, privatelink=()):
    return PrivateEndpointEvidence(list(approved), listed, access, list(here), privatelink_addresses=list(privatelink))


@pytest.mark.parametrize("listed, approved, privatelink, expected", [
    ([PRIVATE], ["hub"], [], ["CONNECTIVITY_PRIVATE_LINK_ERROR"]),
    ([OTHER_PRIVATE], ["hub"], [], ["CONNECTIVITY_ADDRESS_ERROR"]),
    ([OTHER_PRIVATE], ["hub"], [PRIVATE], ["CONNECTIVITY_ADDRESS_ERROR"]),
    (None, ["hub"], [PRIVATE], ["CONNECTIVITY_PRIVATE_LINK_ERROR"]),
    (None, ["hub"], [OTHER_PRIVATE], ["CONNECTIVITY_ADDRESS_ERROR"]),
    (None, ["hub"], [], ["CONNECTIVITY_PRIVATE_LINK_ERROR"]),
    (None, [], [], ["CONNECTIVITY_ADDRESS_ERROR"])])
def test_a_private_address_that_does_not_answer(listed, approved, privatelink, expected):
    evidence = addresses(PRIVATE, listed=listed, approved=approved, privatelink=privatelink)
    for failure in ("timeout", "refused", "unreachable"):
        assert judge_addresses(evidence, visible(), failure) == expected
    foreign = [code for code in expected if code == "CONNECTIVITY_ADDRESS_ERROR"]  # what is its own answered
    assert judge_addresses(evidence, visible(), "reset") == foreign
    assert judge_addresses(evidence, visible(), failure=None) == []


def test_a_private_address_without_resource_manager():
    assert judge_addresses(addresses(PRIVATE, approved=[], privatelink=[PRIVATE]), unseen()) == [
        "CONNECTIVITY_PRIVATE_LINK_ERROR"]
    assert judge_addresses(addresses(PRIVATE, approved=[], privatelink=[OTHER_PRIVATE]), unseen()) == [
        "CONNECTIVITY_ADDRESS_ERROR"]
    assert judge_addresses(addresses(PRIVATE, approved=[]), unseen()) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1"])
def test_an_address_that_blocks_the_name(address):
    assert judge_addresses(addresses(address, approved=[]), unseen(), "refused") == ["CONNECTIVITY_ADDRESS_ERROR"]
    assert judge_addresses(addresses(address, approved=[]), unseen(), failure=None) == []


def test_a_public_address_where_only_private_access_is_allowed():
    evidence = addresses(PUBLIC, access="Disabled")
    refused = RefreshTokenEvidence(HOST, 403, answer=DENIAL)
    assert judge_addresses(evidence, visible(), None, refresh_token=refused) == ["CONNECTIVITY_PRIVATE_LINK_ERROR"]
    assert judge_addresses(evidence, visible(), "timeout") == ["CONNECTIVITY_PRIVATE_LINK_ERROR"]
    token = AccessTokenEvidence(HOST, "samples/app", False, 403, answer=DENIAL)
    assert judge_addresses(evidence, visible(), None, access_token=token) == ["CONNECTIVITY_PRIVATE_LINK_ERROR"]
    for other in (replace(evidence, public_network_access="Enabled"), replace(evidence, public_network_access=None),
                  replace(evidence, approved=[])):
        assert judge_addresses(other, visible(), None, refresh_token=refused) == []
    assert judge_addresses(evidence, visible(), None) == []
    for kind in ("tls", "malformed"):  # something on the way answered
        assert judge_addresses(evidence, visible(), kind) == []


def test_a_page_that_refuses_beside_a_private_endpoint():
    """It is that of a gateway on the way, and says nothing of the registry's front end."""
    page = Answer(HOST, "/oauth2/exchange", 403, {"content-type": "text/html"}, "<html>blocked</html>")
    refused = RefreshTokenEvidence(HOST, 403, answer=page)
    assert judge_addresses(addresses(PUBLIC, access="Disabled"), visible(), None, refresh_token=refused) == []


def test_a_proxy_that_leads_to_the_public_address():
    evidence = addresses(access="Disabled")
    refused = RefreshTokenEvidence(HOST, 403, answer=DENIAL)
    through = {"failure": None, "proxy_url": "http://proxy:3128"}
    assert judge_addresses(evidence, visible(), refresh_token=refused, **through) == ["CONNECTIVITY_PRIVATE_LINK_ERROR"]
    assert judge_addresses(replace(evidence, approved=[]), visible(), refresh_token=refused, **through) == []
    assert judge_addresses(evidence, visible(), **through) == []


def test_a_line_of_the_hosts_file_is_blamed_only_for_what_is_not_the_registry():
    line = HostsLine("/etc/hosts", 3, PRIVATE)
    assert judge_addresses(addresses(PRIVATE, listed=[PRIVATE]), visible(), line=line) == [
        "CONNECTIVITY_PRIVATE_LINK_ERROR"]
    for evidence in (addresses(PRIVATE, listed=[OTHER_PRIVATE]), addresses(PRIVATE, approved=[]), addresses(PRIVATE)):
        assert judge_addresses(evidence, visible(), line=line) == ["CONNECTIVITY_ADDRESS_ERROR"]
    assert judge_addresses(addresses(PRIVATE, approved=[]), visible(), None, line=line) == []
    mismatch = private_endpoint.HOSTNAME_MISMATCH
    assert judge_addresses(addresses(PUBLIC, approved=[]), visible(), "tls", mismatch, line) == [
        "CONNECTIVITY_ADDRESS_ERROR"]
    assert judge_addresses(addresses(PUBLIC, approved=[]), visible(), "tls", mismatch) == []


def test_a_zone_without_the_record():
    gone = replace(addresses(), privatelink_fault="not-found")
    assert judge_addresses(gone, visible(), fault="not-found") == ["CONNECTIVITY_PRIVATE_LINK_ERROR"]
    assert judge_addresses(replace(gone, approved=[]), visible(), fault="not-found") == []
    assert judge_addresses(replace(gone, privatelink_fault=None), visible(), fault="not-found") == []
    assert judge_addresses(gone, visible(), fault="timeout") == []


def test_a_gateway_is_one_only_if_it_answers_for_other_hosts_too():
    mismatch = private_endpoint.HOSTNAME_MISMATCH
    tls = EntraTokenEvidence("a", failure_kind="tls")
    evidence = addresses(PUBLIC, approved=[])
    assert judge_addresses(evidence, visible(), "tls", mismatch, entra_token=tls) == ["CONNECTIVITY_ADDRESS_ERROR"]
    assert judge_addresses(evidence, visible(), "tls", mismatch, entra_token=EntraTokenEvidence("a")) == []
    assert judge_addresses(evidence, visible(), "tls", None, entra_token=tls) == []


def test_how_a_connection_ends():
    for kind, code in (("timeout", "CONNECTIVITY_TIMEOUT_ERROR"), ("unreachable", "CONNECTIVITY_TIMEOUT_ERROR"),
                       ("refused", "CONNECTIVITY_REFUSED_ERROR"), ("reset", "CONNECTIVITY_RESET_ERROR"),
                       ("tls", "CONNECTIVITY_SSL_ERROR"), ("proxy", "PROXY_ERROR"), ("dns", "CONNECTIVITY_DNS_ERROR")):
        evidence = ConnectionEvidence(HOST, None, kind, "x")
        assert codes(connection.judge(asked(), evidence, found(dns=DnsEvidence(HOST)))) == [code]
    assert codes(connection.judge(asked(), ConnectionEvidence(HOST, 503), found(dns=DnsEvidence(HOST)))) == []


@pytest.mark.parametrize("skews, expected", [
    ({"a": 7200}, ["CLOCK_SKEW_ERROR"]), ({"a": -301, "b": -7200}, ["CLOCK_SKEW_ERROR"]),
    ({"a": 300}, []), ({"a": -120, "b": -120}, []), ({"a": 7200, "b": 1}, []), ({"a": 7200, "b": -7200}, [])])
def test_the_clock(skews, expected):
    assert codes(clock.judge(asked(), ClockEvidence(skews), found())) == expected


@pytest.mark.parametrize("others, doings", [
    ({"connection": ConnectionEvidence(HOST, failure_kind="tls", certificate_fault=10)}, ["CONNECTIVITY_SSL_ERROR"]),
    ({"connection": ConnectionEvidence(HOST, failure_kind="tls", certificate_fault=19)}, []),
    ({"entra-token": EntraTokenEvidence(CLOUD.registry_audience, error_codes=[700024])},
     ["AAD_CLIENT_ASSERTION_ERROR", "AAD_TOKEN_ERROR"]),
    ({"entra-token": EntraTokenEvidence(CLOUD.registry_audience, error_codes=[700213])}, []),
    ({"stored-credential": StoredCredentialEvidence(expired=True, seconds_left=-500)},
     ["DOCKER_CREDENTIAL_EXPIRED_ERROR"]),
    ({"stored-credential": StoredCredentialEvidence(expired=True, seconds_left=-90_000)}, []),
    ({"stored-credential": StoredCredentialEvidence(expired=False, seconds_left=500)}, []),
])
def test_what_is_the_clocks_doing(others, doings):
    finding = clock.judge(asked(), ClockEvidence({"a": 600, "b": 620}), found(**others)).findings[0]
    assert sorted(finding.explains) == doings


def test_a_stored_token_that_has_expired_by_the_servers_clock_is_the_clocks_doing():
    for left, doings in ((500, ["DOCKER_CREDENTIAL_INVALID_ERROR"]), (5000, [])):
        stored = StoredCredentialEvidence(expired=False, seconds_left=left)
        finding = clock.judge(asked(), ClockEvidence({"a": -600}), found(stored_credential=stored)).findings[0]
        assert list(finding.explains) == doings


def test_the_clock_without_any_date():
    assert clock.judge(asked(), ClockEvidence(), found()).status is Status.UNKNOWN


def test_a_proxy_is_to_blame_only_for_what_it_said():
    def judge(**failures):
        return proxy.judge(asked(), ProxyEvidence(HOST, "http://proxy:3128", list(failures), failures), found())
    blocking = Failure("proxy", "status 403", proxy_status=403, proxy="http://proxy:3128")
    asking = replace(blocking, proxy_status=407)
    both = judge(one=blocking, two=asking, three=blocking)
    assert codes(both) == ["PROXY_ERROR"]
    assert both.findings[0].facts["stopped_hosts"] == "one, three" and not both.findings[0].facts["asking_proxy"]
    assert judge(one=asking).findings[0].facts["asking_proxy"] == "http://proxy:3128"
    assert codes(judge()) == []


def judge_challenge(got, **registry_options):
    asked_for = bearer(parse_challenges(got.headers.get("www-authenticate", "")))
    schemes = [one.scheme for one in parse_challenges(got.headers.get("www-authenticate", ""))]
    evidence = ChallengeEvidence(
        HOST, got.status, schemes, asked_for.parameters["realm"] if asked_for else None, None, None, None,
        host_of(got.headers.get("location")), None, got)
    return codes(challenge.judge(asked(), evidence, found(registry=visible(**registry_options))))


REGISTRY_HEADER = {"docker_distribution_api_version": "registry/2.0"}


@pytest.mark.parametrize("got, expected", [
    (answer(401, www_authenticate=f'Bearer realm="https://{HOST}/oauth2/token", service="{HOST}"'), []),
    (answer(401, www_authenticate='Basic realm="x"'), ["CONNECTIVITY_AAD_LOGIN_ERROR"]),
    (answer(401, www_authenticate="Negotiate"), ["CONNECTIVITY_AAD_LOGIN_ERROR"]),
    (answer(401), ["CONNECTIVITY_CHALLENGE_ERROR"]),
    (answer(200, "{}"), ["CONNECTIVITY_CHALLENGE_ERROR"]),
    (answer(302, location="https://portal.example/"), ["CONNECTIVITY_CHALLENGE_ERROR"]),
    (answer(404, "<html>"), ["CONNECTIVITY_CHALLENGE_ERROR"]),
    (answer(403, DENIED), ["CONNECTIVITY_FORBIDDEN_ERROR"]),
    (answer(403, "<html>denied</html>", **REGISTRY_HEADER), ["CONNECTIVITY_FORBIDDEN_ERROR"]),
    (answer(403, "<html>blocked</html>", content_type="text/html", via="1.1 proxy"), ["PROXY_ERROR"]),
    (answer(403, '{"error": "blocked by policy"}'), ["PROXY_ERROR"]),
    (answer(429, retry_after="7"), ["CONNECTIVITY_TOOMANYREQUESTS_ERROR"]),
    (answer(429), ["CONNECTIVITY_TOOMANYREQUESTS_ERROR"]),
    (answer(500), ["CONNECTIVITY_SERVER_ERROR"]), (answer(503, "<html>"), ["CONNECTIVITY_SERVER_ERROR"])])
def test_answers_to_the_challenge_endpoint(got, expected):
    assert judge_challenge(got) == expected


@pytest.mark.parametrize("username, token_host, issued, expected", [
    ("ci-token", HOST, True, []), ("ci-token", HOST, False, ["CONNECTIVITY_AAD_LOGIN_ERROR"]),
    ("ci-token", "other.azurecr.io", True, ["CONNECTIVITY_AAD_LOGIN_ERROR"]),
    (None, HOST, True, ["CONNECTIVITY_AAD_LOGIN_ERROR"])])
def test_a_host_without_entra_sign_in_does_not_fail_credentials_that_work_there(username, token_host, issued, expected):
    evidence = ChallengeEvidence(HOST, 401, ["basic"], None, None, None, None, None, None,
                                 answer(401, www_authenticate='Basic realm="x"'))
    token = AccessTokenEvidence(token_host, "samples/app", False, 200 if issued else 401, issued=issued)
    judgement = challenge.judge(asked(username=username), evidence, found(**{"access-token": token}))
    assert codes(judgement) == expected and "asks for 'basic' authentication" in judgement.message
    assert ("get an access token there all the same" in judgement.message) is (not expected)


def test_layers():
    def judge(**evidence):
        return data_endpoint.judge(asked(), DataEndpointEvidence(login_server=HOST, **evidence), found())
    assert codes(judge(hosts={"blob": "no answer"})) == ["CONNECTIVITY_DATA_ENDPOINT_ERROR"]
    assert codes(judge(hosts={"blob": "status 403"}, refused_by_proxy=["blob"])) == ["PROXY_ERROR"]
    assert codes(judge(hosts={"blob": None})) == codes(judge(blob_status=200)) == []
    assert judge().status is Status.SKIPPED


# ---- Tokens and credentials ----------------------------------------------------------------------------------------

def exchanged(status, registry_evidence, token=None, body=""):
    got = answer(status, body)
    evidence = RefreshTokenEvidence(HOST, status, answer=got)
    token = token or EntraTokenEvidence("a", object_id="me", token_audience="https://containerregistry.azure.net")
    return codes(refresh_token.judge(asked(), evidence, found(registry=registry_evidence, entra_token=token)))


def test_a_refused_exchange_is_explained_by_the_token_or_not_at_all():
    personal = EntraTokenEvidence("a", identity_provider="live.com")  # a guest like any other
    for_manager = EntraTokenEvidence("a", token_audience="https://management.core.windows.net/")
    strict = visible(authentication_as_arm="disabled")
    assert exchanged(401, strict, for_manager) == ["AAD_ARM_AUDIENCE_ERROR"]
    generic = ["CONNECTIVITY_REFRESH_TOKEN_ERROR"]
    assert exchanged(401, visible(authentication_as_arm="enabled"), for_manager) == generic
    assert exchanged(401, unseen(), for_manager) == generic
    assert exchanged(401, strict) == exchanged(401, visible()) == exchanged(401, visible(), personal) == generic
    assert exchanged(200, visible()) == generic
    assert exchanged(403, visible(), body=DENIED) == ["CONNECTIVITY_FORBIDDEN_ERROR"]
    assert exchanged(403, visible(), body="<html>") == ["PROXY_ERROR"]


def test_no_answer_to_the_exchange_is_left_to_the_connection():
    evidence = RefreshTokenEvidence(HOST, failure_kind="timeout", failure="no answer")
    judgement = refresh_token.judge(asked(), evidence, found(entra_token=EntraTokenEvidence("a")))
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)


def test_no_answer_to_the_exchange_where_only_a_regional_endpoint_was_tried():
    evidence = RefreshTokenEvidence(HOST, failure_kind="timeout", failure="no answer")
    others = {"entra_token": EntraTokenEvidence("a"),
              "connection": ConnectionEvidence("myregistry.westeurope.geo.azurecr.io", 401)}
    assert codes(refresh_token.judge(asked(), evidence, found(**others))) == ["CONNECTIVITY_TIMEOUT_ERROR"]
    others["connection"] = ConnectionEvidence(HOST, failure_kind="timeout")
    assert codes(refresh_token.judge(asked(), evidence, found(**others))) == []


def test_an_access_token_that_grants_too_little():
    def judge(granted, actions=("pull",), issued=True, status=200):
        evidence = AccessTokenEvidence(HOST, "samples/app", False, status, granted, issued=issued,
                                       signed_in_by="refreshToken", answer=answer(status))
        return codes(access_token.judge(asked(actions=actions), evidence, found()))
    assert judge({"pull": True}) == []
    assert judge({"pull": True, "push": False}, ("pull", "push")) == ["CONNECTIVITY_ACCESS_TOKEN_ERROR"]
    assert judge({}) == []
    assert judge({}, issued=False) == ["CONNECTIVITY_ACCESS_TOKEN_ERROR"]
    assert judge({}, issued=False, status=401) == ["CONNECTIVITY_ACCESS_TOKEN_ERROR"]


def test_a_refusal_says_that_it_is_not_known_which_roles_count():
    for mode, said in ((None, True), ("SomethingNew", True), ("AbacRepositoryPermissions", False)):
        known = visible(role_assignment_mode=mode)
        refused = RefreshTokenEvidence(HOST, 401, answer=answer(401, "{}"))
        exchange = refresh_token.judge(asked(), refused, found(registry=known, entra_token=EntraTokenEvidence("x")))
        token = AccessTokenEvidence(HOST, "app", False, 200, {"pull": False}, issued=True, signed_in_by="refreshToken",
                                    answer=answer(200, "{}"))
        access = access_token.judge(asked(), token, found(registry=known))
        for judgement, code in ((exchange, "REFRESH"), (access, "ACCESS")):
            assert codes(judgement) == [f"CONNECTIVITY_{code}_TOKEN_ERROR"]
            assert ("role assignment mode" in judgement.message) is said


APPLICATION = "a1b2c3d4-0001-4000-8000-00000000c101"
NOT_FOUND = TokenAnswer(refusal=Refusal("unauthorized_client", (700016,), None, "AADSTS700016: not found"))


def judge_credential(kind, registry_evidence=None, secret="password", status=401, **evidence):
    record = CredentialEvidence(user_name="someone", user_name_kind=kind, secret_kind=secret, **evidence)
    token = AccessTokenEvidence(HOST, "samples/app", False, status, issued=status == 200)
    judgement = credential.judge(asked(username="someone"), record,
                                 found(registry=registry_evidence or visible(), access_token=token))
    return codes(judgement), judgement.status


def test_the_admin_user_is_told_apart_by_resource_manager():
    assert judge_credential("registryName", admin_user_enabled=False)[0] == ["ADMIN_USER_DISABLED_ERROR"]
    assert judge_credential("registryName", admin_user_enabled=True)[0] == ["CREDENTIAL_PASSWORD_ERROR"]
    assert judge_credential("registryName", unseen()) == ([], Status.UNKNOWN)


@pytest.mark.parametrize("token, expired, expected", [
    (RegistryToken(True, True, "disabled"), False, "TOKEN_DISABLED_ERROR"),
    (RegistryToken(True, True, "disabled", ["2020-01-01T00:00:00Z"]), True, "TOKEN_DISABLED_ERROR"),
    (RegistryToken(True, True, "enabled", ["2020-01-01T00:00:00Z"]), True, "TOKEN_PASSWORD_EXPIRED_ERROR"),
    (RegistryToken(True, True, "enabled", ["2020-01-01T00:00:00Z", ""]), False, "CREDENTIAL_PASSWORD_ERROR"),
    (RegistryToken(True, True, "enabled", ["2100-12-31T12:59:59+00:00"]), False, "CREDENTIAL_PASSWORD_ERROR"),
    (RegistryToken(True, False), None, "TOKEN_NOT_FOUND_ERROR"),
    (RegistryToken(False, False), None, "CREDENTIAL_USERNAME_ERROR"),
    (None, None, "CREDENTIAL_USERNAME_ERROR")])
def test_repository_tokens_are_told_apart_by_resource_manager(token, expired, expected):
    assert judge_credential("name", token=token, token_passwords_expired=expired)[0] == [expected]


@pytest.mark.parametrize("expiries, expired", [
    (["2025-01-01T00:00:00+00:00"], True), (["2025-01-01T00:00:00.1234567+00:00", "2025-01-01T00:00:00Z"], True),
    (["2100-12-31T12:59:59+00:00"], False), (["2025-01-01T00:00:00+00:00", "2100-12-31T12:59:59+00:00"], False),
    (["2025-01-01T00:00:00+00:00", ""], False), ([], True), (["in a while"], None),
    (["2025-01-01T00:00:00+00:00", "in a while"], None)])
def test_when_the_passwords_of_a_token_expire(monkeypatch, expiries, expired):
    """Times as the service writes them, recorded by azure-cli (repository tokens, 2021)."""
    token = RegistryToken(True, True, "enabled", expiries)
    monkeypatch.setattr(refused_user_names, "read_token", lambda *_: token)
    context = SimpleNamespace(asked=asked(username="ci"), password=Secret("password"), arm=None)
    evidence = credential.gather(context, found(registry=visible(seen_by=account()), login=None))
    assert evidence.token_passwords_expired is expired
    expected = {True: ["TOKEN_PASSWORD_EXPIRED_ERROR"], False: ["CREDENTIAL_PASSWORD_ERROR"], None: []}[expired]
    assert judge_credential("name", token=token, token_passwords_expired=expired)[0] == expected


def test_a_token_whose_status_is_not_shown_is_not_taken_for_enabled():
    assert judge_credential("name", token=RegistryToken(True, True, None, [""]), token_passwords_expired=False) == (
        [], Status.UNKNOWN)


def test_a_scope_map_is_judged_without_a_repository_only_where_none_would_do():
    token = RegistryToken(True, True, "enabled", scope_map="readers",
                          scope_map_actions=["repositories/samples/app/content/read"])

    def judge(actions, held=token):
        record = CredentialEvidence(user_name="ci", user_name_kind="name", secret_kind="password", token=held)
        probe = AccessTokenEvidence(HOST, "probe", True, 200, issued=True)
        return codes(credential.judge(asked(username="ci", actions=actions), record, found(access_token=probe)))
    assert judge(("push",)) == judge(("pull", "delete")) == ["SCOPE_MAP_ERROR"]
    assert judge(("pull",)) == judge(("push",), replace(token, scope_map_actions=None)) == []


def test_an_application_is_told_apart_by_entra():
    assert judge_credential("guid", entra_answer=NOT_FOUND)[0] == ["AAD_APPLICATION_NOT_FOUND_ERROR"]
    assert judge_credential("guid", entra_answer=NOT_FOUND, object_type="servicePrincipal",
                            application_id_of_object=APPLICATION)[0] == ["CREDENTIAL_USERNAME_ERROR"]
    assert judge_credential("guid", entra_answer=NOT_FOUND, object_type="user")[0] == ["CREDENTIAL_USERNAME_ERROR"]
    expired = TokenAnswer(refusal=Refusal("invalid_client", (7000222,), None, "expired"))
    assert judge_credential("guid", entra_answer=expired)[0] == ["AAD_CLIENT_SECRET_EXPIRED_ERROR"]
    assert judge_credential("guid", entra_accepts=True) == ([], Status.PASSED)
    assert judge_credential("guid", entra_answer=TokenAnswer(failure=Failure("timeout", "x"))) == ([], Status.UNKNOWN)
    assert judge_credential("guid") == ([], Status.UNKNOWN)


def test_a_token_as_the_password():
    token = {"secret": "token", "issued_by_registry": True, "secret_audience": HOST}
    assert judge_credential("nullGuid", **token, secret_expired=True)[0] == ["CREDENTIAL_EXPIRED_ERROR"]
    assert judge_credential("guid", **token, secret_expired=True)[0] == [
        "CREDENTIAL_EXPIRED_ERROR", "CREDENTIAL_USERNAME_ERROR"]
    assert judge_credential("userPrincipalName", **token, secret_expired=False)[0] == ["CREDENTIAL_USERNAME_ERROR"]
    assert judge_credential("nullGuid", **token, secret_expired=False) == ([], Status.UNKNOWN)
    for audience, issued in (("otherregistry.azurecr.io", True), ("https://management.core.windows.net/", False)):
        other = {**token, "secret_audience": audience, "issued_by_registry": issued}
        assert judge_credential("nullGuid", **other, secret_expired=False)[0] == ["CREDENTIAL_PASSWORD_ERROR"]


def test_credentials_are_judged_only_by_an_answer_about_them():
    for status in (None, 403, 429, 503):
        assert judge_credential("registryName", admin_user_enabled=False, status=status) == ([], Status.UNKNOWN)
    assert judge_credential("userPrincipalName")[0] == ["CREDENTIAL_USERNAME_ERROR"]
    assert judge_credential("nullGuid")[0] == ["CREDENTIAL_USERNAME_ERROR"]
    assert judge_credential("guid", status=200) == ([], Status.PASSED)


# ---- Image, assignee, log ------------------------------------------------------------------------------------------

def judge_cache_rule(rule=None, readable=True, **answers):
    evidence = CacheRuleEvidence("hub/alpine", readable, rule, "myregistry")
    judgement = cache_rule.judge(asked(), evidence, found(image=ImageEvidence("hub/alpine", **answers)))
    return codes(judgement), judgement.status


def test_a_source_is_blamed_only_for_what_is_refused_on_its_behalf():
    bare, healthy = CacheRule("hub", "docker.io/library/*"), CacheRule("hub", "docker.io/*", "login", "Healthy")
    unhealthy = CacheRule("hub", "docker.io/*", "login", "Unhealthy", "The secret was not found.")
    upstream = (["UPSTREAM_REGISTRY_ERROR"], Status.FAILED)
    for rule in (bare, healthy, unhealthy):
        assert judge_cache_rule(rule, manifest_status=401) == upstream
        assert judge_cache_rule(rule, manifest_status=200) == ([], Status.PASSED)
    for status in (403, 404, 429, 503):
        assert judge_cache_rule(healthy, manifest_status=status) == ([], Status.PASSED)
        assert judge_cache_rule(unhealthy, manifest_status=status) == upstream
    assert judge_cache_rule(unhealthy, tags_status=404) == upstream
    assert judge_cache_rule(healthy, tags_status=404) == ([], Status.PASSED)
    assert judge_cache_rule(None, manifest_status=401) == ([], Status.PASSED)
    assert judge_cache_rule(None, False, manifest_status=401) == ([], Status.UNKNOWN)
    assert judge_cache_rule(None, False, manifest_status=429, server_text="... source registry ...") == upstream


@pytest.mark.parametrize("status, message, expected", [
    (503, "", ["CONNECTIVITY_SERVER_ERROR"]), (429, "", ["CONNECTIVITY_TOOMANYREQUESTS_ERROR"]),
    (403, "address 203.0.113.50 is kept out", ["CONNECTIVITY_FORBIDDEN_ERROR"]),
    (403, "the image is quarantined", ["IMAGE_REFUSED_ERROR"]), (401, "", ["IMAGE_REFUSED_ERROR"]), (405, "", [])])
def test_an_image_that_the_registry_will_not_show(status, message, expected):
    body = json.dumps({"errors": [{"code": "DENIED", "message": message}]})
    evidence = ImageEvidence("samples/app", "v1", tags_status=200, manifest_status=status, refusal=Answer(
        "myregistry.azurecr.io", "/v2/samples/app/manifests/v1", status, body=body))
    token = AccessTokenEvidence("myregistry.azurecr.io", "samples/app", False)
    judgement = image.judge(asked(), evidence, found(access_token=token, registry=RegistryEvidence("myregistry")))
    assert codes(judgement) == expected
    assert judgement.status == (Status.FAILED if expected else Status.UNKNOWN)
    of_a_push = image.judge(asked(actions=("push",)), evidence, found(access_token=token))
    assert "IMAGE_REFUSED_ERROR" not in codes(of_a_push)


@pytest.mark.parametrize("answers, withheld", [
    ({"tags_status": 200, "manifest_status": 200}, set()), ({"manifest_status": 404}, set()),
    ({"manifest_status": 405}, {"pull"}), ({"tags_status": 401}, {"metadata-read"}),
    ({"tag": "v1", "failure": "no answer"}, {"pull"}), ({"failure": "no answer"}, {"metadata-read"}),
    ({"tags_status": 404}, {"pull"})])
def test_what_the_registry_withholds_is_not_granted(answers, withheld):
    token = AccessTokenEvidence("h", "app", False, 200, {"pull": True, "metadata-read": True, "push": False},
                                issued=True)
    record = ImageEvidence("app", **answers)
    assert set(record.withheld) == withheld
    entries = {entry.action: entry for entry in access(asked(), found(access_token=token, image=record))}
    assert {action for action in ("pull", "metadata-read") if entries[action].granted is None} == withheld
    assert all(entries[action].by for action in withheld) and entries["push"].granted is False
    lacking = replace(token, granted={"pull": False, "metadata-read": False})
    assert not any(entry.granted is None for entry in access(asked(), found(access_token=lacking, image=record))
                   if entry.action in ("pull", "metadata-read"))


@pytest.mark.parametrize("status, expected, outcome", [
    (200, [], Status.SKIPPED), (307, [], Status.SKIPPED), (404, [], Status.UNKNOWN),
    (401, ["IMAGE_REFUSED_ERROR"], Status.FAILED), (503, ["CONNECTIVITY_SERVER_ERROR"], Status.FAILED)])
def test_a_layer_that_the_registry_does_not_hand_out(status, expected, outcome):
    refusal = Answer(HOST, "/v2/app/blobs/sha256:1", status) if status >= 400 else None
    record = DataEndpointEvidence(blob_status=status, refusal=refusal)
    token = AccessTokenEvidence(HOST, "app", False)
    judgement = data_endpoint.judge(asked(), record, found(access_token=token))
    assert codes(judgement) == expected and (judgement.status is outcome or status == 200)
    assert bool(record.withheld) == bool(expected)
    assert "IMAGE_REFUSED_ERROR" not in codes(data_endpoint.judge(asked(actions=("push",)), record,
                                                                  found(access_token=token)))


@pytest.mark.parametrize("known, tag, expected", [
    ({}, "v9", set()), ({"soft_delete": "enabled", "soft_delete_days": 7}, "v9", {"deletable_repository", "days"}),
    ({"quarantine": "enabled"}, "v9", {"quarantined_image"}), ({"quarantine": "enabled"}, "sha256:" + "1" * 64, set()),
    ({"retention": "enabled", "retention_days": 3}, "v9", set()),
    ({"retention": "enabled", "retention_days": 3}, "sha256:" + "1" * 64, {"purged_after"}),
    ({"soft_delete": "disabled", "quarantine": "disabled", "retention": "disabled"}, "v9", set())])
def test_policies_that_may_stand_behind_a_missing_image(known, tag, expected):
    record = RegistryEvidence("myregistry", True, HOST, registry=Registry(**known))
    evidence = ImageEvidence("app", tag, manifest_status=404)
    names = {"deletable_repository", "days", "quarantined_image", "purged_after"}
    finding, = image.judge(asked(), evidence, found(registry=record)).findings
    assert {name for name in names if finding.facts.get(name)} == expected
    unread, = image.judge(asked(), evidence, found()).findings
    assert not any(unread.facts.get(name) for name in names)
    listed = replace(evidence, deleted_status=200)
    assert not image.judge(asked(), listed, found(registry=record)).findings[0].facts.get("deletable_repository")


def test_a_tag_that_soft_delete_still_has():
    evidence = ImageEvidence("app", "v9", manifest_status=404, deleted_status=200, deleted_tag="v9",
                             deleted_digest="sha256:1", deleted_at="2026-11-24T10:00:00Z")
    finding, = image.judge(asked(), evidence, found()).findings
    assert finding.code == "IMAGE_DELETED_ERROR" and finding.facts["digest"] == "sha256:1"


def test_an_image_of_a_cache_rule_may_be_missing_here():
    def judge(rule, **answers):
        record = CacheRuleEvidence("hub/alpine", True, rule, "myregistry")
        judgement = image.judge(asked(), ImageEvidence("hub/alpine", **answers), found(cache_rule=record))
        return codes(judgement), judgement.status
    healthy, unhealthy = (CacheRule("hub", "docker.io/*", "login", health) for health in ("Healthy", "Unhealthy"))
    assert judge(healthy, tags_status=404) == ([], Status.UNKNOWN)
    assert judge(healthy, manifest_status=404)[0] == ["IMAGE_NOT_FOUND_ERROR"]
    assert judge(unhealthy, manifest_status=404) == ([], Status.UNKNOWN)
    assert judge(None, tags_status=404)[0] == ["IMAGE_NOT_FOUND_ERROR"]
    unread = CacheRuleEvidence("hub/alpine", False)
    for answers, expected in (({"tags_status": 404}, []), ({"manifest_status": 404}, ["IMAGE_NOT_FOUND_ERROR"])):
        assert codes(image.judge(asked(), ImageEvidence("hub/alpine", **answers), found(cache_rule=unread))) == expected


def test_what_a_cache_rule_asks_its_source_for():
    assert source_of("docker.io/*", "hub/*", "hub/busybox") == "docker.io/busybox"
    assert source_of("docker.io/library/*", "hub/*", "hub/busybox") == "docker.io/library/busybox"
    assert source_of("docker.io/busybox", "bb", "bb") == "docker.io/busybox"
    assert official_name("docker.io/busybox") == "docker.io/library/busybox"
    assert official_name("docker.io/library/busybox") is official_name("quay.io/busybox") is None
    assert target_of("docker.io/*", "hub/*", "docker.io/library/busybox") == "hub/library/busybox"
    assert target_of("docker.io/busybox", "bb", "docker.io/library/busybox") is None


@pytest.mark.parametrize("text, source, named", [
    ("too many requests to source registry", "", True), ("see https://www.docker.com/increase-rate-limit", "", False),
    ("see https://www.docker.com/increase-rate-limit", "docker.io/library/*", True),
    ("see https://aka.ms/acr/skus", "docker.io/*", False), ("see https://aka.ms/acr/skus", "quay.io/*", False)])
def test_words_of_a_source(text, source, named):
    assert names_the_source(text, source) is named


@pytest.mark.parametrize("rule, status, case_has, fact", [
    (CacheRule("hub", "docker.io/*", target="hub/*"), 404, "library/", "official_repository"),
    (CacheRule("hub", "docker.io/alpine", "login", "Healthy", target="hub/alpine"), 404, "library/", "official_source"),
    (CacheRule("hub", "docker.io/library/*", target="hub/*"), 401, "no credentials", "rule_without_credentials"),
    (CacheRule("hub", "mcr.microsoft.com/*", target="hub/*"), 401, "", "rule_of_open_source"),
    (CacheRule("hub", "mcr.microsoft.com/*", "login", "Healthy", target="hub/*"), 401, "takes no login",
     "rule_with_needless_credentials"),
    (CacheRule("hub", "quay.io/*", "login", "Healthy", target="hub/*"), 401, "", "credential_set_to_check"),
    (CacheRule("hub", "other.azurecr.io/*", target="hub/*", by_identity=True), 401, "", "rule_by_identity")])
def test_what_the_fix_for_a_source_goes_by(rule, status, case_has, fact):
    record = ImageEvidence("hub/alpine", "v1", manifest_status=status)
    finding, = cache_rule.judge(asked(), CacheRuleEvidence("hub/alpine", True, rule, "myregistry"),
                                found(image=record, registry=RegistryEvidence("myregistry"))).findings
    assert case_has in finding.message and finding.facts[fact]
    others = {"official_repository", "rule_without_credentials", "rule_of_open_source", "throttled_rule",
              "rule_with_needless_credentials", "credential_set_to_check", "rule_by_identity"} - {fact}
    assert not [name for name in others if finding.facts.get(name)]


@pytest.mark.parametrize("target, repository, covered", [
    ("hub/alpine", "hub/alpine", True), ("hub/alpine", "hub/alpine/more", False), ("hub/*", "hub/library/alpine", True),
    ("hub/*", "hubs/alpine", False), ("*", "anything/at/all", True), ("", "hub", False)])
def test_what_a_cache_rule_covers(target, repository, covered):
    assert covers(target, repository) is covered


def test_an_image_is_missing_only_for_those_who_may_look():
    def judge(actions=("pull",), **evidence):
        judgement = image.judge(asked(actions=actions), ImageEvidence("samples/app", **evidence), found(
            cache_rule=CacheRuleEvidence("samples/app", True)))
        return codes(judgement), judgement.status
    assert judge(tags_status=404)[0] == ["IMAGE_NOT_FOUND_ERROR"]
    assert judge(tag="v9", manifest_status=404)[0] == ["IMAGE_NOT_FOUND_ERROR"]
    assert judge(("pull", "push"), tags_status=404)[0] == ["IMAGE_NOT_FOUND_ERROR"]
    assert judge(("push",), tags_status=404) == ([], Status.PASSED)
    assert judge(tags_status=200) == ([], Status.PASSED)
    assert judge() == judge(tags_status=401) == judge(manifest_status=503) == ([], Status.UNKNOWN)


@pytest.mark.parametrize("fault, kind, resource, expected", [
    ("gone", "resource", CLUSTER, "KUBELET_IDENTITY_ERROR"),
    ("renewed", "resource", CLUSTER, "KUBELET_IDENTITY_ERROR"),
    ("no-identity", "resource", CLUSTER, "KUBELET_IDENTITY_ERROR"),
    ("no-identity", "resource", "Microsoft.Compute/virtualMachines", "AAD_MANAGED_IDENTITY_ERROR"),
    ("several-identities", "resource", "Microsoft.Web/sites", "AAD_MANAGED_IDENTITY_ERROR"),
    ("not-found", "userPrincipalName", None, "AAD_ACCOUNT_ERROR"),
    ("not-found", "unknown", None, "AAD_APPLICATION_NOT_FOUND_ERROR"),
    ("not-found", "resource", CLUSTER, None), ("unreadable", "resource", CLUSTER, None),
    ("unreadable", "userPrincipalName", None, None), ("unsupported", "resource", "Microsoft.Sql/servers", None)])
def test_an_assignee_that_is_nobody(fault, kind, resource, expected):
    given = f"/subscriptions/s/resourceGroups/g/providers/{resource}/one" if kind == "resource" else "given"
    nobody = Assignee(given, kind, "given", resource_type=resource, fault=fault, tenant_id=TENANT)
    judgement = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, nobody), found())
    assert (codes(judgement), judgement.status) == (([expected], Status.FAILED) if expected else ([], Status.UNKNOWN))


def test_an_assignee_that_is_switched_off():
    for enabled, expected in ((False, ["AAD_ACCOUNT_ERROR"]), (True, []), (None, [])):
        somebody = Assignee("given", "objectId", "CI", "servicePrincipal", "id", enabled=enabled)
        assert codes(assignee.judge(asked(), AssigneeEvidence(None, somebody), found())) == expected


def test_login_events_are_compared_with_what_this_run_met():
    event = LoginEvent("2026-11-24T01:00:00Z", "CI", "198.51.100.7", "403", "")

    def judge(own, **evidence):
        log = EventLog(True, "workspace", True, events=[event])
        return login_events.judge(asked(), LoginEventsEvidence(None, log, own), found(**evidence)).message
    assert "signing in works" in judge([event], refresh_token=RefreshTokenEvidence(HOST, 200))
    assert "401 instead" in judge([event], refresh_token=RefreshTokenEvidence(HOST, 401))
    assert "did not reach the registry" in judge([event])
    denied = RefreshTokenEvidence(HOST, 403, answer=answer(403, DENIED))
    assert "gets the same" in judge([event], refresh_token=denied)
    assert "'CI' from this client's address" in judge([], refresh_token=denied)
    assert "No refused sign-in" in judge([], refresh_token=RefreshTokenEvidence(HOST, 200, answer=answer(200, "{}")))


def test_what_log_analytics_says_is_the_innermost_of_its_messages():
    outer = {"message": "The request had some invalid properties", "code": "BadArgumentError"}
    inner = {"code": "SemanticError", "message": "A semantic error occurred.",
             "innererror": {"code": "SEM0100", "message": "Failed to resolve table 'ContainerRegistryLoginEvents'"}}
    assert innermost_message({"error": {**outer, "innererror": inner}}).startswith("Failed to resolve table")
    assert innermost_message({"error": {**outer, "innererror": {"code": "x"}}}) == outer["message"]
    assert innermost_message({"error": outer}) == outer["message"]
    assert innermost_message(None) == innermost_message({"error": "x"}) == ""
    loop = {"message": "again"}
    loop["innererror"] = loop
    assert innermost_message({"error": loop}) == "again"


def test_login_events_that_cannot_be_had():
    def judge(log):
        judgement = login_events.judge(asked(), LoginEventsEvidence(None, log), found())
        return judgement.status, judgement.message
    assert judge(EventLog(enabled=False))[0] is Status.UNKNOWN
    assert "az monitor diagnostic-settings create" in judge(EventLog(enabled=False))[1]
    assert judge(EventLog(problem="refused", permission="x"))[0] is Status.UNKNOWN


# --- lock ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("actions, off, expected, parts, forbidden, facts", [
    (["push"], {"repository": ["writeEnabled"], "tag": ["writeEnabled"]}, ["IMAGE_LOCKED_ERROR"],
     "the repository and the tag", "push to this repository",
     {"repository_locked": "app", "repository_writable": "true", "tag_locked": "app:v1", "tag_writable": "true"}),
    (["push"], {"tag": ["writeEnabled", "deleteEnabled"]}, ["IMAGE_LOCKED_ERROR"], "the tag", "push this tag",
     {"tag_locked": "app:v1", "tag_writable": "true", "tag_to_overwrite": "app:v1"}),
    (["push"], {"repository": ["deleteEnabled", "readEnabled"]}, [], "", "", {}),
    (["delete"], {"repository": ["deleteEnabled"]}, [], "", "", {}),
    (["delete"], {"repository": ["writeEnabled"]}, ["IMAGE_LOCKED_ERROR"], "the repository",
     "delete from this repository", {"repository_locked": "app", "repository_writable": "true"}),
    (["delete"], {"tag": ["deleteEnabled"]}, ["IMAGE_LOCKED_ERROR"], "the tag", "delete this tag",
     {"tag_locked": "app:v1", "tag_deletable": "true"}),
    (["push", "delete"], {"tag": ["writeEnabled", "deleteEnabled"]}, ["IMAGE_LOCKED_ERROR"], "the tag",
     "push or delete this tag", {"tag_locked": "app:v1", "tag_writable": "true", "tag_deletable": "true"}),
    (["push", "delete"], {"repository": ["writeEnabled"], "manifest": ["deleteEnabled"]}, ["IMAGE_LOCKED_ERROR"],
     "the repository and the manifest", "push to or delete from this repository",
     {"repository_locked": "app", "repository_writable": "true", "manifest_locked": "app@sha256:1",
      "manifest_deletable": "true"}),
    (["delete"], {"manifest": ["deleteEnabled"]}, ["IMAGE_LOCKED_ERROR"], "the manifest", "delete this manifest",
     {"manifest_locked": "app@sha256:1", "manifest_deletable": "true"}),
    (["pull"], {"tag": ["writeEnabled"]}, ["IMAGE_REFUSED_ERROR"], "", "", {}),
])
def test_locks(actions, off, expected, parts, forbidden, facts):
    evidence = LockEvidence(actions, "app", "app:v1", "app@sha256:1", switched_off=off)
    judgement = lock.judge(asked(actions=actions), evidence, found())
    assert codes(judgement) == expected
    for finding in judgement.findings:
        if finding.code == "IMAGE_LOCKED_ERROR":
            assert (finding.facts["locked_parts"], finding.facts["action"]) == (parts, forbidden)
            assert f"Nobody can {forbidden}, whatever their role." in finding.message
        ends = ("_to_overwrite", "_locked", "_readable", "_writable", "_deletable")
        assert {name: value for name, value in finding.facts.items() if name.endswith(ends) and value} == facts


def test_locks_that_cannot_be_read_stay_unknown():
    judgement = lock.judge(asked(), LockEvidence(["push"], "app", unread={"repository": "no"}), found())
    assert judgement.status is Status.UNKNOWN


def test_a_repository_that_must_not_be_deleted_as_a_whole():
    evidence = LockEvidence(["delete"], "app", switched_off={"repository": ["deleteEnabled"]})
    finding, = lock.judge(asked(), evidence, found()).findings
    assert finding.facts["repository_deletable"] == "true" and "as a whole" in finding.message


@pytest.mark.parametrize("state, policy, unread, code, fact", [
    ("Quarantined", "enabled", {}, "IMAGE_QUARANTINED_ERROR", "state"),
    ("Quarantined", None, {"tag": "no"}, "IMAGE_QUARANTINED_ERROR", "state"),
    ("Passed", "enabled", {}, "IMAGE_REFUSED_ERROR", "part"),
    (None, "enabled", {}, "IMAGE_REFUSED_ERROR", "quarantined_image"),
    (None, "disabled", {}, "IMAGE_REFUSED_ERROR", "part"), (None, None, {}, "IMAGE_REFUSED_ERROR", "part"),
    (None, "enabled", {"repository": "no"}, "IMAGE_REFUSED_ERROR", "unread_repository")])
def test_an_image_that_must_not_be_read_although_nothing_locks_it(state, policy, unread, code, fact):
    evidence = LockEvidence(["pull"], "app", "app:v1", quarantine_state=state, unread=unread)
    registry = RegistryEvidence("myregistry", True, registry=Registry(quarantine=policy))
    finding, = lock.judge(asked(), evidence, found(registry=registry)).findings
    assert finding.code == code and finding.facts[fact]
    others = {"state", "quarantined_image", "unread_repository"} - {fact}
    assert not [name for name in others if finding.facts.get(name)]


@pytest.mark.parametrize("username, sku, fact", [
    (None, "Premium", "highest_tier"), (None, "Basic", "lower_tier"), (None, "Standard", "lower_tier"),
    (None, None, None),
    ("MyRegistry", "Basic", "shared_user"), ("ci-token", "Basic", "lower_tier")])
def test_what_helps_against_throttling_depends_on_tier_and_user(username, sku, fact):
    registry = RegistryEvidence("myregistry", sku is not None, HOST, registry=Registry(sku=sku))
    answer = Answer(HOST, "/oauth2/token", 429, {"retry-after": "7"})
    record = AccessTokenEvidence(HOST, "app", False, 429, signed_in_by="credentials", answer=answer)
    finding, = access_token.judge(asked(username=username), record, found(registry=registry)).findings
    offered = next(fix for fix in catalogue.codes()[finding.code].fixes
                   if all(finding.facts.get(name) for name in fix.placeholders))
    assert ({fact} if fact else set()) == offered.placeholders and "Wait {retry_after" in offered.description


# --- geo-replicas, storage -------------------------------------------------------------------------------------------

READY, FAILED = ("Succeeded", "Ready"), ("Failed", "Failed")


@pytest.mark.parametrize("state, routed, status, expected", [
    (READY, True, 503, []), (READY, True, 200, []), (FAILED, True, 503, ["REGISTRY_REPLICA_ERROR"]),
    (FAILED, None, 503, ["REGISTRY_REPLICA_ERROR"]), (FAILED, False, 503, []), (FAILED, False, 200, []),
    (FAILED, True, 200, ["REGISTRY_REPLICA_WARNING"]), (("Updating", "Ready"), True, 200, []),
    (("Creating", "Syncing"), True, 503, ["REGISTRY_REPLICA_ERROR"]), (("", ""), True, 503, [])])
def test_a_replica_counts_where_clients_are_sent_to_it(state, routed, status, expected):
    evidence = ReplicaEvidence(
        [Replica("uksouth", "uksouth", *READY, True), Replica("north", "north", *state, routed)], True)
    image_seen = ImageEvidence("app", "v1", manifest_status=status)
    assert codes(geo_replicas.judge(asked(), evidence, found(image=image_seen))) == expected


def test_a_regional_endpoint_is_served_by_its_own_replica():
    evidence = ReplicaEvidence([Replica("one", "uksouth", *READY, True), Replica("two", "north", *FAILED, False)], True)
    for region, expected in (("north", ["REGISTRY_REPLICA_ERROR"]), ("uksouth", [])):
        seen = RegistryEvidence("myregistry", True, HOST, regional_host=f"myregistry.{region}.geo.azurecr.io")
        judgement = geo_replicas.judge(asked(), evidence, found(
            registry=seen, access_token=AccessTokenEvidence(HOST, "app", False, 503)))
        assert codes(judgement) == expected
        assert not [finding for finding in judgement.findings if finding.facts.get("replica")]


def test_replicas_that_nobody_shows():
    assert geo_replicas.judge(asked(), ReplicaEvidence(), found()).status is Status.UNKNOWN
    assert geo_replicas.judge(asked(), ReplicaEvidence(not_asked="Basic"), found()).status is Status.SKIPPED


@pytest.mark.parametrize("used, tier, expected", [
    (1 << 40, "Basic", Status.PASSED), (40 << 40, "Basic", Status.FAILED), (40 << 40, "Standard", Status.FAILED),
    (40 << 40, "Premium", Status.PASSED), (100 << 40, "Premium", Status.FAILED), (None, "Basic", Status.UNKNOWN),
    (41 << 40, None, Status.UNKNOWN)])
def test_storage_is_full_by_the_limit_of_the_tier(used, tier, expected):
    evidence = StorageEvidence(used, storage.LIMITS.get(tier))
    judgement = storage.judge(asked(), evidence, found(registry=RegistryEvidence(
        "myregistry", True, HOST, registry=Registry(sku=tier))))
    assert judgement.status is expected
    for finding in judgement.findings:
        assert bool(finding.facts["registry_to_enlarge"]) == (tier != "Premium")


# --- data endpoint ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("host, expected", [
    ("weumanaged217.blob.core.windows.net", ["PROXY_ERROR"]),
    ("myregistry.westeurope.data.azurecr.io", []),  # what its front end shows to strangers is not documented
])
def test_a_page_in_place_of_storage(host, expected):
    evidence = DataEndpointEvidence({host: None}, pages=[host], login_server=HOST)
    assert codes(data_endpoint.judge(asked(), evidence, found())) == expected
    assert codes(data_endpoint.judge(asked(actions=("view",)), evidence, found())) == []
