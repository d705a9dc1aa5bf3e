"""Frozen values with named fields, copies of them with changes, and secrets."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn, dataclass_transform

import msgspec
from msgspec.structs import replace

__all__ = ["Secret", "Value", "replace"]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _ValueType(msgspec.StructMeta):
    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> _ValueType:
        """Make a class of values; msgspec hands `kw_only` on to no subclass."""
        options |= {"frozen": True, "kw_only": True, "rename": "camel"}
        return super().__new__(cls, name, bases, namespace, **options)


class Value(msgspec.Struct, metaclass=_ValueType):
    """A value is made by field names and never changed; stored names are those in camel case.

    A class with `omit_defaults` is stored without what has its default, which then never changes.
    """


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
