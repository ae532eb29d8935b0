# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the Docker daemon reach the registry, as this process does? It has its own proxy, certificates and resolver."""

import os
import sys
from dataclasses import dataclass
from typing import Optional, Tuple

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.client.program import client_that_runs, sentence, skipped
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.evidence.container_daemon import ContainerDaemonEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.machine import client_programs, process
from azext_acrlogin.net.proxies import proxy_for, without_credentials
from azext_acrlogin.protocol.docker_answers import answer_to_login
from azext_acrlogin.protocol.docker_config import TOKEN_USER
from azext_acrlogin.protocol.json_text import parse_json, text_member
from azext_acrlogin.protocol.text import excerpt, said, shown

NO_SECRET = "az-acr-login-diagnose-asks-whether-the-registry-answers"
PATIENCE_SECONDS = 6.0  # with the default limit the daemon gets to say that its own 15 s are over


@dataclass
class DaemonNetworkEvidence(Evidence):
    """
    asked: the daemon was asked to sign in to the registry with a text that is not a password.
    reached: the registry answered it; None when that cannot be told.
    reason: certificate, proxy, proxy-name, dns, timeout or connection, when it did not.
    text: the daemon's own words.
    daemon_proxy, own_proxy: the proxy that the daemon and this process use for https, without a password.
    not_asked: why the daemon was not asked.
    own_bundle: the certificates that this process trusts instead of its own (REQUESTS_CA_BUNDLE).
    certificate_file: where a local Linux daemon looks for the certificate authority of this registry.
    """

    login_server: Optional[str] = None
    asked: bool = False
    not_asked: Optional[str] = None
    reached: Optional[bool] = None
    reason: Optional[str] = None
    exit_status: Optional[int] = None
    timed_out: bool = False
    text: Optional[str] = None
    daemon_proxy: Optional[str] = None
    daemon_no_proxy: Optional[str] = None
    own_proxy: Optional[str] = None
    own_bundle: Optional[str] = None
    certificate_file: Optional[str] = None


def gather(context: Context, inputs: Inputs) -> DaemonNetworkEvidence:
    """Have the daemon try, without a trace on this machine: no secret, no use of the user's configuration.

    It tries while this process does; waiting for each other would take as long as both.
    """
    client, daemon = inputs.get(ContainerClientEvidence), inputs.get(ContainerDaemonEvidence)
    registry = inputs.get(RegistryEvidence)
    host = registry.host if registry else None
    evidence = DaemonNetworkEvidence(host)
    runs = client is not None and client.usable and daemon is not None and daemon.usable
    if client is None or not (host and client.path and runs):
        evidence.not_asked = "no container engine is available"
        return evidence
    if client.kind == "podman":
        evidence.not_asked = "podman has no daemon and uses the network as this process does"
        return evidence
    seconds = context.asked.timeout_seconds
    endpoint, evidence.not_asked = _endpoint(client.path, client.context, seconds)
    if evidence.not_asked:
        return evidence
    try:
        with client_programs.without_user_config(client.path, endpoint) as environment:
            ended = process.run([client.path, "login", "--username", TOKEN_USER, "--password-stdin", host],
                                seconds + PATIENCE_SECONDS, stdin=NO_SECRET, environment=environment)
    except OSError as error:
        evidence.not_asked = f"a temporary folder is needed, and cannot be made: {shown(error.strerror or error)}"
        return evidence
    evidence.asked = True
    evidence.exit_status, evidence.timed_out = ended.exit_status, ended.timed_out
    answer = answer_to_login(ended.exit_status, ended.stderr)
    evidence.reached, evidence.reason = (False, "timeout") if ended.timed_out else (answer.reached, answer.reason)
    evidence.text = said(client_programs.said_by_docker(ended.stderr)) or None
    if not evidence.reached:
        by_default = endpoint is None and not client_programs.docker_host()
        _compare_settings(evidence, host, client.path, by_default, seconds)
    return evidence


def _endpoint(path: str, context: Optional[str], seconds: float) -> Tuple[Optional[str], Optional[str]]:
    """(the endpoint to name to the client, None for the default one; why it cannot be named).

    :param path: of the client.  :param context: the client's current one.
    """
    if client_programs.docker_host() or context in (None, "default"):
        return None, None
    endpoint = client_programs.engine_endpoint(path, seconds)
    if endpoint is None or client_programs.endpoint_uses_certificates(path, seconds):
        return None, f"the engine of the context '{context}' can only be reached with your Docker configuration"
    return endpoint, None


def _compare_settings(evidence: DaemonNetworkEvidence, host: str, path: str, by_default: bool, seconds: float) -> None:
    """What the daemon and this process use to get out, so that the difference can be named.

    :param by_default: the engine is the one at docker's default address, on this machine.
    """
    info = parse_json(process.run([path, "info", "--format", "{{json .}}"], seconds).stdout)
    proxy = text_member(info, "HttpsProxy")
    evidence.daemon_proxy = without_credentials(proxy) if proxy else None
    evidence.daemon_no_proxy = shown(text_member(info, "NoProxy")) or None
    evidence.own_proxy = proxy_for(host)
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    evidence.own_bundle = bundle if bundle and os.path.isfile(bundle) else None
    if by_default and sys.platform == "linux" and "Docker Desktop" not in text_member(info, "OperatingSystem"):
        evidence.certificate_file = f"/etc/docker/certs.d/{host}/ca.crt"


def judge(asked: Question, evidence: DaemonNetworkEvidence, inputs: Inputs) -> Judgement:
    """This process reaches the registry; a daemon that does not has other settings or another network."""
    client = client_that_runs(asked, inputs)
    if isinstance(client, Judgement):
        return client
    if evidence.not_asked:
        daemon = inputs.get(ContainerDaemonEvidence)
        return skipped(Because(evidence.not_asked[0].upper() + evidence.not_asked[1:],
                               check=None if daemon is not None and daemon.usable else "container-daemon"))
    if evidence.reached:
        return Judgement(f"The Docker daemon reaches {evidence.login_server}")
    if evidence.reached is None:
        return Judgement(f"Cannot tell whether the Docker daemon reaches {evidence.login_server}: "
                         + sentence(excerpt(evidence.text or "docker login said nothing")),
                         unknown=Because("the answer to docker login is not about the network"))
    case = f"{evidence.reason}, {_difference(evidence)}"
    return Judgement.of(Finding.of("DOCKER_DAEMON_NETWORK_ERROR", _facts(evidence), case))


def _difference(evidence: DaemonNetworkEvidence) -> str:
    """In what the daemon's way out differs from this process's, as the catalogue names it; empty where in nothing."""
    if evidence.own_proxy and evidence.own_proxy != evidence.daemon_proxy:
        return "another proxy" if evidence.daemon_proxy else "no proxy"
    if evidence.daemon_proxy and not evidence.own_proxy:
        return "only the daemon's proxy"
    return "other certificates" if evidence.reason == "certificate" and evidence.own_bundle else ""


def _facts(evidence: DaemonNetworkEvidence) -> Facts:
    certificate = evidence.reason == "certificate"
    needless = None if evidence.own_proxy else evidence.daemon_proxy
    return {"login_server": evidence.login_server, "host": evidence.login_server, "client": "docker",
            "said": f" ({excerpt(evidence.text).rstrip('.')})" if evidence.text else None,
            "proxy": evidence.own_proxy if evidence.own_proxy != evidence.daemon_proxy else None,
            "daemon_proxy": evidence.daemon_proxy,
            "needless_proxy": needless if evidence.reason != "proxy-name" else None,
            "unresolved_proxy": needless if evidence.reason == "proxy-name" else None,
            "bundle": shown(evidence.own_bundle) if evidence.own_bundle else None,
            "reason_certificate": "certificate" if certificate else None,
            "certificate_bundle": evidence.own_bundle if certificate else None,
            "certificate_file": evidence.certificate_file if certificate else None}


CHECK = Check(name="daemon-network", category=Category.ENVIRONMENT, title="Docker daemon to registry",
              evidence=DaemonNetworkEvidence, gather=gather, judge=judge, of_this_machine=True,
              needs=(DnsEvidence,), presumes=(ConnectionEvidence,),
              reads=(ContainerClientEvidence, ContainerDaemonEvidence, RegistryEvidence),
              takes_guess=lambda _guess, _seconds: True,  # no secret is sent
              codes=("DOCKER_DAEMON_NETWORK_ERROR",))
