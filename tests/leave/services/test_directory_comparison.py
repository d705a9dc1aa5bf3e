"""What a file may not say about several employees at once, nor about those it leaves out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from leave.domain.counting import YearCount
from leave.domain.employee import AdministrativeRole
from leave.domain.values import Secret, replace
from leave.services.directory_comparison import Changes, Comparison
from leave.services.directory_file import DirectoryFile
from tests.leave.builders import a_day, a_period
from tests.leave.directories import (
    ANN,
    HEADER,
    JANE,
    JIM,
    JOHN,
    a_line,
    read_lines,
    read_text,
)
from tests.leave.fakes import FakeClock
from tests.leave.services.stage import FakeStage

DIRECTORY_RULES = FakeStage().import_directory.directory_rules


def compared(
    read: DirectoryFile,
    *kept: str,
    columns: str = "",
    stage: FakeStage | None = None,
    **more: Any,
) -> tuple[Changes, list[str]]:
    """Return what differs from a directory of these lines, and what is wrong."""
    text = "\n".join((HEADER + columns, *kept))
    stored = read_text(text).employees.values() if kept else ()
    options = {"end_missing": None, "clock": FakeClock(), "rules": DIRECTORY_RULES} | more
    compare = Comparison(new_feed=lambda: "feed", **options)
    directory = {e.employee_id: with_feed(e) for e in stored}
    changes, mistakes = compare(read, directory, (stage or FakeStage()).begin())
    return changes, [str(mistake) for mistake in mistakes]


def with_feed(employee: Any) -> Any:
    return replace(employee, feed=Secret(f"feed of {employee.employee_id}"))


def told(*lines: str, kept: tuple[str, ...] = (), **more: Any) -> list[str]:
    """Return what is wrong; who is missing is not looked at."""
    options = {"end_missing": a_day("2027-12-31")} | more
    return compared(read_lines(*lines), *kept, **options)[1]


def test_the_sample_says_nothing_twice() -> None:
    assert told(JOHN, JIM, JANE) == []


def test_an_id_stands_once_whatever_its_case() -> None:
    assert told(JOHN, JIM, a_line(employeeId="e002", email="other@foo.com")) == [
        "line 4: employeeId: e002 is already used in line 3"
    ]


def test_a_line_that_stands_twice_is_one_mistake() -> None:
    assert told(JOHN, JIM, JIM) == ["line 4: employeeId: E002 is already used in line 3"]


def test_an_id_that_stands_twice_closes_no_circle_of_leads() -> None:
    john = JOHN.replace("john@foo.com,,", "boss@foo.com,E002,")
    assert told(JOHN, JIM, john) == ["line 4: employeeId: E001 is already used in line 2"]


def test_a_mail_address_stands_once_whatever_its_case() -> None:
    assert told(JOHN, JIM, JANE.replace("jane@foo.com", "Jim@FOO.com")) == [
        "line 4: email: Jim@FOO.com is already used in line 3"
    ]


def test_somebody_with_an_end_date_whom_the_file_omits_keeps_their_address() -> None:
    gone = JANE.replace("2020-01-01,,", "2020-01-01,2021-12-31,")
    assert told(JOHN, ANN.replace("ann@foo.com", "jane@foo.com"), kept=(gone,)) == [
        "line 3: email: jane@foo.com is already used by E003, not in this file"
    ]


def test_what_the_file_says_about_somebody_counts_and_not_what_was_before() -> None:
    assert told(JOHN, a_line(email="new@foo.com"), JANE.replace("jane@", "jim@"), kept=(JIM,)) == []


def test_two_may_exchange_their_addresses() -> None:
    assert (
        told(JOHN, a_line(email="jane@foo.com"), JANE.replace("jane@", "jim@"), kept=(JIM, JANE))
        == []
    )


def test_a_lead_has_to_be_an_employee() -> None:
    assert told(JOHN, a_line(leadId="E009")) == ["line 3: leadId: there is no employee E009"]


def test_a_lead_is_written_as_the_id_is() -> None:
    assert told(JOHN, a_line(leadId="e001")) == ["line 3: leadId: there is no employee e001"]


def test_a_lead_may_be_somebody_who_has_an_end_date_and_is_omitted() -> None:
    assert told(JIM, kept=(JOHN,)) == []


def test_a_lead_whose_own_line_is_wrong_is_not_told_twice() -> None:
    (mistake,) = told(JOHN.replace("john@foo.com", "john"), JIM)
    assert mistake.startswith("line 2: email:")


def test_a_line_with_a_wrong_cell_is_compared_with_the_others_all_the_same() -> None:
    wrong = a_line(leadId="E009", workingWeek="always")
    found = told(JOHN, wrong, JANE.replace("jane@", "jim@"))
    assert [mistake.partition(":")[0] for mistake in found] == ["line 3", "line 3", "line 4"]
    assert found[::2] == [
        "line 3: leadId: there is no employee E009",
        "line 4: email: jim@foo.com is already used in line 3",
    ]
    text = f"{HEADER},substituteId\n{JOHN},\n{a_line(language='?')},E002\n"
    _, (_, mistake) = compared(read_text(text))
    assert mistake == "line 3: substituteId: an employee cannot be their own substitute"


def test_a_wrong_cell_is_no_second_mistake() -> None:
    lines = [a_line(employeeId="?", email="?", leadId="?")] * 2
    assert [mistake.split(":")[:2] for mistake in told(JOHN, *lines)] == [
        [f"line {line}", f" {column}"]
        for line in (3, 4)
        for column in ("email", "employeeId", "leadId")
    ]


def test_nobody_leads_themselves() -> None:
    assert told(a_line(leadId="E002")) == ["line 2: leadId: circular reporting line (E002 -> E002)"]


def test_everybody_in_a_circle_of_leads_is_told_and_nobody_outside() -> None:
    lines = (
        a_line(employeeId="A", email="a@foo.com", leadId="B"),
        a_line(employeeId="B", email="b@foo.com", leadId="C"),
        a_line(employeeId="C", email="c@foo.com", leadId="A"),
        a_line(employeeId="D", email="d@foo.com", leadId="A"),
    )
    assert told(*lines) == [
        "line 2: leadId: circular reporting line (A -> B -> C -> A)",
        "line 3: leadId: circular reporting line (B -> C -> A -> B)",
        "line 4: leadId: circular reporting line (C -> A -> B -> C)",
    ]


def test_a_circle_is_found_over_somebody_the_file_omits() -> None:
    gone = a_line(employeeId="B", email="b@foo.com", leadId="A", endDate="2021-12-31")
    assert told(a_line(employeeId="A", email="a@foo.com", leadId="B"), kept=(gone,)) == [
        "line 2: leadId: circular reporting line (A -> B -> A)"
    ]


# What the stage needs


def test_an_address_that_could_not_sign_in_is_a_mistake() -> None:
    (mistake,) = told(JOHN.replace("john@foo.com", "john@Bar.com"), JIM)
    assert mistake.startswith("line 2: email: john@Bar.com cannot sign in, since the stage lets")
    wrong = told(JOHN.replace("john@foo.com,,25", "john@Bar.com,,x"), JIM)
    assert [line.split(": ")[1] for line in wrong] == ["annualLeaveDays", "email"]
    (mistake,) = told(JOHN, a_line(email="jim@bar.com", endDate="soon"))
    assert "endDate" in mistake
    left = a_line(email="jim@bar.com", endDate="2021-01-01")
    assert told(JOHN.replace("john@foo.com", "John@FOO.com"), left) == []


def test_a_holiday_calendar_that_the_stage_does_not_have_is_a_mistake() -> None:
    (mistake,) = told(JOHN, a_line(holidays="DE-BY"), JANE.replace(",,,en", ",,GB-ENG,en"))
    assert mistake == (
        "line 3: holidays: the stage does not have the calendar DE-BY, but only DE-BE, GB-ENG;"
        " correct it, or add it to `leave:holiday-calendars` and run `pulumi up -s test`"
    )
    for calendar in ("XX", "DE-XX", "VA-RM"):
        (mistake,) = told(JOHN, a_line(holidays=calendar))
        assert f"does not have the calendar {calendar}" in mistake
    assert told(JOHN, a_line(holidays="DE-BY", endDate="2021-01-01"), JANE) == []
    (mistake,) = told(
        JOHN,
        a_line(holidays="DE-BE"),
        rules=replace(DIRECTORY_RULES, holiday_calendars=frozenset()),
    )
    assert "but no calendar at all" in mistake


# Who is missing


def test_who_is_missing_is_a_mistake_without_an_end() -> None:
    gone = JANE.replace("2020-01-01,,", "2020-01-01,2021-12-31,")
    changes, (mistake,) = compared(read_lines(JOHN), JOHN, JIM, gone)
    assert mistake.startswith("E002 (Jim O'Dell) is missing, and an import removes no employee")
    ended, mistakes = compared(read_lines(JOHN), JOHN, JIM, gone, end_missing=a_day("2027-06-30"))
    assert mistakes == []
    (change,) = ended.changes
    assert (change.kind, f"{change.after.end_date}") == ("leaving", "2027-06-30")
    assert changes.directory.keys() == ended.directory.keys() == {"E001", "E002", "E003"}
    _, (mistake,) = compared(read_lines(JOHN), JOHN, JIM, end_missing=a_day("2019-12-31"))
    assert mistake.endswith(
        "E002 (Jim O'Dell) is missing, and cannot end on 2019-12-31, before their startDate"
    )


def test_new_employees_are_written_first() -> None:
    changes, mistakes = compared(read_lines(JOHN, a_line(name="James"), ANN), JOHN, JIM)
    assert mistakes == []
    assert [change.after.employee_id for change in changes.changes] == ["E004", "E002"]


# Employments

OVER = a_line(endDate="2021-12-31")


@pytest.mark.parametrize(
    ("line", "goes_on"),
    [
        (JIM, True),
        (a_line(endDate="2027-03-01"), True),
        (a_line(endDate="2027-02-28"), False),
        (a_line(startDate="2021-12-31"), True),
        # Hired again.
        (a_line(startDate="2022-01-01"), False),
    ],
)
def test_an_employment_that_is_over_does_not_go_on(line: str, *, goes_on: bool) -> None:
    _, mistakes = compared(read_lines(JOHN, line), JOHN, OVER)
    expected = "line 3: endDate: the employment ended on 2021-12-31 and cannot go on"
    assert [mistake.partition(";")[0] for mistake in mistakes] == [expected] * goes_on


def test_the_first_day_is_not_forgotten() -> None:
    (mistake,) = compared(read_lines(JOHN, a_line(startDate="")), JOHN, JIM)[1]
    assert mistake.startswith("line 3: startDate: the first day is empty, and 2020-01-01 is stored")


def test_an_employment_begins_after_the_earlier_ones() -> None:
    read = read_lines(JOHN, a_line(startDate="2019-12-31"))
    kept = (f"{JOHN},", f"{JIM},2018-01-01/2019-12-31")
    (mistake,) = compared(read, *kept, columns=",earlierEmployments")[1]
    assert mistake.startswith(
        "line 3: startDate: 2019-12-31 is not after the end of an earlier employment,"
        " 2018-01-01/2019-12-31; correct it"
    )


@pytest.mark.parametrize(
    ("kept", "line", "column", "ends_with"),
    [
        (f"{JIM},", f"{a_line(startDate='2027-02-01')},", "startDate", "the new startDate"),
        (f"{JIM},", f"{a_line(endDate='2027-01-04')},", "endDate", "the new startDate"),
        (
            f"{a_line(startDate='2027-02-01', endDate='2028-12-31')},2020-01-01/2027-01-31",
            f"{a_line(startDate='2027-02-01', endDate='2028-12-31')},2020-01-01/2027-01-04",
            "earlierEmployments",
            "or cancel that leave before",
        ),
    ],
)
def test_leave_that_was_taken_stays_within_an_employment(
    kept: str, line: str, column: str, ends_with: str
) -> None:
    stage = FakeStage()
    costs = tuple((a_day(f"2027-01-0{day}"), Decimal(1)) for day in (4, 5))
    stage.take_leave("E002", a_period("2027-01-04", "2027-01-05"), count=YearCount(costs=costs))
    read = read_text("\n".join((f"{HEADER},earlierEmployments", f"{JOHN},", line)))
    (mistake,) = compared(read, f"{JOHN},", kept, columns=",earlierEmployments", stage=stage)[1]
    number = "2 days" if column == "startDate" else "1 day"
    assert mistake.startswith(
        f"line 3: {column}: E002 has taken {number} of leave that would lie outside the employment"
    )
    assert mistake.endswith(ends_with)


# Roles

WITH_ROLES = (f"{JOHN},admin", f"{JIM},reader", f"{JANE},")


def roles(*lines: str, gives_roles: bool, kept: tuple[str, ...] = WITH_ROLES) -> list[str]:
    read = read_text("\n".join((f"{HEADER},role", *lines)))
    return compared(read, *kept, columns=",role", gives_roles=gives_roles)[1]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (f"{JANE},admin", "role: only an administrator of `leave:admins` can give or take a role"),
        (f"{JANE},reader", "role: only"),
        (f"{JIM},", "role: only"),
        (f"{JIM},admin", "role: only"),
        (f"{ANN},admin", "role: only"),
        # Whoever has the address has the role.
        (
            f"{JIM.replace('jim@', 'ann@')},reader",
            "email: E002 has the role reader, so only an administrator of `leave:admins` can",
        ),
    ],
)
def test_only_who_is_configured_gives_and_takes_roles(line: str, column: str) -> None:
    others = [kept for kept in WITH_ROLES if kept[:4] != line[:4]]
    assert roles(*others, line, gives_roles=True) == []
    (mistake,) = roles(*others, line, gives_roles=False)
    assert mistake.startswith(f"line {len(others) + 2}: {column}")


def test_other_cells_of_who_has_a_role_are_anybodys_to_change() -> None:
    john = f"{JOHN.replace('Carpenter', 'C. Carpenter').replace('john@', 'John@')},admin"
    jane = f"{JANE.replace('jane@', 'jane.cook@')},"
    assert roles(john, f"{JIM},reader", jane, gives_roles=False) == []


def test_a_file_without_the_column_keeps_the_roles() -> None:
    changes, mistakes = compared(
        read_lines(JOHN, a_line(name="James"), JANE, ANN),
        *WITH_ROLES,
        columns=",role",
        gives_roles=False,
    )
    assert mistakes == []
    assert {i: e.role for i, e in changes.directory.items()} == {
        "E001": AdministrativeRole.ADMIN,
        "E002": AdministrativeRole.READER,
        "E003": None,
        "E004": None,
    }
    assert [[f.column for f in c.fields] for c in changes.changes if c.before] == [["name"]]
