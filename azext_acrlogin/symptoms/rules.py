# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What in a message points to which error codes, as data.

First the vocabulary: how docker, podman, containerd, Python, Go, .NET, Java, Node, curl and Windows word the same
condition. Then the rules. A rule looks at features: HTTP statuses, the words of a step, kinds of hosts, the program
that speaks. Weights are rough chances; those of several rules add up. What says nothing but "refused" gets the
commonest causes for the client that speaks, with weights so low that anything definite comes before them.

Patterns see the text in lower case and on one line. Every repetition in them is bounded.
"""

from dataclasses import dataclass
from typing import Mapping, Optional, Tuple


@dataclass(frozen=True)
class Rule:
    """`weights` for codes when every one of `patterns` matches and `unless` does not. The first pattern is quoted.

    as_written: the patterns see the text with its capitals.
    general: words that every program uses; they count in a message that is about registries or their clients only.
    """

    why: str
    patterns: Tuple[str, ...]
    weights: Mapping[str, float]
    unless: Optional[str] = None
    as_written: bool = False
    general: bool = False


# --- conditions
REFUSED = (r"unauthori[sz]ed|(authentication|authori[sz]ation) (is )?required|\b401\b|not authenticated|"
           r"authenticated correctly|"
           r"(fail(ed|s|ure|ing)? to|can ?not|can't|unable to|could not) (authenticate|authori[sz]e|log ?in|sign ?in)|"
           r"\b(auth|authentication|authori[sz]ation|login|sign.in) "
           r"(failures?|fails?|failed|errors?|issues?|is refused|refused)")
# The registry's own host refuses: other hosts in the text, as those of base images, are beside the point.
REFUSED_ITSELF = r"\.azurecr\.(io|cn|us)\b[^ ]{0,300} ([^.]{0,20} )?(" + REFUSED + ")"
FAILS = (r"\bfail|\berrors?\b|\bunable\b|\bcan ?not\b|\bcan't\b|\bcould(n't| not)\b|not (able|possible)|refus|denied|"
         r"does(n't| not) work|not working|broken|forbidden|not (be )?accessible|rejected")
TLS_FAULT = (r"x509|certificate.verify.failed|unknown authority|self.signed.cert|sslerror|ssl_error(?!_syscall)|"
             r"bad handshake|unable.to.get.(local.)?issuer|cert(ificate)?.has.expired|certificateerror|unknown ?issuer|"
             r"secure connection to the registry|certificate is (not )?valid|tls: failed to verify|unexpected_eof|"
             r"violation of protocol|pkix|sslhandshakeexception|unable_to_verify_leaf|err_tls_cert|"
             r"remote certificate|trust relationship|ssl connection could not|certificate problem|untrusted_root|"
             r"unknown ca\b|bad certificate|curl: \((51|60)\)|connectivity_ssl_error")
NO_DNS = (r"no such host|name or service not known|failed to resolve (?!reference|source|image)|getaddrinfo|"
          r"\benotfound|"
          r"eai_again|nodename nor servname|failure in name resolution|nameresolutionerror|unknown ?host|"
          r"could(n't| not) (be )?resolved?\b|name could not be resolved|name does not resolve|"
          r"no address associated|server misbehaving|nxdomain|servfail|\b11001\b|failed to reach dns|"
          r"dns (lookup|resolution) fail|connectivity_dns_error")
TIMEOUT = (r"i/o timeout|tim(e|ed|es) ?out\b(?! of)|timeouterror|timeoutexception|deadline exceeded|awaiting headers|"
           r"request canceled while waiting|httpclient\.timeout|etimedout|\b10060\b|failed to respond|"
           r"no route to host|network is unreachable|ehostunreach|enetunreach|curl: \(28\)|"
           r"\bhangs?\b|\bhanging\b|\bstuck\b|host is not reachable|is reachable from your environment")
REFUSED_CONNECTION = (r"connection refused|econnrefused|connectionrefused|actively refused|\b10061\b|"
                      r"no connection could be made|connectexception|curl: \(7\)")
CUT = (r"connection (was )?(reset|closed|aborted)|connectionreset|econnreset|forcibly closed|broken ?pipe|\bepipe\b|"
       r"\beof\b|socket hang up|tls handshake timeout|handshake failure|remote ?(end closed|disconnected)|"
       r"ssl_error_syscall|\b1005[34]\b|curl: \((35|52|56)\)")
THROTTLED = r"too ?many ?requests|\b429\b|throttl|rate.?limit|(server|service) (is )?(too )?busy"
ANOTHER_REGISTRY = (r"docker\.io|docker ?hub|pull rate limit|upstream|source registry|cach(e|ing) (rule|for)|"
                    r"artifact cache|acr import|quay\.io|ghcr\.io|mcr\.microsoft\.com|registry\.redhat")
FROM_A_SOURCE = r"import|cach(e|ing) (rule|for)|upstream|source registry|error response is received"
AT_FAULT = (r"\b50[0234]\b|internal server error|bad gateway|service unavailable|gateway time-?out|unknownerror|"
            r"unexpected http status: 5")
NO_IMAGE = (r"manifest.?unknown|name.?unknown|repository name not known|no such (image|manifest|repository|tag)|"
            r"manifest .{0,120}not found|reference .{0,200}: not found|code = notfound|not found: manifest|"
            r"(image|tag|repository|digest)\b.{0,60}((does|did)(n't| not) exist|not (be )?found|is missing)|\b404\b")
NO_CREDENTIAL = (r"no basic auth credentials|credentials? (was |were |are )?(not found|missing|not set)|not logged in|"
                 r"no auth(entication)? (found|configured)|no credentials? (found|stored|available|configured)|"
                 r"missing credentials|without (logging in|a login)")
DENIED_BY_REGISTRY = r"client with ip|not allowed access|aka\.ms/acr/firewall"
SOMETIMES = (r"intermittent|sometimes|sporadic|random(ly)?|flaky|occasional|transient|every now and then|"
             r"once in a while|retr(y|ies|ying) .{0,20}(work|succe|help)|(on|after) (a |the )?retry|recover|by itself|"
             r"overnight|inconsistent")

# --- who speaks
KUBERNETES = (r"kubelet|imagepull|errimagepull|failed to pull image|rpc error|pod sandbox|kubernetes|\baks\b|\bk8s\b|"
              r"\bpods?\b|containerd|fetch (anonymous|oauth) token|crictl|azure_credentials\.go|"
              r"acr.credential.provider")
# These read registries with containerd's library and word its refusals as a node does.
CONTAINERD_LIBRARY = r"nerdctl|buildkit|buildx|failed to solve|exporting (to image|cache)|\bhelm\b"
SERVICE_PULL = (r"dockerapiexception|docker api responded|inaccessibleimage|container group|template\.containers|"
                r"app service|web ?app|function app|container ?apps?\b|container instances?|\baci\b|iot edge|"
                r"machine learning|azureml|managed identity|system.assigned|user.assigned")
SERVICE = (r"acr (build |quick )?tasks?\b|az acr (build|task|run)|app service|web ?app|container apps?|"
           r"container instances?|"
           r"\baci\b|machine learning|azureml|functions?\b|hosted (agent|runner)|logic app|batch")
PIPELINE = r"azure pipelines?|azure devops|github (actions?|hosted)|docker@\d|pipeline|service connection|\bci\b"
TOOL = (r"helm|oras|kwctl|skopeo|crane|kaniko|\bjib\b|bazel|rules_docker|devcontainer|dotnet (publish|sdk)|"
        r"sdk containers?|flux|buildah|testcontainers|notation|cosign|trivy|maven|gradle|nerdctl|buildx|buildkit|tilt|"
        r"skaffold|terraform|podman desktop|harbor|renovate|argo ?cd|watchtower|docker.compose|"
        r"\bimg (login|pull|push|build)|crossplane|dependabot|pulumi|earthly|draft (up|create)|\bko (build|publish)")
SIGN_IN = r"docker login|login failed|/v2/\"?: unauthori[sz]ed|logging in|to log ?in\b"
AZ_EXCHANGE = r"connectivity_refresh_token_error|unable to get aad authorization tokens|oauth2/exchange|token exchange"
ADMIN_WORKS = r"admin.{0,40}\b(works?|succeeds?)\b|\b(works?|succeeds?|able|only) .{0,60}\badmin (user|account|cred)"
PULL_SECRET = r"imagepullsecret|pull ?secret|secret docker-registry|docker-registry secret|regcred|dockerconfigjson"
DOCKER_LOCAL_DNS = r"lookup \S{1,200} on (192\.168\.65\.\d{1,3}|127\.0\.0\.\d{1,3}|\[::1\]|10\.\S{1,80}|172\.\S{1,80})"

RULES: Tuple[Rule, ...] = (
    # --- the container client on this machine
    Rule("The Docker daemon's socket refuses this user.",
         (r"permission denied.{0,120}(docker daemon|docker\.sock|docker_engine|podman\.sock|docker api)|"
          r"docker\.sock.{0,160}permission denied|docker_engine.{0,80}access is denied|docker-users|"
          r"not allowed to use docker",),
         {"DOCKER_PERMISSION_ERROR": 0.95}),
    Rule("A program could not start another program that it needs.",
         (r"exec: |exec format error|executable file not found|fork/exec|not executable|"
          r"permission denied.{0,40}credential",),
         {"DOCKER_CREDENTIAL_STORE_ERROR": 0.4, "DOCKER_COMMAND_ERROR": 0.25}, general=True),
    Rule("The message mentions Docker Desktop, which has known problems of its own.", (r"docker.desktop",),
         {"CLIENT_VERSION_WARNING": 0.35, "DOCKER_DAEMON_ERROR": 0.15}),
    Rule("The system could not find a program.",
         (r"(errno|winerror) 2\b|no such file or directory: '?docker|cannot find the file specified|"
          r"docker.{0,30}not (found|installed|recogni[sz]ed)|(not|no) .{0,30}docker (cli|client|command|installed)",),
         {"DOCKER_COMMAND_ERROR": 0.7}, unless=r"docker-credential|docker_engine", general=True),
    Rule("Nothing answers at the Docker daemon's address.",
         (r"cannot connect to (the docker daemon|podman)|is the docker daemon running|docker_engine.{0,80}cannot find|"
          r"failed to connect to the docker api|error during connect|docker\.sock.{0,60}(no such file|refused)|"
          r"(docker|daemon|docker desktop) is (not running|stopped|paused)",),
         {"DOCKER_DAEMON_ERROR": 0.9, "DOCKER_PERMISSION_ERROR": 0.15, "DOCKER_COMMAND_ERROR": 0.2}),
    Rule("The Azure CLI could not use Docker. Its message is the same for the client, the daemon and a permission.",
         (r"verify (if|whether) docker|docker_command_error|docker (client )?is installed and running|"
          r"docker daemon is running properly|docker_daemon_error",),
         {"DOCKER_COMMAND_ERROR": 0.5, "DOCKER_DAEMON_ERROR": 0.4, "DOCKER_PERMISSION_ERROR": 0.35}),
    Rule("The docker program was not found.",
         (r"docker'? (could not be found|command not found|is not recognized|: not found)|"
          r"(command not found|no such file or directory|cannot find).{0,40}['\"/ ]docker(\.exe)?['\" :,]|"
          r"executable file not found.{0,20}docker\b(?!-credential)|wsl integration|in this wsl 2? ?distro|"
          r"(locate|find) .{0,30}['\"]docker(\.exe)?['\"]|docker (cli )?binary|"
          r"sure (that )?docker is installed",),
         {"DOCKER_COMMAND_ERROR": 0.75}, unless=r"docker-credential"),
    Rule("`az acr login` needs a program called docker, and finds another one or none.",
         (r"emulate docker|nodocker|\bpodman\b|(requires?|needs?|depends on|without|no) (an? |the |any )?docker\b",),
         {"DOCKER_COMMAND_ERROR": 0.65, "DOCKER_DAEMON_ERROR": 0.3},
         unless=r"docker-credential|podman (login|pull|push|search|desktop)"),
    Rule("Cloud Shell has no Docker daemon.", (r"cloud ?shell",),
         {"DOCKER_COMMAND_ERROR": 0.45, "DOCKER_DAEMON_ERROR": 0.5}),
    Rule("Docker's version could not be read or is too old for this option.",
         (r"docker_version_error|retrieving docker version|unknown flag: --password-stdin|"
          r"client version .{0,20}too (old|new)",), {"DOCKER_VERSION_ERROR": 0.85}),
    Rule("The credential helper failed to store or read a credential.",
         (r"docker-credential-|error (storing|saving|getting|erasing|listing) credentials|credsstore|credstore|"
          r"(credential|pass\W?|osxkeychain\W?) (helper|store|manager)|stub received bad data|secretservice|"
          r"secret service|d-?bus|keyring|pass store is uninitialized|logon session does not exist|"
          r"no usernames for|keychain|wincred",),
         {"DOCKER_CREDENTIAL_STORE_ERROR": 0.92}),
    Rule("The client's configuration could not be read.",
         (r"illegal base64|error (parsing|loading|reading) config|(config|auth)\.json.{0,80}(invalid|unmarshal|parse|"
          r"\beof\b|being used|permission)|invalid character .{0,40}looking for",),
         {"DOCKER_CONFIG_ERROR": 0.8, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.4},
         unless=r"invalid character '<'|http \d{3} response"),
    Rule("No credential is stored for this registry.", (NO_CREDENTIAL,),
         {"DOCKER_CREDENTIAL_MISSING_WARNING": 0.7, "CLIENT_ENVIRONMENT_WARNING": 0.45,
          "DOCKER_CREDENTIAL_INVALID_ERROR": 0.3}, unless=AZ_EXCHANGE),
    Rule("The message says that a login is missing, or that signing in helps.",
         (r"(need|have|had|should|must)( to)? (be |first |re-?)?log(ged)? ?in|log ?in (again|first)|"
          r"log(ging)? ?in (step )?(is |was |had been )?(missing|skipped|missed|forgotten)|"
          r"(missing|skipped|missed|forg[eo]t\w{0,3}|mention\w{0,3}) .{0,20}log(ging)? ?in|login (first|before)\b",),
         {"DOCKER_CREDENTIAL_MISSING_WARNING": 0.6, "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.3},
         unless=AZ_EXCHANGE + r"|run 'az login'", general=True),
    Rule("Docker's configuration is in another folder, or Docker runs as another user.",
         (r"\bsudo\b|/root/\.docker|/root/\.azure|docker_config\b|homedirectory|as root\b|\bsystemd\b|\bcron\b|"
          r"(another|other|different) (user|home|environment|shell)|environment variable|inside (a|the) container",),
         {"CLIENT_ENVIRONMENT_WARNING": 0.7, "LOGIN_REQUIRED_ERROR": 0.2}, general=True),
    Rule("It works elsewhere on the same machine, so the environment makes the difference.",
         (r"\b(terminal|shell|console|command line|prompt|browser)\b.{0,20}\bworks?\b|"
          r"\bworks? .{0,30}\b(terminal|shell|console|command line|prompt)\b",),
         {"CLIENT_ENVIRONMENT_WARNING": 0.55, "PROXY_ERROR": 0.15}, general=True),
    Rule("Login and pull or push are separate steps, which may have separate configurations.",
         (r"(login|logged in).{0,60}(succe|\bok\b|work)|succe\S{0,40} (login|logged)|after (a |the )?(az acr |"
          r"docker )?login|(despite|although|even) .{0,20}(login|logged in)|docker-login", REFUSED + "|" + FAILS),
         {"DOCKER_CREDENTIAL_MISSING_WARNING": 0.3, "CLIENT_ENVIRONMENT_WARNING": 0.3,
          "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.25, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.25,
          "IMAGE_REFERENCE_ERROR": 0.15, "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.1}, general=True),
    Rule("The Azure CLI's token lives three hours. This took long, or a token had expired.",
         (r"expire[sd]?\b|\bh(ou)?rs?\b|(after|over|takes?|took|for) .{0,30}\b\d{2,3} ?min|long(er)? (time|build|push)|"
          r"after (a while|some time)|next day|yesterday|logs? out|logged out|re-?authenticat",),
         {"DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.55, "CREDENTIAL_EXPIRED_ERROR": 0.4},
         unless=r"aadsts|x509|certificate|clock|operation expired"),
    Rule("It worked for a long time and stopped: a secret may have expired, or a version may have changed.",
         (r"\b(months?|years?)\b|stopped working|suddenly|all of a sudden|no longer (work|able)|used to work|"
          r"worked (fine |well )?(for|until|before)|works? any ?more", REFUSED + "|" + FAILS + r"|no longer|stopped"),
         {"AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.4, "CLIENT_VERSION_WARNING": 0.25,
          "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.25}, general=True),

    # --- clock and proxy
    Rule("The message mentions this machine's clock.",
         (r"clock|not (yet|within) .{0,30}valid|not before|time skew|certificate is not yet valid|"
          r"current time .{0,60}is (before|after)|system time|time is wrong|wrong time|used before issued|"
          r"issued in the future",), {"CLOCK_SKEW_ERROR": 0.6}, unless=r"aadsts"),
    Rule("A proxy is involved.", (r"prox(y|ies|yconnect)|\b407\b|tunnel connection failed|zscaler",),
         {"PROXY_ERROR": 0.45, "DOCKER_DAEMON_NETWORK_ERROR": 0.15}),
    Rule("The proxy itself fails or refuses.",
         (r"proxyconnect|\b407\b|proxyerror|connect to proxy|tunnel connection failed|proxy authentication",),
         {"PROXY_ERROR": 0.8, "DOCKER_DAEMON_NETWORK_ERROR": 0.35}),
    Rule("Docker fails to connect, az does not: the daemon has its own proxy setting.",
         (r"error response from daemon", r"proxyconnect|prox(y|ies)"), {"DOCKER_DAEMON_NETWORK_ERROR": 0.5}),

    # --- the way to the registry
    Rule("The host name did not resolve.", (NO_DNS,),
         {"CONNECTIVITY_DNS_ERROR": 0.75, "REGISTRY_NOT_FOUND_ERROR": 0.55, "DOCKER_DAEMON_NETWORK_ERROR": 0.25,
          "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.15}),
    Rule("The resolver that failed is that of the Docker daemon or its virtual machine.", (DOCKER_LOCAL_DNS,),
         {"DOCKER_DAEMON_NETWORK_ERROR": 0.55}),
    Rule("Restarting Docker or a VPN changes it: the daemon keeps the old state of the network.",
         (r"restart\w{0,3} (of )?(the )?(docker|daemon)|\bvpn\b", TIMEOUT + "|" + NO_DNS + "|" + FAILS),
         {"DOCKER_DAEMON_NETWORK_ERROR": 0.5}, general=True),
    Rule("The login server could not be reached.",
         (r"could not connect to the registry login server|verify that the registry exists",),
         {"CONNECTIVITY_DNS_ERROR": 0.35, "CONNECTIVITY_TIMEOUT_ERROR": 0.35, "REGISTRY_NOT_FOUND_ERROR": 0.35,
          "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.3, "CONNECTIVITY_RESET_ERROR": 0.2, "CONNECTIVITY_REFUSED_ERROR": 0.2,
          "CONNECTIVITY_SSL_ERROR": 0.2, "PROXY_ERROR": 0.25, "REGISTRY_SUBSCRIPTION_ERROR": 0.2}),
    Rule("The name resolves to a private address.",
         (r"(ip|tcp|address|->|to) ?\[?(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}",),
         {"CONNECTIVITY_PRIVATE_LINK_ERROR": 0.65, "CONNECTIVITY_ADDRESS_ERROR": 0.3},
         unless=r"lookup \S{1,80} on |read tcp"),
    Rule("A private endpoint is involved.", (r"private.?(endpoint|link|dns)|\bvnet|virtual network|\bsubnet",),
         {"CONNECTIVITY_PRIVATE_LINK_ERROR": 0.5, "CONNECTIVITY_FORBIDDEN_ERROR": 0.25, "SERVICE_NETWORK_ERROR": 0.15}),
    Rule("The registry gave an unexpected answer before any sign-in. Several causes look like this to the CLI.",
         (r"did not issue a challenge|connectivity_challenge_error",),
         {"CONNECTIVITY_CHALLENGE_ERROR": 0.35, "PROXY_ERROR": 0.4, "CONNECTIVITY_FORBIDDEN_ERROR": 0.4,
          "CONNECTIVITY_TIMEOUT_ERROR": 0.35, "CONNECTIVITY_RESET_ERROR": 0.3, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.25,
          "CONNECTIVITY_REFUSED_ERROR": 0.2, "CONNECTIVITY_SERVER_ERROR": 0.3}),
    Rule("No answer arrived in time.", (TIMEOUT,),
         {"CONNECTIVITY_TIMEOUT_ERROR": 0.6, "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.2,
          "DOCKER_DAEMON_NETWORK_ERROR": 0.25, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.25, "PROXY_ERROR": 0.15}),
    Rule("The connection was refused.", (REFUSED_CONNECTION,),
         {"CONNECTIVITY_REFUSED_ERROR": 0.8, "CONNECTIVITY_ADDRESS_ERROR": 0.35, "PROXY_ERROR": 0.25,
          "DOCKER_DAEMON_ERROR": 0.1, "DOCKER_DAEMON_NETWORK_ERROR": 0.15}),
    Rule("The connection was cut.", (CUT,),
         {"CONNECTIVITY_RESET_ERROR": 0.75, "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.15, "PROXY_ERROR": 0.25,
          "CONNECTIVITY_TIMEOUT_ERROR": 0.2}),
    Rule("A certificate was not trusted.", (TLS_FAULT,),
         {"CONNECTIVITY_SSL_ERROR": 0.9, "DOCKER_DAEMON_NETWORK_ERROR": 0.25, "CLOCK_SKEW_ERROR": 0.15}),
    Rule("The message mentions TLS.", (r"\b(tls|ssl)\b",), {"CONNECTIVITY_SSL_ERROR": 0.5}, general=True),
    Rule("The Docker daemon does not trust the certificate.", (TLS_FAULT, r"error response from daemon"),
         {"DOCKER_DAEMON_NETWORK_ERROR": 0.45}),
    Rule("The certificate is for another host.",
         (r"certificate is valid for|hostname.mismatch|doesn't match|certificate name|altname",),
         {"CONNECTIVITY_ADDRESS_ERROR": 0.6}),
    Rule("The message mentions the host of the layers. Signing in uses a different host.",
         (r"blob\.core\.windows\.net|\bblob (host|stor|endpoint)|\.data\.azurecr|data endpoint|"
          r"pulling image configuration|copying blob|(pull|"
          r"download)\S{0,40} (layer|blob)|httpreadseeker|failed to copy|(filesystem|fs) layer|retrying in \d|"
          r"layer\S{0,40} .{0,40}(hang|fail|timeout|stuck)",),
         {"CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.8}, unless=THROTTLED),
    Rule("A connection failed. The message does not say how.",
         (r"failed to establish a new connection|max retries exceeded|newconnectionerror|failed to do request|"
          r"dial tcp|cannot reach|unreachable|not reachable|failed to connect|(corporate|office|company) network|"
          r"\bvpn\b",),
         {"CONNECTIVITY_TIMEOUT_ERROR": 0.35, "CONNECTIVITY_DNS_ERROR": 0.2, "CONNECTIVITY_REFUSED_ERROR": 0.2,
          "CONNECTIVITY_RESET_ERROR": 0.15, "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.1}, unless=r"docker api",
         general=True),

    # --- facts: what only one side writes, as a member of its protocol or in a log of its own
    Rule("The registry's own firewall refused one of its tasks.",
         (r"\bacb_\w|executing step id|queued a (build|run) with id|ran out of retries", DENIED_BY_REGISTRY),
         {"SERVICE_NETWORK_ERROR": 0.97}),
    Rule("The message names Docker Hub's limit: Docker Hub refused, not this registry.",
         (r"docker\.com/increase-rate-limit|to source registry for cache rule",), {"UPSTREAM_REGISTRY_ERROR": 0.97}),
    Rule("The registry's error says that the image does not exist.",
         (r"\"code\": ?\"(manifest|name)_unknown\"|manifest unknown: manifest tagged",),
         {"IMAGE_NOT_FOUND_ERROR": 0.95}),
    Rule("The registry's error says that there were too many requests.",
         (r"\"code\": ?\"toomanyrequests\"|aka\.ms/acr/skus|was denied\. response code: 429",),
         {"CONNECTIVITY_TOOMANYREQUESTS_ERROR": 0.95}),
    Rule("The registry's error says which permission the token lacks: one for reading tags or the catalog.",
         (r"\"action\": ?\"metadata_read\"|action:metadata_read|name:catalog type:registry",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.86, "SCOPE_MAP_ERROR": 0.6}),
    Rule("The host ends with a login server's suffix twice: a suffix was added to a full login server, or it is "
         "another cloud's.",
         (r"\.azurecr\.(io|cn|us)\.azurecr\.",),
         {"REGISTRY_CLOUD_ERROR": 0.86, "REGISTRY_NAME_WARNING": 0.6, "LOGIN_SERVER_ERROR": 0.5}),

    # --- statuses and words of the registry
    Rule("The registry's firewall names the address that it does not allow.", (DENIED_BY_REGISTRY,),
         {"CONNECTIVITY_FORBIDDEN_ERROR": 0.93, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.4, "SERVICE_NETWORK_ERROR": 0.25}),
    Rule("The registry, or a proxy on the way, answered 403.",
         (r"\b403\b|forbidden|looks like you don't have access|connectivity_forbidden_error",),
         {"CONNECTIVITY_FORBIDDEN_ERROR": 0.75, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.4, "PROXY_ERROR": 0.25,
          "SERVICE_NETWORK_ERROR": 0.15}, unless=r"authorizationfailed", general=True),
    Rule("A service was refused, which connects from its own address.",
         (SERVICE + "|" + PIPELINE + r"|trusted services?|system.assigned identity",
          DENIED_BY_REGISTRY + r"|\b403\b|forbidden|network rule"),
         {"SERVICE_NETWORK_ERROR": 0.75}),
    Rule("The message mentions ACR Tasks or a trusted service, which a registry with a firewall must allow.",
         (r"acr (build |quick )?tasks?\b|az acr (build|task|run)|trusted (services?|microsoft)|defender|"
          r"vulnerability scan|\bscanner\b",),
         {"SERVICE_NETWORK_ERROR": 0.4}),
    Rule("The message says that an address must be allowed.",
         (r"\b(add|allow|whitelist|permit)\w{0,5} .{0,30}\bip\b|\b(public|my) ips?\b|"
          r"\bip\b.{0,40}(be added|not allowed)",),
         {"CONNECTIVITY_FORBIDDEN_ERROR": 0.5, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.35}),
    Rule("The connection is slow or breaks off.", (r"\bslow(ly)?\b|\babort(s|ed)\b|takes (too|very|so) long",),
         {"CONNECTIVITY_TIMEOUT_ERROR": 0.4, "CONNECTIVITY_RESET_ERROR": 0.25,
          "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.2}, general=True),
    Rule("The message mentions a filter for outgoing traffic.",
         (r"outbound|egress|azure firewall|\bfqdns?\b|(allow|white|black).?list|\bnsg\b|network security group|"
          r"\budr\b",),
         {"CONNECTIVITY_TIMEOUT_ERROR": 0.4, "CONNECTIVITY_FORBIDDEN_ERROR": 0.35,
          "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.3, "CONNECTIVITY_RESET_ERROR": 0.2}, general=True),
    Rule("The message mentions public network access.", (r"public (network )?access",),
         {"CONNECTIVITY_FORBIDDEN_ERROR": 0.4, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.35, "SERVICE_NETWORK_ERROR": 0.25}),
    Rule("There were too many requests.", (THROTTLED,),
         {"CONNECTIVITY_TOOMANYREQUESTS_ERROR": 0.85, "UPSTREAM_REGISTRY_ERROR": 0.25,
          "ARM_CONNECTIVITY_WARNING": 0.15}),
    Rule("Another registry, behind an import or a cache rule, limits or refuses requests.",
         (ANOTHER_REGISTRY, THROTTLED + "|" + FROM_A_SOURCE), {"UPSTREAM_REGISTRY_ERROR": 0.7},
         unless=r"push refers to"),
    Rule("Another registry refuses the request.", (ANOTHER_REGISTRY, REFUSED), {"UPSTREAM_REGISTRY_ERROR": 0.7},
         unless=r"push refers to|" + FROM_A_SOURCE + "|" + REFUSED_ITSELF),
    Rule("The service reported an error of its own.", (AT_FAULT,),
         {"CONNECTIVITY_SERVER_ERROR": 0.8, "REGISTRY_STATE_ERROR": 0.2, "PROXY_ERROR": 0.15,
          "REGISTRY_REPLICA_ERROR": 0.1},
         # the local engine's interface says 500 whatever the registry answered
         unless=r"\(http code 500\)|apierror|docker api responded|statuscode:500"),
    Rule("It fails only sometimes.", (SOMETIMES,),
         {"CONNECTIVITY_SERVER_ERROR": 0.5, "ROLE_PROPAGATION_ERROR": 0.25, "CONNECTIVITY_TOOMANYREQUESTS_ERROR": 0.15,
          "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.1}, general=True),
    Rule("The registry's answer does not ask for a token.",
         (r"does not support aad login|connectivity_aad_login_error",), {"CONNECTIVITY_AAD_LOGIN_ERROR": 0.9}),
    Rule("The message mentions the registry's encryption key or its identity.",
         (r"\bcmk\b|customer.managed key|keyid|wrap key|key ?vault.{0,80}(key|encrypt)",),
         {"CMK_ERROR": 0.9}),
    Rule("The token itself was refused. Roles do not matter yet.",
         (r"token validation failed|authentication.?as.?arm|invalid audience",), {"AAD_ARM_AUDIENCE_ERROR": 0.9}),
    Rule("The message mentions the resource that a token was requested for.",
         (r"resource principal|invalid resource|resource .{0,60}not found in the tenant",),
         {"AAD_RESOURCE_NOT_REGISTERED_ERROR": 0.7, "AAD_ARM_AUDIENCE_ERROR": 0.35, "AAD_MANAGED_IDENTITY_ERROR": 0.2}),
    Rule("The message mentions the registry's token audience.", (r"containerregistry\.azure\.net|audience",),
         {"AAD_ARM_AUDIENCE_ERROR": 0.35, "AAD_RESOURCE_NOT_REGISTERED_ERROR": 0.45},
         unless=r"aadsts(?!50001\b|500011|650052)"),
    Rule("The registry forbids the operation, whoever asks. The usual reason is a lock.",
         (r"operation is disallowed|disallowed_operation|(write|delete|read).?enabled\b|"
          r"(image|tag|repository)\b.{0,20} (is )?locked",),
         {"IMAGE_LOCKED_ERROR": 0.85, "IMAGE_QUARANTINED_ERROR": 0.3, "IMAGE_REFUSED_ERROR": 0.1,
          "REGISTRY_STORAGE_ERROR": 0.15}),
    Rule("The message says that the image is in quarantine.", (r"quarantin",), {"IMAGE_QUARANTINED_ERROR": 0.8}),
    Rule("The repository or tag does not exist.", (NO_IMAGE,),
         {"IMAGE_NOT_FOUND_ERROR": 0.8, "IMAGE_DELETED_ERROR": 0.15, "IMAGE_QUARANTINED_ERROR": 0.1}, general=True),
    Rule("The login server answers that it does not know the path: it is not a registry, or is being deleted.",
         (r"/v2/? failed with status: 404|/v2/?:? 404",),
         {"CONNECTIVITY_CHALLENGE_ERROR": 0.7, "REGISTRY_NOT_FOUND_ERROR": 0.3, "CONNECTIVITY_ADDRESS_ERROR": 0.3,
          "PROXY_ERROR": 0.3}),
    Rule("Something answers in place of the registry, over plain HTTP or with a web page.",
         (r"http response to https client|invalid character '<'|<!doctype html|<html",),
         {"PROXY_ERROR": 0.5, "CONNECTIVITY_ADDRESS_ERROR": 0.5, "CONNECTIVITY_CHALLENGE_ERROR": 0.3}),
    Rule("The client followed a redirect and sent the registry's token to the storage behind it.",
         (r"invalidauthenticationinfo",), {"CLIENT_VERSION_WARNING": 0.7, "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.3}),
    Rule("The secret is far too long: it is an Entra token, not a registry token.",
         (r"header or cookie too large|\b431\b|request header fields too large",),
         {"CREDENTIAL_USERNAME_ERROR": 0.5, "CREDENTIAL_PASSWORD_ERROR": 0.3, "CLIENT_VERSION_WARNING": 0.3}),

    # --- refusals that say no more: the commonest causes for the client that speaks
    Rule("Something is refused or fails. The message does not say why.",
         (FAILS, r"push|pull|log.?in|sign|auth|regist|credential|image|manifest|\bacr\b"),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.1, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.1,
          "CLIENT_VERSION_WARNING": 0.15, "DOCKER_CREDENTIAL_MISSING_WARNING": 0.1,
          "CONNECTIVITY_FORBIDDEN_ERROR": 0.08, "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.08}, unless=AZ_EXCHANGE,
         general=True),
    Rule("The registry refuses to sign this client in, without saying why.", (REFUSED,),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.3, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.15,
          "CREDENTIAL_PASSWORD_ERROR": 0.12, "ROLE_ASSIGNMENT_MODE_ERROR": 0.1, "IMAGE_NOT_FOUND_ERROR": 0.12,
          "CLIENT_ENVIRONMENT_WARNING": 0.1, "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.1},
         unless=r"not registered with aad|invalid clientid|aadsts|\b429\b|no basic auth|" + AZ_EXCHANGE, general=True),
    Rule("The client's credential may be missing, too old, another identity's, or stored under another spelling of "
         "the host.", (REFUSED,),
         {"DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.25, "DOCKER_CREDENTIAL_MISSING_WARNING": 0.25,
          "DOCKER_CREDENTIAL_INVALID_ERROR": 0.12, "DOCKER_CREDENTIAL_LIMITED_WARNING": 0.1},
         unless=r"not registered with aad|invalid clientid|aadsts|\b429\b|" + SIGN_IN + "|" + AZ_EXCHANGE,
         general=True),
    Rule("A push was refused: there is no login for this registry, it has expired, or it only allows pulling.",
         (r"\bpush", REFUSED + "|" + FAILS),
         {"DOCKER_CREDENTIAL_MISSING_WARNING": 0.35, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.3,
          "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.25, "IMAGE_REFERENCE_ERROR": 0.2},
         unless=DENIED_BY_REGISTRY, general=True),
    Rule("Signing in itself was refused: the credentials given, or the role behind them.",
         (SIGN_IN, REFUSED + "|" + FAILS),
         {"CREDENTIAL_PASSWORD_ERROR": 0.28, "CREDENTIAL_USERNAME_ERROR": 0.32, "ADMIN_USER_DISABLED_ERROR": 0.28,
          "AAD_CLIENT_SECRET_INVALID_ERROR": 0.15},
         unless=r"not registered with aad|aadsts|docker push|" + AZ_EXCHANGE, general=True),
    Rule("The registry refused to exchange the Entra token, usually for want of a role or because of another tenant.",
         (AZ_EXCHANGE,),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.45, "CONNECTIVITY_REFRESH_TOKEN_ERROR": 0.1, "REGISTRY_TENANT_ERROR": 0.35,
          "AAD_ACCOUNT_ERROR": 0.3, "REGISTRY_SUBSCRIPTION_WARNING": 0.2, "AAD_ARM_AUDIENCE_ERROR": 0.2,
          "CLIENT_VERSION_WARNING": 0.1},
         unless=r"\b(429|403|5\d\d)\b|aadsts|run 'az login' to|challenge|dial tcp|timed? ?out"),
    Rule("An access token was refused or lacks permissions.", (r"connectivity_access_token_error|you are lacking",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.6, "CONNECTIVITY_ACCESS_TOKEN_ERROR": 0.3, "SCOPE_MAP_ERROR": 0.25,
          "ROLE_ASSIGNMENT_MODE_ERROR": 0.25}, unless=AT_FAULT),
    Rule("A cluster's nodes pull, with the kubelet identity or a pull secret.", (KUBERNETES,),
         {"KUBELET_IDENTITY_ERROR": 0.45, "KUBERNETES_PULL_SECRET_ERROR": 0.4, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.1},
         unless=CONTAINERD_LIBRARY, general=True),
    Rule("A node was refused. A missing image gives the same message.",
         (r"failed to pull image|back-off pulling|imagepull|image pull|pull\S{0,4} .{0,30}image",
          REFUSED + r"|no basic auth|" + FAILS),
         {"KUBERNETES_PULL_SECRET_ERROR": 0.2, "KUBELET_IDENTITY_ERROR": 0.2, "IMAGE_NOT_FOUND_ERROR": 0.25,
          "ROLE_ASSIGNMENT_MISSING_ERROR": 0.1}, unless=DENIED_BY_REGISTRY + "|" + TOOL + "|" + TIMEOUT),
    Rule("The message mentions a pull secret.", (PULL_SECRET,), {"KUBERNETES_PULL_SECRET_ERROR": 0.8}),
    Rule("The node had no credential and tried anonymously, or its token was refused.",
         (r"fetch (anonymous|oauth) token|anonymously|credential.provider",),
         {"KUBELET_IDENTITY_ERROR": 0.45, "KUBERNETES_PULL_SECRET_ERROR": 0.35, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.25},
         unless=CONTAINERD_LIBRARY),
    Rule("The client found no credential for this registry and asked for a token without one.",
         (r"fetch anonymous token", CONTAINERD_LIBRARY),
         {"DOCKER_CREDENTIAL_MISSING_WARNING": 0.5, "CLIENT_ENVIRONMENT_WARNING": 0.35}),
    Rule("The message mentions the identity of a cluster's nodes.",
         (r"(kubelet|agentpool|node|cluster'?s?)( |-)?(managed )?(identity|service principal)|usemanagedidentity|"
          r"enable-managed-identity|attach-acr|identity not found",),
         {"KUBELET_IDENTITY_ERROR": 0.6, "ROLE_ASSIGNMENT_PRINCIPAL_ERROR": 0.25}),
    Rule("The role was granted to the cluster's own identity, not to that of its nodes.",
         (r"(assign\S{0,40}|role).{0,80}(control plane|client ?id|(cluster|aks)('s)? (\S{1,20} ){0,2}identit|"
          r"identit(y|ies) of (the|my|our) (\S{1,20} )?cluster)",),
         {"ROLE_ASSIGNMENT_PRINCIPAL_ERROR": 0.65, "KUBELET_IDENTITY_ERROR": 0.3}),
    Rule("An Azure service pulls, with an identity that needs a role here or with credentials from its settings.",
         (SERVICE_PULL, REFUSED + "|" + FAILS),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.35, "ROLE_ASSIGNMENT_SCOPE_ERROR": 0.25, "SERVICE_NETWORK_ERROR": 0.2,
          "AAD_MANAGED_IDENTITY_ERROR": 0.15, "IMAGE_NOT_FOUND_ERROR": 0.2, "ROLE_ASSIGNMENT_MODE_ERROR": 0.15,
          "ADMIN_USER_DISABLED_ERROR": 0.1}, unless=KUBERNETES, general=True),
    Rule("The client wanted to list repositories or tags, which pull and push do not include.",
         (r"_catalog|name:catalog|registry:catalog|repository list|list(ing)? .{0,20}(repositor|tags)|list of tags|"
          r"tags/list|show-tags|read (the )?tags|metadata.?read|podman search|brows(e|ing) .{0,30}repositor",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.7, "SCOPE_MAP_ERROR": 0.45}),
    Rule("The registry denied an action that the token does not include.",
         (r"requested access to the resource is denied|insufficient_scope|insufficient scope|"
          r"access to the resource is denied|\bdenied: ",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.45, "IMAGE_REFERENCE_ERROR": 0.35, "SCOPE_MAP_ERROR": 0.3,
          "DOCKER_CREDENTIAL_MISSING_WARNING": 0.25}, unless=DENIED_BY_REGISTRY, general=True),
    Rule("The image reference names no registry, so it means Docker Hub.",
         (r"docker\.io/|registry-1\.docker\.io|index\.docker\.io",),
         {"IMAGE_REFERENCE_ERROR": 0.85},
         unless=r"import|cache|error response is received|" + THROTTLED + "|" + REFUSED_ITSELF, general=True),
    Rule("The action is neither pull nor push, so AcrPull and AcrPush do not include it.",
         (r"\bacr (build|task|run)\b|\b(import|delete|purge|lock|untag)\b",
          r"fail|denied|not have|unauthori[sz]ed|authorizationfailed|acrpush|acrpull"),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.35}, general=True),
    Rule("The image is public, or signing out helps: the client sends a stored credential that fails.",
         (r"docker logout|log(ging)? out .{0,20}(helps|works)|public (image|repositor|registry)",
          REFUSED + "|" + FAILS),
         {"ANONYMOUS_PULL_BLOCKED_WARNING": 0.5}),
    Rule("The message mentions anonymous pull.", (r"anonymous(ly)? (pull|access)|pull\S{0,40} anonymous",),
         {"ANONYMOUS_PULL_BLOCKED_WARNING": 0.8}, unless=KUBERNETES),

    # --- roles
    Rule("The message says that access is not granted.",
         (r"(does|did|do|is|was|has)( not|n't) .{0,12}(give|given|have|get|grant|granted|allow|allowed)\b.{0,40}"
          r"(permission|access|rights?|privilege|authori[sz]ed?)",),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.4, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.35,
          "ROLE_ASSIGNMENT_SCOPE_ERROR": 0.2}, unless=DENIED_BY_REGISTRY, general=True),
    Rule("The message says that a permission is missing.",
         (r"custom role|(lacks?|missing|insufficient|not enough|required?) .{0,20}(permission|privilege|rights)|"
          r"(permission|privilege)s? .{0,20}(missing|insufficient)|no (permission|right)s?\b",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.55, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.3}, unless=AZ_EXCHANGE,
         general=True),
    Rule("With repository permissions (ABAC), a build in the registry gets no credential for it automatically.",
         (r"at least one credential is required|source.acr.auth.id",), {"ROLE_ASSIGNMENT_MODE_ERROR": 0.7}),
    Rule("The message mentions repository roles or conditions (ABAC).",
         (r"\babac\b|repository (reader|writer|contributor)|role assignment mode|repository permissions",),
         {"ROLE_ASSIGNMENT_MODE_ERROR": 0.65, "ROLE_ASSIGNMENT_CONDITION_ERROR": 0.3}),
    Rule("A condition limits the role assignment.",
         (r"condition\b.{0,80}(repositor|abac|role)|(abac|role).{0,60}condition\b",),
         {"ROLE_ASSIGNMENT_CONDITION_ERROR": 0.8}),
    Rule("There is a role, but it does not help.",
         (r"(despite|although|even though) .{0,40}\broles?\b|role assignments? .{0,30}(exists?|correct|in place|there)|"
          r"(owner|contributor|acrpull|acrpush|acrdelete|reader)\b.{0,60}(only|assigned|role|granted|still|does not|"
          r"cannot)|(has|have|with|assigned|granted) .{0,20}(owner|contributor|acrpull|acrpush|reader)\b",),
         {"ROLE_ASSIGNMENT_MODE_ERROR": 0.3, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.3, "ROLE_PROPAGATION_ERROR": 0.25,
          "ROLE_ASSIGNMENT_SCOPE_ERROR": 0.25, "ROLE_ASSIGNMENT_PRINCIPAL_ERROR": 0.2}, general=True),
    Rule("The message says that a role is on another scope.",
         (r"resource group|\bscopes?\b|(an|)other registr|different registr",
          r"\brole|acrpull|acrpush|\breader\b|contributor|\bowner\b|permission"),
         {"ROLE_ASSIGNMENT_SCOPE_ERROR": 0.5}, unless=r"oauth2/token|does not have authorization|--scope",
         general=True),
    Rule("It works at the second attempt, as with a role that was granted a moment ago.",
         (r"(second|next|later) (time|attempt|run|try|apply|one)?.{0,10}(works|succeeds)|first .{0,40}(fails?|attempt)|"
          r"fails? .{0,20}(at )?first|at once|waiting .{0,20}helps",),
         {"ROLE_PROPAGATION_ERROR": 0.45, "CONNECTIVITY_SERVER_ERROR": 0.2}, general=True),
    Rule("A role was granted shortly before.",
         (r"(just|newly|recently|right after|immediately|minutes?|seconds?|first) .{0,60}(role|assign|attach|"
          r"permission|granted|created)|(role|assign\S{0,40}|permission|attach\S{0,40}|added|grant(ed|ing)).{0,80}"
          r"(just|recently|minutes?|\d ?min|later|retry|second (attempt|time)|propagat|\bwait)",),
         {"ROLE_PROPAGATION_ERROR": 0.55}, general=True),
    Rule("The message mentions a deny assignment.", (r"deny assignment|denyassignment",),
         {"DENY_ASSIGNMENT_ERROR": 0.95}),
    Rule("The role must be activated first.", (r"\bpim\b|privileged identity|eligible|activat(e|ion) .{0,20}role",),
         {"ROLE_NOT_ACTIVATED_ERROR": 0.7}, general=True),
    Rule("The message mentions a scope map or repository-scoped token.",
         (r"scope.?map|repository.scoped|(?<!getting )acr token|_repositories_(pull|push|admin)",),
         {"SCOPE_MAP_ERROR": 0.5, "TOKEN_DISABLED_ERROR": 0.2, "TOKEN_PASSWORD_EXPIRED_ERROR": 0.2,
          "CREDENTIAL_PASSWORD_ERROR": 0.2}),
    Rule("Azure Resource Manager denies an action on the registry's resource.",
         (r"authorizationfailed|does not have authorization to perform action|"
          r"microsoft\.containerregistry/registries/(\w{1,40}/)?(read|write|action)\b",),
         {"ARM_READ_WARNING": 0.5, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.45, "REGISTRY_NOT_VISIBLE_WARNING": 0.35},
         unless=r"could not be found in subscription"),

    # --- names
    Rule("The registry is not in the CLI's current subscription, or cannot be seen there.",
         (r"could not be found in subscription|resource with name .{0,80}could not be found|"
          r"can(not)? be found with name|registry .{0,60}not (be )?found|resourcenotfound",),
         {"REGISTRY_NOT_VISIBLE_WARNING": 0.4, "REGISTRY_SUBSCRIPTION_WARNING": 0.4, "REGISTRY_NOT_FOUND_ERROR": 0.3,
          "ROLE_ASSIGNMENT_MISSING_ERROR": 0.15, "REGISTRY_SUBSCRIPTION_ERROR": 0.2, "CLIENT_VERSION_WARNING": 0.12}),
    Rule("A login server was given where the registry's name belongs.",
         (r"name '[a-z0-9-]{1,63}\.azurecr\.(io|cn|us)'|--name (https?://)?\S{1,80}\.azurecr\.|-n \S{1,80}\.azurecr\.|"
          r"suffix .{0,60}omitted",),
         {"REGISTRY_NAME_WARNING": 0.6, "REGISTRY_NAME_ERROR": 0.4}),
    Rule("The name given is not a registry's name.",
         (r"registry names may contain|alpha ?numeric|invalid registry name|invalid resource name",),
         {"REGISTRY_NAME_ERROR": 0.8, "REGISTRY_NAME_WARNING": 0.4}),
    Rule("The message says that a name is misspelt.",
         (r"\btypo|misspel(?!led or not recog)|wrong(ly)? (registry|name|spel)",),
         {"REGISTRY_NOT_FOUND_ERROR": 0.6, "IMAGE_NOT_FOUND_ERROR": 0.25}, general=True),
    Rule("The host does not end as a login server does.",
         (r"\.(azureacr|azurcr|azurerc|azuercr|acr)\.io\b|\.azurecr\.(?!io\b|us\b|cn\b|azure)[a-z]{2,3}\b|"
          r"azure\.cr\.io|[a-z0-9]-azurecr\.io",), {"REGISTRY_NOT_FOUND_ERROR": 0.7, "IMAGE_REFERENCE_ERROR": 0.3}),
    Rule("A privatelink host was given where the login server belongs.", (r"[a-z0-9-]{1,63}\.privatelink\.azurecr",),
         {"IMAGE_REFERENCE_ERROR": 0.7, "LOGIN_SERVER_ERROR": 0.4}),
    Rule("The login server could not be determined.",
         (r"login_server_error|retrieving the login server|login server suffix|login server endpoint|"
          r"acr_login_server_endpoint",),
         {"LOGIN_SERVER_ERROR": 0.85, "REGISTRY_CLOUD_ERROR": 0.3}),
    Rule("The registry's host has a port. Docker looks credentials up by the host exactly as it is written.",
         (r"\.azurecr\.(io|cn|us):\d{1,5}/(?!v2\b)\w",),
         {"IMAGE_REFERENCE_ERROR": 0.6, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.4}),
    Rule("The pushed image's name contains no registry host.",
         (r"\bpush (-\S{1,30} ){0,3}[a-z0-9_-]{1,60}[/:][a-z0-9_]\S{0,120}",),
         {"IMAGE_REFERENCE_ERROR": 0.6}, general=True),
    Rule("The image's reference cannot be parsed or names no registry.",
         (r"invalid reference format|repository name must be lowercase|does not exist or may require 'docker login'|"
          r"image reference\b|not tagged|not exist locally",),
         {"IMAGE_REFERENCE_ERROR": 0.55, "IMAGE_NOT_FOUND_ERROR": 0.3}),
    Rule("The message mentions capitals in a host.", (r"capital(ized)?( letter)?s?\b|upper.?case|lower.?cas",),
         {"IMAGE_REFERENCE_ERROR": 0.6, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.5, "REGISTRY_NAME_WARNING": 0.5},
         general=True),
    Rule("The registry's host has capitals. Docker looks credentials up by the exact spelling.",
         (r"\b[A-Za-z0-9-]{0,60}([a-z0-9][A-Z]|[A-Z][a-z])[A-Za-z0-9-]{0,60}\.(azurecr\.|[a-z]{2,12}(\.[a-z]{2,3})?/)|"
          r"\b([A-Z][a-z0-9-]{1,40}\.){2}(io|org|com|net)/",), as_written=True, unless=r"Microsoft\.|/v2/\"?: ",
         weights={"IMAGE_REFERENCE_ERROR": 0.6, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.55, "REGISTRY_NAME_WARNING": 0.5},
         general=True),

    # --- user names and secrets
    Rule("The user name was taken for an application id, which the tenant does not know.",
         (r"application not registered with aad",),
         {"CREDENTIAL_USERNAME_ERROR": 0.6, "AAD_APPLICATION_NOT_FOUND_ERROR": 0.55, "ADMIN_USER_DISABLED_ERROR": 0.4,
          "TOKEN_NOT_FOUND_ERROR": 0.3, "CLIENT_ENVIRONMENT_WARNING": 0.2, "CLIENT_VERSION_WARNING": 0.15}),
    Rule("The application is known, but its secret is refused.",
         (r"invalid client ?id or client secret|invalid clientid|invalid_client|client secret",),
         {"AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.65, "AAD_CLIENT_SECRET_INVALID_ERROR": 0.6}, unless=r"aadsts"),
    Rule("A service principal signs in. Its secret expires, and it needs a role of its own.",
         (r"service.principal|\bspn?\b|app(lication)? registration|service connection",
          REFUSED + "|" + FAILS + r"|expired"),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.25, "AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.25,
          "AAD_CLIENT_SECRET_INVALID_ERROR": 0.15}, unless=r"aadsts|client id must be|" + DENIED_BY_REGISTRY,
         general=True),
    Rule("The message says that a secret has expired.",
         (r"(secret|service principal|client credential|certificate credential|password).{0,60}expir|"
          r"expired .{0,30}(secret|service principal|password)",), {"AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.8},
         unless=r"aadsts"),
    Rule("A secret that was removed after it expired is refused as a wrong one.", (r"aadsts:? ?7000215",),
         {"AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.5}),
    Rule("The user name is not an application id: some tools send a credential store's placeholder.",
         (r"client id must be guid",),
         {"CREDENTIAL_USERNAME_ERROR": 0.6, "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.4,
          "DOCKER_CREDENTIAL_INVALID_ERROR": 0.35}),
    Rule("The user name does not match the secret.",
         (r"-u \S{0,40}(@|azurecr)|--username \S{0,40}(@|azurecr)|user ?name",),
         {"CREDENTIAL_USERNAME_ERROR": 0.45},
         unless=r"aadsts|user ?name:?$|specify both username|username and password|username/password", general=True),
    Rule("An e-mail address was used to sign in to the registry.",
         (r"(username:|-u|--username|login).{0,60}@|<e?-?mail>",),
         {"CREDENTIAL_USERNAME_ERROR": 0.5}, unless=r"aadsts|docker@|login@|action@|object id", general=True),
    Rule("A password was refused.",
         (r"(wrong|incorrect|invalid|bad) (user\S{0,40}( or |/| and ))?(password|credentials?)|"
          r"password (is )?(wrong|incorrect)",),
         {"CREDENTIAL_PASSWORD_ERROR": 0.6, "AAD_CLIENT_SECRET_INVALID_ERROR": 0.35,
          "CREDENTIAL_USERNAME_ERROR": 0.35}, general=True),
    Rule("The admin user is off; the CLI only tried it because signing in with Entra had failed.",
         (r"admin user is (disabled|not enabled)", AZ_EXCHANGE + r"|acr token"),
         {"ADMIN_USER_DISABLED_ERROR": 0.2, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.1}),
    Rule("The message mentions the admin user or its access keys.",
         (r"\badmin(istrator)?\b|admin.?(user|enabled|account)|access keys?|listcredentials|"
          r"(retrieve|look up|find) .{0,20}credentials? for .{0,30}registry",), {"ADMIN_USER_DISABLED_ERROR": 0.5},
         unless=AZ_EXCHANGE + r"|acr token|administrator|" + ADMIN_WORKS, general=True),
    Rule("The admin user's credentials work and an identity's do not: the identity lacks a role.",
         (ADMIN_WORKS, REFUSED + "|" + FAILS + r"|\bonly\b"),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.5, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.25}),
    Rule("The message mentions characters of a secret, which shells and files can change.",
         (r"(password|secret|credential)s?\b.{0,120}\b(special |certain |some )?characters?\b|\bescap(e|ing)\b|"
          r"(trailing|extra) (newline|space|white ?space|line)",),
         {"CREDENTIAL_PASSWORD_ERROR": 0.55, "AAD_CLIENT_SECRET_INVALID_ERROR": 0.3}),
    Rule("A user name and a secret were entered by hand.",
         (r"-u \S{1,60} (-p|--password)|--username \S{1,60} --password",),
         {"CREDENTIAL_PASSWORD_ERROR": 0.35, "CREDENTIAL_USERNAME_ERROR": 0.35},
         unless=r"00000000-0000|docker daemon|" + TIMEOUT + "|" + NO_DNS, general=True),
    Rule("An exposed token is used by hand.", (r"expose-token|00000000-0000-0000-0000-000000000000",),
         {"CREDENTIAL_USERNAME_ERROR": 0.35, "CREDENTIAL_EXPIRED_ERROR": 0.3,
          "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.2}, unless=r"subscription|" + TIMEOUT),

    # --- the CLI's login
    Rule("Nobody is signed in to the Azure CLI there.",
         (r"please run 'az login' to|run `?az login`? to setup|not logged in to azure|no active accounts|"
          r"does not exist in msal token cache",),
         {"LOGIN_REQUIRED_ERROR": 0.85, "CLIENT_ENVIRONMENT_WARNING": 0.3, "AAD_SESSION_EXPIRED_ERROR": 0.15},
         unless=r"again to refresh permissions"),
    Rule("The Azure CLI cannot use one of its sign-in files.",
         (r"msal_token_cache|service_principal_entries|azureprofile\.json|persistence(de|en)cryptionerror|"
          r"key not valid for use in specified state|invalid certificate, please use a valid pem",),
         {"CLI_SIGN_IN_FILES_ERROR": 0.85}),
    Rule("The Azure CLI does not know the subscription.",
         (r"subscription '[^']{1,80}' not (found\. check|recognized)|az account set' to select a subscription",),
         {"CLI_SUBSCRIPTION_ERROR": 0.85}),
    Rule("Azure Resource Manager does not accept the token.",
         (r"invalidauthenticationtoken|expiredauthenticationtoken|continuous access evaluation|insufficient_claims",),
         {"ARM_TOKEN_REFUSED_WARNING": 0.7}),
    Rule("Azure's libraries found no usable login.",
         (r"credential.?unavailable|connect-azaccount|chainedtokencredential|azureclicredential|"
          r"azure cli authentication",),
         {"LOGIN_REQUIRED_ERROR": 0.6, "AAD_SESSION_EXPIRED_ERROR": 0.35, "CLIENT_ENVIRONMENT_WARNING": 0.25}),
    Rule("The sign-in session has ended.",
         (r"refresh token (has )?expired|interaction_required|invalid_grant|session (has )?expired|fresh auth token|"
          r"credentials? (have|has) expired|reauthenticate",), {"AAD_SESSION_EXPIRED_ERROR": 0.7}, unless=r"aadsts"),
    Rule("A policy requires more.",
         (r"conditional access|multi-?factor|\bmfa\b|compliant device|device must be managed|blocked by",),
         {"AAD_CONDITIONAL_ACCESS_ERROR": 0.75}),
    Rule("The message mentions a federated sign-in's assertion.",
         (r"client ?assertion|federated|\boidc\b|workload.identity|id-token",),
         {"AAD_CLIENT_ASSERTION_ERROR": 0.7}),
    Rule("A managed identity did not get a token, or a tool uses one automatically.",
         (r"managedidentitycredential|169\.254\.169\.254|\bimds\b|identity_endpoint|identity not found|"
          r"multiple user.assigned|no default identity|failed to (acquire|get|retrieve) .{0,12}(token|credential from)|"
          r"defaultazurecredential|\bmsi\b|identit(y|ies) (does|do)(n't| not) exist|metadata/identity|"
          r"metadata (endpoint|service)|provider azure|azure provider|pod.?identity|supported msi token audience",),
         {"AAD_MANAGED_IDENTITY_ERROR": 0.7, "AAD_CLIENT_ASSERTION_ERROR": 0.3}),
    Rule("The identity can sign in but has no access anywhere.",
         (r"no access was configured|no subscriptions? (were |was )?found",), {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.75}),
    Rule("The sign-in endpoint could not be reached.",
         (r"login\.(microsoftonline|chinacloudapi|partner)\S{0,40}", f"{TIMEOUT}|{NO_DNS}|max retries"),
         {"AAD_CONNECTIVITY_ERROR": 0.85}),
    Rule("Azure Resource Manager could not be reached.",
         (r"management\.(azure|core|chinacloudapi|usgovcloudapi)\S{0,40}",
          f"{TIMEOUT}|{NO_DNS}|max retries|too ?many"),
         {"ARM_CONNECTIVITY_WARNING": 0.85}),
    Rule("A personal account or a guest signs in.",
         (r"personal (microsoft )?account|live\.com|outlook\.com|hotmail|\bguest\b",),
         {"AAD_ACCOUNT_ERROR": 0.6, "REGISTRY_TENANT_ERROR": 0.3}),
    Rule("The message mentions another tenant.",
         (r"(other|another|different|cross|wrong|partner|second(ary)?|customer|client|foreign)('?s)?[- ]"
          r"(tenant|directory)|tenant mismatch|wrong issuer|"
          r"invalidauthenticationtokentenant",),
         {"REGISTRY_TENANT_ERROR": 0.7, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.2}, general=True),
    Rule("The message mentions tenants or directories.", (r"\b(tenants?|directory|directories)\b",),
         {"REGISTRY_TENANT_ERROR": 0.35, "AAD_APPLICATION_NOT_FOUND_ERROR": 0.1}, unless=r"aadsts|no such file",
         general=True),
    Rule("The tenant or cloud is not the intended one.",
         (r"tenant '?[^']{0,60}'? not found|(wrong|correct|national|sovereign|government) cloud|azurecloud|usgov|"
          r"china ?cloud|azure ?(china|germany|us ?gov|gov|stack)|authority configuration",),
         {"AAD_TENANT_NOT_FOUND_ERROR": 0.4, "REGISTRY_CLOUD_ERROR": 0.55}),
    Rule("The login server belongs to a national cloud.", (r"\.azurecr\.(us|cn)\b",), {"REGISTRY_CLOUD_ERROR": 0.45}),
    Rule("The tool does not recognise the host as an Azure registry.",
         (r"if not using azure container registry|not (a valid|an?) (acr|azure container registry)",),
         {"REGISTRY_CLOUD_ERROR": 0.45, "CLIENT_VERSION_WARNING": 0.45}),
    Rule("The message mentions a regional endpoint, which older clients do not know.",
         (r"\.geo\.azurecr\.|regional endpoint",),
         {"CLIENT_VERSION_WARNING": 0.5, "KUBELET_IDENTITY_ERROR": 0.15}),
    Rule("Consent or an assignment is missing.",
         (r"has not consented|consent|not assigned to a role for the application",),
         {"AAD_CONSENT_ERROR": 0.75}),

    # --- programs and versions
    Rule("A tool reads Docker's configuration itself and does not understand what `az acr login` stores there.",
         (TOOL,), {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.45, "CLIENT_VERSION_WARNING": 0.45},
         unless=r"defaultazurecredential", general=True),
    Rule("Another tool works with the same credentials.",
         (r"(while|but|and|although) .{0,80}\b(works?|succeeds?|without (a )?problem)\b|"
          r"works? (fine|with|in|as expected|well|ok|perfectly|correctly)\b",),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.4, "CLIENT_VERSION_WARNING": 0.35}, general=True),
    Rule("Another tool reads Docker's configuration file, or the file has a user without a password.",
         (r"docker/config\.json|(blank|empty|no) password|password .{0,80}\b(empty|blank)\b",
          REFUSED + r"|fail|cannot|does(n't| not)"),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.6, "CLIENT_ENVIRONMENT_WARNING": 0.2},
         unless=r"error parsing|permission"),
    Rule("The message mentions identity tokens or content trust, which some tools do not support.",
         (r"identity ?token|content trust|notary|trust (data|server|key)|\bsign(ed|ing|er)\b|docker trust",),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.7}, unless=r"signed by|self.signed|signing in"),
    Rule("The message mentions a bug in a program.",
         (r"traceback|unrecognized arguments?|(type|attribute|key|value|index|unicode\w{2}code|assertion)error|"
          r"nonetype|unexpected keyword|regression|"
          r"has no attribute|index out of range|expecting value|aborting login|unexpected error|panic:|nil pointer|"
          r"nullreference|argumentnull|nullpointer|unhandled exception|python error|stack ?trace|\bcrash|segfault|"
          r"cannot read propert|importerror|modulenotfound|misspelled or not recognized|"
          r"is not in the .{0,30}command group",),
         {"CLIENT_VERSION_WARNING": 0.75}, general=True),
    Rule("The message compares versions.",
         (r"(since|after|with|in|from|of|on) (an? |the )?(new(er)? |old(er)? )?(version|upgrad|updat|release)|"
          r"(since|after|with|in|from|on) (\S{1,20} )?v?\d{1,3}\.\d{1,3}\b(?!\.\d{1,3}\.)|"
          r"(upgrad|updat|downgrad|roll\w{0,4} back)\S{0,3} (\S{1,20} ){0,3}(to|from)|"
          r"(previous|earlier|older|newer|latest|last|recent) (version|release|update|upgrade)|outdated|"
          r"\bold (\S{1,20} )?(cli|client|docker|helm|version)|\bversions?:? v?\d",
          REFUSED + "|" + FAILS + "|no longer|work|exception|crash"),
         {"CLIENT_VERSION_WARNING": 0.6}, general=True),
    Rule("Client and registry use different token protocols.",
         (r"did(n't| not) include (a )?token|(missing|no|without) (\S{1,20} )?token in (the )?(response|answer)|"
          r"no successful auth challenge|unsupported grant|unexpected status: 400",),
         {"CLIENT_VERSION_WARNING": 0.6, "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.45}),
    Rule("Azure PowerShell or an SDK signs in, each in its own way.",
         (r"connect-azcontainerregistry|az(ure)? ?powershell|cmdlet",),
         {"CLIENT_VERSION_WARNING": 0.5, "CLIENT_ENVIRONMENT_WARNING": 0.3}),
    Rule("One side does not understand what the other sends.",
         (r"accept header|(does(n't| not)|not yet) supports? |(is|are) not (yet )?supported|"
          r"unsupported (media|manifest|schema|version)|media ?types?\b|unknown (flag|option|field)",),
         {"CLIENT_VERSION_WARNING": 0.5}, general=True),
    Rule("The message says that an option or setting is ignored.",
         (r"\bignor(es|ed|ing)\b|has no effect|does nothing",),
         {"CLIENT_VERSION_WARNING": 0.4}, general=True),
    Rule("The message shows the registry's raw answer, as tools other than docker do.",
         (r"\{\"errors\":\[\{\"code\":\"unauthorized\"",),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.4, "CLIENT_VERSION_WARNING": 0.3}, unless=r"import"),
    Rule("The registry is being created or moved, or is disabled.",
         (r"readonlydisabledsubscription|subscription .{0,60}disabled|provisioning ?state|being deleted",),
         {"REGISTRY_STATE_ERROR": 0.8}),
    Rule("A pipeline runs this, where every step has its own environment.",
         (PIPELINE, REFUSED + r"|no basic auth|denied"),
         {"CLIENT_ENVIRONMENT_WARNING": 0.25, "DOCKER_CREDENTIAL_MISSING_WARNING": 0.3,
          "AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.25}, general=True),
)
