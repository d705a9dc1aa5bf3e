"""Secrets, and the links in approval mails."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import NoReturn, Self

from leave.domain.values import Value


class Secret:
    """A text that prints as stars; `reveal` is the only way to the text itself.

    It is neither a `Value` nor a dataclass, so msgspec refuses to encode it.
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def __setattr__(self, name: str, content: object) -> NoReturn:
        raise AttributeError(f"{name} of a Secret cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        """Let copies be made by the text, as no attribute of a Secret can be set."""
        return Secret, (self._text,)

    def reveal(self) -> str:
        """Return the text, for the one place that must pass it on."""
        return self._text

    def matches(self, other: str) -> bool:
        """Compare in constant time, so that timing tells nothing about the text."""
        return hmac.compare_digest(self._text.encode(), other.encode("utf-8", "surrogatepass"))

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__


_SECRET_BYTES = 32
_SHAPE = re.compile(r"(?P<request_id>[0-9A-Za-z-]{1,64})\.(?P<secret>[0-9A-Za-z_-]{43})", re.ASCII)


def new_link_secret() -> Secret:
    """Return 256 bits from the operating system's generator, in 43 URL-safe characters."""
    return Secret(secrets.token_urlsafe(_SECRET_BYTES))


def address_digest(email: str) -> str:
    """Return what tells one mail address from another, whatever its case."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def is_of_address(digest: str, email: str) -> bool:
    """Return whether a digest is of this mail address, or empty because none is known."""
    return digest in {"", address_digest(email)}


class Link(Value):
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
