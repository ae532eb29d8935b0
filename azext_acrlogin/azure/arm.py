# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Azure Resource Manager: the only way to it. Reads only, each optional, since people who can pull may read nothing.

Every request is one of the methods here; which api-version it asks for is decided by the SDK that comes with the CLI,
or in `api_versions`.
"""

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple
from urllib.parse import quote, urlsplit

from azext_acrlogin.azure.api_versions import (
    DENY_ASSIGNMENTS, ELIGIBILITIES, PERMISSIONS, ROLE_DEFINITIONS, VERSIONS, shows_conditions, type_of)
from azext_acrlogin.azure.cli_login import Account, AzureLogin, TokenAnswer
from azext_acrlogin.net.http import Answer, Failure, Http
from azext_acrlogin.net.trust import bundle_for_clients
from azext_acrlogin.protocol.challenge import parse_challenges
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import said, shown

if TYPE_CHECKING:
    from azext_acrlogin.azure.arm_pipeline import Clients, Response

PAGES = 200  # of a list; a tenant with 4,000 role assignments or 2,000 registries needs some tens
LIST_CHARACTERS = 32_000_000  # of all pages together
INDEXED_SUBSCRIPTIONS = 1000  # of one question to Resource Graph
REGISTRY_TYPE = "Microsoft.ContainerRegistry/registries"


@dataclass(frozen=True)
class ArmAnswer:
    """What Resource Manager said: a value or list, or why not.

    status: of the HTTP answer, None when there was none.
    error_code, error_text: of ARM's error body, shown form.
    token_answer: set when there was no token to ask with.
    api_version: that of the request which was answered; what it does not show is not known.
    continues: whether a list goes on beyond what was read of it.
    """

    status: Optional[int] = None
    value: Any = None
    error_code: Optional[str] = None
    error_text: Optional[str] = None
    answer: Optional[Answer] = None
    token_answer: Optional[TokenAnswer] = None
    api_version: Optional[str] = None
    continues: bool = False

    @property
    def ok(self) -> bool:
        """Whether `value` is what was asked for."""
        return self.status is not None and 200 <= self.status < 300 and self.value is not None

    @property
    def items(self) -> List[Dict[str, Any]]:
        """The entries of a list answer; empty when it is none."""
        return objects(self.value)

    @property
    def is_impossible(self) -> bool:
        """Whether nobody was asked: nothing can have the name, or how to ask for such a resource is not known."""
        return self.status is None and self.answer is None and self.token_answer is None

    @property
    def shows_conditions(self) -> bool:
        """Whether permissions in this answer would bear the conditions that they have."""
        return shows_conditions(self.api_version)

    @property
    def refuses_token(self) -> bool:
        """Whether the token itself is not accepted, for what it is or whose it is; a missing permission is 403."""
        return self.status == 401 and not self.is_a_page

    @property
    def claims_challenge(self) -> Optional[str]:
        """What a token must meet to be accepted, in base64, where the refusal says so."""
        header = self.answer.headers.get("www-authenticate", "") if self.answer and self.refuses_token else ""
        challenges = (challenge.parameters for challenge in parse_challenges(header))
        return next((parameters["claims"] for parameters in challenges
                     if parameters.get("error") == "insufficient_claims" and parameters.get("claims")), None)

    @property
    def reachable(self) -> bool:
        """Whether Resource Manager answered at all, with anything but throttling, a fault of its own or a page."""
        return self.status is not None and self.status != 429 and self.status < 500 and not self.is_a_page

    @property
    def is_a_page(self) -> bool:
        """Something that makes pages for people answered in Resource Manager's place."""
        return self.answer is not None and "html" in self.answer.headers.get("content-type", "").lower()


@dataclass
class Arm:  # pylint: disable=too-many-public-methods
    """Reads from Resource Manager as the identity of an account.

    `scope`, `resource_id` and the like start with a slash, as in ARM's ids.
    """

    cli_ctx: Any
    http: Http
    login: AzureLogin
    endpoint: str  # the cloud's, e.g. https://management.azure.com/
    audience: str  # of its tokens
    user_agent: str  # the CLI's and this extension's, which the SDKs' are added to
    _clients: Optional["Clients"] = field(init=False, default=None)
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)

    # -- Registries and what belongs to them --

    def registries(self, account: Account, first_page: bool = False) -> ArmAnswer:
        """The registries of the account's subscription; `first_page`: no more than that."""
        return self._list(account, lambda sdk, **hook: sdk.registry(account).registries.list(**hook), first_page)

    def registry(self, account: Account, group: str, name: str) -> ArmAnswer:
        """One registry."""
        return self._read(account, lambda sdk, **hook: sdk.registry(account).registries.get(group, name, **hook))

    def name_availability(self, account: Account, name: str) -> ArmAnswer:
        """Whether a registry's name is free (a question that is asked by POST; it changes nothing)."""
        question = {"name": name, "type": REGISTRY_TYPE}
        return self._read(account, lambda sdk, **hook: sdk.registry(
            account).registries.check_name_availability(question, **hook))

    def tokens(self, account: Account, registry_id: str) -> ArmAnswer:
        """A registry's repository-scoped tokens, without their passwords."""
        return self._list(account, lambda sdk, **hook: sdk.registry(account).tokens.list(
            *_group_and_name(registry_id), **hook))

    def scope_map(self, account: Account, registry_id: str, name: str) -> ArmAnswer:
        """A scope map of a registry."""
        return self._read(account, lambda sdk, **hook: sdk.registry(account).scope_maps.get(
            *_group_and_name(registry_id), name, **hook))

    def cache_rules(self, account: Account, registry_id: str) -> ArmAnswer:
        """A registry's cache rules."""
        return self._list(account, lambda sdk, **hook: sdk.registry(account).cache_rules.list(
            *_group_and_name(registry_id), **hook))

    def credential_set(self, account: Account, registry_id: str, name: str) -> ArmAnswer:
        """A set of credentials that cache rules use."""
        return self._read(account, lambda sdk, **hook: sdk.registry(account).credential_sets.get(
            *_group_and_name(registry_id), name, **hook))

    def replications(self, account: Account, registry_id: str) -> ArmAnswer:
        """A registry's geo-replicas."""
        return self._list(account, lambda sdk, **hook: sdk.registry(account).replications.list(
            *_group_and_name(registry_id), **hook))

    def usages(self, account: Account, registry_id: str) -> ArmAnswer:
        """How much of its quotas a registry uses."""
        return self._read(account, lambda sdk, **hook: sdk.registry(account).registries.list_usages(
            *_group_and_name(registry_id), **hook))

    # -- Authorization --

    def role_assignments(self, account: Account, scope: str, wanted: str) -> ArmAnswer:
        """Role assignments at a scope that a filter finds."""
        return self._list(account, lambda sdk, **hook: sdk.authorization(account).role_assignments.list_for_scope(
            _scope(scope), filter=wanted, **hook))

    def deny_assignments(self, account: Account, scope: str, wanted: str) -> ArmAnswer:
        """Deny assignments at a scope that a filter finds."""
        return self._list(account, lambda sdk, **hook: sdk.authorization(account).deny_assignments.list_for_scope(
            _scope(scope), filter=wanted, api_version=DENY_ASSIGNMENTS, **hook))

    def eligible_roles(self, account: Account, scope: str, wanted: str) -> ArmAnswer:
        """Role eligibilities (PIM) at a scope that a filter finds."""
        def ask(sdk: "Clients", **hook: Any) -> Any:
            client = sdk.authorization(account, ELIGIBILITIES)
            return client.role_eligibility_schedule_instances.list_for_scope(
                _scope(scope), filter=wanted, api_version=ELIGIBILITIES, **hook)
        return self._list(account, ask)

    def permissions(self, account: Account, registry_id: str) -> ArmAnswer:
        """What the account itself may do with a registry."""
        def ask(sdk: "Clients", **hook: Any) -> Any:
            group, name = _group_and_name(registry_id)
            return sdk.authorization(account).permissions.list_for_resource(
                group, "Microsoft.ContainerRegistry", "", "registries", name, api_version=PERMISSIONS, **hook)
        return self._list(account, ask)

    def role_definition(self, account: Account, scope: str, guid: str) -> ArmAnswer:
        """One role definition."""
        return self._read(account, lambda sdk, **hook: sdk.authorization(account).role_definitions.get(
            _scope(scope), guid, api_version=ROLE_DEFINITIONS, **hook))

    # -- What has no client here --

    def subscription(self, account: Account) -> ArmAnswer:
        """The account's subscription, which tells its state."""
        return self.resource(account, f"/subscriptions/{account.subscription_id}")

    def subscriptions(self, account: Account) -> ArmAnswer:
        """The subscriptions of the account's tenant that it sees."""
        return self._plain_list(account, "/subscriptions")

    def resource_groups(self, account: Account) -> ArmAnswer:
        """The resource groups of the account's subscription."""
        return self._plain_list(account, f"/subscriptions/{account.subscription_id}/resourcegroups")

    def resources(self, account: Account, wanted: str) -> ArmAnswer:
        """The resources, of any type, of the account's subscription that a filter finds."""
        return self._plain_list(account, f"/subscriptions/{account.subscription_id}/resources", wanted)

    def indexed_registries(self, account: Account, subscriptions: List[str], name: str) -> ArmAnswer:
        """The registries of a name in many subscriptions of the account's tenant, by Resource Graph's index: ids alone.

        It lags behind by a minute or so, and tells what the account may read. Source:
        https://learn.microsoft.com/azure/governance/resource-graph/overview and its specification, 2021-03-01.
        """
        path = "/providers/Microsoft.ResourceGraph/resources"
        question = {"subscriptions": subscriptions[:INDEXED_SUBSCRIPTIONS], "query":
                    f"resources | where type =~ '{REGISTRY_TYPE}' and name =~ '{name}' | project id, name"}
        return self._read(account, lambda sdk, **hook: sdk.query(
            account, path, VERSIONS[type_of(path)], question, **hook))

    def diagnostic_settings(self, account: Account, resource_id: str) -> ArmAnswer:
        """Where a resource sends its logs."""
        return self._plain_list(account, f"{resource_id}/providers/Microsoft.Insights/diagnosticSettings")

    def resource(self, account: Account, resource_id: str) -> ArmAnswer:
        """Any resource of a type that `api_versions.VERSIONS` lists; of another type there is no answer."""
        version = VERSIONS.get(type_of(resource_id))
        if version is None:
            return _not_read(resource_id)
        return self._read(account, lambda sdk, **hook: sdk.read(account, resource_id, version, **hook))

    def _plain_list(self, account: Account, path: str, wanted: Optional[str] = None) -> ArmAnswer:
        version = VERSIONS.get(type_of(path))
        if version is None:  # what stands for a subscription's id in the profile is none
            return _not_read(path)
        return self._list(account, lambda sdk, **hook: sdk.pages(account, path, version, wanted, **hook))

    # -- How it is asked --

    def prepare(self) -> None:
        """Import the SDKs' common parts and the client for registries: 100 ms, before the first request."""
        self._opened()

    def prepare_for_roles(self) -> None:
        """Import the client for role assignments."""
        self._opened().prepare_for_roles()

    def _opened(self) -> "Clients":
        """The SDKs' clients."""
        with self._guard:
            if self._clients is None:
                from azext_acrlogin.azure.arm_pipeline import Clients
                self._clients = Clients(self.cli_ctx, self.http, self.login, self.endpoint, self.audience,
                                        self.user_agent)
            return self._clients

    def _read(self, account: Account, operation: Callable[..., Any]) -> ArmAnswer:
        """Read one thing. :param operation: of the SDK; takes the clients and the hook that sees the answers."""
        def ask(sdk: "Clients", answers: List["Response"], hook: Dict[str, Any]) -> ArmAnswer:
            operation(sdk, **hook)
            return _answer(answers[-1])
        return self._asked(account, ask)

    def _list(self, account: Account, operation: Callable[..., Any], first_page: bool = False) -> ArmAnswer:
        """Read a list. A page that fails makes the whole answer that failure: no half lists."""
        def ask(sdk: "Clients", answers: List["Response"], hook: Dict[str, Any]) -> ArmAnswer:
            found: List[Dict[str, Any]] = []
            characters = 0
            pages = operation(sdk, **hook).by_page()
            for _ in pages:
                page = _answer(answers[-1])
                entries = member(page.value, "value")
                if not isinstance(entries, list):
                    return replace(page, value=None, error_text="the answer is not a list")
                found += objects(entries)
                characters += len(answers[-1].answer.body)
                if first_page or not pages.continuation_token:
                    break
                if characters > LIST_CHARACTERS or len(answers) == PAGES:
                    return replace(page, value=None, error_text="the list is too long")
            return replace(page, value=found, continues=bool(pages.continuation_token))
        return self._asked(account, ask)

    def _asked(self, account: Account, ask: Callable[["Clients", List["Response"], Dict[str, Any]], ArmAnswer]
               ) -> ArmAnswer:
        sdk = self._opened()  # before the token, which is on its way (`AzureLogin.ask_ahead`)
        token = self.login.token(self.audience, account)
        if token.token is None:
            return ArmAnswer(token_answer=token)
        from azure.core.exceptions import HttpResponseError
        from knack.util import CLIError
        from azext_acrlogin.azure.arm_pipeline import ForeignHost, NoAnswer
        answers: List["Response"] = []
        try:
            return ask(sdk, answers, {"raw_response_hook": lambda response: answers.append(response.http_response)})
        except HttpResponseError:  # a status that the operation did not expect
            return _answer(answers[-1])
        except NoAnswer as error:
            return ArmAnswer(answer=error.answer)
        except ForeignHost as error:
            return replace(_answer(answers[-1]), value=None, error_text=str(error))
        except CLIError:  # raised where a client is made, for one reason
            fault = bundle_for_clients()
            failure = Failure("tls", fault.text, file_variable=fault.variable)
            return ArmAnswer(answer=Answer(urlsplit(self.endpoint).hostname or "", "", failure=failure))
        except ValueError as error:  # a name that the SDK knows to be impossible, in an id that somebody gave
            return ArmAnswer(error_text=shown(error))


def _not_read(path: str) -> ArmAnswer:
    return ArmAnswer(error_text=f"resources of type {shown(type_of(path), 100)} are not read")


def _answer(response: "Response") -> ArmAnswer:
    answer, version = response.answer, response.api_version
    value = answer.json
    if answer.status is not None and 200 <= answer.status < 300:
        return ArmAnswer(answer.status, value, answer=answer, api_version=version)
    return ArmAnswer(answer.status, None, shown(text_member(value, "error", "code"), 80) or None,
                     said(text_member(value, "error", "message")) or None, answer, api_version=version)


def _scope(scope: str) -> str:
    """A scope as the SDK puts it into a path: as it is."""
    return quote(scope.rstrip("/"), safe="/")


def _group_and_name(registry_id: str) -> Tuple[str, str]:
    """Resource group and name in a registry's id.

    :raises ValueError: it is none.
    """
    segments = registry_id.strip("/").split("/")
    if len(segments) != 8:
        raise ValueError("this is not a registry's id")
    return segments[3], segments[7]
