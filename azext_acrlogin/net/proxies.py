# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which proxy, if any, applies to a host, by the same rules as `requests` and so the CLI: environment and NO_PROXY."""

from typing import Optional
from urllib.parse import urlsplit


def proxy_for(host: str) -> Optional[str]:
    """The proxy in force for https://HOST as `scheme://host:port`, without user name and password; None for none."""
    from requests.utils import get_environ_proxies, select_proxy
    url = f"https://{host}/"
    proxy = select_proxy(url, get_environ_proxies(url, no_proxy=None))
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
