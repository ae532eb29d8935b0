# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Conditions of role assignments: the documented operators, three values, and no input that breaks the reader."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_acrlogin.protocol.conditions import CONDITION_CHARACTERS, DEPTH, evaluate
from azext_acrlogin.protocol.three_valued import all_of, any_of, negated
from azext_acrlogin.protocol.wildcards import like, matches_action

READ = "Microsoft.ContainerRegistry/registries/repositories/content/read"
WRITE = "Microsoft.ContainerRegistry/registries/repositories/content/write"
NAME = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]"
FOR_READING = f"((!(ActionMatches{{'{READ}'}})) OR ({NAME} StringStartsWithIgnoreCase 'Team/'))"
DELEGATION = ("((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
              "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
              "{5e467623-bb1f-42f4-a55d-6e525e11384b, a795c7a0-d4a2-40c1-ae25-d81f01202912}))")


def holds(condition, repository="samples/app", action=READ):
    return evaluate(condition, action, repository).holds


@pytest.mark.parametrize("expression, expected", [
    (f"{NAME} StringEquals 'samples/app'", True),
    (f"{NAME} StringEquals 'Samples/App'", False),
    (f"{NAME} StringEqualsIgnoreCase 'Samples/App'", True),
    (f"{NAME} stringequals 'samples/app'", True),
    (f"{NAME.upper()} StringEquals 'samples/app'", True),
    (f"{NAME} StringNotEquals 'samples/app'", False),
    (f"{NAME} StringNotEqualsIgnoreCase 'other'", True),
    (f"{NAME} StringStartsWith 'samples/'", True),
    (f"{NAME} StringStartsWith 'Samples/'", False),
    (f"{NAME} StringNotStartsWith 'samples/'", False),
    (f"{NAME} StringNotStartsWithIgnoreCase 'SAMPLES/'", False),
    (f"{NAME} StringLike 'samples/*'", True),
    (f"{NAME} StringLike 's?mples/a??'", True),
    (f"{NAME} StringLike 'samples'", False),
    (f"{NAME} StringLike 'samples/\\*'", False),
    (f"{NAME} StringLikeIgnoreCase '*/APP'", True),
    (f"{NAME} StringNotLike 'team/*'", True),
    (f"{NAME} StringEquals {{'samples/app'}}", True),
    (f"'samples/app' StringEquals {NAME}", True),
    (f"{NAME} ForAnyOfAnyValues:StringEquals {{'a', 'samples/app'}}", True),
    (f"{NAME} ForAnyOfAnyValues:StringEquals {{'a', 'b'}}", False),
    (f"{NAME} ForAllOfAnyValues:StringLike {{'team/*', 'samples/*'}}", True),
    (f"{NAME} ForAnyOfAllValues:StringLike {{'team/*', 'samples/*'}}", False),
    (f"{NAME} ForAllOfAllValues:StringNotEquals {{'a', 'b'}}", True),
    (f"{NAME} ForAnyOfAnyValues:StringNotEquals {{'samples/app', 'b'}}", True),
    (f"Exists {NAME}", True),
    ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'blue', 'green'}", True),
    ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'orange', 'green'}", False),
    ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'orange', 'red', 'blue'}", True),
    ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'red', 'green'}", False),
    ("'it''s' StringEquals 'it''s'", True),
    ("", True),
    (f"ActionMatches{{'{READ}'}}", True),
    ("ActionMatches{'microsoft.containerregistry/*/READ'}", True),
    ("ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/*/write'}", False),
    (f"!(ActionMatches{{'{READ}'}})", False),
    (f"NOT ActionMatches{{'{READ}'}}", False),
    (f"!!ActionMatches{{'{READ}'}}", True),
])
def test_what_is_known_of_one_repository(expression, expected):
    assert holds(expression) is expected


@pytest.mark.parametrize("expression", [
    "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Engineering_Project] StringEquals 'x'",
    "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'samples/app'",
    "@Environment[UtcNow] DateTimeGreaterThan '2026-01-01T00:00:00.0Z'",
    "Exists @Environment[isPrivateLink]",
    "SubOperationMatches{'Blob.List'}",
    f"{NAME} StringMatches 'samples/.*'",
    f"{NAME} ForSomeValues:StringEquals {{'samples/app'}}",
    f"{NAME} StringEquals {{'samples/app', 'other'}}",
    "{10, 20} ForAnyOfAllValues:NumericLessThan {15, 18}",
    DELEGATION.replace("Microsoft.Authorization/roleAssignments/write", READ),
])
def test_what_cannot_be_told_is_unknown_with_a_reason(expression):
    evaluation = evaluate(expression, READ, "samples/app")
    assert evaluation.holds is None
    assert evaluation.reason


@pytest.mark.parametrize("text", [
    "(", "((", ")", "'", "@", "@Request[", f"{NAME}", f"{NAME} StringEquals", f"{NAME} StringEquals )", "ActionMatches",
    "ActionMatches{", "ActionMatches{}", "ActionMatches{'a'", "true AND", "Exists", "%", f"{NAME} {{'a'}} 'b'",
    "ActionMatches{'a'} ActionMatches{'a'}", "\x00", "(" * 500 + ")" * 500, "!" * 500 + "ActionMatches{'a'}",
    " " * 10 + "x" * CONDITION_CHARACTERS])
def test_text_that_is_no_condition_is_unknown(text):
    evaluation = evaluate(text, READ, "samples/app")
    assert evaluation.holds is None
    assert evaluation.reason


def test_another_version_is_unknown():
    assert evaluate(f"{NAME} StringEquals 'samples/app'", READ, "samples/app", "1.0").holds is None
    assert evaluate(f"{NAME} StringEquals 'samples/app'", READ, "samples/app", None).holds is True


def test_the_condition_of_the_documentation():
    assert holds(FOR_READING, "team/app") is True
    assert holds(FOR_READING, "samples/app") is False
    assert holds(FOR_READING, "samples/app", WRITE) is True


def test_unknown_only_where_it_matters():
    assert holds(DELEGATION, None) is True
    assert holds(f"{NAME} StringEquals 'samples/app' OR @Principal[a:b] StringEquals 'c'") is True
    assert holds(f"{NAME} StringEquals 'other' AND @Principal[a:b] StringEquals 'c'") is False
    assert holds(f"{NAME} StringEquals 'other' OR @Principal[a:b] StringEquals 'c'") is None


def test_without_a_repository_only_the_action_decides():
    assert holds(FOR_READING, None, WRITE) is True
    evaluation = evaluate(FOR_READING, READ)
    assert evaluation.holds is None
    assert "repository" in evaluation.reason


@pytest.mark.parametrize("expression, expected", [
    ("T AND T OR F", True), ("T OR F AND F", None), ("F AND T OR T", True), ("(T OR F) AND F", False),
    ("T && T || F", True), ("T and (F or T)", True)])
def test_mixed_connectives_without_parentheses_are_known_only_if_the_order_does_not_matter(expression, expected):
    text = expression.replace("T", "'a' StringEquals 'a'").replace("F", "'a' StringEquals 'b'")
    assert holds(text) is expected


def test_the_allowed_depth_is_enough_for_real_conditions():
    assert holds("(" * DEPTH + f"{NAME} StringEquals 'samples/app'" + ")" * DEPTH) is True


PIECES = st.sampled_from([
    "(", ")", "{", "}", ",", "!", "AND", "OR", "NOT", "&&", "||", "'a'", "'a*'", "'", NAME, "@Principal[x:y]",
    "ActionMatches", "SubOperationMatches", "Exists", "StringEquals", "ForAnyOfAnyValues:StringLike", "true", "1", " "])


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join) | st.text(max_size=300), st.none() | st.text(max_size=40))
def test_nothing_raises(condition, repository):
    evaluation = evaluate(condition, READ, repository)
    assert evaluation.holds in (True, False, None)
    assert (evaluation.holds is None) == bool(evaluation.reason)


@settings(max_examples=300, deadline=None)
@given(st.text("ab*?\\", max_size=12), st.text("ab*?\\", max_size=12))
def test_like_agrees_with_a_regular_expression(pattern, text):
    import re
    parts = re.findall(r"\\[*?]|.", pattern, re.DOTALL)
    meant = "".join({"*": ".*", "?": "."}.get(part, re.escape(part[-1:] if part in ("\\*", "\\?") else part))
                    for part in parts)
    # Greedy reading pairs a backslash with whatever follows it, so `\\*` is a backslash and an escaped backslash.
    if "\\\\" not in pattern:
        assert like(pattern, text) == (re.fullmatch(meant, text, re.DOTALL) is not None)


def test_patterns_of_actions():
    assert matches_action("*", READ)
    assert matches_action("*/read", "microsoft.containerregistry/registries/pull/READ")
    assert not matches_action("*/read", WRITE)
    assert matches_action("Microsoft.ContainerRegistry/registries/*/read", READ)
    assert not matches_action("Microsoft.ContainerRegistry/registries/read", READ)
    assert not matches_action("", READ)
    assert not matches_action("*?*", "abc")


def test_a_hostile_pattern_takes_no_time():
    assert not matches_action("*a" * 5_000 + "b", "a" * 5_000)


def test_three_values():
    assert (all_of([]), all_of([True, None]), all_of([None, False])) == (True, None, False)
    assert (any_of([]), any_of([False, None]), any_of([None, True])) == (False, None, True)
    assert (negated(True), negated(False), negated(None)) == (False, True, None)
