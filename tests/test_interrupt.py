# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A network that drops everything, Ctrl+C at any moment, readers that go away: the command ends, and leaves nothing."""

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.emulator.profile import forget_access_tokens
from tests.hardening import HOST, Run, diagnosis, report_faults, require
from tests.hostile_server import HostileServer
from tests.site.namespace import why_impossible

posix = pytest.mark.skipif(os.name != "posix", reason="signals and shells of POSIX")
own_network = pytest.mark.skipif(bool(why_impossible()), reason=why_impossible() or "possible")

SILENT = "203.0.113.53"     # of TEST-NET-3; nobody answers
SILENT_NETWORK = """
set -e
ip link set lo up
ip address add 10.0.0.4/32 dev lo
ip route add local default dev lo src 10.0.0.4
nft 'add table inet t; add chain inet t c { type filter hook input priority 0; }; \
add rule inet t c ip daddr != 127.0.0.0/8 drop'
mount --bind "$1" /etc/resolv.conf
mount --bind "$2" /etc/hosts
shift 2
exec "$@"
"""
LONGEST_DROPPED = 20        # seconds, for --timeout 5
ENDS_WITHIN = 2.5           # seconds after Ctrl+C: one is promised, and the machine may be busy


def silent_network(folder: Path, hosts=()):
    """The beginning of a command line that runs the rest where every packet is lost, those to the resolver, too."""
    (folder / "resolv.conf").write_text(f"nameserver {SILENT}\n", encoding="ascii")
    (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{SILENT} {host}\n" for host in hosts), "ascii")
    return ["unshare", "--net", "--mount", "sh", "-c", SILENT_NETWORK, "sh", str(folder / "resolv.conf"),
            str(folder / "hosts")]


def without_proxy(environment):
    return {name: value for name, value in environment.items()
            if name.lower() not in ("https_proxy", "http_proxy", "azure_pod_identity_authority_host")}


DROPPED = {
    "names": ("user", [], ()),
    "addresses": ("user", [], (HOST, "login.microsoftonline.com", "management.azure.com")),
    "addresses-of-a-managed-identity": ("msi", [], (HOST,)),
    "addresses-with-credentials": ("user", ["--username", "a1b2c3d4-0001-4000-8000-00000000c101"],
                                   (HOST, "login.microsoftonline.com", "management.azure.com")),
}


@own_network
def test_everything_is_dropped(bench, tmp_path):
    """All at once, since they do nothing but wait."""
    under_way, started = {}, time.monotonic()
    for name, (profile, arguments, hosts) in DROPPED.items():
        folder = tmp_path / name
        folder.mkdir()
        environment = {**without_proxy(bench.environment(profile)), "ACR_LOGIN_DIAGNOSE_PASSWORD": "a password"}
        forget_access_tokens(environment["AZURE_CONFIG_DIR"])
        command = [*silent_network(folder, hosts),
                   *diagnosis("--timeout", "5", "--client", "none", "--output", "json", *arguments)]
        with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as errors:
            under_way[name] = subprocess.Popen(command, stdout=out, stderr=errors, env=environment)
    for name, process in under_way.items():
        process.wait(60)
        assert time.monotonic() - started < LONGEST_DROPPED + 15, name     # with az's own start, of four at once
        printed = [(tmp_path / name / stream).read_text("utf-8") for stream in ("stdout", "stderr")]
        run = require(Run(process.returncode, *printed, 0))
        assert run.report["durationMs"] < LONGEST_DROPPED * 1000, name
        named = json.dumps([check["message"] for check in run.report["checks"]])
        assert HOST in named, name
        identity = "managed identity endpoint" if DROPPED[name][0] == "msi" else "login.microsoftonline.com"
        assert identity in named, name
        asked = next(action for action in run.report["access"]["actions"] if action["asked"])
        assert asked["granted"] is None, name
        passed = {check["name"] for check in run.report["checks"] if check["status"] == "passed"}
        assert not passed & {"connection", "challenge", "refresh-token", "access-token", "role-assignments", "registry"}


# --- Ctrl+C ----------------------------------------------------------------------------------------------------------

DOCKER = """#!/bin/sh
echo $$ >> {pids}
sleep 300 & echo $! >> {pids}
wait
"""
HELPER = """#!/bin/sh
echo $$ >> {pids}
trap '' TERM INT
(sleep 300 & echo $! >> {pids}; wait) &
while true; do sleep 1; done
"""


class Command:
    """A diagnosis under way, in a folder of its own for temporary files.

    :param programs: name to text of the programs that it finds before all others.
    """

    def __init__(self, folder, environment, *arguments, programs=None, before=()):
        self.temporary, self._pids = folder / "tmp", folder / "pids"
        self.temporary.mkdir()
        (folder / "bin").mkdir()
        for name, text in (programs or {}).items():
            (folder / "bin" / name).write_text(text.format(pids=self._pids), "ascii")
            (folder / "bin" / name).chmod(0o755)
        (folder / "docker").mkdir()
        (folder / "docker" / "config.json").write_text('{"credsStore": "slow"}', "ascii")
        environment = {**environment, "TMPDIR": str(self.temporary), "DOCKER_CONFIG": str(folder / "docker"),
                       "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        self._errors, self._output = folder / "stderr", folder / "stdout"
        with open(folder / "stdout", "wb") as out, open(self._errors, "wb") as errors:
            self.process = subprocess.Popen([*before, *diagnosis(*arguments)], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=errors, env=environment)

    def wait_for_checks(self):
        """Until the command itself is at work, in threads: what az does before is not ours to interrupt."""
        self._wait(lambda: len(os.listdir(f"/proc/{self.process.pid}/task")) > 3)

    def wait_for_programs(self, count):
        self._wait(lambda: len(self.pids()) >= count)

    def wait_for(self, words):
        self._wait(lambda: words in self.stderr)
        time.sleep(0.2)     # from then on it only writes

    def _wait(self, ready):
        deadline = time.monotonic() + 30
        while not ready():
            assert self.process.poll() is None and time.monotonic() < deadline, self.stderr
            time.sleep(0.01)

    def interrupt(self, number=signal.SIGINT):
        """Ctrl+C, or another signal; the seconds until the command has ended."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - started

    @property
    def stderr(self):
        return self._errors.read_text("utf-8")

    @property
    def report(self):
        return json.loads(self._output.read_text("utf-8"))

    def pids(self):
        return [int(line) for line in self._pids.read_text("ascii").split()] if self._pids.exists() else []

    def left_behind(self):
        """Processes that are still there, and temporary files."""
        time.sleep(0.1)     # what was killed needs a moment to go
        alive = [pid for pid in self.pids() if _is_running(pid)]
        return alive + [path.name for path in self.temporary.rglob("*")]

    def end(self):
        for pid in self.pids():
            if _is_running(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait(10)


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def assert_interrupted(command, seconds):
    assert command.process.returncode == 1
    # The interpreter at its end says what it ignores; that is no part of the command any more.
    printed = command.stderr.partition("Exception ignored in")[0]
    assert printed.splitlines()[-1] == "ERROR: Interrupted"
    assert "Traceback" not in printed
    assert seconds < ENDS_WITHIN
    assert not command.left_behind()
    report = command.report
    assert not report_faults(report) and report["interrupted"]
    failed = any(code.endswith("_ERROR") for code in report["errorCodes"])
    assert report["status"] == ("failed" if failed else "unknown")
    unfinished = [check for check in report["checks"]
                  if check["because"] and check["because"]["reason"] == "interrupted"]
    assert unfinished and {check["status"] for check in unfinished} == {"skipped"}


@posix
@pytest.mark.parametrize("delay, number", [(0.0, signal.SIGINT), (0.3, signal.SIGTERM), (2.0, signal.SIGHUP)])
def test_interrupted_while_servers_and_programs_hang(bench, tmp_path, delay, number):
    def silence():
        time.sleep(30)
        yield b""
    environment = bench.environment(drop_access_tokens=True)
    with HostileServer(silence) as proxy:
        command = Command(tmp_path, {**environment, "HTTPS_PROXY": proxy.url, "https_proxy": proxy.url},
                          "--client", "docker", "-o", "json", programs={"docker": DOCKER})
        try:
            command.wait_for_programs(2)
            time.sleep(delay)
            assert_interrupted(command, command.interrupt(number))
        finally:
            command.end()


@posix
def test_interrupted_while_a_credential_helper_hangs(bench, tmp_path):
    command = Command(tmp_path, bench.environment(), "--client", "docker", "-o", "json", programs={
        "docker": "#!/bin/sh\nexit 1\n", "docker-credential-slow": HELPER})
    try:
        command.wait_for_programs(2)
        assert_interrupted(command, command.interrupt())
    finally:
        command.end()


@posix
def test_interrupted_while_the_daemon_is_asked(bench, tmp_path):
    """The one moment at which there is a temporary folder."""
    docker = """#!/bin/sh
case "$1" in
version) echo '{{"Client": {{"Version": "28.2.2", "Os": "linux"}}, "Server": {{"Version": "28.2.2"}}}}' ;;
context) case "$*" in *TLS*) echo null ;; *) echo unix:///var/run/docker.sock ;; esac ;;
login) echo $$ >> {pids}; sleep 300 & echo $! >> {pids}; wait ;;
esac
"""
    command = Command(tmp_path, bench.environment(), "--client", "docker", "-o", "json", programs={"docker": docker})
    try:
        command.wait_for_programs(2)
        assert any(command.temporary.iterdir())
        assert_interrupted(command, command.interrupt())
    finally:
        command.end()


@own_network
@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_interrupted_while_the_resolver_is_silent(bench, tmp_path, delay):
    environment = without_proxy(bench.environment(drop_access_tokens=True))
    command = Command(tmp_path, environment, "--client", "none", "-o", "json", before=silent_network(tmp_path))
    try:
        command.wait_for_checks()
        time.sleep(delay)
        assert_interrupted(command, command.interrupt())
    finally:
        command.end()


@posix
def test_a_run_to_its_end_leaves_no_process_and_no_file(bench, tmp_path):
    command = Command(tmp_path, bench.environment(), "--client", "docker", "--timeout", "1", "-o", "json",
                      programs={"docker": DOCKER, "docker-credential-slow": HELPER})
    try:
        command.process.wait(30)
        assert not command.left_behind()
    finally:
        command.end()


@posix
def test_interrupted_at_the_prompt(bench):
    import pty
    ours, theirs = pty.openpty()
    with subprocess.Popen(diagnosis("--username", "somebody"), env=bench.environment(), stdin=theirs, stdout=theirs,
                          stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        printed = b""
        while b"Password" not in printed:
            printed += os.read(ours, 1000)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        while b"ERROR: Interrupted" not in printed:
            printed += os.read(ours, 1000)  # fails when the other end is closed without it
        assert process.wait(10) == 1
    os.close(ours)
    assert b"Traceback" not in printed


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_nobody_takes_the_page(bench, tmp_path, number):
    """All was known by then, and still the report says that it was interrupted, as the exit status does."""
    page = tmp_path / "page"
    os.mkfifo(page)
    command = Command(tmp_path, bench.environment(), "--client", "none", "-o", "json", "--html", str(page))
    try:
        command.wait_for("Verdict: ")
        assert command.interrupt(number) < ENDS_WITHIN and command.process.returncode == 1
        assert command.stderr.splitlines()[-1] == "ERROR: Interrupted" and "Traceback" not in command.stderr
        assert not report_faults(command.report) and command.report["interrupted"]
        assert command.report["status"] == "unknown" and not command.left_behind()
    finally:
        command.end()


@posix
def test_a_terminal_that_is_closed_ends_the_run(bench, tmp_path):
    """And no page is written: nobody waits for it any more."""
    import pty
    environment = {**bench.environment(), "DOCKER_COMMAND": str(tmp_path / "docker"), "TERM": "xterm"}
    pids, page = tmp_path / "pids", tmp_path / "report.html"
    (tmp_path / "docker").write_text(DOCKER.format(pids=pids), "ascii")
    (tmp_path / "docker").chmod(0o755)
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(diagnosis()[0], [*diagnosis("--html", str(page))], environment)
    started = _wait_for(lambda: pids.exists() and len(pids.read_text("ascii").split()) == 2)
    os.close(terminal)  # SIGHUP, and every further write fails
    _, status = os.waitpid(child, 0)
    assert time.monotonic() - started < ENDS_WITHIN and os.waitstatus_to_exitcode(status) == 1
    time.sleep(0.1)
    assert not any(_is_running(int(pid)) for pid in pids.read_text("ascii").split())
    assert not page.exists()


def _wait_for(ready):
    deadline = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return time.monotonic()


@posix
@pytest.mark.parametrize("moment", range(6))
def test_interrupted_at_any_moment(bench, tmp_path, moment):
    """From the first thread on to the end; after the end there is nothing to interrupt."""
    delay, number = random.Random(moment).uniform(0, 1.2), (signal.SIGINT, signal.SIGTERM)[moment % 2]
    command = Command(tmp_path, bench.environment(), "--client", "none", "-o", "json")
    try:
        command.wait_for_checks()
        time.sleep(delay)
        command.interrupt(number)
        assert command.process.returncode in (0, 1) or command.process.returncode == -number
        assert "Traceback" not in command.stderr and not command.left_behind()
        if command.stderr.endswith("ERROR: Interrupted\n"):
            assert command.process.returncode == 1 and not report_faults(command.report)
    finally:
        command.end()


# --- Readers that go away --------------------------------------------------------------------------------------------

@posix
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this system")
@pytest.mark.parametrize("registry, status", [("myregistry", 0), ("nosuchregistry", 1)])
@pytest.mark.parametrize("redirected", ["| head -1", "2>&1 | true", "2>&-", "2>/dev/full"])
def test_exit_status_is_the_same_when_nobody_reads(bench, redirected, registry, status):
    command = shlex.join([*diagnosis("--client", "none", "--output", "json"), "--name", registry])
    done = subprocess.run(["bash", "-c", f"{command} {redirected}; exit ${{PIPESTATUS[0]}}"], env=bench.environment(),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status
    for word in ("Traceback", "Exception ignored", "Errno"):
        assert word not in done.stdout + done.stderr
    if redirected.startswith("2>") and "|" not in redirected:
        assert json.loads(done.stdout)["status"] == ("failed" if status else "passed")
