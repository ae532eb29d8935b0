# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about the registry's own tokens and about user names and passwords for it."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import (
    AS_IT_IS, AUTHENTICATION, HEALTH, IN_SUBSCRIPTION, LOGIN, ODDITY, REGISTRY, REPLACE, SAID, SIGN_IN, STORED, TOKENS)

GENERIC = ("CONNECTIVITY_REFRESH_TOKEN_ERROR", "CONNECTIVITY_ACCESS_TOKEN_ERROR")
SIGN_IN_TO_SUBSCRIPTION = ("az", "acr", "login", "--name", "{registry}", "--subscription", "{subscription}")
SIGN_IN_WHEREVER = (*SIGN_IN_TO_SUBSCRIPTION[:5], WhenKnown(SIGN_IN_TO_SUBSCRIPTION[5:]))
# Where the CLI's own sign-in works, it takes the place of a stored one that does not.

CODES = [
    Code(
        code="AAD_ARM_AUDIENCE_ERROR",
        title="The registry refuses Resource Manager tokens",
        meaning="A registry can be set to accept only Entra tokens that were issued for Azure Container Registry. This "
                "token was issued for Azure Resource Manager. Older tools send such tokens, and so does the Azure CLI "
                "if acr.audience_resource is set that way. The registry's owner can accept such tokens again with `az "
                "acr config authentication-as-arm update --status enabled`.",
        how_found="The registry refuses to exchange a token for Azure Resource Manager (401), and its policy "
                  "azureADAuthenticationAsArmPolicy is disabled. Or the policy is disabled, and --assignee names a "
                  "service that signs in with such tokens: App Service, Azure Functions, Azure Container Apps.",
        message={
            "": ("{where} refuses a token for {audience|(unknown)}: the registry's policy only accepts tokens for "
                 "Azure Container Registry.", SAID),
            "service": "'{service}' signs in with a token for Azure Resource Manager, but the registry's policy only "
                       "accepts tokens for Azure Container Registry."},
        looks_like=("CONNECTIVITY_REFRESH_TOKEN_ERROR: Access to registry '...' was denied. Response code: 401.",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Let the registry accept tokens for Azure Resource Manager again; '{service}' cannot use others.",
                "registryOwner", (("az", "acr", "config", "authentication-as-arm", "update", "--registry",
                                   "{registry}", IN_SUBSCRIPTION, "--status", "enabled"),)),
            Fix("Remove the Azure CLI's setting acr.audience_resource, and AZURE_ACR_AUDIENCE_RESOURCE if that "
                "environment variable is set. Then sign in again.",
                commands=(("az", "config", "unset", "acr.audience_resource"), WhenKnown(SIGN_IN_TO_SUBSCRIPTION))),
        ),
        confused_with={
            "AAD_RESOURCE_NOT_REGISTERED_ERROR": "Entra refused to issue a token for the registry audience.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The token's audience is the registry's, but no role is in force.",
        },
        explains=GENERIC,
        docs=REGISTRY + "container-registry-disable-authentication-as-arm",
    ),
    Code(
        code="CONNECTIVITY_REFRESH_TOKEN_ERROR",
        title="The registry refuses the Entra token",
        meaning="Entra issued a token, but the registry did not exchange it for its own refresh token. A missing role, "
                "a registry in another tenant and a token that the registry does not accept all look the same from "
                "outside. What would tell them apart could not be read.",
        how_found="POST /oauth2/exchange returns a status other than 200, and nothing else in this run explains it. "
                  "For example, role assignments and the registry's tenant cannot be read.",
        message={
            "refused": ("{where} refuses the Entra token of {user_name|this identity} (401).", SAID,
                        "{unseen|}"),
            "no-token": "{where} returned 200, but no refresh token.",
            "odd-status": ("{where} returned {odd_status|nothing} instead of a refresh token.", SAID, "{unseen|}")},
        looks_like=("CONNECTIVITY_REFRESH_TOKEN_ERROR: Access to registry '...' was denied. Response code: 401. Please "
                    "try running 'az login' again to refresh permissions.",
                    "unauthorized: authentication required, visit https://aka.ms/acr/authorization for more "
                    "information."),
        fixes=(
            Fix("Try again. If {where} still returns {odd_status}, open a support request{with_correlation_id|}. The "
                "answer may also come from a proxy or filter in between."),
            # Properties: learn.microsoft.com, container-registry-rbac-built-in-roles-directory-reference.
            Fix("Look up the registry's role assignment mode in the portal, under Properties. Check that {user_name} "
                "has the role '{registry_role}' if the registry uses registry permissions. If it uses ABAC "
                "repository permissions, '{repository_role}' takes its place. After a change, sign in again.",
                "registryOwner", commands=(SIGN_IN,)),
            Fix("Check that the registry is in tenant {tenant}, and that {user_name|this identity} (object id "
                "{object_id}) has a role on it that its role assignment mode honours. After a change, sign in again.",
                "registryOwner", commands=(SIGN_IN,)),
            Fix("Check which tenant the registry is in, and whether this identity has a role on it that its role "
                "assignment mode honours. After a change, sign in again.", "registryOwner",
                commands=(("az", "login"),)),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "Role assignments can be read, and none gives this identity access.",
            "REGISTRY_TENANT_ERROR": "The registry's tenant is known and differs from the token's.",
            "CONNECTIVITY_FORBIDDEN_ERROR": "The registry answers the exchange with 403 DENIED.",
            "CONNECTIVITY_ACCESS_TOKEN_ERROR": "The exchange succeeds, but the next step is refused.",
        },
        docs=HEALTH + "connectivity_refresh_token_error",
    ),
    Code(
        code="CONNECTIVITY_ACCESS_TOKEN_ERROR",
        title="The registry does not grant this access",
        meaning="The registry issued its refresh token, but no access token for it. A missing permission alone does "
                "not cause this: the registry would then issue a token that allows less.",
        how_found="/oauth2/token returns a status other than 200, and nothing else in this run explains it.",
        message={
            "status": ("{where} returned {status|nothing}.", SAID, "{unseen|}"),
            "no-token": ("{where} returned 200, but no readable access token.", SAID, "{unseen|}"),
            "lacking": "The access token for repository '{repository}' does not allow {lacking}. It allows: "
                       "{granted|nothing}.{unseen|}"},
        looks_like=("CONNECTIVITY_ACCESS_TOKEN_ERROR: Access to registry '...' was denied. Response code: 401.",
                    "unauthorized: authentication required"),
        fixes=(
            Fix("Give the token '{limited_token}' a scope map that allows {lacking}. Signing in already works.",
                "registryOwner"),
            Fix("Grant a role that allows {lacking}. Signing in already works.", "registryOwner"),
            Fix("Check that the user name '{given_user_name}' and its secret are still valid, and give out the current "
                "ones.", "registryOwner"),
            Fix("Sign in again for a fresh token. If the error remains, tell the registry's owner of "
                "it{with_correlation_id|}.", commands=(SIGN_IN_TO_SUBSCRIPTION,)),
            Fix("Sign in again for a fresh token. If the error remains, tell the registry's owner of "
                "it{with_correlation_id|}.", commands=(("az", "login"),)),
        ),
        confused_with={
            "CONNECTIVITY_REFRESH_TOKEN_ERROR": "The previous step, the exchange of the Entra token, is refused.",
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "A token is issued, without the requested action.",
            "SCOPE_MAP_ERROR": "A token is issued, but the scope map does not include the action.",
        },
        docs=HEALTH + "connectivity_access_token_error",
    ),
    Code(
        code="CREDENTIAL_USERNAME_ERROR",
        title="The user name does not fit the secret",
        meaning="Each kind of secret has its own user name. For a token from `az acr login --expose-token`, it is "
                "00000000-0000-0000-0000-000000000000. For a service principal's secret, it is the application "
                "(client) id, not the object id. For the admin password, it is the registry's name. A person's Entra "
                "user name and password are never accepted.",
        how_found="The registry refuses the credentials, and the user name is an e-mail address, an object id that "
                  "Entra knows, or not a GUID although the password is a token.",
        message={
            "token": "With a token as the password, the user name must be 00000000-0000-0000-0000-000000000000, not "
                     "'{user_name|?}'.",
            "no-token": "With the user name 00000000-0000-0000-0000-000000000000, the password must be a token, and it "
                        "is not one.",
            "user": "'{user_name|?}' is an Entra user. Registries do not accept users' passwords: users sign in with "
                    "az acr login.",
            "application-object": ("{user_name|?} is an object id ({object_type|object}). The user name must be the "
                                   "application id, {application_id}.", STORED),
            "object": ("{user_name|?} is the object id of a {object_type}. With a client secret, the user name must be "
                       "an application id.", STORED),
            "tokens-unread": "The registry does not accept '{user_name|?}' with this password. It is neither an "
                             "application id nor the registry's admin user, and the registry's tokens cannot be read."},
        looks_like=("unauthorized: Application not registered with AAD.",
                    "unauthorized: aad access token with sp failed client id must be guid"),
        fixes=(
            Fix("Sign in with application (client) id {application_id}. Docker asks for the secret.",
                commands=(("docker", "login", "{login_server}", "--username", "{application_id}"),)),
            Fix("With an application's secret, use its application (client) id as the user name, not the object id of "
                "a {object_type}. Without one, sign in as yourself with Entra, which needs no user name or password.",
                commands=(SIGN_IN_WHEREVER,)),
            Fix("Sign in as yourself with Entra. You need no user name or password for the registry.",
                commands=(SIGN_IN_WHEREVER,)),
            Fix("Use the user name that goes with the secret. Exposed token: 00000000-0000-0000-0000-000000000000. "
                "Service principal's secret: the application (client) id. Admin password: the registry's name. As a "
                "person, use `az acr login` instead."),
        ),
        confused_with={
            "AAD_APPLICATION_NOT_FOUND_ERROR": "The user name is a GUID that the tenant does not know.",
            "TOKEN_NOT_FOUND_ERROR": "The registry's tokens could be listed, and none has this name.",
            "ADMIN_USER_DISABLED_ERROR": "The user name is the registry's name, and the admin user is disabled.",
            "CREDENTIAL_EXPIRED_ERROR": "The password is a token that has expired. Both can be true.",
        },
        explains=GENERIC,
        outlasts_waiting=True,
        docs=AUTHENTICATION,
    ),
    Code(
        code="CREDENTIAL_PASSWORD_ERROR",
        title="The password is wrong",
        meaning="The registry knows the user name, as its admin user or as an enabled repository-scoped token, but "
                "refuses the password. Usually the password was regenerated: the old one stops working a minute later.",
        how_found="The registry refuses the credentials with 401. Azure Resource Manager shows that the admin user is "
                  "enabled, or that the token and one of its passwords are valid.",
        message={
            "other-audience": "The password is a token for {audience}, not for {login_server}.",
            "admin-user": ("The admin user is enabled, but the password is not one of its two current passwords.",
                           STORED, ODDITY),
            "token": ("The token '{user_name|?}' is enabled, but the password is not one of its current passwords.",
                      STORED, ODDITY)},
        looks_like=("unauthorized: authentication required",),
        fixes=(
            AS_IT_IS,
            REPLACE,
            Fix("Sign in as yourself with Entra: `az acr login` gets a token of {token_registry} and gives it to "
                "Docker. Registries take no other tokens as a password.", commands=(SIGN_IN_WHEREVER,)),
            Fix("Use the current password of token {token_name}; {client|docker} asks for it. If it is lost, generate "
                "a new one with `az acr token credential generate`, which shows it only once. Then replace the old one "
                "wherever it is stored.",
                commands=(("{client|docker}", "login", "{login_server}", "--username", "{token_name}"),)),
            Fix("Sign in as yourself with Entra, which needs no password. If the admin user is required, copy its "
                "current password from the portal (Access keys) to where it is stored.",
                commands=(SIGN_IN_TO_SUBSCRIPTION,)),
            Fix("Give out the current password: the admin user's is in the portal under Access keys, a token's can be "
                "regenerated under Tokens. Then replace the stored one.", "registryOwner"),
        ),
        confused_with={
            "TOKEN_PASSWORD_EXPIRED_ERROR": "Every password of the token has expired.",
            "TOKEN_DISABLED_ERROR": "The token is disabled.",
            "ADMIN_USER_DISABLED_ERROR": "The admin user is disabled, so none of its passwords work.",
            "AAD_CLIENT_SECRET_INVALID_ERROR": "The user name is an application id, and Entra refuses its secret.",
        },
        explains=GENERIC,
        outlasts_waiting=True,
        docs=LOGIN,
    ),
    Code(
        code="CREDENTIAL_EXPIRED_ERROR",
        title="The token given as the password has expired",
        meaning="The password is a token, as printed by `az acr login --expose-token`. Such a token lives for about "
                "three hours. It is meant for the next command, not for a secret store.",
        how_found="The password has the form of a JSON web token, and its expiry time has passed.",
        message="The password is a token that expired at {expired_at|an unknown time}.",
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Get a fresh token right before you use it: `az acr login` gives one to Docker. For long-lived access, "
                "use a service principal, a managed identity or a repository-scoped token.",
                commands=(SIGN_IN_WHEREVER,)),
            Fix("Get a fresh token with `az acr login --expose-token` right before you use it. For long-lived access, "
                "use a service principal, a managed identity or a repository-scoped token."),
        ),
        confused_with={
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The expired token is the one stored for the container client.",
            "CLOCK_SKEW_ERROR": "By the servers' Date headers the token is still valid: this machine's clock is wrong.",
            "CREDENTIAL_USERNAME_ERROR": "The token is valid, but the user name is not "
                                         "00000000-0000-0000-0000-000000000000.",
        },
        explains=GENERIC,
        outlasts_waiting=True,
        docs=AUTHENTICATION,
    ),
    Code(
        code="ADMIN_USER_DISABLED_ERROR",
        title="The admin user is disabled",
        meaning="The user name is the registry's name, which stands for its admin user. The admin user is disabled, as "
                "it is by default, and its passwords do not work until it is enabled.",
        how_found="The user name is the registry's name, and Azure Resource Manager shows adminUserEnabled as false.",
        message=("'{user_name|?}' is the registry's admin user, which is disabled.", STORED),
        looks_like=("Unable to get admin user credentials with message: Admin user is disabled.",
                    "unauthorized: Application not registered with AAD."),
        fixes=(
            REPLACE,
            Fix("Sign in as yourself with Entra, which needs no admin user. If the admin user is needed nevertheless, "
                "the registry's owner enables it: `az acr update --name {registry} --admin-enabled true --subscription "
                "{subscription}`. Everyone who has its password then has all rights, and nobody can tell who used it.",
                commands=(("az", "acr", "login", "--name", "{registry_to_sign_in_to}", "--subscription",
                           "{subscription}"),)),
            Fix("Enable the admin user only if the user cannot have a service principal or a repository-scoped token. "
                "Everyone who has the admin password has all rights, and nobody can tell who used it.",
                "registryOwner",
                commands=(("az", "acr", "update", "--name", "{registry}", "--admin-enabled", "true", "--subscription",
                           "{subscription}"),)),
            Fix("Sign in with Entra (`az acr login`), a service principal or a repository-scoped token. If the admin "
                "user is needed nevertheless, the registry's owner enables it in the portal under Access keys."),
        ),
        confused_with={
            "CREDENTIAL_PASSWORD_ERROR": "The admin user is enabled, but the password is not a current one.",
            "CREDENTIAL_USERNAME_ERROR": "The user name is not the registry's name.",
        },
        explains=GENERIC,
        docs=AUTHENTICATION + "#admin-account",
    ),
    Code(
        code="TOKEN_DISABLED_ERROR",
        title="The repository-scoped token is disabled",
        meaning="The registry has a token of this name, but it was disabled. Its passwords do not work until it is "
                "enabled again.",
        how_found="Azure Resource Manager shows the token with the status disabled.",
        message=("The token '{user_name|?}' is disabled.", STORED),
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Enable the token again, unless it was disabled on purpose.", "registryOwner",
                commands=(("az", "acr", "token", "update", "--name", "{token_name}", "--registry", "{registry}",
                           "--status", "enabled", "--subscription", "{subscription}"),)),
            Fix("Enable the token again, or provide another one.", "registryOwner"),
        ),
        confused_with={
            "TOKEN_PASSWORD_EXPIRED_ERROR": "The token is enabled, but all its passwords have expired.",
            "CREDENTIAL_PASSWORD_ERROR": "The token is enabled and has a valid password, but a different one was used.",
        },
        explains=GENERIC + ("TOKEN_PASSWORD_EXPIRED_ERROR", "CREDENTIAL_PASSWORD_ERROR"),
        docs=TOKENS,
    ),
    Code(
        code="TOKEN_PASSWORD_EXPIRED_ERROR",
        title="The token's passwords have expired",
        meaning="A token has up to two passwords, each with its own expiry date. All passwords of this token have "
                "expired, or it has none.",
        how_found="Azure Resource Manager shows the token as enabled, without a valid password.",
        message={
            "expired": ("All passwords of the token '{user_name|?}' have expired, the last at {expired_at}.", STORED),
            "none": ("The token '{user_name|?}' has no password.", STORED)},
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Generate a new password for token {token_name}, valid for 90 days. The command does not show it, but "
                "writes it to the file token-password.txt in the current folder, which only you can read. Copy it to "
                "the secret store that the sign-in uses, then delete the file.", "registryOwner",
                commands=(("az", "acr", "token", "credential", "generate", "--name", "{token_name}", "--registry",
                           "{registry}", "--subscription", "{subscription}", "--password1", "--expiration-in-days",
                           "90", "--query", "passwords[0].value", "--output", "tsv"),),
                secret_file="token-password.txt"),
            Fix("Generate a new password for the token, and replace the old one wherever it is "
                "stored.", "registryOwner"),
        ),
        confused_with={
            "CREDENTIAL_PASSWORD_ERROR": "The token has a valid password, but a different one was used.",
            "TOKEN_DISABLED_ERROR": "The token is disabled.",
            "CREDENTIAL_EXPIRED_ERROR": "The password is an exposed Entra-based token, not a password of a "
                                        "repository-scoped token.",
        },
        explains=GENERIC + ("CREDENTIAL_PASSWORD_ERROR",),
        docs=TOKENS + "#regenerate-token-passwords",
    ),
    Code(
        code="TOKEN_NOT_FOUND_ERROR",
        title="The registry has no token of this name",
        meaning="The user name is neither an application id nor the registry's name, so it can only be the name of a "
                "repository-scoped token. The registry has no token of that name: it is misspelt, deleted, or belongs "
                "to another registry.",
        how_found="The registry's tokens could be listed, and none has that name.",
        message=("The registry has no token named '{user_name|?}'.", STORED),
        looks_like=("unauthorized: Application not registered with AAD.", "unauthorized: authentication required"),
        fixes=(
            REPLACE,
            Fix("Use the name of an existing token. This command lists the registry's tokens, without their passwords.",
                "registryOwner",
                commands=(("az", "acr", "token", "list", "--registry", "{registry}", "--subscription",
                           "{subscription}", "--query", "[].name", "--output", "tsv"),)),
            Fix("Provide the name of an existing token.", "registryOwner"),
        ),
        confused_with={
            "CREDENTIAL_USERNAME_ERROR": "The tokens could not be listed, or the user name is an e-mail address.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "The user name is a GUID.",
        },
        explains=GENERIC,
        docs=TOKENS,
    ),
]
