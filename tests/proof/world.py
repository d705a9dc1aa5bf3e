"""A whole stage in which time passes: people, functions, Step Functions and the daily sweep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from leave.adapters.stepfunctions import StepFunctionsWorkflow
from leave.domain.errors import LeaveError, MailRefusedError
from tests.leave.fake_requests import FakeRequests
from tests.leave.fake_sweeps import FakeOpenRequests, FakeSweeps
from tests.leave.fakes import FakeClock, FakeDirectory, FakeMailer, FakeMetrics
from tests.leave.services.stage import FakeStage
from tests.leave.workflow_runs import call_function
from tests.proof.proof_letters import ProofLetters
from tests.proof.wire import ROLES, Crash, Wire
from tests.step_functions import MACHINE, StateMachine, TaskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest
    from leave.domain.views import Mail
    from leave.services.daily_sweep import DailySweep

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
        store.now = clock.now
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
            "OpenRequests": FakeOpenRequests(requests=store),
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
