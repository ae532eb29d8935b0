# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about this machine: its container client, engine and stored credentials, its proxy and its clock."""

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import (
    CLI_PROXY, HEALTH, LOGIN, NETWORK, NO_LAYERS, NO_TOKEN, SAID, SIGN_IN, UNREACHED)

DOCKER = "https://docs.docker.com/"

# What leads docker to an engine that does not answer.
ENGINES = {
    "docker": "The Docker client is installed, but its daemon{at|} does not answer{said|.}",
    "DOCKER_HOST": "The environment variable DOCKER_HOST points docker to {docker_host|}, where no engine answers"
                   "{said|.}",
    "context": "Docker uses the context '{context}', set by {context_setting|}. It points to {context_endpoint|}, "
               "where no engine answers{said|.}",
    "no context": "Docker is set to the context '{context}' by {context_setting|}, but no such context exists.",
}
BESIDE_PODMAN = " podman is also installed: to use it instead, set DOCKER_COMMAND=podman."
# Why a daemon does not reach the registry, and how its way differs from this process's.
REASONS = {
    "certificate": "it does not trust the certificate that it gets",
    "proxy": "its proxy blocks the request",
    "proxy-name": "its proxy's name does not resolve",
    "dns": "it cannot resolve the name",
    "timeout": "it gets no answer",
    "connection": "it cannot connect",
}
WAYS = {
    "": "",
    "another proxy": " This process uses the proxy {proxy}, the daemon uses the proxy {daemon_proxy}.",
    "no proxy": " This process uses the proxy {proxy}, the daemon uses none.",
    "only the daemon's proxy": " The daemon uses the proxy {daemon_proxy}, this process uses none.",
    "other certificates": " This process trusts the certificates in {bundle}, the daemon uses its own.",
}
PROXY_SETTING = ("is \"proxies\" in /etc/docker/daemon.json on Linux, and Settings > Resources > Proxies in Docker "
                 "Desktop. Then restart the daemon, which stops containers unless live restore is on.")

CODES = [
    Code(
        code="DOCKER_COMMAND_ERROR",
        title="No container client found",
        meaning="`az acr login` hands the registry's token to docker or podman. This process finds neither on its "
                "PATH, or cannot run what it finds. A shell alias does not count. A service or an IDE may have a "
                "different PATH from your terminal.",
        message={
            "not on the path": "{command|} is not on the PATH.",
            "neither on the path": "Neither docker nor podman is on the PATH.",
            "variable": "DOCKER_COMMAND names {command|}, which does not exist or cannot be run.",
            "current directory": "{command|} is only in the current directory, and `az acr login` does not run a "
                                 "container client from there.",
            "does not run": "Cannot run {program}: {said|it does not start.}",
            "stand-in": "{program} is only Docker Desktop's placeholder. Docker Desktop is not running, or its "
                        "integration with this WSL distribution is off.",
        },
        how_found="The PATH, without the current directory, is searched for DOCKER_COMMAND, then docker, then podman. "
                  "The program found is asked for its version. Under WSL, Docker Desktop's placeholder has no version.",
        looks_like=("Please verify if Docker client is installed and running.",
                    "An error occurred: DOCKER_COMMAND_ERROR",
                    "The command 'docker' could not be found in this WSL 2 distro."),
        fixes=(
            Fix("Start Docker Desktop on Windows and turn on Settings > Resources > WSL integration for "
                "{distribution}."),
            Fix("Remove the environment variable DOCKER_COMMAND (now {docker_command}). The Azure CLI then uses "
                "{other_client}."),
            Fix("Set the environment variable DOCKER_COMMAND (now {docker_command}) to the full path of docker or "
                "podman."),
            Fix("Install Docker or Podman. If one is installed, add its folder to the PATH of the process that runs "
                "az. Without a client, get a token for use elsewhere with `az acr login --expose-token`."),
        ),
        confused_with={
            "DOCKER_DAEMON_ERROR": "The client reports its version, but `docker ps` fails. The Azure CLI calls both "
                                   "DOCKER_COMMAND_ERROR.",
            "DOCKER_PERMISSION_ERROR": "The client is installed, but the engine's socket denies this user access.",
            "DOCKER_VERSION_ERROR": "The client runs but is too old, or does not report its version.",
        },
        explains=("DOCKER_DAEMON_ERROR",),
        docs=HEALTH + "docker_command_error",
    ),
    Code(
        code="DOCKER_DAEMON_ERROR",
        title="The container engine cannot be reached",
        meaning="The docker client only sends commands; the engine does the pulling and pushing, and it cannot be "
                "reached. It is not running, or DOCKER_HOST or the current context points to an engine that does not "
                "exist. `az acr login` asks the engine first and stops.",
        message={
            "podman": "podman is installed but does not answer{said|.}",
            **ENGINES,
            **{f"{way} beside podman": what + BESIDE_PODMAN for way, what in ENGINES.items()},
        },
        how_found="The client's `ps` command exits with a status other than 0, or does not finish in time. Text on "
                  "standard error with exit status 0 is a notice, not a failure. A context that docker is set to is "
                  "looked for among its stored ones.",
        looks_like=("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                    "open //./pipe/docker_engine: The system cannot find the file specified.",
                    "Cannot connect to Podman."),
        fixes=(
            Fix("Remove the environment variable {needless_variable}, also where your shell or profile sets it. Docker "
                "then uses the engine at {default_engine}, which takes connections.",
                commands=(("unset", "{needless_variable}"),)),
            Fix("Switch from the Docker context {needless_context} to the default one, whose engine takes "
                "connections.", commands=(("docker", "context", "use", "default"),)),
            Fix("Remove the environment variable {stale_variable}, also where your shell or profile sets it. Docker "
                "then uses the context that its configuration names.", commands=(("unset", "{stale_variable}"),)),
            Fix("Switch from the Docker context {stale_context}, which does not exist, to the default one.",
                commands=(("docker", "context", "use", "default"),)),
            Fix("Start the engine at {docker_host}, where the environment variable DOCKER_HOST points."),
            Fix("Start the engine at {context_endpoint}, where the Docker context {context} points."),
            Fix("Start the engine of the Docker context {context}. This command shows its address.",
                commands=(("docker", "context", "inspect", "{context}"),)),
            Fix("Start the Docker service.", commands=(("sudo", "systemctl", "start", "{service}"),)),
            Fix("Start the engine: Docker Desktop on Windows and macOS, the docker service on Linux, `podman machine "
                "start` for podman outside Linux. To use podman instead, set DOCKER_COMMAND=podman."),
        ),
        confused_with={
            "DOCKER_PERMISSION_ERROR": "The engine runs, but its socket answers this user with `permission denied`.",
            "DOCKER_DAEMON_NETWORK_ERROR": "The engine answers but cannot reach the registry.",
            "DOCKER_COMMAND_ERROR": "The client is missing, or does not even report its version.",
        },
        explains=("DOCKER_DAEMON_NETWORK_ERROR",),
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_PERMISSION_ERROR",
        title="No permission to use the Docker engine",
        meaning="The engine's socket belongs to a group, usually docker. This user is not a member, or was added after "
                "this session began. The registry was not contacted.",
        message="The Docker daemon's socket{at|} denies access to {local_user|this user}{said|.}",
        how_found="`docker ps` fails, and the operating system denies access to the engine's socket (EACCES), or the "
                  "client reports that for its socket or pipe.",
        looks_like=("permission denied while trying to connect to the Docker daemon socket at "
                    "unix:///var/run/docker.sock",
                    "open //./pipe/docker_engine: Access is denied."),
        fixes=(
            Fix("Add {local_user} to the group {socket_group}, then sign out of this computer and back in. The group's "
                "members have root rights on this machine: if it is not yours, ask its administrator.",
                commands=(("sudo", "usermod", "--append", "--groups", "{socket_group}", "{local_user}"),)),
            Fix("Join the group that may use the engine (docker on Linux, docker-users on Windows), then sign out of "
                "this computer and back in. Or use rootless Docker or podman. If you use sudo instead, run both the "
                "login and the pull or push with it."),
        ),
        confused_with={
            "DOCKER_DAEMON_ERROR": "The socket is missing, or nothing listens on it, whoever the user is.",
            "CLIENT_ENVIRONMENT_WARNING": "A login with sudo and a pull or push without it (or the reverse) do not "
                                          "share credentials.",
        },
        explains=("DOCKER_DAEMON_ERROR", "DOCKER_DAEMON_NETWORK_ERROR"),
        docs=DOCKER + "engine/install/linux-postinstall/",
    ),
    Code(
        code="DOCKER_VERSION_ERROR",
        title="Docker client version too old or unknown",
        meaning="`az acr login` passes the token to `docker login` on standard input, which Docker documents from "
                "version 18.03 on. podman needs no particular version.",
        message={
            "too old": "{program} is Docker {version}; `az acr login` needs 18.03 or later.",
            "not told": "{program} runs but does not report its version. It said: {said|nothing.}",
            "not in time": "{program} did not report its version in time.",
        },
        how_found="The client runs, but `docker version` and `docker --version` report a version below 18.03 or none "
                  "that can be read.",
        looks_like=("unknown flag: --password-stdin",
                    "An error occurred while retrieving Docker version. Please try verifying it manually.",
                    "Failed to pass credentials to 'docker' via stdin."),
        fixes=(Fix("Install a current Docker client or podman, and make sure that it comes first on the PATH."),),
        confused_with={
            "DOCKER_COMMAND_ERROR": "No client is found, or it does not run.",
            "CLIENT_VERSION_WARNING": "The version can sign in, but is known to fail at something else.",
        },
        docs=HEALTH + "docker_version_error",
    ),
    Code(
        code="DOCKER_CONFIG_ERROR",
        title="The client's configuration file cannot be read",
        meaning="docker and podman keep credentials, and the names of credential helpers, in a JSON file. This file "
                "cannot be read or is not the JSON that they expect. Stored credentials are not found, and new ones "
                "may not be kept. docker only prints a warning and continues without the file.",
        message={
            "": "Cannot read {client}'s configuration file {config_file|}: {fault}.",
            "at a place": "Cannot read {client}'s configuration file {config_file|}: {fault} (line {line}, column "
                          "{column}).",
        },
        how_found="The file that the client would read (DOCKER_CONFIG, ~/.docker/config.json, podman's auth.json) is "
                  "read the way the client reads it.",
        looks_like=("WARNING: Error loading config file: /home/alex/.docker/config.json: invalid character '}' looking "
                    "for beginning of object key string",
                    "WARNING: Error parsing config file"),
        fixes=(
            Fix("Correct {config_file|the client's configuration file} where the error is. Or move it away and sign "
                "in again: {client|the client} then writes a new file, without the other logins and settings of the "
                "old one."),
        ),
        confused_with={
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The file is valid, but one entry in it does not decode or cannot work.",
            "DOCKER_CREDENTIAL_STORE_ERROR": "The file is valid, but the credential helper that it names fails.",
        },
        explains=("DOCKER_CREDENTIAL_STORE_ERROR",),
        docs=DOCKER + "reference/cli/docker/#configuration-files",
    ),
    Code(
        code="DOCKER_CREDENTIAL_STORE_ERROR",
        title="The credential helper is missing or fails",
        meaning="The client's configuration delegates credentials to a program, docker-credential-NAME, which is "
                "missing or fails. The client can then neither store a login that the registry accepts nor find a "
                "stored one. Often Docker Desktop wrote the setting and was removed, or the key store needs a desktop "
                "session. Without any setting or login in its configuration, docker uses the system's helper if it is "
                "installed: osxkeychain on macOS, wincred on Windows, pass or secretservice on Linux.",
        message={
            "missing": "The credential helper {helper}, set in {config_file|the configuration}, is not installed.",
            "fails": "The credential helper {helper}, set in {config_file|the configuration}, fails ({ending}): "
                     "{said|it says nothing that can be shown.}",
            "does not run": "The credential helper {helper}, set in {config_file|the configuration}, does not run: "
                            "{said|the reason is unknown.}",
            "fails by default": "Docker uses the credential helper {helper} because its configuration names no other. "
                                "The helper fails ({ending}): {said|it says nothing that can be shown.}",
            "does not run by default": "Docker uses the credential helper {helper} because its configuration names no "
                                       "other. The helper does not run: {said|the reason is unknown.}",
        },
        how_found="The program is searched for on the PATH and run with `get` for the login server and with `list`, "
                  "which store and remove nothing. `credentials not found` is a normal answer, not a failure.",
        looks_like=("Error saving credentials: error storing credentials - err: exec: \"docker-credential-desktop\": "
                    "executable file not found in $PATH",
                    "error getting credentials - err: exit status 1, out: `Cannot autolaunch D-Bus without X11 "
                    "$DISPLAY`",
                    "error storing credentials - err: exit status 1, out: `The stub received bad data.`",
                    "pass not initialized: exit status 1: Error: password store is empty. Try \"pass init\"."),
        fixes=(
            Fix('Create {file_to_create} with the content {"auths": {"{login_server}": {}}}. Docker then stores the '
                "login in that file, unencrypted, and does not use {helper}. Then sign in again.",
                commands=(SIGN_IN,)),
            Fix('Add "auths": {"{login_server}": {}} to {file_without_entries}. Docker then stores the login in that '
                "file, unencrypted, and does not use {helper}. Then sign in again.", commands=(SIGN_IN,)),
            Fix("Remove the setting {setting} from {config_file}: {missing_helper}, which it names, is not installed. "
                "The client then stores logins in that file, unencrypted. Then sign in again.", commands=(SIGN_IN,)),
            Fix("Install {helper|the credential helper}, or set up or unlock its key store. To do without it, remove "
                "the {setting|credsStore or credHelpers} setting from {config_file|the client's configuration}; docker "
                "then stores credentials in that file, unencrypted. Then sign in again."),
        ),
        confused_with={
            "DOCKER_CONFIG_ERROR": "The configuration file itself cannot be read.",
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The helper works, but the credential that it stores has expired.",
        },
        docs=DOCKER + "reference/cli/docker/login/#credential-stores",
    ),
    Code(
        code="DOCKER_CREDENTIAL_EXPIRED_ERROR",
        title="The stored credential has expired",
        meaning="`az acr login` stores a token that is good for about three hours. After that the client still sends "
                "it and the registry refuses it, even in the middle of a long push. Signing in itself works.",
        message="{stored} expired at {expires_at}, {ago} ago.",
        how_found="The credential that the client would send is a token whose expiry time has passed by this machine's "
                  "clock. Signing in works.",
        looks_like=("unauthorized: authentication required",
                    "denied: requested access to the resource is denied"),
        fixes=(
            Fix("Remove the registry's entry from the environment variable {variable}, which takes precedence over "
                "every stored login, and sign in to the registry again."),
            Fix("Sign in to the registry again. For pipelines and services that run longer, use a service principal, a "
                "managed identity or a repository-scoped token.", commands=(SIGN_IN,)),
            Fix("Sign in to the registry again with `az acr login`."),
        ),
        confused_with={
            "CREDENTIAL_EXPIRED_ERROR": "The expired token is the one given with --username, not a stored one.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The credential could not work even when it was new.",
            "AAD_SESSION_EXPIRED_ERROR": "Entra no longer renews the login itself; the stored credential then expires, "
                                         "too.",
            "CLOCK_SKEW_ERROR": "The token is still good by the servers' clocks.",
        },
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_CREDENTIAL_INVALID_ERROR",
        title="The stored credential does not work",
        meaning="The client has a credential for this registry that the registry does not accept, or that the client "
                "does not find. Its user name or password may have changed, or a token may have been issued before "
                "the registry's settings changed. It may be a token with a user name other than "
                "00000000-0000-0000-0000-000000000000, a token of another registry, or an entry that does not decode. "
                "Or its name differs from the login server (capitals, port): docker compares it letter by letter with "
                "the image's host.",
        message={
            "unfit": "{stored} can never work: {reason}.",
            "token refused": ("{login_server} refuses {stored}, although its token does not expire until "
                              "{expires_at|an unknown time}. A new sign-in works.", SAID),
            "refused": ("{login_server} refuses {stored}, whose user is '{user_name}'.", SAID),
            "user's password": "{login_server} refuses {stored}. Its user '{user_name}' is an Entra user, and "
                               "registries do not accept users' passwords.",
            "does not decode": "The entry '{spoiling_key|}' in {config_file|the configuration} does not decode, so "
                               "docker reads only part of that file or none of it.",
            "another spelling": "{client_name|The client} has a credential for '{other_key|}', but looks only for "
                                "'{login_server}'.",
        },
        how_found="The client's entry for the login server is looked up and read the way the client does it. Entries "
                  "that spell the same host differently count only if the correct one is missing. A credential that "
                  "could work is sent once to the token endpoint of its own registry, as the client would do; not with "
                  "--client none.",
        looks_like=("unauthorized: authentication required", "no basic auth credentials",
                    "Error: get credentials: illegal base64 data at input byte"),
        fixes=(
            Fix("Remove the registry's entry from the environment variable {variable}, which takes precedence over "
                "every stored login, and sign in to the registry again."),
            Fix("Sign in to the registry again, which replaces {replaced_login}.", commands=(SIGN_IN,)),
            Fix("Store the current password of '{refused_user}'; {client|docker} asks for it.",
                commands=(("{client|docker}", "login", "{login_server}", "--username", "{refused_user}"),)),
            Fix("Remove the entry '{spoiling_key}' from {config_file}. Until then docker finds the other entries only "
                "by chance."),
            Fix("Remove the stored credential for '{misspelt_key}' and sign in again, which stores a correct one. In "
                "image names, write the login server {login_server} in lower case and without a port.",
                commands=(("{client}", "logout", "{misspelt_key}"), SIGN_IN)),
            Fix("Remove the stored credential for '{stored_key}' and sign in again, which stores a correct one.",
                commands=(("{client}", "logout", "{stored_key}"), SIGN_IN)),
            Fix("Sign out of the registry under the name that was stored, and sign in again with `az acr login`."),
        ),
        confused_with={
            "IMAGE_REFERENCE_ERROR": "The stored entry is correct; the image's name spells the host differently.",
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The credential was correct but has expired.",
            "CREDENTIAL_USERNAME_ERROR": "The user name and the secret were given with --username.",
            "DOCKER_CREDENTIAL_LIMITED_WARNING": "The registry accepts the stored login, which allows less.",
            "DOCKER_CONFIG_ERROR": "The whole file does not parse.",
        },
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_CREDENTIAL_LIMITED_WARNING",
        title="The stored login allows less than the Azure CLI's sign-in",
        meaning="The registry accepts the login that the client has stored, and refuses the action with it. It belongs "
                "to another identity than the Azure CLI's: a colleague, an application or a repository-scoped token. "
                "The client uses what it has stored, whoever is signed in to the Azure CLI.",
        message=("{stored}", WhenKnown((" signs in as '{stored_user}' and",)),
                 " does not allow {lacking}. The Azure CLI's own sign-in does."),
        how_found="The stored credential is sent once to the token endpoint of its own registry, as the client would "
                  "do. The token that the registry issues for it lacks an action that was asked about. The token for "
                  "the Azure CLI's identity has it.",
        looks_like=("unauthorized: authentication required",),
        fixes=(
            Fix("Sign in to the registry as the Azure CLI's identity. This replaces {replaced_login}.",
                commands=(SIGN_IN,)),
            Fix("Sign in to the registry with `az acr login`, which replaces the stored login."),
        ),
        confused_with={
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The registry refuses the stored login.",
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The Azure CLI's identity may not do it, either.",
        },
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_CREDENTIAL_MISSING_WARNING",
        title="No stored login for the registry",
        meaning="Docker sends no credential to this registry, so a pull or push ends in \"unauthorized\", however "
                "well signing in with the Azure CLI works. Nobody has signed in with this user and configuration "
                "folder, or the login was removed.",
        message="{client_name|The client} has no login for {login_server}.",
        how_found="Neither the configuration nor its credential store has a credential for the login server. It does "
                  "not matter if anonymous pull is on and you only pull, or if you asked about another identity, "
                  "about other credentials or without a client.",
        looks_like=("no basic auth credentials", "unauthorized: authentication required",
                    "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"),
        fixes=(Fix("Sign in to the registry.", commands=(SIGN_IN,)),
               Fix("Sign in to the registry with `az acr login`.")),
        confused_with={
            "CLIENT_ENVIRONMENT_WARNING": "The credential exists, for another user or in another configuration folder.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The credential exists, under a spelling that the client does not look "
                                               "up.",
        },
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_DAEMON_NETWORK_ERROR",
        title="The Docker daemon cannot reach the registry",
        meaning="This process reaches the registry, but the Docker daemon does not. The daemon, often in a virtual "
                "machine, makes the connections for pulls, pushes and `docker login`. It has its own proxy settings, "
                "certificates and resolver, and does not see this shell's variables.",
        message={
            f"{reason}, {way}":
                f"The Docker daemon cannot reach {{login_server}}: {why}{{said|}}. This process can.{difference}"
            for reason, why in REASONS.items() for way, difference in WAYS.items()},
        how_found="The daemon is asked to sign in to the login server with a text that is not a password. This uses "
                  "`docker login` with an empty configuration folder. A refusal by the registry shows that the daemon "
                  "reaches it. An error about a certificate, proxy, name or connection shows that it does not. "
                  "Nothing is stored on this machine; the registry's log may show one failed login.",
        looks_like=("Error response from daemon: Get \"https://myregistry.azurecr.io/v2/\": tls: failed to verify "
                    "certificate: x509: certificate signed by unknown authority",
                    "Error response from daemon: Get \"https://myregistry.azurecr.io/v2/\": net/http: request canceled "
                    "while waiting for connection (Client.Timeout exceeded while awaiting headers)",
                    "Error response from daemon: Get https://myregistry.azurecr.io: proxyconnect tcp: EOF",
                    "dial tcp: lookup myregistry.azurecr.io on 192.168.65.1:53: no such host"),
        fixes=(
            Fix("Give the daemon the certificate authorities that this process trusts for this registry; it reads the "
                "file at once. If you do not know what {certificate_bundle} contains, look into it first.",
                commands=(("sudo", "install", "-D", "-m", "0644", "{certificate_bundle}", "{certificate_file}"),)),
            Fix("Make the daemon trust the authority that issued the {reason_certificate} it is shown. On Linux, add a "
                ".crt file to /etc/docker/certs.d/{login_server}/. With Docker Desktop, add it to the system's "
                "certificate store and restart."),
            Fix("Set the proxy {proxy}, which this process uses, for the daemon. The setting " + PROXY_SETTING),
            Fix("Remove {unresolved_proxy} from the daemon's settings: that name does not resolve, and this process "
                "needs no proxy. The setting " + PROXY_SETTING),
            Fix("Exclude {login_server} from the daemon's proxy {needless_proxy}, as this process needs none. The "
                "setting " + PROXY_SETTING),
            Fix("Compare the daemon's network with this process's: the resolver, firewall and routes of the machine or "
                "virtual machine that it runs in. Restarting Docker Desktop often fixes a stale network."),
        ),
        confused_with={
            "CONNECTIVITY_SSL_ERROR": "This process does not trust the certificate, either.",
            "PROXY_ERROR": "The proxy refuses this process, too.",
            "DOCKER_DAEMON_ERROR": "The daemon itself does not answer.",
        },
        docs=NETWORK,
    ),
    Code(
        code="PROXY_ERROR",
        title="The proxy prevents the connection",
        meaning="A proxy is configured for this host, but it cannot be reached, requires a user name and password, or "
                "refuses the request. The registry and the sign-in endpoints were not reached, so their state is "
                "unknown.",
        message={"no-answer": NO_TOKEN,
                 "refuses": "Requests through the proxy {proxy|configured here} fail: {refusals}.",
                 "resource manager": "Cannot reach Azure Resource Manager: {failure}.",
                 "sign-in": "A proxy or network on the way to {where} requires you to sign in (status {status}).",
                 "not the registry": "Something on the way refuses {where} (403). It is not the registry: the answer "
                                     "is {content_type|of no declared type}.",
                 "layers": NO_LAYERS,
                 "page": "Signing in to {login_server} works, but its layers come from {layer_hosts}, where something "
                         "on the way answers with a web page instead.",
                 **UNREACHED},
        how_found="The connection to the proxy fails, or its answer to the CONNECT request for the registry is an "
                  "error. Or the answer received does not come from the registry.",
        looks_like=("Tunnel connection failed: 407 Proxy Authentication Required",
                    "ProxyError('Cannot connect to proxy.')",
                    "login attempt to https://myregistry.azurecr.io/v2/ failed with status: 403 Forbidden",
                    "Registry 'myregistry.azurecr.io' did not issue a challenge."),
        fixes=(
            Fix("Put the user name and password for the proxy {asking_proxy} into HTTPS_PROXY: {proxy_with_password}. "
                "Write special characters in them percent-encoded, such as %40 for @."),
            Fix("Allow {stopped_hosts} on port 443 on the proxy {blocking_proxy}. In all, the Azure CLI needs "
                "{needed_hosts|the registry, the sign-in host and Azure Resource Manager}.", "networkAdministrator"),
            Fix("Let the proxy {failing_proxy} reach {stopped_hosts} on port 443: it accepts the request, but cannot "
                "connect to them itself.", "networkAdministrator"),
            Fix("Correct the address of the proxy in HTTPS_PROXY: {dead_proxy} cannot be used. If this network needs "
                "no proxy, remove the variable."),
            Fix("Sign in to the proxy or network that answers in place of {host_to_sign_in_for}, with a browser on "
                "this machine."),
            Fix("Allow {blocked_host} on port 443 on the proxy or gateway that answers in its place.",
                "networkAdministrator"),
            Fix("Correct the proxy's address in HTTPS_PROXY. If this network needs no proxy, remove the variable."),
        ),
        confused_with={
            "CONNECTIVITY_FORBIDDEN_ERROR": "The 403 is the registry's own JSON with the code DENIED.",
            "CONNECTIVITY_SSL_ERROR": "The proxy forwards the connection but decrypts it.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process gets through; the Docker daemon uses another proxy or none.",
        },
        explains=("CONNECTIVITY_DNS_ERROR", "CONNECTIVITY_ADDRESS_ERROR", "CONNECTIVITY_REFUSED_ERROR",
                  "CONNECTIVITY_TIMEOUT_ERROR", "CONNECTIVITY_RESET_ERROR", "CONNECTIVITY_SSL_ERROR",
                  "CONNECTIVITY_FORBIDDEN_ERROR", "CONNECTIVITY_CHALLENGE_ERROR", "CONNECTIVITY_SERVER_ERROR",
                  "CONNECTIVITY_DATA_ENDPOINT_ERROR", "AAD_CONNECTIVITY_ERROR", "ARM_CONNECTIVITY_WARNING"),
        docs=CLI_PROXY,
    ),
    Code(
        code="CLOCK_SKEW_ERROR",
        title="This machine's clock is wrong",
        meaning="Certificates and tokens are valid between two points in time. This machine's clock is off by more "
                "than the five minutes that are tolerated. Good certificates then look expired or not yet valid; good "
                "tokens are refused, or look good after they expire. Virtual machines and WSL lose time while "
                "suspended.",
        message="This machine's clock is {skew} the servers' ({servers}). Tokens and certificates tolerate 5 minutes.",
        how_found="The Date headers of the servers that answered agree with each other but differ from the local "
                  "clock. If a certificate's dates are the problem, the header is read without trusting the server.",
        looks_like=("certificate is not yet valid", "certificate has expired",
                    "AADSTS700024: Client assertion is not within its valid time range.",
                    "AADSTS500133: Assertion is not within its valid time range."),
        fixes=(Fix("Set the clock: turn on automatic time (Windows: Settings > Time & language; macOS: System Settings "
                   "> General > Date & Time; Linux: `timedatectl set-ntp true`). For WSL, run `wsl --shutdown` in "
                   "Windows: this ends all distributions, and they restart with the right time."),),
        confused_with={
            "CONNECTIVITY_SSL_ERROR": "The clock is right; the certificate is really outside its dates.",
            "AAD_CLIENT_ASSERTION_ERROR": "The clock is right; the assertion was too old when it was used.",
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The clock is right; the stored token has expired.",
        },
        explains=("CREDENTIAL_EXPIRED_ERROR",),
        docs=LOGIN,
    ),
]
