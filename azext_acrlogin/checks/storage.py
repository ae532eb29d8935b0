# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry have room for a push? A full one answers 405 to a push, whatever the role.

Limits: https://learn.microsoft.com/azure/container-registry/container-registry-skus. The limit that Azure Resource
Manager shows beside the size is what the tier's price includes, and nothing stops there.
"""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.json_text import member, objects, text_member

READ_USAGE = "Microsoft.ContainerRegistry/registries/listUsages/read"
TEBIBYTE = 1 << 40
LIMITS = {"Basic": 40 * TEBIBYTE, "Standard": 40 * TEBIBYTE, "Premium": 100 * TEBIBYTE}  # by service tier


@dataclass
class StorageEvidence(Evidence):
    """What the registry's images take, and what its tier allows; None where that is not known."""

    used_bytes: Optional[int] = None
    limit_bytes: Optional[int] = None
    not_asked: Optional[str] = None


def gather(context: Context, inputs: Inputs) -> StorageEvidence:
    """Ask for the usage when something is to be pushed."""
    registry = inputs.of(RegistryEvidence)
    if "push" not in context.asked.actions:
        return StorageEvidence(not_asked="you did not ask about push")
    evidence = StorageEvidence(limit_bytes=LIMITS.get(registry.registry.sku or ""))
    if registry.found and registry.account and registry.resource_id:
        usage = context.arm.usages(registry.account, registry.resource_id)
        sizes = [member(entry, "currentValue") for entry in objects(member(usage.value, "value"))
                 if text_member(entry, "name") == "Size"]
        evidence.used_bytes = next((size for size in sizes if isinstance(size, int)), None)
    return evidence


def judge(_asked: Question, evidence: StorageEvidence, inputs: Inputs) -> Judgement:
    """Full is full; how near that is says nothing about signing in."""
    if evidence.not_asked:
        return Judgement(f"Not checked: {evidence.not_asked}.", skipped=Because(evidence.not_asked, by_choice=True))
    if evidence.used_bytes is None or evidence.limit_bytes is None:
        return Judgement("Cannot tell whether the registry has room for a push.",
                         unknown=Because("the registry's usage cannot be read", permission=READ_USAGE))
    used, limit = f"{evidence.used_bytes / TEBIBYTE:.2f} TiB", f"{evidence.limit_bytes // TEBIBYTE} TiB"
    if evidence.used_bytes < evidence.limit_bytes:
        return Judgement(f"Storage: {used} of {limit}")
    registry = inputs.of(RegistryEvidence)
    tier = registry.registry.sku
    return Judgement.of(Finding.of("REGISTRY_STORAGE_ERROR", {
        **registry.facts(), "used": used, "limit": limit, "tier": tier,
        "registry_to_enlarge": registry.name if tier != "Premium" else None}))


CHECK = Check(name="storage", category=Category.REGISTRY, title="Storage", evidence=StorageEvidence, gather=gather,
              judge=judge, needs=(RegistryEvidence,), codes=("REGISTRY_STORAGE_ERROR",))
