# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the message that somebody saw can stand for, and what this run says of each of these causes.

A message of a cluster's node, a pipeline or a service is about another identity, another machine and another client
than those of this run. Of such a cause this run knows what the registry's own settings decide, and no more.
"""

import re
from typing import Any, Dict, Optional, Tuple

from azext_acrlogin.catalogue import codes
from azext_acrlogin.engine.model import Results, Status
from azext_acrlogin.engine.question import Question
from azext_acrlogin.engine.verdict import Verdict
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.addresses import is_in
from azext_acrlogin.protocol.pasted_error import plain, read_error
from azext_acrlogin.protocol.secrets_in_text import without_secrets
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.symptoms.match import matches
from azext_acrlogin.symptoms.taken import suffixes_of

TEXT_CHARACTERS = 2000
CLIENTS_ADDRESS = re.compile(r"client with ip '([0-9a-f.:]{3,45})'", re.IGNORECASE)
# What holds of the registry whoever asks: this run sees it as well as any other client.
OF_THE_REGISTRY = {"REGISTRY_NOT_FOUND_ERROR", "REGISTRY_STATE_ERROR", "CMK_ERROR", "IMAGE_NOT_FOUND_ERROR",
                   "IMAGE_LOCKED_ERROR"}
OF_THE_ASSIGNEE = {"KUBELET_IDENTITY_ERROR", "SERVICE_NETWORK_ERROR"}
Decision = Tuple[Optional[bool], Optional[str]]  # confirmed; the setting that decides, in words


def assess(verdict: Verdict) -> Optional[Dict[str, Any]]:
    """The report's entry for --symptom. A match never becomes a finding by itself.

    speaker: who met the error, where that is another one than this run.
    confirmed: True when this run found the code, False when all checks that could have found it came to a conclusion,
        else None.  by: the registry's setting that decides instead.
    """
    asked = verdict.asked
    if asked.symptom is None:
        return None
    pasted = read_error(asked.symptom, suffixes_of(asked.cloud))
    speaker = None if pasted.speaker == "a pipeline" and asked.in_pipeline else pasted.speaker
    matched = []
    for place, match in enumerate(matches(asked.symptom)):
        code = match["errorCode"]
        speaks_of_it = place == 0 or "admin" in match["matched"]
        confirmed, by = _by_setting(code, speaks_of_it, asked.symptom, speaker, verdict.evidence.get(RegistryEvidence))
        if confirmed is None and _is_about_this_run(code, speaker, asked):
            confirmed = _confirmed(code, verdict)
        matched.append({"errorCode": code, "confirmed": confirmed, "by": by})
    return {"text": shown(without_secrets(plain(asked.symptom)), TEXT_CHARACTERS), "matches": matched,
            "speaker": speaker, "resources": list(pasted.resources)}


def _is_about_this_run(code: str, speaker: Optional[str], asked: Question) -> bool:
    """Whether what this run looked at is what the message is about."""
    if speaker is None or code in OF_THE_REGISTRY:
        return True
    if asked.assignee:
        return code in OF_THE_ASSIGNEE or codes()[code].category == "authorization"
    return bool(asked.username) and codes()[code].category == "token"


def _by_setting(code: str, speaks_of_it: bool, symptom: str, speaker: Optional[str],
                registry: Optional[RegistryEvidence]) -> Decision:
    """What a setting of the registry says of a cause: it can rule it out for everybody. That it makes it possible
    confirms it only where the message speaks of that."""
    if registry is None or not registry.found:
        return None, None
    address = CLIENTS_ADDRESS.search(plain(symptom))
    if code in ("CONNECTIVITY_FORBIDDEN_ERROR", "SERVICE_NETWORK_ERROR") and (speaker or address):
        return _by_network_rules(address[1] if address else None, registry)
    if speaker is None:
        return None, None
    off_and_on = {
        "ADMIN_USER_DISABLED_ERROR": (registry.admin_user_enabled, "the admin user is {}"),
        "AAD_ARM_AUDIENCE_ERROR": (_is_enabled(registry.authentication_as_arm),
                                   "signing in with Azure Resource Manager tokens is {}")}
    enabled, words = off_and_on.get(code, (None, ""))
    if enabled or enabled is False and speaks_of_it:
        return not enabled, words.format("enabled" if enabled else "disabled")
    if code == "ANONYMOUS_PULL_BLOCKED_WARNING" and registry.anonymous_pull_enabled is False:
        return False, "anonymous pull is disabled"
    return None, None


def _by_network_rules(address: Optional[str], registry: RegistryEvidence) -> Decision:
    """:param address: of the client, as the registry's refusal names it."""
    closed = registry.public_network_access == "Disabled"
    default = registry.registry.network_default_action
    if registry.public_network_access is None or not closed and default is None:
        return None, None
    if not closed and default == "Allow":
        return False, "the registry's network rules allow every address"
    if address is None:
        return None, None
    if closed:
        return True, "public network access is disabled"
    allowed = is_in(address, registry.registry.allowed_ranges)
    return not allowed, f"the registry's network rules {'allow' if allowed else 'do not allow'} {address}"


def _is_enabled(wire_value: Optional[str]) -> Optional[bool]:
    return None if wire_value is None else wire_value.lower() == "enabled"


def _confirmed(code: str, verdict: Verdict) -> Optional[bool]:
    results: Results = verdict.results
    if any(cause.finding.code == code for cause in verdict.causes):
        return True
    if any(finding.code == code for result in results for finding in result.judgement.findings):
        return None  # it was met, as a consequence of something else
    looked = [result.status for result in results if code in result.check.codes]
    judged = (Status.PASSED, Status.WARNING, Status.FAILED)
    return False if looked and all(status in judged for status in looked) else None
