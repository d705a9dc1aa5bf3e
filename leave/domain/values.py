"""Frozen values with named fields, and copies of them with changes."""

from __future__ import annotations

from typing import Any, dataclass_transform

import msgspec
from msgspec.structs import replace

__all__ = ["Value", "replace"]


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
