"""Days, periods, weeks and what leave costs, held against naive walks from day to day."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.calendar import NO_HOLIDAYS, Dated, HalfDay, Holidays, Period, WorkingWeek
from leave.domain.counting import Day, count_by_year, count_days
from leave.domain.errors import HalfOfHalfDayError
from leave.domain.values import replace
from tests.leave.builders import MONDAY_TO_FRIDAY, a_day, a_period
from tests.leave.strategies import DAYS_IN_HALVES, FIRST, LAST, WEEKS, dated, periods

MORNING, AFTERNOON = HalfDay
HALF = Decimal("0.5")
MORNING, AFTERNOON = HalfDay
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


# Values that change on a day


@given(dated(DAYS_IN_HALVES), dated(WEEKS))
def test_values_with_their_history_read_back_as_themselves(
    days: Dated[Decimal], weeks: Dated[WorkingWeek]
) -> None:
    assert Dated.parse(days.format("{:f}".format), Decimal) == days
    assert Dated.parse(weeks.format(str), WorkingWeek.parse) == weeks


@given(dated(DAYS_IN_HALVES), st.dates(FIRST, LAST))
def test_the_value_on_a_day_is_that_of_the_last_change_up_to_it(
    days: Dated[Decimal], day: date
) -> None:
    changes = {since: value for since, value in days.changes if since <= day}
    assert days.on(day) == (changes[max(changes)] if changes else days.first)


def test_a_value_is_in_force_from_its_very_day_on_and_spaces_do_not_matter() -> None:
    days = Dated.parse("  25 ;2027-06-01 :  28 ", Decimal)
    assert [days.on(a_day(f"2027-{day}")) for day in ("05-31", "06-01")] == [25, 28]
    assert (days.on(date.min), days.on(date.max)) == (25, 28)


NO_DAY = "a day of change must be a day such as 2027-01-01"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("25;", "must be '2027-01-01: value', not ''"),
        ("25; 28", "not '28'"),
        ("25; 2027-13-01: 28", "month"),
        ("25; tomorrow: 28", NO_DAY),
        ("25; 2027-W01-1: 28", NO_DAY),
        ("25; 20270101: 28", NO_DAY),
        ("25; \uff12027-01-01: 28", NO_DAY),
        ("25; 2027-02-30: 28", "day"),
        ("25; 2028-01-01: 28; 2027-01-01: 30", "in order, each once"),
        ("25; 2027-01-01: 28; 2027-01-01: 30", "in order, each once"),
    ],
)
def test_what_has_no_days_or_no_order_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Dated.parse(text, Decimal)


def test_changes_must_be_in_order_however_they_are_made() -> None:
    with pytest.raises(ValueError, match="in order"):
        Dated(1, ((a_day("2027-01-02"), 2), (a_day("2027-01-01"), 3)))


# Working weeks


@given(WEEKS)
def test_a_week_reads_back_and_can_be_written_day_by_day(week: WorkingWeek) -> None:
    suffix = {Decimal(1): "", HALF: ":0.5"}
    parts = zip(NAMES, week.fractions, strict=True)
    text = " ".join(name + suffix[part] for name, part in parts if part)
    assert WorkingWeek.parse(str(week)) == WorkingWeek.parse(text) == week


@given(st.text(max_size=12))
def test_any_text_is_a_week_or_refused(text: str) -> None:
    try:
        week = WorkingWeek.parse(text)
    except ValueError:
        return
    assert WorkingWeek.parse(str(week)) == week


@pytest.mark.parametrize(
    ("text", "fractions"),
    [
        ("Mon-Thu Fri:0.5", "1 1 1 1 0.5 0 0"),
        ("Mon-Tue:0.5 Sat", "0.5 0.5 0 0 0 1 0"),
        ("Sun Mon", "1 0 0 0 0 0 1"),
        ("  Wed  ", "0 0 1 0 0 0 0"),
        ("Mon-Mon", "1 0 0 0 0 0 0"),
    ],
)
def test_a_week_names_its_working_days(text: str, fractions: str) -> None:
    assert WorkingWeek.parse(text).fractions == tuple(map(Decimal, fractions.split()))


@pytest.mark.parametrize(
    "text",
    [
        *("Mon-Fri Fri", "Mon Mon", "Fri-Mon", "Mon-", "-Fri", "mon-fri", "Monday"),
        *("Mon-Fri,Sat", "Mon:1", "Mon:0.25", "Mon:0.50", "Mon:0x5", "5"),
    ],
)
def test_what_is_no_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 'Mon-Fri'.*not '"):
        WorkingWeek.parse(text)


def test_a_week_has_seven_days_and_knows_its_weekdays() -> None:
    with pytest.raises(ValueError, match="7 days, not 5"):
        WorkingWeek((Decimal(1),) * 5)
    friday, saturday = a_day("2027-03-05"), a_day("2027-03-06")
    assert (MONDAY_TO_FRIDAY.on(friday), MONDAY_TO_FRIDAY.on(saturday)) == (1, 0)


# Periods


def claimed_halves(period: Period) -> set[tuple[date, HalfDay]]:
    """Return every half of every day a period claims: the naive way to tell an overlap."""
    length = (period.end - period.start).days + 1
    days = [period.start + timedelta(days=offset) for offset in range(length)]
    claimed = {(day, half) for day in days for half in HalfDay if period.half_day in {None, half}}
    if period.start_half:
        claimed.remove((period.start, HalfDay.MORNING))
    if period.end_half:
        claimed.remove((period.end, HalfDay.AFTERNOON))
    return claimed


@given(periods(), periods())
def test_two_periods_overlap_exactly_when_they_claim_the_same_half_of_a_day(
    one: Period, other: Period
) -> None:
    assert one.overlaps(other) == bool(claimed_halves(one) & claimed_halves(other))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (a_period(half="morning"), a_period(half="afternoon"), False),
        (a_period(half="morning"), a_period(half="morning"), True),
        (a_period(half="morning"), a_period("2027-05-01", "2027-05-09"), True),
        (a_period(half="morning"), a_period("2027-05-04", half="morning"), False),
    ],
)
def test_halves_of_one_day_overlap_only_when_they_are_the_same_half(
    one: Period, other: Period, *, expected: bool
) -> None:
    assert one.overlaps(other) is other.overlaps(one) is expected


@given(periods(longest=800))
def test_a_period_knows_all_its_days_and_their_years(period: Period) -> None:
    days = list(period.days())
    assert (days[0], days[-1], len(days)) == (period.start, period.end, period.length)
    assert all(later - day == timedelta(days=1) for day, later in itertools.pairwise(days))
    assert list(period.years()) == sorted({day.year for day in days})


def test_a_period_can_reach_the_last_day_of_the_calendar() -> None:
    period = a_period("9999-12-30", "9999-12-31")
    assert list(period.days()) == [a_day("9999-12-30"), a_day("9999-12-31")]


def test_a_period_ends_after_it_starts_and_half_a_day_lies_in_one() -> None:
    with pytest.raises(ValueError, match=r"2027-05-02, is before the start, 2027-05-03"):
        a_period("2027-05-03", "2027-05-02")
    with pytest.raises(ValueError, match="single day"):
        a_period("2027-05-03", "2027-05-04", "morning")


def test_a_period_reads_as_people_write_it() -> None:
    assert str(a_period("2027-05-03")) == "2027-05-03"
    assert str(a_period("2027-05-03", "2027-05-07")) == "2027-05-03 to 2027-05-07"
    assert str(a_period("2027-05-03", half="afternoon")) == "2027-05-03 (afternoon)"


@given(periods(), periods())
def test_different_periods_read_differently(one: Period, other: Period) -> None:
    """The fingerprint of an Idempotency-Key's body is made of this text."""
    assert (str(one) == str(other)) == (one == other)


# What leave costs

HOLIDAYS = st.dictionaries(
    st.dates(FIRST, LAST) | st.dates(date(2026, 12, 20), date(2027, 1, 10)),
    st.sampled_from(["New Year's Day", "Christmas Day"]),
    max_size=12,
)


def weeks_of(text: str) -> Dated[WorkingWeek]:
    return Dated.parse(text, WorkingWeek.parse)


def worked(day: date, weeks: Dated[WorkingWeek], holidays: Holidays) -> Decimal:
    """Return what is worked on one day, found out the longest way round."""
    if day in holidays:
        return Decimal(0)
    in_force = weeks.first
    for since, week in sorted(weeks.changes):
        if day >= since:
            in_force = week
    return in_force.fractions[(day.toordinal() - 1) % 7]  # day 1 of year 1 was a Monday


def naively_counted(
    period: Period, weeks: Dated[WorkingWeek], holidays: Holidays
) -> dict[int, dict[date, Decimal]] | None:
    """Walk with a stride of its own: the oracle; None where half of half a day is asked for."""
    counted: dict[int, dict[date, Decimal]] = {}
    day = period.start
    while day <= period.end:
        cost = worked(day, weeks, holidays)
        if len({half for one, half in claimed_halves(period) if one == day}) == 1 and cost:
            if cost != 1:
                return None
            cost = HALF
        if cost:
            counted.setdefault(day.year, {})[day] = cost
        day += timedelta(days=1)
    return counted


@given(periods(longest=800), dated(WEEKS), HOLIDAYS)
def test_leave_costs_what_a_day_by_day_walk_finds(
    period: Period, weeks: Dated[WorkingWeek], holidays: Holidays
) -> None:
    expected = naively_counted(period, weeks, holidays)
    if expected is None:
        with pytest.raises(HalfOfHalfDayError):
            count_days(period, weeks, holidays)
        return
    days = count_days(period, weeks, holidays)
    counts = count_by_year(days)
    assert {year: dict(count.costs) for year, count in counts.items()} == expected
    assert {year: count.days for year, count in counts.items()} == {
        year: sum(costs.values()) for year, costs in expected.items()
    }
    costs = {day: cost for costs in expected.values() for day, cost in costs.items()}
    assert list(days) == [
        Day(date=day, cost=costs.get(day, Decimal(0)), holiday=holidays.get(day))
        for day in period.days()
    ]


@pytest.mark.parametrize(
    ("period", "week", "expected"),
    [
        (a_period("2027-05-03", "2027-05-16"), "Mon-Fri", {2027: 10}),
        (a_period("2027-05-08", half="morning"), "Mon-Fri", {}),
        (a_period("2027-05-03", "2027-05-07"), "Mon-Thu Fri:0.5", {2027: "4.5"}),
        (a_period("2027-12-27", "2028-01-07"), "Mon-Fri", {2027: 5, 2028: 5}),
        (a_period("2027-12-31", "2028-01-02"), "Mon-Fri", {2027: 1}),  # Friday to Sunday
        (a_period("2028-02-28", "2028-03-01"), "Mon-Fri", {2028: 3}),  # a leap year
        # A new contract from Wednesday on: two days of the old week, one of the new.
        (a_period("2027-05-03", "2027-05-09"), "Mon-Fri; 2027-05-05: Sat", {2027: 3}),
    ],
)
def test_days_are_counted_for_each_year_in_which_some_are_worked(
    period: Period, week: str, expected: dict[int, int | str]
) -> None:
    counts = count_by_year(count_days(period, weeks_of(week), NO_HOLIDAYS))
    assert {year: count.days for year, count in counts.items()} == {
        year: Decimal(days) for year, days in expected.items()
    }


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2027-05-03", "2027-05-05", "2.0"),
        ("2027-05-01", "2027-05-04", "1.5"),  # a Saturday costs nothing, halved or not
        ("2027-05-06", "2027-05-08", "1.5"),
    ],
)
def test_a_half_end_costs_half_a_day_where_the_day_costs_anything(
    start: str, end: str, expected: str
) -> None:
    period = replace(a_period(start, end), start_half=AFTERNOON, end_half=MORNING)
    days = count_days(period, weeks_of("Mon-Fri"), NO_HOLIDAYS)
    assert sum(day.cost for day in days) == Decimal(expected)


@pytest.mark.parametrize(
    "halves",
    [
        {"start_half": MORNING},
        {"end_half": AFTERNOON},
        {"half_day": MORNING},
    ],
)
def test_leave_of_several_days_begins_or_ends_at_noon_and_has_no_other_halves(
    halves: dict[str, HalfDay],
) -> None:
    with pytest.raises(ValueError, match=r"half a day|leave begins"):
        replace(a_period("2027-05-03", "2027-05-05"), **halves)
    with pytest.raises(ValueError, match="several days"):
        replace(a_period("2027-05-03"), start_half=AFTERNOON)


@given(periods())
def test_a_part_of_a_period_claims_what_the_period_claims_of_those_days(period: Period) -> None:
    days = list(period.days())
    first, last = days[len(days) // 3], days[-1]
    part = period.between(first, last)
    assert claimed_halves(part) == {c for c in claimed_halves(period) if first <= c[0] <= last}


def test_half_of_a_holiday_costs_nothing_too() -> None:
    holidays = {a_day("2027-05-03"): "May the Third"}
    (day,) = count_days(a_period(half="morning"), weeks_of("Mon:0.5"), holidays)
    assert (day.cost, day.holiday) == (0, "May the Third")


@pytest.mark.parametrize("half", HalfDay)
def test_half_of_a_day_of_which_half_is_worked_is_refused_with_the_cure(half: HalfDay) -> None:
    with pytest.raises(HalfOfHalfDayError, match=r"half of 2027-05-07.*it costs 0\.5"):
        count_days(a_period("2027-05-07", half=half), weeks_of("Mon-Thu Fri:0.5"), NO_HOLIDAYS)
