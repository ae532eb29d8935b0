# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Programs of this machine: docker, podman and credential helpers, bounded in time and output."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Dict, IO, Iterator, List, Mapping, Optional, Set, Tuple

Process = subprocess.Popen[bytes]

# A group of its own, so that a program can be ended with its children; elsewhere a session of its own does that.
if sys.platform == "win32":
    OWN_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    OWN_GROUP = 0
OUTPUT_BYTES = 1_000_000
END_SECONDS = 1.0  # what a program that was killed gets to disappear


@dataclass(frozen=True)
class Ended:
    """How a program ended. `exit_status` is None when it could not be started or had to be ended.

    missing: the executable is not there or cannot be run; `reason` holds the system's words.
    timed_out, flooded: it ran too long, or printed more than allowed, and was ended with its children.
    """

    exit_status: Optional[int] = None
    stdout: str = field(default="", repr=False)  # a credential helper prints secrets
    stderr: str = field(default="", repr=False)
    missing: bool = False
    timed_out: bool = False
    flooded: bool = False
    reason: str = ""


def find(command: str) -> Optional[str]:
    """Full path of an executable on the PATH, or None; never one from the current directory.

    An absolute path is taken as it is, when it can be run.
    """
    found = shutil.which(command)
    if not found:
        return None
    if os.path.isabs(command):
        return found
    try:
        here = os.path.normcase(os.path.realpath(os.getcwd()))
    except OSError:  # the current directory was deleted: nothing can be found in it
        return found if os.path.isabs(found) else None
    places = {os.path.normcase(os.path.abspath(os.path.dirname(found))),
              os.path.normcase(os.path.dirname(os.path.realpath(found)))}
    return None if here in places else os.path.abspath(found)


def run(arguments: List[str], timeout_seconds: float, stdin: str = "",
        environment: Optional[Mapping[str, str]] = None) -> Ended:
    """Run a program to its end and return its output, decoded with replacement characters.

    :param arguments: the executable's full path (see `find`) and its arguments; no secret among them.
    :param stdin: what it reads; the place for a secret.
    :param environment: its whole environment; this process's own when None.
    """
    try:
        process = _UNDER_WAY.started(lambda: subprocess.Popen(  # pylint: disable=consider-using-with
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=None if environment is None else dict(environment), start_new_session=True, creationflags=OWN_GROUP))
    except (OSError, ValueError) as error:
        return Ended(missing=True, reason=getattr(error, "strerror", None) or type(error).__name__)
    if process is None:
        return Ended(timed_out=True, reason="the diagnosis has ended")
    try:
        return _ended(process, timeout_seconds, stdin)
    finally:
        _UNDER_WAY.ended(process)


def _ended(process: Process, timeout_seconds: float, stdin: str) -> Ended:
    streams = [_Reader(process.stdout, process), _Reader(process.stderr, process)]
    _write(process.stdin, stdin)
    waiter = threading.Thread(target=process.wait, daemon=True)  # with a limit, `wait` would only look every 50 ms
    waiter.start()
    try:
        waiter.join(timeout_seconds)
    except BaseException:  # Ctrl+C: leave no process behind
        end_with_children(process)
        raise
    timed_out = waiter.is_alive()
    if timed_out:
        end_with_children(process)
    for stream in streams:
        stream.join(END_SECONDS)
    flooded = any(stream.flooded for stream in streams)
    stdout, stderr = (stream.text() for stream in streams)
    status = None if timed_out or flooded else process.returncode
    return Ended(status, stdout, stderr, timed_out=timed_out and not flooded, flooded=flooded)


def end_with_children(process: Process) -> None:
    """End a program started by `run` and everything it started."""
    if sys.platform == "win32":
        taskkill = os.path.join(os.environ.get("SystemRoot", r"C:\Windows"), "System32", "taskkill.exe")
        subprocess.run([taskkill, "/F", "/T", "/PID", str(process.pid)], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    else:
        import signal
        elsewhere = _descendants(process.pid)  # looked for first: afterwards nothing shows whose children they are
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # it ended by itself meanwhile
        for child in elsewhere:
            try:
                os.kill(child, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
    process.kill()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        pass  # the system is still busy with it; it cannot run on


def _descendants(process: int) -> List[int]:
    """The processes that one started, and that those started, also in sessions of their own."""
    children: Dict[int, List[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found, pending = [], [process]
    while pending:
        started = children.get(pending.pop(), [])
        found += started
        pending += started
    return found


def _parents() -> List[Tuple[int, int]]:
    """Every process of this machine with its parent: from /proc or, where there is none, by `ps`."""
    if not os.path.isdir("/proc/self"):
        return _parents_by_ps()
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                found.append((int(name), int(file.read().rpartition(")")[2].split()[1])))
        except (OSError, ValueError, IndexError):
            pass  # no process, or one that has ended meanwhile
    return found


def _parents_by_ps() -> List[Tuple[int, int]]:
    try:
        ended = subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid="], check=False, timeout=END_SECONDS,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return []
    lines = [line.split() for line in ended.stdout.decode("utf-8", "replace").splitlines()]
    return [(int(line[0]), int(line[1])) for line in lines if len(line) == 2 and "".join(line).isdigit()]


@contextmanager
def supervised() -> Iterator[None]:
    """While inside, programs may run. On leaving, those still under way end with their children, and no more start.

    `run` is called in threads that nobody waits for once a diagnosis is interrupted or out of time; what they had
    started must not outlive it.
    """
    _UNDER_WAY.open()
    try:
        yield
    finally:
        processes, folders = _UNDER_WAY.close()
        for process in processes:
            end_with_children(process)
        for folder in folders:  # here: a thread that is left behind may be stopped while it removes its own
            _remove(folder)


@contextmanager
def temporary_folder() -> Iterator[str]:
    """A folder for as long as it is used, and no longer than `supervised` lasts.

    :raises OSError: the diagnosis has ended, or there is no place for a folder.
    """
    folder = _UNDER_WAY.made_folder()
    try:
        yield folder
    finally:
        _remove(folder)
        _UNDER_WAY.removed(folder)


def _remove(folder: str) -> None:
    for _ in range(3):  # a thread that is left behind may put a file into it meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return


class _UnderWay:
    """The programs that run at this moment, the folders that are in use, and whether there may be more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: Set[Process] = set()
        self._folders: Set[str] = set()
        self._closed = False

    def open(self) -> None:
        with self._lock:
            self._closed = False

    def started(self, start: Callable[[], Process]) -> Optional[Process]:
        """Start a program and remember it, or return None when no more may start."""
        with self._lock:
            if self._closed:
                return None
            process = start()
            self._processes.add(process)
            return process

    def ended(self, process: Process) -> None:
        with self._lock:
            self._processes.discard(process)

    def made_folder(self) -> str:
        """Make a folder and remember it.

        :raises OSError: there may be no more, or there is no place for it.
        """
        with self._lock:
            if self._closed:
                raise OSError("the diagnosis has ended")
            folder = tempfile.mkdtemp(prefix="acr-login-diagnose-")
            self._folders.add(folder)
            return folder

    def removed(self, folder: str) -> None:
        with self._lock:
            self._folders.discard(folder)

    def close(self) -> Tuple[List[Process], List[str]]:
        with self._lock:
            self._closed = True  # also when none runs: a thread may be between two of them
            return list(self._processes), list(self._folders)


_UNDER_WAY = _UnderWay()


def _write(stream: Optional[IO[bytes]], text: str) -> None:
    def write() -> None:
        try:
            if stream:
                stream.write(text.encode())
                stream.close()
        except OSError:
            pass  # it ended without reading; its exit status tells
    threading.Thread(target=write, daemon=True).start()


class _Reader(threading.Thread):
    """Collects a stream up to OUTPUT_BYTES; past that the program is ended."""

    def __init__(self, stream: Optional[IO[bytes]], process: Process):
        super().__init__(daemon=True)
        self._stream, self._process = stream, process
        self._content = bytearray()
        self.flooded = False
        self.start()

    def run(self) -> None:
        while self._stream and (chunk := os.read(self._stream.fileno(), 65_536)):
            self._content += chunk
            if len(self._content) > OUTPUT_BYTES:
                self.flooded = True
                end_with_children(self._process)
                return

    def text(self) -> str:
        return bytes(self._content[:OUTPUT_BYTES]).decode("utf-8", "replace")
