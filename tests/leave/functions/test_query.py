"""Query parameters: everything wrong is reported together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.errors import FieldProblem, MalformedRequestError
from leave.domain.history import Status
from leave.functions.http import Query
from tests.leave.builders import R1, TODAY, a_day

ALL = ("employeeId", "status", "year", "cursor", "start", "end")


def query(values: dict[str, str] | None = None, *allowed: str) -> Query:
    event: dict[str, Any] = {} if values is None else {"queryStringParameters": values}
    return Query(event, *(allowed or ALL))


def problems(read: Query) -> dict[str, str]:
    with pytest.raises(MalformedRequestError) as caught:
        read.check()
    return {problem.field: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize("values", [None, {}])
def test_what_is_not_given_is_none(values: dict[str, str] | None) -> None:
    read = query(values)
    assert read.employee_id() is read.cursor() is read.status() is read.year() is None
    read.check()


def test_what_is_given_is_read() -> None:
    read = query({"employeeId": "E002", "status": "pending", "year": "2027", "cursor": R1})
    assert read.employee_id() == "E002"
    assert read.status() is Status.PENDING
    assert read.year() == 2027
    assert read.cursor() == R1
    read.check()


@pytest.mark.parametrize("status", Status)
def test_every_status_is_read(status: Status) -> None:
    assert query({"status": status.value}).status() is status


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("employeeId", "", "must be an employee id"),
        ("employeeId", "E 2", "must be an employee id"),
        ("employeeId", "x" * 65, "must be an employee id"),
        ("employeeId", "E002#PROFILE", "must be an employee id"),
        ("employeeId", "É002", "must be an employee id"),
        ("employeeId", "E002\n", "must be an employee id"),
        ("status", "", "must be one of pending, approved, denied"),
        ("status", "Pending", "must be one of pending"),
        ("status", "pending,approved", "must be one of pending"),
        ("cursor", "", "must be the cursor of an earlier answer"),
        ("cursor", R1 + "0", "must be the cursor of an earlier answer"),
        ("cursor", "x" * 9_000, "must be the cursor of an earlier answer"),
        ("year", "", "must be a year such as 2027"),
        ("year", "27", "must be a year"),
        ("year", "+2027", "must be a year"),
        ("year", "٢٠٢٧", "must be a year"),
        ("year", "1999", "must be from 2000 to 2100"),
        ("year", "2101", "must be from 2000 to 2100"),
    ],
)
def test_a_bad_value_is_told_with_its_name(name: str, value: str, said: str) -> None:
    read = query({name: value})
    assert {read.employee_id(), read.status(), read.year(), read.cursor()} == {None}
    found = problems(read)
    assert list(found) == [name]
    assert found[name].startswith(said)


def test_an_unknown_parameter_is_told_with_the_known_ones() -> None:
    assert problems(query({"Year": "2027"}, "year", "status")) == {
        "Year": "unknown; the parameters are year, status"
    }
    nothing = Query({"queryStringParameters": {"x": ""}})
    assert problems(nothing) == {"x": "unknown; there are no parameters"}


def test_every_mistake_is_told_at_once() -> None:
    read = query(
        {"employeeId": "?", "status": "?", "year": "?", "cursor": "?", "start": "?", "x": "?"}
    )
    read.employee_id()
    read.status()
    read.year()
    read.cursor()
    read.span(TODAY)
    assert set(problems(read)) == {"employeeId", "status", "year", "cursor", "start", "x"}


@pytest.mark.parametrize(
    ("values", "start", "end"),
    [
        ({}, TODAY, TODAY + timedelta(days=60)),
        ({"start": "2027-12-01"}, a_day("2027-12-01"), a_day("2028-01-30")),
        ({"end": "2027-03-01"}, TODAY, TODAY),
        ({"start": "2027-01-01", "end": "2028-01-02"}, a_day("2027-01-01"), a_day("2028-01-02")),
        ({"start": "2000-01-01"}, a_day("2000-01-01"), a_day("2000-03-01")),
        ({"start": "2100-12-31"}, a_day("2100-12-31"), a_day("2100-12-31")),
    ],
)
def test_a_span_is_60_days_from_today_or_what_was_asked_for(
    values: dict[str, str], start: date, end: date
) -> None:
    read = query(values)
    assert read.span(TODAY) == (start, end)
    read.check()


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"end": "2027-02-28"}, "end", "must be from the start to 366 days later"),
        ({"start": "2027-01-01", "end": "2028-01-03"}, "end", "must be from the start"),
        ({"start": "2027-1-1"}, "start", "must be a day such as 2027-01-31"),
        ({"start": "20270101"}, "start", "must be a day such as 2027-01-31"),
        ({"start": "2027-02-30"}, "start", "is not a day of the calendar"),
        ({"start": "1999-12-31"}, "start", "must be from 2000 to 2100"),
        ({"end": "2101-01-01"}, "end", "must be from 2000 to 2100"),
        ({"end": "9999-12-31"}, "end", "must be from 2000 to 2100"),
    ],
)
def test_a_span_that_is_none_is_told(values: dict[str, str], field: str, said: str) -> None:
    read = query(values)
    read.span(TODAY)
    found = problems(read)
    assert list(found) == [field]
    assert found[field].startswith(said)


VALUES = st.text(max_size=12) | st.sampled_from(["2027-05-03", "2027", "pending", "E002", R1])


@given(st.dictionaries(st.sampled_from([*ALL, "x"]), VALUES))
def test_any_parameters_are_read_or_told(values: dict[str, str]) -> None:
    read = query(values)
    found = {
        "employeeId": read.employee_id(),
        "status": read.status(),
        "year": read.year(),
        "cursor": read.cursor(),
    }
    start, end = read.span(TODAY)
    told: tuple[FieldProblem, ...] = ()
    try:
        read.check()
    except MalformedRequestError as error:
        told = error.problems
    if told:
        assert {problem.field for problem in told} <= {*values, "end"}
    else:
        assert "x" not in values
        assert all((found[name] is None) == (name not in values) for name in found)
        assert 0 <= (end - start).days <= 366


def test_an_answer_does_not_grow_with_what_is_unknown() -> None:
    found = problems(query({f"{number}{'x' * 100}": "1" for number in range(100)}))
    assert len(found) == 10
    assert max(map(len, found)) == 64
