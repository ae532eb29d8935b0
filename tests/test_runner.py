# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The engine: order, skipping, crashes, time."""

import threading
from dataclasses import dataclass, make_dataclass, replace
from functools import lru_cache
from types import SimpleNamespace

import pytest

from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.checks import all_checks, in_running_order
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Judgement, Result, Status
from azext_acrlogin.engine.runner import run
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.render.report import in_order

CONTEXT = SimpleNamespace(asked=None)


@dataclass
class Note(Evidence):
    text: str = ""
    good: bool = True

    @property
    def usable(self):
        return self.good


@lru_cache(maxsize=None)
def note(name):
    """The type of the evidence of the check of this name."""
    return make_dataclass(f"Note of {name}", [], bases=(Note,))


def check(name, gather=None, judge=lambda asked, evidence, found: Judgement("fine"), codes=(), **relations):
    """
    :param relations: names of checks, for `needs` and the like.
    """
    return Check(name=name, category=Category.NETWORK, title=name, evidence=note(name), judge=judge, codes=codes,
                 gather=gather or (lambda context, found: Note("seen")),
                 **{relation: tuple(map(note, names)) for relation, names in relations.items()})


def outcome(checks, seconds=5.0):
    ordered = in_running_order(checks)
    results = run(ordered, CONTEXT, seconds)
    assert [result.check for result in results] == ordered
    return {result.check.name: result for result in results}


def test_a_check_sees_the_evidence_of_what_it_needs():
    results = outcome([check("late", needs=("early",), gather=lambda context, found: Note(
        found.of(note("early")).text + "!")), check("early")])
    assert results["late"].evidence.text == "seen!"


def test_a_judgement_is_in_the_budget():
    """What takes too long is unknown; the others are judged."""
    slow = check("slow", judge=lambda asked, evidence, found: threading.Event().wait(20))
    results = outcome([slow, check("quick")], seconds=0.1)
    assert results["slow"].status is Status.UNKNOWN and "in time" in results["slow"].judgement.message
    assert results["quick"].status is Status.PASSED


def test_where_no_thread_may_be_started_work_is_done_one_by_one(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    results = outcome([check("one"), check("two", needs=("one",))])
    assert {result.status for result in results.values()} == {Status.PASSED}
    assert side_by_side([1, 2, 3], lambda number: number * 2) == [2, 4, 6]


def test_independent_checks_run_side_by_side():
    both = threading.Barrier(2, timeout=5)

    def meet(_context, _found):
        both.wait()
        return Note()

    results = outcome([check("one", gather=meet), check("two", gather=meet)])
    assert {result.status for result in results.values()} == {Status.PASSED}


def test_something_else_is_done_while_the_first_checks_run():
    done = threading.Event()
    first = check("first", gather=lambda context, found: Note(str(done.wait(5))))
    assert run([first], CONTEXT, 5.0, meanwhile=done.set)[0].evidence.text == "True"


def test_unusable_evidence_skips_those_that_need_it_and_names_it():
    results = outcome([check("dns", gather=lambda context, found: Note(good=False)), check("tls", needs=("dns",)),
                       check("token", needs=("tls",)), check("docker")])
    assert results["tls"].status == Status.SKIPPED and results["tls"].judgement.skipped.check == "dns"
    assert results["token"].judgement.skipped.check == "tls"
    assert results["docker"].status == Status.PASSED


def test_a_crash_is_ours_and_the_others_go_on():
    def crash(_context, _found):
        raise KeyError("s3cret")

    results = outcome([check("bad", gather=crash), check("good"), check("reader", reads=("bad",))])
    assert results["bad"].status == Status.CRASHED
    assert "KeyError" in results["bad"].crash and "s3cret" not in results["bad"].crash
    assert results["good"].status == results["reader"].status == Status.PASSED


def test_a_crashing_judgement_keeps_its_evidence():
    results = outcome([check("bad", judge=lambda asked, evidence, found: 1 / 0)])
    assert results["bad"].status == Status.CRASHED and results["bad"].evidence.text == "seen"


def test_how_this_machine_reaches_the_registry_is_nothing_to_an_assignee():
    def outcomes(assignee):
        context = SimpleNamespace(asked=SimpleNamespace(assignee=assignee))
        checks = [replace(check("ours"), of_this_machine=True), check("any")]
        return {result.check.name: result.status for result in run(checks, context, 5)}
    assert outcomes("somebody") == {"ours": Status.SKIPPED, "any": Status.PASSED}
    assert outcomes(None) == {"ours": Status.PASSED, "any": Status.PASSED}


def test_what_does_not_end_is_left_behind_as_unknown():
    never = threading.Event()
    results = outcome([check("stuck", gather=lambda context, found: never.wait() or Note()), check("quick"),
                       check("needs it", needs=("stuck",))], seconds=0.3)
    never.set()
    assert results["stuck"].status == Status.UNKNOWN
    assert results["needs it"].status == Status.SKIPPED
    assert results["quick"].status == Status.PASSED


def test_what_turns_out_pointless_is_given_up_while_it_runs():
    released = threading.Event()

    def wait(_context, _found):
        released.wait(30)
        return Note()

    results = outcome([check("daemon", gather=wait, presumes=("tls",)),
                       check("tls", gather=lambda context, found: Note(good=False))], seconds=20)
    released.set()
    assert results["daemon"].status == Status.SKIPPED and results["daemon"].judgement.skipped.check == "tls"
    assert results["daemon"].duration_milliseconds < 15_000


def test_what_turns_out_pointless_is_skipped_whatever_it_found_before():
    early = threading.Event()

    def look(_context, _found):
        early.set()
        return Note("too early")

    def fail_late(_context, _found):
        early.wait(5)
        return Note(good=False)

    results = outcome([check("daemon", gather=look, presumes=("tls",)), check("tls", gather=fail_late),
                       check("reader", reads=("daemon",))])
    assert results["daemon"].status == Status.SKIPPED and results["daemon"].evidence is None
    assert results["reader"].status == Status.PASSED


def test_a_check_whose_presumption_holds_is_judged_with_it():
    results = outcome([check("daemon", presumes=("tls",)), check("tls")])
    assert results["daemon"].status == Status.PASSED and results["daemon"].evidence.text == "seen"


# ---- Guesses -------------------------------------------------------------------------------------------------------

class Guessing:
    """A check `search` that guesses at its evidence, `dns` that starts on the guess, and `tls` that waits for `dns`."""

    def __init__(self, finds, takes_guess=lambda guess, seconds: True):
        self.looked_up, self.finds, self.may_end = [], finds, threading.Event()
        self.checks = [
            replace(check("search", gather=self.search), guess=lambda context, found: Note("guessed")),
            replace(check("dns", needs=("search",), gather=self.look_up), takes_guess=takes_guess),
            check("tls", needs=("dns",), gather=lambda context, found: Note(found.of(note("dns")).text)),
            check("summary", judges_with=("tls",), judge=lambda asked, evidence, found: Judgement(
                found.get(note("tls")).text if found.get(note("tls")) else "nothing"))]

    def search(self, _context, _found):
        self.may_end.wait(5)
        return self.finds

    def look_up(self, _context, found):
        self.looked_up.append(found.of(note("search")).text)
        self.may_end.set()
        return Note(self.looked_up[-1])


def test_a_guess_that_is_borne_out_is_not_looked_at_again():
    guessing = Guessing(Note("guessed"))
    guessing.checks[0] = replace(guessing.checks[0], guess=lambda context, found: guessing.finds)
    results = outcome(guessing.checks)
    assert guessing.looked_up == ["guessed"] and results["summary"].judgement.message == "guessed"


def test_what_was_built_on_a_wrong_guess_is_done_again():
    guessing = Guessing(Note("found"))
    results = outcome(guessing.checks)
    assert guessing.looked_up == ["guessed", "found"]
    assert results["tls"].evidence.text == results["summary"].judgement.message == "found"


def test_what_comes_late_of_a_wrong_guess_is_not_taken():
    guessing, again = Guessing(Note("found")), threading.Event()

    def look_up(context, found):
        evidence = guessing.look_up(context, found)
        if evidence.text == "guessed":
            again.wait(5)
        again.set()
        return evidence

    guessing.checks[1] = replace(guessing.checks[1], gather=look_up)
    assert outcome(guessing.checks)["summary"].judgement.message == "found"


def test_a_wrong_guess_is_dropped_where_the_evidence_is_unusable():
    guessing = Guessing(Note("none", good=False))
    results = outcome(guessing.checks)
    assert [results[name].status for name in ("search", "dns", "tls")] == [
        Status.PASSED, Status.SKIPPED, Status.SKIPPED]
    assert results["summary"].judgement.message == "nothing"


def test_a_guess_stands_where_nothing_becomes_known():
    guessing = Guessing(None)
    guessing.checks[0] = replace(guessing.checks[0], gather=lambda context, found: threading.Event().wait())
    results = outcome(guessing.checks, seconds=1.0)
    assert results["search"].status == Status.UNKNOWN and results["search"].evidence is None
    assert results["dns"].status == Status.PASSED and results["summary"].judgement.message == "guessed"


def test_a_check_waits_where_a_guess_is_not_good_enough():
    guessing = Guessing(Note("found"), takes_guess=lambda guess, seconds: False)
    guessing.may_end.set()
    outcome(guessing.checks)
    assert guessing.looked_up == ["found"]


def test_judging_waits_for_what_it_weighs():
    results = outcome([check("roles", judges_with=("exchange",),
                             judge=lambda asked, evidence, found: Judgement(found.of(note("exchange")).text)),
                       check("exchange", gather=lambda context, found: Note("401"))])
    assert results["roles"].judgement.message == "401"


def test_what_is_not_declared_is_a_defect():
    """Whether it is evidence that is read, in either half, or a code that is found."""
    def read(_context, found):
        found.get(note("early"))
        return Note()

    late = {"gather": read, "judge": lambda asked, evidence, found: Judgement(found.get(note("early")).text)}
    undeclared = Judgement.of(Finding("CONNECTIVITY_DNS_ERROR", "It is found."))
    for wrong in (check("late", gather=read), check("late", gather=read, judges_with=("early",)),
                  check("late", gather=read, presumes=("early",)), check("late", judge=late["judge"]),
                  check("late", judge=lambda *_: undeclared),
                  check("late", judge=lambda *_: undeclared, codes=("PROXY_ERROR",))):
        ended = outcome([check("early"), wrong])["late"]
        assert ended.status == Status.CRASHED and ended.crash.startswith("Undeclared at ")
    for right in (check("late", **late, needs=("early",)), check("late", **late, reads=("early",)),
                  check("late", judge=late["judge"], judges_with=("early",)),
                  check("late", judge=late["judge"], presumes=("early",))):
        assert outcome([check("early"), right])["late"].judgement.message == "seen"
    assert outcome([check("late", judge=lambda *_: undeclared, codes=("CONNECTIVITY_DNS_ERROR",))])[
        "late"].status == Status.FAILED


def test_what_need_not_be_there_is_not_taken_for_granted():
    taken = check("late", reads=("early",), judge=lambda asked, evidence, found: Judgement(
        found.of(note("early")).text))
    ended = outcome([check("early", gather=lambda context, found: 1 / 0), taken])["late"]
    assert ended.status == Status.CRASHED and "Undeclared" in ended.crash


def test_errors_outweigh_warnings():
    findings = (Finding("REGISTRY_NAME_WARNING", ""), Finding("CONNECTIVITY_DNS_ERROR", ""))
    assert Judgement("", findings).status == Status.FAILED
    assert Judgement("", findings[:1]).status == Status.WARNING


@pytest.mark.parametrize("checks", [[check("a", needs=("b",))], [check("a", needs=("b",)), check("b", reads=("a",))]])
def test_impossible_orders_are_refused(checks):
    with pytest.raises(ValueError):
        in_running_order(checks)


def test_the_declared_checks_have_an_order_and_names_of_their_own():
    names = [declared.name for declared in all_checks()]
    assert len(names) == len(set(names)) > 20


def test_a_crash_alone_is_reported_with_what_to_do():
    from azext_acrlogin.engine.question import Question, Cloud
    from azext_acrlogin.render.report import build
    from azext_acrlogin.engine.verdict import verdict
    cloud = Cloud("AzureCloud", ".azurecr.io", "https://a", "https://m", "https://m", None, None, "https://r")
    asked = Question("myregistry", cloud)
    crashed = outcome([check("bad", judge=lambda asked, evidence, found: 1 / 0)])["bad"]
    skipped = Judgement("Not asked.", skipped=Because("nobody asked"))
    results = [Result(declared, skipped, Status.SKIPPED) for declared in all_checks()]
    report = build(verdict(asked, [crashed, *results]), {}, 1, {"version": "1", "cliVersion": "2"}, None)
    assert (report["status"], report["errorCodes"]) == ("failed", ["UNEXPECTED_ERROR"])
    assert report["fix"]["description"]
    assert [entry["status"] for entry in report["checks"] if entry["name"] == "bad"] == ["crashed"]


def test_a_report_has_the_order_of_the_categories_whatever_ended_first():
    in_running = all_checks()
    results = [Result(declared, Judgement("fine"), Status.PASSED) for declared in in_running]
    categories = [result.check.category for result in in_order(results)]
    assert categories == sorted(categories, key=list(Category).index)
    for category in Category:
        assert [result.check for result in in_order(results) if result.check.category == category] == [
            declared for declared in in_running if declared.category == category]
