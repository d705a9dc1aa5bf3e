"""Who did what to a request, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody as the directory knew them when they took part in a request."""

    employee_id: str
    name: str


class What(StrEnum):
    """What can happen to a request."""

    REQUESTED = "requested"
    CHANGED = "changed"
    REROUTED = "rerouted"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELLATION_ASKED = "cancellation-asked"
    CANCELLATION_DECLINED = "cancellation-declined"
    CANCELLATION_EXPIRED = "cancellation-expired"
    CANCELLED = "cancelled"


OUTCOMES = frozenset(What) - {
    What.REQUESTED,
    What.CHANGED,
    What.REROUTED,
    What.CANCELLATION_ASKED,
}
"""The events that somebody has to be told."""


class Via(StrEnum):
    """The way in by which somebody acted."""

    API = "api"
    LINK = "link"
    WORKFLOW = "workflow"
    RULE = "rule"
    DIRECTORY = "directory"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One entry of a request's history. `who` is an employee id, a mail address, or empty."""

    at: datetime
    what: What
    who: str
    via: Via
    comment: str = ""
