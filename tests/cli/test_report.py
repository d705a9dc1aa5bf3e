"""`leave report`."""

from __future__ import annotations

import codecs
import csv
import io
import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from cli.report import HEADER
from leave.domain.employee import Employment
from leave.domain.history import Decision
from leave.domain.typed_text import is_formula, without_formula
from leave.domain.values import replace
from tests.cli.leave_requests import LeaveRequests, a_monday
from tests.leave.directories import JANE, JIM, JOHN, a_line, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

THIS_YEAR = date.today().year  # noqa: DTZ011
REPORT = ("report", "--stage", "test", "--year")


@pytest.fixture
def people(leave: Terminal, stage: AwsStage, tmp_path: Path) -> AwsStage:
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    return stage


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_report_has_a_line_for_each_employee_and_leave_type(
    leave: Terminal, people: AwsStage
) -> None:
    people.configure(
        LEAVE_RULES='{"leaveTypes": [{"id": "annual", "name": "Annual leave"},'
        ' {"id": "sick", "name": "Sick leave", "mayGoNegative": true}]}'
    )
    result = leave.done(*REPORT, THIS_YEAR)
    assert result.out.splitlines()[:3] == [
        ",".join(HEADER),
        f"E001,John Carpenter,john@foo.com,{THIS_YEAR},Annual leave,25,0,0,0,0,0,0,0,25,0",
        f"E001,John Carpenter,john@foo.com,{THIS_YEAR},Sick leave,,0,0,0,0,0,0,0,,0",
    ]
    assert [row["Employee ID"] for row in rows(result.out)] == [
        employee for employee in ("E001", "E002", "E003") for _ in range(2)
    ]


def test_the_report_says_what_was_asked_for_and_adjusted(leave: Terminal, people: AwsStage) -> None:
    requests = LeaveRequests(people, people.make_workflow())
    weeks = next(weeks for weeks in (8, 12) if a_monday(weeks).year == a_monday(weeks + 2).year)
    first = requests.mailed(requests.ask(weeks=weeks, days=3), "E001")
    (year,) = first.plan.counts
    requests.decided(first, Decision.APPROVED)
    requests.ask(weeks=weeks + 1, days=2)
    adjust = ("balance", "adjust", "E002", "--stage", "test", "--year", year)
    leave.done(*adjust, "--days", "1.5", "--reason", "moving house")
    jim = rows(leave.done(*REPORT, year).out)[1]
    assert [jim[column] for column in HEADER[5:]] == [
        *("25", "0", "0", "0"),
        *("1.5", "3", "0", "2", "21.5", "0"),
    ]


def test_the_report_says_what_was_carried_over(leave: Terminal, people: AwsStage) -> None:
    people.configure(LEAVE_RULES='{"carryOver": {"maximumDays": 5}}')
    jim = rows(leave.done(*REPORT, THIS_YEAR + 1).out)[1]
    assert [jim[column] for column in HEADER[5:8]] == ["25", "5", "5"]


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
        row = rows(leave.done(*REPORT, year).out)[1]
        assert (row["Employee ID"], row["Entitlement (days)"]) == ("E002", entitlement)
        assert row["Carried in (days)"] == "0"


def test_the_report_can_be_a_file(leave: Terminal, people: AwsStage, tmp_path: Path) -> None:
    assert people
    file = tmp_path / "report.csv"
    assert leave.done(*REPORT, THIS_YEAR, "--output", file).out == ""
    assert file.read_bytes().startswith(codecs.BOM_UTF8)
    assert file.read_text(encoding="utf-8-sig") == leave.done(*REPORT, THIS_YEAR).out


def test_a_file_that_can_not_be_written_is_told(
    leave: Terminal, people: AwsStage, tmp_path: Path
) -> None:
    assert people
    told = leave.told(*REPORT, THIS_YEAR, "--output", tmp_path)
    assert told == f"{tmp_path} cannot be written: Is a directory.\n"


def test_a_name_that_a_spreadsheet_would_run_is_shown_instead(
    leave: Terminal, people: AwsStage
) -> None:
    jim = people.directory.by_id("E002")
    assert jim is not None
    people.directory.write(replace(jim, name="=HYPERLINK(1)"), before=jim)
    assert rows(leave.done(*REPORT, THIS_YEAR).out)[1]["Name"] == "'=HYPERLINK(1)"


def test_a_negative_number_stays_a_number(leave: Terminal, people: AwsStage) -> None:
    assert people
    adjust = ("balance", "adjust", "E002", "--stage", "test", "--year", THIS_YEAR)
    leave.done(*adjust, "--days", "-3", "--reason", "too many before")
    assert rows(leave.done(*REPORT, THIS_YEAR).out)[1]["Adjustments (days)"] == "-3"


def test_whoever_was_not_employed_in_the_year_is_left_out(
    leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    assert stage
    file = write(
        tmp_path,
        JOHN,
        a_line(endDate=f"{THIS_YEAR - 1}-12-31"),
        JANE.replace("2020-01-01", f"{THIS_YEAR + 1}-01-01"),
    )
    leave.done("directory", "import", file, "--stage", "test")
    assert [row["Employee ID"] for row in rows(leave.done(*REPORT, THIS_YEAR).out)] == ["E001"]


def test_whoever_joins_during_the_year_has_their_part_of_it(
    leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    assert stage
    file = write(tmp_path, a_line(leadId="", startDate=f"{THIS_YEAR}-07-01"))
    leave.done("directory", "import", file, "--stage", "test")
    assert rows(leave.done(*REPORT, THIS_YEAR).out)[0]["Entitlement (days)"] == "13"


def test_a_year_without_accounts_is_told(leave: Terminal, people: AwsStage) -> None:
    assert people
    assert leave.told(*REPORT, 2010) == "No employee has leave accounts for 2010.\n"
    assert re.fullmatch(
        r"There are leave accounts up to 20\d\d, none for 2100 yet\.\n", leave.told(*REPORT, 2100)
    )


@pytest.mark.parametrize("year", ["1999", "2101", "next", "\uff12\uff10\uff12\uff17", "20270"])
def test_a_year_is_four_digits(leave: Terminal, year: str) -> None:
    assert leave(*REPORT, year).code == 2


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\uff1d1", '"=1'])
def test_what_a_spreadsheet_would_run_is_recognised(text: str) -> None:
    assert is_formula(text)
    assert without_formula(text).replace("'", "") == text
    assert without_formula(text).startswith("'")


@pytest.mark.parametrize("separator", [";", "\t", "|", "\n"])
def test_what_begins_a_cell_for_another_separator_is_recognised(separator: str) -> None:
    text = f"Jim{separator}=1"
    assert is_formula(text)
    assert without_formula(text) == f"Jim{separator}'=1"


@pytest.mark.parametrize("text", ["", "Jim", "Jim; 2027", "O'Dell", "1=1", "a-b"])
def test_what_it_would_only_show_is_left_as_it_is(text: str) -> None:
    assert without_formula(text) == text
