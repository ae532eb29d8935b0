# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Do login and use happen under the same user and in the same configuration folder?"""

import os
from typing import List, Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.client.program import not_asked
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.container_client import ContainerClientEvidence
from azext_acrlogin.evidence.credential_store import CredentialStoreEvidence
from azext_acrlogin.evidence.client_environment import ClientEnvironmentEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.stored_credential import StoredCredentialEvidence
from azext_acrlogin.machine import client_programs
from azext_acrlogin.protocol.docker_config import auths_of, helper_for, key_for, parse_config, stored_entry
from azext_acrlogin.protocol.json_text import member, objects, parse_json
from azext_acrlogin.protocol.text import shown


def gather(context: Context, inputs: Inputs) -> ClientEnvironmentEvidence:
    """Look into the places that a login under another user or with other settings would have used."""
    evidence = ClientEnvironmentEvidence(sudo_user=client_programs.sudo_user())
    sudo_home = client_programs.sudo_home() if evidence.sudo_user else None
    if sudo_home:
        evidence.sudo_user_subscriptions = _subscriptions(os.path.join(sudo_home, ".azure", "azureProfile.json"))
    client, config = inputs.get(ContainerClientEvidence), inputs.get(ClientConfigEvidence)
    stored = inputs.get(StoredCredentialEvidence)
    if not_asked(context.asked) or config is None or not config.usable or config.client != "docker" or stored is None:
        return evidence
    path = client.path if client else None
    evidence.folder = client_programs.docker_folder(path)
    evidence.folder_by_variable = bool(os.environ.get(client_programs.FOLDER_VARIABLE))
    if stored.login_server and stored.source is None and not stored.other_keys:
        store = inputs.get(CredentialStoreEvidence)
        evidence.holding_folder = _holding(stored.login_server, evidence.folder, store.helper if store else None,
                                           client_programs.other_docker_folders(path, sudo_home))
    return evidence


def _subscriptions(path: str) -> Optional[int]:
    read = client_programs.read_file(path)
    profile = None if read.fault else parse_json(read.content.decode("utf-8-sig", "replace"))
    return len(objects(member(profile, "subscriptions"))) if profile is not None else None


def _holding(host: str, in_use: str, helper_in_use: Optional[str], folders: List[str]) -> Optional[str]:
    """The first other folder whose configuration has a credential for `host`, itself or in a store not asked yet."""
    for folder in folders:
        if os.path.realpath(folder) == os.path.realpath(in_use):
            continue
        read = client_programs.read_file(os.path.join(folder, "config.json"))
        config = None if read.fault else parse_config(read.content).config
        key = key_for(auths_of(config), host)
        if key is not None and (helper_for(config, host, "docker") not in (None, helper_in_use) or
                                stored_entry(auths_of(config)[key]).kind != "none"):
            return folder
    return None


def judge(asked: Question, evidence: ClientEnvironmentEvidence, inputs: Inputs) -> Judgement:
    """A login that exists elsewhere but not here was overlooked."""
    findings = []
    login = inputs.get(LoginEvidence)
    if evidence.sudo_user_subscriptions and login is not None and not login.signed_in and not asked.username:
        findings.append(Finding.of("CLIENT_ENVIRONMENT_WARNING", {"local_user": shown(evidence.sudo_user)}, "sudo"))
    if evidence.holding_folder:
        facts: Facts = {"client": "docker", "holding_folder": shown(evidence.holding_folder),
                        "folder": shown(evidence.folder)}
        case = "variable" if evidence.folder_by_variable else "folder"
        findings.append(Finding.of("CLIENT_ENVIRONMENT_WARNING", facts, case,
                                   explains=("DOCKER_CREDENTIAL_MISSING_WARNING",)))
    if findings:
        return Judgement(" ".join(finding.message for finding in findings), tuple(findings))
    return Judgement("Same user and Docker configuration for login and use")


CHECK = Check(name="client-environment", category=Category.CLIENT, title="User and folders",
              evidence=ClientEnvironmentEvidence, gather=gather, judge=judge,
              reads=(ContainerClientEvidence, ClientConfigEvidence, CredentialStoreEvidence, StoredCredentialEvidence),
              judges_with=(LoginEvidence,), codes=("CLIENT_ENVIRONMENT_WARNING",))
