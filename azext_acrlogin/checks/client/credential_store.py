# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the configured credential store answer, and what does it hold for the registry?"""

from azext_acrlogin.base.secret import Secret
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.client.configuration import NO_CONFIG
from azext_acrlogin.checks.client.program import not_asked, sentence, skipped
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.credential_store import CredentialStoreEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.machine import client_programs
from azext_acrlogin.machine.process import Ended
from azext_acrlogin.protocol.docker_config import HELPER_NAME, helper_for
from azext_acrlogin.protocol.json_text import parse_json, text_member
from azext_acrlogin.protocol.secrets_in_text import KnownSecrets, without_secrets
from azext_acrlogin.protocol.text import excerpt, said, shown

NOT_FOUND = "credentials not found in native keychain"  # docker-credential-helpers, credentials/error.go


def gather(context: Context, inputs: Inputs) -> CredentialStoreEvidence:
    """Ask the helper for the registry's credential; when it has none, for what it has. It is never told to store."""
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
    if evidence.helper and HELPER_NAME.fullmatch(evidence.helper):
        evidence.path = client_programs.helper_path(evidence.helper)
    if evidence.path:
        _ask(evidence, evidence.path, context.asked.timeout_seconds, context.traffic.secrets)
    return evidence


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
        if ended.timed_out or ended.missing:
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
    """Keep how it failed. Errors are printed on standard output (client.go), where a success prints the secret.

    A helper that is a script with tracing on prints the secret on standard error.
    """
    evidence.exit_status, evidence.timed_out = ended.exit_status, ended.timed_out
    is_error = ended.exit_status not in (0, None) and '"Secret"' not in ended.stdout
    words = ended.stdout.strip() if is_error else ""
    evidence.text = said(without_secrets(secrets.without(words or ended.stderr.strip() or ended.reason))) or None


def judge(asked: Question, evidence: CredentialStoreEvidence, inputs: Inputs) -> Judgement:
    """A helper that is missing or fails keeps docker from storing and finding credentials; a slow one may be asking."""
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
    words = evidence.text or ("its answer is not JSON" if evidence.exit_status == 0 else None)
    facts: Facts = {"helper": program, "config_file": shown(evidence.config_file),
                    "setting": "credHelpers" if evidence.for_this_host else "credsStore",
                    "exit_status": str(evidence.exit_status), "said": sentence(excerpt(words)) if words else None}
    return Judgement.of(Finding.of("DOCKER_CREDENTIAL_STORE_ERROR", facts, "fails" if evidence.path else "missing"))


CHECK = Check(name="credential-store", category=Category.ENVIRONMENT, title="Credential store",
              evidence=CredentialStoreEvidence, gather=gather, judge=judge,
              reads=(ClientConfigEvidence, RegistryEvidence), codes=("DOCKER_CREDENTIAL_STORE_ERROR",))
