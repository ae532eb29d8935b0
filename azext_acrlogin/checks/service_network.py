# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""May a service's own network in, when an app is named by --assignee? Its addresses are held against the rules."""

from dataclasses import dataclass, field
from typing import Any, List, Optional

from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.addresses import is_in
from azext_acrlogin.protocol.json_text import member, texts
from azext_acrlogin.protocol.text import shown

APPS = ("microsoft.web/sites", "microsoft.app/containerapps")


@dataclass
class ServiceNetworkEvidence(Evidence):
    """The app's way out, and what the registry allows. None where Resource Manager does not say."""

    not_asked: Optional[str] = None
    service: Optional[str] = None
    outbound_addresses: List[str] = field(default_factory=list)
    pulls_over_network: Optional[bool] = None
    public_network_access: Optional[str] = None
    default_action: Optional[str] = None
    allowed_ranges: List[str] = field(default_factory=list)


def gather(_context: Context, inputs: Inputs) -> ServiceNetworkEvidence:
    """Take both sides from what other checks have read; asks nobody."""
    registry, assignee = inputs.of(RegistryEvidence), inputs.get(AssigneeEvidence)
    who = assignee.assignee if assignee else None
    if who is None or (who.resource_type or "").lower() not in APPS or who.resource is None:
        return ServiceNetworkEvidence("--assignee does not name an app")
    if not registry.found:
        return ServiceNetworkEvidence("Azure Resource Manager does not show the registry")
    properties = member(who.resource, "properties")
    return ServiceNetworkEvidence(
        None, who.name, _outbound(properties), _pulls_over_network(properties), registry.public_network_access,
        registry.registry.network_default_action, list(registry.registry.allowed_ranges))


def _outbound(properties: Any) -> List[str]:
    """App Service joins its addresses with commas, Container Apps lists them."""
    listed = member(properties, "outboundIpAddresses")
    addresses = listed.split(",") if isinstance(listed, str) else texts(listed)
    return [shown(address.strip(), 60) for address in addresses if address.strip()][:100]


def _pulls_over_network(properties: Any) -> Optional[bool]:
    """Whether App Service pulls through the virtual network that it is joined to; unknown for other apps."""
    enabled = member(properties, "vnetImagePullEnabled")
    return enabled if isinstance(enabled, bool) else None


def judge(_asked: Question, evidence: ServiceNetworkEvidence, inputs: Inputs) -> Judgement:
    """A finding only where the rules shut all, or some, of the app's addresses out and it has no other way in."""
    if evidence.not_asked:
        return Judgement("No service's network was tested.", skipped=Because(evidence.not_asked, by_choice=True))
    if evidence.public_network_access != "Disabled" and evidence.default_action != "Deny":
        return Judgement(f"The registry accepts connections from '{evidence.service}' (no network restrictions)")
    shut_out = [address for address in evidence.outbound_addresses if not is_in(address, evidence.allowed_ranges)]
    if evidence.public_network_access != "Disabled" and evidence.outbound_addresses and not shut_out:
        return Judgement(f"The registry's rules allow the addresses of '{evidence.service}'")
    if evidence.pulls_over_network is not False:
        return Judgement(f"Could not tell whether '{evidence.service}' reaches the registry over its virtual network.",
                         unknown=Because("the registry restricts access, and the app's outbound route is unknown"))
    registry, closed = inputs.of(RegistryEvidence), evidence.public_network_access == "Disabled"
    return Judgement.of(Finding.of("SERVICE_NETWORK_ERROR", {
        "registry": registry.name, "service": evidence.service, "subscription": registry.subscription_id,
        "shut_out_addresses": ", ".join(shut_out[:5])}, "closed" if closed else "rules"))


CHECK = Check(
    name="service-network", category=Category.NETWORK, title="Service's network", evidence=ServiceNetworkEvidence,
    gather=gather, judge=judge, needs=(RegistryEvidence,), reads=(AssigneeEvidence,), codes=("SERVICE_NETWORK_ERROR",))
