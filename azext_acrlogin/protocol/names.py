# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What people write for a registry's name, taken apart: names, login servers, URLs, images, resource ids."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import List, Mapping, Optional, Tuple

from azext_acrlogin.protocol.text import shown

GIVEN_CHARACTERS = 1000
NAME = re.compile(r"[a-z0-9]{5,50}")  # Microsoft.ContainerRegistry/registries: 5 to 50 letters and digits
LABEL = re.compile(r"[a-z0-9]{16}")  # the hash of a domain name label
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
RESOURCE_ID = re.compile(
    r"/?subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.ContainerRegistry/registries/(?P<name>[^/]+)(?P<part>/.*)?", re.IGNORECASE)
DIGEST = re.compile(r"sha(256|512):[0-9a-f]{64,128}")
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = re.compile(rf"(?=.{{1,255}}$){PART}(?:/{PART})*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
USER_OF_HOST = re.compile(r"^(?:([a-z]{1,10}://).*|[^/]*)@(?!sha\d)", re.IGNORECASE)  # a digest has an @, too
SCHEME = re.compile(r"^(https?|oci|docker)://", re.IGNORECASE)


@dataclass
class RegistryName:
    """A registry as somebody named it.

    name: the registry's resource name, lower case; None when there is none (see `fault` and `reference_fault`).
    host: the login server that was given, lower case; None when only a name was.
    capital_host: a host as it was given, where that has capitals; None otherwise.
    label: of the domain name label in the host (`name-LABEL`), or None.
    cloud: name of another cloud, when the host's suffix belongs to that one.
    regional: the host is a regional endpoint (`name.REGION.geo.…`).
    changes: what had to be normalised, in words.
    fault: why this cannot be a registry's name.
    reference_fault: why docker can never pull this reference, although the registry's name can be read from it.
    """

    given: str
    name: Optional[str] = None
    host: Optional[str] = None
    capital_host: Optional[str] = None
    label: Optional[str] = None
    cloud: Optional[str] = None
    regional: bool = False
    repository: Optional[str] = None
    tag: Optional[str] = None
    subscription: Optional[str] = None
    resource_group: Optional[str] = None
    changes: List[str] = field(default_factory=list)
    fault: Optional[str] = None
    reference_fault: Optional[str] = None


def read_name(given: str, suffix: Optional[str], other_suffixes: Mapping[str, str]) -> RegistryName:
    """Take `given` apart.

    :param suffix: of the active cloud's login servers, with the leading dot; None when it has none.
    :param other_suffixes: the other clouds' suffixes, each with the cloud's name.
    """
    read = RegistryName(shown(without_user(given), 200))
    text = _stripped(given[:GIVEN_CHARACTERS])
    if text != given:
        read.changes.append("white space or invisible characters around it")
    if text.lower().lstrip("/").startswith("subscriptions/"):
        return _of_resource_id(read, text)
    if SCHEME.match(text):
        text = SCHEME.sub("", text)
        read.changes.append("a URL")
    host, _, path = text.partition("/")
    user, _, bare = host.rpartition("@")
    if user and "." in bare:
        host = bare
        read.changes.append("a user name before the host")
    has_path = bool(path.strip("/"))
    if has_path and not _is_api_path(path):
        read.repository, read.tag = read_reference(path)
        read.changes.append("an image reference")
    if has_path and "." not in host and ":" not in host and not _is_api_path(path):
        read.reference_fault = "it names no registry host, so docker looks for it on Docker Hub"
        return read
    host, colon, port = host.partition(":")
    if colon and port.isdigit():
        read.reference_fault = f"the port :{port} makes it another host than the one that the login is for"
    elif colon and not has_path:
        read.fault = "a registry's name has no colon"
        return read
    if "." not in host:
        return _bare(read, host)
    return _login_server(read, host, suffix, other_suffixes)


def _of_resource_id(read: RegistryName, text: str) -> RegistryName:
    resource = RESOURCE_ID.fullmatch(text)
    if not resource:
        read.fault = "it is the resource id of something other than a container registry"
        return read
    read.subscription, read.resource_group = resource["subscription"], resource["group"]
    read.changes.append("a resource id" + (" of a part of it" if (resource["part"] or "/") != "/" else ""))
    return _named(read, resource["name"])


def without_user(text: str) -> str:
    """An address without what somebody may have written before its host: a user name, and a password with it.

    At most its first `GIVEN_CHARACTERS`.
    """
    return USER_OF_HOST.sub(lambda match: f"{match[1] or ''}***@", text[:GIVEN_CHARACTERS].lstrip())


def read_reference(text: str) -> Tuple[Optional[str], Optional[str]]:
    """Repository and tag (or digest) of `repository[:tag][@digest]`; None for what is not there."""
    path, _, digest = text.strip("/").partition("@")
    head, slash, last = path.rpartition("/")
    last, _, tag = last.partition(":")
    repository = shown(head + slash + last, 260) or None
    return repository, shown(digest or tag, 140) or None


def is_digest(reference: str) -> bool:
    """Whether a reference is a manifest's digest; else it is a tag."""
    return DIGEST.fullmatch(reference) is not None


def image_of(repository: str, reference: Optional[str]) -> str:
    """A repository with its tag or digest, as docker writes it."""
    return f"{repository}{('@' if is_digest(reference) else ':') + reference if reference else ''}"


def image_fault(repository: Optional[str], tag: Optional[str]) -> Optional[str]:
    """Why docker takes no image of this repository with this tag or digest; None if it does.

    Source: OCI distribution specification, the grammar of `<name>` and `<reference>`, and its length of 255.
    """
    if repository is not None and not REPOSITORY.fullmatch(repository.lower()):
        return (f"'{repository}' is not a valid repository name: lower-case letters and digits, with '.', '_' or '-' "
                "between them, and '/' between its parts")
    if tag is not None and not (DIGEST if ":" in tag else TAG).fullmatch(tag):
        return f"'{tag}' is not a valid {'digest' if ':' in tag else 'tag'}"
    if repository is not None and repository != repository.lower():
        return f"a repository's name is in lower case: {repository.lower()}"
    return None


def host_name(text: str) -> Optional[str]:
    """A host's name in lower case, None for anything that is none (a port, a path, control characters)."""
    return text.lower() if HOST.fullmatch(text.lower()) else None


def _is_api_path(path: str) -> bool:
    return path.strip("/").lower() == "v2" or path.lower().startswith(("v2/", "oauth2/", "acr/v1/"))


def _stripped(text: str) -> str:
    """Without white space (no-break spaces, too) and invisible format characters at both ends."""
    def invisible(character: str) -> bool:
        return character.isspace() or unicodedata.category(character) in ("Cf", "Cc")
    start, end = 0, len(text)
    while start < end and invisible(text[start]):
        start += 1
    while end > start and invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def _bare(read: RegistryName, text: str) -> RegistryName:
    name, hyphen, label = text.lower().partition("-")
    if hyphen and LABEL.fullmatch(label) and NAME.fullmatch(name):
        read.label = label
        read.changes.append("the first part of a login server with a domain name label")
        return _named(read, text.partition("-")[0])
    return _named(read, text)


def _login_server(read: RegistryName, text: str, suffix: Optional[str],
                  other_suffixes: Mapping[str, str]) -> RegistryName:
    host = text.lower().rstrip(".")
    known = {**other_suffixes, **({suffix.lower(): None} if suffix else {})}
    matching = next((known_suffix for known_suffix in known if host.endswith(known_suffix.lower())), None)
    if matching is None and suffix or not HOST.fullmatch(host):
        read.fault = "this host is not the login server of a container registry"
        return read
    if text.rstrip(".") != host:
        read.capital_host = text.rstrip(".")
    first, _, middle = (host[:-len(matching)] if matching else host.partition(".")[0]).partition(".")
    read.cloud = known.get(matching) if matching else None
    read.changes.append("a login server")
    name, hyphen, label = first.partition("-")
    read.label = label if hyphen else None
    if middle == "privatelink":
        read.reference_fault = "the privatelink name is a DNS alias: no certificate and no login is for it"
    elif middle.endswith(".geo"):
        read.regional, read.host = True, host
    elif middle.endswith(".data"):
        read.changes.append("a data endpoint, which only serves layers")
    elif middle:
        read.fault = f"{host} is not a login server: a registry's has the form NAME{matching}"
        return read
    else:
        read.host = host
    return _named(read, text[:len(name)])


def _named(read: RegistryName, name: str) -> RegistryName:
    if not NAME.fullmatch(name.lower()):
        read.fault = "a registry's name has 5 to 50 letters and digits, nothing else"
        return read
    read.name = name.lower()
    if name != name.lower():
        read.changes.append("capitals")
    return read
