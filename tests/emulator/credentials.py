# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""What a registry makes of a user name and a secret (or of its own refresh token alone)."""

from dataclasses import dataclass

from .authorization import EVERYONE as NULL_GUID
from .sign_in import Refusal, authenticate_with_secret
from .tokens import BACKDATED
from .world import same

ADMIN_ACTIONS = {"pull", "push", "delete", "metadata_read", "metadata_write", "deleted_read", "deleted_restore",
                 "catalog"}
AUTHENTICATION_REQUIRED = "authentication required, visit https://aka.ms/acr/authorization for more information."


class Rejected(Exception):
    """The credentials do not hold; the message is the registry's."""


@dataclass(frozen=True)
class Identity:
    """Who signed in to a registry: an Entra object, the admin user, a repository token, or nobody."""
    object_id: str | None
    subject: str
    admin: bool = False
    scope_map: str | None = None
    anonymous: bool = False


def sign_in(azure, registry, user, secret):
    """The identity behind credentials.

    :param user: None for a refresh token on its own.
    :raises Rejected: they do not hold.
    """
    if user is None or user == NULL_GUID:
        return _with_registry_token(azure, registry, secret)
    if same(user, registry.name):
        return _as_admin(registry, secret)
    if user in registry.tokens:
        return _with_repository_token(azure, registry, user, secret)
    return _as_service_principal(azure, registry, user, secret)


def _with_registry_token(azure, registry, secret):
    claims = azure.keys.registry.read(secret)
    if not claims or claims["exp"] <= azure.world.now() or not same(claims["aud"], registry.login_server):
        raise Rejected(AUTHENTICATION_REQUIRED)
    # Assumption: a change of the role assignment mode ends the registry's own tokens from before; seen in one report.
    if registry.mode_changed_on and claims["iat"] + BACKDATED < registry.mode_changed_on:
        raise Rejected(AUTHENTICATION_REQUIRED)
    if claims["grant_type"] != "refresh_token":
        # Assumption: the access token that may serve as password keeps its own bearer's name and no more rights.
        raise Rejected(AUTHENTICATION_REQUIRED)
    return Identity(_owner(azure, registry, claims["sub"]), claims["sub"])


def _owner(azure, registry, subject):
    """The object id of a refresh token's bearer, which only ``sub`` names: an object id or a user's name."""
    user = azure.world.user_by_name(subject.rpartition("#")[2])
    if not user:
        return subject
    return azure.world.object_id_in(user, azure.world.tenant_of(registry)) or user.object_id


def _as_admin(registry, password):
    if registry.admin_user_enabled and password in registry.passwords:
        return Identity(None, registry.name, admin=True)
    # Assumption: with the admin user off its name is taken for an application's, as any other text.
    raise Rejected(AUTHENTICATION_REQUIRED if registry.admin_user_enabled else
                   "Application not registered with AAD.")


def _with_repository_token(azure, registry, name, password):
    token = registry.tokens[name]
    # Assumption: a disabled token and a wrong or expired password are refused in the same general words.
    valid = [p for p in token.passwords.values()
             if p.value == password and (not p.expires_on or p.expires_on > azure.world.now())]
    if token.status != "enabled" or not valid:
        raise Rejected(AUTHENTICATION_REQUIRED)
    return Identity(None, name, scope_map=token.scope_map)


def _as_service_principal(azure, registry, user, secret):
    try:
        tenant = azure.world.tenant_of(registry)
        application = authenticate_with_secret(azure, tenant, user, secret)
    except Refusal as refused:
        message = ("Application not registered with AAD." if refused.code == 700016
                   else "Invalid clientid or client secret.")
        raise Rejected(message) from refused
    if not azure.authorization.may_sign_in(application.object_id, registry):
        raise Rejected(AUTHENTICATION_REQUIRED)
    return Identity(application.object_id, application.app_id)
