# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the identity still exist with which the registry reads its own encryption key?"""

from dataclasses import dataclass
from typing import Any, Optional

from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.text import shown

SYSTEM = "system"  # the wire value for the registry's system-assigned identity


@dataclass
class EncryptionEvidence(Evidence):
    """The customer-managed key's identity, and whether it is there (None: cannot be read or none is needed)."""

    customer_managed: Optional[bool] = None
    key_identity: Optional[str] = None
    assigned: Optional[bool] = None
    exists: Optional[bool] = None
    registry: Optional[str] = None


def gather(context: Context, inputs: Inputs) -> EncryptionEvidence:
    """Compare the key's identity with those assigned to the registry, and read the assigned one."""
    registry = inputs.of(RegistryEvidence)
    if not registry.found:
        return EncryptionEvidence()
    key = member(registry.registry, "properties", "encryption", "keyVaultProperties")
    identity = shown(text_member(key, "identity"), 80)
    evidence = EncryptionEvidence(isinstance(key, dict), identity or None, registry=registry.name)
    if not evidence.customer_managed or not identity:
        return evidence
    resource_id = _assigned(registry.registry, identity)
    evidence.assigned = resource_id is not None
    if resource_id not in (None, SYSTEM):
        answer = context.arm.resource(registry.account, resource_id)
        if answer.status == 404:
            evidence.exists = False
        elif answer.ok:
            evidence.exists = text_member(answer.value, "properties", "clientId").lower() == identity.lower()
    return evidence


def _assigned(registry: Any, identity: str) -> Optional[str]:
    """Resource id of the registry's identity with this client id, SYSTEM for its own; None when it has no such one."""
    if identity == SYSTEM:
        return SYSTEM if text_member(registry, "identity", "principalId") else None
    assigned = member(registry, "identity", "userAssignedIdentities")
    for resource_id, entry in assigned.items() if isinstance(assigned, dict) else ():
        if text_member(entry, "clientId").lower() == identity.lower():
            return resource_id
    return None


def judge(_asked: Question, evidence: EncryptionEvidence, _inputs: Inputs) -> Judgement:
    """A key whose identity is gone keeps the registry from decrypting anything."""
    if evidence.customer_managed is None:
        return Judgement("Encryption is not known without Resource Manager.",
                         unknown=Because("the registry's settings cannot be read",
                                         permission="Microsoft.ContainerRegistry/registries/read"))
    if not evidence.customer_managed:
        return Judgement("Encryption with a key of Microsoft's")
    if evidence.key_identity is None:
        return Judgement("Resource Manager does not name the identity that reads the encryption key.",
                         unknown=Because("the identity of the encryption key is not named"))
    if evidence.assigned is False or evidence.exists is False:
        what = "is not assigned to the registry any more" if not evidence.assigned else "does not exist any more"
        message = (f"The identity {evidence.key_identity}, with which the registry '{evidence.registry}' reads its "
                   f"encryption key, {what}.")
        return Judgement(message, (Finding("CMK_ERROR", message, {"registry": evidence.registry or ""}),))
    return Judgement("Identity of the encryption key")


CHECK = Check(name="encryption", category=Category.REGISTRY, title="Encryption key", evidence=EncryptionEvidence,
              gather=gather, judge=judge, needs=(RegistryEvidence,), codes=("CMK_ERROR",))
