# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a container client finds: programs on the PATH, its configuration, stored credentials."""

import base64
import json
import os
import time
from pathlib import Path

from tests.emulator import tokens

PROGRAMS = Path(__file__).with_name("programs")
NULL_GUID = "00000000-0000-0000-0000-000000000000"
_NOT_TOOLS = ("docker", "podman", "nerdctl", "buildah", "skopeo", "az")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def link_tools(folder: Path, az):
    """A PATH folder with the machine's ordinary programs and az, without any container client or credential helper."""
    folder.mkdir()
    (folder / "az").symlink_to(az)
    for place in ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        for program in os.scandir(place):
            link = folder / program.name
            if not program.name.startswith(_NOT_TOOLS) and not link.is_symlink():
                link.symlink_to(program.path)


def put_programs(client, folder: Path, found: dict):
    """Fill a scenario's own PATH folder.

    :param found: full path of the real docker and podman, by name.
    """
    folder.mkdir()
    wanted = {"docker": client.docker, "podman": client.podman, **client.programs}
    for name, program in wanted.items():
        if program == "real":
            (folder / name).symlink_to(found[name])
        elif program != "none":
            (folder / name).write_bytes((PROGRAMS / program).read_bytes())
            (folder / name).chmod(0o755)


def put_config(client, home: Path, world, keys):
    """Write ~/.docker/config.json as the scenario has it; where it has none, docker is signed in to every registry.

    An entry of ``auths`` may be ``{username, password}`` or ``{token: refresh, for: LOGIN SERVER, expires: -1h}``, a
    token of that registry; with a ``username`` other than the all-zero GUID, and with ``field: identitytoken`` where
    docker puts the token that a registry gave it for the password.
    """
    if client.config is False:
        return
    folder = home / ".docker"
    folder.mkdir(mode=0o700)
    content = client.config
    if content is None:
        hosts = [registry.login_server for registry in world.registries.values()]
        content = {"auths": {host: {"token": "refresh", "for": host} for host in hosts}}
    if isinstance(content, dict):
        entries = {host: _entry(entry, world, keys) for host, entry in content.get("auths", {}).items()}
        content = json.dumps({**content, "auths": entries} if entries else content, indent=2)
    (folder / "config.json").write_text(content, encoding="utf-8")
    (folder / "config.json").chmod(0o600)


def _entry(entry, world, keys):
    if "token" in entry:
        return _token_entry(entry, world, keys)
    if "username" in entry:
        return {"auth": _auth(entry["username"], entry["password"])}
    return entry


def password_of(scenario, world, keys):
    """The text of a scenario's password, which may be described as a token like an entry of ``auths``."""
    if isinstance(scenario.password, dict):
        return _token(scenario.password, world, keys)
    return scenario.password


def _token_entry(entry, world, keys):
    token = _token(entry, world, keys)
    user = entry.get("username", NULL_GUID)
    if entry.get("field") == "identitytoken":
        return {"auth": _auth(user, ""), "identitytoken": token}
    return {"auth": _auth(user, token)}


def _token(entry, world, keys):
    """A registry's refresh or access token, as an entry describes it."""
    registry = world.registry_by_host(entry["for"].lower())
    principal = world.find_principal(entry.get("as", "alex"))
    subject = getattr(principal, "user_principal_name", "") or principal.object_id
    expires = time.time() + _seconds(entry.get("expires", "2h"))
    if entry["token"] == "refresh":
        return tokens.registry_refresh_token(
            keys, now=expires - tokens.REGISTRY_REFRESH_TOKEN_LIFETIME, login_server=registry.login_server,
            tenant_id=world.tenant_of(registry).id, subject=subject, app_id=tokens.AZURE_CLI,
            actions=["read", "write"])
    return tokens.registry_access_token(
        keys, now=expires - tokens.REGISTRY_ACCESS_TOKEN_LIFETIME, login_server=registry.login_server,
        subject=subject, access=[("repository", "samples/app", ["pull"])])


def _auth(user, password):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _seconds(text):
    return float(text[:-1]) * _UNITS[text[-1]]
