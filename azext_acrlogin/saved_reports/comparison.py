# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Compares two reports: what differs, and which difference explains that one of them failed."""

from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

Report = Mapping[str, Any]

CLIENT_SIDE = frozenset({"environment"})  # categories of causes that Azure has no part in
COMPLETED = frozenset({"passed", "warning", "failed"})
NOT_KNOWN = "not known"
ADDRESSES = ("check:dns", "addresses")


@dataclass(frozen=True)
class Fact:
    """Something that a report says, to be compared.

    path: of the value: members of the report, or `check:NAME` and members of that check's evidence.
    explains: the checks whose findings can follow from it.
    """

    area: str
    label: str
    path: Tuple[str, ...]
    explains: FrozenSet[str] = frozenset()


AUTHORIZATION = frozenset({"role-assignments", "access-token", "refresh-token", "service-network", "assignee"})
SIGN_IN = frozenset({"login", "entra-token", "identity", "credential"})
NETWORK = frozenset({"dns", "connection", "challenge", "private-endpoint", "data-endpoint"})
CLIENT = frozenset({"container-client", "client-config", "container-daemon", "credential-store", "stored-credential",
                    "daemon-network", "client-environment", "stored-sign-in"})

FACTS = (
    Fact("question", "Registry", ("registry", "loginServer"), AUTHORIZATION | NETWORK | {"name", "registry", "image"}),
    Fact("question", "Repository", ("asked", "repository"), AUTHORIZATION | {"image", "lock", "cache-rule"}),
    Fact("question", "Tag", ("asked", "tag"), frozenset({"image", "lock"})),
    Fact("question", "Actions", ("asked", "actions"), AUTHORIZATION | {"lock"}),
    Fact("question", "Assignee", ("asked", "assignee"), AUTHORIZATION),
    Fact("question", "User name given", ("asked", "username"), AUTHORIZATION | SIGN_IN),
    Fact("identity", "Signed in as", ("identity", "name"), AUTHORIZATION | SIGN_IN),
    Fact("identity", "Kind", ("identity", "type"), AUTHORIZATION | SIGN_IN),
    Fact("identity", "Object id", ("identity", "objectId"), AUTHORIZATION | SIGN_IN),
    Fact("identity", "Tenant", ("identity", "tenantId"), AUTHORIZATION | SIGN_IN | {"registry"}),
    Fact("identity", "Subscription", ("check:login", "subscriptionName"), frozenset({"registry"})),
    Fact("identity", "Refusal by Entra", ("check:entra-token", "error"), SIGN_IN),
    Fact("identity", "Error numbers of Entra", ("check:entra-token", "errorCodes"), SIGN_IN),
    Fact("identity", "Cloud", ("cloud",), SIGN_IN | NETWORK | {"registry", "name"}),
    Fact("roles", "Role assignment mode", ("registry", "roleAssignmentMode"), AUTHORIZATION),
    Fact("roles", "Roles in force", ("check:role-assignments", "rolesInForce"), AUTHORIZATION),
    Fact("roles", "Roles that are not activated", ("check:role-assignments", "eligibleRoles"), AUTHORIZATION),
    Fact("roles", "Roles elsewhere", ("check:role-assignments", "rolesElsewhere"), AUTHORIZATION),
    Fact("roles", "Deny assignments", ("check:role-assignments", "denyAssignments"), AUTHORIZATION),
    Fact("registry", "SKU", ("registry", "sku"), frozenset({"registry", "challenge"})),
    Fact("registry", "Public network access", ("registry", "publicNetworkAccess"), NETWORK | {"service-network"}),
    Fact("registry", "Network default action", ("check:registry", "networkDefaultAction"),
         NETWORK | {"service-network"}),
    Fact("registry", "Private endpoints", ("check:registry", "privateEndpoints"), NETWORK),
    Fact("registry", "Admin user enabled", ("registry", "adminUserEnabled"),
         frozenset({"credential", "stored-sign-in"})),
    Fact("registry", "Anonymous pull enabled", ("registry", "anonymousPullEnabled"), frozenset({"stored-credential"})),
    Fact("registry", "ARM audience tokens", ("check:registry", "authenticationAsArm"),
         frozenset({"refresh-token", "credential", "assignee"})),
    Fact("registry", "Services that may pass the network rules", ("check:registry", "networkRuleBypassOptions"),
         frozenset({"service-network"})),
    Fact("registry", "Tasks may pass the network rules", ("check:registry", "networkRuleBypassAllowedForTasks"),
         frozenset({"service-network"})),
    Fact("registry", "Status of the image", ("check:image", "manifestStatus"), frozenset({"image", "cache-rule"})),
    Fact("registry", "Token's passwords expired", ("check:credential", "tokenPasswordsExpired"),
         frozenset({"credential"})),
    Fact("registry", "Provisioning state", ("check:registry", "provisioningState"), frozenset({"registry"})),
    Fact("network", "Addresses", ADDRESSES, NETWORK),
    Fact("network", "Addresses that do not answer", ("check:dns", "reached"), NETWORK),
    Fact("network", "Hosts file line", ("check:dns", "hostsFileLine"), NETWORK),
    Fact("network", "Proxy", ("check:proxy", "proxy"), NETWORK | {"proxy"}),
    Fact("network", "Failure of the connection", ("check:connection", "failureKind"), NETWORK | {"proxy"}),
    Fact("network", "Certificate issuer", ("check:connection", "certificate", "issuer"), NETWORK | {"clock"}),
    Fact("network", "CA bundle variable", ("check:connection", "bundleVariable"), frozenset({"connection"})),
    Fact("network", "Words of the registry", ("check:challenge", "serverText"), NETWORK),
    Fact("client", "Client", ("check:container-client", "kind"), CLIENT),
    Fact("client", "Client version", ("check:container-client", "version"), CLIENT),
    Fact("client", "Engine version", ("check:container-client", "serverVersion"), CLIENT),
    Fact("client", "Engine answers", ("check:container-daemon", "answered"), CLIENT),
    Fact("client", "Configuration file", ("check:client-config", "file"), CLIENT),
    Fact("client", "Credential helper", ("check:credential-store", "helper"), CLIENT),
    Fact("client", "Stored credential", ("check:stored-credential", "kind"), CLIENT),
    Fact("client", "User of the stored credential", ("check:stored-credential", "userName"), CLIENT),
    Fact("client", "Stored credential expired", ("check:stored-credential", "expired"), CLIENT),
    Fact("client", "Status of a sign-in with it", ("check:stored-sign-in", "status"), CLIENT),
    Fact("client", "Engine's proxy", ("check:daemon-network", "daemonProxy"), CLIENT),
    Fact("versions", "acrlogin", ("tool", "version")),
    Fact("versions", "Azure CLI", ("tool", "cliVersion")),
    Fact("versions", "Python", ("tool", "pythonVersion")),
    Fact("versions", "Operating system", ("tool", "os")),
    Fact("versions", "Cloud Shell", ("tool", "inCloudShell"), SIGN_IN | CLIENT),
)


def compare(old: Report, new: Report) -> Dict[str, Any]:
    """What differs between two reports as `read_report` gives them.

    :return: `old` and `new` in short, and `differences`: `explains` is true where the cause that only one of them has
        can follow from the difference, false where it cannot, or both ended alike, null where that is not known.
    """
    finders = _finders(old, new)
    differences: List[Dict[str, Any]] = []
    if _outcome(old) != _outcome(new):
        differences.append({"area": "causes", "old": _outcome(old), "new": _outcome(new), "explains": None})
    for fact in FACTS:
        texts = [_text(report, fact.path) for report in (old, new)]
        if None not in texts and texts[0] != texts[1]:
            explains = None if NOT_KNOWN in texts else _explains(fact, finders)
            old_text, new_text = (f"{fact.label}: {text}" for text in texts)
            differences.append({"area": fact.area, "old": old_text, "new": new_text, "explains": explains})
    return {"old": _short(old), "new": _short(new), "differences": differences}


def _short(report: Report) -> Dict[str, Any]:
    return {name: report[name] for name in ("generatedAt", "status", "errorCode")}


def _outcome(report: Report) -> str:
    return ": ".join([str(report["status"]), *([", ".join(report["errorCodes"])] if report["errorCodes"] else [])])


def _finders(old: Report, new: Report) -> Optional[Dict[str, str]]:
    """The checks that found the causes which only one of the two has, with their categories.

    :return: None when the outcomes differ and no cause tells why.
    """
    if _outcome(old) == _outcome(new):
        return {}
    only = set(old["errorCodes"]) ^ set(new["errorCodes"])
    found = {check["name"]: check["category"] for report in (old, new) for check in report["checks"]
             if not check["because"] and any(finding["errorCode"] in only for finding in check["findings"])}
    return found or None


def _explains(fact: Fact, finders: Optional[Mapping[str, str]]) -> Optional[bool]:
    if finders is None:
        return None
    if fact.explains & set(finders):
        return True
    sides = {category in CLIENT_SIDE for category in finders.values()}
    excluded = not finders or fact.area in ("client", "roles", "registry") and sides == {fact.area != "client"}
    return False if excluded else None


def _text(report: Report, path: Sequence[str]) -> Optional[str]:
    """What a report says there, in words; None if the check was not completed, so that nothing can be compared."""
    first, *others = path
    value, nothing = report.get(first), "none" if first == "asked" else NOT_KNOWN
    if first.startswith("check:"):
        check = next((check for check in report["checks"] if check["name"] == first.partition(":")[2]), None)
        if check is None or check["status"] not in COMPLETED:
            return None
        value, nothing = check["evidence"], "none"
        if path == ADDRESSES and value.get("proxy"):
            return None  # the proxy looks the name up
    for member in others:
        value = value.get(member) if isinstance(value, dict) else None
    return nothing if value is None else _words(value)


def _words(value: Any) -> str:
    """A value in words. A list has no order; of objects only roles are compared, and addresses that do not answer."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(sorted(filter(None, map(_words, value)))) or "none"
    if isinstance(value, dict) and "address" in value:
        return f"{value['address']} ({value.get('failure')})" if value.get("failure") else ""
    if isinstance(value, dict):
        return f"{value.get('role')} on {value.get('scope')}"
    return str(value)
