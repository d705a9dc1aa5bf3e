"""What the machine gives: clock, ids, holiday tables and metrics."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leave.adapters import system
from leave.adapters.system import (
    FOLDER,
    EmbeddedMetrics,
    FileHolidayTables,
    SystemClock,
    new_request_id,
)
from leave.domain.errors import RuleError, UnknownHolidaysError
from leave.domain.invitations import Link, new_link_secret
from leave.services.ports import HolidayTables, Metric
from tests.leave.builders import JIM, NOW, a_day
from tests.leave.fakes import FakeClock, FakeHolidayTables

# The clock


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
    ],
)
def test_today_is_the_companys_day(monkeypatch: pytest.MonkeyPatch, zone: str, today: str) -> None:
    monkeypatch.setattr(system, "datetime", Frozen)
    company = SystemClock(ZoneInfo(zone))
    assert company.today().isoformat() == company.today_of(JIM).isoformat() == today


def test_now_is_in_utc_whatever_the_company() -> None:
    now = SystemClock(ZoneInfo("Pacific/Auckland")).now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


# Request ids


def test_ids_are_26_letters_that_url_file_and_execution_names_allow() -> None:
    ids = {new_request_id() for _ in range(2_000)}
    assert len(ids) == 2_000
    for request_id in ids:
        assert re.fullmatch(r"[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}", request_id)
        link = Link(request_id=request_id, secret=new_link_secret())
        assert Link.parse(link.reveal()) == link


def test_ids_sort_by_time_which_stands_in_the_first_ten_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids: list[str] = []
    for milliseconds in (0, 1, 31, 32, 1_469_918_176_385, 1_800_000_000_001, 2**48 - 1):
        monkeypatch.setattr(time, "time_ns", lambda at=milliseconds: at * 1_000_000)
        ids.append(new_request_id())
    assert ids == sorted(ids)
    assert ids[4][:10] == "01aryz6s41", "the example of https://github.com/ulid/spec"


# Holiday tables

TABLE = {
    f"{year}-{day}": name
    for year in (2026, 2027, 2028)
    for day, name in (("05-01", "May Day"), ("12-25", "Christmas Day"), ("12-26", "Boxing Day"))
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the tables of XX and of a region, and another file."""
    for name, table in (("XX", TABLE), ("DE-BE", {"2027-03-08": "Frauentag 元日"}), ("secret", {})):
        (tmp_path / f"{name}.json").write_text(json.dumps(table, ensure_ascii=False), "utf-8")
    return tmp_path


@pytest.fixture(params=["files", "fake"])
def tables(request: pytest.FixtureRequest, folder: Path) -> HolidayTables:
    """Return each of the two."""
    return FakeHolidayTables() if request.param == "fake" else FileHolidayTables({"XX"}, folder)


def test_a_table_tells_the_holidays_by_day(tables: HolidayTables) -> None:
    assert tables.table("XX") == {a_day(day): name for day, name in TABLE.items()}
    assert tables.table("") == {}


@pytest.mark.parametrize(
    "calendar", ["FR", "XX-XX", "xx", "secret", "../XX", "XX.json", "XX\n", " "]
)
def test_a_calendar_that_was_not_packed_is_named_with_the_cure(
    tables: HolidayTables, calendar: str
) -> None:
    with pytest.raises(UnknownHolidaysError, match="leave:holiday-calendars") as caught:
        tables.table(calendar)
    assert repr(calendar) in str(caught.value)
    assert isinstance(caught.value, RuleError)


def test_a_region_has_a_table_of_its_own_in_any_language(folder: Path) -> None:
    table = FileHolidayTables({"DE-BE"}, folder).table("DE-BE")
    assert table == {a_day("2027-03-08"): "Frauentag 元日"}


def test_the_tables_lie_beside_the_code() -> None:
    assert FileHolidayTables(()).folder == FOLDER
    assert FOLDER.parent.name == "leave"


# Metrics, by the documented format of the line that CloudWatch reads
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

PUBLISHED = frozenset(metric.value for metric in Metric)
METRICS = EmbeddedMetrics(stage="test", clock=FakeClock(), published=PUBLISHED)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("value", [1, 12.5, 0])
def test_a_number_is_one_line_as_cloudwatch_reads_it(
    capsys: pytest.CaptureFixture[str], metric: Metric, value: float
) -> None:
    METRICS.put(metric, value)
    (line,) = lines(capsys)
    assert_embedded(line)
    assert line[metric.value] == value
    assert line["stage"] == "test"
    assert line["_aws"]["Timestamp"] == NOW.timestamp() * 1000
    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Leave",
            "Dimensions": [["stage"]],
            "Metrics": [{"Name": metric.value, "Unit": metric.unit}],
        }
    ]


def test_without_a_number_it_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    METRICS.put(Metric.MAILS_UNDELIVERABLE)
    METRICS.put(Metric.MAILS_UNDELIVERABLE)
    assert [line["MailsUndeliverable"] for line in lines(capsys)] == [1, 1]


def test_a_number_that_no_alarm_uses_is_a_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    published = frozenset(["CredentialsRejected"])
    some = EmbeddedMetrics(stage="test", clock=FakeClock(), published=published)
    some.put(Metric.REQUESTS_MADE)
    some.put(Metric.CREDENTIALS_REJECTED)
    plain, embedded = lines(capsys)
    assert plain == {"stage": "test", "RequestsMade": 1}
    assert_embedded(embedded)


def test_where_nothing_is_published_nothing_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    nothing = EmbeddedMetrics(stage="test", clock=FakeClock(), published=frozenset())
    for metric in Metric:
        nothing.put(metric)
    assert lines(capsys) == []


def assert_embedded(line: dict[str, Any]) -> None:
    """Check what the specification's JSON schema asks for."""
    meta = line["_aws"]
    assert {*meta} <= {"Timestamp", "CloudWatchMetrics", "LogGroupName"}
    assert isinstance(meta["Timestamp"], int)
    for directive in meta["CloudWatchMetrics"]:
        assert {*directive} == {"Namespace", "Dimensions", "Metrics"}
        for dimensions in directive["Dimensions"]:
            assert all(isinstance(line[name], str) and line[name] for name in dimensions)
        for metric in directive["Metrics"]:
            assert {*metric} <= {"Name", "Unit", "StorageResolution"}
            assert metric["Unit"] in {"Count", "Seconds"}
            assert isinstance(line[metric["Name"]], int | float)
