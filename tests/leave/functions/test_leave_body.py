"""What is no wish is refused, with every field at fault."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.calendar import HalfDay
from leave.domain.errors import FieldProblem, MalformedRequestError
from leave.functions.inputs import FIELDS, read_leave_body
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import a_period

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from([*FIELDS, "x"])


def read_wish(text: str) -> LeaveRequestInput:
    wanted, _ = read_leave_body(text, with_employee=True)
    return wanted


def problems(text: str) -> dict[str, str]:
    """Return what is wrong with a body, by field."""
    with pytest.raises(MalformedRequestError) as caught:
        read_wish(text)
    assert caught.value.problems
    found = {problem.field: problem.message for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems), "a field is blamed once"
    return found


def test_a_wish_is_read() -> None:
    wanted, employee_id = read_leave_body(
        '{"employeeId": "E002", "date": "2027-05-03", "halfDay": "morning",'
        ' "type": "annual", "reason": " Dentist\\n"}',
        with_employee=True,
    )
    assert employee_id == "E002"
    assert wanted.period == a_period(half="morning")
    assert wanted.period.half_day is HalfDay.MORNING
    assert (wanted.leave_type, wanted.reason) == ("annual", "Dentist")


def test_the_least_wish_is_a_date() -> None:
    wanted, employee_id = read_leave_body('{"date": "2027-05-03"}', with_employee=True)
    assert (employee_id, wanted.period, wanted.reason) == (None, a_period(), "")


@pytest.mark.parametrize("employee_id", ["E", "E" * 64])
def test_an_id_has_1_to_64_characters(employee_id: str) -> None:
    body = json.dumps({"date": "2027-05-03", "employeeId": employee_id})
    assert read_leave_body(body, with_employee=True)[1] == employee_id


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value at line 1, column 1"),
        ("{", "line 1, column 2"),
        ('{"date": "2027-05-03",}', "line 1"),
        ("{'date': '2027-05-03'}", "line 1"),
        ("employeeId=E002&date=2027-05-03", "Expecting value"),
        ('{"date": "2027-05-03"} {}', "Extra data"),
        ('\ufeff{"date": "2027-05-03"}', "it begins with a byte order mark; leave that out"),
        ('{"date": "2027-05-03", "date": "2027-05-04"}', "the field 'date' twice"),
        ('{"date": "2027-05-03", "x": {"a": 1, "a": 2}}', "the field 'a' twice"),
        (f'{{"{"x" * 9_000}": 1, "{"x" * 9_000}": 2}}', f"the field '{'x' * 64}' twice"),
        ('{"date": NaN}', "NaN is not a JSON number"),
        ('{"date": Infinity}', "Infinity is not a JSON number"),
        ('{"date": -Infinity}', "-Infinity is not a JSON number"),
        ('{"date": "2027-05-03\n"}', "Invalid control character"),
    ],
    ids=lambda text: repr(text[:24]),
)
def test_what_is_no_json_is_told_with_its_place(text: str, said: str) -> None:
    assert list(found := problems(text)) == ["body"]
    assert found["body"].startswith("is not JSON: ")
    assert said in found["body"]


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 12_000, "1e999", "0.5"])
def test_a_number_is_no_text_however_long(number: str) -> None:
    found = problems(f'{{"date": {number}, "x": {number}}}')
    assert found["date"] == "must be a text"
    assert found["x"].startswith("unknown")


def test_an_answer_does_not_grow_with_what_is_unknown() -> None:
    many = ",".join(f'"{number}{"x" * 100}": 1' for number in range(100))
    found = problems("{" + many + "}")
    assert len(found) == 11
    assert max(map(len, found)) == 64


@pytest.mark.parametrize(
    "text", ["[" * 8_000, '{"a":' * 3_000, "[" * 8_000 + "]" * 8_000], ids=["[", "{", "[]"]
)
def test_deep_nesting_neither_crashes_nor_hangs(text: str) -> None:
    said = problems(text)["body"]
    # How deep is too deep depends on the Python.
    assert re.search("nested too deeply|Expecting|must be a JSON object", said)


def test_what_is_nested_too_deeply_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(json, "loads", too_deep)
    assert problems("[]") == {"body": "is not JSON: nested too deeply"}


@pytest.mark.parametrize("text", ["null", "true", "42", '"2027-05-03"', '["date"]', "[]"])
def test_what_is_no_object_is_refused(text: str) -> None:
    assert problems(text) == {"body": "must be a JSON object"}


def test_unknown_fields_are_refused_with_the_known_ones() -> None:
    found = problems('{"date": "2027-05-03", "Date": "x", "start_date": "y"}')
    assert list(found) == ["Date", "start_date"]
    assert (
        "employeeId, date, start, end, type, halfDay, startHalf, endHalf, reason" in found["Date"]
    )


NO_TEXT, NULL = "must be a text", "must not be null; leave the field out instead"
HIDDEN = "character 2 is U+202E"
HALF = "character 2 is U+D800"
LINES = "contains a line break; write it in one line"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *((value, NO_TEXT) for value in (1, 1.5, True, [], {}, ["2027-05-03"], {"date": 1})),
        (None, NULL),
        ("x\u202ey", HIDDEN),
        ("x\ud800y", HALF),
        ("x\r\ny", LINES),
    ],
    ids=repr,
)
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_a_visible_text_and_only_a_reason_has_lines(
    field: str, value: object, said: str
) -> None:
    body = json.dumps({"date": "2027-05-03"} | {field: value})
    if (field, said) == ("reason", LINES):
        assert read_wish(body).reason == "x\ny"
    else:
        assert problems(body)[field].startswith(said)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("", ""),
        ("x" * 1_000, "x" * 1_000),
        ("<b>&amp;</b> ❤️ שלום", "<b>&amp;</b> ❤️ שלום"),
        ("5\xa0days\t", "5 days"),
        ("\u0301", ""),
        # Measured is what is kept.
        ("\r\n".join(["u\u0308"] * 500), "\n".join("ü" * 500)),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_reason_is_any_visible_text_in_one_form(reason: str, kept: str) -> None:
    assert read_wish(json.dumps({"date": "2027-05-03", "reason": reason})).reason == kept


MAY_3 = "2027-05-03"
DAY, NO_DAY = "must be a day such as 2027-01-31", "is not a day of the calendar"
LONG, HALVES = "must have 1 to 64 characters", "must be morning or afternoon"


@pytest.mark.parametrize(
    ("message", "field", "values"),
    [
        ("must have 0 to 1000 characters", "reason", ["x" * 1_001]),
        (LONG, "employeeId", ["", "E" * 65]),
        (LONG, "type", ["", "s" * 65]),
        (HALVES, "halfDay", ["", "Morning"]),
        (DAY, "date", ["", "2027-5-3", "20270503", "2027-W18-1", "03.05.2027", " 2027-05-03"]),
        (DAY, "date", ["2027-05-03T00:00:00Z", "\u0662\u0660\u0662\u0667-05-03", "tomorrow"]),
        (NO_DAY, "date", ["2027-02-29", "2027-13-01", "0000-01-01"]),
    ],
)
def test_a_bad_value_is_told_next_to_its_field(message: str, field: str, values: list[str]) -> None:
    for value in values:
        assert problems(json.dumps({"date": "2027-05-03"} | {field: value})) == {field: message}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "date"),
        ({"reason": "x"}, "date"),
        ({"start": "2027-05-03"}, "end"),
        ({"end": "2027-05-03"}, "start"),
        ({"date": "2027-05-03", "start": "2027-05-03"}, "date"),
        ({"date": "2027-05-03", "end": "2027-05-03"}, "date"),
        ({"date": "2027-05-03", "start": "2027-05-03", "end": "2027-05-04"}, "date"),
        ({"start": "2027-05-04", "end": "2027-05-03"}, "end"),
        ({"start": "2027-05-03", "end": "2027-05-04", "halfDay": "morning"}, "halfDay"),
        ({"date": "2027-05-03", "startHalf": "afternoon"}, "startHalf"),
        ({"start": MAY_3, "end": MAY_3, "endHalf": "morning", "halfDay": "morning"}, "endHalf"),
        ({"start": MAY_3, "end": MAY_3, "startHalf": "afternoon", "endHalf": "morning"}, "endHalf"),
    ],
)
def test_days_are_one_date_or_a_start_and_an_end(body: dict[str, str], field: str) -> None:
    assert list(problems(json.dumps(body))) == [field]


@pytest.mark.parametrize(
    ("field", "text", "half_day"),
    [("startHalf", "afternoon", HalfDay.AFTERNOON), ("endHalf", "morning", HalfDay.MORNING)],
)
def test_a_half_end_of_several_days_is_kept_and_of_a_single_day_is_half_a_day(
    field: str, text: str, half_day: HalfDay
) -> None:
    several = read_wish(json.dumps({"start": MAY_3, "end": "2027-05-05", field: text})).period
    name = {"startHalf": "start_half", "endHalf": "end_half"}[field]
    assert (getattr(several, name), several.half_day) == (half_day, None)
    single = read_wish(json.dumps({"start": MAY_3, "end": MAY_3, field: text})).period
    assert (single.half_day, single.start_half, single.end_half) == (half_day, None, None)
    other = "morning" if text == "afternoon" else "afternoon"
    wrong = json.dumps({"start": MAY_3, "end": "2027-05-05", field: other})
    assert problems(wrong) == {field: f"must be {text}"}


def test_every_mistake_is_told_at_once() -> None:
    found = problems(
        '{"employeeId": "", "start": "x", "end": 5, "type": "", "halfDay": "noon",'
        ' "reason": "\\u0000", "x": 1}'
    )
    expected = {"employeeId", "start", "end", "type", "halfDay", "reason", "x"}
    assert set(found) == expected


@given(
    JSON.map(json.dumps)
    | st.dictionaries(st.sampled_from([*FIELDS, "x"]), JSON).map(json.dumps)
    | st.text()
)
def test_any_body_is_a_wish_or_a_list_of_problems(text: str) -> None:
    told: tuple[FieldProblem, ...] = ()
    wanted = None
    try:
        wanted = read_wish(text)
    except MalformedRequestError as error:
        told = error.problems
    assert bool(wanted) != bool(told)
    json.dumps([(problem.field, problem.message) for problem in told]).encode()
