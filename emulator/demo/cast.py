"""Who plays in the demo, and what each of them wishes for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, kw_only=True)
class Person:
    """An employee of the sample directory."""

    employee_id: str
    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A request, and what becomes of it: `decision` is `approved` or `denied`."""

    employee: Person
    day: date
    decision: str
    comment: str = ""


JOHN = Person(employee_id="E001", name="John Carpenter", email="john@foo.com")
JIM = Person(employee_id="E002", name="Jim O'Dell", email="jim@foo.com")
JANE = Person(employee_id="E003", name="Jane Cook", email="jane@foo.com")
