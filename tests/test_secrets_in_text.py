# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The one masker, and the one gate for text from outside: what they take out, and what stays readable."""

import base64
import html
import json
import string
import unicodedata
from random import Random
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, strategies as st

from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.known_secrets import LONG, MASK, KnownSecrets
from azext_acrlogin.protocol.secrets_in_text import without_secrets
from azext_acrlogin.protocol.text import SAID_CHARACTERS, excerpt, said
from azext_acrlogin.render.catalogue_text import explanation
from azext_acrlogin.render.gate import presentable

DIGEST = "sha256:" + "a1b2c3d4" * 8
JWT = ".".join(["eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9", "eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQiLCJleHAiOjE3fQ",
                "c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4tMDEyMzQ1Njc4OQ"])
ENTRA_SECRET = "aBc8Q~" + "xY0-z" * 6 + "qrst"
PASSWORD = "Hunter2.of-the_Registry"
AUTH = base64.b64encode(f"ci-token:{PASSWORD}".encode()).decode()
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nc2VjcmV0\n-----END RSA PRIVATE KEY-----"


def wrapped(text, columns=40):
    """As a terminal, a mail or a log breaks it."""
    return "\n".join(text[start:start + columns] for start in range(0, len(text), columns))


@pytest.mark.parametrize("text, secrets", [
    (f"it sent {JWT} to the registry", JWT.split(".")),
    (f"token:\n{wrapped(JWT)}\nError: it was refused", JWT.split(".")[1:]),
    (f'"accessToken": "{wrapped(JWT, 60)}",\n"loginServer": "myregistry.azurecr.io"', JWT.split(".")[1:]),
    (f"> {JWT[:50]}\n> {JWT[50:100]}\n> {JWT[100:]}\n> and then it failed", [JWT[60:90], JWT[110:]]),
    ("https://x.blob.core.windows.net/c?sv=2021&sr=b&sig=aB%2Bc1%2F23%3D&se=2026", ["aB%2Bc1"]),
    (r"https://x.blob.core.windows.net/c?sv=2021\u0026sig=aB%2Bc1%2F23%3D\u0026se=2026", ["aB%2Bc1"]),
    ("https%3A%2F%2Fx.blob.core.windows.net%2Fc%3Fsv%3D2021%26sig%3DaBc1x23y%26se%3D2026", ["aBc1x23y"]),
    (f"PASSWORD: {PASSWORD}", [PASSWORD]), (f"password={PASSWORD}", [PASSWORD]),
    (f"REGISTRY_PASSWORD={PASSWORD}", [PASSWORD]),
    (f"docker login -u ci-token -p {PASSWORD} myregistry.azurecr.io", [PASSWORD]),
    (f"az login --service-principal --password '{PASSWORD} and more'", [PASSWORD, "and more"]),
    (f"kubectl create secret docker-registry x --docker-password={PASSWORD}", [PASSWORD]),
    (f"curl -u ci-token:{PASSWORD} https://myregistry.azurecr.io/v2/", [PASSWORD]),
    (f"Authorization: Basic {AUTH}", [AUTH]), (f'-H "Authorization: Basic {AUTH}"', [AUTH]),
    (f"Authorization: Bearer {'0a1B' * 9}", ["0a1B" * 9]), (f"sent Basic {AUTH}", [AUTH]),
    (f'{{"auths": {{"myregistry.azurecr.io": {{"auth":"{AUTH}"}}}}}}', [AUTH]),
    (json.dumps(json.dumps({"identitytoken": PASSWORD})), [PASSWORD]),
    (f"stored as {AUTH} in the file", [AUTH]),
    (f"https://ci-token:{PASSWORD}@myregistry.azurecr.io/v2/", [PASSWORD]),
    (f"http://USER:PASSWORD@x:{PASSWORD}@proxy.contoso.example:3128", [PASSWORD]),
    ("http://user:password@proxy.contoso.example:3128", ["password"]),
    (f"DOCKER_HOST=alex:{PASSWORD}@engine.contoso.example:2375", [PASSWORD]),
    (f"AZURE_CLIENT_SECRET: {ENTRA_SECRET}", [ENTRA_SECRET]), (f"the secret was {ENTRA_SECRET}.", [ENTRA_SECRET]),
    ("AccountKey=" + "Ab1+" * 21 + "Ab==;EndpointSuffix=core.windows.net", ["Ab1+" * 21]),
    (KEY, ["MIIEpA", "c2VjcmV0"]), (json.dumps({"key": KEY}), ["MIIEpA", "c2VjcmV0"]),
    (f"client_assertion={JWT}&grant_type=client_credentials", JWT.split(".")),
    (f".dockerconfigjson: {base64.b64encode(json.dumps({'auths': {'x': {'auth': AUTH}}}).encode()).decode()}", ["eyJ"]),
])
def test_what_has_the_form_of_a_secret_goes(text, secrets):
    masked = without_secrets(text)
    assert MASK in masked and not [secret for secret in secrets if secret in masked], masked
    assert without_secrets(masked) == masked


@pytest.mark.parametrize("text", [
    f"myregistry.azurecr.io/team/app:v1@{DIGEST}", f"https://myregistry.azurecr.io/v2/app/manifests/{DIGEST}",
    f"could not fetch content descriptor {DIGEST} (application/vnd.docker.image.rootfs.diff.tar.gzip)",
    "/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/"
    "registries/myregistry", "Correlation ID: b65a8fc5-6038-4ca3-aa92-46b2b6976849",
    "failed to fetch oauth token: unexpected status from GET request to https://myregistry.azurecr.io/oauth2/token?"
    "scope=repository%3Ateam%2Fapp%3Apull&service=myregistry.azurecr.io: 401 Unauthorized",
    'Bearer realm="https://myregistry.azurecr.io/oauth2/token",service="myregistry.azurecr.io"',
    "no basic auth credentials", "Basic authentication is asked for", "Username: alex\nPassword: \nError response",
    "docker login --username alex --password-stdin", "az acr login --expose-token --query accessToken",
    "docker run -p 8080:80 -p 127.0.0.1:3000:3000/tcp nginx", 'docker login -u "$USER" -p "$TOKEN"',
    "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
    "value, not the client secret ID", "secret: my-pull-secret", "imagePullSecrets: regcred",
    "http://USER:PASSWORD@proxy.contoso.example:3128. Write",
    "git@github.com:Azure/acr.git", "alex@contoso.example", "AWS4-HMAC is not used here", "tag: 20241126.12-a1b2c3d",
    "The push refers to repository [myregistry.azurecr.io/app]", "x509: certificate signed by unknown authority",
    "commit 0123456789abcdef0123456789abcdef01234567", "10.232.61.203:43262->52.236.186.80:443"])
def test_what_identifies_something_stays(text):
    assert without_secrets(text) == text


def test_the_catalogues_own_words_stay():
    for code in codes().values():
        for windows in (False, True):
            words = explanation(code, windows)
            assert without_secrets(words) == words, code.code


# --- known secrets

ENCODINGS = {
    "as it is": lambda secret: secret,
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret))[1:-1],
    "JSON, every character": lambda secret: "".join(f"\\u{ord(character):04X}" for character in secret),
    "JSON, slashes": lambda secret: secret.replace("/", "\\/").replace("+", "\\u002b"),
    "percent": lambda secret: quote(secret, safe=""),
    "percent, lower case": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "form": quote_plus,
    "percent of JSON": lambda secret: quote(json.dumps(secret)[1:-1], safe=""),
    "HTML": html.escape,
    "HTML, numbers": lambda secret: "".join(f"&#{ord(character)};" for character in secret),
    "HTML, hexadecimal": lambda secret: "".join(f"&#x{ord(character):x};" for character in secret),
    "zero width": "\u200b".join,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of user and secret": lambda secret: base64.b64encode(f"alex:{secret}".encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(f"x{secret}yz".encode()).decode(),
    "base64 in JSON": lambda secret: json.dumps(base64.b64encode(secret.encode()).decode()).replace("/", "\\/"),
}
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(secret=SECRETS, before=st.text(max_size=10), after=st.text(max_size=10))
def test_known_secrets_in_all_encodings(encoding, secret, before, after):
    encoded = ENCODINGS[encoding](secret)
    masked = KnownSecrets([secret]).without(f"{before} {encoded} {after}")
    assert MASK in masked and encoded not in masked
    assert secret not in html.unescape(masked) or secret in html.unescape(before + after)


@given(token=st.text("abcdefXYZ0123456789-_.", min_size=80, max_size=200), columns=st.integers(20, 70))
def test_a_long_secret_broken_or_cut(token, columns):
    known = KnownSecrets([token])
    lines = wrapped(token, columns).split("\n")
    masked = known.without(f"x {wrapped(token, columns)} y")
    assert not [line for line in lines if len(line) == columns and line in masked]
    assert token[:60] not in known.without(f"it began with {token[:60]}")
    assert token[20:70] not in known.without(f"...{token[20:70]}...")


def test_a_short_secret_is_no_word_of_the_report():
    """A password may be what a registry is called; it is taken out of refusals, and cannot be out of all texts."""
    known = KnownSecrets(["myregistry"])
    assert known.without("myregistry was refused") == f"{MASK} was refused"
    assert known.without("myregistry.azurecr.io", short_ones=False) == "myregistry.azurecr.io"
    assert known.plainly_without("myregistry") == "myregistry"
    assert known.without("a b") == "a b" and KnownSecrets(["abc"]).without("abc") == "abc"


# --- the gate

OUTSIDE = st.text(st.characters(exclude_categories=()), max_size=60)


@given(text=OUTSIDE, name=OUTSIDE, items=st.lists(OUTSIDE, max_size=3))
def test_nothing_unseen_passes(text, name, items):
    report = presentable({"asked": {"username": text}, "checks": [{"evidence": {name: items}}]}, KnownSecrets())
    evidence = report["checks"][0]["evidence"]
    seen = [report["asked"]["username"], *evidence, *(item for entry in evidence.values() for item in entry)]
    assert not [character for word in seen for character in word if unicodedata.category(character)[0] == "C"]


def test_the_gate_is_bounded_and_leaves_commands_alone():
    command = {"line": "az acr show --name 'a  b' --query \"[?x=='y']\"", "argv": ["a  b"],
               "file": {"name": "x", "text": "{\n}\n"}}
    request = presentable({"fix": {"request": "one\r\ntwo\rthree\u2028four\x1b[2J"}}, KnownSecrets())
    assert request["fix"]["request"] == "one\ntwo\nthree\nfour[2J"
    report = presentable({"evidence": {"text": "word " * 10_000, "number": 3}, "fix": {"commands": [command]}},
                         KnownSecrets())
    assert len(report["evidence"]["text"]) == SAID_CHARACTERS and report["evidence"]["number"] == 3
    assert report["fix"]["commands"] == [command]


def test_the_gate_masks_what_is_known_and_what_looks_like_a_secret():
    token = "t" * LONG + "0Z"
    given_report = {"message": f"It says: {token[:10]}\u200b{token[10:]}", "summary": f"Authorization: Basic {AUTH}",
                    "fix": {"commands": [{"line": f"echo {token}"}]}}
    assert presentable(given_report, KnownSecrets([token])) == {
        "message": f"It says: {MASK}", "summary": f"Authorization: Basic {MASK}",
        "fix": {"commands": [{"line": f"echo {MASK}"}]}}


# --- words of others

def test_words_are_kept_whole_and_quoted_by_the_sentence():
    words = "The first sentence tells what failed. " * 12 + "The last one tells why."
    assert said(words) == words
    quoted = excerpt(words)
    assert len(quoted) <= 300 and quoted.endswith("what failed.")
    assert excerpt("short. words") == "short. words"
    assert excerpt("word " * 100).endswith("word…")
    assert len(excerpt("x" * 1000)) <= 300


def test_a_piece_of_any_of_many_tokens_is_found():
    random = Random(7)
    tokens = ["".join(random.choices(string.ascii_letters + string.digits, k=1500)) for _ in range(8)]
    known, texts = KnownSecrets(tokens), ["the registry's login server is myregistry.azurecr.io; " * 3] * 4
    assert [known.without(text, short_ones=False) for text in texts] == texts
    assert known.without(f"{texts[0]} {tokens[5][700:760]}").endswith(MASK)


def test_a_secret_of_spaces_alone_is_none():
    assert KnownSecrets([" " * LONG]).without("a text with words") == "a text with words"
