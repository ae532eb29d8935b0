# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which container client signs in on this machine, and can it be used?"""

import os
from typing import Optional

from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.machine import client_programs, process
from azext_acrlogin.protocol.docker_answers import number_of, version_of_json, version_of_text
from azext_acrlogin.protocol.text import shown

QUESTIONS = (["version", "--format", "json"], ["version", "--format", "{{json .}}"], ["--version"])
MINIMUM_DOCKER = (18, 3)  # `docker login --password-stdin` as `az acr login` uses it


def not_asked(asked: Question) -> Optional[Because]:
    """Why nothing is asked of a container client, or None: the checks of this machine's client share the reasons."""
    if asked.in_cloud_shell:
        return Because("Azure Cloud Shell has no container engine; there, `az acr login --expose-token` "
                       "gives a token to sign in with elsewhere")
    if asked.client == "none":
        return Because("`--client none` leaves the container client out", by_choice=True)
    return None


def skipped(because: Because) -> Judgement:
    """The judgement of a check that has nothing to look at."""
    return Judgement(because.reason + ".", skipped=because)


def sentence(text: str) -> str:
    """Text with one full stop, question or exclamation mark at its end."""
    return text if text.endswith((".", "?", "!", "…")) else text + "."


def without_client(asked: Question, inputs: Inputs) -> Optional[Judgement]:
    """The judgement of a check that needs a client that runs, when there is none."""
    because = not_asked(asked)
    client = inputs.get(ContainerClientEvidence)
    if because is None and (client is None or not client.usable):
        because = Because("There is no container client that can be run", check="container-client")
    return skipped(because) if because else None


def gather(context: Context, _inputs: Inputs) -> ContainerClientEvidence:
    """Choose the client and ask its version."""
    asked = context.asked
    if not_asked(asked):
        return ContainerClientEvidence()
    selection = client_programs.selected(asked.client)
    evidence = ContainerClientEvidence(selection.command, selection.path, selection.by_variable, selection.here,
                                       wsl_distribution=client_programs.wsl_distribution())
    if selection.path:
        _read_version(evidence, asked.timeout_seconds)
    return evidence


def _read_version(evidence: ContainerClientEvidence, seconds: float) -> None:
    """Ask for the version, in the ways that clients of different ages understand; the last does not ask the engine."""
    name = os.path.basename(os.path.realpath(evidence.path))
    for arguments in QUESTIONS:
        if evidence.timed_out and arguments != QUESTIONS[-1]:
            continue
        ended = process.run([evidence.path, *arguments], seconds)
        if ended.missing:
            evidence.text = shown(ended.reason)
            return
        evidence.runs = True
        evidence.timed_out = evidence.timed_out or ended.timed_out
        read = version_of_text if arguments == QUESTIONS[-1] else version_of_json
        version = read(ended.stdout, ended.stderr, name)
        said = ended.stderr.strip() or ("" if version else ended.stdout)
        evidence.text = evidence.text or shown(said) or None
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
    facts = {"client": "podman" if evidence.command == "podman" else "docker"}
    if evidence.named_by_variable:
        facts["docker_command"] = shown(evidence.command)
    if not evidence.path or not evidence.runs:
        return _with_finding("DOCKER_COMMAND_ERROR", _no_command(asked, evidence), facts)
    if not evidence.version:
        if evidence.wsl_distribution or "WSL" in (evidence.text or ""):
            return _with_finding(
                "DOCKER_COMMAND_ERROR",
                f"{evidence.path} is Docker Desktop's stand-in: Docker Desktop is not integrated with this WSL "
                "distribution, or does not run.",
                {**facts, "distribution": shown(evidence.wsl_distribution or "this distribution", 80)})
        said = "it did not answer in time" if evidence.timed_out else f"it said: {evidence.text or 'nothing'}"
        return _with_finding("DOCKER_VERSION_ERROR",
                             sentence(f"{evidence.path} runs and does not tell its version; {said}"), facts)
    number = number_of(evidence.version)
    if evidence.kind == "docker" and number and number < MINIMUM_DOCKER:
        message = f"{evidence.path} is Docker {evidence.version}; `az acr login` needs 18.03 or later."
        return _with_finding("DOCKER_VERSION_ERROR", message, facts)
    return Judgement(f"{evidence.kind.capitalize()} {evidence.version} at {evidence.path}")


def _no_command(asked: Question, evidence: ContainerClientEvidence) -> str:
    command = shown(evidence.command)
    if evidence.path:
        return sentence(f"{evidence.path} cannot be run: {evidence.text}")
    if evidence.in_current_directory:
        return (f"{command} is found in the current directory only, and `az acr login` runs no container client "
                "from there.")
    if evidence.named_by_variable:
        return f"DOCKER_COMMAND names {command}, and there is no such program that can be run."
    if asked.client == "auto":
        return "Neither docker nor podman is on the PATH."
    return f"{command} is not on the PATH."


def _with_finding(code: str, message: str, facts: dict) -> Judgement:
    return Judgement(message, (Finding(code, message, facts),))


CHECK = Check(
    name="container-client", category=Category.ENVIRONMENT, title="Container client",
    evidence=ContainerClientEvidence, gather=gather, judge=judge,
    codes=("DOCKER_COMMAND_ERROR", "DOCKER_VERSION_ERROR"))
