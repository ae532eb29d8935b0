# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does a cache rule fetch the repository from another registry, and does that one deliver it?"""

from azext_acrlogin.azure.cache_rules import read_rule
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.cache_rule import CacheRuleEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import THROTTLED
from azext_acrlogin.protocol.cached_repositories import (
    names_the_source, official_name, takes_no_login, target_of)
from azext_acrlogin.protocol.text import excerpt

READ_RULES = "Microsoft.ContainerRegistry/registries/cacheRules/read"


def gather(context: Context, inputs: Inputs) -> CacheRuleEvidence:
    """Read the rules, and the credentials of the one that fits."""
    registry, repository = inputs.of(RegistryEvidence), inputs.of(NameEvidence).repository
    evidence = CacheRuleEvidence(repository, registry=registry.name)
    if repository and registry.found and registry.account and registry.resource_id:
        evidence.readable, evidence.rule = read_rule(context.arm, registry.account, registry.resource_id, repository)
    return evidence


def judge(asked: Question, evidence: CacheRuleEvidence, inputs: Inputs) -> Judgement:
    """The registry gave a token for pulling: what it refuses after that, it refuses on behalf of the source."""
    if not evidence.repository:
        return Judgement("Not checked: no repository was named.",
                         skipped=Because("no repository was named", by_choice=True))
    image = inputs.get(ImageEvidence)
    if image is not None and "pull" in asked.actions and _source_refuses(evidence, image):
        case = _case(evidence, image)
        return Judgement.of(Finding.of("UPSTREAM_REGISTRY_ERROR", _facts(evidence, image, inputs, case), case,
                                       explains=("IMAGE_NOT_FOUND_ERROR",)))
    if not evidence.readable:
        return Judgement(f"Cannot tell whether a cache rule applies to '{evidence.repository}'.",
                         unknown=Because("the registry's cache rules cannot be read", permission=READ_RULES))
    if evidence.rule is None:
        return Judgement(f"No cache rule applies to '{evidence.repository}'")
    rule = evidence.rule
    return Judgement(f"Cache rule '{rule.name}' fetches '{evidence.repository}' from "
                     f"{rule.source_of(evidence.repository)}")


def _source_refuses(evidence: CacheRuleEvidence, image: ImageEvidence) -> bool:
    """A manifest is only asked for with a token that grants pull.

    A refusal with 401 is not about that token, then. A missing image, or the lack of any, speaks against the source
    when the credentials for it are known to be bad, or when the rule asks for a name that the source cannot have.
    """
    refused = image.manifest_status is not None and image.manifest_status >= 400
    rule = evidence.rule
    if refused and names_the_source(image.server_text or "", rule.source if rule else ""):
        return True
    if rule is None:
        return False
    if image.manifest_status == 404 and official_name(rule.source_of(evidence.repository or "")):
        return True
    return image.manifest_status == 401 or evidence.unhealthy and (refused or image.tags_status == 404)


def _case(evidence: CacheRuleEvidence, image: ImageEvidence) -> str:
    rule = evidence.rule
    if rule is None:
        return "no rule seen"
    if evidence.unhealthy:
        return "unhealthy"
    if image.manifest_status in (401, 404) and official_name(rule.source_of(evidence.repository or "")):
        return "library"
    if rule.credential_set:
        return "needless credentials" if takes_no_login(rule.source) and image.manifest_status == 401 else ""
    return "" if rule.by_identity or takes_no_login(rule.source) else "no credentials"


def _facts(evidence: CacheRuleEvidence, image: ImageEvidence, inputs: Inputs, case: str) -> Facts:
    """Which fix stands follows from the case, and from whether the source throttles."""
    facts: Facts = {
        "registry": evidence.registry, "repository": evidence.repository,
        "other_subscription": inputs.of(RegistryEvidence).other_subscription,
        "said": f" (HTTP {image.manifest_status}: {excerpt(image.server_text)})" if image.server_text else None}
    rule = evidence.rule
    if rule is None:
        return facts
    source, throttled = rule.source_of(evidence.repository or ""), image.manifest_status == THROTTLED
    facts.update({
        "cache_rule": rule.name, "source": source, "source_host": source.partition("/")[0],
        "error": f": {excerpt(rule.credential_error).rstrip('.')}" if rule.credential_error else None,
        "credential_set": rule.credential_set})
    if case == "library":
        official = official_name(source)
        facts["official_repository"] = target_of(rule.source, rule.target, official or "")
        facts["official_source"] = official
    elif case == "needless credentials":
        facts["rule_with_needless_credentials"] = rule.name
    elif case == "no credentials":
        facts["throttled_rule" if throttled else "rule_without_credentials"] = rule.name
    elif rule.by_identity:
        facts["rule_by_identity"] = rule.name
    elif throttled and case == "":
        facts["throttled_source"] = facts["source_host"]
    elif takes_no_login(rule.source):
        facts["rule_of_open_source"] = rule.name
    else:
        facts["credential_set_to_check"] = rule.credential_set
    return facts


CHECK = Check(name="cache-rule", category=Category.CLIENT, title="Cache rule", evidence=CacheRuleEvidence,
              gather=gather, judge=judge, needs=(NameEvidence, RegistryEvidence), judges_with=(ImageEvidence,),
              codes=("UPSTREAM_REGISTRY_ERROR",))
