# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What there is in the place of an image that is missing: one of a similar name, or its deleted tag.

Deleted tags: https://learn.microsoft.com/azure/container-registry/container-registry-soft-delete-policy; paths and
scopes are those of `az acr manifest list-deleted-tags`.
"""

from difflib import get_close_matches
from typing import Dict, List, Optional

from azext_acrlogin.checks.access_token import request_token
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Inputs
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.names import is_digest
from azext_acrlogin.protocol.scopes import CATALOG_SCOPE, deleted_scope
from azext_acrlogin.protocol.text import shown

SIMILAR = 0.75  # difflib's ratio
NAMES = 500  # of a list


def look(context: Context, inputs: Inputs, evidence: ImageEvidence, headers: Dict[str, str]) -> None:
    """:param headers: those that the image was asked for with."""
    token, registry = inputs.of(AccessTokenEvidence), inputs.get(RegistryEvidence)
    wanted = evidence.tag if evidence.tag and not is_digest(evidence.tag) else None
    if wanted and evidence.tags_status is None:
        tags = context.http.request("GET", f"https://{token.host}/v2/{token.repository}/tags/list?n={NAMES}",
                                    headers=headers)
        evidence.tags_status = tags.status
        similar = _similar(wanted, texts(member(tags.json, "tags")))
        evidence.similar = f"{token.repository}:{similar}" if similar else None
    recoverable = registry is not None and registry.registry.soft_delete == "enabled"
    scopes = [CATALOG_SCOPE] if evidence.tags_status == 404 else []
    scopes += [deleted_scope(token.repository)] if recoverable else []
    answer = request_token(context, inputs.get(RefreshTokenEvidence), token.host, scopes) if scopes else None
    if answer is None or answer.status != 200:
        return
    headers = {"Authorization": f"Bearer {text_member(answer.json, 'access_token')}"}
    if evidence.tags_status == 404:
        catalog = context.http.request("GET", f"https://{token.host}/v2/_catalog?n={NAMES}", headers=headers)
        evidence.similar = _similar(token.repository, texts(member(catalog.json, "repositories")))
    if recoverable:
        deleted = context.http.request("GET", f"https://{token.host}/acr/v1/_deleted/{token.repository}/_tags",
                                       headers=headers)
        evidence.deleted_status = deleted.status
        entries = [entry for entry in objects(member(deleted.json, "tags"))
                   if wanted is None or text_member(entry, "tag") == wanted]
        last = max(entries, key=lambda entry: text_member(entry, "deletedAt"), default=None)
        if last is not None and is_digest(text_member(last, "digest")):
            evidence.deleted_tag = shown(text_member(last, "tag"), 140)
            evidence.deleted_digest = text_member(last, "digest")
            evidence.deleted_at = shown(text_member(last, "deletedAt"), 40)


def _similar(name: str, names: List[str]) -> Optional[str]:
    found = get_close_matches(name, [one for one in names if one != name], n=1, cutoff=SIMILAR)
    return shown(found[0], 300) if found else None
