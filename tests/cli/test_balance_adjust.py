"""`leave balance adjust`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partialmethod
from typing import TYPE_CHECKING, Any

import pytest

from cli.account.target import own_profiles
from cli.api import Api
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.domain.calendar import Period
from leave.domain.errors import UnavailableError
from tests.cli.leave_requests import LeaveRequests
from tests.cli.signed_in import sign_in
from tests.leave.builders import a_booking
from tests.leave.directories import JANE, JIM, JOHN, a_line, write

if TYPE_CHECKING:
    from pathlib import Path

    from leave.domain.ledger import Adjustment, Ledger
    from tests.cli.aws_stage import AwsStage
    from tests.cli.terminal import Terminal

THIS_YEAR = date.today().year  # noqa: DTZ011
TO_JIM = ("balance", "adjust", "E002", "--stage", "test", "--year", THIS_YEAR)
REFUSED = "Refused by a rule: "
WHY = ("--reason", "moved on a Saturday")


@pytest.fixture
def people(leave: Terminal, stage: AwsStage, tmp_path: Path) -> AwsStage:
    leave.done("directory", "import", write(tmp_path, JOHN, JIM, JANE), "--stage", "test")
    return stage


def ledger_of(stage: AwsStage, employee_id: str = "E002", year: int = THIS_YEAR) -> Ledger:
    return stage.requests.ledgers([employee_id], [year])[employee_id, year]


def adjustments_of(stage: AwsStage) -> tuple[Adjustment, ...]:
    return ledger_of(stage).adjustments


def test_days_are_given_and_it_stays_known_by_whom_and_why(
    leave: Terminal, people: AwsStage
) -> None:
    result = leave.done(*TO_JIM, "--days", "2", *WHY)
    assert result.out == (
        f"E002, annual {THIS_YEAR}: +2 working days. Available: 27."
        " The next daily sweep sends the employee a mail.\n"
    )
    (adjustment,) = adjustments_of(people)
    assert (adjustment.days, adjustment.leave_type) == (Decimal(2), "annual")
    assert (adjustment.actor, adjustment.reason) == ("admin@foo.com", "moved on a Saturday")


def test_days_are_taken_and_added_up(leave: Terminal, people: AwsStage) -> None:
    leave.done(*TO_JIM, "--days", "2", *WHY)
    result = leave.done(*TO_JIM, "--days", "-0.5", *WHY, "--json")
    assert result.json == {
        "adjustmentId": adjustments_of(people)[-1].adjustment_id,
        "balance": {
            "type": "annual",
            "entitlement": 25,
            "carriedIn": 0,
            "carriedLeft": 0,
            "carriedUntil": f"{THIS_YEAR}-03-31",
            "expired": 0,
            "adjustments": 1.5,
            "approved": 0,
            "taken": 0,
            "planned": 0,
            "pending": 0,
            "available": 26.5,
        },
    }
    assert ledger_of(people).version == 2


def test_more_than_there_is_can_not_be_taken(leave: Terminal, people: AwsStage) -> None:
    told = leave.told(*TO_JIM, "--days", "-25.5", *WHY)
    assert told == (
        REFUSED + f"This would leave -0.5 working days of {THIS_YEAR}, which is below zero. With"
        " --allow-negative it is written anyway.\n"
    )
    assert adjustments_of(people) == ()


def test_pending_requests_count_as_taken(leave: Terminal, people: AwsStage) -> None:
    request = LeaveRequests(people, people.make_workflow()).ask(days=5)
    (year,) = request.plan.counts
    told = leave.told(
        "balance", "adjust", "E002", "--stage", "test", "--year", year, "--days", "-21", *WHY
    )
    assert told.startswith(
        REFUSED + f"This would leave -1 working day of {year}, which is below zero. "
    )


def test_a_debt_can_be_asked_for(leave: Terminal, people: AwsStage) -> None:
    leave.done(*TO_JIM, "--days", "-30", *WHY, "--allow-negative")
    assert adjustments_of(people)[0].days == -30
    # Days given back make the debt no worse, so they need no permission.
    leave.done(*TO_JIM, "--days", "1", *WHY)


def test_the_years_after_are_settled_again(leave: Terminal, people: AwsStage) -> None:
    people.configure(LEAVE_RULES='{"carryOver": {"maximumDays": 5}}')
    next_year = THIS_YEAR + 1
    later = ("balance", "adjust", "E002", "--stage", "test", "--year", next_year)
    leave.done(*later, "--days", "1", *WHY)
    assert ledger_of(people, year=next_year).carried_in == 5
    leave.done(*TO_JIM, "--days", "-22", *WHY)
    assert ledger_of(people, year=next_year).carried_in == 3


def test_a_number_of_days_is_written_plainly(leave: Terminal, people: AwsStage) -> None:
    assert people
    assert f"{THIS_YEAR}: +1 working day. " in leave.done(*TO_JIM, "--days", "1.0", *WHY).out
    assert f"{THIS_YEAR}: -8 working days. " in leave.done(*TO_JIM, "--days", "-8.0", *WHY).out


def test_days_that_the_next_year_needs_are_named(leave: Terminal, people: AwsStage) -> None:
    """The next year has 28 days booked: its own 25, and 3 that are carried over to it."""
    people.configure(LEAVE_RULES='{"carryOver": {"maximumDays": 5}}')
    next_year = THIS_YEAR + 1
    period = Period(start=date(next_year, 1, 1), end=date(next_year, 2, 9))
    booking = a_booking(period=period, days="28", early="28")
    people.requests.write_ledgers([ledger_of(people, year=next_year).with_booking(booking)])
    told = leave.done(*TO_JIM, "--days", "1", *WHY).out
    assert (
        "Available: 26. Of the available days, 3 are carried over and already booked in"
        f" {next_year}. The next daily sweep" in told
    )
    balance = leave.done(*TO_JIM, "--days", "1", *WHY, "--json").json["balance"]
    assert (balance["available"], balance["bookedLater"]) == (27, 3)


def test_a_lost_answer_is_repeated_and_counts_once(
    leave: Terminal, people: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ledgers, lost = DynamoRequests.write_ledgers, [True]

    def losing(self: DynamoRequests, *arguments: Any) -> None:
        write_ledgers(self, *arguments)
        if lost.pop() if lost else False:
            raise UnavailableError("no answer")

    def no_pause(_: float) -> None:
        """Go on."""

    monkeypatch.setattr(DynamoRequests, "write_ledgers", losing)
    monkeypatch.setattr(Api, "__init__", partialmethod(Api.__init__, pause=no_pause))
    assert "Available: 27." in leave.done(*TO_JIM, "--days", "2", *WHY).out
    assert [adjustment.days for adjustment in adjustments_of(people)] == [2]


def test_a_call_can_be_repeated_by_its_key(leave: Terminal, people: AwsStage) -> None:
    for _ in range(2):
        leave.done(*TO_JIM, "--days", "2", *WHY, "--idempotency-key", "one")
    assert [adjustment.days for adjustment in adjustments_of(people)] == [2]
    told = leave.told(*TO_JIM, "--days", "3", *WHY, "--idempotency-key", "one")
    assert told.startswith("Idempotency-Key used twice: ")


def test_a_type_without_a_limit_has_nothing_to_adjust(leave: Terminal, people: AwsStage) -> None:
    people.configure(
        LEAVE_RULES='{"leaveTypes": [{"id": "annual", "name": "Annual leave"},'
        ' {"id": "sick", "name": "Sick leave"},'
        ' {"id": "care", "name": "Care leave", "daysPerYear": 10}]}'
    )
    told = leave.told(*TO_JIM, "--days", "2", *WHY, "--type", "sick")
    assert (
        told
        == REFUSED
        + "Sick leave has no limit, so there is no balance to adjust. Choose another leave type.\n"
    )
    assert leave.told(*TO_JIM, "--days", "2", *WHY, "--type", "fun") == (
        REFUSED + "There is no leave type 'fun'. Choose one of these: annual, sick, care.\n"
    )
    assert "Available: 12." in leave.done(*TO_JIM, "--days", "2", *WHY, "--type", "care").out


@pytest.mark.usefixtures("people")
def test_an_unknown_employee_is_told(leave: Terminal) -> None:
    told = leave.told(
        "balance", "adjust", "E009", "--stage", "test", "--year", THIS_YEAR, "--days", "1", *WHY
    )
    assert told == "Unknown employee: There is no employee 'E009' in the directory. Check the id.\n"


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("year", [THIS_YEAR - 2, THIS_YEAR + 10])
def test_a_year_without_accounts_is_told(leave: Terminal, year: int) -> None:
    told = leave.told(
        "balance", "adjust", "E002", "--stage", "test", "--year", year, "--days", "1", *WHY
    )
    assert told.startswith(
        REFUSED + f"There are no leave accounts for {year}. Choose a year from {THIS_YEAR} to "
    )


def test_a_year_after_the_employment_is_refused(
    leave: Terminal, people: AwsStage, tmp_path: Path
) -> None:
    file = write(tmp_path, JOHN, a_line(endDate=f"{THIS_YEAR}-12-31"), JANE)
    leave.done("directory", "import", file, "--stage", "test")
    told = leave.told(
        *("balance", "adjust", "E002", "--stage", "test", "--year", THIS_YEAR + 1),
        *("--days", "3", *WHY),
    )
    assert f"is outside the employment, which lasts from 2020-01-01 to {THIS_YEAR}-12-31" in told
    assert adjustments_of(people) == ()


@pytest.mark.parametrize(
    "nonsense",
    [
        ("--days", "0", *WHY),
        ("--days", "0.3", *WHY),
        ("--days", "367", *WHY),
        ("--days", "nan", *WHY),
        ("--days", "lots", *WHY),
        ("--days", "1"),
        ("--days", "1", "--reason", "  "),
        ("--days", "1", "--reason", "x" * 1001),
        ("--days", "1", "--reason", "a\x1b[2Jb"),
        ("--days", "1", "--reason", "\u200b"),
        ("--days", "1", "--reason", "\u0301"),
    ],
)
def test_nonsense_is_wrong_usage(leave: Terminal, nonsense: tuple[str, ...]) -> None:
    result = leave(*TO_JIM, *nonsense)
    assert (result.code, result.out) == (2, "")


def test_only_an_administrator_adjusts(leave: Terminal, people: AwsStage) -> None:
    api_url = own_profiles().find("test").api_url  # type: ignore[union-attr]
    sign_in(api_url, "jim@foo.com")
    told = leave.told(*TO_JIM, "--days", "1", *WHY)
    assert told.startswith("Not allowed: ")
    assert adjustments_of(people) == ()
