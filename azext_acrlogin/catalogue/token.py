# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about the registry's own tokens and about user names and passwords for it."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import AUTHENTICATION, HEALTH, LOGIN, REGISTRY, SAID, SIGN_IN, TOKENS

GENERIC = ("CONNECTIVITY_REFRESH_TOKEN_ERROR", "CONNECTIVITY_ACCESS_TOKEN_ERROR")
SIGN_IN_TO_SUBSCRIPTION = ("az", "acr", "login", "--name", "{registry}", "--subscription", "{subscription}")
SIGN_IN_WHEREVER = (*SIGN_IN_TO_SUBSCRIPTION[:5], WhenKnown(SIGN_IN_TO_SUBSCRIPTION[5:]))
NEW_TOKEN_PASSWORD = ("in the portal under the registry's Tokens, or with `az acr token credential generate`, which "
                      "prints it once")

CODES = [
    Code(
        code="AAD_ARM_AUDIENCE_ERROR",
        title="The registry refuses ARM-audience tokens",
        meaning="A registry can be set to accept Entra tokens only if they were issued for Azure Container Registry, "
                "and what was sent is a token for Azure Resource Manager. Older tools send such tokens, and so does "
                "the Azure CLI when acr.audience_resource says so.",
        how_found="The exchange of a token whose audience is Resource Manager is refused with 401, and the registry's "
                  "policy azureADAuthenticationAsArmPolicy is disabled.",
        message=("{where} refuses a token for {audience|(unknown)}: the registry's policy accepts tokens for "
                 "registries only.", SAID),
        looks_like=("CONNECTIVITY_REFRESH_TOKEN_ERROR: Access to registry '...' was denied. Response code: 401.",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Let the client ask for a token for Azure Container Registry: for the Azure CLI, remove the setting "
                "that pins another audience (acr.audience_resource; the environment variable "
                "AZURE_ACR_AUDIENCE_RESOURCE comes before it) and sign in again. Only where a client cannot, such as a "
                "service that needs Resource Manager's audience, let the registry's owner accept those tokens again "
                "with `az acr config authentication-as-arm update --status enabled`.",
                commands=(("az", "config", "unset", "acr.audience_resource"), WhenKnown(SIGN_IN_TO_SUBSCRIPTION))),
        ),
        confused_with={
            "AAD_RESOURCE_NOT_REGISTERED_ERROR": "Entra refused to issue a token for the registry audience.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The token's audience is the registry's, and no role is in force.",
        },
        explains=GENERIC,
        docs=REGISTRY + "container-registry-disable-authentication-as-arm",
    ),
    Code(
        code="CONNECTIVITY_REFRESH_TOKEN_ERROR",
        title="The registry refuses the Entra token",
        meaning="Entra issued a token, and the registry did not give its own refresh token for it. A missing role, "
                "another tenant's registry and a token that the registry does not accept all look like this from "
                "outside, and what would tell them apart could not be read.",
        how_found="POST /oauth2/exchange gives a status other than 200, and no evidence of this run explains it more "
                  "closely: for instance, role assignments and the registry's tenant are not readable.",
        message={
            "refused": ("{where} refuses the Entra token of object {object_id|(unknown)} (status 401).", SAID,
                        "{unseen|}"),
            "no-token": "{where} answers 200 without a refresh token.",
            "odd-status": ("{where} answers {odd_status|nothing} instead of a refresh token.", SAID, "{unseen|}")},
        looks_like=("CONNECTIVITY_REFRESH_TOKEN_ERROR: Access to registry '...' was denied. Response code: 401. Please "
                    "try running 'az login' again to refresh permissions.",
                    "unauthorized: authentication required, visit https://aka.ms/acr/authorization for more "
                    "information."),
        fixes=(
            Fix("Try again; if the registry goes on answering {odd_status} where a token is expected, give its owner "
                "the correlation id of this report. A proxy or filter on the way may be what answers.",
                "registryOwner"),
            Fix("Ask the registry's owner two things: whether the registry is in tenant {tenant}, and whether object "
                "{object_id} has a role on it that its role assignment mode honours. After a change, sign in again.",
                "registryOwner", commands=(SIGN_IN,)),
            Fix("Ask the registry's owner in which tenant the registry is, and whether this identity has a role on it "
                "that its role assignment mode honours. After a change, sign in again.", "registryOwner",
                commands=(("az", "login"),)),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "Role assignments are readable, and none grants this identity anything.",
            "REGISTRY_TENANT_ERROR": "The registry's tenant is known and differs from the token's.",
            "CONNECTIVITY_FORBIDDEN_ERROR": "The exchange answers 403 with the registry's DENIED.",
            "CONNECTIVITY_ACCESS_TOKEN_ERROR": "The exchange succeeds, the next step is refused.",
        },
        docs=HEALTH + "connectivity_refresh_token_error",
    ),
    Code(
        code="CONNECTIVITY_ACCESS_TOKEN_ERROR",
        title="The registry refuses an access token",
        meaning="Signing in got as far as the registry's refresh token, and the registry gave no access token for it. "
                "A missing permission alone does not cause that: the registry then gives a token that allows less.",
        how_found="/oauth2/token gives a status other than 200, and no evidence of this run explains it more closely.",
        message={
            "status": ("{where} answers {status|nothing}.", SAID, "{unseen|}"),
            "no-token": ("{where} answers 200 without a readable access token.", SAID, "{unseen|}"),
            "lacking": "The access token for repository '{repository}' does not grant {lacking}; it grants: "
                       "{granted|nothing}.{unseen|}"},
        looks_like=("CONNECTIVITY_ACCESS_TOKEN_ERROR: Access to registry '...' was denied. Response code: 401.",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Ask the registry's owner for a role, or a scope map, that allows {lacking}: signing in itself works.",
                "registryOwner"),
            Fix("Compare the user name '{given_user_name}' and its secret with what the registry's owner gave out; the "
                "owner can see which credentials are in force.", "registryOwner"),
            Fix("Sign in again for a fresh token. If it stays so, give the registry's owner the correlation id of this "
                "report.", commands=(SIGN_IN_TO_SUBSCRIPTION,)),
            Fix("Sign in again for a fresh token. If it stays so, give the registry's owner the correlation id of this "
                "report.", commands=(("az", "login"),)),
        ),
        confused_with={
            "CONNECTIVITY_REFRESH_TOKEN_ERROR": "The step before, the exchange of the Entra token, is refused.",
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "A token is given, without the action asked for.",
            "SCOPE_MAP_ERROR": "A token is given, and the scope map leaves the action out.",
        },
        docs=HEALTH + "connectivity_access_token_error",
    ),
    Code(
        code="CREDENTIAL_USERNAME_ERROR",
        title="User name and password do not belong together",
        meaning="Each kind of secret wants its own user name: a token from `az acr login --expose-token` the all-zero "
                "GUID 00000000-0000-0000-0000-000000000000, a service principal's secret its application (client) id "
                "and not the object id, the admin password the registry's name. A person's Entra user name and "
                "password are never accepted.",
        how_found="The user name given is an e-mail address, an object id that Entra knows, or no GUID although the "
                  "password is a token; and the registry refuses.",
        message={
            "token": "The password is a token, and '{user_name|?}' is not the user name that goes with one: that is "
                     "the all-zero GUID.",
            "no-token": "The all-zero GUID is the user name for tokens, and the password given is no token.",
            "user": "'{user_name|?}' is a user of Entra; registries accept no user's own password. Such a user signs "
                    "in with az acr login.",
            "application-object": "{user_name|?} is the object id of the {object_type|object} with application id "
                                  "{application_id}; the user name must be the latter.",
            "object": "{user_name|?} is the object id of a {object_type}; the user name that goes with a client secret "
                      "is an application's id.",
            "tokens-unread": "The registry does not take '{user_name|?}' with this password; it is neither an "
                             "application's id nor the registry's admin user, and the registry's tokens cannot be "
                             "read."},
        looks_like=("unauthorized: Application not registered with AAD.",
                    "unauthorized: aad access token with sp failed client id must be guid"),
        fixes=(
            Fix("Sign in with application (client) id {application_id}; docker asks for its secret.",
                commands=(("docker", "login", "{login_server}", "--username", "{application_id}"),)),
            Fix("Sign in as yourself with Entra, which needs no user name and no password for the registry.",
                commands=(SIGN_IN_WHEREVER,)),
            Fix("Use the all-zero GUID with an exposed token, the application (client) id with a service principal's "
                "secret, the registry's name with the admin password, and `az acr login` as a person."),
        ),
        confused_with={
            "AAD_APPLICATION_NOT_FOUND_ERROR": "The user name is a GUID that the tenant does not know at all.",
            "TOKEN_NOT_FOUND_ERROR": "The registry's tokens could be listed, and none has that name.",
            "ADMIN_USER_DISABLED_ERROR": "The user name is the registry's own name, and the admin user is off.",
            "CREDENTIAL_EXPIRED_ERROR": "The password is a token that has expired; both can be true.",
        },
        explains=GENERIC,
        docs=AUTHENTICATION,
    ),
    Code(
        code="CREDENTIAL_PASSWORD_ERROR",
        title="The password is wrong",
        meaning="The registry knows the user name, as its admin user or as a repository-scoped token that is enabled, "
                "and refuses the password. Usually it was generated anew since: an old one stops working a minute "
                "later.",
        how_found="The registry refuses the credentials with 401, while Resource Manager shows the admin user, or the "
                  "token and a password of it, as in force.",
        message={
            "other-audience": "The password is a token for {audience}, and this is {login_server}.",
            "admin-user": "The admin user is enabled, and the password given is neither of its two.",
            "token": "The token '{user_name|?}' is enabled, and the password given is none of its passwords in force."},
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Use the current password of token {token_name}; docker asks for it. If it is lost, make a new one "
                + NEW_TOKEN_PASSWORD + ", and replace it wherever the old one is stored.", "registryOwner",
                commands=(("docker", "login", "{login_server}", "--username", "{token_name}"),)),
            Fix("Sign in as yourself with Entra, which needs no password, or copy the current admin password from the "
                "portal (Access keys) into the place where it is stored.", "registryOwner",
                commands=(SIGN_IN_TO_SUBSCRIPTION,)),
            Fix("Replace the stored password by the current one, which the registry's owner finds in the portal under "
                "Access keys or makes anew under Tokens.", "registryOwner"),
        ),
        confused_with={
            "TOKEN_PASSWORD_EXPIRED_ERROR": "Every password of the token has passed its expiry.",
            "TOKEN_DISABLED_ERROR": "The token's status is disabled.",
            "ADMIN_USER_DISABLED_ERROR": "The admin user is off, so that no password of it works.",
            "AAD_CLIENT_SECRET_INVALID_ERROR": "The user name is an application id, and Entra refuses its secret.",
        },
        explains=GENERIC,
        docs=LOGIN,
    ),
    Code(
        code="CREDENTIAL_EXPIRED_ERROR",
        title="The token given as password has expired",
        meaning="The password is itself a token, as `az acr login --expose-token` prints it, and those live about "
                "three hours. They are meant for the command that follows, not to be kept in a secret store.",
        how_found="The password given has the form of a JSON web token, and its own expiry time has passed.",
        message="The password is a token that expired at {expired_at|an unknown time}.",
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Get a fresh token right before it is used: `az acr login` gives one to docker by itself. Where it has "
                "to last, use a service principal, a managed identity or a repository-scoped token.",
                commands=(SIGN_IN_WHEREVER,)),
            Fix("Get a fresh token right before it is used, with `az acr login --expose-token`; where it has to last, "
                "use a service principal, a managed identity or a repository-scoped token."),
        ),
        confused_with={
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The expired token is the one that the container client has stored.",
            "CLOCK_SKEW_ERROR": "The token is in force by the servers' Date headers; this machine's clock is off.",
            "CREDENTIAL_USERNAME_ERROR": "The token is in force, and the user name is not the all-zero GUID.",
        },
        explains=GENERIC,
        docs=AUTHENTICATION,
    ),
    Code(
        code="ADMIN_USER_DISABLED_ERROR",
        title="The admin user is switched off",
        meaning="The user name is the registry's own name, which stands for its admin user, and that is disabled, as "
                "it is by default. Its passwords do not work until it is enabled.",
        how_found="The user name equals the registry's name, and Resource Manager shows adminUserEnabled as false.",
        message="'{user_name|?}' is the admin user's name, and the registry's admin user is disabled.",
        looks_like=("Unable to get admin user credentials with message: Admin user is disabled.",
                    "unauthorized: Application not registered with AAD."),
        fixes=(
            Fix("Better leave it off and sign in with Entra (`az acr login`), a service principal or a "
                "repository-scoped token: everybody who has the admin password has all rights, and nobody can tell who "
                "used it. If it "
                "is really wanted, this enables it.", "registryOwner",
                commands=(("az", "acr", "update", "--name", "{registry}", "--admin-enabled", "true", "--subscription",
                           "{subscription}"),)),
            Fix("Better leave it off and sign in with Entra (`az acr login`), a service principal or a "
                "repository-scoped token. If the admin user is really wanted, the registry's owner can enable it under "
                "Access keys.",
                "registryOwner"),
        ),
        confused_with={
            "CREDENTIAL_PASSWORD_ERROR": "The admin user is enabled, and the password is not its current one.",
            "CREDENTIAL_USERNAME_ERROR": "The user name is another than the registry's.",
        },
        explains=GENERIC,
        docs=AUTHENTICATION + "#admin-account",
    ),
    Code(
        code="TOKEN_DISABLED_ERROR",
        title="The repository-scoped token is disabled",
        meaning="The registry has a token of this name, and somebody switched it off. Its passwords do not work until "
                "it is enabled again.",
        how_found="Resource Manager shows the token with the status disabled.",
        message="The token '{user_name|?}' is disabled.",
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Enable the token again, if it was not switched off on purpose.", "registryOwner",
                commands=(("az", "acr", "token", "update", "--name", "{token_name}", "--registry", "{registry}",
                           "--status", "enabled", "--subscription", "{subscription}"),)),
            Fix("Ask the registry's owner to enable the token again, or for another one.", "registryOwner"),
        ),
        confused_with={
            "TOKEN_PASSWORD_EXPIRED_ERROR": "The token is enabled, and all its passwords have expired.",
            "CREDENTIAL_PASSWORD_ERROR": "The token is enabled and has a password in force; another one was given.",
        },
        explains=GENERIC + ("TOKEN_PASSWORD_EXPIRED_ERROR", "CREDENTIAL_PASSWORD_ERROR"),
        docs=TOKENS,
    ),
    Code(
        code="TOKEN_PASSWORD_EXPIRED_ERROR",
        title="The token's passwords have expired",
        meaning="A token has up to two passwords, each with an end date of its own, and every one that this token has "
                "is past it (or it has none).",
        how_found="Resource Manager shows the token as enabled, and no password of it that is still in force.",
        message={
            "expired": "Every password of the token '{user_name|?}' has expired, the last at {expired_at}.",
            "none": "The token '{user_name|?}' has no password."},
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Make a new password for token {token_name}, in force for 90 days. The command shows it nowhere: it "
                "writes it to the file token-password.txt in the current folder, which you alone can read. Put it into "
                "the secret store that the sign-in reads, then delete the file.", "registryOwner",
                commands=(("az", "acr", "token", "credential", "generate", "--name", "{token_name}", "--registry",
                           "{registry}", "--subscription", "{subscription}", "--password1", "--expiration-in-days",
                           "90", "--query", "passwords[0].value", "--output", "tsv"),),
                secret_file="token-password.txt"),
            Fix("Let the registry's owner make a new password for the token, and replace the old one wherever it is "
                "stored.", "registryOwner"),
        ),
        confused_with={
            "CREDENTIAL_PASSWORD_ERROR": "The token has a password in force; another one was given.",
            "TOKEN_DISABLED_ERROR": "The token's status is disabled.",
            "CREDENTIAL_EXPIRED_ERROR": "The password is an exposed Entra-based token, not a token's password.",
        },
        explains=GENERIC + ("CREDENTIAL_PASSWORD_ERROR",),
        docs=TOKENS + "#regenerate-token-passwords",
    ),
    Code(
        code="TOKEN_NOT_FOUND_ERROR",
        title="The registry has no token of this name",
        meaning="The user name is neither an application id nor the registry's name, so that it can only be the name "
                "of a repository-scoped token, and the registry has none of that name: it is misspelt, deleted, or "
                "belongs to another registry.",
        how_found="The registry's tokens could be listed, and the user name is not among them.",
        message="The registry has no token named '{user_name|?}'.",
        looks_like=("unauthorized: Application not registered with AAD.", "unauthorized: authentication required"),
        fixes=(
            Fix("Use the name of a token that exists; this lists the registry's tokens, without their passwords.",
                "registryOwner",
                commands=(("az", "acr", "token", "list", "--registry", "{registry}", "--subscription",
                           "{subscription}", "--query", "[].name", "--output", "tsv"),)),
            Fix("Ask the registry's owner for the name of a token that exists.", "registryOwner"),
        ),
        confused_with={
            "CREDENTIAL_USERNAME_ERROR": "The tokens could not be listed, or the user name is an e-mail address.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "The user name is a GUID.",
        },
        explains=GENERIC,
        docs=TOKENS,
    ),
]
