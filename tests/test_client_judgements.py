# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The checks of the container client's side, from stand-in programs and files to their findings and fixes."""

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from azext_acrlogin.catalogue import client as client_codes
from azext_acrlogin.catalogue import environment as environment_codes
from azext_acrlogin.checks.client import (
    configuration, credential_store, daemon, daemon_network, environment, program, stored_credential)
from azext_acrlogin.checks.client.daemon_network import DaemonNetworkEvidence
from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.container_daemon import ContainerDaemonEvidence
from azext_acrlogin.machine import client_programs as door
from azext_acrlogin.machine import process
from azext_acrlogin.net.traffic import Traffic
from azext_acrlogin.protocol.docker_config import TOKEN_USER
from azext_acrlogin.render.commands import best
from tests.inputs import inputs

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")

HOST = "myregistry.azurecr.io"
REAL_DOCKER = shutil.which("docker")
CODES = {code.code: code for code in environment_codes.CODES + client_codes.CODES}
IN_ORDER = (program, configuration, daemon, credential_store, stored_credential, daemon_network, environment)
VERSION = '{"Client":{"Version":"27.1.1","Context":"default"},"Server":{"Version":"27.1.1"}}'
UNAUTHORIZED = f'Error response from daemon: Get "https://{HOST}/v2/": unauthorized: authentication required'
SIGNATURE = "c2lnbmF0dXJlLXRoYXQtaXMtbm90LXNob3du"
HOUR = 3600


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(seconds=HOUR, **claims):
    told = {"iss": "Azure Container Registry", "aud": HOST, "exp": int(time.time()) + seconds, **claims}
    return f"{encoded({'alg': 'RS256'})}.{encoded(told)}.{SIGNATURE}"


def auth(user, password):
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


class Machine:
    """A home, a PATH and what else the checks look at; `run` gathers and judges all of them in order."""

    def __init__(self, folder, monkeypatch):
        self.home, self.bin, self._monkeypatch = folder / "home", folder / "bin", monkeypatch
        self.home.mkdir()
        self.bin.mkdir()
        self.found = {}
        self.found["name"] = SimpleNamespace(repository=None)
        self.found["registry"] = SimpleNamespace(name="myregistry", login_server=HOST, anonymous_pull_enabled=None,
                                                 sign_in_options={}, host=HOST, usable=True)
        self.signs_in(200)
        # Seeing the registry takes no login of the client, so that none is missed.
        self.asked = {"name": "myregistry", "cloud": None, "timeout_seconds": 2.0, "actions": ("view",)}
        for name in ("DOCKER_COMMAND", "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_AUTH_CONFIG",
                     "SUDO_USER", "SUDO_HOME", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "WSL_DISTRO_NAME",
                     "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
                     "NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        self.set("HOME", self.home)
        self.set("PATH", f"{self.bin}{os.pathsep}/usr/sbin-without-docker")

    def set(self, name, value):
        self._monkeypatch.setenv(name, str(value))

    def signs_in(self, status):
        self.found["dns"] = SimpleNamespace(usable=True)
        self.found["connection"] = SimpleNamespace(status=401, usable=True)
        self.found["login"] = SimpleNamespace(signed_in=True, usable=True)
        self.found["refresh-token"] = SimpleNamespace(status=status, usable=status == 200)

    def program(self, name, script):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def docker(self, version=VERSION, ps="exit 0", login=f"echo '{UNAUTHORIZED}' >&2; exit 1", info="echo '{}'"):
        return self.program("docker", f"""case "$1" in
version) echo '{version}' ;;
ps) {ps} ;;
login) cat > "$HOME/secret-read"; echo "$@" > "$HOME/login-arguments"
    echo "$DOCKER_CONFIG" > "$HOME/folder"; {login} ;;
info) {info} ;;
*) exit 1 ;;
esac""")

    def podman(self):
        version = '{"Client":{"Version":"4.3.1","OsArch":"linux/amd64"}}'
        return self.program("podman", f"""[ "$1" = version ] && echo '{version}'; exit 0""")

    def config(self, value, folder=".docker"):
        (self.home / folder).mkdir(exist_ok=True, parents=True)
        path = self.home / folder / "config.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    def helper(self, name, get, listed="echo '{}'"):
        return self.program(f"docker-credential-{name}", f"""case "$1" in
get) read host; {get} ;;
list) {listed} ;;
*) touch "$HOME/changed"; exit 1 ;;
esac""")

    def run(self, **asked):
        context = SimpleNamespace(asked=Question(**{**self.asked, **asked}), traffic=Traffic())
        judgements = {}
        for module in IN_ORDER:
            check = module.CHECK
            self.found[check.name] = check.gather(context, inputs(self.found, check.waits_for))
        for module in IN_ORDER:
            check = module.CHECK
            judgement = judgements[check.name] = check.judge(
                context.asked, self.found[check.name], inputs(self.found, check.weighs))
            for finding in judgement.findings:
                assert finding.code in check.codes
                assert best(CODES[finding.code].fixes, finding.facts, windows=False) is not None
                assert all(isinstance(value, (str, type(None))) for value in finding.facts.values())
        assert SIGNATURE not in repr((judgements, self.found))
        return judgements


@pytest.fixture
def machine(tmp_path, monkeypatch):
    with process.supervised():
        yield Machine(tmp_path, monkeypatch)


def codes(judgements):
    return [finding.code for judgement in judgements.values() for finding in judgement.findings]


def fix_of(judgement):
    finding = judgement.findings[0]
    filled = best(CODES[finding.code].fixes, finding.facts, windows=False)
    return filled["description"], [command["argv"] for command in filled["commands"]]


# --- Nothing is wrong ------------------------------------------------------------------------------------------------

def healthy(machine, **asked):
    judgements = machine.run(**asked)
    assert codes(judgements) == []
    return {name: judgement.status for name, judgement in judgements.items()}


def test_a_healthy_docker(machine):
    machine.docker()
    assert set(healthy(machine).values()) == {Status.PASSED}
    folder = (machine.home / "folder").read_text().strip()
    assert folder and not os.path.exists(folder) and not folder.startswith(str(machine.home))
    assert (machine.home / "secret-read").read_text() == daemon_network.NO_SECRET
    assert daemon_network.NO_SECRET not in (machine.home / "login-arguments").read_text()
    assert not (machine.home / ".docker").exists()


def test_a_notice_of_podman_docker_on_standard_error(machine):
    notice = "echo 'Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.' >&2"
    machine.docker(ps=notice)
    assert healthy(machine)["container-daemon"] == Status.PASSED


def test_podman_alone(machine):
    machine.podman()
    statuses = healthy(machine)
    assert statuses["daemon-network"] == Status.SKIPPED and statuses["container-daemon"] == Status.PASSED


def test_docker_desktop_and_other_registries(machine):
    machine.docker()
    machine.config({"auths": {HOST: {}, "https://index.docker.io/v1/": {}}, "credsStore": "desktop"})
    machine.helper("desktop", f'printf \'{{"ServerURL":"%s","Username":"<token>","Secret":"{token()}"}}\' "$host"')
    assert healthy(machine)["stored-credential"] == Status.PASSED
    assert machine.found["stored-credential"].source == "helper"
    assert not (machine.home / "changed").exists()


def test_a_store_that_holds_nothing(machine):
    machine.docker()
    machine.config({"credsStore": "osxkeychain"})
    machine.helper("osxkeychain", "echo 'credentials not found in native keychain'; exit 1")
    assert healthy(machine)["credential-store"] == Status.PASSED
    machine.helper("osxkeychain", "echo 'nothing here'; exit 1", "echo null")
    assert healthy(machine)["credential-store"] == Status.PASSED
    machine.helper("osxkeychain", "echo 'credentials not found in native keychain'; exit 1",
                   "echo unimplemented; exit 1")
    assert healthy(machine)["credential-store"] == Status.PASSED


@pytest.mark.parametrize("config", ["", "{}", {"auths": {HOST: {}}}, {"auths": {"other.azurecr.io": auth("a", "b")}},
                                    {"auths": {HOST: auth("ci-token", "password")}},
                                    {"auths": {"MyRegistry.azurecr.io": auth(TOKEN_USER, "old"),
                                               HOST: auth(TOKEN_USER, token())}},
                                    {"auths": {f"https://{HOST}": {**auth(TOKEN_USER, ""), "identitytoken": token()}}},
                                    {"auths": {"MyRegistry.azurecr.io": {}}}])
def test_configurations_that_are_in_order(machine, config):
    machine.docker()
    machine.config(config)
    healthy(machine)


def test_cloud_shell_and_no_client_wanted(machine):
    machine.config("not JSON")
    for asked in ({"in_cloud_shell": True}, {"client": "none"}):
        judgements = machine.run(**asked)
        assert codes(judgements) == []
        assert {judgement.status for name, judgement in judgements.items()
                if name != "client-environment"} == {Status.SKIPPED}
        assert all(judgement.skipped.reason for name, judgement in judgements.items() if name != "client-environment")


def test_a_development_build_has_no_number_to_compare(machine):
    machine.docker(version='{"Client":{"Version":"dev"}}')
    healthy(machine)


# --- The client and its engine ---------------------------------------------------------------------------------------

def test_no_client(machine):
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_COMMAND_ERROR"]
    assert judgements["container-daemon"].skipped.check == "container-client"
    assert codes(machine.run(client="podman")) == ["DOCKER_COMMAND_ERROR"]


def test_the_variable_leads_nowhere(machine):
    machine.docker()
    machine.set("DOCKER_COMMAND", "/nowhere/docker")
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_COMMAND_ERROR"]
    fix = fix_of(judgements["container-client"])[0]
    assert "Remove" in fix and "/nowhere/docker" in fix and str(machine.bin / "docker") in fix


def test_the_variable_leads_nowhere_and_there_is_no_other_client(machine):
    machine.set("DOCKER_COMMAND", "/nowhere/docker")
    assert "full path of docker or podman" in fix_of(machine.run()["container-client"])[0]


def test_a_program_that_the_system_cannot_run(machine):
    path = machine.bin / "docker"
    path.write_bytes(b"\x7fNOT")
    path.chmod(0o755)
    assert codes(machine.run()) == ["DOCKER_COMMAND_ERROR"]


def test_the_stand_in_of_wsl(machine):
    machine.program("docker", "echo \"The command 'docker' could not be found in this WSL 2 distro.\"; exit 1")
    assert codes(machine.run()) == ["DOCKER_COMMAND_ERROR"]
    machine.set("WSL_DISTRO_NAME", "Ubuntu")
    judgements = machine.run()
    assert "Ubuntu" in fix_of(judgements["container-client"])[0]


def test_versions_that_do_not_do(machine):
    machine.docker(version='{"Client":{"Version":"17.06.2-ce"}}')
    assert codes(machine.run()) == ["DOCKER_VERSION_ERROR"]
    machine.program("docker", '[ "$1" = --version ] && echo "Docker version 17.06.2-ce, build 3dfb8343"; exit 0')
    assert codes(machine.run()) == ["DOCKER_VERSION_ERROR"]
    machine.program("docker", "echo broken >&2; exit 4")
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_VERSION_ERROR"] and "broken" in judgements["container-client"].message


def test_the_engine_is_not_there(machine):
    machine.docker(version='{"Client":{"Version":"27.1.1","Context":"default"},"Server":null}',
                   ps="echo 'Cannot connect to the Docker daemon at unix:///x.sock.' >&2; exit 1")
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_DAEMON_ERROR"]
    assert judgements["daemon-network"].skipped.check == "container-daemon"
    machine.set("DOCKER_HOST", "tcp://user:hidden-one@10.0.0.99:2375")
    judgements = machine.run()
    assert "tcp://10.0.0.99:2375" in fix_of(judgements["container-daemon"])[0]
    assert "hidden-one" not in repr((judgements, machine.found))


def test_an_engine_that_does_not_answer(machine):
    machine.program("docker", '[ "$1" = --version ] && echo "Docker version 27.1.1" && exit 0; sleep 30')
    judgements = machine.run(timeout_seconds=0.5)
    assert codes(judgements) == ["DOCKER_DAEMON_ERROR"] and "0.5 s" in judgements["container-daemon"].message


def test_the_socket_refuses_by_the_clients_word(machine):
    machine.docker(ps="echo 'permission denied while trying to connect to the Docker daemon socket at "
                      "unix:///var/run/docker.sock' >&2; exit 1")
    assert codes(machine.run()) == ["DOCKER_PERMISSION_ERROR"]


def test_the_socket_refuses_by_the_systems_word(machine, monkeypatch):
    machine.docker(ps="exit 1")
    monkeypatch.setattr(door, "socket_state", lambda endpoint: "permissionDenied")
    monkeypatch.setattr(door, "socket_group", lambda endpoint: "docker")
    monkeypatch.setattr(door, "user_name", lambda: "alex")
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_PERMISSION_ERROR"]
    assert fix_of(judgements["container-daemon"])[1] == [
        ["sudo", "usermod", "--append", "--groups", "docker", "alex"]]


def test_remedies_of_a_daemon(monkeypatch):
    def remedy(context="default", **evidence):
        found = inputs({"container-client": SimpleNamespace(usable=True, kind="docker", context=context)})
        judgement = daemon.judge(Question("r", None), ContainerDaemonEvidence(**evidence), found)
        return fix_of(judgement)

    assert remedy(systemd=True, endpoint="unix:///var/run/docker.sock")[1] == [["sudo", "systemctl", "start", "docker"]]
    assert remedy(context="colima", systemd=True)[1] == [["docker", "context", "inspect", "colima"]]
    assert remedy(docker_context="far", endpoint="ssh://far", context_exists=True)[0].startswith(
        "Start the engine at ssh://far, where the Docker context far points")
    assert remedy(docker_context="gone", context_exists=False)[1] == [["unset", "DOCKER_CONTEXT"]]
    assert remedy(configured_context="gone", context_exists=False)[1] == [["docker", "context", "use", "default"]]
    assert remedy(configured_context="colima")[1] == [["docker", "context", "inspect", "colima"]]    # not looked for
    works = {"default_socket": "accepts"}  # what docker would use without the variable or the context
    assert remedy(context="colima", **works)[1] == [["docker", "context", "use", "default"]]
    assert remedy(docker_context="gone", **works)[1] == [["unset", "DOCKER_CONTEXT"]]
    assert remedy(docker_host="tcp://10.0.0.99:2375", **works)[1] == [["unset", "DOCKER_HOST"]]
    assert remedy(docker_host="tcp://10.0.0.99:2375")[0].startswith("Start the engine at tcp://10.0.0.99:2375")
    assert remedy(docker_host="unix:///var/run/docker.sock", endpoint="unix:///var/run/docker.sock", **works)[
        0].startswith("Start the engine at unix:///var/run/docker.sock")
    assert remedy()[1] == []


@pytest.mark.parametrize("evidence, says", [
    ({"docker_host": "tcp://10.0.0.99:2375", "endpoint": "tcp://10.0.0.99:2375"},
     "The environment variable DOCKER_HOST points docker to tcp://10.0.0.99:2375, where"),
    ({"docker_context": "far", "endpoint": "ssh://far", "context_exists": True},
     "the context 'far', set by the environment variable DOCKER_CONTEXT. It points to ssh://far, where"),
    ({"docker_context": "gone", "context_exists": False},
     "the context 'gone' by the environment variable DOCKER_CONTEXT, but no such context exists"),
    ({"configured_context": "gone", "context_exists": False}, "the context 'gone' by its configuration, but no such"),
    ({"configured_context": "far"}, "its daemon does not answer"),
    ({"docker_context": "far", "podman": "/usr/bin/podman"}, "podman is also installed")])
def test_what_leads_docker_to_its_engine_is_said(evidence, says):
    found = inputs({"container-client": SimpleNamespace(usable=True, kind="docker", context=None)})
    assert says in daemon.judge(Question("r", None), ContainerDaemonEvidence(**evidence), found).message


def test_a_context_is_looked_for_where_docker_stores_it(machine, tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert door.context_exists("/usr/bin/docker", "far") is False
    folder = tmp_path / "contexts" / "meta" / hashlib.sha256(b"far").hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text("{}")
    assert door.context_exists("/usr/bin/docker", "far") is True
    assert os.name == "nt" or door.context_exists("/mnt/c/docker.exe", "far") is None
    assert door.context_exists("/usr/bin/docker", "b\udce4d") is False
    assert door.context_exists("/usr/bin/docker", "b\ud800d") is None


# --- Configuration and store -----------------------------------------------------------------------------------------

def test_a_configuration_that_is_not_json(machine):
    path = machine.config('{"auths": {},\n}')
    machine.docker()
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CONFIG_ERROR"]
    assert f"Cannot read docker's configuration file {path}: " in judgements["client-config"].message
    assert "line 2, column 1" in judgements["client-config"].message
    assert judgements["stored-credential"].skipped.check == "client-config"


def test_a_configuration_is_read_without_a_client(machine):
    machine.config("[]")
    assert codes(machine.run()) == ["DOCKER_COMMAND_ERROR", "DOCKER_CONFIG_ERROR"]


def test_a_pipe_for_a_configuration(machine):
    machine.docker()
    (machine.home / ".docker").mkdir()
    os.mkfifo(machine.home / ".docker" / "config.json")
    assert codes(machine.run()) == ["DOCKER_CONFIG_ERROR"]


def test_podmans_file_is_read_strictly(machine):
    machine.podman()
    machine.set("XDG_RUNTIME_DIR", machine.home)
    (machine.home / "containers").mkdir()
    (machine.home / "containers" / "auth.json").write_text("")
    assert codes(machine.run()) == ["DOCKER_CONFIG_ERROR"]


def test_a_helper_that_is_not_there(machine):
    machine.docker()
    path = machine.config({"auths": {HOST: {}}, "credsStore": "desktop"})
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_STORE_ERROR"]
    description, _ = fix_of(judgements["credential-store"])
    assert "docker-credential-desktop" in description and "credsStore" in description and str(path) in description
    assert judgements["stored-credential"].skipped.check == "credential-store"


@pytest.mark.parametrize("name", ["../../bin/sh", "a/b", "", "x y"])
def test_a_helpers_name_is_a_name(machine, name):
    machine.docker()
    machine.config({"credHelpers": {HOST: name}})
    assert codes(machine.run()) == (["DOCKER_CREDENTIAL_STORE_ERROR"] if name else [])


def test_a_helper_that_fails(machine):
    machine.docker()
    machine.config({"credHelpers": {HOST: "secretservice"}})
    fails = "echo 'Cannot autolaunch D-Bus without X11 $DISPLAY'; exit 1"
    machine.helper("secretservice", fails, fails)
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_STORE_ERROR"]
    assert "D-Bus" in judgements["credential-store"].message
    machine.helper("secretservice", "echo something-secret", "exit 1")
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_STORE_ERROR"]
    assert "something-secret" not in repr((judgements, machine.found))


@pytest.mark.parametrize("script, ended", [
    ("exit 3", "exit status 3"), ("kill -9 $$", "signal 9"), ("exec yes", "it prints without end")])
def test_how_a_helper_ended(machine, script, ended):
    """No number is shown where there is none."""
    machine.docker()
    machine.config({"credsStore": "pass"})
    machine.helper("pass", script, script)
    judgements = machine.run(timeout_seconds=20)
    assert codes(judgements) == ["DOCKER_CREDENTIAL_STORE_ERROR"]
    assert f"fails ({ended}): it says nothing that can be shown." in judgements["credential-store"].message


def test_a_helper_that_does_not_start(machine):
    machine.docker()
    machine.config({"credsStore": "pass"})
    machine.program("docker-credential-pass", "").write_bytes(b"\x7fELF of another machine")
    message = machine.run()["credential-store"].message
    assert "does not run: Exec format error" in message and "exit status" not in message


def test_a_helper_that_waits_may_be_asking_somebody(machine):
    machine.docker()
    machine.config({"credsStore": "pass"})
    machine.helper("pass", "sleep 30")
    judgements = machine.run(timeout_seconds=0.5)
    assert codes(judgements) == [] and judgements["credential-store"].status == Status.UNKNOWN


@pytest.mark.skipif(shutil.which("setsid") is None, reason="there is no setsid")
def test_what_a_helper_started_ends_with_it_also_in_a_session_of_its_own(machine):
    machine.docker()
    machine.config({"credsStore": "pass"})
    machine.helper("pass", "setsid sh -c 'echo $$ > \"$HOME/child\"; exec sleep 300' & sleep 300")
    machine.run(timeout_seconds=1.0)
    child, ends = int((machine.home / "child").read_text()), time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and "(sleep) Z" not in Path(f"/proc/{child}/stat").read_text():
        assert time.monotonic() < ends, "it goes on"
        time.sleep(0.05)


def test_without_a_place_for_a_temporary_folder_the_daemon_is_not_asked(machine, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(machine.home / "missing"))
    machine.docker()
    judgements = machine.run()
    assert judgements["daemon-network"].status == Status.SKIPPED
    assert "A temporary folder is needed, and cannot be made: No such file" in judgements["daemon-network"].message


def test_no_folder_is_made_once_the_diagnosis_has_ended(monkeypatch):
    """A thread that it left behind may come there later."""
    monkeypatch.setattr(process, "_UNDER_WAY", process._UnderWay())     # pylint: disable=protected-access
    with process.supervised():
        with process.temporary_folder() as folder:
            assert Path(folder).is_dir()
        assert not Path(folder).exists()
        used = process.temporary_folder()
        folder = used.__enter__()   # pylint: disable=unnecessary-dunder-call
    assert not Path(folder).exists()
    with pytest.raises(OSError), process.temporary_folder():
        pass


# --- Docker's default helper -----------------------------------------------------------------------------------------

D_BUS = "echo 'Cannot autolaunch D-Bus without X11 $DISPLAY'; exit 1"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="another system has another default")


@linux_only
@pytest.mark.parametrize("config, expected", [
    (None, ["DOCKER_CREDENTIAL_STORE_ERROR"]), ({}, ["DOCKER_CREDENTIAL_STORE_ERROR"]),
    ({"auths": {}, "credsStore": "", "psFormat": "x"}, ["DOCKER_CREDENTIAL_STORE_ERROR"]),
    ({"auths": {HOST: {}}}, []), ({"credHelpers": {"other.azurecr.io": "x"}}, [])])
def test_docker_takes_the_systems_helper_where_its_file_has_nothing(machine, config, expected):
    machine.docker()
    machine.helper("secretservice", D_BUS, D_BUS)
    path = machine.home / ".docker" / "config.json"
    if config is not None:
        machine.config(config)
    judgements = machine.run()
    assert codes(judgements) == expected
    if expected:
        description, commands = fix_of(judgements["credential-store"])
        assert f'"auths": {{"{HOST}": {{}}}}' in description and str(path) in description
        assert ("Create" in description) == (config is None)
        assert commands == [["az", "acr", "login", "--name", "myregistry"]]
        assert "D-Bus" in judgements["credential-store"].message


@linux_only
def test_pass_comes_before_the_secret_service_where_pass_is_there(machine):
    machine.docker()
    machine.helper("secretservice", D_BUS, D_BUS)
    machine.program("pass", "exit 0")
    assert codes(machine.run()) == []  # its helper is not installed, and docker uses its file
    assert machine.found["credential-store"].helper is None
    machine.helper("pass", f'printf \'{{"Username":"<token>","Secret":"{token()}"}}\'')
    assert codes(machine.run()) == []
    store, stored = machine.found["credential-store"], machine.found["stored-credential"]
    assert (store.helper, store.by_default, stored.source, stored.kind) == ("pass", True, "helper", "identityToken")


@linux_only
def test_podman_has_no_default_helper(machine):
    machine.podman()
    machine.helper("secretservice", D_BUS, D_BUS)
    assert codes(machine.run()) == []


@pytest.mark.skipif(REAL_DOCKER is None or sys.platform != "linux", reason="asks the real docker")
@pytest.mark.parametrize("config", [None, "{}", '{"auths": {}}', '{"credsStore": ""}', '{"psFormat": "x"}',
                                    '{"auths": {"%s": {}}}' % HOST, '{"credHelpers": {"%s": ""}}' % HOST,
                                    '{"CREDSSTORE": "secretservice", "auths": {"a": {}}}',
                                    '{"auths": {"a": {}}, "Auths": {"b": {}}, "credsstore": "secretservice"}'])
def test_docker_itself_asks_the_same_helper(machine, config):
    (machine.bin / "docker").symlink_to(REAL_DOCKER)
    machine.helper("secretservice", "exit 1")
    if config is not None:
        machine.config(config)
    machine.run(client="docker")
    subprocess.run([machine.bin / "docker", "logout", HOST], check=False, capture_output=True, timeout=60)
    assert (machine.home / "changed").exists() == (machine.found["credential-store"].helper == "secretservice")


@pytest.mark.parametrize("said", [
    "+ curl -u alex:hunter2 https://vault", '{"secret": "hunter2"}', "password=hunter2", "++ PASS=hunter2",
    f"token is {token()}", "Secret: hunter2"], ids=["traced", "json", "password", "traced-setting", "token", "line"])
@pytest.mark.parametrize("to", ["", " >&2"])
def test_a_helpers_words_are_shown_without_secrets(machine, said, to):
    machine.docker()
    machine.config({"credsStore": "vault"})
    machine.helper("vault", f"echo 'the vault is sealed'{to}; echo '{said}'{to}; exit 1", "exit 1")
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_STORE_ERROR"]
    assert "the vault is sealed" in judgements["credential-store"].message
    assert "hunter2" not in repr((judgements, machine.found))


def test_a_helper_that_cannot_start(machine):
    machine.docker()
    machine.config({"credsStore": "vault"})
    path = machine.bin / "docker-credential-vault"
    path.write_text("#!/nowhere/interpreter\n")
    path.chmod(0o755)
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_STORE_ERROR"]
    assert "does not run" in judgements["credential-store"].message
    assert "None" not in judgements["credential-store"].message


@pytest.mark.parametrize("address", ["alex:hunter2@engine:2376", "tcp://alex:hunter2@engine:2376"])
def test_the_engines_address_is_shown_without_a_password(machine, address):
    machine.set("DOCKER_HOST", address)
    machine.docker(ps=f"echo 'cannot connect to {address}, lookup alex:hunter2@engine' >&2; exit 1")
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_DAEMON_ERROR"]
    assert "hunter2" not in repr((judgements, machine.found)) and "engine:2376" in fix_of(
        judgements["container-daemon"])[0]


# --- What is stored --------------------------------------------------------------------------------------------------

EXPIRED = [auth(TOKEN_USER, token(-HOUR)), {**auth(TOKEN_USER, ""), "identitytoken": token(-HOUR)}]


@pytest.mark.parametrize("entry", EXPIRED)
def test_an_expired_token(machine, entry):
    machine.docker()
    machine.config({"auths": {HOST: entry}})
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_EXPIRED_ERROR"]
    assert fix_of(judgements["stored-credential"])[1] == [["az", "acr", "login", "--name", "myregistry"]]
    evidence = machine.found["stored-credential"]
    assert evidence.expires_at.endswith("Z") and evidence.audience == HOST and evidence.expired


def test_an_expired_token_of_a_helper(machine):
    machine.docker()
    machine.config({"credsStore": "pass"})
    machine.helper("pass", f'echo \'{{"ServerURL":"","Username":"{TOKEN_USER}","Secret":"{token(-HOUR)}"}}\'')
    assert codes(machine.run()) == ["DOCKER_CREDENTIAL_EXPIRED_ERROR"]


def test_an_expired_token_is_a_consequence_when_signing_in_fails(machine):
    machine.docker()
    machine.config({"auths": {HOST: EXPIRED[0]}})
    machine.signs_in(401)
    judgements = machine.run()
    assert codes(judgements) == [] and "fails as well" in judgements["stored-credential"].message
    machine.found["refresh-token"] = None
    machine.found["connection"] = SimpleNamespace(status=None, usable=False)
    assert codes(machine.run()) == []
    machine.found["connection"] = SimpleNamespace(status=401, usable=True)
    machine.found["login"] = SimpleNamespace(signed_in=False, usable=False)
    assert codes(machine.run()) == []
    assert codes(machine.run(username="ci-token")) == ["DOCKER_CREDENTIAL_EXPIRED_ERROR"]


def test_nothing_said_of_this_machines_credential_for_another_identity(machine):
    machine.docker()
    machine.config({"auths": {HOST: EXPIRED[0]}})
    assert codes(machine.run(assignee="someone")) == []


@pytest.mark.parametrize("auths", [
    {HOST: auth("alex@contoso.example", token())}, {HOST: auth(TOKEN_USER, token(aud="other.azurecr.io"))},
    {HOST: auth("alex@contoso.example", token(-HOUR))}, {HOST: {"auth": "%%%"}},
    {"MyRegistry.azurecr.io": auth(TOKEN_USER, token())}, {f"{HOST}:443": auth("ci-token", "password")}])
def test_what_can_never_work(machine, auths):
    machine.docker()
    machine.config({"auths": auths})
    machine.signs_in(401)
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_INVALID_ERROR"]
    assert fix_of(judgements["stored-credential"])[1] == [
        ["docker", "logout", next(iter(auths))], ["az", "acr", "login", "--name", "myregistry"]]


def test_another_spelling_in_the_store(machine):
    machine.docker()
    machine.config({"credsStore": "pass"})
    machine.helper("pass", "echo 'credentials not found in native keychain'; exit 1",
                   "echo '{\"MyRegistry.azurecr.io\": \"alex\"}'")
    assert codes(machine.run()) == ["DOCKER_CREDENTIAL_INVALID_ERROR"]


def test_a_token_without_an_end_stays_unknown(machine):
    machine.docker()
    for entry in (auth(TOKEN_USER, "opaque"), auth(TOKEN_USER, token(exp="soon")), auth("alex", "eyJ.broken.x")):
        machine.config({"auths": {HOST: entry}})
        assert machine.run()["stored-credential"].status == Status.UNKNOWN


@pytest.mark.parametrize("asked, anonymous, expected", [
    ({"actions": ("pull",)}, None, True), ({"actions": ("pull",)}, False, True), ({"actions": ("pull",)}, True, False),
    ({"actions": ("push",)}, True, True), ({"actions": ("view", "metadata-read")}, True, True),
    ({"actions": ("view", "manage")}, None, False), ({"actions": ("pull",), "client": "none"}, None, False),
    ({"actions": ("pull",), "username": "ci-token"}, None, False),
    ({"actions": ("pull",), "assignee": "someone"}, None, False)])
def test_a_client_without_a_login(machine, asked, anonymous, expected):
    machine.docker()
    machine.found["registry"].anonymous_pull_enabled = anonymous
    judgements = machine.run(**asked)
    assert codes(judgements) == ["DOCKER_CREDENTIAL_MISSING_WARNING"] * expected
    if expected:
        assert judgements["stored-credential"].message == f"Docker has no login for {HOST}."
        assert fix_of(judgements["stored-credential"])[1] == [["az", "acr", "login", "--name", "myregistry"]]


def test_no_client_misses_no_login(machine):
    assert codes(machine.run(actions=("pull",))) == ["DOCKER_COMMAND_ERROR"]


def test_a_tool_that_ignores_identity_tokens(machine):
    machine.docker()
    symptom = "kaniko: error checking push permissions"
    machine.config({"auths": {HOST: {**auth(TOKEN_USER, ""), "identitytoken": token()}}})
    assert codes(machine.run(symptom=symptom)) == ["CLIENT_TOKEN_UNSUPPORTED_WARNING"]
    machine.config({"auths": {HOST: auth(TOKEN_USER, token())}})
    assert codes(machine.run(symptom=symptom)) == []


def test_anonymous_pull_is_blocked_by_an_unfit_credential(machine):
    machine.docker()
    machine.found["registry"].anonymous_pull_enabled = True
    machine.signs_in(401)
    machine.config({"auths": {HOST: EXPIRED[0]}})
    judgements = machine.run()
    assert codes(judgements) == ["ANONYMOUS_PULL_BLOCKED_WARNING"]
    assert fix_of(judgements["stored-credential"])[1] == [["docker", "logout", HOST]]
    machine.config({"auths": {HOST: auth(TOKEN_USER, token())}})
    assert codes(machine.run()) == []


def test_the_variable_comes_before_the_file(machine):
    machine.config({"auths": {HOST: auth(TOKEN_USER, token())}})
    machine.set("DOCKER_AUTH_CONFIG", json.dumps({"auths": {HOST: EXPIRED[0]}}))
    machine.docker(version='{"Client":{"Version":"28.2.2"}}')
    assert codes(machine.run()) == []
    machine.docker(version='{"Client":{"Version":"28.3.0"}}')
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_CREDENTIAL_EXPIRED_ERROR"]
    assert "DOCKER_AUTH_CONFIG" in fix_of(judgements["stored-credential"])[0]
    machine.set("DOCKER_AUTH_CONFIG", "not JSON")
    assert codes(machine.run()) == []


# --- The daemon's network --------------------------------------------------------------------------------------------

def fails(cause):
    return f"echo 'Error response from daemon: Get \"https://{HOST}/v2/\": {cause}' >&2; exit 1"


def test_the_daemon_does_not_trust_what_this_process_trusts(machine):
    machine.docker(login=fails("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
                   info="echo '{\"OSType\":\"linux\",\"OperatingSystem\":\"Debian\"}'")
    bundle = machine.home / "company.pem"
    bundle.write_text("")
    machine.set("REQUESTS_CA_BUNDLE", bundle)
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_DAEMON_NETWORK_ERROR"]
    assert str(bundle) in judgements["daemon-network"].message


def test_only_the_shell_has_the_proxy(machine):
    machine.set("HTTPS_PROXY", "http://user:hidden-one@proxy.contoso.example:3128")
    machine.docker(login=fails("net/http: request canceled while waiting for connection (Client.Timeout exceeded while "
                               "awaiting headers)"))
    judgements = machine.run()
    assert codes(judgements) == ["DOCKER_DAEMON_NETWORK_ERROR"]
    assert "http://proxy.contoso.example:3128" in fix_of(judgements["daemon-network"])[0]
    assert "hidden-one" not in repr((judgements, machine.found))


def test_a_daemon_that_never_comes_back(machine, monkeypatch):
    monkeypatch.setattr(daemon_network, "PATIENCE_SECONDS", 0.1)
    machine.docker(login="sleep 30")
    judgements = machine.run(timeout_seconds=0.5)
    assert codes(judgements) == ["DOCKER_DAEMON_NETWORK_ERROR"]
    assert not os.path.exists((machine.home / "folder").read_text().strip())


def test_answers_that_are_not_the_daemons(machine):
    machine.docker(login=f"echo 'Get https://{HOST}/v2/: x509: certificate signed by unknown authority' >&2; exit 1")
    judgements = machine.run()
    assert codes(judgements) == [] and judgements["daemon-network"].status == Status.UNKNOWN


@pytest.mark.parametrize("reason", environment_codes.REASONS)
def test_every_reason_has_its_words(reason):
    found = inputs({"container-client": SimpleNamespace(usable=True)})
    for more in ({}, {"own_proxy": "http://p:1"}, {"daemon_proxy": "http://p:1"},
                 {"own_bundle": "/b.pem", "certificate_file": f"/etc/docker/certs.d/{HOST}/ca.crt"}):
        evidence = DaemonNetworkEvidence(HOST, asked=True, reached=False, reason=reason, text="words", **more)
        judgement = daemon_network.judge(Question("r", None), evidence, found)
        assert codes({"x": judgement}) == ["DOCKER_DAEMON_NETWORK_ERROR"] and fix_of(judgement)


def test_a_company_authority_is_installed_for_the_daemon():
    evidence = DaemonNetworkEvidence(HOST, asked=True, reached=False, reason="certificate", own_bundle="/b.pem",
                                     certificate_file=f"/etc/docker/certs.d/{HOST}/ca.crt")
    found = inputs({"container-client": SimpleNamespace(usable=True)})
    assert fix_of(daemon_network.judge(Question("r", None), evidence, found))[1] == [
        ["sudo", "install", "-D", "-m", "0644", "/b.pem", f"/etc/docker/certs.d/{HOST}/ca.crt"]]


def test_a_context_is_named_without_the_users_configuration(machine):
    machine.docker(version='{"Client":{"Version":"27.1.1","Context":"mine"}}')
    assert machine.run()["daemon-network"].status == Status.SKIPPED  # this client cannot say where the context leads
    path = machine.bin / "docker"
    path.write_text(path.read_text().replace("*) exit 1", """context) case "$4" in
*TLS*) echo "{}" ;;
*) echo unix:///mine.sock ;;
esac ;;
*) exit 1""").replace('echo "$@" >', 'echo "$DOCKER_HOST" > "$HOME/host"; echo "$@" >'))
    healthy(machine)
    assert (machine.home / "host").read_text().strip() == "unix:///mine.sock"


# --- Users and folders -----------------------------------------------------------------------------------------------

def test_sudo_hides_the_login(machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    other = machine.home / "alex"
    (other / ".azure").mkdir(parents=True)
    (other / ".azure" / "azureProfile.json").write_text(json.dumps({"subscriptions": [{"id": "1"}]}), "utf-8-sig")
    machine.docker()
    machine.set("SUDO_USER", "alex")
    machine.set("SUDO_HOME", other)
    healthy(machine)  # root is signed in, too
    machine.found["login"] = SimpleNamespace(signed_in=False, usable=False)
    judgements = machine.run()
    assert codes(judgements) == ["CLIENT_ENVIRONMENT_WARNING"] and "alex" in judgements["client-environment"].message
    machine.set("SUDO_USER", "no-such-user")
    monkeypatch.delenv("SUDO_HOME")
    assert codes(machine.run()) == []


def test_another_folder_holds_the_credential(machine):
    machine.docker()
    machine.config({"auths": {HOST: auth(TOKEN_USER, token())}})
    machine.set("DOCKER_CONFIG", machine.home / "other")
    judgements = machine.run(actions=("pull",))
    assert codes(judgements) == ["DOCKER_CREDENTIAL_MISSING_WARNING", "CLIENT_ENVIRONMENT_WARNING"]
    assert judgements["client-environment"].findings[0].explains == ("DOCKER_CREDENTIAL_MISSING_WARNING",)
    assert str(machine.home / ".docker") in fix_of(judgements["client-environment"])[0]
    machine.config({"auths": {HOST: auth(TOKEN_USER, token())}}, "other")
    healthy(machine)


def test_an_empty_entry_elsewhere_is_no_credential(machine):
    machine.docker()
    machine.config({"auths": {HOST: {}}})
    machine.set("DOCKER_CONFIG", machine.home / "other")
    healthy(machine)


# --- The catalogue ---------------------------------------------------------------------------------------------------

def test_every_code_ends_with_a_fix_for_everybody():
    for code in CODES.values():
        assert code.fixes and not code.fixes[-1].placeholders, code.code
        assert all(fix.description.endswith(".") for fix in code.fixes)


def test_no_fix_shows_a_secret():
    commands = [command for code in CODES.values() for fix in code.fixes for command in fix.commands]
    assert not any("--expose-token" in command or "--password" in command for command in commands)


@pytest.mark.parametrize("user", ["alex:password", "alex:pa/ss@word"])
def test_a_password_in_the_address_of_a_key_is_not_shown(user):
    from azext_acrlogin.checks.client.stored_credential import _shown_key
    assert _shown_key(f"https://{user}@MyRegistry.azurecr.io") == "https://***@MyRegistry.azurecr.io"
