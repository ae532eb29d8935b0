# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The container clients' configuration files: how docker and podman read them, and find a credential in them.

Sources: docker/cli `cli/config/configfile/file.go`, `cli/config/credentials/file_store.go`; containers/image
`pkg/docker/config`; containers-auth.json(5).
"""

import base64
import codecs
import json
import re
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Optional, Tuple
from urllib.parse import urlsplit

from azext_acrlogin.base.secret import Secret
from azext_acrlogin.protocol.json_text import member, text_member, with_whole_characters
from azext_acrlogin.protocol.jwt import claims_of, text_claim, time_claim

TOKEN_USER = "00000000-0000-0000-0000-000000000000"  # the user name that says: the password is a registry token
HELPER_TOKEN_USER = "<token>"  # a credential helper's user name for an identity token
TOKEN_ISSUER = "Azure Container Registry"
HELPER_NAME = re.compile(r"[\w.+-]+")
_REGIONAL = re.compile(r"^([a-z0-9-]+)\.[a-z0-9]+\.geo(\.azurecr\..+)$")


# docker/cli, cli/config/configfile/file.go and types/authconfig.go: the members with other types than a flag or a list.
AUTH_TEXTS = ("username", "password", "auth", "email", "serveraddress", "identitytoken", "registrytoken")
DOCKER_TEXTS = ("psFormat", "imagesFormat", "networksFormat", "pluginsFormat", "volumesFormat", "statsFormat",
                "detachKeys", "serviceInspectFormat", "servicesFormat", "tasksFormat", "secretFormat", "configFormat",
                "nodesFormat", "currentContext")
DOCKER_MAPS = {"HttpHeaders": 1, "proxies": 2, "plugins": 2, "aliases": 1, "features": 1}  # levels of objects
_AUTH_MEMBERS = {name.lower(): name for name in AUTH_TEXTS}
_MEMBERS = {name.lower(): name for name in ("auths", "credHelpers", "credsStore", *DOCKER_TEXTS, *DOCKER_MAPS)}


@dataclass(frozen=True)
class ParsedConfig:
    """A configuration file's content: `config`, or the `fault` that keeps the client from reading it, and where."""

    config: Optional[Dict[str, Any]] = field(default=None, repr=False)
    fault: Optional[str] = None
    line: Optional[int] = None
    column: Optional[int] = None


def parse_config(content: bytes, strict: bool = False) -> ParsedConfig:
    """Read a configuration file as the client does.

    :param strict: podman accepts one JSON value and nothing else; docker ignores what follows it, and accepts an
        empty file.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)):
        return ParsedConfig(fault="it begins with a byte order mark; the file must be UTF-8 without one",
                            line=1, column=1)
    text = content.decode("utf-8", "replace")
    begin = len(text) - len(text.lstrip(" \t\r\n"))
    if begin == len(text) and not strict:
        return ParsedConfig({})
    try:
        decoder = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_refuse)
        value = _as_go_reads(decoder.decode(text) if strict else decoder.raw_decode(text, begin)[0])
        value = with_whole_characters(value, text)
    except json.JSONDecodeError as error:
        return ParsedConfig(fault=f"not JSON: {error.msg}", line=error.lineno, column=error.colno)
    except (ValueError, RecursionError):  # NaN, a number with thousands of digits, or nested without end
        return ParsedConfig(fault="not valid JSON")
    fault = _fault_of(value) or (None if strict else _fault_of_docker(value))
    return ParsedConfig(fault=fault) if fault else ParsedConfig(value or {})


class _Pairs(List[Tuple[str, Any]]):
    """A JSON object's members, in order; there may be two of one name."""


def _refuse(constant: str) -> None:
    """NaN and Infinity are Python's own, not JSON's.

    :raises ValueError: always.
    """
    raise ValueError(constant)


def _as_go_reads(value: Any) -> Any:
    """The file as Go's parser fills the clients' types with it.

    Names of members that those types have may be in any case. Of two with one name the last counts, but two objects
    of the outermost level are put together (encoding/json, `Unmarshal`).
    """
    if not isinstance(value, _Pairs):
        return _plain(value)
    read: Dict[str, Any] = {}
    for name, entry in value:
        name, entry = _MEMBERS.get(name.lower(), name), _plain(entry)
        if name == "auths" and isinstance(entry, dict):
            entry = {host: _entry(login) for host, login in entry.items()}
        before = read.get(name)
        if isinstance(before, dict) and isinstance(entry, dict):
            entry = {**before, **entry}
        read[name] = before if entry is None and before is not None and not isinstance(before, dict) else entry
    return read


def _entry(login: Any) -> Any:
    if not isinstance(login, dict):
        return login
    return {_AUTH_MEMBERS.get(name.lower(), name): value for name, value in login.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {name: _plain(entry) for name, entry in value}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def _fault_of(value: Any) -> Optional[str]:
    """What the client's typed parser refuses in well-formed JSON."""
    if not isinstance(value, (dict, type(None))):
        return "its content is not a JSON object"
    for name, kind, what in (("auths", dict, "an object"), ("credHelpers", str, "a string")):
        entries = member(value, name)
        if not isinstance(entries, (dict, type(None))):
            return f'"{name}" is not an object'
        if any(not isinstance(entry, (kind, type(None))) for entry in (entries or {}).values()):
            return f'an entry of "{name}" is not {what}'
        if kind is dict and any(not isinstance(member(entry, field), (str, type(None)))
                                for entry in (entries or {}).values() for field in AUTH_TEXTS):
            return f'an entry of "{name}" contains a value that is not a string'
    if not isinstance(member(value, "credsStore"), (str, type(None))):
        return '"credsStore" is not a string'
    return None


def _fault_of_docker(value: Any) -> Optional[str]:
    """Members that podman ignores, and that docker's parser refuses if they have another type."""
    for name in DOCKER_TEXTS:
        if not isinstance(member(value, name), (str, type(None))):
            return f'"{name}" is not a string'
    for name, depth in DOCKER_MAPS.items():
        if not _is_map_of_texts(member(value, name), depth):
            return f'"{name}" contains values that are not strings'
    return None


def _is_map_of_texts(value: Any, depth: int) -> bool:
    if value is None:
        return True
    if depth == 0:
        return isinstance(value, str)
    return isinstance(value, dict) and all(_is_map_of_texts(entry, depth - 1) for entry in value.values())


def auths_of(config: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    """The `auths` member: what is stored in the file itself, by registry."""
    return member(config, "auths") or {}


def has_logins_or_helpers(config: Optional[Dict[str, Any]]) -> bool:
    """Whether docker goes by its file alone; where not, it looks for a helper of the system (`ContainsAuth`)."""
    return bool(auths_of(config) or member(config, "credHelpers") or text_member(config, "credsStore"))


def helper_for(config: Optional[Dict[str, Any]], host: str, client: str) -> Optional[str]:
    """Name of the credential helper that the client asks for `host`: this host's own, else the one for all hosts.

    podman only has helpers for single hosts, and ignores `credsStore`.
    """
    helpers = member(config, "credHelpers") or {}
    if host in helpers:
        return helpers[host] or None
    return text_member(config, "credsStore") or None if client == "docker" else None


def host_of_key(key: str) -> str:
    """The host that the client reads from an `auths` key that is not exactly a host: a URL's, or all up to a slash."""
    if "://" in key:
        try:
            parts = urlsplit(key)
            if parts.hostname:
                return parts.netloc.rpartition("@")[2]
        except ValueError:
            pass
    return key.split("/", 1)[0]


def key_for(keys: Iterable[str], host: str, repository: Optional[str] = None) -> Optional[str]:
    """The key under which the client finds a credential for `host`, or None.

    :param repository: for podman, whose keys may go down to a repository; the longest wins.
    """
    known = list(keys)
    parts = repository.split("/") if repository else []
    for length in range(len(parts), 0, -1):
        namespaced = "/".join([host, *parts[:length]])
        if namespaced in known:
            return namespaced
    if host in known:
        return host
    return next((key for key in known if host_of_key(key) == host), None)


def other_spellings(keys: Iterable[str], host: str) -> List[str]:
    """Keys that mean `host` and that the client does not find for it: capitals, a port, a trailing dot or a blank."""
    return [key for key in keys if host_of_key(key) != host and _meant(key) == host]


def _meant(key: str) -> str:
    """The host that `key` was meant for."""
    bare = key.strip().lower().split("://", 1)[-1].lstrip("/").split("/", 1)[0]
    return re.sub(r"(:443|\.)+$", "", bare.strip())


@dataclass(frozen=True)
class Stored:
    """One stored credential.

    kind: identityToken (docker renews an access token with it), password, or none for an empty entry.
    fault: why its `auth` member cannot be read.
    """

    kind: str = "none"
    user_name: Optional[str] = None
    secret: Optional[Secret] = None
    fault: Optional[str] = None

    @property
    def claims(self) -> Optional[Dict[str, Any]]:
        """The secret's claims, None when it is not a readable token."""
        return claims_of(self.secret.reveal()) if self.secret else None

    @property
    def looks_like_token(self) -> bool:
        """Whether it must be a token, by its place, its user name, or the beginning that all JSON Web Tokens share."""
        return self.secret is not None and (self.kind == "identityToken" or self.user_name == TOKEN_USER
                                            or self.secret.reveal().startswith("eyJ"))


def stored_entry(entry: Any) -> Stored:
    """Read one value of `auths`: `auth` is base64 of user:password, and `identitytoken` comes before the password."""
    auth, token = text_member(entry, "auth"), text_member(entry, "identitytoken")
    user, password, fault = text_member(entry, "username"), text_member(entry, "password"), None
    if auth:
        encoded = re.sub(r"[\r\n]", "", auth)
        whole = len(encoded) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", encoded)  # Python takes more than Go
        user, colon, password = (base64.b64decode(encoded) if whole else b"").decode("utf-8", "replace").partition(":")
        if not whole:
            fault = "its auth value is not base64"
        elif not colon or not user:
            fault = "its auth value is not user:password"
    if fault:
        return Stored(fault=fault)
    return _stored(user, password.strip("\0"), token)


def stored_by_helper(user: str, secret: str) -> Stored:
    """What a credential helper's `get` returned."""
    return _stored("", "", secret) if user == HELPER_TOKEN_USER else _stored(user, secret, "")


def _stored(user: str, password: str, token: str) -> Stored:
    if token:
        return Stored("identityToken", user or None, Secret(token))
    return Stored("password", user or None, Secret(password)) if password else Stored(user_name=user or None)


def never_works(stored: Stored, login_server: str) -> Optional[str]:
    """Why a stored credential can never sign in to `login_server`; None if its form does not rule that out."""
    if stored.fault:
        return stored.fault
    claims = stored.claims
    if claims is None:
        return None
    if stored.kind == "password" and stored.user_name != TOKEN_USER:
        return f"it is a token with the user name {stored.user_name or '(none)'}, and tokens need {TOKEN_USER}"
    audience = text_claim(claims, "aud") if text_claim(claims, "iss") == TOKEN_ISSUER else None
    if audience and _registry_host(audience) != _registry_host(login_server):
        return f"it is a token for {audience}"
    return None


def _registry_host(host: str) -> str:
    """The login server that a regional endpoint belongs to: both take the same tokens."""
    return _REGIONAL.sub(r"\1\2", host.lower())


def expiry_of(stored: Stored) -> Optional[float]:
    """When a stored token expires, in seconds since the epoch; None for what is not a token, or has no expiry."""
    return time_claim(stored.claims, "exp")
