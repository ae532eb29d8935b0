# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Can the host that serves the layers be reached? Signing in never talks to it."""

from typing import Dict, List, Optional
from urllib.parse import urlsplit

from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.connection_failures import proxy_facts, tls_facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import FORBIDDEN, common_refusal
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.data_endpoint import DataEndpointEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.alias import alias_of
from azext_acrlogin.net.certificate import presented
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.registry_errors import client_address, error_text

MOVES_LAYERS = {"pull", "push"}
STORAGE = ".blob."  # in its hosts' names, in every cloud. It answers in XML, and never with a page for people:
# https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
ERROR_BYTES = 4096  # more of a layer is not wanted


def gather(context: Context, inputs: Inputs) -> DataEndpointEvidence:
    """Ask where a layer of the image is, else take ARM's list of data endpoints; then knock, without credentials.

    The location of a layer carries a signature that grants access to it, so only its host is used.
    """
    registry, image = inputs.get(RegistryEvidence), inputs.get(ImageEvidence)
    token = inputs.of(AccessTokenEvidence)
    evidence = DataEndpointEvidence(login_server=token.host)
    if not MOVES_LAYERS & set(context.asked.actions):
        return evidence
    hosts: List[str] = list(registry.registry.data_endpoints[:5]) if registry else []
    if image and image.layer and token.access_token:
        blob = context.http.patient_request(
            "GET", f"https://{token.host}/v2/{token.repository}/blobs/{image.layer}", body_bytes=ERROR_BYTES,
            headers={"Authorization": f"Bearer {token.access_token.reveal()}"})
        evidence.blob_status = blob.status
        if blob.status is not None and blob.status >= 400:
            evidence.refusal = blob
        else:
            host = _location_host(blob.headers.get("location", ""))
            hosts = [host] if host and host != token.host else []
    answers = side_by_side(hosts, lambda host: context.http.patient_request("GET", f"https://{host}/"))
    evidence.hosts = {host: _why_unreached(answer) for host, answer in zip(hosts, answers)}
    evidence.failures = {host: answer.failure for host, answer in zip(hosts, answers) if answer.failure}
    evidence.shut_out = {host: answer for host, answer in zip(hosts, answers) if _is_shut_out(answer)}
    seconds = context.asked.timeout_seconds
    evidence.aliases = {host: alias_of(host, seconds) for host, failure in evidence.failures.items()
                        if failure.kind == "dns"}
    evidence.certificates = {host: presented(host, seconds) for host, failure in evidence.failures.items()
                             if failure.kind == "tls" and not failure.file_variable}
    evidence.out_of_order = [host for host, answer in zip(hosts, answers) if (answer.status or 0) >= 500]
    evidence.pages = [host for host, answer in zip(hosts, answers)
                      if "html" in answer.headers.get("content-type", "").lower()]
    evidence.refused_by_proxy = [host for host, answer in zip(hosts, answers)
                                 if answer.failure and answer.failure.kind == "proxy"]
    return evidence


def _why_unreached(answer: Answer) -> Optional[str]:
    """Also a refusal by the registry's network rules, which names the client's address; any other answer will do."""
    if answer.failure:
        return answer.failure.text
    return f"HTTP {FORBIDDEN}: {error_text(answer.json)}" if _is_shut_out(answer) else None


def _is_shut_out(answer: Answer) -> bool:
    return answer.status == FORBIDDEN and client_address(answer.json) is not None


def _location_host(location: str) -> Optional[str]:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return None


def judge(asked: Question, evidence: DataEndpointEvidence, inputs: Inputs) -> Judgement:
    """An answer of the host will do; no answer is a finding, and a fault of its own leaves it open.

    The login server, which is asked first and with a token, has to say where the layer is.
    """
    if not MOVES_LAYERS & set(asked.actions):
        because = Because("you asked about neither pull nor push", by_choice=True)
        return Judgement("The data endpoint only serves layers, for pull and push.", skipped=because)
    dead = {host: failure for host, failure in evidence.hosts.items() if failure}
    if dead:
        return Judgement.of(_unreached(asked, evidence, dead, inputs.get(RegistryEvidence)))
    intercepted = [host for host in evidence.pages if STORAGE in host]
    if intercepted:
        return Judgement.of(Finding.of("PROXY_ERROR", {
            "host": intercepted[0], "blocked_host": intercepted[0], "login_server": evidence.login_server,
            "layer_hosts": ", ".join(intercepted)}, "page"))
    if evidence.refusal:
        return _judge_refusal(asked, evidence.refusal, inputs)
    if evidence.out_of_order:
        reason = f"{', '.join(evidence.out_of_order)} answers with a server error (5xx)"
        return Judgement(f"Could not tell whether layers can be downloaded: {reason}.", unknown=Because(reason))
    if evidence.hosts:
        return Judgement(f"Data endpoint {', '.join(evidence.hosts)} answers")
    if evidence.blob_status == 200:
        return Judgement(f"{evidence.login_server} serves the layers itself")
    return Judgement("Without an image, the host that serves the layers is unknown.",
                     skipped=Because("add --repository to test where the layers come from",
                                     by_choice=True))


def _unreached(asked: Question, evidence: DataEndpointEvidence, dead: Dict[str, str],
               registry: Optional[RegistryEvidence]) -> Finding:
    host = (evidence.refused_by_proxy or list(dead))[0]
    failure, certificate = evidence.failures.get(host), evidence.certificates.get(host)
    facts: Facts = {
        **(registry.facts() if registry else Facts()), "host": host, "login_server": evidence.login_server,
        "layer_hosts": ", ".join(dead), "failure": "; ".join(dead.values())}
    if evidence.refused_by_proxy:
        return Finding.of("PROXY_ERROR", {**facts, **proxy_facts(host, failure)}, "layers")
    if registry and registry.registry.approved_endpoints and host in registry.registry.data_endpoints:
        zone = f"privatelink{asked.cloud.registry_suffix or ''}"
        closed = host in evidence.shut_out and registry.public_network_access == "Disabled"
        hidden = (evidence.aliases.get(host) or "").endswith(f".{zone}")
        if closed or hidden:
            return Finding.of("CONNECTIVITY_PRIVATE_LINK_ERROR", {
                **facts, "privatelink_zone": zone, "recordless_data_host": host},
                "layers public" if closed else "layers hidden")
    if host in evidence.shut_out:
        refusal = common_refusal(evidence.shut_out[host], f"https://{host}/", facts, registry)
        if refusal:
            return refusal
    return Finding.of("CONNECTIVITY_DATA_ENDPOINT_ERROR", {
        **facts, **tls_facts(host, failure, certificate),
        "unresolved_host": host if failure and failure.kind == "dns" else None})


def _judge_refusal(asked: Question, answer: Answer, inputs: Inputs) -> Judgement:
    registry, token = inputs.get(RegistryEvidence), inputs.of(AccessTokenEvidence)
    facts: Facts = {
        "login_server": token.host, "host": token.host, "registry": registry.name if registry else None,
        "subscription": registry.subscription_id if registry else None, "status": str(answer.status), "action": "pull",
        "said": error_text(answer.json), "part": f"a layer of '{token.repository}'"}
    finding = None
    if answer.status != FORBIDDEN or client_address(answer.json):
        finding = common_refusal(answer, f"https://{token.host}{answer.path}", facts, registry)
    if finding is None and answer.status != 404 and "pull" in asked.actions:
        finding = Finding.of("IMAGE_REFUSED_ERROR", facts)
    if finding:
        return Judgement.of(finding, correlation_id=answer.correlation_id)
    reason = f"the registry answers {answer.status} for {facts['part']}"
    return Judgement(f"Could not tell whether layers can be downloaded: {reason}.", unknown=Because(reason))


CHECK = Check(
    name="data-endpoint", category=Category.NETWORK, title="Data endpoint", evidence=DataEndpointEvidence,
    gather=gather, judge=judge, needs=(AccessTokenEvidence,), reads=(RegistryEvidence, ImageEvidence),
    codes=("CONNECTIVITY_DATA_ENDPOINT_ERROR", "PROXY_ERROR", "IMAGE_REFUSED_ERROR", "CONNECTIVITY_SERVER_ERROR",
           "CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR", "CONNECTIVITY_PRIVATE_LINK_ERROR"))
