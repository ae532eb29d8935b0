# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry fetch the repository from another registry, by a cache rule, and does that one deliver?"""

from azext_acrlogin.azure.cache_rules import read_rule
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.cache_rule import CacheRuleEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.cached_repositories import names_the_source
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
        return Judgement.of(Finding.of("UPSTREAM_REGISTRY_ERROR", _facts(evidence, image, inputs), _case(evidence)))
    if not evidence.readable:
        return Judgement(f"Cannot tell whether a cache rule applies to '{evidence.repository}'.",
                         unknown=Because("the registry's cache rules cannot be read", permission=READ_RULES))
    if evidence.rule is None:
        return Judgement(f"No cache rule applies to '{evidence.repository}'")
    rule = evidence.rule
    return Judgement(f"Cache rule '{rule.name}' fetches '{evidence.repository}' from {rule.source}")


def _source_refuses(evidence: CacheRuleEvidence, image: ImageEvidence) -> bool:
    """A manifest is only asked for with a token that grants pull.

    A refusal with 401 is not about that token, then. A missing image, or the lack of any, speaks against the source
    when the credentials for it are known to be bad.
    """
    refused = image.manifest_status is not None and image.manifest_status >= 400
    if refused and names_the_source(image.server_text or ""):
        return True
    if evidence.rule is None:
        return False
    return image.manifest_status == 401 or evidence.unhealthy and (refused or image.tags_status == 404)


def _case(evidence: CacheRuleEvidence) -> str:
    if evidence.rule is None:
        return "no rule seen"
    if evidence.unhealthy:
        return "unhealthy"
    return "" if evidence.rule.credential_set else "no credentials"


def _facts(evidence: CacheRuleEvidence, image: ImageEvidence, inputs: Inputs) -> Facts:
    facts: Facts = {
        "registry": evidence.registry, "repository": evidence.repository,
        "other_subscription": inputs.of(RegistryEvidence).other_subscription,
        "said": f" (HTTP {image.manifest_status}: {excerpt(image.server_text)})" if image.server_text else None}
    rule = evidence.rule
    if rule is None:
        return facts
    return {**facts, "cache_rule": rule.name, "source": rule.source, "credential_set": rule.credential_set,
            "error": f": {excerpt(rule.credential_error).rstrip('.')}" if rule.credential_error else None,
            "rule_without_credentials": None if rule.credential_set else rule.name}


CHECK = Check(name="cache-rule", category=Category.CLIENT, title="Cache rule", evidence=CacheRuleEvidence,
              gather=gather, judge=judge, needs=(NameEvidence, RegistryEvidence), judges_with=(ImageEvidence,),
              codes=("UPSTREAM_REGISTRY_ERROR",))
