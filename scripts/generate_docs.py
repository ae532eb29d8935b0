# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writes docs/errors from the catalogue; docs/checks.md and the picture in docs/architecture.md from the checks.

    python scripts/generate_docs.py --write    write the pages, remove those of codes that are no more
    python scripts/generate_docs.py --check    exit 1 and name the pages that are not up to date
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Dict, List

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# pylint: disable=wrong-import-position
from azext_acrlogin.catalogue import CATEGORIES, Code, codes  # noqa: E402
from azext_acrlogin.checks import all_checks  # noqa: E402
from azext_acrlogin.engine.model import AnyCheck, Category  # noqa: E402
from azext_acrlogin.render.catalogue_text import RUN_BY, general  # noqa: E402

GENERATED = "<!-- Written by scripts/generate_docs.py from azext_acrlogin/catalogue; change it there. -->"
COMMAND = "python scripts/generate_docs.py --write"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PICTURE = re.compile(r"(<!-- The picture is written by .*? -->\n).*?(<!-- End of the picture. -->)", re.DOTALL)


def pages() -> Dict[str, str]:
    """Every generated page: path below the repository's root to content."""
    return {"docs/errors.md": _index(), "docs/checks.md": _checks(), "docs/architecture.md": _architecture(),
            **{f"docs/errors/{code.code}.md": page_of_code(code) for code in codes().values()}}


def _index() -> str:
    lines = [GENERATED, "", "# Error codes", "",
             "The codes of `az acr login-diagnose`. Those that end in `_ERROR` fail a run, those that end in "
             "`_WARNING` do not. `az acr login-error show --code CODE` shows a page on the terminal."]
    for category in CATEGORIES:
        lines += ["", f"## {category.capitalize()}", "", "| code | title |", "|---|---|"]
        lines += [f"| [{code.code}](errors/{code.code}.md) | {code.title} |"
                  for code in codes().values() if code.category == category]
    return "\n".join(lines) + "\n"


def _checks() -> str:
    checks = all_checks()
    name_of = {check.evidence: check.name for check in checks}
    lines = [GENERATED.replace("catalogue", "checks"), "", "# The checks", "",
             "An arrow leads from a check to those that wait for its evidence: a solid one where they are pointless "
             "without it, a dotted one where they only look at it.", "", "```mermaid", "graph LR"]
    for check in checks:
        lines += [f"    {name_of[need]} --> {check.name}" for need in check.needs]
        lines += [f"    {name_of[read]} -.-> {check.name}" for read in check.reads]
    lines += ["```", "", "| check | question | category | codes |", "|---|---|---|---|"]
    for check in checks:
        found = ", ".join(f"[{code}](errors/{code}.md)" for code in sorted(set(check.codes)))
        lines.append(f"| `{check.name}` | {_question(check)} | {check.category.value} | {found} |")
    return "\n".join(lines) + "\n"


def _architecture() -> str:
    """The page as it is, with the picture redrawn."""
    picture = "\n".join(["```mermaid", *_layers(all_checks()), "```", ""])
    return PICTURE.sub(lambda around: around[1] + picture + around[2], ARCHITECTURE.read_text("utf-8"))


def _layers(checks: List[AnyCheck]) -> List[str]:
    """One box for each layer, in it one for each category. A check stands right of all that it waits for."""
    layer_of: Dict[type, int] = {}
    for check in checks:
        layer_of[check.evidence] = 1 + max((layer_of[kind] for kind in check.waits_for), default=0)
    layers = range(1, max(layer_of.values()) + 1)
    lines = ["flowchart LR"]
    for layer in layers:
        lines += [f"    subgraph layer{layer} [{layer}]", "        direction LR"]
        for category in Category:
            names = [check.name for check in checks
                     if layer_of[check.evidence] == layer and check.category is category]
            if names:
                lines.append(f'        {category.value}{layer}["<b>{category.value}</b><br>{"<br>".join(names)}"]')
        lines.append("    end")
    return [*lines, "    " + " --> ".join(f"layer{layer}" for layer in layers)]


def _question(check: AnyCheck) -> str:
    """The first line of the check's module."""
    return (sys.modules[check.gather.__module__].__doc__ or "").strip().splitlines()[0]


def page_of_code(code: Code) -> str:
    """The page of one code."""
    sections = [GENERATED, f"# {code.code}", f"{code.title}. Category: {code.category}; severity: {code.severity}.",
                "## Meaning", code.meaning, "## How it looks"]
    sections += [_block(text) for text in code.looks_like] or ["It is not seen elsewhere: only the diagnosis names it."]
    sections += ["## How it is found", code.how_found, "## How to mend it", *_fixes(code), "## Often confused with"]
    sections.append("\n".join(f"- [{other}]({other}.md): {difference}"
                              for other, difference in code.confused_with.items()) or "No other code.")
    sections += ["## References", f"- <{code.docs}>"]
    return "\n\n".join(sections) + "\n"


def _fixes(code: Code) -> List[str]:
    parts = []
    for number, fix in enumerate(code.fixes, 1):
        written = general(fix, windows=False)
        parts.append(f"{number}. {_escaped(written['description'])} (Run by: {RUN_BY[fix.run_by]}.)")
        if written["commands"]:
            block = _block("\n".join(command["line"] for command in written["commands"]), "sh")
            parts.append("\n".join("   " + line for line in block.splitlines()))
    return parts


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text}\n```"


def _escaped(text: str) -> str:
    return text.replace("*.", "\\*.")


def main(arguments: List[str]) -> int:
    """Write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the pages")
    mode.add_argument("--check", action="store_true", help="only say which pages are not up to date")
    write = parser.parse_args(arguments).write

    wanted = pages()
    superfluous = {path for path in (ROOT / "docs" / "errors").glob("*.md")
                   if path.relative_to(ROOT).as_posix() not in wanted}
    stale = {path for path, content in wanted.items()
             if not (ROOT / path).is_file() or (ROOT / path).read_text("utf-8") != content}
    if not write:
        for path in sorted(stale | {path.relative_to(ROOT).as_posix() for path in superfluous}):
            print(f"Not up to date: {path}")
        if stale or superfluous:
            print(f"Run: {COMMAND}")
        return 1 if stale or superfluous else 0
    (ROOT / "docs" / "errors").mkdir(parents=True, exist_ok=True)
    for path in superfluous:
        path.unlink()
    for path in stale:
        (ROOT / path).write_text(wanted[path], "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
