# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Is the name possible, and what registry, login server and repository does it stand for?"""

from typing import NamedTuple, Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.names import (
    SCHEME, RegistryName, image_fault, is_digest, read_name, read_reference, without_user)
from azext_acrlogin.protocol.text import shown


def gather(context: Context, _inputs: Inputs) -> NameEvidence:
    """Parse; asks nobody."""
    asked = context.asked
    read = read_name(asked.name, asked.cloud.registry_suffix, asked.cloud.other_suffixes)
    repository, tag, fault = read.repository, read.tag, read.reference_fault
    if asked.repository:
        image = _image(asked, read)
        repository, tag, fault = image.repository, image.tag, fault or image.fault
        if image.regional_host and not fault:
            read.regional, read.host = True, image.regional_host
    fault = fault or image_fault(repository, tag)
    if fault and repository and image_fault(repository.lower(), tag):
        repository = tag = None  # nothing of it may stand in the address of a request
    return NameEvidence(
        given=read.given, registry_name=read.name, host=read.host, derived_login_server=_derived(asked, read),
        label=read.label, repository=repository.lower() if repository else None, tag=tag, normalised=read.changes,
        fault=read.fault, reference_fault=fault, other_cloud=read.cloud,
        subscription=read.subscription, resource_group=asked.resource_group or read.resource_group,
        regional=read.regional, capital_host=read.capital_host, parsed=read)


class _Image(NamedTuple):
    """What --repository stands for."""

    repository: Optional[str]
    tag: Optional[str]
    fault: Optional[str] = None
    regional_host: Optional[str] = None


def _image(asked: Question, registry: RegistryName) -> _Image:
    """Read --repository, which people also write with a registry's host before it, as docker needs it."""
    given = (asked.repository or "").strip("/")
    host, slash, path = SCHEME.sub("", given).partition("/")
    suffixes = [asked.cloud.registry_suffix, *asked.cloud.other_suffixes]
    meant = host.rpartition("@")[2].partition(":")[0].rstrip(".").lower()
    if not any(suffix and meant.endswith(suffix) for suffix in suffixes):
        repository, tag = read_reference(given)
        return _Image(repository, tag, None if repository else "it does not name a repository")
    parsed = read_name(f"{host}{slash}{path}", asked.cloud.registry_suffix, asked.cloud.other_suffixes)
    repository, tag = read_reference(path)
    fault = parsed.reference_fault or (None if repository else "it does not name a repository")
    if not fault and SCHEME.match(given):
        fault = "the name of an image cannot start with a scheme"
    elif not fault and host != meant:
        fault = f"Docker treats '{shown(without_user(host), 253)}' as a different host from {meant}"
    elif not fault and ".data." in meant:
        fault = "a data endpoint only serves layers, and signing in there is not possible"
    elif not fault and not _is_of(parsed, registry):
        fault = f"{meant} is another registry's host"
    return _Image(repository, tag, fault, parsed.host if parsed.regional else None)


def _is_of(parsed: RegistryName, registry: RegistryName) -> bool:
    """Whether the host of an image belongs to the registry that NAME stands for."""
    same_host = not (parsed.host and registry.host) or parsed.host == registry.host
    return parsed.name == registry.name and not parsed.cloud and (
        same_host or parsed.regional or registry.regional)


def _derived(asked: Question, read: RegistryName) -> Optional[str]:
    if read.host and not read.regional:
        return read.host
    if not (read.name and asked.cloud.registry_suffix):
        return None
    label = asked.suffix or read.label
    return f"{read.name}{'-' + label if label else ''}{asked.cloud.registry_suffix}".lower()


def judge(asked: Question, evidence: NameEvidence, inputs: Inputs) -> Judgement:
    """A fault rules everything else out. What names the registry in another way is read, and said."""
    given, registry = evidence.given, evidence.registry_name or ""
    if evidence.fault:
        return Judgement(f"'{given}' is not a valid registry name.", (
            Finding.of("REGISTRY_NAME_ERROR", {"given": given, "fault": evidence.fault}),))
    if evidence.other_cloud:
        return Judgement.of(Finding.of("REGISTRY_CLOUD_ERROR", {
            "host": evidence.host, "cloud": evidence.other_cloud, "active_cloud": asked.cloud.name}, "host"))
    if evidence.reference_fault:
        whole = evidence.parsed is not None and evidence.parsed.reference_fault
        image = None if whole else asked.repository
        return Judgement.of(Finding.of("IMAGE_REFERENCE_ERROR", {
            "registry": registry, "login_server": evidence.derived_login_server, "fault": evidence.reference_fault,
            "reference": shown(without_user(image), 260) if image else given,
            "image_to_write": _proper_image(evidence)}))
    if evidence.capital_host:
        found = inputs.get(RegistryEvidence)
        options = found.sign_in_options if found else Facts()
        return Judgement.of(Finding.of("REGISTRY_NAME_WARNING", {
            "registry": registry, "given": evidence.capital_host, "host": evidence.capital_host.lower(), **options}))
    how = f", read from '{given}' ({', '.join(evidence.normalised)})" if evidence.normalised else ""
    return Judgement(f"Registry name '{registry}'{how}")


def _proper_image(evidence: NameEvidence) -> Optional[str]:
    """The image as docker takes it; None where its host or repository is not known."""
    if not (evidence.derived_login_server and evidence.repository):
        return None
    tag = evidence.tag or ""
    return f"{evidence.derived_login_server}/{evidence.repository}{tag and ('@' if is_digest(tag) else ':')}{tag}"


CHECK = Check(
    name="name", category=Category.REGISTRY, title="Registry name", evidence=NameEvidence, gather=gather, judge=judge,
    judges_with=(RegistryEvidence,),
    codes=("REGISTRY_NAME_ERROR", "REGISTRY_NAME_WARNING", "REGISTRY_CLOUD_ERROR", "IMAGE_REFERENCE_ERROR"))
