"""What an error says, with its numbers and its cure."""

from decimal import Decimal

import pytest

from leave.domain import errors
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
SHORT = InsufficientBalanceError(2027, asked=Decimal("3.5"), available=Decimal("1E+1"))


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


@pytest.mark.parametrize(
    ("error", "texts"),
    [
        (PastPeriodError(MONDAY, SUNDAY), ["2027-03-01", "2027-03-07"]),
        (TooFarAheadError(SUNDAY, MONDAY), ["up to 2027-03-01"]),
        (NoWorkingDaysError(SUNDAY, SUNDAY), ["2027-03-07 is not a working day"]),
        (
            NoWorkingDaysError(MONDAY, SUNDAY),
            ["2027-03-01 to 2027-03-07 does not contain a working day"],
        ),
        (SHORT, ["3.5 working days of 2027", "and 10 are left"]),
        (
            OverlapError("01m8", a_period("2027-10-05", half="morning"), "pending"),
            [
                "There is already leave on 2027-10-05 (morning): request 01m8 is pending.",
                " Choose other days, or withdraw or cancel that request first.",
            ],
        ),
        (UnknownEmployeeError("E404"), ["'E404'"]),
        (UnknownRequestError("r404"), ["'r404'"]),
        (IdempotencyMismatchError(), ["Use a new key"]),
        (
            MalformedRequestError(FieldProblem("date", "missing"), FieldProblem("x", "unknown")),
            ["date: missing; x: unknown"],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_says_what_is_wrong_in_numbers_and_names(
    error: LeaveError, texts: list[str]
) -> None:
    for text in texts:
        assert text in str(error)


def test_an_error_holds_what_it_names() -> None:
    assert UnknownRequestError("r404").request_id == "r404"
    assert UnknownEmployeeError("E404").employee_id == "E404"
    two = MalformedRequestError(FieldProblem("date", "missing"), FieldProblem("x", "unknown"))
    assert [problem.field for problem in two.problems] == ["date", "x"]


def test_every_mail_error_is_described_and_is_no_rule() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.MailError)
    ]
    assert len(kinds) == 6
    assert all(issubclass(kind, LeaveError) and kind.__doc__ for kind in kinds)
    assert not any(issubclass(kind, RuleError) for kind in kinds)
