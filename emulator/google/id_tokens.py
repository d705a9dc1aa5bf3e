"""ID tokens, their claims and the key that signs them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from emulator.google.http import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emulator.google.storage import FileStore

_CLAIMS = (
    "aud", "azp", "email_verified", "exp", "hd", "iat", "iss", "name", "nbf", "nonce", "sub",
)  # fmt: skip
_FIELDS = ("email", "expires_in", "forged", *_CLAIMS)
HOUR = 3600
_CENTURY = 100 * 365 * 24 * HOUR


@dataclass(frozen=True, kw_only=True)
class IdTokens:
    """Makes ID tokens for the stage; the first of `audiences` is the default one."""

    key: SigningKey
    audiences: Sequence[str]
    issuer: Callable[[], str]

    def make(self, wish: Mapping[str, object]) -> str:
        """Return a token for `email`; other fields replace claims, None leaves a claim out.

        `expires_in` is in seconds and may be negative; a true `forged` signs with a key that is
        not published, under the name of the one that is. RefusalError for anything else.
        """
        if unknown := set(wish) - set(_FIELDS):
            raise refused(f"unknown fields {sorted(unknown)}; allowed are {', '.join(_FIELDS)}")
        email = wish.get("email")
        if not isinstance(email, str) or not email:
            raise refused("email must be a non-empty string")
        key = SigningKey.generate() if wish.get("forged") else self.key
        claims = id_claims(
            email=email,
            issuer=self.issuer(),
            audience=wish.get("aud", self.audiences[0]),
            expires_in=_seconds(wish.get("expires_in", HOUR)),
            changes={name: wish[name] for name in _CLAIMS if name in wish},
        )
        return key.sign(claims, kid=self.key.kid)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _CENTURY:
        raise refused("expires_in must be a number of seconds, at most a century")
    return value


# Accounts of these have no hosted domain, as at Google.
_CONSUMER_DOMAINS = {"gmail.com", "googlemail.com"}


def subject(email: str) -> str:
    """Return the account's `sub`: 21 digits, the same for the same address."""
    digest = hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).digest()
    return "1" + str(int.from_bytes(digest, "big"))[:20]


def hosted_domain(email: str) -> str | None:
    """Return the Workspace domain of an address; a consumer account has none."""
    domain = email.rpartition("@")[2].strip().lower()
    return None if domain in _CONSUMER_DOMAINS else domain


def id_claims(
    *,
    email: str,
    issuer: str,
    audience: object,
    expires_in: float = HOUR,
    changes: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return the claims of Google's ID token for `email`.

    A negative `expires_in` (seconds) makes a token that expired that long ago, an hour after it
    was issued. `changes` replace claims; None leaves a claim out.
    """
    now = int(time.time())
    expiry = now + int(expires_in)
    claims: dict[str, object] = {
        "iss": issuer,
        "azp": audience,
        "aud": audience,
        "sub": subject(email),
        "hd": hosted_domain(email),
        "email": email,
        "email_verified": True,
        "iat": min(now, expiry - HOUR) if expires_in <= 0 else now,
        "exp": expiry,
    }
    claims.update(changes or {})
    return {name: value for name, value in claims.items() if value is not None}


_PARTS = 3


class TokenError(ValueError):
    """The text is no RS256 token of the key it was checked against."""


def b64url(data: bytes) -> str:
    """Return base64url without padding, as JOSE wants it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """Return the bytes of base64url text, padded or not; ValueError for anything else."""
    if not text.isascii() or "+" in text or "/" in text:
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


@dataclass(frozen=True)
class SigningKey:
    """An RSA private key with a name (`kid`) that follows from its public half."""

    private: rsa.RSAPrivateKey

    @classmethod
    def generate(cls) -> SigningKey:
        """Return a new 2048 bit key."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @classmethod
    def load_or_create(cls, store: FileStore, name: str) -> SigningKey:
        """Return the key kept under `name`, made and kept first when there is none."""
        pem = store.read(name)
        if pem is not None:
            # Proving that the primes are primes takes a tenth of a second; the key is our own.
            key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
            return cls(cast("rsa.RSAPrivateKey", key))
        key = cls.generate()
        store.write(name, key.pem.encode())
        return key

    @property
    def pem(self) -> str:
        """The private half as PKCS 8."""
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.private.private_bytes(*form).decode()

    @property
    def public_pem(self) -> str:
        """The public half as SubjectPublicKeyInfo."""
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def kid(self) -> str:
        """40 hexadecimal digits, as Google's are."""
        return hashlib.sha256(self.public_pem.encode()).hexdigest()[:40]

    def jwk(self) -> dict[str, str]:
        """Return the public half as a JSON web key."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": b64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": b64url(numbers.e.to_bytes(3, "big")),
        }

    def sign(self, claims: Mapping[str, object], *, kid: str | None = None) -> str:
        """Return `claims` as a compact token; `kid` names another key than the one that signs."""
        head = {"alg": "RS256", "kid": kid or self.kid, "typ": "JWT"}
        signed = ".".join(b64url(json.dumps(part).encode()) for part in (head, dict(claims)))
        signature = self.private.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{b64url(signature)}"


def unverified_claims(token: str) -> dict[str, object]:
    """Return what `token` claims, believed by nobody yet; TokenError when it is no RS256 token."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise TokenError("a token has three parts")
    try:
        head, claims = (json.loads(unb64url(part)) for part in parts[:2])
    except (ValueError, RecursionError) as error:
        raise TokenError("header or claims are not base64url JSON") from error
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise TokenError("header or claims are no JSON object")
    if cast("dict[str, object]", head).get("alg") != "RS256":
        raise TokenError("only RS256 is signed here")
    return cast("dict[str, object]", claims)


def verified_claims(token: str, public_pem: str) -> dict[str, object]:
    """Return the claims of a token signed by that key; TokenError otherwise."""
    claims = unverified_claims(token)
    signed, _, signature = token.rpartition(".")
    key = cast("rsa.RSAPublicKey", load_pem_public_key(public_pem.encode()))
    try:
        key.verify(unb64url(signature), signed.encode(), padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError) as error:
        raise TokenError("the signature is not of this key") from error
    return claims
