# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The secrets that a run knows, found in text from outside however they are encoded, broken or cut.

What has only the form of a secret is `secrets_in_text`'s.
"""

import base64
import html
import re
from bisect import bisect_right
from functools import cached_property
from typing import Dict, Iterable, Iterator, List, Optional, Set, Tuple

MASK = "***"
LONG = 20  # characters: what long text equals a secret is one; a short one may be a word that a text is made of
SHORTEST = 4
PIECE = 24  # characters of a long secret that are enough to recognise it by, where the rest was cut off
GRAM = PIECE // 2

Span = Tuple[int, int]


class KnownSecrets:
    """The secrets that this run was given or has sent. Any thread may add some."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: Dict[str, _Known] = {}
        self._grams: Set[str] = set()  # of the long ones
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Remember secrets; what is too short to be one is left out."""
        for secret in secrets:
            if len(secret) >= SHORTEST and secret not in self._secrets:
                known = _Known(secret)
                self._grams.update(known.grams)  # first: from then on it is looked for
                self._secrets[secret] = known

    def without(self, text: str, short_ones: bool = True) -> str:
        """`text` without these secrets, however they are encoded, broken or cut.

        :param short_ones: those, too, that might be a word that the text is made of.
        """
        known = [one for one in list(self._secrets.values()) if short_ones or one.is_distinctive]
        found: List[Span] = []
        for tight in {one.tight for one in known}:
            wanted = [one for one in known if one.tight is tight]
            for view in _views(text, tight):
                in_pieces = tight and self._may_hold_a_piece(view.text)
                found += [span for one in wanted for span in one.places(view, in_pieces)]
        return _masked(text, found)

    def _may_hold_a_piece(self, text: str) -> bool:
        """Whether a piece of a long secret, or of its base64, can be in a text."""
        standard = _standard(text)
        return any(standard[at:at + GRAM] in self._grams for at in range(len(standard) - GRAM + 1))

    def plainly_without(self, text: str) -> str:
        """`text` without the long ones, as they are: quick, for answers of any size that are data."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            if len(secret) >= LONG:
                text = text.replace(secret, MASK)
        return text


def is_distinctive(secret: str) -> bool:
    """Whether a secret cannot be a name or a word that a report holds for another reason."""
    kinds = sum(bool(re.search(kind, secret)) for kind in ("[a-z]", "[A-Z]", r"\d", r"[^A-Za-z0-9]"))
    return len(secret) >= LONG or len(secret) >= 8 and kinds >= 3


def _masked(text: str, spans: List[Span]) -> str:
    kept, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            kept.append(text[end:start] + MASK)
        end = max(end, stop)
    return "".join(kept) + text[end:]


class _Known:
    """A secret, and what it is looked for by."""

    def __init__(self, secret: str) -> None:
        self.tight, self.is_distinctive = len(secret) >= LONG, is_distinctive(secret)
        self._wanted = "".join(secret.split()) if self.tight else secret
        decoded = [view.text for view in _views(self._wanted, self.tight)]  # as where a part of it looks encoded itself
        self._forms = list(dict.fromkeys(
            form for one in decoded for form in (one, one.replace(" ", "+")) if len(form) >= SHORTEST))
        self._cores = list(_base64_cores(secret)) if len(secret) >= 6 else []

    @property
    def grams(self) -> Iterator[str]:
        """All that `KnownSecrets._may_hold_a_piece` looks for: each piece begins with one. None of a short secret."""
        for whole in map(_standard, [self._wanted, *self._cores] if self.tight else []):
            yield from (whole[at:at + GRAM] for at in range(0, len(whole) - GRAM + 1, GRAM))

    def places(self, view: "_View", in_pieces: bool) -> Iterator[Span]:
        """Where a text holds the secret, its base64 or pieces of it. :param in_pieces: whether to look for those."""
        for form in self._forms:
            yield from (view.span(at, at + len(form)) for at in _all(form, view.text))
        if self.tight and not in_pieces:
            return
        if self.tight:
            yield from (view.span(*piece) for piece in _pieces(self._wanted, view.text))
        standard = _standard(view.text)
        for core in self._cores:
            found = _pieces(core, standard) if self.tight else ((at, at + len(core)) for at in _all(core, standard))
            yield from (view.span(*_word_around(view.text, *span)) for span in found)


def _standard(text: str) -> str:
    """base64 for addresses and file names as the usual one."""
    return text.replace("-", "+").replace("_", "/")


def _all(form: str, text: str) -> Iterator[int]:
    at = text.find(form)
    while at >= 0:
        yield at
        at = text.find(form, at + len(form))


def _pieces(secret: str, text: str) -> Iterator[Span]:
    """Parts of a long secret, each as long as it agrees."""
    for first in range(0, len(secret) - PIECE + 1, PIECE):
        for at in _all(secret[first:first + PIECE], text):
            start, stop, left, right = at, at + PIECE, first, first + PIECE
            while start and left and text[start - 1] == secret[left - 1]:
                start, left = start - 1, left - 1
            while stop < len(text) and right < len(secret) and text[stop] == secret[right]:
                stop, right = stop + 1, right + 1
            yield start, stop


def _base64_cores(secret: str) -> Iterator[str]:
    """What the base64 of every text that holds the secret holds, wherever in it the secret begins."""
    data = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode("ascii")
        yield encoded[-(-8 * before // 6):8 * (before + len(data)) // 6]


def _word_around(text: str, start: int, stop: int) -> Span:
    """The whole of a base64 word."""
    while start and re.match(r"[\w+/-]", text[start - 1]):
        start -= 1
    while stop < len(text) and re.match(r"[\w+/=-]", text[stop]):
        stop += 1
    return start, stop


class _View:
    """A text as somebody who decodes it sees it, with the way back to the places of the original.

    The way back is worked out when it is asked for: hardly any text holds a secret.
    """

    def __init__(self, text: str, outer: "Optional[_View]" = None, pattern: "Optional[re.Pattern[str]]" = None) -> None:
        self.text, self._outer, self._pattern = text, outer, pattern

    def decoded(self, pattern: "re.Pattern[str]") -> "_View":
        """This text with what matches decoded."""
        return _View(pattern.sub(lambda match: _meant(match[0]), self.text), self, pattern)

    def span(self, start: int, stop: int) -> Span:
        """The place in the original of a place in this text."""
        return self._origin(start)[0], self._origin(stop - 1)[1]

    def _origin(self, at: int) -> Span:
        """Of one character. A stretch of text that is as it was has an origin as long as itself."""
        starts, origins = self.stretches
        number = bisect_right(starts, at) - 1
        first, last = origins[number]
        if last < 0:  # as it was
            place = first + at - starts[number]
            return place, place + 1
        return first, last

    @cached_property
    def stretches(self) -> Tuple[List[int], List[Span]]:
        """Where each stretch begins in this text, and its place in the original; one that is as it was has no end."""
        starts: List[int] = []
        origins: List[Span] = []
        if self._outer is None or self._pattern is None:
            return [0], [(0, -1)]
        outer_starts, outer_origins = self._outer.stretches
        length = end = 0

        def add(size: int, origin: Span) -> None:
            nonlocal length
            if size:
                starts.append(length)
                origins.append(origin)
                length += size

        def keep(start: int, stop: int) -> None:
            while start < stop:  # by the stretches of the outer view
                number = bisect_right(outer_starts, start) - 1
                until = min(stop, outer_starts[number + 1] if number + 1 < len(outer_starts) else stop)
                first, last = outer_origins[number]
                add(until - start, (first + start - outer_starts[number], -1) if last < 0 else (first, last))
                start = until

        for match in self._pattern.finditer(self._outer.text):
            keep(end, match.start())
            add(len(_meant(match[0])), self._outer.span(match.start(), match.end()))
            end = match.end()
        keep(end, len(self._outer.text))
        return starts or [0], origins or [(0, -1)]


_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
_CODED = (r"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[/\"'\\]|(?:%[89A-Fa-f][0-9A-Fa-f])+|%[0-7][0-9A-Fa-f]|"
          rf"&(?:#\d{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}}|[A-Za-z]{{2,8}});|[{_UNSEEN}\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_LOOSE = re.compile(_CODED)
_TIGHT = re.compile(rf"\\[rnt]|\\\r?\n|\s+|{_CODED}")
_LAYERS = 3  # of encodings, one within another


def _views(text: str, tight: bool) -> Iterator[_View]:
    """The text as it is, and decoded once and again. :param tight: without white space."""
    view = _View(text)
    yield view
    for _ in range(_LAYERS):
        further = view.decoded(_TIGHT if tight else _LOOSE)
        if further.text == view.text:
            return
        yield further
        view = further


def _meant(coded: str) -> str:
    """What one coded character stands for; nothing for what is not seen."""
    if coded[0] == "&":
        return html.unescape(coded)
    if coded[0] == "%":
        return bytes.fromhex(coded.replace("%", "")).decode("utf-8", "replace")
    if coded[:2] in ("\\u", "\\x"):
        return chr(int(coded[2:], 16))
    return coded[1:] if coded[0] == "\\" and coded[1:] in ("/", '"', "'", "\\") else ""
