"""Stages on which actors take turns, what follows, and what has to be true in the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from leave.adapters.dynamodb.delegations import DynamoDelegations
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.ledgers import ledger_from_item
from leave.adapters.dynamodb.lookup import DynamoRecords
from leave.adapters.dynamodb.requests import DynamoRequests, request_from_item
from leave.adapters.dynamodb.sweeps import DynamoOpenRequests, DynamoSweeps
from leave.adapters.dynamodb.table import INDEX, Table, decode
from leave.domain.employee import Employee
from leave.domain.errors import LeaveError, UnavailableError
from leave.domain.history import OUTCOMES, Channel, EventType, is_answer
from leave.domain.ledger import Ledger
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.values import Secret, replace
from leave.services.leave_policy import LeaveRequestInput
from leave.services.ports import RecordKey
from leave.services.request_leave import Submitted
from leave.services.submit_lead_response import Answer
from tests.leave.builders import JANE, JIM, JOHN, an_employee, link_text
from tests.leave.fake_records import FakeRecords
from tests.leave.fake_requests import the_end_of_time
from tests.leave.fake_sweeps import FakeOpenRequests
from tests.leave.fakes import FakeDirectory, FakeMetrics
from tests.leave.histories import assert_ledgers_are_the_bookings, assert_no_overlap
from tests.leave.moto_table import create_table
from tests.leave.services.stage import JIM_CALLS, a_wish
from tests.leave.workflow_runs import Executions
from tests.proof.interleavings import Key, Touch, Turns, reading, writing
from tests.proof.world import ProofStage
from tests.step_functions import Execution

PORTS = ("delegations", "requests", "open_requests", "directory", "workflow", "mailer", "sweeps")


@dataclass(frozen=True, kw_only=True)
class RecordsOneByOne(FakeRecords):
    """Reads each record at a moment of its own, in the order asked for or against it.

    BatchGetItem promises no more:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """

    backwards: bool = False

    def read(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Any]:
        order = list(keys)[::-1] if self.backwards else keys
        return {key: self.one(key) for key in order}


@dataclass(kw_only=True)
class SceneStage(ProofStage):
    """A stage in memory; `stored` and `books_of` tell what is really there."""

    backwards: bool = False

    @classmethod
    def in_memory(cls, people: Collection[Employee], *, backwards: bool = False) -> SceneStage:
        """Return a stage on which nothing was asked yet."""
        stage = cls(directory=FakeDirectory(*people), backwards=backwards)
        stage.open_requests = FakeOpenRequests(
            requests=stage.requests, delegations=stage.delegations
        )
        return stage

    @property
    def records(self) -> FakeRecords:
        return RecordsOneByOne(
            directory=self.directory,
            requests=self.requests,
            delegations=self.delegations,
            backwards=self.backwards,
        )

    @contextmanager
    def taking(self, turns: Turns) -> Iterator[None]:
        """Let each call of a port take a turn."""
        ports = {name: getattr(self, name) for name in PORTS}
        for name, port in ports.items():
            setattr(self, name, turns.on(port))
        try:
            yield
        finally:
            for name, port in ports.items():
                setattr(self, name, port)

    def link(self, request_id: str) -> str:
        request = self.requests.get(request_id)
        assert request is not None
        return link_text(request)

    def stored(self) -> list[LeaveRequest]:
        """Return every request there is."""
        return list(self.requests.stored.values())

    def books_of(self, employee_id: str) -> dict[int, Ledger]:
        """Return somebody's ledgers, by year."""
        return {
            year: book.at(the_end_of_time())
            for (who, year), book in self.requests.books.items()
            if who == employee_id
        }


_numbers = count()


class StoredDirectory(DynamoDirectory):
    """A directory to which an employee can be written as to the fake."""

    def put(self, employee: Employee) -> None:
        """Write an employee."""
        self.write(employee, before=self.by_id(employee.employee_id))


@dataclass(kw_only=True)
class DynamoStage(SceneStage):
    """A stage whose records are in a table of their own."""

    table: Table

    @classmethod
    def over(cls, client: Any, people: Collection[Employee]) -> DynamoStage:
        """Return a stage with a new table, on which nothing was asked yet."""
        table = Table(client, f"leave-scene-{next(_numbers)}")
        create_table(client, table.name)
        directory, requests = StoredDirectory(table), DynamoRequests(table)
        for employee in people:
            directory.put(employee)
        found = DynamoOpenRequests(table=table, read=requests.get_all, metrics=FakeMetrics())
        parts: dict[str, Any] = {
            "directory": directory,
            "requests": requests,
            "open_requests": found,
            "sweeps": DynamoSweeps(table),
            "delegations": DynamoDelegations(table),
        }
        return cls(table=table, **parts)

    @property
    def records(self) -> Any:
        return DynamoRecords(self.table, now=self.clock.now)

    @contextmanager
    def taking(self, turns: Turns) -> Iterator[None]:
        """Let each call of AWS take a turn, and each mail."""
        client, workflow, mailer = self.table.client, self.workflow, self.mailer
        self.table.client = turns.on(client, touches=touch)
        self.workflow, self.mailer = turns.on(workflow), turns.on(mailer)
        try:
            yield
        finally:
            self.table.client, self.workflow, self.mailer = client, workflow, mailer

    def stored(self) -> list[LeaveRequest]:
        """Return every request there is."""
        return [request_from_item(item) for item in self._items() if item["sk"] == "REQUEST"]

    def books_of(self, employee_id: str) -> dict[int, Ledger]:
        """Return somebody's ledgers, by year."""
        found = (
            ledger_from_item(item).at(the_end_of_time())
            for item in self._items()
            if item["sk"].startswith("LEDGER#")
        )
        return {ledger.year: ledger for ledger in found if ledger.employee_id == employee_id}

    def _items(self) -> Iterator[dict[str, Any]]:
        return map(decode, self.table.client.scan(TableName=self.table.name)["Items"])


def touch(operation: str, **arguments: Any) -> Touch:
    """Return which items a call of AWS touches."""
    match operation:
        case "get_item":
            return reading(_key(arguments["Key"]))
        case "batch_get_item":
            (wanted,) = arguments["RequestItems"].values()
            return reading(*map(_key, wanted["Keys"]))
        case "query":
            partition = arguments["ExpressionAttributeValues"][":pk"]["S"]
            return reading((INDEX,) if "IndexName" in arguments else ("item", partition))
        case "put_item":
            return writing(*_written(arguments["Item"]))
        case "transact_write_items":
            items = [one["Put"]["Item"] for one in arguments["TransactItems"] if "Put" in one]
            gone = [one["Delete"]["Key"] for one in arguments["TransactItems"] if "Delete" in one]
            return writing(*map(_key, gone), *(key for item in items for key in _written(item)))
        case _:
            raise AssertionError(f"say what {operation} touches")


def _written(item: Mapping[str, Any]) -> Iterator[Key]:
    yield _key(item)
    if item["sk"]["S"] == "REQUEST" or _is_unmailed(item):
        yield INDEX, item["pk"]["S"]


def _is_unmailed(item: Mapping[str, Any]) -> bool:
    return any(item.get(name, {}).get("L") for name in ("adjustments", "notices"))


def _key(item: Mapping[str, Any]) -> Key:
    return "item", item["pk"]["S"], item["sk"]["S"]


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
            asked = is_answer(event, request.history)
            if event.type is EventType.CANCELLED and event.channel is Channel.API and not asked:
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
