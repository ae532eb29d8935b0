# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A situation as a file of ``tests/scenarios`` describes it."""

import re
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path

from tests.emulator.loading import read_yaml

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"


class ScenarioError(ValueError):
    """The file makes no sense; the message says where."""


@dataclass
class Network:
    """private_zone: see ``addresses.zone``. dns: host, ``.suffix`` or ``*`` to an answer (see ``dns.py``; one address
    may stand without a list). hosts: host to address, as in /etc/hosts. addresses: address, network or host to a fault
    (see ``Namespace.set_faults``); a host stands for the public address it has."""

    private_zone: str = "none"
    dns: dict = field(default_factory=dict)
    hosts: dict = field(default_factory=dict)
    addresses: dict = field(default_factory=dict)


@dataclass
class Daemon:
    """The container engine: running or not, and its environment beside the machine's."""

    running: bool = True
    environment: dict = field(default_factory=dict)


@dataclass
class Client:
    """docker, podman: real, none, or the name of a program in ``tests/site/programs`` that takes its place.
    programs: further programs on the PATH, name to file in that folder.
    config: content of ~/.docker/config.json, as text or as a mapping; for entries of ``auths`` see ``client.py``.
    Without it docker is signed in to every registry of the world, with false there is no file."""

    docker: str = "real"
    podman: str = "none"
    programs: dict = field(default_factory=dict)
    config: object = None
    daemon: Daemon = field(default_factory=Daemon)


@dataclass
class Scenario:
    """title, really: what the situation is called and what is the case. profile ("as" in the file): who az is signed in
    as. arguments: of ``az acr login-diagnose``. stdin: what is piped into it. password: given by the variable for it;
    a text, or a token (see ``client.py``). environment: in addition;
    ``{company_ca}`` stands for a bundle with the company's own authority, ``{company_root}``
    for that one alone. user: the Unix user, root or alex (who
    is not in the docker group). sudo_from: root by sudo of alex, who is signed in to az with that profile.
    without_access_tokens: az has only its refresh token. sign_in_files: see
    ``sign_in_files.py``. without_proxy: the case is another one where a proxy stands
    between, because names and addresses are the proxy's business then. world: patch over the base world.

    check_health: codes of ``az acr check-health`` in this situation, "silent" when it ends without naming any, or None
    when that was not looked at.
    expect: codes that must be found, and no others, each a text or a list of alternatives.
    expect_summary_has, expect_fix_has: texts; expect_access: action to granted; expect_asked: members of the report's
    ``asked``; expect_symptom: code to (confirmed, and by which setting), of matches that must be there.
    """

    name: str
    title: str = ""
    really: str = ""
    profile: str = "user"
    arguments: list = field(default_factory=lambda: ["--name", "myregistry"])
    stdin: str = ""
    password: object = ""
    environment: dict = field(default_factory=dict)
    user: str = "root"
    sudo_from: str = ""
    without_access_tokens: bool = False
    sign_in_files: dict = field(default_factory=dict)
    without_proxy: bool = False
    world: dict = field(default_factory=dict)
    network: Network = field(default_factory=Network)
    client: Client = field(default_factory=Client)
    check_health: object = None
    expect: list = field(default_factory=list)
    expect_summary_has: list = field(default_factory=list)
    expect_fix_has: list = field(default_factory=list)
    expect_access: dict = field(default_factory=dict)
    expect_asked: dict = field(default_factory=dict)
    expect_symptom: dict = field(default_factory=dict)

    @property
    def expected(self):
        """The codes that must be found, each with its alternatives."""
        return [[one] if isinstance(one, str) else one for one in self.expect]

    def needs_of_a_site(self):
        """What of this situation cannot be had without a network and a container engine of our own."""
        needs = [f"network.{_camel(one.name)}" for one in fields(Network)
                 if getattr(self.network, one.name) != one.default and getattr(self.network, one.name) != {}]
        if self.client != Client():
            needs.append("a container engine or client")
        if set(self.environment) & {"HTTPS_PROXY", "ALL_PROXY", "DOCKER_HOST", "REQUESTS_CA_BUNDLE"}:
            needs.append("a proxy, engine or certificate bundle of the scenario's own")
        needs += ["another user"] if self.user != "root" or self.sudo_from else []
        return needs + (["a way without a proxy"] if self.without_proxy else [])


def load(path):
    """Read a scenario.

    :raises ScenarioError: a key is unknown or no title is given.
    """
    path = Path(path)
    data = read_yaml(path.read_text(encoding="utf-8"))
    if "as" in data:
        data["profile"] = data.pop("as")
    scenario = _build(Scenario, {"name": path.stem, **data}, path.name)
    if not scenario.title or not scenario.really:
        raise ScenarioError(f"{path.name}: title and really are needed")
    return scenario


def load_all():
    """Every scenario of the folder, by file name."""
    return [load(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _build(cls, data, where):
    known = {_camel(one.name): one for one in fields(cls)}
    arguments = {}
    for key, value in data.items():
        if key not in known:
            raise ScenarioError(f"{where}: unknown key '{key}'; known: {', '.join(sorted(known))}")
        one = known[key]
        arguments[one.name] = _build(one.type, value, f"{where}: {key}") if is_dataclass(one.type) else value
    return cls(**arguments)


def _camel(name):
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
