# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a run says of the causes that a message can stand for: what it looked at, what settings decide, nothing else."""

from types import SimpleNamespace

import pytest

from azext_acrlogin.azure.registry import Registry
from azext_acrlogin.checks import all_checks
from azext_acrlogin.engine.model import Finding, Inputs, Judgement, Result, Status
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.engine.root_causes import Cause
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.symptoms.assess import assess

CLOUD = Cloud("AzureCloud", ".azurecr.io", "https://login.microsoftonline.com", "https://management.azure.com",
              "https://management.core.windows.net/", None, None, "https://containerregistry.azure.net")
NODE = 'kubelet  Failed to pull image "myregistry.azurecr.io/app:v1": rpc error: code = Unknown desc = '
TASK = "Executing step ID: acb_step_0\n"
HERE = "Error response from daemon: "
DENIED = "denied: client with IP '192.0.2.7' is not allowed access. Refer https://aka.ms/acr/firewall"
REFUSED = "unauthorized: authentication required"
ADMIN = "the admin user is disabled"
OPEN = {"public_network_access": "Enabled", "network_default_action": "Allow"}
RULES = {"public_network_access": "Enabled", "network_default_action": "Deny"}
ALLOWS, OPEN_TO_ALL = "the registry's network rules allow 192.0.2.7", "the registry's network rules allow every address"
ABSENT = "IMAGE_NOT_FOUND_ERROR"
MISSING, FORBIDDEN, SERVICE = "ROLE_ASSIGNMENT_MISSING_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR", "SERVICE_NETWORK_ERROR"


def said(symptom, code, found=(), status=Status.PASSED, visible=True, asked=None, **settings):
    """What is said of one code. :param found: codes that this run found.  :param settings: of the registry."""
    registry = RegistryEvidence(name="myregistry", found=visible, registry=Registry(**settings))
    results = [Result(check, Judgement("", tuple(Finding(one, "") for one in found if one in check.codes)), status)
               for check in all_checks()]
    verdict = SimpleNamespace(
        asked=Question("myregistry", CLOUD, symptom=symptom, **(asked or {})), results=results,
        evidence=Inputs({RegistryEvidence: registry}), causes=[Cause("x", Finding(one, "")) for one in found])
    entry = assess(verdict)
    matched = {match["errorCode"]: (match["confirmed"], match["by"]) for match in entry["matches"]}
    return matched[code]


@pytest.mark.parametrize("symptom, code, options, expected", [
    # of this machine: as the checks ended
    (HERE + REFUSED, MISSING, {"found": (MISSING,)}, (True, None)),
    (HERE + REFUSED, MISSING, {}, (False, None)),
    (HERE + REFUSED, MISSING, {"status": Status.UNKNOWN}, (None, None)),
    # of a node: another identity, whatever this run found
    (NODE + REFUSED, MISSING, {"found": (MISSING,)}, (None, None)),
    (NODE + REFUSED, MISSING, {}, (None, None)),
    (NODE + "x509: certificate signed by unknown authority", "CONNECTIVITY_SSL_ERROR", {}, (None, None)),
    # what holds of the registry, whoever asks
    (NODE + "manifest unknown: not found", ABSENT, {"found": (ABSENT,)}, (True, None)),
    (NODE + "manifest unknown: not found", ABSENT, {}, (False, None)),
    # what the options ask about
    (NODE + REFUSED, MISSING, {"found": (MISSING,), "asked": {"assignee": "x"}}, (True, None)),
    (NODE + REFUSED, "CREDENTIAL_PASSWORD_ERROR", {"asked": {"assignee": "x"}}, (None, None)),
    (NODE + REFUSED, "CREDENTIAL_PASSWORD_ERROR", {"asked": {"username": "x"}}, (False, None)),
    # settings
    (NODE + ADMIN, "ADMIN_USER_DISABLED_ERROR", {"admin_user_enabled": False}, (True, "the admin user is disabled")),
    (NODE + ADMIN, "ADMIN_USER_DISABLED_ERROR", {"admin_user_enabled": True}, (False, "the admin user is enabled")),
    (NODE + ADMIN, "ADMIN_USER_DISABLED_ERROR", {}, (None, None)),
    (NODE + "token validation failed", "AAD_ARM_AUDIENCE_ERROR", {"authentication_as_arm": "disabled"},
     (True, "signing in with Azure Resource Manager tokens is disabled")),
    (NODE + "token validation failed", "AAD_ARM_AUDIENCE_ERROR", {"authentication_as_arm": "enabled"},
     (False, "signing in with Azure Resource Manager tokens is enabled")),
    (TASK + DENIED, SERVICE, OPEN, (False, OPEN_TO_ALL)),
    (TASK + DENIED, SERVICE, {**RULES, "allowed_ranges": ("192.0.2.0/24",)}, (False, ALLOWS)),
    (TASK + DENIED, SERVICE, {**RULES, "allowed_ranges": ("198.51.100.0/24",)},
     (True, "the registry's network rules do not allow 192.0.2.7")),
    (TASK + DENIED, SERVICE, {"public_network_access": "Disabled"}, (True, "public network access is disabled")),
    (TASK + DENIED, SERVICE, {}, (None, None)),
    (TASK + DENIED, SERVICE, {**OPEN, "visible": False}, (None, None)),
    # an address that is named is not this machine's where this machine was let through
    (HERE + DENIED, FORBIDDEN, {**RULES, "allowed_ranges": ("198.51.100.0/24",)},
     (True, "the registry's network rules do not allow 192.0.2.7")),
    (HERE + DENIED, FORBIDDEN, OPEN, (False, OPEN_TO_ALL))])
def test_what_is_said_of_a_cause(symptom, code, options, expected):
    assert said(symptom, code, **options) == expected


def test_a_disabled_admin_user_is_no_cause_of_a_refusal_that_does_not_speak_of_it():
    """Most registries have it disabled; nodes sign in otherwise."""
    symptom = f"docker login: {REFUSED}\n{NODE}{REFUSED}"
    assert said(symptom, "ADMIN_USER_DISABLED_ERROR", admin_user_enabled=False) == (None, None)


@pytest.mark.parametrize("in_pipeline, expected", [(True, (False, None)), (False, (None, None))])
def test_a_pipeline_diagnoses_its_own_log(in_pipeline, expected):
    symptom = f"##[error]docker push: {REFUSED}"
    assert said(symptom, MISSING, asked={"in_pipeline": in_pipeline}) == expected


def test_the_entry():
    verdict = SimpleNamespace(asked=Question("myregistry", CLOUD), results=[], causes=[],
                              evidence=Inputs({RegistryEvidence: None}))
    assert assess(verdict) is None
    verdict.asked = Question("myregistry", CLOUD, symptom="\x1b[31mdocker login -p geheim\x1b[0m failed: unauthorized")
    entry = assess(verdict)
    assert entry["text"] == "docker login -p *** failed: unauthorized"
    assert entry["speaker"] is None and entry["resources"] == []
