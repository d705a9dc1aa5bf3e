"""Every mail, page and calendar file, read by programs that others wrote."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import tinycss2
from fast_mail_parser import parse_email
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from justhtml import JustHTML

from cli.gmail.mailing_stage import write_test_mail
from leave.adapters.gmail.mailer import build_message
from leave.adapters.presentation.i18n import languages
from leave.adapters.presentation.icalendar import write_calendar
from leave.domain.ledger import Absence
from leave.domain.views import CalendarEntry, Method, calendar_uid
from tests.leave.adapters.samples import Cast
from tests.leave.builders import JANE, NOW, R1, R2, a_booking, a_period, an_employee

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from email.message import EmailMessage

    from leave.domain.calendar import Period
    from leave.domain.views import Mail

SENDER = "leave-bot@foo.com"
# Letters of several scripts and directions, and what mails, HTML, CSS and calendars live by.
ODD = 'Zoë "李" \\,;: <b>&amp; =?utf-8?q?=0A?= \u0645\u062d\u0645\u062f \N{PALM TREE} O\'Dell'
CASTS = [
    Cast(language=language, words=words) for language in sorted(languages()) for words in ("", ODD)
]
each_cast = pytest.mark.parametrize(
    "cast", CASTS, ids=lambda cast: f"{cast.language}{'-odd' if cast.words else ''}"
)


@cache
def mails(cast: Cast) -> dict[str, Mail]:
    return {**cast.mails(), "test mail": write_test_mail("dev", SENDER)}


def sent(mail: Mail) -> bytes:
    return build_message(mail, sender=SENDER, company_domain="foo.com")


def ended(text: str) -> str:
    """Return a text with the line end that the last line of a part has."""
    return text.removesuffix("\n") + "\n"


def read_strictly(raw: bytes) -> EmailMessage:
    """Return a message; whatever is against a standard raises."""
    message = message_from_bytes(raw, policy=policy.default.clone(raise_on_defect=True))
    for part in message.walk():
        assert part.defects == []
        assert [header.defects for header in part.values()] == [()] * len(part)
    return message


@each_cast
def test_mails_are_read_by_the_strictest_policy_as_they_were_meant(cast: Cast) -> None:
    for name, mail in mails(cast).items():
        message = read_strictly(sent(mail))
        assert message["Subject"] == mail.subject, name
        assert [one.addr_spec for one in message["To"].addresses] == [mail.to]
        assert [str(one) for one in message["From"].addresses] == [f"Leave <{SENDER}>"]
        assert message["References"] == f"<leave-{mail.thread}@foo.com>"
        assert abs(datetime.now(UTC) - message["Date"].datetime) < timedelta(minutes=10)
        for kind, text in (("plain", mail.text), ("html", mail.html)):
            (part,) = (p for p in message.walk() if p.get_content_type() == f"text/{kind}")
            assert part.get_content().replace("\r\n", "\n") == ended(text), name
        assert len(calendars(message)) == (2 if mail.calendar else 0)


@each_cast
def test_mails_are_read_alike_by_another_parser(cast: Cast) -> None:
    for name, mail in mails(cast).items():
        read = parse_email(sent(mail))
        assert read.warnings == [], name
        assert read.subject == mail.subject, name
        assert [one.address for one in read.to] == [mail.to]
        assert (read.from_.display_name, read.from_.address) == ("Leave", SENDER)
        assert [one.replace("\r\n", "\n") for one in read.text_plain] == [ended(mail.text)], name
        assert [one.replace("\r\n", "\n") for one in read.text_html] == [ended(mail.html)], name
        files = {(one.mimetype, one.filename) for one in read.attachments}
        entry = {("text/calendar", ""), ("application/ics", "leave.ics")}
        assert files == (entry if mail.calendar else set()), name


@each_cast
def test_entries_are_read_alike_by_two_calendars(cast: Cast) -> None:
    methods: set[Method] = set()
    for name, mail in mails(cast).items():
        if mail.calendar is None:
            continue
        methods.add(mail.calendar.method)
        for content in calendars(read_strictly(sent(mail))):
            assert by_icalendar(content) == [of_entry(mail.calendar)], name
            assert by_ical(content) == [of_entry(mail.calendar)], name
    assert methods == set(Method)


@each_cast
def test_a_feed_is_read_alike_by_two_calendars(cast: Cast) -> None:
    jim = an_employee(name=cast.employee.name)
    periods = {R1: a_period("2027-05-03", "2027-05-07"), R2: a_period(half="afternoon")}
    absences = [
        Absence(employee=who, booking=a_booking(request_id, period, status="approved"))
        for who, (request_id, period) in zip((jim, JANE), periods.items(), strict=True)
    ]
    feed = write_calendar(absences, domain="foo.com", now=NOW, time_zone=UTC)
    names = f"{jim.name} away", f"{JANE.name} away (afternoon)"
    wanted = [
        {
            "method": None,
            "uid": calendar_uid(request_id, "foo.com"),
            "summary": summary,
            "at": NOW,
            "days": days(period),
            "transparency": "TRANSPARENT",
        }
        for (request_id, period), summary in zip(periods.items(), names, strict=True)
    ]
    for read in (by_icalendar(feed), by_ical(feed)):
        assert [{key: event[key] for key in wanted[0]} for event in read] == wanted


@each_cast
def test_html_and_css_have_no_error(cast: Cast) -> None:
    htmls = {name: mail.html for name, mail in mails(cast).items()} | cast.pages()
    styles, sheets = set[str](), set[str]()
    for name, html in htmls.items():
        read = JustHTML(html, collect_errors=True, sanitize=False)
        assert [str(error) for error in read.errors] == [], name
        styles |= {element.attrs["style"] for element in read.query("[style]")}
        sheets |= {sheet.to_text() for sheet in read.query("style")}
    for style in styles:
        found = tinycss2.parse_blocks_contents(style)
        assert {node.type for node in found} <= {"declaration"}, style
    for sheet in sheets:
        assert_no_error(tinycss2.parse_stylesheet(sheet, skip_whitespace=True))


def assert_no_error(nodes: list[Any]) -> None:
    for node in nodes:
        assert node.type in {"qualified-rule", "at-rule"}, node
        inner = tinycss2.parse_blocks_contents(node.content, skip_whitespace=True)
        for one in inner:
            assert one.type in {"declaration", "qualified-rule"}, one


def calendars(message: EmailMessage) -> list[str]:
    """Return the alternative and the file that hold the calendar entry of a mail."""
    kinds = {"text/calendar", "application/ics"}
    found = [part for part in message.walk() if part.get_content_type() in kinds]
    return [part.get_payload(decode=True).decode() for part in found]


def days(period: Period, zone: tzinfo = UTC) -> tuple[Any, Any]:
    """Return start and end as a calendar has them: dates, or moments of half a day."""
    after = period.end + timedelta(days=1)
    if period.half_day is None:
        return period.start, after
    begin, noon, end = (
        datetime.combine(day, time(hour), zone)
        for day, hour in ((period.start, 0), (period.start, 12), (after, 0))
    )
    return (begin, noon) if period.half_day == "morning" else (noon, end)


def of_entry(entry: CalendarEntry) -> dict[str, Any]:
    return {
        "method": entry.method.value,
        "uid": entry.uid,
        "sequence": entry.sequence,
        "summary": entry.summary,
        "organizer": f"mailto:{SENDER}",
        "status": "CANCELLED" if entry.method is Method.CANCEL else "CONFIRMED",
        "transparency": "OPAQUE",
        "at": entry.at,
        "days": days(entry.period, entry.time_zone),
    }


def by_icalendar(content: str) -> list[dict[str, Any]]:
    calendar = Calendar.from_ical(content)
    assert calendar.errors == []
    return list(_by_icalendar(calendar))


def _by_icalendar(calendar: Any) -> Iterator[dict[str, Any]]:
    for event in calendar.walk("VEVENT"):
        assert event.errors == []
        yield {
            "method": calendar.get("METHOD"),
            "uid": event["UID"],
            "sequence": event.get("SEQUENCE"),
            "summary": event["SUMMARY"],
            "organizer": event.get("ORGANIZER"),
            "status": event.get("STATUS"),
            "transparency": event["TRANSP"],
            "at": event["DTSTAMP"].dt,
            "days": (event["DTSTART"].dt, event["DTEND"].dt),
        }


def by_ical(content: str) -> list[dict[str, Any]]:
    calendar = IcsCalendarStream.calendar_from_ics(content)
    return [
        {
            "method": calendar.method,
            "uid": event.uid,
            "sequence": event.sequence,
            "summary": event.summary,
            "organizer": event.organizer and event.organizer.uri,
            "status": event.status and event.status.value,
            "transparency": event.transparency,
            "at": event.dtstamp,
            "days": (event.dtstart, event.dtend),
        }
        for event in calendar.events
    ]
