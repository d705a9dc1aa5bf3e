"""Reading and writing the CSV file, line by line."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leave.domain.calendar import Dated
from leave.domain.employee import DIRECTORY_LINES, AdministrativeRole, Employment
from leave.domain.errors import FileTooLongError
from leave.domain.typed_text import is_formula, says_something, tidy_silently
from leave.services.directory_file import OPTIONAL_COLUMNS, write_text
from leave.services.directory_file import REQUIRED_COLUMNS as COLUMNS
from tests.leave.directories import HEADER, JANE, JIM, JOHN, a_line, read_bytes, read_text, text_of

if TYPE_CHECKING:
    from pathlib import Path


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in read_text(text).mistakes]


def test_a_line_becomes_an_employee() -> None:
    line = a_line(
        annualLeaveDays="25; 2027-01-01: 28.5",
        workingWeek="Mon-Fri; 2027-01-01: Mon-Thu Fri:0.5",
        endDate="2030-06-30",
        holidays="DE-BE",
        language="de-AT",
    )
    (jim,) = read_text(text_of(line)).employees.values()
    assert (jim.employee_id, jim.name, jim.email, jim.lead_id) == (
        "E002",
        "Jim O'Dell",
        "jim@foo.com",
        "E001",
    )
    assert jim.annual_leave_days.on(date(2026, 12, 31)) == 25
    assert jim.annual_leave_days.on(date(2027, 1, 1)) == Decimal("28.5")
    assert jim.working_time.on(date(2027, 1, 1)).on(date(2027, 1, 1)) == Decimal("0.5")
    assert (jim.start_date, jim.end_date) == (date(2020, 1, 1), date(2030, 6, 30))
    assert (jim.holidays, jim.language) == ("DE-BE", "de-AT")
    assert (jim.accounts_since, jim.feed) == (2027, None)


def test_what_may_be_empty_may_be_empty() -> None:
    line = a_line(leadId="", startDate="", endDate="", holidays="", language="")
    (jim,) = read_text(text_of(line)).employees.values()
    assert (jim.lead_id, jim.start_date, jim.end_date) == (None, None, None)
    assert (jim.holidays, jim.language) == ("", "en")


def test_spaces_around_cells_are_no_part_of_them() -> None:
    (jim,) = read_text(text_of(a_line(name="  Jim\xa0 "))).employees.values()
    assert jim.name == "Jim"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Jim\xa0O'Dell", "Jim O'Dell"),
        ("Ju\u0308rgen", "Jürgen"),
        ("Jür\xadgen", "Jürgen"),
        ("می\u200cشود", "می\u200cشود"),
        ("മോഹന്\u200d", "മോഹന്\u200d"),
    ],
)
def test_a_name_has_one_form(name: str, read: str) -> None:
    (jim,) = read_text(text_of(a_line(name=name))).employees.values()
    assert jim.name == read


def test_no_formula_comes_out_of_a_name_by_its_one_form() -> None:
    """The Greek question mark is composed to a semicolon."""
    (problem,) = problems_of(text_of(a_line(name="Jim\u037e=1+1")))
    assert problem.startswith("line 2: name: has a part that a spreadsheet would read")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"employeeId": ""}, "employeeId: must be 1 to 64 letters, digits, dots, dashes"),
        ({"employeeId": "E 2"}, "employeeId: must be 1 to 64 letters"),
        ({"name": ""}, "name: must have 1 to 200 characters"),
        ({"name": "\u0301"}, "name: must have 1 to 200 characters"),
        ({"name": "x" * 201}, "name: must have 1 to 200 characters"),
        ({"name": "Jim\u202e"}, "name: character 4 is U+202E (RIGHT-TO-LEFT OVERRIDE), which"),
        ({"name": '"Jim\nO\'Dell"'}, "name: contains a line break; write it in one line"),
        ({"email": "jim@\u200bfoo.com"}, "email: character 5 is U+200B (ZERO WIDTH SPACE), which"),
        ({"email": "jim"}, "email: must be one mail address, not 'jim'"),
        ({"email": "a@b.com;c@d.com"}, "email: must be one mail address"),
        ({"email": f"{'x' * 60}@{'y' * 200}.com"}, "email: must be one mail address"),
        ({"leadId": "E 1"}, "leadId: must be 1 to 64 letters"),
        ({"annualLeaveDays": ""}, "annualLeaveDays: must be 0 to 366 in halves, not ''"),
        ({"annualLeaveDays": "many"}, "annualLeaveDays: must be 0 to 366 in halves, not 'many'"),
        ({"annualLeaveDays": "25.3"}, "annualLeaveDays: must be 0 to 366 in halves"),
        ({"annualLeaveDays": "367"}, "annualLeaveDays: must be 0 to 366 in halves"),
        (
            {"annualLeaveDays": '"25,5"'},
            "annualLeaveDays: must have a point and not a comma",
        ),
        ({"annualLeaveDays": "NaN"}, "annualLeaveDays: must be 0 to 366 in halves"),
        (
            {"annualLeaveDays": "25; 2027: 28"},
            "annualLeaveDays: a day of change must be a day such as 2027-01-01",
        ),
        ({"annualLeaveDays": "25; 28"}, "annualLeaveDays: a change must be '2027-01-01: value'"),
        (
            {"annualLeaveDays": "25; 2027-01-01: 28; 2026-01-01: 29"},
            "annualLeaveDays: the days of change must be in order",
        ),
        ({"workingWeek": ""}, "workingWeek: must name at least one working day"),
        ({"workingWeek": "Mo-Fr"}, "workingWeek: a working week names each working day once"),
        ({"workingWeek": "Mon-Fri; 2027-01-01:"}, "workingWeek: must name at least one"),
        ({"startDate": "1.1.2020"}, "startDate: must be a day such as 2027-01-31 or empty"),
        ({"startDate": "20200101"}, "startDate: must be a day such as 2027-01-31 or empty"),
        ({"endDate": "2027-02-30"}, "endDate: must be a day such as 2027-01-31 or empty"),
        ({"startDate": "0220-01-01"}, "startDate: must be between 1900 and 2100, not in 220"),
        (
            {"startDate": "2027-01-01", "endDate": "2026-12-31"},
            "endDate: 2026-12-31 is before startDate 2027-01-01",
        ),
        ({"holidays": "Berlin"}, "holidays: must be a country or region such as DE or DE-BE"),
        ({"holidays": "../DE"}, "holidays: must be a country or region such as DE or DE-BE"),
        ({"language": "fr-FR"}, "language: there are no texts in fr-FR; the languages are de, en"),
        ({"language": "German"}, "language: must be a tag such as en or de-AT"),
    ],
)
def test_a_wrong_cell_is_told_with_its_line_and_column(cells: dict[str, str], told: str) -> None:
    (problem,) = problems_of(text_of(JOHN, a_line(**cells)))
    assert problem.startswith(f"line 3: {told}")


@pytest.mark.parametrize("day", ["31.01.2027", "31.1.27", "1/31/2027"])
def test_a_day_as_spreadsheets_save_it_is_told_how_to_write(day: str) -> None:
    (problem,) = problems_of(text_of(a_line(startDate=day)))
    assert problem == (
        f"line 2: startDate: must be a day such as 2027-01-31 or empty, not {day!r};"
        " write year-month-day, in a spreadsheet by the cell format YYYY-MM-DD"
    )


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        ("2020", "must name first and last days such as 2020-01-01/2027-06-30, not '2020'"),
        ("2020-01-01/", "must name first and last days such as 2020-01-01/2027-06-30, not"),
        ("2016-01-01/2017-06-31", "must be a day such as 2027-01-31 or empty, not '2017-06-31'"),
        ("2017-01-02/2017-01-01", "the end, 2017-01-01, is before the start, 2017-01-02"),
        (
            "2016-01-01/2017-06-30; 2017-06-30/2017-12-31",
            "2016-01-01/2017-06-30 must end before 2017-06-30/2017-12-31 begins",
        ),
        ("2016-01-01/2017-06-30; ", "must name first and last days"),
        ("2019-01-01/2020-01-01", "2019-01-01/2020-01-01 must end before the startDate 2020-01-01"),
    ],
)
def test_earlier_employments_are_in_order_and_do_not_overlap(earlier: str, told: str) -> None:
    (problem,) = problems_of(f"{HEADER},earlierEmployments\n{JIM},{earlier}\n")
    assert problem.startswith(f"line 2: earlierEmployments: {told}")


def test_earlier_employments_need_a_start_of_the_latest() -> None:
    header = f"{HEADER},earlierEmployments\n"
    (problem,) = problems_of(f"{header}{a_line(startDate='')},2019-01-01/2019-12-31\n")
    assert problem.endswith("2019-01-01/2019-12-31 must end before the startDate, which is empty")
    (problem,) = problems_of(f"{header}{a_line(startDate='soon')},2019-01-01/2019-12-31\n")
    assert problem.startswith("line 2: startDate: must be a day")


def test_earlier_employments_are_read_in_order() -> None:
    text = f"{HEADER},earlierEmployments\n{JIM},/2017-06-30;2018-01-01/2018-06-30\n"
    (jim,) = read_text(text).employees.values()
    assert jim.employments == (
        Employment(end=date(2017, 6, 30)),
        Employment(start=date(2018, 1, 1), end=date(2018, 6, 30)),
        Employment(start=date(2020, 1, 1)),
    )


def test_an_employment_may_last_a_day() -> None:
    assert problems_of(text_of(a_line(startDate="2027-01-01", endDate="2027-01-01"))) == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
@pytest.mark.parametrize("column", COLUMNS)
def test_no_cell_is_a_formula(sign: str, column: str) -> None:
    problems = problems_of(text_of(a_line(**{column: f"{sign}1+cmd"})))
    assert problems == [
        f"line 2: {column}: begins with {sign!r}, so a spreadsheet would read it as a formula"
    ]


def test_everything_wrong_is_told_at_once() -> None:
    text = text_of(a_line(name="", email="jim"), JOHN, a_line(startDate="soon"), "E009,too short")
    assert [problem.split(":")[:2] for problem in problems_of(text)] == [
        ["line 2", " name"],
        ["line 2", " email"],
        ["line 4", " startDate"],
        ["line 5", " has 2 columns instead of 10; put a cell with ',' in it into double quotes"],
    ]


def test_a_line_with_too_many_columns_is_refused() -> None:
    assert problems_of(text_of(f"{JIM},more")) == [
        "line 2: has 11 columns instead of 10; put a cell with ',' in it into double quotes"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "line 1: the file is empty; "), ("\n", "line 1: the first line must name the columns: ")],
)
def test_an_empty_file_is_refused(text: str, expected: str) -> None:
    assert problems_of(text)[0].startswith(expected)


def test_a_header_alone_is_refused() -> None:
    assert problems_of(f"{HEADER}\n\n") == ["line 1: there are no employees below the header"]


def test_the_columns_may_stand_in_any_order() -> None:
    header, line = (",".join(reversed(text.split(","))) for text in (HEADER, JIM))
    (jim,) = read_text(f"{header}\n{line}\n").employees.values()
    assert write_text([jim]) == text_of(JIM)


def test_a_line_is_mentioned_by_its_id_wherever_that_stands() -> None:
    header, line = (",".join(reversed(text.split(","))) for text in (HEADER, JIM))
    read = read_text(f"{header}\n{line},more\n")
    assert read.mentioned == {"E002"}
    assert [str(problem) for problem in read.mistakes] == [
        "line 2: has 11 columns instead of 10; put a cell with ',' in it into double quotes"
    ]


def test_a_line_is_mentioned_by_its_id_as_it_is_read() -> None:
    text = text_of(a_line(employeeId="E\xad002", email="jim"), a_line(employeeId="E\u200b003"))
    read = read_text(text)
    assert read.mentioned == {"E002", "E003"}
    assert [str(problem).split(" ")[:3] for problem in read.mistakes] == [
        ["line", "2:", "email:"],
        ["line", "3:", "employeeId:"],
    ]


def test_a_role_is_one_that_there_is() -> None:
    header = f"{HEADER},role\n"
    (john, jim) = read_text(f"{header}{JOHN},admin\n{JIM},\n").employees.values()
    assert (john.role, jim.role) == (AdministrativeRole.ADMIN, None)
    (problem,) = problems_of(f"{header}{JOHN},Admin\n")
    assert problem == "line 2: role: must be admin, reader or empty, not 'Admin'"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_has_at_most_so_many_lines(end: str) -> None:
    """The header is one, and the last one may have no end."""
    text = text_of(JOHN).replace("\n", end)
    for fits in (text + end * (DIRECTORY_LINES - 2), text + end * (DIRECTORY_LINES - 3) + "," * 9):
        assert len(read_text(fits).employees) == 1
        with pytest.raises(FileTooLongError):
            read_text(f"{fits}{end}{end}")


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("cell", ["", " ", "\xa0", "\xad", '"\n"'])
def test_rows_of_blank_cells_are_no_lines(separator: str, cell: str) -> None:
    blank = separator.join([cell] * len(COLUMNS))
    lines = (HEADER, blank, JOHN, blank, blank)
    text = "\n".join(line.replace(",", separator) for line in lines)
    read = read_text(text)
    assert read.mistakes == []
    assert [*read.employees.values()] == [*read_text(text_of(JOHN)).employees.values()]
    assert read.mentioned == {"E001"}


def test_blank_rows_alone_are_no_employees() -> None:
    assert problems_of(text_of("," * 9, "," * 9)) == [
        "line 1: there are no employees below the header"
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (HEADER.replace("holidays,", ""), ["holidays: this column is missing; the columns are"]),
        (f"{HEADER},substitute", ["column 11 has the name 'substitute', which is not known; "]),
        (f"{HEADER},", ["column 11 has no name; the columns are employeeId,name,"]),
        (
            HEADER.replace("leadId", "name"),
            [
                "leadId: this column is missing; the columns are",
                "name: column 4 has the name of an earlier column; keep one of them",
            ],
        ),
        (
            f"{HEADER},substituteId,substituteId",
            ["substituteId: column 12 has the name of an earlier column; keep one of them"],
        ),
        (HEADER.upper(), ["the first line must name the columns: employeeId,name,"]),
        (JOHN, ["the first line must name the columns: employeeId,name,"]),
    ],
)
def test_another_header_is_refused(header: str, told: list[str]) -> None:
    problems = sorted(problems_of(f"{header}\n{JIM}\n"))
    assert len(problems) == len(told)
    for problem, beginning in zip(problems, told, strict=True):
        assert problem.startswith(f"line 1: {beginning}")
    assert all(
        problem.endswith(
            ("and optionally substituteId,earlierEmployments,role", "keep one of them")
        )
        for problem in problems
    )


def test_a_quote_that_is_never_closed_is_told() -> None:
    assert problems_of(text_of(JOHN, '"E002,Jim')) == ["line 3: is not CSV; check its quotes"]


def test_a_line_is_counted_as_an_editor_counts_it() -> None:
    text = text_of(a_line(name='"Jim\nO\'Dell"'), "", a_line(email="jim"))
    assert [problem.partition(":")[0] for problem in problems_of(text)] == ["line 2", "line 5"]


def test_lines_may_end_as_windows_ends_them() -> None:
    text = text_of(JOHN, JIM).replace("\n", "\r\n")
    assert [*read_text(text).employees] == [2, 3]
    assert problems_of(text) == []


def test_a_file_is_written_in_the_order_of_the_ids() -> None:
    employees = read_text(text_of(JANE, JOHN, JIM)).employees.values()
    assert write_text(employees) == text_of(JOHN, JIM, JANE)


def test_a_column_that_may_be_absent_is_written_where_somebody_has_a_value() -> None:
    text = f"{HEADER},substituteId\n{JANE},\n{JIM},E003\n"
    employees = read_text(text).employees.values()
    assert write_text(employees) == f"{HEADER},substituteId\n{JIM},E003\n{JANE},\n"


def test_columns_may_be_separated_by_semicolons() -> None:
    header = HEADER.replace(",", ";")
    line = 'E002;"O\'Dell, Jim";jim@foo.com;;"25,5; 2027-01-01: 28,5";"Mon Tue:0,5";;;DE-BE;en'
    (jim,) = read_text(f"{header}\r\n{line}\r\n").employees.values()
    assert jim.name == "O'Dell, Jim"
    assert jim.annual_leave_days == Dated(Decimal("25.5"), ((date(2027, 1, 1), Decimal("28.5")),))
    assert str(jim.working_time.first) == "Mon Tue:0.5"


def test_a_cell_with_semicolons_needs_quotes_between_semicolons() -> None:
    text = text_of(JIM).replace(",", ";").replace("25;", "25; 2028-01-01: 28;")
    assert problems_of(text) == [
        "line 2: has 11 columns instead of 10; put a cell with ';' in it into double quotes"
    ]


_DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
_NAMES = (
    st.text(min_size=1, max_size=30)
    .filter(
        lambda name: name == tidy_silently(name) and says_something(name) and not is_formula(name)
    )
    .filter(lambda name: "\n" not in name)
)
_CELLS = st.fixed_dictionaries(
    {
        "employeeId": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
        "name": _NAMES,
        "email": st.from_regex(r"[a-z0-9]{1,10}(\.[a-z0-9]{1,9})?@foo\.com", fullmatch=True),
        "leadId": st.sampled_from(["", "E001"]),
        "annualLeaveDays": st.sampled_from(["0", "25", "25.5", "25; 2027-01-01: 28"]),
        "workingWeek": st.sampled_from(["Mon-Fri", "Mon:0.5", "Mon; 2027-01-01: Mon-Thu Fri:0.5"]),
        "startDate": _DAYS.map(str) | st.just(""),
        "endDate": _DAYS.map(str) | st.just(""),
        "holidays": st.sampled_from(["", "DE", "DE-BE", "FR-57"]),
        "language": st.sampled_from(["en", "de-AT"]),
        "substituteId": st.sampled_from(["", "E001"]),
        "earlierEmployments": st.sampled_from(
            ["", "/1900-12-31", "1901-01-01/1901-06-30; 1901-07-01/1902-12-31"]
        ),
        "role": st.sampled_from(["", "admin", "reader"]),
    }
).filter(
    lambda cells: (
        not "" < cells["endDate"] < cells["startDate"]
        and not (cells["earlierEmployments"] and cells["startDate"] < "1903")
    )
)


_ROWS = st.lists(_CELLS, min_size=1, max_size=5, unique_by=lambda cells: cells["employeeId"])


@settings(deadline=None, derandomize=True)
@given(_ROWS)
def test_what_was_read_is_written_as_it_was(rows: list[dict[str, str]]) -> None:
    text = io.StringIO(newline="")
    used = [*COLUMNS, *(name for name in OPTIONAL_COLUMNS if any(row[name] for row in rows))]
    writer = csv.DictWriter(text, used, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda cells: cells["employeeId"]))
    read = read_text(text.getvalue())
    assert read.mistakes == []
    assert write_text(read.employees.values()) == text.getvalue()


@settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    _ROWS,
    st.permutations([*COLUMNS, *OPTIONAL_COLUMNS]),
    st.sampled_from([",", ";"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_spreadsheet_may_save_the_file_its_way(
    tmp_path: Path, rows: list[dict[str, str]], columns: list[str], separator: str, end: str
) -> None:
    """A program that writes 25,5 separates by semicolons."""
    deserialize = io.StringIO(newline="")
    writer = csv.DictWriter(deserialize, [*COLUMNS, *OPTIONAL_COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file = tmp_path / "saved.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as saved:
        writer = csv.DictWriter(saved, columns, lineterminator=end, delimiter=separator)
        writer.writeheader()
        for row in rows:
            days = row["annualLeaveDays"]
            shown = days.replace(".", ",") if separator == ";" else days
            writer.writerow(row | {"annualLeaveDays": shown})
    read = read_bytes(file.read_bytes())
    assert read.mistakes == []
    expected = read_text(deserialize.getvalue()).employees.values()
    assert [*read.employees.values()] == [*expected]


@pytest.mark.parametrize("header", [HEADER.replace(",", "\t"), f"sep=;\n{HEADER}"])
def test_a_file_with_other_separators_is_to_be_saved_with_these(header: str) -> None:
    (problem,) = problems_of(f"{header}\n{JIM}\n")
    assert "line 1: save the file with commas or semicolons between the columns; " in str(problem)
