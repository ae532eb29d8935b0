# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Programs, and the container client among them: choosing it, its files, running it, and a real daemon's answers."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from azext_acrlogin.checks.client import daemon_network
from azext_acrlogin.machine import client_programs, process
from tests.inputs import inputs

posix = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
VARIABLES = ("DOCKER_COMMAND", "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_AUTH_CONFIG", "SUDO_USER",
             "SUDO_HOME", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "WSL_DISTRO_NAME")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch, tmp_path):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with process.supervised():
        yield


def program(folder, name, script):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def on_path(monkeypatch, folder, system=False):
    monkeypatch.setenv("PATH", str(folder) + (os.pathsep + "/usr/bin:/bin" if system else ""))


@posix
def test_docker_comes_before_podman_and_the_variable_before_both(monkeypatch, tmp_path):
    podman = program(tmp_path / "bin", "podman", "exit 0")
    on_path(monkeypatch, tmp_path / "bin")
    assert client_programs.selected("auto").path == podman
    docker = program(tmp_path / "bin", "docker", "exit 0")
    assert client_programs.selected("auto").path == docker
    assert client_programs.selected("podman").path == podman
    monkeypatch.setenv("DOCKER_COMMAND", podman)
    assert client_programs.selected("auto") == client_programs.Selection(podman, podman, by_variable=True)
    assert client_programs.selected("docker").path == docker


@posix
def test_wsl_lends_windows_client(monkeypatch, tmp_path):
    path = program(tmp_path / "bin", "docker.exe", "exit 0")
    on_path(monkeypatch, tmp_path / "bin")
    assert client_programs.selected("auto").path is None
    monkeypatch.setenv("WSL_DISTRO_NAME", "Ubuntu")
    assert client_programs.selected("auto").path == path


@posix
def test_nothing_is_run_from_the_current_directory(monkeypatch, tmp_path):
    program(tmp_path / "here", "docker", "exit 0")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "docker").symlink_to(tmp_path / "here" / "docker")
    monkeypatch.chdir(tmp_path / "here")
    for path in (".", str(tmp_path / "here"), str(tmp_path / "links")):
        monkeypatch.setenv("PATH", path)
        selection = client_programs.selected("auto")
        assert selection.path is None and selection.here
    assert process.find(str(tmp_path / "here" / "docker"))


@posix
def test_a_current_directory_that_was_deleted_is_no_obstacle(monkeypatch, tmp_path):
    path = program(tmp_path / "bin", "docker", "exit 0")
    on_path(monkeypatch, tmp_path / "bin")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert process.find("docker") == path


def test_files_of_docker_and_podman(monkeypatch, tmp_path):
    home = str(tmp_path / "home")
    docker = os.path.join(home, ".docker", "config.json")
    assert client_programs.config_files("docker", None) == [docker]
    assert client_programs.config_files("docker", "/snap/bin/docker") == [
        os.path.join(home, "snap", "docker", "current", ".docker", "config.json")]
    podman = client_programs.config_files("podman", None)
    assert podman[-2:] == [os.path.join(home, ".config", "containers", "auth.json"), docker]
    monkeypatch.setenv("DOCKER_CONFIG", "/elsewhere")
    assert client_programs.config_files("docker", None) == [os.path.join("/elsewhere", "config.json")]
    assert client_programs.config_files("podman", None) == [os.path.join("/elsewhere", "config.json")]
    monkeypatch.setenv("REGISTRY_AUTH_FILE", "/elsewhere/auth.json")
    assert client_programs.config_files("podman", None) == ["/elsewhere/auth.json"]


def test_files_that_are_read_and_files_that_are_not(tmp_path):
    good = tmp_path / "config.json"
    good.write_bytes(b"{}")
    assert client_programs.read_file(str(good)).content == b"{}"
    assert client_programs.read_file(str(tmp_path / "none")).missing
    assert client_programs.read_file(str(good / "below")).fault  # docker cannot store anything there either
    assert client_programs.read_file(str(tmp_path)).fault == "it is a directory"
    assert "larger" in client_programs.read_file(str(good), limit=1).fault
    assert client_programs.read_file("a\0b").fault


@posix
def test_pipes_and_loops_are_told_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    os.symlink(tmp_path / "pipe", tmp_path / "link")
    os.symlink(tmp_path / "loop", tmp_path / "loop")
    os.symlink(tmp_path / "nowhere", tmp_path / "dangling")
    assert "regular" in client_programs.read_file(str(tmp_path / "link")).fault
    assert "symbolic links" in client_programs.read_file(str(tmp_path / "loop")).fault
    assert client_programs.read_file(str(tmp_path / "dangling")).missing


@posix
def test_the_users_configuration_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", "{}")
    with client_programs.without_user_config("/usr/bin/docker", "unix:///there.sock") as environment:
        folder = environment["DOCKER_CONFIG"]
        assert os.listdir(folder) == ["config.json"]
        assert environment["DOCKER_HOST"] == "unix:///there.sock"
        assert not {"DOCKER_CONTEXT", "DOCKER_AUTH_CONFIG", "DOCKER_CERT_PATH"} & set(environment)
    assert not os.path.exists(folder)
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    with client_programs.without_user_config("/usr/bin/docker", None) as environment:
        assert environment["DOCKER_CERT_PATH"] == str(tmp_path / "home" / ".docker")
        assert "DOCKER_HOST" not in environment


@posix
def test_sockets(tmp_path):
    import socket
    assert client_programs.socket_state("tcp://10.0.0.1:2375") is client_programs.socket_state(None) is None
    assert client_programs.socket_state(f"unix://{tmp_path}/none") == "missing"
    with socket.socket(socket.AF_UNIX) as listening:
        path = os.path.join(os.path.relpath(tmp_path), "s") if len(str(tmp_path)) > 90 else f"{tmp_path}/s"
        listening.bind(path)
        assert client_programs.socket_state(f"unix://{path}") == "refused"
        listening.listen(1)
        assert client_programs.socket_state(f"unix://{path}") == "accepts"


@posix
def test_a_program_is_bounded_in_time_and_output(monkeypatch, tmp_path):
    on_path(monkeypatch, tmp_path / "bin", system=True)
    slow = program(tmp_path / "bin", "slow", "sleep 60 & sleep 60")
    began = time.monotonic()
    ended = process.run([slow], 0.3)
    assert ended.timed_out and ended.exit_status is None and time.monotonic() - began < 5
    loud = program(tmp_path / "bin", "loud", "yes")
    ended = process.run([loud], 20)
    assert ended.flooded and len(ended.stdout) <= process.OUTPUT_BYTES and time.monotonic() - began < 15
    echo = program(tmp_path / "bin", "echo-in", "cat; echo told >&2; exit 3")
    ended = process.run([echo], 10, stdin="hello")
    assert (ended.exit_status, ended.stdout, ended.stderr) == (3, "hello", "told\n")
    assert "hello" not in repr(ended)
    assert process.run([str(tmp_path)], 1).missing


@posix
def test_what_is_under_way_ends_with_the_supervision_and_no_more_starts(monkeypatch, tmp_path):
    on_path(monkeypatch, tmp_path / "bin", system=True)
    mark = tmp_path / "pid"
    slow = program(tmp_path / "bin", "slow", f"echo $$ > {mark}; sleep 60")
    ends = []

    def work():
        ends.append(process.run([slow], 60))
        ends.append(process.run([slow], 60))

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), process.supervised():
        thread = threading.Thread(target=work)
        thread.start()
        while not mark.exists() or not mark.read_text().strip():
            time.sleep(0.01)
        raise KeyboardInterrupt
    thread.join(5)
    assert len(ends) == 2 and time.monotonic() - began < 5
    assert ends[0].exit_status == -signal.SIGKILL and ends[1].timed_out
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
    with process.supervised():
        assert process.run([program(tmp_path / "bin", "quick", "exit 0")], 5).exit_status == 0


@posix
def test_nothing_starts_after_a_stop_that_came_between_two_programs(tmp_path):
    mark = tmp_path / "mark"
    first, second = program(tmp_path / "bin", "first", "exit 0"), program(tmp_path / "bin", "second", f"> {mark}")
    between, stopped, ends = threading.Event(), threading.Event(), []

    def work():
        ends.append(process.run([first], 5))
        between.set()
        stopped.wait(5)
        ends.append(process.run([second], 5))

    thread = threading.Thread(target=work)
    with process.supervised():
        thread.start()
        assert between.wait(5)
    stopped.set()
    thread.join(5)
    assert ends[0].exit_status == 0 and ends[1].timed_out and not mark.exists()


# --- A real daemon ---------------------------------------------------------------------------------------------------

STUB = """
import http.server, ssl, sys
class Registry(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments): pass
    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        host = self.headers["Host"]
        body = b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'
        self.send_response(401)
        self.send_header("WWW-Authenticate", f'Bearer realm="https://{host}/oauth2/token",service="{host}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
server = http.server.ThreadingHTTPServer((sys.argv[1], 443), Registry)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
ADDRESS, SILENT = "10.98.76.5", "10.98.76.6"  # not loopback: docker trusts every registry of 127.0.0.0/8
NEEDED = ("docker", "dockerd", "unshare", "nsenter", "ip", "nft", "openssl")
MISSING = [name for name in NEEDED if not shutil.which(name)]
real_daemon = pytest.mark.skipif(
    bool(MISSING) or sys.platform != "linux" or os.geteuid() != 0,
    reason="needs Linux, root and " + (", ".join(MISSING) or "nothing else") + ": a daemon in a network of its own")


class Daemon:
    """dockerd and a registry in a network namespace of their own; docker reaches the daemon through its socket."""

    def __init__(self, folder):
        self._folder, self._processes = folder, []
        self.endpoint = f"unix://{folder}/d.sock"
        self.certificate = folder / "certificate.pem"
        key = folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=registry", "-addext", f"subjectAltName=IP:{ADDRESS}", "-keyout", key,
                        "-out", self.certificate], check=True, capture_output=True)
        (folder / "both.pem").write_text(key.read_text() + self.certificate.read_text())
        (folder / "stub.py").write_text(STUB)
        self._network = self._start(["unshare", "--net", "sleep", "300"])
        time.sleep(0.5)
        for command in ("ip link set lo up", f"ip addr add {ADDRESS}/32 dev lo", f"ip addr add {SILENT}/32 dev lo",
                        "nft add table t", "nft add chain t i { type filter hook input priority 0 ; }",
                        f"nft add rule t i ip daddr {SILENT} drop"):
            subprocess.run(self._inside(command.split()), check=True)
        self._start(self._inside([sys.executable, str(folder / "stub.py"), ADDRESS, str(folder / "both.pem")]))

    def _inside(self, command):
        return ["nsenter", f"--net=/proc/{self._network.pid}/ns/net", *command]

    def _start(self, command, **environment):
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, **environment})
        self._processes.append(started)
        return started

    def start(self, **environment):
        """Start dockerd with these environment variables and wait until it answers."""
        folder = self._folder
        started = self._start(self._inside(
            ["dockerd", "--iptables=false", "--bridge=none", "--storage-driver=vfs",
             "--data-root", str(folder / "root"), "--exec-root", str(folder / "exec"),
             "--pidfile", str(folder / "d.pid"), "--host", self.endpoint]),
            **environment)
        for _ in range(100):
            asked = subprocess.run(["docker", "--host", self.endpoint, "ps"], capture_output=True, check=False)
            if asked.returncode == 0:
                return started
            time.sleep(0.3)
        pytest.skip("dockerd does not start here")
        return started

    def end(self, started=None):
        for ending in [started] if started else reversed(self._processes):
            ending.terminate()
            try:
                ending.wait(20)
            except subprocess.TimeoutExpired:
                ending.kill()
                ending.wait()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    started = Daemon(tmp_path_factory.mktemp("d"))
    yield started
    started.end()


def ask(login_server, seconds):
    client = SimpleNamespace(path=shutil.which("docker"), kind="docker", context="default", usable=True)
    found = inputs({"container-client": client, "container-daemon": SimpleNamespace(usable=True),
                    "registry": SimpleNamespace(host=login_server), "dns": SimpleNamespace(usable=True)})
    context = SimpleNamespace(asked=SimpleNamespace(timeout_seconds=seconds))
    return daemon_network.CHECK.gather(context, found)


@real_daemon
def test_a_real_daemons_way_to_the_registry(monkeypatch, tmp_path, daemon):
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", daemon.endpoint)
    monkeypatch.setattr(daemon_network, "PATIENCE_SECONDS", 1.0)

    dockerd = daemon.start(SSL_CERT_FILE=str(daemon.certificate))
    assert ask(ADDRESS, 10).reached is True
    silent = ask(SILENT, 1)
    assert (silent.reached, silent.reason, silent.timed_out) == (False, "timeout", True)
    unknown = ask("registry.invalid", 10)
    assert (unknown.reached, unknown.reason) == (False, "dns")
    daemon.end(dockerd)

    proxy = f"http://user:hidden-one@{ADDRESS}:9"
    dockerd = daemon.start(SSL_CERT_FILE=os.devnull, HTTPS_PROXY=proxy, NO_PROXY=ADDRESS)
    untrusted = ask(ADDRESS, 10)
    assert (untrusted.reached, untrusted.reason) == (False, "certificate")
    proxied = ask(SILENT, 10)
    assert (proxied.reached, proxied.reason) == (False, "proxy")
    assert proxied.daemon_proxy == f"http://{ADDRESS}:9" and "hidden-one" not in str(vars(proxied))
    daemon.end(dockerd)

    assert ask(ADDRESS, 10).reached is None  # the client signs in by itself when no daemon is there
    assert not (tmp_path / "home" / ".docker").exists()
