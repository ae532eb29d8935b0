# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Turns of phrase that no reader should meet again, in what people see and in the documentation."""

import ast
import re

import pytest

from azext_acrlogin.catalogue import codes
from tests.emulator.client import ROOT

TURNS = re.compile(
    r"(?<![Tt]here )\bis no\b(?! longer)|\bholds nothing\b|\bof no (use|help)\b|\bmend(s|ed|ing)?\b|\bSomebody\b"
    r"|\bcould be had\b|\btakes it away\b|\blets in\b|\bdoors\b|\bstumbl|\banswers what is no\b|\bcannot be had\b")
# Alternatives: a fix says the one thing that the evidence asks for.
OR = re.compile(r"(^|[.;] )Or\b|, or (?!if|where|until|whether)")
SOURCES = sorted((ROOT / "azext_acrlogin").rglob("*.py"))
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "HISTORY.rst")] + sorted((ROOT / "docs").glob("*.md"))


def strings_in(path):
    """The texts of a module that are not docstrings, with their lines."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(
        node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body and isinstance(node.body[0], ast.Expr)}
    return [(node.lineno, node.value) for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented]


def turns_of(path):
    texts = strings_in(path) if path.suffix == ".py" else list(enumerate(path.read_text("utf-8").splitlines(), 1))
    return [f"{path.relative_to(ROOT)}:{line}: {match[0]!r}: {text[:90]}" for line, text in texts
            for match in [TURNS.search(text)] if match]


@pytest.mark.parametrize("path", [*SOURCES, *PAGES], ids=lambda path: path.name)
def test_turns_that_do_not_come_back(path):
    assert turns_of(path) == []


@pytest.mark.parametrize("code", codes().values(), ids=lambda code: code.code)
def test_no_fix_leaves_a_choice(code):
    """The last fix of a code is the general one, for when no evidence decides."""
    assert not [fix.description for fix in code.fixes[:-1] if OR.search(fix.description)]
