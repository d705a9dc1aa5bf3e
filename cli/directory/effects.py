"""What an import does to leave that does not fit the directory any more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leave.services.directory_changes import Misdirected, OutsideEmployment


class Handling(StrEnum):
    """What becomes of leave outside the employment."""

    OUTSIDE = "outside"
    PARTLY_OUTSIDE = "partly-outside"
    CANCELLED = "cancelled"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaveOutside:
    """Leave with days outside of every employment, and what becomes of it."""

    found: OutsideEmployment
    handling: Handling


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """The requests that another person decides, and the leave outside of the employment."""

    rerouted: Sequence[Misdirected]
    leave: Sequence[LeaveOutside]
