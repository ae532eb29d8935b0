# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check registry observed."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.evidence import Evidence


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

    def facts(self) -> Facts:
        """Which registry it is, for fixes. A regional endpoint is not its login server."""
        return {"registry": self.name, "login_server": self.login_server, "subscription": self.subscription_id,
                "resource_group": self.resource_group, "tenant": self.tenant_id}

    @property
    def sign_in_options(self) -> Facts:
        """The options that `az acr login` needs for this registry beside its name."""
        return {"other_subscription": self.other_subscription,
                "region": self.regional_host.split(".")[1] if self.regional_host else None}
