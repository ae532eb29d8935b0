# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What did the registry log about refused sign-ins? Read on request (--login-events)."""

from dataclasses import dataclass, field
from typing import List, Optional, Union

from azext_acrlogin.azure.login_event_log import EventLog, LoginEvent, read_events
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.registry_errors import client_address
from azext_acrlogin.protocol.text import excerpt


@dataclass
class LoginEventsEvidence(Evidence):
    """The log, and those of its events that are this identity's."""

    not_asked: Optional[str] = None
    log: Optional[EventLog] = None
    of_this_identity: List[LoginEvent] = field(default_factory=list)


def gather(context: Context, inputs: Inputs) -> LoginEventsEvidence:
    """Find the workspace through the registry's diagnostic settings and query it."""
    registry, identity = inputs.of(RegistryEvidence), inputs.get(IdentityEvidence)
    if not context.asked.login_events:
        return LoginEventsEvidence("--login-events was not given")
    if not registry.found or registry.account is None or registry.resource_id is None:
        return LoginEventsEvidence("Azure Resource Manager does not show the registry")
    log = read_events(context.arm, context.http, context.login, registry.account, registry.resource_id,
                      context.asked.cloud.log_analytics)
    known = (identity.name, identity.object_id, identity.client_id) if identity else ()
    names = {name.lower() for name in known if name}
    return LoginEventsEvidence(None, log, [event for event in log.events if event.identity.lower() in names])


def judge(_asked: Question, evidence: LoginEventsEvidence, inputs: Inputs) -> Judgement:
    """Events are evidence for people to compare; they never become a finding."""
    log = evidence.log
    if log is None:
        return Judgement("Login events were not read.", skipped=Because(evidence.not_asked or "", by_choice=True))
    if log.enabled is False:
        return Judgement("The registry does not log login events. To turn that on, add a diagnostic setting with the "
                         "category ContainerRegistryLoginEvents and a Log Analytics workspace "
                         "(az monitor diagnostic-settings create).",
                         unknown=Because("no diagnostic setting sends ContainerRegistryLoginEvents to a workspace"))
    if not log.queried:
        problem = excerpt(log.problem or "unreadable")
        return Judgement(f"Cannot read the login events: {problem}.",
                         unknown=Because(problem, permission=log.permission))
    own, address = evidence.of_this_identity, _own_address(inputs)
    here = [event for event in log.events if event.address == address and event not in own]
    if own or here:
        whose = "this identity" if own else f"'{here[0].identity}' from this client's address"
        last = (own or here)[0]
        return Judgement(f"Last refused sign-in of {whose}: {last.time} from {last.address}, result {last.result} "
                         f"({len(own or here)} in the last day).{_compared(last, inputs)}")
    others = sorted({event.identity for event in log.events if event.identity})
    also = f" Refused: {', '.join(others[:5])}." if others else ""
    return Judgement(f"No refused sign-in of this identity in the last day; {len(log.events)} of others.{also}")


def _met(inputs: Inputs) -> List[Union[RefreshTokenEvidence, AccessTokenEvidence, ChallengeEvidence]]:
    """What signing in met in this run, decisive first."""
    met = inputs.get(RefreshTokenEvidence), inputs.get(AccessTokenEvidence), inputs.get(ChallengeEvidence)
    return [evidence for evidence in met if evidence]


def _own_address(inputs: Inputs) -> Optional[str]:
    """This client's address as the registry sees it; only a refusal by its firewall names that."""
    answers = (evidence.answer for evidence in _met(inputs))
    return next((address for address in (client_address(answer.json) for answer in answers if answer) if address), None)


def _compared(last: LoginEvent, inputs: Inputs) -> str:
    """How that differs from what this run met."""
    statuses = [evidence.status for evidence in _met(inputs) if evidence.status]
    if not statuses:
        return " This run did not reach the registry."
    if 200 in statuses:
        return (" In this run signing in works: the refused one came from another place or used other credentials, or "
                "the problem has been fixed since.")
    if str(statuses[0]) == last.result:
        return " This run gets the same result."
    return f" This run gets {statuses[0]} instead, so it is refused for another reason or at another place."


CHECK = Check(name="login-events", category=Category.LOGS, title="Login events", evidence=LoginEventsEvidence,
              gather=gather, judge=judge, needs=(RegistryEvidence,), reads=(IdentityEvidence,),
              judges_with=(RefreshTokenEvidence, AccessTokenEvidence, ChallengeEvidence))
