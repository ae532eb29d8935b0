# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Takes out of text from outside what has the form of a secret.

Everything that a report says passes through here and `known_secrets` (`render.gate`), and what servers say before that,
so that a secret is never cut in half before it is looked for.
"""

import base64
import binascii
import re
from typing import Match

from azext_acrlogin.protocol.known_secrets import MASK

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
    r"\b([a-z][a-z0-9+.-]{1,20}(?:://|%3a%2f%2f))(?!\*\*\*@|(?-i:USER:PASSWORD@)[^\s/'\"<>@]*(?:[\s/'\"<>]|\Z))"
    r"[^\s/'\"<>]{1,2000}@(?!sha\d)",
    re.IGNORECASE)
_USER_AT_HOST = re.compile(
    r"(?<![\w@/.:-])([\w.+-]{1,64}:)(?!\*\*\*)[^\s@:/'\"<>]{1,200}@(?!sha\d)(?=[A-Za-z\d])")

# A value in or without quotes: no mask, and nothing that a shell or a person still has to fill in.
_VALUE = (r"(?!\*\*\*|[$%<{(]|\\?[\"']?(?:[$%<{(*]|null\b))"
          r"(\\?\"(?:[^\"\\\r\n]|\\[^\"\r\n]){1,4000}\\?\"|'[^'\r\n]{1,4000}'|[^\s\"',;&)}\]\\]{1,4000})")
_SENTENCE = r"(?-i:[a-z]{1,20} [a-z]{2,20}\b)"  # after a colon: words that go on, as no password does
_SURE = (r"pass(?:word|wd|phrase)|pwd|client[_-]?secret|app(?:lication)?[_-]?secret|access[_-]?token|"
         r"refresh[_-]?token|id[_-]?token|identity[_-]?token|registry[_-]?token|(?:client[_-]?)?assertion|api[_-]?key|"
         r"account[_-]?key|shared[_-]?access[_-]?key|private[_-]?key|sas[_-]?token|dockerconfigjson|x-registry-auth")
_PERHAPS = r"secret|token|auth|credentials?|pat"
_NAMES = re.compile(rf"{_SURE}|{_PERHAPS}|signature", re.IGNORECASE)
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
    text = _CURL_USER.sub(rf"\1{MASK}", _SHORT_OPTION.sub(_emptied, text))
    if _NAMES.search(text):  # most texts have none, which is seen at once
        for named in (_MEMBER, _ASSIGNED, _OPTION, _NAMED):
            text = named.sub(_emptied, text)
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
