"""A fake for every port, each with `hooks` around its calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leave.domain.errors import ConflictError
from leave.domain.ledgers import Ledger
from leave.domain.mails import Mail
from tests.leave.builders import JANE, JIM, JOHN, NOW
from tests.leave.hooks import Hooks, raising

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, timedelta

    from leave.domain.employees import Employee
    from leave.domain.mail_errors import MailError
    from leave.domain.requests import LeaveRequest
    from leave.domain.secrets import Secret
    from leave.services.ports import Replay

ARN = "arn:aws:states:eu-central-1:123456789012:execution:EmployeeLeaveWorkflow-test"


@dataclass(kw_only=True)
class FakeClock:
    """Stands still until it is told to go on; the company is in UTC."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def go_on(self, by: timedelta) -> None:
        self.moment += by


class FakeDirectory:
    """The seed's three employees, unless others are given."""

    def __init__(self, *employees: Employee) -> None:
        self.employees = {e.employee_id: e for e in employees or (JOHN, JIM, JANE)}

    def by_email(self, email: str) -> Employee | None:
        return next((e for e in self.employees.values() if e.email == email.lower()), None)

    def by_id(self, employee_id: str) -> Employee | None:
        return self.employees.get(employee_id)

    def put(self, employee: Employee) -> None:
        self.employees[employee.employee_id] = employee

    def remove(self, employee_id: str) -> None:
        del self.employees[employee_id]


@dataclass(kw_only=True)
class FakeRequests:
    """Requests, ledgers and keys in memory, under real optimistic locking."""

    hooks: Hooks = field(default_factory=Hooks)
    stored: dict[str, LeaveRequest] = field(default_factory=dict)
    books: dict[tuple[str, int], Ledger] = field(default_factory=dict)
    keys: dict[tuple[str, str], Replay] = field(default_factory=dict)

    def get(self, request_id: str) -> LeaveRequest | None:
        with self.hooks.around("get"):
            return self.stored.get(request_id)

    def ledgers(self, employee_id: str, years: Sequence[int]) -> Mapping[int, Ledger]:
        with self.hooks.around("ledgers"):
            return {year: self._ledger(employee_id, year) for year in years}

    def replay(self, employee_id: str, key: str) -> Replay | None:
        with self.hooks.around("replay"):
            return self.keys.get((employee_id, key))

    def add(
        self, request: LeaveRequest, ledgers: Mapping[int, Ledger], replay: Replay | None
    ) -> None:
        with self.hooks.around("add"):
            owner, bookings = request.employee.employee_id, request.bookings()
            changed = [
                year
                for year in bookings
                if self._ledger(owner, year).version != ledgers[year].version
            ]
            taken = replay is not None and (owner, replay.key) in self.keys
            if changed or taken or request.request_id in self.stored:
                raise ConflictError("somebody else wrote first")
            if replay is not None:
                self.keys[owner, replay.key] = replay
            self._write(None, request)

    def replace(self, before: LeaveRequest, after: LeaveRequest) -> None:
        with self.hooks.around("replace"):
            stored = self.stored.get(before.request_id)
            if stored is None or stored.version != before.version:
                raise ConflictError("somebody else wrote first")
            self._write(before, after)

    def put(self, request: LeaveRequest) -> None:
        """Store a request as a test's starting point, whatever was there."""
        self._write(self.stored.get(request.request_id), request)

    def __getitem__(self, request_id: str) -> LeaveRequest:
        return self.stored[request_id]

    def _ledger(self, employee_id: str, year: int) -> Ledger:
        return self.books.get((employee_id, year), Ledger(employee_id=employee_id, year=year))

    def _write(self, before: LeaveRequest | None, after: LeaveRequest) -> None:
        self.stored[after.request_id] = after
        old, new = before.bookings() if before else {}, after.bookings()
        owner = after.employee.employee_id
        for year in old.keys() | new.keys():
            if old.get(year) == new.get(year):
                continue
            ledger = self._ledger(owner, year)
            kept = [b for b in ledger.bookings if b.request_id != after.request_id]
            added = [new[year]] if year in new else []
            self.books[owner, year] = replace(
                ledger, version=ledger.version + 1, bookings=(*kept, *added)
            )


@dataclass(kw_only=True)
class FakeWorkflow:
    """Executions by name, and what their waiting tokens were told."""

    hooks: Hooks = field(default_factory=Hooks)
    executions: list[str] = field(default_factory=list)
    starts: int = 0
    answers: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def start(self, request_id: str) -> str:
        with self.hooks.around("start"):
            self.starts += 1
            if request_id not in self.executions:
                self.executions.append(request_id)
            return f"{ARN}:{request_id}"

    def answer(self, task_token: Secret, *, request_id: str, status: str) -> bool:
        with self.hooks.around("answer"):
            return self._told(task_token, self.answers, request_id, status)

    def fail(self, task_token: Secret, *, error: str, cause: str) -> None:
        with self.hooks.around("fail"):
            self._told(task_token, self.failures, error, cause)

    def _told(self, token: Secret, story: list[tuple[str, str, str]], *what: str) -> bool:
        if token.reveal() in self.used:
            return False
        self.used.add(token.reveal())
        story.append((token.reveal(), *what))  # type: ignore[arg-type]
        return True


@dataclass(kw_only=True)
class FakeMailer:
    """Keeps what was sent."""

    hooks: Hooks = field(default_factory=Hooks)
    sent: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        with self.hooks.around("send"):
            self.sent.append(mail)

    def fail_with(self, *errors: MailError) -> None:
        """Let the next calls fail, with nothing sent."""
        for error in errors:
            self.hooks.before("send", raising(error))

    @property
    def recipients(self) -> list[str]:
        return [mail.to for mail in self.sent]


class FakeLetters:
    """Mails that say just enough to be told apart."""

    def ask_lead(self, request: LeaveRequest, *, employee: Employee, lead: Employee) -> Mail:
        link = request.link()
        assert link is not None, "a lead is asked with a link"
        return self._mail(lead, request, f"{employee.name} asks: {link.reveal()}")

    def tell_employee(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        comment = request.outcome.comment
        return self._mail(employee, request, f"{request.status}: {comment}")

    @staticmethod
    def _mail(to: Employee, request: LeaveRequest, text: str) -> Mail:
        return Mail(to=to.email, subject="Leave", text=text, html=text, thread=request.request_id)


class FakeIds:
    """Hands out r1, r2, r3 and so on."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> str:
        self.last += 1
        return f"r{self.last}"
