# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A network of our own (Linux, root): a namespace, reachability of addresses, and files that differ inside."""

import ctypes
import http.client
import ipaddress
import os
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

from .leftovers import namespace_name

OWN_ADDRESS = "10.0.0.4"
TOOLS = ("ip", "nft", "nsenter", "unshare", "setpriv", "docker", "dockerd", "docker-registry", "podman")
_CLONE_NEWNET = 0x40000000
_VERDICTS = {"drop": "drop", "refuse": "meta l4proto tcp reject with tcp reset",
             "unreachable": "reject with icmp type host-unreachable"}


def why_impossible():
    """Why this process cannot have a network of its own; an empty string when it can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "a network namespace needs root on Linux"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    allowed = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode == 0
    return "" if allowed else "this machine does not let root make a network namespace"


class Namespace:
    """A network namespace in which every address answers locally, unless a rule says otherwise.

    A client's own address is OWN_ADDRESS. Only what is started with ``command`` lives there.

    :param folder: where to keep the script that enters it.
    :param mounts: file or folder of the machine to the one that programs inside see in its place; each program sees
        what is there when it starts.
    """

    def __init__(self, folder: Path, mounts: dict[str, Path]):
        self._enter = folder / "enter.sh"
        lines = [shlex.join(["mount", "--bind", str(source), target]) for target, source in mounts.items()]
        self._enter.write_text("\n".join(["set -e", *lines, 'exec "$@"', ""]), encoding="utf-8")
        self.name = namespace_name()
        _run("ip", "netns", "add", self.name)
        inside = ["ip", "-n", self.name]
        for arguments in ("link set lo up", f"address add {OWN_ADDRESS}/32 dev lo",
                          f"route add local default dev lo src {OWN_ADDRESS}", "-6 route add local ::/0 dev lo"):
            _run(*inside, *arguments.split())
        # IPv4 and IPv6 are listened to apart, so that addresses in logs are what clients used.
        _run("ip", "netns", "exec", self.name, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/bindv6only")

    def command(self, *command):
        """The command line that runs a command inside."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "unshare", "--mount", "--propagation", "private",
                "sh", str(self._enter), *command]

    def set_faults(self, faults):
        """Replace the rules about addresses.

        :param faults: address or network to "drop" (no answer), "refuse" (nothing listens) or "unreachable" (no route).
        :raises ValueError: another word, or no address.
        """
        rules = []
        for address, fault in faults.items():
            if fault not in _VERDICTS:
                raise ValueError(f"'{fault}' for {address}: expected {', '.join(_VERDICTS)}")
            family = "ip6" if ipaddress.ip_network(address).version == 6 else "ip"
            verdict = _VERDICTS[fault].replace("icmp type host", "icmpv6 type addr") if family == "ip6" \
                else _VERDICTS[fault]
            rules.append(f"add rule inet site output {family} daddr {address} {verdict}")
        table = ["add table inet site", "flush table inet site",
                 "add chain inet site output { type filter hook output priority 0; }"]
        _run("ip", "netns", "exec", self.name, "nft", "-f", "-", given="\n".join(table + rules) + "\n")

    def connect(self, address, timeout=10):
        """A TCP connection from inside, for this process."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/{self.name}", encoding="ascii") as inside, \
                open("/proc/thread-self/ns/net", encoding="ascii") as outside:
            _check(libc.setns(inside.fileno(), _CLONE_NEWNET))
            try:
                return socket.create_connection(address, timeout)
            finally:
                _check(libc.setns(outside.fileno(), _CLONE_NEWNET))

    def request(self, method, address, path, body=None):
        """An HTTP request from inside: (status, body)."""
        connection = http.client.HTTPConnection(*address)
        connection.sock = self.connect(address, 60)  # a large world takes long to read
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def close(self):
        _run("ip", "netns", "delete", self.name)


def _run(*command, given=None):
    done = subprocess.run(command, input=given, text=True, capture_output=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


def _check(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
