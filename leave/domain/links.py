"""The capability in a lead's mail: a request id and 256 random bits."""

from __future__ import annotations

import hashlib
import re
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from leave.domain.secrets import Secret
from leave.domain.values import value

if TYPE_CHECKING:
    from datetime import datetime

_SECRET_BYTES = 32
_SHAPE = re.compile(r"(?P<request_id>[0-9A-Za-z-]{1,64})\.(?P<secret>[0-9A-Za-z_-]{43})", re.ASCII)


def new_link_secret() -> Secret:
    """Return 256 bits from the operating system's generator, in 43 URL-safe characters."""
    return Secret(secrets.token_urlsafe(_SECRET_BYTES))


def address_digest(email: str) -> str:
    """Return what tells one mail address from another, whatever its case."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


@value
class Link:
    """What the last part of a decision URL says."""

    request_id: str
    secret: Secret

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the last part of a decision URL; None when it never was a link of ours."""
        if not (match := _SHAPE.fullmatch(text)):
            return None
        return cls(request_id=match["request_id"], secret=Secret(match["secret"]))

    def reveal(self) -> str:
        """Return the text that goes into the URL."""
        return f"{self.request_id}.{self.secret.reveal()}"


class RevocationReason(StrEnum):
    """Why a link no longer decides."""

    CHANGED = "changed"
    CANCELLATION = "cancellation"
    REROUTED = "rerouted"
    ESCALATED = "escalated"
    UNREACHABLE = "unreachable"
    SECOND_STAGE = "second-stage"


@value
class RevokedLink:
    """A link that no longer decides, with the reason it tells whoever opens it.

    It was `owner`'s: the employee id of whoever was asked by it, about the plan of `revision`; 0 is
    none that is known. The owner reads `language`. `address` is a digest of the mail address that
    it was made for, if that is known.
    """

    secret: Secret
    at: datetime
    why: RevocationReason
    owner: str = ""
    revision: int = 0
    language: str = "en"
    address: str = ""

    def is_addressed_to(self, email: str) -> bool:
        """Tell whether it was made for this mail address, if that is known."""
        return self.address in {"", address_digest(email)}
