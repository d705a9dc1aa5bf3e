"""Texts that carry their own proof of origin: HMAC-SHA-256 under a key of the stage."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.secrets import Secret

_SHAPE = re.compile(r"(?P<body>[A-Za-z0-9_-]+)\.(?P<proof>[A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(kw_only=True, slots=True, eq=False)
class HmacSigner:
    """Implements `Signer`. `place` keeps apart stages that share a secret, such as their address.

    There is a key for each purpose and place, derived from the secret, so that no text can be
    passed off as one of another kind or stage.
    """

    read_secret: Callable[[], Secret]
    place: str

    def sign(self, purpose: str, content: str) -> str:
        """Return the content with its proof."""
        body = _encode(content.encode())
        return f"{body}.{self._proof(purpose, body)}"

    def unsign(self, purpose: str, text: str) -> str | None:
        """Return the content if its proof is right, compared in constant time."""
        if not (match := _SHAPE.fullmatch(text)):
            return None
        body, proof = match["body"], match["proof"]
        if not hmac.compare_digest(proof, self._proof(purpose, body)):
            return None
        return base64.urlsafe_b64decode(f"{body}{'=' * (-len(body) % 4)}").decode()

    def _proof(self, purpose: str, body: str) -> str:
        secret = self.read_secret().reveal().encode()
        key = hmac.digest(secret, f"leave\n{purpose}\n{self.place}".encode(), "sha256")
        return _encode(hmac.digest(key, body.encode(), "sha256"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
