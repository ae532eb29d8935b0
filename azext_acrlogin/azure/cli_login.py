# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The CLI's own login: who is signed in, and tokens for that identity. Nothing here signs anybody in."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple
from urllib.parse import urlsplit

from azext_acrlogin.azure.msal_cache import CacheTurns
from azext_acrlogin.azure.token_requests import bounded_requests
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.base.threads import OutOfTime, bounded
from azext_acrlogin.net.http import Failure, Http, failure_of, whole_seconds
from azext_acrlogin.protocol.entra_errors import Refusal, refusal_of
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.jwt import claims_of
from azext_acrlogin.protocol.text import shown

if TYPE_CHECKING:
    from azure.cli.core.azclierror import AuthenticationError

NO_REASON = "the answer gives no reason"
TENANT_LEVEL_ACCOUNT = "N/A(tenant level account)"  # `az login --allow-no-subscriptions` gives such an entry


@dataclass(frozen=True)
class Account:
    """One subscription entry of the CLI's profile, with who is signed in to it.

    user_type: user, servicePrincipal or managedIdentity (the profile calls the latter servicePrincipal, too).
    assigned_identity: for a user-assigned identity, what it was named by at login (`MSIClient-<guid>`…).
    listed_as: the profile's entry of the same sign-in, for a subscription that the profile does not list; else empty.
    """

    subscription_id: str
    subscription_name: str
    state: str
    tenant_id: str
    home_tenant_id: Optional[str]
    user_name: str
    user_type: str
    assigned_identity: Optional[str]
    cloud_shell: bool
    is_current: bool
    listed_as: str = ""

    @property
    def has_subscription(self) -> bool:
        """False for a tenant-level account, which can ask Resource Manager for nothing of a subscription."""
        return self.subscription_name != TENANT_LEVEL_ACCOUNT


@dataclass(frozen=True)
class TokenAnswer:
    """Outcome of asking for a token: exactly one of `token`, `refusal`, `failure` and `signed_out` is set.

    signed_out: the CLI itself holds nothing to ask with (no account, or its tokens are gone), in its own words.
    """

    token: Optional[Secret] = None
    claims: Optional[Dict[str, Any]] = field(default=None, repr=False)
    tenant_id: Optional[str] = None
    refusal: Optional[Refusal] = None
    failure: Optional[Failure] = None
    signed_out: Optional[str] = None


class AzureLogin:
    """Reads the profile and asks for tokens, each resource and tenant at most once a run."""

    def __init__(self, cli_ctx: Any, http: Http, timeout_seconds: float) -> None:
        self._cli_ctx = cli_ctx
        self._http = http
        self._timeout_seconds = timeout_seconds
        self._locks: Dict[Tuple[str, str], threading.Lock] = {}
        self._answers: Dict[Tuple[str, str], TokenAnswer] = {}
        self._guard = threading.Lock()
        self._turns = CacheTurns()

    def close(self) -> None:
        """The run has ended: no thread that it left behind writes to the CLI's token cache any more."""
        self._turns.end()

    def accounts(self) -> List[Account]:
        """All entries of the active cloud, the current one first. Empty when nobody is signed in."""
        from azure.cli.core._profile import Profile
        from azure.cli.core.commands.client_factory import get_subscription_id
        from knack.util import CLIError
        profile = Profile(cli_ctx=self._cli_ctx)
        entries = profile.load_cached_subscriptions()
        try:
            current = get_subscription_id(self._cli_ctx) if entries else None
        except CLIError:  # no current subscription, or --subscription names none of this login
            current = None
        accounts = [_account(entry, entry.get("id") == current) for entry in entries]
        return sorted(accounts, key=lambda account: not account.is_current)

    def token(self, resource: str, account: Account) -> TokenAnswer:
        """A token for `resource` as the identity of `account`. Asked again, the same answer is returned."""
        key = (resource, account.tenant_id)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._answers:
                self._answers[key] = self._acquire(resource, account)
            return self._answers[key]

    def _acquire(self, resource: str, account: Account) -> TokenAnswer:
        from azure.cli.core.azclierror import AuthenticationError
        from knack.util import CLIError
        from requests.exceptions import RequestException
        try:
            token = bounded(lambda: self._raw_token(resource, account), whole_seconds(self._timeout_seconds), "token")
        except OutOfTime:
            return TokenAnswer(failure=Failure("timeout", f"no answer from {self._authority_host(account)} in time"))
        except AuthenticationError as error:
            return _refused(error, account)
        except CLIError as error:
            return TokenAnswer(signed_out=shown(error))
        except (RequestException, OSError) as error:
            return TokenAnswer(failure=failure_of(error, self._authority_host(account)))
        except Exception as error:  # pylint: disable=broad-except
            # MSAL and the CLI stumble in many ways over a discovery document or a token answer that is no good.
            return self._without_token(account, type(error).__name__)
        return TokenAnswer(Secret(token), claims_of(token), account.tenant_id)

    def _raw_token(self, resource: str, account: Account) -> str:
        from azure.cli.core._profile import Profile
        profile = Profile(cli_ctx=self._cli_ctx)
        # A tenant-level account's id is its tenant's; get_raw_token looks accounts up by it all the same.
        with bounded_requests(self._http.traffic, self._timeout_seconds), self._turns.one_at_a_time():
            credential, _, _ = profile.get_raw_token(
                resource=resource, subscription=account.listed_as or account.subscription_id)
        if not isinstance(credential[1], str):
            raise TypeError("the token is not text")
        return credential[1]

    def _authority_host(self, account: Account) -> str:
        if account.user_type == "managedIdentity" or account.cloud_shell:
            return "the managed identity endpoint"
        return urlsplit(self._cli_ctx.cloud.endpoints.active_directory).hostname or ""

    def _without_token(self, account: Account, error: str) -> TokenAnswer:
        """MSAL drops Entra's answer when the tenant's discovery document is refused; read it once more."""
        if account.user_type == "managedIdentity" or account.cloud_shell:
            return TokenAnswer(refusal=Refusal(None, (), None, "the identity endpoint's answer cannot be read",
                                               by_identity_endpoint=True))
        authority = self._cli_ctx.cloud.endpoints.active_directory.rstrip("/")
        answer = self._http.request("GET", f"{authority}/{account.tenant_id}/v2.0/.well-known/openid-configuration")
        if answer.failure:
            return TokenAnswer(failure=answer.failure)
        if text_member(answer.json, "error"):
            return TokenAnswer(refusal=refusal_of(answer.json, f"status {answer.status}"))
        what = f"no answer to a token request ({error})" if answer.status == 200 else f"status {answer.status}"
        return TokenAnswer(failure=Failure("malformed", f"{answer.host} gives {what} instead of an answer of Entra"))


def _account(entry: Dict[str, Any], is_current: bool) -> Account:
    user = entry.get("user") or {}
    managed = user.get("name") in ("systemAssignedIdentity", "userAssignedIdentity")
    return Account(
        subscription_id=str(entry.get("id")), subscription_name=str(entry.get("name")),
        state=str(entry.get("state")), tenant_id=str(entry.get("tenantId")),
        home_tenant_id=entry.get("homeTenantId"), user_name=str(user.get("name")),
        user_type="managedIdentity" if managed else str(user.get("type")),
        assigned_identity=user.get("assignedIdentityInfo"), cloud_shell=bool(user.get("cloudShellID")),
        is_current=is_current)


def _refused(error: "AuthenticationError", account: Account) -> TokenAnswer:
    answer = error.msal_error
    if not answer:  # the CLI found no refresh token to ask with
        return TokenAnswer(signed_out=shown(error))
    refusal = refusal_of(answer, NO_REASON, account.user_type == "managedIdentity" or account.cloud_shell)
    return TokenAnswer(refusal=refusal)
