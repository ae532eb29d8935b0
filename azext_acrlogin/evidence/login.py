# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check login observed."""

from dataclasses import dataclass
from typing import List, Optional

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.sign_in_files import FileFault
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence


@dataclass
class LoginEvidence(Evidence):
    """The CLI's current account and how many subscriptions its login sees."""

    signed_in: bool
    user_name: Optional[str] = None
    user_type: Optional[str] = None
    tenant_id: Optional[str] = None
    home_tenant_id: Optional[str] = None
    subscription_id: Optional[str] = None
    subscription_name: Optional[str] = None
    subscription_state: Optional[str] = None
    subscriptions: int = 0
    in_cloud_shell: bool = False
    broker: Optional[bool] = None  # whether Windows' account manager (WAM) signs users in
    file_fault: Optional[FileFault] = None
    asked_subscription: Optional[str] = None
    repeated_subscription: Optional[str] = None
    account: Optional[Account] = unpublished(default=None)
    accounts: List[Account] = unpublished(default_factory=list)

    @property
    def usable(self) -> bool:
        return self.account is not None
