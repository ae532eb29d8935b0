# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which proxy, if any, applies to a host, by the same rules as `requests` and so the CLI: environment and NO_PROXY."""

import os
from dataclasses import dataclass, field
from typing import Dict, Optional
from urllib.parse import urlsplit
from urllib.request import getproxies


@dataclass(frozen=True)
class Tunnel:
    """A proxy to connect through, and what to send it."""

    host: str
    port: int
    headers: Dict[str, str] = field(default_factory=dict, repr=False)  # may hold a password


def tunnel_to(host: str) -> Optional[Tunnel]:
    """The proxy in force for https://HOST, as a plain CONNECT needs it; None for none.

    :raises ValueError: it is a proxy of another kind.
    """
    from requests.adapters import HTTPAdapter
    proxy = _proxy_url(host)
    if not proxy:
        return None
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("not a proxy that is spoken to in plain HTTP")
    return Tunnel(parts.hostname, parts.port or 80, HTTPAdapter().proxy_headers(proxy))


def _proxy_url(host: str) -> Optional[str]:
    from requests.utils import get_environ_proxies, select_proxy
    url = f"https://{host}/"
    return select_proxy(url, get_environ_proxies(url, no_proxy=None)) or None


def proxy_for(host: str) -> Optional[str]:
    """The proxy in force for https://HOST as `scheme://host:port`, without user name and password; None for none."""
    proxy = _proxy_url(host)
    return without_credentials(proxy) if proxy else None


def without_credentials(proxy: str) -> str:
    """A proxy's URL with the user name and password left out; 'unreadable' when it is no URL."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, port = parts.hostname or "unreadable", parts.port
    except ValueError:
        return "unreadable"
    if "@" in proxy and "@" not in parts.netloc:  # a slash in the password, which is taken for the end of the host
        return "unreadable"
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def excepted_proxy(host: str) -> Optional[str]:
    """The proxy that https://HOST would go through if NO_PROXY did not except it; None for none."""
    from requests.utils import select_proxy
    if proxy_for(host) or not (os.environ.get("NO_PROXY") or os.environ.get("no_proxy")):
        return None
    proxy = select_proxy(f"https://{host}/", getproxies())
    return without_credentials(proxy) if proxy else None
