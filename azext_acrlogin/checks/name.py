# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Is the name possible, and what registry, login server and repository does it stand for?"""

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from azext_acrlogin.diagnosis.context import Asked, Context
from azext_acrlogin.diagnosis.model import Category, Check, Evidence, Finding, Found, Judgement, private
from azext_acrlogin.protocol.names import (
    SCHEME, RegistryName, read_name, read_reference, repository_fault, without_user)
from azext_acrlogin.protocol.text import shown


@dataclass
class NameEvidence(Evidence):
    """The name taken apart. `derived_login_server` is what the CLI falls back to without Resource Manager's word.

    repository: in lower case, as it must be for docker; `reference_fault` tells when it was not given so.
    """

    given: str
    registry_name: Optional[str]
    host: Optional[str]
    derived_login_server: Optional[str]
    label: Optional[str]
    repository: Optional[str]
    tag: Optional[str]
    normalised: List[str]
    fault: Optional[str]
    reference_fault: Optional[str]
    other_cloud: Optional[str]
    subscription: Optional[str] = None
    resource_group: Optional[str] = None
    regional: bool = False
    parsed: Optional[RegistryName] = private(default=None)

    @property
    def usable(self) -> bool:
        return self.registry_name is not None and self.other_cloud is None


def gather(context: Context, _found: Found) -> NameEvidence:
    """Parse; asks nobody."""
    asked = context.asked
    read = read_name(asked.name, asked.cloud.registry_suffix, asked.cloud.other_suffixes)
    repository, tag, fault = read.repository, read.tag, read.reference_fault
    if asked.repository:
        repository, tag, fault_there = _repository(asked, read)
        fault = fault or fault_there
    return NameEvidence(
        given=read.given, registry_name=read.name, host=read.host, derived_login_server=_derived(asked, read),
        label=read.label, repository=repository.lower() if repository else None, tag=tag, normalised=read.changes,
        fault=read.fault, reference_fault=fault or repository_fault(repository), other_cloud=read.cloud,
        subscription=read.subscription, resource_group=asked.resource_group or read.resource_group,
        regional=read.regional, parsed=read)


def _repository(asked: Asked, registry: RegistryName) -> Tuple[Optional[str], Optional[str], Optional[str]]:
    """Repository, tag and fault of --repository, which people also write with a registry's host before it."""
    given = (asked.repository or "").strip("/")
    host, _, path = SCHEME.sub("", given).partition("/")
    suffixes = [asked.cloud.registry_suffix, *asked.cloud.other_suffixes]
    without_port = host.partition(":")[0].lower()
    if not path or not any(suffix and without_port.endswith(suffix) for suffix in suffixes):
        return (*read_reference(given), None)
    parsed = read_name(given, asked.cloud.registry_suffix, asked.cloud.other_suffixes)
    fault = parsed.reference_fault
    if not fault and SCHEME.match(given):
        fault = "an image's name has no scheme"
    elif not fault and host != host.lower():
        fault = f"the capitals in {shown(host, 253)} make it another host than the one that the login is for"
    elif not fault and (parsed.cloud or parsed.name != registry.name):
        fault = f"{shown(host, 253)} is another registry's host"
    return (*read_reference(path), fault)


def _derived(asked: Asked, read: RegistryName) -> Optional[str]:
    if read.host and not read.regional:
        return read.host
    if not (read.name and asked.cloud.registry_suffix):
        return None
    label = asked.suffix or read.label
    return f"{read.name}{'-' + label if label else ''}{asked.cloud.registry_suffix}".lower()


def judge(asked: Asked, evidence: NameEvidence, found: Found) -> Judgement:
    """A fault rules everything else out; a normalised name is a warning."""
    given = evidence.given
    if evidence.fault:
        return Judgement(f"'{given}' is not a registry's name.", (
            Finding("REGISTRY_NAME_ERROR", f"'{given}' cannot be a registry's name: {evidence.fault}."),))
    if evidence.other_cloud:
        message = (f"{evidence.host} belongs to {evidence.other_cloud}, and the Azure CLI is set to "
                   f"{asked.cloud.name}.")
        return Judgement(message, (Finding("REGISTRY_CLOUD_ERROR", message, {"cloud": evidence.other_cloud}),))
    registry = evidence.registry_name or ""
    if evidence.reference_fault:
        whole = evidence.parsed is not None and evidence.parsed.reference_fault or not asked.repository
        reference = given if whole else shown(without_user(asked.repository), 260)
        message = f"docker can never use '{reference}' with this registry's login: {evidence.reference_fault}."
        facts = {"registry": registry}
        if evidence.derived_login_server:
            facts["login_server"] = evidence.derived_login_server
        return Judgement(message, (Finding("IMAGE_REFERENCE_ERROR", message, facts),))
    if evidence.normalised:
        message = f"'{given}' was read as registry '{registry}': it holds {', '.join(evidence.normalised)}."
        return Judgement(message, (Finding("REGISTRY_NAME_WARNING", message, _facts(registry, found)),))
    return Judgement(f"Registry name '{registry}' : OK")


def _facts(registry: str, found: Found) -> Dict[str, str]:
    return {"registry": registry, **(found["registry"].sign_in_options if found["registry"] else {})}


CHECK = Check(
    name="name", category=Category.REGISTRY, title="Registry name", evidence=NameEvidence, gather=gather, judge=judge,
    weighs=("registry",),
    codes=("REGISTRY_NAME_ERROR", "REGISTRY_NAME_WARNING", "REGISTRY_CLOUD_ERROR", "IMAGE_REFERENCE_ERROR"))
