# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A registry as Resource Manager shows it, read once from its JSON."""

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Tuple

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.names import host_name
from azext_acrlogin.protocol.text import shown

APPROVED, PENDING = "Approved", "Pending"  # states of a private endpoint connection
SYSTEM = "system"  # the wire value for the registry's system-assigned identity


@dataclass(frozen=True)
class Registry:
    """What is known of a registry; None: Resource Manager does not say. Texts are fit to be shown.

    The fields are part of the published schema: the evidence of the check `registry` shows them as its own.

    subscription_id, tenant_id: of the account that sees it.
    private_endpoints: name and state of each connection, in words.
    approved_endpoints: resource ids, as they are, of the private endpoints whose connections are approved.
    unapproved_endpoints: the others, each as (resource id, name of the connection, its state).
    quarantine, retention, soft_delete, export: the policies' status, enabled or disabled.  retention: of untagged
        manifests, which are purged after `retention_days`.  soft_delete: of deleted artifacts, which can be restored
        for `soft_delete_days`.
    allowed_subnets: resource ids of subnets with a service endpoint; None where the api-version does not show them.
    has_subnet_rules: whether any of its network rules allows a subnet of a virtual network (a service endpoint).
    has_private_endpoints: whether any private endpoint connection is approved.
    customer_managed: whether it is encrypted with a key of its owner's, which it reads as `key_identity`: the client id
        of an identity, or SYSTEM.
    assigned_identities: resource ids by client id in lower case; its own one by SYSTEM.
    """

    resource_id: Optional[str] = None
    subscription_id: Optional[str] = None
    resource_group: Optional[str] = None
    tenant_id: Optional[str] = None
    location: Optional[str] = None
    sku: Optional[str] = None
    provisioning_state: Optional[str] = None
    subscription_state: Optional[str] = None
    role_assignment_mode: Optional[str] = None
    public_network_access: Optional[str] = None
    network_default_action: Optional[str] = None
    network_rule_bypass_options: Optional[str] = None
    network_rule_bypass_allowed_for_tasks: Optional[bool] = None
    admin_user_enabled: Optional[bool] = None
    anonymous_pull_enabled: Optional[bool] = None
    authentication_as_arm: Optional[str] = None
    quarantine: Optional[str] = None
    retention: Optional[str] = None
    retention_days: Optional[int] = None
    soft_delete: Optional[str] = None
    soft_delete_days: Optional[int] = None
    export: Optional[str] = None
    data_endpoints: Tuple[str, ...] = ()
    private_endpoints: Tuple[str, ...] = ()
    login_server: Optional[str] = unpublished(default=None)
    allowed_ranges: Tuple[str, ...] = unpublished(default=())
    allowed_subnets: Optional[Tuple[str, ...]] = unpublished(default=None)
    has_subnet_rules: Optional[bool] = unpublished(default=None)
    has_private_endpoints: Optional[bool] = unpublished(default=None)
    approved_endpoints: Tuple[str, ...] = unpublished(default=())
    unapproved_endpoints: Tuple[Tuple[str, str, str], ...] = unpublished(default=())
    customer_managed: bool = unpublished(default=False)
    key_identity: Optional[str] = unpublished(default=None)
    assigned_identities: Mapping[str, str] = unpublished(default_factory=dict)


def registry_of(value: Any, account: Account) -> Registry:
    """Read Resource Manager's object of a registry. :param account: that sees it."""
    resource_id = shown(text_member(value, "id"), 500) or None
    segments = (resource_id or "").split("/")
    properties = member(value, "properties")
    policies = member(properties, "policies")
    hosts = texts(member(properties, "dataEndpointHostNames")) if _flag(properties, "dataEndpointEnabled") else []
    connections = objects(member(properties, "privateEndpointConnections"))
    key = member(properties, "encryption", "keyVaultProperties")
    return Registry(
        resource_id=resource_id, subscription_id=account.subscription_id,
        resource_group=segments[4] if len(segments) > 4 else None, tenant_id=account.tenant_id,
        location=_text(value, "location"), sku=_text(value, "sku", "name"),
        provisioning_state=_text(properties, "provisioningState"), subscription_state=account.state,
        role_assignment_mode=_text(properties, "roleAssignmentMode"),
        public_network_access=_text(properties, "publicNetworkAccess"),
        network_default_action=_text(properties, "networkRuleSet", "defaultAction"),
        network_rule_bypass_options=_text(properties, "networkRuleBypassOptions"),
        network_rule_bypass_allowed_for_tasks=_flag(properties, "networkRuleBypassAllowedForTasks"),
        admin_user_enabled=_flag(properties, "adminUserEnabled"),
        anonymous_pull_enabled=_flag(properties, "anonymousPullEnabled"),
        authentication_as_arm=_text(policies, "azureADAuthenticationAsArmPolicy", "status"),
        quarantine=_text(policies, "quarantinePolicy", "status"),
        retention=_text(policies, "retentionPolicy", "status"),
        retention_days=_number(policies, "retentionPolicy", "days"),
        soft_delete=_text(policies, "softDeletePolicy", "status"),
        soft_delete_days=_number(policies, "softDeletePolicy", "retentionDays"),
        export=_text(policies, "exportPolicy", "status"),
        data_endpoints=tuple(shown(host, 253).lower() for host in hosts[:20]),
        private_endpoints=tuple(f"{shown(text_member(connection, 'name'), 80)}: {shown(_state(connection), 40)}"
                                for connection in connections),
        login_server=host_name(text_member(properties, "loginServer")),
        allowed_ranges=tuple(shown(text_member(rule, "value"), 60)
                             for rule in objects(member(properties, "networkRuleSet", "ipRules"))[:200]),
        allowed_subnets=_subnets(member(properties, "networkRuleSet", "virtualNetworkRules")),
        has_subnet_rules=_any(member(properties, "networkRuleSet", "virtualNetworkRules"), lambda rule: True),
        has_private_endpoints=_any(member(properties, "privateEndpointConnections"),
                                   lambda connection: _state(connection) == APPROVED),
        approved_endpoints=tuple(_endpoint(connection) for connection in connections
                                 if _state(connection) == APPROVED)[:10],
        unapproved_endpoints=tuple(
            (_endpoint(connection), shown(text_member(connection, "name"), 120), shown(_state(connection), 40))
            for connection in connections if _state(connection) not in ("", APPROVED))[:10],
        customer_managed=isinstance(key, dict), key_identity=_text(key, "identity"),
        assigned_identities=_identities(member(value, "identity")))


def _state(connection: Any) -> str:
    return text_member(connection, "properties", "privateLinkServiceConnectionState", "status")


def _endpoint(connection: Any) -> str:
    return text_member(connection, "properties", "privateEndpoint", "id") or text_member(connection, "id")


def _subnets(rules: Any) -> Optional[Tuple[str, ...]]:
    """None where there is no list: api-versions from 2022 to 2026-01-01-preview do not have it."""
    if not isinstance(rules, list):
        return None
    return tuple(shown(text_member(rule, "virtualNetworkSubnetResourceId"), 500) for rule in objects(rules)[:200])


def _identities(identity: Any) -> Mapping[str, str]:
    assigned = member(identity, "userAssignedIdentities")
    known = {text_member(entry, "clientId").lower(): resource_id
             for resource_id, entry in (assigned.items() if isinstance(assigned, dict) else ())}
    return {**known, SYSTEM: SYSTEM} if text_member(identity, "principalId") else known


def _any(entries: Any, wanted: Callable[[Any], bool]) -> Optional[bool]:
    """Whether a list has an entry that is wanted; None where there is no list."""
    return any(map(wanted, entries)) if isinstance(entries, list) else None


def _text(value: Any, *path: str) -> Optional[str]:
    return shown(text_member(value, *path), 80) or None


def _flag(value: Any, *path: str) -> Optional[bool]:
    found = member(value, *path)
    return found if isinstance(found, bool) else None


def _number(value: Any, *path: str) -> Optional[int]:
    found = member(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
