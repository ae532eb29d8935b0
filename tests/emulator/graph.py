# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Microsoft Graph: the few reads that az and a diagnoser need, and new secrets and certificates of applications."""

import re
import secrets
import uuid
from datetime import datetime, timezone
from urllib.parse import unquote

from .authorization import principal_type
from .clouds import GRAPH
from .entities import Application, ApplicationCertificate, Group, ManagedIdentity, Moment, Secret, User
from .http import Response
from .world import guid, same


class GraphError(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def answer(azure, request):
    """Any request to Graph, v1.0 or beta."""
    try:
        return _answer(azure, request)
    except GraphError as error:
        now = datetime.fromtimestamp(azure.world.now(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        return Response.of_json({"error": {"code": error.code, "message": str(error), "innerError": {
            "date": now, "request-id": str(uuid.uuid4()), "client-request-id": str(uuid.uuid4())}}}, error.status)


def _answer(azure, request):
    claims = azure.keys.entra.read(request.bearer())
    if not claims or claims["aud"].rstrip("/") not in (GRAPH, "00000003-0000-0000-c000-000000000000",
                                                       f"https://{request.host}"):
        raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
    if claims["exp"] <= azure.world.now():
        raise GraphError(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
    tenant = azure.world.find_tenant(claims["tid"])
    caller = azure.world.principal_by_object_id(claims["oid"])
    path = re.sub(r"^/(v1\.0|beta)", "", unquote(request.path)).rstrip("/")
    if path == "/me":
        return Response.of_json(_shown(azure, caller, tenant))
    changes = request.method == "PATCH" or path.endswith("Password")
    if not _may_read(caller, tenant) or (changes and not caller.directory_write):
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    for method, pattern, handler in _ROUTES:
        match = re.fullmatch(pattern, path, re.IGNORECASE)
        if match and method == request.method:
            return handler(azure, tenant, request, *match.groups())
    raise GraphError(404, "Request_ResourceNotFound", f"Resource not found for the segment '{path}'.")


def _may_read(caller, tenant):
    """Assumption: members read the directory by default; guests and applications need it to be granted."""
    if caller is None:
        return False
    if caller.directory_read is not None:
        return caller.directory_read
    return isinstance(caller, User) and caller.tenant == tenant.name


def _get_by_ids(azure, tenant, request):
    body = request.json()
    found = [_by_id(azure, tenant, one) for one in body.get("ids", [])]
    return Response.of_json({"value": [_shown(azure, one, tenant) for one in found if one]})


def _one(azure, tenant, request, name):
    found = _by_id(azure, tenant, name)
    if not found:
        found = azure.world.user_by_name(name)
    if not found and request.path.lower().endswith(f"/directoryobjects/{name}".lower()):
        registered = next((a for a in azure.world.applications.values() if same(a.registration_id, name)), None)
        if registered:
            return Response.of_json({"@odata.type": "#microsoft.graph.application",
                                     **_registration(azure, registered, tenant)})
    if not found:
        raise GraphError(404, "Request_ResourceNotFound",
                         f"Resource '{name}' does not exist or one of its queried reference-property objects are not "
                         "present.")
    return Response.of_json(_shown(azure, found, tenant))


def _service_principals(azure, tenant, request):
    return _filtered(azure, tenant, request, [
        one for one in [*azure.world.applications.values(), *azure.world.managed_identities.values()]])


def _users(azure, tenant, request):
    return _filtered(azure, tenant, request, list(azure.world.users.values()))


def _groups(azure, tenant, request):
    return _filtered(azure, tenant, request, list(azure.world.groups.values()))


def _applications(azure, tenant, request):
    return _filtered(azure, tenant, request, list(azure.world.applications.values()), _registration)


def _application(azure, tenant, _request, name):
    return Response.of_json(_registration(azure, _application_of(azure, name), tenant))


def _filtered(azure, tenant, request, candidates, show=None):
    """``$filter`` of ``eq``, ``startswith`` and ``servicePrincipalNames/any``, joined by ``or``."""
    text = request.parameter("$filter")
    shown = [(show or _shown)(azure, one, tenant) for one in candidates
             if not getattr(one, "deleted", False) and azure.world.object_id_in(one, tenant)]
    if text:
        shown = [item for item in shown if any(_fits(item, clause.strip()) for clause in text.split(" or "))]
    return Response.of_json({"value": shown})


def _fits(item, clause):
    if match := re.fullmatch(r"servicePrincipalNames/any\(c:c eq '([^']*)'\)", clause, re.IGNORECASE):
        return any(same(name, match[1]) for name in item.get("servicePrincipalNames", []))
    if match := re.fullmatch(r"startswith\((\w+),'([^']*)'\)", clause, re.IGNORECASE):
        return str(item.get(match[1]) or "").lower().startswith(match[2].lower())
    if match := re.fullmatch(r"(\w+) eq '([^']*)'", clause, re.IGNORECASE):
        return same(item.get(match[1]), match[2])
    raise GraphError(400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause '{clause}'.")


def _groups_of(azure, _tenant, _request, name):
    mine = azure.authorization.groups_of(name)
    return Response.of_json({"value": [_shown(azure, g, azure.world.tenants[g.tenant])
                                       for g in azure.world.groups.values() if g.object_id in mine]})


def _member_groups(azure, _tenant, _request, name):
    return Response.of_json({"value": sorted(azure.authorization.groups_of(name))})


def _check_member_groups(azure, _tenant, request, name):
    mine = azure.authorization.groups_of(name)
    return Response.of_json({"value": [one for one in request.json().get("groupIds", []) if one in mine]})


def _members(azure, tenant, _request, name):
    group = _by_id(azure, tenant, name)
    members = [azure.world.find_principal(one) for one in group.members] if isinstance(group, Group) else []
    return Response.of_json({"value": [_shown(azure, one, tenant) for one in members if one]})


def _add_password(azure, _tenant, request, kind, name):
    application = _application_of(azure, name)
    with azure.lock:
        key = str(uuid.uuid4())
        secret = Secret(secrets.token_urlsafe(30), Moment(azure.world.now() + 365 * 86400), kind == "servicePrincipals")
        application.secrets[key] = secret
    asked = request.json().get("passwordCredential", {})
    return Response.of_json({"keyId": key, "secretText": secret.value, "displayName": asked.get("displayName"),
                             "startDateTime": asked.get("startDateTime"), "endDateTime": asked.get("endDateTime")})


def _remove_password(azure, _tenant, request, _kind, name):
    application, key = _application_of(azure, name), request.json().get("keyId")
    with azure.lock:
        application.secrets = {label: secret for label, secret in application.secrets.items()
                               if _key_id(application, label) != key}
    return Response(204)


def _change_keys(azure, _tenant, request, kind, name):
    """The whole list of certificates; those that are there already are named by their key ids."""
    application, of_service_principal = _application_of(azure, name), kind == "servicePrincipals"
    found = {_key_id(application, label): label for label in application.certificates}
    with azure.lock:
        certificates = {label: one for label, one in application.certificates.items()
                        if one.of_service_principal != of_service_principal}
        for key in request.json().get("keyCredentials", []):
            label = found.get(key["keyId"], key["keyId"])
            certificates[label] = application.certificates.get(label) or ApplicationCertificate(
                Moment(datetime.fromisoformat(key["endDateTime"].replace("Z", "+00:00")).timestamp()), key["key"],
                of_service_principal)
        application.certificates = certificates
    return Response(204)


def _federated_credentials(azure, _tenant, _request, name):
    application = _application_of(azure, name)
    return Response.of_json({"value": [_federated(application, label) for label in application.federated_credentials]})


def _change_federated_credential(azure, _tenant, request, name, credential):
    """``az ad app federated-credential update``."""
    application = _application_of(azure, name)
    label = next((one for one in application.federated_credentials
                  if credential in (one, guid("federated", application.name, one))), None)
    if not label:
        raise GraphError(404, "Request_ResourceNotFound", f"Resource '{credential}' does not exist.")
    found, body = application.federated_credentials[label], request.json()
    with azure.lock:
        found.issuer, found.subject = body.get("issuer", found.issuer), body.get("subject", found.subject)
        found.audience = (body.get("audiences") or [found.audience])[0]
    return Response(204)


def _federated(application, label):
    credential = application.federated_credentials[label]
    return {"id": guid("federated", application.name, label), "name": label, "issuer": credential.issuer,
            "subject": credential.subject, "audiences": [credential.audience], "description": None}


def _application_of(azure, name):
    found = next((a for a in azure.world.applications.values()
                  if (same(a.registration_id, name) or same(a.object_id, name)) and not a.deleted), None)
    if not found:
        raise GraphError(404, "Request_ResourceNotFound", f"Resource '{name}' does not exist.")
    return found


def _by_id(azure, tenant, object_id):
    principal = azure.world.principal_by_object_id(object_id)
    return principal if principal and same(azure.world.object_id_in(principal, tenant), object_id) else None


def _registration(azure, application, _tenant):
    return {"id": application.registration_id, "appId": application.app_id, "displayName": application.display_name,
            "passwordCredentials": _passwords(application, False), "keyCredentials": _keys(application, False),
            "identifierUris": []}


def _passwords(application, of_service_principal):
    return [{"keyId": _key_id(application, label), "displayName": label, "endDateTime": _date(secret.ends_on),
             "hint": secret.value[:3]} for label, secret in application.secrets.items()
            if secret.of_service_principal == of_service_principal]


def _keys(application, of_service_principal):
    return [{"keyId": _key_id(application, label), "displayName": label, "endDateTime": _date(one.ends_on),
             "type": "AsymmetricX509Cert", "usage": "Verify", "key": None}
            for label, one in application.certificates.items() if one.of_service_principal == of_service_principal]


def _key_id(application, label):
    return label if len(label) == 36 else guid("secret", application.name, label)


def _shown(azure, principal, tenant):
    common = {"id": azure.world.object_id_in(principal, tenant) or principal.object_id,
              "displayName": principal.display_name}
    kind = {"User": "user", "Group": "group"}.get(principal_type(principal), "servicePrincipal")
    common["@odata.type"] = f"#microsoft.graph.{kind}"
    if isinstance(principal, User):
        guest = principal.tenant != tenant.name
        return common | {"userPrincipalName": principal.user_principal_name, "mail": principal.user_principal_name,
                         "accountEnabled": not principal.disabled, "userType": "Guest" if guest else "Member"}
    if isinstance(principal, (Application, ManagedIdentity)):
        managed = isinstance(principal, ManagedIdentity)
        return common | {"appId": principal.app_id, "servicePrincipalNames": [principal.app_id],
                         "accountEnabled": not principal.disabled, "appDisplayName": principal.display_name,
                         "servicePrincipalType": "ManagedIdentity" if managed else "Application",
                         "passwordCredentials": [] if managed else _passwords(principal, True),
                         "keyCredentials": [] if managed else _keys(principal, True),
                         "appOwnerOrganizationId": tenant.id}
    return common | {"securityEnabled": True}


def _date(moment):
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


_ID = r"([^/]+)"
_ROUTES = [
    ("POST", r"/directoryObjects/getByIds", _get_by_ids),
    ("GET", rf"/directoryObjects/{_ID}", _one),
    ("GET", r"/users", _users),
    ("GET", rf"/users/{_ID}", _one),
    ("GET", r"/groups", _groups),
    ("GET", rf"/groups/{_ID}", _one),
    ("GET", rf"/groups/{_ID}/(?:transitiveMembers|members)", _members),
    ("GET", r"/servicePrincipals", _service_principals),
    ("GET", rf"/servicePrincipals/{_ID}", _one),
    ("GET", rf"/(?:users|servicePrincipals|directoryObjects|groups)/{_ID}/(?:transitiveMemberOf|memberOf)"
            r"(?:/microsoft\.graph\.group)?", _groups_of),
    ("POST", rf"/(?:users|servicePrincipals|directoryObjects|groups)/{_ID}/getMemberGroups", _member_groups),
    ("POST", rf"/(?:users|servicePrincipals|directoryObjects)/{_ID}/checkMemberGroups", _check_member_groups),
    ("GET", r"/applications", _applications),
    ("GET", rf"/applications/{_ID}", _application),
    ("POST", rf"/(applications|servicePrincipals)/{_ID}/addPassword", _add_password),
    ("POST", rf"/(applications|servicePrincipals)/{_ID}/removePassword", _remove_password),
    ("PATCH", rf"/(applications|servicePrincipals)/{_ID}", _change_keys),
    ("GET", rf"/applications/{_ID}/federatedIdentityCredentials", _federated_credentials),
    ("PATCH", rf"/applications/{_ID}/federatedIdentityCredentials/{_ID}", _change_federated_credential),
]
