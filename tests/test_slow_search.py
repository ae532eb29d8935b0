# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A login with hundreds of subscriptions, and a Resource Manager that takes its time: the sign-in is tried meanwhile,
the diagnosis ends in time, and no token goes where it must not."""

import time
from pathlib import Path

import pytest

from tests.bench import list_subscriptions
from tests.hardening import require
from tests.hostile_server import HostileProxy

MANAGEMENT = "management.azure.com"
SUBSCRIPTIONS = {f"sub{number:03}": {"id": f"33333333-0000-4000-8000-00000000b{number:03}"} for number in range(500)}
WORLD = {
    "latencyMilliseconds": 150, "subscriptions": SUBSCRIPTIONS,
    "resourceGroups": {"rg-far": {"subscription": "sub499"}},
    "registries": {"farregistry": {"resourceGroup": "rg-far"}},
    "roleAssignments": {
        **{f"reader-{name}": {"role": "Reader", "to": "alex", "on": f"subscription/{name}"} for name in SUBSCRIPTIONS},
        "far": {"role": "AcrPull", "to": "alex", "on": "registry/farregistry"}}}
OWN, STRANGERS = "myregistry-h3g7b2c9d0e1f2a3.azurecr.io", "myregistry.azurecr.io"


@pytest.fixture(name="emulator")
def own_world(bench):
    """The emulator, which is as it was in the end."""
    yield bench.emulator
    bench.emulator.patch("")


def of_many_subscriptions(bench):
    """The environment of az for a login that sees 500 subscriptions at 150 ms each, and the registry in the last."""
    bench.emulator.patch(WORLD)
    environment = bench.environment()
    list_subscriptions(Path(environment["AZURE_CONFIG_DIR"]), SUBSCRIPTIONS)
    return environment


def diagnose(bench, environment, *arguments):
    """A run that kept its promises and ended in time."""
    run = require(bench.diagnose(environment, *arguments, seconds=120))
    seconds = next((float(value) for option, value in zip(arguments, arguments[1:]) if option == "--timeout"), 10.0)
    assert run.report["durationMs"] < 1000 * (3 * seconds + 3 + 3)   # the budget, and a busy machine
    return run


def first(requests, host, path):
    """When the first such request was answered."""
    return min((entry["time"] for entry in requests if entry["host"] == host and path in entry["path"].lower()),
               default=None)


@pytest.mark.usefixtures("emulator")
def test_a_registry_in_the_last_of_500_subscriptions(bench):
    environment = of_many_subscriptions(bench)
    bench.emulator.clear_requests()
    run = diagnose(bench, environment, "--name", "farregistry")
    assert run.report["errorCodes"] == ["REGISTRY_SUBSCRIPTION_WARNING"]
    assert {run.check(name)["status"] for name in ("challenge", "refresh-token", "access-token")} == {"passed"}
    assert next(action for action in run.report["access"]["actions"] if action["action"] == "pull")["granted"]
    found = first(bench.emulator.requests(), MANAGEMENT, "/registries/farregistry")
    assert first(bench.emulator.requests(), "farregistry.azurecr.io", "/v2/") < found, "the way waited for the search"


def test_500_subscriptions_of_which_none_shows_the_registry(bench, emulator):
    environment = of_many_subscriptions(bench)
    emulator.patch({**WORLD, "roleAssignments": {"far": WORLD["roleAssignments"]["far"]}})
    run = diagnose(bench, environment, "--name", "farregistry")
    assert run.report["errorCodes"] == ["REGISTRY_NOT_VISIBLE_WARNING"]
    assert run.check("registry")["evidence"]["unsearchedSubscriptions"] == []


@pytest.mark.usefixtures("emulator")
def test_500_subscriptions_that_cannot_be_searched_in_time(bench):
    """What signing in takes is tried all the same, and nothing is found that was not seen."""
    run = diagnose(bench, of_many_subscriptions(bench), "--name", "farregistry", "--timeout", "1")
    assert {run.check(name)["status"] for name in ("challenge", "refresh-token", "access-token")} == {"passed"}
    assert not [code for code in run.report["errorCodes"] if code.endswith("_ERROR")]
    unsearched = run.check("registry")["evidence"]["unsearchedSubscriptions"]
    assert not unsearched or "There was no time to search" in run.check("registry")["message"]


# --- A registry whose login server has a label, while the one without it is a stranger's registry ---

def late(seconds):
    """Resource Manager thinks before it answers."""
    def answer(_request, genuine):
        time.sleep(seconds)
        yield genuine().encoded()
    return answer


def dripping(seconds):
    """Resource Manager answers at once, and its bodies take a while."""
    def answer(_request, genuine):
        head, _, body = genuine().encoded().partition(b"\r\n\r\n")
        yield head + b"\r\n\r\n"
        for number in range(10):
            time.sleep(seconds / 10)
            yield body[len(body) * number // 10:len(body) * (number + 1) // 10]
    return answer


def dripping_for_ever(_request, _genuine):
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    while True:
        yield b" "
        time.sleep(0.5)


def trusted_hosts(bench, behaviour, *arguments):
    """The report, and the hosts that got a token or a password."""
    bench.emulator.patch({"registries": {
        "myregistry": {"loginServer": OWN, "domainNameLabelScope": "TenantReuse"},
        "strangers": {"resourceGroup": "rg-partner", "loginServer": STRANGERS}}})
    environment = bench.environment()
    bench.emulator.clear_requests()
    with HostileProxy(bench.emulator.description, bench.folder / "state", {MANAGEMENT: behaviour}) as proxy:
        run = diagnose(bench, proxy.environment(environment), *arguments)
    return run.report, {entry["host"] for entry in bench.emulator.requests() if "/oauth2/" in entry["path"]
                        and entry["host"].endswith(".azurecr.io")}


PASSWORD = ("--username", "ci-token", "--password", "ci-token-Password-1")


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("arguments", [(), PASSWORD], ids=["login", "password"])
@pytest.mark.parametrize("behaviour", [late(0), late(1), dripping(1)], ids=["at-once", "late", "dripping"])
def test_no_secret_goes_to_a_namesake(bench, behaviour, arguments):
    """Resource Manager gets the time that it usually takes before the name's own login server is believed in."""
    report, hosts = trusted_hosts(bench, behaviour, *arguments)
    assert (report["errorCodes"], report["registry"]["loginServer"], hosts) == ([], OWN, {OWN})


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("arguments", [(), PASSWORD], ids=["login", "password"])
def test_a_resource_manager_that_takes_too_long(bench, arguments):
    """The name's own login server in the active cloud is tried then, as by `az acr login` where Resource Manager does
    not answer. What is found in the end is the registry's own."""
    report, hosts = trusted_hosts(bench, dripping(4), *arguments)
    assert (report["errorCodes"], report["registry"]["loginServer"], hosts) == ([], OWN, {OWN, STRANGERS})


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("arguments", [("--suffix", "h3g7b2c9d0e1f2a3"), ("--name", OWN)], ids=["suffix", "host"])
def test_a_label_that_is_given_is_waited_for(bench, arguments):
    report, hosts = trusted_hosts(bench, dripping(4), *arguments)
    assert (report["errorCodes"], hosts) == ([], {OWN})


@pytest.mark.usefixtures("emulator")
def test_a_resource_manager_that_drips_for_ever(bench):
    report, hosts = trusted_hosts(bench, dripping_for_ever)
    assert report["errorCodes"] == ["CONNECTIVITY_REFRESH_TOKEN_ERROR", "ARM_CONNECTIVITY_WARNING"]
    assert hosts == {STRANGERS} and report["registry"]["resourceId"] is None
