# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What Azure Resource Manager knows of the registry: where it is, in what state, and its login server."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.registry_search import Search, search
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.login import LoginEvidence
from azext_acrlogin.checks.name import NameEvidence
from azext_acrlogin.engine.model import Because, Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.net.resolver import resolve
from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.names import host_name
from azext_acrlogin.protocol.text import shown

READ = "Microsoft.ContainerRegistry/registries/read"
CHANGING_STATE = "Updating"
READY_STATES = ("", "Succeeded", CHANGING_STATE)  # an older API version leaves the state out
ENABLED_STATES = ("", "Enabled", "Warned", "PastDue")  # of a subscription; others refuse every service


@dataclass
class RegistryEvidence(Evidence):
    """The registry as Resource Manager shows it; what is unknown is None.

    login_server: the one that the other checks use: ARM's, else the one given, else derived from the name.
    regional_host: a regional endpoint that was given; it is connected to, while tokens come from the login server.
    name_available: nobody has the login server that follows from the name alone; None when that could not be asked.
    other_cloud: one in which a login server of this name resolves, looked for when the name is free in the active one.
    """

    name: Optional[str] = None
    found: bool = False
    login_server: Optional[str] = None
    login_server_derived: bool = False
    regional_host: Optional[str] = None
    resource_id: Optional[str] = None
    subscription_id: Optional[str] = None
    other_subscription: Optional[str] = unpublished(default=None)  # the same, where it is not the CLI's current one
    resource_group: Optional[str] = None
    tenant_id: Optional[str] = None
    location: Optional[str] = None
    sku: Optional[str] = None
    provisioning_state: Optional[str] = None
    subscription_state: Optional[str] = None
    role_assignment_mode: Optional[str] = None
    public_network_access: Optional[str] = None
    network_default_action: Optional[str] = None
    admin_user_enabled: Optional[bool] = None
    anonymous_pull_enabled: Optional[bool] = None
    authentication_as_arm: Optional[str] = None
    data_endpoints: List[str] = field(default_factory=list)
    private_endpoints: List[str] = field(default_factory=list)
    name_available: Optional[bool] = None
    other_cloud: Optional[str] = None
    searched_subscriptions: List[str] = field(default_factory=list)
    arm_status: Optional[int] = None
    arm_error: Optional[str] = None
    account: Optional[Account] = unpublished(default=None)
    registry: Optional[Dict[str, Any]] = unpublished(default=None)
    problems: List[ArmAnswer] = unpublished(default_factory=list)

    @property
    def usable(self) -> bool:
        return self.login_server is not None

    @property
    def host(self) -> Optional[str]:
        """The host that images are named by: docker connects to it and looks credentials up under it."""
        return self.regional_host or self.login_server

    @property
    def sign_in_options(self) -> Dict[str, str]:
        """Facts for the options that `az acr login` needs for this registry beside its name."""
        options = {"other_subscription": self.other_subscription,
                   "region": self.regional_host.split(".")[1] if self.regional_host else None}
        return {name: value for name, value in options.items() if value}


def gather(context: Context, found: Inputs) -> RegistryEvidence:
    """Search the subscriptions of the login; without a login, derive what can be derived."""
    name: NameEvidence = found["name"]
    login: LoginEvidence = found["login"]
    accounts = login.accounts if login else []
    result = search(context.arm, accounts, name.registry_name, name.host, name.subscription, name.resource_group)
    evidence = RegistryEvidence(
        name=name.registry_name, name_available=result.name_available, searched_subscriptions=result.searched,
        account=result.account or (accounts[0] if accounts and accounts[0].has_subscription else None),
        problems=result.problems)
    if result.problems:
        evidence.arm_status, evidence.arm_error = result.problems[0].status, result.problems[0].error_text
    if result.registry:
        _describe(evidence, result)
        if evidence.subscription_id != accounts[0].subscription_id:
            evidence.other_subscription = evidence.subscription_id
    evidence.login_server_derived = not evidence.login_server
    evidence.login_server = evidence.login_server or name.derived_login_server
    if name.regional:
        evidence.regional_host = name.host
    if evidence.name_available and not name.host:
        evidence.other_cloud = _resolving_elsewhere(context, evidence.name)
    return evidence


def _resolving_elsewhere(context: Context, name: str) -> Optional[str]:
    """The name of another cloud in which NAME's login server resolves, None for none."""
    others = list(context.asked.cloud.other_suffixes.items())
    answers = side_by_side(others, lambda other: resolve(f"{name}{other[0]}", context.asked.timeout_seconds))
    return next((cloud for (_, cloud), answer in zip(others, answers) if answer.addresses), None)


def _describe(evidence: RegistryEvidence, result: Search) -> None:
    registry, properties = result.registry, member(result.registry, "properties")
    evidence.found, evidence.registry = True, registry
    evidence.resource_id = shown(text_member(registry, "id"), 500) or None
    parts = (evidence.resource_id or "").split("/")
    evidence.subscription_id = result.account.subscription_id
    evidence.resource_group = parts[4] if len(parts) > 4 else None
    evidence.tenant_id = result.account.tenant_id
    evidence.location = shown(text_member(registry, "location"), 60) or None
    evidence.sku = shown(text_member(registry, "sku", "name"), 60) or None
    evidence.login_server = host_name(text_member(properties, "loginServer"))
    evidence.provisioning_state = _text(properties, "provisioningState")
    evidence.subscription_state = _text(result.subscription, "state") if text_member(
        result.subscription, "subscriptionId") == result.account.subscription_id else result.account.state
    evidence.role_assignment_mode = _text(properties, "roleAssignmentMode")
    evidence.public_network_access = _text(properties, "publicNetworkAccess")
    evidence.network_default_action = _text(properties, "networkRuleSet", "defaultAction")
    evidence.admin_user_enabled = _flag(properties, "adminUserEnabled")
    evidence.anonymous_pull_enabled = _flag(properties, "anonymousPullEnabled")
    evidence.authentication_as_arm = _text(properties, "policies", "azureADAuthenticationAsArmPolicy", "status")
    hosts = member(properties, "dataEndpointHostNames")
    if _flag(properties, "dataEndpointEnabled") and isinstance(hosts, list):
        evidence.data_endpoints = [shown(host, 253).lower() for host in hosts if isinstance(host, str)][:20]
    connections = member(properties, "privateEndpointConnections")
    for connection in connections if isinstance(connections, list) else []:
        status = text_member(connection, "properties", "privateLinkServiceConnectionState", "status")
        evidence.private_endpoints.append(f"{shown(text_member(connection, 'name'), 80)}: {shown(status, 40)}")


def _text(value: Any, *path: str) -> Optional[str]:
    return shown(text_member(value, *path), 80) or None


def _flag(value: Any, *path: str) -> Optional[bool]:
    found = member(value, *path)
    return found if isinstance(found, bool) else None


def judge(asked: Question, evidence: RegistryEvidence, found: Inputs) -> Judgement:
    """Where the registry is and whether it works, by ARM's word; not visible is no fault by itself."""
    name: NameEvidence = found["name"]
    login: Optional[LoginEvidence] = found["login"]
    if evidence.found:
        return _judge_visible(asked, evidence, found)
    if not login or not login.account:
        return Judgement("Nobody is signed in to the Azure CLI, so Resource Manager cannot be asked for the registry.",
                         unknown=Because("nobody is signed in to the Azure CLI", permission=READ))
    if not evidence.login_server:
        message = (f"The login server of '{evidence.name}' cannot be determined: Resource Manager does not show the "
                   f"registry, and the cloud {asked.cloud.name} has no login server suffix.")
        return Judgement(message, (Finding("LOGIN_SERVER_ERROR", message, _facts(evidence)),))
    if evidence.name_available and not asked.suffix and not name.label and _is_nowhere(evidence, name):
        return _not_found(evidence, found)
    return _judge_invisible(asked, evidence, found)


def _judge_visible(asked: Question, evidence: RegistryEvidence, found: Inputs) -> Judgement:
    name, login = found["name"], found["login"]
    findings = [*_state(evidence, found), *_place(asked, evidence, name, login), *_login_server(evidence, name)]
    if findings:
        return Judgement(findings[0].message, tuple(findings))
    given, group = name.resource_group, evidence.resource_group or ""
    corrected = f", not in '{shown(given, 90)}'," if given and given.lower() != group.lower() else ""
    return Judgement(f"Registry '{evidence.name}' in resource group '{group}'{corrected} : OK")


def _state(evidence: RegistryEvidence, found: Inputs) -> List[Finding]:
    ready = evidence.provisioning_state in (None, *READY_STATES)
    if not ready or evidence.provisioning_state == CHANGING_STATE and _out_of_order(found):
        return [Finding("REGISTRY_STATE_ERROR", f"The registry '{evidence.name}' is in the provisioning state "
                        f"'{evidence.provisioning_state}'.", _facts(evidence))]
    if evidence.subscription_state is not None and evidence.subscription_state not in ENABLED_STATES:
        return [Finding("REGISTRY_STATE_ERROR", f"The subscription {evidence.subscription_id} of the registry "
                        f"'{evidence.name}' is in the state '{evidence.subscription_state}'.", _facts(evidence))]
    return []


def _out_of_order(found: Inputs) -> bool:
    """Whether the registry itself answers with a fault of its own: it serves while it is changed, as a rule."""
    asked = (found[name] for name in ("challenge", "refresh-token", "access-token"))
    return any(evidence is not None and (evidence.status or 0) >= 500 for evidence in asked)


def _place(asked: Question, evidence: RegistryEvidence, name: NameEvidence, login: LoginEvidence) -> List[Finding]:
    another = asked.assignee or asked.username  # whose tokens are not the current account's
    if another or login.account is None or evidence.subscription_id == login.account.subscription_id:
        return []
    if evidence.tenant_id != login.tenant_id:
        return [Finding("REGISTRY_TENANT_ERROR", f"The registry '{evidence.name}' belongs to tenant "
                        f"{evidence.tenant_id} (subscription {evidence.subscription_id}), and the current account's "
                        f"tokens are of tenant {login.tenant_id}.", _facts(evidence))]
    where = (f"The registry '{evidence.name}' is in subscription {evidence.subscription_id}, "
             f"not in the current one ({login.subscription_id})")
    if evidence.login_server == name.derived_login_server:
        return [Finding("REGISTRY_SUBSCRIPTION_WARNING", f"{where}; signing in works all the same.", _facts(evidence))]
    return [Finding("REGISTRY_SUBSCRIPTION_ERROR", f"{where}, and its login server {evidence.login_server} cannot be "
                    "derived from its name.", _facts(evidence))]


def _login_server(evidence: RegistryEvidence, name: NameEvidence) -> List[Finding]:
    server = host_name(text_member(evidence.registry, "properties", "loginServer"))
    given_label = f"{name.registry_name}-{name.label}" if name.label else None
    wrong_host = name.host and not name.regional and server and name.host != server
    wrong_label = given_label and not name.host and server and server.split(".")[0] != given_label
    if wrong_host or wrong_label:
        return [Finding("LOGIN_SERVER_ERROR", f"'{name.host or given_label}' is not the login server of the registry "
                        f"'{evidence.name}'; that is {server}.", _facts(evidence))]
    return []


def _is_nowhere(evidence: RegistryEvidence, name: NameEvidence) -> bool:
    """Whether nothing can be meant by a name whose plain login server belongs to nobody.

    That much checkNameAvailability says when it is asked for a name without a label's scope. A registry with a domain
    name label (autoGeneratedDomainNameLabelScope, since 2024-11-01-preview) has NAME-LABEL for its login server and
    leaves NAME free. Whoever gives a host means that one; for a bare name every list must have been read.
    """
    searched = [subscription.lower() for subscription in evidence.searched_subscriptions]
    complete = not evidence.problems and (name.subscription or next(iter(searched), "")).lower() in searched
    return name.host is not None or complete


def _not_found(evidence: RegistryEvidence, found: Inputs) -> Judgement:
    dns = found["dns"]
    if evidence.other_cloud and dns is not None and dns.fault == "not-found":
        message = (f"There is no registry '{evidence.name}' in the Azure CLI's active cloud, and one of this name has "
                   f"a login server in {evidence.other_cloud}.")
        return Judgement(message, (Finding("REGISTRY_CLOUD_ERROR", message, {"cloud": evidence.other_cloud}),))
    name: NameEvidence = found["name"]
    labelled = "" if name.host else (" If it lies where this login sees nothing, its login server has a domain name "
                                     "label and has to be given in full.")
    message = (f"There is no registry '{evidence.name}': none of the {len(evidence.searched_subscriptions)} "
               "subscription(s) of this login shows one, with or without a domain name label, and Azure says that the "
               f"name is free.{labelled}")
    return Judgement(message, (Finding("REGISTRY_NOT_FOUND_ERROR", message, {"registry": evidence.name or ""}),))


def _judge_invisible(asked: Question, evidence: RegistryEvidence, found: Inputs) -> Judgement:
    """It may exist where this login cannot look. Labelled names that resolve nowhere point to nothing."""
    name: NameEvidence = found["name"]
    dns = found["dns"]
    if name.label and dns is not None and dns.fault == "not-found" and _all_searched(evidence):
        message = (f"'{evidence.login_server}' is no login server: Resource Manager shows no registry "
                   f"'{evidence.name}', and the name does not resolve.")
        return Judgement(message, (Finding("LOGIN_SERVER_ERROR", message, {"registry": evidence.name or ""}),))
    message = f"Resource Manager shows this identity no registry '{evidence.name}'."
    if evidence.name_available and not name.label:
        message += (" The name is free, but not every subscription could be searched: one of that name with a domain "
                    "name label in its login server may exist.")
    exists = evidence.name_available is False or _answers(found)
    guessed = evidence.login_server_derived and not name.host and not asked.suffix
    if exists and guessed and _all_searched(evidence) and not asked.assignee and not asked.username:
        message += f" Its login server was taken to be {evidence.login_server}."
        return Judgement(message, (Finding("REGISTRY_NOT_VISIBLE_WARNING", message, _facts(evidence)),))
    return Judgement(message, unknown=Because("the registry's settings cannot be read", permission=READ))


def _answers(found: Inputs) -> bool:
    """Whether there is something at the login server: an address, or behind a proxy a challenge of a registry's."""
    dns, challenge = found["dns"], found["challenge"]
    return dns is not None and bool(dns.addresses) or challenge is not None and challenge.realm_host == challenge.host


def _all_searched(evidence: RegistryEvidence) -> bool:
    """Whether every list was read, or refused for lack of a role; any other answer does not say what there is."""
    return bool(evidence.searched_subscriptions) and all(
        problem.status in (403, 404) and problem.reachable for problem in evidence.problems)


def _facts(evidence: RegistryEvidence) -> Dict[str, str]:
    facts = {"registry": evidence.name, "login_server": evidence.login_server, "registry_id": evidence.resource_id,
             "subscription": evidence.subscription_id, "resource_group": evidence.resource_group,
             "tenant": evidence.tenant_id}
    return {name: value for name, value in facts.items() if value}


CHECK = Check(
    name="registry", category=Category.REGISTRY, title="Registry in Resource Manager", evidence=RegistryEvidence,
    gather=gather, judge=judge, needs=("name",), reads=("login",),
    judges_with=("dns", "challenge", "refresh-token", "access-token"),
    codes=("REGISTRY_NOT_FOUND_ERROR", "REGISTRY_NOT_VISIBLE_WARNING", "REGISTRY_SUBSCRIPTION_WARNING",
           "REGISTRY_SUBSCRIPTION_ERROR", "REGISTRY_TENANT_ERROR", "REGISTRY_CLOUD_ERROR", "LOGIN_SERVER_ERROR",
           "REGISTRY_STATE_ERROR"))
