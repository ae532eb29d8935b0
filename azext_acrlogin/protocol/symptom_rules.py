# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What in a message speaks for which error codes, as data.

A rule looks at features: HTTP statuses, the words of a step, kinds of hosts, the program that speaks. Weights are
rough chances; those of several rules add up. Patterns see the text in lower case and on one line.
"""

from dataclasses import dataclass
from typing import Mapping, Optional, Tuple


@dataclass(frozen=True)
class Rule:
    """`weights` for codes when every one of `patterns` matches and `unless` does not. The first pattern is quoted.

    as_written: the patterns see the text with its capitals.
    """

    why: str
    patterns: Tuple[str, ...]
    weights: Mapping[str, float]
    unless: Optional[str] = None
    as_written: bool = False


REFUSED = (r"unauthori[sz]ed|authentication (is )?required|\b401\b|not authenticated|authenticated correctly|"
           r"(fail(ed|s|ure|ing)? to|can ?not|can't|unable to|could not) (authenticate|authori[sz]e|log ?in|sign ?in)|"
           r"(authentication|authori[sz]ation|login|sign.in) (failure|fails?|failed|error|is refused|refused)")
DENIED_BY_REGISTRY = r"client with ip|not allowed access|aka\.ms/acr/firewall"
KUBERNETES = (r"kubelet|imagepull|errimagepull|failed to pull image|rpc error|pod sandbox|kubernetes|\baks\b|"
              r"containerd|fetch (anonymous|oauth) token|crictl")
PULL_SECRET = r"imagepullsecret|pull ?secret|regcred|dockerconfigjson"
TOOL = (r"helm|oras|kwctl|skopeo|crane|kaniko|jib|bazel|rules_docker|devcontainer|dotnet (publish|sdk)|sdk containers?|"
        r"flux|buildah|testcontainers|notation|cosign|trivy|maven|gradle|nerdctl|buildx|buildkit|tilt|skaffold|"
        r"terraform")
SERVICE = (r"acr tasks?\b|az acr (build|task|run)|app service|web ?app|container apps?|container instances?|"
           r"\baci\b|machine learning|azureml|functions?\b|hosted (agent|runner)|logic app|batch")
PIPELINE = r"azure pipelines?|azure devops|github (actions?|hosted)|docker@\d|pipeline|service connection|\bci\b"
TLS_FAULT = (r"x509|certificate verify failed|certificate signed by unknown|self.signed certificate|sslerror|"
             r"ssl_error|bad handshake|unable to get local issuer|certificate has expired|secure connection to the "
             r"registry|certificate is (not )?valid|tls: failed to verify|unexpected_eof|violation of protocol")
NO_DNS = (r"no such host|name or service not known|failed to resolve|getaddrinfo|nodename nor servname|"
          r"temporary failure in name resolution|failed to reach dns|connectivity_dns_error|server misbehaving|"
          r"could not resolve|name resolution")
TIMEOUT = (r"i/o timeout|timed? ?out|context deadline exceeded|awaiting headers|request canceled while waiting|"
           r"no route to host|network is unreachable|etimedout|10060|failed to respond|\bhangs?\b|\bhanging\b|"
           r"\bstuck\b|failed to connect|host is not reachable|is reachable from your environment")
DOCKER_LOCAL_DNS = r"lookup \S{1,200} on (192\.168\.65\.\d{1,3}|127\.0\.0\.\d{1,3}|\[::1\]|10\.\S{1,80}|172\.\S{1,80})"

RULES: Tuple[Rule, ...] = (
    # --- the container client on this machine
    Rule("The Docker daemon's socket refuses this user.",
         (r"permission denied.{0,120}(docker daemon|docker\.sock|docker_engine|podman\.sock)|"
          r"docker\.sock.{0,160}permission denied",), {"DOCKER_PERMISSION_ERROR": 0.95}),
    Rule("A program that another one calls could not be started.",
         (r"exec: |exec format error|executable file not found|fork/exec|not executable|"
          r"permission denied.{0,40}credential",),
         {"DOCKER_CREDENTIAL_STORE_ERROR": 0.4, "DOCKER_COMMAND_ERROR": 0.25}),
    Rule("Docker Desktop is spoken of, which has faults of its own.",
         (r"docker desktop|credstore-updated|docker-desktop",),
         {"CLIENT_VERSION_WARNING": 0.35, "DOCKER_DAEMON_ERROR": 0.15}),
    Rule("The system did not find a program.",
         (r"(errno|winerror) 2\b|no such file or directory: '?docker|cannot find the file specified|"
          r"docker.{0,30}not (found|installed|recogni[sz]ed)|(not|no) .{0,30}docker (cli|client|command|installed)",),
         {"DOCKER_COMMAND_ERROR": 0.7}, unless=r"docker-credential|docker_engine"),
    Rule("Nothing answers at the Docker daemon's address.",
         (r"cannot connect to the docker daemon|is the docker daemon running|docker_engine.{0,80}cannot find|"
          r"docker daemon is not running|error during connect",), {"DOCKER_DAEMON_ERROR": 0.9,
                                                                   "DOCKER_PERMISSION_ERROR": 0.15,
                                                                   "DOCKER_COMMAND_ERROR": 0.2}),
    Rule("The Azure CLI could not use the Docker client, and does not tell client, daemon and permission apart.",
         (r"verify (if|whether) docker|docker_command_error|docker (client )?is installed and running|"
          r"docker daemon is running properly|docker_daemon_error",),
         {"DOCKER_COMMAND_ERROR": 0.5, "DOCKER_DAEMON_ERROR": 0.4, "DOCKER_PERMISSION_ERROR": 0.35}),
    Rule("Docker's program was not found.",
         (r"docker'? (could not be found|command not found|is not recognized|: not found)|"
          r"(command not found|no such file or directory|cannot find).{0,40}['\"/ ]docker(\.exe)?['\" :,]|"
          r"executable file not found.{0,20}docker\b(?!-credential)|wsl integration|in this wsl 2? ?distro|"
          r"podman",), {"DOCKER_COMMAND_ERROR": 0.75},
         unless=r"docker-credential|podman (login|pull|push)|podman desktop"),
    Rule("In Cloud Shell there is no Docker daemon.", (r"cloud ?shell",),
         {"DOCKER_COMMAND_ERROR": 0.45, "DOCKER_DAEMON_ERROR": 0.5}),
    Rule("The version of Docker could not be read, or is too old for this option.",
         (r"docker_version_error|retrieving docker version|unknown flag: --password-stdin|"
          r"client version .{0,20}too (old|new)",),
         {"DOCKER_VERSION_ERROR": 0.85}),
    Rule("Storing or reading a credential failed in the credential helper.",
         (r"docker-credential-|error (storing|saving|getting|erasing|listing) credentials|credsstore|credstore|"
          r"credential (helper|store)|stub received bad data|secretservice|d-bus|pass store is uninitialized|"
          r"logon session does not exist|no usernames for|keychain",), {"DOCKER_CREDENTIAL_STORE_ERROR": 0.92}),
    Rule("The client's configuration could not be read.",
         (r"illegal base64|error parsing config file|config\.json.{0,80}(invalid|unmarshal|parse|eof)|auth\.json.{0,80}"
          r"(invalid|unmarshal|parse)|invalid character .{0,40}looking for",),
         {"DOCKER_CONFIG_ERROR": 0.85, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.4}),
    Rule("No credential is stored for this registry.",
         (r"no basic auth credentials|credentials? not found|no auth(entication)? (found|configured)|not logged in|"
          r"without (logging in|a login)|no credentials (found|stored)|no auth found",),
         {"DOCKER_CREDENTIAL_MISSING_WARNING": 0.75, "CLIENT_ENVIRONMENT_WARNING": 0.45,
          "DOCKER_CREDENTIAL_INVALID_ERROR": 0.3}),
    Rule("Docker shows its configuration in another place, or runs as another user.",
         (r"sudo|/root/\.docker|/root/\.azure|docker_config\b|another user|different (user|home)|homedirectory|as "
          r"root",),
         {"CLIENT_ENVIRONMENT_WARNING": 0.7, "LOGIN_REQUIRED_ERROR": 0.2}),
    Rule("Login and use are separate steps here, perhaps with separate configurations.",
         (r"(login|logged in).{0,60}(succe|ok|work)|succe\S{0,40} (login|logged)|after (a |the )?(az acr |"
          r"docker )?login|despite (the )?login",
          REFUSED + r"|denied|fail|forbidden|refus"),
         {"DOCKER_CREDENTIAL_MISSING_WARNING": 0.3, "CLIENT_ENVIRONMENT_WARNING": 0.3,
          "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.25, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.25,
          "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.1}),
    Rule("The token given out by the Azure CLI lives three hours.",
         (r"expire[sd]?\b|hours?\b.{0,40}(later|after)|after .{0,30}hours?|takes over .{0,20}hours?",),
         {"DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.55, "CREDENTIAL_EXPIRED_ERROR": 0.45},
         unless=r"aadsts|x509|certificate"),

    # --- clock and proxy
    Rule("The clock of this machine is spoken of.",
         (r"clock|not (yet|within) .{0,30}valid|not before|time skew|certificate is not yet valid|"
          r"current time .{0,60}is (before|after)|system time",), {"CLOCK_SKEW_ERROR": 0.6}),
    Rule("A proxy takes part.", (r"prox(y|ies|yconnect)|\b407\b|tunnel connection failed",), {"PROXY_ERROR": 0.45}),
    Rule("The proxy itself fails or refuses.",
         (r"proxyconnect|\b407\b|proxyerror|cannot connect to proxy|tunnel connection failed|proxy authentication",),
         {"PROXY_ERROR": 0.8, "DOCKER_DAEMON_NETWORK_ERROR": 0.35}),
    Rule("Docker, not az, fails to get through: the daemon has a proxy setting of its own.",
         (r"error response from daemon", r"proxyconnect|prox(y|ies)"), {"DOCKER_DAEMON_NETWORK_ERROR": 0.5}),

    # --- the way to the registry
    Rule("The host's name did not resolve.", (NO_DNS,),
         {"CONNECTIVITY_DNS_ERROR": 0.75, "REGISTRY_NOT_FOUND_ERROR": 0.55, "DOCKER_DAEMON_NETWORK_ERROR": 0.25,
          "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.15}),
    Rule("It is the resolver of the Docker daemon (or its virtual machine) that was asked.", (DOCKER_LOCAL_DNS,),
         {"DOCKER_DAEMON_NETWORK_ERROR": 0.6}),
    Rule("The login server was not reached.",
         (r"could not connect to the registry login server|verify that the registry exists",),
         {"CONNECTIVITY_DNS_ERROR": 0.35, "CONNECTIVITY_TIMEOUT_ERROR": 0.35, "REGISTRY_NOT_FOUND_ERROR": 0.35,
          "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.3, "CONNECTIVITY_RESET_ERROR": 0.2, "CONNECTIVITY_REFUSED_ERROR": 0.2,
          "CONNECTIVITY_SSL_ERROR": 0.2, "PROXY_ERROR": 0.25, "REGISTRY_SUBSCRIPTION_ERROR": 0.1}),
    Rule("The name resolves to a private address.",
         (r"(ip|tcp|address|->|to) ?\[?(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}",),
         {"CONNECTIVITY_PRIVATE_LINK_ERROR": 0.65, "CONNECTIVITY_ADDRESS_ERROR": 0.3},
         unless=r"lookup \S{1,80} on |read tcp"),
    Rule("A private endpoint takes part.", (r"private (endpoint|link|dns)|privatelink|vnet|virtual network",),
         {"CONNECTIVITY_PRIVATE_LINK_ERROR": 0.5, "CONNECTIVITY_FORBIDDEN_ERROR": 0.2, "SERVICE_NETWORK_ERROR": 0.15}),
    Rule("The registry answered something unexpected before any sign-in; several faults look like this to the CLI.",
         (r"did not issue a challenge|connectivity_challenge_error",),
         {"CONNECTIVITY_CHALLENGE_ERROR": 0.45, "PROXY_ERROR": 0.45, "CONNECTIVITY_TIMEOUT_ERROR": 0.35,
          "CONNECTIVITY_RESET_ERROR": 0.3, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.25, "CONNECTIVITY_REFUSED_ERROR": 0.2,
          "CONNECTIVITY_SERVER_ERROR": 0.2}),
    Rule("No answer came in time.", (TIMEOUT,),
         {"CONNECTIVITY_TIMEOUT_ERROR": 0.6, "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.2,
          "DOCKER_DAEMON_NETWORK_ERROR": 0.25, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.25, "PROXY_ERROR": 0.15}),
    Rule("The connection was refused.", (r"connection refused|econnrefused|actively refused|10061",),
         {"CONNECTIVITY_REFUSED_ERROR": 0.8, "CONNECTIVITY_ADDRESS_ERROR": 0.35, "PROXY_ERROR": 0.25,
          "DOCKER_DAEMON_ERROR": 0.1, "DOCKER_DAEMON_NETWORK_ERROR": 0.15}),
    Rule("The connection was cut.",
         (r"connection (was )?reset|econnreset|connection aborted|forcibly closed|broken pipe|\beof\b|"
          r"tls handshake timeout|remote end closed|10054|10053",),
         {"CONNECTIVITY_RESET_ERROR": 0.75, "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.15, "PROXY_ERROR": 0.25,
          "CONNECTIVITY_TIMEOUT_ERROR": 0.2}),
    Rule("A certificate was not trusted.", (TLS_FAULT,),
         {"CONNECTIVITY_SSL_ERROR": 0.9, "DOCKER_DAEMON_NETWORK_ERROR": 0.25, "CLOCK_SKEW_ERROR": 0.15}),
    Rule("TLS is spoken of.", (r"\b(tls|ssl)\b",), {"CONNECTIVITY_SSL_ERROR": 0.5}),
    Rule("It is the daemon that does not trust the certificate.", (TLS_FAULT, r"error response from daemon"),
         {"DOCKER_DAEMON_NETWORK_ERROR": 0.45}),
    Rule("The certificate is for another host.",
         (r"certificate is valid for|hostname mismatch|doesn't match|certificate name",),
         {"CONNECTIVITY_ADDRESS_ERROR": 0.6}),
    Rule("The layers' host is spoken of: signing in goes to another one.",
         (r"blob\.core\.windows\.net|\.data\.azurecr|data endpoint|pulling image configuration|copying blob|(pull|"
          r"download)\S{0,40} (layer|blob)|httpreadseeker|failed to copy|filesystem layer|retrying in \d+|"
          r"layer\S{0,40} .{0,40}(hang|fail|timeout|stuck)",),
         {"CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.8}),

    # --- statuses and words of the registry
    Rule("The registry's firewall names the address that it does not allow.", (DENIED_BY_REGISTRY,),
         {"CONNECTIVITY_FORBIDDEN_ERROR": 0.93, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.4, "SERVICE_NETWORK_ERROR": 0.25}),
    Rule("The registry, or a proxy on the way, answered 403.",
         (r"\b403\b|forbidden|looks like you don't have access|connectivity_forbidden_error",),
         {"CONNECTIVITY_FORBIDDEN_ERROR": 0.75, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.4, "PROXY_ERROR": 0.25,
          "SERVICE_NETWORK_ERROR": 0.15}),
    Rule("It is a service that is refused, from an address of its own.",
         (SERVICE + "|" + PIPELINE + r"|trusted services?|system.assigned identity",
          DENIED_BY_REGISTRY + r"|\b403\b|forbidden|network rule"),
         {"SERVICE_NETWORK_ERROR": 0.75}),
    Rule("ACR Tasks or a service runs the command elsewhere, where network rules apply, too.",
         (r"acr tasks?\b|az acr (build|task|run)|trusted services?",), {"SERVICE_NETWORK_ERROR": 0.3}),
    Rule("Public access is spoken of.", (r"public (network )?access",),
         {"CONNECTIVITY_FORBIDDEN_ERROR": 0.4, "CONNECTIVITY_PRIVATE_LINK_ERROR": 0.35, "SERVICE_NETWORK_ERROR": 0.25}),
    Rule("Too many requests were made.", (r"too ?many ?requests|\b429\b|throttl|rate limit",),
         {"CONNECTIVITY_TOOMANYREQUESTS_ERROR": 0.85, "UPSTREAM_REGISTRY_ERROR": 0.25,
          "ARM_CONNECTIVITY_WARNING": 0.15}),
    Rule("It is another registry's limit or refusal, behind an import or a cache rule.",
         (r"docker\.io|docker hub|dockerhub|pull rate limit|upstream|cache rule|az acr import|acr import|quay\.io|"
          r"ghcr\.io|mcr\.microsoft\.com",
          r"too ?many ?requests|rate limit|\b429\b|import|cache|upstream|" + REFUSED),
         {"UPSTREAM_REGISTRY_ERROR": 0.7}),
    Rule("The service answered that it is at fault itself.",
         (r"\b50[0234]\b|internal server error|bad gateway|service unavailable|gateway timeout|unknownerror|"
          r"unexpected http status: 5",),
         {"CONNECTIVITY_SERVER_ERROR": 0.8, "REGISTRY_STATE_ERROR": 0.2, "PROXY_ERROR": 0.15}),
    Rule("The registry's answer is no challenge for a token.",
         (r"does not support aad login|connectivity_aad_login_error",), {"CONNECTIVITY_AAD_LOGIN_ERROR": 0.9}),
    Rule("The key or identity that encrypts the registry is spoken of.",
         (r"cmk|customer.managed key|keyid|wrap key|key ?vault.{0,80}(key|encrypt)|encryption doesn't exist",),
         {"CMK_ERROR": 0.9}),
    Rule("The token was refused in itself, before roles matter.",
         (r"token validation failed|authentication.as.arm|invalid audience",),
         {"AAD_ARM_AUDIENCE_ERROR": 0.9}),
    Rule("The resource that a token was asked for is spoken of.",
         (r"sso failure|resource principal|invalid resource|resource .{0,60}not found in the tenant",),
         {"AAD_RESOURCE_NOT_REGISTERED_ERROR": 0.7, "AAD_ARM_AUDIENCE_ERROR": 0.35, "AAD_MANAGED_IDENTITY_ERROR": 0.2}),
    Rule("The registry's audience is spoken of.", (r"containerregistry\.azure\.net|audience",),
         {"AAD_ARM_AUDIENCE_ERROR": 0.35, "AAD_RESOURCE_NOT_REGISTERED_ERROR": 0.45},
         unless=r"aadsts(?!50001\b|500011|650052)"),

    # --- refusals: the commonest and vaguest; the words around decide
    Rule("The registry refuses to sign this client in, without saying why.", (REFUSED,),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.35, "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.33,
          "DOCKER_CREDENTIAL_MISSING_WARNING": 0.2, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.22,
          "CREDENTIAL_PASSWORD_ERROR": 0.15, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.15,
          "ROLE_ASSIGNMENT_MODE_ERROR": 0.12, "IMAGE_NOT_FOUND_ERROR": 0.08, "CLIENT_ENVIRONMENT_WARNING": 0.1,
          "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.09},
         unless=r"not registered with aad|invalid clientid|aadsts|\b429\b|no basic auth"),
    Rule("The exchange of the Entra token was refused with 401: mostly no role, another tenant, or a personal account.",
         (r"connectivity_refresh_token_error|unable to get aad authorization tokens",),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.45, "CONNECTIVITY_REFRESH_TOKEN_ERROR": 0.3, "REGISTRY_TENANT_ERROR": 0.35,
          "AAD_ARM_AUDIENCE_ERROR": 0.2, "AAD_ACCOUNT_ERROR": 0.2},
         unless=r"\b(429|403|5\d\d)\b|aadsts|run 'az login'"),
    Rule("An access token was refused or lacks permissions.", (r"connectivity_access_token_error|you are lacking",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.6, "CONNECTIVITY_ACCESS_TOKEN_ERROR": 0.4, "SCOPE_MAP_ERROR": 0.25,
          "ROLE_ASSIGNMENT_MODE_ERROR": 0.25}),
    Rule("A cluster's nodes pull: with the kubelet's identity or a pull secret.", (KUBERNETES,),
         {"KUBELET_IDENTITY_ERROR": 0.45, "KUBERNETES_PULL_SECRET_ERROR": 0.42, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.2}),
    Rule("A pull secret is spoken of.", (PULL_SECRET,), {"KUBERNETES_PULL_SECRET_ERROR": 0.8}),
    Rule("The Docker daemon of a node was refused with the credential that it was given.",
         (r"failed to pull image|back-off pulling|imagepull", REFUSED + r"|no basic auth"),
         {"KUBERNETES_PULL_SECRET_ERROR": 0.35, "KUBELET_IDENTITY_ERROR": 0.15}),
    Rule("The node had no credential and tried anonymously, or its token was refused.",
         (r"fetch (anonymous|oauth) token|anonymously|credential.provider",),
         {"KUBELET_IDENTITY_ERROR": 0.5, "KUBERNETES_PULL_SECRET_ERROR": 0.3, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.25}),
    Rule("The identity of a cluster's nodes is spoken of.",
         (r"(kubelet|agentpool|node)( |-)?(managed )?identity|useManagedIdentityExtension".lower()
          + r"|enable-managed-identity|attach-acr|deleted managed identity|identity not found",),
         {"KUBELET_IDENTITY_ERROR": 0.6, "ROLE_ASSIGNMENT_PRINCIPAL_ERROR": 0.25}),
    Rule("A role was given to the cluster's own identity, not to that of its nodes.",
         (r"(assign\S{0,40}|role).{0,60}(cluster identity|control plane|cluster's identity|client ?id)",),
         {"ROLE_ASSIGNMENT_PRINCIPAL_ERROR": 0.65, "KUBELET_IDENTITY_ERROR": 0.3}),
    Rule("Pulling with a managed identity is refused.",
         (r"managed identity|msi\b|system.assigned|user.assigned", REFUSED + r"|refused|denied|fail"),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.35, "ROLE_ASSIGNMENT_SCOPE_ERROR": 0.3, "AAD_MANAGED_IDENTITY_ERROR": 0.25,
          "ROLE_ASSIGNMENT_MODE_ERROR": 0.25}),
    Rule("Repositories were to be listed, which pull and push rights do not include.",
         (r"_catalog|name:catalog|list(ing)? (the )?repositor|registry:catalog|repository list|tags/list|show-tags|"
          r"list(ing)? (the )?tags",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.75, "SCOPE_MAP_ERROR": 0.4}),
    Rule("An action that the token does not hold was denied.",
         (r"requested access to the resource is denied|insufficient_scope|insufficient scope|"
          r"access to the resource is denied|\bdenied: ",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.45, "IMAGE_REFERENCE_ERROR": 0.35, "SCOPE_MAP_ERROR": 0.3,
          "DOCKER_CREDENTIAL_MISSING_WARNING": 0.25}, unless=DENIED_BY_REGISTRY),
    Rule("The image goes to Docker Hub: its reference names no registry.",
         (r"docker\.io/|push refers to repository \[docker\.io|registry-1\.docker\.io|index\.docker\.io|"
          r"docker\.io/library",),
         {"IMAGE_REFERENCE_ERROR": 0.85}, unless=r"import|cache|rate limit|too ?many"),
    Rule("A push was refused, which pull rights do not include.", (r"\bpush", REFUSED + r"|denied"),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.35, "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.15,
          "DOCKER_CREDENTIAL_MISSING_WARNING": 0.15}),
    Rule("Something beside pulling and pushing was to be done, which AcrPull and AcrPush do not include.",
         (r"(az acr |acr )?(import|delete|purge|build|task|lock|untag)\b",
          r"fail|denied|not have|unauthori[sz]ed|authorizationfailed|acrpush|acrpull"),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.45}),
    Rule("A trusted service of Azure is spoken of, which a registry behind a firewall must let in.",
         (r"defender|vulnerability scan|\bscanner\b|trusted service|trusted microsoft",),
         {"SERVICE_NETWORK_ERROR": 0.6}),
    Rule("Anonymous pull is spoken of.", (r"anonymous(ly)? (pull|access)|pull\S{0,40} anonymous",),
         {"ANONYMOUS_PULL_BLOCKED_WARNING": 0.8}, unless=KUBERNETES),
    Rule("Repository roles or conditions (ABAC) are spoken of.",
         (r"\babac\b|repository (reader|writer|contributor)|role assignment mode|repository permissions",),
         {"ROLE_ASSIGNMENT_MODE_ERROR": 0.65, "ROLE_ASSIGNMENT_CONDITION_ERROR": 0.3}),
    Rule("A condition limits the role assignment.",
         (r"condition\b.{0,80}(repositor|abac|role)|(abac|role).{0,60}condition\b",),
         {"ROLE_ASSIGNMENT_CONDITION_ERROR": 0.8}),
    Rule("A role exists and does not help.",
         (r"(owner|contributor|acrpull|acrpush|acrdelete|reader)\b.{0,60}(only|assigned|role|granted|still|does not|"
          r"cannot)|(has|have|with|assigned|granted) .{0,20}(owner|contributor|acrpull|acrpush|reader)\b",),
         {"ROLE_ASSIGNMENT_MODE_ERROR": 0.35, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.3, "ROLE_PROPAGATION_ERROR": 0.25,
          "ROLE_ASSIGNMENT_SCOPE_ERROR": 0.25, "ROLE_ASSIGNMENT_PRINCIPAL_ERROR": 0.2}),
    Rule("A role was given shortly before.",
         (r"(just|newly|recently|right after|immediately|minutes?|seconds?|first) .{0,60}(role|assign|attach|"
          r"permission|granted|created)|(role|assign\S{0,40}|permission|attach\S{0,40}).{0,60}(just|recently|minutes?|"
          r"later|retry|second (attempt|time)|propagat)",),
         {"ROLE_PROPAGATION_ERROR": 0.55}),
    Rule("It fails sometimes only.",
         (r"intermittent|sometimes|sporadic|random(ly)?|flaky|occasional|transient|every now and then|once in a while|"
          r"retry",),
         {"CONNECTIVITY_SERVER_ERROR": 0.45, "ROLE_PROPAGATION_ERROR": 0.25, "CONNECTIVITY_TOOMANYREQUESTS_ERROR": 0.15,
          "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.1}),
    Rule("A deny assignment is spoken of.", (r"deny assignment|denyassignment",), {"DENY_ASSIGNMENT_ERROR": 0.95}),
    Rule("The role has to be activated first.", (r"\bpim\b|privileged identity|eligible|activat(e|ion)",),
         {"ROLE_NOT_ACTIVATED_ERROR": 0.7}),
    Rule("A scope map or repository-scoped token is spoken of.", (r"scope.?map|repository.scoped|acr token",),
         {"SCOPE_MAP_ERROR": 0.5, "TOKEN_DISABLED_ERROR": 0.25, "TOKEN_PASSWORD_EXPIRED_ERROR": 0.25,
          "CREDENTIAL_PASSWORD_ERROR": 0.25}),
    Rule("Resource Manager denies an action on the registry's resource.",
         (r"authorizationfailed|does not have authorization to perform action|"
          r"microsoft\.containerregistry/registries/\w+",),
         {"ARM_READ_WARNING": 0.5, "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.45, "REGISTRY_NOT_VISIBLE_WARNING": 0.35},
         unless=r"could not be found in subscription"),
    Rule("The registry is not in the CLI's current subscription, or cannot be seen there.",
         (r"could not be found in subscription|resource with name .{0,80}could not be found|"
          r"can(not)? be found with name|registry .{0,60}not found|resourcenotfound",),
         {"REGISTRY_NOT_VISIBLE_WARNING": 0.4, "REGISTRY_SUBSCRIPTION_WARNING": 0.4, "REGISTRY_NOT_FOUND_ERROR": 0.35,
          "ROLE_ASSIGNMENT_MISSING_ERROR": 0.25, "REGISTRY_SUBSCRIPTION_ERROR": 0.2, "CLIENT_VERSION_WARNING": 0.12}),
    Rule("A login server stands where the registry's name is wanted.",
         (r"name '[a-z0-9-]{1,63}\.azurecr\.(io|cn|us)'|--name \S{1,80}\.azurecr\.|-n \S{1,80}\.azurecr\.|"
          r"suffix .{0,60}omitted",),
         {"REGISTRY_NAME_WARNING": 0.75, "REGISTRY_NAME_ERROR": 0.5}),
    Rule("The name given is not a registry's name.",
         (r"registry names may contain|alpha ?numeric|invalid registry name|not a valid registry|invalid resource "
          r"name",),
         {"REGISTRY_NAME_ERROR": 0.8, "REGISTRY_NAME_WARNING": 0.4}),
    Rule("The host does not end as a login server does.",
         (r"https?://[a-z0-9.-]{0,80}(?<!\.)-azurecr\.io|azure\.cr\.io|azurecr\.com|\.azurecr\.oi",),
         {"REGISTRY_NOT_FOUND_ERROR": 0.6}),
    Rule("A privatelink host stands where the login server belongs.", (r"[a-z0-9-]{1,63}\.privatelink\.azurecr",),
         {"IMAGE_REFERENCE_ERROR": 0.7, "LOGIN_SERVER_ERROR": 0.4}),
    Rule("The login server could not be determined.",
         (r"login_server_error|retrieving the login server|login server suffix|login server endpoint|"
          r"acr_login_server_endpoint",),
         {"LOGIN_SERVER_ERROR": 0.85, "REGISTRY_CLOUD_ERROR": 0.3}),
    Rule("The image's reference cannot be parsed or names no registry.",
         (r"invalid reference format|repository name must be lowercase|does not exist or may require 'docker login'|"
          r"image reference|not tagged",), {"IMAGE_REFERENCE_ERROR": 0.55, "IMAGE_NOT_FOUND_ERROR": 0.3}),
    Rule("Repository or tag is not there.",
         (r"manifest unknown|manifest .{0,80}not found|manifest_unknown|name_unknown|repository name not known|"
          r"(image|tag|repository) .{0,40}(does not exist|not found|not be found)|\b404\b|not found: manifest",),
         {"IMAGE_NOT_FOUND_ERROR": 0.8}),

    Rule("The login server's address answers that it knows no such path: it is no registry, or one being deleted.",
         (r"/v2/? failed with status: 404|/v2/?:? 404",),
         {"CONNECTIVITY_CHALLENGE_ERROR": 0.7, "REGISTRY_NOT_FOUND_ERROR": 0.3, "CONNECTIVITY_ADDRESS_ERROR": 0.3,
          "PROXY_ERROR": 0.3}),
    Rule("Something that speaks plain HTTP, or sends pages for people, answers in the registry's place.",
         (r"http response to https client|invalid character '<'|<!doctype html|<html",),
         {"PROXY_ERROR": 0.5, "CONNECTIVITY_ADDRESS_ERROR": 0.5, "CONNECTIVITY_CHALLENGE_ERROR": 0.3}),
    Rule("The storage behind the registry got the registry's token: the client forwards it across a redirect.",
         (r"invalidauthenticationinfo",), {"CLIENT_VERSION_WARNING": 0.7, "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.3}),
    Rule("The secret sent is far too long: an Entra token instead of a registry's.",
         (r"header or cookie too large|\b431\b|request header fields too large",),
         {"CREDENTIAL_USERNAME_ERROR": 0.5, "CREDENTIAL_PASSWORD_ERROR": 0.3, "CLIENT_VERSION_WARNING": 0.3}),
    Rule("A connection failed; how, is not said.",
         (r"failed to establish a new connection|max retries exceeded|newconnectionerror|failed to do request|"
          r"dial tcp|cannot reach|unreachable|not reachable",),
         {"CONNECTIVITY_TIMEOUT_ERROR": 0.35, "CONNECTIVITY_DNS_ERROR": 0.2, "CONNECTIVITY_REFUSED_ERROR": 0.2,
          "CONNECTIVITY_RESET_ERROR": 0.15, "CONNECTIVITY_DATA_ENDPOINT_ERROR": 0.1}),
    Rule("Something is refused or fails; the message itself does not say why.",
         (r"denied|refused|not allowed|cannot (pull|push)|(pull|push)\S{0,10} (fails?|failed|error)|\bfails?\b",),
         {"ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": 0.15, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.15,
          "DOCKER_CREDENTIAL_MISSING_WARNING": 0.12, "CONNECTIVITY_FORBIDDEN_ERROR": 0.1,
          "DOCKER_CREDENTIAL_EXPIRED_ERROR": 0.08}),
    Rule("A tool uses the workload's or machine's own identity.",
         (r"provider azure|azure provider|workload.identity|pod.?identity|aad.?pod",),
         {"AAD_MANAGED_IDENTITY_ERROR": 0.55, "AAD_CLIENT_ASSERTION_ERROR": 0.45}),
    Rule("A secret that was removed after its end is refused as a wrong one.", (r"aadsts:? ?7000215",),
         {"AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.5}),

    # --- user names and secrets
    Rule("The user name is taken for an application id that the tenant does not know.",
         (r"application not registered with aad",),
         {"CREDENTIAL_USERNAME_ERROR": 0.6, "AAD_APPLICATION_NOT_FOUND_ERROR": 0.55, "ADMIN_USER_DISABLED_ERROR": 0.4,
          "TOKEN_NOT_FOUND_ERROR": 0.3, "CLIENT_ENVIRONMENT_WARNING": 0.2, "CLIENT_VERSION_WARNING": 0.1}),
    Rule("The application is known, its secret is refused.",
         (r"invalid client ?id or client secret|invalid clientid|invalid_client|client secret",),
         {"AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.65, "AAD_CLIENT_SECRET_INVALID_ERROR": 0.6}, unless=r"aadsts"),
    Rule("The user name does not fit the secret.",
         (r"client id must be guid|-u \S{0,40}(@|azurecr|\$\()|--username \S{0,40}(@|azurecr)|user ?name",),
         {"CREDENTIAL_USERNAME_ERROR": 0.6}, unless=r"aadsts"),
    Rule("An e-mail address was used to sign in to the registry.",
         (r"(username:|-u|--username|login).{0,60}@|<email>",),
         {"CREDENTIAL_USERNAME_ERROR": 0.5}, unless=r"aadsts|lost connection"),
    Rule("Signing in itself was refused: the credentials given, or the role behind them.",
         (r"docker login|login failed|/v2/\"?: unauthori[sz]ed|logging in", REFUSED),
         {"CREDENTIAL_PASSWORD_ERROR": 0.25, "CREDENTIAL_USERNAME_ERROR": 0.2, "AAD_CLIENT_SECRET_INVALID_ERROR": 0.2,
          "ADMIN_USER_DISABLED_ERROR": 0.1}, unless=r"not registered with aad|aadsts|docker push|unable to get aad"),
    Rule("A password was refused.",
         (r"invalid username/password|(wrong|incorrect|invalid|bad) (user\S{0,40}( or |/))?(password|credentials?)|"
          r"password (is )?(wrong|incorrect)",),
         {"CREDENTIAL_PASSWORD_ERROR": 0.6, "AAD_CLIENT_SECRET_INVALID_ERROR": 0.35,
          "CREDENTIAL_USERNAME_ERROR": 0.35}),
    Rule("The admin user is off; the CLI only tried it because signing in with Entra had failed.",
         (r"admin user is disabled", r"unable to get aad|aad authorization tokens"),
         {"ADMIN_USER_DISABLED_ERROR": 0.2, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.15}),
    Rule("The admin user is spoken of.", (r"\badmin(istrator)?\b",), {"ADMIN_USER_DISABLED_ERROR": 0.5},
         unless=r"unable to get aad|aad authorization tokens"),
    Rule("An exposed token is used by hand.", (r"expose-token|00000000-0000-0000-0000-000000000000",),
         {"CREDENTIAL_USERNAME_ERROR": 0.35, "CREDENTIAL_EXPIRED_ERROR": 0.35,
          "CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.2}),

    # --- the CLI's login
    Rule("Nobody is signed in to the Azure CLI there.",
         (r"please run 'az login'|run `?az login`? to setup|not logged in to azure|does not exist in msal token cache|"
          r"no active accounts",),
         {"LOGIN_REQUIRED_ERROR": 0.85, "CLIENT_ENVIRONMENT_WARNING": 0.3, "AAD_SESSION_EXPIRED_ERROR": 0.15},
         unless=r"again to refresh permissions"),
    Rule("The login's session has ended.",
         (r"refresh token (has )?expired|interaction_required|invalid_grant|session (has )?expired|fresh auth token|"
          r"credentials? (have|has) expired|reauthenticate",), {"AAD_SESSION_EXPIRED_ERROR": 0.7}, unless=r"aadsts"),
    Rule("A policy wants more.",
         (r"conditional access|multi-?factor|\bmfa\b|compliant device|device must be managed|blocked by",),
         {"AAD_CONDITIONAL_ACCESS_ERROR": 0.75}),
    Rule("A federated sign-in's assertion is spoken of.",
         (r"client ?assertion|federated|oidc|workload identity|id-token",),
         {"AAD_CLIENT_ASSERTION_ERROR": 0.7}),
    Rule("A managed identity gave no token.",
         (r"managedidentitycredential|169\.254\.169\.254|\bimds\b|identity_endpoint|identity not found|"
          r"multiple user.assigned|no default identity|failed to (acquire|get|retrieve).{0,20}(token|credential)|"
          r"defaultazurecredential|msi endpoint",),
         {"AAD_MANAGED_IDENTITY_ERROR": 0.75, "AAD_CLIENT_ASSERTION_ERROR": 0.2}),
    Rule("The identity can sign in and has no access anywhere.",
         (r"no access was configured|no subscriptions (were )?found|no subscription found",),
         {"ROLE_ASSIGNMENT_MISSING_ERROR": 0.75}),
    Rule("The sign-in endpoint was not reached.",
         (r"login\.(microsoftonline|chinacloudapi|partner)\S{0,40}", f"{TIMEOUT}|{NO_DNS}|max retries"),
         {"AAD_CONNECTIVITY_ERROR": 0.85}),
    Rule("Resource Manager was not reached.",
         (r"management\.(azure|core|chinacloudapi|usgovcloudapi)\S{0,40}",
          f"{TIMEOUT}|{NO_DNS}|max retries|too ?many"),
         {"ARM_CONNECTIVITY_WARNING": 0.85}),
    Rule("A personal account or a guest signs in.",
         (r"personal (microsoft )?account|live\.com|outlook\.com|hotmail|\bguest\b",),
         {"AAD_ACCOUNT_ERROR": 0.6, "REGISTRY_TENANT_ERROR": 0.3}),
    Rule("Another tenant is spoken of.",
         (r"(other|another|different|cross|wrong|partner)[- ](tenant|directory)|tenant mismatch|wrong issuer|"
          r"invalidauthenticationtokentenant",),
         {"REGISTRY_TENANT_ERROR": 0.7, "ROLE_ASSIGNMENT_MISSING_ERROR": 0.2}),
    Rule("Tenants or directories are spoken of.", (r"\b(tenants?|directory|directories)\b",),
         {"REGISTRY_TENANT_ERROR": 0.35, "AAD_APPLICATION_NOT_FOUND_ERROR": 0.1}, unless=r"aadsts|no such file"),
    Rule("The tenant or cloud is not the one that was meant.",
         (r"tenant '?[^']{0,60}'? not found|wrong cloud|correct cloud|national cloud|azurecloud|usgov|china ?cloud|"
          r"authority configuration",),
         {"AAD_TENANT_NOT_FOUND_ERROR": 0.4, "REGISTRY_CLOUD_ERROR": 0.55}),
    Rule("The login server belongs to a national cloud.", (r"\.azurecr\.(us|cn)\b",), {"REGISTRY_CLOUD_ERROR": 0.25}),
    Rule("Consent or an assignment is missing.",
         (r"has not consented|consent|not assigned to a role for the application",),
         {"AAD_CONSENT_ERROR": 0.75}),

    # --- programs and versions
    Rule("A tool that reads Docker's configuration by itself does not understand what `az acr login` stores there.",
         (TOOL,), {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.5, "CLIENT_VERSION_WARNING": 0.35},
         unless=r"flux|defaultazurecredential"),
    Rule("Another tool works with the same credentials.",
         (r"(while|but|and|although) .{0,80}\b(works?|succeeds?|without (a )?problem)\b|works (fine|with|in)\b",),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.4, "CLIENT_VERSION_WARNING": 0.35}),
    Rule("Docker's file is read by something else than docker, or holds a user without a password.",
         (r"docker/config\.json|(blank|empty) password|written by .{0,20}login", REFUSED + r"|fail|cannot"),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.6, "CLIENT_ENVIRONMENT_WARNING": 0.2},
         unless=r"error parsing|permission"),
    Rule("Identity tokens and content trust are special to some tools.",
         (r"identity ?token|content trust|notary|trust (data|server|key)|\bsign(ed|ing|er)\b|docker trust",),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.7}),
    Rule("A fault of a program is spoken of.",
         (r"traceback|unrecognized arguments?|typeerror|attributeerror|keyerror|nonetype|unexpected keyword|regression|"
          r"(since|after|with) (an? |the )?(new )?(version|upgrad|updat)|has no attribute|index out of range|"
          r"expecting value|aborting login|unexpected error|panic:|nil pointer|segfault|importerror|modulenotfound",),
         {"CLIENT_VERSION_WARNING": 0.75}),
    Rule("Capitals in a host are spoken of.", (r"capital letter|upper.?case",),
         {"IMAGE_REFERENCE_ERROR": 0.6, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.5, "REGISTRY_NAME_WARNING": 0.5}),
    Rule("Capitals stand in the registry's host; docker looks credentials up by the exact one.",
         (r"\b[A-Za-z0-9-]{0,60}[A-Z][A-Za-z0-9-]{0,60}\.azurecr\.",), as_written=True,
         weights={"IMAGE_REFERENCE_ERROR": 0.6, "DOCKER_CREDENTIAL_INVALID_ERROR": 0.55, "REGISTRY_NAME_WARNING": 0.5}),
    Rule("The registry's answer is shown unread, as tools other than docker do.",
         (r"\{\"errors\":\[\{\"code\":\"unauthorized\"",),
         {"CLIENT_TOKEN_UNSUPPORTED_WARNING": 0.4, "CLIENT_VERSION_WARNING": 0.3}, unless=r"import"),
    Rule("The registry was being created, moved, or is disabled.",
         (r"readonlydisabledsubscription|subscription .{0,60}disabled|provisioning ?state|being deleted",),
         {"REGISTRY_STATE_ERROR": 0.8}),
    Rule("A pipeline runs this, where every step has its own environment.",
         (PIPELINE, REFUSED + r"|no basic auth|denied"),
         {"CLIENT_ENVIRONMENT_WARNING": 0.25, "DOCKER_CREDENTIAL_MISSING_WARNING": 0.3,
          "AAD_CLIENT_SECRET_EXPIRED_ERROR": 0.25}),
)
