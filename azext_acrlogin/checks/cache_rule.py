# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry fetch the repository from another registry, by a cache rule, and does that one deliver?"""

from typing import Dict, Optional

from azext_acrlogin.azure.cache_rules import read_rule
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.cache_rule import CacheRuleEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.cached_repositories import names_the_source

READ_RULES = "Microsoft.ContainerRegistry/registries/cacheRules/read"


def gather(context: Context, inputs: Inputs) -> CacheRuleEvidence:
    """Read the rules, and the credentials of the one that fits."""
    registry, repository = inputs.of(RegistryEvidence), inputs.of(NameEvidence).repository
    evidence = CacheRuleEvidence(repository, registry=registry.name)
    if repository and registry.found:
        evidence.readable, evidence.rule = read_rule(context.arm, registry.account, registry.resource_id, repository)
    return evidence


def judge(asked: Question, evidence: CacheRuleEvidence, inputs: Inputs) -> Judgement:
    """The registry gave a token for pulling: what it refuses after that, it refuses on behalf of the source."""
    if not evidence.repository:
        return Judgement("No repository to look for.", skipped=Because("no repository was named", by_choice=True))
    image: Optional[ImageEvidence] = inputs.get(ImageEvidence)
    if image is not None and "pull" in asked.actions and _source_refuses(evidence, image):
        message = _message(evidence, image)
        return Judgement(message, (Finding("UPSTREAM_REGISTRY_ERROR", message, _facts(evidence, inputs)),))
    if not evidence.readable:
        return Judgement(f"Whether a cache rule feeds '{evidence.repository}' is not known.",
                         unknown=Because("the registry's cache rules cannot be read", permission=READ_RULES))
    if evidence.rule is None:
        return Judgement(f"No cache rule feeds '{evidence.repository}'")
    rule = evidence.rule
    return Judgement(f"Cache rule '{rule.name}' feeds '{evidence.repository}' from {rule.source}")


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


def _message(evidence: CacheRuleEvidence, image: ImageEvidence) -> str:
    rule = evidence.rule
    feeds = f"Cache rule '{rule.name}' fetches '{evidence.repository}' from {rule.source}, " if rule else \
        f"'{evidence.repository}' is fetched from another registry, "
    said = f" (HTTP {image.manifest_status}: {image.server_text})" if image.server_text else ""
    health = ""
    if rule and evidence.unhealthy:
        error = f": {rule.credential_error.rstrip('.')}" if rule.credential_error else ""
        health = f" Its credential set '{rule.credential_set}' is unhealthy{error}."
    elif rule and not rule.credential_set:
        health = " The rule has no credentials for it."
    return f"{feeds}which does not deliver it{said}.{health}"


def _facts(evidence: CacheRuleEvidence, inputs: Inputs) -> Dict[str, str]:
    rule = evidence.rule
    facts = {"registry": evidence.registry, "repository": evidence.repository,
             "other_subscription": inputs.of(RegistryEvidence).other_subscription}
    if rule:
        facts.update(cache_rule=rule.name, source=rule.source)
        facts["credential_set" if rule.credential_set else "rule_without_credentials"] = (
            rule.credential_set or rule.name)
    return {name: value for name, value in facts.items() if value}


CHECK = Check(name="cache-rule", category=Category.CLIENT, title="Cache rule", evidence=CacheRuleEvidence,
              gather=gather, judge=judge, needs=(NameEvidence, RegistryEvidence), judges_with=(ImageEvidence,),
              codes=("UPSTREAM_REGISTRY_ERROR",))
