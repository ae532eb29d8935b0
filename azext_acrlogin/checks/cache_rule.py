# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry fetch the repository from another registry, by a cache rule, and does that one deliver?"""

from dataclasses import dataclass
from typing import Dict, Optional

from azext_acrlogin.azure.cache_rules import CacheRule, read_rule
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.image import ImageEvidence
from azext_acrlogin.engine.model import Because, Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.protocol.cached_repositories import names_the_source

READ_RULES = "Microsoft.ContainerRegistry/registries/cacheRules/read"


@dataclass
class CacheRuleEvidence(Evidence):
    """The cache rule that the repository belongs to, if any. `readable`: the registry's rules could be read."""

    repository: Optional[str] = None
    readable: bool = False
    rule: Optional[CacheRule] = None
    registry: Optional[str] = None

    @property
    def unhealthy(self) -> bool:
        """The rule's credentials do not get in at its source."""
        return self.rule is not None and (self.rule.credential_health or "").lower() == "unhealthy"


def gather(context: Context, found: Inputs) -> CacheRuleEvidence:
    """Read the rules, and the credentials of the one that fits."""
    registry, repository = found["registry"], found["name"].repository
    evidence = CacheRuleEvidence(repository, registry=registry.name)
    if repository and registry.found:
        evidence.readable, evidence.rule = read_rule(context.arm, registry.account, registry.resource_id, repository)
    return evidence


def judge(asked: Question, evidence: CacheRuleEvidence, found: Inputs) -> Judgement:
    """The registry gave a token for pulling: what it refuses after that, it refuses on behalf of the source."""
    if not evidence.repository:
        return Judgement("No repository to look for.", skipped=Because("no repository was named", by_choice=True))
    image: Optional[ImageEvidence] = found["image"]
    if image is not None and "pull" in asked.actions and _source_refuses(evidence, image):
        message = _message(evidence, image)
        return Judgement(message, (Finding("UPSTREAM_REGISTRY_ERROR", message, _facts(evidence, found)),))
    if not evidence.readable:
        return Judgement(f"Whether a cache rule feeds '{evidence.repository}' is not known.",
                         unknown=Because("the registry's cache rules cannot be read", permission=READ_RULES))
    if evidence.rule is None:
        return Judgement(f"No cache rule feeds '{evidence.repository}' : OK")
    rule = evidence.rule
    return Judgement(f"Cache rule '{rule.name}' feeds '{evidence.repository}' from {rule.source} : OK")


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


def _facts(evidence: CacheRuleEvidence, found: Inputs) -> Dict[str, str]:
    rule = evidence.rule
    facts = {"registry": evidence.registry, "repository": evidence.repository,
             "other_subscription": found["registry"].other_subscription}
    if rule:
        facts.update(cache_rule=rule.name, source=rule.source)
        facts["credential_set" if rule.credential_set else "rule_without_credentials"] = (
            rule.credential_set or rule.name)
    return {name: value for name, value in facts.items() if value}


CHECK = Check(name="cache-rule", category=Category.CLIENT, title="Cache rule", evidence=CacheRuleEvidence,
              gather=gather, judge=judge, needs=("name", "registry"), judges_with=("image",),
              codes=("UPSTREAM_REGISTRY_ERROR",))
