# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What several entries of the catalogue have in common: where they point for more, and how to sign in again."""

from typing import Dict

from azext_acrlogin.catalogue import Fix, Message, WhenKnown

REGISTRY = "https://learn.microsoft.com/azure/container-registry/"
HEALTH = REGISTRY + "container-registry-health-error-reference#"  # codes that `az acr check-health` has, too
LOGIN = REGISTRY + "container-registry-troubleshoot-login-authn-authz"
NETWORK = REGISTRY + "container-registry-troubleshoot-access"
AUTHENTICATION = REGISTRY + "container-registry-authentication"
TOKENS = REGISTRY + "container-registry-token-based-repository-permissions"
FIREWALL = REGISTRY + "container-registry-firewall-rules"
PRIVATE_LINK = REGISTRY + "container-registry-private-endpoints"
CLI_PROXY = "https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-troubleshooting#work-behind-a-proxy"
CLI_LOGIN = "https://learn.microsoft.com/cli/azure/authenticate-azure-cli"
ENTRA_CODES = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"

# The registry's subscription, where it is not the CLI's current one: it cannot always be found from its name alone.
IN_SUBSCRIPTION = WhenKnown(("--subscription", "{other_subscription}"))
SIGN_IN = ("az", "acr", "login", "--name", "{registry}", WhenKnown(("--endpoint", "{region}")), IN_SUBSCRIPTION)
ODDITY = WhenKnown((" The password given {secret_oddity}.",))
AS_IT_IS = Fix("Give the password exactly as it was issued. The one given {secret_oddity}.")
STORED = WhenKnown((" This is the user of {stored}.",))
REPLACE = Fix("Sign in as yourself with Entra. This replaces {replaced_login}.", commands=(SIGN_IN,))
SAID = WhenKnown((" It says: {said}",))
# What a token for a registry or for Resource Manager is refused with, whichever code the refusal stands for.
TOKEN_REFUSED: Message = ("{refuser} did not issue {refused}", WhenKnown((" ({error_number})",)),
                          ": {said|no reason is given}")
NO_TOKEN = "Could not get a token for {audience}: {failure|no answer}."
# Why a connection is not made secure, told by facts of which one is known; the same for every host.
SECURE = (
    Fix("Point the environment variable {bundle_variable} to a readable PEM file of trusted certificates. Without the "
        "variable, the Azure CLI trusts the certificates that it comes with."),
    Fix("Remove the environment variable {key_log_variable}. It makes every program write the keys of its TLS "
        "connections to a file, and the Azure CLI makes no connection while it cannot write that file."),
    Fix("Have {issuer|the authority that issued it} reissue the certificate of {flawed_host} with its chain, in line "
        "with RFC 5280. OpenSSL says: {certificate_flaw}. Python checks this from version 3.13 on. This machine trusts "
        "the authority already, so adding it to a file of trusted certificates changes nothing.",
        "networkAdministrator"),
    Fix("Have the certificate of {outdated_host} replaced by one that is valid today. '{issuer}' issued it.",
        "networkAdministrator"),
    Fix("Have the certificate of {outdated_host} replaced by one that is valid today.", "networkAdministrator"),
    Fix("Make {misnamed_host} lead to the server of that name. The one that answers here has a certificate for "
        "{certificate_names|another name}. This command shows where the name leads.", "networkAdministrator",
        commands=(("nslookup", "{misnamed_host}"),)),
    Fix("Unset {narrow_variable}: the Azure CLI trusts this certificate by itself, and the file that the variable "
        "names lacks the authority that issued it. If other hosts need the file, add the public authorities to it "
        "instead."),
    Fix("Ask your network administrator whether '{untrusted_issuer}' is your organisation's own authority, and for "
        "its root certificate. If it is, put that and the public ones into one PEM file, set REQUESTS_CA_BUNDLE to the "
        "file, and add the root to the system's store for the Docker daemon. If it is not, do not sign in over this "
        "network."),
    Fix("Let the Azure CLI trust the certificate of {untrusted_host}, if your organisation's own authority issued it. "
        "Set REQUESTS_CA_BUNDLE to a PEM file with that authority's certificate and the public ones. "
        "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION has no effect on signing in."),
)

UNREACHED: Dict[str, Message] = {  # while connecting, and where a connection was made before
    "connection": ("Cannot connect to https://{host}: {failure|no answer}.",
                   WhenKnown((" The server's certificate is for {certificate_names|}, was issued by '{issuer|}' and is "
                              "valid until {certificate_end}.",)),
                   WhenKnown((" Tried: {tried_addresses}.",))),
    "request": "No answer from {where}: {failure}."}
NO_LAYERS = ("Sign-in to {login_server} works, but the host of the image layers, {layer_hosts}, cannot be reached: "
             "{failure}.")
