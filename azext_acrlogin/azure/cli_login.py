# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The CLI's own login: who is signed in, and tokens for that identity. Nothing here signs anybody in."""

import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Type
from urllib.parse import urlsplit

from azext_acrlogin.azure.msal_cache import CacheTurns
from azext_acrlogin.azure.sign_in_files import FileFault, fault_in, fault_of_profile, federated_assertion
from azext_acrlogin.azure.token_requests import bounded_requests
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.base.threads import OutOfTime, bounded, start
from azext_acrlogin.base.tracebacks import STUMBLES, is_defect
from azext_acrlogin.net.http import Failure, Http, failure_of, whole_seconds
from azext_acrlogin.protocol.entra_errors import Refusal, kind_of, refusal_of
from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.jwt import claims_of
from azext_acrlogin.protocol.text import said

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
class SignIns:
    """What the CLI's profile says.

    accounts: all entries of the active cloud, the current one first. Empty when nobody is signed in.
    file_fault: why the CLI cannot read its profile, or use its current entry; there are no accounts then.
    asked_subscription: the one of --subscription, where the profile has none of that name or id.
    repeated_subscription: the current one, where the profile has it more than once, so that the CLI uses none.
    """

    accounts: List[Account]
    file_fault: Optional[FileFault] = None
    asked_subscription: Optional[str] = None
    repeated_subscription: Optional[str] = None

    @property
    def current(self) -> Optional[Account]:
        """The account that commands work with, None where the CLI finds none."""
        return self.accounts[0] if self.accounts and self.accounts[0].is_current else None


@dataclass(frozen=True)
class TokenAnswer:
    """Outcome of asking for a token: one of `token`, `refusal`, `failure`, `signed_out` and `file_fault` is set.

    signed_out: the CLI itself holds nothing to ask with (no account, or its tokens are gone), in its own words.
    file_fault: why the CLI cannot use the files of its sign-in; nobody was asked.
    assertion: claims of the federated assertion that was refused.
    """

    token: Optional[Secret] = None
    claims: Optional[Dict[str, Any]] = field(default=None, repr=False)
    tenant_id: Optional[str] = None
    refusal: Optional[Refusal] = None
    failure: Optional[Failure] = None
    signed_out: Optional[str] = None
    file_fault: Optional[FileFault] = None
    assertion: Optional[Dict[str, Any]] = field(default=None, repr=False)


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

    def sign_ins(self) -> SignIns:
        """Who is signed in, and to what. No request is made."""
        from azure.cli.core._profile import Profile
        from azure.cli.core._session import ACCOUNT
        from azure.cli.core.commands.client_factory import get_subscription_id
        from knack.util import CLIError
        path, folder = str(ACCOUNT.filename), str(self._cli_ctx.config.config_dir)
        fault = fault_of_profile(ACCOUNT.data, path, folder)
        if fault:
            return SignIns([], fault)
        entries = Profile(cli_ctx=self._cli_ctx).load_cached_subscriptions()
        try:
            current = get_subscription_id(self._cli_ctx) if entries else None
        except CLIError:  # no entry is the current one
            current = None
        accounts: List[Account] = []
        asked = self._cli_ctx.data.get("subscription_id")
        wanted = current or next((entry["id"] for entry in entries if entry.get("isDefault")), None)
        if sum(entry["id"] == wanted for entry in entries) > 1:
            return SignIns([_account(entry, False) for entry in entries], repeated_subscription=str(wanted))
        for entry in entries:
            is_current = entry["id"] == current
            if text_member(entry, "tenantId") and text_member(entry, "user", "name"):
                accounts.append(_account(entry, is_current))
            elif is_current:
                return SignIns([], FileFault(path, "damaged", folder=folder))
        accounts.sort(key=lambda account: not account.is_current)
        found = any(account.is_current for account in accounts)
        return SignIns(accounts, asked_subscription=str(asked) if asked and not found else None)

    def uses_broker(self) -> Optional[bool]:
        """Whether the CLI signs users in through Windows' account manager (WAM); None on other systems."""
        if sys.platform != "win32":
            return None
        return bool(self._cli_ctx.config.getboolean("core", "enable_broker_on_windows", fallback=True))

    def token(self, resource: str, account: Account) -> TokenAnswer:
        """A token for `resource` as the identity of `account`. Asked again, the same answer is returned."""
        key = (resource, account.tenant_id)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._answers:
                self._answers[key] = self._acquire(resource, account)
            return self._answers[key]

    def ask_ahead(self, resource: str) -> None:
        """Begin to ask for a token as the current account; whoever wants it later waits for that answer.

        What asking takes is imported in the calling thread: computing in two threads at once, both would be late.
        """
        import azure.cli.core.auth.identity  # noqa: F401  # pylint: disable=unused-import
        import msal_extensions  # noqa: F401  # pylint: disable=unused-import

        def ask() -> None:
            try:
                account = self.sign_ins().current
                if account and account.has_subscription:
                    self.token(resource, account)
            except Exception:  # pylint: disable=broad-except
                pass  # a defect, which whoever wants the token meets, too, and reports
        start(ask, "token ahead")

    def _acquire(self, resource: str, account: Account) -> TokenAnswer:
        from azure.cli.core.azclierror import AuthenticationError
        from knack.util import CLIError
        from msal.exceptions import MsalError
        from msal_extensions import LockError
        from requests.exceptions import RequestException
        statuses: List[int] = []
        try:
            token = bounded(lambda: self._raw_token(resource, account, statuses),
                            whole_seconds(self._timeout_seconds), "token")
        except OutOfTime as error:
            return self._file_fault(account, error) or TokenAnswer(
                failure=Failure("timeout", f"no answer from {self._authority_host(account)} in time"))
        except AuthenticationError as error:
            return self._refused(error, account, statuses[-1] if statuses else None)
        except CLIError as error:
            return self._file_fault(account, error) or TokenAnswer(signed_out=said(error))
        except RequestException as error:
            return TokenAnswer(failure=failure_of(error, self._authority_host(account)))
        except (OSError, LockError) as error:
            return self._file_fault(account, error) or TokenAnswer(
                failure=failure_of(error, self._authority_host(account)))
        except (MsalError, _jwt_error(), *STUMBLES) as error:
            if is_defect(error):
                raise
            return self._file_fault(account, error) or self._without_token(
                account, type(error).__name__, statuses[-1] if statuses else None)
        if not isinstance(token, str):
            return self._without_token(account, "the token is not text", None)
        return TokenAnswer(Secret(token), claims_of(token), account.tenant_id)

    def _raw_token(self, resource: str, account: Account, statuses: List[int]) -> Any:
        from azure.cli.core._profile import Profile
        profile = Profile(cli_ctx=self._cli_ctx)
        # A tenant-level account's id is its tenant's; get_raw_token looks accounts up by it all the same.
        with bounded_requests(self._http.traffic, self._timeout_seconds) as answered, self._turns.one_at_a_time():
            try:
                credential, _, _ = profile.get_raw_token(
                    resource=resource, subscription=account.listed_as or account.subscription_id)
            finally:
                statuses.extend(answered)
        return credential[1]

    def _file_fault(self, account: Account, error: BaseException) -> Optional[TokenAnswer]:
        """The answer that is due to a file of the sign-in, if there is one that the CLI cannot use."""
        if account.user_type == "managedIdentity" or account.cloud_shell:
            return None
        fault = fault_in(self._cli_ctx, account.user_name if account.user_type == "servicePrincipal" else None, error)
        return TokenAnswer(file_fault=fault) if fault else None

    def _refused(self, error: "AuthenticationError", account: Account, status: Optional[int]) -> TokenAnswer:
        answer = error.msal_error
        if not answer:  # the CLI found no refresh token to ask with
            return TokenAnswer(signed_out=said(error))
        by_endpoint = account.user_type == "managedIdentity" or account.cloud_shell
        refusal = refusal_of(answer, NO_REASON, by_endpoint, status if by_endpoint else None)
        if account.user_type != "servicePrincipal" or kind_of(refusal) != "no-federation":
            return TokenAnswer(refusal=refusal)
        return TokenAnswer(refusal=refusal, assertion=federated_assertion(
            self._cli_ctx, account.user_name, account.tenant_id))

    def _authority_host(self, account: Account) -> str:
        if account.user_type == "managedIdentity" or account.cloud_shell:
            return "the managed identity endpoint"
        return urlsplit(self._cli_ctx.cloud.endpoints.active_directory).hostname or ""

    def _without_token(self, account: Account, error: str, status: Optional[int]) -> TokenAnswer:
        """MSAL drops Entra's answer when the tenant's discovery document is refused; read it once more."""
        if account.user_type == "managedIdentity" or account.cloud_shell:
            return TokenAnswer(refusal=Refusal(None, (), None, "the identity endpoint's answer cannot be read",
                                               status=status, by_identity_endpoint=True))
        authority = self._cli_ctx.cloud.endpoints.active_directory.rstrip("/")
        answer = self._http.request("GET", f"{authority}/{account.tenant_id}/v2.0/.well-known/openid-configuration")
        if answer.failure:
            return TokenAnswer(failure=answer.failure)
        if text_member(answer.json, "error"):
            return TokenAnswer(refusal=refusal_of(answer.json, f"status {answer.status}"))
        what = f"no answer to a token request ({error})" if answer.status == 200 else f"status {answer.status}"
        return TokenAnswer(failure=Failure("malformed", f"{answer.host} gives {what} instead of an answer of Entra"))


def _jwt_error() -> Type[Exception]:
    """What MSAL and the CLI raise for a token that they cannot read.

    Importing it takes as long as all of MSAL, and is needed only when something was raised.
    """
    from jwt import PyJWTError
    error: Type[Exception] = PyJWTError
    return error


def _account(entry: Dict[str, Any], is_current: bool) -> Account:
    name = text_member(entry, "user", "name")
    managed = name in ("systemAssignedIdentity", "userAssignedIdentity")
    return Account(
        subscription_id=str(entry.get("id")), subscription_name=str(entry.get("name")),
        state=str(entry.get("state")), tenant_id=str(entry.get("tenantId")),
        home_tenant_id=text_member(entry, "homeTenantId") or None, user_name=name,
        user_type="managedIdentity" if managed else text_member(entry, "user", "type"),
        assigned_identity=text_member(entry, "user", "assignedIdentityInfo") or None,
        cloud_shell=bool(member(entry, "user", "cloudShellID")), is_current=is_current)


def cli_version() -> Tuple[int, int]:
    """Major and minor version of the CLI."""
    from azure.cli.core import __version__
    major, minor = __version__.split(".")[:2]
    return int(major), int(minor)
