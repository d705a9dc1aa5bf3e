"""Reports about all employees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from leave.domain.calendar import Period
from leave.domain.errors import SpanTooLongError
from leave.domain.history import Status
from leave.domain.policy import CarryOver, LeaveType, Rules
from leave.domain.request import ApprovalPolicy
from leave.domain.values import replace
from leave.services.ports import RecordKey
from leave.services.reports import AbsenceRow
from tests.leave.builders import JANE, JIM, JOHN, R1, TODAY, a_day, an_employee
from tests.leave.fake_records import FakeRecords
from tests.leave.fakes import FakeDirectory
from tests.leave.services.stage import (
    ADMIN_CALLS,
    JANE_CALLS,
    JIM_CALLS,
    FakeStage,
    a_wish,
)

UNDO = timedelta(minutes=5)
SICK = LeaveType(id="sick", name="Sick leave", needs_approval=False)
RULES = Rules(
    leave_types=(LeaveType(id="annual", name="Annual leave"), SICK),
    carry_over=CarryOver(maximum_days=Decimal(5)),
)


@pytest.fixture
def stage() -> FakeStage:
    """Return a stage on which answers can be taken back for a while."""
    return FakeStage(rules=RULES, policy=ApprovalPolicy(undo=UNDO))


def rows(
    stage: FakeStage, start: str = "2027-01-01", end: str = "2027-12-31", *statuses: str
) -> list[AbsenceRow]:
    more = ([Status(one) for one in statuses],) if statuses else ()
    return list(stage.reports.absences(a_day(start), a_day(end), *more))


def approved(stage: FakeStage, *days: str, **more: str) -> str:
    """Let Jim have leave, and let nobody take the approval back any more."""
    link = stage.asked(a_wish(*days, **more))
    stage.decide(link)
    stage.clock.go_on(UNDO)
    request_id = link.split(".")[0]
    stage.process_lead_response(request_id)
    return request_id


def test_approved_and_pending_leave_is_in_it_with_who_decided(stage: FakeStage) -> None:
    first = approved(stage, "2027-05-03", "2027-05-07")
    stage.request_leave(JANE_CALLS, a_wish("2027-04-05"))
    jim, jane = rows(stage)
    assert (jim.request_id, jim.employee, jim.status) == (first, JIM, "approved")
    assert (jim.leave_type, jim.type_name) == ("annual", "Annual leave")
    assert (jim.working_days, jim.in_span) == (5, 5)
    decision = stage.requests[first].history[-1]
    assert (jim.decided_by, jim.decided_at) == ("E001", decision.at)
    assert (jane.employee, jane.status, jane.decided_by, jane.decided_at) == (
        *(JANE, "pending"),
        *("", None),
    )


def test_leave_that_nobody_decided_was_decided_by_the_rule(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", leave_type="sick"))
    (row,) = rows(stage)
    assert (row.status, row.decided_by, row.decided_at) == ("approved", "rule", stage.clock.now())


def test_recorded_leave_was_decided_by_who_recorded_it(stage: FakeStage) -> None:
    wish = replace(a_wish("2027-05-03"), recorded=True)
    stage.request_leave(ADMIN_CALLS, wish, employee_id="E002")
    assert [(row.status, row.decided_by) for row in rows(stage)] == [("approved", "hr@foo.com")]


def test_an_answer_that_can_be_taken_back_is_not_told(stage: FakeStage) -> None:
    stage.decide(stage.asked(a_wish("2027-05-03")))
    assert [(row.status, row.decided_by) for row in rows(stage)] == [("pending", "")]
    stage.clock.go_on(UNDO)
    assert [(row.status, row.decided_by) for row in rows(stage)] == [("approved", "E001")]


def test_an_approval_stays_the_decision_when_cancelling_is_declined(stage: FakeStage) -> None:
    approved(stage, "2027-05-03")
    at = rows(stage)[0].decided_at
    stage.clock.go_on(timedelta(hours=1))
    stage.decide(stage.cancelling(R1), "denied", "No")
    stage.clock.go_on(UNDO)
    assert [(row.status, row.decided_by, row.decided_at) for row in rows(stage)] == [
        ("approved", "E001", at)
    ]


@pytest.mark.parametrize(
    ("start", "end", "in_span"),
    [
        ("2027-05-01", "2027-05-02", None),
        ("2027-05-03", "2027-05-03", 1),
        ("2027-05-01", "2027-05-04", 2),
        ("2027-05-07", "2027-06-30", 1),
        ("2027-05-08", "2027-05-09", None),
        ("2026-05-08", "2027-05-08", 5),
    ],
)
def test_leave_that_touches_the_span_counts_there_by_its_days(
    stage: FakeStage, start: str, end: str, in_span: int | None
) -> None:
    approved(stage, "2027-05-03", "2027-05-07")
    found = [(row.period.start, row.working_days, row.in_span) for row in rows(stage, start, end)]
    assert found == ([] if in_span is None else [(a_day("2027-05-03"), 5, in_span)])


def test_the_days_of_consecutive_spans_add_up_over_the_new_year(stage: FakeStage) -> None:
    approved(stage, "2027-12-20", "2028-01-14")
    approved(stage, "2028-02-01", half="morning")
    limits = ["2027-12-01", "2027-12-28", "2028-01-01", "2028-01-08", "2028-03-01"]
    total: Counter[str] = Counter()
    for start, after in pairwise(map(a_day, limits)):
        for row in stage.reports.absences(start, after - timedelta(days=1)):
            total[row.request_id] += row.in_span  # type: ignore[assignment]
            assert row.working_days == (20 if row.period.length > 1 else Decimal("0.5"))
    assert sorted(total.values()) == [Decimal("0.5"), 20]


def test_leave_that_only_touches_a_year_is_found_in_the_ledger_beside_it(stage: FakeStage) -> None:
    """New Year's Day is a Saturday, so all days are booked in the year before."""
    approved(stage, "2027-12-27", "2028-01-02")
    (row,) = rows(stage, "2028-01-01", "2028-12-31")
    assert (row.in_span, row.working_days) == (0, 5)


def test_leave_over_more_years_than_the_span_is_counted_whole(stage: FakeStage) -> None:
    for year in (2027, 2028, 2029):
        stage.adjust("300", year=year)
    stage.rules = replace(RULES, horizon_days=730)
    approved(stage, "2027-03-08", "2029-02-27")
    (row,) = rows(stage, "2027-03-08", "2027-03-09")
    assert (row.in_span, row.working_days) == (2, stage.requests[row.request_id].plan.working_days)


def test_leavers_are_in_it_and_so_is_a_type_that_is_no_more(stage: FakeStage) -> None:
    stage.request_leave(JIM_CALLS, a_wish("2027-05-03", leave_type="sick"))
    stage.employ(JIM, end=TODAY - timedelta(days=1))
    stage.rules = replace(RULES, leave_types=RULES.leave_types[:1])
    assert [(row.employee.name, row.type_name) for row in rows(stage)] == [("Jim O'Dell", "sick")]


def test_the_name_is_the_one_of_the_directory(stage: FakeStage) -> None:
    approved(stage, "2027-05-03")
    stage.update(JIM, name="James O'Dell")
    assert [row.employee.name for row in rows(stage)] == ["James O'Dell"]


def closed(stage: FakeStage) -> dict[str, str]:
    """Let there be a request of every status, one a day, and return the ids."""
    ids: dict[str, str] = {"approved": approved(stage, "2027-05-03")}
    link = stage.asked(a_wish("2027-05-04"))
    ids["denied"] = link.split(".")[0]
    stage.decide(link, "denied", "No")
    ids["withdrawn"] = stage.request_leave(JIM_CALLS, a_wish("2027-05-05")).request_id
    stage.change_leave_request.withdraw(JIM_CALLS, ids["withdrawn"])
    ids["cancelled"] = approved(stage, "2027-05-06")
    stage.decide(stage.cancelling(ids["cancelled"]))
    stage.asked(a_wish("2027-03-12"))
    (ids["expired"],) = set(stage.requests.stored) - set(ids.values())
    stage.clock.go_on(timedelta(days=12))
    stage.process_lead_response(ids["expired"], inquiry=1, expire=True)
    ids["pending"] = stage.request_leave(JIM_CALLS, a_wish("2027-05-07")).request_id
    return ids


DECIDED = {
    "approved": "E001",
    "denied": "E001",
    "withdrawn": "E002",
    "cancelled": "E001",
    "expired": "rule",
    "pending": "",
}


def test_other_statuses_are_named_and_say_who_ended_it(stage: FakeStage) -> None:
    ids = closed(stage)
    for status, request_id in ids.items():
        found = [(row.request_id, row.status, row.decided_by) for row in rows(stage, *YEAR, status)]
        assert found == [(request_id, status, DECIDED[status])]
    assert [row.request_id for row in rows(stage, *YEAR, *ids)] == [
        ids[status]
        for status in ("expired", "approved", "denied", "withdrawn", "cancelled", "pending")
    ]
    assert rows(stage, "2027-06-01", "2027-06-30", *ids) == []


YEAR = ("2027-01-01", "2027-12-31")


def test_a_denial_that_can_be_taken_back_is_not_told(stage: FakeStage) -> None:
    stage.decide(stage.asked(a_wish("2027-05-03")), "denied", "No")
    assert rows(stage, *YEAR, "denied") == []
    assert [row.status for row in rows(stage)] == ["pending"]
    stage.clock.go_on(UNDO)
    assert [row.status for row in rows(stage, *YEAR, "denied")] == ["denied"]
    assert rows(stage) == []


def test_the_order_is_by_employee_and_first_day() -> None:
    people = [an_employee(one, email=f"{one}@foo.com") for one in ("E9", "E10", "a", "B")]
    stage = FakeStage(directory=FakeDirectory(*people))
    for employee in people:
        for day in ("2027-06-01", "2027-05-03"):
            stage.take_leave(employee.employee_id, Period(start=a_day(day), end=a_day(day)))
    found = [(row.employee.employee_id, row.period.start.month) for row in rows(stage)]
    assert found == [(one, month) for one in ("B", "E10", "E9", "a") for month in (5, 6)]


def test_a_span_has_at_most_366_days(stage: FakeStage) -> None:
    assert rows(stage, "2028-01-01", "2028-12-31") == []
    with pytest.raises(SpanTooLongError, match="at most 366 days, and these are 367"):
        rows(stage, "2028-01-01", "2029-01-01")


# Balances and adjustments


def test_balances_are_those_that_the_employee_reads(stage: FakeStage) -> None:
    approved(stage, "2027-05-03", "2027-05-04")
    stage.adjust("1.5")
    stage.employ(JANE, start=a_day("2028-01-01"))
    stage.employ(JOHN, end=a_day("2027-06-30"))
    for year, people in ((2027, ("E001", "E002")), (2028, ("E002", "E003"))):
        found = list(stage.reports.balances(year))
        assert [row.employee.employee_id for row in found] == [*people]
        assert [row.balance for row in found] == [stage.balance(year, of=one) for one in people]


@pytest.mark.parametrize("year", [2010, 2099])
def test_a_year_without_accounts_has_no_balances(stage: FakeStage, year: int) -> None:
    assert list(stage.reports.balances(year)) == []


def test_balances_are_right_after_the_rules_have_changed(stage: FakeStage) -> None:
    """The earlier years are then read as well, for all employees together."""
    stage.clock.go_on(timedelta(days=730))
    stage.adjust("-22", year=2028)
    assert [row.balance.carried_in for row in stage.reports.balances(2029)] == [5, 3, 5]


def test_adjustments_of_a_year_are_listed_with_leavers(stage: FakeStage) -> None:
    stage.adjust("2", of="E003")
    stage.adjust("-1")
    stage.adjust("1", year=2028)
    stage.adjust("0.5")
    stage.employ(JIM, end=TODAY - timedelta(days=1))
    listed = stage.reports.adjustments(2027)
    found = [(one.employee.employee_id, one.adjustment.days) for one in listed]
    assert found == [("E002", -1), ("E002", Decimal("0.5")), ("E003", 2)]


# How many calls


@pytest.mark.parametrize(("people", "batches"), [(100, 1), (101, 2), (250, 3)])
def test_calls_grow_with_every_hundredth_employee(
    monkeypatch: pytest.MonkeyPatch, people: int, batches: int
) -> None:
    """So a year of 2,000 employees is a bounded number of reads."""
    employees = [an_employee(f"E{n:05}", email=f"{n}@foo.com") for n in range(people)]
    stage = FakeStage(directory=FakeDirectory(*employees), rules=RULES)
    for employee in employees:
        stage.take_leave(employee.employee_id, Period(start=TODAY, end=TODAY))
    read: list[int] = []
    real = FakeRecords.read

    def reading(self: FakeRecords, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        read.append(len(keys))
        return real(self, keys)

    histories: list[str] = []
    stage.requests.hooks.before("histories", lambda: histories.append(""), times=9)
    monkeypatch.setattr(FakeRecords, "read", reading)
    for report, records in (
        (lambda: rows(stage), 3),
        (lambda: stage.reports.balances(2027), 3),
        (lambda: stage.reports.adjustments(2027), 1),
    ):
        read.clear()
        assert len(list(report())) in {people, 0}
        assert (len(read), max(read)) == (batches, records * min(people, 100))
    assert len(histories) == batches
