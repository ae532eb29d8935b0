# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""How a registry is looked for: what is asked of Resource Manager, and of how many subscriptions."""

import threading
import time
from dataclasses import replace

import pytest

from azext_acrlogin.azure.arm import REGISTRY_TYPE, ArmAnswer
from azext_acrlogin.azure.cli_login import TENANT_LEVEL_ACCOUNT, Account
from azext_acrlogin.azure.registry_search import SUBSCRIPTIONS_AT_ONCE, search

PAGE = 3


def account(subscription, current=False):
    return Account(subscription, subscription, "Enabled", "tenant", None, "alex", "user", None, False, current)


def registry(name, subscription="one", group="rg", server=None):
    return {"name": name,
            "id": f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{REGISTRY_TYPE}/{name}",
            "properties": {"loginServer": server or f"{name}.azurecr.io"}}


class ResourceManager:
    """Knows registries in order, lists them in pages, and remembers what it was asked."""

    def __init__(self, *registries, hidden=(), knows_filter=True, ignores_name=False, name_available=False, page=None,
                 index=None):
        self.index = index
        self.known, self.hidden = list(registries), list(hidden)
        self.knows_filter, self.ignores_name, self.name_available = knows_filter, ignores_name, name_available
        self.page = page
        self.asked, self.at_once, self.most_at_once = [], 0, 0
        self._guard = threading.Lock()

    def subscriptions(self, account):
        return self._answer("subscriptions", account, lambda: ArmAnswer(200, []))

    def registries(self, account, first_page=False):
        return self._answer("registries, a page" if first_page else "registries", account,
                            lambda: self._registries(account, first_page))

    def registry(self, account, group, name):
        return self._answer(f"registry {name} in {group}", account, lambda: self._registry(account, group, name))

    def subscription(self, account):
        return self._answer("subscription", account,
                            lambda: ArmAnswer(200, {"subscriptionId": account.subscription_id}))

    def resource_groups(self, account):
        return self._answer("resource groups", account, lambda: ArmAnswer(200, [{"name": "other"}, {"name": "rg"}]))

    def resources(self, account, wanted):
        return self._answer("resources", account, lambda: self._resources(account, wanted))

    def indexed_registries(self, account, subscriptions, name):
        known = [one for one in self.known if one["name"] == name and one["id"].split("/")[2] in subscriptions]
        return self._answer("index", account, lambda: self.index or ArmAnswer(200, {"data": known}))

    def name_availability(self, account, _name):
        return self._answer("name", account, lambda: ArmAnswer(200, {"nameAvailable": self.name_available}))

    def _answer(self, question, account, answer):
        with self._guard:
            self.asked.append((account.subscription_id, question))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.005)
        with self._guard:
            self.at_once -= 1
        return answer()

    def _registries(self, account, first_page):
        if first_page and self.page is not None:
            return self.page
        found = self._of(account)
        return ArmAnswer(200, found[:PAGE] if first_page else found, continues=first_page and len(found) > PAGE)

    def _registry(self, account, group, name):
        wanted = registry(name, account.subscription_id, group)["id"].lower()
        found = [one for one in self.known + self.hidden if one["id"].lower() == wanted]
        return ArmAnswer(200, found[0]) if found else ArmAnswer(404)

    def _resources(self, account, wanted):
        assert wanted.startswith(f"resourceType eq '{REGISTRY_TYPE}'")
        if not self.knows_filter:
            return ArmAnswer(400, error_code="InvalidFilterInQueryString")
        name = wanted.split("'")[3] if " and name eq '" in wanted else None
        return ArmAnswer(200, [{"id": one["id"], "name": one["name"]} for one in self._of(account)
                               if self.ignores_name or name in (None, one["name"].lower())])

    def _of(self, account):
        return [one for one in self.known if one["id"].split("/")[2] == account.subscription_id]


def find(arm, name="wanted", host=None, group=None, others=()):
    accounts = [account("one", True), *map(account, others)]
    return search(arm, accounts, name, host, None, group)


def name_of(found):
    return found.registry.resource_id.rpartition("/")[2]


MANY = [registry(f"bulk{number}") for number in range(5 * PAGE)]


def test_the_first_page_is_enough_for_a_small_subscription():
    arm = ResourceManager(registry("other"), registry("Wanted"))
    found = find(arm, others=("two",))
    assert (name_of(found), found.account.subscription_id) == ("Wanted", "one")
    assert found.searched == ["one"] and found.subscription and not found.problems
    assert sorted(arm.asked) == [
        ("one", "registries, a page"), ("one", "resources"), ("one", "subscription")]


def test_a_large_subscription_is_asked_by_name():
    arm = ResourceManager(*MANY, registry("wanted", group="RG"))
    assert name_of(find(arm)) == "wanted"
    assert ("one", "registries") not in arm.asked


def test_a_front_end_without_the_filter_has_its_pages_read():
    arm = ResourceManager(*MANY, registry("wanted"), registry("far", "two"), knows_filter=False)
    assert name_of(find(arm, others=("two",))) == "wanted"
    found = find(arm, "far", others=("two",))
    assert found.account.subscription_id == "two" and not found.problems


def test_a_front_end_that_ignores_the_filter_misleads_nobody():
    arm = ResourceManager(*MANY, registry("wanted"), ignores_name=True)
    assert name_of(find(arm)) == "wanted"
    assert find(arm, "unknown").registry is None


def test_the_login_server_decides_between_registries_of_one_name():
    plain, labelled = registry("wanted"), registry("wanted", group="rg-2", server="wanted-a1b2c3d4e5f6a7b8.azurecr.io")
    for arm in (ResourceManager(plain, labelled), ResourceManager(plain, *MANY, labelled),
                ResourceManager(*MANY, plain, labelled)):
        assert find(arm, host="wanted-a1b2c3d4e5f6a7b8.azurecr.io").registry.resource_group == "rg-2"
        assert find(arm, host="wanted.azurecr.io").registry.resource_group == "rg"
        assert name_of(find(arm)) == name_of(find(arm, host="wanted-unknown.azurecr.io")) == "wanted"


def test_many_subscriptions_are_asked_by_one_question_to_the_index():
    others = [f"sub{number}" for number in range(50)]
    arm = ResourceManager(*MANY, registry("wanted", "sub49"))
    found = find(arm, others=others)
    assert (found.account.subscription_id, found.searched) == ("sub49", ["one", *others])
    assert {asked for asked in arm.asked if asked[0].startswith("sub")} == {
        ("sub0", "index"), ("sub49", "registry wanted in rg")}


def test_few_subscriptions_are_asked_themselves():
    arm = ResourceManager(*MANY, registry("wanted", "sub2"))
    assert find(arm, others=["sub0", "sub1", "sub2"]).account.subscription_id == "sub2"
    assert not [asked for asked in arm.asked if asked[1] == "index"]


@pytest.mark.parametrize("answer", [
    ArmAnswer(200, {"data": []}), ArmAnswer(403, error_code="AuthorizationFailed"),
    ArmAnswer(200, {"data": {"rows": 1}}),
    ArmAnswer(200, {"data": [{"id": "/x/wanted", "name": "wanted"}, None, {"id": 7, "name": "wanted"}]}),
    ArmAnswer(200, {"data": [registry("wanted", "of-nobody")]}), ArmAnswer(200, {"data": [registry("other", "sub1")]}),
    ArmAnswer(200, {"data": [registry("wanted", "sub1")]})],  # it was there until a minute ago
    ids=["empty", "refused", "another form", "odd entries", "another subscription", "another name", "gone"])
def test_where_the_index_does_not_help_many_subscriptions_get_one_small_question_each(answer):
    others = [f"sub{number}" for number in range(50)]
    arm = ResourceManager(*MANY, registry("wanted", "sub49"), index=answer)
    found = find(arm, others=others)
    assert (found.account.subscription_id, found.name_available) == ("sub49", None)
    assert found.searched == ["one", *others]
    assert not found.problems
    assert {asked for asked in arm.asked if asked[0].startswith("sub")} - {("sub1", "registry wanted in rg")} == {
        ("sub0", "index"), *((other, "resources") for other in others), ("sub49", "registry wanted in rg")}
    assert arm.most_at_once <= SUBSCRIPTIONS_AT_ONCE


def test_a_registry_too_new_for_lists_is_found_by_its_resource_group():
    arm = ResourceManager(registry("other"), hidden=[registry("wanted")])
    assert name_of(find(arm)) == "wanted"
    arm.name_available = True
    found = find(arm)
    assert (found.registry, found.name_available) == (None, True)


def test_a_resource_group_that_is_given_is_looked_into_first():
    arm = ResourceManager(*MANY, registry("wanted"))
    assert name_of(find(arm, group="RG")) == "wanted"
    assert ("one", "registries, a page") not in arm.asked
    assert name_of(find(arm, group="elsewhere")) == "wanted"


def test_an_answer_that_is_no_list_is_no_proof():
    found = find(ResourceManager(page=ArmAnswer(200, error_text="the answer is not a list")))
    assert found.registry is None and len(found.problems) == 1


def test_the_nearest_of_the_registries_that_were_seen():
    arm = ResourceManager(registry("myregistry"), registry("other", "two"), registry("myregistrar", "two"),
                          name_available=True)
    accounts = [account("one", current=True), account("two")]
    assert search(arm, accounts, "myregistri", None, None, None).similar == ("myregistry", accounts[0])
    assert search(arm, accounts, "myregistra", None, None, None).similar == ("myregistrar", accounts[1])
    assert search(arm, accounts, "releasearchive", None, None, None).similar is None
    assert search(arm, accounts, "myregistry", None, None, None).similar is None
    unread = ResourceManager(registry("myregistry"), name_available=True, page=ArmAnswer(403))
    assert search(unread, accounts[:1], "myregistri", None, None, None).similar is None


def test_a_tenant_that_the_profile_lists_without_a_subscription_is_asked_for_its_own():
    arm, tenant = ResourceManager(registry("wanted", "two")), Account(
        "partner", TENANT_LEVEL_ACCOUNT, "Enabled", "partner", None, "alex", "user", None, False, False)
    arm.subscriptions = lambda account: arm._answer("subscriptions", account, lambda: ArmAnswer(
        200, [{"subscriptionId": "two", "displayName": "Partner", "state": "Enabled"}, {"displayName": "broken"}]))
    found = search(arm, [account("one", True), tenant], "wanted", None, None, None)
    assert name_of(found) == "wanted" and found.searched == ["one", "two"]
    assert (found.account.tenant_id, found.account.listed_as, found.registry.subscription_id) == (
        "partner", "partner", "two")
    arm = ResourceManager(registry("wanted"))  # one that is found at once leaves it alone, and so does a current one
    assert name_of(search(arm, [account("one", True), tenant], "wanted", None, None, None)) == "wanted"
    nowhere = search(ResourceManager(), [replace(tenant, is_current=True), account("one")], "wanted", None, None, None)
    assert nowhere.searched == ["one"]


def test_a_tenant_that_does_not_answer_leaves_the_search_incomplete():
    arm, tenant = ResourceManager(), Account(
        "partner", TENANT_LEVEL_ACCOUNT, "Enabled", "partner", None, "alex", "user", None, False, False)
    arm.subscriptions = lambda account: ArmAnswer(503)
    found = search(arm, [account("one", True), tenant], "wanted", None, None, None)
    assert found.registry is None and [problem.status for problem in found.problems] == [503]


def test_a_search_ends_in_time_and_tells_what_was_not_asked():
    accounts = [account(str(number), number == 0) for number in range(4000)]
    began = time.monotonic()
    found = search(ResourceManager(), accounts, "myregistry", None, None, None, seconds=0.1)
    assert time.monotonic() - began < 1
    assert found.registry is None and found.name_available is False
    assert found.not_searched and "0" in found.searched
    assert sorted([*found.searched, *found.not_searched]) == sorted(one.subscription_id for one in accounts)


def test_what_was_found_before_the_time_was_up_counts():
    accounts = [account(str(number), number == 0) for number in range(400)]
    manager = ResourceManager(registry("myregistry", "3"))
    assert search(manager, accounts, "myregistry", None, None, None, seconds=0.1).account.subscription_id == "3"
