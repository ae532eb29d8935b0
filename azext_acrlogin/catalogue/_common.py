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
FIREWALL = REGISTRY + "container-registry-firewall-access-rules"
PRIVATE_LINK = REGISTRY + "container-registry-private-link"
CLI_PROXY = "https://learn.microsoft.com/cli/azure/use-cli-effectively#work-behind-a-proxy"
CLI_LOGIN = "https://learn.microsoft.com/cli/azure/authenticate-azure-cli"
ENTRA_CODES = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"

# The registry's subscription, where it is not the CLI's current one: it cannot always be found from its name alone.
IN_SUBSCRIPTION = WhenKnown(("--subscription", "{other_subscription}"))
SIGN_IN = ("az", "acr", "login", "--name", "{registry}", WhenKnown(("--endpoint", "{region}")), IN_SUBSCRIPTION)
ODDITY = WhenKnown((" The password given {secret_oddity}.",))
AS_IT_IS = Fix("Give the password as it is. The one given {secret_oddity}, which a shell or a file may have added.")
STORED = WhenKnown((" This is the user of {stored}.",))
SAID = WhenKnown((" It says: {said}",))
# What a token for a registry or for Resource Manager is refused with, whichever code the refusal stands for.
TOKEN_REFUSED: Message = ("{refuser} did not issue {refused}", WhenKnown((" ({error_number})",)),
                          ": {said|no reason is given}")
NO_TOKEN = "Could not get a token for {audience}: {failure|no answer}."
TRUST = Fix("Let the Azure CLI trust the certificate of {untrusted_host}, if your organisation's own authority issued "
            "it. Set REQUESTS_CA_BUNDLE to a PEM file with that authority's certificate and the public ones. "
            "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION has no effect on signing in.")

UNREACHED: Dict[str, Message] = {  # while connecting, and where a connection was made before
    "connection": ("Cannot connect to https://{host}: {failure|no answer}.",
                   WhenKnown((" The server's certificate is for {certificate_names|}, was issued by '{issuer|}' and is "
                              "valid until {certificate_end}.",))),
    "request": "No answer from {where}: {failure}."}
NO_LAYERS = ("Sign-in to {login_server} works, but the host of the image layers, {layer_hosts}, cannot be reached: "
             "{failure}.")
