# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the container client reach its engine?"""

from typing import Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.client.program import client_that_runs, not_asked, sentence
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.evidence.container_daemon import ContainerDaemonEvidence
from azext_acrlogin.machine import client_programs, process
from azext_acrlogin.protocol.docker_answers import refused_by_socket
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.text import excerpt, said, shown


def gather(context: Context, inputs: Inputs) -> ContainerDaemonEvidence:
    """Run the client's `ps`, as `az acr login` does; when it fails, look at where the engine should be."""
    client = inputs.get(ContainerClientEvidence)
    evidence = ContainerDaemonEvidence()
    if not_asked(context.asked) or client is None or not client.usable or not client.path:
        return evidence
    seconds = context.asked.timeout_seconds
    if client.timed_out:  # it waited for its engine once, and need not again
        evidence.timed_out = True
    else:
        ended = process.run([client.path, "ps"], seconds)
        evidence.answered = ended.exit_status == 0
        evidence.exit_status, evidence.timed_out = ended.exit_status, ended.timed_out
        evidence.text = said(client_programs.said_by_docker(ended.stderr or ended.reason)) or None
        evidence.socket_refused = not evidence.answered and refused_by_socket(ended.stderr)
    if not evidence.answered and client.kind == "docker":
        host = client_programs.docker_host()
        context_name = client_programs.docker_context()
        evidence.configured_context = None if host or context_name else _configured_context(inputs)
        named = None if host else context_name or evidence.configured_context
        if named and named != "default":
            evidence.context_exists = client_programs.context_exists(client.path, named)
        endpoint = (host or client_programs.engine_endpoint(client.path, seconds) or (
            None if context_name or evidence.configured_context else client_programs.default_endpoint()))
        evidence.docker_host = _shown_endpoint(host)
        evidence.docker_context = shown(context_name) if context_name else None
        evidence.endpoint = _shown_endpoint(endpoint)
        evidence.socket = client_programs.socket_state(endpoint)
        evidence.default_socket = client_programs.socket_state(client_programs.default_endpoint())
        evidence.socket_group = client_programs.socket_group(endpoint)
        evidence.user_name = client_programs.user_name()
        evidence.systemd = client_programs.has_systemd()
        evidence.podman = process.find("podman")
    return evidence


def _configured_context(inputs: Inputs) -> Optional[str]:
    """The context that docker's configuration names; None for docker's own."""
    config = inputs.get(ClientConfigEvidence)
    named = [text_member(content, "currentContext") for content in (config.configs.values() if config else ())]
    return next((shown(name, 100) for name in named if name not in ("", "default")), None)


def _shown_endpoint(endpoint: Optional[str]) -> Optional[str]:
    return shown(client_programs.said_by_docker(endpoint).replace("***@", "")) if endpoint else None


def judge(asked: Question, evidence: ContainerDaemonEvidence, inputs: Inputs) -> Judgement:
    """The exit status decides. A socket that refuses this user is told from an engine that is not there."""
    client = client_that_runs(asked, inputs)
    if isinstance(client, Judgement):
        return client
    if evidence.answered:
        # `az acr login` (2.91) goes by standard error, not by the exit status.
        notice = excerpt(evidence.text) if evidence.text else ""
        notice = f". The Azure CLI may mistake its notice for a failure: {notice}" if notice else ""
        if client.kind == "podman":
            return Judgement(f"Podman works (it has no daemon){notice}")
        version = f" {client.server_version}" if client.server_version else ""
        return Judgement(f"Docker daemon{version} answers{notice}")
    facts: Facts = {"client": client.kind, "said": _said(asked, evidence),
                    "at": f" at {evidence.endpoint}" if evidence.endpoint else None}
    if client.kind == "podman":
        return Judgement.of(Finding.of("DOCKER_DAEMON_ERROR", facts, "podman"))
    if evidence.socket == "permissionDenied" or evidence.socket_refused:
        return Judgement.of(Finding.of("DOCKER_PERMISSION_ERROR", {
            **facts, "socket_group": evidence.socket_group, "local_user": evidence.user_name}))
    remedy = _remedy(evidence, client)
    return Judgement.of(Finding.of("DOCKER_DAEMON_ERROR", {**facts, **remedy}, _case(evidence, remedy)))


def _said(asked: Question, evidence: ContainerDaemonEvidence) -> Optional[str]:
    if evidence.timed_out:
        return sentence(f" within {asked.timeout_seconds:g} s")
    return sentence(f": {excerpt(evidence.text)}") if evidence.text else None


def _case(evidence: ContainerDaemonEvidence, remedy: Facts) -> str:
    """What leads docker to the engine that does not answer."""
    if evidence.docker_host:
        way = "DOCKER_HOST"
    elif evidence.context_exists is False and remedy.get("context"):
        way = "no context"
    else:
        way = "context" if remedy.get("context") and evidence.endpoint else "docker"
    return f"{way} beside podman" if evidence.podman else way


def _remedy(evidence: ContainerDaemonEvidence, client: ContainerClientEvidence) -> Facts:
    """What to fix: a variable, the context or the service; the first that is in use, unless the default would do."""
    default = client_programs.default_endpoint() if evidence.default_socket == "accepts" else None
    if evidence.endpoint in client_programs.DEFAULT_SOCKETS:
        default = None
    if evidence.docker_host:
        return {"docker_host": evidence.docker_host, "needless_variable": "DOCKER_HOST", "default_engine": default}
    gone = evidence.context_exists is False
    if evidence.docker_context:
        return {"context": evidence.docker_context, "context_setting": "the environment variable DOCKER_CONTEXT",
                "needless_variable": "DOCKER_CONTEXT", "default_engine": default,
                "context_endpoint": evidence.endpoint, "stale_variable": "DOCKER_CONTEXT" if gone else None}
    context = client.context if client.context not in (None, "default") else evidence.configured_context
    if context:
        return {"context": context, "context_setting": "its configuration", "needless_context":
                context if default else None, "context_endpoint": evidence.endpoint,
                "stale_context": context if gone else None}
    return {"service": "docker" if evidence.systemd and evidence.endpoint in client_programs.DEFAULT_SOCKETS else None}


CHECK = Check(
    name="container-daemon", category=Category.ENVIRONMENT, title="Container engine",
    evidence=ContainerDaemonEvidence, gather=gather, judge=judge,
    codes=("DOCKER_DAEMON_ERROR", "DOCKER_PERMISSION_ERROR"), reads=(ContainerClientEvidence, ClientConfigEvidence))
