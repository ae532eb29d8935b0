# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The files in which the CLI keeps a sign-in: what keeps the CLI from using them. They are read, never changed."""

import json
import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Union

from azext_acrlogin.base.tracebacks import raised_in
from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.jwt import claims_of

TOKEN_CACHE, SERVICE_PRINCIPALS = "msal_token_cache", "service_principal_entries"
LOCK_ENDING = ".lockfile"
KEY_STORES = ("msal_extensions.libsecret", "msal_extensions.osx")  # of Linux and macOS, which az does not use by itself
HELD_SECONDS = 2.0  # whoever writes the token cache is done within milliseconds; so old a lock belongs to another


def _local_user() -> Optional[str]:
    if sys.platform == "win32":
        return None
    import pwd
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return None


@dataclass(frozen=True)
class FileFault:
    """A file of the CLI's sign-in that the CLI cannot use.

    kind: unreadable, unwritable (the file, or its folder), damaged, locked, undecryptable, noEncryption (the CLI is
        told to encrypt the file and cannot), missing, notACertificate.
    not_ours: it belongs to another user of this system.
    folder: in which the CLI keeps its files, where the fault is in one of those.
    local_user: who runs this, as far as owners and permissions of files are the system's (not on Windows).
    """

    path: str
    kind: str
    not_ours: bool = False
    folder: Optional[str] = None
    local_user: Optional[str] = field(default_factory=_local_user)


def fault_in(cli_ctx: Any, client_id: Optional[str], error: BaseException) -> Optional[FileFault]:
    """The fault that explains why the CLI failed to use a sign-in; None when the files are as they have to be.

    :param client_id: of a service principal that is signed in; None for a user.
    :param error: that the CLI or MSAL raised.
    """
    from azure.cli.core.auth.persistence import file_extensions
    from azure.cli.core.util import should_encrypt_token_cache
    from msal_extensions.persistence import PersistenceDecryptionError, PersistenceEncryptionError
    folder, encrypted = str(cli_ctx.config.config_dir), bool(should_encrypt_token_cache(cli_ctx))
    ending = file_extensions[encrypted]
    names = (TOKEN_CACHE, SERVICE_PRINCIPALS) if client_id else (TOKEN_CACHE,)
    paths = [os.path.join(folder, name + ending) for name in names]
    if isinstance(error, (PersistenceDecryptionError, PersistenceEncryptionError)):
        return FileFault(str(error.filename or paths[0]), "undecryptable", folder=folder)
    for path in paths:
        if _is_locked(path + LOCK_ENDING):
            return FileFault(path + LOCK_ENDING, "locked", folder=folder)
    if encrypted:
        return FileFault(paths[0], "noEncryption", folder=folder) if raised_in(error) in KEY_STORES else None
    contents: Dict[str, Any] = {}
    for path in paths:
        found = _read(path, folder)
        if isinstance(found, FileFault):
            return found
        contents[path] = found
    if not _is_token_cache(contents[paths[0]]):
        return FileFault(paths[0], "damaged", folder=folder)
    if isinstance(error, PermissionError):
        return next((fault for fault in map(_unwritable, [folder, *paths]) if fault), None)
    return _of_entries(contents[paths[1]], paths[1], folder, client_id) if client_id else None


def _is_locked(path: str) -> bool:
    """Whether another process has held a lock for longer than it can need."""
    try:
        return time.time() - os.stat(path).st_mtime > HELD_SECONDS
    except OSError:
        return False


def _read(path: str, folder: str) -> Any:
    """The content of a JSON file, None when there is no file, "" when it is empty, or the fault that it has."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return json.loads(text) if text.strip() else ""
    except FileNotFoundError:
        return None
    except OSError:
        return FileFault(path, "unreadable", _not_ours(path), folder)
    except (ValueError, RecursionError):
        return FileFault(path, "damaged", folder=folder)


def _is_token_cache(content: Any) -> bool:
    """Whether MSAL can take this for its token cache; it takes an empty file for an empty one."""
    return content in (None, "") or isinstance(content, dict) and all(
        isinstance(part, dict) for part in content.values())


def _unwritable(path: str) -> Optional[FileFault]:
    """The fault of a file or folder that is there and cannot be written to."""
    if not os.path.exists(path) or os.access(path, os.W_OK):
        return None
    return FileFault(path, "unwritable", _not_ours(path), path if os.path.isdir(path) else os.path.dirname(path))


def _not_ours(path: str) -> bool:
    if sys.platform == "win32":
        return False
    try:
        return os.stat(path).st_uid != os.geteuid()
    except OSError:  # in a folder that is closed to us
        return True


def _of_entries(entries: Any, path: str, folder: str, client_id: str) -> Optional[FileFault]:
    """The fault of a service principal's entry, or of the certificate that it names."""
    if entries is None:
        return None
    if not isinstance(entries, list) or not all(text_member(entry, "client_id") and text_member(entry, "tenant")
                                                for entry in entries):
        return FileFault(path, "damaged", folder=folder)
    certificate = next((text_member(entry, "certificate") for entry in entries
                        if text_member(entry, "client_id") == client_id), None)
    return _of_certificate(certificate) if certificate else None


def _of_certificate(path: str) -> Optional[FileFault]:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return FileFault(path, "missing")
    except OSError:
        return FileFault(path, "unreadable", _not_ours(path))
    return None if _has_key_and_certificate(content) else FileFault(path, "notACertificate")


def _has_key_and_certificate(content: bytes) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate
    try:
        load_pem_x509_certificate(content)
        load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: the key has a passphrase
        return False
    return True


def fault_of_profile(content: Any, path: str, folder: str) -> Optional[FileFault]:
    """The fault of the CLI's list of subscriptions, where the CLI cannot go through it."""
    subscriptions = member(content, "subscriptions")
    entries = subscriptions if isinstance(subscriptions, list) else []
    read = isinstance(content, dict) and isinstance(subscriptions, (list, type(None))) and all(
        text_member(entry, name) for entry in entries for name in ("id", "name", "environmentName"))
    return None if read else FileFault(path, "damaged", folder=folder)


def federated_assertion(cli_ctx: Any, client_id: str, tenant_id: str) -> Optional[Dict[str, Any]]:
    """The claims of the assertion that the CLI keeps for a service principal, None when it keeps none."""
    from azure.cli.core.util import get_secret_store
    entries: Union[List[Any], Any] = get_secret_store(cli_ctx, SERVICE_PRINCIPALS).load()
    of_client = [entry for entry in entries if text_member(entry, "client_id") == client_id]
    of_client.sort(key=lambda entry: text_member(entry, "tenant") != tenant_id)
    assertion = text_member(of_client[0], "client_assertion") if of_client else None
    return claims_of(assertion) if assertion else None
