# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The certificates that are trusted, loaded once a run: `requests` loads its bundle anew for every connection.

That costs some 15 ms of computing each time, and a diagnosis opens eight connections at once.
"""

import os
import ssl
import threading
from typing import Dict, Optional

from requests.adapters import HTTPAdapter
from requests.certs import where
from urllib3.util.ssl_ import ALPN_PROTOCOLS, create_urllib3_context


class TrustOnceAdapter(HTTPAdapter):
    """An adapter whose verified connections share one TLS context for each bundle of trusted certificates."""

    def __init__(self):
        self._contexts: Dict[str, ssl.SSLContext] = {}
        self._guard = threading.Lock()
        super().__init__()

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        """As `requests` documents it, with the context that connections to the host are to use.

        :raises ssl.SSLError: when the bundle holds no certificate.
        """
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        context = self._context(verify if isinstance(verify, str) else where()) if verify else None
        if context is not None:
            pool["ssl_context"] = context
        return host, pool

    def cert_verify(self, conn, url, verify, cert):
        """Refuse a bundle that is not there, as `requests` does, and do not load one that the context has loaded.

        :raises OSError: when there is no such bundle.
        """
        super().cert_verify(conn, url, verify, cert)
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


def _settle_protocols(context: ssl.SSLContext) -> None:
    """Set the protocols to offer once, and let later calls pass: urllib3 makes one for every connection.

    OpenSSL frees the list of before, which another thread's new connection may be copying at that moment; the server
    then gets garbage and refuses the handshake ("decode error").
    """
    context.set_alpn_protocols(ALPN_PROTOCOLS)
    context.set_alpn_protocols = lambda _protocols: None  # type: ignore[method-assign]
