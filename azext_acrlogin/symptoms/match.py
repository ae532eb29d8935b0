# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which error codes a message that somebody saw can stand for. Reads the text alone, so it names possibilities."""

import re
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Optional, Tuple

from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.entra_errors import NUMBERS
from azext_acrlogin.protocol.pasted_error import plain
from azext_acrlogin.protocol.secrets_in_text import without_secrets
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.symptoms.rules import RULES, Rule

MOST_MATCHES = 10
READ_CHARACTERS = 21_000  # of a symptom; longer ones were shortened in their middle
ENTRA_NUMBER = re.compile(r"aadsts:? ?(\d{5,8})")
CODE = re.compile(r"\b[a-z]+(_[a-z]+){1,6}_(error|warning)\b")
ENTRA_WEIGHT, FAMILY_WEIGHT, UNKNOWN_WEIGHT, NAMED_WEIGHT = 0.97, 0.85, 0.8, 0.2
SURE = 0.85  # a single reason of at least this weight is a fact: a number, an error body, a log's own phrase
# What a message is about. Words that every program uses lead nowhere unless it is about registries at all.
SPEAKS_OF_IT = re.compile(r"docker|podman|containerd|\bimages?\b|imagepull|manifest|regist(ry|ries)|azurecr|\bacr\b|"
                          r"\baz\b|azure|\bentra\b|\baad\b|microsoftonline|kubelet|\baks\b|credential.(helper|store)|"
                          r"\bhelm\b|buildx|buildkit|kaniko|skopeo|\boras\b|acrpull|acrpush|acb_")
SUBJECT = re.compile(SPEAKS_OF_IT.pattern + r"|unauthori[sz]ed|\b401\b|authentication required|\bpods?\b.{0,80}pull|"
                     r"service principal|managed identity|conditional access|deny assignment|admin.?user|/v2/")
HOST = re.compile(r"\b(?:[a-z0-9-]{1,63}\.){1,6}(?:com|io|org|net|dev|example|local|cn|us|de|cloud|ms)\b(?!\.\w)|"
                  r"\blocalhost\b")
DOCUMENTATION = re.compile(r"^(aka\.ms|docs\.|learn\.|go\.|www\.|docker\.com|microsoft\.com)")
KNOWN_HOST = re.compile(r"azurecr|azure|microsoft|windows\.net|docker\.io|docker\.com|githubusercontent|chinacloudapi")
PORT = re.compile(r"\bport(?:=|:| )\s?(\d{2,5})\b")
KNOWN_PORTS = {"443", "80", "53", "2375", "2376", "3128", "8080"}
CONDITIONAL_ACCESS_FAMILY = re.compile(r"53\d{3}|530\d{3}")

Reason = Tuple[str, float, str, str]  # code, weight, why, the part of the text that matched


def matches(symptom: str) -> List[Dict[str, Any]]:
    """The codes that `symptom` can stand for, likeliest first, at most `MOST_MATCHES`.

    :return: dictionaries with errorCode, title, why (what in the text speaks for it), lookAt (how to find out whether
        it is the case) and matched (the part of the text).
    """
    if symptom.count("\ufffd") * 10 > len(symptom):
        return []  # no text: in noise, any short word comes up
    written = without_secrets(plain(symptom[:READ_CHARACTERS]))  # what matched is shown
    text = _normalised(written)
    scores: Dict[str, float] = {}
    reasons: Dict[str, Tuple[float, str, str]] = {}
    for code, weight, why, matched in [*_by_entra_number(text), *_by_name(text), *_by_rules(text, written)]:
        scores[code] = 1 - (1 - scores.get(code, 0.0)) * (1 - weight)
        if code not in reasons or weight > reasons[code][0]:
            reasons[code] = (weight, why, matched)
    # A fact comes before any number of words that could mean much.
    ranked = sorted(scores, key=lambda code: (reasons[code][0] < SURE, -scores[code], code))[:MOST_MATCHES]
    return [{"errorCode": code, "title": codes()[code].title, "why": reasons[code][1],
             "lookAt": codes()[code].how_found, "matched": shown(reasons[code][2], 160)} for code in ranked]


def _normalised(symptom: str) -> str:
    """Lower case, on one line, quotes and escapes as they were meant."""
    text = symptom.lower()
    for escaped, meant in (("\\u0027", "'"), ("\\n", " "), ("\\\"", '"'), ("\u2018", "'"), ("\u2019", "'"),
                           ("\u201c", '"'), ("\u201d", '"'), ("%3a", ":"), ("%2f", "/")):
        text = text.replace(escaped, meant)
    return " ".join(text.split())


def _by_entra_number(text: str) -> Iterator[Reason]:
    """What Entra's numbers say: they are the surest part of any message."""
    for found in ENTRA_NUMBER.finditer(text):
        number = found[1]
        known = [code for code, numbers in NUMBERS.items() if int(number) in numbers]
        why = f"Entra's error AADSTS{number} stands for this."
        if known:
            yield known[0], ENTRA_WEIGHT, why, found[0]
        elif CONDITIONAL_ACCESS_FAMILY.fullmatch(number):
            yield "AAD_CONDITIONAL_ACCESS_ERROR", FAMILY_WEIGHT, why, found[0]
        else:
            yield "AAD_TOKEN_ERROR", UNKNOWN_WEIGHT, f"Entra refused with AADSTS{number}.", found[0]


def _by_name(text: str) -> Iterator[Reason]:
    """Codes that the text itself names, as the output of `az acr check-health` does, whose codes are coarser."""
    for found in CODE.finditer(text):
        if found[0].upper() in codes():
            yield found[0].upper(), NAMED_WEIGHT, "The message names this code.", found[0]


def _by_rules(text: str, written: str) -> Iterator[Reason]:
    """Of a message about something else, only what speaks of registries and their clients itself counts."""
    about, of_others = SUBJECT.search(text), _is_of_others(text)
    for rule in RULES:
        matched = _applies(rule, written if rule.as_written else text)
        if matched is not None and (
                SPEAKS_OF_IT.search(matched.lower()) or not of_others and (about or not rule.general)):
            for code, weight in rule.weights.items():
                yield code, weight, rule.why, matched


def _applies(rule: Rule, text: str) -> Optional[str]:
    """The part of the text that the rule's first pattern matches, when the rule as a whole applies."""
    if rule.unless and _compiled(rule.unless).search(text):
        return None
    first = _compiled(rule.patterns[0]).search(text)
    return first[0] if first and all(_compiled(pattern).search(text) for pattern in rule.patterns[1:]) else None


def _is_of_others(text: str) -> bool:
    """Whether the message names hosts or ports, and none of a registry or of what signs in to one."""
    hosts = [found[0] for found in HOST.finditer(text) if not DOCUMENTATION.search(found[0])]
    ports = [found[1] for found in PORT.finditer(text)]
    if "***" in text or "/v2/" in text or any(KNOWN_HOST.search(host) for host in hosts):  # pipelines mask names
        return False
    return bool(hosts) or bool(ports) and not set(ports) & KNOWN_PORTS


@lru_cache(maxsize=None)
def _compiled(pattern: str) -> "re.Pattern[str]":
    return re.compile(pattern)
