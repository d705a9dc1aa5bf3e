"""`leave report`."""

from __future__ import annotations

import codecs
import csv
import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from cli.account.target import own_profiles
from leave.domain.employee import Employment
from leave.domain.history import Decision
from leave.domain.values import replace
from tests.cli.leave_requests import LeaveRequests, a_monday
from tests.cli.signed_in import sign_in
from tests.leave.directories import JANE, JIM, JOHN, a_line, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

THIS_YEAR = date.today().year  # noqa: DTZ011
BALANCES = ("report", "balances", "--stage", "test", "--year")
ADJUSTMENTS = ("report", "adjustments", "--stage", "test", "--year")
ABSENCES = ("report", "absences", "--stage", "test")
ADJUST = ("balance", "adjust", "E002", "--stage", "test", "--year")


@pytest.fixture
def people(leave: Terminal, stage: AwsStage, tmp_path: Path) -> AwsStage:
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    return stage


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_balances_have_a_line_for_each_employee_and_limited_type(
    leave: Terminal, people: AwsStage
) -> None:
    people.configure(
        LEAVE_RULES='{"leaveTypes": [{"id": "annual", "name": "Annual leave"},'
        ' {"id": "care", "name": "Care leave", "daysPerYear": 10},'
        ' {"id": "sick", "name": "Sick leave", "mayGoNegative": true}]}'
    )
    found = rows(leave.done(*BALANCES, THIS_YEAR).out)
    assert [(row["employeeId"], row["type"], row["available"]) for row in found] == [
        (employee, kind, left)
        for employee in ("E001", "E002", "E003")
        for kind, left in (("annual", "25"), ("care", "10"))
    ]


def test_the_reports_say_what_was_asked_for_and_adjusted(leave: Terminal, people: AwsStage) -> None:
    requests = LeaveRequests(people, people.make_workflow())
    weeks = next(weeks for weeks in (8, 12) if a_monday(weeks).year == a_monday(weeks + 2).year)
    first = requests.mailed(requests.ask(weeks=weeks, days=3), "E001")
    (year,) = first.plan.counts
    requests.decided(first, Decision.APPROVED)
    second = requests.ask(weeks=weeks + 1, days=2)
    leave.done(*ADJUST, year, "--days", "1.5", "--reason", "moving house")
    jim = rows(leave.done(*BALANCES, year).out)[1]
    assert [jim[name] for name in ("adjustments", "planned", "pending", "available")] == [
        *("1.5", "3", "2", "21.5")
    ]
    (adjusted,) = rows(leave.done(*ADJUSTMENTS, year).out)
    assert [adjusted[name] for name in ("employeeId", "days", "reason", "by")] == [
        *("E002", "1.5", "moving house", "admin@foo.com")
    ]
    span = ("--from", first.plan.period.start, "--to", second.plan.period.end)
    found = rows(leave.done(*ABSENCES, *span).out)
    assert [(row["requestId"], row["status"], row["workingDays"]) for row in found] == [
        (first.request_id, "approved", "3"),
        (second.request_id, "pending", "2"),
    ]
    pending = leave.done(*ABSENCES, *span, "--status", "pending", "--status", "denied").out
    assert [row["requestId"] for row in rows(pending)] == [second.request_id]
    early = ("--from", span[1], "--to", span[1] + timedelta(days=1))
    assert [row["workingDaysInSpan"] for row in rows(leave.done(*ABSENCES, *early).out)] == ["2"]


def test_who_was_hired_again_is_in_the_report_of_each_year(
    leave: Terminal, people: AwsStage
) -> None:
    people.configure(LEAVE_RULES='{"carryOver": {"maximumDays": 5}}')
    jim = people.directory.by_id("E002")
    assert jim is not None
    employments = (
        Employment(start=date(2020, 1, 1), end=date(THIS_YEAR, 6, 30)),
        Employment(start=date(THIS_YEAR + 1, 10, 1)),
    )
    people.directory.write(replace(jim, employments=employments), before=jim)
    for year, entitlement in ((THIS_YEAR, "13"), (THIS_YEAR + 1, "6.5")):
        row = rows(leave.done(*BALANCES, year).out)[1]
        assert (row["employeeId"], row["entitlement"]) == ("E002", entitlement)
        assert row["carriedIn"] == "0"
    assert rows(leave.done(*BALANCES, THIS_YEAR + 1).out)[0]["carriedIn"] == "5"


def test_whoever_is_not_employed_in_the_year_is_left_out_or_has_their_part_of_it(
    leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    assert stage
    file = write(
        tmp_path,
        JOHN,
        a_line(endDate=f"{THIS_YEAR - 1}-12-31"),
        JANE.replace("2020-01-01", f"{THIS_YEAR}-07-01"),
    )
    leave.done("directory", "import", file, "--stage", "test")
    found = rows(leave.done(*BALANCES, THIS_YEAR).out)
    assert [(row["employeeId"], row["entitlement"]) for row in found] == [
        ("E001", "25"),
        ("E003", "13"),
    ]
    assert rows(leave.done(*BALANCES, 2010).out) == rows(leave.done(*BALANCES, 2100).out) == []


def test_a_file_has_the_bytes_of_the_answer(
    leave: Terminal, people: AwsStage, tmp_path: Path
) -> None:
    assert people
    leave.done(*ADJUST, THIS_YEAR, "--days", "-2.5", "--reason", "Ménage")
    file = tmp_path / "report.csv"
    assert leave.done(*ADJUSTMENTS, THIS_YEAR, "--output", file).out == ""
    content = file.read_bytes()
    assert content.startswith(codecs.BOM_UTF8 + b"employeeId,name,type,year,days,reason,by,at\r\n")
    assert content.decode() == leave.done(*ADJUSTMENTS, THIS_YEAR).out
    leave.done(*ADJUSTMENTS, THIS_YEAR, "--dialect", "semicolon", "--output", file)
    assert ";-2,5;Ménage;" in file.read_text("utf-8")


def test_a_file_that_can_not_be_written_is_told(
    leave: Terminal, people: AwsStage, tmp_path: Path
) -> None:
    assert people
    told = leave.told(*BALANCES, THIS_YEAR, "--output", tmp_path)
    assert told == f"{tmp_path} cannot be written: Is a directory.\n"


def test_a_refusal_is_told_and_nothing_is_printed(leave: Terminal, people: AwsStage) -> None:
    assert people
    result = leave(*ABSENCES, "--from", "2028-01-01", "--to", "2029-01-01")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Refused by a rule: A report has at most 366 days, and these are")
    sign_in(own_profiles().find("test").api_url, "jim@foo.com")  # type: ignore[union-attr]
    assert leave.told(*BALANCES, THIS_YEAR).startswith("Not allowed: ")


@pytest.mark.parametrize("year", ["1999", "2101", "next", "\uff12\uff10\uff12\uff17", "20270"])
def test_a_year_is_four_digits(leave: Terminal, year: str) -> None:
    assert leave(*BALANCES, year).code == 2


@pytest.mark.parametrize(
    "options", [(), ("--from", "2027-01-01"), ("--from", "x", "--to", "2027-01-01")]
)
def test_absences_need_both_days(leave: Terminal, options: tuple[str, ...]) -> None:
    assert leave(*ABSENCES, *options).code == 2
