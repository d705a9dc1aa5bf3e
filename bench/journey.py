"""One call of each function, with what the table holds just before it.

Played by the functions themselves, over `InstantAws`: a request is made, asked about, opened,
approved and told, another one is changed, and the sweep goes by.
"""

from __future__ import annotations

import base64
import email
import importlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

from bench.answering import answer_of
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table
from leave.adapters.system import connect
from leave.domain.calendar import Dated, WorkingWeek
from leave.domain.employee import Employee
from leave.domain.values import Secret

if TYPE_CHECKING:
    from bench.instant_aws import InstantAws

TEAM = 10
_TASK_TOKEN = "t" * 700
_LINK = re.compile(r"/leave_lead_response/approved/(\S+)")


@dataclass(frozen=True)
class Call:
    """One call of a function: what it is given, and what the table holds."""

    name: str
    function: str
    event: dict[str, Any]
    items: list[dict[str, Any]]


class Journey:
    """Plays the calls, one after the other, and keeps them."""

    def __init__(self, aws: InstantAws) -> None:
        self.calls: list[Call] = []
        self._aws = aws
        today = datetime.now(UTC).date()
        self._monday = today + timedelta(days=21 - today.weekday())

    def play(self) -> list[dict[str, Any]]:
        """Play all of it, and return each call as plain data.

        Raises `RuntimeError` where a call is refused.
        """
        directory = DynamoDirectory(Table(connect("dynamodb"), "leave-bench"))
        for number in range(1, TEAM + 2):
            directory.write(_employee(number), before=None)
        request_id = self._ask(0)
        link = self._mailed(request_id)
        self._call("approvals", _event("GET /approvals", email="e1@foo.com"))
        self._clicked("GET", link)
        self._clicked("POST", link)
        self._call("process_lead_response", {"requestId": request_id, "inquiry": 1})
        self._call("read_leave", _event("GET /leave_requests"))
        feed = self._call("read_leave", _event("GET /team_calendar"), name="team calendar")["feed"]
        path = {"feed": feed.rpartition("/")[2]}
        self._call("read_calendar_feed", _event("GET /calendar/{feed}", pathParameters=path))
        changed = self._ask(1, name="another request")
        body = json.dumps({"date": str(self._monday + timedelta(days=2))})
        route, path = "PATCH /leave_requests/{requestId}", {"requestId": changed}
        self._call("change_leave_request", _event(route, body=body, pathParameters=path))
        self._call("administer", _event("GET /employees", email="hr@foo.com"))
        self._call("daily_sweep", {})
        query = {"decision": "approved", "link": link}
        self._keep("sign_in", "sign_in", _event("GET /sign_in", queryStringParameters=query))
        # These touch nothing, so they are called without a table.
        self.calls += [Call(name, name, {}, []) for name in ("describe_api", "report_health")]
        return [asdict(call) for call in self.calls]

    def _ask(self, day: int, *, name: str = "request_leave") -> str:
        body = json.dumps({"date": str(self._monday + timedelta(days=day))})
        event = _event("POST /request_leave", body=body)
        return self._call("request_leave", event, name=name)["requestId"]

    def _mailed(self, request_id: str) -> str:
        event = {"requestId": request_id, "taskToken": _TASK_TOKEN, "inquiry": 1}
        self._call("process_leave_request", event)
        raw = base64.urlsafe_b64decode(self._aws.mails[-1])
        text = email.message_from_bytes(raw, policy=SMTP).get_body(("plain",))
        found = _LINK.search(text.get_content()) if text else None
        if found is None:
            raise RuntimeError("There is no link in the mail.")
        return found[1]

    def _clicked(self, method: str, link: str) -> None:
        route = f"{method} /leave_lead_response/{{decision}}/{{link}}"
        event = _event(route, pathParameters={"decision": "approved", "link": link})
        if method == "POST":
            event |= {"body": "comment=Enjoy"}
        name = "submit_lead_response" if method == "GET" else "decide"
        self._call("submit_lead_response", event, name=name)

    def _call(self, function: str, event: dict[str, Any], *, name: str = "") -> Any:
        self._keep(name or function, function, event)
        return answer_of(importlib.import_module(f"leave.functions.{function}"), event)

    def _keep(self, name: str, function: str, event: dict[str, Any]) -> None:
        self.calls.append(Call(name, function, event, self._aws.items()))


def _employee(number: int) -> Employee:
    return Employee(
        employee_id=f"E{number:03}",
        name=f"Employee {number}",
        email=f"e{number}@foo.com",
        lead_id=None if number == 1 else "E001",
        annual_leave_days=Dated(Decimal(30)),
        working_time=Dated(WorkingWeek.parse("Mon-Fri")),
        accounts_since=datetime.now(UTC).year,
        feed=Secret(f"{number:064}"),
    )


def _event(route: str, *, email: str = "e2@foo.com", **more: Any) -> dict[str, Any]:
    """A call as API Gateway sends it, payload format 2.0; of the second employee by default."""
    claims = {"email": email, "email_verified": "true", "hd": "foo.com", "exp": "1"}
    return {
        "version": "2.0",
        "routeKey": route,
        "rawQueryString": "",
        "headers": {"accept": "*/*", "user-agent": "bench"},
        "requestContext": {"authorizer": {"jwt": {"claims": claims}}},
        "isBase64Encoded": False,
        **more,
    }
