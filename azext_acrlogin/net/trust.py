# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Files on this machine without which no TLS connection is made: the certificates to trust, and the log of keys."""

import os
import re
import ssl
from dataclasses import dataclass
from typing import Optional, Sequence

from azext_acrlogin.protocol.text import shown

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # `requests` reads the first that is set
KEY_LOG = "SSLKEYLOGFILE"
BUNDLE_BYTES = 5_000_000
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?(?=-----BEGIN |\Z)", re.DOTALL)


@dataclass(frozen=True)
class FileFault:
    """What is wrong with the file that an environment variable names."""

    variable: str
    text: str


def own_bundle() -> Optional[str]:
    """The environment variable that puts a file of certificates in the place of the Azure CLI's own list."""
    return next((name for name in BUNDLES if os.environ.get(name)), None)


def file_fault(chain: Sequence[BaseException]) -> Optional[FileFault]:
    """The file because of which a connection failed, None when it failed for something else.

    :param chain: the exceptions. What one says of a bundle depends on its reader, so the file itself is looked at.
    """
    key_log = os.environ.get(KEY_LOG)
    if key_log and any(isinstance(link, OSError) and link.filename == key_log for link in chain):
        reason = next((link.strerror for link in chain if isinstance(link, OSError) and link.filename == key_log), "")
        return FileFault(KEY_LOG, f"{KEY_LOG} names {shown(key_log)}, which cannot be written: {shown(reason)}")
    variable = own_bundle()
    if variable is None or not any(map(_may_be_of_a_file, chain)):
        return None
    path = os.environ[variable]
    fault = _bundle_fault(path)
    return FileFault(variable, f"{variable} names {shown(path)}, which {fault}") if fault else None


def bundle_for_clients() -> FileFault:
    """Why the Azure CLI makes no client for Resource Manager: it wants a file where `requests` takes a folder, too, or
    nothing (azure/cli/core/_debug.py)."""
    variable, path = BUNDLES[0], os.environ.get(BUNDLES[0], "")
    if not path:
        return FileFault(variable, f"{variable} is set and empty, and the Azure CLI takes that for a file's name")
    fault = "is not a file, as the Azure CLI requires" if os.path.exists(path) else "does not exist"
    return FileFault(variable, f"{variable} names {shown(path)}, which {fault}")


def _may_be_of_a_file(link: BaseException) -> bool:
    """Whether an exception can come from reading a bundle.

    `requests` raises a bare OSError for a file that is not there, OpenSSL an error of its own for other content. Once
    a certificate was compared with the bundle, it had been read.
    """
    if isinstance(link, ssl.SSLError):
        return not isinstance(link, ssl.SSLCertVerificationError)
    return link.__class__ is OSError and not link.errno or isinstance(link, PermissionError)


def _bundle_fault(path: str) -> Optional[str]:
    if not os.path.exists(path):
        return "does not exist"
    if os.path.isdir(path):
        return None
    try:
        _load(path)
    except ssl.SSLError:
        return _damage(path)
    except OSError as error:
        return f"cannot be read: {shown(error.strerror or error)}"
    return None


def _load(path: str) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)


def _damage(path: str) -> str:
    """Which certificate OpenSSL does not read: it takes a file as a whole, or not at all."""
    with open(path, "rb") as stream:
        content = stream.read(BUNDLE_BYTES)
    for match in PEM.finditer(content):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=match[0].decode("ascii", "replace"))
        except (ssl.SSLError, ValueError):
            line = content.count(b"\n", 0, match.start()) + 1
            return f"holds a damaged certificate, which begins on line {line}"
    return "contains no certificates"
