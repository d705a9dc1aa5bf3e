from __future__ import annotations

from decimal import Decimal

import pytest

from leave.domain import errors as mail_errors
from leave.domain.errors import (
    FieldProblem,
    IdempotencyMismatchError,
    InsufficientBalanceError,
    LeaveError,
    MalformedRequestError,
    NoWorkingDaysError,
    OverlapError,
    PastPeriodError,
    RuleError,
    TooFarAheadError,
    UnknownEmployeeError,
    UnknownRequestError,
    quantity,
)
from tests.leave.builders import a_day, a_period

MONDAY, SUNDAY = a_day("2027-03-01"), a_day("2027-03-07")


def test_a_malformed_request_lists_every_field_at_fault() -> None:
    error = MalformedRequestError(FieldProblem("date", "missing"), FieldProblem("x", "unknown"))
    assert str(error) == "date: missing; x: unknown"
    assert [problem.field for problem in error.problems] == ["date", "x"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "1 day"),
        (Decimal("1.0"), "1 day"),
        (Decimal(-1), "-1 day"),
        (Decimal("-8.0"), "-8 days"),
        (Decimal("1E+1"), "10 days"),
        (Decimal("0.5"), "0.5 days"),
        (0, "0 days"),
    ],
)
def test_a_quantity_is_written_plainly(number: Decimal | int, expected: str) -> None:
    assert quantity(number, "day") == expected


def test_an_overlap_with_half_a_day_is_written_plainly() -> None:
    half = a_period("2027-10-05", half="morning")
    assert str(OverlapError("01m8", half, "pending")) == (
        "There is already leave on 2027-10-05 (morning): request 01m8 is pending. Choose other"
        " days, or withdraw or cancel that request first."
    )


def test_rules_say_no_with_the_numbers() -> None:
    assert "2027-03-01" in str(PastPeriodError(MONDAY, SUNDAY))
    assert "2027-03-07" in str(PastPeriodError(MONDAY, SUNDAY))
    assert "up to 2027-03-01" in str(TooFarAheadError(SUNDAY, MONDAY))
    assert "2027-03-07 is not a working day" in str(NoWorkingDaysError(SUNDAY, SUNDAY))
    none = "2027-03-01 to 2027-03-07 does not contain a working day"
    assert none in str(NoWorkingDaysError(MONDAY, SUNDAY))
    short = InsufficientBalanceError(2027, asked=Decimal("3.5"), available=Decimal("1E+1"))
    assert "3.5 working days of 2027" in str(short)
    assert "and 10 are left" in str(short)


def test_unknown_things_are_named() -> None:
    assert "'E404'" in str(UnknownEmployeeError("E404"))
    assert "'r404'" in str(UnknownRequestError("r404"))
    assert UnknownRequestError("r404").request_id == "r404"
    assert UnknownEmployeeError("E404").employee_id == "E404"


def test_a_key_used_twice_is_told_with_its_cure() -> None:
    assert "Use a new key" in str(IdempotencyMismatchError())


def test_every_mail_error_is_told_by_its_name_and_is_no_rule() -> None:
    kinds = [
        kind
        for kind in vars(mail_errors).values()
        if isinstance(kind, type) and issubclass(kind, mail_errors.MailError)
    ]
    assert len(kinds) == 6
    assert all(issubclass(kind, LeaveError) for kind in kinds)
    assert not any(issubclass(kind, RuleError) for kind in kinds)
    assert all(kind.__doc__ for kind in kinds)
