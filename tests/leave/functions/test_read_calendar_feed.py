"""GET /calendar/{feed}, from the event to the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from leave.domain.errors import UnavailableError
from leave.domain.values import replace
from leave.domain.views import calendar_uid
from leave.functions import read_calendar_feed
from leave.functions.read_calendar_feed import handler
from leave.functions.replies import HEADERS
from tests.leave.builders import JIM, R1, TODAY
from tests.leave.functions.events import CONTEXT, event
from tests.leave.functions.replies import answer
from tests.leave.hooks import raising
from tests.leave.services.stage import FakeStage, a_wish

JANES_FEED = "feed-of-E003.ics"


def feed_event(name: str, method: str = "GET") -> dict[str, Any]:
    """Return a call without a token, as a calendar program makes it."""
    return event(method, f"/calendar/{name}", "/calendar/{feed}", pathParameters={"feed": name})


def events(name: str = JANES_FEED) -> list[Any]:
    reply = handler(feed_event(name), CONTEXT)
    assert reply["statusCode"] == 200
    assert reply["headers"]["content-type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(reply["body"]).walk("VEVENT"))


def refused(name: str) -> tuple[int, str]:
    status, body = answer(handler, feed_event(name))
    return status, body["type"]


def test_a_feed_shows_who_of_the_team_is_away(stage: FakeStage) -> None:
    stage.approved(a_wish("2027-05-03", "2027-05-07", reason="My operation"))
    (away,) = events()
    assert away["SUMMARY"] == "Jim O'Dell away"
    assert away["UID"] == calendar_uid(R1, "foo.com")
    reply = handler(feed_event(JANES_FEED), CONTEXT)
    assert not [word for word in ("operation", "annual") if word in reply["body"]]
    private = {"cache-control": "private, no-store", "referrer-policy": "no-referrer"}
    assert reply["headers"].items() >= (HEADERS | private).items()


def test_half_a_day_is_half_of_it_where_the_company_is(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_calendar_feed, "time_zone", lambda: ZoneInfo("Europe/Berlin"))
    stage.approved(a_wish("2027-05-03", half="morning"))
    (away,) = events()
    assert away["DTSTART"].dt == datetime(2027, 5, 2, 22, tzinfo=UTC)
    assert away["DTEND"].dt == datetime(2027, 5, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(("name", "status"), [(JANES_FEED, 200), ("forged.ics", 404)])
def test_head_is_answered_as_get_is(stage: FakeStage, name: str, status: int) -> None:
    stage.approved(a_wish("2027-05-03", "2027-05-07"))
    got = handler(feed_event(name), CONTEXT)
    head = handler(feed_event(name, "HEAD"), CONTEXT)
    assert got["statusCode"] == status
    assert head == got


@pytest.mark.parametrize(("days", "shown"), [(-91, False), (-90, True), (0, True), (540, True)])
def test_a_feed_looks_back_a_quarter_and_ahead_to_the_horizon(
    stage: FakeStage, days: int, *, shown: bool
) -> None:
    stage.clock.go_on(timedelta(days=min(days, 0)))
    day = TODAY + timedelta(days=days)
    while day.weekday() > 4:
        day += timedelta(days=1)
    stage.directory.put(replace(JIM, accounts_since=2026))
    stage.approved(a_wish(day.isoformat()))
    stage.clock.go_on(TODAY - stage.clock.today())
    assert bool(events()) is (shown or day >= TODAY - timedelta(days=90))


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".ics",
        "feed-of-E003",
        "feed-of-E404.ics",
        "feed-of-E003.ICS",
        "feed-of-E003.ics.ics",
        "E003.ics",
        "x" * 10_000 + ".ics",
        "é.ics",
        "\ud800.ics",
    ],
)
def test_what_is_no_feed_is_404(stage: FakeStage, name: str) -> None:  # noqa: ARG001
    assert refused(name) == (404, "urn:leave:problem:unknown-feed")


@pytest.mark.parametrize(("error", "status"), [(UnavailableError("x"), 503), (KeyError("x"), 500)])
def test_trouble_is_told_as_such_and_no_feed_is_logged(
    stage: FakeStage, logged: Callable[[], str], error: Exception, status: int
) -> None:
    stage.requests.hooks.before("ledgers", raising(error))
    assert refused(JANES_FEED)[0] == status
    assert len(events()) == 0
    assert refused("feed-of-E404.ics")[0] == 404
    assert "refused" in logged()
    assert "feed-of" not in logged()
