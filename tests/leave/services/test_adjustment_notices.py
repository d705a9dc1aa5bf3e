"""An employee gets one mail about all adjustments of a day, once."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from leave.domain.accounts import Balance
from leave.domain.employee import Employee
from leave.domain.errors import MailOutcomeUnknownError, MailRefusedError, MailThrottledError
from leave.domain.policy import CarryOver, Rules
from leave.domain.views import AdjustedAccount, Mail
from leave.services.adjust_balance import AdjustBalance
from leave.services.daily_sweep import PAGE
from tests.leave.builders import JANE, JIM, JOHN, a_booking, a_day, a_period, an_employee
from tests.leave.hooks import raising
from tests.leave.services.stage import FakeStage

DROPPED = MailOutcomeUnknownError("no answer")


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


def adjust(stage: FakeStage, days: str = "2", *, of: str = "E002", year: int = 2027) -> None:
    """Adjust an account as an administrator does."""
    AdjustBalance(clock=stage.clock, begin=stage.begin, rules=stage.rules)(
        of, year=year, leave_type="annual", days=Decimal(days), reason="Moved", actor="user/hr"
    )


def mails(stage: FakeStage) -> list[tuple[str, str]]:
    return [(mail.to, mail.text) for mail in stage.mailer.sent]


def test_the_employee_reads_of_all_adjustments_at_once_and_what_is_left(stage: FakeStage) -> None:
    adjust(stage)
    adjust(stage, "-0.5")
    adjust(stage, "1", year=2028)
    adjust(stage, "3", of="E003")
    report = stage.make_sweep()
    assert mails(stage) == [
        (JIM.email, "annual 2027 +2 -0.5 = 26.5 annual 2028 +1 = 26"),
        (JANE.email, "annual 2027 +3 = 28"),
    ]
    assert (report.finished, report.done["adjustments"]) == (True, 2)


def test_the_mail_knows_which_days_the_next_year_needs(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next year has 28 days booked: its own 25, and 3 that are carried over to it."""
    stage.rules = Rules(carry_over=CarryOver(maximum_days=Decimal(5)))
    period = a_period("2028-02-01", "2028-03-10")
    ledger = stage.requests.book("E002", 2028)
    booking = a_booking(period=period, days="28", early="28")
    stage.requests.write_ledgers([ledger.with_booking(booking)])
    adjust(stage)
    write = stage.emails.adjustment_notice
    told: list[Balance | None] = []

    def adjustment_notice(employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        told.extend(account.balance for account in accounts)
        return write(employee, accounts)

    monkeypatch.setattr(stage.emails, "adjustment_notice", adjustment_notice)
    stage.make_sweep()
    (balance,) = told
    assert balance is not None
    assert (balance.available, balance.booked_later, balance.booked_in) == (27, 3, 2028)


def test_no_adjustment_is_mailed_twice(stage: FakeStage) -> None:
    adjust(stage)
    for _ in range(2):
        stage.make_sweep()
    adjust(stage, "1")
    stage.make_sweep()
    assert [text for _, text in mails(stage)] == ["annual 2027 +2 = 27", "annual 2027 +1 = 28"]


def test_an_adjustment_made_while_the_mail_leaves_is_in_the_next_one(stage: FakeStage) -> None:
    adjust(stage)
    stage.mailer.hooks.after("send", lambda: adjust(stage, "1"))
    for _ in range(2):
        stage.make_sweep()
    assert [text for _, text in mails(stage)] == ["annual 2027 +2 = 27", "annual 2027 +1 = 28"]


def test_a_mail_in_doubt_is_sent_once_more_when_gmail_answers(stage: FakeStage) -> None:
    adjust(stage)
    stage.mailer.hooks.after("send", raising(DROPPED), times=2)
    for checks in (0, 1, 1):
        stage.make_sweep()
        assert stage.mailer.checks == checks
    assert stage.mailer.recipients == [JIM.email] * 2


def test_a_mail_that_cannot_leave_is_left_to_the_next_sweep_with_all_others(
    stage: FakeStage,
) -> None:
    adjust(stage)
    adjust(stage, of="E003")
    stage.mailer.fail_with(MailThrottledError("quota"))
    report = stage.make_sweep()
    assert (report.finished, report.done["failures"], mails(stage)) == (True, 0, [])
    stage.make_sweep()
    assert stage.mailer.recipients == [JIM.email, JANE.email]


def test_an_address_that_refuses_mail_is_tried_until_it_is_corrected(stage: FakeStage) -> None:
    adjust(stage)
    adjust(stage, of="E003")
    stage.mailer.fail_with(MailRefusedError("550"))
    stage.make_sweep()
    assert stage.mailer.recipients == [JANE.email]
    stage.update(JIM, email="jim.odell@foo.com")
    stage.make_sweep()
    assert stage.mailer.recipients == [JANE.email, "jim.odell@foo.com"]


@pytest.mark.parametrize("removed", [True, False])
def test_an_employee_who_is_gone_gets_no_mail(stage: FakeStage, *, removed: bool) -> None:
    adjust(stage)
    if removed:
        stage.directory.remove(JIM.employee_id)
    else:
        stage.employ(JIM, end=a_day("2027-02-26"))
    stage.make_sweep()
    stage.directory.put(JIM)
    stage.make_sweep()
    assert mails(stage) == []


def test_a_sweep_that_runs_out_of_time_goes_on_where_it_was(stage: FakeStage) -> None:
    people = [an_employee(f"E1{n:03}", email=f"e{n}@foo.com") for n in range(PAGE + 5)]
    for employee in people:
        stage.directory.put(employee)
        adjust(stage, of=employee.employee_id)
    stage.asked()
    for times in (0, 3, PAGE - 10):
        left = iter([True] * (times + 1))
        report = stage.daily_sweep(only_if_due=False, has_time=lambda left=left: next(left, False))
        assert not report.finished
    assert stage.make_sweep(only_if_due=True).finished
    assert stage.mailer.recipients == [JOHN.email, *(one.email for one in people)]
