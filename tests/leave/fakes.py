"""A fake for every port, each with `hooks` around its calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leave.domain.calendar import NO_HOLIDAYS
from leave.domain.errors import ConflictError, UnknownHolidaysError
from leave.domain.values import replace
from leave.domain.views import Mail
from tests.leave.builders import JANE, JIM, JOHN, NOW, a_day, an_id
from tests.leave.hooks import Hooks, raising

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime, timedelta

    from leave.domain.accounts import Returned
    from leave.domain.calendar import Holidays
    from leave.domain.delegation import DelegationNotice
    from leave.domain.employee import Employee
    from leave.domain.errors import MailError
    from leave.domain.history import Person
    from leave.domain.request import LeaveRequest
    from leave.domain.values import Secret
    from leave.domain.views import AdjustedAccount, DecisionSummary, PendingItem
    from leave.services.ports import DirectoryWrite, Metric

ARN = "arn:aws:states:eu-central-1:123456789012:execution:EmployeeLeaveWorkflow-test"


@dataclass(kw_only=True)
class FakeClock:
    """Stands still until it is told to go on; the company is in UTC."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.day(self.moment)

    def today_of(self, employee: Employee) -> date:
        return self.day_of(employee, self.moment)

    def day_of(self, _: Employee, moment: datetime) -> date:
        return self.day(moment)

    def day(self, moment: datetime) -> date:
        return moment.date()

    def go_on(self, by: timedelta) -> None:
        self.moment += by


class FakeDirectory:
    """The seed's three employees, unless others are given."""

    def __init__(self, *employees: Employee) -> None:
        self.employees = {e.employee_id: e for e in employees or (JOHN, JIM, JANE)}
        self.hooks = Hooks()
        self.number = 7
        self.written: list[DirectoryWrite] = []

    def by_email(self, email: str) -> Employee | None:
        found = (e for e in self.employees.values() if e.email.lower() == email.lower())
        return next(found, None)

    def by_id(self, employee_id: str) -> Employee | None:
        return self.employees.get(employee_id)

    def by_feed(self, feed: str) -> Employee | None:
        found = (e for e in self.employees.values() if e.feed and e.feed.matches(feed))
        employee = next(found, None)
        return employee and replace(employee, feed=None)

    def team(self, lead_id: str) -> Sequence[Employee]:
        members = (replace(e, feed=None) for e in self.employees.values() if e.lead_id == lead_id)
        return sorted(members, key=lambda e: e.employee_id)

    def everybody(self) -> Iterator[Employee]:
        return iter(list(self.employees.values()))

    def version(self) -> int:
        return self.number

    def write_all(
        self, writes: Sequence[DirectoryWrite], *, version: int
    ) -> Iterator[tuple[int, int]]:
        """Write two at a time."""
        for start in range(0, len(writes), 2):
            with self.hooks.around("write_all"):
                if version != self.number:
                    raise ConflictError("another writer was first")
                for write in writes[start : start + 2]:
                    assert self.employees.get(write.after.employee_id) == write.before
                    self.put(write.after)
                    self.written.append(write)
                self.number = version = version + 1
            yield min(start + 2, len(writes)), version

    def put(self, employee: Employee) -> None:
        self.employees[employee.employee_id] = employee

    def remove(self, employee_id: str) -> None:
        del self.employees[employee_id]


class FakeHolidayTables:
    """Knows May Day and Christmas of the calendar XX, and no other calendar."""

    def __init__(self) -> None:
        names = {"05-01": "May Day", "12-25": "Christmas Day", "12-26": "Boxing Day"}
        self.tables: dict[str, Holidays] = {
            "": NO_HOLIDAYS,
            "XX": {
                a_day(f"{year}-{day}"): name
                for year in (2026, 2027, 2028)
                for day, name in names.items()
            },
        }

    def table(self, calendar: str) -> Holidays:
        if calendar not in self.tables:
            raise UnknownHolidaysError(calendar)
        return self.tables[calendar]


@dataclass(kw_only=True)
class FakeWorkflow:
    """Executions by name, with their input, and what their waiting tokens were told.

    `ended` are the names of those that run no more, `waits` the seconds to wait after an answer.
    """

    hooks: Hooks = field(default_factory=Hooks)
    executions: dict[str, tuple[str, int]] = field(default_factory=dict)
    starts: int = 0
    answers: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    waits: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, *, request_id: str, inquiry: int) -> str:
        with self.hooks.around("start"):
            self.starts += 1
            self.executions.setdefault(name, (request_id, inquiry))
            return f"{ARN}:{name}"

    def ensure(self, name: str, *, request_id: str, inquiry: int) -> bool:
        with self.hooks.around("ensure"):
            if name in self.ended:
                return False
            self.executions.setdefault(name, (request_id, inquiry))
            return True

    def answer(
        self, task_token: Secret, *, request_id: str, status: str, wait_seconds: int = 0
    ) -> bool:
        with self.hooks.around("answer"):
            self.waits[task_token.reveal()] = wait_seconds
            return self._told(task_token, self.answers, request_id, status)

    def fail(self, task_token: Secret, *, error: str, cause: str) -> bool:
        with self.hooks.around("fail"):
            return self._told(task_token, self.failures, error, cause)

    def run_out_of_time(self, task_token: Secret) -> None:
        """Wait no longer for this token."""
        self.used.add(task_token.reveal())

    def end(self, name: str) -> None:
        """Let an execution run no more."""
        self.ended.add(name)

    def _told(
        self, token: Secret, story: list[tuple[str, str, str]], about: str, what: str
    ) -> bool:
        if token.reveal() in self.used:
            return False
        self.used.add(token.reveal())
        story.append((token.reveal(), about, what))
        return True


@dataclass(kw_only=True)
class FakeMetrics:
    """Keeps what was reported."""

    told: list[tuple[str, float]] = field(default_factory=list)

    def put(self, metric: Metric, value: float = 1) -> None:
        self.told.append((metric.value, value))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told]


@dataclass(kw_only=True)
class FakeMailer:
    """Keeps what was sent."""

    hooks: Hooks = field(default_factory=Hooks)
    sent: list[Mail] = field(default_factory=list)
    checks: int = 0

    def send(self, mail: Mail) -> None:
        with self.hooks.around("send"):
            self.sent.append(mail)

    def check(self) -> None:
        with self.hooks.around("check"):
            self.checks += 1

    def fail_with(self, *errors: MailError) -> None:
        """Let the next calls fail, with nothing sent."""
        for error in errors:
            self.hooks.before("send", raising(error))

    @property
    def recipients(self) -> list[str]:
        return [mail.to for mail in self.sent]


class FakeLetters:
    """Mails that say just enough to be told apart; `at_most` requests in one about several."""

    at_most = 50

    def approval_request(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        lead: Employee,
        decision_summary: DecisionSummary,
    ) -> Mail:
        assert decision_summary is not None
        link = request.link()
        assert link is not None, "a lead is asked with a link"
        return self._mail(lead, request, f"{employee.name} asks: {link.reveal()}")

    def outcome_notice(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        returned: Returned | None = None,
    ) -> Mail:
        outcome = request.outcome
        assert outcome is not None, "an employee is told of an outcome"
        lapsed = f"{returned.lapsed:f} lapsed" if returned and returned.lapsed else ""
        return self._mail(employee, request, f"{outcome.type}: {outcome.comment}{lapsed}")

    def proxy_notice(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        return self._mail(employee, request, f"done for {employee.name}")

    def absence_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return self._mail(lead, request, f"note of {request.employee.name}: {request.status}")

    def withdrawal_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return self._mail(lead, request, f"{request.employee.name} has {request.status} it")

    def reassignment_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        assert request.approver is not None
        return self._mail(
            lead, request, f"{request.approver.name} decides for {request.employee.name}"
        )

    def approval_requests(self, lead: Employee, asked: Sequence[PendingItem]) -> tuple[Mail, int]:
        """Hold few, so that there are several when there are many."""
        some = asked[: self.at_most]
        links = [one.request.link() for one in some]
        assert all(links), "a lead is asked with links"
        text = " ".join(link.reveal() for link in links if link)
        return Mail(to=lead.email, subject="New", text=text, html=text, thread="digest"), len(some)

    def reassignment_notices(self, requests: Sequence[LeaveRequest], *, lead: Employee) -> Mail:
        text = " ".join(request.request_id for request in requests)
        return Mail(to=lead.email, subject="Released", text=text, html=text, thread="digest")

    def reminder(self, lead: Employee, waiting: Sequence[PendingItem], *, more: int) -> Mail:
        ids = " ".join(f"{w.request.request_id}:{w.days}" for w in waiting)
        return Mail(
            to=lead.email, subject="Waiting", text=f"{ids} +{more}", html=ids, thread="digest"
        )

    def adjustment_notice(self, employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        text = " ".join(
            f"{one.leave_type} {one.year} {' '.join(f'{a.days:+f}' for a in one.adjustments)}"
            f" = {one.balance and one.balance.available}"
            for one in accounts
        )
        return Mail(to=employee.email, subject="Adjusted", text=text, html=text, thread="adjusted")

    def delegation_notice(
        self,
        notice: DelegationNotice,
        *,
        reader: Employee,
        employee: Employee,
        substitute: Employee,
    ) -> Mail:
        text = f"{employee.employee_id} {'not ' if notice.ended else ''}by {substitute.employee_id}"
        return Mail(to=reader.email, subject="Delegated", text=text, html=text, thread="delegated")

    def admin_alert(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        text = f"{reader.name} can not be reached"
        return Mail(to=address, subject="Leave", text=text, html=text, thread=request.request_id)

    @staticmethod
    def _mail(to: Employee, request: LeaveRequest, text: str) -> Mail:
        return Mail(to=to.email, subject="Leave", text=text, html=text, thread=request.request_id)


class FakeIds:
    """Hands out ids that sort by time, from `R1` on."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> str:
        self.last += 1
        return an_id(self.last)
