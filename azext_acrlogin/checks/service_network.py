# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry accept connections from the service that --assignee names? Its addresses are not tried, only read.
"""

from dataclasses import dataclass, field
from typing import Any, List, Optional

from azext_acrlogin.azure.assignees import Assignee
from azext_acrlogin.azure.sign_in_settings import CLUSTER, IDENTITY, TASK
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.addresses import is_in
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import shown

SITES = ("microsoft.web/sites", "microsoft.web/sites/slots")
# Services that may bypass the rules with a managed identity:
# https://learn.microsoft.com/azure/container-registry/allow-access-trusted-services. App Service is none of them.
TRUSTED = ("microsoft.containerinstance/containergroups", "microsoft.machinelearningservices/workspaces")
ADDRESSES = 16  # of a cluster, read one by one


@dataclass
class ServiceNetworkEvidence(Evidence):
    """The service's way out, and what the registry allows. None where Resource Manager does not say.

    outbound_addresses: none where they are not known.
    comes_privately: through a private endpoint or a virtual network that the registry allows.
    may_bypass: the rules, as a trusted service.
    signs_in_as_system: a task that uses its system-assigned identity.
    """

    not_asked: Optional[str] = None
    service: Optional[str] = None
    service_type: Optional[str] = None
    outbound_addresses: List[str] = field(default_factory=list)
    comes_privately: Optional[bool] = None
    may_bypass: Optional[bool] = None
    signs_in_as_system: Optional[bool] = None
    public_network_access: Optional[str] = None
    default_action: Optional[str] = None
    allowed_ranges: List[str] = field(default_factory=list)

    @property
    def is_closed(self) -> bool:
        """Whether no public address may connect."""
        return self.public_network_access == "Disabled"


def gather(context: Context, inputs: Inputs) -> ServiceNetworkEvidence:
    """Both sides are in what other checks have read, but for a cluster's addresses."""
    registry, assignee = inputs.of(RegistryEvidence), inputs.get(AssigneeEvidence)
    who = assignee.assignee if assignee else None
    kind = (who.resource_type or "").lower() if who else ""
    if who is None or who.resource is None or kind == IDENTITY:
        return ServiceNetworkEvidence("--assignee does not name a service")
    if not registry.found:
        return ServiceNetworkEvidence("Azure Resource Manager does not show the registry")
    evidence = ServiceNetworkEvidence(
        None, who.name, who.resource_type, comes_privately=_comes_privately(kind, who.resource, registry),
        signs_in_as_system=who.object_id == text_member(who.resource, "identity", "principalId") if who.object_id
        else None,
        public_network_access=registry.public_network_access, default_action=registry.registry.network_default_action,
        allowed_ranges=list(registry.registry.allowed_ranges))
    evidence.may_bypass = _may_bypass(kind, who, registry, evidence.signs_in_as_system)
    # Container Apps list addresses, too; those change over time, and nothing says that pulls come from there.
    if kind in SITES:
        evidence.outbound_addresses = _outbound(member(who.resource, "properties"))
    elif kind == CLUSTER and evidence.default_action == "Deny" and not evidence.is_closed:
        evidence.outbound_addresses = _outbound_of_cluster(context, who)
    return evidence


def _comes_privately(kind: str, resource: Any, registry: RegistryEvidence) -> Optional[bool]:
    """Whether the service's connections can come another way than from public addresses."""
    shown_of, properties = registry.registry, member(resource, "properties")
    by_subnet = False if registry.public_network_access == "Disabled" else shown_of.has_subnet_rules
    if shown_of.has_private_endpoints is False and by_subnet is False:
        return False
    if kind == TASK:  # the agents that all registries share are in no network of their owner's
        return None if text_member(properties, "agentPoolName") else False
    if kind in SITES:
        return _site_comes_privately(properties)
    return None


def _site_comes_privately(properties: Any) -> Optional[bool]:
    """A site that is joined to no network cannot pull through one; of a joined one an application setting may decide.

    Source: learn.microsoft.com/azure/app-service/configure-vnet-integration-routing.
    """
    over_network = member(properties, "vnetImagePullEnabled")
    is_joined = member(properties, "virtualNetworkSubnetId") or member(properties, "hostingEnvironmentProfile")
    if over_network is False:
        return None if is_joined else False
    return True if over_network is True else None


def _may_bypass(kind: str, who: Assignee, registry: RegistryEvidence, as_system: Optional[bool]) -> Optional[bool]:
    """Whether the registry's rules do not apply to the service.

    For tasks: https://learn.microsoft.com/azure/container-registry/manage-network-bypass-policy-for-tasks, which leaves
    out what user-assigned identities may do.
    """
    if kind not in (TASK, *TRUSTED):
        return False
    options, tasks = (registry.registry.network_rule_bypass_options,
                      registry.registry.network_rule_bypass_allowed_for_tasks)
    if options == "None":
        return False
    if options != "AzureServices":
        return None
    if kind in TRUSTED:
        return True if who.object_id else None
    if tasks is False:
        return False if as_system or who.built_in_access else None
    return True if tasks and as_system else None


def _outbound(properties: Any) -> List[str]:
    """What App Service joins with commas; none where pulls may come from the network that the site is joined to."""
    if _site_comes_privately(properties) is not False:
        return []
    addresses = text_member(properties, "outboundIpAddresses").split(",")
    return [shown(address.strip(), 60) for address in addresses if address.strip()][:100]


def _outbound_of_cluster(context: Context, who: Assignee) -> List[str]:
    """The public addresses behind which a cluster's nodes are, if all are known; nodes with one of their own have more.

    Source: specification of Microsoft.ContainerService, networkProfile.
    """
    properties = member(who.resource, "properties")
    if any(member(pool, "enableNodePublicIP") is not False
           for pool in objects(member(properties, "agentPoolProfiles"))) or who.account is None:
        return []
    network = member(properties, "networkProfile")
    profile = {"loadBalancer": "loadBalancerProfile", "managedNATGateway": "natGatewayProfile"}.get(
        text_member(network, "outboundType"), "")
    ids = [text_member(entry, "id") for entry in objects(member(network, profile, "effectiveOutboundIPs"))]
    if not profile or len(ids) > ADDRESSES:
        return []
    addresses = [text_member(context.arm.resource(who.account, one).value, "properties", "ipAddress") for one in ids]
    return [shown(address, 60) for address in addresses] if all(addresses) else []


def judge(_asked: Question, evidence: ServiceNetworkEvidence, inputs: Inputs) -> Judgement:
    """A finding only where all, or some, of the service's connections are refused for certain."""
    if evidence.not_asked:
        return Judgement("No service's network was examined.", skipped=Because(evidence.not_asked, by_choice=True))
    service = evidence.service
    if evidence.public_network_access == "Enabled" and evidence.default_action != "Deny":
        return Judgement(f"The registry accepts connections from '{service}' (no network restrictions)")
    if evidence.may_bypass:
        return Judgement(f"The registry's network rules do not apply to '{service}' (trusted service)")
    refused = [address for address in evidence.outbound_addresses if not is_in(address, evidence.allowed_ranges)]
    if not evidence.is_closed and evidence.outbound_addresses and not refused:
        return Judgement(f"The registry's rules allow the addresses of '{service}'")
    allows_none = evidence.default_action == "Deny" and not evidence.allowed_ranges
    is_certain = evidence.is_closed or evidence.public_network_access == "Enabled" and (bool(refused) or allows_none)
    if evidence.comes_privately is not False or evidence.may_bypass is None or not is_certain:
        return Judgement(f"Could not tell whether the registry accepts connections from '{service}'.",
                         unknown=Because("the registry restricts access, and how the service connects is not known"))
    return Judgement.of(_finding(evidence, inputs.of(RegistryEvidence), refused))


def _finding(evidence: ServiceNetworkEvidence, registry: RegistryEvidence, refused: List[str]) -> Finding:
    facts: Facts = {
        **registry.facts(), "other_subscription": registry.other_subscription, "service": evidence.service,
        "shut_out_addresses": ", ".join(refused[:5]),
        "shut_out_address": refused[0] if len(refused) == 1 and not evidence.is_closed else None}
    kind = (evidence.service_type or "").lower()
    if kind == TASK:
        by_identity = registry.resource_id if evidence.signs_in_as_system else None
        return Finding.of("SERVICE_NETWORK_ERROR", {
            **facts, "bypassing_registry": by_identity, "task": evidence.service,
            "bypass_registry": registry.name if by_identity and
            registry.registry.network_rule_bypass_options == "None" else None},
            "task-closed" if evidence.is_closed else "task-rules")
    if kind in TRUSTED:
        return Finding.of("SERVICE_NETWORK_ERROR", {**facts, "trusted_service": evidence.service},
                          "trusted-closed" if evidence.is_closed else "trusted-rules")
    return Finding.of("SERVICE_NETWORK_ERROR", facts, "closed" if evidence.is_closed else "rules")


CHECK = Check(
    name="service-network", category=Category.NETWORK, title="Service's network", evidence=ServiceNetworkEvidence,
    gather=gather, judge=judge, needs=(RegistryEvidence,), reads=(AssigneeEvidence,), codes=("SERVICE_NETWORK_ERROR",))
