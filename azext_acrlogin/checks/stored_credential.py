# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What does the container client hold for the registry, and can it still be used?"""

import re
import time
from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Tuple

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.checks.client_config import VARIABLE, ClientConfigEvidence, without_config
from azext_acrlogin.checks.container_client import not_asked, skipped
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.credential_store import CredentialStoreEvidence
from azext_acrlogin.engine.model import Because, Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.protocol.docker_config import (
    Stored, auths_of, expiry_of, key_for, never_works, other_spellings, stored_by_helper, stored_entry)
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.names import without_user
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.times import utc_text

USES = re.compile(r"\b(pull|push|manifests?|blobs?|image)|no basic auth credentials", re.IGNORECASE)
# Tools that read user name and password only, or did so in versions still in use.
READS_NO_IDENTITY_TOKEN = re.compile(
    r"\b(kaniko|bazel|rules_(oci|docker)|oci_pull|container_push|devcontainer|terraform|dotnet|CONTAINER\d{4})\b"
    r"|blank password", re.IGNORECASE)
WAY_OF_SIGNING_IN = ("login", "dns", "connection", "challenge", "entra-token")  # each must be passed first
HIDDEN = "***"


@dataclass
class StoredCredentialEvidence(Evidence):
    """
    source: file, helper or variable: what the client takes the credential from; None when it holds nothing.
    location: the file, helper or variable.
    kind: identityToken, password or none (an empty entry).
    never_works: why the credential can never sign in here.
    other_keys: entries that mean this registry under a spelling that the client does not look up, with a credential.
    spoiling_key, spoilt_file: an entry of any registry that does not decode, which keeps docker from reading the file.
    """

    login_server: Optional[str] = None
    source: Optional[str] = None
    location: Optional[str] = None
    key: Optional[str] = None
    kind: Optional[str] = None
    user_name: Optional[str] = None
    is_token: bool = False
    audience: Optional[str] = None
    expires_at: Optional[str] = None
    expired: Optional[bool] = None
    never_works: Optional[str] = None
    other_keys: List[str] = field(default_factory=list)
    seconds_left: Optional[int] = None
    spoiling_key: Optional[str] = None
    spoilt_file: Optional[str] = None
    stored: Optional[Stored] = unpublished(default=None)


def gather(_context: Context, found: Inputs) -> StoredCredentialEvidence:
    """Look the credential up in the client's own order: the variable, the helper, the files."""
    config, registry, store = found["client-config"], found["registry"], found["credential-store"]
    evidence = StoredCredentialEvidence(registry.host if registry else None)
    if config is None or not config.usable or not evidence.login_server:
        return evidence
    if config.client == "docker":
        _look_for_spoilt(evidence, config)
    repository = found["name"].repository if found["name"] and config.client == "podman" else None
    _look_up(evidence, config, store, repository)
    if evidence.stored:
        _describe(evidence, evidence.stored)
    return evidence


def _look_up(evidence: StoredCredentialEvidence, config: ClientConfigEvidence, store: Optional[CredentialStoreEvidence],
             repository: Optional[str]) -> None:
    host = evidence.login_server
    places: List[Tuple[str, str, Dict]] = [("variable", VARIABLE, auths_of(config.variable_config))]
    helper = store.helper if store else None
    if not helper:
        places += [("file", path, auths_of(content)) for path, content in config.configs.items()]
    for source, location, auths in places:
        key = key_for(auths, host, repository)
        stored = stored_entry(auths[key]) if key is not None else Stored()
        if stored.kind != "none" or stored.fault:
            evidence.source, evidence.location, evidence.stored = source, location, stored
            evidence.key = _shown_key(key)
            return
        evidence.other_keys += [_shown_key(other) for other in other_spellings(auths, host)
                                if stored_entry(auths[other]).kind != "none"]
    if helper and store.secret:
        evidence.source, evidence.location, evidence.key = "helper", f"docker-credential-{helper}", host
        evidence.stored = stored_by_helper(store.user_name or "", store.secret.reveal())
    elif helper:
        evidence.other_keys += [_shown_key(other) for other in other_spellings(store.keys, host)]


def _look_for_spoilt(evidence: StoredCredentialEvidence, config: ClientConfigEvidence) -> None:
    """docker reads all entries before it uses one, and stops at the first that does not decode (file.go)."""
    for path, content in config.configs.items():
        for key, entry in auths_of(content).items():
            if stored_entry(entry).fault and evidence.spoiling_key is None:
                evidence.spoiling_key, evidence.spoilt_file = _shown_key(key), path


def _shown_key(key: str) -> str:
    """A key fit to be shown: somebody may have written a user name and a password into its address."""
    return shown(without_user(key), 300)


def _describe(evidence: StoredCredentialEvidence, stored: Stored) -> None:
    expires = expiry_of(stored)
    evidence.kind, evidence.is_token = stored.kind, stored.looks_like_token
    evidence.user_name = shown(stored.user_name, 200) if stored.user_name else None
    evidence.audience = shown(text_claim(stored.claims, "aud") or "", 200) or None
    evidence.never_works = never_works(stored, evidence.login_server)
    if expires is not None:
        evidence.expires_at = utc_text(expires)
        evidence.seconds_left = int(expires - time.time())
        evidence.expired = evidence.seconds_left < 0


def judge(asked: Question, evidence: StoredCredentialEvidence, found: Inputs) -> Judgement:
    """A credential can be past its time, unfit for ever, or not there. Only the registry can judge a password."""
    because = _nothing_to_judge(asked, evidence, found)
    if because:
        return skipped(because)
    facts = _facts(evidence, found)
    if evidence.spoiling_key and not evidence.never_works and evidence.source != "variable":
        message = (f"The entry of '{evidence.spoiling_key}' in {shown(evidence.spoilt_file)} does not decode, so that "
                   "docker reads that file in part or not at all.")
        return _unfit(message, "DOCKER_CREDENTIAL_INVALID_ERROR", {
            "client": facts["client"], "login_server": facts["login_server"],
            "spoiling_key": evidence.spoiling_key, "config_file": shown(evidence.spoilt_file)}, found)
    if evidence.source is None:
        return _nothing_held(asked, evidence, found, facts)
    what = f"What {facts['client']} holds for {evidence.login_server} ({evidence.source} {shown(evidence.location)})"
    if evidence.never_works:
        message = f"{what} can never work: {shown(evidence.never_works)}."
        return _unfit(message, "DOCKER_CREDENTIAL_INVALID_ERROR", facts, found)
    if evidence.expired:
        return _expired(asked, evidence, found, facts, what)
    return _in_order(asked, evidence, facts, what)


def _expired(asked: Question, evidence: StoredCredentialEvidence, found: Inputs, facts: Dict[str, str],
             what: str) -> Judgement:
    message = f"{what} expired at {evidence.expires_at}, {_span(-evidence.seconds_left)} ago."
    if signs_in(asked, found) is False:
        message += " Signing in fails as well, so that it cannot be renewed now."
        because = Because("signing in fails as well, which comes first")
        return replace(_unfit(message, None, facts, found), unknown=because)
    return _unfit(message, "DOCKER_CREDENTIAL_EXPIRED_ERROR", facts, found)


def _in_order(asked: Question, evidence: StoredCredentialEvidence, facts: Dict[str, str], what: str) -> Judgement:
    """Nothing speaks against the credential itself."""
    if evidence.expired is None and evidence.is_token:
        return Judgement(f"{what} is a token that does not tell when it expires.",
                         unknown=Because("the stored token's expiry cannot be read"))
    if evidence.expired is None:
        return Judgement(f"{what} is a password of {evidence.user_name or 'nobody'}; its form is right : OK")
    good = f"{what} is good until {evidence.expires_at}"
    tool = READS_NO_IDENTITY_TOKEN.search(asked.symptom or "") if evidence.kind == "identityToken" else None
    if tool:
        message = f"{good}; it is an identity token, and the symptom speaks of '{tool[0]}', which may not read those."
        return Judgement(message, (Finding("CLIENT_TOKEN_UNSUPPORTED_WARNING", message, facts),))
    return Judgement(good + " : OK")


def _nothing_to_judge(asked: Question, evidence: StoredCredentialEvidence, found: Inputs) -> Optional[Because]:
    because = not_asked(asked)
    if because:
        return because
    if asked.assignee:
        return Because("What this machine's client holds says nothing about the identity asked about")
    because = without_config(found)
    if because:
        return because
    if not evidence.login_server:
        return Because("The login server is not known", check="registry")
    store = found["credential-store"]
    if evidence.source is None and (store is None or not store.usable):
        return Because("The credential store does not answer", check="credential-store")
    return None


def _facts(evidence: StoredCredentialEvidence, found: Inputs) -> Dict[str, str]:
    registry, config = found["registry"], found["client-config"]
    facts = {"client": config.client, "login_server": evidence.login_server, **registry.sign_in_options}
    if registry.name:
        facts["registry"] = registry.name
    key = evidence.key if evidence.source in ("file", "helper") else None
    key = key or next(iter(evidence.other_keys), None)
    if key and HIDDEN not in key:
        facts["stored_key"] = key
    if evidence.source == "variable":
        facts["variable"] = VARIABLE
    return facts


def _unfit(message: str, code: Optional[str], facts: Dict[str, str], found: Inputs) -> Judgement:
    """With anonymous pull, the unfit credential is sent all the same and refused, where none would be needed."""
    findings = [Finding(code, message, facts)] if code else []
    if found["registry"].anonymous_pull_enabled:
        findings.append(Finding(
            "ANONYMOUS_PULL_BLOCKED_WARNING",
            f"{facts['login_server']} allows anonymous pull, and {facts['client']} sends its stored credential, which "
            "does not work, instead of none.", facts))
    return Judgement(message, tuple(findings))


def _nothing_held(asked: Question, evidence: StoredCredentialEvidence, found: Inputs, facts: Dict[str, str]) -> Judgement:
    client = facts["client"]
    if evidence.other_keys:
        message = (f"{client} holds a credential under '{evidence.other_keys[0]}', and looks it up under "
                   f"'{evidence.login_server}' only.")
        return Judgement(message, (Finding("DOCKER_CREDENTIAL_INVALID_ERROR", message, facts),))
    message = f"{client} holds nothing for {evidence.login_server}"
    program = found["container-client"]
    if asked.symptom and USES.search(asked.symptom) and program and program.usable:
        message += ", and the symptom is about pulling or pushing."
        return Judgement(message, (Finding("DOCKER_CREDENTIAL_MISSING_WARNING", message, facts),))
    return Judgement(message + "; `az acr login` stores a credential : OK")


def signs_in(asked: Question, found: Inputs) -> Optional[bool]:
    """Whether signing in works now, by what the other checks met; None when none of them got to try."""
    way = [found[name] for name in WAY_OF_SIGNING_IN
           if not ((asked.username or asked.assignee) and name in ("login", "entra-token"))]
    if any(step is not None and not step.usable for step in way):
        return False
    tried = [found[name] for name in ("access-token", "refresh-token") if found[name] is not None]
    statuses = [evidence.status for evidence in tried if evidence.status is not None]
    return bool(statuses) and statuses[0] == 200 if tried else None


def _span(seconds: int) -> str:
    if seconds < 7200:
        return f"{max(1, round(seconds / 60))} min"
    return f"{round(seconds / 3600)} h" if seconds < 172_800 else f"{round(seconds / 86_400)} days"


CHECK = Check(name="stored-credential", category=Category.ENVIRONMENT, title="Stored credential",
              evidence=StoredCredentialEvidence, gather=gather, judge=judge,
              reads=("client-config", "credential-store", "name", "registry"),
              judges_with=("container-client", "refresh-token", "access-token", *WAY_OF_SIGNING_IN),
              codes=("DOCKER_CREDENTIAL_EXPIRED_ERROR", "DOCKER_CREDENTIAL_INVALID_ERROR",
                     "DOCKER_CREDENTIAL_MISSING_WARNING", "ANONYMOUS_PULL_BLOCKED_WARNING",
                     "CLIENT_TOKEN_UNSUPPORTED_WARNING"))
