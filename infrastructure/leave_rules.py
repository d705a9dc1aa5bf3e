"""What the configuration key `leave:rules` may say: the leave rules of a stage.

```yaml
leave:rules:
  leaveTypes:
    - id: annual
      name: Annual leave
      maximumDays: 20
    - id: sick
      name: Sick leave
      needsApproval: false
      visibleTo: nobody
  carryOver: {maximumDays: 5, expires: 03-31}
  blockedPeriods:
    - {start: "2027-12-27", end: "2027-12-31", reason: Stocktaking, severity: refuse, leadId: E001}
  presence: {minimum: 2, severity: flag}
  horizonDays: 550
  requestsPerDay: 50
```

Days are working days, except for `minimumNoticeDays` and `horizonDays`, which are calendar days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from infrastructure.config_rules import (
    EMPLOYEE_ID,
    FLAG,
    Rule,
    is_whole_number,
    matching,
    number_from_to,
    one_of,
    printable,
)

if TYPE_CHECKING:
    from infrastructure.config_section import Section

ANNUAL_LEAVE: Final = "annual"
"""The leave type that every stage has: its days are each employee's own, in the directory."""

_YEAR_DAYS: Final = 366


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_halves(text: str) -> bool:
    whole, _, half = text.partition(".")
    return is_whole_number(whole) and half in {"", "5"} and float(text) <= _YEAR_DAYS


LEAVE_TYPE_ID: Final = matching(
    r"[a-z][a-z0-9-]{0,63}",
    says="up to 64 small letters, digits and hyphens, a letter first",
    example="sick",
)
HALF_DAYS: Final = Rule(
    says=f"a number of days from 0 to {_YEAR_DAYS}, whole or half", example="20", holds=_is_halves
)
# YAML takes one without quotes for a point in time.
DAY: Final = Rule(says='a day in quotes such as "2027-12-31"', example="2027-12-31", holds=_is_day)
# 29 February would be missing in most years.
MONTH_AND_DAY: Final = Rule(
    says="a month and a day of every year such as 03-31",
    example="03-31",
    holds=lambda text: _is_day(f"2025-{text}"),
)
NAME: Final = printable(100, "Sick leave")
REASON: Final = printable(200, "Stocktaking")
NOTICE_DAYS: Final = number_from_to(0, 365)
PEOPLE: Final = number_from_to(1, 1000)
HORIZON_DAYS: Final = number_from_to(30, 730)
REQUESTS_PER_DAY: Final = number_from_to(1, 1000)
AUDIENCE: Final = one_of(("lead", "nobody"), example="lead")
SEVERITY: Final = one_of(("refuse", "flag"), example="flag")


def read_leave_rules(rules: Section) -> None:
    """Read and check all of them."""
    ids: list[str] = []
    taken = {ANNUAL_LEAVE, *rules.texts_within("leaveTypes", "id")}
    types = rules.sections("leaveTypes", lambda leave_type: _leave_type(leave_type, ids, taken))
    if types is not None and ANNUAL_LEAVE not in ids:
        path = f"{rules.path('leaveTypes')}[{types}].id"
        must_be = f"{ANNUAL_LEAVE!r}, which every stage has"
        rules.problems.inside(path, "is missing", must_be=must_be, example=ANNUAL_LEAVE)
    rules.section("carryOver", _carry_over)
    rules.sections("blockedPeriods", _blocked_period)
    rules.section("presence", _presence)
    rules.number("horizonDays", HORIZON_DAYS)
    rules.number("requestsPerDay", REQUESTS_PER_DAY)


def _leave_type(leave_type: Section, ids: list[str], taken: set[str]) -> None:
    free = _free_id(LEAVE_TYPE_ID.example, taken)
    type_id = leave_type.text("id", replace(LEAVE_TYPE_ID, example=free), required=True)
    if not type_id:
        taken.add(free)
    elif type_id in ids:
        free = _free_id(type_id, taken)
        taken.add(free)
        leave_type.contradicts("id", f"is {type_id!r} again", must_be="another one", example=free)
    ids.append(type_id)
    leave_type.text("name", NAME, required=True)
    if type_id == ANNUAL_LEAVE:
        leave_type.refuse("daysPerYear", "is each employee's own, in the directory")
    else:
        leave_type.number("daysPerYear", HALF_DAYS)
    leave_type.flag("needsApproval", FLAG)
    leave_type.flag("mayGoNegative", FLAG)
    leave_type.number("minimumNoticeDays", NOTICE_DAYS)
    leave_type.number("reportableDaysBack", NOTICE_DAYS)
    leave_type.text("noticeSeverity", SEVERITY)
    leave_type.number("maximumDays", HALF_DAYS)
    leave_type.text("visibleTo", AUDIENCE)
    leave_type.flag("teamRules", FLAG)


def _free_id(wanted: str, taken: set[str]) -> str:
    """Return an id that no leave type has or will have when all is cured."""
    ids = (wanted, *(f"{wanted[:60]}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in ids if one not in taken)


def _carry_over(carry_over: Section) -> None:
    carry_over.number("maximumDays", HALF_DAYS, required=True)
    carry_over.text("expires", MONTH_AND_DAY)


def _blocked_period(period: Section) -> None:
    start = period.text("start", DAY, required=True)
    end = period.text("end", DAY, required=True)
    if start and end and end < start:
        period.contradicts("end", f"is {end}", must_be="no day before its start", example=start)
    period.text("reason", REASON, required=True)
    period.text("severity", SEVERITY)
    period.text("leadId", EMPLOYEE_ID)


def _presence(presence: Section) -> None:
    presence.number("minimum", PEOPLE, required=True)
    presence.text("severity", SEVERITY)
