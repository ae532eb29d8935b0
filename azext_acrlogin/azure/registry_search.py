# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Looks for a registry in Resource Manager: in the current subscription, then in the login's others, and in those of
tenants that the CLI's profile lists without a subscription.

Resource Manager finds no registry by its name alone. It lists them, page by page; and its list of resources of any
type can be asked for one type, as the CLI itself does, and a name. It tells no more than the resource group. Resource
Graph's index finds one among many subscriptions at once, but not a new one, and not in every cloud.
"""

import math
import time
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from azext_acrlogin.azure.arm import REGISTRY_TYPE, Arm, ArmAnswer
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.registry import Registry, registry_of
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import shown

GROUPS_TRIED = 40  # more would take longer than the list needs to catch up
SIMILAR = 0.8  # of two names: one wrong letter, or two in a long one
# Resource Manager counts the requests for each subscription apart:
# https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
SUBSCRIPTIONS_AT_ONCE = 50
MANY_SUBSCRIPTIONS = 10  # from here on the index is asked first: one more answer to wait for, and so many requests less
NAMESAKES = 10  # of one name in a subscription, told apart by their domain name labels; there are hardly ever two

Candidate = Tuple[Account, Registry]


@dataclass
class Search:
    """Outcome of the search.

    similar: the registry that the login sees whose name is nearest, where that is near; with the account that sees it.
    registry: as ARM shows it, and `account` the login's account that sees it; both None when nothing was found.
    not_searched: subscriptions that nobody was asked about before the time was up.
    problems: the answers that were no success, to tell why nothing may be known.
    subscription: ARM's object of the current subscription, when it could be read.
    name_available: whether the name is free (nobody has such a registry); None when that could not be asked.
    """

    registry: Optional[Registry] = None
    account: Optional[Account] = None
    searched: List[str] = field(default_factory=list)
    similar: Optional[Tuple[str, Account]] = None
    not_searched: List[str] = field(default_factory=list)
    problems: List[ArmAnswer] = field(default_factory=list)
    subscription: Optional[Dict[str, Any]] = None
    name_available: Optional[bool] = None


def search(arm: Arm, accounts: Sequence[Account], name: str, host: Optional[str],
           subscription: Optional[str], resource_group: Optional[str],
           seconds: float = math.inf) -> Search:
    """Find the registry `name`.

    :param accounts: the login's, the current one first.
    :param host: the login server that was given; it decides between registries of one name (domain name labels).
    :param subscription: of a resource id that was given.  :param resource_group: given by -g or a resource id.
    :param seconds: after which no further subscription is asked.
    """
    found, ends = Search(), time.monotonic() + seconds
    tenants = [account for account in accounts if not account.has_subscription and not account.is_current]
    accounts = [account for account in accounts if account.has_subscription]
    first = next((account for account in accounts if subscription and
                  account.subscription_id.lower() == subscription.lower()), None) or next(iter(accounts), None)
    if first is None:
        return found
    reader = _Reader(arm, name, host, found.problems)
    (candidates, goes_on), found.subscription = _at_once(
        lambda: reader.look(first, resource_group), lambda: reader.subscription(first))
    found.searched = [first.subscription_id]
    if not candidates and all(problem.status is not None for problem in found.problems):
        others = [account for account in accounts if account is not first] + reader.unlisted(tenants)
        candidates = reader.indexed(others) if len(others) >= MANY_SUBSCRIPTIONS else []
        if candidates:
            found.searched += [account.subscription_id for account in others]
        else:
            candidates = _each_asked(reader, first, others, goes_on, ends, found)
    if found.name_available is False and time.monotonic() < ends:
        candidates = reader.in_any_group(first)
    if candidates:
        found.account, registry = next(filter(reader.is_at_host, candidates), candidates[0])
        if text_member(found.subscription, "subscriptionId") == found.account.subscription_id:
            state = shown(text_member(found.subscription, "state"), 80) or None
            registry = replace(registry, subscription_state=state)
        found.registry = registry
    else:
        near = next(iter(get_close_matches(name, sorted(reader.seen), 1, SIMILAR)), None)
        found.similar = (near, reader.seen[near]) if near else None
    return found


def _each_asked(reader: "_Reader", first: Account, others: List[Account], goes_on: bool, ends: float,
                found: Search) -> List[Candidate]:
    """Ask for the registry in each subscription, first by its name; and whether the name is free."""
    available, *lists = _at_once(lambda: reader.name_available(first), *_until(ends, others, reader.located))
    rest: List[Candidate] = []
    if not any(lists):
        rest, *lists = _at_once(lambda: reader.all_pages(first) if goes_on else [],
                                *_until(ends, others, lambda account: reader.located(account, by_name=False)))
    candidates = [candidate for candidates in [rest, *lists] for candidate in candidates or []]
    for account, listed in zip(others, lists):
        (found.not_searched if listed is None else found.searched).append(account.subscription_id)
    found.name_available = None if candidates else available
    return candidates


def _until(ends: float, accounts: Sequence[Account],
           ask: Callable[[Account], List[Candidate]]) -> List[Callable[[], Optional[List[Candidate]]]]:
    """A question for each account, whose answer is None once the time is up."""
    return [lambda account=account: ask(account) if time.monotonic() < ends else None  # type: ignore[misc]
            for account in accounts]


def _at_once(*questions: Callable[[], Any]) -> List[Any]:
    return side_by_side(questions, lambda question: question(), SUBSCRIPTIONS_AT_ONCE)


class _Reader:
    """Asks for one registry. Answers that are no success are kept in `problems`, unless they say that there is none."""

    def __init__(self, arm: Arm, name: str, host: Optional[str], problems: List[ArmAnswer]):
        self._arm = arm
        self._name = name
        self._host = host
        self._problems = problems
        self.seen: Dict[str, Account] = {}  # names of all registries in the lists that were read, and who sees them

    def is_at_host(self, candidate: Candidate) -> bool:
        """Whether the candidate's login server is the host that was given."""
        return self._host is not None and candidate[1].login_server == self._host

    def look(self, account: Account, resource_group: Optional[str]) -> Tuple[List[Candidate], bool]:
        """The first look, at the current subscription: candidates, and whether the list of registries goes on unread.

        The first page shows whole registries and is enough for most subscriptions; in a larger one the name leads to
        them. Both are asked for at once.
        """
        in_group = self._in_groups(account, [resource_group]) if resource_group else []
        if in_group:
            return in_group, False
        page, located = _at_once(
            lambda: self._arm.registries(account, first_page=True), lambda: self._resources(account))
        if not page.ok:
            self._problems.append(page)
        self._see(account, page)
        candidates = self._named(account, page.items)
        if not candidates or self._host and not any(map(self.is_at_host, candidates)):
            known = {(registry.resource_group or "").lower() for _, registry in candidates}
            candidates += self._in_groups(account, [group for group in self._groups(located) if group not in known])
        return candidates, page.continues

    def located(self, account: Account, by_name: bool = True) -> List[Candidate]:
        """The registries of the name in a subscription, found without reading a list of many.

        :param by_name: ask for the name, too; a front end that does not know that filter may answer with nothing.
        """
        answer = self._resources(account, by_name)
        if not answer.ok:
            return self.all_pages(account)
        self._see(account, answer)
        return self._in_groups(account, self._groups(answer))

    def indexed(self, accounts: Sequence[Account]) -> List[Candidate]:
        """The registries of the name that Resource Graph knows in these subscriptions. It is asked once a tenant.

        That it knows none, or does not answer, tells nothing.
        """
        by_tenant: Dict[str, Dict[str, Account]] = {}
        for account in accounts:
            by_tenant.setdefault(account.tenant_id, {})[account.subscription_id.lower()] = account

        def ask(listed: Dict[str, Account]) -> List[Candidate]:
            answer = self._arm.indexed_registries(next(iter(listed.values())), list(listed), self._name)
            found = [resource for resource in objects(member(answer.value, "data")) if self._is_named(resource)]
            places = [(listed.get(text_member(resource, "id").lower().split("/")[2]), _group_of(resource))
                      for resource in found[:NAMESAKES]]
            return [candidate for account, group in places if account
                    for candidate in self._in_groups(account, [group])]
        return [candidate for found in side_by_side(list(by_tenant.values()), ask) for candidate in found]

    def unlisted(self, accounts: Sequence[Account]) -> List[Account]:
        """Subscriptions that tenants show now, where the profile lists a tenant without any."""
        answers = side_by_side(accounts, self._arm.subscriptions)
        self._problems += [answer for answer in answers if not answer.ok]
        return [replace(account, subscription_id=text_member(item, "subscriptionId"),
                        subscription_name=shown(text_member(item, "displayName"), 80),
                        state=shown(text_member(item, "state"), 80), listed_as=account.subscription_id)
                for account, answer in zip(accounts, answers) for item in answer.items
                if text_member(item, "subscriptionId")]

    def all_pages(self, account: Account) -> List[Candidate]:
        """The registries of the name in the whole list of a subscription's."""
        answer = self._arm.registries(account)
        if not answer.ok:
            self._problems.append(answer)
        self._see(account, answer)
        return self._named(account, answer.items)

    def in_any_group(self, account: Account) -> List[Candidate]:
        """Try every resource group: lists lag behind for a minute, while reading a new registry by its id works."""
        answer = self._arm.resource_groups(account)
        names = [text_member(group, "name") for group in answer.items]
        return self._in_groups(account, [name for name in names if name]) if len(names) <= GROUPS_TRIED else []

    def subscription(self, account: Account) -> Optional[Dict[str, Any]]:
        """The subscription itself, which tells its state."""
        answer = self._arm.subscription(account)
        if answer.ok and isinstance(answer.value, dict):
            return answer.value
        self._problems.append(answer)
        return None

    def name_available(self, account: Account) -> Optional[bool]:
        """Whether nobody has a registry of the name; None when that cannot be told."""
        answer = self._arm.name_availability(account, self._name)
        available = member(answer.value, "nameAvailable")
        if answer.ok and isinstance(available, bool):
            return available
        self._problems.append(answer)
        return None

    def _resources(self, account: Account, by_name: bool = True) -> ArmAnswer:
        name = f" and name eq '{self._name}'" if by_name else ""
        return self._arm.resources(account, f"resourceType eq '{REGISTRY_TYPE}'{name}")

    def _groups(self, resources: ArmAnswer) -> List[str]:
        """The resource groups, in lower case, of those resources that bear the name."""
        groups = [_group_of(resource) for resource in resources.items if self._is_named(resource)]
        return [group for group in groups if group][:NAMESAKES]

    def _in_groups(self, account: Account, groups: Sequence[str]) -> List[Candidate]:
        """Read the registry of the name in each resource group; one that is not there does not count as a problem."""
        candidates: List[Candidate] = []
        for answer in side_by_side(groups, lambda group: self._arm.registry(account, group, self._name)):
            found = self._named(account, objects([answer.value]))
            if answer.ok and found:
                candidates += found
            elif answer.status not in (403, 404) and not answer.is_impossible:
                self._problems.append(answer)
        return candidates

    def _see(self, account: Account, listed: ArmAnswer) -> None:
        for resource in listed.items:
            self.seen.setdefault(shown(text_member(resource, "name"), 50).lower(), account)

    def _named(self, account: Account, registries: List[Dict[str, Any]]) -> List[Candidate]:
        return [(account, registry_of(registry, account)) for registry in registries if self._is_named(registry)]

    def _is_named(self, resource: Dict[str, Any]) -> bool:
        return text_member(resource, "name").lower() == self._name and bool(_group_of(resource))


def _group_of(resource: Dict[str, Any]) -> str:
    """The resource group of a resource, by its id, in lower case; empty when the id is none."""
    segments = text_member(resource, "id").lower().split("/")
    return segments[4] if len(segments) > 4 else ""
