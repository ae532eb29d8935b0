# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What is found when Entra, or an identity endpoint, refuses a token, or when the CLI cannot even ask for one."""

import json
import re
from typing import Any, Callable, Dict, Optional

from azext_acrlogin.azure.sign_in_files import FileFault
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.registry_refusals import for_support
from azext_acrlogin.engine.model import Finding
from azext_acrlogin.evidence.entra_token import Assertion
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.protocol.entra_errors import Refusal, code_of, kind_of, number_shown
from azext_acrlogin.protocol.json_text import member, texts
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.text import excerpt, shown

IDENTITY_ENDPOINT = "169.254.169.254"  # of virtual machines
REGISTRY_AUDIENCE = "https://containerregistry.azure.net"  # what the CLI asks for unless it is told otherwise
REGISTRY_APPLICATION = "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26"  # 'Azure Container Registry' in every tenant
DEVICES = {  # what a policy demands, by the number that names it
    50005: "a device whose operating system the policy supports", 53001: "a device that is joined to the domain",
    53002: "a device with an app that the policy approves"}
MANAGED_DEVICE = "a device that your organization manages and that is compliant"
REGISTERED_DEVICE = "a Windows device that is joined to, or registered with, Microsoft Entra ID"
NAME_CHARACTERS = 100  # of a federated credential; Entra allows 120


def refused(refusal: Refusal, what: str, facts: Facts) -> Finding:
    """The finding for a refusal by Entra, or by an identity endpoint.

    :param what: what is refused, and to whom.
    """
    # What follows is for Microsoft's support; the report has it as evidence and as `correlationId`.
    said, number = excerpt(refusal.description.partition(" Trace ID:")[0]), number_shown(refusal)
    busy = kind_of(refusal) == "busy-endpoint"
    refuser = "The managed identity endpoint" if refusal.by_identity_endpoint else (
        "Windows' account manager (WAM)" if kind_of(refusal) == "broker" else "Entra")
    case = "audience" if kind_of(refusal) == "audience" else (
        "no-system-identity" if facts.get("machine_without_identity") else "refused")
    return Finding.of(code_of(refusal), {
        **facts, **for_support(refusal.correlation_id), "refused": what, "refuser": refuser, "said": said,
        "error_number": f"status {refusal.status}" if busy else (
            number if number and not said.startswith(number) else None)}, case)


def cure(refusal: Refusal, login: LoginEvidence, audience: str) -> Facts:
    """The facts that the fix for this kind of refusal needs, and no other; with none the catalogue's last fix stands.

    :param login: whose token request was refused.
    """
    kind = kind_of(refusal)
    if kind == "transient":
        return {"transient_number": number_shown(refusal)}
    if kind == "busy-endpoint":
        return {"endpoint_status": str(refusal.status)}
    if kind in ("assignment", "resource-disabled"):
        return _of_the_registries(kind, login) if audience == REGISTRY_AUDIENCE else {}
    if login.user_type == "managedIdentity":
        return _of_managed_identity(kind, refusal, login)
    return _of_user_or_application(kind, refusal, login)


def _of_user_or_application(kind: str, refusal: Refusal, login: LoginEvidence) -> Facts:
    is_user, name, tenant = login.user_type == "user", login.user_name, login.tenant_id
    if kind == "device":
        return {"device_condition": next(filter(None, map(DEVICES.get, refusal.error_codes)), MANAGED_DEVICE)}
    if kind == "token-protection" and is_user:
        return _bound_sign_in(login)
    if kind == "policy":
        return {"blocked_application": None if is_user else name}
    if kind == "broker":
        return {"broker_setting": "core.enable_broker_on_windows=false" if login.broker else None}
    make = (FOR_USERS if is_user else FOR_APPLICATIONS).get(kind)
    return make(name, tenant) if make else {}


Maker = Callable[[Optional[str], Optional[str]], Facts]  # of facts, from who is signed in, and to which tenant
FOR_USERS: Dict[str, Maker] = {
    "interaction": lambda name, _: {"interactive_user": name},
    "device-code": lambda name, _: {"browser_user": name},
    "tenant-restrictions": lambda _, tenant: {"restricted_tenant": tenant},
    "outbound": lambda name, _: {"outbound_user": name},
    "inbound": lambda name, tenant: {"inbound_tenant": tenant, "user_name": name},
    "disabled": lambda name, _: {"disabled_user": name},
    "locked": lambda name, _: {"locked_user": name},
    "password": lambda name, _: {"password_user": name},
    "not-in-tenant": lambda name, _: {"uninvited_user": name},
    "application-disabled": lambda _, tenant: {"disabled_cli_tenant": tenant},
    "consent": lambda name, _: {"consenting_user": name},
}
FOR_APPLICATIONS: Dict[str, Maker] = {
    "tenant-restrictions": FOR_USERS["tenant-restrictions"],
    "interaction": lambda name, _: {"blocked_application": name},
    "secret-expired": lambda name, _: {"secret_application": name},
    "certificate-expired": lambda name, _: {"certificate_application": name},
    "certificate": lambda name, _: {"certificate_application": name},
    "application-disabled": lambda name, _: {"disabled_principal": name},
    "no-application": lambda name, tenant: {"lost_application": name, "tenant": tenant},
    "assertion-time": lambda name, _: {"late_application": name},
}


def _of_the_registries(kind: str, login: LoginEvidence) -> Facts:
    """What Azure Container Registry's own application is set to in the tenant."""
    if kind == "resource-disabled":
        return {"disabled_resource": REGISTRY_APPLICATION}
    if login.user_type == "user":
        return {"unassigned_user": login.user_name}
    managed = login.user_type == "managedIdentity"
    return {"unassigned_application": holder(login) if managed else f"application {login.user_name}",
            "guarded_resource": REGISTRY_APPLICATION}


def _of_managed_identity(kind: str, refusal: Refusal, login: LoginEvidence) -> Facts:
    """The CLI's name of a managed identity is the same on every machine: no command takes it."""
    named = assigned_identity(login)
    if kind == "endpoint" and not refusal.error:
        return {"intercepted_endpoint": IDENTITY_ENDPOINT}
    if kind == "endpoint":
        by_client_id = login.account and (login.account.assigned_identity or "").startswith("MSIClient-")
        # With several user-assigned identities and none named, status and error are the same.
        absent = named is None and "identity not found" in refusal.description.lower()
        return {"identity_client_id": named if by_client_id else None,
                "machine_without_identity": "this machine" if absent else None}
    if kind == "no-application":
        return {"lost_user_identity": named, "lost_in_tenant": login.tenant_id}
    return {"disabled_identity": holder(login)} if kind == "application-disabled" else {}


def assigned_identity(login: LoginEvidence) -> Optional[str]:
    """What a user-assigned identity was named by when it signed in: a client id, an object id or a resource id."""
    named = login.account.assigned_identity if login.account else None
    return shown(named.partition("-")[2], 500) if named and "-" in named else None


def holder(login: LoginEvidence) -> str:
    """Whose token it is, in words: the CLI calls every managed identity by one of two names."""
    if login.user_type != "managedIdentity":
        return f"'{login.user_name}'"
    named = assigned_identity(login)
    return f"the user-assigned identity {named}" if named else "the system-assigned identity of this machine"


def _bound_sign_in(login: LoginEvidence) -> Facts:
    """Token protection: only Windows' account manager binds what the CLI keeps to the device."""
    if login.broker is None:
        return {"unbound_user": login.user_name}
    if login.broker:
        return {"device_condition": REGISTERED_DEVICE}
    return {"broker_setting": "core.enable_broker_on_windows=true"}


def assertion_of(claims: Optional[Dict[str, Any]]) -> Optional[Assertion]:
    """The claims that Entra compares with the federated credentials of an application."""
    if claims is None:
        return None
    audience = text_claim(claims, "aud") or next(iter(texts(member(claims, "aud"))), None)
    issuer, subject = text_claim(claims, "iss"), text_claim(claims, "sub")
    return Assertion(*(shown(value, 600) if value else None for value in (issuer, subject, audience)))


def matching_credential(assertion: Optional[Assertion]) -> Facts:
    """A federated credential that the assertion would match."""
    if assertion is None or not (assertion.issuer and assertion.subject and assertion.audience):
        return {}
    name = re.sub(r"[^A-Za-z0-9]+", "-", assertion.subject)[:NAME_CHARACTERS].strip("-")
    return {"assertion_subject": assertion.subject, "assertion_issuer": assertion.issuer,
            "assertion_audience": assertion.audience, "federated_credential": json.dumps({
                "name": f"acr-{name}", "issuer": assertion.issuer, "subject": assertion.subject,
                "audiences": [assertion.audience]})}


def unusable_file(fault: FileFault, facts: Facts) -> Finding:
    """The finding for a file of the CLI's sign-in that the CLI cannot use."""
    closed = fault.kind in ("unreadable", "unwritable")
    path = shown(fault.path, 500)
    return Finding.of("CLI_SIGN_IN_FILES_ERROR", {
        **facts, "sign_in_file": path, "local_user": fault.local_user,
        "closed_folder": shown(fault.folder, 500) if fault.folder and closed and fault.not_ours else None,
        "closed_file": path if closed and not fault.not_ours else None,
        "damaged_file": path if fault.kind in ("damaged", "undecryptable") else None,
        "lock_file": path if fault.kind == "locked" else None,
        "encryption_setting": "core.encrypt_token_cache" if fault.kind == "noEncryption" else None,
        "certificate_path": path if fault.kind in ("missing", "notACertificate") else None,
    }, fault.kind)
