# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Are the repository and the tag there?"""

from typing import Any, Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import FORBIDDEN, common_refusal
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.cache_rule import CacheRuleEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.names import is_digest
from azext_acrlogin.protocol.registry_errors import client_address, error_text
from azext_acrlogin.protocol.text import excerpt, shown

MANIFESTS = ", ".join((
    "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"))


def gather(context: Context, inputs: Inputs) -> ImageEvidence:
    """Read one manifest: of the tag asked about, else of the first tag listed. Both need a right to the repository."""
    token, name = inputs.of(AccessTokenEvidence), inputs.of(NameEvidence)
    if token.repository_is_probe:
        return ImageEvidence(not_asked="no repository was named")
    if token.access_token is None:
        return ImageEvidence(not_asked="no access token was issued")
    evidence = ImageEvidence(token.repository, name.tag)
    headers = {"Authorization": f"Bearer {token.access_token.reveal()}", "Accept": MANIFESTS}
    base = f"https://{token.host}/v2/{token.repository}"
    if not evidence.tag and (token.granted.get("metadata-read") or token.granted.get("pull")):
        tags = context.http.request("GET", f"{base}/tags/list?n=20", headers=headers)
        evidence.tags_status = tags.status
        _note(evidence, tags)
        listed = texts(member(tags.json, "tags"))
        evidence.tag = shown(listed[0], 140) if listed else None
    if token.granted.get("pull") and evidence.tag:
        manifest = context.http.request("GET", f"{base}/manifests/{evidence.tag}", headers=headers)
        evidence.manifest_status = manifest.status
        _note(evidence, manifest)
        platform = _digest(text_member(next(iter(objects(member(manifest.json, "manifests"))), {}), "digest"))
        if platform:  # an index of images for several platforms; the layers are in those
            manifest = context.http.request("GET", f"{base}/manifests/{platform}", headers=headers)
        evidence.layer = _layer(manifest.json)
    return evidence


def _note(evidence: ImageEvidence, answer: Answer) -> None:
    """Keep of an answer what tells why it is not what was asked for."""
    evidence.failure = answer.failure.text if answer.failure else None
    evidence.refusal = answer if answer.status not in (None, 200, 404) else None
    if answer.status and answer.status >= 400:
        evidence.server_text = error_text(answer.json)


def _layer(manifest: Any) -> Optional[str]:
    """Digest of a layer, or of the configuration where an image has none."""
    layers = [text_member(layer, "digest") for layer in objects(member(manifest, "layers"))]
    digests = [_digest(digest) for digest in [*layers, text_member(manifest, "config", "digest")]]
    return next((digest for digest in digests if digest), None)


def _digest(text: str) -> Optional[str]:
    """The text if it is a digest, so that nothing else of a manifest gets into a URL."""
    return text if is_digest(text) else None


def judge(asked: Question, evidence: ImageEvidence, inputs: Inputs) -> Judgement:
    """A 404 with the right to look is an image that is not there; only a push, or a cache rule, would not mind."""
    if evidence.not_asked:
        return Judgement(f"Not checked: {evidence.not_asked}.", skipped=Because(evidence.not_asked, by_choice=True))
    image = f"{evidence.repository}{_suffix(evidence.tag) if evidence.tag and evidence.tags_status != 404 else ''}"
    what = f"'{image}'"
    if evidence.tags_status == 404 or evidence.manifest_status == 404:
        finding = Finding.of("IMAGE_NOT_FOUND_ERROR", {"repository": evidence.repository, "image": image})
        cache = inputs.get(CacheRuleEvidence)
        if cache is not None and cache.rule and (cache.unhealthy or evidence.manifest_status is None):
            return Judgement(f"{what} is still empty. Cache rule '{cache.rule.name}' fetches from "
                             f"{cache.rule.source} what is pulled.",
                             unknown=Because("the content of the source is not known", check="cache-rule"))
        if set(asked.actions) <= {"push", "view", "manage", "catalog"}:
            return Judgement(finding.message + " A push creates it.")
        return Judgement.of(finding)
    if evidence.refusal or evidence.failure:
        return _judge_refusal(asked, evidence, what, inputs)
    if 200 in (evidence.tags_status, evidence.manifest_status):
        return Judgement(f"{what} exists")
    return Judgement(f"Cannot tell whether {what} exists.",
                     unknown=Because("the access token allows neither reading nor listing"))


def _judge_refusal(asked: Question, evidence: ImageEvidence, what: str, inputs: Inputs) -> Judgement:
    """The registry signs the identity in, grants it reading, and then does not let it read.

    403 is about the network only when it says so: here the registry has other reasons for it as well. What the source
    of a cache rule refuses stands in the way of pulling only.
    """
    registry, cache = inputs.get(RegistryEvidence), inputs.get(CacheRuleEvidence)
    token, answer = inputs.of(AccessTokenEvidence), evidence.refusal
    of_source = "pull" not in asked.actions and cache is not None and cache.rule is not None
    if answer is not None and not of_source and (answer.status != FORBIDDEN or client_address(answer.json)):
        facts: Facts = {"login_server": token.host, "host": token.host, "registry": registry.name if registry else None,
                        "subscription": registry.subscription_id if registry else None}
        finding = common_refusal(answer, f"https://{token.host}{answer.path}", facts,
                                 registry.public_network_access if registry else None)
        if finding:
            return Judgement.of(finding, correlation_id=answer.correlation_id)
    reason = f"the registry answers {answer.status}" if answer is not None else evidence.failure or "no answer"
    said = f" It says: {excerpt(evidence.server_text)}" if evidence.server_text else ""
    return Judgement(f"Cannot tell whether {what} can be read: {reason}.{said}", unknown=Because(reason))


def _suffix(tag: str) -> str:
    """A tag, or a digest, as it stands behind a repository."""
    return f"@{tag}" if is_digest(tag) else f":{tag}"


CHECK = Check(name="image", category=Category.CLIENT, title="Image", evidence=ImageEvidence, gather=gather, judge=judge,
              needs=(AccessTokenEvidence, NameEvidence), judges_with=(RegistryEvidence, CacheRuleEvidence),
              codes=("IMAGE_NOT_FOUND_ERROR", "CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR",
                     "CONNECTIVITY_FORBIDDEN_ERROR"))
