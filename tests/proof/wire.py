"""A wire around every port: it counts the calls, and lets a function die before or after one.

The calls are those of the Protocols in leave/services, found by looking there, so that a new call
is covered without anybody remembering it.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, is_typeddict

from leave.services import ports
from leave.services import ports as sweep_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Moment = Literal["before", "after"]
Point = tuple[int, Moment]
"""The number of a call, and whether the function dies before or after it takes effect."""

ROLES: Mapping[str, str] = {
    "Directory": "directory",
    "Requests": "requests",
    "Workflow": "workflow",
    "Metrics": "metrics",
    "Mailer": "mailer",
    "OpenRequests": "open_requests",
    "Sweeps": "sweeps",
    "IdentityProvider": "provider",
}
"""Which part of a stage fills which port."""

PURE = frozenset({"Clock", "HolidayTables", "Emails", "Signer", "Records"})
"""Ports that touch nothing outside the function: dying there is dying at the next call.

The fake of `Records` reads through the wires of the directory and the requests.
"""


class Crash(BaseException):
    """The function is gone, as by a time-out, no memory left, or a lost machine."""


def protocols() -> dict[str, frozenset[str]]:
    """Return the methods of every port, by its name."""
    return {
        name: frozenset(_methods(kind))
        for module in (ports, sweep_ports)
        for name, kind in vars(module).items()
        if inspect.isclass(kind)
        and Protocol in kind.__mro__
        and kind is not Protocol
        and not is_typeddict(kind)
    }


def _methods(kind: type) -> list[str]:
    return [
        name for name, value in vars(kind).items() if inspect.isfunction(value) and name[0] != "_"
    ]


@dataclass(kw_only=True)
class Wire:
    """Counts calls; at the points of `plan`, the function dies."""

    plan: frozenset[Point] = frozenset()
    fault: Callable[[int, str, Moment], None] | None = None
    calls: list[str] = field(default_factory=list[str])
    crashes: list[str] = field(default_factory=list[str])

    def around(self, part: Any, port: str) -> Any:
        """Return a part of the stage with this wire around the calls of its port."""
        return Wired(part, port, self)

    def call(self, name: str, make: Callable[[], Any]) -> Any:
        """Make one call, unless the function dies before it."""
        self.calls.append(name)
        number = len(self.calls)
        self._pass(number, name, "before")
        try:
            return make()
        finally:
            self._pass(number, name, "after")

    def _pass(self, number: int, name: str, moment: Moment) -> None:
        if (number, moment) in self.plan:
            self.crashes.append(f"{moment} {name}")
            raise Crash(f"{moment} call {number}, {name}")
        if self.fault is not None:
            self.fault(number, name, moment)


class Wired:
    """Stands in for a part of the stage."""

    def __init__(self, part: Any, port: str, wire: Wire) -> None:
        self._part, self._port, self._wire = part, port, wire
        self._methods = protocols()[port]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name not in self._methods:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._wire.call(f"{self._port}.{name}", lambda: found(*args, **kwargs))

        return call
