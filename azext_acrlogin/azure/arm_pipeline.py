# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The SDKs' clients for Resource Manager, sending through this tool's bounded HTTP.

The SDKs that come with the CLI know paths, versions and paging. What their default pipeline would do beside that is
left out: it registers resource providers (a write), follows a nextLink to any host with the token, follows redirects,
waits an hour for another attempt, and logs bodies.

No model of an SDK is made of an answer: a list of 5,000 takes seconds to be made into models that nobody reads, and an
answer of another form raises where no caller expects it. The client sees an empty list with the link to the next page;
the answer itself is handed on as the wire had it.
"""

import importlib
import json
import re
import threading
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from azure.cli.core.commands.client_factory import get_mgmt_service_client
from azure.cli.core.profiles import ResourceType
from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from azure.core.paging import ItemPaged
from azure.core.pipeline.policies import (
    ContentDecodePolicy, CustomHookPolicy, HTTPPolicy, SansIOHTTPPolicy, UserAgentPolicy)
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse
from urllib3.util import parse_url

from azext_acrlogin.azure.api_versions import REFUSALS, older_versions, type_of
from azext_acrlogin.azure.cli_login import Account, AzureLogin, TokenAnswer
from azext_acrlogin.net.http import Answer, Http
from azext_acrlogin.protocol.json_text import text_member

PAGE_BYTES = 8_000_000


class NoAnswer(ServiceRequestError):
    """The request ended without an HTTP answer."""

    def __init__(self, answer: Answer):
        super().__init__(answer.failure.text if answer.failure else "")
        self.answer = answer


class NoToken(Exception):
    """There is no token to ask with."""

    def __init__(self, token_answer: TokenAnswer):
        super().__init__("no token")
        self.token_answer = token_answer


class ForeignHost(Exception):
    """A request would leave Resource Manager: a list's link leads to another host, where the token must not go."""


class Response(HttpResponse):  # pylint: disable=too-many-public-methods
    """An answer as a client of the SDKs reads it: whether there is a next page, and nothing else.

    answer: what the wire had.  api_version: that of the request which it answers.
    """

    def __init__(self, request: Any, answer: Answer):
        self._request, self.answer = request, answer
        self.api_version = dict(parse_qsl(urlsplit(request.url).query)).get("api-version")
        self._envelope: Dict[str, Any] = {"value": [], "nextLink": text_member(answer.json, "nextLink") or None}

    request = property(lambda self: self._request)
    url = property(lambda self: self._request.url)
    status_code = property(lambda self: self.answer.status)
    headers = property(lambda self: {"content-type": self.content_type})
    reason = property(lambda self: "")
    content_type = property(lambda self: "application/json")
    is_closed = property(lambda self: True)
    is_stream_consumed = property(lambda self: True)
    encoding = "utf-8"

    @property
    def content(self) -> bytes:
        return self.text().encode("utf-8")

    def json(self) -> Any:
        return self._envelope

    def text(self, encoding: Optional[str] = None) -> str:  # pylint: disable=unused-argument
        return json.dumps(self._envelope)

    def body(self) -> bytes:
        """The name that older SDKs have for `content`."""
        return self.content

    def read(self) -> bytes:
        return self.content

    def raise_for_status(self) -> None:
        """The operations look at the status themselves."""

    def close(self) -> None:
        """Nothing is open."""

    def iter_bytes(self, **_options: Any) -> Iterator[bytes]:
        yield self.content

    iter_raw = iter_bytes

    def __enter__(self) -> "Response":
        return self

    def __exit__(self, *_arguments: Any) -> None:
        pass


class _Transport(HttpTransport[Any, Response]):
    """Sends what the SDK has built as every other request of this tool is sent: bounded and counted."""

    def __init__(self, http: Http):
        self._http = http

    def send(self, request: Any, **_options: Any) -> Response:
        content = request.content if hasattr(request, "content") else request.body
        answer = self._http.request(
            request.method, request.url, headers=dict(request.headers), body_bytes=PAGE_BYTES,
            content=content.encode("utf-8") if isinstance(content, str) else content)
        if answer.failure:
            raise NoAnswer(answer)
        return Response(request, answer)

    def open(self) -> None:
        """Nothing to open: the session is shared."""

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> "_Transport":
        return self

    def __exit__(self, *_arguments: Any) -> None:
        pass


class _Authorization(SansIOHTTPPolicy[Any, Any]):
    """Adds the account's token to what goes to Resource Manager, and lets nothing go elsewhere."""

    def __init__(self, endpoint: str, token: Callable[[], TokenAnswer]):
        self._origin, self._token = _origin(endpoint), token

    def on_request(self, request: Any) -> None:
        """
        :raises ForeignHost: it goes to another host.
        :raises NoToken: there is none for the account.
        """
        if _origin(request.http_request.url) != self._origin:
            raise ForeignHost("the list continues at another host")
        answer = self._token()
        if answer.token is None:
            raise NoToken(answer)
        request.http_request.headers["Authorization"] = f"Bearer {answer.token.reveal()}"


def _origin(url: str) -> Tuple[str, Optional[str], int]:
    """Scheme, host and port (RFC 6454, 4); of a text that is no URL, one that nothing else has.

    That is so, too, where Python and urllib3, which connects, do not find the same host: `https://a\\@b/`.
    """
    try:
        parts, connected = urlsplit(url), parse_url(url)
        if (connected.host or "").strip("[]") != parts.hostname or connected.port != parts.port or connected.auth:
            return "", url, 0
        return parts.scheme, parts.hostname, parts.port or 443
    except ValueError:
        return "", url, 0


class _OlderVersion(HTTPPolicy[Any, Any]):
    """Asks again with an older version where the cloud does not know the one asked for, and keeps to it."""

    def __init__(self, kept: Dict[str, str]):
        """:param kept: version by resource type, shared by all clients of a run."""
        super().__init__()
        self._kept = kept

    def send(self, request: Any) -> Any:
        wire = request.http_request
        path = urlsplit(wire.url).path
        kind = type_of(path)
        if kind in self._kept:
            wire.url = _with_version(wire.url, self._kept[kind])
        response = self.next.send(request)
        asked = [response.http_response.api_version]
        for version in older_versions(path):
            if not _refuses_version(response.http_response.answer):
                break
            if version not in asked:
                wire.url = _with_version(wire.url, version)
                self._kept[kind] = version
                asked.append(version)
                response = self.next.send(request)
        return response


def _refuses_version(answer: Answer) -> bool:
    """Whether the version is not known: 400, or 404 where no location is named, as for lists."""
    return answer.status in (400, 404) and text_member(answer.json, "error", "code") in REFUSALS


def _with_version(url: str, version: str) -> str:
    """The URL at another version, all else as it is: a list's link holds what only Resource Manager understands."""
    return re.sub(r"(?i)(?<=[?&]api-version=)[^&#]*", version, url)


class Clients:
    """One client of each kind for each account, made when it is first asked for."""

    def __init__(self, cli_ctx: Any, http: Http, login: AzureLogin, endpoint: str, audience: str, user_agent: str):
        """:param endpoint: the cloud's.  :param audience: of its tokens.  :param user_agent: the CLI's and ours."""
        self._cli_ctx, self._login = cli_ctx, login
        self._endpoint, self._audience, self._user_agent = endpoint.rstrip("/"), audience, user_agent
        self._transport = _Transport(http)
        self._made: Dict[Tuple[Any, str], Any] = {}
        self._guard = threading.Lock()
        self._versions: Dict[str, str] = {}
        importlib.import_module(ResourceType.MGMT_CONTAINERREGISTRY.import_prefix)

    def prepare_for_roles(self) -> None:
        """Import the client for Microsoft.Authorization before it is asked for."""
        importlib.import_module(ResourceType.MGMT_AUTHORIZATION.import_prefix)

    def registry(self, account: Account) -> Any:
        """The client for Microsoft.ContainerRegistry, at the version that this CLI asks for."""
        return self._client(ResourceType.MGMT_CONTAINERREGISTRY, account)

    def authorization(self, account: Account, api_version: Optional[str] = None) -> Any:
        """The client for Microsoft.Authorization.

        :param api_version: for what the CLI's own version of the client lacks. Newer SDKs ignore it here, so every
            operation has to be given it as well.
        """
        return self._client(ResourceType.MGMT_AUTHORIZATION, account, api_version)

    def read(self, account: Account, path: str, api_version: str, **hook: Any) -> None:
        """Read any resource, as the operations of the clients do.

        :raises azure.core.exceptions.HttpResponseError: the answer is no success.
        """
        self._sent(account, HttpRequest("GET", self._url(path, api_version)), **hook)

    def query(self, account: Account, path: str, api_version: str, question: Dict[str, Any], **hook: Any) -> None:
        """Ask what is sent as a body and changes nothing.

        :raises azure.core.exceptions.HttpResponseError: the answer is no success.
        """
        self._sent(account, HttpRequest("POST", self._url(path, api_version), json=question), **hook)

    def pages(self, account: Account, path: str, api_version: str, wanted: Optional[str],
              **hook: Any) -> "ItemPaged[Any]":
        """List anything, as the operations of the clients do. :param wanted: a filter."""
        def get_next(link: Optional[str]) -> Response:
            return self._sent(account, HttpRequest("GET", link or self._url(path, api_version, wanted)), **hook)
        return ItemPaged(get_next, lambda response: (response.json()["nextLink"], iter(())))

    def _sent(self, account: Account, request: HttpRequest, **hook: Any) -> Response:
        response: Response = self._plain(account).send_request(request, **hook)
        if response.status_code != 200:
            raise HttpResponseError(response=response)
        return response

    def _url(self, path: str, api_version: str, wanted: Optional[str] = None) -> str:
        pairs = [("api-version", api_version)] + ([("$filter", wanted)] if wanted else [])
        return f"{self._endpoint}/{quote(path.lstrip('/'), safe='/')}?{urlencode(pairs, quote_via=quote, safe='$')}"

    def _plain(self, account: Account) -> "PipelineClient[Any, Response]":
        client: "PipelineClient[Any, Response]" = self._once("plain", account, lambda: PipelineClient(
            self._endpoint, policies=self._policies(account, "core"), transport=self._transport))
        return client

    def _client(self, kind: ResourceType, account: Account, api_version: Optional[str] = None) -> Any:
        def make() -> Any:
            package = importlib.import_module(kind.import_prefix)
            moniker = f"{kind.import_prefix.partition('.')[2].replace('.', '-')}/{package.__version__}"
            return get_mgmt_service_client(
                self._cli_ctx, kind, subscription_id=account.subscription_id, api_version=api_version,
                credential=_Unused(), policies=self._policies(account, moniker), transport=self._transport)
        return self._once((kind, api_version), account, make)

    def _once(self, kind: Any, account: Account, make: Callable[[], Any]) -> Any:
        key = (kind, account.subscription_id)
        with self._guard:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def _policies(self, account: Account, moniker: str) -> List[Any]:
        """Everything that happens to a request, in this order; with them, an SDK adds none of its own."""
        return [UserAgentPolicy(user_agent=self._user_agent, sdk_moniker=moniker, user_agent_overwrite=True),
                CustomHookPolicy(), ContentDecodePolicy(),
                _Authorization(self._endpoint, lambda: self._login.token(self._audience, account)),
                _OlderVersion(self._versions)]


class _Unused:
    """A credential for the factory of clients, which wants one; tokens are added by `_Authorization`."""

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        raise NotImplementedError
