"""RSA keys and compact RS256 JSON web tokens (RFC 7515, RFC 7519), and no more of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.google.storage import Shelf

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
    def kept_on(cls, shelf: Shelf, name: str) -> SigningKey:
        """Return the key kept under `name`, made and kept first when there is none."""
        pem = shelf.read(name)
        if pem is not None:
            # Proving that the primes are primes takes a tenth of a second; the key is our own.
            key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
            return cls(cast("rsa.RSAPrivateKey", key))
        key = cls.generate()
        shelf.write(name, key.pem.encode())
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
