# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""``python -m tests.emulator.profile --state DIR --as user --config-dir DIR2``

Makes an AZURE_CONFIG_DIR that is signed in as a profile of the world, by running the real ``az login`` against the
running emulator. Signing in happens in the base world, so a patch that makes it impossible does not matter; profiles
that only the patch has sign in to the patched world (``--in current`` asks for that).
Prints, as JSON, the environment in which az is then to be run through the emulator's proxy.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import requests

from .identity_endpoints import IDENTITY_HEADER
from .loading import load_world, read_yaml
from .tokens import Keys

APP_SERVICE_ENDPOINT = "http://169.254.129.4:8081/msi/token"


class ProfileError(RuntimeError):
    """The profile is unknown, or az could not sign in; the message carries what az said."""


def create_profile(state, name, config_dir, *, az="az", where="base", cache_tokens=(), drop_access_tokens=False):
    """Sign in with the real az.

    :param state: folder of the running emulator.
    :param name: of a profile in the world.
    :param config_dir: becomes AZURE_CONFIG_DIR; what is there already stays.
    :param az: the command to run.
    :param where: "base" or "current" world.
    :param cache_tokens: audiences to fetch a token for, so that it is in the cache.
    :param drop_access_tokens: afterwards forget all access tokens, as if they had run out; refresh tokens stay.
    :returns: the environment for az, through the emulator's proxy.
    :raises ProfileError:
    """
    state, config_dir = Path(state), Path(config_dir)
    description = json.loads((state / "emulator.json").read_text(encoding="utf-8"))
    worlds = _worlds(description)
    if name not in worlds["base"].profiles:
        where = "current"
    world = worlds[where]
    if name not in world.profiles:
        raise ProfileError(f"No profile '{name}' in the world; there are {', '.join(sorted(world.profiles))}")
    profile = world.profiles[name]
    config_dir.mkdir(parents=True, exist_ok=True)
    environment = environment_for(description, world, profile, config_dir)
    proxy = description["signInProxy" if where == "base" else "proxy"]
    if not proxy:
        raise ProfileError("Signing in to the current world needs the emulator's --proxy")
    sign_in = {**os.environ, **environment, "NO_PROXY": "", "no_proxy": "",
               **{key: f"http://{proxy[0]}" for key in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}}
    sign_in.pop("AZURE_POD_IDENTITY_AUTHORITY_HOST", None)
    for key, value in profile.config.items():
        _run([az, "config", "set", f"{key}={value}", "--only-show-errors"], sign_in)
    if profile.by == "nobody":
        return environment
    _run([az, "login", "--output", "none", "--only-show-errors", *_login_arguments(state, world, profile)], sign_in)
    if profile.subscription:
        subscription = world.subscriptions[profile.subscription].id
        _run([az, "account", "set", "--subscription", subscription], sign_in)
    for audience in cache_tokens:
        _run([az, "account", "get-access-token", "--resource", audience, "--output", "none"], sign_in)
    if drop_access_tokens:
        forget_access_tokens(config_dir)
    return environment


def environment_for(description, world, profile, config_dir):
    """The variables with which az, or a test of it, works as a profile through the emulator's proxy and http ports."""
    environment = {
        "AZURE_CONFIG_DIR": str(config_dir), "REQUESTS_CA_BUNDLE": description["ca"],
        "SSL_CERT_FILE": description["ca"], "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "AZURE_CORE_SURVEY_MESSAGE": "false", "AZURE_CORE_LOGIN_EXPERIENCE_V2": "false",
        "AZURE_CORE_CHECK_FOR_UPDATES": "false"}
    if description["proxy"]:
        environment |= {"HTTPS_PROXY": f"http://{description['proxy'][0]}", "NO_PROXY": "127.0.0.1,localhost"}
        environment |= {"https_proxy": environment["HTTPS_PROXY"], "no_proxy": environment["NO_PROXY"]}
    host = world.hosts.get(profile.host)
    if profile.by == "identity" and host and host.type == "Microsoft.Web/sites":
        endpoint = APP_SERVICE_ENDPOINT
        if description["http"]:
            endpoint = f"http://{description['http'][0]}/msi/token"
        environment |= {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": IDENTITY_HEADER}
    elif profile.cloud_shell:
        environment |= {"ACC_CLOUD": "PROD", "AZUREPS_HOST_ENVIRONMENT": "cloud-shell/1.0"}
        environment |= {"HTTP_PROXY": f"http://{description['proxy'][0]}"} if description["proxy"] else {}
        environment |= {key: "" for key in ("NO_PROXY", "no_proxy")} if description["proxy"] else {}
    elif profile.by == "identity" and description["http"]:
        environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = f"http://{description['http'][0]}"
    return environment


def forget_access_tokens(config_dir):
    """Take every access token out of MSAL's cache; the sign-in itself stays."""
    path = Path(config_dir) / "msal_token_cache.json"
    if path.exists():
        cache = json.loads(path.read_text(encoding="utf-8"))
        cache.pop("AccessToken", None)
        path.write_text(json.dumps(cache), encoding="utf-8")
    (Path(config_dir) / "msal_http_cache.bin").unlink(missing_ok=True)


def _login_arguments(state, world, profile):
    keys = Keys(state)
    if profile.by == "password":
        user = world.users[profile.principal]
        tenant = ["--tenant", world.tenants[profile.tenant].id] if profile.tenant else []
        without = ["--allow-no-subscriptions"] * profile.allow_no_subscriptions
        return ["--username", user.user_principal_name, "--password", user.password, *tenant, *without]
    if profile.by == "identity":
        identity = world.managed_identities.get(profile.principal)
        return ["--identity", *(["--client-id", identity.app_id] if identity and identity.user_assigned else [])]
    application = world.applications[profile.principal]
    arguments = ["--service-principal", "--username", application.app_id,
                 "--tenant", world.tenants[application.tenant].id]
    if profile.by == "secret":
        return [*arguments, "--password", next(iter(application.secrets.values())).value]
    if profile.by == "certificate":
        path = keys.application_certificate(application.name, next(iter(application.certificates)))[0]
        return [*arguments, "--certificate", str(path)]
    if profile.by == "federated":
        return [*arguments, "--federated-token", federated_token(keys, profile.assertion)]
    raise ProfileError(f"Profile '{profile.name}': nobody can sign in by '{profile.by}'")


def federated_token(keys, assertion):
    """What the outside OIDC issuer gives a workload: valid from now for the assertion's lifetime."""
    now = int(time.time())
    return keys.outside_issuer.sign({
        "iss": assertion.issuer, "sub": assertion.subject, "aud": assertion.audience, "jti": os.urandom(8).hex(),
        "iat": now, "nbf": now - 60, "exp": now + int(assertion.lifetime)})


def _worlds(description):
    session = requests.Session()
    session.trust_env = False
    texts = {name: session.get(f"http://{description['control'][0]}/world/{name}", timeout=10).text
             for name in ("base", "current")}
    return {name: load_world(read_yaml(text)) for name, text in texts.items()}


def _run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        raise ProfileError(f"{' '.join(command[:3])} ended with {done.returncode}:\n{done.stderr.strip()}")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.emulator.profile", description="Sign az in.")
    parser.add_argument("--state", type=Path, required=True, help="folder of the running emulator")
    parser.add_argument("--as", dest="name", required=True, help="profile of the world: user, sp, msi ...")
    parser.add_argument("--config-dir", type=Path, required=True, help="the AZURE_CONFIG_DIR to make")
    parser.add_argument("--in", dest="where", choices=("base", "current"), default="base", help="world to sign in to")
    parser.add_argument("--az", default=shutil.which("az") or str(Path(sys.executable).with_name("az")))
    parser.add_argument("--cache-token", action="append", default=[], metavar="AUDIENCE",
                        help="also fetch a token for this audience; may repeat")
    parser.add_argument("--drop-access-tokens", action="store_true", help="forget access tokens afterwards")
    arguments = parser.parse_args()
    try:
        environment = create_profile(
            arguments.state, arguments.name, arguments.config_dir, az=arguments.az, where=arguments.where,
            cache_tokens=arguments.cache_token, drop_access_tokens=arguments.drop_access_tokens)
    except ProfileError as error:
        sys.exit(f"profile: {error}")
    print(json.dumps(environment, indent=2))


if __name__ == "__main__":
    main()
