# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Causes and consequences, and the status that follows."""

from dataclasses import replace

from azext_acrlogin.checks import all_checks
from azext_acrlogin.engine.model import Finding, Judgement, Result
from azext_acrlogin.engine.root_causes import root_causes
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.resource_manager import ResourceManagerEvidence
from tests.inputs import inputs

HOST = "myregistry.azurecr.io"
CHECKS = {check.name: check for check in all_checks()}


def result(name, *codes, evidence=None, explains=()):
    judgement = Judgement(name, tuple(Finding(code, code, explains=explains) for code in codes))
    return Result(CHECKS[name], judgement, judgement.status, evidence)


def explained(*results):
    return root_causes(list(results), inputs({entry.check.name: entry.evidence for entry in results}))


def named(*results):
    return [cause.finding.code for cause in explained(*results)[0]]


def test_a_role_explains_the_refused_exchange():
    exchange = result("refresh-token", "CONNECTIVITY_REFRESH_TOKEN_ERROR")
    roles = result("role-assignments", "ROLE_ASSIGNMENT_MODE_ERROR")
    causes, results = explained(exchange, roles)
    assert [(cause.check, cause.finding.code) for cause in causes] == [
        ("role-assignments", "ROLE_ASSIGNMENT_MODE_ERROR")]
    assert results == [replace(exchange, explained_by=("role-assignments", "ROLE_ASSIGNMENT_MODE_ERROR")), roles]
    assert exchange.explained_by is None


def test_an_unexplained_refusal_stays():
    assert named(result("refresh-token", "CONNECTIVITY_REFRESH_TOKEN_ERROR")) == ["CONNECTIVITY_REFRESH_TOKEN_ERROR"]


def test_a_failed_network_leaves_tokens_and_roles_untested():
    assert named(result("challenge", "CONNECTIVITY_FORBIDDEN_ERROR"),
                 result("role-assignments", "ROLE_ASSIGNMENT_MISSING_ERROR"),
                 result("container-client", "DOCKER_COMMAND_ERROR")) == [
                     "CONNECTIVITY_FORBIDDEN_ERROR", "DOCKER_COMMAND_ERROR"]


def test_the_data_endpoint_is_beside_the_path():
    assert named(result("role-assignments", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"),
                 result("data-endpoint", "CONNECTIVITY_DATA_ENDPOINT_ERROR")) == [
                     "CONNECTIVITY_DATA_ENDPOINT_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]


def test_waiting_for_a_role_is_a_last_resort():
    assert named(result("refresh-token", "AAD_ACCOUNT_ERROR"),
                 result("role-assignments", "ROLE_PROPAGATION_ERROR")) == ["AAD_ACCOUNT_ERROR"]


def test_one_dead_network_is_named_once():
    dns, entra = DnsEvidence(HOST, fault="timeout"), EntraTokenEvidence("a", failure_kind="dns")
    manager = ResourceManagerEvidence("m", failure_kind="timeout")
    assert named(result("dns", "CONNECTIVITY_DNS_ERROR", evidence=dns),
                 result("entra-token", "AAD_CONNECTIVITY_ERROR", evidence=entra),
                 result("resource-manager", "ARM_CONNECTIVITY_WARNING", evidence=manager)) == [
                     "CONNECTIVITY_DNS_ERROR"]


def test_two_different_failures_are_named_both():
    registry, entra = ConnectionEvidence(HOST, failure_kind="tls"), EntraTokenEvidence("a", failure_kind="dns")
    assert named(result("connection", "CONNECTIVITY_SSL_ERROR", evidence=registry),
                 result("entra-token", "AAD_CONNECTIVITY_ERROR", evidence=entra)) == [
                     "AAD_CONNECTIVITY_ERROR", "CONNECTIVITY_SSL_ERROR"]


def test_what_a_finding_explains_in_this_run_is_a_consequence():
    clock = result("clock", "CLOCK_SKEW_ERROR", explains=("CONNECTIVITY_SSL_ERROR",))
    assert named(result("connection", "CONNECTIVITY_SSL_ERROR"), clock) == ["CLOCK_SKEW_ERROR"]
    assert named(result("connection", "CONNECTIVITY_SSL_ERROR"), result("clock", "CLOCK_SKEW_ERROR")) == [
        "CONNECTIVITY_SSL_ERROR", "CLOCK_SKEW_ERROR"]


def test_a_proxy_that_lets_nothing_through_leaves_roles_untested():
    roles = result("role-assignments", "ROLE_ASSIGNMENT_MISSING_ERROR")
    assert named(result("connection", "PROXY_ERROR"), roles) == ["PROXY_ERROR"]
    assert named(result("resource-manager", "PROXY_ERROR"), roles) == ["ROLE_ASSIGNMENT_MISSING_ERROR", "PROXY_ERROR"]


def test_errors_come_before_warnings_and_categories_have_an_order():
    assert named(result("name", "REGISTRY_NAME_WARNING"), result("container-client", "DOCKER_DAEMON_ERROR"),
                 result("registry", "REGISTRY_STATE_ERROR"), result("login", "LOGIN_REQUIRED_ERROR")) == [
                     "LOGIN_REQUIRED_ERROR", "REGISTRY_STATE_ERROR", "DOCKER_DAEMON_ERROR", "REGISTRY_NAME_WARNING"]


def test_a_guessed_host_says_nothing_while_nobody_can_be_asked():
    dns = result("dns", "CONNECTIVITY_DNS_ERROR", evidence=DnsEvidence(HOST, fault="not-found", guessed=True))
    for derived, expected in ((True, ["LOGIN_REQUIRED_ERROR"]),
                              (False, ["LOGIN_REQUIRED_ERROR", "CONNECTIVITY_DNS_ERROR"])):
        registry = result("registry", evidence=RegistryEvidence("myregistry", login_server_derived=derived))
        assert named(dns, registry, result("login", "LOGIN_REQUIRED_ERROR")) == expected


def test_a_client_without_a_login_is_a_consequence_of_a_sign_in_that_fails():
    missing = result("stored-credential", "DOCKER_CREDENTIAL_MISSING_WARNING")
    push = result("role-assignments", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR")
    refused, signed_in = RefreshTokenEvidence(HOST, status=401), RefreshTokenEvidence(HOST, issued=True, status=200)
    assert named(missing, push, result("refresh-token", evidence=refused)) == ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]
    assert named(missing, push) == ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]
    assert named(missing, push, result("refresh-token", evidence=signed_in)) == [
        "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR", "DOCKER_CREDENTIAL_MISSING_WARNING"]
    assert named(missing, result("refresh-token", evidence=refused)) == ["DOCKER_CREDENTIAL_MISSING_WARNING"]
    elsewhere = result("client-environment", "CLIENT_ENVIRONMENT_WARNING",
                       explains=("DOCKER_CREDENTIAL_MISSING_WARNING",))
    assert named(missing, elsewhere, result("refresh-token", evidence=signed_in)) == ["CLIENT_ENVIRONMENT_WARNING"]
