# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Can the container client's configuration file be read?"""

import os
from typing import Any, Dict, Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.client.program import not_asked, skipped
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.machine import client_programs
from azext_acrlogin.protocol.docker_answers import number_of
from azext_acrlogin.protocol.docker_config import parse_config
from azext_acrlogin.protocol.text import shown

VARIABLE = "DOCKER_AUTH_CONFIG"
READS_VARIABLE = (28, 3)  # the first docker client that reads DOCKER_AUTH_CONFIG
# Why stored credentials cannot be looked at where the evidence of this check is not usable.
NO_CONFIG = Because("The container client's configuration cannot be read", check="client-config")


def gather(context: Context, inputs: Inputs) -> ClientConfigEvidence:
    """Read each file in which the client looks, up to the first unusable one; missing files are skipped."""
    if not_asked(context.asked):
        return ClientConfigEvidence()
    program = inputs.get(ContainerClientEvidence)
    client = program.kind if program and program.kind else "podman" if context.asked.client == "podman" else "docker"
    evidence = ClientConfigEvidence(client, client_programs.config_files(client, program.path if program else None))
    evidence.file = evidence.files[0]
    for path in evidence.files:
        read = client_programs.read_file(path)
        if read.missing:
            continue
        parsed = parse_config(read.content, strict=client == "podman") if read.fault is None else None
        if parsed is None or parsed.fault or not evidence.exists:
            evidence.file, evidence.exists, evidence.size = path, True, None if read.fault else len(read.content)
            evidence.fault = read.fault or (shown(parsed.fault) if parsed and parsed.fault else None)
        if parsed is None or parsed.config is None:
            evidence.line, evidence.column = (parsed.line, parsed.column) if parsed else (None, None)
            break
        evidence.configs[path] = parsed.config
    evidence.variable_config = _config_of_variable(client, program)
    evidence.variable = evidence.variable_config is not None
    return evidence


def _config_of_variable(client: str, program: Optional[ContainerClientEvidence]) -> Optional[Dict[str, Any]]:
    """DOCKER_AUTH_CONFIG's content where the client reads it; docker passes over one that it cannot read."""
    text = os.environ.get(VARIABLE)
    number = number_of(program.version) if program else None
    if not text or client != "docker" or (number and number < READS_VARIABLE):
        return None
    return parse_config(text.encode("utf-8", "replace")).config


def judge(asked: Question, evidence: ClientConfigEvidence, _inputs: Inputs) -> Judgement:
    """A file that exists must be readable; none is needed."""
    because = not_asked(asked)
    if because:
        return skipped(because)
    if evidence.fault:
        facts: Facts = {"client": evidence.client, "config_file": shown(evidence.file), "fault": evidence.fault,
                        "line": str(evidence.line), "column": str(evidence.column)}
        return Judgement.of(Finding.of("DOCKER_CONFIG_ERROR", facts, "at a place" if evidence.line else ""))
    if not evidence.exists:
        return Judgement(f"No {evidence.client.capitalize()} configuration file (optional): {shown(evidence.file)}")
    return Judgement(f"{evidence.client.capitalize()} configuration file {shown(evidence.file)}")


CHECK = Check(name="client-config", category=Category.ENVIRONMENT, title="Container client's configuration",
              evidence=ClientConfigEvidence, gather=gather, judge=judge, reads=(ContainerClientEvidence,),
              codes=("DOCKER_CONFIG_ERROR",))
