# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the credential store answer, and does it have a login for the registry?"""

import re
from typing import Optional

from azext_acrlogin.base.secret import Secret
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.client.configuration import NO_CONFIG
from azext_acrlogin.checks.client.program import not_asked, sentence, skipped
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.evidence.credential_store import CredentialStoreEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.machine import client_programs
from azext_acrlogin.machine.process import Ended
from azext_acrlogin.protocol.docker_config import HELPER_NAME, has_logins_or_helpers, helper_for
from azext_acrlogin.protocol.json_text import parse_json, text_member
from azext_acrlogin.protocol.known_secrets import KnownSecrets
from azext_acrlogin.protocol.text import excerpt, said, shown

MAY_HOLD_A_SECRET = re.compile(r"^\s*\+|[{}]|(secret|password|passwd|pwd|token|auth)\W*[:=]|eyJ|[\w+/=-]{40}",
                               re.IGNORECASE)
NOT_FOUND = "credentials not found in native keychain"  # docker-credential-helpers, credentials/error.go


def gather(context: Context, inputs: Inputs) -> CredentialStoreEvidence:
    """Ask the helper for the registry's credential, and if it has none, for its list. It is never told to store."""
    config, registry = inputs.get(ClientConfigEvidence), inputs.get(RegistryEvidence)
    evidence = CredentialStoreEvidence(host=registry.host if registry else None)
    if config is None or not config.usable:
        return evidence
    for path, content in config.configs.items():
        evidence.helper = helper_for(content, evidence.host or "", config.client)
        if evidence.helper:
            evidence.config_file = path
            evidence.for_this_host = helper_for(content, "", config.client) != evidence.helper
            break
    else:
        _take_the_default(evidence, config, inputs.get(ContainerClientEvidence))
    if evidence.helper and HELPER_NAME.fullmatch(evidence.helper):
        evidence.path = client_programs.helper_path(evidence.helper)
    if evidence.path:
        _ask(evidence, evidence.path, context.asked.timeout_seconds, context.traffic.secrets)
    return evidence


def _take_the_default(evidence: CredentialStoreEvidence, config: ClientConfigEvidence,
                      program: Optional[ContainerClientEvidence]) -> None:
    """Docker's own choice, where its file is missing, or names no helper and has no entries."""
    if config.client == "docker" and not any(has_logins_or_helpers(content) for content in config.configs.values()):
        evidence.helper = client_programs.default_helper(program.path if program else None)
        evidence.by_default = evidence.helper is not None
        evidence.config_file = config.file


def _ask(evidence: CredentialStoreEvidence, path: str, seconds: float, secrets: KnownSecrets) -> None:
    if evidence.host:
        ended = client_programs.ask_helper(path, "get", evidence.host, seconds)
        answer = parse_json(ended.stdout)
        secret = text_member(answer, "Secret")
        secrets.add(secret)
        if ended.exit_status == 0 and isinstance(answer, dict):
            evidence.answers, evidence.exit_status = True, 0
            evidence.holds = bool(secret)
            evidence.user_name = text_member(answer, "Username")
            evidence.secret = Secret(secret) if secret else None
            return
        _note(evidence, ended, secrets)
        evidence.answers = ended.exit_status not in (0, None) and ended.stdout.strip() == NOT_FOUND
        if ended.exit_status is None:
            return
    listed = client_programs.ask_helper(path, "list", "", seconds)
    names = parse_json(listed.stdout)
    if listed.exit_status == 0 and (isinstance(names, dict) or listed.stdout.strip() == "null"):
        evidence.answers, evidence.exit_status = True, 0
        evidence.keys = [shown(key) for key in list(names or {})[:1000]]
    elif not evidence.answers and not evidence.text:
        _note(evidence, listed, secrets)
    if evidence.answers:
        evidence.holds, evidence.text = False, None


def _note(evidence: CredentialStoreEvidence, ended: Ended, secrets: KnownSecrets) -> None:
    """Keep how it failed. Helpers print errors on standard output (client.go), as they print secrets."""
    from azext_acrlogin.protocol.secrets_in_text import without_secrets  # 20 ms of compiling patterns
    evidence.exit_status, evidence.timed_out, evidence.flooded = ended.exit_status, ended.timed_out, ended.flooded
    words = _fit_to_show(ended.stdout) if ended.exit_status not in (0, None) else ""
    evidence.text = said(without_secrets(secrets.without(words or _fit_to_show(ended.stderr) or ended.reason))) or None


def _fit_to_show(text: str) -> str:
    """What a helper says, without the lines that may hold a secret: JSON, and what a shell prints of its commands."""
    return "\n".join(line for line in text.splitlines() if not MAY_HOLD_A_SECRET.search(line)).strip()


def judge(asked: Question, evidence: CredentialStoreEvidence, inputs: Inputs) -> Judgement:
    """Without a working helper docker cannot store or find credentials. A slow one may wait for its user."""
    config = inputs.get(ClientConfigEvidence)
    because = not_asked(asked) or (None if config and config.usable else NO_CONFIG)
    if because:
        return skipped(because)
    if not evidence.helper:
        return Judgement("Credentials are stored in the client's configuration file, without a helper")
    program = shown(f"docker-credential-{evidence.helper}", 100)
    if evidence.answers:
        return Judgement(f"Credential helper {program} works")
    if evidence.timed_out:
        return Judgement(f"{program} did not answer within {asked.timeout_seconds:g} s.",
                         unknown=Because(f"{program} may hang, or wait for you to unlock the key store"))
    return Judgement.of(Finding.of("DOCKER_CREDENTIAL_STORE_ERROR", _facts(evidence, inputs), _case(evidence)))


def _case(evidence: CredentialStoreEvidence) -> str:
    """Which case of DOCKER_CREDENTIAL_STORE_ERROR it is."""
    if not evidence.path:
        return "missing"
    case = "fails" if _ending(evidence) else "does not run"
    return f"{case} by default" if evidence.by_default else case


def _ending(evidence: CredentialStoreEvidence) -> Optional[str]:
    """How a helper ended, None for one that did not start."""
    if evidence.flooded:
        return "it prints without end"
    if evidence.exit_status is None:
        return None
    killed = evidence.exit_status < 0  # by the signal of that number (see `subprocess`)
    return f"signal {-evidence.exit_status}" if killed else f"exit status {evidence.exit_status}"


def _facts(evidence: CredentialStoreEvidence, inputs: Inputs) -> Facts:
    config, registry = inputs.get(ClientConfigEvidence), inputs.get(RegistryEvidence)
    words = evidence.text or ("its answer is not JSON" if evidence.exit_status == 0 else None)
    path, exists = shown(evidence.config_file), config is not None and config.exists
    helper = shown(f"docker-credential-{evidence.helper}", 100)
    return {"helper": helper, "missing_helper": None if evidence.path else helper, "config_file": path,
            "setting": "credHelpers" if evidence.for_this_host else "credsStore",
            "file_without_entries": path if evidence.by_default and exists else None,
            "file_to_create": path if evidence.by_default and not exists else None,
            "ending": _ending(evidence), "said": sentence(excerpt(words)) if words else None,
            "registry": registry.name if registry else None, "login_server": evidence.host,
            **(registry.sign_in_options if registry else Facts())}


CHECK = Check(name="credential-store", category=Category.ENVIRONMENT, title="Credential store",
              evidence=CredentialStoreEvidence, gather=gather, judge=judge,
              reads=(ClientConfigEvidence, ContainerClientEvidence, RegistryEvidence),
              codes=("DOCKER_CREDENTIAL_STORE_ERROR",))
