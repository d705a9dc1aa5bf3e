"""Tokens that somebody forged from a good one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Mapping


def encoded(part: bytes | Mapping[str, Any]) -> str:
    """Return a part of a token as base64url."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    """Return what a part of a token says."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def public_pem(key: Mapping[str, str]) -> bytes:
    """Return the provider's published key as the text that one may take for a secret."""
    numbers = (int.from_bytes(decoded(key[name]), "big") for name in ("e", "n"))
    public = rsa.RSAPublicNumbers(*numbers).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def forgeries(good: str, key: Mapping[str, str]) -> dict[str, str]:
    """Return tokens that say what a good one says, or more, by way of the usual tricks."""
    head, body, signature = good.split(".")
    header: dict[str, Any] = json.loads(decoded(head))
    admin = encoded(json.loads(decoded(body)) | {"email": "admin@foo.com"})
    another = "A" if signature[0] != "A" else "B"
    hs256 = encoded(header | {"alg": "HS256"})
    made = {
        "no algorithm": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "no algorithm, oddly written": f"{encoded(header | {'alg': 'nOnE'})}.{body}.",
        "no algorithm, signed": f"{encoded(header | {'alg': 'none'})}.{body}.{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "another's address": f"{head}.{admin}.{signature}",
        "a byte of the signature": f"{head}.{body}.{another}{signature[1:]}",
        "another key's name": f"{encoded(header | {'kid': '../../x'})}.{body}.{signature}",
        "its own key": f"{encoded(header | {'jwk': key, 'kid': 'x'})}.{body}.{signature}",
        "a key elsewhere": f"{encoded(header | {'jku': 'https://evil.example/k'})}.{body}.{signature}",
        "no JSON": f"{head}.{encoded(b'{')}.{signature}",
        "no base64": f"{head}.{body}.***",
        "very long": f"{head}.{'A' * 7_000}.{signature}",
        "nothing": "",
        "dots": "..",
    }
    for name, secret in {"the public key": public_pem(key), "nothing": b""}.items():
        proof = hmac.new(secret, f"{hs256}.{body}".encode(), hashlib.sha256).digest()
        made[f"signed by {name}"] = f"{hs256}.{body}.{encoded(proof)}"
    return made
