# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""HTTP to registries, Entra and Resource Manager: bounded in time and size, never following a redirect.

A request never raises for what the network or the server does; it returns an `Answer` that holds either a response
or a `Failure`. Proxy settings and certificate bundles are those that `requests`, and so the CLI, reads.
"""

import re
import socket
import ssl
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, Union
from urllib.parse import urlsplit

from azext_acrlogin.base.threads import OutOfTime, bounded
from azext_acrlogin.net.proxies import proxy_for
from azext_acrlogin.net.redaction import secrets_of, without
from azext_acrlogin.net.traffic import Traffic
from azext_acrlogin.net.trust import file_fault
from azext_acrlogin.protocol.json_text import parse_json
from azext_acrlogin.protocol.text import shown

if TYPE_CHECKING:
    from requests import Response, Session

BODY_BYTES = 1_000_000
CHUNK_BYTES = 65_536
Form = List[Tuple[str, str]]

# OpenSSL's verification codes (X509_V_ERR_*), by what they say.
UNKNOWN_ISSUER = (2, 18, 19, 20, 21)  # the chain does not lead to a certificate that is trusted
CERTIFICATE_DATES = (9, 10)  # not yet valid, or expired
HOSTNAME_MISMATCH = 62
# What RFC 5280 demands and OpenSSL checks only when it is strict, as Python is from version 3.13 on. It does so once
# the chain has led to a certificate that is trusted.
FLAWS = range(80, 95)

THROTTLED = 429
PAUSE_SECONDS = 1.0  # before a request is repeated
SILENT = ("dns", "timeout", "refused", "unreachable", "proxy")  # kinds of failure that a second attempt would repeat


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    kind: dns, refused, timeout, reset, unreachable, tls, proxy or malformed.
    text: in our words, with the system's own reason where there is one; safe to show.
    certificate_fault: for tls, OpenSSL's verification code (X509_V_ERR_*), None when it was not about a certificate.
    certificate_reason: what OpenSSL calls it.
    file_variable: for tls, the environment variable that names a file which keeps every connection from being made.
    proxy_status: for proxy, the status with which the proxy refused the CONNECT.
    proxy: for proxy, its address, None where it is not a valid one.
    """

    kind: str
    text: str
    certificate_fault: Optional[int] = None
    certificate_reason: Optional[str] = None
    file_variable: Optional[str] = None
    proxy_status: Optional[int] = None
    proxy: Optional[str] = None


@dataclass(frozen=True)
class Answer:
    """One request's outcome: either `status` and what came with it, or `failure`."""

    host: str
    path: str
    status: Optional[int] = None
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: str = field(default="", repr=False)  # may hold a token
    cut: bool = False  # the body was longer than allowed; what is here is its beginning
    failure: Optional[Failure] = None

    @cached_property
    def json(self) -> Any:
        """The body as JSON, None when it is not."""
        return None if self.cut else parse_json(self.body)

    @property
    def was_lost(self) -> bool:
        """Whether the next one may well be another: this request was cut, throttled, or met an outage."""
        cut = self.failure is not None and self.failure.kind == "reset"
        return cut or self.status == THROTTLED or (self.status or 0) >= 500

    @property
    def correlation_id(self) -> Optional[str]:
        """The id under which the service logged the request, for a support ticket."""
        value = self.headers.get("x-ms-correlation-request-id") or self.headers.get("x-ms-request-id")
        return shown(value, 80) if value else None

    @property
    def retry_after(self) -> Optional[str]:
        """The waiting time that a 429 or 503 names: seconds, or a date (RFC 9110, 10.2.3)."""
        value = self.headers.get("retry-after")
        return shown(value, 40) if value else None


def whole_seconds(timeout_seconds: float) -> float:
    """The limit of a whole request, look-up and body included, given that of one network attempt."""
    return timeout_seconds * 1.2 + 1


class Http:
    """A session shared by all checks, so that requests to one host share connections.

    traffic: what was sent in this run.
    """

    def __init__(self, timeout_seconds: float, user_agent: str, verify: bool = True) -> None:
        """
        :param timeout_seconds: for each network attempt, and for reading an answer to its end.
        :param verify: False when the user switched the CLI's certificate verification off.
        """
        self._timeout_seconds = timeout_seconds
        self._user_agent = user_agent
        self._verify = verify
        self.traffic = Traffic()
        self._session: Optional["Session"] = None
        self._answered: Set[str] = set()  # hosts with connections that may be used again
        self._preferred: Dict[str, str] = {}  # address by host
        self._silent: Dict[str, Failure] = {}  # hosts that gave no answer; they are not asked again in this run

    def prefer(self, host: str, address: str) -> None:
        """Connect to this one of a host's addresses: others do not answer, and would be waited for."""
        self._preferred[host] = address

    def request(self, method: str, url: str, *, headers: Optional[Mapping[str, str]] = None,
                form: Optional[Form] = None, body: Any = None, content: Optional[bytes] = None,
                body_bytes: int = BODY_BYTES, verify: Optional[bool] = None) -> Answer:
        """Send one request and read its answer, of at most `body_bytes`.

        :param form: pairs to send url-encoded.  :param body: a value to send as JSON.
        :param content: what to send as it is.
        :param verify: False reads an answer without trusting the server; never send a secret with it.
        """
        try:
            parts = urlsplit(url)
        except ValueError:  # of a host that a server named
            return Answer("", "", failure=Failure("malformed", "the host name is not valid"))
        host, path = parts.hostname or "", parts.path
        data = form if content is None else content
        if host in self._silent:
            return Answer(host, path, failure=self._silent[host])
        try:
            answer = bounded(lambda: self._exchange(method, url, host, path, headers, data, body, body_bytes, verify),
                             whole_seconds(self._timeout_seconds), f"{method} {host}")
        except OutOfTime:
            answer = Answer(host, path, failure=Failure("timeout", f"no complete answer from {host} in time"))
        if answer.failure and answer.failure.kind in SILENT:
            self._silent[host] = answer.failure
        return answer

    def patient_request(self, method: str, url: str, **options: Any) -> Answer:
        """As `request`, and once more after a moment where the answer was lost: a fault that has passed decides
        nothing. For what may be repeated, such as asking for a token.

        No Retry-After is waited for, and a loss that was long in coming is final: the run has a limit, too.
        """
        began = time.monotonic()
        answer = self.request(method, url, **options)
        if answer.was_lost and time.monotonic() - began < self._timeout_seconds / 2:
            time.sleep(PAUSE_SECONDS)
            answer = self.request(method, url, **options)
        return answer

    def _exchange(self, method: str, url: str, host: str, path: str, headers: Optional[Mapping[str, str]],
                  data: Union[Form, bytes, None], body: Any, body_bytes: int, verify: Optional[bool]) -> Answer:
        from requests.exceptions import InvalidHeader, RequestException
        sent = {"User-Agent": self._user_agent, "Accept": "application/json", **(headers or {})}
        if host in self._preferred:
            sent["Host"] = host
        reusing = host in self._answered
        try:
            with self._opened().request(
                    method, url, headers=sent, data=data, json=body, stream=True, allow_redirects=False,
                    timeout=self._timeout_seconds, verify=self._verify if verify is None else verify) as response:
                content, cut = read_bounded(response, body_bytes, self._timeout_seconds)
                secrets = self.traffic.secrets
                secrets.add(*secrets_of(response.request))
                self._answered.add(host)
                status, shorter = response.status_code, list(response.headers.items())[:100]
                return Answer(host, path, status,
                              {name.lower(): without(secrets, value[:2000], status) for name, value in shorter},
                              without(secrets, content.decode("utf-8", "replace"), status), cut)
        except (RequestException, InvalidHeader, OSError, ValueError) as error:
            failure = failure_of(error, host)
            if reusing and _may_be_a_closed_connection(failure):
                self._answered.discard(host)
                return self._exchange(method, url, host, path, headers, data, body, body_bytes, verify)
            return Answer(host, path, failure=failure)

    def _opened(self) -> "Session":
        if self._session is None:
            from urllib3 import disable_warnings
            from urllib3.exceptions import InsecureRequestWarning
            from azext_acrlogin.net.session import Session as OwnSession
            disable_warnings(InsecureRequestWarning)  # it was the user's wish, or nothing secret is sent
            self._session = OwnSession(self.traffic, self._preferred)
        return self._session


def _may_be_a_closed_connection(failure: Failure) -> bool:
    """Whether a request may have failed only because the server had closed the connection that it was to use again."""
    return failure.kind == "reset" or failure.kind == "proxy" and failure.proxy_status is None


def read_bounded(response: "Response", limit: int, seconds: float) -> Tuple[bytes, bool]:
    """Read the body of a `requests` response, at most `limit` bytes.

    :return: the bytes, and whether there was more.
    :raises TimeoutError: it does not end within `seconds`, although something keeps coming.
    """
    content, ends = bytearray(), time.monotonic() + seconds
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) > limit:
            return bytes(content[:limit]), True
        if time.monotonic() > ends:
            raise TimeoutError("the answer does not end in time")
    return bytes(content), False


def failure_of(error: BaseException, host: str) -> Failure:
    """Say what went wrong by the types and numbers in the chain of exceptions, never by their texts.

    The one exception is a proxy's refusal, whose status urllib3 hands on in a text only.
    """
    from requests.exceptions import InvalidSchema, InvalidURL
    from urllib3.exceptions import LocationParseError
    from azext_acrlogin.net.session import AnswerCut
    chain = list(_chain(error))
    if not any(isinstance(link, AnswerCut) for link in chain) and _at_the_proxy(chain, host):
        return _proxy_failure(chain, proxy_for(host))
    if isinstance(error, (InvalidURL, InvalidSchema, LocationParseError)) and proxy_for(host):
        return Failure("proxy", "the proxy's address is not valid")  # that of the request itself is
    file = file_fault(chain)
    if file:
        return Failure("tls", file.text, file_variable=file.variable)
    for recognise in (_cause, _circumstance):  # what an exception was raised from says more than what wraps it
        for link in chain:
            failure = recognise(link, host)
            if failure:
                return failure
    return Failure("malformed", f"{host} gave no usable answer ({type(error).__name__})")


def _cause(link: BaseException, host: str) -> Optional[Failure]:
    from urllib3.exceptions import NameResolutionError
    if isinstance(link, ssl.SSLCertVerificationError):
        reason = shown(link.verify_message)
        return Failure("tls", f"the certificate is not accepted: {reason}", link.verify_code, reason)
    if isinstance(link, (socket.gaierror, NameResolutionError)):
        return Failure("dns", f"{host} does not resolve")
    if isinstance(link, ConnectionRefusedError):
        return Failure("refused", f"{host} refused the connection")
    if isinstance(link, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, ConnectionAbortedError,
                         BrokenPipeError)):
        return Failure("reset", f"the connection to {host} was cut")
    return None


def _circumstance(link: BaseException, host: str) -> Optional[Failure]:
    from requests.exceptions import ConnectTimeout, ReadTimeout
    if isinstance(link, ssl.SSLError):
        reason = shown(getattr(link, "reason", None) or "handshake failed")
        return Failure("tls", f"no secure connection to {host}: {reason}")
    if isinstance(link, (ConnectTimeout, ReadTimeout, TimeoutError, socket.timeout)):
        return Failure("timeout", f"no answer from {host} in time")
    if type(link).__name__ in ("RemoteDisconnected", "ProtocolError", "IncompleteRead"):
        return Failure("reset", f"the connection to {host} was cut")
    if isinstance(link, OSError) and link.errno and link.strerror:
        return Failure("unreachable", f"{host} cannot be reached: {shown(link.strerror)}")
    return None


def _at_the_proxy(chain: Sequence[BaseException], host: str) -> bool:
    """Whether a proxy is what failed. What goes wrong on the way to a SOCKS proxy comes with no name of its own; of
    these kinds, only the proxy's name is looked up here."""
    from requests.exceptions import ProxyError
    if any(isinstance(link, ProxyError) or type(link).__module__ == "socks" for link in chain):
        return True
    resolves = (proxy_for(host) or "").partition(":")[0] in ("socks4a", "socks5h")
    return resolves and any(isinstance(link, socket.gaierror) for link in chain)


def _proxy_failure(chain: Sequence[BaseException], proxy: Optional[str]) -> Failure:
    for link in chain:
        match = re.search(r"Tunnel connection failed: (\d{3})", str(link)) if isinstance(link, OSError) else None
        if match:
            text = (f"the proxy asks for a user name and password ({match[1]})" if match[1] == "407" else
                    f"the proxy refused to connect (status {match[1]})")
            return Failure("proxy", text, proxy_status=int(match[1]), proxy=proxy)
    text = "the connection through the proxy failed"
    for link in chain:
        if isinstance(link, socket.gaierror):
            text = "the proxy's name does not resolve"
            break
        if isinstance(link, ConnectionRefusedError):
            text = "the proxy refused the connection"
            break
        if isinstance(link, (TimeoutError, socket.timeout)):
            text = "the proxy did not answer in time"
            break
    return Failure("proxy", text, proxy=proxy)


def _chain(error: Optional[BaseException]) -> Iterator[BaseException]:
    """The exception, what it wraps and what caused it; requests and urllib3 wrap in `args` and `reason`."""
    seen = set()
    pending = [error]
    while pending:
        link = pending.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        pending += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
