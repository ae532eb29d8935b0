# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writes the pages of the site of error codes, as Markdown, from the catalogue: one for each code and each message.

    python scripts/site_pages.py FOLDER
"""

import re
import sys
from pathlib import Path
from typing import Dict, Iterable, List

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

# pylint: disable=wrong-import-position
from azext_acrlogin.catalogue import CATEGORIES, codes  # noqa: E402
from azext_acrlogin.symptoms.match import matches  # noqa: E402
from generate_docs import page_of_code  # noqa: E402

SLUG_CHARACTERS = 70
ALONE = "---\norphan: true\n---\n\n"  # lists lead to the page; a menu would have hundreds
COMMON = 3  # a message that so many codes share is listed on the first page
DIAGNOSE = ("Find out which cause it is with one command, which changes nothing:\n\n```sh\n"
            "az extension add --name acrlogin\naz acr login-diagnose --name myregistry\n```")


def site_pages() -> Dict[str, str]:
    """Path below the site's folder to Markdown."""
    messages = _messages()
    slugs = _slugs(messages)
    return {
        "index.md": _home(messages, slugs),
        "messages.md": _all_messages(messages, slugs),
        "codes.md": _all_codes(),
        **{f"codes/{code.code}.md": _with_messages(code.code, slugs) for code in codes().values()},
        **{f"messages/{slugs[message]}.md": _message(message, behind) for message, behind in messages.items()}}


def _messages() -> Dict[str, List[str]]:
    """Each message of the catalogue with the codes that it can stand for, the likeliest first.

    Two that differ in a full stop alone are one.
    """
    found: Dict[str, List[str]] = {}
    same: Dict[str, str] = {}
    for code in codes().values():
        for message in code.looks_like:
            message = same.setdefault(message.rstrip("."), message)
            found.setdefault(message, []).append(code.code)
    for message, behind in found.items():
        ranked = [match["errorCode"] for match in matches(message)]
        found[message] = [*ranked, *(code for code in dict.fromkeys(behind) if code not in ranked)]
    return found


def _slugs(messages: Iterable[str]) -> Dict[str, str]:
    """A file name for each message, different from all others."""
    slugs: Dict[str, str] = {}
    for message in messages:
        slug = re.sub(r"[^a-z0-9]+", "-", message.lower()).strip("-")[:SLUG_CHARACTERS].strip("-")
        taken = {other for other in slugs.values() if re.fullmatch(re.escape(slug) + r"(-\d+)?", other)}
        slugs[message] = f"{slug}-{len(taken) + 1}" if taken else slug
    return slugs


def _slug_of(message: str, slugs: Dict[str, str]) -> str:
    return slugs[next(other for other in slugs if other.rstrip(".") == message.rstrip("."))]


def _home(messages: Dict[str, List[str]], slugs: Dict[str, str]) -> str:
    common = sorted((message for message in messages if len(messages[message]) >= COMMON),
                    key=lambda message: -len(messages[message]))
    return "\n\n".join([
        "# Why `az acr login` fails",
        "Signing in to Azure Container Registry, pulling and pushing fail with the same few messages for many "
        "different causes. Search for the message that you see, or look it up:",
        "\n".join(f"- {_link(message, f'messages/{slugs[message]}.md')} ({len(messages[message])} possible causes)"
                  for message in common),
        "[All messages](messages.md) · [All error codes](codes.md)", DIAGNOSE,
        "```{toctree}\n:hidden:\nmessages\ncodes\n```"]) + "\n"


def _all_messages(messages: Dict[str, List[str]], slugs: Dict[str, str]) -> str:
    return "\n".join(["# Messages", "", *(f"- {_link(message, f'messages/{slugs[message]}.md')}"
                                          for message in sorted(messages, key=str.lower))]) + "\n"


def _all_codes() -> str:
    lines = ["# Error codes"]
    for category in CATEGORIES:
        lines += ["", f"## {category.capitalize()}", "", "| Code | Title |", "|---|---|"]
        lines += [f"| [{code.code}](codes/{code.code}.md) | {code.title} |" for code in codes().values()
                  if code.category == category]
    return "\n".join(lines) + "\n"


def _with_messages(code: str, slugs: Dict[str, str]) -> str:
    """The page of the code, titled by its words, with links to the pages of its messages."""
    entry = codes()[code]
    page = page_of_code(entry).replace(f"# {code}\n", f"# {entry.title} ({code})\n", 1)
    links = [f"- {_link(message, f'../messages/{_slug_of(message, slugs)}.md')}" for message in entry.looks_like]
    seen = ["\n## Messages that can mean this\n", "\n".join(links), ""] if links else []
    return ALONE + page + "\n".join(seen)


def _message(message: str, behind: List[str]) -> str:
    lines = [f"{ALONE}# {_escaped(message)}", f"```text\n{message}\n```",
             "This message can stand for the following, likeliest first." if len(behind) > 1
             else "This message stands for one cause."]
    for code in behind:
        entry = codes()[code]
        lines += [f"## {entry.title}", entry.meaning, f"*How to tell:* {entry.how_found}",
                  f"[{code}: how to fix it](../codes/{code}.md)"]
    return "\n\n".join([*lines, "---", DIAGNOSE]) + "\n"


def _link(text: str, target: str) -> str:
    return f"[{_escaped(text)}]({target})"


def _escaped(text: str) -> str:
    """Text that Markdown takes as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", text).replace("https://", "https&#58;//")


def main(arguments: List[str]) -> None:
    """Write the pages into the folder that is named."""
    folder = Path(arguments[0])
    for path, text in site_pages().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
