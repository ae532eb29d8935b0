# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What docker and podman print, read: versions, and the engine's answer to a sign-in.

Texts observed with docker 28.2 and 20.10 and podman 4.3. The engine hands on what Go's network library says, which has
no codes; its shape is fixed all the same: `Get "URL": cause`, where a registry's own answer begins with one of the
error codes of the distribution protocol or names a status.
"""

import re
from dataclasses import dataclass
from typing import Optional, Tuple

from azext_acrlogin.protocol.json_text import member, parse_json, text_member

FROM_ENGINE = "Error response from daemon: "
_URL_ERROR = re.compile(r'(?:Get|Head|Post) "?https?://[^\s"]+"?: (?P<cause>.+)', re.DOTALL)
_NETWORK_WORDS = re.compile(
    r"\b(x509|tls|proxyconnect|dial (tcp|udp)|lookup|i/o timeout|Client\.Timeout|deadline exceeded|EOF"
    r"|connection re(fused|set)|no route to host|unreachable|no such host|Proxy Authentication Required)\b")
_REGISTRY_WORDS = re.compile(
    r"^(unauthorized|denied|toomanyrequests|unavailable|unsupported|unknown|name (unknown|invalid))(:|$)"
    r"|\bstatus(:| code:?)? \d{3}\b|\bHTTP status\b|\bunexpected status\b", re.IGNORECASE | re.MULTILINE)
_VERSION = re.compile(r"^(\d+)\.(\d+)")


@dataclass(frozen=True)
class ClientVersion:
    """kind: docker or podman, which may hide behind the name docker. server: None when no engine answered."""

    kind: str
    client: str
    server: Optional[str] = None
    context: Optional[str] = None


def version_of_json(stdout: str, stderr: str, name: str) -> Optional[ClientVersion]:
    """Read what `version --format json` printed; None when it holds no version.

    :param name: of the executable, behind its links.
    """
    answer = parse_json(stdout.strip())
    client = text_member(answer, "Client", "Version")
    if not client:
        return None
    # podman's answer has OsArch where docker's has Os and Arch; podman-docker's shim says its name on standard error.
    podman = member(answer, "Client", "OsArch") is not None or "podman" in (stderr + name).lower()
    return ClientVersion(_kind(podman, client), client, text_member(answer, "Server", "Version") or None,
                         text_member(answer, "Client", "Context") or None)


def version_of_text(stdout: str, stderr: str, name: str) -> Optional[ClientVersion]:
    """Read what `--version` printed: `Docker version 17.06.2-ce, build 3dfb8343`, `podman version 4.3.1`."""
    match = re.search(r"\bversion v?(\d+\.\d+[\w.+~-]*)", stdout[:2000])
    if not match:
        return None
    return ClientVersion(_kind("podman" in (stdout[:2000] + stderr[:2000] + name).lower(), match[1]), match[1])


def _kind(podman: bool, version: str) -> str:
    number = number_of(version)
    # Docker went from 1.13 straight to 17.03; a number between is podman's, whatever it is called by.
    return "podman" if podman or (number and (2, 0) <= number < (17, 0)) else "docker"


def number_of(version: Optional[str]) -> Optional[Tuple[int, int]]:
    """The first two parts of a version, None for one that is not a number, as development builds have."""
    match = _VERSION.match(version or "")
    return (int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True)
class EngineAnswer:
    """How the engine's attempt to reach a registry ended.

    reached: True when the registry answered it, False when the engine did not get that far, None when this cannot be
        told: another error, or an answer that is not the engine's.
    reason: for False, one of certificate, proxy, proxy-name (which does not resolve), dns, timeout, connection.
    """

    reached: Optional[bool]
    reason: Optional[str] = None


def answer_to_login(exit_status: Optional[int], stderr: str) -> EngineAnswer:
    """Read the answer to `docker login`. The client signs in by itself when no engine is there; that tells nothing."""
    if exit_status == 0:
        return EngineAnswer(True)
    begin = stderr.find(FROM_ENGINE)
    if begin < 0:
        return EngineAnswer(None)
    text = stderr[begin + len(FROM_ENGINE):].strip()
    within = _URL_ERROR.search(text)
    cause = within["cause"].strip() if within else text
    if _REGISTRY_WORDS.search(cause):
        return EngineAnswer(True)
    if "error parsing HTTP" in cause or not (within or _NETWORK_WORDS.search(cause)):
        return EngineAnswer(None)
    return EngineAnswer(False, _reason(cause))


def _reason(cause: str) -> str:
    """A word for the cause. A proxy's refusal is a bare status text as `Forbidden`: nothing else is that short."""
    if "proxyconnect" in cause and "lookup " in cause:
        return "proxy-name"
    if "proxyconnect" in cause or re.fullmatch(r"[A-Z][a-z]+( [A-Z][a-z]+)*", cause):
        return "proxy"
    if re.search(r"\b(x509|tls): ", cause):
        return "certificate"
    if "lookup " in cause:
        return "dns"
    if re.search(r"timeout|deadline exceeded", cause, re.IGNORECASE):
        return "timeout"
    return "connection"


def refused_by_socket(stderr: str) -> bool:
    """Whether the client's own error says that the engine's socket or pipe refuses this user.

    The words come from the system through Go; a remote engine's `Permission denied (publickey)` is no socket.
    """
    return all(re.search(words, stderr, re.IGNORECASE) for words in ("(permission|access is) denied", "sock|pipe"))
