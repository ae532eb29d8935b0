# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Repositories that belong to a cache rule: what is pulled from them comes from another registry.

Status and wording of the refusals are from https://github.com/Azure/acr/issues/599, 754 and 893.
"""

import re
from dataclasses import replace

from . import images


def answer(azure, registry, request):
    """The answer to a request for a manifest or blob that a source has to deliver; None for every other request."""
    name, kind, _ = images.part_of(request)
    rule_name, rule = next(((key, rule) for key, rule in registry.cache_rules.items()
                            if _covers(rule.target, name)), (None, None))
    if rule is None or request.method not in ("GET", "HEAD") or kind not in ("manifests", "blobs") \
            or name in registry.repositories:
        return None
    credentials = registry.credential_sets.get(rule.credential_set)
    if credentials and credentials.health == "Unhealthy":
        return images.error(401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization for "
                                                 "more information.")
    if rule.upstream == "unauthorized":
        return images.error(401, "UNAUTHORIZED", "authentication required with source registry for cache rule "
                                                 f"'{rule_name}'")
    if rule.upstream == "throttled":
        return images.error(429, "TOOMANYREQUESTS", f"too many requests to source registry for cache rule "
                                                    f"'{rule_name}'.")
    if rule.upstream == "limited":
        # Assumption: the source's words are handed on as they are; these are Docker Hub's.
        return images.error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit. You may increase the limit "
                                                    "by authenticating and upgrading: "
                                                    "https://www.docker.com/increase-rate-limit")
    # Assumption: an official image of Docker Hub that is asked for without library/ is not found.
    if rule.upstream == "missing" or re.fullmatch(r"docker\.io/[^/]+", _at_source(rule, name)):
        return images.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
    return images.answer(azure, registry, replace(request, path=request.path.replace(name, rule.holds, 1)))


def _at_source(rule, name):
    """What the rule asks its source for: what ``*`` stands for in the target, it stands for in the source."""
    if rule.source.endswith("*") and rule.target.endswith("*"):
        return rule.source[:-1] + name[len(rule.target) - 1:]
    return rule.source


def _covers(target, name):
    return name.startswith(target[:-1]) if target.endswith("*") else name == target
