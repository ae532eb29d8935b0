# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Who is signed in to the Azure CLI?"""

from dataclasses import dataclass
from typing import List, Optional

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question


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
    account: Optional[Account] = unpublished(default=None)
    accounts: List[Account] = unpublished(default_factory=list)

    @property
    def usable(self) -> bool:
        return self.account is not None


def gather(context: Context, _found: Inputs) -> LoginEvidence:
    """Read the CLI's profile; no request is made."""
    accounts = context.login.accounts()
    if not accounts:
        return LoginEvidence(False, in_cloud_shell=context.asked.in_cloud_shell)
    account = accounts[0]
    return LoginEvidence(
        True, account.user_name, account.user_type, account.tenant_id, account.home_tenant_id,
        account.subscription_id if account.has_subscription else None,
        account.subscription_name if account.has_subscription else None,
        account.state, len(accounts), context.asked.in_cloud_shell, account, accounts)


def judge(asked: Question, evidence: LoginEvidence, _found: Inputs) -> Judgement:
    """No login is a finding, unless other credentials are what is asked about."""
    if evidence.signed_in:
        return Judgement(f"Azure CLI signed in as '{evidence.user_name}' ({evidence.user_type}) : OK")
    if asked.username:
        return Judgement("The Azure CLI has no login, so nothing can be read from Resource Manager.",
                         unknown=Because("nobody is signed in to the Azure CLI"))
    message = "Nobody is signed in to the Azure CLI in this environment, so there is no identity to sign in with."
    return Judgement(message, (Finding("LOGIN_REQUIRED_ERROR", message),))


CHECK = Check(name="login", category=Category.IDENTITY, title="Azure CLI login", evidence=LoginEvidence,
              gather=gather, judge=judge, codes=("LOGIN_REQUIRED_ERROR",))
