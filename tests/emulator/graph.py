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
        response = _answer(azure, request)
        if response.status in (200, 201):
            response.headers |= _HEADERS | {"request-id": str(uuid.uuid4())}
        return response
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
        return _single(request, "users", _shown(azure, caller, tenant))
    changes = request.method == "PATCH" or path.endswith("Password")
    if not _may_read(caller, tenant) or (changes and not caller.directory_write):
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    for method, pattern, handler in _ROUTES:
        match = re.fullmatch(pattern, path, re.IGNORECASE)
        if match and method == request.method:
            return handler(azure, tenant, request, *match.groups())
    raise GraphError(404, "Request_ResourceNotFound", f"Resource not found for the segment '{path}'.")


def _may_read(caller, tenant):
    # Assumption: members read the directory by default; guests and applications need it to be granted.
    if caller is None:
        return False
    if caller.directory_read is not None:
        return caller.directory_read
    return isinstance(caller, User) and caller.tenant == tenant.name


def _get_by_ids(azure, tenant, request):
    found = [_by_id(azure, tenant, one) for one in request.json().get("ids", [])]
    return _list(request, "directoryObjects", [_shown(azure, one, tenant) for one in found if one])


def _directory_object(azure, tenant, request, name):
    found = _by_id(azure, tenant, name)
    registered = next((a for a in azure.world.applications.values() if same(a.registration_id, name)), None)
    if found:
        shown = _shown(azure, found, tenant)
    elif registered and not registered.deleted:
        shown = {"@odata.type": "#microsoft.graph.application", **_registration(azure, registered, tenant)}
    else:
        raise _not_found(name)
    return _single(request, "directoryObjects", shown)


def _one(azure, tenant, request, kind, name):
    found = _by_id(azure, tenant, name) or (azure.world.user_by_name(name) if kind.lower() == "users" else None)
    if not found or _KINDS[_kind(found)].lower() != kind.lower():
        raise _not_found(name)
    return _single(request, _KINDS[_kind(found)], _shown(azure, found, tenant))


def _deleted_object(azure, tenant, request, name):
    """``directory/deletedItems/{id}``: what was deleted in the last thirty days."""
    found = next((shown for shown in _deleted(azure, tenant) if same(shown["id"], name)), None)
    if not found:
        raise _not_found(name)
    return _single(request, "directoryObjects", found)


def _deleted_objects(azure, tenant, request, kind):
    """``directory/deletedItems/microsoft.graph.user`` and the like."""
    return _list(request, "directoryObjects", [
        shown for shown in _deleted(azure, tenant) if same(shown["@odata.type"], f"#microsoft.graph.{kind}")])


def _deleted(azure, tenant):
    for principal in azure.world.principals():
        if not getattr(principal, "deleted", False) or principal.purged or principal.tenant != tenant.name:
            continue
        # Assumption: managed identities are kept like other service principals.
        deleted_on = principal.deleted_on or azure.world.now() - 10 * 86400
        shown = _shown(azure, principal, tenant)
        if azure.world.now() - deleted_on > 30 * 86400:
            continue
        if isinstance(principal, User):      # documented: its id is put before the name
            shown["userPrincipalName"] = shown["id"].replace("-", "") + shown["userPrincipalName"]
        yield shown | {"deletedDateTime": _date(deleted_on)}


def _not_found(name):
    return GraphError(404, "Request_ResourceNotFound",
                      f"Resource '{name}' does not exist or one of its queried reference-property objects are not "
                      "present.")


def _service_principals(azure, tenant, request):
    return _filtered(azure, tenant, request, "servicePrincipals", [
        one for one in [*azure.world.applications.values(), *azure.world.managed_identities.values()]])


def _users(azure, tenant, request):
    return _filtered(azure, tenant, request, "users", list(azure.world.users.values()))


def _groups(azure, tenant, request):
    return _filtered(azure, tenant, request, "groups", list(azure.world.groups.values()))


def _applications(azure, tenant, request):
    return _filtered(azure, tenant, request, "applications", list(azure.world.applications.values()), _registration)


def _application(azure, tenant, request, name):
    return _single(request, "applications", _registration(azure, _application_of(azure, name), tenant))


def _filtered(azure, tenant, request, kind, candidates, show=None):
    """``$filter`` of ``eq``, ``startswith`` and ``servicePrincipalNames/any``, joined by ``or``."""
    text = request.parameter("$filter")
    shown = [(show or _shown)(azure, one, tenant) for one in candidates
             if not getattr(one, "deleted", False) and azure.world.object_id_in(one, tenant)]
    if text:
        shown = [item for item in shown if any(_fits(item, clause.strip()) for clause in text.split(" or "))]
    return _list(request, kind, shown)


def _list(request, kind, items):
    """A list; entries of a typed one do not say their type."""
    typed = kind != "directoryObjects"
    return Response.of_json({
        "@odata.context": f"https://{request.host}/v1.0/$metadata#{kind}{_selection(request)}",
        "value": [_selected(request, kind, item, typed) for item in items]})


def _single(request, kind, item):
    return Response.of_json({
        "@odata.context": f"https://{request.host}/v1.0/$metadata#{kind}{_selection(request)}/$entity",
        **_selected(request, kind, item, kind != "directoryObjects")})


def _selection(request):
    chosen = request.parameter("$select")
    return f"({chosen})" if chosen else ""


def _selected(request, kind, item, typed):
    """What ``$select`` asks for; without it a user comes without accountEnabled, userType and deletedDateTime."""
    chosen = [name.strip() for name in request.parameter("$select").split(",") if name.strip()]
    known = {name.lower(): name for name in item}
    if kind == "directoryObjects":
        # Assumption: where the type is not in the path, $select knows what every object has, and no more.
        chosen = [name for name in chosen if name in ("id", "deletedDateTime", "displayName")] or chosen[:0]
    names = [known[name.lower()] for name in chosen if name.lower() in known] if chosen else [
        name for name in item if not (_is_user(item) and name in _ONLY_SELECTED)]
    shown = {name: item[name] for name in names if name != "@odata.type"}
    return shown if typed else {"@odata.type": item["@odata.type"], **shown}


def _is_user(item):
    return item.get("@odata.type") == "#microsoft.graph.user"


def _fits(item, clause):
    if match := re.fullmatch(r"servicePrincipalNames/any\(c:c eq '([^']*)'\)", clause, re.IGNORECASE):
        return any(same(name, match[1]) for name in item.get("servicePrincipalNames", []))
    if match := re.fullmatch(r"startswith\((\w+),'([^']*)'\)", clause, re.IGNORECASE):
        return str(item.get(match[1]) or "").lower().startswith(match[2].lower())
    if match := re.fullmatch(r"(\w+) eq '([^']*)'", clause, re.IGNORECASE):
        return same(item.get(match[1]), match[2])
    raise GraphError(400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause '{clause}'.")


def _groups_of(azure, _tenant, request, name):
    mine = azure.authorization.groups_of(name)
    return _list(request, "directoryObjects", [_shown(azure, g, azure.world.tenants[g.tenant])
                                               for g in azure.world.groups.values() if g.object_id in mine])


def _member_groups(azure, _tenant, _request, name):
    return Response.of_json({"value": sorted(azure.authorization.groups_of(name))})


def _check_member_groups(azure, _tenant, request, name):
    mine = azure.authorization.groups_of(name)
    return Response.of_json({"value": [one for one in request.json().get("groupIds", []) if one in mine]})


def _members(azure, tenant, request, name):
    group = _by_id(azure, tenant, name)
    members = [azure.world.find_principal(one) for one in group.members] if isinstance(group, Group) else []
    return _list(request, "directoryObjects", [_shown(azure, one, tenant) for one in members if one])


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
    return [{"customKeyIdentifier": None, "displayName": label, "endDateTime": _date(secret.ends_on),
             "hint": secret.value[:3], "keyId": _key_id(application, label), "secretText": None,
             "startDateTime": "2025-04-08T09:40:17Z"} for label, secret in application.secrets.items()
            if secret.of_service_principal == of_service_principal]


def _keys(application, of_service_principal):
    return [{"keyId": _key_id(application, label), "displayName": label, "endDateTime": _date(one.ends_on),
             "type": "AsymmetricX509Cert", "usage": "Verify", "key": None}
            for label, one in application.certificates.items() if one.of_service_principal == of_service_principal]


def _key_id(application, label):
    return label if len(label) == 36 else guid("secret", application.name, label)


def _kind(principal):
    return {"User": "user", "Group": "group"}.get(principal_type(principal), "servicePrincipal")


def _shown(azure, principal, tenant):
    """All that Graph can say of a principal; ``_selected`` leaves out what was not asked for."""
    common = {"@odata.type": f"#microsoft.graph.{_kind(principal)}",
              "id": azure.world.object_id_in(principal, tenant) or principal.object_id, "deletedDateTime": None,
              "displayName": principal.display_name}
    if isinstance(principal, User):
        guest = principal.tenant != tenant.name
        account = principal.guest_in.get(tenant.name) if guest else principal
        return common | {"businessPhones": [], "givenName": None, "jobTitle": None,
                         "mail": principal.user_principal_name, "mobilePhone": None, "officeLocation": None,
                         "preferredLanguage": None, "surname": None,
                         "userPrincipalName": principal.user_principal_name,
                         "accountEnabled": not (account or principal).disabled,
                         "userType": "Guest" if guest else "Member"}
    if isinstance(principal, (Application, ManagedIdentity)):
        managed = isinstance(principal, ManagedIdentity)
        return common | {"accountEnabled": not principal.disabled, "alternativeNames": [],
                         "appDisplayName": principal.display_name, "appDescription": None, "appId": principal.app_id,
                         "applicationTemplateId": None, "appOwnerOrganizationId": tenant.id,
                         "appRoleAssignmentRequired": False, "createdDateTime": "2025-04-08T09:40:23Z",
                         "servicePrincipalNames": [principal.app_id],
                         "servicePrincipalType": "ManagedIdentity" if managed else "Application",
                         "signInAudience": "AzureADMyOrg",
                         "keyCredentials": [] if managed else _keys(principal, True),
                         "passwordCredentials": [] if managed else _passwords(principal, True)}
    return common | {"securityEnabled": True}


def _date(moment):
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


_KINDS = {"user": "users", "group": "groups", "servicePrincipal": "servicePrincipals"}
_ONLY_SELECTED = ("accountEnabled", "userType", "deletedDateTime")
_HEADERS = {
    "Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;"
                    "charset=utf-8",
    "OData-Version": "4.0", "Cache-Control": "no-cache", "Strict-Transport-Security": "max-age=31536000",
    "x-ms-resource-unit": "1", "x-ms-ags-diagnostic": "{\"ServerInfo\":{\"DataCenter\":\"West Europe\"}}"}
_ID = r"([^/]+)"
_ROUTES = [
    ("POST", r"/directoryObjects/getByIds", _get_by_ids),
    ("GET", rf"/directoryObjects/{_ID}", _directory_object),
    ("GET", r"/directory/deletedItems/microsoft\.graph\.(\w+)", _deleted_objects),
    ("GET", rf"/directory/deletedItems/{_ID}", _deleted_object),
    ("GET", r"/users", _users),
    ("GET", r"/groups", _groups),
    ("GET", rf"/(users|groups|servicePrincipals)/{_ID}", _one),
    ("GET", rf"/groups/{_ID}/(?:transitiveMembers|members)", _members),
    ("GET", r"/servicePrincipals", _service_principals),
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
