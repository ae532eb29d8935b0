# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Who is signed in to the Azure CLI?"""

from typing import Optional

from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.entra_refusals import unusable_file
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.client_environment import ClientEnvironmentEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.protocol.text import shown


def gather(context: Context, _inputs: Inputs) -> LoginEvidence:
    """Read the CLI's profile; no request is made."""
    found = context.login.sign_ins()
    account, in_cloud_shell = found.current, context.asked.in_cloud_shell
    if account is None:
        return LoginEvidence(
            bool(found.accounts), subscriptions=len(found.accounts), in_cloud_shell=in_cloud_shell,
            file_fault=found.file_fault, asked_subscription=found.asked_subscription,
            repeated_subscription=found.repeated_subscription, accounts=found.accounts)
    return LoginEvidence(
        True, account.user_name, account.user_type, account.tenant_id, account.home_tenant_id,
        account.subscription_id if account.has_subscription else None,
        account.subscription_name if account.has_subscription else None,
        account.state, len(found.accounts), in_cloud_shell, context.login.uses_broker(), account=account,
        accounts=found.accounts)


def judge(asked: Question, evidence: LoginEvidence, inputs: Inputs) -> Judgement:
    """No login is a finding, unless other credentials are what is asked about."""
    if evidence.usable:
        return Judgement(f"Azure CLI signed in as '{evidence.user_name}' ({evidence.user_type})")
    unusable = _unusable(evidence)
    if asked.username:
        why = unusable.message if unusable else "Nobody is signed in to the Azure CLI."
        return Judgement(f"{why} Azure Resource Manager cannot be queried.",
                         unknown=Because("the Azure CLI has no usable sign-in"))
    environment = inputs.get(ClientEnvironmentEvidence)
    by_sudo = environment is not None and bool(environment.sudo_user_subscriptions)
    return Judgement.of(unusable or Finding.of("LOGIN_REQUIRED_ERROR", {
        "signed_in_user": shown(environment.sudo_user) if environment and by_sudo else None}, "nobody"))


def _unusable(evidence: LoginEvidence) -> Optional[Finding]:
    """Why the CLI cannot work with the sign-in that there is."""
    if evidence.file_fault:
        return unusable_file(evidence.file_fault, {})
    if not evidence.signed_in:
        return None
    if evidence.asked_subscription:
        return Finding.of("CLI_SUBSCRIPTION_ERROR", {
            "asked_subscription": shown(evidence.asked_subscription, 200)}, "unknown")
    if evidence.repeated_subscription:
        return Finding.of("CLI_SUBSCRIPTION_ERROR", {
            "repeated_subscription": shown(evidence.repeated_subscription, 200)}, "repeated")
    first = evidence.accounts[0]
    return Finding.of("CLI_SUBSCRIPTION_ERROR", {
        "first_subscription": first.subscription_name, "first_subscription_id": first.subscription_id}, "no-default")


CHECK = Check(name="login", category=Category.IDENTITY, title="Azure CLI login", evidence=LoginEvidence,
              gather=gather, judge=judge, judges_with=(ClientEnvironmentEvidence,),
              codes=("LOGIN_REQUIRED_ERROR", "CLI_SIGN_IN_FILES_ERROR", "CLI_SUBSCRIPTION_ERROR"))
