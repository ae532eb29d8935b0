# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writes docs/assumptions.md from the emulator's comments that say "Assumption:"; with --check it only looks."""

import argparse
import ast
import io
import sys
import tokenize
from pathlib import Path
from typing import Iterator, List

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "assumptions.md"
WORD = "Assumption:"
HEAD = """# Assumptions

<!-- Written by scripts/generate_assumptions.py from the comments in tests/emulator that say "Assumption:". -->

The emulator follows recorded answers of live Azure, then the specification, both of which are in
[tests/azure_facts](../tests/azure_facts/__init__.py). What neither says is assumed, and listed here. A test that
passes because of one of these proves nothing about Azure.
"""


def assumptions(path: Path) -> Iterator[str]:
    """What a module's comments assume: from the word to the end of the comment, over all of its lines."""
    text, before = "", (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            # A comment goes on in the next line at the same place; an assumption begins anew.
            goes_on = text and token.start == (before[0] + 1, before[1])
            before = token.start
            words = token.string.lstrip("# ").strip()
            if WORD in words:
                if text:
                    yield text
                text = words.partition(WORD)[2].strip()
            elif goes_on:
                text += " " + words
            elif text:
                yield text
                text = ""
        elif token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT) and text:
            yield text
            text = ""
    if text:
        yield text


def hidden(path: Path) -> List[str]:
    """Docstrings that assume something, where this script does not look."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return [f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}" for node in ast.walk(tree)
            if isinstance(node, kinds) and "ssumption" in (ast.get_docstring(node) or "")]


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for path in sorted((ROOT / "tests" / "emulator").rglob("*.py")):
        found = list(assumptions(path))
        if found:
            name = path.relative_to(ROOT).as_posix()
            title = path.relative_to(ROOT / "tests" / "emulator").with_suffix("").as_posix().replace("/__init__", "")
            about = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
            parts.append(f"\n## [{title}](../{name})\n\n{' '.join(about.split())}\n\n")
            parts += [f"* {one[0].upper()}{one[1:]}\n" for one in found]
    return "".join(parts)


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")
    parser.add_argument("--write", action="store_true", help="write the page (the default)")
    arguments = parser.parse_args()
    elsewhere = [one for path in (ROOT / "tests" / "emulator").rglob("*.py") for one in hidden(path)]
    if elsewhere:
        print("Assumptions belong into comments, not docstrings: " + "; ".join(elsewhere))
        return 1
    text = page()
    if not arguments.check:
        TARGET.write_text(text, "utf-8")
    elif not TARGET.is_file() or TARGET.read_text("utf-8") != text:
        print("docs/assumptions.md is not what the emulator says. Run: python scripts/generate_assumptions.py --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
