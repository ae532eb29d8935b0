# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Tokens for an application's id and secret: what MSAL is handed of an answer."""

import json
import logging

import pytest

from azext_acrlogin.azure.client_credentials import client_credentials
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.net.http import Answer

AUTHORITY, TENANT = "https://login.microsoftonline.com", "11111111-1111-4111-8111-11111111c001"
TOKEN = "eyJhbGciOiJSUzI1NiJ9." + "a1B2" * 100


class Entra:
    """In place of `Http`: answers the discovery, then the request for a token."""

    def __init__(self, body):
        self._body = body

    def request(self, method, url, **_options):
        if method == "POST":
            return Answer("login.microsoftonline.com", "/token", 200, body=self._body)
        endpoint = f"{AUTHORITY}/{TENANT}/oauth2/v2.0"
        return Answer("login.microsoftonline.com", "/", 200, body=json.dumps({
            "authorization_endpoint": f"{endpoint}/authorize", "token_endpoint": f"{endpoint}/token",
            "issuer": f"{AUTHORITY}/{TENANT}/v2.0"}))


def token(body):
    return client_credentials(Entra(body), AUTHORITY, TENANT, "an-id", Secret("a-secret-of-it"), "https://x.azure.net")


@pytest.mark.parametrize("damage", ["\x1e", "\n", '"'])
def test_an_answer_that_is_no_json_is_not_logged(damage, caplog):
    caplog.set_level(logging.DEBUG)
    body = json.dumps({"token_type": "Bearer", "expires_in": 3600, "access_token": TOKEN})
    assert token(body).token.reveal() == TOKEN
    found = token(body.replace(TOKEN, TOKEN[:40] + damage + TOKEN[40:]))
    assert found.token is None and found.refusal
    assert TOKEN[40:] not in caplog.text
