# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The session of our own requests: counts them, loads the certificates that are trusted once a run, and waits for the
final answer.

`requests` loads its bundle anew for every connection. That costs some 15 ms of computing each time, and a diagnosis
opens eight connections at once. An informational answer it takes for the final one.
"""

import http.client
import os
import ssl
import threading
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Dict, Mapping, Optional, Tuple, Union

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import ALPN_PROTOCOLS, create_urllib3_context

from azext_acrlogin.net.traffic import Traffic

CONNECTIONS = 50  # to one host that are kept; more than are used at once
SWITCHING_PROTOCOLS = 101  # the only status below 200 that is final
MOST_INFORMATIONAL = 5  # before an answer, as many as Go's client takes


class AnswerCut(ConnectionResetError):
    """The connection ended while an answer was awaited: past the tunnel, where a proxy stands between."""


class Session(requests.Session):
    """Sends what it is told to and nothing else: no cookies, nothing of ~/.netrc, nothing after a redirect."""

    def __init__(self, traffic: Traffic, preferred: Mapping[str, str]) -> None:
        """:param preferred: address by host, for hosts with others that do not answer."""
        super().__init__()
        self.auth = _no_netrc
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = TrustOnceAdapter(traffic, preferred)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: a redirect's body is not read to its end, to prepare a request that is never sent."""


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps `requests` from sending what ~/.netrc holds for a host: it is not what docker or az would send."""
    return request


class TrustOnceAdapter(HTTPAdapter):
    """Counts its requests; verified connections share one TLS context for each bundle of certificates."""

    def __init__(self, traffic: Traffic, preferred: Mapping[str, str]) -> None:
        self._traffic = traffic
        self._preferred = preferred
        self._contexts: Dict[str, ssl.SSLContext] = {}
        self._guard = threading.Lock()
        super().__init__(pool_maxsize=CONNECTIONS)

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        """As `requests` documents it, with connections that wait for the final answer."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        pool.ConnectionCls = _with_final_answers(pool.ConnectionCls)
        return pool

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """As `requests` documents it."""
        send = super().send
        return self._traffic.seen(request.url, lambda: send(request, *arguments, **options))

    def build_connection_pool_key_attributes(
            self, request: requests.PreparedRequest, verify: Union[bool, str], cert: Any = None) -> Tuple[Any, Any]:
        """As `requests` documents it, with the context that connections to the host are to use.

        :raises ssl.SSLError: when the bundle holds no certificate.
        """
        found = super().build_connection_pool_key_attributes(request, verify, cert)
        host: Dict[str, Any] = dict(found[0])
        pool: Dict[str, Any] = dict(found[1])  # of urllib3, which takes more than `requests` itself uses
        context = self._context(verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH) if verify else None
        if context is not None:
            pool["ssl_context"] = context
        address = self._preferred.get(host["host"])
        if address:
            pool["server_hostname"], host["host"] = host["host"], address
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Refuse a bundle that is not there, as `requests` does, and do not load one that the context has loaded.

        :raises OSError: when there is no such bundle.
        """
        parent: Any = super()  # not every version of `requests` has types for this method
        parent.cert_verify(conn, url, verify, cert)
        if verify:
            conn.ca_certs = conn.ca_cert_dir = None

    def _context(self, bundle: str) -> Optional[ssl.SSLContext]:
        if not os.path.exists(bundle):
            return None
        with self._guard:
            if bundle not in self._contexts:
                context = create_urllib3_context()
                context.load_verify_locations(**{"capath" if os.path.isdir(bundle) else "cafile": bundle})
                _settle_protocols(context)
                self._contexts[bundle] = context
            return self._contexts[bundle]


@lru_cache(maxsize=None)
def _with_final_answers(connection: type) -> type:
    """A class of connections as the given one. :param connection: a class, or one that was made here."""
    if getattr(connection, "response_class", None) is _FinalAnswer:
        return connection
    return type(connection.__name__, (connection,), {"response_class": _FinalAnswer})


class _FinalAnswer(http.client.HTTPResponse):
    """An answer; informational ones before it (RFC 9110, 15.2), of which Python skips 100 alone, are read over."""

    def begin(self) -> None:
        """
        :raises AnswerCut: there is none.
        :raises http.client.HTTPException: there is no end of informational answers.
        """
        for _ in range(MOST_INFORMATIONAL + 1):
            try:
                super().begin()
            except ConnectionError as error:
                raise AnswerCut(*error.args) from error
            if self.status >= 200 or self.status == SWITCHING_PROTOCOLS:
                return
            self.headers = None  # type: ignore[assignment]  # else nothing would begin
        raise http.client.HTTPException("no final answer")


def _settle_protocols(context: ssl.SSLContext) -> None:
    """Set the protocols to offer once, and let later calls pass: urllib3 makes one for every connection.

    OpenSSL frees the list of before, which another thread's new connection may be copying at that moment; the server
    then gets garbage and refuses the handshake ("decode error").
    """
    context.set_alpn_protocols(ALPN_PROTOCOLS)
    setattr(context, "set_alpn_protocols", lambda _protocols: None)
