# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The site: one network, one emulated Azure, one container engine; one situation after the other."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import certifi

from tests.emulator.loading import load_world, merge, read_yaml
from tests.emulator.tokens import Keys

from . import homes, leftovers
from .addresses import PROXY_PORT, RESOLVER, addresses, zone
from .client import link_tools, password_of, put_config, put_programs
from .dns import WORDS
from .engine import Engine
from .namespace import Namespace
from .processes import Server
from .sign_in_files import spoil

ROOT = Path(__file__).resolve().parents[2]
WORLD = ROOT / "tests" / "worlds" / "contoso.yaml"
CONTROL = ("127.0.0.1", 9001)
PASSWORD_VARIABLE = "ACR_LOGIN_DIAGNOSE_PASSWORD"
IMAGE_STORE = "127.0.0.1:5000"
CONTAINER_CLIENTS = {"docker": shutil.which("docker"), "podman": shutil.which("podman")}
_SYSTEM_TRUST = "/etc/ssl/certs/ca-certificates.crt"
_HOSTS = "127.0.0.1 localhost\n::1 localhost\n"
_IMAGE_STORE_CONFIG = """version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}
http: {{addr: "{address}"}}
log: {{level: error, accesslog: {{disabled: true}}}}
"""


class Site:
    """A context manager. ``set_up`` makes a situation, ``run`` runs a command in it.

    :param extension: AZURE_EXTENSION_DIR with the extension installed, or None.
    """

    def __init__(self, extension=None):
        leftovers.clear_away()
        self.folder = leftovers.make_folder("site")
        self.extension = extension
        self._base = read_yaml(WORLD.read_text(encoding="utf-8"))
        self._servers = []
        self._engine = self._namespace = self._emulator = None
        self.world = self.world_data = None
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End every process and remove the network and all files."""
        if self._engine:
            self._engine.stop()
        for server in reversed(self._servers):
            server.stop()
        if self._namespace:
            self._namespace.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def why_not(_scenario):
        """Why a situation cannot be made here: there is no such situation."""
        return ""

    def set_up(self, scenario):
        """Make a scenario's situation, and nothing of an earlier one."""
        self.world_data = merge(self._base, scenario.world)
        self.world = load_world(self.world_data)
        self._namespace.set_faults({})                  # they may stand between us and the emulator
        try:
            status, body = self._namespace.request("POST", CONTROL, "/world", json.dumps(scenario.world))
        except OSError as error:
            raise RuntimeError(f"The emulator does not answer: {self._emulator.state()}") from error
        if status != 200:
            raise ValueError(f"{scenario.name}: {body.decode()}")
        self._put_names(scenario.network)
        self._namespace.set_faults(self._fault_addresses(scenario.network.addresses))
        self._homes.put(scenario)
        put_programs(scenario.client, self._homes.programs, CONTAINER_CLIENTS)
        put_config(scenario.client, self._homes.home(scenario.user), self.world, self._keys)
        self._homes.give_away()
        spoil(self._homes.home(scenario.user) / ".azure", scenario.sign_in_files)
        self._engine.be(scenario.client.daemon, scenario.network.hosts)

    def environment(self, scenario):
        """The whole environment of a command in the situation."""
        values = {name: value.format(company_ca=self._company_ca, company_root=self._company_root)
                  for name, value in scenario.environment.items()}
        path = os.pathsep.join(map(str, (self._homes.programs, self._tools)))
        password = {PASSWORD_VARIABLE: password_of(scenario, self.world, self._keys)} if scenario.password else {}
        return {"PATH": path, **self._homes.environment(scenario, self.world), **password, **values}

    def run(self, scenario, command, timeout=120, **options):
        """Run a command in the situation that was set up.

        :param options: for ``subprocess.Popen``; output is captured as text by default. ``input`` is a text to pipe in.
        :returns: (exit status, None when it had to be ended; stdout; stderr).
        """
        text = options.pop("input", None)
        options = {"stdin": subprocess.DEVNULL if text is None else subprocess.PIPE, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "start_new_session": True, **options}
        inside = self._namespace.command(*homes.as_user(scenario.user), *command)
        with subprocess.Popen(inside, env=self.environment(scenario), encoding="utf-8", errors="replace",
                              cwd=self._homes.home(scenario.user), **options) as process:
            try:
                stdout, stderr = process.communicate(text, timeout=timeout)
                return process.returncode, stdout, stderr
            except subprocess.TimeoutExpired:
                process.kill()
                return (None, *process.communicate())
            except BaseException:
                process.kill()
                raise

    def control(self, method, path, body=None):
        """Ask the emulator's control port; returns the answer's body."""
        return self._namespace.request(method, CONTROL, path, body)[1]

    def forget_requests(self):
        """Empty the emulator's log."""
        self.control("DELETE", "/requests")

    def requests(self):
        """The requests since then, as the emulator logs them."""
        return json.loads(self.control("GET", "/requests"))

    # -- building --

    def _build(self):
        files, trust = self.folder / "etc", self.folder / "trust.pem"
        run, store = self.folder / "run", self.folder / "images"
        for folder in (files, run, store, self.folder / "docker", self.folder / "containers"):
            folder.mkdir(mode=0o755)
        (files / "resolv.conf").write_text(f"nameserver {RESOLVER}\n", encoding="ascii")
        (files / "hosts").write_text(_HOSTS, encoding="ascii")
        trust.touch()
        self._tools = self.folder / "tools"
        link_tools(self._tools, az=homes.AZ)
        self._homes = homes.Homes(self.folder, self.extension)
        mounts = homes.reachable_python(self.folder)
        mounts |= {f"/etc/{name}": files / name for name in ("hosts", "resolv.conf")}
        mounts |= self._homes.mounts | {_SYSTEM_TRUST: trust, certifi.where(): trust, "/run": run}
        mounts |= {"/etc/docker": self.folder / "docker", "/var/lib/containers": self.folder / "containers"}
        self._namespace = Namespace(self.folder, {target: path for target, path in mounts.items()
                                                  if Path(target).exists()})
        self._zone = self.folder / "zone.json"
        self._zone.write_text("[]", encoding="ascii")
        self._start("dns", sys.executable, "-m", "tests.site.dns", RESOLVER, str(self._zone))
        config = self.folder / "images.yaml"
        config.write_text(_IMAGE_STORE_CONFIG.format(folder=store, address=IMAGE_STORE), encoding="utf-8")
        self._start("images", "docker-registry", "serve", str(config)).wait_until(self._images_answer)
        state = self.folder / "emulator"
        listen = ["--https=0.0.0.0:443", "--https=[::]:443", "--http=0.0.0.0:80", f"--proxy=0.0.0.0:{PROXY_PORT}",
                  f"--control={CONTROL[0]}:{CONTROL[1]}", *(f"--http={address}" for address in homes.HTTP_LISTENERS)]
        self._emulator = self._start(
            "emulator", sys.executable, "-m", "tests.emulator", "--world", str(WORLD), "--state", str(state),
            "--docker-registry", f"http://{IMAGE_STORE}", *listen)
        self._engine = Engine(self._namespace, self.folder / "engine", run)
        self._emulator.wait_until((state / "emulator.json").exists)
        self._keys = Keys(state)
        description = json.loads((state / "emulator.json").read_text(encoding="utf-8"))
        public = Path(description["ca"]).read_bytes()
        trust.write_bytes(public)
        self._company_ca = self.folder / "company-ca.pem"
        self._company_root = Path(description["inspectionCa"])
        self._company_ca.write_bytes(public + self._company_root.read_bytes())
        self._homes.sign_in_with(self._sign_in)

    def _start(self, name, *command):
        server = Server(self._namespace.command(*command), self.folder / f"{name}.log", cwd=ROOT)
        self._servers.append(server)
        return server

    def _images_answer(self):
        try:
            return self._namespace.request("GET", ("127.0.0.1", 5000), "/v2/")[0] == 200
        except OSError:
            return False

    def _sign_in(self, profile, config_dir):
        """Make a signed-in AZURE_CONFIG_DIR by the real az."""
        command = [sys.executable, "-m", "tests.emulator.profile", "--state", str(self.folder / "emulator"),
                   "--as", profile, "--config-dir", str(config_dir), "--az", homes.AZ]
        environment = os.environ | ({"AZURE_EXTENSION_DIR": str(self.extension)} if self.extension else {})
        done = subprocess.run(self._namespace.command(*command), cwd=ROOT, env=environment, capture_output=True,
                              text=True, check=False, timeout=180)
        if done.returncode:
            raise RuntimeError(f"Signing in as {profile}: {done.stderr}")

    # -- names and addresses --

    def _put_names(self, network):
        overrides = [[pattern, _answer(answer)] for pattern, answer in network.dns.items()]
        _replace(self._zone, json.dumps(overrides + zone(self.world, network.private_zone)))
        _replace(self.folder / "etc" / "hosts",
                 _HOSTS + "".join(f"{address} {host}\n" for host, address in network.hosts.items()))

    def _fault_addresses(self, faults):
        public = addresses(self.world)
        return {public.get(place, place): fault for place, fault in faults.items()}


def _answer(text):
    return text if isinstance(text, (list, dict)) or text in WORDS else [text]


def _replace(path, text):
    """Write a new file in the place of an old one, which those that opened it keep."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
