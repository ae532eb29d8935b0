# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a diagnosis finds on its machine, and what it is told: files, variables and arguments, whole or destroyed."""

import base64
import json
import os
import time
from argparse import Namespace
from pathlib import Path
from random import Random
from typing import Any, Dict, List, Optional

import jwt

from azext_acrlogin import _validators
from tests.contract.in_process import PROFILE, SIGN_IN_FILES
from tests.fuzz.mutations import ESCAPES, Answer, changed, destroyed

HOST = "myregistry.azurecr.io"
STORED, PROXY, ENGINE = "Canary-Stored-77", "Canary-Proxy-31", "Canary-Engine-9e"
APPLICATION = "a1b2c3d4-0001-4000-8000-00000000c101"
NOBODY = "00000000-0000-0000-0000-000000000000"
TEXTS = [
    "", " ", "x", "x" * 5000, ESCAPES.replace("\x00", ""), "/" * 300, "..", "*", "-o", "@file", "$(id)",
    "'; rm -rf /; '",
    "\udcff\udcfe", "\ud800", "\u202emyregistry", "https://[::1", "https://stranger.example/x", f"{HOST}:443/a:b@c",
    f"{HOST}/" + "a/" * 200, "myregistry\n", "MYREGISTRY", "münchen", "samples/app@sha256:" + "0" * 64, "a//b", "::",
    "[", "%",
    "/subscriptions/x/resourceGroups/y/providers/Microsoft.ContainerRegistry/registries/myregistry",
    "/subscriptions/" + ESCAPES.replace("\x00", "") + "/providers/Microsoft.App/jobs/x", "x@y@z", "'", '"', "\\", "\t"]
ADDRESSES = ["http://proxy.contoso.example:3128", f"http://user:{PROXY}@proxy.contoso.example:3128",
             f"https://{PROXY}@proxy.contoso.example", f"socks5://user:{PROXY}@proxy.contoso.example:99999",
             "http://[::1",
             "http://", "://", "proxy", f"http://user:{PROXY}/x@proxy.contoso.example", "\udcff", "http://" + "a" * 300]
ENGINES = ["unix:///var/run/docker.sock", "unix://", f"tcp://alex:{ENGINE}@10.0.0.9:2376", f"ssh://alex:{ENGINE}@host",
           "tcp://[::1", "://", "\udcff", "npipe:////./pipe/x", "unix://" + "/x" * 300]
# The values of each that a test can have without another machine; {folder} is one of the run's own.
VARIABLES: Dict[str, List[str]] = {
    "HTTPS_PROXY": ADDRESSES, "https_proxy": ADDRESSES,
    "NO_PROXY": ["*", HOST, ".azurecr.io,", "[::1]", "\udcff", "10.0.0.0/99"],
    "DOCKER_HOST": ENGINES, "DOCKER_CONTEXT": ["x", "default", "\udcff", "-o"],
    "DOCKER_COMMAND": ["docker", "podman", "/x/\x1b[2J", ""],
    "DOCKER_TLS_VERIFY": ["1", ""], "DOCKER_AUTH_CONFIG": ["{auths}"], "DOCKER_CERT_PATH": ["", "\udcff"],
    "REGISTRY_AUTH_FILE": ["{folder}/auth.json", "{folder}", "{folder}/missing", "\udcff"],
    "XDG_RUNTIME_DIR": ["{folder}", "\udcff"], "XDG_CONFIG_HOME": ["{folder}", ""],
    "WSL_DISTRO_NAME": ["Debian", "\udcff"],
    "USERPROFILE": ["{folder}", "\x1b[2J"], "SUDO_USER": ["alex", "\x1b[2J", "root"], "SUDO_HOME": ["{folder}", ""],
    "REQUESTS_CA_BUNDLE": ["{folder}/missing", "{folder}", "\udcff"], "COLUMNS": ["1", "9" * 30, "x"],
    "TERM": ["dumb", ""],
    "CI": ["true"], "CODESPACES": ["true"], "SNAP": ["/snap/docker/1"]}


def surround(random: Random, folder: Path) -> None:
    """Give this process variables, and the container clients their files."""
    for name in VARIABLES:
        os.environ.pop(name, None)
        if random.random() < (0.6 if name == "HTTPS_PROXY" else 0.06):
            value = random.choice(VARIABLES[name])
            os.environ[name] = value.replace("{folder}", str(folder)).replace("{auths}", _text(random))
    for name in ("config.json", "auth.json", "containers/auth.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        if random.random() < 0.9:
            (folder / name).write_bytes(_destroyed(_text(random).encode(), random, 0.3))


def _text(random: Random) -> str:
    """A configuration file of a container client."""
    claims = {"iss": "Azure Container Registry", "aud": HOST, "exp": int(time.time()) + random.choice((-600, 600))}
    token = jwt.encode(claims,
                       "a key of thirty-two bytes or more, so", algorithm="HS256")
    user, secret = random.choice([("someone", STORED), ("ci-token", STORED), ("myregistry", STORED),
                                  (APPLICATION, STORED), (NOBODY, token), ("alex@contoso.example", STORED),
                                  (ESCAPES, STORED), ("", STORED)])
    entry = {"auth": base64.b64encode(f"{user}:{secret}".encode()).decode()}
    if random.random() < 0.2:
        entry["identitytoken"] = token
    return json.dumps(random.choice([
        {"credsStore": "canary"}, {"credHelpers": {HOST: "canary"}}, {"auths": {HOST: entry}}, {"auths": {HOST: entry}},
        {"auths": {f"https://{HOST}/v1/": entry, "x": {}}, "currentContext": "remote"},
        {"auths": {"MyRegistry.azurecr.io": entry}},
        {"auths": {HOST: entry}, "proxies": {"default": {"httpsProxy": f"http://u:{PROXY}@p:1"}}},
        {"credsStore": "../canary"}, {"credsStore": "canary\x1b"}, {}]))


def _destroyed(content: bytes, random: Random, share: float) -> bytes:
    return destroyed(Answer(200, {}, content), random).body if random.random() < share else content


def destroy_sign_in(random: Random, config: Path) -> None:
    """Destroy a file of the CLI's sign-in, now and then."""
    if random.random() > 0.15:
        return
    path = config / random.choice((PROFILE, PROFILE, *SIGN_IN_FILES[:2]))
    if not path.exists():
        return
    content = path.read_bytes()
    way = random.random()
    if way < 0.05:
        path.unlink()
        path.mkdir()
    elif way < 0.1:
        path.unlink()
        path.symlink_to(path)
    elif way < 0.6:
        start = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        value = json.loads(content.decode("utf-8-sig"))
        for _ in range(random.choice((1, 1, 2, 5))):
            value = changed(value, random)
        path.write_bytes(start + json.dumps(value).encode())
    else:
        path.write_bytes(_destroyed(content, random, 1.0))


def arguments(random: Random, options: Dict[str, Any], password: Optional[str]) -> Optional[Dict[str, Any]]:
    """The options of a question, some of them hostile; None where the command line is refused as wrong usage."""
    names = ["name", "resource_group", "suffix", "repository", "symptom",
             "username" if "username" in options else "assignee"]
    given = dict(options)
    for name in names:
        if random.random() < 0.02:
            given[name] = random.choice(TEXTS)
            if random.random() < 0.3 and options.get(name):
                place = random.randrange(len(options[name]) + 1)
                given[name] = options[name][:place] + given[name] + options[name][place:]
    if given.get("symptom") is not None:
        given["symptom"] = _validators.symptom_text(given["symptom"])
    namespace = Namespace(
        username=given.get("username"), password=password if given.get("username") else None,
        assignee=given.get("assignee"), html=None,
        **{name: given.get(key) for name, key in (
            ("resource_group_name", "resource_group"), ("tenant_suffix", "suffix"), ("repository", "repository"),
            ("symptom", "symptom"))})
    try:
        _validators.validate_options(namespace)
    except ValueError:
        return None
    return given
