# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Do the repository and the tag exist, and does the registry let them be read?"""

from typing import Any, Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks import missing_image
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import FORBIDDEN, UNREACHED, common_refusal, for_support, no_answer
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.cache_rule import CacheRuleEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.names import image_of, is_digest
from azext_acrlogin.protocol.registry_errors import client_address, error_text
from azext_acrlogin.protocol.text import excerpt, shown

MANIFESTS = ", ".join((
    "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"))
DISALLOWED = 405  # https://aka.ms/acr/faq: a lock, a quarantine or the storage limit forbids it; the check lock looks


def gather(context: Context, inputs: Inputs) -> ImageEvidence:
    """Read one manifest: of the tag asked about, else of the first tag listed. Both need a right to the repository."""
    token, name = inputs.of(AccessTokenEvidence), inputs.of(NameEvidence)
    if token.repository_is_probe:
        return ImageEvidence(not_asked="no repository was named")
    if token.access_token is None:
        return ImageEvidence(not_asked="no access token was issued")
    evidence = ImageEvidence(token.repository, name.tag, login_server=token.host)
    headers = {"Authorization": f"Bearer {token.access_token.reveal()}", "Accept": MANIFESTS}
    base = f"https://{token.host}/v2/{token.repository}"
    if not evidence.tag and (token.granted.get("metadata-read") or token.granted.get("pull")):
        tags = context.http.patient_request("GET", f"{base}/tags/list?n=20", headers=headers)
        evidence.tags_status = tags.status
        _note(evidence, tags)
        listed = texts(member(tags.json, "tags"))
        evidence.tag = shown(listed[0], 140) if listed else None
    if token.granted.get("pull") and evidence.tag:
        manifest = context.http.patient_request("GET", f"{base}/manifests/{evidence.tag}", headers=headers)
        evidence.manifest_status = manifest.status
        _note(evidence, manifest)
        platform = _digest(text_member(next(iter(objects(member(manifest.json, "manifests"))), {}), "digest"))
        if platform:  # an index of images for several platforms; the layers are in those
            manifest = context.http.patient_request("GET", f"{base}/manifests/{platform}", headers=headers)
            if manifest.status not in (200, 404):  # clients need the one for their own platform only
                evidence.manifest_status, evidence.platform = manifest.status, platform
                _note(evidence, manifest)
        evidence.layer = _layer(manifest.json)
    if 404 in (evidence.tags_status, evidence.manifest_status):
        missing_image.look(context, inputs, evidence, headers)
    return evidence


def _note(evidence: ImageEvidence, answer: Answer) -> None:
    """Keep of an answer what tells why it is not what was asked for."""
    evidence.failure, evidence.no_answer = answer.failure.text if answer.failure else None, answer.failure
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
    if evidence.tags_status == 404 or evidence.manifest_status == 404:
        return _judge_missing(asked, evidence, inputs)
    if evidence.refusal or evidence.failure:
        return _judge_refusal(asked, evidence, inputs)
    if 200 in (evidence.tags_status, evidence.manifest_status):
        return Judgement(f"'{_image(evidence)}' exists")
    return Judgement(f"Cannot tell whether '{_image(evidence)}' exists.",
                     unknown=Because("the access token allows neither reading nor listing"))


def _image(evidence: ImageEvidence) -> str:
    if not evidence.tag or evidence.tags_status == 404:
        return evidence.repository or ""
    return image_of(evidence.repository or "", evidence.tag)


def _judge_missing(asked: Question, evidence: ImageEvidence, inputs: Inputs) -> Judgement:
    image, cache = _image(evidence), inputs.get(CacheRuleEvidence)
    finding = Finding.of("IMAGE_NOT_FOUND_ERROR", _facts_of_missing(evidence, image, inputs))
    if evidence.deleted_tag:
        finding = Finding.of("IMAGE_DELETED_ERROR", {
            **finding.facts, "image": f"{evidence.repository}:{evidence.deleted_tag}", "at": evidence.deleted_at,
            "digest": evidence.deleted_digest})
    if cache is not None and cache.rule and (cache.unhealthy or evidence.manifest_status is None):
        return Judgement(f"'{image}' has not been pulled yet. Cache rule '{cache.rule.name}' fetches it from "
                         f"{cache.rule.source} at the first pull.",
                         unknown=Because("the content of the source is not known", check="cache-rule"))
    if set(asked.actions) <= {"push", "view", "manage", "catalog"}:
        return Judgement(finding.message + " A push creates it.")
    never_asked = evidence.manifest_status is None and not evidence.deleted_tag
    if never_asked and "pull" in asked.actions and (cache is None or not cache.readable):
        hint = f" Did you mean '{evidence.similar}'?" if evidence.similar else ""
        return Judgement(
            f"'{image}' does not exist yet (404).{hint} A pull fetches it if a cache rule applies, and the cache rules "
            "cannot be read. Add a tag to test that.",
            unknown=Because("the registry's cache rules cannot be read", check="cache-rule"))
    return Judgement.of(finding)


def _facts_of_missing(evidence: ImageEvidence, image: str, inputs: Inputs) -> Facts:
    """What may stand behind a 404, by the registry's policies, is a fact for the message and the fix."""
    registry, cache = inputs.get(RegistryEvidence), inputs.get(CacheRuleEvidence)
    facts: Facts = {"repository": evidence.repository, "image": image, "similar": evidence.similar}
    if cache is not None and cache.rule:
        facts["cache_rule"], facts["source"] = cache.rule.name, cache.rule.source_of(evidence.repository or "")
    if registry is None or not registry.found:
        return facts
    known, by_digest, whole = registry.registry, is_digest(evidence.tag or ""), evidence.tags_status == 404
    facts.update({
        "registry": registry.name, "other_subscription": registry.other_subscription,
        "known_repository": None if whole else evidence.repository})
    if known.quarantine == "enabled" and not by_digest and not whole:
        facts["quarantined_image"] = image
    if known.soft_delete == "enabled" and evidence.deleted_status != 200:
        facts["deletable_repository"], facts["days"] = evidence.repository, str(known.soft_delete_days or "some")
    if known.retention == "enabled" and by_digest:
        facts["purged_after"] = str(known.retention_days or "some")
    return facts


def _judge_refusal(asked: Question, evidence: ImageEvidence, inputs: Inputs) -> Judgement:
    """The registry signs the identity in, grants it reading, and then does not let it read.

    403 is about the network only when it says so: here the registry has other reasons for it as well. What the source
    of a cache rule refuses prevents pulling only.
    """
    registry, cache = inputs.get(RegistryEvidence), inputs.get(CacheRuleEvidence)
    token, answer, image = inputs.of(AccessTokenEvidence), evidence.refusal, _image(evidence)
    cached = cache is not None and cache.rule is not None
    if answer is None:
        return _judge_no_answer(evidence, inputs, cached)
    if answer.status == DISALLOWED and "pull" in evidence.withheld:
        return Judgement(f"The registry does not allow '{image}' to be read ({DISALLOWED}).",
                         unknown=Because("the check 'lock' looks for the reason", check="lock"))
    facts: Facts = {
        **for_support(answer.correlation_id), "login_server": token.host, "host": token.host,
        "registry": registry.name if registry else None,
        "subscription": registry.subscription_id if registry else None, "status": str(answer.status),
        "said": excerpt(evidence.server_text) if evidence.server_text else None}
    finding = None
    if (not cached or "pull" in asked.actions) and (answer.status != FORBIDDEN or client_address(answer.json)):
        finding = common_refusal(answer, f"https://{token.host}{answer.path}", facts, registry)
    refused = [action for action in evidence.withheld if action in asked.actions]
    if finding is None and refused:
        finding = Finding.of("IMAGE_REFUSED_ERROR", {
            **facts, "action": refused[-1],
            "part": f"the manifest of '{image}'" if refused[-1] == "pull" else f"the tags of '{evidence.repository}'"})
    if finding:
        return Judgement.of(finding, correlation_id=answer.correlation_id)
    said = f" It says: {excerpt(evidence.server_text)}" if evidence.server_text else ""
    reason = f"the registry answers {answer.status}"
    return Judgement(f"Cannot tell whether '{image}' can be read: {reason}.{said}", unknown=Because(reason))


def _judge_no_answer(evidence: ImageEvidence, inputs: Inputs, cached: bool) -> Judgement:
    """What a cache rule fetches can take longer than one waits here."""
    token, failure = inputs.of(AccessTokenEvidence), evidence.no_answer
    if failure is None or cached:
        reason = evidence.failure or "no answer"
        return Judgement(f"Cannot tell whether '{_image(evidence)}' can be read: {reason}.", unknown=Because(reason))
    return no_answer(token.host, f"https://{token.host}/v2/{evidence.repository}", failure,
                     inputs.get(ConnectionEvidence))


CHECK = Check(name="image", category=Category.CLIENT, title="Image", evidence=ImageEvidence, gather=gather, judge=judge,
              needs=(AccessTokenEvidence, NameEvidence), reads=(RefreshTokenEvidence, RegistryEvidence),
              judges_with=(CacheRuleEvidence, ConnectionEvidence),
              codes=("IMAGE_NOT_FOUND_ERROR", "IMAGE_DELETED_ERROR", "IMAGE_REFUSED_ERROR",
                     "CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
                     *sorted(set(UNREACHED.values()))))
