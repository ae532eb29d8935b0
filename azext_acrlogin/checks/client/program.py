# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which container client signs in on this machine, and can it be used?"""

import os
from typing import Optional, Union

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.machine import client_programs, process
from azext_acrlogin.protocol.docker_answers import number_of, version_of_json, version_of_text
from azext_acrlogin.protocol.text import excerpt, said, shown

QUESTIONS = (["version", "--format", "json"], ["version", "--format", "{{json .}}"], ["--version"])
MINIMUM_DOCKER = (18, 3)  # `docker login --password-stdin` as `az acr login` uses it


def not_asked(asked: Question) -> Optional[Because]:
    """Why nothing is asked of a container client, or None: the checks of this machine's client share the reasons."""
    if asked.in_cloud_shell:
        return Because("Azure Cloud Shell has no container engine. Get a token to sign in with elsewhere: "
                       "`az acr login --expose-token`")
    if asked.client == "none":
        return Because("`--client none` excludes the container client", by_choice=True)
    if asked.assignee:
        return Because("The identity given with --assignee does not use this machine's container client",
                       by_choice=True)
    return None


def skipped(because: Because) -> Judgement:
    """The judgement of a check that has nothing to look at."""
    return Judgement(because.reason + ".", skipped=because)


def sentence(text: str) -> str:
    """Text with one full stop, question or exclamation mark at its end."""
    return text if text.endswith((".", "?", "!", "…")) else text + "."


def client_that_runs(asked: Question, inputs: Inputs) -> Union[ContainerClientEvidence, Judgement]:
    """The client, or where there is none the judgement of a check that needs one."""
    because = not_asked(asked)
    client = inputs.get(ContainerClientEvidence)
    if because:
        return skipped(because)
    if client is None or not client.usable:
        return skipped(Because("No usable container client was found", check="container-client"))
    return client


def gather(context: Context, _inputs: Inputs) -> ContainerClientEvidence:
    """Choose the client and ask its version."""
    asked = context.asked
    if not_asked(asked):
        return ContainerClientEvidence()
    selection = client_programs.selected(asked.client)
    evidence = ContainerClientEvidence(selection.command, selection.path, selection.by_variable, selection.here,
                                       wsl_distribution=client_programs.wsl_distribution())
    if selection.path:
        _read_version(evidence, selection.path, asked.timeout_seconds)
    if selection.by_variable and not evidence.runs:
        evidence.other_client = process.find("docker") or process.find("podman")
    return evidence


def _read_version(evidence: ContainerClientEvidence, path: str, seconds: float) -> None:
    """Ask for the version, in the ways that clients of different ages understand; the last does not ask the engine."""
    name = os.path.basename(os.path.realpath(path))
    for arguments in QUESTIONS:
        if evidence.timed_out and arguments != QUESTIONS[-1]:
            continue
        ended = process.run([path, *arguments], seconds)
        if ended.missing:
            evidence.text = shown(ended.reason)
            return
        evidence.runs = True
        evidence.timed_out = evidence.timed_out or ended.timed_out
        read = version_of_text if arguments == QUESTIONS[-1] else version_of_json
        version = read(ended.stdout, ended.stderr, name)
        words = client_programs.said_by_docker(ended.stderr.strip() or ("" if version else ended.stdout))
        evidence.text = evidence.text or said(words) or None
        if version:
            evidence.kind, evidence.version = version.kind, shown(version.client, 80)
            evidence.server_version = shown(version.server, 80) if version.server else None
            evidence.context = shown(version.context, 80) if version.context else None
            return


def judge(asked: Question, evidence: ContainerClientEvidence, _inputs: Inputs) -> Judgement:
    """No program, or a stand-in without one behind it, is a missing command; else the version must be known and do."""
    because = not_asked(asked)
    if because:
        return skipped(because)
    command, text = shown(evidence.command), evidence.text
    facts: Facts = {"client": "podman" if command == "podman" else "docker", "command": command,
                    "docker_command": command if evidence.named_by_variable else None, "program": evidence.path,
                    "other_client": shown(evidence.other_client) if evidence.other_client != evidence.path else None,
                    "said": sentence(excerpt(text)) if text else None, "version": evidence.version}
    if not evidence.path or not evidence.runs:
        return Judgement.of(Finding.of("DOCKER_COMMAND_ERROR", facts, _no_command(asked, evidence)))
    if not evidence.version or not evidence.kind:
        if evidence.wsl_distribution or "WSL" in (text or ""):
            facts["distribution"] = shown(evidence.wsl_distribution or "this distribution", 80)
            return Judgement.of(Finding.of("DOCKER_COMMAND_ERROR", facts, "stand-in"))
        case = "not in time" if evidence.timed_out else "not told"
        return Judgement.of(Finding.of("DOCKER_VERSION_ERROR", facts, case))
    number = number_of(evidence.version)
    if evidence.kind == "docker" and number and number < MINIMUM_DOCKER:
        return Judgement.of(Finding.of("DOCKER_VERSION_ERROR", facts, "too old"))
    return Judgement(f"{evidence.kind.capitalize()} {evidence.version} at {evidence.path}")


def _no_command(asked: Question, evidence: ContainerClientEvidence) -> str:
    """Which case of DOCKER_COMMAND_ERROR it is."""
    if evidence.path:
        return "does not run"
    if evidence.in_current_directory:
        return "current directory"
    if evidence.named_by_variable:
        return "variable"
    return "neither on the path" if asked.client == "auto" else "not on the path"


CHECK = Check(
    name="container-client", category=Category.ENVIRONMENT, title="Container client",
    evidence=ContainerClientEvidence, gather=gather, judge=judge,
    codes=("DOCKER_COMMAND_ERROR", "DOCKER_VERSION_ERROR"))
