# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Programs that serve the site: started in its network, known by pid, ended with it."""

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _end_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Server:
    """A server process.

    :param log: file that takes its output.
    :param environment: its whole environment; this process's own when None.
    """

    def __init__(self, command, log: Path, environment=None, cwd=None):
        self._command, self._log = command, log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, cwd=cwd,
                start_new_session=True, preexec_fn=_end_with_parent)

    def wait_until(self, ready, seconds=20):
        """Wait until a function is true.

        :raises RuntimeError: the program ended, or it takes too long; carries the end of its output.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"Did not start: {self.state()}")
            time.sleep(0.02)

    def state(self):
        """For messages: what runs, whether it does, and the end of what it printed."""
        status = self._process.poll()
        return (f"{' '.join(self._command[-12:])}\n{'running' if status is None else f'ended with {status}'}\n"
                + self._log.read_text(encoding="utf-8", errors="replace")[-2000:])

    def stop(self):
        """End it, by force after five seconds, and whatever it left behind in its process group."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
