# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Codes about this machine: its container client, engine and stored credentials, its proxy and its clock."""

from azext_acrlogin.catalogue import Code, Fix
from azext_acrlogin.catalogue._common import (
    CLI_PROXY, HEALTH, LOGIN, NETWORK, NO_LAYERS, NO_TOKEN, SIGN_IN, UNREACHED)

DOCKER = "https://docs.docker.com/"

NO_DAEMON = "The Docker client is there, and its daemon{at|} does not answer{said|.}"
# Why a daemon does not reach the registry, and how its way differs from this process's.
REASONS = {
    "certificate": "it does not trust the certificate that it is shown",
    "proxy": "its proxy does not let it through",
    "dns": "it cannot resolve the name",
    "timeout": "it gets no answer",
    "connection": "it gets no connection",
}
WAYS = {
    "": "",
    "another proxy": " This process goes through the proxy {proxy}, the daemon through the proxy {daemon_proxy}.",
    "no proxy": " This process goes through the proxy {proxy}, the daemon through no proxy.",
    "only the daemon's proxy": " The daemon goes through the proxy {daemon_proxy}, this process through none.",
    "other certificates": " This process trusts the certificates in {bundle}, the daemon has its own.",
}

CODES = [
    Code(
        code="DOCKER_COMMAND_ERROR",
        title="No container client",
        meaning="`az acr login` hands the registry's token to docker or podman, and this process finds neither: there "
                "is none on its PATH, or what is there cannot be run. A shell's alias does not count, and a service or "
                "an IDE may have another PATH than the terminal.",
        message={
            "not on the path": "{command|} is not on the PATH.",
            "neither on the path": "Neither docker nor podman is on the PATH.",
            "variable": "DOCKER_COMMAND names {command|}, and there is no such program that can be run.",
            "current directory": "{command|} is found in the current directory only, and `az acr login` runs no "
                                 "container client from there.",
            "does not run": "{program} cannot be run: {said|it does not start.}",
            "stand-in": "{program} is Docker Desktop's stand-in: Docker Desktop is not integrated with this WSL "
                        "distribution, or does not run.",
        },
        how_found="DOCKER_COMMAND, else docker, else podman is looked for on the PATH, the current directory left out, "
                  "and asked for its version. Under WSL, Docker Desktop leaves a stand-in that has no version.",
        looks_like=("Please verify if Docker client is installed and running.",
                    "An error occurred: DOCKER_COMMAND_ERROR",
                    "The command 'docker' could not be found in this WSL 2 distro."),
        fixes=(
            Fix("Start Docker Desktop on Windows and switch on Settings > Resources > WSL integration for "
                "{distribution}."),
            Fix("Set the environment variable DOCKER_COMMAND, now {docker_command}, to the full path of docker or "
                "podman, or remove it."),
            Fix("Install Docker or Podman, or put its folder on the PATH of the process that runs az. Where there can "
                "be no client, `az acr login --expose-token` gives a token to sign in with elsewhere, and `az acr "
                "build` needs none."),
        ),
        confused_with={
            "DOCKER_DAEMON_ERROR": "The client tells its version, and `docker ps` fails; az itself calls both by the "
                                   "name DOCKER_COMMAND_ERROR.",
            "DOCKER_PERMISSION_ERROR": "The client is there, and the engine's socket refuses this user.",
            "DOCKER_VERSION_ERROR": "The client runs and is too old, or does not tell its version.",
        },
        explains=("DOCKER_DAEMON_ERROR",),
        docs=HEALTH + "docker_command_error",
    ),
    Code(
        code="DOCKER_DAEMON_ERROR",
        title="The container engine does not answer",
        meaning="The docker client is only a remote control; pulling and pushing is the engine's work, and it cannot "
                "be reached: it does not run, or DOCKER_HOST or the current context points to one that is not there. "
                "`az acr login` asks it first and stops.",
        message={
            "podman": "podman is installed and does not work{said|.}",
            "docker": NO_DAEMON,
            "docker beside podman": NO_DAEMON + " podman is installed too: with DOCKER_COMMAND=podman az uses it "
                                                "instead.",
        },
        how_found="The client's `ps` ends with another status than 0, or not in time. What it prints on standard error "
                  "while ending with 0 is a notice and no failure.",
        looks_like=("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                    "open //./pipe/docker_engine: The system cannot find the file specified.",
                    "Cannot connect to Podman."),
        fixes=(
            Fix("The environment variable DOCKER_HOST points to {docker_host}: start the engine there, or correct or "
                "remove the variable."),
            Fix("The environment variable DOCKER_CONTEXT names {context_variable}: start that context's engine, or "
                "correct or remove the variable."),
            Fix("Start the engine of docker's context {context}, or switch back to the default one, which the command "
                "does.", commands=(("docker", "context", "use", "default"),)),
            Fix("Start the Docker service.", commands=(("sudo", "systemctl", "start", "{service}"),)),
            Fix("Start the engine: Docker Desktop on Windows and macOS, the docker service on Linux, `podman machine "
                "start` for podman outside Linux. To have az use podman instead, set DOCKER_COMMAND to podman."),
        ),
        confused_with={
            "DOCKER_PERMISSION_ERROR": "The engine runs; its socket answers this user with `permission denied`.",
            "DOCKER_DAEMON_NETWORK_ERROR": "The engine answers, and it is the one that cannot reach the registry.",
            "DOCKER_COMMAND_ERROR": "There is no client, or one that does not even tell its version.",
        },
        explains=("DOCKER_DAEMON_NETWORK_ERROR",),
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_PERMISSION_ERROR",
        title="This user may not use the Docker engine",
        meaning="The engine's socket belongs to a group, usually docker, and this user is not in it, or was added "
                "after this session began. The registry was not even asked.",
        message="The Docker daemon's socket{at|} refuses {local_user|this user}{said|.}",
        how_found="`docker ps` fails, and opening the engine's socket is refused by the operating system (EACCES), or "
                  "the client says so of its socket or pipe.",
        looks_like=("permission denied while trying to connect to the Docker daemon socket at "
                    "unix:///var/run/docker.sock",
                    "open //./pipe/docker_engine: Access is denied."),
        fixes=(
            Fix("Add {local_user} to the group {socket_group}, then sign out of this computer and in again. Members of "
                "that group have root's rights on this machine, so ask its administrator where it is not yours.",
                commands=(("sudo", "usermod", "--append", "--groups", "{socket_group}", "{local_user}"),)),
            Fix("Join the group that may use the engine (docker on Linux, docker-users on Windows), then sign out of "
                "this computer and in again; or use rootless Docker or podman. With sudo instead, both the login and "
                "the use must be under sudo."),
        ),
        confused_with={
            "DOCKER_DAEMON_ERROR": "The socket is not there, or nobody listens: no user is let in.",
            "CLIENT_ENVIRONMENT_WARNING": "Login under sudo and use without it, or the reverse, share no credentials.",
        },
        explains=("DOCKER_DAEMON_ERROR", "DOCKER_DAEMON_NETWORK_ERROR"),
        docs=DOCKER + "engine/install/linux-postinstall/",
    ),
    Code(
        code="DOCKER_VERSION_ERROR",
        title="The Docker client's version is too old or unknown",
        meaning="`az acr login` passes the token to `docker login` on standard input, in the way that Docker documents "
                "from 18.03 on. podman needs no particular version.",
        message={
            "too old": "{program} is Docker {version}; `az acr login` needs 18.03 or later.",
            "not told": "{program} runs and does not tell its version; it said: {said|nothing.}",
            "not in time": "{program} runs and does not tell its version; it did not answer in time.",
        },
        how_found="The client's own version, from `docker version` or `docker --version`, is below 18.03 or cannot be "
                  "read although the program runs.",
        looks_like=("unknown flag: --password-stdin",
                    "An error occurred while retrieving Docker version. Please try verifying it manually.",
                    "Failed to pass credentials to 'docker' via stdin."),
        fixes=(Fix("Install a current Docker client, or podman, and make sure that it comes first on the PATH."),),
        confused_with={
            "DOCKER_COMMAND_ERROR": "Nothing that runs is there at all.",
            "CLIENT_VERSION_WARNING": "The version signs in, and is known to fail in something else.",
        },
        docs=HEALTH + "docker_version_error",
    ),
    Code(
        code="DOCKER_CONFIG_ERROR",
        title="The client's configuration file is of no use",
        meaning="docker and podman keep credentials, and where else to find them, in a JSON file. This one cannot be "
                "read, or is not the JSON that they expect, so that stored credentials are not found and new ones may "
                "not be kept. docker merely warns of it and goes on without.",
        message={
            "": "{config_file|The configuration} is of no use to {client}: {fault}.",
            "at a place": "{config_file|The configuration} is of no use to {client}: {fault} (line {line}, column "
                          "{column}).",
        },
        how_found="The file that the client would read (DOCKER_CONFIG, ~/.docker/config.json, podman's auth.json) is "
                  "read as the client reads it.",
        looks_like=("WARNING: Error loading config file: /home/alex/.docker/config.json: invalid character '}' looking "
                    "for beginning of object key string",
                    "WARNING: Error parsing config file"),
        fixes=(
            Fix("Mend {config_file|the client's configuration file} at the place named; or move it aside, which also "
                "puts all stored logins and settings in it aside, and sign in again: {client|the client} then writes "
                "a new one."),
        ),
        confused_with={
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The file is fine, and one entry in it does not decode or cannot work.",
            "DOCKER_CREDENTIAL_STORE_ERROR": "The file is fine, and the program that it names fails.",
        },
        explains=("DOCKER_CREDENTIAL_STORE_ERROR",),
        docs=DOCKER + "reference/cli/docker/#configuration-files",
    ),
    Code(
        code="DOCKER_CREDENTIAL_STORE_ERROR",
        title="The credential helper is missing or fails",
        meaning="The client's configuration has credentials kept by a program, docker-credential-NAME. It is not there "
                "or fails, so that a login that the registry accepts cannot be kept, and a kept one not be found. "
                "Often Docker Desktop wrote the setting and is gone, or the key store behind needs a desktop session.",
        message={
            "missing": "{config_file|The configuration} names the credential helper {helper}, and there is no such "
                       "program.",
            "fails": "The credential helper {helper}, which {config_file|the configuration} names, fails (exit status "
                     "{exit_status}): {said|it says nothing.}",
        },
        how_found="The program is looked for on the PATH, and asked with `get` for the login server and with `list`; "
                  "nothing is stored or removed. An honest `credentials not found` is no failure.",
        looks_like=("Error saving credentials: error storing credentials - err: exec: \"docker-credential-desktop\": "
                    "executable file not found in $PATH",
                    "error getting credentials - err: exit status 1, out: `Cannot autolaunch D-Bus without X11 "
                    "$DISPLAY`",
                    "error storing credentials - err: exit status 1, out: `The stub received bad data.`",
                    "pass not initialized: exit status 1: Error: password store is empty. Try \"pass init\"."),
        fixes=(
            Fix("Make {helper|the credential helper} work (install it, or set up or unlock the key store behind it), "
                "or take the setting {setting|credsStore or credHelpers} for it out of {config_file|the client's "
                "configuration}; docker then keeps credentials in that file, unencrypted. Sign in again afterwards."),
        ),
        confused_with={
            "DOCKER_CONFIG_ERROR": "The configuration itself cannot be read.",
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The helper answers, and what it holds has expired.",
        },
        docs=DOCKER + "reference/cli/docker/login/#credential-stores",
    ),
    Code(
        code="DOCKER_CREDENTIAL_EXPIRED_ERROR",
        title="The stored credential has expired",
        meaning="`az acr login` stores a token that lives about three hours. The client goes on sending it afterwards "
                "and the registry refuses it, in pushes that take longer, too. Signing in itself works.",
        message="{stored} expired at {expires_at}, {ago} ago.",
        how_found="The credential that the client would send for the login server is a token, and the end that it "
                  "names has passed by this machine's clock, while signing in works.",
        looks_like=("unauthorized: authentication required",
                    "denied: requested access to the resource is denied"),
        fixes=(
            Fix("Take the registry's entry out of the environment variable {variable}, which comes before every stored "
                "login, and sign in to the registry again."),
            Fix("Sign in to the registry again. For pipelines and services that run longer, use a service principal, a "
                "managed identity or a repository-scoped token.", commands=(SIGN_IN,)),
            Fix("Sign in to the registry again with `az acr login`."),
        ),
        confused_with={
            "CREDENTIAL_EXPIRED_ERROR": "The expired token is the one given with --username, not a stored one.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "The credential could not work when it was new, either.",
            "AAD_SESSION_EXPIRED_ERROR": "Entra no longer renews the login itself; the stored credential follows.",
            "CLOCK_SKEW_ERROR": "The token is good by the servers' clocks.",
        },
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_CREDENTIAL_INVALID_ERROR",
        title="The stored credential can never work",
        meaning="The client holds something for this registry that no registry would take, or that it does not find: a "
                "token under another user name than 00000000-0000-0000-0000-000000000000, another registry's token, an "
                "entry that does not decode, or one under a spelling (capitals, port) that differs from the login "
                "server. docker compares it letter by letter with the host of the image.",
        message={
            "unfit": "{stored} can never work: {reason}.",
            "does not decode": "The entry of '{spoiling_key|}' in {config_file|the configuration} does not decode, so "
                               "that docker reads that file in part or not at all.",
            "another spelling": "{client} holds a credential under '{other_key|}', and looks it up under "
                                "'{login_server}' only.",
        },
        how_found="The client's entry for the login server is looked up and read as the client does it. Entries that "
                  "mean the same host under another spelling count only where there is no right one.",
        looks_like=("unauthorized: authentication required", "no basic auth credentials",
                    "Error: get credentials: illegal base64 data at input byte"),
        fixes=(
            Fix("Take the registry's entry out of the environment variable {variable}, which comes before every stored "
                "login, and sign in to the registry again."),
            Fix("Take the entry of '{spoiling_key}' out of {config_file}, or write it anew: until then docker finds "
                "the others by chance only."),
            Fix("Remove the stored credential of '{stored_key}' and sign in again, which stores a right one; write the "
                "login server {login_server} in lower case and without a port in image names.",
                commands=(("{client}", "logout", "{stored_key}"), SIGN_IN)),
            Fix("Sign out of the registry under the spelling that was stored, and sign in again with `az acr login`."),
        ),
        confused_with={
            "IMAGE_REFERENCE_ERROR": "The stored entry is right, and the image's name has the other spelling.",
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The credential was right, and its time is over.",
            "CREDENTIAL_USERNAME_ERROR": "The user name and the secret were given with --username.",
            "DOCKER_CONFIG_ERROR": "The whole file does not parse.",
        },
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_CREDENTIAL_MISSING_WARNING",
        title="No stored login for the registry",
        meaning="docker sends nothing for this registry, and the registry refuses to serve strangers. Nobody signed in "
                "under this user and configuration folder, or somebody signed out.",
        message="{client} holds nothing for {login_server}, and the symptom is about pulling or pushing.",
        how_found="Neither the configuration nor its credential store holds anything for the login server, and the "
                  "symptom given speaks of pulling or pushing.",
        looks_like=("no basic auth credentials", "unauthorized: authentication required",
                    "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"),
        fixes=(Fix("Sign in to the registry.", commands=(SIGN_IN,)),
               Fix("Sign in to the registry with `az acr login`.")),
        confused_with={
            "CLIENT_ENVIRONMENT_WARNING": "There is a credential, in another user's or another configuration folder.",
            "DOCKER_CREDENTIAL_INVALID_ERROR": "There is a credential, under a spelling that the client does not look "
                                               "up.",
        },
        docs=LOGIN,
    ),
    Code(
        code="DOCKER_DAEMON_NETWORK_ERROR",
        title="The Docker daemon cannot reach the registry",
        meaning="This process reaches the registry and the daemon does not. Pulls, pushes and `docker login` go out "
                "from the daemon, often from a virtual machine, with its own proxy settings, certificates and "
                "resolver; it sees nothing of this shell's variables.",
        message={
            f"{reason}, {way}":
                f"This process reaches {{login_server}}, the Docker daemon does not: {why}{{said|}}.{difference}"
            for reason, why in REASONS.items() for way, difference in WAYS.items()},
        how_found="The daemon is asked to sign in to the login server with a text that is no password, through `docker "
                  "login` with an empty configuration folder of its own. The registry's refusal shows that it got "
                  "there; an error of certificate, proxy, name or connection shows that it did not. Nothing is stored "
                  "on this machine; the registry's own log may show one failed login.",
        looks_like=("Error response from daemon: Get \"https://myregistry.azurecr.io/v2/\": tls: failed to verify "
                    "certificate: x509: certificate signed by unknown authority",
                    "Error response from daemon: Get \"https://myregistry.azurecr.io/v2/\": net/http: request canceled "
                    "while waiting for connection (Client.Timeout exceeded while awaiting headers)",
                    "Error response from daemon: Get https://myregistry.azurecr.io: proxyconnect tcp: EOF",
                    "dial tcp: lookup myregistry.azurecr.io on 192.168.65.1:53: no such host"),
        fixes=(
            Fix("Give the daemon the certificate authorities that this process trusts for this registry; it reads the "
                "file at once. Look into {certificate_bundle} first if you do not know what is in it.",
                commands=(("sudo", "install", "-D", "-m", "0644", "{certificate_bundle}", "{certificate_file}"),)),
            Fix("Make the daemon trust the authority that issued the {reason_certificate} shown to it: on Linux a .crt "
                "file in /etc/docker/certs.d/{login_server}/; with Docker Desktop the system's own store and a "
                "restart."),
            Fix("Set the proxy {proxy} for the daemon, too: under \"proxies\" in /etc/docker/daemon.json on Linux, in "
                "Settings > Resources > Proxies with Docker Desktop. Restart the daemon afterwards, which stops "
                "containers unless live restore is on."),
            Fix("The daemon goes through the proxy {daemon_proxy}: correct it, or except {login_server} from it, and "
                "restart the daemon, which stops containers unless live restore is on."),
            Fix("Compare the daemon's network with this process's: resolver, firewall and routes of the machine or "
                "virtual machine that it runs in. Restarting Docker Desktop often cures a stale network."),
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
        title="The proxy does not let the request through",
        meaning="A proxy is configured for this host, and it cannot be reached, wants a user name and password, or "
                "refuses. The registry and the sign-in endpoints were not reached, so nothing can be said of them.",
        message={"no-answer": NO_TOKEN,
                 "refuses": "{proxy|the configured proxy} does not let requests through: {refusals}.",
                 "resource manager": "Resource Manager cannot be reached: {failure}.",
                 "sign-in": "{where} is answered with status {status} by a proxy or network on the way that wants to "
                            "be signed in to.",
                 "not the registry": "{where} is refused (403) by something on the way that is not the registry: its "
                                     "answer is {content_type|of no declared type}.",
                 "layers": NO_LAYERS,
                 "page": "Signing in to {login_server} works, but layers come from {layer_hosts}, and a page for "
                         "people is what answers there: something on the way intercepts it.",
                 **UNREACHED},
        how_found="The connection to the proxy, or the CONNECT that asks it for the registry, fails; or the answer is "
                  "not the registry's.",
        looks_like=("Tunnel connection failed: 407 Proxy Authentication Required",
                    "ProxyError('Cannot connect to proxy.')",
                    "login attempt to https://myregistry.azurecr.io/v2/ failed with status: 403 Forbidden",
                    "Registry 'myregistry.azurecr.io' did not issue a challenge."),
        fixes=(
            Fix("Correct the address, user name or password of the proxy {proxy|on the way} in HTTPS_PROXY; or add "
                "{host|the host} to NO_PROXY, where it can be reached directly; or have the proxy allow {host|it}.",
                "networkAdministrator"),
        ),
        confused_with={
            "CONNECTIVITY_FORBIDDEN_ERROR": "The 403 is the registry's own JSON with the code DENIED.",
            "CONNECTIVITY_SSL_ERROR": "The proxy lets the connection through and opens its encryption.",
            "DOCKER_DAEMON_NETWORK_ERROR": "This process gets through; the Docker daemon has no or another proxy.",
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
        meaning="Certificates and tokens are good between two moments, and this machine's clock is off by more than "
                "the five minutes that are tolerated. Good certificates then look expired or not yet valid, and good "
                "tokens are refused or look good after their end. Virtual machines and WSL lose time while asleep.",
        message="This machine's clock is {skew} the servers' ({servers}); tokens and certificates tolerate 5 minutes.",
        how_found="The Date headers of the servers that answered agree with each other and differ from the local "
                  "clock; where a certificate's dates are the complaint, the header is read without trusting the "
                  "server.",
        looks_like=("certificate is not yet valid", "certificate has expired",
                    "AADSTS700024: Client assertion is not within its valid time range.",
                    "AADSTS500133: Assertion is not within its valid time range."),
        fixes=(Fix("Set the clock: switch on automatic time (Windows: Settings > Time & language; macOS: System "
                   "Settings > General > Date & Time; Linux: `timedatectl set-ntp true`). For WSL, `wsl --shutdown` in "
                   "Windows ends all distributions, and they start with the right time."),),
        confused_with={
            "CONNECTIVITY_SSL_ERROR": "The clock is right, and the certificate's dates are really over.",
            "AAD_CLIENT_ASSERTION_ERROR": "The clock is right, and the assertion was too old when it was used.",
            "DOCKER_CREDENTIAL_EXPIRED_ERROR": "The clock is right, and the stored token's time is over.",
        },
        explains=("CREDENTIAL_EXPIRED_ERROR",),
        docs=LOGIN,
    ),
]
