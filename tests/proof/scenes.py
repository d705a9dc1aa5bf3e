"""A stage on which two act at once, what follows, and what has to be true in the end."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from leave.domain.errors import LeaveError, UnavailableError
from leave.domain.history import OUTCOMES, Channel, EventType
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.values import Secret, replace
from leave.services.request_leave import Submitted
from leave.services.submit_lead_response import Answer
from tests.leave.builders import JANE, JIM, JOHN, an_employee
from tests.leave.histories import assert_ledgers_are_the_bookings, assert_no_overlap
from tests.leave.services.stage import JIM_CALLS, a_wish
from tests.leave.workflow_runs import Executions
from tests.proof.scene_stages import SceneStage

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.services.leave_policy import LeaveRequestInput
    from tests.proof.interleavings import Turns
    from tests.step_functions import Execution

UNDO = timedelta(minutes=5)
SECRET = re.compile(r"[\w-]{43}")
MARY = an_employee("E009", name="Mary Poole", email="mary@foo.com", lead_id=None)
PEOPLE = (replace(JOHN, lead_id=MARY.employee_id), JIM, JANE, MARY)


@dataclass(kw_only=True)
class Scene:
    """Jim (E002), his lead John (E001), John's lead Mary (E009), and their stage."""

    turns: Turns
    stage: SceneStage = field(default_factory=lambda: SceneStage.in_memory(PEOPLE))
    repaired: bool = False
    before: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.stage.policy = ApprovalPolicy(undo=UNDO, second_approval_over_days=3)
        self.executions = Executions(stage=self.stage)

    def play(self, *acts: Any) -> list[Any]:
        """Let all act at once, and return what came of each."""
        self.before = {request.request_id for request in self.stage.stored()}
        with self.stage.taking(self.turns):
            return self.turns.run(*acts)

    # Before, and while they act

    def requested(self, wanted: LeaveRequestInput | None = None) -> str:
        """Let Jim ask, and return the request's id."""
        return self.stage.request_leave(JIM_CALLS, wanted or a_wish()).request_id

    def asked(self, wanted: LeaveRequestInput | None = None) -> str:
        """Let Jim ask and John be asked; return the last part of the decision URL."""
        request_id = self.requested(wanted)
        self.ask(request_id)
        return self.stage.link(request_id)

    def approved(self, wanted: LeaveRequestInput | None = None) -> str:
        """Let Jim ask, John approve and Jim be told; return the request's id."""
        link = self.asked(wanted)
        self.stage.decide(link)
        self.stage.clock.go_on(2 * UNDO)
        self.let_workflows_go_on()
        return link.split(".")[0]

    def run_of(self, request_id: str) -> Execution:
        """Return the execution that goes on about a request."""
        return next(r for r in self.executions.active() if r.input["requestId"] == request_id)

    def ask(self, request_id: str) -> None:
        """Ask the lead, as the workflow does when it begins and when it was told of a change."""
        self.asking(request_id)()

    def asking(self, request_id: str) -> Callable[[], None]:
        """Return how the lead is asked by the execution that goes on now."""
        return partial(self.executions.ask, self.run_of(request_id))

    # What follows

    def let_workflows_go_on(self) -> None:
        """Let each execution do whatever it can do without anybody else."""
        for _ in range(6):
            for run in self.executions.active():
                try:
                    self.executions.advance(run)
                except LeaveError:
                    continue  # the state machine tries again

    def let_all_settle(self) -> None:
        """Let executions come to rest, and note whether the daily sweep is needed for more."""
        self.let_workflows_go_on()
        self.stage.clock.go_on(2 * UNDO)
        self.let_workflows_go_on()
        self.repaired = not all(self.is_at_rest(r) for r in self.stage.stored())
        for _ in range(2):
            self.stage.clock.go_on(timedelta(hours=1))
            assert self.stage.make_sweep().done["failures"] == 0
            self.let_workflows_go_on()
            self.stage.clock.go_on(2 * UNDO)
            self.let_workflows_go_on()

    def is_at_rest(self, request: LeaveRequest) -> bool:
        """Tell whether everybody knows, or one execution waits for the answer to the question."""
        active = self.executions.active()
        runs = [r for r in active if r.input["requestId"] == request.request_id]
        if request.question is None:
            return not request.is_open and not runs
        return (
            request.lead_mailed
            and [Secret(run.token) for run in runs] == [request.task_token]
            and runs[0].input["inquiry"] == request.inquiry
        )

    # What has to be true in the end

    def settle_and_check(self, results: list[Any]) -> None:
        """Let all settle; everything adds up then, and who acted saw what stands."""
        self.let_all_settle()
        self.check()
        self._check_that_all_saw_the_same(results)

    def _check_that_all_saw_the_same(self, results: list[Any]) -> None:
        """Whoever saw an outcome at once saw one that stands; of those that clash, one is taken."""
        stored = {request.request_id: request for request in self.stage.stored()}
        for result in results:
            seen = result.view.request if isinstance(result, Answer) else result
            if isinstance(seen, LeaveRequest) and seen.outcome is not None:
                assert seen.outcome in stored[seen.request_id].history
        refused = [result for result in results if isinstance(result, LeaveError)]
        asked = [result for result in results if isinstance(result, Submitted)]
        assert {one.request_id for one in asked} == set(stored) - self.before
        assert len(refused) < len(results), "one of them gets what it wants"
        assert not any(isinstance(error, UnavailableError) for error in refused)

    def outcome(self, results: list[Any]) -> str:
        """Return all that has come of the acts, but what is drawn by lot."""
        requests = sorted(self.stage.stored(), key=lambda request: request.plan.period.start)
        sent = self.stage.mailer.sent
        mailed = sorted(SECRET.sub("a secret", f"{mail.to} {mail.text}") for mail in sent)
        flow = self.stage.workflow
        told = sorted((*flow.answers, *flow.failures)), sorted(flow.used), sorted(flow.ended)
        books = self.stage.books_of(JIM.employee_id)
        text = repr((results, requests, books, mailed, told, sorted(flow.executions.items())))
        for number, request in enumerate(requests):
            text = text.replace(request.request_id, f"request {number}")
        return SECRET.sub("a secret", text)

    def check(self) -> None:
        """Everything adds up, and everybody was told of the one outcome there is."""
        requests = self.stage.stored()
        books = self.stage.books_of(JIM.employee_id)
        assert_ledgers_are_the_bookings(requests, books)
        assert_no_overlap(requests)
        for request in requests:
            assert self.is_at_rest(request), "nothing is lost"
            self._check_outcomes(request)
            self.check_mails(request)

    def _check_outcomes(self, request: LeaveRequest) -> None:
        """An inquiry has one outcome, each other one was taken back first."""
        outcomes, inquiries = 0, 1
        for event in request.history:
            if event.type is EventType.CANCELLATION_ASKED:
                outcomes, inquiries = 0, inquiries + 1
            if event.type is EventType.CANCELLED and event.channel is Channel.API:
                outcomes = 0  # nobody was asked
            outcomes += (event.type in OUTCOMES) - (event.type is EventType.UNDONE)
            assert 0 <= outcomes <= 1, request.history
        assert inquiries == request.inquiry
        assert outcomes == (request.question is None)

    def check_mails(self, request: LeaveRequest) -> None:
        """Every mail left once or twice, and says what stands."""
        mails = Counter(
            (mail.to, mail.text)
            for mail in self.stage.mailer.sent
            if mail.thread == request.request_id
        )
        assert max(mails.values(), default=0) <= 2, mails
        told = {text.split(":")[0] for to, text in mails if to == JIM.email}
        known = {str(event.type) for event in request.history if event.type in OUTCOMES}
        assert told <= known, "nobody is told what never was"
        outcome = request.outcome
        if outcome is not None and outcome.type not in {EventType.WITHDRAWN, EventType.CANCELLED}:
            assert f"{outcome.type}" in told
            undone = any(event.type is EventType.UNDONE for event in request.history)
            assert undone or request.inquiry > 1 or told == {f"{outcome.type}"}
        notes = {text for _, text in mails if text.startswith("note of ")}
        assert not notes or any(text.endswith(request.status) for text in notes)
        link = request.link()
        if link is not None and request.question is not None:
            assert any(link.reveal() in text for _, text in mails), "who is asked has the link"
