# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the identity with which the registry reads its encryption key still exist?"""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.azure.registry import SYSTEM
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.text import shown


@dataclass
class EncryptionEvidence(Evidence):
    """The customer-managed key's identity, and whether it is there (None: cannot be read or none is needed)."""

    customer_managed: Optional[bool] = None
    key_identity: Optional[str] = None
    assigned: Optional[bool] = None
    exists: Optional[bool] = None
    registry: Optional[str] = None
    name: Optional[str] = unpublished(default=None)  # the identity's, where it is assigned


def gather(context: Context, inputs: Inputs) -> EncryptionEvidence:
    """Compare the key's identity with those assigned to the registry, and read the assigned one."""
    evidence = inputs.of(RegistryEvidence)
    if not evidence.found or evidence.account is None:
        return EncryptionEvidence()
    registry = evidence.registry
    found = EncryptionEvidence(registry.customer_managed, registry.key_identity, registry=evidence.name)
    if not registry.customer_managed or registry.key_identity is None:
        return found
    identity = registry.key_identity.lower()
    resource_id = registry.assigned_identities.get(identity)
    found.assigned = resource_id is not None
    if resource_id is not None and resource_id != SYSTEM:
        found.name = shown(resource_id.rpartition("/")[2], 200) or None
        answer = context.arm.resource(evidence.account, resource_id)
        if answer.status == 404:
            found.exists = False
        elif answer.ok:
            found.exists = text_member(answer.value, "properties", "clientId").lower() == identity
    return found


def judge(_asked: Question, evidence: EncryptionEvidence, inputs: Inputs) -> Judgement:
    """A key whose identity is gone keeps the registry from decrypting anything."""
    if evidence.customer_managed is None:
        return Judgement("The registry's encryption could not be read from Azure Resource Manager.",
                         unknown=Because("the registry's settings cannot be read",
                                         permission="Microsoft.ContainerRegistry/registries/read"))
    if not evidence.customer_managed:
        return Judgement("Encryption: Microsoft-managed key")
    if evidence.key_identity is None:
        return Judgement("Azure Resource Manager does not name the identity that reads the encryption key.",
                         unknown=Because("Azure Resource Manager does not name the identity of the encryption key"))
    if evidence.assigned is False or evidence.exists is False:
        gone, registry = bool(evidence.assigned), inputs.get(RegistryEvidence)
        return Judgement.of(Finding.of("CMK_ERROR", {
            "registry": evidence.registry, "key_identity":
                f"{evidence.name} (client id {evidence.key_identity})" if evidence.name else evidence.key_identity,
            "other_subscription": registry.other_subscription if registry else None,
            "deleted_identity": evidence.name or evidence.key_identity if gone else None,
            "unassigned_identity": None if gone else evidence.key_identity},
            "gone" if gone else "unassigned"))
    return Judgement("Encryption: customer-managed key")


CHECK = Check(name="encryption", category=Category.REGISTRY, title="Encryption key", evidence=EncryptionEvidence,
              gather=gather, judge=judge, needs=(RegistryEvidence,), codes=("CMK_ERROR",))
