"""A whole stage in which time passes: people, functions, Step Functions and the daily sweep."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any, Literal, Protocol, is_typeddict

from leave.adapters.presentation.i18n import load_translator
from leave.adapters.presentation.outcome_texts import calendar_entry
from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.domain.accounts import Returned
from leave.domain.delegation import DelegationNotice
from leave.domain.employee import Employee
from leave.domain.errors import LeaveError, MailRefusedError
from leave.domain.history import Person
from leave.domain.request import LeaveRequest
from leave.domain.views import AdjustedAccount, CalendarEntry, DecisionSummary, Mail, PendingItem
from leave.services import ports
from leave.services.daily_sweep import DailySweep
from tests.leave.fake_delegations import FakeDelegations
from tests.leave.fake_requests import FakeRequests
from tests.leave.fake_sweeps import FakeOpenRequests, FakeSweeps
from tests.leave.fakes import FakeClock, FakeDirectory, FakeMailer, FakeMetrics
from tests.leave.services.stage import FakeStage
from tests.leave.workflow_runs import call_function
from tests.step_functions import MACHINE, StateMachine, TaskError

Moment = Literal["before", "after"]
Point = tuple[int, Moment]
"""The number of a call, and whether the function dies before or after it takes effect."""

ROLES: Mapping[str, str] = {
    "Directory": "directory",
    "Delegations": "delegations",
    "Requests": "requests",
    "Workflow": "workflow",
    "Metrics": "metrics",
    "Mailer": "mailer",
    "OpenRequests": "open_requests",
    "Sweeps": "sweeps",
    "IdentityProvider": "provider",
}
"""Which part of a stage fills which port."""

PURE = frozenset({"Clock", "HolidayTables", "Emails", "Signer", "Records"})
"""Ports that touch nothing outside the function: dying there is dying at the next call.

The fake of `Records` reads through the wires of the directory and the requests.
"""

IMPORTING = frozenset({"WritableDirectory"})
"""The port of the importer, whose calls die in test_importing.py."""


class Crash(BaseException):
    """The function is gone, as by a time-out, no memory left, or a lost machine."""


def protocols() -> dict[str, frozenset[str]]:
    """Return the methods of every port, by its name."""
    return {
        name: frozenset(_methods(kind))
        for name, kind in vars(ports).items()
        if inspect.isclass(kind)
        and Protocol in kind.__mro__
        and kind is not Protocol
        and not is_typeddict(kind)
    }


def _methods(kind: type) -> list[str]:
    return [
        name for name, value in vars(kind).items() if inspect.isfunction(value) and name[0] != "_"
    ]


@dataclass(kw_only=True)
class Wire:
    """Counts calls; at the points of `plan`, the function dies."""

    plan: frozenset[Point] = frozenset()
    fault: Callable[[int, str, Moment], None] | None = None
    calls: list[str] = field(default_factory=list[str])
    crashes: list[str] = field(default_factory=list[str])

    def around(self, part: Any, port: str) -> Any:
        """Return a part of the stage with this wire around the calls of its port."""
        return Wired(part, port, self)

    def call(self, name: str, make: Callable[[], Any]) -> Any:
        """Make one call, unless the function dies before it."""
        self.calls.append(name)
        number = len(self.calls)
        self._pass(number, name, "before")
        try:
            return make()
        finally:
            self._pass(number, name, "after")

    def _pass(self, number: int, name: str, moment: Moment) -> None:
        if (number, moment) in self.plan:
            self.crashes.append(f"{moment} {name}")
            raise Crash(f"{moment} call {number}, {name}")
        if self.fault is not None:
            self.fault(number, name, moment)


class Wired:
    """Stands in for a part of the stage."""

    def __init__(self, part: Any, port: str, wire: Wire) -> None:
        self._part, self._port, self._wire = part, port, wire
        self._methods = protocols()[port]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name not in self._methods:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._wire.call(f"{self._port}.{name}", lambda: found(*args, **kwargs))

        return call


class ProofLetters:
    """`subject` is the kind of mail, `text` what exactly it is about; the thread is the request."""

    def approval_request(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        lead: Employee,
        decision_summary: DecisionSummary,
    ) -> Mail:
        assert (employee, decision_summary) != (None, None)
        link = request.link()
        assert link is not None, "a lead is asked with a link"
        return _mail("ask", lead.email, request.request_id, link.reveal())

    def outcome_notice(
        self,
        request: LeaveRequest,
        *,
        employee: Employee,
        returned: Returned | None = None,  # noqa: ARG002
    ) -> Mail:
        outcome = request.outcome
        assert outcome is not None, "an employee is told of an outcome"
        entry = calendar_entry(load_translator(), request, outcome, domain="foo.com")
        return _mail("tell", employee.email, request.request_id, _outcome(request), entry)

    def proxy_notice(self, request: LeaveRequest, *, employee: Employee) -> Mail:
        return _mail("owner", employee.email, request.request_id, _last_deed(request))

    def absence_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return _mail("note", lead.email, request.request_id, _outcome(request))

    def withdrawal_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        return _mail("tell", lead.email, request.request_id, _outcome(request))

    def reassignment_notice(self, request: LeaveRequest, *, lead: Employee) -> Mail:
        assert request.approver is not None
        return _mail("release", lead.email, request.request_id, request.approver.employee_id)

    def adjustment_notice(self, employee: Employee, accounts: Sequence[AdjustedAccount]) -> Mail:
        about = " ".join(f"{a.at} {a.days}" for one in accounts for a in one.adjustments)
        return _mail("adjusted", employee.email, employee.employee_id, about)

    def delegation_notice(
        self,
        notice: DelegationNotice,
        *,
        reader: Employee,
        employee: Employee,
        substitute: Employee,
    ) -> Mail:
        about = f"{substitute.employee_id} {notice.start} {notice.end} {notice.ended}"
        return _mail("delegated", reader.email, employee.employee_id, about)

    def approval_requests(self, lead: Employee, asked: Sequence[PendingItem]) -> tuple[Mail, int]:
        links = [link.reveal() for one in asked if (link := one.request.link())]
        assert len(links) == len(asked), "a lead is asked with links"
        return _mail("ask", lead.email, "digest", " ".join(links)), len(asked)

    def reassignment_notices(self, requests: Sequence[LeaveRequest], *, lead: Employee) -> Mail:
        return _mail("release", lead.email, "digest", " ".join(r.request_id for r in requests))

    def reminder(self, lead: Employee, waiting: Sequence[PendingItem], *, more: int) -> Mail:
        days = " ".join(f"{one.request.request_id} for {one.days} days" for one in waiting)
        return _mail("remind", lead.email, "digest", f"{days} and {more}")

    def admin_alert(self, request: LeaveRequest, *, address: str, reader: Person) -> Mail:
        return _mail("administrator", address, request.request_id, reader.employee_id)


def _last_deed(request: LeaveRequest) -> str:
    """What was done for the employee: the last event that no function of the stage made."""
    event = next(e for e in reversed(request.history) if e.actor)
    return f"{event.type} in place {request.history.index(event)}"


def _outcome(request: LeaveRequest) -> str:
    outcome = request.outcome
    assert outcome is not None, "an outcome is told"
    return f"{outcome.type} in place {request.history.index(outcome)}"


def _mail(
    kind: str, to: str, thread: str, about: str, calendar: CalendarEntry | None = None
) -> Mail:
    return Mail(to=to, subject=kind, text=about, html=about, thread=thread, calendar=calendar)


SWEEP_AT = time(6)
QUARTER = timedelta(minutes=15)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOST_STEPS = 200_000


class NotYetError(Exception):
    """A person can not do this now, such as answer a mail that has not come."""


@dataclass(kw_only=True)
class ProofMailer(FakeMailer):
    """Keeps what was sent, and refuses some addresses for good."""

    refused: set[str] = field(default_factory=set[str])

    def send(self, mail: Mail) -> None:
        if mail.to in self.refused:
            raise MailRefusedError("Gmail answered 400 invalidArgument")
        super().send(mail)


@dataclass(kw_only=True)
class ProofStage(FakeStage):
    """A stage whose every port may have a wire around it."""

    open_requests: Any = None

    @property
    def open(self) -> Any:
        return self.open_requests

    @property
    def daily_sweep(self) -> DailySweep:
        return replace(super().daily_sweep, open_requests=self.open_requests)


@dataclass(kw_only=True)
class World:
    """`store`, `mails` and `machine` are what is really there, behind the wire."""

    stage: ProofStage
    wire: Wire
    store: FakeRequests
    mails: ProofMailer
    machine: StateMachine
    next_sweep: datetime
    gave_up: bool = False
    accepted: set[str] = field(default_factory=set[str])
    calls_of_people: list[range] = field(default_factory=list[range])
    invocations: Counter[str] = field(default_factory=Counter[str])

    @classmethod
    def make(
        cls,
        employees: tuple[Employee, ...],
        *,
        wire: Wire | None = None,
        keeps_token: bool = False,
        answer_timeout_days: int = 30,
        **settings: Any,
    ) -> World:
        """Return a world in which nothing has happened yet."""
        clock, store, mails = FakeClock(), FakeRequests(), ProofMailer()
        store.now, delegations = clock.now, FakeDelegations(requests=store)
        wire = wire or Wire()
        stage = ProofStage(clock=clock, emails=ProofLetters(), **settings)  # type: ignore[arg-type]
        world = cls(
            stage=stage,
            wire=wire,
            store=store,
            mails=mails,
            machine=StateMachine(
                clock=clock,
                invoke=lambda name, payload: world.invoke(name, payload),  # noqa: PLW0108 - not made yet
                undo_seconds=int(stage.policy.undo.total_seconds()),
                answer_timeout_days=answer_timeout_days,
                keeps_token=keeps_token,
            ),
            next_sweep=datetime.combine(clock.today() + DAY, SWEEP_AT, clock.moment.tzinfo),
        )
        parts: dict[str, Any] = {
            "Directory": FakeDirectory(*employees),
            "Requests": store,
            "Workflow": StepFunctionsWorkflow(client=world.machine, state_machine_arn=MACHINE),
            "Metrics": FakeMetrics(),
            "Mailer": mails,
            "Delegations": delegations,
            "OpenRequests": FakeOpenRequests(requests=store, delegations=delegations),
            "Sweeps": FakeSweeps(),
        }
        world.wire_up(parts)
        return world

    def wire_up(self, parts: dict[str, Any]) -> None:
        """Put a wire around each of these parts, and them into the stage."""
        for port, part in parts.items():
            setattr(self.stage, ROLES[port], self.wire.around(part, port))

    # What happens by itself.

    def invoke(self, name: str, payload: dict[str, Any]) -> None:
        """Call a function of the workflow, as Lambda does for Step Functions."""
        self.invocations[name] += 1
        try:
            call_function(self.stage, name, payload)
        except Crash:
            # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
            raise TaskError("Lambda.Unknown") from None
        except Exception as error:
            raise TaskError(type(error).__name__) from error

    def make_sweep(self) -> None:
        """Call the daily sweep as its schedule does."""
        self.invocations["sweep"] += 1
        self.next_sweep = self.now + QUARTER
        try:
            report = self.stage.daily_sweep(only_if_due=True, has_time=lambda: True)
        except (Crash, LeaveError):
            return
        if report.finished:
            self.next_sweep = datetime.combine(self.now.date() + DAY, SWEEP_AT, self.now.tzinfo)

    def run_until(self, moment: datetime) -> None:
        """Let time pass, and whatever is due by then happen in order."""
        for _ in range(MOST_STEPS):
            one = self.machine.next_due()
            is_sweep = one is None or one.due is None or one.due > self.next_sweep
            due = self.next_sweep if is_sweep else one.due  # type: ignore[union-attr]
            if due is None or due > moment:
                self.stage.clock.moment = max(self.now, moment)
                return
            self.stage.clock.moment = max(self.now, due)
            if is_sweep:
                self.make_sweep()
            else:
                self.machine.advance(one)  # type: ignore[arg-type]
        raise AssertionError("something is due again and again")

    def run_for(self, span: timedelta) -> None:
        """Let so much time pass."""
        self.run_until(self.now + span)

    # What people do.

    def by_person(self, call: Callable[[], Any]) -> Any:
        """Make a call that a person waits for, and note which calls it made."""
        first = len(self.wire.calls) + 1
        try:
            return call()
        finally:
            self.calls_of_people.append(range(first, len(self.wire.calls) + 1))

    # What can be seen.

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.stage.clock.moment

    def requests(self) -> list[LeaveRequest]:
        """Return every request there is."""
        return list(self.store.stored.values())

    def the_request(self) -> LeaveRequest:
        """Return the one request there is, or raise `NotYetError`."""
        for request in self.requests():
            return request
        raise NotYetError("nothing was asked")
