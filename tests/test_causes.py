# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Causes and consequences, and the status that follows."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.engine.model import Category, Check, Finding, Judgement, Result
from azext_acrlogin.engine.root_causes import causes
from azext_acrlogin.evidence import Evidence


@dataclass
class Observed(Evidence):
    failure_kind: Optional[str] = None
    fault: Optional[str] = None
    good: bool = True
    guessed: bool = False

    @property
    def usable(self):
        return self.good


def result(name, *codes, evidence=None, explains=()):
    declared = Check(name, Category.NETWORK, name, Evidence, lambda c, f: None, lambda a, e, f: None)
    judgement = Judgement(name, tuple(Finding(code, code, explains=explains) for code in codes))
    return Result(declared, judgement, judgement.status, evidence)


def named(*results):
    return [cause.finding.code for cause in causes(list(results))]


def test_a_role_explains_the_refused_exchange():
    exchange = result("refresh-token", "CONNECTIVITY_REFRESH_TOKEN_ERROR")
    assert named(exchange, result("role-assignments", "ROLE_ASSIGNMENT_MODE_ERROR")) == ["ROLE_ASSIGNMENT_MODE_ERROR"]
    assert exchange.explained_by == ("role-assignments", "ROLE_ASSIGNMENT_MODE_ERROR")


def test_an_unexplained_refusal_stays():
    assert named(result("refresh-token", "CONNECTIVITY_REFRESH_TOKEN_ERROR")) == ["CONNECTIVITY_REFRESH_TOKEN_ERROR"]


def test_a_failed_network_leaves_tokens_and_roles_untested():
    assert named(result("challenge", "CONNECTIVITY_FORBIDDEN_ERROR"), result("roles", "ROLE_ASSIGNMENT_MISSING_ERROR"),
                 result("client", "DOCKER_COMMAND_ERROR")) == ["CONNECTIVITY_FORBIDDEN_ERROR", "DOCKER_COMMAND_ERROR"]


def test_the_data_endpoint_is_beside_the_path():
    assert named(result("roles", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"),
                 result("data-endpoint", "CONNECTIVITY_DATA_ENDPOINT_ERROR")) == [
                     "CONNECTIVITY_DATA_ENDPOINT_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]


def test_waiting_for_a_role_is_a_last_resort():
    assert named(result("refresh-token", "AAD_ACCOUNT_ERROR"), result("roles", "ROLE_PROPAGATION_ERROR")) == [
        "AAD_ACCOUNT_ERROR"]


def test_one_dead_network_is_named_once():
    assert named(result("dns", "CONNECTIVITY_DNS_ERROR", evidence=Observed(fault="timeout", good=False)),
                 result("entra-token", "AAD_CONNECTIVITY_ERROR", evidence=Observed("dns")),
                 result("resource-manager", "ARM_CONNECTIVITY_WARNING", evidence=Observed("timeout"))) == [
                     "CONNECTIVITY_DNS_ERROR"]


def test_two_different_failures_are_named_both():
    assert named(result("connection", "CONNECTIVITY_SSL_ERROR", evidence=Observed("tls")),
                 result("entra-token", "AAD_CONNECTIVITY_ERROR", evidence=Observed("dns"))) == [
                     "AAD_CONNECTIVITY_ERROR", "CONNECTIVITY_SSL_ERROR"]


def test_what_a_finding_explains_in_this_run_is_a_consequence():
    clock = result("clock", "CLOCK_SKEW_ERROR", explains=("CONNECTIVITY_SSL_ERROR",))
    assert named(result("connection", "CONNECTIVITY_SSL_ERROR"), clock) == ["CLOCK_SKEW_ERROR"]
    assert named(result("connection", "CONNECTIVITY_SSL_ERROR"), result("clock", "CLOCK_SKEW_ERROR")) == [
        "CONNECTIVITY_SSL_ERROR", "CLOCK_SKEW_ERROR"]


def test_a_proxy_that_lets_nothing_through_leaves_roles_untested():
    roles = result("roles", "ROLE_ASSIGNMENT_MISSING_ERROR")
    assert named(result("connection", "PROXY_ERROR"), roles) == ["PROXY_ERROR"]
    assert named(result("resource-manager", "PROXY_ERROR"), roles) == ["ROLE_ASSIGNMENT_MISSING_ERROR", "PROXY_ERROR"]


def test_errors_come_before_warnings_and_categories_have_an_order():
    assert named(result("name", "REGISTRY_NAME_WARNING"), result("client", "DOCKER_DAEMON_ERROR"),
                 result("registry", "REGISTRY_STATE_ERROR"), result("login", "LOGIN_REQUIRED_ERROR")) == [
                     "LOGIN_REQUIRED_ERROR", "REGISTRY_STATE_ERROR", "DOCKER_DAEMON_ERROR", "REGISTRY_NAME_WARNING"]


def test_a_guessed_host_says_nothing_while_nobody_can_be_asked():
    for guessed, expected in ((True, ["LOGIN_REQUIRED_ERROR"]),
                              (False, ["LOGIN_REQUIRED_ERROR", "CONNECTIVITY_DNS_ERROR"])):
        dns = result("dns", "CONNECTIVITY_DNS_ERROR", evidence=Observed(fault="not-found", good=False, guessed=guessed))
        assert named(dns, result("login", "LOGIN_REQUIRED_ERROR")) == expected
