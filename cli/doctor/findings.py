"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: a problem keeps people from their leave, a warning some of them or later."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at; `cure` is empty where nothing is wrong."""

    level: Level
    subject: str
    detail: str
    cure: str = ""


def ok(subject: str, detail: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(level=Level.OK, subject=subject, detail=detail)


def warning(subject: str, detail: str, cure: str) -> Finding:
    """Return that something should be looked after."""
    return Finding(level=Level.WARNING, subject=subject, detail=detail, cure=cure)


def problem(subject: str, detail: str, cure: str) -> Finding:
    """Return that something does not work."""
    return Finding(level=Level.PROBLEM, subject=subject, detail=detail, cure=cure)
