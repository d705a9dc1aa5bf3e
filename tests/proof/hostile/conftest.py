"""A stage under attack, and its people: the real functions over an AWS in memory."""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from infrastructure.function_table import ROUTES
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.requests import DynamoRequests
from leave.adapters.dynamodb.table import Table
from leave.domain.employee import Employee
from leave.domain.history import Person
from leave.domain.ledger import Ledger
from leave.domain.request import LeaveRequest
from leave.domain.values import Secret, replace
from tests.leave.builders import a_period, a_plan, a_request, an_employee, employed
from tests.leave.functions.events import CALL_ID, CONTEXT, JIMS_CLAIMS
from tests.leave.moto_table import create_table

TABLE = "leave-under-attack"
REASON = "canary-reason-of-jane"
TOKEN = Secret("canary-task-token")
JIMS_ID, JANES_ID = "01jq0000000000000000000001", "01jq0000000000000000000002"

BOSS = an_employee("E000", name="Bea Boss", email="bea@foo.com", lead_id=None)
JOHN = an_employee("E001", name="John Lead", email="john@foo.com", lead_id="E000")
JIM = an_employee("E002", name="Jim Asker", email="jim@foo.com")
JANE = an_employee("E003", name="Jane Canary", email="jane@foo.com")
SUE = an_employee("E004", name="Sue Substitute", email="sue@foo.com", lead_id="E000")
OTHER_LEAD = an_employee("E005", name="Otto Lead", email="otto@foo.com", lead_id="E000")
ALONE = an_employee("E006", name="Al Alone", email="al@foo.com", lead_id=None)
"""Nobody can decide about Al, so whatever Al asks for rightly is refused, too."""
LEAVER = an_employee("E007", name="Lea Leaver", email="lea@foo.com")
JOHN = replace(JOHN, substitute_id=SUE.employee_id)
LEAVER = replace(LEAVER, employments=employed(end=datetime(2020, 1, 31, tzinfo=UTC).date()))
PEOPLE: tuple[Employee, ...] = (
    *(replace(e, accounts_since=2020) for e in (BOSS, JOHN, JIM, JANE, SUE, OTHER_LEAD, ALONE)),
    replace(LEAVER, accounts_since=2020),
)

FORBIDDEN = (
    TABLE,
    REASON,
    TOKEN.reveal(),
    "arn:aws",
    "123456789012",
    "Traceback",
    'File "',
    "botocore",
    "ClientError",
    "sys.set_int_max_str_digits",
    "site-packages",
    *(employee.feed.reveal() for employee in PEOPLE if employee.feed),
)
"""What no refusal may hold: the inside of the stage, and what is somebody else's."""


def claims_of(email: str, **changes: object) -> dict[str, object]:
    """Return what API Gateway passes on for a verified account of the company."""
    return JIMS_CLAIMS | {"email": email} | changes


def asked_requests() -> tuple[LeaveRequest, LeaveRequest]:
    """Return a request of Jim's and one of Jane's, both waiting for John."""
    return _asked(JIMS_ID, JIM, "A quiet week"), _asked(JANES_ID, JANE, REASON)


def _asked(request_id: str, employee: Employee, reason: str) -> LeaveRequest:
    """Return a request that another lead had the link of first, before it was changed."""
    now = datetime.now(UTC)
    monday = now.date() + timedelta(days=100 - now.weekday())
    plan = a_plan(a_period(monday.isoformat()))
    made = a_request(request_id, plan=plan, employee=_person(employee))
    made = made.ask(_person(OTHER_LEAD), task_token=TOKEN, at=now)
    made = made.reroute(actor="hr@foo.com", why="John is asked instead", at=now)
    made = made.change(replace(plan, reason=reason), actor=employee.email, at=now)
    return made.ask(_person(JOHN), task_token=TOKEN, at=now).mark_lead_mailed()


def _person(employee: Employee) -> Person:
    return Person(employee_id=employee.employee_id, name=employee.name)


REGION = "eu-central-1"
FUNCTIONS = {key: name for name, routes in ROUTES.items() for key in routes.values()}
_MACHINE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
READS = frozenset(("GetItem", "BatchGetItem", "Query"))
"""All that a refused call may ask of AWS: whatever writes, starts or answers has another name."""
_WAYS = ("application", "time_zone", "sessions")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back; `text` is the body as a client reads it."""

    status: int
    headers: dict[str, str]
    text: str

    def fields(self) -> dict[str, Any]:
        """Read the body as JSON."""
        return json.loads(self.text)


@dataclass(kw_only=True)
class AttackedStage:
    """Sends events to the functions that their routes lead to, and looks for what they changed."""

    dynamodb: Any
    workflows: Any
    machine: str
    requests: tuple[LeaveRequest, LeaveRequest] = field(default_factory=asked_requests)
    asked_of_aws: list[str] = field(default_factory=list)

    def links(self) -> tuple[str, str]:
        """Return the last part of the decision URLs for Jim's and for Jane's request."""
        found = [request.link() for request in self.requests]
        return found[0].reveal(), found[1].reveal()  # type: ignore[union-attr]

    def replaced(self) -> tuple[str, str]:
        """Return the links that another lead had for the two, before they were replaced."""
        old = [(one.request_id, one.revoked_links[-1].secret.reveal()) for one in self.requests]
        return ".".join(old[0]), ".".join(old[1])

    def secrets(self) -> tuple[str, ...]:
        """Return what opens the requests."""
        return tuple(link.partition(".")[2] for link in self.links())

    def call(self, event: dict[str, Any]) -> Reply:
        """Send an event, and hold the reply against what Lambda and API Gateway take."""
        function = importlib.import_module(f"leave.functions.{FUNCTIONS[event['routeKey']]}")
        reply = function.handler(event, CONTEXT)
        # The runtime writes it as UTF-8, and fails the call where it can not.
        json.dumps(reply, ensure_ascii=False).encode()
        for value in reply["headers"].values():
            assert not set(value) & {"\r", "\n"}, "a header of its own"
        text = reply.get("body", "")
        if reply.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        return Reply(status=reply["statusCode"], headers=reply["headers"], text=text)

    def everything(self) -> object:
        """Return every item and every execution there is, byte for byte."""
        items = self.dynamodb.scan(TableName=TABLE)["Items"]
        listed = self.workflows.list_executions(stateMachineArn=self.machine)["executions"]
        ordered = sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
        return json.dumps(ordered, sort_keys=True), [one["name"] for one in listed]

    def untouched(self, event: dict[str, Any]) -> Reply:
        """Send an event that may read; it has to leave everything as it was, and tell nothing."""
        self.asked_of_aws.clear()
        reply = self.call(event)
        assert reply.status < 500, f"{reply.status} for {event!r}: {reply.text}"
        assert set(self.asked_of_aws) <= READS, f"{event!r} makes {self.asked_of_aws}"
        return reply

    def refused(self, event: dict[str, Any], *statuses: int) -> Reply:
        """Send an event that has to be refused, with a proper answer."""
        reply = self.untouched(event)
        expected = statuses or range(400, 500)
        assert reply.status in expected, f"{reply.status} for {event!r}: {reply.text}"
        words = (word for word in (*FORBIDDEN, *self.secrets()) if word in reply.text)
        # What the caller said may come back.
        leaks = [word for word in words if word not in sent(event)]
        assert leaks == [], f"{event!r} is told {leaks}"
        if "json" in reply.headers["content-type"]:
            proper_problem(reply)
        return reply


def sent(event: dict[str, Any]) -> str:
    """Return all that a caller said, as it was meant."""
    try:
        decoded = base64.b64decode(event["body"]) if event["isBase64Encoded"] else b""
    except ValueError:
        decoded = b""
    return f"{event!r} {decoded.decode(errors='replace')}"


def proper_problem(reply: Reply) -> None:
    """Hold a refusal against RFC 9457 and our own words."""
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["x-content-type-options"] == "nosniff"
    body = reply.fields()
    assert body["status"] == reply.status
    assert body["type"].startswith("urn:leave:problem:")
    assert body["instance"] == f"urn:leave:call:{CALL_ID}"
    assert body["title"]
    assert body["detail"]
    assert len(reply.text) < 64 * 1024, "a refusal is no echo"


@contextmanager
def attacked_stage() -> Iterator[AttackedStage]:
    """Make a stage with two open requests; the functions are wired to it as Lambda wires them."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "LEAVE_SIGN_IN_SECRET"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        made = AttackedStage(
            dynamodb=_dynamodb(),
            workflows=boto3.client("stepfunctions", region_name=REGION),
            machine="",
        )
        made.machine = made.workflows.create_state_machine(
            name="leave",
            definition=json.dumps(_MACHINE),
            roleArn="arn:aws:iam::123456789012:role/x",
        )["stateMachineArn"]
        _fill(made)
        for name, value in (
            ("LEAVE_STAGE", "attacked"),
            ("LEAVE_TABLE", TABLE),
            ("LEAVE_TIME_ZONE", "Europe/Berlin"),
            ("LEAVE_COMPANY_DOMAIN", "foo.com"),
            ("LEAVE_ADMINS", "hr@foo.com"),
            ("LEAVE_STATE_MACHINE_ARN", made.machine),
        ):
            patch.setenv(name, value)
        _forget()
        _listen(patch, made.asked_of_aws)
        before = made.everything()
        yield made
        assert made.everything() == before, "something was changed"
        _forget()


def _listen(patch: pytest.MonkeyPatch, asked: list[str]) -> None:
    """Note every call of AWS, whichever client makes it."""
    call = BaseClient._make_api_call

    def noting(client: Any, operation: str, arguments: Any) -> Any:
        asked.append(operation)
        return call(client, operation, arguments)

    patch.setattr(BaseClient, "_make_api_call", noting)


def _forget() -> None:
    """Let every function be composed anew, as in a new Lambda environment."""
    for name in {*FUNCTIONS.values(), "html"}:
        module = importlib.import_module(f"leave.functions.{name}")
        for way in _WAYS:
            if hasattr(getattr(module, way, None), "cache_clear"):
                getattr(module, way).cache_clear()


def _dynamodb() -> Any:
    client: Any = boto3.client("dynamodb", region_name=REGION)
    create_table(client, TABLE)
    return client


def _fill(stage: AttackedStage) -> None:
    table = Table(stage.dynamodb, TABLE)
    for employee in PEOPLE:
        DynamoDirectory(table).write(employee, before=None)
    for request in stage.requests:
        who = request.employee.employee_id
        books = [
            Ledger(employee_id=who, year=year, bookings=(booking,))
            for year, booking in request.bookings().items()
        ]
        DynamoRequests(table).add(request, books, None)


@pytest.fixture(scope="module")
def target() -> Iterator[AttackedStage]:
    """Return a stage; as nothing may change it, one is enough for all attacks of a module."""
    with attacked_stage() as made:
        yield made
