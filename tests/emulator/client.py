# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""For tests: start the emulator, patch its world, read its log, run az as one of its profiles."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import requests

from .profile import create_profile

ROOT = Path(__file__).resolve().parents[2]
BASE_WORLD = ROOT / "tests" / "worlds" / "contoso.yaml"


class EmulatorProcess:
    """A running emulator; a context manager.

    :param state: folder for keys, certificates and emulator.json; may be used again.
    :param patch: path of a YAML patch, or None.
    :param listen: further command-line arguments, such as ``["--https", "10.1.2.3:443"]``.
    """

    def __init__(self, state, world=BASE_WORLD, patch=None, listen=("--proxy", "127.0.0.1:0", "--http", "127.0.0.1:0"),
                 start_seconds=15):
        self.state = Path(state)
        self.state.mkdir(parents=True, exist_ok=True)
        (self.state / "emulator.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.emulator", "--world", str(world), "--state", str(self.state), *listen]
        self._process = subprocess.Popen(command + (["--patch", str(patch)] if patch else []), cwd=ROOT)
        deadline = time.monotonic() + start_seconds
        while not (self.state / "emulator.json").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The emulator did not start (exit status {self._process.returncode})")
            time.sleep(0.02)
        self.description = json.loads((self.state / "emulator.json").read_text(encoding="utf-8"))
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """End the process."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)

    def patch(self, text=""):
        """Reset to the base world with a YAML (or mapping) patch over it.

        :raises ValueError: the patch makes no sense; the message says where.
        """
        answer = self._control("POST", "/world", text if isinstance(text, str) else json.dumps(text))
        if answer.status_code != 200:
            raise ValueError(answer.text.strip())

    def requests(self):
        """The requests seen, oldest first."""
        return self._control("GET", "/requests").json()

    def clear_requests(self):
        self._control("DELETE", "/requests")

    def profile(self, name, config_dir, **options):
        """Sign in; see ``create_profile``. Returns the whole environment for ``subprocess.run``."""
        az = options.pop("az", None) or str(Path(sys.executable).with_name("az"))
        return {**os.environ, **create_profile(self.state, name, config_dir, az=az, **options)}

    def _control(self, method, path, body=None):
        return self._session.request(method, f"http://{self.description['control'][0]}{path}", data=body, timeout=10)


def run_az(environment, *arguments, az=None, timeout=120):
    """Run az; returns the CompletedProcess with text output."""
    az = az or str(Path(sys.executable).with_name("az"))
    return subprocess.run([az, *arguments], env=environment, capture_output=True, text=True, timeout=timeout,
                          check=False)
