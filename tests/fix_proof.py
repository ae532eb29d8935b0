# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a file of ``tests/fixes`` says, and the place where its commands are run as a person would run them."""

import configparser
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tests.emulator.client import EmulatorProcess
from tests.emulator.loading import load_world, merge, read_yaml
from tests.emulator.profile import create_profile, environment_for
from tests.site.homes import AZ
from tests.site.sign_in_files import spoil
from tests.site.site import PASSWORD_VARIABLE, WORLD

FOLDER = Path(__file__).with_name("fixes")
SECONDS = 120
_BROWSERS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "TERM")  # without one, az login prints a code to enter elsewhere
_STAND_IN = "#!/bin/sh\n# A container client whose engine runs and which takes every login.\nexit 0\n"


@dataclass
class NearMiss:
    """Looks the same and is something else. world: over the proof's. environment: of all commands.
    expect: what must be found after the proof's commands were run here."""

    really: str
    expect: str
    world: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)


@dataclass
class Proof:
    """code: the root cause. fix: which of the catalogue's fixes for it, from 1. really: what is the case. profile ("as"
    in the file): whose sign-in it is. arguments: of the diagnosis. world: over the base world. settings: of az,
    "section.name" to value. sign_in_files: see ``tests/site/sign_in_files.py``. password: given by the
    variable for it. run_by: whom the fix must name; runs: the profile
    that runs it, where that is somebody else. afterwards: what the fix's description asks for besides; ``{output}`` is
    what the last command printed, or left in secret_file. secret_file:
    where the commands leave a new password, which is then the one
    diagnosed with. bash: the lines are run as well, each by a shell."""

    name: str
    code: str
    fix: int
    really: str
    near_miss: NearMiss
    run_by: str = "registryOwner"
    profile: str = "user"
    runs: str = ""
    arguments: list = field(default_factory=lambda: ["--name", "myregistry"])
    world: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    sign_in_files: dict = field(default_factory=dict)
    password: str = ""
    afterwards: list = field(default_factory=list)
    secret_file: str = ""
    bash: bool = False


def load_all():
    """Every proof of the folder, by file name."""
    return [_load(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _load(path):
    data = read_yaml(path.read_text(encoding="utf-8"))
    renamed = {"as": "profile", "nearMiss": "near_miss", "runBy": "run_by", "secretFile": "secret_file",
               "signInFiles": "sign_in_files"}
    data = {renamed.get(key, key): value for key, value in data.items()}
    return Proof(path.stem, **{**data, "near_miss": NearMiss(**data["near_miss"])})


def over(patch, other):
    """Two patches as one, the other being applied last; null goes on deleting."""
    merged = dict(patch)
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = over(merged[key], value) if both else value
    return merged


@dataclass
class Report:
    """A diagnosis: its exit status and report."""

    status: int
    report: dict
    stderr: str

    def is_clean(self, code):
        """Nothing failed, nothing is open, and a code is not among the warnings."""
        return self.status == 0 and self.report["status"] in ("passed", "warning") and \
            code not in self.report["errorCodes"]


class Workshop:
    """The emulated Azure with people who are signed in to it; a context manager.

    :param folder: for everything that is written.
    :param extensions: AZURE_EXTENSION_DIR with the extension.
    """

    def __init__(self, folder, extensions):
        self._folder, self._extensions = Path(folder), extensions
        self._base = read_yaml(WORLD.read_text(encoding="utf-8"))
        programs = self._folder / "programs"
        programs.mkdir()
        (programs / "az").symlink_to(AZ)
        (programs / "docker").write_text(_STAND_IN, encoding="utf-8")
        (programs / "docker").chmod(0o755)
        self._path = os.pathsep.join([str(programs), os.environ["PATH"]])
        self._emulator = EmulatorProcess(self._folder / "emulator", WORLD)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._emulator.stop()

    def situation(self, world, settings=(), environment=(), sign_in_files=()):
        """A fresh world, and nobody's changes to any sign-in but those that are asked for."""
        self._emulator.patch(world)
        shutil.rmtree(self._folder / "now", ignore_errors=True)
        return Situation(self, load_world(merge(self._base, world)), dict(settings), dict(environment),
                         dict(sign_in_files))

    def home(self, profile):
        """A profile's home in the present situation, copied from one that has signed in once."""
        home, signed_in = self._folder / "now" / profile, self._folder / "profiles" / profile
        if not signed_in.exists():
            with mock.patch.dict(os.environ, AZURE_EXTENSION_DIR=str(self._extensions)):
                create_profile(self._emulator.state, profile, signed_in, az=AZ)
        if not home.exists():
            shutil.copytree(signed_in, home / ".azure")
        return home

    def environment(self, world, profile):
        """The whole environment of a profile's commands."""
        home = self.home(profile)
        kept = {key: value for key, value in os.environ.items() if key not in _BROWSERS}
        return {**kept, **environment_for(self._emulator.description, world, world.profiles[profile], home / ".azure"),
                "AZURE_EXTENSION_DIR": str(self._extensions), "HOME": str(home), "PATH": self._path}


class Situation:
    """One world, in which commands are run."""

    def __init__(self, workshop, world, settings, environment, sign_in_files):
        self._workshop, self._world, self._settings, self._environment = workshop, world, settings, environment
        self._sign_in_files = sign_in_files

    def diagnose(self, profile, arguments, password=""):
        """``az acr login-diagnose`` as a profile."""
        environment = {PASSWORD_VARIABLE: password} if password else {}
        done = self.run(["az", "acr", "login-diagnose", *arguments, "--client", "none", "--output", "json"], profile,
                        environment)
        assert done.stdout, f"no report:\n{done.stderr}"
        return Report(done.returncode, json.loads(done.stdout), done.stderr)

    def run(self, argv, profile, environment=()):
        """Run a command in a profile's home."""
        home = self._workshop.home(profile)
        self._write_settings(home / ".azure" / "config")
        faults, self._sign_in_files = self._sign_in_files, {}
        spoil(home / ".azure", faults)
        return subprocess.run(
            argv, env={**self._workshop.environment(self._world, profile), **self._environment, **dict(environment)},
            cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)

    def file(self, profile, name):
        """What a command wrote to a file in a profile's home."""
        return self._workshop.home(profile) / name

    def _write_settings(self, path):
        """Once, before the first command."""
        settings, self._settings = self._settings, {}
        if not settings:
            return
        config = configparser.ConfigParser()
        config.read(path)
        for name, value in settings.items():
            section, _, option = name.partition(".")
            config[section] = {**(config[section] if section in config else {}), option: value}
        with path.open("w", encoding="utf-8") as file:
            config.write(file)
