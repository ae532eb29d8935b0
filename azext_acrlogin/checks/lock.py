# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Is the repository, tag or manifest locked against the action? No role helps against a lock.

Locks: https://learn.microsoft.com/azure/container-registry/container-registry-image-lock. The registry answers 405
with REGISTRY_DISALLOWED_OPERATION to what they forbid (azure-sdk-for-net#22827), and to reading an image that is in
quarantine (https://github.com/Azure/acr/blob/main/docs/preview/quarantine/readme.md).
"""

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Tuple, cast

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.names import is_digest
from azext_acrlogin.protocol.text import shown

DISALLOWED = 405
# Switched off, an attribute forbids these actions; deleting needs writing, too.
FORBIDS = {"readEnabled": ("pull",), "writeEnabled": ("push", "delete"), "deleteEnabled": ("delete",)}
PARTS = ("repository", "tag", "manifest")
DELETING_THE_REPOSITORY = ("repository", "deleteEnabled", "delete")  # as a whole
IN_A_REPOSITORY = {"pull": "pull from", "push": "push to", "delete": "delete from"}
RELEASED = "Passed"  # the quarantine state of an image that may be pulled


@dataclass
class LockEvidence(Evidence):
    """What is switched off, for each part that was asked: the repository, the tag, the manifest.

    actions: those that the question is about here.  unread: how each other part answered instead.
    quarantine_state: the manifest's; None where it shows none.
    """

    actions: List[str] = field(default_factory=list)
    repository: Optional[str] = None
    image: Optional[str] = None
    manifest: Optional[str] = None
    switched_off: Dict[str, List[str]] = field(default_factory=dict)
    unread: Dict[str, str] = field(default_factory=dict)
    quarantine_state: Optional[str] = None
    not_asked: Optional[str] = None


def gather(context: Context, inputs: Inputs) -> LockEvidence:
    """Read the attributes, when something is to be changed or the registry did not hand out the manifest."""
    token, name, image = inputs.of(AccessTokenEvidence), inputs.of(NameEvidence), inputs.get(ImageEvidence)
    if token.repository_is_probe:
        return LockEvidence(not_asked="no repository was named")
    actions: List[str] = [action for action in ("push", "delete") if action in context.asked.actions]
    if image is not None and image.manifest_status == DISALLOWED and "pull" in context.asked.actions:
        actions.append("pull")
    if not actions:
        return LockEvidence(not_asked="the question is not about changes, and reading is not blocked")
    evidence = LockEvidence(actions, token.repository)
    if token.access_token and token.granted.get("metadata-read"):
        headers = {"Authorization": f"Bearer {token.access_token.reveal()}"}
        base = f"https://{token.host}/acr/v1/{token.repository}"
        _read_all(evidence, _reference(evidence, name.tag, image),
                  lambda path: context.http.request("GET", base + path, headers=headers))
    else:
        evidence.unread["repository"] = "the access token does not allow reading attributes"
    return evidence


def _reference(evidence: LockEvidence, tag: Optional[str], image: Optional[ImageEvidence]) -> Optional[str]:
    """The tag or digest in question: the one that was asked about, else the one that the registry refused."""
    if image is None or "pull" not in evidence.actions:
        return tag
    if tag is None and evidence.actions != ["pull"]:
        evidence.unread["tag"] = "no tag was named"
        return None
    return image.platform or tag or image.tag


def _read_all(evidence: LockEvidence, reference: Optional[str], ask: Callable[[str], Answer]) -> None:
    """The manifest of a tag is looked at for pulling and deleting only: a push puts another one in its place."""
    _read(evidence, "repository", ask(""))
    digest = reference if reference and is_digest(reference) else None
    if reference and digest is None:
        evidence.image = f"{evidence.repository}:{reference}"
        answer = ask(f"/_tags/{reference}")
        _read(evidence, "tag", answer)
        named = text_member(answer.json, "tag", "digest")
        digest = named if is_digest(named) and evidence.actions != ["push"] else None
    if digest:
        evidence.manifest = f"{evidence.repository}@{digest}"
        answer = ask(f"/_manifests/{digest}")
        _read(evidence, "manifest", answer)
        state = text_member(_attributes(answer.json, "manifest"), "quarantineState")
        evidence.quarantine_state = shown(state, 40) or None


def _read(evidence: LockEvidence, part: str, answer: Answer) -> None:
    """Attributes stand under the part's own member, those of a repository at the top. What is not there has none."""
    if answer.status == 404:
        return
    attributes = _attributes(answer.json, part)
    if answer.status == 200 and isinstance(attributes, dict):
        evidence.switched_off[part] = [name for name in FORBIDS if attributes.get(name) is False]
    else:
        evidence.unread[part] = answer.failure.text if answer.failure else f"the registry answers {answer.status}"


def _attributes(document: Any, part: str) -> Any:
    return member(document, "changeableAttributes") if part == "repository" else \
        member(document, part, "changeableAttributes")


def judge(_asked: Question, evidence: LockEvidence, inputs: Inputs) -> Judgement:
    """A lock that forbids what was asked about is a finding; one that forbids something else does not matter here."""
    if evidence.not_asked:
        return Judgement(f"Not checked: {evidence.not_asked}.", skipped=Because(evidence.not_asked, by_choice=True))
    locks = _in_the_way(evidence)
    if locks:
        whole = all(lock == DELETING_THE_REPOSITORY for lock in locks)
        return Judgement.of(Finding.of("IMAGE_LOCKED_ERROR", _facts(evidence, locks, inputs.get(RegistryEvidence)),
                                       "repository" if whole else ""))
    if "pull" in evidence.actions:
        return Judgement.of(_refusal(evidence, inputs))
    what = f"'{evidence.image or evidence.manifest or evidence.repository}'"
    if evidence.unread:
        reason = next(iter(evidence.unread.values()))
        return Judgement(f"Cannot tell whether {what} is locked: {reason}.", unknown=Because(reason))
    return Judgement(f"No lock on {what}")


def _in_the_way(evidence: LockEvidence) -> List[Tuple[str, str, str]]:
    """(part, attribute, action) for all that is switched off and would be needed.

    A repository that must not be deleted does not protect its images: those are deleted by their own attributes.
    """
    found = [(part, attribute, action) for part in PARTS for attribute in evidence.switched_off.get(part, [])
             for action in FORBIDS[attribute] if action in evidence.actions]
    about_an_image = evidence.image or evidence.manifest
    return [lock for lock in found if not (about_an_image and lock == DELETING_THE_REPOSITORY)]


def _refusal(evidence: LockEvidence, inputs: Inputs) -> Finding:
    """The registry does not allow an image to be read, and no lock that was read forbids it."""
    image, registry = inputs.get(ImageEvidence), inputs.get(RegistryEvidence)
    what = evidence.image or evidence.manifest or f"{evidence.repository}"
    facts: Facts = {
        "registry": registry.name if registry else None, "image": what, "repository": evidence.repository,
        "other_subscription": registry.other_subscription if registry else None, "action": "pull",
        "part": f"the manifest of '{what}'", "status": str(DISALLOWED), "said": image.server_text if image else None}
    if evidence.quarantine_state not in (None, RELEASED):
        return Finding.of("IMAGE_QUARANTINED_ERROR", {**facts, "state": evidence.quarantine_state})
    if evidence.unread:
        return Finding.of("IMAGE_REFUSED_ERROR", {
            **facts, "reason": next(iter(evidence.unread.values())), "unread_repository": evidence.repository},
            "locks not read")
    if registry is not None and registry.registry.quarantine == "enabled" and evidence.quarantine_state is None:
        return Finding.of("IMAGE_REFUSED_ERROR", {**facts, "quarantined_image": what}, "quarantine")
    return Finding.of("IMAGE_REFUSED_ERROR", facts, "not locked")


def _facts(evidence: LockEvidence, locks: List[Tuple[str, str, str]], registry: Optional[RegistryEvidence]) -> Facts:
    """What is locked and what has to be switched on, for the command that opens it."""
    names = {"repository": evidence.repository, "tag": evidence.image, "manifest": evidence.manifest}
    off: Dict[str, List[str]] = {}
    for part, attribute, _ in locks:
        off.setdefault(part, []).append(attribute)
    overwriting = {(part, action) for part, _, action in locks} == {("tag", "push")}
    facts: Facts = {
        "locks": ", ".join(f"the {part} '{names[part]}' has {' and '.join(dict.fromkeys(attributes))} turned off"
                           for part, attributes in off.items()),
        "locked_parts": " and ".join(f"the {part}" for part in off),
        "action": _forbidden(locks),
        "tag_to_overwrite": evidence.image if overwriting else None,
        "registry": registry.name if registry else None,
        "other_subscription": registry.other_subscription if registry else None}
    for part, attributes in off.items():
        facts = cast(Facts, {
            **facts, f"{part}_locked": names[part],
            f"{part}_readable": "true" if "readEnabled" in attributes else None,
            f"{part}_writable": "true" if "writeEnabled" in attributes else None,
            f"{part}_deletable": "true" if "deleteEnabled" in attributes else None})
    return facts


def _forbidden(locks: List[Tuple[str, str, str]]) -> str:
    """What nobody can do: each action with the first part that forbids it."""
    by_action: Dict[str, str] = {}
    for part, _, action in locks:
        by_action.setdefault(action, part)
    actions = {part: [action for action, one in by_action.items() if one == part] for part in PARTS}
    return " or ".join(f"{' or '.join(IN_A_REPOSITORY[action] if part == 'repository' else action for action in some)} "
                       f"this {part}" for part, some in actions.items() if some)


CHECK = Check(name="lock", category=Category.CLIENT, title="Lock", evidence=LockEvidence, gather=gather, judge=judge,
              needs=(AccessTokenEvidence, NameEvidence), reads=(ImageEvidence,), judges_with=(RegistryEvidence,),
              codes=("IMAGE_LOCKED_ERROR", "IMAGE_QUARANTINED_ERROR", "IMAGE_REFUSED_ERROR"))
