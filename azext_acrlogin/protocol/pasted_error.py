# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What an error that somebody pasted is about: which registry, repository, tag and action, and who met it.

It goes by what all programs have in common: the URLs of the registry's protocol, the scopes of its tokens, the detail
of its errors, image references and resource ids. Words decide only between pushing and pulling, and who speaks.
Source: OCI distribution specification, 'Endpoints'; Docker registry, 'Token Scope Documentation'.
"""

import re
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Optional, Tuple

from azext_acrlogin.protocol.text import visible

ACTIONS = ("pull", "metadata-read", "catalog", "metadata-write", "push", "delete", "view", "manage")  # a later one says more
SCOPE_ACTIONS = {"pull": "pull", "push": "push", "delete": "delete", "metadata_read": "metadata-read",
                 "metadata_write": "metadata-write"}
RESOURCES = 5  # offered at most

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_ESCAPES = (("\\\"", '"'), ("\\/", "/"), ("\\u0027", "'"), ("\\u0026", "&"), ("%3A", ":"), ("%3a", ":"), ("%2F", "/"),
            ("%2f", "/"), ("%2C", ","), ("%2c", ","))
_METHOD = re.compile(r"\b(get|head|put|post|patch|delete)\b\"?(?: request to)?[\s\"':=]{0,4}(?:url=)?\"?$",
                     re.IGNORECASE)
_API = re.compile(r"/v2/(?P<repository>[a-z0-9][\w./-]{0,254}?)/(?P<kind>manifests|blobs|tags|referrers)/"
                  r"(?P<reference>uploads|list|[\w][\w.:-]{0,140})")
_OWN_API = re.compile(r"/acr/v1/(?P<repository>[a-z0-9][\w./-]{0,254}?)/_(?:tags|manifests)")
_OTHER_API = re.compile(r"/(?:v2|oauth2|acr/v1)\b")
_SCHEME = re.compile(r"https?://$", re.IGNORECASE)
_CATALOG = re.compile(r"/(?:v2|acr/v1)/_catalog\b")
_PATH = re.compile(r"/(?P<repository>[A-Za-z0-9][\w./-]{0,254})(?::(?P<tag>\w[\w.-]{0,127}))?"
                   r"(?:@(?P<digest>sha\d{3}:[0-9a-f]{64,128}))?")
_SCOPE = re.compile(r"\brepository:(?P<repository>[a-z0-9][\w./-]{0,254}):(?P<actions>[a-z_*]+(?:,[a-z_*]+){0,6})")
_DETAILS = (re.compile(r"\"Type\":\s?\"(?P<type>\w+)\",\s?\"Name\":\s?\"(?P<name>[^\"]{1,255})\",\s?"
                       r"\"Action\":\s?\"(?P<action>[\w*]{1,30})\""),
            re.compile(r"map\[Action:(?P<action>[\w*]{1,30}) (?:Class:\S{0,20} )?Name:(?P<name>\S{1,255}) "
                       r"Type:(?P<type>\w{1,20})\]"))
_NAMED = re.compile(r"\bacr\b[^\n]{0,300}?\s(?:-n|--name|-r|--registry|--acr)[ =]+[\"']?"
                    r"(?P<name>[A-Za-z0-9]{5,50})(?![\w.-])")
_RESOURCE = re.compile(r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^\s/\"']{1,90}/providers/"
                       r"[A-Za-z]+\.[A-Za-z.]+(?:/[A-Za-z]+/[\w.()-]{1,128}){1,4}", re.IGNORECASE)
_ARM_ACTION = re.compile(r"(?:perform action|Actions?:?)\s['\"]?Microsoft\.ContainerRegistry/registries/(?P<action>read|write)\b",
                         re.IGNORECASE)
ARM_ACTIONS = {"read": "view", "write": "manage"}
_REGISTRY_ID = re.compile(r"/Microsoft\.ContainerRegistry/registries/(?P<name>[a-z0-9]{5,50})(?P<part>/.*)?$",
                          re.IGNORECASE)
_WORDS = (("push", re.compile(r"(?<![\w./:@-])push(?:e[sd]|ing)?(?![\w/.@-])|--push\b|"
                              r"\binitiating layer upload\b|\bchecking whether a blob \S{1,100} exists in\b",
                              re.IGNORECASE)),
          ("pull", re.compile(r"(?<![\w./:@-])pull(?:s|ed|ing)?(?![\w/.@-])", re.IGNORECASE)),
          ("delete", re.compile(r"\brepository (?:delete|untag)\b")),
          ("catalog", re.compile(r"\bacr repository list\b|\bregistry:catalog:")),
          ("metadata-read", re.compile(r"\bshow-tags\b|/tags/list\b")))
# Who speaks: marks that these programs alone put into what they write.
_SPEAKERS = (
    ("an ACR task", re.compile(r"\bacb_\w+|Executing step ID|Queued a (?:build|run) with ID|ran out of retries")),
    ("a Kubernetes node", re.compile(r"\bkubelet\b|ErrImagePull|ImagePullBackOff|Failed to pull image \"|"
                                     r"rpc error: code =(?! \w+ desc = failed to (?:solve|fetch))")),
    ("an Azure service", re.compile(r"DockerApiException|template\.containers|InaccessibleImage|\"ComponentName\":\"")),
    ("a pipeline", re.compile(r"##\[\w+\]|##vso\[|(?:^|\n)::(?:error|warning)|/home/(?:vsts|runner)/work|[A-Z]:\\a\\|"
                              r"(?:^|\n)Run [\w-]+/[\w-]+@")))


@dataclass
class Mentioned:
    """A registry that the text names, and what it says of it.

    host: as it is written, None where only the name is.  reference: a tag or a digest.
    """

    name: str
    host: Optional[str] = None
    repository: Optional[str] = None
    reference: Optional[str] = None
    action: Optional[str] = None


@dataclass(frozen=True)
class PastedError:
    """What was read from a text.

    resources: ids of Azure resources beside registries, which may be what pulls.
    speaker: who met the error, in words; None where it may be the client on this machine.
    """

    registries: Tuple[Mentioned, ...] = ()
    resources: Tuple[str, ...] = ()
    speaker: Optional[str] = None


@dataclass
class _Sighting:
    """One place of the text. sure: what was asked for, not only named."""

    key: Optional[str]  # of the registry; None where the place does not say
    host: Optional[str] = None
    repository: Optional[str] = None
    reference: Optional[str] = None
    action: Optional[str] = None
    sure: bool = False


def read_error(text: str, suffixes: Iterable[str]) -> PastedError:
    """Read a pasted error. :param suffixes: of the login servers of all clouds, with the leading dot."""
    written = plain(text)
    seen = [*_hosts(written, suffixes), *_named(written), *_scopes(written), *_of_resource_manager(written)]
    keys = list(dict.fromkeys(one.key for one in seen if one.key))
    keys = [key for key in keys if not any(other != key and other.partition("-")[0] == key for other in keys)]
    words = _action_of_words(written)
    resources = dict.fromkeys(found[0].rstrip(".") for found in _RESOURCE.finditer(written))
    return PastedError(
        tuple(_mentioned(key, seen, len(keys) == 1, words) for key in keys),
        tuple(one for one in resources if not _is_registry(one))[:RESOURCES],
        next((who for who, marks in _SPEAKERS if marks.search(written)), None))


def plain(text: str) -> str:
    """The text without colours and other commands for terminals, and with the commonest escapes undone."""
    written = visible(_ANSI.sub("", text))
    for escaped, meant in _ESCAPES:
        written = written.replace(escaped, meant)
    return written


def _hosts(text: str, suffixes: Iterable[str]) -> Iterator[_Sighting]:
    """Where login servers stand, and what follows: a path of the protocol, or an image's."""
    endings = "|".join(re.escape(suffix) for suffix in suffixes)
    if not endings:
        return
    host = re.compile(r"(?<![\w.-])([a-z0-9][a-z0-9-]{0,80})((?:\.[a-z0-9-]{1,40}){0,2}?)"
                      rf"({endings})(:\d{{1,5}})?(?![\w-]|\.\w)", re.IGNORECASE)
    for found in host.finditer(text):
        middle = "" if found[2].lower().endswith(".data") else found[2]  # a data endpoint only serves layers
        sighting = _Sighting(found[1].lower(), f"{found[1]}{middle}{found[3]}")
        before, after = text[max(0, found.start() - 60):found.start()], text[found.end():found.end() + 500]
        api = _API.match(after) or _OWN_API.match(after)
        path = None if api or _OTHER_API.match(after) else _PATH.match(after)
        if api:
            method = _METHOD.search(_SCHEME.sub("", before))
            _read_api(sighting, api, method[1].lower() if method else "")
        elif _CATALOG.match(after):
            sighting.action, sighting.sure = "catalog", True
        elif path:
            sighting.repository = path["repository"].rstrip("./-_")
            if sighting.repository == path["repository"]:
                sighting.reference = path["digest"] or (path["tag"] or "").rstrip(".-") or None
            if found[4] and not _SCHEME.search(before):
                sighting.host = f"{sighting.host}{found[4]}"  # part of the reference, and wrong there
        yield sighting


def _read_api(sighting: _Sighting, api: "re.Match[str]", method: str) -> None:
    sighting.repository, sighting.sure = api["repository"], True
    kind, reference = (api["kind"], api["reference"]) if "kind" in api.groupdict() else ("tags", "list")
    if kind == "manifests":
        sighting.reference = reference.rstrip(".:-")
    if method == "delete":
        sighting.action = "delete"
    elif reference == "uploads" or method in ("put", "post", "patch"):
        sighting.action = "push"
    elif kind == "tags":
        sighting.action = "metadata-read"


def _scopes(text: str) -> Iterator[_Sighting]:
    """What tokens were asked for, and what an error of the registry says that was lacking. Both without a host."""
    for scope in _SCOPE.finditer(text):
        named = [SCOPE_ACTIONS[action] for action in scope["actions"].split(",") if action in SCOPE_ACTIONS]
        yield _Sighting(None, None, scope["repository"], None, _strongest(named), True)
    for pattern in _DETAILS:
        for detail in pattern.finditer(text):
            if detail["type"] == "registry" and detail["name"] == "catalog":
                yield _Sighting(None, action="catalog", sure=True)
            elif detail["type"] == "repository":
                yield _Sighting(None, None, detail["name"], None, SCOPE_ACTIONS.get(detail["action"]), True)


def _named(text: str) -> Iterator[_Sighting]:
    """Registries named without a host: in a command of the CLI, or by their resource id."""
    for found in _NAMED.finditer(text):
        yield _Sighting(found["name"].lower())
    for resource in _RESOURCE.finditer(text):
        registry = _REGISTRY_ID.search(resource[0])
        if registry:
            yield _Sighting(registry["name"].lower())


def _of_resource_manager(text: str) -> Iterator[_Sighting]:
    """What Resource Manager refused: seeing or managing the registry."""
    for found in _ARM_ACTION.finditer(text):
        yield _Sighting(None, action=ARM_ACTIONS[found["action"].lower()], sure=True)


def _is_registry(resource: str) -> bool:
    found = _REGISTRY_ID.search(resource)
    return found is not None and not found["part"]


def _mentioned(key: str, seen: List[_Sighting], alone: bool, words: Optional[str]) -> Mentioned:
    """Bring together what the text says of one registry. What was asked for counts before what is only named, the last
    before the first. :param alone: no other registry is named, so that what names none is about this one."""
    own = [one for one in seen if one.key is not None and one.key.partition("-")[0] == key.partition("-")[0]
           or alone and one.key is None]
    with_repository = [one for one in own if one.repository]
    asked_for = [one for one in with_repository if one.sure]
    strongest = _strongest([one.action for one in own if one.action])
    about = ([one for one in asked_for if one.action == strongest] or asked_for or with_repository)[-1:]
    repository = about[0].repository if about else None
    references = [one.reference for one in sorted(own, key=lambda one: one.sure)
                  if one.reference and one.repository == repository]
    hosts = [one.host for one in sorted(own, key=lambda one: one.repository is None) if one.host]  # an image's first
    return Mentioned(key, hosts[0] if hosts else None, repository,
                     references[-1] if references else None,
                     _strongest([action for action in (strongest, words) if action]))


def _strongest(actions: Iterable[Optional[str]]) -> Optional[str]:
    known: Dict[int, str] = {ACTIONS.index(action): action for action in actions if action}
    return known[max(known)] if known else None


def _action_of_words(text: str) -> Optional[str]:
    """The action that was spoken of last: errors stand at the end."""
    last = [(found.start(), action) for action, pattern in _WORDS for found in pattern.finditer(text)]
    return max(last)[1] if last else None
