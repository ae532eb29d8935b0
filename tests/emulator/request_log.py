# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""What was asked of the emulator. Bodies and credentials are not kept."""

import threading
import time
from urllib.parse import urlsplit


class RequestLog:
    def __init__(self):
        self._entries = []
        self._lock = threading.Lock()

    def add(self, service, request, target, status, connection_id):
        scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
        parts = urlsplit(target)
        self._append({
            "time": time.time(), "service": service, "host": request.host, "method": request.method,
            "path": parts.path + ("?" + parts.query if parts.query else ""), "status": status,
            "connection": connection_id, "authorization": scheme or None,
            "userAgent": request.headers.get("User-Agent"), "localAddress": request.local_address})

    def add_connect(self, host, status, connection_id):
        """A tunnel that a client asked the proxy for."""
        self._append({"time": time.time(), "service": "proxy", "host": host, "method": "CONNECT", "path": "",
                      "status": status, "connection": connection_id, "authorization": None, "userAgent": None,
                      "localAddress": None})

    def entries(self):
        with self._lock:
            return list(self._entries)

    def clear(self):
        with self._lock:
            self._entries.clear()

    def _append(self, entry):
        with self._lock:
            self._entries.append(entry)
