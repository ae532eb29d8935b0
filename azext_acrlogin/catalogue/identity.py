# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about who signs in: the CLI's login and what Microsoft Entra ID says of it."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import (
    AS_IT_IS, CLI_LOGIN, ENTRA_CODES, NO_TOKEN, ODDITY, REGISTRY, REPLACE, SECURE, STORED, TOKEN_REFUSED)

REGISTRY_SCOPE = "https://containerregistry.azure.net/.default"
IN_TENANT = WhenKnown(("--tenant", "{tenant}"))
OF_TASK_REGISTRY = ("--registry", "{task_registry}", "--subscription", "{task_subscription}")
TASK_UPDATE = ("az", "acr", "task", "update", "--name", "{task}", *OF_TASK_REGISTRY)

CODES = [
    Code(
        code="LOGIN_REQUIRED_ERROR",
        title="You are not signed in to the Azure CLI",
        meaning="`az acr login` uses the Azure CLI's login, and nobody is signed in to the Azure CLI in this "
                "environment. Each operating system user, and each AZURE_CONFIG_DIR, has its own login: `sudo`, a "
                "service, a container and a pipeline step do not see your terminal's.",
        how_found="The CLI's profile has no account for the active cloud, or the account's entry in the token cache is "
                  "missing. No request is made.",
        message={
            "nobody": "You are not signed in to the Azure CLI in this environment.",
            "signed-out": "The Azure CLI has no usable login for '{user_name|?}': {said}"},
        looks_like=("Please run 'az login' to setup account.",
                    "Unable to get AAD authorization tokens with message: Please run 'az login' to setup account.",
                    "User '...' does not exist in MSAL token cache. Run `az login`."),
        fixes=(
            Fix("Run it as {signed_in_user}, without sudo. {signed_in_user} is signed in to the Azure CLI; root, "
                "which sudo "
                "makes you, is not."),
            Fix("Sign in to tenant {tenant} again as application {application_id}, as the operating system user that "
                "runs the failing command. The command asks for the secret.",
                commands=(("az", "login", "--service-principal", "--username", "{application_id}", "--tenant",
                           "{tenant}"),)),
            Fix("Sign in to tenant {tenant} again, as the operating system user that runs the failing command.",
                commands=(("az", "login", "--tenant", "{tenant}"),)),
            Fix("Sign in to the Azure CLI, as the operating system user that runs the failing command.",
                commands=(("az", "login"),)),
        ),
        confused_with={
            "AAD_SESSION_EXPIRED_ERROR": "The profile has an account, but Entra refuses to renew its tokens.",
            "CLI_SIGN_IN_FILES_ERROR": "There is a sign-in, but the Azure CLI cannot use its files.",
            "CLIENT_ENVIRONMENT_WARNING": "Reported with this code if SUDO_USER shows that the user who called sudo is "
                                          "signed in.",
        },
        outlasts_waiting=True,
        docs=CLI_LOGIN,
    ),
    Code(
        code="CLI_SIGN_IN_FILES_ERROR",
        title="The Azure CLI cannot use its sign-in files",
        meaning="The Azure CLI keeps its sign-in in files in its configuration folder, usually ~/.azure: the list of "
                "subscriptions, the token cache, and the credentials of service principals. One of these files, or the "
                "certificate that a service principal signs in with, is damaged, missing, locked, or not accessible to "
                "this user. `sudo az login` leaves files that belong to root. Windows can only decrypt the files for "
                "the user, and on the computer, that wrote them. No network or server is at fault.",
        how_found="The Azure CLI fails before it sends a request, and the file that it needs cannot be read, written, "
                  "decrypted or understood.",
        message={
            "unreadable": "The Azure CLI cannot read {sign_in_file}: access is denied.",
            "unwritable": "The Azure CLI cannot write to {sign_in_file}: access is denied.",
            "damaged": "The Azure CLI cannot use {sign_in_file}: its content is damaged.",
            "locked": "Another process has locked the Azure CLI's sign-in files ({sign_in_file}).",
            "undecryptable": "The Azure CLI cannot decrypt {sign_in_file} as this user on this computer.",
            "noEncryption": "The Azure CLI is set to encrypt {sign_in_file}, but this system's key store is not "
                            "available to it.",
            "missing": "The certificate {sign_in_file}, with which '{user_name|?}' signs in, does not exist.",
            "notACertificate": "{sign_in_file}, with which '{user_name|?}' signs in, is not a PEM file with a "
                               "certificate and its private key."},
        looks_like=("PermissionError: [Errno 13] Permission denied: '/home/.../.azure/msal_token_cache.json'",
                    "Decryption failed: [WinError -2146893813] Key not valid for use in specified state.",
                    "Can't decrypt the token cache: PersistenceDecryptionError"),
        fixes=(
            Fix("Give the Azure CLI's configuration folder back to {local_user}. A command that ran with sudo left "
                "files in it that belong to another user.",
                commands=(("sudo", "chown", "-R", "{local_user}", "{closed_folder}"),)),
            Fix("Let {local_user} read and write {closed_file}.", commands=(("chmod", "u+rw", "{closed_file}"),)),
            Fix("Delete {damaged_file} and sign in again as application {application_id}. The command asks for the "
                "secret. Other sign-ins in the file are lost.",
                commands=(("rm", "{damaged_file}"),
                          ("az", "login", "--service-principal", "--username", "{application_id}", IN_TENANT))),
            Fix("Delete {damaged_file} and sign in again. Other sign-ins in the file are lost.",
                commands=(("rm", "{damaged_file}"), ("az", "login", IN_TENANT))),
            Fix("Wait until the other az command has ended, then try again. If no other az command is running, delete "
                "{lock_file}."),
            Fix("Let the Azure CLI keep its sign-in unencrypted, as it does by default on this system, and sign in "
                "again.", commands=(("az", "config", "unset", "{encryption_setting}"), ("az", "login", IN_TENANT))),
            Fix("Put the PEM file with the certificate and private key of application {application_id} at "
                "{certificate_path}, where this sign-in expects it."),
            Fix("Let the user that runs the Azure CLI read {sign_in_file|the files of the sign-in}."),
        ),
        confused_with={
            "AAD_CONNECTIVITY_ERROR": "The request leaves this machine, and the sign-in endpoint does not answer.",
            "LOGIN_REQUIRED_ERROR": "The files can be read, but contain no sign-in.",
            "AAD_CLIENT_SECRET_INVALID_ERROR": "The certificate can be read, but Entra does not accept it.",
        },
        outlasts_waiting=True,
        docs=CLI_LOGIN,
    ),
    Code(
        code="CLI_SUBSCRIPTION_ERROR",
        title="The Azure CLI has no such subscription",
        meaning="The Azure CLI works with one subscription of its sign-in: the one named with --subscription, "
                "otherwise the default one. It finds neither, so commands such as `az acr login` fail before they "
                "contact the registry.",
        how_found="The CLI's profile has subscriptions, but none with the name or id that --subscription gives, or "
                  "none that is marked as the default. No request is made.",
        message={
            "unknown": "The sign-in of the Azure CLI has no subscription '{asked_subscription|?}'.",
            "repeated": "The Azure CLI's list of subscriptions has '{repeated_subscription}' more than once, so it "
                        "uses none of them.",
            "no-default": "The Azure CLI is signed in, but not exactly one subscription is set as the default."},
        looks_like=("Subscription '...' not recognized.",
                    "Subscription '...' not found. Check the spelling and casing and try again.",
                    "No subscription found. Run 'az account set' to select a subscription."),
        fixes=(
            Fix("Name one of the listed subscriptions with --subscription. If '{asked_subscription}' is missing from "
                "the list, sign in to the tenant of that subscription with `az login --tenant`.",
                commands=(("az", "account", "list", "--query", "[].{Name:name, Id:id, Tenant:tenantId}", "--output",
                           "table"),)),
            Fix("Sign in again. This replaces the repeated entries of subscription {repeated_subscription}.",
                commands=(("az", "login"),)),
            Fix("Set subscription '{first_subscription}' as the default.",
                commands=(("az", "account", "set", "--subscription", "{first_subscription_id}"),)),
            Fix("Set one of the listed subscriptions as the default, with `az account set --subscription`.",
                commands=(("az", "account", "list", "--output", "table"),)),
        ),
        confused_with={
            "LOGIN_REQUIRED_ERROR": "Nobody is signed in to the Azure CLI.",
            "REGISTRY_SUBSCRIPTION_WARNING": "The subscription exists, but the registry is in another one.",
        },
        outlasts_waiting=True,
        docs="https://learn.microsoft.com/cli/azure/manage-azure-subscriptions-azure-cli",
    ),
    Code(
        code="AAD_SESSION_EXPIRED_ERROR",
        title="Your sign-in has expired or was revoked",
        meaning="The Azure CLI keeps a refresh token from its last interactive sign-in and exchanges it for new "
                "tokens. Entra no longer accepts it: it was unused for too long, a policy's sign-in frequency has "
                "passed, the password was changed, or the sessions were revoked. Cached tokens for Azure Resource "
                "Manager can work for a while longer, so other az commands may still succeed.",
        how_found="Entra answers the request for a registry token with an error for expired or revoked grants, such as "
                  "AADSTS700082, 50173 or 70043.",
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
            "AAD_CONDITIONAL_ACCESS_ERROR": "A policy requires more than a fresh sign-in, such as multifactor "
                                            "authentication or a managed device (AADSTS50076, 53003).",
            "AAD_ACCOUNT_ERROR": "Signing in again fails, too: the account is disabled or locked.",
            "CLOCK_SKEW_ERROR": "The servers' Date headers differ from this machine's clock by more than 5 minutes.",
        },
        outlasts_waiting=True,
        explains=("ARM_TOKEN_REFUSED_WARNING",),
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_CONDITIONAL_ACCESS_ERROR",
        title="Blocked by Conditional Access",
        meaning="A policy of the tenant applies to this account and to Azure Container Registry, and this sign-in does "
                "not meet it. It may require multifactor authentication, a compliant or joined device, an allowed "
                "location or network, or restrict tenants. A policy can apply to the registry alone: then Azure "
                "Resource Manager works and only the registry's token is refused.",
        how_found="Entra answers the request for a registry token with a Conditional Access error (AADSTS50076, 50079, "
                  "53000 to 53999, 530003 and others) or sub-error.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a "
                    "new location, you must use multi-factor authentication to access ...",
                    "AADSTS53003: Access has been blocked by Conditional Access policies."),
        fixes=(
            Fix("Allow tenant {restricted_tenant} in the proxy that sets the header Restrict-Access-To-Tenants on this "
                "network.", "networkAdministrator"),
            Fix("In tenant {inbound_tenant}, allow {user_name} under External Identities > Cross-tenant access "
                "settings > Inbound access.", "tenantAdministrator"),
            Fix("In the home tenant of {outbound_user}, allow access to tenant {tenant} under External Identities > "
                "Cross-tenant access settings > Outbound access.", "tenantAdministrator"),
            Fix("Sign in through Windows' account manager (WAM): it binds the sign-in to this device, as the policy "
                "requires. The first command signs all accounts out of the Azure CLI.",
                commands=(("az", "account", "clear"), ("az", "config", "set", "{broker_setting}"),
                          ("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE))),
            Fix("Sign in from {device_condition}.",
                commands=(("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE),)),
            Fix("Exclude {unbound_user} from the Conditional Access policy that requires token protection, for Azure "
                "Container Registry. On this system the Azure CLI cannot bind a sign-in to the device, so signing in "
                "again does not help.", "tenantAdministrator"),
            Fix("Sign in as {browser_user} with a browser on this machine. The policy blocks sign-ins with a device "
                "code, and sessions that began with one.",
                commands=(("az", "logout"), ("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE))),
            Fix("Sign in interactively as {interactive_user} for the registry, so that Entra can ask for what the "
                "policy requires.", commands=(("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE),)),
            Fix("Let application {blocked_application} pass the Conditional Access policy for workload identities that "
                "blocks it. Entra's Sign-in logs > Service principal sign-ins name the policy and the location that "
                "it was applied to.", "tenantAdministrator"),
            Fix("Look up this sign-in under Sign-in logs > Conditional Access in Microsoft Entra ID. It names the "
                "policy that blocks it. Signing in again from the same place does not help.", "tenantAdministrator"),
        ),
        confused_with={
            "AAD_SESSION_EXPIRED_ERROR": "Signing in again is enough (AADSTS700082, 50173, 70043).",
            "AAD_ACCOUNT_ERROR": "The error is about the account itself: disabled, locked, or not in this tenant.",
            "AAD_CONSENT_ERROR": "AADSTS50105 or 65001: the account is not assigned to the application, or consent is "
                                 "missing.",
        },
        docs=REGISTRY + "container-registry-configure-conditional-access",
    ),
    Code(
        code="AAD_CLIENT_SECRET_EXPIRED_ERROR",
        title="The secret or certificate has expired",
        meaning="The application signs in with a client secret or a certificate, and the one in use has expired. The "
                "application and its role assignments are unaffected: replace the old credential everywhere it is "
                "stored.",
        how_found="Entra answers with AADSTS7000222, or the stored certificate has expired. Or the registry refuses a "
                  "container client's stored login with the application's id, and Microsoft Graph shows that all of "
                  "its secrets have expired.",
        message={
            "refused": TOKEN_REFUSED,
            "stored": ("All secrets of application {application_id|?} have expired, the last at {expired_at|?}.",
                       STORED)},
        looks_like=("AADSTS7000222: The provided client secret keys for app '...' are expired.",
                    "unauthorized: Invalid clientid or client secret."),
        fixes=(
            Fix("Create a new client secret for application {application_id}. Existing ones are kept. You need "
                "permission to change the application. The command does not show the secret, but writes it to the file "
                "client-secret.txt in the current folder, which only you can read. Copy it to the secret store that "
                "the sign-in to {login_server} uses, then delete the file.", "serviceOwner",
                commands=(("az", "ad", "sp", "credential", "reset", "--id", "{application_id}", "--append", "--query",
                           "password", "--output", "tsv"),), secret_file="client-secret.txt"),
            Fix("Create a new client secret for application {secret_application}. Existing ones are kept. You need "
                "permission to change the application. The command does not show the secret, but writes it to the file "
                "client-secret.txt in the current folder, which only you can read. Sign in with it (`az login "
                "--service-principal`), copy it to the secret store that the sign-in uses, then delete the file.",
                "serviceOwner",
                commands=(("az", "ad", "sp", "credential", "reset", "--id", "{secret_application}", "--append",
                           "--query", "password", "--output", "tsv"),), secret_file="client-secret.txt"),
            Fix("Create a new certificate for application {certificate_application}. Existing credentials are kept. "
                "You need permission to change the application. The command prints the path of the file with the "
                "certificate and its key: pass it to `az login --service-principal` as --certificate.",
                "serviceOwner",
                commands=(("az", "ad", "sp", "credential", "reset", "--id", "{certificate_application}", "--append",
                           "--create-cert", "--query", "fileWithCertAndPrivateKey", "--output", "tsv"),)),
            Fix("Create a new client secret or certificate for the application in the Azure portal (App registrations "
                "> Certificates & secrets) and replace the old one wherever it is stored.", "serviceOwner"),
        ),
        confused_with={
            "AAD_CLIENT_SECRET_INVALID_ERROR": "AADSTS7000215: the secret is wrong, whether or not it has expired.",
            "AAD_CLIENT_ASSERTION_ERROR": "The sign-in is federated and uses no secret: its assertion is too old.",
            "CLOCK_SKEW_ERROR": "This machine's clock is wrong, so a certificate's assertion is not yet, or no longer, "
                                "valid.",
        },
        outlasts_waiting=True,
        docs=REGISTRY + "container-registry-auth-service-principal",
    ),
    Code(
        code="AAD_CLIENT_SECRET_INVALID_ERROR",
        title="The secret or certificate is wrong",
        meaning="Entra knows the application but does not accept its credential. Common mistakes: the secret's id "
                "instead of its value, a value cut short or changed by a shell, another application's secret, or a "
                "certificate that is not registered for the application.",
        how_found="Entra answers with AADSTS7000215, 70002, 700027 or a related number.",
        message=(*TOKEN_REFUSED, ODDITY),
        looks_like=("AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the "
                    "client secret value, not the client secret ID ...",
                    "unauthorized: Invalid clientid or client secret."),
        fixes=(
            AS_IT_IS,
            Fix("Add the certificate of this login to application {certificate_application} in the Azure portal (App "
                "registrations > Certificates & secrets). Otherwise, sign in with a certificate that is registered "
                "there: `az login --service-principal --certificate`.", "serviceOwner"),
            Fix("Sign in with the value of application {application_id}'s secret, not its id. Docker asks for it. If "
                "the value is lost, create a new secret in the Azure portal (App registrations > Certificates & "
                "secrets).",
                commands=(("docker", "login", "{login_server}", "--username", "{application_id}"),)),
            Fix("Sign in again with the value of application {application_id}'s secret, not its id. The command asks "
                "for it. If the value is lost, create a new secret in the Azure portal (App registrations > "
                "Certificates & secrets).",
                commands=(("az", "login", "--service-principal", "--username", "{application_id}", "--tenant",
                           "{tenant}"),)),
            Fix("Use the value of the application's secret, not its id, and quote it in shell commands. If the value "
                "is lost, create a new secret in the Azure portal (App registrations > Certificates & secrets).",
                "serviceOwner"),
        ),
        confused_with={
            "AAD_CLIENT_SECRET_EXPIRED_ERROR": "AADSTS7000222: the secret was right but has expired.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "AADSTS700016: the tenant does not know the application.",
            "CREDENTIAL_PASSWORD_ERROR": "The user name is the admin user or a repository-scoped token, which Entra "
                                         "does not know.",
        },
        outlasts_waiting=True,
        docs=REGISTRY + "container-registry-auth-service-principal",
    ),
    Code(
        code="AAD_CLIENT_ASSERTION_ERROR",
        title="Entra refuses the federated assertion",
        meaning="A workload without a secret (GitHub Actions, Azure Pipelines, a Kubernetes workload identity) gives "
                "Entra a token from its own issuer, and Entra refuses it. The token may be too old: it lives only a "
                "few minutes, but the Azure CLI stores it at `az login` and sends it again for every new resource. Or "
                "its issuer, subject and audience match none of the application's federated credentials.",
        how_found="Entra answers with AADSTS700024 (outside its validity) or 70021, 700211, 700212, 700213 (no "
                  "matching federated credential), while this machine's clock is right.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS700024: Client assertion is not within its valid time range.",
                    "AADSTS700213: No matching federated identity record found for presented assertion subject ...",
                    "AADSTS70021: No matching federated identity record found for presented assertion."),
        fixes=(
            Fix("Create a federated credential on application {application_id} that matches the assertion, which has "
                "subject '{assertion_subject}', issuer '{assertion_issuer}', audience '{assertion_audience}'. It lets "
                "whatever presents this subject sign in as the application.", "serviceOwner",
                commands=(("az", "ad", "app", "federated-credential", "create", "--id", "{application_id}",
                           "--parameters", "{federated_credential}"),)),
            Fix("Let the pipeline of application {late_application} sign in right before it needs the registry, and "
                "again if a job outlives its assertion.", "serviceOwner"),
            Fix("Compare the issuer, subject and audience of application {application_id}'s federated credentials with "
                "those that Entra's message names, character by character.", "serviceOwner",
                commands=(("az", "ad", "app", "federated-credential", "list", "--id", "{application_id}"),)),
            Fix("Make the issuer, subject and audience of the application's federated credential match those of the "
                "assertion.", "serviceOwner"),
        ),
        confused_with={
            "CLOCK_SKEW_ERROR": "The servers' Date headers show that this machine's clock is wrong. Then even a fresh "
                                "assertion is refused.",
            "AAD_CLIENT_SECRET_INVALID_ERROR": "The sign-in uses a secret or a certificate (AADSTS7000215, 700027).",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_APPLICATION_NOT_FOUND_ERROR",
        title="The tenant does not know the application",
        meaning="The user name was taken as an application (client) id, but the tenant has no application or service "
                "principal with that id. It was deleted, belongs to another tenant, or the id is misspelt.",
        how_found="Entra answers with AADSTS700016 for the CLI's own service principal. Or Microsoft Graph finds "
                  "neither an application nor an object with the GUID given with --username or --assignee.",
        message={
            "refused": TOKEN_REFUSED,
            "no-object": "Tenant {tenant|(unknown)} has no object or application with the id {application_id}.",
            "stored": ("Tenant {tenant|(unknown)} has no application with the id {application_id|?}.", STORED)},
        looks_like=("AADSTS700016: Application with identifier '...' was not found in the directory '...'.",
                    "unauthorized: Application not registered with AAD."),
        fixes=(
            Fix("Create the user-assigned identity {lost_user_identity} again and assign it to this machine or "
                "service: tenant {lost_in_tenant} no longer has it, as after its subscription moved to another "
                "tenant. Next, the new identity signs in and needs a role on the registry.", "serviceOwner"),
            Fix("Turn the system-assigned identity of this machine or service off and on again (in the portal under "
                "Identity): tenant {lost_in_tenant} no longer has it, as after its subscription moved to another "
                "tenant. Then sign in. Next, the new identity needs a role on the registry.", "serviceOwner",
                commands=(("az", "login", "--identity"),)),
            REPLACE,
            Fix("Look for application {lost_application} in tenant {tenant|of this sign-in}, under App registrations. "
                "If it was deleted, restore it under Deleted applications within 30 days. If it was never there, the "
                "tenant or the application id used to sign in is wrong: ask the user to check both.",
                "tenantAdministrator"),
            Fix("Use an application (client) id that exists in the registry's tenant. This command shows whether the "
                "tenant of the current login knows {application_id}.", "serviceOwner",
                commands=(("az", "ad", "sp", "show", "--id", "{application_id}", "--query", "displayName"),)),
            Fix("Use the application (client) id of a service principal in the registry's tenant.", "serviceOwner"),
        ),
        confused_with={
            "CREDENTIAL_USERNAME_ERROR": "The tenant knows the GUID, but as an object id.",
            "AAD_TENANT_NOT_FOUND_ERROR": "AADSTS90002: the tenant itself does not exist.",
            "ADMIN_USER_DISABLED_ERROR": "The user name is the registry's name.",
            "TOKEN_NOT_FOUND_ERROR": "The user name is not a GUID. It was meant as the name of a repository-scoped "
                                     "token.",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_TENANT_NOT_FOUND_ERROR",
        title="The tenant does not exist",
        meaning="The login names a tenant that Entra does not know in the active cloud. It was deleted, is misspelt, "
                "or is in another cloud.",
        how_found="Entra answers with AADSTS90002, 900023, 50128 or 50059.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS90002: Tenant '...' not found. Check to make sure you have the correct tenant ID and are "
                    "signing into the correct cloud.",),
        fixes=(
            Fix("Sign in to the tenant of the registry's subscription. The portal shows its id under Microsoft Entra "
                "ID > Overview. The current login's tenant, {tenant|which the message names}, does not exist.",
                commands=(("az", "login"),)),
        ),
        confused_with={
            "REGISTRY_CLOUD_ERROR": "AADSTS90038 or 900432 says that the tenant is in another cloud, or the login "
                                    "server has another cloud's suffix.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "The tenant exists, but the application is not in it (AADSTS700016).",
        },
        outlasts_waiting=True,
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_RESOURCE_NOT_REGISTERED_ERROR",
        title="The tenant issues no registry tokens",
        meaning="A registry token is requested for the audience https://containerregistry.azure.net. Entra refuses "
                "because the tenant has no service principal for that resource, or has disabled it. In disconnected "
                "environments, Entra may not know the resource at all. Tokens for Azure Resource Manager are not "
                "affected.",
        how_found="Entra answers the request for a registry token with AADSTS500011, 500014, 650052, 650057 or 50001.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS500011: The resource principal named https://containerregistry.azure.net was not found in "
                    "the tenant named ...",
                    "AADSTS650052: The app is trying to access a service '...' that your organization lacks a service "
                    "principal for."),
        fixes=(
            Fix("Remove the Azure CLI's setting acr.audience_resource, and the environment variable "
                "AZURE_ACR_AUDIENCE_RESOURCE, which overrides it. They make the CLI request {pinned_audience} instead "
                "of Azure Container Registry.", commands=(("az", "config", "unset", "acr.audience_resource"),)),
            Fix("Enable Azure Container Registry's service principal in tenant {tenant} again.", "tenantAdministrator",
                commands=(("az", "ad", "sp", "update", "--id", "{disabled_resource}", "--set",
                           "accountEnabled=true"),)),
            Fix("Check that tenant {tenant} is the right one. If it is, add Azure Container Registry's service "
                "principal to it by registering the resource provider in one of its subscriptions. The Azure CLI "
                "repeats Entra's old refusal from its cache for a minute.", "tenantAdministrator",
                commands=(("az", "provider", "register", "--namespace", "Microsoft.ContainerRegistry"),)),
            Fix("Check that the sign-in uses the right tenant. If it does, add Azure Container Registry's service "
                "principal to it. If the cloud does not have this resource, as on disconnected Azure Local, set the "
                "audience to use instead with `az config set acr.audience_resource`.", "tenantAdministrator"),
        ),
        confused_with={
            "AAD_ARM_AUDIENCE_ERROR": "Entra issued a token for Azure Resource Manager, and the registry refused it.",
            "AAD_APPLICATION_NOT_FOUND_ERROR": "Entra does not know the client: AADSTS700016, or the registry's "
                                               "message 'Application not registered with AAD'.",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_ACCOUNT_ERROR",
        title="The account cannot sign in to this tenant",
        meaning="The account is disabled, deleted or locked, its password has expired, it is not a guest of the "
                "tenant, or the application is disabled. A personal Microsoft account (outlook.com, live.com) can "
                "sign in only as a guest of the tenant.",
        how_found="Entra answers with an error about the account's state (AADSTS50020, 50034, 50053, 50055, 50057, "
                  "7000112 and others). Or the directory shows that the user or application given with --assignee is "
                  "disabled or does not exist.",
        message={
            "refused": TOKEN_REFUSED,
            "no-user": "User '{unknown_user|?}' does not exist in tenant {tenant|(unknown)}.",
            "disabled": ("'{assignee|?}' (object id {object_id|unknown}) is disabled in tenant {tenant|(unknown)}.",
                         STORED)},
        looks_like=("AADSTS50057: The user account is disabled.",
                    "AADSTS50020: User account '...' from identity provider 'live.com' does not exist in tenant '...' "
                    "and cannot access the application '...' in that tenant.",
                    "AADSTS7000112: Application '...' is disabled."),
        fixes=(
            REPLACE,
            Fix("Enable the guest {disabled_guest} in tenant {tenant} again. If the guest is enabled there, the "
                "administrator of the guest's home tenant has to enable the account at home.", "tenantAdministrator",
                commands=(("az", "ad", "user", "update", "--id", "{disabled_guest_id}", "--account-enabled",
                           "true"),)),
            Fix("Enable {assignee|the user} again.", "tenantAdministrator",
                commands=(("az", "ad", "user", "update", "--id", "{disabled_user}", "--account-enabled", "true"),)),
            Fix("Enable application {disabled_principal} again.", "tenantAdministrator",
                commands=(("az", "ad", "sp", "update", "--id", "{disabled_principal}", "--set",
                           "accountEnabled=true"),)),
            Fix("Enable {disabled_identity} again (Enterprise applications > Managed Identities > Properties > Enabled "
                "for users to sign-in).", "tenantAdministrator"),
            Fix("Enable the application 'Microsoft Azure CLI' in tenant {disabled_cli_tenant}: Enterprise applications "
                "> Microsoft Azure CLI > Properties > Enabled for users to sign-in. Until then nobody in the tenant "
                "can use the Azure CLI.", "tenantAdministrator"),
            Fix("Wait a few minutes until Entra unlocks {locked_user}, then sign in again. If it stays locked, the "
                "tenant's Sign-in logs tell why.", commands=(("az", "login", IN_TENANT),)),
            Fix("Change the password of {password_user}, then sign in with the new one.",
                commands=(("az", "login", IN_TENANT),)),
            Fix("Check the spelling of {unknown_user}. A user of another organisation does not exist in tenant "
                "{tenant|of the registry} until an administrator invites it there as a guest."),
            Fix("Invite {uninvited_user} as a guest to tenant {tenant} (Microsoft Entra ID > Users > Invite external "
                "user). Then the user accepts the invitation and signs in there.", "tenantAdministrator",
                commands=(("az", "login", "--tenant", "{tenant}"),)),
            Fix("Look up the failed sign-in of {user_name|this account} under Sign-in logs in Microsoft Entra ID. It "
                "says what is wrong with the account. Once that is corrected, sign in again.", "tenantAdministrator",
                commands=(("az", "login", IN_TENANT),)),
        ),
        confused_with={
            "REGISTRY_TENANT_ERROR": "Entra issues the token, but the registry refuses it because it trusts another "
                                     "tenant.",
            "AAD_CONSENT_ERROR": "AADSTS50105, 65001, 65004 or 9009x: an assignment or consent is missing. The account "
                                 "itself is fine.",
            "AAD_SESSION_EXPIRED_ERROR": "Signing in again is enough.",
            "AAD_CONDITIONAL_ACCESS_ERROR": "A policy blocks this sign-in. The account itself is fine.",
        },
        explains=("CONNECTIVITY_REFRESH_TOKEN_ERROR",),
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_CONSENT_ERROR",
        title="Consent or an app assignment is missing",
        meaning="The tenant only allows an application for accounts that are assigned to it, or after consent, and "
                "this account has neither. This is about the application that requests the token, or about Azure "
                "Container Registry's own application, not about a role on the registry.",
        how_found="Entra answers with AADSTS50105, 65001, 65004, 90094, 90095 or a related error.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS50105: Your administrator has configured the application ... to block users unless they are "
                    "specifically granted ('assigned') access to the application.",
                    "AADSTS65001: The user or administrator has not consented to use the application ..."),
        fixes=(
            Fix("Give {unassigned_user} access to Azure Container Registry (Enterprise applications > Azure Container "
                "Registry > Users and groups). Then the user signs in for the registry again.", "tenantAdministrator",
                commands=(("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE),)),
            Fix("Stop requiring an assignment for Azure Container Registry in this tenant, which shuts out "
                "{unassigned_application}. Roles on a registry still decide what an account may do there.",
                "tenantAdministrator",
                commands=(("az", "ad", "sp", "update", "--id", "{guarded_resource}", "--set",
                           "appRoleAssignmentRequired=false"),)),
            Fix("Grant {consenting_user} consent for the application that the message names (Enterprise applications > "
                "Permissions). Then the user signs in for the registry again.", "tenantAdministrator",
                commands=(("az", "login", IN_TENANT, "--scope", REGISTRY_SCOPE),)),
            Fix("Assign the account to the application that the message names (Enterprise applications > Users and "
                "groups), or grant consent. Then sign in for the registry again.", "tenantAdministrator"),
        ),
        confused_with={
            "AAD_ACCOUNT_ERROR": "The error is about the account's state (500xx), not about an assignment.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "Entra issues the token, but the registry gives no access.",
        },
        docs=ENTRA_CODES,
    ),
    Code(
        code="AAD_MANAGED_IDENTITY_ERROR",
        title="The managed identity cannot be used",
        meaning="On an Azure machine or service, the identity endpoint issues tokens. It cannot be reached from here "
                "(a container, a proxy, a machine outside Azure), the identity was removed, there are several "
                "user-assigned identities and one must be named, or the endpoint does not issue tokens for Azure "
                "Container Registry, as in some versions of Cloud Shell. An app, a task or a container group only uses "
                "an identity for a registry if its settings say so.",
        how_found="The identity endpoint answers the request for a registry token with an error or not at all. Or the "
                  "resource given with --assignee has no identity or names none for the registry.",
        message={
            "refused": TOKEN_REFUSED,
            "no-system-identity": "No token for {audience}: {machine_without_identity} has no system-assigned "
                                  "identity. {refuser} answers: {said}",
            "no-answer": NO_TOKEN,
            "audience": ("{refuser} does not issue tokens for {audience}", WhenKnown((" ({error_number})",)),
                         ": {said|no reason is given}"),
            "no-identity": "'{resource|?}' ({resource_type}) has no managed identity.",
            "several-identities": "'{resource|?}' ({resource_type}) has several user-assigned identities, and its "
                                  "settings do not say which one pulls.",
            "not-attached": "'{resource|?}' ({resource_type}) is set to pull with an identity that is not assigned to "
                            "it.",
            "no-source-identity": "The task '{resource|?}' names no identity for its own registry, which uses ABAC "
                                  "repository permissions and gives its tasks no access without one.",
            "no-credentials": "'{resource|?}' ({resource_type}) has no credentials for {login_server|the registry} in "
                              "its settings."},
        looks_like=("ManagedIdentityError / Identity not found",
                    "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity "
                    "in the token request",
                    "Failed to establish a new connection: http://169.254.169.254/metadata/identity/oauth2/token",
                    "Audience https://containerregistry.azure.net is not a supported MSI token audience."),
        fixes=(
            Fix("Let the Azure CLI use a token for Azure Resource Manager instead, which this endpoint issues and the "
                "registry accepts.",
                commands=(("az", "config", "set", "acr.audience_resource={manager_audience}"),
                          WhenKnown(("az", "acr", "login", "--name", "{registry_from_cloud_shell}", "--expose-token")),
                          WhenKnown(("az", "acr", "login", "--name", "{registry}")))),
            Fix("Sign in to the Azure CLI inside Cloud Shell as {cloud_shell_user}. Then Entra issues its tokens, not "
                "Cloud Shell's endpoint.", commands=(
                    ("az", "login", IN_TENANT),
                    WhenKnown(("az", "acr", "login", "--name", "{registry_from_cloud_shell}", "--expose-token")))),
            Fix("If this is not in Azure, sign in another way (`az login`): only Azure has an identity endpoint. If it "
                "is, let this process reach the endpoint: on a virtual machine, that is {unreached_endpoint} on port "
                "80. Add it to NO_PROXY, and allow it in the firewall and network of the machine or container."),
            Fix("Enable a system-assigned identity for {machine_without_identity}, in the portal under Identity. Next, "
                "it needs a role on the registry. If there is a user-assigned identity, sign in with that one instead: "
                "`az login --identity --client-id CLIENT_ID`.", "serviceOwner",
                commands=(("az", "login", "--identity"),)),
            Fix("Check under Identity in the portal which identities this machine or service has. With one, sign in. "
                "With several, name one with `az login --identity --client-id`. With none, enable one. Behind a proxy, "
                "NO_PROXY must include {intercepted_endpoint}: the answer does not look like the identity endpoint's.",
                "serviceOwner", commands=(("az", "login", "--identity"),)),
            Fix("Wait a few minutes, then try again. Status {endpoint_status} says that the identity endpoint could "
                "not answer for the moment; it does not say that anything is wrong with the identity."),
            Fix("Assign the identity with client id {identity_client_id} to this machine or service again (in the "
                "portal under Identity > User assigned). Then sign in with it.", "serviceOwner",
                commands=(("az", "login", "--identity", "--client-id", "{identity_client_id}"),)),
            Fix("Assign a managed identity to the resource. Next, it needs a role on the registry.", "serviceOwner",
                commands=(
                    WhenKnown(("az", "vm", "identity", "assign", "--ids", "{virtual_machine}")),
                    WhenKnown(("az", "vmss", "identity", "assign", "--ids", "{scale_set}")),
                    WhenKnown(("az", "webapp", "identity", "assign", "--ids", "{web_app}")))),
            Fix("Let the task sign in to its own registry with an identity. Next, that identity needs a role on the "
                "registry.", "registryOwner",
                commands=((*TASK_UPDATE, "--source-acr-auth-id", "{source_identity}"),)),
            Fix("Let the task sign in to {login_server} with an identity. Next, that identity needs a role on the "
                "registry.", "serviceOwner",
                commands=(WhenKnown(("az", "acr", "task", "identity", "assign", "--name", "{task_without_identity}",
                                     *OF_TASK_REGISTRY)),
                          ("az", "acr", "task", "credential", "add", "--name", "{task}", *OF_TASK_REGISTRY,
                           "--login-server", "{login_server}", "--use-identity", "{task_identity}"))),
            Fix("Let '{resource}' sign in to {login_server} with its identity. Next, that identity needs a role on the "
                "registry.", "serviceOwner",
                commands=(WhenKnown(("az", "containerapp", "identity", "assign", "--ids", "{app_without_identity}",
                                     "--system-assigned")),
                          WhenKnown(("az", "containerapp", "job", "identity", "assign", "--ids",
                                     "{job_without_identity}", "--system-assigned")),
                          WhenKnown(("az", "containerapp", "registry", "set", "--ids", "{container_app}", "--server",
                                     "{login_server}", "--identity", "{app_identity}")),
                          WhenKnown(("az", "containerapp", "job", "registry", "set", "--ids", "{container_job}",
                                     "--server", "{login_server}", "--identity", "{app_identity}")))),
            Fix("Assign a managed identity to '{bare_resource}'. Next, it needs a role on the registry.",
                "serviceOwner"),
            Fix("Assign the identity that the settings of '{detached_resource}' name to it (in the portal under "
                "Identity).", "serviceOwner"),
            Fix("Set acrUserManagedIdentityID of '{undecided_site}' to the client id of the identity that pulls (`az "
                "webapp config set --generic-configurations`).", "serviceOwner"),
            Fix("Name the identity that pulls when '{undecided_machine}' signs in: `az login --identity --client-id`. "
                "This diagnosis takes its client id, too: --assignee.", "serviceOwner"),
            Fix("Set in the settings of '{resource}' which of its identities signs in to {login_server}.",
                "serviceOwner"),
            Fix("Check under Identity in the portal which identities this machine or service has. With one, sign in. "
                "With several, name one with `az login --identity --client-id`. With none, enable one.",
                "serviceOwner", commands=(("az", "login", "--identity"),)),
        ),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The identity gets its token, but the registry gives it no access.",
            "KUBELET_IDENTITY_ERROR": "The missing identity is that of an AKS cluster's nodes, not this machine's.",
            "LOGIN_REQUIRED_ERROR": "Nobody has signed in to the CLI with the identity.",
        },
        docs=REGISTRY + "container-registry-authentication-managed-identity",
    ),
    Code(
        code="AAD_CONNECTIVITY_ERROR",
        title="The Entra sign-in endpoint cannot be reached",
        meaning="Before it contacts the registry, the Azure CLI needs a token from login.microsoftonline.com or "
                "another cloud's sign-in host. From here, that host does not resolve or does not answer, while the "
                "registry does.",
        how_found="The request for a token gets no HTTP answer, but the registry can be reached.",
        message=NO_TOKEN,
        looks_like=("HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded",
                    "Failed to resolve 'login.microsoftonline.com'"),
        fixes=(
            *SECURE,
            Fix("Make {unresolved_host} resolve on this machine. The command shows which name server answers, and "
                "what.",
                "networkAdministrator", commands=(("nslookup", "{unresolved_host}"),)),
            Fix("Allow connections from this machine to {host} on port 443.", "networkAdministrator"),
            Fix("Let this machine reach the sign-in endpoint (login.microsoftonline.com in the public cloud) on port "
                "443, directly or through the proxy in HTTPS_PROXY.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_DNS_ERROR": "The registry's own name does not resolve either: name resolution or the "
                                      "connection fails as a whole.",
            "PROXY_ERROR": "A proxy is configured, and the proxy itself fails or refuses.",
            "AAD_TOKEN_ERROR": "Entra answers, but refuses.",
        },
        docs=CLI_LOGIN,
    ),
    Code(
        code="AAD_TOKEN_ERROR",
        title="Entra refuses to issue a token",
        meaning="Entra answered the request for a registry token with an error that no other code covers. The message "
                "gives Entra's error number and text. Microsoft explains each number on its own page.",
        how_found="Entra answers with an error, and no other code covers its number, sub-error or OAuth error.",
        message=TOKEN_REFUSED,
        looks_like=("AADSTS90033: A transient error has occurred. Please try again.",),
        fixes=(
            Fix("Wait a few minutes, then try again. {transient_number} means that Entra could not answer at the "
                "moment: the account and its settings are fine.",
                commands=(("az", "acr", "login", "--name", "{registry}"),)),
            Fix("Wait a few minutes, then try again. {transient_number} means that Entra could not answer at the "
                "moment: the account and its settings are fine."),
            Fix("Let the Azure CLI sign you in with a browser instead of Windows' account manager (WAM). The first "
                "command signs all accounts out of the Azure CLI.",
                commands=(("az", "account", "clear"), ("az", "config", "set", "{broker_setting}"),
                          ("az", "login", IN_TENANT))),
            Fix("Remove the Azure CLI's setting acr.audience_resource, and the environment variable "
                "AZURE_ACR_AUDIENCE_RESOURCE, which overrides it. They make the CLI request {pinned_audience} instead "
                "of Azure Container Registry.", commands=(("az", "config", "unset", "acr.audience_resource"),)),
            Fix("Look up the AADSTS number at https://login.microsoftonline.com/error, and sign in again if it is "
                "about this login. If the error remains, tell your tenant's administrator of it{with_correlation_id|}.",
                commands=(("az", "login", IN_TENANT),)),
        ),
        confused_with={
            "CONNECTIVITY_REFRESH_TOKEN_ERROR": "Entra issues the token, but the registry refuses to exchange it.",
            "AAD_CONNECTIVITY_ERROR": "Entra does not answer.",
        },
        docs=ENTRA_CODES,
    ),
]
