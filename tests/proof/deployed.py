"""The functions as they are deployed: their handlers, what bootstrap makes of them, botocore, HTTP.

Only the clock is the test's, and the letters say what they are about in one line.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.ledgers import ledger_from_item
from leave.adapters.dynamodb.requests import request_from_item
from leave.adapters.dynamodb.table import Table, decode
from leave.domain.errors import NotPossibleError, UnavailableError
from leave.functions import (
    change_leave_request,
    daily_sweep,
    process_lead_response,
    process_leave_request,
    request_leave,
    submit_lead_response,
)
from tests.leave.builders import NOW
from tests.leave.fake_requests import the_end_of_time
from tests.leave.fakes import FakeClock
from tests.leave.functions.events import CONTEXT, JIMS_CLAIMS, api_event, leave_event, link_event
from tests.proof.wire import Crash

if TYPE_CHECKING:
    from leave.domain.employee import Employee
    from leave.domain.history import Decision
    from leave.domain.ledger import Ledger
    from leave.domain.request import LeaveRequest
    from leave.domain.values import Secret
    from leave.services.leave_policy import LeaveRequestInput
    from tests.proof.aws_wire import AwsWire

TABLE = "leave-test"
FUNCTIONS = (
    change_leave_request,
    process_lead_response,
    process_leave_request,
    request_leave,
    submit_lead_response,
)
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
        function.application.cache_clear()


def _body(wanted: LeaveRequestInput) -> dict[str, str]:
    period = wanted.period
    return {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "type": wanted.leave_type,
    }
