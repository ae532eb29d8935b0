# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The container client of this machine: which one `az acr login` would run, its configuration files, and running it."""

import hashlib
import os
import platform
import re
import shutil
import stat
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional

from azext_acrlogin.machine import process
from azext_acrlogin.machine.process import Ended

FILE_BYTES = 5_000_000
FOLDER_VARIABLE = "DOCKER_CONFIG"
DEFAULT_SOCKETS = ("unix:///var/run/docker.sock", "unix:///run/docker.sock")


@dataclass(frozen=True)
class Selection:
    """The client's command, and where the PATH leads with it.

    path: None when nothing there may be run.
    here: it was found in the current directory, from which az runs nothing.
    """

    command: str
    path: Optional[str] = None
    here: bool = False
    by_variable: bool = False


def selected(asked: str) -> Selection:
    """Choose the client as `az acr login` does: DOCKER_COMMAND, else docker, else podman; under WSL docker.exe.

    :param asked: auto, docker or podman.
    """
    variable = os.environ.get("DOCKER_COMMAND")
    if asked == "auto" and variable:
        return _selection(variable, by_variable=True)
    commands = ("docker", "podman") if asked == "auto" else (asked,)
    first = next((command for command in commands if shutil.which(command)), None)
    if first is None and wsl_distribution() and shutil.which(commands[0] + ".exe"):
        first = commands[0] + ".exe"
    return _selection(first or commands[0])


def _selection(command: str, by_variable: bool = False) -> Selection:
    path = process.find(command)
    return Selection(command, path, path is None and shutil.which(command) is not None, by_variable)


def wsl_distribution() -> Optional[str]:
    """The name of this WSL distribution, None outside WSL."""
    name = os.environ.get("WSL_DISTRO_NAME")
    return name or ("WSL" if "microsoft" in platform.uname().release.lower() else None)


def home() -> str:
    """This user's home, as docker takes it: HOME, or USERPROFILE on Windows."""
    return os.path.expanduser("~")


def docker_folder(client_path: Optional[str]) -> str:
    """Docker's configuration folder. A docker from a snap has a home of its own."""
    return os.environ.get(FOLDER_VARIABLE) or default_docker_folder(client_path)


def default_docker_folder(client_path: Optional[str]) -> str:
    """Docker's configuration folder when no variable says otherwise."""
    if client_path and client_path.startswith("/snap/"):
        return os.path.join(home(), "snap", "docker", "current", ".docker")
    return os.path.join(home(), ".docker")


def config_files(client: str, client_path: Optional[str]) -> List[str]:
    """The files in which the client looks for credentials, in its order: containers-auth.json(5) for podman."""
    in_docker_folder = os.path.join(docker_folder(client_path), "config.json")
    if client == "docker":
        return [in_docker_folder]
    if os.environ.get("REGISTRY_AUTH_FILE"):
        return [os.environ["REGISTRY_AUTH_FILE"]]
    if os.environ.get(FOLDER_VARIABLE):
        return [in_docker_folder]
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home(), ".config")
    files = [os.path.join(settings, "containers", "auth.json"), in_docker_folder]
    if sys.platform == "linux":
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        folder = os.path.join(runtime, "containers") if runtime else f"/run/containers/{os.getuid()}"
        files.insert(0, os.path.join(folder, "auth.json"))
    return files


@dataclass(frozen=True)
class FileRead:
    """A file's content, or why it cannot be read: `missing`, or `fault` in a few words."""

    content: bytes = field(default=b"", repr=False)
    missing: bool = False
    fault: Optional[str] = None


def read_file(path: str, limit: int = FILE_BYTES) -> FileRead:
    """Read a regular file of at most `limit` bytes. Anything else, such as a pipe, is not opened."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            return FileRead(fault="it is a directory" if stat.S_ISDIR(found.st_mode) else "it is not a regular file")
        if found.st_size > limit:
            return FileRead(fault=f"it is larger than {limit // 1_000_000} MB")
        with open(path, "rb") as file:
            return FileRead(file.read(limit))
    except FileNotFoundError:
        return FileRead(missing=True)
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        return FileRead(fault=getattr(error, "strerror", None) or "its path is not valid")


def helper_path(name: str) -> Optional[str]:
    """Full path of the program docker-credential-NAME, or None."""
    return process.find(f"docker-credential-{name}")


def default_helper(client_path: Optional[str]) -> Optional[str]:
    """Name of the helper that docker uses where its configuration has no login and names no helper.

    None where that helper is not installed: docker then stores logins in its file. Source: docker/cli,
    `cli/config/credentials/default_store*.go`.
    """
    if os.name != "nt" and (client_path or "").endswith(".exe"):
        return None  # a docker of Windows, run from WSL, looks there
    names = {"darwin": "osxkeychain", "win32": "wincred", "linux": "pass" if process.find("pass") else "secretservice"}
    name = names.get(sys.platform)
    return name if name and helper_path(name) else None


def ask_helper(path: str, verb: str, host: str, timeout_seconds: float) -> Ended:
    """Ask a credential helper: `get` with the host on standard input, or `list`. Neither changes anything."""
    return process.run([path, verb], timeout_seconds, stdin=host if verb == "get" else "")


def engine_endpoint(client_path: str, timeout_seconds: float) -> Optional[str]:
    """Where the docker client reaches its engine, as `unix://`, `npipe://`, `tcp://` or `ssh://`; None when it errs."""
    ended = process.run([client_path, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], timeout_seconds)
    lines = ended.stdout.split()
    return lines[0] if ended.exit_status == 0 and len(lines) == 1 and "://" in lines[0] else None


def docker_host() -> Optional[str]:
    """The engine that the environment names; it comes before every context."""
    return os.environ.get("DOCKER_HOST") or None


def docker_context() -> Optional[str]:
    """The context that the environment names; without one, docker's configuration names it."""
    return os.environ.get("DOCKER_CONTEXT") or None


def context_exists(client_path: str, name: str) -> Optional[bool]:
    """Whether docker has a context of this name. Source: docker/cli, `cli/context/store/metadatastore.go`.

    None for a docker of Windows that is run from WSL, which looks there, and for a name of half characters.
    """
    if os.name != "nt" and client_path.endswith(".exe"):
        return None
    try:
        folder = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()  # of bytes, as they were given
    except UnicodeEncodeError:
        return None
    return os.path.isfile(os.path.join(docker_folder(client_path), "contexts", "meta", folder, "meta.json"))


def said_by_docker(text: str) -> str:
    """What docker printed, without the user name and password that an engine's address may contain."""
    address = docker_host() or ""
    user, _, _ = address.rpartition("://")[2].rpartition("@")
    if user:
        text = text.replace(f"{user}@", "***@")
    return re.sub(r"://[^/\s@]*@", "://***@", text)


def default_endpoint() -> str:
    """Where docker looks for its engine when nothing says otherwise."""
    return "npipe:////./pipe/docker_engine" if os.name == "nt" else DEFAULT_SOCKETS[0]


def endpoint_uses_certificates(client_path: str, timeout_seconds: float) -> bool:
    """Whether the current context brings certificates of its own, which only its folder holds."""
    ended = process.run([client_path, "context", "inspect", "--format", "{{json .TLSMaterial}}"], timeout_seconds)
    return ended.exit_status != 0 or ended.stdout.strip() not in ("{}", "null")


def socket_state(endpoint: Optional[str]) -> Optional[str]:
    """How a local socket answers this user: accepts, permissionDenied, missing or refused; None for other endpoints."""
    import socket
    if not endpoint or not endpoint.startswith("unix://") or not hasattr(socket, "AF_UNIX"):
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(endpoint[len("unix://"):])
        except PermissionError:
            return "permissionDenied"
        except FileNotFoundError:
            return "missing"
        except OSError:  # refused, no socket, a path too long, a full queue
            return "refused"
    return "accepts"


def socket_group(endpoint: Optional[str]) -> Optional[str]:
    """Name of the group that may use a local socket, None when only root may or it cannot be told."""
    if sys.platform == "win32" or not endpoint or not endpoint.startswith("unix://"):
        return None
    import grp
    try:
        found = os.stat(endpoint[len("unix://"):])
        return grp.getgrgid(found.st_gid).gr_name if found.st_gid and found.st_mode & stat.S_IWGRP else None
    except (OSError, KeyError):
        return None


def user_name() -> Optional[str]:
    """The system's name for the user who runs this, None where it cannot be told."""
    import getpass
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None


def sudo_user() -> Optional[str]:
    """Who became root with sudo to run this process, None when nobody did."""
    name = os.environ.get("SUDO_USER")
    return name if name and name != "root" and hasattr(os, "geteuid") and os.geteuid() == 0 else None


def sudo_home() -> Optional[str]:
    """The home of `sudo_user`, None when it is not known. Newer versions of sudo hand it on."""
    handed_on = os.environ.get("SUDO_HOME")
    if handed_on or sys.platform == "win32":
        return handed_on
    import pwd
    try:
        return pwd.getpwnam(os.environ["SUDO_USER"]).pw_dir
    except KeyError:
        return None


def other_docker_folders(client_path: Optional[str], home_of_sudo_user: Optional[str]) -> List[str]:
    """Where else on this machine a login may have been stored: the default, a snap's, sudo's user's, Windows's."""
    folders = [default_docker_folder(client_path), os.path.join(home(), ".docker")]
    if home_of_sudo_user:
        folders.append(os.path.join(home_of_sudo_user, ".docker"))
    if wsl_distribution() and os.environ.get("USERPROFILE"):
        folders.append(os.path.join(os.environ["USERPROFILE"], ".docker"))
    return folders


def has_systemd() -> bool:
    """Whether services of this machine are started with systemctl."""
    return os.path.isdir("/run/systemd/system")


@contextmanager
def without_user_config(client_path: str, endpoint: Optional[str]) -> Iterator[Dict[str, str]]:
    """An environment for docker in which it neither reads nor writes the user's configuration, on the same engine.

    The folder gets a configuration with one empty entry: without any, docker would use the system's key store. It is
    removed in the end.

    :param endpoint: of the engine, None for what the environment or docker's default says.
    """
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("DOCKER_AUTH_CONFIG", "DOCKER_CONTEXT")}
    if environment.get("DOCKER_TLS_VERIFY"):  # its certificates are in the configuration folder unless told otherwise
        environment.setdefault("DOCKER_CERT_PATH", docker_folder(client_path))
    if endpoint:
        environment["DOCKER_HOST"] = endpoint
    with process.temporary_folder() as folder:
        with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
            file.write('{"auths": {"localhost": {}}}')
        environment[FOLDER_VARIABLE] = folder
        yield environment
