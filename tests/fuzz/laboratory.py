# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The whole diagnosis in this process (see `tests.contract.in_process`): every scenario's question in its world.

On their way back, answers are destroyed, as are files, variables and arguments (see `surroundings`). What the report
then says is compared with what was left of them, and shown in every way that there is.

AZURE_CONFIG_DIR must be set to a folder that is signed in before this module is imported.
"""

import io
import json
import logging
import re
import socket
import ssl
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Dict, List, Optional, Set
from urllib.parse import parse_qsl, urlsplit

import requests

from azext_acrlogin._output import titles
from azext_acrlogin.engine.question import ACTIONS
from azext_acrlogin.machine import process
from azext_acrlogin.render.page import page
from azext_acrlogin.render.screen import Style, screen
from azext_acrlogin.render.terminal import Terminal
from azext_acrlogin.saved_reports.parsing import NotAReport, read_report
from azext_acrlogin.symptoms.taken import NoRegistry
from tests.contract import questions
from tests.contract.in_process import InProcess, Outside, raw_response
from tests.emulator.loading import read_yaml
from tests.fuzz import surroundings
from tests.fuzz.mutations import ESCAPES, Answer, changed, destroyed
from tests.hardening import is_unfit, report_faults, texts_in

HOST = surroundings.HOST
LONGEST_SECONDS = 8     # of one diagnosis that waits for nobody
MOST_MEGABYTES = 1500   # of this process, which keeps hundreds of worlds
SCENARIOS = 0.75        # share of the scenarios' questions
# share of the reports that are shown in every way and compared with the schema, which takes long
SHOWN = 0.3
PASSWORD = "Canary-Password.4d1c"
SECRET_FIELDS = ("access_token", "refresh_token", "client_secret", "client_assertion")
WORLDS = [
    "", "registries: {myregistry: {roleAssignmentMode: AbacRepositoryPermissions}}",
    "roleAssignments: {alex-push: null, alex-auditor: null}", "roleAssignments: {alex-push: {role: AcrPull}}",
    "registries: {myregistry: {anonymousPullEnabled: true, adminUserEnabled: true}}",
    "registries: {myregistry: {publicNetworkAccess: Disabled}}", "frontDoor: {challenge: basic}",
    "roleAssignments: {alex-push: {on: registry/otherregistry}}"]
CLUSTER = ("/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-build/providers/"
           "Microsoft.ContainerService/managedClusters/shop-aks")
QUESTIONS: List[dict] = [
    {}, {}, {"repository": "samples/app"}, {"repository": "samples/app:v1", "actions": ACTIONS},
    {"username": "ci-token"}, {"username": "myregistry"}, {"username": "a1b2c3d4-0001-4000-8000-00000000c101"},
    {"username": "00000000-0000-0000-0000-000000000000"}, {"assignee": "bbbbbbbb-0000-4000-8000-0000000000c1"},
    {"assignee": "alex@contoso.example"}, {"assignee": CLUSTER, "actions": ("pull", "push")}, {"login_events": True},
    {"client": "docker", "repository": "samples/app"}, {"name": "prodregistry"}, {"name": f"{HOST}/samples/app:v1"},
    {"symptom": "denied: requested access to the resource is denied"}]
DOCKER = {
    "version": '{"Client": {"Version": "28.2.2", "Os": "linux", "Context": "x"}, "Server": {"Version": "28.2.2"}}',
    "context": "unix:///var/run/docker.sock", "info": '{"HttpsProxy": "http://u:p@proxy:1", "NoProxy": ""}',
    "ps": "CONTAINER ID", "login": "Error response from daemon: Get \"https://x/v2/\": unauthorized: no",
    "get": f'{{"ServerURL": "x", "Username": "someone", "Secret": "{surroundings.STORED}"}}',
    "list": '{"https://myregistry.azurecr.io": "someone"}'}


@dataclass
class Statistics:
    """What a fuzzing run did and found."""

    runs: int = 0
    answers: int = 0
    destroyed: int = 0
    faults: Dict[str, int] = field(default_factory=dict)
    statuses: Dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    refused: int = 0

    def shown(self) -> str:
        ended = ", ".join(f"{count} {status}" for status, count in sorted(self.statuses.items()))
        return (f"{self.runs} diagnoses, {self.answers} answers of servers, {self.destroyed} of them destroyed; "
                f"they ended {ended}; {self.refused} were wrong usage; the slowest took {self.slowest:.2f} s; "
                f"{megabytes()} MB of memory; {len(self.faults)} kinds of faults")


def megabytes() -> int:
    """The most memory that this process has had; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)


class Laboratory:
    """Makes diagnoses, each decided by a number alone."""

    def __init__(self, state: Path, folder: Path):
        """:param state: of the emulator in which az was signed in; its keys are used.
        :param folder: where the container clients' files are.
        """
        self._process = InProcess(state)
        self._folder = folder
        self._scenarios = list(questions.all_of_them(self._process.keys))
        self._titles = titles()
        self._azures = {}
        logging.basicConfig(level=logging.DEBUG, handlers=[_ToStandardError()])     # as with --debug
        self.statistics = Statistics()

    def diagnose(self, seed: int) -> List[str]:
        """Make diagnosis number `seed`; returns what is wrong with it."""
        random = Random(seed)
        world, options, password = self._question(random)
        surroundings.surround(random, self._folder)
        asked = surroundings.arguments(random, options, password)
        if asked is None:
            self.statistics.refused += 1
            return []
        run = _Run(seed, random.choice((0.0, 0.05, 0.2, 0.5, 1.0)), self._azure(world))
        printed, real = io.StringIO(), sys.stderr
        sys.stderr = printed
        started = time.monotonic()
        try:
            report = self._process.diagnose(run, asked, password if "username" in asked else None)
            seconds = time.monotonic() - started
            shown = self._shown(report) if random.random() < SHOWN else {}
        except NoRegistry:
            self.statistics.refused += 1
            return []
        except Exception as error:  # pylint: disable=broad-except
            import traceback
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
            return [f"raised {type(error).__name__} at {where} {error}"[:400]]
        finally:
            sys.stderr = real
        with run.lock:
            sent = (password, surroundings.STORED, surroundings.PROXY, surroundings.ENGINE)
            run.secrets |= {secret for secret in sent if secret}
        return self._faults(run, report, printed.getvalue(), shown, seconds)

    def _question(self, random):
        """A world's patch, what is asked there, and the password."""
        clients = ("none", "none", "docker", "docker", "podman", "auto")
        if random.random() < SCENARIOS:
            _, world, options, password = random.choice(self._scenarios)
            return world, {**options, "client": random.choice(clients)}, password
        world, options = read_yaml(random.choice(WORLDS) or "{}"), random.choice(QUESTIONS)
        return world, {"name": "myregistry", "client": random.choice(clients), "timeout_seconds": 2.0, **options}, (
            PASSWORD if "username" in options else None)

    def _shown(self, report) -> Dict[str, str]:
        """Everything that is made of a report, by what it is."""
        said = {"report": json.dumps(report, allow_nan=False), "page": page(report, self._titles),
                "screen for Windows": "\n".join(screen(report, self._titles, Style(80, True, False, True)))}
        for name, terminal in (("lines", False), ("screen", True)):
            stream = io.StringIO()
            Terminal(stream, terminal).show(report, self._titles)
            said[name] = stream.getvalue()
        saved = self._folder / "report.json"
        saved.write_text(said["report"], encoding="utf-8")
        try:
            read_report(str(saved))
        except NotAReport as error:
            said["saved"] = f"\x1bthe saved report is not taken: {error}"
        return said

    def _faults(self, run, report, printed, shown, seconds) -> List[str]:
        found = report_faults(report, with_schema=bool(shown))
        if seconds > LONGEST_SECONDS:
            found.append(f"took {seconds:.1f} s")
        if megabytes() > MOST_MEGABYTES:
            found.append("memory")
        with run.lock:
            secrets = {secret for secret in run.secrets if len(secret) > 10}
        for path, text in [*texts_in(report), ("standard error", printed), *shown.items()]:
            found += [f"a secret at {path}" for secret in secrets if secret in text or secret[-30:] in text]
        for what, text in shown.items():
            found += [f"{what} holds {character!r}: {text[max(0, text.index(character) - 60):][:120]!r}"
                      for character in sorted(set(text)) if character != "\n" and is_unfit(character)]
        status = {check["name"]: check["status"] for check in report["checks"]}
        # then a lost answer of before counts for little
        served = "passed" in (status["access-token"], status["image"])
        for check in report["checks"]:
            if check["name"] == "challenge" and served:
                continue
            if check["status"] == "passed" and run.seen.get(check["name"]) and not any(run.seen[check["name"]]):
                found.append(f"{check['name']} passed, and every answer that it could go by was destroyed")
        self._count(run, report, seconds)
        return found

    def _count(self, run, report, seconds):
        statistics = self.statistics
        statistics.runs += 1
        statistics.answers += run.answers
        statistics.destroyed += run.destroyed
        statistics.statuses[report["status"]] = statistics.statuses.get(report["status"], 0) + 1
        statistics.slowest = max(statistics.slowest, seconds)

    def _azure(self, patch):
        if repr(patch) not in self._azures:
            self._azures[repr(patch)] = self._process.azure(patch)
        return self._azures[repr(patch)]


class _ToStandardError(logging.Handler):
    """Writes to what is standard error at that moment."""

    def emit(self, record):
        # MSAL blackens the secrets in an answer by their names, and so misses those whose names were destroyed.
        if record.name != "msal.token_cache":
            sys.stderr.write(self.format(record) + "\n")


class _Run(Outside):
    """One diagnosis' outside world.

    Threads ask in any order, so what happens to an answer depends on the seed and the question alone.
    """

    def __init__(self, seed: int, share: float, azure):
        """:param share: of answers that are destroyed."""
        super().__init__(azure)
        self._seed, self._share = seed, share
        self.lock = threading.Lock()
        self._asked: Dict[str, int] = {}
        self.answers = self.destroyed = 0
        self.secrets: Set[str] = set()
        self.seen: Dict[str, List[bool]] = {}   # check to whether each answer of its own was still good

    def random(self, question: str) -> Random:
        """Decides about the next answer to a question."""
        with self.lock:
            self._asked[question] = self._asked.get(question, 0) + 1
            return Random(f"{self._seed} {question} {self._asked[question]}")

    def answer(self, adapter, request, build):
        given, failure = self.genuine(request), None
        random = self.random(f"{request.method} {request.url} {_scope(request)}")
        with self.lock:
            self.answers += 1
            self._remember(request, given)
            if random.random() < self._share:
                self.destroyed += 1
                if random.random() < 0.1:
                    failure = _failure(request, random)
                else:
                    given = destroyed(given, random)
            check = _decides(request)
            if check:
                self.seen.setdefault(check, []).append(failure is None and _is_good(check, given))
        if failure:
            raise failure
        return build(adapter, request, raw_response(given, request))

    def _remember(self, request, answer):
        authorization = request.headers.get("Authorization") or ""
        self.secrets |= set(authorization.split(" ")[1:])
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        self.secrets |= {value for name, value in parse_qsl(body) if name in SECRET_FIELDS}
        if answer.body.startswith(b"{") and b"token" in answer.body:
            found = json.loads(answer.body)
            self.secrets |= {found[name] for name in SECRET_FIELDS if isinstance(found.get(name), str)}

    def lay_files(self, config):
        surroundings.destroy_sign_in(self.random("files"), config)

    def resolve(self):
        random = self.random("look-up")
        chance = random.random()
        addresses = random.choices(
            ("20.1.2.3", "20.1.2.4", "10.1.0.5", "::1", "fe80::1%eth0", "2001:db8::1", "127.0.0.1", "169.254.1.1"),
            k=random.choice((1, 1, 1, 2, 3, 12)))
        if chance < 0.2:
            raise (socket.gaierror(-2, "Name or service not known"), socket.gaierror(-3, "\x1b[2J"), OSError(5, "x"),
                   UnicodeError("label too long"))[int(chance * 20)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses] * (
            300 if chance > 0.98 else 1)

    def connect(self):
        chance = self.random("connection").random()
        if chance < 0.4:
            raise (TimeoutError("x"), ConnectionRefusedError(111, "x"), OSError(101, ESCAPES), OSError(ESCAPES))[
                int(chance * 10)]
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours

    def alias(self):
        random = self.random("alias")
        if random.random() < 0.5:
            raise OSError("x")
        return random.choice((None, "myregistry.privatelink.azurecr.io",
                              "r0927cnre-2.northeurope.cloudapp.azure.com", ""))

    def find(self, command):
        return f"/usr/bin/{command}" if self.random(command).random() < 0.9 else None

    def program(self, arguments):
        random, said = self.random(" ".join(arguments)), DOCKER.get(arguments[1], "")
        chance = random.random()
        if chance < 0.1:
            return process.Ended(None, said, "", timed_out=True)
        if chance < 0.15:
            return process.Ended(missing=True, reason="\x1b[2J")
        if chance < 0.5:
            status = random.choice((0, 1, 255, None))
            if arguments[1] == "get" and status != 0:
                said = "credentials not found in native keychain"   # a helper prints a secret or fails
            wrong = destroyed(Answer(200, {}, said.encode()), random).body.decode("utf-8", "replace")
            return process.Ended(status, wrong, "" if arguments[1] == "get" else wrong)
        if chance < 0.6 and said.startswith("{"):
            return process.Ended(0, json.dumps(changed(json.loads(said), random)), "")
        return process.Ended(1 if arguments[1] == "login" else 0, said, said if arguments[1] == "login" else "")


def _failure(request, random):
    """What `requests` raises, with texts that must not be shown."""
    refused = requests.exceptions.ProxyError("Cannot connect", OSError("Tunnel connection failed: 407 \x1b[2J"))
    untrusted = ssl.SSLCertVerificationError("certificate verify failed")
    untrusted.verify_code, untrusted.verify_message = random.choice((10, 18, 20, 62)), "no\x1b[2J"
    return random.choice((
        refused, requests.exceptions.SSLError(untrusted), requests.exceptions.ConnectTimeout("x"),
        requests.exceptions.ReadTimeout("x"), requests.exceptions.ConnectionError(ConnectionResetError(104, "x")),
        requests.exceptions.ConnectionError(socket.gaierror(-2, "x")), requests.exceptions.InvalidURL(request.url),
        requests.exceptions.ChunkedEncodingError("x"), requests.exceptions.ContentDecodingError("x"),
        OSError(f"invalid path: {request.url}"), ValueError("x"), UnicodeError("x")))


def _scope(request) -> str:
    """What tells requests to one address apart, apart from secrets."""
    body = request.body.decode("utf-8", "replace") if isinstance(request.body, bytes) else request.body or ""
    return str([value for name, value in parse_qsl(body) if name == "scope"])


def _decides(request) -> Optional[str]:
    """The check that cannot pass without a good answer to this request."""
    url = urlsplit(request.url)
    if (url.hostname or "").endswith(".azurecr.io"):  # the name's own host is a guess; a label may come behind it
        return {"/v2/": "challenge", "/oauth2/exchange": "refresh-token", "/oauth2/token": "access-token"}.get(url.path)
    if url.hostname == "management.azure.com" and re.search(
            "/providers/microsoft.containerregistry/registries(/[^/]+)?$", url.path.lower()):
        return "registry"
    if url.path.endswith("/oauth2/v2.0/token") and "containerregistry.azure.net" in str(request.body):
        return "entra-token" if b"refresh_token" in _bytes(request.body) else None
    return None


def _bytes(body) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def _is_good(check: str, answer: Answer) -> bool:
    """Whether an answer still says what lets a check pass; a second opinion, simpler than the checks' own."""
    if check == "challenge":
        said = ", ".join(value.lower() for name, value in answer.headers.items() if name.lower() == "www-authenticate")
        return answer.status == 401 and all(part in said for part in ("bearer", "realm=\"https://", "service="))
    try:
        value = json.loads(answer.body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict):
        return False
    members = {name.lower(): entry for name, entry in value.items()}
    if check == "registry":
        return 200 <= answer.status < 300 and ("id" in members or isinstance(members.get("value"), list))
    if check == "refresh-token":
        return answer.status == 200 and bool(members.get("refresh_token")) and isinstance(members["refresh_token"], str)
    if check == "entra-token":  # MSAL takes a token whatever the status below 500 is
        return answer.status < 500 and isinstance(members.get("access_token"), str)
    tokens = [members.get(name) for name in ("access_token", "token")]
    return answer.status == 200 and any(isinstance(token, str) and token for token in tokens)
