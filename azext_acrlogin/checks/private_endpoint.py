# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Do the addresses match what Resource Manager shows of private endpoints and public access?"""

from dataclasses import dataclass, field, replace
from typing import List, Optional, Sequence, Tuple

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.registry import PENDING, Registry
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.dns import failure_shown
from azext_acrlogin.checks.registry_refusals import FORBIDDEN
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.resource_manager import ResourceManagerEvidence
from azext_acrlogin.net.http import HOSTNAME_MISMATCH, Answer
from azext_acrlogin.net.reach import first_that_answers
from azext_acrlogin.net.resolver import is_private, is_this_machine, resolve
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.registry_errors import is_registry_answer
from azext_acrlogin.protocol.text import shown

PRIVATE_LINK = "CONNECTIVITY_PRIVATE_LINK_ERROR"
NOT_REACHED = ("timeout", "refused", "reset", "unreachable")
INTERFACES = 5  # of one endpoint; it has one


@dataclass
class PrivateEndpointEvidence(Evidence):
    """Approved private endpoints with their addresses (None: not readable), and what this machine resolves."""

    approved: List[str] = field(default_factory=list)
    endpoint_addresses: Optional[List[str]] = None
    public_network_access: Optional[str] = None
    addresses: List[str] = field(default_factory=list)
    privatelink_host: Optional[str] = None
    privatelink_addresses: List[str] = field(default_factory=list)
    privatelink_fault: Optional[str] = None
    registry_read: bool = False
    unapproved: Optional[Tuple[str, str]] = unpublished(default=None)  # whose address it is: connection, state


def gather(context: Context, inputs: Inputs) -> PrivateEndpointEvidence:
    """Ask the resolver for the privatelink name and ARM for the endpoints, only where either can matter."""
    registry, dns = inputs.of(RegistryEvidence), inputs.get(DnsEvidence)
    evidence = PrivateEndpointEvidence(public_network_access=registry.public_network_access,
                                       addresses=list(dns.addresses) if dns else [], registry_read=registry.found)
    endpoints = registry.registry.approved_endpoints
    evidence.approved = [shown(endpoint, 300) for endpoint in endpoints]
    suspicious = evidence.addresses and any(is_private(address) for address in evidence.addresses)
    suffix = context.asked.cloud.registry_suffix
    privatelink_host = f"{(registry.host or '').removesuffix(suffix)}.privatelink{suffix}" if suffix else None
    aliased = dns is not None and dns.alias is not None and dns.alias == privatelink_host
    if (endpoints or suspicious or aliased) and registry.host and privatelink_host:
        evidence.privatelink_host = privatelink_host
        answer = resolve(evidence.privatelink_host, context.asked.timeout_seconds)
        evidence.privatelink_addresses, evidence.privatelink_fault = list(answer.addresses), answer.fault
    if suspicious and registry.account:
        if endpoints:
            evidence.endpoint_addresses = _addresses(context, registry.account, endpoints)
        evidence.unapproved = _unapproved(context, registry.account, registry.registry, evidence.addresses)
    return evidence


def _unapproved(context: Context, account: Account, registry: Registry,
                addresses: Sequence[str]) -> Optional[Tuple[str, str]]:
    """Name and state of the connection that is not approved whose private endpoint has one of the addresses."""
    found = side_by_side(registry.unapproved_endpoints, lambda one: _addresses_of(context, account, one[0]))
    return next(((name, state) for (_, name, state), own in zip(registry.unapproved_endpoints, found)
                 if set(own) & set(addresses)), None)


def _addresses(context: Context, account: Account, endpoints: Sequence[str]) -> Optional[List[str]]:
    """The addresses that ARM lists for the endpoints; None when one cannot be read, for then the list says nothing."""
    found = side_by_side(endpoints, lambda endpoint: _addresses_of(context, account, endpoint))
    if not all(found):
        return None
    return [address for addresses in found for address in addresses]


def _addresses_of(context: Context, account: Account, endpoint: str) -> List[str]:
    """Of one endpoint: from its DNS configurations, which are empty where a private DNS zone group keeps the records,
    else from its network interfaces."""
    value = context.arm.resource(account, endpoint).value
    addresses = [address for config in objects(member(value, "properties", "customDnsConfigs"))
                 for address in texts(member(config, "ipAddresses"))]
    if addresses:
        return addresses
    interfaces = [text_member(entry, "id") for entry in objects(member(value, "properties", "networkInterfaces"))]
    return [text_member(config, "properties", "privateIPAddress") for interface in interfaces[:INTERFACES] if interface
            for config in objects(member(context.arm.resource(account, interface).value,
                                         "properties", "ipConfigurations"))]


def judge(asked: Question, evidence: PrivateEndpointEvidence, inputs: Inputs) -> Judgement:
    """A public address where only private access works, or an address that cannot be reached."""
    finding = _finding(evidence, inputs)
    if finding:
        zone = f"privatelink{asked.cloud.registry_suffix}" if asked.cloud.registry_suffix else None
        return Judgement.of(replace(finding, facts={**finding.facts, "privatelink_zone": zone}))
    dns, registry = inputs.get(DnsEvidence), inputs.of(RegistryEvidence)
    if dns is None or dns.proxy:
        return Judgement("This machine does not resolve the registry's name itself.",
                         skipped=Because("this machine does not resolve the name itself", check="dns"))
    if not registry.found:
        return Judgement("The registry's private endpoints could not be read from Azure Resource Manager.",
                         unknown=Because("the registry's settings cannot be read",
                                         permission="Microsoft.ContainerRegistry/registries/read"))
    return Judgement("DNS routing to private endpoint" if evidence.approved else "The registry has no private endpoint")


def _finding(evidence: PrivateEndpointEvidence, inputs: Inputs) -> Optional[Finding]:
    dns, connection, registry = inputs.get(DnsEvidence), inputs.get(ConnectionEvidence), inputs.of(RegistryEvidence)
    if dns is None or dns.proxy:
        refused = dns is not None and _public_front_end_refuses(evidence, inputs)
        return Finding.of(PRIVATE_LINK, {
            **_facts(registry), "proxy": dns.proxy, "misled_proxy": dns.proxy}, "proxy") if dns and refused else None
    ours = _is_an_endpoints(evidence, registry)
    return (_not_approved(evidence, connection, registry) or _hosts_line(dns, connection, ours)
            or _missing_record(evidence, dns, registry) or _public_address(evidence, inputs, dns, registry)
            or _private_address(evidence, connection, registry, ours) or _foreign_everywhere(connection, inputs))


def _is_an_endpoints(evidence: PrivateEndpointEvidence, registry: RegistryEvidence) -> Optional[bool]:
    """Whether the private address that this machine resolves is one of the registry's private endpoints.

    Resource Manager's list decides, else the privatelink name; None when neither can be read.
    """
    private = {address for address in evidence.addresses if is_private(address)}
    named = {address for address in evidence.privatelink_addresses if is_private(address)}
    if private and all(map(is_this_machine, private)):
        return False
    if evidence.unapproved:
        return True
    if evidence.endpoint_addresses is not None:
        return bool(private & set(evidence.endpoint_addresses))
    if registry.found and not evidence.approved:
        return False
    return bool(private & named) if named else None


def _not_approved(evidence: PrivateEndpointEvidence, connection: Optional[ConnectionEvidence],
                  registry: RegistryEvidence) -> Optional[Finding]:
    """The address is that of a private endpoint of the registry, which serves nobody before it is approved."""
    if not evidence.unapproved or connection is None or connection.failure_kind not in NOT_REACHED:
        return None
    name, state = evidence.unapproved
    return Finding.of(PRIVATE_LINK, {
        **_facts(registry), "address": next(filter(is_private, evidence.addresses), None), "state": state,
        "failure": connection.failure_text, "approvable_connection": name if state == PENDING else None,
        "unapproved_state": state}, "not approved")


def _hosts_line(dns: DnsEvidence, connection: Optional[ConnectionEvidence], ours: Optional[bool]) -> Optional[Finding]:
    if not dns.line or ours or connection is None or not _led_astray(connection):
        return None
    return Finding.of("CONNECTIVITY_ADDRESS_ERROR", {
        "host": dns.host, "address": dns.line.address, "config_file": dns.line.file, "login_server": dns.host,
        "line": str(dns.line.number), "failure": connection.failure_text}, "hosts file")


def _led_astray(connection: ConnectionEvidence) -> bool:
    return connection.failure_kind in NOT_REACHED or connection.certificate_fault == HOSTNAME_MISMATCH


def _missing_record(evidence: PrivateEndpointEvidence, dns: DnsEvidence,
                    registry: RegistryEvidence) -> Optional[Finding]:
    """A private DNS zone of this network hides the name: that of a registry with an endpoint here, which should have a
    record there, or that of a registry that others run, which has its endpoints elsewhere."""
    if not dns.fault or evidence.privatelink_fault is None:
        return None
    facts: Facts = {**_facts(registry), "host": dns.host, "privatelink_host": evidence.privatelink_host}
    missing = dns.fault == evidence.privatelink_fault == "not-found"
    if evidence.approved and missing:
        return Finding.of(PRIVATE_LINK, {**facts, "recordless_host": dns.host}, "no record")
    if not dns.alias or dns.alias != evidence.privatelink_host:
        return None
    return Finding.of(PRIVATE_LINK, {**facts, "failure": failure_shown(dns),
                                     "hidden_host": dns.host if missing else None,
                                     "unanswered_host": None if missing else dns.host}, "hidden")


def _public_address(evidence: PrivateEndpointEvidence, inputs: Inputs, dns: DnsEvidence,
                    registry: RegistryEvidence) -> Optional[Finding]:
    answering = first_that_answers(dns.reached)
    address = answering.address if answering else next(iter(evidence.addresses), None)
    if address is None or is_private(address) or not _public_front_end_refuses(evidence, inputs):
        return None
    facts: Facts = {**_facts(registry), "public_address": address}
    if dns.line and any(map(is_private, evidence.privatelink_addresses)):  # without the line all is well
        return Finding.of(PRIVATE_LINK, {
            **facts, "config_file": dns.line.file, "misleading_line": str(dns.line.number)}, "public by a line")
    return Finding.of(PRIVATE_LINK, facts, "public")


def _public_front_end_refuses(evidence: PrivateEndpointEvidence, inputs: Inputs) -> bool:
    """Whether only private access is allowed, and this machine is turned away."""
    only_private = bool(evidence.approved) and evidence.public_network_access == "Disabled"
    return only_private and _refused_or_unreached(inputs)


def _refused_or_unreached(inputs: Inputs) -> bool:
    """Whether the front end really turns this machine away (a trusted path to a public address would not)."""
    connection = inputs.get(ConnectionEvidence)
    asked = (inputs.get(ChallengeEvidence), inputs.get(RefreshTokenEvidence), inputs.get(AccessTokenEvidence))
    return (connection is not None and connection.failure_kind in NOT_REACHED
            or any(evidence is not None and evidence.status == FORBIDDEN and _is_the_registrys(evidence.answer)
                   for evidence in asked))


def _is_the_registrys(answer: Optional[Answer]) -> bool:
    """Whether an answer comes from the registry, not from something on the way."""
    return answer is not None and is_registry_answer(answer.headers, answer.json)


def _private_address(evidence: PrivateEndpointEvidence, connection: Optional[ConnectionEvidence],
                     registry: RegistryEvidence, ours: Optional[bool]) -> Optional[Finding]:
    """A private address that cannot be reached is the endpoint's, unless something says that it is not."""
    private = [address for address in evidence.addresses if is_private(address)]
    if not private or connection is None or not _led_astray(connection):
        return None
    if ours is None and not evidence.approved:
        return None
    facts: Facts = {**_facts(registry), "address": private[0], "failure": connection.failure_text}
    if all(map(is_this_machine, evidence.addresses)):
        return Finding.of("CONNECTIVITY_ADDRESS_ERROR", {**facts, "blocked_host": registry.host}, "blocked")
    if ours is False:
        return Finding.of("CONNECTIVITY_ADDRESS_ERROR", {**facts, "foreign_address": private[0]}, "foreign")
    if connection.failure_kind not in NOT_REACHED or connection.failure_kind == "reset":
        return None  # something answered there and cut the connection: the check `connection` says so
    refused = connection.failure_kind == "refused"
    return Finding.of(PRIVATE_LINK, {
        **facts, "refusing_address": private[0] if refused else None,
        "unrouted_address": None if refused else private[0]}, "no route")


def _foreign_everywhere(connection: Optional[ConnectionEvidence], inputs: Inputs) -> Optional[Finding]:
    """A captive portal or gateway answers for every host: with its own certificate, or with redirects to itself."""
    token, manager = inputs.get(EntraTokenEvidence), inputs.get(ResourceManagerEvidence)
    challenge = inputs.get(ChallengeEvidence)
    if challenge and challenge.location_host not in (None, challenge.host) and manager and manager.statuses and all(
            300 <= status < 400 for status in manager.statuses):
        return Finding.of("CONNECTIVITY_ADDRESS_ERROR", {
            "host": challenge.host, "login_server": challenge.host, "location": challenge.location_host,
            "portal": f"https://{challenge.location_host}/"}, "redirects")
    others = [evidence.failure_kind for evidence in (token, manager) if evidence and evidence.failure_kind]
    if connection is None or connection.certificate_fault != HOSTNAME_MISMATCH or set(others) != {"tls"}:
        return None
    return Finding.of("CONNECTIVITY_ADDRESS_ERROR", {
        "host": connection.host, "login_server": connection.host, "intercepted_host": connection.host,
        "certificate_subject": connection.certificate.subject if connection.certificate else None}, "certificates")


def _facts(registry: RegistryEvidence) -> Facts:
    return {**registry.facts(), "host": registry.host}


CHECK = Check(
    name="private-endpoint", category=Category.NETWORK, title="Registry's address", evidence=PrivateEndpointEvidence,
    gather=gather, judge=judge, of_this_machine=True, needs=(RegistryEvidence,), reads=(DnsEvidence,),
    judges_with=(ConnectionEvidence, ChallengeEvidence, RefreshTokenEvidence, AccessTokenEvidence, EntraTokenEvidence,
                 ResourceManagerEvidence),
    codes=("CONNECTIVITY_PRIVATE_LINK_ERROR", "CONNECTIVITY_ADDRESS_ERROR"))
