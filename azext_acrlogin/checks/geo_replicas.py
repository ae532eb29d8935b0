# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Are the registry's geo-replicas ready? Azure chooses the one that answers, unless it is taken out of the routing.

Source: https://learn.microsoft.com/azure/container-registry/container-registry-geo-replication
"""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.azure.cli_login import cli_version
from azext_acrlogin.azure.replicas import Replica, read_replicas
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.roles import CONTENT_ACTIONS

READ_REPLICAS = "Microsoft.ContainerRegistry/registries/replications/read"
# `az acr replication update`: the option was renamed in 2.86.0, and the old name removed in 2.87.0 (azure-cli#32954).
ROUTING_OPTION, OLD_ROUTING_OPTION, RENAMED_IN = "global-endpoint-routing", "region-endpoint-enabled", (2, 86)


@dataclass
class ReplicaEvidence(Evidence):
    """The geo-replicas. readable: they could be listed.  routing_option: how this CLI calls what takes one out."""

    replicas: List[Replica] = field(default_factory=list)
    readable: bool = False
    not_asked: Optional[str] = None
    routing_option: str = ROUTING_OPTION


def gather(context: Context, inputs: Inputs) -> ReplicaEvidence:
    """List the replicas of a registry that can have some."""
    registry = inputs.of(RegistryEvidence)
    if not set(CONTENT_ACTIONS) & set(context.asked.actions):
        return ReplicaEvidence(not_asked="the question is not about content")
    if not registry.found or registry.account is None or registry.resource_id is None:
        return ReplicaEvidence()
    if registry.registry.sku != "Premium":
        return ReplicaEvidence(not_asked="only Premium registries have geo-replicas")
    found = read_replicas(context.arm, registry.account, registry.resource_id)
    option = ROUTING_OPTION if cli_version() >= RENAMED_IN else OLD_ROUTING_OPTION
    return ReplicaEvidence(found or [], found is not None, routing_option=option)


def judge(_asked: Question, evidence: ReplicaEvidence, inputs: Inputs) -> Judgement:
    """A failed one affects the clients near it; one that is being changed matters only if the registry fails here."""
    if evidence.not_asked:
        return Judgement(f"Not checked: {evidence.not_asked}.", skipped=Because(evidence.not_asked, by_choice=True))
    if not evidence.readable:
        return Judgement("The registry's geo-replicas cannot be read.",
                         unknown=Because("the registry's geo-replicas cannot be read", permission=READ_REPLICAS))
    registry, fails = inputs.of(RegistryEvidence), _fails_here(inputs)
    asked_of = registry.regional_host
    in_routing = [replica for replica in evidence.replicas
                  if (asked_of.split(".")[1] == replica.location if asked_of else replica.routed is not False)]
    ill = next((replica for replica in in_routing if replica.failed or fails and not replica.ready), None)
    if ill is not None:
        facts: Facts = {**registry.facts(), "region": ill.location, "state": ill.state,
                        "other_subscription": registry.other_subscription,
                        "replica": None if asked_of else ill.name, "regional_host": asked_of,
                        "routing_option": evidence.routing_option}
        return Judgement.of(Finding.of("REGISTRY_REPLICA_ERROR" if fails else "REGISTRY_REPLICA_WARNING", facts))
    out = len(evidence.replicas) - len(in_routing)
    return Judgement(f"Geo-replicas: {len(evidence.replicas)}{f', {out} not asked from here' if out else ''}")


def _fails_here(inputs: Inputs) -> bool:
    """Whether the registry answers with a fault of its own, or not at all once it has signed the identity in.

    That nothing answers before has many reasons nearer by.
    """
    image = inputs.get(ImageEvidence)
    signing_in = (inputs.get(ChallengeEvidence), inputs.get(RefreshTokenEvidence), inputs.get(AccessTokenEvidence))
    statuses = [evidence.status for evidence in signing_in if evidence] + (
        [image.tags_status, image.manifest_status] if image else [])
    return any((status or 0) >= 500 for status in statuses) or image is not None and image.no_answer is not None


CHECK = Check(
    name="geo-replicas", category=Category.REGISTRY, title="Geo-replicas", evidence=ReplicaEvidence, gather=gather,
    judge=judge, needs=(RegistryEvidence,),
    judges_with=(ChallengeEvidence, RefreshTokenEvidence, AccessTokenEvidence, ImageEvidence),
    codes=("REGISTRY_REPLICA_ERROR", "REGISTRY_REPLICA_WARNING"))
