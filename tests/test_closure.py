# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What is said in two places agrees: codes, scenarios and near misses; declarations and sources; facts and texts."""

import ast
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pytest

import azext_acrlogin
from azext_acrlogin.catalogue import CATEGORIES, codes, placeholders_in
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks import all_checks
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.protocol.entra_errors import NUMBERS
from azext_acrlogin.symptoms.rules import RULES
from tests.site import scenario as scenarios

PACKAGE = Path(azext_acrlogin.__file__).parent
CHECKS = all_checks()
SCENARIOS = scenarios.load_all()
FINDABLE = sorted({code for check in CHECKS for code in check.codes})
EACH_CHECK = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


# ---- Codes, scenarios, near misses ---------------------------------------------------------------------------------

def allowed(scenario):
    return {code for alternatives in scenario.expected for code in alternatives}


def test_scenarios_expect_codes_that_checks_find():
    assert {code for scenario in SCENARIOS for code in allowed(scenario)} <= set(FINDABLE)


@pytest.mark.parametrize("code", FINDABLE)
def test_every_code_has_a_scenario(code):
    assert any([code] in scenario.expected for scenario in SCENARIOS), "no scenario expects it, and nothing else"


@pytest.mark.parametrize("code, other", [(code, other) for code in FINDABLE for other in codes()[code].confused_with
                                         if other in FINDABLE])
def test_every_code_has_a_near_miss_for_each_that_it_is_confused_with(code, other):
    """A scenario in which the other one is found, and this one is not."""
    assert any(code not in allowed(scenario) and any(other in found for found in scenario.expected)
               for scenario in SCENARIOS)


@pytest.mark.parametrize("code", FINDABLE)
def test_every_code_is_confused_with_one_that_a_check_finds(code):
    assert set(codes()[code].confused_with) & set(FINDABLE), "no near miss is possible"


# ---- Declarations and sources --------------------------------------------------------------------------------------

WAITED_FOR = {
    "identity": {"RegistryEvidence"},  # the search for the registry asks for the token whose claims are read here
}


@lru_cache(maxsize=None)
def source(module):
    """The syntax tree of a module."""
    return ast.parse(Path(import_module(module).__file__).read_text(encoding="utf-8"))


def imported(module):
    """Modules of this package that it imports from, directly or through others, itself included."""
    names, ahead = {module}, [module]
    while ahead:
        for node in ast.walk(source(ahead.pop())):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("azext_acrlogin."):
                continue
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                where = PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py")
                if where.exists() and name not in names:
                    names.add(name)
                    ahead.append(name)
    return names


def module_of(check):
    return next(name for name in map(_dotted, (PACKAGE / "checks").rglob("*.py"))
                if getattr(import_module(name), "CHECK", None) == check)


def _dotted(path):
    return ".".join(("azext_acrlogin", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def nodes_for(check):
    """What a check's sources say, without declarations of checks, imports and annotations."""
    for module in sorted(imported(module_of(check))):
        if module.split(".")[1] not in ("catalogue", "engine"):
            yield from _said(source(module))


def _said(node):
    yield node
    for name, value in ast.iter_fields(node):
        declares = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHECK"
        if declares or name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _said(child)


@EACH_CHECK
def test_a_check_can_find_every_code_that_it_declares(check):
    """That it declares those that it finds is demanded by the runner."""
    written = {node.value for node in nodes_for(check) if isinstance(node, ast.Constant)}
    assert set(check.codes) <= written


@EACH_CHECK
def test_a_check_reads_all_evidence_that_it_declares(check):
    """That it declares what it reads is demanded by `Inputs`. What it needs, it need not read."""
    named = {node.id for node in nodes_for(check) if isinstance(node, ast.Name)}
    unread = {kind.__name__ for kind in (*check.reads, *check.judges_with)} - named
    assert unread == WAITED_FOR.get(check.name, set())


def test_each_evidence_is_one_checks():
    kinds = [check.evidence for check in CHECKS]
    assert len(kinds) == len(set(kinds))
    named = [value for path in (PACKAGE / "evidence").glob("*.py")
             for value in vars(import_module(_dotted(path))).values() if isinstance(value, type)]
    assert {kind for kind in named if issubclass(kind, Evidence)} - {Evidence} <= set(kinds)


# ---- The catalogue -------------------------------------------------------------------------------------------------

def test_placeholders_of_the_catalogue_are_facts_and_all_facts_fill_one():
    used = set()
    for code in codes().values():
        messages = code.message.values() if isinstance(code.message, Mapping) else [code.message]
        fixes = [(fix.description, *fix.commands) for fix in code.fixes]
        used |= placeholders_in([*messages, *fixes])
    assert used == set(Facts.__annotations__)


def test_what_is_seen_of_a_code_is_what_rules_look_for():
    """That the examples lead to their codes is tested with the rules."""
    led_to = {code for rule in RULES for code in rule.weights} | {*NUMBERS, "AAD_TOKEN_ERROR"}  # of other numbers
    seen = {code.code for code in codes().values() if code.looks_like}
    assert seen - led_to == {"UNEXPECTED_ERROR"}, "no rule leads to these"
    assert led_to - seen == set(), "nothing is told of how these look"


# ---- Names ---------------------------------------------------------------------------------------------------------

SAME_NAMES = {  # besides a check and its evidence, and the catalogue's categories
    "challenge": "a check, and the parser of the header that it reads",
    "commands": "the CLI asks for one of this name; the other makes those of fixes",
    "reading": "of the check of roles, and of saved reports",
    "registry": "a check, and what Resource Manager says of a registry",
    "words": "of the check of roles, and of the page",
}


def test_modules_of_one_name_are_told_apart():
    rooms = {}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0]
        if path.name != "__init__.py" and not (room == "catalogue" and path.stem in CATEGORIES):
            rooms.setdefault(path.stem, []).append(room)
    rooms = {name: sorted(where) for name, where in rooms.items() if len(where) > 1}
    unexplained = {name for name, where in rooms.items() if where != ["checks", "evidence"]} - set(SAME_NAMES)
    assert not unexplained, {name: rooms[name] for name in unexplained}
