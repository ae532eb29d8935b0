# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What people see, whole, for each way in which a diagnosis ends: tests/golden, in a pipe and on a terminal.

After a change that is meant, ``scripts/test tests/test_golden.py --renew-golden`` writes the files anew; look at what
git then shows. There, \\e stands for the escape character and \\r for a return to the beginning of the line.
"""

import io
from pathlib import Path

import pytest

from azext_acrlogin.checks import all_checks
from azext_acrlogin.engine.model import Because, Finding, Judgement, Result, Status
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.engine.runner import INTERRUPTED
from azext_acrlogin.engine.verdict import verdict
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.known_secrets import KnownSecrets
from azext_acrlogin.render.reasoning import reasons
from azext_acrlogin.render.report import build
from azext_acrlogin.render.terminal import Terminal

FOLDER = Path(__file__).parent / "golden"
HOST = "myregistry.azurecr.io"
SCOPE = ("/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-registries/providers/"
         "Microsoft.ContainerRegistry/registries/myregistry")
ME = "aaaaaaaa-0000-4000-8000-0000000000a1"
ASKED = Question("myregistry", Cloud("AzureCloud", ".azurecr.io", "https://login.microsoftonline.com",
                                     "https://management.azure.com/", "https://management.core.windows.net/", None,
                                     None, "https://containerregistry.azure.net"))
MISSING = (f"'alex@contoso.example' (object id {ME}) has no role on registry 'myregistry' that lets pull.",
           {"object_id": ME, "principal_type": "User", "role": "AcrPull", "scope": SCOPE})


def passed(message, evidence=None):
    return Judgement(message), evidence


def found(code, message, facts=None, evidence=None):
    return Judgement(message, (Finding(code, message, facts or {}),)), evidence


def unknown(reason, permission=None, evidence=None):
    return Judgement("It is not known.", unknown=Because(reason, permission=permission)), evidence


def skipped(reason, check=None, by_choice=False):
    return Judgement("Skipped.", skipped=Because(reason, check=check, by_choice=by_choice)), None


def did_not_pass(check):
    return skipped(f"The check '{check}' did not pass", check)


def defect():
    return "KeyError at checks/clock.py:71 judge", None


NOT_ASKED = skipped("nobody asked", by_choice=True)
HEALTHY = {
    "container-client": passed("Docker 28.2.2", ContainerClientEvidence("docker", runs=True, kind="docker")),
    "login": passed("Azure CLI signed in as 'alex@contoso.example' (user)"),
    "name": passed("Registry name 'myregistry'"),
    "entra-token": passed("Fetch Entra token for https://containerregistry.azure.net"),
    "identity": passed(f"Identity 'alex@contoso.example' (user, object id {ME})",
                       IdentityEvidence("user", "alex@contoso.example", ME)),
    "registry": passed("Registry 'myregistry' in resource group 'rg-registries'",
                       RegistryEvidence(name="myregistry", login_server=HOST)),
    "dns": passed(f"DNS lookup to {HOST} at IP 20.62.128.10"),
    "connection": passed(f"Secure connection to {HOST}"),
    "clock": passed("Local clock against the servers'"),
    "refresh-token": passed("Fetch refresh token", RefreshTokenEvidence(HOST, 200, issued=True)),
    "access-token": passed("Fetch access token for repository 'samples/app'",
                           AccessTokenEvidence(HOST, "samples/app", False, 200, {"pull": True}, issued=True)),
    "role-assignments": passed("Roles of 'alex@contoso.example' on registry 'myregistry' grant pull (AcrPush)"),
    "image": passed("Image samples/app:v1"),
    "container-daemon": passed("Docker daemon"),
}
NO_ROLE = {**HEALTHY,
           "role-assignments": found("ROLE_ASSIGNMENT_MISSING_ERROR", *MISSING),
           "refresh-token": found("CONNECTIVITY_REFRESH_TOKEN_ERROR", "The registry refuses the exchange (401).",
                                  evidence=RefreshTokenEvidence(HOST, 401)),
           "access-token": did_not_pass("refresh-token"), "image": did_not_pass("access-token")}
ENDS = {
    "passed": HEALTHY,
    "warning": {**HEALTHY, "name": found("REGISTRY_NAME_WARNING", "The host has capitals.", {"host": HOST})},
    "failed": NO_ROLE,
    "two-causes": {**NO_ROLE,
                   "container-daemon": found("DOCKER_DAEMON_ERROR", "docker reaches no daemon."),
                   "daemon-network": did_not_pass("container-daemon")},
    "unknown": {**HEALTHY,
                "access-token": unknown("No answer within 33 s"),
                "role-assignments": unknown("role assignments cannot be read",
                                            "Microsoft.Authorization/roleAssignments/read")},
    "crashed": {**HEALTHY, "clock": defect()},
}


STATUS = {"crashed": "failed", "two-causes": "failed"}  # where an end is not called by it


def results_of(judged):
    """Results of all checks; about those that are not in `judged` nobody asked."""
    for check in all_checks():
        judgement, evidence = judged.get(check.name, NOT_ASKED)
        if isinstance(judgement, str):
            yield Result(check, Judgement("This check failed because of a defect in this tool."), Status.CRASHED,
                         crash=judgement)
        else:
            yield Result(check, judgement, judgement.status, evidence)


class Screen(io.StringIO):
    """Standard error with an encoding."""

    encoding = "utf-8"


@pytest.fixture(name="screen")
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    return Screen()


@pytest.fixture(name="golden", params=["pipe", "terminal"])
def file_to_compare(request, screen):
    """Runs a function with a `Terminal` that prints to a pipe or in colour; compares what was printed with a file."""
    def compare(name, printing):
        seconds, is_terminal = iter(range(100)), request.param == "terminal"
        printing(Terminal(screen, is_terminal, colour=is_terminal, clock=lambda: next(seconds)))
        shown = screen.getvalue().replace("\x1b", "\\e").replace("\r", "\\r")
        path = FOLDER / f"{name}.{request.param}.txt"
        if request.config.getoption("--renew-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(shown, encoding="utf-8")
        assert shown == path.read_text(encoding="utf-8"), "see this file's beginning for how to renew it"
    return compare


@pytest.mark.parametrize("end", ENDS)
def test_how_a_diagnosis_ends(golden, end):
    outcome = verdict(ASKED, list(results_of(ENDS[end])))
    assert outcome.status.value == STATUS.get(end, end)
    report, titles = build(outcome, {}, 1, {}, None), {check.name: check.title for check in all_checks()}
    golden(end, lambda terminal: terminal.show(report, titles))


def test_how_one_is_interrupted(golden):
    """Of what had not ended, some had evidence and none a judgement."""
    cut = Judgement("Interrupted.", skipped=Because(INTERRUPTED))
    late = ("refresh-token", "access-token", "role-assignments", "image", "container-daemon", "identity")
    results = list(results_of({**HEALTHY, **{name: (cut, None) for name in late}}))
    report, titles = build(verdict(ASKED, results, True), {}, 1, {}, None, True), {
        check.name: check.title for check in all_checks()}

    def printing(terminal):
        terminal.waiting(["DNS", "Local clock"])
        terminal.show(report, titles)
    golden("interrupted", printing)


def test_why_each_check_decided():
    """What --debug adds."""
    lines = reasons(verdict(ASKED, list(results_of(NO_ROLE))).results, KnownSecrets())
    assert "role-assignments is failed: 'alex@contoso.example' (object id " + ME + ") has no role on registry " \
           "'myregistry' that lets pull." in lines
    assert any(line.startswith("role-assignments found ROLE_ASSIGNMENT_MISSING_ERROR from {") for line in lines)
    assert "refresh-token is a consequence of ROLE_ASSIGNMENT_MISSING_ERROR, found by role-assignments" in lines
    assert any(line.startswith('refresh-token observed {') and '"status": 401' in line for line in lines)
    assert "access-token is skipped: Skipped. Because: The check 'refresh-token' did not pass" in lines
    assert any(line.startswith("refresh-token weighs ") and "role-assignments" not in line for line in lines)


def test_why_each_check_decided_holds_no_secret():
    lines = reasons(verdict(ASKED, list(results_of(NO_ROLE))).results, KnownSecrets([ME]))
    assert not [line for line in lines if ME in line]
