# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Azure role-assignment conditions (version 2.0): a small parser and evaluator.

Covers what repository permissions use and the neighbouring string operators: ``ActionMatches``, ``@Request[...]`` and
the other attribute sources, ``AND``, ``OR``, ``NOT``/``!``, ``Exists``, ``ForAnyOfAnyValues:`` and its relatives.
Anything else is an error when the world is loaded, never a silent false.
"""

import fnmatch
import re
from functools import lru_cache

_TOKENS = re.compile(r"""\s*(?:
    (?P<attribute>@(?:Request|Resource|Principal|Environment)\[[^\]]*\])
  | (?P<string>'(?:[^']|'')*')
  | (?P<word>[A-Za-z][A-Za-z:]*)
  | (?P<mark>&&|\|\||[(){},!])
)""", re.VERBOSE)

_COMPARISONS = {
    "StringEquals": lambda left, right: left == right,
    "StringEqualsIgnoreCase": lambda left, right: left.lower() == right.lower(),
    "StringStartsWith": lambda left, right: left.startswith(right),
    "StringStartsWithIgnoreCase": lambda left, right: left.lower().startswith(right.lower()),
    "StringLike": fnmatch.fnmatchcase,
    "StringLikeIgnoreCase": lambda left, right: fnmatch.fnmatchcase(left.lower(), right.lower()),
    "StringMatches": lambda left, right: re.search(right, left) is not None,
    "StringMatchesIgnoreCase": lambda left, right: re.search(right, left, re.IGNORECASE) is not None,
}
_QUANTIFIERS = {
    "ForAnyOfAnyValues": (any, any),
    "ForAllOfAnyValues": (all, any),
    "ForAnyOfAllValues": (any, all),
    "ForAllOfAllValues": (all, all),
}


class ConditionError(ValueError):
    """The text is no condition that this evaluator knows."""


@lru_cache(maxsize=4096)
def action_matches(pattern, action):
    """Whether an action fits a pattern of a role or condition: ``*`` is any text, case does not matter."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) is not None


def evaluate(condition, action, attributes):
    """Whether a condition holds.

    :param condition: text of the condition.
    :param action: the action or data action that is asked for.
    :param attributes: name of an attribute (``Microsoft.ContainerRegistry/registries/repositories:name``) to its value.
    :raises ConditionError: the text cannot be understood.
    """
    return _Parser(condition).parse()(action, {name.lower(): value for name, value in attributes.items()})


class _Parser:
    """Recursive descent; every method returns a function of (action, attributes)."""

    def __init__(self, text):
        self._tokens = []
        position, text = 0, text.strip()
        while position < len(text):
            match = _TOKENS.match(text, position)
            if not match:
                raise ConditionError(f"Cannot read the condition at '{text[position:position + 30]}'")
            self._tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()

    def parse(self):
        result = self._or()
        if self._tokens:
            raise ConditionError(f"Unexpected '{self._tokens[0][1]}' in the condition")
        return result

    def _or(self):
        parts = [self._and()]
        while self._accept("OR", "||"):
            parts.append(self._and())
        return lambda action, attributes: any([part(action, attributes) for part in parts])

    def _and(self):
        parts = [self._unary()]
        while self._accept("AND", "&&"):
            parts.append(self._unary())
        return lambda action, attributes: all([part(action, attributes) for part in parts])

    def _unary(self):
        if self._accept("!", "NOT"):
            inner = self._unary()
            return lambda action, attributes: not inner(action, attributes)
        if self._accept("("):
            inner = self._or()
            self._expect(")")
            return inner
        if self._accept("ActionMatches"):
            self._expect("{")
            pattern = self._string()
            self._expect("}")
            return lambda action, attributes: action_matches(pattern, action)
        if self._accept("SubOperationMatches"):
            self._expect("{")
            self._string()
            self._expect("}")
            return lambda action, attributes: False      # registries have no suboperations
        if self._accept("Exists"):
            name = self._attribute()
            return lambda action, attributes: name in attributes
        return self._comparison()

    def _comparison(self):
        name = self._attribute()
        kind, operator = self._take()
        if kind != "word":
            raise ConditionError(f"Expected an operator, found '{operator}'")
        quantifier, _, operator = operator.rpartition(":")
        negated = operator.startswith("StringNot")
        compare = _COMPARISONS.get(operator.replace("StringNot", "String", 1))
        if not compare or quantifier and quantifier not in _QUANTIFIERS:
            raise ConditionError(f"Unknown operator '{operator}'")
        of_left, of_right = _QUANTIFIERS.get(quantifier, (any, any))
        wanted = self._values()

        def holds(_action, attributes):
            # Assumption: a comparison with an attribute that the request does not carry is false, negated or not.
            if name not in attributes:
                return False
            values = attributes[name] if isinstance(attributes[name], list) else [attributes[name]]
            return of_left(of_right(compare(value, one) != negated for one in wanted) for value in values)
        return holds

    def _values(self):
        if not self._accept("{"):
            return [self._string()]
        values = [self._string()]
        while self._accept(","):
            values.append(self._string())
        self._expect("}")
        return values

    def _take(self):
        if not self._tokens:
            raise ConditionError("The condition ends too early")
        return self._tokens.pop(0)

    def _accept(self, *values):
        if self._tokens and self._tokens[0][0] in ("word", "mark") and \
                self._tokens[0][1].lower() in [value.lower() for value in values]:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, value):
        if not self._accept(value):
            raise ConditionError(f"Expected '{value}' in the condition")

    def _string(self):
        kind, value = self._take()
        if kind != "string":
            raise ConditionError(f"Expected a quoted text, found '{value}'")
        return value[1:-1].replace("''", "'")

    def _attribute(self):
        kind, value = self._take()
        if kind != "attribute":
            raise ConditionError(f"Expected an attribute, found '{value}'")
        return value[value.index("[") + 1:-1].lower()
