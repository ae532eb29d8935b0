# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Who is signed in to the Azure CLI?"""

from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.login import LoginEvidence


def gather(context: Context, _inputs: Inputs) -> LoginEvidence:
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


def judge(asked: Question, evidence: LoginEvidence, _inputs: Inputs) -> Judgement:
    """No login is a finding, unless other credentials are what is asked about."""
    if evidence.signed_in:
        return Judgement(f"Azure CLI signed in as '{evidence.user_name}' ({evidence.user_type})")
    if asked.username:
        return Judgement("Nobody is signed in to the Azure CLI, so Azure Resource Manager cannot be queried.",
                         unknown=Because("nobody is signed in to the Azure CLI"))
    return Judgement.of(Finding.of("LOGIN_REQUIRED_ERROR", case="nobody"))


CHECK = Check(name="login", category=Category.IDENTITY, title="Azure CLI login", evidence=LoginEvidence,
              gather=gather, judge=judge, codes=("LOGIN_REQUIRED_ERROR",))
