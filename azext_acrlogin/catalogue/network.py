# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about the way to the registry: names, connections, certificates, firewalls, and what answers there."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import (
    CLI_PROXY, FIREWALL, HEALTH, NETWORK, NO_LAYERS, PRIVATE_LINK, REGISTRY, SAID, SECURE, UNREACHED)

# Over a broken way to the registry nothing is served. Whether Entra and Resource Manager are out of reach for the same
# reason is decided by how they fail (engine/root_causes.py).
ALIKE = ("CONNECTIVITY_DATA_ENDPOINT_ERROR", "DOCKER_DAEMON_NETWORK_ERROR")
REFUSED = ("CONNECTIVITY_DATA_ENDPOINT_ERROR",)
UNREACHABLE = ("CONNECTIVITY_REFUSED_ERROR", "CONNECTIVITY_TIMEOUT_ERROR", "CONNECTIVITY_RESET_ERROR")

SHOW_RULES = ("az", "acr", "show", "--name", "{registry}", "--subscription", "{subscription}", "--query",
              "[publicNetworkAccess, networkRuleSet]")
ADD_RULE = ("az", "acr", "network-rule", "add", "--name", "{registry}", "--subscription", "{subscription}")
LIST_ENDPOINTS = ("az", "acr", "private-endpoint-connection", "list", "--registry-name", "{registry}",
                  "--subscription", "{subscription}", "--output", "table")

EXCEPTED = Fix("Let the connection to {host} go through the proxy {excepted_proxy}: remove the entry that covers "
               "{host} from NO_PROXY.")
APPROVE = ("az", "acr", "private-endpoint-connection", "approve", "--registry-name", "{registry}", "--name",
           "{approvable_connection}", "--subscription", "{subscription}")

FOR_HOW_LONG = (WhenKnown((" for {retry_after} seconds",)), WhenKnown((" until {retry_time}",)))

CODES = [
    Code(
        code="CONNECTIVITY_DNS_ERROR",
        title="The login server's name does not resolve",
        meaning="This machine's resolver gives no address for the registry, so no request can reach it. The registry "
                "exists, or Azure could not be asked whether it does. The usual reason is a resolver of a company or a "
                "virtual network that does not know or forward azurecr.io.",
        message={"": "{host} does not resolve on this machine: {failure}.",
                 "guessed": "{guessed_host} does not resolve on this machine: {failure}. The host was derived from the "
                            "registry's name because Azure Resource Manager does not show its login server.",
                 "regional": "{host} does not resolve on this machine: {failure}. The registry's login server, "
                             "{resolving_login_server}, does.",
                 **UNREACHED},
        how_found="The operating system's resolver gives no address for the login server, and no proxy applies to that "
                  "host. With a proxy, the local resolver is not used.",
        looks_like=("dial tcp: lookup myregistry.azurecr.io: no such host",
                    "CONNECTIVITY_DNS_ERROR: Failed to reach DNS for registry '...'.",
                    "Could not connect to the registry login server '...'."),
        fixes=(
            Fix("Tell the user the registry's login server, which this command shows. {guessed_host} is only its usual "
                "form.", "registryOwner",
                commands=(("az", "acr", "show", "--name", "{registry}", "--query", "loginServer"),)),
            Fix("Use the login server, {resolving_login_server}, which resolves here. {host} exists only if regional "
                "endpoints are enabled on the registry, and only for a region with a replica. This command lists the "
                "registry's endpoints.",
                commands=(("az", "acr", "show-endpoints", "--name", "{registry}", "--subscription",
                           "{subscription}"),)),
            Fix("Use the login server, {resolving_login_server}, which resolves here. {host} exists only if regional "
                "endpoints are enabled on the registry, and only for a region with a replica."),
            Fix("Make {public_host} resolve on this machine: let its resolver forward {registry_zone} to a public one. "
                "This command shows which resolver answers, and what.", "networkAdministrator",
                commands=(("nslookup", "{public_host}"),)),
            Fix("Make {host} resolve on this machine: let its resolver forward {registry_zone|the registry's domain} "
                "to a public one. If the registry has a private endpoint for this network, link the zone "
                "{privatelink_zone|of private links} to the network instead. This command shows which resolver "
                "answers, and what.", "networkAdministrator", commands=(("nslookup", "{host}"),)),
            Fix("Make the login server resolve on this machine: let its resolver forward azurecr.io to a public one. "
                "If the registry has a private endpoint for this network, link the zone privatelink.azurecr.io to the "
                "network instead.", "networkAdministrator"),
        ),
        confused_with={
            "REGISTRY_NOT_FOUND_ERROR": "Azure Resource Manager does not show the registry, and its name is available.",
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The registry has a private endpoint, and the private DNS zone lacks "
                                               "its record.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process resolves the name, but the Docker daemon does not.",
            "PROXY_ERROR": "The name that does not resolve is the proxy's own.",
        },
        explains=ALIKE,
        docs=HEALTH + "connectivity_dns_error",
    ),
    Code(
        code="CONNECTIVITY_PRIVATE_LINK_ERROR",
        title="The private endpoint cannot be used",
        meaning="The registry has a private endpoint, and this machine does not reach it. Either the name resolves to "
                "the public address although only private access is allowed, or it resolves to the private address and "
                "there is no route to it. A private DNS zone without the record also hides registries of other "
                "organisations that have private endpoints of their own.",
        message={"hidden": ("{host} is an alias of {privatelink_host|its privatelink name}, which does not resolve on "
                            "this network: {failure}.",
                            WhenKnown((" A private DNS zone of this network has no record for {hidden_host}.",))),
                 "no record": "{host} has a private endpoint but does not resolve here, and neither does "
                              "{privatelink_host|its privatelink name}. The private DNS zone of this network has no "
                              "record for it.",
                 "public": "{host} resolves here to its public address {public_address}, but public network access is "
                           "disabled. Only the private endpoint is allowed, and this network's DNS does not point to "
                           "it.",
                 "public by a line": "Line {misleading_line} of {config_file} maps {host} to its public address, "
                                     "{public_address}, but public network access is disabled. Only the private "
                                     "endpoint is allowed, and this network's DNS points to it.",
                 "not approved": "{host} resolves to {address}, a private endpoint of the registry whose connection "
                                 "is not approved (state {state}): {failure}.",
                 "layers public": "Sign-in to {login_server} works, but the host of the image layers, {layer_hosts}, "
                                  "leads to the public address here, and public network access is disabled: "
                                  "{failure}",
                 "layers hidden": "Sign-in to {login_server} works, but the host of the image layers, {layer_hosts}, "
                                  "does not resolve: the private DNS zone of this network has no record for it.",
                 "proxy": "Proxy {proxy} connects to the public address of {host}, but public network access is "
                          "disabled. Only the private endpoint is allowed, and the proxy's DNS does not point to it.",
                 "no route": "{host} resolves to its private endpoint, {address}, which cannot be reached from here: "
                             "{failure}."},
        how_found="Azure Resource Manager lists an approved private endpoint, public access is disabled, and a public "
                  "address is used. Or the address is the endpoint's, and every connection to it fails. Or the "
                  "registry's name is an alias of its privatelink name, and that does not resolve.",
        looks_like=("Error response from daemon: login attempt to https://.../v2/ failed with status: 403 Forbidden",
                    "host is not reachable", "dial tcp 10.0.0.4:443: i/o timeout"),
        fixes=(
            Fix("Approve the private endpoint connection '{approvable_connection}'. Until then the endpoint does not "
                "serve anyone.", "registryOwner", commands=(APPROVE,)),
            Fix("Create the private endpoint again and have its connection approved: one whose connection is "
                "{unapproved_state} does not serve anyone. This command lists the registry's endpoints.",
                "networkAdministrator", commands=(LIST_ENDPOINTS,)),
            Fix("Add the record of {recordless_data_host} to the zone {privatelink_zone} that this network uses. A "
                "DNS zone group of the registry's private endpoint writes the records of the login server and of every "
                "data endpoint. This command lists the registry's endpoints.", "networkAdministrator",
                commands=(LIST_ENDPOINTS,)),
            Fix("Remove line {misleading_line} of {config_file}, which maps {host} to {public_address}. Then this "
                "command shows the address of the private endpoint.", commands=(("nslookup", "{host}"),)),
            Fix("Let {hidden_host} resolve publicly although a private DNS zone lacks it: set the resolution policy "
                "NxDomainRedirect on the link between the zone {privatelink_zone} and this network, by `az network "
                "private-dns link vnet update --ids ID --resolution-policy NxDomainRedirect`. This command lists the "
                "ids of such links.", "networkAdministrator",
                commands=(("az", "resource", "list", "--resource-type",
                           "Microsoft.Network/privateDnsZones/virtualNetworkLinks", "--query",
                           "[?contains(id, '/{privatelink_zone}/')].id", "--output", "tsv"),)),
            Fix("Make {unanswered_host} resolve on this network: the name server that its resolver asks for "
                "{privatelink_zone} does not answer. Correct the forwarding of that zone.", "networkAdministrator",
                commands=(("nslookup", "{privatelink_host}"),)),
            Fix("Add the records of the registry's private endpoint to the zone {privatelink_zone} that this network "
                "uses: {recordless_host} and its data endpoints lack them. A DNS zone group of the endpoint writes "
                "them. This command lists the registry's endpoints.", "networkAdministrator",
                commands=(LIST_ENDPOINTS,)),
            Fix("Make {misled_proxy} resolve the registry to its private endpoint: link the private DNS zone "
                "{privatelink_zone} to the network of the proxy. This command lists the registry's endpoints.",
                "networkAdministrator", commands=(LIST_ENDPOINTS,)),
            Fix("Allow this machine to connect to {refusing_address}, the registry's private endpoint, on port 443: "
                "check "
                "the firewalls and network security groups between them. This command lists the registry's endpoints.",
                "networkAdministrator", commands=(LIST_ENDPOINTS,)),
            Fix("Allow this machine to connect to {refusing_address}, the registry's private endpoint, on port 443: "
                "check "
                "the firewalls and network security groups between them.", "networkAdministrator"),
            Fix("Give this machine a route to {unrouted_address}, the registry's private endpoint (by VPN, peering or "
                "ExpressRoute), and allow port 443 on it. This command lists the registry's endpoints.",
                "networkAdministrator", commands=(LIST_ENDPOINTS,)),
            Fix("Give this machine a route to {unrouted_address}, the registry's private endpoint (by VPN, peering or "
                "ExpressRoute), and allow port 443 on it.", "networkAdministrator"),
            Fix("Make the DNS of this machine's network answer from the private DNS zone {privatelink_zone}. The zone "
                "needs records for the registry and its data endpoints. This command lists the registry's endpoints.",
                "networkAdministrator", commands=(LIST_ENDPOINTS,)),
            Fix("Link the private DNS zone of the registry's domain to this machine's network, with records for the "
                "registry and its data endpoints. Check that the network has a route to the endpoint.",
                "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_FORBIDDEN_ERROR": "The registry has no approved private endpoint, or public access is "
                                            "allowed with rules.",
            "CONNECTIVITY_ADDRESS_ERROR": "The private address is not one that Azure Resource Manager lists for the "
                                          "registry.",
            "CONNECTIVITY_TIMEOUT_ERROR": "The address that does not answer is a public one.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "CONNECTIVITY_ADDRESS_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
                  "CONNECTIVITY_CHALLENGE_ERROR") + UNREACHABLE + ALIKE,
        docs=PRIVATE_LINK,
    ),
    Code(
        code="CONNECTIVITY_ADDRESS_ERROR",
        title="The registry's name leads elsewhere",
        meaning="The login server resolves, but to something other than Azure Container Registry, whether or not it "
                "answers. The cause is an old line in the hosts file, a captive portal of a hotel or company network, "
                "or a different DNS view.",
        message={"hosts file": "Line {line} of {config_file} maps {host} to {address}, which is not the registry: "
                               "{failure}.",
                 "foreign": "{host} resolves to {address}, which is not a private endpoint address of this registry: "
                            "{failure}.",
                 "blocked": "{host} resolves to {address}, which is this machine itself: {failure}. A DNS "
                            "filter is the usual cause.",
                 "redirects": "This network sends you to a sign-in page first (a captive portal): every host tried "
                              "from here, including {host}, redirects to {location}.",
                 "certificates": "This network answers in place of other servers, as guest networks do until you sign "
                                 "in on their page: every host tried from here, including {host}, presents the "
                                 "certificate of {certificate_subject|another host}."},
        how_found="A line of the hosts file sets the address. Or the address is private and not one of the registry's "
                  "endpoints. Or the certificate and the answers of every host tried belong to something else.",
        looks_like=("dial tcp 10.4.4.4:443: connect: connection refused",
                    "x509: certificate is valid for gateway.contoso.example, not myregistry.azurecr.io"),
        fixes=(
            Fix("Remove line {line} of {config_file}, which maps {host} to {address}. Then this command shows the "
                "registry's own address.", commands=(("nslookup", "{host}"),)),
            Fix("Open {portal} in a browser on this machine and sign in to the network there. Then try again."),
            Fix("Check whether a DNS filter of this machine or network blocks {blocked_host}, and allow the name "
                "there. This command shows which resolver answers, and what.", "networkAdministrator",
                commands=(("nslookup", "{blocked_host}"),)),
            Fix("Make {host} resolve to the registry on this network: {foreign_address} is not the "
                "registry's address. This command shows which resolver answers, and what.", "networkAdministrator",
                commands=(("nslookup", "{host}"),)),
            Fix("Open https://{intercepted_host}/ in a browser on this machine. If the network shows a sign-in page, "
                "sign in there. If it shows none, ask your network administrator to exclude {intercepted_host} from "
                "interception."),
            Fix("Make the login server resolve to the registry on this network.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The private address belongs to the registry's own endpoint.",
            "CONNECTIVITY_SSL_ERROR": "The certificate has the right name, but its issuer is not trusted.",
            "CONNECTIVITY_DNS_ERROR": "The name does not resolve at all.",
            "CONNECTIVITY_CHALLENGE_ERROR": "The certificate is the registry's, but the answer is not.",
        },
        explains=("CONNECTIVITY_SSL_ERROR", "CONNECTIVITY_CHALLENGE_ERROR", "CONNECTIVITY_AAD_LOGIN_ERROR",
                  "CONNECTIVITY_SERVER_ERROR", "PROXY_ERROR", "AAD_CONNECTIVITY_ERROR",
                  "ARM_CONNECTIVITY_WARNING") + UNREACHABLE + ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_REFUSED_ERROR",
        title="The connection was refused",
        meaning="Something at the registry's address refuses connections to port 443. Azure's front end does not do "
                "that; a local firewall, a filter on the way or a wrong address does.",
        message=UNREACHED,
        how_found="The TCP connection to port 443 of the login server is refused.",
        looks_like=("dial tcp ...:443: connect: connection refused",),
        fixes=(
            EXCEPTED,
            Fix("Allow outgoing connections from this machine to {host|the login server} on port 443.",
                "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_TIMEOUT_ERROR": "No answer arrives at all.",
            "CONNECTIVITY_RESET_ERROR": "The connection opens and is then cut.",
            "CONNECTIVITY_ADDRESS_ERROR": "The hosts file or a different DNS view leads elsewhere.",
            "PROXY_ERROR": "The proxy refuses the connection.",
        },
        explains=ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_TIMEOUT_ERROR",
        title="The login server does not answer in time",
        meaning="The name resolves to a public address, but no answer comes from it. Usually no connection can be "
                "made: a firewall that does not allow the registry drops packets on the way, or there is no route to "
                "it. If a connection can be made, the report says so: then something drops the TLS handshake, or the "
                "answer is late.",
        message=UNREACHED,
        how_found="No connection or answer within --timeout seconds, or the system reports that the host or network is "
                  "unreachable.",
        looks_like=("net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting "
                    "headers)",
                    "dial tcp ...:443: i/o timeout", "context deadline exceeded"),
        fixes=(
            Fix("Try again with a longer time limit (--timeout 60). {late_host} accepts connections but answers late. "
                "If it stays slow, open a support request.", "serviceOwner"),
            Fix("Find out what drops packets to {stalled_host} once the connection is open. Check for a filter that "
                "reads the host name in the TLS handshake. Then check for a VPN with too large an MTU.",
                "networkAdministrator"),
            EXCEPTED,
            Fix("Allow outgoing connections from this machine to {host|the login server} on port 443, or set "
                "HTTPS_PROXY if this network requires a proxy.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_SILENT_ADDRESS_WARNING": "Another of the host's addresses answers.",
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The address is that of the registry's private endpoint.",
            "CONNECTIVITY_DATA_ENDPOINT_ERROR": "Signing in works, and only the host of the layers does not answer.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process reaches the registry, but the Docker daemon does not.",
        },
        explains=ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_SILENT_ADDRESS_WARNING",
        title="Some of its addresses do not answer",
        meaning="The login server's name has several addresses, often of IPv4 and IPv6, and connections to some of "
                "them get no answer. The Azure CLI tries one address after the other, and waits for each until the "
                "system gives up, which can take two minutes. Docker and Podman try the other IP version after 0.3 "
                "seconds, and wait only if that does not help.",
        message="{host} has addresses that do not answer: {silent_addresses}. Others do: {answering_addresses}. The "
                "Azure CLI {az_does}, docker {docker_does}.",
        how_found="This process connects to all addresses of the name at once. Some take the connection. Others do "
                  "not answer within two seconds after that.",
        fixes=(
            Fix("Repair {silent_version} between this machine and the internet: {silent_addresses} cannot be reached "
                "over it.", "networkAdministrator"),
            Fix("Find out why {silent_addresses} cannot be reached from here. If the addresses are not the registry's, "
                "correct the DNS answer. This command shows it.", "networkAdministrator",
                commands=(("nslookup", "{host}"),)),
            Fix("Make every address of the login server reachable.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_TIMEOUT_ERROR": "None of the addresses answers.",
        },
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_RESET_ERROR",
        title="The connection was cut",
        meaning="The connection opens, and something on the way ends it during the TLS handshake or the request. "
                "Filters that read the host name in the handshake do that to hosts that they do not allow.",
        message=UNREACHED,
        how_found="The connection is reset or closed before a certificate or an answer arrives.",
        looks_like=("read: connection reset by peer", "EOF", "net/http: TLS handshake timeout"),
        fixes=(
            EXCEPTED,
            Fix("Allow TLS connections from this machine to {host|the login server} in the firewall or filter on the "
                "way, which sees the host name in the handshake.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_SSL_ERROR": "A certificate or a TLS alert arrives.",
            "CONNECTIVITY_REFUSED_ERROR": "The connection does not even open.",
            "PROXY_ERROR": "A proxy is configured, and the proxy cuts the connection.",
        },
        explains=ALIKE,
        docs=NETWORK,
    ),
    Code(
        code="ARM_CONNECTIVITY_WARNING",
        title="Azure Resource Manager unavailable",
        meaning="Azure Resource Manager holds the registry's login server, network rules and role assignments. It "
                "cannot be reached from here, or it answers that it received too many requests. Signing in can work "
                "without it, but what only it knows stays unknown in this report.",
        message=("Azure Resource Manager ({resource_manager}) is unavailable", *FOR_HOW_LONG,
                 ": {failure}. What only it knows stays unknown."),
        how_found="A request to Azure Resource Manager ends without an answer, with 429 or with 5xx.",
        looks_like=("HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded",
                    "TooManyRequests: The request is being throttled as the limit has been reached for operation type"),
        fixes=(
            *SECURE,
            Fix("Wait a few minutes and run this diagnosis again: {throttled_host} throttles requests."),
            Fix("Run this diagnosis again in a few minutes: {failing_host} answers with an error of its own. If it "
                "goes on, check Azure service health. A proxy or gateway on the way can also answer in its place."),
            Fix("Allow this machine to reach {host|Azure Resource Manager of the active cloud} on port 443, and run "
                "this diagnosis again.", "networkAdministrator"),
        ),
        confused_with={
            "REGISTRY_NOT_VISIBLE_WARNING": "Azure Resource Manager answers, but does not show the registry.",
            "CONNECTIVITY_TOOMANYREQUESTS_ERROR": "The registry throttles, not Azure Resource Manager.",
            "AAD_CONNECTIVITY_ERROR": "The sign-in endpoint cannot be reached.",
            "ARM_TOKEN_REFUSED_WARNING": "Azure Resource Manager answers, and refuses the token (401).",
        },
        explains=("REGISTRY_NOT_VISIBLE_WARNING",),
        docs=NETWORK,
    ),
    Code(
        code="CONNECTIVITY_SSL_ERROR",
        title="The server's certificate is not trusted",
        meaning="A connection opens, but the certificate of the server is refused. An authority that this machine does "
                "not know issued it (a proxy that inspects TLS), it has expired, it is for another name, or it breaks "
                "a rule that Python checks from version 3.13 on. The report names the issuer, which usually identifies "
                "the company or product that intercepts. Or a file on this machine that every connection needs cannot "
                "be used: the trusted certificates, or the log of TLS keys.",
        message=UNREACHED,
        how_found="The TLS handshake fails with a certificate fault or an alert. The certificate is then read without "
                  "trusting it. A wrong clock is ruled out first.",
        looks_like=("x509: certificate signed by unknown authority",
                    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
                    "self-signed certificate in certificate chain'))",
                    "CONNECTIVITY_SSL_ERROR"),
        fixes=(
            *SECURE,
            Fix("Exclude {host|the registry} from TLS inspection. Something on the way ends the handshake without "
                "sending a certificate.", "networkAdministrator"),
        ),
        confused_with={
            "CLOCK_SKEW_ERROR": "The certificate is 'expired' or 'not yet valid', and the servers' Date headers show "
                                "that this machine's clock is wrong.",
            "CONNECTIVITY_RESET_ERROR": "The connection is cut before any certificate arrives.",
            "CONNECTIVITY_ADDRESS_ERROR": "The certificate is for another host, on every host tried.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process trusts the certificate, but the Docker daemon does not.",
        },
        explains=ALIKE,
        docs=CLI_PROXY,
    ),
    Code(
        code="CONNECTIVITY_FORBIDDEN_ERROR",
        title="Blocked by the registry's firewall",
        meaning="The registry's own firewall refuses this client before it looks at any credential. The client's "
                "address is not among those allowed, or public network access is disabled. The address that counts is "
                "the one that the registry sees, after NAT, proxy or VPN. Docker hides it, but the registry's answer "
                "names it.",
        message={"rules": ("{where} refuses this client (403): the registry's network rules do not allow its address",
                           WhenKnown((", {seen_address}",)), ".", SAID),
                 "closed": ("{where} refuses this client (403): public network access is disabled.", SAID),
                 "not known": ("{where} refuses this client (403): the registry's firewall does not allow it. Azure "
                               "Resource Manager does not show why: network rules, or disabled public access.", SAID)},
        how_found="The registry answers 403 with its own DENIED error, at /v2/ or when a token is asked for. Azure "
                  "Resource Manager's settings show which of the two it is.",
        looks_like=("denied: client with IP '...' is not allowed access. Refer https://aka.ms/acr/firewall to grant "
                    "access.",
                    "Error response from daemon: login attempt to https://.../v2/ failed with status: 403 Forbidden",
                    "Looks like you don't have access to registry '...'."),
        fixes=(
            Fix("Allow the address {address} on the registry. The rule takes a few minutes to take effect. If the "
                "address changes often, ask the user to connect from a network with a fixed one.", "registryOwner",
                commands=((*ADD_RULE, "--ip-address", "{address}"),)),
            Fix("Approve the private endpoint connection '{approvable_connection}', which is waiting, if it is for the "
                "client's network. While public access is disabled, clients can only connect through a private "
                "endpoint.", "registryOwner", commands=(APPROVE,)),
            Fix("Check the registry's network settings, which this command shows. Its firewall refuses "
                "{seen_address|this client}.", "registryOwner",
                commands=(("az", "acr", "show", "--name", "{unseen_rules_of}", "--query",
                           "[publicNetworkAccess, networkRuleSet]"),)),
            Fix("Allow the public address {closed_out_address} and no other. Public network access is often disabled "
                "on purpose: then give the client's network a private endpoint instead. The rule takes a few minutes "
                "to take effect.",
                "registryOwner",
                commands=(("az", "acr", "update", "--name", "{registry}", "--subscription", "{subscription}",
                           "--public-network-enabled", "true", "--default-action", "Deny"),
                          (*ADD_RULE, "--ip-address", "{closed_out_address}"))),
            Fix("The registry sees {subnet_address}, a private address: the client's subnet has a service endpoint. "
                "Allow that subnet: put its resource id in place of SUBNET_ID.", "registryOwner",
                commands=((*ADD_RULE, "--subnet", "SUBNET_ID"),)),
            Fix("Give the client's network a private endpoint for the registry. The registry sees "
                "{shut_out_subnet_address}, the address of a subnet with a service endpoint, and while public network "
                "access is disabled, rules for subnets have no effect. This command shows the settings.",
                "registryOwner", commands=(SHOW_RULES,)),
            Fix("Let this client connect over IPv4 from an allowed address. The registry sees {ipv6_source}, and its "
                "rules are for IPv4 addresses only. This command shows the rules.",
                "registryOwner", commands=(SHOW_RULES,)),
            Fix("Give the client's network a private endpoint for {closed_registry}: its public network access is "
                "disabled. This command shows the settings.", "registryOwner", commands=(SHOW_RULES,)),
            Fix("Find out the client's public IPv4 address and allow it: put it in place of ADDRESS.", "registryOwner",
                commands=((*ADD_RULE, "--ip-address", "ADDRESS"),)),
            Fix("Allow this client's address on the registry. If it must stay blocked, tell the user which network is "
                "allowed.", "registryOwner"),
        ),
        confused_with={
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The registry has an approved private endpoint, public access is "
                                               "disabled, and this machine uses the public address.",
            "PROXY_ERROR": "The 403 is HTML or lacks a registry's headers: a proxy on the way refuses.",
            "SERVICE_NETWORK_ERROR": "The registry refuses a service, such as an ACR Tasks agent, not this machine.",
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The registry answers a missing role with 401, not 403.",
        },
        explains=REFUSED,
        docs=HEALTH + "connectivity_forbidden_error",
    ),
    Code(
        code="CONNECTIVITY_CHALLENGE_ERROR",
        title="The host does not answer like a registry",
        meaning="A registry answers a request without credentials with 401 and says where to get tokens. This host has "
                "the right certificate but answers something else. A reverse proxy or gateway in front of it changes "
                "the answer, or the host is not a registry.",
        message={"no address": "{where} gives '{realm}' as the address for tokens, which is not a valid address.",
                 "another host": "{where} points to another host for tokens, {location}. No token was sent there.",
                 "silent": "{where} answers 401 without saying how to authenticate.",
                 "redirect": "{where} redirects ({status}) to {location}.",
                 "no challenge": "{where} answers {status} without an authentication challenge.",
                 "page": "{where} answers with a web page ({status}) instead of a registry's challenge. A guest "
                         "network, proxy or gateway shows such a page until you sign in to it.",
                 **UNREACHED},
        how_found="GET /v2/ gives a status other than 401 (and not 403, 429 or 5xx), or a 401 whose WWW-Authenticate "
                  "header is missing or unusable.",
        looks_like=("CONNECTIVITY_CHALLENGE_ERROR: Registry '...' did not issue a challenge.",
                    "login attempt to https://.../v2/ failed with status: 404 Not Found"),
        fixes=(
            Fix("Open https://{page_host}/v2/ in a browser on this machine. If the page is a sign-in to this network, "
                "sign in there. If it is not, ask your network administrator to let requests to {page_host} pass."),
            Fix("Make the proxy or gateway in front of {host|the registry} pass requests to /v2/ and /oauth2/ "
                "unchanged, with their headers, above all WWW-Authenticate.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_AAD_LOGIN_ERROR": "The host sends a challenge, but not for a bearer token.",
            "CONNECTIVITY_SERVER_ERROR": "The status is 5xx.",
            "CONNECTIVITY_ADDRESS_ERROR": "Every host leads to the same foreign answer, as with a captive portal.",
        },
        explains=REFUSED + ("DOCKER_DAEMON_NETWORK_ERROR",),
        docs=HEALTH + "connectivity_challenge_error",
    ),
    Code(
        code="CONNECTIVITY_AAD_LOGIN_ERROR",
        title="The host does not offer Entra sign-in",
        meaning="The challenge asks for something other than a bearer token, usually for Basic authentication. Azure "
                "Container Registry offers bearer tokens. A caching or repackaging proxy in front of it, or another "
                "kind of registry, does not.",
        message="{where} asks for '{schemes}' authentication instead of a bearer token, so a Microsoft Entra ID login "
                "cannot be used there.",
        how_found="GET /v2/ gives 401, and its WWW-Authenticate header does not name a usable Bearer scheme. Not found "
                  "if the credentials of --username get an access token all the same: they do not need Entra.",
        looks_like=("CONNECTIVITY_AAD_LOGIN_ERROR: Registry '...' does not support AAD login.",),
        fixes=(
            Fix("Make the proxy or gateway that answers for {fronted_host} pass requests to /v2/ and /oauth2/ to the "
                "registry unchanged, with their headers, above all WWW-Authenticate.", "networkAdministrator"),
            Fix("Sign in with a user name and password of {host}, which docker asks for. Nothing shows that this host "
                "is an Azure registry.", commands=(("docker", "login", "{host}"),)),
            Fix("Sign in to the registry itself instead of the proxy in front of it."),
        ),
        confused_with={
            "CONNECTIVITY_CHALLENGE_ERROR": "The host sends no challenge at all.",
            "AAD_RESOURCE_NOT_REGISTERED_ERROR": "The registry offers bearer tokens, but Microsoft Entra ID does not "
                                                 "issue any for it.",
        },
        explains=REFUSED,
        docs=HEALTH + "connectivity_aad_login_error",
    ),
    Code(
        code="CONNECTIVITY_TOOMANYREQUESTS_ERROR",
        title="The registry throttles requests",
        meaning="A registry limits how many requests it answers, for each identity. Everyone who uses the admin user "
                "shares one limit, and so do all anonymous clients. Premium has higher limits than Basic and Standard, "
                "which are alike. Credentials and roles are fine.",
        message=("Requests to {where} are throttled (429)", *FOR_HOW_LONG, ".", SAID),
        how_found="The registry answers 429 at /v2/, at the exchange or when an access token is asked for. Its "
                  "Retry-After header says for how long.",
        looks_like=("toomanyrequests: Too many requests. Please visit https://aka.ms/acr/skus#sku-feature-matrix to "
                    "view limits of all service tiers.",
                    "CONNECTIVITY_TOOMANYREQUESTS_ERROR"),
        fixes=(
            Fix("Wait {retry_after|60} seconds and try again. Everyone who signs in as the admin user '{shared_user}' "
                "shares its limit: give each client an identity or a repository-scoped token of its own."),
            Fix("Wait {retry_after|60} seconds and try again. If this happens again, let pipelines sign in once per "
                "job, reuse the token for its three hours, and use an identity of their own. {highest_tier} already "
                "has the highest limits."),
            Fix("Wait {retry_after|60} seconds and try again. If this happens again, let pipelines sign in once per "
                "job, reuse the token for its three hours, and use an identity of their own. This registry is "
                "{lower_tier}; only Premium has higher limits (`az acr update --sku Premium`)."),
            Fix("Wait {retry_after|60} seconds and try again. If this happens again, let pipelines sign in once per "
                "job, reuse the token for its three hours, and use an identity of their own."),
        ),
        confused_with={
            "ARM_CONNECTIVITY_WARNING": "Azure Resource Manager throttles, not the registry.",
            "UPSTREAM_REGISTRY_ERROR": "The limit is that of the registry behind a cache rule or an import, such as "
                                       "Docker Hub.",
        },
        explains=REFUSED,
        docs=HEALTH + "connectivity_toomanyrequests_error",
    ),
    Code(
        code="CONNECTIVITY_SERVER_ERROR",
        title="The registry answers with a server error",
        meaning="The registry, or a gateway in front of it, reports an error of its own. Such errors usually pass, and "
                "nothing on this machine causes them.",
        message=("{where} answers with status {status}.", SAID),
        how_found="The registry answers with a status of 500 or above at /v2/, at the exchange or when an access token "
                  "is asked for.",
        looks_like=("received unexpected HTTP status: 503 Service Unavailable",
                    "login attempt to https://.../v2/ failed with status: 502 Bad Gateway"),
        fixes=(
            Fix("Try again in a few minutes. If {host|the registry} still answers like this, check Azure service "
                "health and open a support request{with_correlation_id|}."),
        ),
        confused_with={
            "REGISTRY_STATE_ERROR": "Azure Resource Manager shows the registry or its subscription in a bad state.",
            "CONNECTIVITY_CHALLENGE_ERROR": "The status is below 500.",
            "CMK_ERROR": "The key or identity that encrypts the registry is gone.",
        },
        explains=REFUSED,
        docs=REGISTRY + "container-registry-troubleshoot-performance",
    ),
    Code(
        code="CONNECTIVITY_DATA_ENDPOINT_ERROR",
        title="The host of the layers is unreachable",
        meaning="You sign in at the login server, but layers come from another host: the registry's dedicated data "
                "endpoint (name.region.data.azurecr.io) or Azure Storage (*.blob.core.windows.net in "
                "the public cloud). That host cannot be reached from here, so signing in succeeds and "
                "pulls hang or fail.",
        message=NO_LAYERS,
        how_found="The registry redirects the download of a layer, or lists a data endpoint, and every connection to "
                  "that host fails.",
        looks_like=("error pulling image configuration: download failed after attempts=6: dial tcp: i/o timeout",
                    "Get \"https://weumanaged1.blob.core.windows.net/...\": net/http: TLS handshake timeout"),
        fixes=(
            *SECURE,
            Fix("Make {unresolved_host} resolve on this machine: let its resolver forward that name to a public one. "
                "This command shows which resolver answers, and what.", "networkAdministrator",
                commands=(("nslookup", "{unresolved_host}"),)),
            Fix("Allow this machine to reach {host} on port 443. Dedicated data endpoints, a feature of the Premium "
                "tier, make that one host per region instead of all of Azure Storage. This command lists the "
                "registry's endpoints.", "networkAdministrator",
                commands=(("az", "acr", "show-endpoints", "--name", "{registry}", "--subscription",
                           "{subscription}"),)),
            Fix("Allow this machine to reach {host|the registry's data endpoints, or Azure Storage where it has "
                "none,} on port 443.", "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_TIMEOUT_ERROR": "The login server itself does not answer.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process reaches the host, but the Docker daemon does not.",
            "CONNECTIVITY_PRIVATE_LINK_ERROR": "The private DNS zone lacks records for the data endpoint, or the "
                                               "addresses in them cannot be reached.",
        },
        docs=FIREWALL,
    ),
]
