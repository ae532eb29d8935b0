# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Who may have a token, and for what: Entra's refusals, worked out from the state of tenants and identities."""

import base64
import time
from datetime import datetime, timezone

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .clouds import CLOUDS, GRAPH, LOG_ANALYTICS, REGISTRY
from .entities import Application, User
from .tokens import AZURE_CLI
from .world import same

REFRESH_TOKEN_LIFETIME = 90 * 86400

_AUDIENCES = {audience.rstrip("/") for audience in (
    REGISTRY, GRAPH, LOG_ANALYTICS, "https://vault.azure.net", "https://storage.azure.com",
    *(cloud.arm_audience for cloud in CLOUDS.values()),
    *(f"https://{host}" for cloud in CLOUDS.values() for host in (cloud.resource_manager, cloud.graph, cloud.logs)))}


class Refusal(Exception):
    """Entra says no; becomes the error response.

    :param code: the AADSTS number.
    :param error: OAuth error; ``invalid_client`` goes with status 401, any other with 400.
    """

    def __init__(self, code, message, error="invalid_grant", suberror=""):
        super().__init__(f"AADSTS{code}: {message}")
        self.code, self.error, self.suberror = code, error, suberror


# ---- Who is it -----------------------------------------------------------------------------------------------------

def find_tenant(azure, name):
    """The tenant of an id or domain.

    :raises Refusal: 90002.
    """
    tenant = azure.world.find_tenant(name)
    if not tenant:
        raise Refusal(90002, f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are "
                             "signing into the correct cloud. Check with your subscription administrator, this may "
                             "happen if there are no active subscriptions for the tenant.", "invalid_request")
    return tenant


def home_of(azure, user):
    """The tenant whose account it is."""
    # Assumption: a personal account is shown by the first tenant it is a guest in.
    return azure.world.tenants.get(user.tenant) or azure.world.tenants[next(iter(user.guest_in))]


def user_with_password(azure, tenant, form):
    """The user that a password grant names.

    :raises Refusal: 50034, 50126.
    """
    user = azure.world.user_by_name(form.get("username", ""))
    # Assumption: Entra has no password grant for guests in the inviting tenant nor for personal accounts. The latter
    # are let in here, because a profile must be made without a browser.
    if not user or (tenant and tenant.name != user.tenant and not user.idp):
        where = tenant.id if tenant else form.get("username", "").rpartition("@")[2]
        raise Refusal(50034, f"The user account {form.get('username')} does not exist in the {where} directory. To "
                             "sign into this application, the account must be added to the directory.")
    if form.get("password") != user.password:
        raise Refusal(50126, "Error validating credentials due to invalid username or password.")
    return user


def user_at_the_prompt(azure):
    """The user who completes an interactive sign-in.

    :raises Refusal: 70016, there is nobody.
    """
    user = azure.world.users.get(azure.world.signs_in_interactively)
    if not user:
        raise Refusal(70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
                      "authorization_pending")
    return user


def user_with_refresh_token(azure, token):
    """The user that a refresh token was given to, and whether it comes from an interactive sign-in.

    Those take place in the present world; what happened to sessions in it happened to the ones before.

    :raises Refusal: 50034, 50173, 700082, 9002313.
    """
    claims = azure.keys.read_refresh_token(token)
    if not claims:
        raise Refusal(9002313, "Invalid request. Request is malformed or invalid.", "invalid_grant")
    user = azure.world.users.get(claims["user"])
    if not user or user.deleted:
        raise Refusal(50034, "The user account does not exist in the directory. To sign into this application, the "
                             "account must be added to the directory.")
    if claims.get("interactive"):
        return user, True
    if user.refresh_token_revoked:
        raise Refusal(50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. "
                             "The user might have changed or reset their password. The grant was issued on "
                             f"'{_iso(claims['issued'])}' and the TokensValidFrom date (before which tokens are not "
                             f"valid) for this user is '{_iso(azure.world.now())}'.", suberror="bad_token")
    age = time.time() - claims["issued"] + azure.world.elapsed_since_sign_in
    if user.refresh_token_inactive or age > REFRESH_TOKEN_LIFETIME:
        raise Refusal(700082, "The refresh token has expired due to inactivity. The token was issued on "
                              f"{_iso(claims['issued'])} and was inactive for 90.00:00:00.", suberror="bad_token")
    return user, False


def check_user(user, tenant):
    """:raises Refusal: 50057, the account is disabled at home or here."""
    account = user.guest_in.get(tenant.name)
    if user.disabled or (account and account.disabled):
        raise Refusal(50057, "The user account is disabled.")


def find_application(azure, tenant, app_id):
    """The application with a client id that has a service principal in the tenant.

    :raises Refusal: 700016, 7000112.
    """
    application = azure.world.application_by_id(app_id)
    if not isinstance(application, Application) or application.tenant != tenant.name:
        raise Refusal(700016, f"Application with identifier '{app_id}' was not found in the directory "
                              f"'{tenant.display_name}'. This can happen if the application has not been installed by "
                              "the administrator of the tenant or consented to by any user in the tenant. You may have "
                              "sent your authentication request to the wrong tenant.", "unauthorized_client")
    if application.disabled:
        raise Refusal(7000112, f"Application '{app_id}'({application.display_name}) is disabled.",
                      "unauthorized_client")
    return application


def authenticate_with_secret(azure, tenant, app_id, secret):
    """The application that a client id and secret stand for.

    :raises Refusal: 700016, 7000112, 7000215, 7000218, 7000222.
    """
    application = find_application(azure, tenant, app_id)
    if not secret:
        raise Refusal(7000218, "The request body must contain the following parameter: 'client_assertion' or "
                               "'client_secret'.", "invalid_client")
    found = next((s for s in application.secrets.values() if s.value == secret), None)
    if not found:
        raise Refusal(7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the "
                               "client secret value, not the client secret ID, for a secret added to app "
                               f"'{app_id}'.", "invalid_client")
    if found.ends_on and found.ends_on <= azure.world.now():
        raise Refusal(7000222, f"The provided client secret keys for app '{app_id}' are expired. Visit the Azure "
                               "portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider "
                               "using certificate credentials for added security: https://aka.ms/certCreds.",
                      "invalid_client")
    return application


def check_assertion(azure, application, assertion):
    """A client assertion: signed with a certificate of the application, or by a federated issuer.

    :raises Refusal: 50027, 70021, 700024, 700027, 700211, 700212, 700213.
    """
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise Refusal(50027, "JWT token is invalid or malformed.", "invalid_request") from error
    if same(claims.get("iss"), application.app_id):
        _check_certificate_signature(azure, application, assertion, header)
    else:
        _check_federation(azure, application, assertion, claims)
    now = azure.world.now()
    if not same(claims.get("iss"), application.app_id):
        now += azure.world.elapsed_since_sign_in        # az replays a federated token; others it makes anew
    if not claims.get("nbf", 0) - 300 <= now < claims.get("exp", 0):
        raise Refusal(700024, "Client assertion is not within its valid time range. Current time: "
                              f"{_iso(now)}, assertion valid from {_iso(claims.get('nbf', claims.get('iat', 0)))}, "
                              f"expiry time of assertion {_iso(claims.get('exp', 0))}. Review the documentation at "
                              "https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
                      "invalid_client")


def _check_certificate_signature(azure, application, assertion, header):
    thumbprint = header.get("x5t", header.get("x5t#S256", ""))
    for name, registered in application.certificates.items():
        certificate = _certificate(azure, application, name)
        known = {base64url(certificate.fingerprint(kind)) for kind in (hashes.SHA1(), hashes.SHA256())}
        if thumbprint.rstrip("=") not in known:
            continue
        try:
            jwt.decode(assertion, certificate.public_key(), algorithms=["RS256", "PS256"],
                       options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False})
        except jwt.InvalidTokenError:
            break
        if registered.ends_on and registered.ends_on <= azure.world.now():
            raise Refusal(700027, "The certificate with identifier used to sign the client assertion is expired on "
                                  f"application. [Reason - The key used is expired., Thumbprint of key used by client: "
                                  f"'{thumbprint}'].", "invalid_client")
        return
    raise Refusal(700027, "The certificate with identifier used to sign the client assertion is not registered on "
                          f"application. [Reason - The key was not found., Thumbprint of key used by client: "
                          f"'{thumbprint}'].", "invalid_client")


def _certificate(azure, application, name):
    encoded = application.certificates[name].encoded
    if encoded:
        return x509.load_der_x509_certificate(base64.b64decode(encoded))
    return azure.keys.application_certificate(application.name, name)[1]


def _check_federation(azure, application, assertion, claims):
    if azure.keys.outside_issuer.read(assertion) is None:
        raise Refusal(700027, "Client assertion failed signature validation.", "invalid_client")
    credentials = list(application.federated_credentials.values())
    if not credentials:
        raise Refusal(70021, "No matching federated identity record found for presented assertion. Assertion Issuer: "
                             f"'{claims.get('iss')}'. Assertion Subject: '{claims.get('sub')}'. Assertion Audience: "
                             f"'{claims.get('aud')}'.", "invalid_client")
    for code, claim, attribute in ((700211, "iss", "issuer"), (700213, "sub", "subject"), (700212, "aud", "audience")):
        value = claims.get(claim)
        credentials = [c for c in credentials if getattr(c, attribute) == value]
        if not credentials:
            raise Refusal(code, f"No matching federated identity record found for presented assertion {attribute} "
                                f"'{value}'. Check your federated identity credential Subject, Audience and Issuer "
                                "against the presented assertion. https://learn.microsoft.com/entra/workload-id/"
                                "workload-identity-federation", "invalid_client")


# ---- What is it for ------------------------------------------------------------------------------------------------

def check_resource(azure, tenant, principal, audience, second_factor=False):
    """Whatever keeps an identity from a token for this very audience.

    :param second_factor: the user has given one.
    :raises Refusal: 500011, 53003, 50076, 50105, 65001, or the world's own number.
    """
    name = audience.rstrip("/")
    known = _AUDIENCES | {a.rstrip("/") for a in azure.world.known_audiences}
    if name not in known or _concerns(tenant.missing_resources, audience):
        raise Refusal(500011, f"The resource principal named {name} was not found in the tenant named "
                              f"{tenant.display_name}. This can happen if the application has not been installed by "
                              "the administrator of the tenant or consented to by any user in the tenant. You might "
                              "have sent your authentication request to the wrong tenant.", "invalid_resource")
    override = principal.entra_error
    if override and override.code and (not override.for_resource or _concerns([override.for_resource], audience)):
        raise Refusal(override.code, override.message or "The request was refused.", override.error,
                      override.suberror)
    if isinstance(principal, User):
        if _concerns(principal.blocked_by_conditional_access_for, audience):
            raise Refusal(53003, "Access has been blocked by Conditional Access policies. The access policy does not "
                                 "allow token issuance.", suberror="message_only")
        if not second_factor and _concerns(principal.must_use_mfa_for, audience):
            raise Refusal(50076, "Due to a configuration change made by your administrator, or because you moved to a "
                                 f"new location, you must use multi-factor authentication to access '{name}'.",
                          suberror="basic_action")
        if _concerns(principal.consent_missing_for, audience):
            raise Refusal(65001, f"The user or administrator has not consented to use the application with ID "
                                 f"'{AZURE_CLI}' named 'Microsoft Azure CLI'. Send an interactive authorization "
                                 "request for this user and resource.", suberror="consent_required")
    if _concerns(principal.not_assigned_to, audience):
        who = getattr(principal, "user_principal_name", principal.object_id)
        raise Refusal(50105, f"Your administrator has configured the application {name} to block users unless they "
                             f"are specifically granted ('assigned') access to the application. The signed in user "
                             f"'{who}' is blocked because they are not a direct member of a group with access, nor had "
                             "access directly assigned by an administrator.")


def _concerns(audiences, audience):
    return any(a == "*" or a.rstrip("/") == audience.rstrip("/") for a in audiences)


def base64url(value):
    """Base64url without padding, of text or bytes."""
    data = value.encode() if isinstance(value, str) else value
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _iso(moment):
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
