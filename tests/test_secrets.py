# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Canaries in every place where a secret can be: they appear nowhere that a person, a log or another user can look."""

import base64
import html
import json
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Set
from urllib.parse import parse_qsl, quote, unquote

import jwt
import pytest

from tests.hardening import HOST, descendants, diagnosis, report_faults
from tests.hostile_server import HostileProxy

posix = pytest.mark.skipif(os.name != "posix", reason="the canaries' programs are shell scripts")
pytestmark = posix

ENTRA, MANAGEMENT, GRAPH = "login.microsoftonline.com", "management.azure.com", "graph.microsoft.com"
CI = "a1b2c3d4-0001-4000-8000-00000000c101"
TYPED = "Typed-Canary.7f3a"
VARIABLE = "Variable-Canary~91bc"
HELPER = "Helper-Canary-55d0"
STORED = "Stored-Canary-e2e2"
PROXY_PASSWORD = "Proxy-Canary-1a1a"
ENGINE_PASSWORD = "Engine-Canary-0c4d"
FORMS = (  # in which a server may repeat a secret
    lambda secret: base64.b64encode(secret.encode()).decode(), html.escape, "\u200b".join,
    lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()), lambda secret: quote(secret, safe=""),
    lambda secret: "".join(f"&#{ord(character)};" for character in secret))
OWN_OF_AZ = ("msal_token_cache.json", "service_principal_entries.json")     # where az keeps the login itself
TOKEN = re.compile(r"[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
MODES = {"json": ["-o", "json"], "plain": ["-o", "none"], "debug": ["-o", "json", "--debug"],
         "verbose": ["-o", "yaml", "--verbose"]}

DOCKER = """#!/bin/sh
case "$1" in
version) echo '{"Client": {"Version": "28.5.1", "Os": "linux", "Arch": "amd64"}, "Server": {"Version": "28.5.1"}}' ;;
ps) [ -z "$DOCKER_HOST" ] || { echo "error during connect: Get $DOCKER_HOST/v1.51/ps: no such host" >&2; exit 1; } ;;
context) case "$*" in *TLS*) echo null ;; *) echo unix:///var/run/docker.sock ;; esac ;;
login) sleep 0.2; echo "Error response from daemon: login attempt failed with status: 401 Unauthorized" >&2; exit 1 ;;
esac
"""
CREDENTIAL_HELPER = """#!/bin/sh
cat > /dev/null
[ "$1" = get ] && echo '{"ServerURL": "HOST", "Username": "someone", "Secret": "CANARY"}'
exit STATUS
"""


def _stored_token():
    claims = {"iss": "Azure Container Registry", "aud": HOST, "exp": int(time.time()) + 600}
    return jwt.encode(claims, "a key of thirty-two bytes or more, so", algorithm="HS256")


@dataclass
class Situation:
    """What the world is like, and what is asked."""

    profile: str = "user"
    patch: str = ""
    arguments: List[str] = field(default_factory=list)
    variable: str = ""
    helper_status: int = 0
    helper_says: str = ""           # besides, before all else, on standard error
    stored: str = "password"        # or application, token, identitytoken, variable, helper
    engine: str = ""
    proxy_user: str = ""
    echoes: bool = False            # every refusal repeats what was sent


SITUATIONS: Dict[str, Situation] = {
    "healthy": Situation(arguments=["--repository", "samples/app"]),
    "service-principal": Situation("sp", stored="helper"),
    "role-missing": Situation(patch="roleAssignments: {alex-push: null, alex-auditor: null}", stored="token"),
    "secret-expired": Situation("sp", patch="applications: {ci: {secrets: {current: {endsOn: -1d}}}}",
                                stored="identitytoken"),
    "secret-expired-elsewhere": Situation(patch="applications: {ci: {secrets: {current: {endsOn: -1d}}}}",
                                          arguments=["-u", CI], variable="ci-Secret.Value~2026"),
    "token-accepted": Situation(arguments=["-u", "ci-token"], variable="ci-token-Password-1"),
    "refused-typed": Situation(arguments=["-u", "ci-token", "-p", TYPED]),
    "refused-of-the-variable": Situation(arguments=["-u", "myregistry"], variable=VARIABLE, stored="helper",
                                         helper_status=1),
    "refused-application": Situation(arguments=["-u", CI, "--login-events"], variable=VARIABLE),
    "proxy": Situation(proxy_user="alex", patch=f"proxy: {{user: alex, password: {PROXY_PASSWORD}}}"),
    "proxy-refuses": Situation(proxy_user="alex", patch="proxy: {user: alex, password: another}"),
    "stored-in-the-variable": Situation(stored="variable"),
    "stored-for-an-application": Situation(stored="application"),
    "helper-that-shows-what-it-does": Situation(
        stored="helper", helper_status=1, helper_says=f"+ secret={HELPER}\nfound {HELPER} in the store"),
    "engine-with-a-password": Situation(engine=f"tcp://alex:{ENGINE_PASSWORD}@engine.contoso.example:2376"),
    "echoes": Situation(echoes=True),
    "echoes-of-an-application-that-is-stored": Situation(echoes=True, stored="application"),
    "echoes-of-what-the-variable-holds": Situation(echoes=True, stored="variable"),
    "echoes-of-a-secret": Situation("sp", echoes=True),
    "echoes-of-credentials": Situation(echoes=True, arguments=["-u", "ci-token"], variable=VARIABLE),
    "echoes-of-an-application": Situation(echoes=True, arguments=["-u", CI], variable=VARIABLE),
}


@pytest.mark.parametrize("name, mode", [(name, "debug") for name in SITUATIONS] + [
    ("healthy", "verbose"), ("refused-typed", "json"), ("echoes", "plain"), ("refused-of-the-variable", "plain")])
def test_no_canary_gets_out(bench, tmp_path, name, mode):
    """Mostly with --debug, which shows and logs all that the others do."""
    situation = SITUATIONS[name]
    bench.emulator.patch(situation.patch)
    secrets = {TYPED, VARIABLE, HELPER, STORED, PROXY_PASSWORD, ENGINE_PASSWORD, "ci-Secret.Value~2026",
               "ci-token-Password-1"}
    environment = _environment(bench, situation, tmp_path, secrets)
    recorder = Recorder(situation.echoes)
    if situation.proxy_user:
        run = _watched(environment, situation, mode, tmp_path, secrets)
    else:
        behaviours = dict.fromkeys([HOST, ENTRA, MANAGEMENT, GRAPH], recorder)
        with HostileProxy(bench.emulator.description, bench.folder / "state", behaviours) as proxy:
            run = _watched(proxy.environment(environment), situation, mode, tmp_path, secrets)
        assert recorder.secrets, "nothing was sent; the test looks for nothing"
    bench.emulator.patch()
    secrets |= recorder.secrets
    typed_line = [line for line in run.stderr.splitlines() if "Command arguments: " in line]
    assert not _leaks(run.stdout, secrets)
    assert not _leaks((tmp_path / "page.html").read_text("utf-8"), secrets)
    assert not _leaks(run.stderr.replace(typed_line[0], "") if typed_line else run.stderr, secrets)
    if mode in ("json", "debug"):
        assert not report_faults(json.loads(run.stdout))
    assert not run.seen, "on a command line, or in a temporary file"
    for path in Path(environment["AZURE_CONFIG_DIR"]).rglob("*"):
        if path.is_file() and path.name not in OWN_OF_AZ:
            text = path.read_bytes().decode("latin-1")
            text = "\n".join(line for line in text.splitlines() if "Command arguments: " not in line)
            assert not _leaks(text, secrets), path
    assert any(Path(environment["AZURE_CONFIG_DIR"]).glob("logs/*")), "az wrote no log to look into"
    assert not any((tmp_path / "tmp").iterdir())


class Recorder:
    """Passes requests on and remembers every token and secret that was sent or issued."""

    def __init__(self, echoes):
        self._echoes = echoes
        self.secrets: Set[str] = set()

    def __call__(self, request, genuine):
        answer = genuine()
        self._remember(request, answer)
        if self._echoes and not request.target.endswith("openid-configuration") and "/discovery/" not in request.target:
            yield self._echo(request)
        else:
            yield answer.encoded()

    def _remember(self, request, answer):
        authorization = next((value for name, value in request.headers if name.lower() == "authorization"), "")
        self.secrets |= set(authorization.split(" ")[1:])
        self.secrets |= {value for name, value in parse_qsl(request.body.decode("latin-1"))
                         if name in ("access_token", "refresh_token", "client_secret", "client_assertion")}
        self.secrets |= set(TOKEN.findall(answer.body.decode("latin-1")))
        if request.target.startswith("/oauth2/") or "/token" in request.target:
            found = json.loads(answer.body) if answer.body.startswith(b"{") else {}
            self.secrets |= {found[name] for name in ("access_token", "refresh_token") if name in found}

    @staticmethod
    def _echo(request):
        said = request.sent + " " + " ".join(value for _, value in parse_qsl(request.body.decode("latin-1")))
        authorization = next((value for name, value in request.headers if name.lower() == "authorization"), "")
        if authorization.startswith("Basic "):
            said = base64.b64decode(authorization[6:]).decode() + " " + said
        # What is cut must not be the reason for what is not found: the secrets come first.
        secrets = [*TOKEN.findall(said), authorization.rpartition(" ")[2]]
        said = " ".join([*TOKEN.findall(said), authorization, said, *(form(one) for one in secrets for form in FORMS)])
        body = json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": said}], "error": "invalid_grant",
                           "error_description": said, "error_codes": [7000215], "suberror": said[:200],
                           "correlation_id": said, "trace_id": said})
        body = body.replace("+", "\\u002b").replace("/", "\\/").encode()
        refused = "".join(f"{name}: {' '.join(said.split())[:1500]}\r\n" for name in (
            "x-ms-correlation-request-id", "Server", "Retry-After", "Content-Type"))
        return (f"HTTP/1.1 401 x\r\nContent-Length: {len(body)}\r\nWWW-Authenticate: Bearer realm=\"https://{HOST}/"
                f"oauth2/token\",service=\"{HOST}\"\r\n{refused}\r\n").encode("latin-1") + body


def _leaks(text: str, secrets: Set[str]) -> List[str]:
    """The secrets in a text: as they are, in base64, or by the beginning of a token's signature."""
    looked_for = {form for secret in secrets if len(secret) > 5 for form in (
        secret, base64.b64encode(secret.encode()).decode().rstrip("="), json.dumps(secret)[1:-1])}
    looked_for |= {end[:20] for end in (secret.rpartition(".")[2] for secret in secrets) if len(end) > 30}
    decoded = [text, html.unescape(text), unquote(text), text.replace("\u200b", ""), text.replace("\\u200b", "")]
    return sorted({form[:60] for form in looked_for for one in decoded if form in one})


def _environment(bench, situation, folder, secrets):
    for name in ("tmp", "bin", "docker"):
        (folder / name).mkdir()
    token = _stored_token()
    secrets.add(token)
    auth = {"password": base64.b64encode(f"someone:{STORED}".encode()).decode(),
            "application": base64.b64encode(f"{CI}:{STORED}".encode()).decode(),
            "token": base64.b64encode(f"00000000-0000-0000-0000-000000000000:{token}".encode()).decode()}
    secrets |= set(auth.values())
    entry = {"auth": auth.get(situation.stored, auth["password"]),
             **({"identitytoken": token} if situation.stored == "identitytoken" else {})}
    auths = {"auths": {HOST: entry}}
    config = {"helper": {"credsStore": "canary"}, "variable": {}}.get(situation.stored, auths)
    (folder / "docker" / "config.json").write_text(json.dumps(config), "ascii")
    helper = CREDENTIAL_HELPER.replace("CANARY", HELPER).replace("STATUS", str(situation.helper_status))
    helper = helper.replace("exit", f"cat >&2 <<'END'\n{situation.helper_says}\nEND\nexit")
    for name, text in (("docker", DOCKER), ("docker-credential-canary", helper)):
        (folder / "bin" / name).write_text(text, "ascii")
        (folder / "bin" / name).chmod(0o755)
    environment = {**bench.environment(situation.profile, drop_access_tokens=True), "TMPDIR": str(folder / "tmp"),
                   "DOCKER_CONFIG": str(folder / "docker"), "AZURE_LOGGING_ENABLE_LOG_FILE": "yes",
                   "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    if situation.stored == "variable":
        environment["DOCKER_AUTH_CONFIG"] = json.dumps(auths)
    if situation.engine:
        environment["DOCKER_HOST"] = situation.engine
    if situation.variable:
        environment["ACR_LOGIN_DIAGNOSE_PASSWORD"] = situation.variable
    if situation.proxy_user:
        address = bench.emulator.description["proxy"][0]
        environment |= dict.fromkeys(("HTTPS_PROXY", "https_proxy"),
                                     f"http://{situation.proxy_user}:{PROXY_PASSWORD}@{address}")
    return environment


@dataclass
class Watched:
    """What a run wrote, and the canaries seen while it went on."""

    stdout: str
    stderr: str
    seen: Set[str]


def _watched(environment, situation, mode, folder, secrets) -> Watched:
    command = [*diagnosis("--client", "docker", "--html", str(folder / "page.html"), *MODES[mode]),
               *situation.arguments]
    sought = [secret for secret in secrets if secret not in situation.arguments]
    seen: Set[str] = set()
    ended = threading.Event()

    def look(pid):
        while not ended.wait(0.05):
            texts = [_text(path) for path in (folder / "tmp").rglob("*") if path.is_file()]
            texts += [_text(Path(f"/proc/{process}/cmdline")) for process in descendants(pid)]
            seen.update(leak for text in texts for leak in _leaks(text, sought))

    with subprocess.Popen(command, env=environment, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        watcher = threading.Thread(target=look, args=(process.pid,))
        watcher.start()
        try:
            stdout, stderr = process.communicate(timeout=90)
        finally:
            ended.set()
            watcher.join()
    assert process.returncode in (0, 1), stderr[-2000:]
    return Watched(stdout, stderr, seen)


def _text(path):
    try:
        return path.read_bytes().decode("latin-1")
    except OSError:
        return ""
