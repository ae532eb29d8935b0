# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What of a situation can be had anywhere: the emulated Azure behind its forward proxy, and no container client.

For machines where ``namespace.why_impossible`` has a reason. Same use as ``site.Site``.
"""

import os
import shutil
import subprocess

from tests.emulator.client import EmulatorProcess
from tests.emulator.loading import load_world, merge, read_yaml
from tests.emulator.profile import create_profile, environment_for, forget_access_tokens
from tests.emulator.tokens import Keys

from .client import password_of
from .homes import AZ
from .leftovers import make_folder
from .sign_in_files import spoil
from .site import PASSWORD_VARIABLE, WORLD


class LoopbackSite:
    """:param extension: AZURE_EXTENSION_DIR with the extension installed."""

    def __init__(self, extension=None):
        self.folder = make_folder("site")
        self.extension = extension
        self.world = self.world_data = None
        self._base = read_yaml(WORLD.read_text(encoding="utf-8"))
        self._emulator = EmulatorProcess(self.folder / "emulator", WORLD)
        self._keys = Keys(self.folder / "emulator")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End the emulator and remove all files."""
        self._emulator.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def why_not(scenario):
        """Why a situation cannot be made here; an empty string when it can."""
        return ", ".join(scenario.needs_of_a_site())

    def set_up(self, scenario):
        """Make a scenario's situation, as far as HTTP shows it."""
        self.world_data = merge(self._base, scenario.world)
        self.world = load_world(self.world_data)
        self._emulator.patch(scenario.world)
        home = self.folder / "now"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        profile = self.folder / "profiles" / scenario.profile
        if not profile.exists():
            create_profile(self.folder / "emulator", scenario.profile, profile, az=AZ)
        shutil.copytree(profile, home / ".azure")
        if scenario.without_access_tokens:
            forget_access_tokens(home / ".azure")
        spoil(home / ".azure", scenario.sign_in_files)

    def environment(self, scenario):
        """The whole environment of a command in the situation."""
        home = self.folder / "now"
        result = {**os.environ, **scenario.environment, "HOME": str(home), "USERPROFILE": str(home)}
        result |= environment_for(self._emulator.description, self.world, self.world.profiles[scenario.profile],
                                  home / ".azure")
        if scenario.password:
            result[PASSWORD_VARIABLE] = password_of(scenario, self.world, self._keys)
        if self.extension:
            result["AZURE_EXTENSION_DIR"] = str(self.extension)
        return result

    def run(self, scenario, command, timeout=120, **options):
        """Run a command, without a container client where it is a diagnosis; see ``Site.run``."""
        if command[:3] == ["az", "acr", "login-diagnose"]:
            command = [*command, "--client", "none"]
        command = [AZ if part == "az" else part for part in command[:1]] + list(command[1:])
        options = {**({} if "input" in options else {"stdin": subprocess.DEVNULL}), "capture_output": True, **options}
        try:
            done = subprocess.run(command, env=self.environment(scenario), encoding="utf-8", errors="replace",
                                  timeout=timeout, cwd=self.folder / "now", check=False, **options)
            return done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as expired:
            return None, str(expired.stdout or ""), str(expired.stderr or "")

    def forget_requests(self):
        """Empty the emulator's log."""
        self._emulator.clear_requests()

    def requests(self):
        """The requests since then, as the emulator logs them."""
        return self._emulator.requests()
