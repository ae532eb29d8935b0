# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Sockets: TLS by server name, plain HTTP, and a forward proxy, all answering from the emulator's worlds."""

import html
import itertools
import socket
import socketserver
import ssl
import struct
import sys
import time
import traceback
from base64 import b64encode
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from .certificates import host_fits
from .http import Request, Response

IDLE_SECONDS = 120
_connections = itertools.count(1)


class Listener(socketserver.ThreadingTCPServer):
    """A listening socket.

    :param emulator: gives the current ``azure`` and keeps the log.
    :param base: answer from the base world, whatever the current patch says, and leave no trace in the log.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address, handler, emulator, base=False):
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.emulator = emulator
        self.base = base
        super().__init__(address, handler)

    @property
    def azure(self):
        return self.emulator.base_azure if self.base else self.emulator.azure

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):      # clients come and go
            super().handle_error(request, client_address)


class PlainConnection(BaseHTTPRequestHandler):
    """Plain HTTP: the identity endpoints."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True      # or a body would wait for the acknowledgement of its header
    tls = False
    server_name = ""

    def setup(self):
        self.connection_id = next(_connections)
        super().setup()

    def do_request(self):
        """Answer one request."""
        target = urlsplit(self.path)
        host = self.headers.get("Host") or self.server_name
        host = (host if host.startswith("[") else host.partition(":")[0]).lower()
        # The TLS server name tells host names apart; a Host header may still name another one on the same address.
        request = Request(
            host=host or self.server_name, method=self.command, path=target.path or "/",
            query=parse_qs(target.query, keep_blank_values=True), headers=self.headers, body=self._read_body(),
            client_address=self.client_address[0], local_address=self.connection.getsockname()[0], tls=self.tls)
        azure, service = self.server.azure, "emulator"
        try:
            response, service = azure.answer(request)
        except Exception:       # pylint: disable=broad-except
            # A defect of the emulator must reach the person who runs the test: as a status, a body and a traceback.
            traceback.print_exc()
            response = Response.of_text("Defect of the emulator\n" + traceback.format_exc(), 599, "text/plain")
        if not self.server.base:
            self.server.emulator.log.add(service, request, self.path, response.status, self.connection_id)
        self._send(response, azure)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_request

    def _send(self, response, azure):
        headers = {"Date": formatdate(azure.world.now(), usegmt=True), "Content-Length": str(len(response.body)),
                   **response.headers}
        self.send_response_only(response.status)
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name, one)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_message(self, format, *args):   # pylint: disable=redefined-builtin
        """Silence: the request log is elsewhere."""


class TlsConnection(PlainConnection):
    """TLS, with the certificate that the world has for the server name."""

    tls = True

    def setup(self):
        self.request.settimeout(IDLE_SECONDS)
        self.server_name = server_name_of(self.request)
        azure = self.server.azure
        if any(host_fits(self.server_name, suffix) for suffix in azure.world.reset_on_handshake):
            reset(self.request)
            raise ConnectionResetError(f"Reset for {self.server_name}, as the world wants")
        context = azure.certificates.context_for(self.server_name or self.request.getsockname()[0])
        self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self):
        super().finish()
        self.request.close()


class ProxyConnection(PlainConnection):
    """A forward proxy that ends every tunnel at the emulator, so that nothing needs DNS or privileges."""

    def do_CONNECT(self):   # pylint: disable=invalid-name
        """Open a tunnel, or refuse like a company's proxy."""
        host = self.path.rpartition(":")[0].strip("[]").lower()
        refusal = self._refusal(host)
        if refusal is None and not self.server.azure.service_of(host):
            refusal = _page(503, "The proxy cannot resolve the name of the host.")
        if not self.server.base:
            self.server.emulator.log.add_connect(host, refusal.status if refusal else 200, self.connection_id)
        self.close_connection = True
        if refusal:
            self._send(refusal, self.server.azure)
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        try:
            TlsConnection(self.connection, self.client_address, self.server)
        except OSError:
            pass                    # a handshake that failed concerns the client alone

    def do_request(self):
        """A plain request in absolute form: only the identity endpoints are plain."""
        target = urlsplit(self.path)
        if refusal := self._refusal((target.hostname or "").lower()):
            self._send(refusal, self.server.azure)
            return
        super().do_request()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_request

    def _refusal(self, host):
        proxy = self.server.azure.world.proxy
        wanted = "Basic " + b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        asks = proxy.user and any(host_fits(host, pattern) for pattern in proxy.credentials_for)
        if asks and self.headers.get("Proxy-Authorization") != wanted:
            page = _page(407, "The proxy requires authentication.")
            page.headers["Proxy-Authenticate"] = 'Basic realm="Contoso proxy"'
            return page
        if any(host_fits(host, pattern) for pattern in proxy.refuses):
            return _page(403, f"Access to {host} is blocked by the policy of Contoso.")
        if any(host_fits(host, pattern) for pattern in proxy.cannot_reach):
            return _page(504, f"The proxy got no answer from {host}.")
        return None


def _page(status, text):
    return Response.of_text(f"<html><head><title>{status}</title></head><body><p>{html.escape(text)}</p></body></html>",
                            status, Server="contoso-proxy", Via="1.1 proxy.contoso.example", Connection="close")


def reset(connection):
    """End a TCP connection by RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def server_name_of(connection):
    """The server name in a TLS ClientHello that is still in the socket's buffer; empty when there is none."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        data = connection.recv(16384, socket.MSG_PEEK)
        if len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[3:5], "big"):
            return _server_name(data)
        if not data:
            break
        time.sleep(0.005)
    raise ssl.SSLError("No ClientHello")


def _server_name(record):
    """RFC 8446, 4.1.2, and RFC 6066, 3: walk to the server_name extension."""
    if record[0] != 22:
        raise ssl.SSLError("Not a TLS handshake")
    position = 5 + 4 + 2 + 32                                                # record, handshake, version, random
    position += 1 + record[position]                                         # session id
    position += 2 + int.from_bytes(record[position:position + 2], "big")     # cipher suites
    position += 1 + record[position]                                         # compression methods
    end = position + 2 + int.from_bytes(record[position:position + 2], "big")
    position += 2
    while position + 4 <= end:
        kind, size = struct.unpack("!HH", record[position:position + 4])
        if kind == 0:
            return record[position + 9:position + 4 + size].decode("ascii").lower()
        position += 4 + size
    return ""
