# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about the way to the registry: names, connections, certificates, firewalls, and what answers there."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import (
    CLI_PROXY, FIREWALL, HEALTH, NETWORK, NO_LAYERS, PRIVATE_LINK, REGISTRY, SAID, TRUST, UNREACHED)

# Over a broken way to the registry nothing is served. Whether Entra and Resource Manager are out of reach for the same
# reason is decided by how they fail (engine/root_causes.py).
ALIKE = ("CONNECTIVITY_DATA_ENDPOINT_ERROR", "DOCKER_DAEMON_NETWORK_ERROR")
REFUSED = ("CONNECTIVITY_DATA_ENDPOINT_ERROR",)
UNREACHABLE = ("CONNECTIVITY_REFUSED_ERROR", "CONNECTIVITY_TIMEOUT_ERROR", "CONNECTIVITY_RESET_ERROR")

SHOW_RULES = ("az", "acr", "show", "--name", "{registry}", "--subscription", "{subscription}", "--query",
              "[publicNetworkAccess, networkRuleSet]")
LIST_ENDPOINTS = ("az", "acr", "private-endpoint-connection", "list", "--registry-name", "{registry}",
                  "--subscription", "{subscription}", "--output", "table")

FOR_HOW_LONG = (WhenKnown((" for {retry_after} seconds",)), WhenKnown((" until {retry_time}",)))

CODES = [
    Code(
        code="CONNECTIVITY_DNS_ERROR",
        title="The login server's name does not resolve",
        meaning="This machine asks its resolver for the registry's address and gets none, so nothing can be sent "
                "there. The registry exists, or it could not be asked whether it does. A resolver of a company or a "
                "virtual network that does not know or does not forward azurecr.io is the usual reason.",
        message={"": "{host} does not resolve on this machine: {failure}.",
                 "guessed": "{guessed_host}, derived from the name because Resource Manager does not tell the login "
                            "server, does not resolve on this machine: {failure}.",
                 **UNREACHED},
        how_found="The operating system's resolver gives no address for the login server, and no proxy applies to that "
                  "host. With a proxy the local resolver does not matter.",
        looks_like=("dial tcp: lookup myregistry.azurecr.io: no such host",
                    "CONNECTIVITY_DNS_ERROR: Failed to reach DNS for registry '...'.",
                    "Could not connect to the registry login server '...'."),
        fixes=(
            Fix("Ask somebody who can see the registry for its login server, and give that instead of the name; "
                "{guessed_host} is only what it is called in most cases.", "registryOwner",
                commands=(("az", "acr", "show", "--name", "{registry}", "--query", "loginServer"),)),
            Fix("Let this machine's resolver answer for {host}: forward azurecr.io to a public resolver or, with a "
                "private endpoint, link the zone privatelink.azurecr.io to this network. This command shows what the "
                "resolver says.", "networkAdministrator", commands=(("nslookup", "{host}"),)),
            Fix("Let this machine's resolver answer for the login server: forward azurecr.io to a public resolver or, "
                "with a private endpoint, link the zone privatelink.azurecr.io to this network.",
                "networkAdministrator"),
        ),
        confused_with={
            "REGISTRY_NOT_FOUND_ERROR": "Resource Manager shows no such registry, and the name is free.",
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "A private endpoint exists, and its zone lacks the record.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process resolves the name, the Docker daemon does not.",
            "PROXY_ERROR": "It is the proxy's own name that does not resolve.",
        },
        explains=ALIKE,
        docs=HEALTH + "connectivity_dns_error",
    ),
    Code(
        code="CONNECTIVITY_PRIVATE_LINK_ERROR",
        title="DNS and private endpoint disagree",
        meaning="The registry is reached through a private endpoint, and this machine does not end up there: it "
                "resolves the public address although only private access is allowed, or it resolves the private "
                "address and has no route to it.",
        message={"no record": "{host} has a private endpoint, and neither its name nor "
                              "{privatelink_host|its privatelink name} resolves here: the private DNS zone that "
                              "this network uses has no record for it.",
                 "public": "{host} resolves to the public address {public_address} here, but public network access is "
                           "disabled: only the private endpoint is let in, and this network's DNS does not lead to it.",
                 "proxy": "The proxy {proxy} leads to the public address of {host}, but public network access is "
                          "disabled: only the private endpoint is let in, and the proxy's DNS does not lead to it.",
                 "no route": "{host} resolves to its private endpoint's address {address}, which cannot be reached "
                             "from here: {failure}."},
        how_found="Resource Manager lists an approved private endpoint, public access is disabled and a public address "
                  "is in use; or the address is the endpoint's and no connection to it succeeds.",
        looks_like=("Error response from daemon: login attempt to https://.../v2/ failed with status: 403 Forbidden",
                    "host is not reachable", "dial tcp 10.0.0.4:443: i/o timeout"),
        fixes=(
            Fix("Link the private DNS zone privatelink.azurecr.io, with records for the registry and its data "
                "endpoints, to the network of this machine (or forward to it), and see that the network has a route to "
                "the endpoint. This lists the registry's endpoints.", "networkAdministrator",
                commands=(LIST_ENDPOINTS,)),
            Fix("Link the private DNS zone privatelink.azurecr.io, with records for the registry and its data "
                "endpoints, to the network of this machine, and see that the network has a route to the endpoint.",
                "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_FORBIDDEN_ERROR": "There is no approved private endpoint, or public access is allowed with "
                                            "rules.",
            "CONNECTIVITY_ADDRESS_ERROR": "The private address is none that Resource Manager lists for the registry.",
            "CONNECTIVITY_TIMEOUT_ERROR": "The address that does not answer is a public one.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "CONNECTIVITY_ADDRESS_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
                  "CONNECTIVITY_CHALLENGE_ERROR") + UNREACHABLE + ALIKE,
        docs=PRIVATE_LINK,
    ),
    Code(
        code="CONNECTIVITY_ADDRESS_ERROR",
        title="The name resolves to another server",
        meaning="The login server resolves, and what answers there (or does not) is not Azure Container Registry: an "
                "old line in the hosts file, a captive portal of a hotel or company network, or another view of DNS.",
        message={"hosts file": "Line {line} of {config_file} sends {host} to {address}, which is not the registry: "
                               "{failure}.",
                 "foreign": "{host} resolves to {address}, which is no address of a private endpoint of this registry: "
                            "{failure}.",
                 "redirects": "Every host tried from here, {host} among them, sends to {location}: something on this "
                              "network intercepts the connections.",
                 "certificates": "Every host tried from here, {host} among them, is answered by "
                                 "{certificate_subject|another host}: something on this network intercepts the "
                                 "connections."},
        how_found="A line of the hosts file decides the address; or the address is private and not one of the "
                  "registry's endpoints; or certificate and answers of every host tried belong to something else.",
        looks_like=("dial tcp 10.4.4.4:443: connect: connection refused",
                    "x509: certificate is valid for gateway.contoso.example, not myregistry.azurecr.io"),
        fixes=(
            Fix("Remove the line for {host} from the hosts file (/etc/hosts, or on Windows "
                "System32\\drivers\\etc\\hosts), sign in to the network's portal, or use a resolver that gives the "
                "registry's real address.", commands=(("nslookup", "{host}"),)),
            Fix("Remove the registry's line from the hosts file, sign in to the network's portal, or use a resolver "
                "that gives the registry's real address."),
        ),
        confused_with={
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The private address is the one of the registry's own endpoint.",
            "CONNECTIVITY_SSL_ERROR": "The certificate bears the right name, from an issuer that is not trusted.",
            "CONNECTIVITY_DNS_ERROR": "There is no address at all.",
            "CONNECTIVITY_CHALLENGE_ERROR": "The certificate is the registry's, the answer is not.",
        },
        explains=("CONNECTIVITY_SSL_ERROR", "CONNECTIVITY_CHALLENGE_ERROR", "CONNECTIVITY_AAD_LOGIN_ERROR",
                  "CONNECTIVITY_SERVER_ERROR", "PROXY_ERROR", "AAD_CONNECTIVITY_ERROR",
                  "ARM_CONNECTIVITY_WARNING") + UNREACHABLE + ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_REFUSED_ERROR",
        title="The connection is refused",
        meaning="Something at the registry's address answers at once that nobody listens on port 443. Azure's front "
                "end does not do that: a local firewall, a filter on the way or a wrong address does.",
        message=UNREACHED,
        how_found="The TCP connection to port 443 of the login server ends with a refusal.",
        looks_like=("dial tcp ...:443: connect: connection refused",),
        fixes=(
            Fix("Allow outgoing connections from this machine to {host|the login server} on port 443.",
                "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_TIMEOUT_ERROR": "There is no answer at all.",
            "CONNECTIVITY_RESET_ERROR": "The connection opens and is cut afterwards.",
            "CONNECTIVITY_ADDRESS_ERROR": "The hosts file or a foreign DNS view leads elsewhere.",
            "PROXY_ERROR": "It is the proxy that refuses the connection.",
        },
        explains=ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_TIMEOUT_ERROR",
        title="The login server does not answer in time",
        meaning="The name resolves to a public address, and no connection to it comes about: packets are dropped on "
                "the way, usually by a firewall that does not allow the registry, or there is no route to it.",
        message=UNREACHED,
        how_found="Neither connection nor answer within --timeout seconds, or the system reports that host or network "
                  "is unreachable.",
        looks_like=("net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting "
                    "headers)",
                    "dial tcp ...:443: i/o timeout", "context deadline exceeded"),
        fixes=(
            Fix("Allow outgoing connections from this machine to {host|the login server} on port 443, or set "
                "HTTPS_PROXY if this network is left through a proxy.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The address is the private one of the registry's endpoint.",
            "CONNECTIVITY_DATA_ENDPOINT_ERROR": "Signing in works, and only the layers' host does not answer.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process reaches the registry, the Docker daemon does not.",
        },
        explains=ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_RESET_ERROR",
        title="The connection is cut",
        meaning="The connection opens and something on the way ends it, during the TLS handshake or the request. "
                "Filters that look at the host name in the handshake do that to hosts they do not allow.",
        message=UNREACHED,
        how_found="The connection is reset or closed before a certificate or an answer was seen.",
        looks_like=("read: connection reset by peer", "EOF", "net/http: TLS handshake timeout"),
        fixes=(
            Fix("Allow TLS connections from this machine to {host|the login server} in the firewall or filter on the "
                "way; it sees the host's name in the handshake.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_SSL_ERROR": "A certificate or a TLS alert is seen.",
            "CONNECTIVITY_REFUSED_ERROR": "The connection does not even open.",
            "PROXY_ERROR": "A proxy is configured, and it is the proxy that cuts.",
        },
        explains=ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="ARM_CONNECTIVITY_WARNING",
        title="Azure Resource Manager unavailable",
        meaning="Resource Manager tells the registry's login server, network rules and role assignments. It does not "
                "answer from here, or answers that too many requests were made. Signing in can work without it; what "
                "only Resource Manager knows stays unknown in this report.",
        message=("Resource Manager ({resource_manager}) is of no help now: {failure}", *FOR_HOW_LONG,
                 ". What only it knows stays unknown."),
        how_found="A request to Resource Manager ends without an answer, with 429 or with 5xx.",
        looks_like=("HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded",
                    "TooManyRequests: The request is being throttled as the limit has been reached for operation type"),
        fixes=(
            TRUST,
            Fix("Allow this machine to reach {host|the active cloud's Resource Manager} on port 443, and run this "
                "diagnosis again; after throttling, in some minutes.", "networkAdministrator"),
        ),
        confused_with={
            "REGISTRY_NOT_VISIBLE_WARNING": "Resource Manager answers and does not show the registry.",
            "CONNECTIVITY_TOOMANYREQUESTS_ERROR": "It is the registry that throttles.",
            "AAD_CONNECTIVITY_ERROR": "It is the sign-in endpoint that cannot be reached.",
        },
        explains=("REGISTRY_NOT_VISIBLE_WARNING",),
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_SSL_ERROR",
        title="The server's certificate is not trusted",
        meaning="A connection comes about, and the certificate at its other end is refused: it was issued by an "
                "authority that this machine does not know (a proxy that inspects TLS), has expired, or is for another "
                "name. Who issued it is said, for it usually names the company or product that intercepts.",
        message=UNREACHED,
        how_found="The TLS handshake fails with a certificate fault or an alert; the certificate is then looked at "
                  "without trusting it. A clock that is off is ruled out first.",
        looks_like=("x509: certificate signed by unknown authority",
                    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
                    "self-signed certificate in certificate chain'))",
                    "CONNECTIVITY_SSL_ERROR"),
        fixes=(
            Fix("Let the environment variable {bundle_variable} name a PEM file of trusted certificates, or remove it: "
                "without it the ones that the Azure CLI brings are trusted."),
            Fix("If '{issuer}' is your organisation's own authority, let the Azure CLI trust it: put its root "
                "certificate and the public ones into one PEM file, set REQUESTS_CA_BUNDLE to that file, and add the "
                "root to the system's store for the Docker daemon. If it is not, do not sign in over this network. An "
                "expired certificate has to be replaced by whoever intercepts.", "networkAdministrator"),
            Fix("Let the Azure CLI trust the authority of the intercepting proxy: put its root certificate and the "
                "public ones into one PEM file, set REQUESTS_CA_BUNDLE to that file, and add the root to the system's "
                "store for the Docker daemon. Or exclude the registry from inspection.", "networkAdministrator"),
        ),
        confused_with={
            "CLOCK_SKEW_ERROR": "The certificate is 'expired' or 'not yet valid', and the servers' Date headers show "
                                "that this machine's clock is off.",
            "CONNECTIVITY_RESET_ERROR": "The connection is cut before any certificate is seen.",
            "CONNECTIVITY_ADDRESS_ERROR": "The certificate is for another host, on every host tried.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process trusts the certificate, the Docker daemon does not.",
        },
        explains=ALIKE,
        docs=CLI_PROXY,
    ),
    Code(
        code="CONNECTIVITY_FORBIDDEN_ERROR",
        title="Blocked by the registry's firewall",
        meaning="The registry's own firewall refuses this client before any credential counts: its address is not "
                "among those allowed, or access from public networks is disabled altogether. The address that counts "
                "is the one the registry sees, after NAT, proxy or VPN; docker hides it, the registry's answer names "
                "it.",
        message={"rules": ("{where} refuses this client (403): its network rules do not allow this client's address",
                           WhenKnown((", {address}",)), ".", SAID),
                 "closed": ("{where} refuses this client (403): public network access is disabled.", SAID)},
        how_found="The registry answers 403 with its own DENIED error, at /v2/ or when a token is asked for; Resource "
                  "Manager's settings tell which of the two it is.",
        looks_like=("denied: client with IP '...' is not allowed access. Refer https://aka.ms/acr/firewall to grant "
                    "access.",
                    "Error response from daemon: login attempt to https://.../v2/ failed with status: 403 Forbidden",
                    "Looks like you don't have access to registry '...'."),
        fixes=(
            Fix("Allow the address {address} on the registry; rules take some minutes to be in force. If the address "
                "changes often, connect from a network with a fixed one instead.", "registryOwner",
                commands=(("az", "acr", "network-rule", "add", "--name", "{registry}", "--ip-address", "{address}",
                           "--subscription", "{subscription}"),)),
            Fix("Public network access is off, often on purpose: connect through a private endpoint where there is "
                "one. If the registry's owner wants to let this client in all the same, these commands open it to the "
                "address {closed_out_address} and to no other public one; they take some minutes to be in force.",
                "registryOwner",
                commands=(("az", "acr", "update", "--name", "{registry}", "--subscription", "{subscription}",
                           "--public-network-enabled", "true", "--default-action", "Deny"),
                          ("az", "acr", "network-rule", "add", "--name", "{registry}", "--ip-address",
                           "{closed_out_address}", "--subscription", "{subscription}"))),
            Fix("Connect from a network that the registry allows: through a private endpoint, or from an allowed "
                "address. Only the registry's owner can decide to open public access again; this shows its settings.",
                "registryOwner", commands=(SHOW_RULES,)),
            Fix("Ask the registry's owner to allow this client's address, or connect from a network that is allowed.",
                "registryOwner"),
        ),
        confused_with={
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "An approved private endpoint exists, public access is disabled, and "
                                               "this machine uses the public address.",
            "PROXY_ERROR": "The 403 is HTML or has none of a registry's headers: a proxy on the way refuses.",
            "SERVICE_NETWORK_ERROR": "The one refused is a service, such as an ACR Tasks agent, not this machine.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "A missing role is answered with 401, not 403.",
        },
        explains=REFUSED,
        docs=HEALTH + "connectivity_forbidden_error",
    ),
    Code(
        code="CONNECTIVITY_CHALLENGE_ERROR",
        title="The host does not answer as a registry does",
        meaning="A registry answers a request without credentials with 401 and says where tokens come from. This host, "
                "although its certificate is right, answers something else: a reverse proxy or gateway in front of it "
                "changes the answer, or it is no registry.",
        message={"no address": "{where} sends for tokens to '{realm}', which is no address.",
                 "another host": "{where} sends for tokens to another host, {location}; no token was sent there.",
                 "silent": "{where} answers 401 without saying how to authenticate.",
                 "redirect": "{where} redirects ({status}) to {location}.",
                 "no challenge": "{where} answers {status} and no authentication challenge.",
                 **UNREACHED},
        how_found="GET /v2/ gives a status other than 401 (and not 403, 429 or 5xx), or a 401 without or with an "
                  "unusable WWW-Authenticate header.",
        looks_like=("CONNECTIVITY_CHALLENGE_ERROR: Registry '...' did not issue a challenge.",
                    "login attempt to https://.../v2/ failed with status: 404 Not Found"),
        fixes=(
            Fix("Let whatever stands in front of {host|the registry} pass requests to /v2/ and /oauth2/ and their "
                "headers unchanged, above all WWW-Authenticate; or sign in to the registry directly.",
                "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_AAD_LOGIN_ERROR": "There is a challenge, for something other than a bearer token.",
            "CONNECTIVITY_SERVER_ERROR": "The status is 5xx.",
            "CONNECTIVITY_ADDRESS_ERROR": "Every host leads to the same foreign answer, as in a captive portal.",
        },
        explains=REFUSED + ("DOCKER_DAEMON_NETWORK_ERROR",),
        docs=HEALTH + "connectivity_challenge_error",
    ),
    Code(
        code="CONNECTIVITY_AAD_LOGIN_ERROR",
        title="The host offers no Entra sign-in",
        meaning="The challenge asks for something other than a bearer token, usually for Basic authentication. Azure "
                "Container Registry offers bearer tokens; a caching or repackaging proxy in front of it, or a registry "
                "of another kind, does not.",
        message="{where} asks for '{schemes}' authentication, not for a bearer token, so no Entra login can be used "
                "there.",
        how_found="GET /v2/ gives 401, and its WWW-Authenticate header names no usable Bearer scheme.",
        looks_like=("CONNECTIVITY_AAD_LOGIN_ERROR: Registry '...' does not support AAD login.",),
        fixes=(
            Fix("Sign in to the registry itself instead of to what stands in front of {host}, or use the user name and "
                "password that this proxy or registry wants; docker asks for them.",
                commands=(("docker", "login", "{host}"),)),
            Fix("Sign in to the registry itself instead of to what stands in front of it, or use the user name and "
                "password that this proxy or registry wants."),
        ),
        confused_with={
            "CONNECTIVITY_CHALLENGE_ERROR": "There is no challenge at all.",
            "AAD_RESOURCE_NOT_REGISTERED_ERROR": "The registry offers bearer tokens, and Entra issues none for it.",
        },
        explains=REFUSED,
        docs=HEALTH + "connectivity_aad_login_error",
    ),
    Code(
        code="CONNECTIVITY_TOOMANYREQUESTS_ERROR",
        title="The registry throttles",
        meaning="The registry limits how many requests it answers, for each service tier, and the limit is reached, by "
                "this client or by others that use the same registry. Nothing is wrong with credentials or roles.",
        message=("{where} is throttled (429)", *FOR_HOW_LONG, ".", SAID),
        how_found="The registry answers 429 at /v2/, at the exchange or when an access token is asked for; its "
                  "Retry-After header says for how long.",
        looks_like=("toomanyrequests: Too many requests. Please visit https://aka.ms/acr/skus#sku-feature-matrix to "
                    "view limits of all service tiers.",
                    "CONNECTIVITY_TOOMANYREQUESTS_ERROR"),
        fixes=(
            Fix("Wait {retry_after|60} seconds and try again. If it comes back, let pipelines sign in once per job and "
                "reuse the token for its three hours, spread their requests, or choose a higher service tier."),
        ),
        confused_with={
            "ARM_CONNECTIVITY_WARNING": "It is Resource Manager that throttles.",
            "UPSTREAM_REGISTRY_ERROR": "The limit is that of the registry behind a cache rule or an import, such as "
                                       "Docker Hub.",
        },
        explains=REFUSED,
        docs=HEALTH + "connectivity_toomanyrequests_error",
    ),
    Code(
        code="CONNECTIVITY_SERVER_ERROR",
        title="The registry's service fails",
        meaning="The registry, or a gateway in front of it, answers that it is at fault itself. Such faults usually "
                "pass; nothing on this machine causes them.",
        message=("{where} answers with status {status}.", SAID),
        how_found="The registry answers with a status of 500 or above at /v2/, at the exchange or when an access token "
                  "is asked for.",
        looks_like=("received unexpected HTTP status: 503 Service Unavailable",
                    "login attempt to https://.../v2/ failed with status: 502 Bad Gateway"),
        fixes=(
            Fix("Try again in some minutes. If {host|the registry} goes on answering so, look at Azure's service "
                "health and open a support request with the correlation id of this report.", "serviceOwner"),
        ),
        confused_with={
            "REGISTRY_STATE_ERROR": "Resource Manager shows the registry or its subscription in a bad state.",
            "CONNECTIVITY_CHALLENGE_ERROR": "The status is below 500.",
            "CMK_ERROR": "The key or identity that encrypts the registry is gone.",
        },
        explains=REFUSED,
        docs=REGISTRY + "container-registry-troubleshoot-performance",
    ),
    Code(
        code="CONNECTIVITY_DATA_ENDPOINT_ERROR",
        title="The layers' endpoint cannot be reached",
        meaning="Signing in goes to the login server, and layers come from another host: the registry's dedicated data "
                "endpoint (name.region.data.azurecr.io) or Azure Storage (*.blob.core.windows.net). That host cannot "
                "be reached from here, so that sign-in succeeds and pulls hang or fail.",
        message=NO_LAYERS,
        how_found="The registry redirects a layer's download, or lists a data endpoint, and no connection to that host "
                  "comes about.",
        looks_like=("error pulling image configuration: download failed after attempts=6: dial tcp: i/o timeout",
                    "Get \"https://weumanaged1.blob.core.windows.net/...\": net/http: TLS handshake timeout"),
        fixes=(
            Fix("Allow this machine to reach {host} on port 443. Dedicated data endpoints, a feature of the Premium "
                "tier, make that one host per region instead of all of Azure Storage; this lists the registry's "
                "endpoints.", "networkAdministrator",
                commands=(("az", "acr", "show-endpoints", "--name", "{registry}", "--subscription",
                           "{subscription}"),)),
            Fix("Allow this machine to reach {host|the registry's data endpoints, or *.blob.core.windows.net where it "
                "has none,} on port 443.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_TIMEOUT_ERROR": "The login server itself does not answer.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process reaches the host, the Docker daemon does not.",
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The private zone lacks records for the data endpoint, or they lead "
                                               "nowhere.",
        },
        docs=FIREWALL,
    ),
]
