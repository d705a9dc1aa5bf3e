"""What is configured: leave types, carry-over, who may see what."""

from decimal import Decimal

import pytest

from leave.domain.policy import (
    Audience,
    CarryOver,
    LeaveType,
    PolicyWarning,
    Rules,
    WarningKind,
)
from leave.domain.values import replace
from tests.leave.builders import TODAY, a_day, a_plan

SICK = LeaveType(id="sick", name="Sick leave", visible_to=Audience.NOBODY)
ANNUAL = LeaveType(id="annual", name="Annual leave")
RULES = Rules(leave_types=(ANNUAL, SICK))


def test_the_defaults_are_the_careful_ones() -> None:
    rules = Rules()
    assert rules.leave_types == (ANNUAL,)
    assert rules.carry_over.maximum_days == 0
    assert (rules.blocked_periods, rules.presence) == ((), None)
    assert ANNUAL.needs_approval
    assert not ANNUAL.may_go_negative
    assert (ANNUAL.minimum_notice_days, ANNUAL.maximum_days) == (0, None)
    assert ANNUAL.visible_to is Audience.LEAD


def test_a_leave_type_is_found_by_its_id() -> None:
    assert RULES.leave_type("sick") is SICK
    assert RULES.leave_type("Sick") is RULES.leave_type("") is None


def test_a_balance_is_kept_where_there_is_a_limit() -> None:
    three, none = (LeaveType(id="x", name="X", days_per_year=Decimal(n)) for n in (3, 0))
    assert [one.is_limited for one in (ANNUAL, three, none, SICK)] == [True, True, True, False]


@pytest.mark.parametrize("leave_type", ["", "two words", "a\nb", "x" * 65, "é"])
def test_an_id_that_could_not_be_stored_in_one_word_is_refused(leave_type: str) -> None:
    with pytest.raises(ValueError, match="letters, digits, '-' and '_'"):
        LeaveType(id=leave_type, name="Special leave")


@pytest.mark.parametrize("hidden", ["sick", "gone"])
def test_a_lead_sees_type_and_reason_only_where_they_may(hidden: str) -> None:
    """Of a type that is no longer configured, nobody knows whether they may."""
    open_plan = a_plan(reason="Wedding")
    assert open_plan.shown_to_lead(RULES) == open_plan
    shown = a_plan(leave_type=hidden, reason="My operation").shown_to_lead(RULES)
    assert (shown.leave_type, shown.reason) == ("", "")
    assert (shown.period, shown.counts) == (open_plan.period, open_plan.counts)
    assert not RULES.visible_to_lead(hidden)


def test_what_was_carried_over_can_be_taken_until_the_end_of_march() -> None:
    assert CarryOver().last_day(2027) == a_day("2027-03-31")
    assert CarryOver(expires_month=12, expires_day=31).last_day(2028) == a_day("2028-12-31")


@pytest.mark.parametrize(("month", "day"), [(2, 29), (2, 30), (13, 1), (4, 31), (0, 1), (1, 0)])
def test_a_last_day_that_not_every_year_has_is_refused(month: int, day: int) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        CarryOver(expires_month=month, expires_day=day)


def test_the_horizon_is_counted_in_calendar_days() -> None:
    assert Rules(horizon_days=0).horizon(TODAY) == TODAY
    assert Rules(horizon_days=31).horizon(TODAY) == a_day("2027-04-01")


@pytest.mark.parametrize(
    ("kind", "found", "needed", "expected"),
    [
        (WarningKind.NOTICE, 0, 1, "Requested 0 days ahead; 1 day is expected."),
        (WarningKind.NOTICE, 1, 14, "Requested 1 day ahead; 14 days are expected."),
        (WarningKind.PRESENCE, 0, 1, "On 2027-03-01 none of the team would be there; 1 is needed."),
        (
            WarningKind.PRESENCE,
            1,
            2,
            "On 2027-03-01 only 1 of the team would be there; 2 are needed.",
        ),
    ],
)
def test_a_warning_counts_days_and_colleagues_in_words(
    kind: WarningKind, found: int, needed: int, expected: str
) -> None:
    warning = PolicyWarning(kind=kind, start=TODAY, end=TODAY, found=found, needed=needed)
    assert str(warning) == expected


def test_a_warning_names_the_blocked_days() -> None:
    day = PolicyWarning(kind=WarningKind.BLOCKED, start=TODAY, end=TODAY, reason="Audit")
    assert str(day) == "2027-03-01 is blocked: Audit."
    days = replace(day, end=a_day("2027-03-02"))
    assert str(days) == "2027-03-01 to 2027-03-02 are blocked: Audit."
