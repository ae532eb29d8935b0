# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Looks for a registry in Resource Manager: in the current subscription, then in the login's others."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

from azext_acrlogin.outside.arm import REGISTRY_API, SUBSCRIPTIONS_API, Arm, ArmAnswer
from azext_acrlogin.outside.azure_login import Account
from azext_acrlogin.outside.bounded import side_by_side
from azext_acrlogin.protocol.json_text import member, text_member

GROUPS_TRIED = 40  # more would take longer than the list needs to catch up
RESOURCE_GROUPS_API = "2021-04-01"
TYPE = "Microsoft.ContainerRegistry/registries"


@dataclass
class Search:
    """Outcome of the search.

    registry: ARM's whole object, and `account` the login's account that sees it; both None when nothing was found.
    answers: the first answer of each kind that was no success, to tell why nothing may be known.
    subscription: ARM's object of the current subscription, when it could be read.
    name_available: whether the name is free (nobody has such a registry); None when that could not be asked.
    """

    registry: Optional[Dict[str, Any]] = None
    account: Optional[Account] = None
    searched: List[str] = field(default_factory=list)
    problems: List[ArmAnswer] = field(default_factory=list)
    subscription: Optional[Dict[str, Any]] = None
    name_available: Optional[bool] = None


def search(arm: Arm, accounts: Sequence[Account], name: str, host: Optional[str],
           subscription: Optional[str], resource_group: Optional[str]) -> Search:
    """Find the registry `name`.

    :param accounts: the login's, the current one first.
    :param host: the login server that was given; it decides between registries of one name (domain name labels).
    :param subscription: of a resource id that was given.  :param resource_group: given by -g or a resource id.
    """
    found = Search()
    accounts = [account for account in accounts if account.has_subscription]
    first = next((account for account in accounts if subscription and
                  account.subscription_id.lower() == subscription.lower()), None) or next(iter(accounts), None)
    if first is None:
        return found

    def in_first():
        if resource_group and _get(arm, found, first, resource_group, name):
            return
        _list(arm, found, [first], name, host)

    side_by_side([in_first, lambda: _read_subscription(arm, found, first)], lambda task: task())
    if not found.registry and all(problem.status is not None for problem in found.problems):
        others = [account for account in accounts if account is not first]
        availability: List[Optional[bool]] = []
        side_by_side([lambda: _list(arm, found, others, name, host),
                      lambda: availability.append(_available(arm, found, first, name))], lambda task: task())
        found.name_available = availability[0] if availability and not found.registry else None
    if found.name_available is False:
        _by_resource_group(arm, found, first, name)
    return found


def _by_resource_group(arm: Arm, found: Search, account: Account, name: str) -> None:
    """Lists lag behind for a minute after a registry was made, while reading it by its id works already."""
    groups = arm.list(account, f"/subscriptions/{account.subscription_id}/resourcegroups", RESOURCE_GROUPS_API)
    names = [text_member(group, "name") for group in groups.items]
    if len(names) <= GROUPS_TRIED:
        side_by_side([group for group in names if group], lambda group: _get(arm, found, account, group, name))


def _get(arm: Arm, found: Search, account: Account, resource_group: str, name: str) -> bool:
    answer = arm.get(account, f"/subscriptions/{account.subscription_id}/resourceGroups/{resource_group}"
                              f"/providers/{TYPE}/{name}", REGISTRY_API)
    if answer.ok and isinstance(answer.value, dict):
        found.registry, found.account = answer.value, account
        found.searched.append(account.subscription_id)
    elif answer.status not in (403, 404):
        found.problems.append(answer)
    return found.registry is not None


def _list(arm: Arm, found: Search, accounts: Sequence[Account], name: str, host: Optional[str]) -> None:
    def one(account: Account) -> Tuple[Account, ArmAnswer]:
        return account, arm.list(account, f"/subscriptions/{account.subscription_id}/providers/{TYPE}", REGISTRY_API)

    candidates = []
    for account, answer in side_by_side(accounts, one):
        found.searched.append(account.subscription_id)
        if not answer.ok:
            found.problems.append(answer)
        candidates += [(account, registry) for registry in answer.items
                       if text_member(registry, "name").lower() == name]
    by_host = [pair for pair in candidates if host and
               text_member(pair[1], "properties", "loginServer").lower() == host]
    if by_host or candidates:
        found.account, found.registry = (by_host or candidates)[0]


def _read_subscription(arm: Arm, found: Search, account: Account) -> None:
    answer = arm.get(account, f"/subscriptions/{account.subscription_id}", SUBSCRIPTIONS_API)
    if answer.ok and isinstance(answer.value, dict):
        found.subscription = answer.value
    else:
        found.problems.append(answer)


def _available(arm: Arm, found: Search, account: Account, name: str) -> Optional[bool]:
    answer = arm.post(account, f"/subscriptions/{account.subscription_id}/providers/Microsoft.ContainerRegistry"
                               "/checkNameAvailability", REGISTRY_API, {"name": name, "type": TYPE})
    available = member(answer.value, "nameAvailable")
    if answer.ok and isinstance(available, bool):
        return available
    found.problems.append(answer)
    return None
