"""The calendar feed and the entries in mails, read by a library that knows RFC 5545."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from leave.adapters.presentation.icalendar import write_calendar, write_entry
from leave.domain.ledger import Absence
from leave.domain.values import replace
from leave.domain.views import CalendarEntry, Method, calendar_uid
from tests.leave.builders import JANE, JIM, NOW, R1, R2, a_booking, a_day, a_period
from tests.leave.strategies import periods

if TYPE_CHECKING:
    from leave.domain.calendar import Period

UID = f"{hashlib.sha256(R1.encode()).hexdigest()}@foo.com"
ZONES = ["UTC", "Europe/Berlin", "America/Santiago", "Asia/Beirut", "Pacific/Auckland"]
# What a name may be made of, with more of what iCalendar has a meaning for than people have.
NAMES = st.text(
    st.characters(exclude_categories=["C"]) | st.sampled_from(",;:\\\n\"' 🌴é"),
    min_size=1,
    max_size=200,
)


def an_absence(request_id: str = R1, period: Period | None = None, name: str = JIM.name) -> Absence:
    return Absence(
        employee=replace(JIM, name=name), booking=a_booking(request_id, period, status="approved")
    )


def written(*absences: Absence) -> str:
    return write_calendar(absences, domain="foo.com", now=NOW, time_zone=UTC)


def events(text: str) -> list[Any]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


def assert_days(event: Any, period: Period) -> None:
    begins_at_noon = "afternoon" in (period.half_day, period.start_half)
    ends_at_noon = "morning" in (period.half_day, period.end_half)
    if not (begins_at_noon or ends_at_noon):
        assert event["DTSTART"].dt == period.start
        assert event["DTEND"].dt == period.end + timedelta(days=1)
    else:
        start = datetime.combine(period.start, time(12 if begins_at_noon else 0), UTC)
        midnight = datetime.combine(period.end, time(), UTC) + timedelta(days=1)
        end = midnight - timedelta(hours=12 if ends_at_noon else 0)
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (start, end)


def test_an_empty_calendar_is_a_calendar() -> None:
    calendar = Calendar.from_ical(written())
    assert (calendar["VERSION"], calendar["CALSCALE"]) == ("2.0", "GREGORIAN")
    assert calendar["PRODID"]
    assert calendar["X-WR-CALNAME"] == "Absences of the team"
    assert calendar.errors == []


def test_an_absence_is_an_event_of_whole_days() -> None:
    (event,) = events(written(an_absence(R1, a_period("2027-05-03", "2027-05-07"))))
    assert event["SUMMARY"] == "Jim O'Dell away"
    assert event["UID"] == UID
    assert event["DTSTART"].dt == a_day("2027-05-03")
    assert event["DTEND"].dt == a_day("2027-05-08"), "the end is exclusive"
    assert event["DTSTAMP"].dt == NOW
    assert event["TRANSP"] == "TRANSPARENT"


def test_an_event_says_who_is_away_and_nothing_more() -> None:
    (event,) = events(written(an_absence()))
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP"}


@pytest.mark.parametrize("half", ["morning", "afternoon"])
def test_half_a_day_is_told_in_words(half: str) -> None:
    (event,) = events(written(an_absence(R1, a_period(half=half))))
    assert event["SUMMARY"] == f"Jim O'Dell away ({half})"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=12)


@pytest.mark.parametrize(
    ("half", "day", "zone", "start", "end"),
    [
        ("morning", "2027-05-03", "UTC", "2027-05-03T00:00", "2027-05-03T12:00"),
        ("afternoon", "2027-05-03", "UTC", "2027-05-03T12:00", "2027-05-04T00:00"),
        ("morning", "2027-05-03", "Europe/Berlin", "2027-05-02T22:00", "2027-05-03T10:00"),
        ("afternoon", "2027-12-31", "Europe/Berlin", "2027-12-31T11:00", "2027-12-31T23:00"),
        ("afternoon", "2027-05-03", "America/New_York", "2027-05-03T16:00", "2027-05-04T04:00"),
        # The clocks go from midnight to one: the day begins at one.
        ("morning", "2022-09-11", "America/Santiago", "2022-09-11T04:00", "2022-09-11T15:00"),
        ("afternoon", "2022-09-10", "America/Santiago", "2022-09-10T16:00", "2022-09-11T04:00"),
    ],
)
def test_half_a_day_is_busy_for_that_half_alone(
    half: str, day: str, zone: str, start: str, end: str
) -> None:
    """In the mailed entry as in the feed, at moments in UTC."""
    period = a_period(day, half=half)
    feed = write_calendar(
        [an_absence(R1, period)], domain="foo.com", now=NOW, time_zone=ZoneInfo(zone)
    )
    _, entry = read_entry(an_entry(period=period, time_zone=ZoneInfo(zone)))
    for event in (*events(feed), entry):
        found = event["DTSTART"].dt, event["DTEND"].dt
        assert found == tuple(datetime.fromisoformat(f"{at}+00:00") for at in (start, end))
        assert "VALUE" not in event["DTSTART"].params
        assert "TZID" not in event["DTSTART"].params


@given(st.dates(date(2026, 1, 1), date(2040, 12, 31)), st.sampled_from(ZONES))
def test_two_halves_are_a_day_and_meet_at_noon(day: date, zone: str) -> None:
    morning, afternoon = (
        read_entry(
            an_entry(
                period=replace(a_period(half=half), start=day, end=day), time_zone=ZoneInfo(zone)
            )
        )[1]
        for half in ("morning", "afternoon")
    )
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone))
    assert morning["DTEND"].dt == afternoon["DTSTART"].dt == noon
    length = afternoon["DTEND"].dt - morning["DTSTART"].dt
    assert timedelta(hours=23) <= length <= timedelta(hours=25)


def test_the_uid_stays_when_the_days_change() -> None:
    before, after = (
        events(written(an_absence(R1, a_period(day))))[0] for day in ("2027-05-03", "2027-06-01")
    )
    assert before["UID"] == after["UID"]
    assert before["DTSTART"] != after["DTSTART"]


def test_every_absence_is_an_event_of_its_own() -> None:
    both = written(an_absence(R1), Absence(employee=JANE, booking=a_booking(R2, status="approved")))
    assert [event["SUMMARY"] for event in events(both)] == ["Jim O'Dell away", "Jane Cook away"]
    assert len({event["UID"] for event in events(both)}) == 2


@given(NAMES, periods(longest=400))
def test_any_name_and_period_come_back(name: str, period: Period) -> None:
    (event,) = events(written(an_absence(R1, period, name)))
    half = f" ({period.half_day})" if period.half_day else ""
    assert event["SUMMARY"] == f"{name} away{half}"
    assert_days(event, period)


@given(NAMES)
def test_no_line_is_longer_than_75_octets_and_none_ends_within_a_character(name: str) -> None:
    text = written(an_absence(name=name))
    assert text.endswith("\r\n")
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
        assert b"\n" not in line
        assert b"\r" not in line


@pytest.mark.parametrize("length", range(50, 80))
def test_a_name_is_folded_wherever_it_has_to_be(length: int) -> None:
    name = "x" * (length - 1) + "é"
    (event,) = events(written(an_absence(name=name)))
    assert event["SUMMARY"] == f"{name} away"


@pytest.mark.parametrize(
    "name",
    [
        "Jim\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Jane",
        "Jim\nATTACH:https://evil.example/",
        "Jim;VALUE=URI:https://evil.example/",
        "Jim\\nATTACH:x",
        "x" * 60 + "\r\n ATTACH:x",
    ],
)
def test_no_name_brings_a_line_of_its_own(name: str) -> None:
    (event,) = events(written(an_absence(name=name)))
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP"}
    assert event["SUMMARY"] == f"{name} away".replace("\r", "")


def test_the_last_day_of_a_year_ends_in_the_next() -> None:
    (event,) = events(written(an_absence(R1, a_period("2027-12-31"))))
    assert event["DTEND"].dt == date(2028, 1, 1)


def an_entry(method: Method = Method.PUBLISH, **changes: Any) -> CalendarEntry:
    entry = CalendarEntry(
        uid=UID,
        sequence=3,
        method=method,
        period=a_period("2027-05-03", "2027-05-07"),
        summary="Leave",
        at=NOW.astimezone(ZoneInfo("Europe/Berlin")),
        time_zone=UTC,
    )
    return replace(entry, **changes)


def read_entry(entry: CalendarEntry, organizer: str = "leave@foo.com") -> tuple[Any, Any]:
    calendar = Calendar.from_ical(write_entry(entry, organizer=organizer))
    (event,) = calendar.walk("VEVENT")
    assert calendar.errors == event.errors == []
    return calendar, event


def test_approved_leave_is_published_as_whole_days_on_which_one_is_busy() -> None:
    calendar, event = read_entry(an_entry())
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert (event["UID"], event["SEQUENCE"]) == (UID, 3)
    assert event["DTSTART"].dt == a_day("2027-05-03")
    assert event["DTEND"].dt == a_day("2027-05-08"), "the end is exclusive"
    assert event["DTSTAMP"].dt == NOW
    assert event["SUMMARY"] == "Leave"
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE")
    assert event["ORGANIZER"] == "mailto:leave@foo.com"


def test_cancelled_leave_takes_the_same_event_back() -> None:
    calendar, event = read_entry(an_entry(Method.CANCEL, sequence=5))
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (event["UID"], event["SEQUENCE"]) == (UID, 5)


def test_a_uid_is_a_digest_of_the_request_s_id_which_holds_the_time_of_asking() -> None:
    assert calendar_uid(R1, "foo.com") == UID
    assert R1 not in written(an_absence(R1))


@given(NAMES, periods(longest=400))
def test_any_summary_and_period_of_an_entry_come_back(summary: str, period: Period) -> None:
    _, event = read_entry(an_entry(summary=summary, period=period))
    assert event["SUMMARY"] == summary
    assert_days(event, period)


@pytest.mark.parametrize("field", ["uid", "summary"])
def test_no_part_of_an_entry_brings_a_line_of_its_own(field: str) -> None:
    hostile = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTACH:https://evil.example/"
    _, event = read_entry(an_entry(**{field: hostile}))
    assert "ATTACH" not in event
    lines = write_entry(an_entry(**{field: hostile}), organizer="a@b").encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
