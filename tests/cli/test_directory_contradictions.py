"""What a file may not say about several employees at once."""

from __future__ import annotations

from cli.directory.contradictions import contradictions
from cli.directory.file import read_text
from tests.cli.directories import ANN, HEADER, JANE, JIM, JOHN, a_line, text_of


def told(*lines: str, kept: tuple[str, ...] = ()) -> list[str]:
    read = read_text(text_of(*lines), accounts_since=2027)
    stored = read_text(text_of(*kept), accounts_since=2027).employees.values() if kept else ()
    return [str(problem) for problem in contradictions(read, stored)]


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
    assert told(JOHN.replace("john@foo.com", "john"), JIM) == []


def test_a_line_with_a_wrong_cell_is_compared_with_the_others_all_the_same() -> None:
    wrong = a_line(leadId="E009", workingWeek="always")
    assert told(JOHN, wrong, JANE.replace("jane@", "jim@")) == [
        "line 4: email: jim@foo.com is already used in line 3",
        "line 3: leadId: there is no employee E009",
    ]
    text = f"{HEADER},substituteId\n{JOHN},\n{a_line(language='?')},E002\n"
    (problem,) = contradictions(read_text(text, accounts_since=2027), ())
    assert problem.message == "substituteId: an employee cannot be their own substitute"


def test_a_wrong_cell_is_no_second_mistake() -> None:
    lines = [a_line(employeeId="?", email="?", leadId="?")] * 2
    assert told(JOHN, *lines) == []


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
