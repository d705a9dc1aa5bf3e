"""The CSV form of the directory: checked as a whole, every mistake told with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from cli.directory_file import COLUMNS, DirectoryFileError, read_directory
from leave.domain.employees import Employee
from leave.domain.working_time import WorkingWeek
from tests.leave.builders import JANE, JIM, JOHN

SAMPLE = Path(__file__).parents[2] / "emulator" / "sample" / "directory.csv"
HEADER = ",".join(COLUMNS)
ROW = dict(
    zip(COLUMNS, ["E001", "John", "john@foo.com", "", "25", "Mon-Fri", "", "", ""], strict=True)
)


def a_row(**cells: str) -> str:
    return ",".join((ROW | cells).values())


def a_file(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def problems(text: str) -> list[str]:
    with pytest.raises(DirectoryFileError) as caught:
        read_directory(text)
    assert str(caught.value) == f"{len(caught.value.problems)} mistakes"
    return caught.value.problems


def test_a_whole_file_is_read() -> None:
    employees = read_directory(
        a_file(
            "E001,John Carpenter,john@foo.com,,25,Mon-Fri,2020-01-01,,",
            'E002,"O\'Dell, Jim",jim@foo.com,E001,27.5,Mon-Thu Fri:0.5,,2027-12-31,de-AT',
        )
    )
    assert employees[1] == Employee(
        employee_id="E002",
        name="O'Dell, Jim",
        email="jim@foo.com",
        lead_id="E001",
        annual_leave_days=Decimal("27.5"),
        working_week=WorkingWeek.parse("Mon-Thu Fri:0.5"),
        start_date=None,
        end_date=date(2027, 12, 31),
        language="de-AT",
    )
    assert (employees[0].lead_id, employees[0].language) == (None, "en")
    assert employees[0].start_date == date(2020, 1, 1)


def test_the_sample_of_the_local_stage_is_the_seeds_directory() -> None:
    employees = read_directory(SAMPLE.read_text(encoding="utf-8"))
    assert [(e.employee_id, e.name, e.email, e.lead_id) for e in employees] == [
        (e.employee_id, e.name, e.email, e.lead_id) for e in (JOHN, JIM, JANE)
    ]
    assert {e.annual_leave_days for e in employees} == {25}
    assert {str(e.working_week) for e in employees} == {"Mon-Fri"}


def test_spaces_around_a_cell_do_not_count() -> None:
    (employee,) = read_directory(a_file(a_row(employeeId=" E001 ", name=" John ", leadId="  ")))
    assert (employee.employee_id, employee.name, employee.lead_id) == ("E001", "John", None)


def test_windows_line_ends_and_empty_lines_are_read() -> None:
    text = a_file(a_row(), "", a_row(employeeId="E002", email="b@foo.com")).replace("\n", "\r\n")
    assert len(read_directory(text)) == 2


def test_a_file_of_nobody_is_read() -> None:
    assert read_directory(a_file()) == []


@pytest.mark.parametrize(
    "header",
    [
        "",
        "employeeId",
        HEADER + ",extra",
        HEADER.replace("email", "mail"),
        HEADER.replace(",", ";"),
        HEADER.upper(),
        ",".join(reversed(COLUMNS)),
        '"employeeId',
        '"a"b',
    ],
)
def test_other_columns_are_refused_with_the_right_ones(header: str) -> None:
    assert problems(a_file(header=header)) == [f"line 1: the columns have to be {HEADER}"]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("employeeId", "", "employeeId: has to be letters"),
        ("employeeId", "E 1", "not 'E 1'"),
        ("employeeId", "E#1", "not 'E#1'"),
        ("employeeId", "E" * 65, "employeeId: has to be letters"),
        ("name", "", "name: has to have 1 to 200 printable characters"),
        ("name", "x" * 201, "name: has to have 1 to 200"),
        ("name", "Jim\u202eevil", "printable"),
        ("name", "Jim\x1b[31m", "printable"),
        ("name", '"Jim\nBcc: x"', "printable"),
        ("email", "", "email: has to be one mail address"),
        ("email", "john", "not 'john'"),
        ("email", "john@foo", "one mail address"),
        ("email", "john@foo.com jim@foo.com", "one mail address"),
        ("email", "John <john@foo.com>", "one mail address"),
        ("email", '"john@foo.com,jim@foo.com"', "one mail address"),
        ("email", "jöhn@foo.com", "one mail address"),
        ("leadId", "E 1", "leadId: has to be an employee id or empty"),
        ("annualLeaveDays", "", "annualLeaveDays: has to be 0 to 366 in halves, not ''"),
        ("annualLeaveDays", "many", "not 'many'"),
        ("annualLeaveDays", "-1", "not '-1'"),
        ("annualLeaveDays", "367", "not '367'"),
        ("annualLeaveDays", "25.25", "not '25.25'"),
        ("annualLeaveDays", "NaN", "not 'NaN'"),
        ("annualLeaveDays", "sNaN", "not 'sNaN'"),
        ("annualLeaveDays", "Infinity", "not 'Infinity'"),
        ("annualLeaveDays", "1E+400", "not '1E+400'"),
        ("workingWeek", "Mo-Fr", "not 'Mo-Fr'"),
        ("workingWeek", "", "workingWeek: names no working day"),
        ("startDate", "1.1.2020", "startDate: has to be a date such as 2027-01-31 or empty"),
        ("endDate", "2027-02-29", "endDate: has to be a date"),
        ("language", "english", "language: has to be a tag such as en or de-AT"),
        ("language", "EN", "not 'EN'"),
    ],
)
def test_a_bad_cell_is_told_with_its_line_and_what_is_right(
    column: str, cell: str, said: str
) -> None:
    (problem,) = problems(
        a_file(a_row(), a_row(**({"employeeId": "E2", "email": "b@c.de"} | {column: cell})))
    )
    assert problem.startswith(("line 3: ", "line 4: "))
    assert said in problem


def test_a_row_with_another_number_of_columns_is_told() -> None:
    found = problems(a_file(a_row() + ",more", "E002,Jim"))
    assert found == ["line 2: has to have 9 columns", "line 3: has to have 9 columns"]


def test_a_quote_that_never_ends_is_told_with_its_line() -> None:
    (problem,) = problems(a_file(a_row(), 'E002,"Jim'))
    assert problem.startswith("line 3: ")


def test_contradictions_between_rows_are_told() -> None:
    found = problems(
        a_file(
            a_row(leadId="E404"),
            a_row(employeeId="E002", email="JOHN@foo.com"),
            a_row(employeeId="E002", email="c@foo.com"),
            a_row(
                employeeId="E004", email="d@foo.com", startDate="2027-02-01", endDate="2027-01-31"
            ),
            a_row(employeeId="E005", email="e@foo.com", leadId="E005"),
            a_row(employeeId="E006", email="f@foo.com", leadId="E007"),
            a_row(employeeId="E007", email="g@foo.com", leadId="E008"),
            a_row(employeeId="E008", email="h@foo.com", leadId="E006"),
            a_row(employeeId="E009", email="i@foo.com", leadId="E006"),
        )
    )
    assert sorted(found) == [
        "line 2: leadId: there is no employee E404",
        "line 3: email: JOHN@foo.com stands in an earlier line too",
        "line 4: employeeId: E002 stands in an earlier line too",
        "line 5: endDate: lies before startDate",
        "line 6: leadId: E005 would be among their own leads",
        "line 7: leadId: E006 would be among their own leads",
        "line 8: leadId: E007 would be among their own leads",
        "line 9: leadId: E008 would be among their own leads",
    ]


def test_a_lead_may_stand_below_and_a_chain_of_leads_may_be_long() -> None:
    rows = [
        a_row(employeeId=f"E{n}", email=f"e{n}@foo.com", leadId=f"E{n + 1}" if n < 300 else "")
        for n in range(301)
    ]
    assert len(read_directory(a_file(*rows))) == 301


def test_every_mistake_is_told_at_once() -> None:
    found = problems(a_file(a_row(name=""), a_row(email="x"), a_row(leadId="E404"), "E1"))
    assert [problem.split(":")[0] for problem in sorted(found)] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
    ]


@pytest.mark.parametrize("days", ["25", "25." + "0" * 60, "0.5", "2.5E+1", "0" * 50 + "25"])
def test_days_are_kept_so_that_the_table_can_hold_them(days: str) -> None:
    (employee,) = read_directory(a_file(a_row(annualLeaveDays=days)))
    assert TypeSerializer().serialize(employee.annual_leave_days)["N"] in {"25", "0.5"}


@given(st.text(max_size=60) | st.lists(st.text(max_size=5), min_size=9, max_size=9).map(",".join))
def test_any_text_is_a_directory_or_a_list_of_mistakes(text: str) -> None:
    for candidate in (text, a_file(text)):
        try:
            employees = read_directory(candidate)
        except DirectoryFileError as error:
            employees = []
            told = error.problems
        else:
            told = ["none"]
        assert told
        assert all(isinstance(employee, Employee) for employee in employees)
