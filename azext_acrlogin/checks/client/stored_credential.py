# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the container client have a login for the registry, and can it still be used?"""

import re
import time
from typing import Any, Dict, List, Optional, Tuple

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.client.configuration import NO_CONFIG, VARIABLE
from azext_acrlogin.checks.client.program import not_asked, skipped
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.evidence.credential_store import CredentialStoreEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.stored_credential import StoredCredentialEvidence
from azext_acrlogin.protocol.docker_config import (
    Stored, auths_of, expiry_of, key_for, never_works, other_spellings, stored_by_helper, stored_entry)
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.names import without_user
from azext_acrlogin.protocol.roles import CONTENT_ACTIONS
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.times import utc_text

# Tools that read user name and password only, or did so in versions still in use.
READS_NO_IDENTITY_TOKEN = re.compile(
    r"\b(kaniko|bazel|rules_(oci|docker)|oci_pull|container_push|devcontainer|terraform|dotnet|CONTAINER\d{4})\b"
    r"|blank password", re.IGNORECASE)
# Each must be passed before a token is asked for.
WAY_OF_SIGNING_IN = (LoginEvidence, DnsEvidence, ConnectionEvidence, ChallengeEvidence, EntraTokenEvidence)
HIDDEN = "***"
ANONYMOUS_ACTIONS = {"pull"}  # of recorded tokens without an identity


def gather(context: Context, inputs: Inputs) -> StoredCredentialEvidence:
    """Look the credential up in the client's own order: the variable, the helper, the files."""
    config, registry = inputs.get(ClientConfigEvidence), inputs.get(RegistryEvidence)
    host = registry.host if registry else None
    evidence = StoredCredentialEvidence(host)
    if config is None or not config.usable or not host:
        return evidence
    if config.client == "docker":
        _look_for_spoilt(evidence, config)
    name, store = inputs.get(NameEvidence), inputs.get(CredentialStoreEvidence)
    repository = name.repository if name and config.client == "podman" else None
    _look_up(evidence, host, config, store if store and store.helper else None, repository)
    if evidence.stored:
        context.traffic.secrets.add(evidence.stored.secret.reveal() if evidence.stored.secret else "")
        _describe(evidence, host, evidence.stored)
    return evidence


def _look_up(evidence: StoredCredentialEvidence, host: str, config: ClientConfigEvidence,
             store: Optional[CredentialStoreEvidence], repository: Optional[str]) -> None:
    """:param store: the helper's, None where credentials are in the files themselves."""
    places: List[Tuple[str, str, Dict[str, Any]]] = [("variable", VARIABLE, auths_of(config.variable_config))]
    if store is None:
        places += [("file", path, auths_of(content)) for path, content in config.configs.items()]
    for source, location, auths in places:
        key = key_for(auths, host, repository)
        stored = stored_entry(auths[key]) if key is not None else Stored()
        if key is not None and (stored.kind != "none" or stored.fault):
            evidence.source, evidence.location, evidence.stored = source, location, stored
            evidence.key = _shown_key(key)
            return
        evidence.other_keys += [_shown_key(other) for other in other_spellings(auths, host)
                                if stored_entry(auths[other]).kind != "none"]
    if store and store.secret:
        evidence.source, evidence.location, evidence.key = "helper", f"docker-credential-{store.helper}", host
        evidence.stored = stored_by_helper(store.user_name or "", store.secret.reveal())
    elif store:
        evidence.other_keys += [_shown_key(other) for other in other_spellings(store.keys, host)]


def _look_for_spoilt(evidence: StoredCredentialEvidence, config: ClientConfigEvidence) -> None:
    """docker decodes all entries before it uses one, and stops at the first that it cannot decode (file.go)."""
    for path, content in config.configs.items():
        for key, entry in auths_of(content).items():
            if stored_entry(entry).fault and evidence.spoiling_key is None:
                evidence.spoiling_key, evidence.spoilt_file = _shown_key(key), path


def _shown_key(key: str) -> str:
    """A key that is safe to show: its address may contain a user name and a password."""
    return shown(without_user(key), 300)


def _describe(evidence: StoredCredentialEvidence, host: str, stored: Stored) -> None:
    expires = expiry_of(stored)
    evidence.kind, evidence.is_token = stored.kind, stored.looks_like_token
    evidence.user_name = shown(stored.user_name, 200) if stored.user_name else None
    evidence.audience = shown(text_claim(stored.claims, "aud") or "", 200) or None
    evidence.never_works = never_works(stored, host)
    if expires is not None:
        evidence.expires_at = utc_text(expires)
        evidence.seconds_left = int(expires - time.time())
        evidence.expired = evidence.seconds_left < 0


def judge(asked: Question, evidence: StoredCredentialEvidence, inputs: Inputs) -> Judgement:
    """A stored credential can have expired, be unusable, or be missing. Only the registry can judge a password."""
    config, registry = inputs.get(ClientConfigEvidence), inputs.get(RegistryEvidence)
    because = not_asked(asked)
    if because:
        return skipped(because)
    if config is None or not config.usable:
        return skipped(NO_CONFIG)
    if registry is None or not evidence.login_server:
        return skipped(Because("The login server is not known", check="registry"))
    store = inputs.get(CredentialStoreEvidence)
    if evidence.source is None and (store is None or not store.usable):
        return skipped(Because("The credential store does not answer", check="credential-store"))
    return _judge_what_there_is(asked, evidence, inputs, registry, _facts(evidence, config, registry))


def _judge_what_there_is(asked: Question, evidence: StoredCredentialEvidence, inputs: Inputs,
                         registry: RegistryEvidence, facts: Facts) -> Judgement:
    if evidence.spoiling_key and not evidence.never_works and evidence.source != "variable":
        return _unfit(registry, "DOCKER_CREDENTIAL_INVALID_ERROR", {
            "client": facts["client"], "login_server": evidence.login_server, "spoiling_key": evidence.spoiling_key,
            "config_file": shown(evidence.spoilt_file)}, "does not decode")
    if evidence.source is None:
        return _nothing_held(asked, inputs, registry, facts)
    if evidence.never_works:
        return _unfit(registry, "DOCKER_CREDENTIAL_INVALID_ERROR", facts, "unfit")
    if not evidence.expired:
        return _in_order(asked, evidence, facts)
    expired = _unfit(registry, "DOCKER_CREDENTIAL_EXPIRED_ERROR", facts)
    if signs_in(asked, inputs) is not False:
        return expired
    return Judgement(f"{expired.message} It cannot be renewed now because signing in fails as well.",
                     expired.findings[1:], unknown=Because("signing in fails as well; fix that first"))


def _in_order(asked: Question, evidence: StoredCredentialEvidence, facts: Facts) -> Judgement:
    """The credential itself looks usable."""
    if evidence.expired is None and evidence.is_token:
        return Judgement(f"{facts['stored']} is a token without a readable expiry time.",
                         unknown=Because("the stored token's expiry time cannot be read"))
    if evidence.expired is None:
        return Judgement(f"{facts['stored']} has a password for the user {evidence.user_name or '(none)'}")
    tool = READS_NO_IDENTITY_TOKEN.search(asked.symptom or "") if evidence.kind == "identityToken" else None
    if tool:
        return Judgement.of(Finding.of("CLIENT_TOKEN_UNSUPPORTED_WARNING", {**facts, "tool": tool[0]}))
    return Judgement(f"{facts['stored']} is good until {evidence.expires_at}")


def _facts(evidence: StoredCredentialEvidence, config: ClientConfigEvidence, registry: RegistryEvidence) -> Facts:
    key = evidence.key if evidence.source in ("file", "helper") else None
    key = key or next(iter(evidence.other_keys), None)
    return {
        "client": config.client, "client_name": config.client.capitalize(), "login_server": evidence.login_server,
        "registry": registry.name,
        **registry.sign_in_options,
        "stored": login_of(evidence, config.client),
        "stored_key": key if key and HIDDEN not in key else None,
        "misspelt_key": key if key and key in evidence.other_keys and HIDDEN not in key else None,
        "other_key": next(iter(evidence.other_keys), None),
        "variable": VARIABLE if evidence.source == "variable" else None,
        "reason": shown(evidence.never_works) if evidence.never_works else None, "expires_at": evidence.expires_at,
        "ago": _span(-evidence.seconds_left) if evidence.seconds_left else None}


def login_of(evidence: StoredCredentialEvidence, client: str) -> str:
    """The stored login in words, with the place where it is stored."""
    return f"{client.capitalize()}'s login for {evidence.login_server} ({evidence.source} {shown(evidence.location)})"


def _unfit(registry: RegistryEvidence, code: str, facts: Facts, case: str = "") -> Judgement:
    """With anonymous pull, the invalid credential is still sent and refused, although none is needed."""
    findings = [Finding.of(code, facts, case)]
    if registry.anonymous_pull_enabled:
        findings.append(Finding.of("ANONYMOUS_PULL_BLOCKED_WARNING", facts))
    return Judgement.of(*findings)


def _nothing_held(asked: Question, inputs: Inputs, registry: RegistryEvidence, facts: Facts) -> Judgement:
    if facts["other_key"] is not None:
        return Judgement.of(Finding.of("DOCKER_CREDENTIAL_INVALID_ERROR", facts, "another spelling"))
    program, content = inputs.get(ContainerClientEvidence), set(asked.actions) & set(CONTENT_ACTIONS)
    anonymous = ANONYMOUS_ACTIONS if registry.anonymous_pull_enabled else set()
    if program is not None and program.usable and not asked.username and content - anonymous:
        return Judgement.of(Finding.of("DOCKER_CREDENTIAL_MISSING_WARNING", facts))
    return Judgement(f"{facts['client_name']} has no login for {facts['login_server']}")


def signs_in(asked: Question, inputs: Inputs) -> Optional[bool]:
    """Whether signing in works now, by what the other checks met; None when none of them got to try."""
    way = [inputs.get(kind) for kind in WAY_OF_SIGNING_IN
           if not ((asked.username or asked.assignee) and kind in (LoginEvidence, EntraTokenEvidence))]
    if any(step is not None and not step.usable for step in way):
        return False
    tried = [answer for answer in (inputs.get(AccessTokenEvidence), inputs.get(RefreshTokenEvidence)) if answer]
    statuses = [answer.status for answer in tried if answer.status is not None]
    return bool(statuses) and statuses[0] == 200 if tried else None


def _span(seconds: int) -> str:
    if seconds < 7200:
        return f"{max(1, round(seconds / 60))} min"
    return f"{round(seconds / 3600)} h" if seconds < 172_800 else f"{round(seconds / 86_400)} days"


CHECK = Check(name="stored-credential", category=Category.ENVIRONMENT, title="Stored credential",
              evidence=StoredCredentialEvidence, gather=gather, judge=judge,
              reads=(ClientConfigEvidence, CredentialStoreEvidence, NameEvidence, RegistryEvidence),
              judges_with=(ContainerClientEvidence, RefreshTokenEvidence, AccessTokenEvidence, *WAY_OF_SIGNING_IN),
              codes=("DOCKER_CREDENTIAL_EXPIRED_ERROR", "DOCKER_CREDENTIAL_INVALID_ERROR",
                     "DOCKER_CREDENTIAL_MISSING_WARNING", "ANONYMOUS_PULL_BLOCKED_WARNING",
                     "CLIENT_TOKEN_UNSUPPORTED_WARNING"))
