# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The container engine of the site: a real dockerd that never runs a container."""

import os
import socket
from pathlib import Path

from .processes import Server

PROGRAM = "dockerd"
_OPTIONS = ["--iptables=false", "--bridge=none", "--storage-driver=vfs", "--host=unix:///run/docker.sock"]


class Engine:
    """dockerd on the usual socket of the site.

    :param namespace: where it runs.
    :param folder: for its data and log.
    :param run: the folder that is ``/run`` inside.
    """

    def __init__(self, namespace, folder: Path, run: Path):
        self._namespace, self._folder = namespace, folder
        self._socket = run / "docker.sock"
        self._hidden = run / "docker.sock.hidden"
        self._server = self._started_with = None
        folder.mkdir()

    def be(self, daemon, hosts):
        """Bring the engine into the state that a scenario describes.

        :param daemon: the scenario's ``Daemon``.
        :param hosts: lines of the hosts file; the engine reads it when it starts.
        """
        wanted = (daemon.environment, hosts)
        if self._started_with != wanted:
            self.stop()
            self._start(daemon.environment)
            self._started_with = wanted
        # Without its socket an engine is as good as ended, and is back at once.
        if daemon.running and self._hidden.exists():
            self._hidden.rename(self._socket)
        elif not daemon.running and self._socket.exists():
            self._socket.rename(self._hidden)

    def stop(self):
        if self._server:
            self._server.stop()
            self._server = self._started_with = None
        self._hidden.unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)

    def _start(self, environment):
        command = [PROGRAM, *_OPTIONS, f"--data-root={self._folder / 'data'}", f"--exec-root={self._folder / 'exec'}",
                   f"--pidfile={self._folder / 'pid'}"]
        self._server = Server(self._namespace.command(*command), self._folder / "log",
                              {"PATH": os.environ["PATH"], "HOME": str(self._folder), **environment})
        self._server.wait_until(self._answers)

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket))
                probe.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return probe.recv(100).startswith(b"HTTP/1.0 200")
            except OSError:
                return False
