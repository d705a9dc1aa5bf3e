from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leave.adapters import system as clock
from leave.adapters.system import SystemClock
from tests.leave.builders import JIM


class Frozen(datetime):
    """23:30 UTC on New Year's Eve."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
        return moment.astimezone(tz)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "today"),
    [
        ("Etc/UTC", "2026-12-31"),
        ("Europe/Berlin", "2027-01-01"),
        ("America/New_York", "2026-12-31"),
        ("Pacific/Auckland", "2027-01-01"),
    ],
)
def test_today_is_the_companys_day(monkeypatch: pytest.MonkeyPatch, zone: str, today: str) -> None:
    monkeypatch.setattr(clock, "datetime", Frozen)
    company = SystemClock(ZoneInfo(zone))
    assert company.today().isoformat() == company.today_of(JIM).isoformat() == today


def test_now_is_in_utc_whatever_the_company() -> None:
    now = SystemClock(ZoneInfo("Pacific/Auckland")).now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
