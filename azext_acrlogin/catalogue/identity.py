# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about who signs in: the CLI's login and what Microsoft Entra ID says of it."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import CLI_LOGIN, ENTRA_CODES, NO_TOKEN, REGISTRY, SAID, TOKEN_REFUSED, TRUST

REGISTRY_SCOPE = "https://containerregistry.azure.net/.default"
IN_TENANT = WhenKnown(("--tenant", "{tenant}"))

CODES = [
    Code(
        code="LOGIN_REQUIRED_ERROR",
        title="The Azure CLI has no login",
        meaning="Signing in to a registry as yourself starts from the Azure CLI's own login, and in this environment "
                "there is none. Each operating system user, and each AZURE_CONFIG_DIR, has a login of its own: `sudo`, "
                "a service, a container and a pipeline step do not see the one of your terminal.",
        how_found="The CLI's profile holds no account for the active cloud, or the account's entry in the token cache "
                  "is gone. No request is made for this.",
        message={
            "nobody": "Nobody is signed in to the Azure CLI in this environment, so there is no identity to sign in "
                      "with.",
            "signed-out": "The Azure CLI holds no usable login for '{user_name|?}': {said}"},
        looks_like=("Please run 'az login' to setup account.",
                    "Unable to get AAD authorization tokens with message: Please run 'az login' to setup account.",
                    "User '...' does not exist in MSAL token cache. Run `az login`."),
        fixes=(
            Fix("Sign in to tenant {tenant} again as application {application_id}, as the operating system user that "
                "runs the failing command; the command asks for the secret.",
                commands=(("az", "login", "--service-principal", "--username", "{application_id}", "--tenant",
                           "{tenant}"),)),
            Fix("Sign in to tenant {tenant} again, as the operating system user that runs the failing command.",
                commands=(("az", "login", "--tenant", "{tenant}"),)),
            Fix("Sign in, as the operating system user and with the AZURE_CONFIG_DIR that the failing command runs "
                "with. In a pipeline, sign in with a service principal or a managed identity instead.",
                commands=(("az", "login"),)),
        ),
        confused_with={
            "AAD_SESSION_EXPIRED_ERROR": "There is an account in the profile, and Entra refuses to renew its tokens.",
            "CLIENT_ENVIRONMENT_WARNING": "Accompanies this code when SUDO_USER shows that the invoking user is the "
                                          "one who is signed in.",
        },
        docs=CLI_LOGIN,
    ),
    Code(
        code="AAD_SESSION_EXPIRED_ERROR",
        title="The login's session has expired or was revoked",
        meaning="The Azure CLI keeps a refresh token from its last interactive sign-in and exchanges it for new "
                "tokens. Entra no longer accepts it: it was unused for too long, the sign-in frequency of a policy has "
                "passed, the password was changed, or somebody revoked the sessions. Cached tokens for Resource "
                "Manager can go on working for a while, so other az commands may still succeed.",
        how_found="Entra answers the request for a registry token with one of the numbers for expired or revoked "
                  "grants, such as AADSTS700082, 50173 or 70043.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS700082: The refresh token has expired due to inactivity.",
                    "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is "
                    "needed.",
                    "AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by "
                    "conditional access."),
        fixes=(
            Fix("Sign in again.", commands=(("az", "login", IN_TENANT),)),
        ),
        confused_with={
            "AAD_CONDITIONAL_ACCESS_ERROR": "A policy wants something more than a fresh sign-in, such as multifactor "
                                            "authentication or a managed device (AADSTS50076, 53003).",
            "AAD_ACCOUNT_ERROR": "Signing in again fails, too: the account itself is disabled or locked.",
            "CLOCK_SKEW_ERROR": "The servers' Date headers differ from this machine's clock by more than 5 minutes.",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_CONDITIONAL_ACCESS_ERROR",
        title="A Conditional Access policy blocks this",
        meaning="The tenant has a policy that applies to this account and to Azure Container Registry, and this "
                "sign-in does not meet it: multifactor authentication, a compliant or joined device, an allowed place "
                "or network, or a restriction of tenants. A policy can apply to the registry alone, so that Resource "
                "Manager works and only the registry's token is refused.",
        how_found="Entra answers the request for a registry token with a number of the conditional access family "
                  "(AADSTS50076, 50079, 53000 to 53999, 530003 and others) or with such a sub-error.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a "
                    "new location, you must use multi-factor authentication to access ...",
                    "AADSTS53003: Access has been blocked by Conditional Access policies."),
        fixes=(
            Fix("Sign in interactively for the registry, so that Entra can ask for what the policy wants. If that is "
                "refused, too, use a device and a network that the policy allows, or ask the tenant's administrator to "
                "look up this sign-in under Sign-in logs > Conditional access.",
                commands=(("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE),)),
        ),
        confused_with={
            "AAD_SESSION_EXPIRED_ERROR": "A plain new sign-in is enough (AADSTS700082, 50173, 70043).",
            "AAD_ACCOUNT_ERROR": "The number speaks of the account's own state: disabled, locked, not in this tenant.",
            "AAD_CONSENT_ERROR": "AADSTS50105 or 65001: the account is not assigned to the application, or consent is "
                                 "missing.",
        },
        docs=REGISTRY + "container-registry-configure-conditional-access",
    ),
    Code(
        code="AAD_CLIENT_SECRET_EXPIRED_ERROR",
        title="The secret or certificate has expired",
        meaning="The application proves who it is with a client secret or a certificate, and the one in use has passed "
                "its end date. Application and role assignments are untouched: a new credential is all that is "
                "missing, everywhere the old one is stored.",
        how_found="Entra answers with AADSTS7000222, or the stored certificate's own end date has passed.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS7000222: The provided client secret keys for app '...' are expired.",
                    "unauthorized: Invalid clientid or client secret."),
        fixes=(
            Fix("Give application {application_id} a new client secret, as one who may change it; the ones that exist "
                "stay. The command shows it nowhere: it writes it to the file client-secret.txt in the current folder, "
                "which you alone can read. Put it into the secret store that the sign-in to {login_server} reads, then "
                "delete the file.", "serviceOwner",
                commands=(("az", "ad", "sp", "credential", "reset", "--id", "{application_id}", "--append", "--query",
                           "password", "--output", "tsv"),), secret_file="client-secret.txt"),
            Fix("Give application {application_id} a new credential, as one who may change it. The command makes a "
                "certificate, keeps the credentials that exist, and prints the path of the file with the certificate "
                "and its key; `az login --service-principal` takes that file as --certificate. Where it must be a "
                "secret, create one in the Azure portal (App registrations > Certificates & secrets) and put its value "
                "straight into the secret store that the sign-in reads.", "serviceOwner",
                commands=(("az", "ad", "sp", "credential", "reset", "--id", "{application_id}", "--append",
                           "--create-cert", "--query", "fileWithCertAndPrivateKey", "--output", "tsv"),)),
            Fix("Create a new client secret or certificate for the application in the Azure portal (App registrations "
                "> "
                "Certificates & secrets) and replace the old one wherever the sign-in takes it from.", "serviceOwner"),
        ),
        confused_with={
            "AAD_CLIENT_SECRET_INVALID_ERROR": "AADSTS7000215: the secret is wrong, whatever its end date.",
            "AAD_CLIENT_ASSERTION_ERROR": "No secret is used: the sign-in is federated, and the assertion is too old.",
            "CLOCK_SKEW_ERROR": "This machine's clock is off, so that a certificate's assertion is not valid yet or no "
                                "longer.",
        },
        docs=REGISTRY + "container-registry-auth-service-principal",
    ),
    Code(
        code="AAD_CLIENT_SECRET_INVALID_ERROR",
        title="The secret or certificate is wrong",
        meaning="Entra knows the application and does not accept what it proves itself with. Common are the secret's "
                "id instead of its value, a value cut short or changed by a shell, the secret of another application, "
                "and a certificate that the application does not list.",
        how_found="Entra answers with AADSTS7000215, 70002, 700027 or a related number.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the "
                    "client secret value, not the client secret ID ...",
                    "unauthorized: Invalid clientid or client secret."),
        fixes=(
            Fix("Add the certificate that this login uses to application {certificate_application} in the Azure portal "
                "(App registrations > Certificates & secrets), or sign in with one that it lists: `az login "
                "--service-principal --certificate`.", "serviceOwner"),
            Fix("Sign in with the value of application {application_id}'s secret, not with its id; docker asks for it. "
                "If the value is lost, create a new secret in the Azure portal (App registrations > Certificates & "
                "secrets).", "serviceOwner",
                commands=(("docker", "login", "{login_server}", "--username", "{application_id}"),)),
            Fix("Sign in again with the value of application {application_id}'s secret, not with its id; the command "
                "asks for it. If the value is lost, create a new secret in the Azure portal (App registrations > "
                "Certificates & secrets).", "serviceOwner",
                commands=(("az", "login", "--service-principal", "--username", "{application_id}", "--tenant",
                           "{tenant}"),)),
            Fix("Use the value of the application's secret, not its id, and quote it where a shell reads it. If the "
                "value is lost, create a new secret in the Azure portal (App registrations > Certificates & secrets).",
                "serviceOwner"),
        ),
        confused_with={
            "AAD_CLIENT_SECRET_EXPIRED_ERROR": "AADSTS7000222: the secret was right once and has passed its end date.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "AADSTS700016: the tenant does not know the application at all.",
            "CREDENTIAL_PASSWORD_ERROR": "The user name is the admin user or a repository-scoped token, which Entra "
                                         "knows nothing of.",
        },
        docs=REGISTRY + "container-registry-auth-service-principal",
    ),
    Code(
        code="AAD_CLIENT_ASSERTION_ERROR",
        title="The federated assertion is not accepted",
        meaning="A workload without a secret (GitHub Actions, Azure Pipelines, a Kubernetes workload identity) hands "
                "Entra a token of its own issuer. Entra refuses it: the Azure CLI stores it once at `az login` and "
                "sends it again for every new resource, and it lives a few minutes only; or issuer, subject and "
                "audience match none of the application's federated credentials.",
        how_found="Entra answers with AADSTS700024 (outside its validity) or 70021, 700211, 700212, 700213 (no "
                  "matching federated credential), while this machine's clock is right.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS700024: Client assertion is not within its valid time range.",
                    "AADSTS700213: No matching federated identity record found for presented assertion subject ...",
                    "AADSTS70021: No matching federated identity record found for presented assertion."),
        fixes=(
            Fix("Let the pipeline sign in right before it needs the registry, and refresh the login when a job runs "
                "longer than its assertion lives. If no federated credential matches, compare issuer, subject and "
                "audience of those of application {application_id} with the assertion's, letter by letter.",
                "serviceOwner",
                commands=(("az", "ad", "app", "federated-credential", "list", "--id", "{application_id}"),)),
            Fix("Let the pipeline sign in right before it needs the registry, and make issuer, subject and audience of "
                "the application's federated credential equal to those of the assertion.", "serviceOwner"),
        ),
        confused_with={
            "CLOCK_SKEW_ERROR": "The servers' Date headers show that this machine's clock is off; then a fresh "
                                "assertion is refused, too.",
            "AAD_CLIENT_SECRET_INVALID_ERROR": "The sign-in uses a secret or a certificate (AADSTS7000215, 700027).",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_APPLICATION_NOT_FOUND_ERROR",
        title="The tenant does not know the application",
        meaning="The user name is read as an application (client) id, and the tenant has no application or service "
                "principal of that id: it was deleted, belongs to another tenant, or the id is misspelt.",
        how_found="Entra answers with AADSTS700016 for the CLI's own service principal, or Microsoft Graph finds "
                  "neither an application nor an object of the GUID given with --username or --assignee.",
        message={
            "refused": TOKEN_REFUSED,
            "no-object": "The directory of tenant {tenant|(unknown)} knows {application_id} neither as an object id "
                         "nor as an application id."},
        looks_like=("AADSTS700016: Application with identifier '...' was not found in the directory '...'.",
                    "unauthorized: Application not registered with AAD."),
        fixes=(
            Fix("Ask the service's owner for the application (client) id that exists in the registry's tenant; this "
                "command shows whether the tenant of the current login knows {application_id}.", "serviceOwner",
                commands=(("az", "ad", "sp", "show", "--id", "{application_id}", "--query", "displayName"),)),
            Fix("Use the application (client) id of a service principal in the registry's tenant.", "serviceOwner"),
        ),
        confused_with={
            "CREDENTIAL_USERNAME_ERROR": "The GUID is known in the tenant, but as an object id.",
            "AAD_TENANT_NOT_FOUND_ERROR": "AADSTS90002: the tenant itself does not exist.",
            "ADMIN_USER_DISABLED_ERROR": "The user name is the registry's own name.",
            "TOKEN_NOT_FOUND_ERROR": "The user name is no GUID; it was meant as the name of a repository-scoped token.",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_TENANT_NOT_FOUND_ERROR",
        title="There is no such tenant",
        meaning="The login names a tenant that Entra does not know in the active cloud: it was deleted, is misspelt, "
                "or exists in another cloud.",
        how_found="Entra answers with AADSTS90002, 900023, 50128 or 50059.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS90002: Tenant '...' not found. Check to make sure you have the correct tenant ID and are "
                    "signing into the correct cloud.",),
        fixes=(
            Fix("Sign in to the tenant that the registry's subscription belongs to; the portal shows its id under "
                "Microsoft Entra ID > Overview. The current login's, {tenant|which the message names}, does not exist.",
                commands=(("az", "login"),)),
        ),
        confused_with={
            "REGISTRY_CLOUD_ERROR": "AADSTS90038 or 900432 says that the tenant lives in another cloud, or the login "
                                    "server's suffix is another cloud's.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "The tenant exists, the application in it does not (AADSTS700016).",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_RESOURCE_NOT_REGISTERED_ERROR",
        title="No registry tokens in this tenant",
        meaning="The token for a registry is asked for with the audience https://containerregistry.azure.net. Entra "
                "refuses because the tenant has no service principal for that resource, or, in disconnected "
                "environments, because it does not know the resource at all. Tokens for Resource Manager are not "
                "affected.",
        how_found="Entra answers with AADSTS500011, 650052, 650057 or 50001 to the request with the registry audience.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS500011: The resource principal named https://containerregistry.azure.net was not found in "
                    "the tenant named ...",
                    "AADSTS650052: The app is trying to access a service '...' that your organization lacks a service "
                    "principal for."),
        fixes=(
            Fix("The Azure CLI is told to ask for {pinned_audience} instead of Azure Container Registry: remove the "
                "setting acr.audience_resource, and the environment variable AZURE_ACR_AUDIENCE_RESOURCE, which comes "
                "before it.", commands=(("az", "config", "unset", "acr.audience_resource"),)),
            Fix("Make sure that the login is for the right tenant; this one is {tenant}. If it is, an administrator "
                "adds the service principal of Azure Container Registry to it: registering the resource provider in a "
                "subscription of the tenant does that. For a minute after that the Azure CLI repeats Entra's old "
                "refusal from its cache.", "tenantAdministrator",
                commands=(("az", "provider", "register", "--namespace", "Microsoft.ContainerRegistry"),)),
            Fix("Sign in to the right tenant, or let an administrator add the service principal of Azure Container "
                "Registry to this one. Where the cloud has no such resource, as on disconnected Azure Local, `az "
                "config "
                "set acr.audience_resource` names the audience to use instead.", "tenantAdministrator"),
        ),
        confused_with={
            "AAD_ARM_AUDIENCE_ERROR": "Entra issued a token, for Resource Manager, and the registry refused it.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "The client is unknown, not the resource: AADSTS700016, or the "
                                               "registry's message 'Application not registered with AAD'.",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_ACCOUNT_ERROR",
        title="The account cannot sign in to this tenant or registry",
        meaning="The account itself stands in the way: it is disabled, deleted or locked, its password has expired, it "
                "is not a guest of the tenant, or the application is disabled. Registries also refuse personal "
                "Microsoft accounts (outlook.com, live.com) even where Entra issues them a token and roles fit.",
        how_found="Entra answers with a number about the account's state (AADSTS50020, 50034, 50053, 50055, 50057, "
                  "7000112 and others); the registry refuses a token whose identity provider is live.com; or the "
                  "directory shows the user or application given with --assignee as disabled, or no such user.",
        message={
            "refused": TOKEN_REFUSED,
            "no-user": "The directory of tenant {tenant|(unknown)} has no user '{user_name|?}'.",
            "disabled": "'{assignee|?}' (object id {object_id|unknown}) is disabled in the directory of tenant "
                        "{tenant|(unknown)}.",
            "personal": ("{where} refuses a personal Microsoft account (the token's identity provider is live.com); "
                         "registries accept work, school and application identities only.", SAID)},
        looks_like=("AADSTS50057: The user account is disabled.",
                    "AADSTS50020: User account '...' from identity provider 'live.com' does not exist in tenant '...' "
                    "and cannot access the application '...' in that tenant.",
                    "AADSTS7000112: Application '...' is disabled."),
        fixes=(
            Fix("Somebody who administers the tenant's users enables user {disabled_user} again.",
                "tenantAdministrator",
                commands=(("az", "ad", "user", "update", "--id", "{disabled_user}", "--account-enabled", "true"),)),
            Fix("Somebody who administers the tenant's applications enables {disabled_principal} again.",
                "tenantAdministrator",
                commands=(("az", "ad", "sp", "update", "--id", "{disabled_principal}", "--set",
                           "accountEnabled=true"),)),
            Fix("Ask an administrator of tenant {tenant} to enable or unlock {user_name}, to reset its password, or to "
                "invite it as a guest. A personal Microsoft account cannot be used: sign in with a work or school "
                "account.", "tenantAdministrator",
                commands=(("az", "login", "--tenant", "{tenant}"),)),
            Fix("Sign in with a work or school account that is enabled and a member or guest of the registry's tenant; "
                "the tenant's administrator can enable, unlock or invite it.", "tenantAdministrator",
                commands=(("az", "login"),)),
        ),
        confused_with={
            "REGISTRY_TENANT_ERROR": "Entra issues the token, and the registry refuses it because it trusts another "
                                     "tenant.",
            "AAD_CONSENT_ERROR": "AADSTS50105, 65001, 65004 or 9009x: assignment or consent is missing, the account is "
                                 "in order.",
            "AAD_SESSION_EXPIRED_ERROR": "Signing in again is enough.",
            "AAD_CONDITIONAL_ACCESS_ERROR": "A policy blocks this sign-in; the account is in order.",
        },
        explains=("CONNECTIVITY_REFRESH_TOKEN_ERROR",),
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_CONSENT_ERROR",
        title="Consent or an app assignment is missing",
        meaning="The tenant allows an application only to those assigned to it, or only after consent, and that has "
                "not happened for this account. It concerns the application that asks for the token or the Azure "
                "Container Registry application itself, not a role on the registry.",
        how_found="Entra answers with AADSTS50105, 65001, 65004, 90094, 90095 or a related number.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS50105: Your administrator has configured the application ... to block users unless they are "
                    "specifically granted ('assigned') access to the application.",
                    "AADSTS65001: The user or administrator has not consented to use the application ..."),
        fixes=(
            Fix("Ask the tenant's administrator to assign the account to the application that the message names "
                "(Enterprise applications > Users and groups) or to grant consent, then sign in for the registry "
                "again.", "tenantAdministrator",
                commands=(("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE),)),
        ),
        confused_with={
            "AAD_ACCOUNT_ERROR": "The number is about the account's state (500xx), not about an assignment.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "Entra issues the token; it is the registry that grants nothing.",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_MANAGED_IDENTITY_ERROR",
        title="The managed identity gives no token",
        meaning="On an Azure machine or service the identity's endpoint hands out tokens. It cannot be reached from "
                "here (a container, a proxy, a machine outside Azure), does not know the identity because it was "
                "removed, or has several user-assigned identities and needs one to be named.",
        how_found="The identity endpoint answers with an error or not at all when it is asked for a registry token; or "
                  "the resource given with --assignee has no identity, or several of which none is named.",
        message={
            "refused": TOKEN_REFUSED,
            "no-answer": NO_TOKEN,
            "no-identity": "'{resource|?}' ({resource_type}) has no managed identity.",
            "several-identities": "'{resource|?}' ({resource_type}) has several user-assigned identities, and nothing "
                                  "says which of them pulls.",
            "not-attached": "'{resource|?}' ({resource_type}) is set to pull with an identity that is not assigned to "
                            "it."},
        looks_like=("ManagedIdentityError / Identity not found",
                    "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity "
                    "in the token request",
                    "Failed to establish a new connection: http://169.254.169.254/metadata/identity/oauth2/token"),
        fixes=(
            Fix("Assign the identity with client id {identity_client_id} to this machine or service again (in the "
                "portal under Identity > User assigned), then sign in with it.", "serviceOwner",
                commands=(("az", "login", "--identity", "--client-id", "{identity_client_id}"),)),
            Fix("Give the resource an identity of its own; the role that it needs on the registry is the next step.",
                "serviceOwner", commands=(
                    WhenKnown(("az", "vm", "identity", "assign", "--ids", "{virtual_machine}")),
                    WhenKnown(("az", "webapp", "identity", "assign", "--ids", "{web_app}")))),
            Fix("See under Identity in the portal which identities '{resource}' has. With none, switch one on; with "
                "several, name in the resource's own settings the one that pulls.", "serviceOwner"),
            Fix("See under Identity in the portal which identities this machine or service has. With one, sign in; "
                "with several, name one with `az login --identity --client-id`; with none, switch one on. Behind a "
                "proxy, "
                "NO_PROXY must hold 169.254.169.254.", "serviceOwner",
                commands=(("az", "login", "--identity"),)),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The identity gets its token, and the registry grants it nothing.",
            "KUBELET_IDENTITY_ERROR": "It is the identity of an AKS cluster's nodes that is missing, not this "
                                      "machine's.",
            "LOGIN_REQUIRED_ERROR": "The CLI was never signed in with the identity.",
        },
        docs=REGISTRY + "container-registry-authentication-managed-identity",
    ),
    Code(
        code="AAD_CONNECTIVITY_ERROR",
        title="The Entra sign-in endpoint cannot be reached",
        meaning="Before the registry is asked for anything, a token comes from login.microsoftonline.com or the "
                "sign-in host of another cloud. That host does not resolve or does not answer from here, while the "
                "registry's does.",
        how_found="The request for a token ends without an HTTP answer, and the registry itself can be reached.",
        message=NO_TOKEN,
        looks_like=("HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded",
                    "Failed to resolve 'login.microsoftonline.com'"),
        fixes=(
            TRUST,
            Fix("Allow this machine to reach {host} on port 443, and let it resolve that name.",
                "networkAdministrator", commands=(("nslookup", "{host}"),)),
            Fix("Allow this machine to reach the sign-in endpoint (login.microsoftonline.com in the public cloud) on "
                "port 443, directly or through the proxy that HTTPS_PROXY names.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_DNS_ERROR": "The registry's own name does not resolve either: then the whole way out is "
                                      "broken.",
            "PROXY_ERROR": "A proxy is configured, and it is the proxy that fails or refuses.",
            "AAD_TOKEN_ERROR": "Entra does answer, with a refusal.",
        },
        docs=CLI_LOGIN,
    ),
    Code(
        code="AAD_TOKEN_ERROR",
        title="Entra refuses to issue a token",
        meaning="Entra answered the request for a registry token with an error that no other code stands for. Its own "
                "number and text are given with it; Microsoft explains each number on a page of its own.",
        how_found="Entra answers with an error, and its number, sub-error and OAuth error are none of those that have "
                  "a code of their own.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS90033: A transient error has occurred. Please try again.",),
        fixes=(
            Fix("Look up the AADSTS number at https://login.microsoftonline.com/error, and sign in again if it is "
                "about this login. If it persists, give the tenant's administrator the correlation id.",
                commands=(("az", "login", IN_TENANT),)),
        ),
        confused_with={
            "CONNECTIVITY_REFRESH_TOKEN_ERROR": "Entra issues the token, and the registry refuses to exchange it.",
            "AAD_CONNECTIVITY_ERROR": "Entra does not answer at all.",
        },
        docs=ENTRA_CODES,
    ),
]
