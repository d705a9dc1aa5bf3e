"""Texts and templates by language."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from leave.adapters.system import CATALOG, TEMPLATES, languages
from leave.domain.policy import ANNUAL_LEAVE
from leave.domain.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from leave.domain.calendar import Period


DEFAULT_LANGUAGE = "en"
# RFC 9110, section 12.5.4: a language range, and how much it is wanted.
_RANGE = re.compile(
    r"\s*(?P<tag>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=(?P<weight>[0-9.]{1,5}))?\s*"
)


@lru_cache
def choose_language(wanted: str) -> str:
    """Return the first language there is for a BCP 47 tag or an Accept-Language header.

    `de-AT` is answered in `de` where there is no folder for Austria; what is not known at all,
    in English.
    """
    known = {language.lower(): language for language in languages()}
    for tag in _tags(wanted):
        parts = tag.lower().split("-")
        for end in range(len(parts), 0, -1):
            if language := known.get("-".join(parts[:end])):
                return language
    return DEFAULT_LANGUAGE


def _tags(wanted: str) -> Iterator[str]:
    weighted: list[tuple[float, str]] = []
    for part in wanted[:500].split(","):
        if match := _RANGE.fullmatch(part):
            try:
                weight = float(match["weight"] or 1)
            except ValueError:
                continue
            weighted.append((-weight, match["tag"]))
    return (tag for weight, tag in sorted(weighted, key=lambda item: item[0]) if weight)


class Translator(Value):
    """One language; moments are told in `time_zone`.

    Sentences take their values by name, and what stands in a value is never read as a sentence.
    `nouns` are what the leave is called in sentences that name it.
    """

    language: str
    catalog: Mapping[str, Any]
    time_zone: tzinfo
    nouns: Mapping[str, str] = {}

    def about(self, leave_type: str) -> Translator:
        """Return the language with the nouns for leave of a type, empty for one not to be named.

        Nobody is told to be on holiday who is ill.
        """
        kind = "annual" if leave_type == ANNUAL_LEAVE else "other"
        return replace(self, nouns=self.catalog["nouns"][kind])

    def t(self, key: str, **values: object) -> str:
        """Return a sentence of the language."""
        sentence: str = self.catalog["sentences"][key]
        return sentence.format_map({**self.nouns, **values})

    def count(self, kind: str, number: Decimal | int) -> str:
        """Return a number of things, such as `2 working days`."""
        forms: Mapping[str, str] = self.catalog["counts"][kind]
        text = self.number(number)
        return forms.get(text, forms["other"]).format(n=text)

    def number(self, number: Decimal | int) -> str:
        """Return a number as people write it: no zeros at its end, and a real minus."""
        text = f"{number:f}" if not isinstance(number, int) else str(number)
        text = text.rstrip("0").rstrip(".") if "." in text else text
        mark: str = self.catalog["decimal_mark"]
        return text.replace(".", mark).replace("-", "\N{MINUS SIGN}")

    def day(self, day: date) -> str:
        """Return a day in full."""
        return self._format("day", self._parts(day, "weekdays"))

    def period(self, period: Period, *, year: int = 0) -> str:
        """Return the days of a period, nothing said twice, and the half of the day.

        The year goes without saying where it is `year`.
        """
        first = self._parts(period.start, "short_weekdays")
        last = self._parts(period.end, "short_weekdays")
        short = ".short" if period.start.year == period.end.year == year else ""
        if period.start == period.end:
            day = self._format(f"one_day{short}", first)
            return self._format(period.half_day, {"day": day}) if period.half_day else day
        same = first["year"] == last["year"], first["month"] == last["month"]
        name = {(True, True): "same_month", (True, False): "same_year"}.get(same, "two_years")
        values = first | {f"last_{key}": value for key, value in last.items()}
        days = self._format(f"{name}{short}", values)
        ends = [end for end in ("start", "end") if getattr(period, f"{end}_half")]
        return self._format(f"half_ends.{'_'.join(ends)}", {"day": days}) if ends else days

    def moment(self, moment: datetime) -> str:
        """Return day and time where the company is, with the name of its time zone."""
        local = moment.astimezone(self.time_zone)
        return self._format(
            "moment",
            {"day": self.day(local.date()), "time": self._time(local), "zone": _zone(local)},
        )

    def time(self, moment: datetime) -> str:
        """Return the time of a moment today."""
        local = moment.astimezone(self.time_zone)
        return self._format("time", {"time": self._time(local), "zone": _zone(local)})

    def listed(self, things: Sequence[str]) -> str:
        """Return things in a row, the last one joined by a word."""
        if len(things) < 2:  # noqa: PLR2004 - one thing needs no joining
            return "".join(things)
        return f"{', '.join(things[:-1])} {self.catalog['and']} {things[-1]}"

    def _parts(self, day: date, weekdays: str) -> dict[str, Any]:
        return {
            "weekday": self.catalog[weekdays][day.weekday()],
            "day": day.day,
            "month": self.catalog["months"][day.month - 1],
            "year": day.year,
        }

    def _time(self, local: datetime) -> str:
        return f"{local:%H:%M}"

    def _format(self, name: str, values: Mapping[str, Any]) -> str:
        pattern: str = self.catalog["formats"][name]
        return pattern.format_map(values)


@cache
def load_translator(language: str = DEFAULT_LANGUAGE, time_zone: tzinfo = UTC) -> Translator:
    """Return the wording of a language that there is."""
    text = (TEMPLATES / language / CATALOG).read_text(encoding="utf-8")
    return Translator(language=language, catalog=json.loads(text), time_zone=time_zone)


def _zone(local: datetime) -> str:
    name = local.tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name


_MARKUP = "markup"


@cache
def _environment(language: str, time_zone: tzinfo) -> Environment:
    translator = load_translator(language, time_zone)
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES / translator.language, TEMPLATES / _MARKUP]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        # They are few, and none is ever thrown out.
        cache_size=-1,
    )
    environment.filters.update(
        {"day": translator.day, "moment": translator.moment, "time": translator.time}
    )
    names = cast("dict[str, Any]", environment.globals)
    # Jinja's own, which no template uses, would be copied for every rendering.
    names.clear()
    names.update(translator=translator, t=translator.t, language=translator.language)
    return environment


def render(
    name: str, *, language: str = DEFAULT_LANGUAGE, time_zone: tzinfo = UTC, **values: Any
) -> str:
    """Return a template, such as `mails/reminder.html`, filled with values, in the best language.

    `language` is a BCP 47 tag or an Accept-Language header.
    """
    environment = _environment(choose_language(language), time_zone)
    return environment.get_template(name).render(**values)
