# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What access tokens grant, by their `access` claim as the service writes it."""

import pytest

from azext_acrlogin.protocol.scopes import access_shown, granted_actions

# Recorded by the Azure SDKs: an Entra identity (2021), and nobody on a registry with anonymous pull (2021, 2022).
ENTRA = [{"type": "repository", "name": "library/hello-world", "actions": ["pull", "delete"]}]
ANONYMOUS = [{"Type": "repository", "Name": "*", "Actions": ["pull"]}]
ANONYMOUS_CATALOG = [{"Type": "registry", "Name": "catalog", "Actions": ["*"]}]


def granted(access, repository="library/hello-world", catalog=False):
    return {action for action, allowed in granted_actions({"access": access}, repository, catalog).items() if allowed}


def test_recorded_tokens():
    assert granted(ENTRA) == {"pull", "delete"}
    assert granted(ENTRA, "library/another") == set()
    for repository in ("library/hello-world", "app", "login-diagnose/probe"):
        assert granted(ANONYMOUS, repository) == {"pull"}
    assert granted(ANONYMOUS, catalog=True) == {"pull"}
    assert granted(ANONYMOUS_CATALOG, catalog=True) == {"catalog"}
    assert granted(ANONYMOUS + ANONYMOUS_CATALOG, catalog=True) == {"pull", "catalog"}
    assert access_shown({"access": ANONYMOUS}) == ["repository *: pull"]


@pytest.mark.parametrize("pattern, repository, allowed", [
    ("team/*", "team/app", True), ("team/*", "team/a/b", True), ("team/*", "teams/app", False),
    ("*/app", "x/app", True), ("team", "team/app", False), ("", "team/app", False)])
def test_patterns(pattern, repository, allowed):
    assert granted([{"type": "repository", "name": pattern, "actions": ["pull"]}], repository) == (
        {"pull"} if allowed else set())
