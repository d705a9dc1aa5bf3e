"""A world of the functions as they are deployed: handlers, bootstrap, botocore and HTTP."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import google.auth._exponential_backoff as google_backoff
import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

import leave.adapters.presentation.emails
import leave.adapters.system
from infrastructure.function_table import FUNCTIONS
from leave.adapters.dynamodb import sweeps as open_index
from leave.adapters.dynamodb import table
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.ledgers import ledger_from_item
from leave.adapters.dynamodb.requests import request_from_item
from leave.adapters.dynamodb.table import Table, decode
from leave.adapters.gmail import credentials as transport
from leave.adapters.gmail.credentials import Urllib3Http
from leave.domain.employee import Employee
from leave.domain.errors import NotPossibleError, UnavailableError
from leave.domain.history import Decision
from leave.domain.ledger import Ledger
from leave.domain.request import ApprovalPolicy, LeaveRequest
from leave.domain.values import Secret
from leave.functions import (
    change_leave_request,
    daily_sweep,
    process_lead_response,
    process_leave_request,
    request_leave,
    submit_lead_response,
)
from leave.services import unit_of_work
from leave.services.leave_policy import LeaveRequestInput
from tests.leave.builders import NOW
from tests.leave.fake_requests import the_end_of_time
from tests.leave.fakes import FakeClock
from tests.leave.functions.events import CONTEXT, JIMS_CLAIMS, api_event, leave_event, link_event
from tests.leave.moto_table import create_table
from tests.proof.aws_wire import AwsWire
from tests.proof.gmail_world import ProofGoogle
from tests.proof.world import DAY, SWEEP_AT, Crash, ProofLetters, World
from tests.step_functions import MACHINE, StateMachine

TABLE = "leave-test"
CLAIMS = JIMS_CLAIMS | {"exp": str(int(datetime(2028, 1, 1, tzinfo=UTC).timestamp()))}


@dataclass(kw_only=True)
class ZonedClock(FakeClock):
    """The test's clock in the place of the system's."""

    time_zone: tzinfo = UTC


@dataclass(kw_only=True)
class Stored:
    """What the table holds, read behind the wire's back."""

    client: Any
    wire: AwsWire

    @property
    def stored(self) -> dict[str, LeaveRequest]:
        """All requests, by id."""
        found = (request_from_item(item) for item in self._items() if item["sk"] == "REQUEST")
        return {request.request_id: request for request in found}

    @property
    def books(self) -> dict[tuple[str, int], Ledger]:
        """All ledgers, by employee and year."""
        items = (item for item in self._items() if item["sk"].startswith("LEDGER#"))
        ledgers = (ledger_from_item(item).at(the_end_of_time()) for item in items)
        return {(ledger.employee_id, ledger.year): ledger for ledger in ledgers}

    def __getitem__(self, request_id: str) -> LeaveRequest:
        return self.stored[request_id]

    def put(self, employee: Employee, before: Employee | None) -> None:
        """Write an employee into the directory."""
        with Behind(self.wire):
            DynamoDirectory(Table(self.client, TABLE)).write(employee, before=before)

    def _items(self) -> list[dict[str, Any]]:
        with Behind(self.wire):
            return [decode(item) for item in self.client.scan(TableName=TABLE)["Items"]]


@dataclass
class Behind:
    """Calls of a test itself, which no wire counts."""

    wire: AwsWire

    def __enter__(self) -> None:
        self.wire.paused = True

    def __exit__(self, *_: object) -> None:
        self.wire.paused = False


@dataclass(kw_only=True)
class DeployedStage:
    """Offers what a stage of fakes offers, by calling the handlers.

    `answers` counts what the handlers that people call have answered, and `longest` is how many
    seconds one of them, or one that mails, has waited in vain.
    """

    clock: ZonedClock = field(default_factory=lambda: ZonedClock(moment=NOW))
    store: Stored
    wire: AwsWire
    answers: Counter[int] = field(default_factory=Counter[int])
    longest: dict[str, float] = field(default_factory=dict[str, float])

    def request_leave(
        self, _caller: object, wanted: LeaveRequestInput, *, idempotency_key: str | None
    ) -> Any:
        body = _body(wanted) | {"employeeId": "E002"}
        event = leave_event(body, claims=CLAIMS, key=idempotency_key)
        told = self._json(request_leave, event)
        return SimpleNamespace(request_id=told["requestId"])

    @property
    def change_leave_request(self) -> Any:
        route, by = "{method} /leave_requests/{{requestId}}", {"claims": CLAIMS}

        def change(_caller: object, request_id: str, wanted: LeaveRequestInput) -> Any:
            call = api_event(
                route.format(method="PATCH"), body=_body(wanted), requestId=request_id, **by
            )
            return self._json(change_leave_request, call)

        def withdraw(_caller: object, request_id: str) -> Any:
            call = api_event(route.format(method="DELETE"), requestId=request_id, **by)
            return self._json(change_leave_request, call)

        return SimpleNamespace(change=change, withdraw=withdraw)

    @property
    def submit_lead_response(self) -> Any:
        return LinkPage(self)

    @property
    def directory(self) -> Any:
        return SimpleNamespace(put=self._put_employee)

    def process_leave_request(self, request_id: str, token: Secret, *, inquiry: int) -> None:
        payload = {"requestId": request_id, "taskToken": token.reveal(), "inquiry": inquiry}
        self.call(process_leave_request, payload)

    def process_lead_response(
        self, request_id: str, *, inquiry: int, expire: bool, execution: str | None
    ) -> None:
        payload: dict[str, Any] = {"requestId": request_id, "inquiry": inquiry, "expire": expire}
        if execution is not None:
            payload |= {"execution": execution}
        self.call(process_lead_response, payload)

    def daily_sweep(self, **_: Any) -> Any:
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 840_000)
        return SimpleNamespace(**self.call(daily_sweep, {"onlyIfDue": True}, context))

    def call(self, function: Any, event: dict[str, Any], context: Any = CONTEXT) -> Any:
        """Call a handler as Lambda does; one that died begins anew the next time."""
        before = self.wire.in_vain
        try:
            return function.handler(event, context)
        except Crash:
            forget_what_is_warm()
            raise
        finally:
            name = function.__name__.rpartition(".")[2]
            waited = self.wire.in_vain - before
            self.longest[name] = max(self.longest.get(name, 0), waited)

    def reply(self, function: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Return what a person's call was answered: 200s, a refusal, or that nothing is lost."""
        reply = self.call(function, event)
        status = reply["statusCode"]
        self.answers[status] += 1
        assert status < 500 or status == 503, reply
        if status == 503:
            assert "json" not in reply["headers"]["content-type"] or reply["headers"]["retry-after"]
            raise UnavailableError(reply["body"])
        return reply

    def _json(self, function: Any, event: dict[str, Any]) -> dict[str, Any]:
        reply = self.reply(function, event)
        if reply["statusCode"] >= 400:
            raise NotPossibleError(reply["body"])
        return json.loads(reply["body"])

    def _put_employee(self, after: Employee) -> None:
        with Behind(self.wire):
            before = DynamoDirectory(Table(self.store.client, TABLE)).by_id(after.employee_id)
        self.store.put(after, before)


@dataclass(frozen=True)
class LinkPage:
    """The page behind a link."""

    stage: DeployedStage

    def __call__(self, link: str, decision: Decision, comment: str) -> None:
        self._post(link, decision.value, {"comment": comment})

    def undo(self, link: str) -> None:
        self._post(link, "approved", {"undo": "1"})

    def _post(self, link: str, decision: str, form: dict[str, str]) -> None:
        self.stage.reply(submit_lead_response, link_event("POST", decision, link, form=form))


def forget_what_is_warm() -> None:
    """Let every function start cold."""
    for function in FUNCTIONS:
        application = getattr(
            import_module(f"leave.functions.{function.name}"), "application", None
        )
        # Each sweep builds its own, and what answers without the table has none.
        if hasattr(application, "cache_clear"):
            application.cache_clear()


def _body(wanted: LeaveRequestInput) -> dict[str, str]:
    period = wanted.period
    return {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "type": wanted.leave_type,
    }


READ_SECONDS = 0.5
"""How long the mailer waits for Google here, where an answer takes milliseconds."""
GOOGLE_SECONDS = transport.READ_SECONDS
"""How long it waits where it is deployed."""
SECRET = "leave/test/gmail"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "LEAVE_TABLE": TABLE,
    "LEAVE_TIME_ZONE": "UTC",
    "LEAVE_STAGE": "test",
    "LEAVE_COMPANY_DOMAIN": "foo.com",
    "LEAVE_ADMINS": "hr@foo.com",
    "LEAVE_STATE_MACHINE_ARN": MACHINE,
    "LEAVE_API_URL": "https://api.example/test",
    "LEAVE_GMAIL_SECRET": SECRET,
    "LEAVE_MAIL_SENDER": "leave-bot@foo.com",
    "LEAVE_RULES": json.dumps(
        {
            "leaveTypes": [
                {"id": "annual", "name": "Annual leave"},
                {"id": "sick", "name": "Sick leave", "needsApproval": False},
            ]
        }
    ),
}


@dataclass(kw_only=True)
class Company:
    """Google and AWS, and how worlds over them are made."""

    patch: pytest.MonkeyPatch
    google: ProofGoogle
    wire: AwsWire | None = None

    def waits(self, seconds: float) -> None:
        """Note how long a function would have waited here."""
        if self.wire is not None:
            self.wire.in_vain += seconds

    def make(
        self,
        employees: tuple[Employee, ...],
        *,
        wire: AwsWire,
        policy: ApprovalPolicy,
        keeps_token: bool = False,
        answer_timeout_days: int = 30,
        **_: Any,
    ) -> World:
        """Return a world in which nothing has happened yet."""
        self.google.sent.clear()
        self.google.refused.clear()
        self.google.fault = lambda _endpoint: None
        self.google.tried = 0
        self.wire = wire
        forget_what_is_warm()
        wire.paused = True

        def call(*args: Any, **more: Any) -> Any:
            return wire(*args, **more)  # a function becomes a method, and a wire would not

        self.patch.setattr(BotocoreStubber, "__call__", call)
        client = boto3.client("dynamodb")
        store = Stored(client=client, wire=wire)
        self._set_up(client, policy)
        for employee in employees:
            store.put(employee, None)
        stage: Any = DeployedStage(store=store, wire=wire)
        self.patch.setattr(leave.adapters.system, "SystemClock", lambda _zone: stage.clock)
        wire.machine = StateMachine(
            clock=stage.clock,
            invoke=lambda name, payload: world.invoke(name, payload),  # noqa: PLW0108 - not made yet
            undo_seconds=int(policy.undo.total_seconds()),
            answer_timeout_days=answer_timeout_days,
            keeps_token=keeps_token,
        )
        tomorrow = datetime.combine(stage.clock.today() + DAY, SWEEP_AT, stage.clock.moment.tzinfo)
        parts: dict[str, Any] = {"wire": wire, "store": store, "mails": self.google}
        world = World(stage=stage, machine=wire.machine, next_sweep=tomorrow, **parts)
        wire.paused = False
        return world

    def _set_up(self, client: Any, policy: ApprovalPolicy) -> None:
        if TABLE in client.list_tables()["TableNames"]:
            client.delete_table(TableName=TABLE)
        create_table(client, TABLE)
        secrets = boto3.client("secretsmanager")
        value = json.dumps(self.google.credentials())
        if any(one["Name"] == SECRET for one in secrets.list_secrets()["SecretList"]):
            secrets.put_secret_value(SecretId=SECRET, SecretString=value)
        else:
            secrets.create_secret(Name=SECRET, SecretString=value)
        settings = {
            "LEAVE_GMAIL_ENDPOINT": self.google.url,
            "LEAVE_FALLBACK_APPROVER": policy.fallback_approver or "",
            "LEAVE_REMIND_AFTER_DAYS": str(policy.remind_after_days),
            "LEAVE_ESCALATE_AFTER_DAYS": str(policy.escalate_after_days),
            "LEAVE_UNDO_SECONDS": str(int(policy.undo.total_seconds())),
            "LEAVE_SECOND_APPROVAL_OVER_DAYS": str(policy.second_approval_over_days),
        }
        for name, text in settings.items():
            self.patch.setenv(name, text)


@contextmanager
def company() -> Iterator[Company]:
    """Set up what all worlds of a test share."""
    with pytest.MonkeyPatch.context() as patch, ProofGoogle() as google_, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name, text in ENVIRONMENT.items():
            patch.setenv(name, text)
        patch.setattr(
            leave.adapters.presentation.emails, "TemplateEmails", lambda **_: ProofLetters()
        )
        transports: list[Urllib3Http] = []
        begin = Urllib3Http.__init__

        def impatient(self: Urllib3Http) -> None:
            begin(self, read=READ_SECONDS)
            transports.append(self)

        patch.setattr(Urllib3Http, "__init__", impatient)
        # Two are enough to go from one to the next, and each is a query in each sweep.
        for keys in (open_index, table):
            patch.setattr(keys, "SHARDS", 2)
        made = Company(patch=patch, google=google_)
        google_.hangs = lambda: made.waits(GOOGLE_SECONDS)
        for module in (botocore.endpoint, google_backoff, unit_of_work, table):
            patch.setattr(module, "time", Awake(module.time, made.waits))
        yield made
        forget_what_is_warm()
        for one in transports:
            one.close()


class Awake:
    """The module `time`, by which nobody sleeps; `slept` hears of it."""

    def __init__(self, real: Any, slept: Callable[[float], None]) -> None:
        self._real, self.sleep = real, slept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
