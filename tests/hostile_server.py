# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A proxy that passes everything on to the emulator's, except for the hosts that a test takes over.

Connections to those end here, with a certificate that clients trust, and are answered byte by byte as a test wants.
"""

import http.client
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Callable, Dict, Iterable, List

from tests.emulator.certificates import Authority

IDLE_SECONDS = 60


@dataclass
class Request:
    """What a client sent to a host that was taken over."""

    host: str
    method: str
    target: str
    headers: List[tuple]
    body: bytes

    @property
    def sent(self) -> str:
        """All of it as one text, to look for secrets in."""
        lines = [f"{self.method} {self.target}"] + [f"{name}: {value}" for name, value in self.headers]
        return "\n".join(lines) + "\n" + self.body.decode("latin-1")


@dataclass
class Genuine:
    """What the emulator answers to the same request."""

    status: int
    headers: List[tuple]
    body: bytes

    def header(self, name, value) -> "Genuine":
        """The same with one header replaced; None takes it out."""
        others = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        return Genuine(self.status, others + ([(name, value)] if value is not None else []), self.body)

    def encoded(self) -> bytes:
        head = f"HTTP/1.1 {self.status} x\r\n" + "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return head.encode("latin-1") + b"\r\n" + self.body


Behaviour = Callable[[Request, Callable[[], Genuine]], Iterable[bytes]]


class HostileProxy:
    """A running proxy; a context manager.

    :param description: of the emulator behind it (see emulator.json).
    :param behaviours: host to function of the request and of what fetches the genuine answer; it gives the bytes to
        send, piece by piece. After them the connection is closed.
        None instead of a function: the connection is accepted and nothing is ever said.
    """

    def __init__(self, description: dict, state, behaviours: Dict[str, Behaviour]):
        self.description, self.behaviours = description, behaviours
        self.upstream = _address(description["proxy"][0])
        self.requests: List[Request] = []
        self.connects: List[str] = []
        day, now = timedelta(days=1), datetime.now(timezone.utc)
        self._context = Authority(state, "ca").context(list(behaviours), now - day, now + day)
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.proxy = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return "http://%s:%d" % self._server.server_address[:2]

    def environment(self, environment: dict) -> dict:
        """An environment for az with this proxy in the place of the emulator's."""
        return {**environment, **{name: self.url for name in ("HTTPS_PROXY", "https_proxy")}}

    def secured(self, connection) -> ssl.SSLSocket:
        return self._context.wrap_socket(connection, server_side=True)

    def genuine(self, request: Request) -> Genuine:
        """Put the same request to the emulator."""
        trusting = ssl.create_default_context(cafile=self.description["ca"])
        client = http.client.HTTPSConnection(*self.upstream, context=trusting, timeout=10)
        client.set_tunnel(request.host, 443)
        headers = {name: value for name, value in request.headers if name.lower() not in ("connection",)}
        client.request(request.method, request.target, request.body, headers)
        answer = client.getresponse()
        return Genuine(answer.status, answer.getheaders(), answer.read())


class HostileServer:
    """A server without TLS that reads a request's head and answers with the pieces that `behaviour()` gives."""

    def __init__(self, behaviour: Callable[[], Iterable[bytes]]):
        self._server = _Server(("127.0.0.1", 0), _PlainConnection)
        self._server.behaviour = behaviour
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return "http://%s:%d" % self._server.server_address[:2]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Clients that give up are what these tests are about."""


class _PlainConnection(socketserver.BaseRequestHandler):
    """One connection to a `HostileServer`."""

    def handle(self):
        self.request.settimeout(IDLE_SECONDS)
        _read_head(self.request)
        for piece in self.server.behaviour():
            self.request.sendall(piece)


class _Connection(socketserver.BaseRequestHandler):
    """One connection of a client to the proxy."""

    def handle(self):
        self.request.settimeout(IDLE_SECONDS)
        line = _read_head(self.request).split(b"\r\n", 1)[0].decode("latin-1")
        proxy: HostileProxy = self.server.proxy
        host = line.split()[1].rpartition(":")[0]
        proxy.connects.append(host)
        if host not in proxy.behaviours:
            self._pass_on(proxy.upstream, host)
            return
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        behaviour = proxy.behaviours[host]
        if behaviour is None:
            self.request.recv(1)
            threading.Event().wait(IDLE_SECONDS)
        else:
            with proxy.secured(self.request) as secured:
                self._answer(proxy, secured, host, behaviour)

    def _answer(self, proxy, secured, host, behaviour):
        head = _read_head(secured)
        if not head:
            return
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        length = int(next((value for name, value in headers if name.lower() == "content-length"), "0"))
        body = b""
        while len(body) < length:
            body += secured.recv(length - len(body)) or b"\0" * length
        method, target, _ = first.split(" ", 2)
        request = Request(host, method, target, headers, body)
        proxy.requests.append(request)
        for piece in behaviour(request, lambda: proxy.genuine(request)):
            secured.sendall(piece)
        secured.settimeout(1)
        secured.unwrap()

    def _pass_on(self, upstream, host):
        with socket.create_connection(upstream, 10) as there:
            there.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
            backwards = threading.Thread(target=_copy, args=(there, self.request), daemon=True)
            backwards.start()
            _copy(self.request, there)
            backwards.join(IDLE_SECONDS)


def _copy(source, target):
    try:
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass    # one side has gone; so will the other


def _read_head(connection) -> bytes:
    """Up to the empty line, and not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def _address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)
