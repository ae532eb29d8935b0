# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Tokens for an application's id and secret that were given: the client credentials grant (RFC 6749, 4.4), by MSAL."""

from typing import Any, List, Mapping, Optional, Tuple
from urllib.parse import urlencode, urlsplit

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.base.tracebacks import STUMBLES, is_defect
from azext_acrlogin.net.http import Answer, Failure, Http
from azext_acrlogin.protocol.entra_errors import refusal_of
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.jwt import claims_of


def client_credentials(http: Http, authority: str, tenant: str, client_id: str, secret: Secret,
                       audience: str) -> TokenAnswer:
    """Ask Entra for a token with an application's id and secret. Nothing is stored.

    :param authority: of the cloud, e.g. https://login.microsoftonline.com; that of AD FS (Azure Stack) has no tenants.
    """
    from msal import ConfidentialClientApplication
    from msal.exceptions import MsalError
    sender = _Sender(http)
    authority = authority.rstrip("/")
    try:
        application = ConfidentialClientApplication(
            client_id, client_credential=secret.reveal(), http_client=sender, instance_discovery=False,
            authority=authority if authority.lower().endswith("/adfs") else f"{authority}/{tenant}")
        value = application.acquire_token_for_client([f"{audience}/.default"])
    except _NoAnswer as error:
        return TokenAnswer(failure=error.failure)
    except (_NoSuccess, MsalError, *STUMBLES) as error:
        # MSAL raises ValueError for a tenant that Entra refuses, and fails in many ways over an answer that is not
        # Entra's. What was answered is known, and judged by itself.
        if is_defect(error) and not isinstance(error, _NoSuccess):
            raise
        if sender.answered is None:
            return TokenAnswer(failure=Failure("malformed", f"{authority} cannot be asked for a token"))
        value = sender.answered.json
    token = text_member(value, "access_token")
    if token:
        return TokenAnswer(Secret(token), claims_of(token), tenant)
    status = sender.answered.status if sender.answered else None
    return TokenAnswer(refusal=refusal_of(value, f"status {status}"))


class _NoAnswer(Exception):
    """A request of MSAL's ended without an answer."""

    def __init__(self, failure: Failure):
        super().__init__(failure.text)
        self.failure = failure


class _NoSuccess(Exception):
    """MSAL goes on with answers of success only."""


class _Response:
    """An answer as MSAL reads it. One that is no JSON is empty: MSAL logs it whole, and it may hold most of a token."""

    def __init__(self, answer: Answer):
        self.status_code, self.headers = answer.status, answer.headers
        self.text = "" if answer.json is None else answer.body

    def raise_for_status(self) -> None:
        """
        :raises _NoSuccess: the status is an error's.
        """
        if self.status_code is None or self.status_code >= 400:
            raise _NoSuccess(f"status {self.status_code}")


class _Sender:
    """The HTTP client that MSAL is given: bounded, counted, and never sent to anything but HTTPS."""

    def __init__(self, http: Http):
        self._http = http
        self.answered: Optional[Answer] = None

    def get(self, url: str, params: Any = None, headers: Optional[Mapping[str, str]] = None,
            **_options: Any) -> _Response:
        """As `requests.Session.get`."""
        return self._sent("GET", url, params, headers, None)

    def post(self, url: str, params: Any = None, data: Optional[Mapping[str, str]] = None,
             headers: Optional[Mapping[str, str]] = None, **_options: Any) -> _Response:
        """As `requests.Session.post`."""
        return self._sent("POST", url, params, headers, list((data or {}).items()))

    def _sent(self, method: str, url: str, params: Any, headers: Optional[Mapping[str, str]],
              form: Optional[List[Tuple[str, str]]]) -> _Response:
        if urlsplit(url).scheme != "https":
            raise _NoAnswer(Failure("malformed", "Entra's discovery document names an endpoint without TLS"))
        answer = self._http.request(method, f"{url}?{urlencode(params)}" if params else url, headers=headers, form=form)
        if answer.failure:
            raise _NoAnswer(answer.failure)
        self.answered = answer
        return _Response(answer)

    def close(self) -> None:
        """Nothing is open."""
