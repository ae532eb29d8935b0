# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check registry observed."""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.registry import Registry
from azext_acrlogin.base.secret import inlined, unpublished
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.protocol.text import named


@dataclass
class RegistryEvidence(Evidence):
    """The registry as Resource Manager shows it; what is unknown is None.

    login_server: the one that the other checks use: ARM's, else the one given, else derived from the name.
    regional_host: a regional endpoint that was given; it is connected to, while tokens come from the login server.
    registry: one of which nothing is known where it was not found.
    name_available: nobody has the login server that follows from the name alone; None when that could not be asked.
    other_cloud: one in which a login server of this name resolves, looked for when the name is free in the active one.
    similar_name: of a registry that the login sees, where this one was not found.
    unsearched_subscriptions: those that were not asked before the time for the search was up.
    other_subscription: the registry's, where it is not the CLI's current one.
    account: that sees the registry; where it was not found, the current one, if it has a subscription.
    """

    name: Optional[str] = None
    found: bool = False
    login_server: Optional[str] = None
    login_server_derived: bool = False
    regional_host: Optional[str] = None
    registry: Registry = inlined(Registry)
    name_available: Optional[bool] = None
    other_cloud: Optional[str] = None
    searched_subscriptions: List[str] = field(default_factory=list)
    unsearched_subscriptions: List[str] = field(default_factory=list)
    arm_status: Optional[int] = None
    arm_error: Optional[str] = None
    similar_name: Optional[str] = None
    other_subscription: Optional[str] = unpublished(default=None)
    similar_subscription: Optional[str] = unpublished(default=None)  # as for it
    account: Optional[Account] = unpublished(default=None)
    problems: List[ArmAnswer] = unpublished(default_factory=list)

    @property
    def usable(self) -> bool:
        return self.login_server is not None

    def bears_out(self, guess: Evidence) -> bool:
        """Only the hosts are guessed at."""
        return isinstance(guess, type(self)) and (
            self.login_server, self.regional_host) == (guess.login_server, guess.regional_host)

    @property
    def host(self) -> Optional[str]:
        """The host that images are named by: docker connects to it and looks credentials up under it."""
        return self.regional_host or self.login_server

    @property
    def is_the_names_own(self) -> bool:
        """Whether the login server is the registry's name below the cloud's suffix, without a label."""
        return (self.login_server or "").partition(".")[0] == (self.name or "").lower()

    # What other checks ask most.

    @property
    def resource_id(self) -> Optional[str]:
        """As Azure writes it."""
        return self.registry.resource_id

    @property
    def subscription_id(self) -> Optional[str]:
        """The registry's."""
        return self.registry.subscription_id

    @property
    def resource_group(self) -> Optional[str]:
        """The registry's."""
        return self.registry.resource_group

    @property
    def tenant_id(self) -> Optional[str]:
        """That of its subscription, which it trusts."""
        return self.registry.tenant_id

    @property
    def role_assignment_mode(self) -> Optional[str]:
        """Which roles count; see `protocol.roles`."""
        return self.registry.role_assignment_mode

    @property
    def public_network_access(self) -> Optional[str]:
        """Enabled or Disabled."""
        return self.registry.public_network_access

    @property
    def admin_user_enabled(self) -> Optional[bool]:
        """Whether the admin user may sign in."""
        return self.registry.admin_user_enabled

    @property
    def anonymous_pull_enabled(self) -> Optional[bool]:
        """Whether anybody may pull."""
        return self.registry.anonymous_pull_enabled

    @property
    def authentication_as_arm(self) -> Optional[str]:
        """Whether tokens for Resource Manager are taken: enabled or disabled."""
        return self.registry.authentication_as_arm

    def facts(self) -> Facts:
        """Which registry it is, for fixes. A regional endpoint is not its login server."""
        return {"registry": self.name, "login_server": self.login_server, "subscription": self.subscription_id,
                "tenant": self.tenant_id}

    def named_facts(self) -> Facts:
        """Its subscription and tenant by name, where the login that sees it knows these."""
        seen_by = self.account if self.account and self.account.subscription_id == self.subscription_id else None
        return {"named_subscription": named(seen_by.subscription_name if seen_by else None, self.subscription_id),
                "named_tenant": named(seen_by.tenant_domain if seen_by else None, self.tenant_id)}

    @property
    def sign_in_options(self) -> Facts:
        """The options that `az acr login` needs for this registry beside its name."""
        return {"other_subscription": self.other_subscription,
                "region": self.regional_host.split(".")[1] if self.regional_host else None}
