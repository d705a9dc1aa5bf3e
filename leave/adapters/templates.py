"""Jinja2 over the template files; one folder a language, English where a language has no folder."""

from __future__ import annotations

import calendar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

_FOLDER = Path(__file__).parent.parent / "templates"
_DEFAULT = "en"


def _day(day: date) -> str:
    return (
        f"{calendar.day_name[day.weekday()]}, {day.day} {calendar.month_name[day.month]} {day.year}"
    )


def _moment(moment: datetime) -> str:
    return f"{_day(moment)} at {moment:%H:%M} UTC"


def _count(days: Decimal) -> str:
    text = f"{days.normalize():f}"
    return f"{text} working day" if days == 1 else f"{text} working days"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update({"day": _day, "moment": _moment, "count": _count})
    return environment


def render(name: str, *, language: str = _DEFAULT, **values: Any) -> str:
    """Return a template of this language, such as `mails/ask_lead.html`, filled with values."""
    choices = [f"{language}/{name}", f"{_DEFAULT}/{name}"]
    return _environment().select_template(choices).render(**values)
