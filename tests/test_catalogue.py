# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The catalogue is complete, consistent, and its commands are real."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

import azext_acrlogin
from azext_acrlogin.catalogue import CATEGORIES, PLACEHOLDER, WHO, codes, placeholders_in
from azext_acrlogin.checks import all_checks
from azext_acrlogin.render import catalogue_text as explain
from azext_acrlogin.render.commands import fill

CONTRACT = """
identity: LOGIN_REQUIRED_ERROR AAD_SESSION_EXPIRED_ERROR AAD_CONDITIONAL_ACCESS_ERROR AAD_CLIENT_SECRET_EXPIRED_ERROR
    AAD_CLIENT_SECRET_INVALID_ERROR AAD_CLIENT_ASSERTION_ERROR AAD_APPLICATION_NOT_FOUND_ERROR
    AAD_TENANT_NOT_FOUND_ERROR AAD_RESOURCE_NOT_REGISTERED_ERROR AAD_ACCOUNT_ERROR AAD_CONSENT_ERROR
    AAD_MANAGED_IDENTITY_ERROR AAD_CONNECTIVITY_ERROR AAD_TOKEN_ERROR
registry: REGISTRY_NAME_ERROR REGISTRY_NAME_WARNING REGISTRY_NOT_FOUND_ERROR REGISTRY_NOT_VISIBLE_WARNING
    REGISTRY_SUBSCRIPTION_WARNING REGISTRY_SUBSCRIPTION_ERROR REGISTRY_TENANT_ERROR REGISTRY_CLOUD_ERROR
    LOGIN_SERVER_ERROR REGISTRY_STATE_ERROR
network: CONNECTIVITY_DNS_ERROR CONNECTIVITY_PRIVATE_LINK_ERROR CONNECTIVITY_ADDRESS_ERROR CONNECTIVITY_REFUSED_ERROR
    CONNECTIVITY_TIMEOUT_ERROR CONNECTIVITY_RESET_ERROR ARM_CONNECTIVITY_WARNING CONNECTIVITY_SSL_ERROR
    CONNECTIVITY_FORBIDDEN_ERROR CONNECTIVITY_CHALLENGE_ERROR CONNECTIVITY_AAD_LOGIN_ERROR
    CONNECTIVITY_TOOMANYREQUESTS_ERROR CONNECTIVITY_SERVER_ERROR CONNECTIVITY_DATA_ENDPOINT_ERROR
token: AAD_ARM_AUDIENCE_ERROR CONNECTIVITY_REFRESH_TOKEN_ERROR CONNECTIVITY_ACCESS_TOKEN_ERROR
    CREDENTIAL_USERNAME_ERROR CREDENTIAL_PASSWORD_ERROR CREDENTIAL_EXPIRED_ERROR ADMIN_USER_DISABLED_ERROR
    TOKEN_DISABLED_ERROR TOKEN_PASSWORD_EXPIRED_ERROR TOKEN_NOT_FOUND_ERROR
authorization: ROLE_ASSIGNMENT_MISSING_ERROR ROLE_ASSIGNMENT_INSUFFICIENT_ERROR ROLE_ASSIGNMENT_MODE_ERROR
    ROLE_ASSIGNMENT_CONDITION_ERROR ROLE_ASSIGNMENT_SCOPE_ERROR ROLE_ASSIGNMENT_PRINCIPAL_ERROR DENY_ASSIGNMENT_ERROR
    ROLE_NOT_ACTIVATED_ERROR ROLE_PROPAGATION_ERROR SCOPE_MAP_ERROR ARM_READ_WARNING
environment: DOCKER_COMMAND_ERROR DOCKER_DAEMON_ERROR DOCKER_PERMISSION_ERROR DOCKER_VERSION_ERROR DOCKER_CONFIG_ERROR
    DOCKER_CREDENTIAL_STORE_ERROR DOCKER_CREDENTIAL_EXPIRED_ERROR DOCKER_CREDENTIAL_INVALID_ERROR
    DOCKER_CREDENTIAL_MISSING_WARNING DOCKER_DAEMON_NETWORK_ERROR PROXY_ERROR CLOCK_SKEW_ERROR
client: IMAGE_REFERENCE_ERROR IMAGE_NOT_FOUND_ERROR ANONYMOUS_PULL_BLOCKED_WARNING CLIENT_TOKEN_UNSUPPORTED_WARNING
    CLIENT_VERSION_WARNING CLIENT_ENVIRONMENT_WARNING KUBERNETES_PULL_SECRET_ERROR KUBELET_IDENTITY_ERROR
    SERVICE_NETWORK_ERROR UPSTREAM_REGISTRY_ERROR UNEXPECTED_ERROR CMK_ERROR
"""
CATEGORY_OF = {code: line.split(":")[0] for line in re.sub(r"\n    +", " ", CONTRACT.strip()).splitlines()
               for code in line.split(":")[1].split()}
# Values of placeholders that the CLI compares with a list, or parses.
CHOICES = {"principal_type": "ServicePrincipal", "federated_credential": "{}",
           "routing_option": "global-endpoint-routing",
           **{f"{part}_{switch}": "true" for part in ("repository", "tag", "manifest")
              for switch in ("readable", "writable", "deletable")}}
NOT_OF_A_CHECK = {  # what only a symptom shows, and what is no check's finding
    "CLIENT_VERSION_WARNING", "KUBERNETES_PULL_SECRET_ERROR", "UNEXPECTED_ERROR"}
PRINTS_A_SECRET = ("acr credential show", "acr credential renew", "acr token credential generate",
                   "acr login --expose-token", "account get-access-token")

ALL = list(codes().values())
EACH_CODE = pytest.mark.parametrize("code", ALL, ids=lambda code: code.code)
FIXES = [pytest.param(code, fix, id=f"{code.code}-{number}") for code in ALL
         for number, fix in enumerate(code.fixes, 1)]


LAST_LINE = 80     # columns of a terminal


@EACH_CODE
def test_the_last_line_of_a_diagnosis_fits_a_terminal(code):
    if code.severity == "error":
        assert len(f"ERROR: {code.code}: {code.title}") <= LAST_LINE


def _given_facts():
    """Names that checks can give facts: keys and keywords of their code, with the endings that f-strings add."""
    sources = [file.read_text("utf-8") for file in Path(azext_acrlogin.__file__).parent.rglob("*.py")
               if file.parent.name != "catalogue"]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names |= {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    endings = {part.value for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values
               if isinstance(part, ast.Constant) and re.fullmatch(r"_[a-z]+", part.value)}
    return names | {name + ending for name in names if re.fullmatch(r"[a-z_]+", name) for ending in endings}


FACTS = _given_facts()


def test_every_code_of_the_contract_is_there_in_its_category():
    assert {code.code: code.category for code in ALL if code.code in CATEGORY_OF} == CATEGORY_OF


def test_codes_are_written_once():
    from importlib import import_module
    written = [entry.code for category in CATEGORIES
               for entry in import_module(f"azext_acrlogin.catalogue.{category}").CODES]
    assert sorted(written) == sorted(set(written))


@EACH_CODE
def test_form(code):
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*_(ERROR|WARNING)", code.code)
    assert code.docs.startswith("https://")
    assert code.title and not code.title.endswith(".")
    assert code.meaning.endswith((".", "?")) and code.how_found.endswith(".")
    assert all(text.strip() for text in code.looks_like)


@EACH_CODE
def test_other_codes_that_it_names_exist(code):
    others = {*code.confused_with, *code.explains}
    assert others <= set(codes()), f"unknown: {others - set(codes())}"
    assert code.code not in others
    assert all(difference.endswith(".") for difference in code.confused_with.values())


@EACH_CODE
def test_there_is_always_a_fix(code):
    assert code.fixes, "a code without a fix helps nobody"
    assert not code.fixes[-1].placeholders, "the last fix must not need facts"


@pytest.mark.parametrize("code, fix", FIXES)
def test_fix(code, fix):
    assert fix.run_by in WHO
    wanted = fix.placeholders | placeholders_in(fix.commands)
    assert wanted <= FACTS, f"no check ever gives these facts: {wanted - FACTS}"
    assert re.sub(r"\{\w+\|\}$", "", fix.description).endswith(".")  # a whole sentence may follow
    for windows in (False, True):
        assert explain.general(fix, windows)["commands"] or not fix.commands
    commands = _argument_lists(fix)
    for command in commands:
        assert all(command), "an empty argument"
        line = " ".join(command[1:])
        if fix.secret_file and command is commands[-1]:
            assert not line.startswith("ad sp credential reset") or "--append" in command, "ends other secrets"
            continue
        assert not any(line.startswith(start) for start in PRINTS_A_SECRET), f"prints a secret: {line}"
        if line.startswith("ad sp credential reset"):
            assert "--create-cert" in command and "--append" in command, "prints a secret or ends others"


def test_explanations_are_readable():
    for code in ALL:
        text = explain.explanation(code, windows=False)
        assert code.title in text and not PLACEHOLDER.search(text)
    assert all(code.code in explain.listing(ALL) for code in ALL)


def test_checks_and_catalogue_know_the_same_codes():
    found = {code: check.name for check in all_checks() for code in check.codes}
    assert set(found) <= set(codes()), f"not in the catalogue: {set(found) - set(codes())}"
    missing = set(codes()) - set(found) - NOT_OF_A_CHECK
    assert not missing, f"no check finds these: {', '.join(sorted(missing))}"


def test_every_az_command_parses(tmp_path, monkeypatch):
    """With the CLI's own parser: command groups, options and choices are real."""
    for variable in ("AZURE_CONFIG_DIR", "AZURE_EXTENSION_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    core = pytest.importorskip("azure.cli.core", reason="the Azure CLI is not installed")
    commands = [(code.code, command[1:]) for code in ALL for fix in code.fixes
                for command in _argument_lists(fix) if command[0] == "az"]
    parser = _az_parser(core)
    faults = []
    for code, arguments in commands:
        try:
            parser.parse_args(arguments)
        except SystemExit:
            faults.append(f"{code}: az {' '.join(arguments)}")
    assert not faults, "\n".join(faults)


def _argument_lists(fix):
    names = fix.placeholders | placeholders_in(fix.commands)
    facts = {name: CHOICES.get(name, name.upper()) for name in names}
    return [command["argv"] for command in fill(replace(fix, secret_file=""), facts, windows=False)["commands"]]


def _az_parser(core):
    """The parser of every command there is."""
    from azure.cli.core.file_util import create_invoker_and_load_cmds_and_args
    cli = core.get_default_cli()
    create_invoker_and_load_cmds_and_args(cli)
    return cli.invocation.parser
