# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The message to forward, where somebody else has to make the fix."""

import pytest

from azext_acrlogin.render.request import request

SCOPE = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/myregistry"
COMMAND = {"line": f"az role assignment create --role AcrPull --scope {SCOPE}", "argv": [], "file": None}
FINDING = {"errorCode": "ROLE_ASSIGNMENT_MISSING_ERROR", "message": "You have no role on registry 'myregistry'.",
           "fix": {"description": "Grant AcrPull on myregistry to alex@contoso.example.", "runBy": "registryOwner",
                   "request": None, "commands": [COMMAND]}}


def report(asked=(), **identity):
    return {"asked": {"name": "myregistry", "normalisedName": "myregistry", "repository": None, "actions": ["pull"],
                      "assignee": None, "username": None, **dict(asked)},
            "registry": {"loginServer": "myregistry.azurecr.io", "resourceId": SCOPE},
            "identity": {"type": "user", "name": "alex@contoso.example", "objectId": "aaaa", "clientId": None,
                         "tenantId": "cccc", **identity}, "generatedAt": "2026-11-26T10:59:00Z"}


def message(asked=(), finding=FINDING, correlation=None, **identity):
    return request(report(asked, **identity), {"correlationId": correlation}, finding, windows=False)


def test_a_short_polite_mail():
    assert message(correlation="1234") == f"""Hello,

I need to pull from myregistry.azurecr.io, but cannot.

az acr login-diagnose found this cause:

    ROLE_ASSIGNMENT_MISSING_ERROR
    You have no role on registry 'myregistry'.

Could you please do this?

    Grant AcrPull on myregistry to alex@contoso.example.

az role assignment create --role AcrPull --scope {SCOPE}

Registry: {SCOPE}
Identity: alex@contoso.example, object ID aaaa
Tenant: cccc
Correlation ID: 1234
Time: 2026-11-26T10:59:00Z

Thank you!"""


@pytest.mark.parametrize("asked, identity, expected", [
    ({"repository": "team/app", "actions": ["pull", "push"]}, {}, "I need to pull from and push to "
                                                                  "myregistry.azurecr.io/team/app, but cannot."),
    ({"assignee": "bbbb"}, {"type": "servicePrincipal", "name": "Contoso CI"},
     "The service principal Contoso CI needs to pull from myregistry.azurecr.io, but cannot."),
    ({"username": "ci-token"}, {"type": "token", "name": None},
     "The repository-scoped token ci-token needs to pull from myregistry.azurecr.io, but cannot."),
    ({"assignee": "bbbb"}, {"type": "unknown", "name": None},
     "'bbbb' needs to pull from myregistry.azurecr.io, but cannot.")])
def test_who_needs_what(asked, identity, expected):
    assert expected in message(asked, **identity)


def test_none_where_the_reader_can_do_it():
    assert message(finding={**FINDING, "fix": {**FINDING["fix"], "runBy": "you"}}) is None
    assert message(finding={**FINDING, "fix": None}) is None


def test_a_file_that_a_command_names_is_written_before_it():
    command = {**COMMAND, "line": "az x @x.json", "file": {"name": "x.json", "text": "{}"}}
    shown = message(finding={**FINDING, "fix": {**FINDING["fix"], "commands": [command]}})
    assert "cat > x.json <<'EOF'\n{}\nEOF\naz x @x.json" in shown
