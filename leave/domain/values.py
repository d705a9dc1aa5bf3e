"""Frozen values that cost next to nothing to define.

The standard library writes the methods of each frozen dataclass as text, and compiles them whenever
its module is imported, which was a tenth of a cold start: see ADR 28. Here they are written once.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import Field

_Value = TypeVar("_Value")
_set = object.__setattr__


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value(cls: type[_Value]) -> type[_Value]:
    """Make of a class what `dataclass(frozen=True, kw_only=True, slots=True)` would.

    `replace`, `fields` and `asdict` know it as one.
    """
    made: Any = dataclass(init=False, repr=False, eq=False, kw_only=True, slots=True)(cls)
    declared = cast("Sequence[Field[Any]]", fields(made))
    compared = attrgetter(*(one.name for one in declared if one.compare))
    shown = [one.name for one in declared if one.repr]

    def __eq__(self: object, other: object) -> bool:  # noqa: N807 - it becomes that method
        return compared(self) == compared(other) if type(other) is made else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(compared(self))

    def __repr__(self: object) -> str:  # noqa: N807
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{made.__qualname__}({told})"

    made.__init__ = _initialiser(made, declared)
    made.__eq__, made.__hash__, made.__repr__ = __eq__, __hash__, __repr__
    made.__setattr__, made.__delattr__, made.__setstate__ = _refuse, _refuse, _restore
    return made


def _initialiser(made: Any, declared: Sequence[Field[Any]]) -> Callable[..., None]:
    slots = [(one.name, getattr(made, one.name).__set__) for one in declared]
    defaults = {one.name: one.default for one in declared if one.default is not MISSING}
    factories = [
        (one.name, one.default_factory) for one in declared if one.default_factory is not MISSING
    ]
    check: Callable[[object], None] | None = getattr(made, "__post_init__", None)

    def __init__(self: object, **given: Any) -> None:  # noqa: N807
        if len(given) < len(slots):
            given = {**defaults, **given}
            for name, make in factories:
                if name not in given:
                    given[name] = make()
        if len(given) != len(slots):
            raise _wrong(made, slots, given)
        try:
            for name, fill in slots:
                fill(self, given[name])
        except KeyError:
            raise _wrong(made, slots, given) from None
        if check is not None:
            check(self)

    return __init__


def _wrong(made: Any, slots: Sequence[tuple[str, object]], given: dict[str, Any]) -> TypeError:
    names = ", ".join(sorted(given.keys() ^ {name for name, _ in slots}))
    return TypeError(f"{made.__name__} lacks, or does not have: {names}")


def _refuse(self: object, name: str, *_content: object) -> None:
    raise FrozenInstanceError(f"{name} of a {type(self).__name__} cannot be changed")


def _restore(self: object, state: tuple[None, dict[str, Any]]) -> None:
    # How a copy comes by its contents, which could not be set one by one.
    for name, content in state[1].items():
        _set(self, name, content)
