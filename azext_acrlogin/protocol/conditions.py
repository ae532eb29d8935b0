# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Conditions of role assignments (Azure ABAC, version 2.0), evaluated for one action and one repository.

Format and operators: https://learn.microsoft.com/azure/role-based-access-control/conditions-format. The answer is
True, False, or None for what cannot be told from here: attributes other than the repository's name, operators that
Azure does not document for texts, text that cannot be parsed. None is the answer only where it matters to the whole.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Dict, List, Optional, Tuple

from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.three_valued import UNKNOWN, Truth, all_of, any_of, negated
from azext_acrlogin.protocol.wildcards import like, matches_action

REPOSITORY_NAME = "@request[microsoft.containerregistry/registries/repositories:name]"
CONDITION_CHARACTERS = 20_000  # Azure accepts some thousand
DEPTH = 50  # of parentheses and negations

TOKEN = re.compile(r"""\s*(?:
    (?P<attribute>@[A-Za-z]+\[[^\[\]]*\])
  | (?P<text>'(?:[^'\\]|\\.|'')*')
  | (?P<word>[A-Za-z0-9][A-Za-z0-9:.+_-]*)
  | (?P<mark>&&|\|\||[(){},!])
)""", re.VERBOSE | re.DOTALL)
CONNECTIVES = {"and": "and", "&&": "and", "or": "or", "||": "or"}
NEGATIONS = ("!", "not")
COMPARISONS: Dict[str, Callable[[str, str], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "startswith": lambda value, wanted: value.startswith(wanted),
    "like": lambda value, wanted: like(wanted, value),
}
QUANTIFIERS = {
    "": (all_of, all_of),  # only for one value on either side, see _compared
    "foranyofanyvalues": (any_of, any_of),
    "forallofanyvalues": (all_of, any_of),
    "foranyofallvalues": (any_of, all_of),
    "forallofallvalues": (all_of, all_of),
}


@dataclass(frozen=True)
class Evaluation:
    """Whether a condition holds, and for None the reason why that cannot be told."""

    holds: Truth
    reason: str = ""


@lru_cache(1000)  # thousands of assignments share a few conditions
def evaluate(condition: str, action: str, repository: Optional[str] = None,
             version: Optional[str] = "2.0") -> Evaluation:
    """Evaluate a condition; never raises.

    :param action: the action or data action that is asked for.
    :param repository: name of the repository; None leaves open what depends on it, as for an action on the whole
        registry or when no repository was asked about.
    :param version: the assignment's conditionVersion; a missing one stands for 2.0.
    """
    if not condition.strip():
        return Evaluation(True)
    if version and not version.startswith("2."):
        return Evaluation(None, f"the condition is of version {shown(version, 20)}")
    if len(condition) > CONDITION_CHARACTERS:
        return Evaluation(None, f"the condition has more than {CONDITION_CHARACTERS} characters")
    reader = _Reader(condition, action, repository)
    try:
        holds = reader.condition()
    except _Unreadable as error:
        return Evaluation(None, str(error))
    return Evaluation(holds, reader.reasons[0] if holds is None and reader.reasons else "")


class _Unreadable(Exception):
    """This module does not understand the text; the message says where."""


class _Reader:
    """Recursive descent that evaluates while it reads. Every part is read, whatever the parts before it gave."""

    def __init__(self, text: str, action: str, repository: Optional[str]):
        self._text = text
        self._action = action
        self._repository = repository
        self._tokens: List[Tuple[str, str]] = []
        self._next = 0
        self._depth = 0
        self.reasons: List[str] = []

    def condition(self) -> Truth:
        self._split()
        holds = self._expression()
        if self._next < len(self._tokens):
            raise _Unreadable(f"the condition has an unexpected '{shown(self._tokens[self._next][1], 40)}'")
        return holds

    def _split(self) -> None:
        text, position = self._text.rstrip(), 0
        while position < len(text):
            match = TOKEN.match(text, position)
            if not match:
                raise _Unreadable(f"the condition cannot be read at '{shown(text[position:position + 30])}'")
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            position = match.end()

    def _expression(self) -> Truth:
        """Terms with AND and OR between them. Azure asks for parentheses where both are mixed; without them the
        order is ambiguous, so such an expression is known only if both orders agree."""
        values, connectives = [self._term()], []
        while self._peek() in CONNECTIVES:
            connectives.append(CONNECTIVES[self._take()[1].lower()])
            values.append(self._term())
        left_to_right, groups = values[0], [[values[0]]]
        for connective, value in zip(connectives, values[1:]):
            left_to_right = (all_of if connective == "and" else any_of)([left_to_right, value])
            if connective == "and":
                groups[-1].append(value)
            else:
                groups.append([value])
        and_first = any_of(all_of(group) for group in groups)
        if left_to_right != and_first:
            return self._unknown("the condition mixes AND and OR without parentheses")
        return and_first

    def _term(self) -> Truth:
        word = self._peek()
        if word in NEGATIONS or word == "(":
            self._take()
            self._depth += 1
            if self._depth > DEPTH:
                raise _Unreadable(f"the condition is nested more than {DEPTH} deep")
            holds = self._expression() if word == "(" else negated(self._term())
            if word == "(":
                self._expect(")")
            self._depth -= 1
            return holds
        if word == "actionmatches":
            self._take()
            return any_of([matches_action(pattern, self._action) for pattern in self._set()])
        if word == "suboperationmatches":
            self._take()
            self._set()
            return self._unknown("the condition asks about a suboperation")
        if word == "exists":
            self._take()
            return None if self._operand() is None else True
        return self._comparison()

    def _comparison(self) -> Truth:
        left = self._operand()
        kind, operator = self._take()
        if kind != "word":
            raise _Unreadable(f"the condition has '{shown(operator, 40)}' where an operator belongs")
        right = self._operand()
        if left is None or right is None:
            return None
        holds = _compared(left, operator, right)
        return self._unknown(f"the condition uses {shown(operator, 60)}") if holds is None else holds

    def _operand(self) -> Optional[List[str]]:
        """The values of an attribute, None for one that is not known here, or the values that are written out."""
        if self._peek() == "{":
            return self._set()
        kind, value = self._take()
        if kind == "text":
            return [_unquoted(value)]
        if kind == "word":
            return [value]
        if kind != "attribute":
            raise _Unreadable(f"the condition has '{shown(value, 40)}' where a value belongs")
        if value.lower() != REPOSITORY_NAME:
            self._unknown(f"the condition depends on {shown(value, 120)}")
            return None
        if self._repository is None:
            self._unknown("the condition depends on the repository")
            return None
        return [self._repository]

    def _set(self) -> List[str]:
        self._expect("{")
        values: List[str] = []
        while True:
            kind, value = self._take()
            if kind not in ("text", "word"):
                raise _Unreadable(f"the condition has '{shown(value, 40)}' where a value belongs")
            values.append(_unquoted(value) if kind == "text" else value)
            if self._peek() != ",":
                break
            self._take()
        self._expect("}")
        return values

    def _peek(self) -> str:
        """The next word or mark in lower case; empty at the end and before a text or an attribute."""
        kind, value = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
        return value.lower() if kind in ("word", "mark") else ""

    def _take(self) -> Tuple[str, str]:
        if self._next >= len(self._tokens):
            raise _Unreadable("the condition ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            raise _Unreadable(f"the condition lacks a '{mark}'")
        self._take()

    def _unknown(self, reason: str) -> Truth:
        """Note why what was just read cannot be told, and return that: None."""
        self.reasons.append(reason)
        return UNKNOWN


def _unquoted(token: str) -> str:
    return token[1:-1].replace("''", "'")


def _compared(left: List[str], operator: str, right: List[str]) -> Truth:
    """Apply a comparison of texts to two sets of values; None for an operator that this module does not know."""
    quantifier, _, name = operator.lower().rpartition(":")
    compare = _comparison(name)
    if compare is None or quantifier not in QUANTIFIERS:
        return None
    if not quantifier and len(left) + len(right) > 2:
        return None  # Azure documents sets only together with a quantifier
    of_left, of_right = QUANTIFIERS[quantifier]
    return of_left([of_right([compare(value, wanted) for wanted in right]) for value in left])


def _comparison(name: str) -> Optional[Callable[[str, str], bool]]:
    """The function for StringEquals and its relatives: String[Not](Equals|StartsWith|Like)[IgnoreCase]."""
    match = re.fullmatch(r"string(not)?(equals|startswith|like)(ignorecase)?", name)
    if not match:
        return None
    compare, inverse, ignore_case = COMPARISONS[match[2]], bool(match[1]), bool(match[3])

    def compared(value: str, wanted: str) -> bool:
        if ignore_case:
            value, wanted = value.lower(), wanted.lower()
        return compare(value, wanted) != inverse
    return compared
