# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Keys and tokens: what Entra, the registries and an outside OIDC issuer sign."""

import base64
import hashlib
import secrets
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .certificates import write_private

ACCESS_TOKEN_LIFETIME = 3600
# Of the registry's own tokens, from iat to exp, as observed and in the documented sample.
REGISTRY_REFRESH_TOKEN_LIFETIME = 195 * 60
REGISTRY_ACCESS_TOKEN_LIFETIME = 75 * 60
ANONYMOUS_ACCESS_TOKEN_LIFETIME = 20 * 60
ANONYMOUS = "acr_anon_pull"
# 15 minutes of it lie before the issue, as recorded: so the documented 3 hours of the refresh token are left.
BACKDATED = 15 * 60
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


class Signer:
    """An RSA key that signs JWTs, kept in a file."""

    def __init__(self, path: Path):
        if path.exists():
            self._key = serialization.load_pem_private_key(path.read_bytes(), None)
        else:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            write_private(path, private_pem(self._key))
        self.public_key = self._key.public_key()
        encoded = self.public_key.public_bytes(serialization.Encoding.DER,
                                               serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(encoded).hexdigest()[:32]

    def sign(self, claims, key_id=""):
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": key_id or self.key_id})

    def read(self, token):
        """The claims of a token of this signer, None when it is not one. Dates are left to the caller, who knows
        which clock counts."""
        try:
            return jwt.decode(token, self.public_key, algorithms=["RS256"],
                              options={"verify_exp": False, "verify_nbf": False, "verify_iat": False,
                                       "verify_aud": False})
        except jwt.InvalidTokenError:
            return None

    def jwk(self):
        return {**jwt.algorithms.RSAAlgorithm.to_jwk(self.public_key, as_dict=True), "use": "sig", "kid": self.key_id}


class Keys:
    """Everything that signs, loaded from the state folder or made there."""

    def __init__(self, state: Path):
        self.state = state
        self.entra = Signer(state / "entra.key")
        self.registry = Signer(state / "registry.key")
        self.outside_issuer = Signer(state / "oidc-issuer.key")
        path = state / "refresh-tokens.key"
        if not path.exists():
            write_private(path, secrets.token_bytes(32))
        self._secret = path.read_bytes()

    def refresh_token(self, claims):
        """An opaque Entra refresh token (symmetric JWT, so that it outlives a restart)."""
        return "0." + jwt.encode(claims, self._secret, algorithm="HS256")

    def read_refresh_token(self, token):
        try:
            return jwt.decode(token[2:], self._secret, algorithms=["HS256"], options={"verify_iat": False})
        except jwt.InvalidTokenError:
            return None

    def application_certificate(self, application, name):
        """The certificate of an application: (path of PEM with key and certificate, the certificate)."""
        path = self.state / f"{application}-{name}.pem"
        if not path.exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, application)])
            now = datetime.now(timezone.utc)
            certificate = (
                x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=30))
                .not_valid_after(now + timedelta(days=365)).sign(key, hashes.SHA256()))
            write_private(path, private_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        pem = path.read_bytes()
        return path, x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE"):])


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def entra_access_token(keys, *, now, tenant_id, audience, object_id, app_id, user=None, managed_identity_id=None,
                       guest=False):
    """A version 1.0 access token with the claims that Resource Manager and the registries look at.

    :param user: the world's User, or None for an application.
    """
    claims = {
        "aud": audience, "iss": f"https://sts.windows.net/{tenant_id}/",
        "iat": int(now), "nbf": int(now), "exp": int(now) + ACCESS_TOKEN_LIFETIME,
        "appid": app_id, "oid": object_id, "tid": tenant_id, "sub": object_id, "ver": "1.0",
        "uti": secrets.token_urlsafe(16), "idtyp": "user" if user else "app",
    }
    if user:
        claims |= {"scp": "user_impersonation", "name": user.display_name, "appidacr": "0", "amr": ["pwd"],
                   "puid": "1003" + uuid.UUID(object_id).hex[:12].upper(), "unique_name": user.user_principal_name}
        if user.idp:
            claims["idp"] = user.idp
            claims["unique_name"] = f"{user.idp}#{user.user_principal_name}"
        elif guest:
            # Assumption: the identity provider of a guest is the issuer of the home tenant.
            claims["idp"] = f"https://sts.windows.net/{guest}/"
        else:
            claims["upn"] = user.user_principal_name
        if user.idp or guest:
            claims["email"] = user.user_principal_name
    else:
        claims |= {"appidacr": "2" if managed_identity_id else "1", "idp": f"https://sts.windows.net/{tenant_id}/"}
    if managed_identity_id:
        claims["xms_mirid"] = managed_identity_id
    return keys.entra.sign(claims)


def registry_refresh_token(keys, *, now, login_server, tenant_id, subject, app_id, actions):
    """What ``/oauth2/exchange`` gives."""
    return keys.registry.sign({
        "jti": str(uuid.uuid4()), "sub": subject, **_validity(now, REGISTRY_REFRESH_TOKEN_LIFETIME),
        "iss": "Azure Container Registry", "aud": login_server,
        "version": "1.0", "rid": _registry_id(login_server), "grant_type": "refresh_token", "appid": app_id,
        "tenant": tenant_id, "permissions": {"Actions": actions, "NotActions": None}, "roles": []},
        _libtrust(keys.registry))


def registry_access_token(keys, *, now, login_server, subject, access):
    """What ``/oauth2/token`` gives; ``access`` is a list of (type, name, actions)."""
    anonymous = subject == ANONYMOUS
    names = ("Type", "Name", "Actions") if anonymous else ("type", "name", "actions")     # as recorded
    return keys.registry.sign({
        "jti": str(uuid.uuid4()), "sub": subject,
        **_validity(now, ANONYMOUS_ACCESS_TOKEN_LIFETIME if anonymous else REGISTRY_ACCESS_TOKEN_LIFETIME),
        "iss": "Azure Container Registry", "aud": login_server, "version": "1.0", "rid": _registry_id(login_server),
        "access": [dict(zip(names, entry)) for entry in access], "roles": [], "grant_type": "access_token"},
        _libtrust(keys.registry))


def _registry_id(login_server):
    """``rid``: 32 hexadecimal digits that are the same in every token of a registry."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, login_server.lower()).hex


def _libtrust(signer):
    """A key id in the form of Docker's libtrust: twelve groups of four."""
    text = base64.b32encode(hashlib.sha256(signer.key_id.encode()).digest()[:30]).decode()
    return ":".join(text[at:at + 4] for at in range(0, 48, 4))


def _validity(now, lifetime):
    issued = int(now) - BACKDATED
    return {"iat": issued, "nbf": issued, "exp": issued + lifetime}
