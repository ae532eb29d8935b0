# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Takes secrets out of text from outside: those that have the form of one, and those that are known, in any encoding.

Everything that a report says passes through here (`render.gate`), and what servers say before that, so that a secret is
never cut in half before it is looked for.
"""

import base64
import binascii
import html
import re
from bisect import bisect_right
from typing import Dict, Iterable, Iterator, List, Match, Set, Tuple

MASK = "***"
LONG = 20  # characters: what long text equals a secret is one; a short one may be a word that a text is made of
SHORTEST = 4
PIECE = 24  # characters of a long secret that are enough to recognise it by, where the rest was cut off
GRAM = PIECE // 2

# --- secrets by their form

_BREAK = r"(?:\\\r?\n|\\r\\n|\\n|[ \t]*[\r\n]+[ \t>|]*)"  # where a terminal, a mail or a log broke a line
_FURTHER = rf"(?:{_BREAK}(?:[\w+/.=~-]{{16,}}|[\w+/.=~-]+(?=[\"',;\s]*(?:[\r\n]|\\n|$))))*"
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,30}PRIVATE KEY)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)
_TOKEN = re.compile(rf"\beyJ[\w+/=-]{{6,}}(?:\.[\w-]*)*{_FURTHER}")
_HEADER = re.compile(
    r"((?:proxy-)?authorization\\?[\"']?\s{0,4}[:=]\s{0,4}\\?[\"']?(?:(?:basic|bearer|negotiate|ntlm|sharedkey)\s+)?)"
    rf"(?!\*\*\*|basic\b|bearer\b)[^\s\"'\\,]{{4,}}{_FURTHER}", re.IGNORECASE)
_SCHEME = re.compile(
    r"\b((?i:Bearer|Basic|Negotiate|SharedAccessSignature))(\s+)(?![A-Za-z]+=[\"'])"
    rf"(?=[\w+/.=~-]*(?:\d|[a-z][A-Z]|=(?![\"'])))[\w+/.=~-]{{12,}}{_FURTHER}")
_URL_USER = re.compile(
    r"\b([a-z][a-z0-9+.-]{1,20}(?:://|%3a%2f%2f))(?!\*\*\*@|(?-i:USER:PASSWORD@))[^\s/'\"<>]{1,2000}@"
    r"(?!sha\d)", re.IGNORECASE)
_USER_AT_HOST = re.compile(
    r"(?<![\w@/.:-])(?!USER:PASSWORD@)([\w.+-]{1,64}:)(?!\*\*\*)[^\s@:/'\"<>]{1,200}@(?!sha\d)(?=[A-Za-z\d])")

# A value in or without quotes: no mask, and nothing that a shell or a person still has to fill in.
_VALUE = (r"(?!\*\*\*|[$%<{(]|\\?[\"']?(?:[$%<{(*]|null\b))"
          r"(\\?\"(?:[^\"\\\r\n]|\\[^\"\r\n]){1,4000}\\?\"|'[^'\r\n]{1,4000}'|[^\s\"',;&)}\]\\]{1,4000})")
_SENTENCE = r"(?-i:[a-z]{1,20} [a-z]{2,20}\b)"  # after a colon: words that go on, as no password does
_SURE = (r"pass(?:word|wd|phrase)|pwd|client[_-]?secret|app(?:lication)?[_-]?secret|access[_-]?token|"
         r"refresh[_-]?token|id[_-]?token|identity[_-]?token|registry[_-]?token|(?:client[_-]?)?assertion|api[_-]?key|"
         r"account[_-]?key|shared[_-]?access[_-]?key|private[_-]?key|sas[_-]?token|dockerconfigjson|x-registry-auth")
_PERHAPS = r"secret|token|auth|credentials?|pat"
_NAME = r"[\w.-]{0,60}?"  # what may stand before such a word: REGISTRY_PASSWORD
_MEMBER = re.compile(
    rf"(\\?[\"']{_NAME}(?:{_SURE}|{_PERHAPS})\\?[\"']\s{{0,4}}:\s{{0,4}}){_VALUE}", re.IGNORECASE)
_ASSIGNED = re.compile(
    rf"((?<![a-z0-9]){_NAME}(?:{_SURE}|{_PERHAPS}|signature)(?:\s{{0,2}}=\s{{0,2}}|%3d)(?!=)){_VALUE}", re.IGNORECASE)
_OPTION = re.compile(rf"(--?[\w-]{{0,40}}?(?:{_SURE}|pat)(?![\w-])(?:[ \t]+|=)(?!-)){_VALUE}", re.IGNORECASE)
_SHORT_OPTION = re.compile(rf"((?<=\s)-p(?:[ \t]+|=)(?!-|\d[\d.]*:\d|\.{{0,2}}/)){_VALUE}")
_NAMED = re.compile(
    rf"(\b{_NAME}(?:{_SURE})\s{{0,2}}(?::[ \t]{{1,4}}|:(?=[^\s/:]))(?:is[ \t])?)(?!{_SENTENCE}){_VALUE}", re.IGNORECASE)
_NAMED_PERHAPS = re.compile(rf"(\b{_NAME}(?:{_PERHAPS})\s{{0,2}}:[ \t]{{0,4}}){_VALUE}", re.IGNORECASE)
_SIGNATURE = re.compile(r"((?:\b|%26|u0026|amp;)sig(?:=|%3d))(?!\*\*\*)[\w+/=.~%-]{6,}", re.IGNORECASE)  # of a SAS
_CURL_USER = re.compile(
    r"((?<=\s)(?:-u|--user)(?:[ \t]+|=)\\?[\"']?[^\s:\"']{1,200}:)(?!//|\*\*\*|\$)[^\s\"']{1,500}")
_SHAPES = re.compile(
    r"(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~-])|"  # of an Entra application
    r"(?<![\w+/])[\w+/]{42}\+?ACR[\w+/]{6,7}(?![\w+/])|"  # of a registry's admin user or token
    r"(?<![\w+/])[A-Za-z0-9+/]{86}==|"  # key of a storage account
    r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|dckr_pat_[\w-]{20,})")
_ENCODED = re.compile(r"(?<![\w+/=%.:@-])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{12,4000}={0,2}(?![\w+/=])")
_USER_AND_SECRET = re.compile(r"[\w.@$-]{1,100}:[!-~]{4,}")


def without_secrets(text: str) -> str:
    """`text` without what has the form of a secret: keys, tokens, headers, passwords beside their names, in addresses
    and on command lines. What identifies something (a digest, a GUID, a resource id, a reference) stays."""
    text = _PEM.sub(MASK, text)
    text = _HEADER.sub(rf"\g<1>{MASK}", text)
    text = _SCHEME.sub(rf"\1\2{MASK}", text)
    text = _TOKEN.sub(MASK, text)
    text = _URL_USER.sub(rf"\1{MASK}@", text)
    text = _USER_AT_HOST.sub(rf"\1{MASK}@", text)
    text = _SHAPES.sub(MASK, text)
    text = _SIGNATURE.sub(rf"\1{MASK}", text)
    for named in (_MEMBER, _ASSIGNED, _OPTION, _SHORT_OPTION, _NAMED):
        text = named.sub(_emptied, text)
    text = _CURL_USER.sub(rf"\1{MASK}", text)
    text = _NAMED_PERHAPS.sub(lambda match: _emptied(match) if _looks_random(match[2]) else match[0], text)
    return _ENCODED.sub(lambda match: MASK if _is_user_and_secret(match[0]) else match[0], text)


def _emptied(match: "Match[str]") -> str:
    """A value masked, in the quotes that it stood in."""
    quote = re.match(r"\\?[\"']", match[2])
    mark = quote[0] if quote else ""
    return f"{match[1]}{mark}{MASK}{mark}"


def _looks_random(value: str) -> bool:
    """Whether a word after `token:` or `secret:` is one, not the next word of a sentence, a host, an id or a digest."""
    bare = value.strip("\\\"'")
    return (len(bare) >= 12 and bool(re.search(r"\d", bare)) and bool(re.search(r"[A-Za-z]", bare))
            and not re.search(r"://|^sha\d+:|\.azurecr\.|^[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}$|^[\w.-]+/[\w./:-]+$|^AADSTS",
                              bare))


def _is_user_and_secret(word: str) -> bool:
    """Whether a word is the base64 of `user:password`, as Docker's file holds it."""
    try:
        decoded = base64.b64decode(word + "=" * (-len(word) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return _USER_AND_SECRET.fullmatch(decoded) is not None


# --- secrets that are known

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
        """Whether a piece of a long secret, or of its base64, can be in a text: most have none, which is seen at once.

        Wherever a piece stands, a gram of it begins at a multiple of GRAM.
        """
        standard = _standard(text)
        return any(standard[at:at + GRAM] in self._grams for at in range(0, len(standard) - GRAM + 1, GRAM))

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
        """All that `KnownSecrets._may_hold_a_piece` looks for; none of a short one."""
        for whole in map(_standard, [self._wanted, *self._cores] if self.tight else []):
            yield from (whole[at:at + GRAM] for at in range(len(whole) - GRAM + 1))

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
    """A text as somebody who decodes it sees it, with the way back to the places of the original."""

    def __init__(self, text: str, starts: List[int], origins: List[Span]) -> None:
        self.text, self._starts, self._origins = text, starts, origins

    def span(self, start: int, stop: int) -> Span:
        """The place in the original of a place in this text."""
        return self._origin(start)[0], self._origin(stop - 1)[1]

    def _origin(self, at: int) -> Span:
        """Of one character. A stretch of text that is as it was has an origin as long as itself."""
        number = bisect_right(self._starts, at) - 1
        first, last = self._origins[number]
        if last < 0:  # as it was
            place = first + at - self._starts[number]
            return place, place + 1
        return first, last

    def decoded(self, pattern: "re.Pattern[str]") -> "_View":
        """This text with what matches decoded."""
        parts: List[str] = []
        starts: List[int] = []
        origins: List[Span] = []
        length = end = 0

        def add(part: str, origin: Span) -> None:
            nonlocal length
            if part:
                parts.append(part)
                starts.append(length)
                origins.append(origin)
                length += len(part)

        def keep(start: int, stop: int) -> None:
            while start < stop:  # by the stretches of this view
                number = bisect_right(self._starts, start) - 1
                until = min(stop, self._starts[number + 1] if number + 1 < len(self._starts) else stop)
                first, last = self._origins[number]
                add(self.text[start:until], (first + start - self._starts[number], -1) if last < 0 else (first, last))
                start = until

        for match in pattern.finditer(self.text):
            keep(end, match.start())
            add(_meant(match[0]), self.span(match.start(), match.end()))
            end = match.end()
        keep(end, len(self.text))
        return _View("".join(parts), starts or [0], origins or [(0, -1)])


_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
_CODED = (r"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[/\"'\\]|(?:%[89A-Fa-f][0-9A-Fa-f])+|%[0-7][0-9A-Fa-f]|"
          rf"&(?:#\d{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}}|[A-Za-z]{{2,8}});|[{_UNSEEN}\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_LOOSE = re.compile(_CODED)
_TIGHT = re.compile(rf"\\[rnt]|\\\r?\n|\s+|{_CODED}")
_LAYERS = 3  # of encodings, one within another


def _views(text: str, tight: bool) -> Iterator[_View]:
    """The text as it is, and decoded once and again. :param tight: without white space."""
    view = _View(text, [0], [(0, -1)])
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
