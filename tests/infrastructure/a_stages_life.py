"""Everything that happens on a stage, so that each function makes every call that it ever makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leave.adapters.dynamodb.requests import request_to_item
from leave.domain.history import Decision, Person, Status
from leave.domain.values import Secret, replace
from tests.infrastructure.driven_stage import Call
from tests.leave.adapters.gmail.scripted_google import gmail_error
from tests.leave.builders import a_period, a_request, an_employee, an_id, employed
from tests.leave.functions.events import JIMS_CLAIMS, api_event, event, leave_event, link_event

if TYPE_CHECKING:
    from leave.domain.employee import Employee
    from leave.domain.request import LeaveRequest
    from tests.infrastructure.driven_stage import DrivenStage
    from tests.leave.fake_provider import FakeProvider

NOW = datetime.now(UTC)
_TEN_DAYS_AGO = NOW - timedelta(days=10)
_REQUEST, _APPROVAL = "/leave_requests/{requestId}", "/approvals/{requestId}"


def _somebody(employee_id: str, lead_id: str | None) -> Employee:
    """Somebody who works on every day, so that it does not matter which day it is."""
    return an_employee(
        employee_id,
        week="Mon-Sun",
        email=f"{employee_id.lower()}@example.com",
        lead_id=lead_id,
        accounts_since=NOW.year,
    )


BOSS, JOHN = _somebody("E009", None), _somebody("E001", "E009")
JIM, JANE = _somebody("E002", "E001"), _somebody("E003", "E001")
GONE = replace(_somebody("E004", "E001"), employments=employed(end=NOW.date() - timedelta(days=1)))
KATE = _somebody("E005", "E004")
ADMIN = replace(BOSS, email="hr@example.com")


def day(number: int) -> str:
    """A day ahead that nobody else in this story asks for."""
    return (NOW.date() + timedelta(days=40 + number)).isoformat()


@dataclass(frozen=True, kw_only=True)
class Life:
    """The story, told to a stage; each chapter may be told alone, after `begin`."""

    stage: DrivenStage
    provider: FakeProvider

    def live(self) -> None:
        """Tell all of it."""
        self.begin()
        self.ask_and_read()
        self.decide()
        self.decide_by_token()
        self.change_and_withdraw()
        self.mail_fails()
        self.seldom()
        self.make_sweeps()
        self.delegate()
        self.second_approver_leaves()
        self.administer()
        self.stage.call("describe-api", event("GET", "/openapi.json"))
        self.stage.call("report-health", event("GET", "/health"))

    def begin(self) -> None:
        """Let there be a table with four people."""
        self.stage.make_table()
        for person in (BOSS, JOHN, JIM, JANE, GONE, KATE):
            self.stage.directory.write(person, before=None)

    def ask_and_read(self) -> None:
        """Jim asks, and everybody looks."""
        first = self._submitted(day(0), key="once")
        assert self._submitted(day(0), key="once") == first
        self._read("GET /leave_requests")
        self._read(f"GET {_REQUEST}", requestId=first)
        self._read("GET /leave_types")
        self._read("GET /leave_balance", query={"year": day(0)[:4]})
        self._read("GET /team_calendar")
        assert JIM.feed is not None
        feed = api_event("GET /calendar/{feed}", feed=f"{JIM.feed.reveal()}.ics")
        assert self.stage.call("read-calendar-feed", feed)["statusCode"] == 200

    def decide(self) -> None:
        """John signs in and decides; long leave has to be approved once more."""
        request_id = self._asked(day(1))
        link = self._link(request_id)
        cookie = self._signed_in(link)
        assert self._click("GET", "approved", link, cookie) == 200
        assert self._click("POST", "approved", link, cookie) == 200
        self._told(request_id)
        self._process(request_id)  # again, when it is decided already
        unfinished = self._approved_once(JIM, day(2), day(16))
        self._process(unfinished)
        self.stage.call("process-lead-response", {"requestId": unfinished, "expire": True})
        assert self._change(f"DELETE {_REQUEST}", request_id) == 202  # now asks to cancel
        expired = self._asked(day(17))
        self.stage.call("process-lead-response", {"requestId": expired, "expire": True})

    def decide_by_token(self) -> None:
        """Kate has John reminded, and he decides without a link, both again by their keys."""
        request_id = self._asked(day(62), by=KATE)
        for _ in range(2):
            assert self._change(f"POST {_REQUEST}/reminder", request_id, by=KATE, key="K") == 202
        self._process(request_id)
        assert self._approval("GET /approvals")["approvals"]
        yes = {"decision": Decision.APPROVED.value, "revision": 1}
        for _ in range(2):
            answered = self._approval(f"POST {_APPROVAL}", body=yes, requestId=request_id, key="K")
            assert answered["status"] == Status.APPROVED
        long = self._asked(day(64), day(78), by=KATE)
        first = self._approval(f"POST {_APPROVAL}", body=yes, requestId=long)
        assert first["history"][-1]["what"] == "first-approval"

    def change_and_withdraw(self) -> None:
        """Jim changes his mind, twice."""
        request_id = self._asked(day(20))
        body = {"start": day(20), "end": day(21)}
        assert self._change(f"PATCH {_REQUEST}", request_id, body) == 202
        self._process(request_id)
        assert self._change(f"DELETE {_REQUEST}", request_id) == 200
        self._told(request_id)

    def mail_fails(self) -> None:
        """Gmail's quota is used up, which the workflow is told."""
        request_id = self._submitted(day(30))
        self.stage.google.send_script.append(gmail_error(429, "rateLimitExceeded"))
        self._process(request_id)
        assert Call("states:SendTaskFailure", "*") in self.stage.called["process-leave-request"]

    def seldom(self) -> None:
        """Administrators act for others, a lead has left or can not be reached, a link is wrong."""
        kates = self._submitted(day(33), by=KATE)
        self._process(kates)
        assert self._change(f"DELETE {_REQUEST}", kates, by=ADMIN) == 200
        jims = self._submitted(day(34), by=ADMIN, for_=JIM)
        body = {"start": day(34), "end": day(35)}
        assert self._change(f"PATCH {_REQUEST}", jims, body, by=ADMIN) == 202
        self.stage.google.send_script.append(gmail_error(400, "invalidArgument"))
        self._process(jims)
        self._read("GET /leave_requests", by=JOHN, query={"employeeId": JIM.employee_id})
        self._read(f"GET {_REQUEST}", by=ADMIN, requestId=jims)
        link = self._link(jims)
        assert self._click("HEAD", "denied", link, "") == 200
        assert self._click("GET", "approved", f"{link[:-1]}_", "") == 404
        assert self.stage.call("sign-in", event("GET", "/sign_in"))["statusCode"] == 404
        assert self._change(f"DELETE {_REQUEST}", jims) == 200
        self.stage.google.send_script.append(gmail_error(400, "invalidArgument"))
        self._told(jims)

    def make_sweeps(self) -> None:
        """What was left standing is reminded of, passed on, told and started again."""
        table = self.stage.table
        untold = _unanswered(JANE, JOHN).decide(Decision.DENIED, comment="No", at=_TEN_DAYS_AGO)
        for request in (_unanswered(JIM, JOHN), _unanswered(JOHN, BOSS), untold):
            table.put(table.put_request(request_to_item(request)))
        told = self.stage.call("daily-sweep", {})
        assert {"escalate", "tell", "keep-waiting"} <= told["steps"].keys(), told
        assert told["steps"]["reminders"] == 1, told
        self.stage.workflow.add("ended")
        assert self.stage.call("daily-sweep", {})["steps"].get("failures") is None

    def delegate(self) -> None:
        """John will not be there from tomorrow on, which he and Jane are mailed about."""
        tomorrow = NOW.date() + timedelta(days=1)
        body = {"substituteId": "E003", "from": tomorrow.isoformat(), "to": tomorrow.isoformat()}
        made = self._approval("PUT /delegation", body=body, key="once")
        assert made == self._approval("GET /delegation") == body | {"name": JANE.name}
        assert self.stage.call("daily-sweep", {})["steps"]["delegations"] == 1

    def second_approver_leaves(self) -> None:
        """So the first approval is enough: when somebody is to be asked, or in the next sweep."""
        asked = self._approved_once(JANE, day(40), day(50))
        found = self._approved_once(JANE, day(51), day(61))
        self.stage.directory.write(replace(BOSS, employments=GONE.employments), before=BOSS)
        self._process(asked)
        assert self.stage.call("daily-sweep", {})["steps"].get("failures") is None
        for request_id in (asked, found):
            request = self.stage.requests.get(request_id)
            assert request is not None
            assert request.status is Status.APPROVED

    def administer(self) -> None:
        """Jane gets another lead and address, Jim leaves, and somebody is hired."""
        self._asked(day(65), by=JANE)
        self._asked(day(66))
        approved = self._asked(day(67))
        link = self._link(approved)
        assert self._click("POST", "approved", link, self._signed_in(link)) == 200
        self._told(approved)
        people = self._employees("GET /employees")
        changed = people.replace("e003@example.com,E001", "jane@example.com,E002")
        leaving = changed.replace("e002@example.com,E001,25,Mon-Sun,,", f"{{}}{day(60)}")
        leaving = leaving.format("e002@example.com,E001,25,Mon-Sun,,")
        hired = f"{leaving}E010,Ann,ann@example.com,E001,25,Mon-Fri,,,,en\n"
        query = {"dryRun": "false", "cancelLater": "true"}
        done = json.loads(self._employees("PUT /employees", body=hired, query=query))
        assert [len(done[kind]) for kind in ("added", "changed", "leaving")] == [1, 1, 1], done
        assert [one["what"] for one in done["leave"]].count("cancelled") >= 1, done
        assert "ended" in [one["what"] for one in done["leave"]], done
        assert done["rerouted"], done
        route = "/employees/{employeeId}/adjustments"
        body = {"year": NOW.year, "type": "annual", "days": 1, "reason": "x"}
        call = api_event(f"POST {route}", claims=_claims(ADMIN), body=body, employeeId="E003")
        call["headers"]["idempotency-key"] = "adjust"
        assert self.stage.call("administer", call)["statusCode"] == 201
        call = api_event(f"GET {route}", claims=_claims(ADMIN), employeeId="E003")
        assert self.stage.call("administer", call)["statusCode"] == 200
        spans = {"from": day(0), "to": day(90), "status": "approved,cancelled"}
        for name, query in (
            ("absences", spans),
            ("balances", {"year": f"{NOW.year}"}),
            ("adjustments", {"year": f"{NOW.year}"}),
        ):
            call = api_event(f"GET /reports/{name}", claims=_claims(ADMIN), query=query)
            reply = self.stage.call("administer", call)
            assert (reply["statusCode"], len(reply["body"].splitlines()) > 1) == (200, True)

    def _employees(self, route: str, **more: Any) -> str:
        call = api_event(route, claims=_claims(ADMIN), **more)
        call["headers"]["content-type"] = "text/csv"
        reply = self.stage.call("administer", call)
        assert reply["statusCode"] == 200, reply["body"]
        return reply["body"]

    def _submitted(
        self,
        start: str,
        end: str = "",
        *,
        key: str | None = None,
        by: Employee = JIM,
        for_: Employee | None = None,
    ) -> str:
        body = {"start": start, "end": end or start}
        if for_ is not None:
            body["employeeId"] = for_.employee_id
        reply = self.stage.call("request-leave", leave_event(body, claims=_claims(by), key=key))
        assert reply["statusCode"] == 202, reply["body"]
        return json.loads(reply["body"])["requestId"]

    def _asked(self, start: str, end: str = "", *, by: Employee = JIM) -> str:
        request_id = self._submitted(start, end, by=by)
        self._process(request_id)
        return request_id

    def _approved_once(self, employee: Employee, start: str, end: str) -> str:
        request_id = self._asked(start, end, by=employee)
        link = self._link(request_id)
        assert self._click("POST", "approved", link, self._signed_in(link)) == 200
        first = self.stage.requests.get(request_id)
        assert first is not None
        assert first.first_approval is not None
        return request_id

    def _process(self, request_id: str) -> None:
        asking = {"requestId": request_id, "taskToken": f"token of {request_id}", "inquiry": 1}
        self.stage.call("process-leave-request", asking)

    def _told(self, request_id: str) -> None:
        self.stage.call("process-lead-response", {"requestId": request_id, "inquiry": 1})

    def _read(self, route: str, *, by: Employee = JIM, **arguments: Any) -> None:
        reply = self.stage.call("read-leave", api_event(route, claims=_claims(by), **arguments))
        assert reply["statusCode"] == 200, reply["body"]

    def _approval(self, route: str, *, key: str | None = None, **arguments: Any) -> dict[str, Any]:
        asked = _keyed(api_event(route, claims=_claims(JOHN), **arguments), key)
        reply = self.stage.call("approvals", asked)
        assert reply["statusCode"] == 200, reply["body"]
        return json.loads(reply["body"])

    def _change(
        self,
        route: str,
        request_id: str,
        body: object = None,
        *,
        by: Employee = JIM,
        key: str | None = None,
    ) -> int:
        asked = api_event(route, claims=_claims(by), body=body, requestId=request_id)
        return self.stage.call("change-leave-request", _keyed(asked, key))["statusCode"]

    def _link(self, request_id: str) -> str:
        request = self.stage.requests.get(request_id)
        assert request is not None
        link = request.link()
        assert link is not None
        return link.reveal()

    def _click(self, method: str, decision: str, link: str, cookie: str) -> int:
        click = link_event(method, decision, link, form={} if method == "POST" else None)
        return self.stage.call("submit-lead-response", click | {"cookies": [cookie]})["statusCode"]

    def _signed_in(self, link: str) -> str:
        self.provider.email = JOHN.email
        begin = {"decision": "approved", "link": link}
        started = self.stage.call("sign-in", event("GET", "/sign_in", queryStringParameters=begin))
        cookies = [started["cookies"][0].partition(";")[0]]
        back = event("GET", "/sign_in/callback", queryStringParameters=self.provider.sent_back())
        finished = self.stage.call("sign-in", back | {"cookies": cookies})
        assert finished["statusCode"] == 303, finished["body"]
        return finished["cookies"][0].partition(";")[0]


def _unanswered(employee: Employee, approver: Employee) -> LeaveRequest:
    """Asked for ten days ago, of somebody who did not answer."""
    number = 900 + int(employee.employee_id[1:])
    request = a_request(an_id(number), a_period(day(number - 850)), employee=_person(employee))
    history = tuple(replace(event, at=_TEN_DAYS_AGO) for event in request.history)
    token = Secret(f"token of {number}")
    old = replace(request, history=history)
    return old.ask(_person(approver), task_token=token, at=_TEN_DAYS_AGO).mark_lead_mailed()


def _person(employee: Employee) -> Person:
    return Person(employee_id=employee.employee_id, name=employee.name)


def _keyed(event: dict[str, Any], key: str | None) -> dict[str, Any]:
    """Return the call with an Idempotency-Key, if there is one."""
    if key is not None:
        event["headers"]["idempotency-key"] = key
    return event


def _claims(employee: Employee) -> dict[str, str]:
    return JIMS_CLAIMS | {"email": employee.email, "hd": "example.com"}
