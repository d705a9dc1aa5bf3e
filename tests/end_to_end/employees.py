"""People who use the whole employee API, and see what a client of it sees."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from emulator.demo.web import Answer
from tests.end_to_end.people import MAIL_SECONDS, Mail, Someone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

    from emulator.ready import StageFacts

_SECONDS = 120.0
# What is on this machine is never reached through a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Reply(Answer):
    """A status, a body and the headers."""

    headers: Message

    @property
    def content_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get_content_type()


def call(
    url: str, method: str = "GET", *, data: bytes | None = None, headers: Mapping[str, str]
) -> Reply:
    """Call by any method."""
    # Only http: every address comes from the stage itself.
    request = urllib.request.Request(  # noqa: S310
        url, data=data, headers=dict(headers), method=method
    )
    try:
        with _opener.open(request, timeout=_SECONDS) as answer:
            return Reply(status=answer.status, body=answer.read().decode(), headers=answer.headers)
    except urllib.error.HTTPError as refusal:
        with refusal:
            body = refusal.read().decode(errors="replace")
            return Reply(status=refusal.code, body=body, headers=refusal.headers)


class Employee(Someone):
    """A person who signed in, and calls whatever the API has."""

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> Reply:
        """Call a path below the stage's address; `_` in the name of a header stands for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token()}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        return call(f"{self._facts.api_url}{path}", method, data=data, headers=sent)

    def put_employees(self, content: bytes, *, tag: str | None = None, **query: str) -> Reply:
        """Send a directory file."""
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "text/csv"}
        if tag:
            headers["If-Match"] = tag
        url = f"{self._facts.api_url}/employees?{urlencode(query)}"
        return call(url, "PUT", data=content, headers=headers)

    def get(self, path: str, **query: str | int) -> Reply:
        """Read a path."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def submit(self, **body: str) -> dict[str, Any]:
        """Ask for leave, which has to be taken down; return the answer."""
        reply = self.call("POST", "/request_leave", body)
        assert reply.status == 202, reply.body
        return reply.fields()

    def request(self, request_id: str) -> dict[str, Any]:
        """Read one request."""
        reply = self.get(f"/leave_requests/{request_id}")
        assert reply.status == 200, reply.body
        return reply.fields()

    def requests(self, **query: str | int) -> list[str]:
        """Return the ids of the requests on the first page of a list."""
        reply = self.get("/leave_requests", **query)
        assert reply.status == 200, reply.body
        return [request["requestId"] for request in reply.fields()["leaveRequests"]]

    def account(self, year: int, **query: str) -> dict[str, Any]:
        """Return the account of annual leave in a year."""
        reply = self.get("/leave_balance", year=year, **query)
        assert reply.status == 200, reply.body
        (found,) = (b for b in reply.fields()["balances"] if b["type"] == "annual")
        return found

    def left(self, year: int) -> float:
        """Return the working days of annual leave that are left in a year, carried ones too."""
        account = self.account(year)
        return account["available"] + account["carriedLeft"]

    def change(self, request_id: str, **body: str) -> Reply:
        """Ask for something else."""
        return self.call("PATCH", f"/leave_requests/{request_id}", body)

    def withdraw(self, request_id: str) -> Reply:
        """Take a request back, or ask to cancel it."""
        return self.call("DELETE", f"/leave_requests/{request_id}")

    def wait_for_mails(self, about: str, count: int) -> list[Mail]:
        """Return the first `count` mails in which `about` stands, oldest first."""
        deadline = time.monotonic() + MAIL_SECONDS
        while len(mails := self.mails(about)) < count:
            assert time.monotonic() < deadline, f"{len(mails)} mails about {about} to {self.email}"
            time.sleep(0.1)
        return mails[:count]

    def away(self, **query: str) -> list[dict[str, Any]]:
        """Return who is away by the team calendar."""
        reply = self.get("/team_calendar", **query)
        assert reply.status == 200, reply.body
        return reply.fields()["absences"]

    def feed_url(self) -> str:
        """Return where this person's calendar is subscribed to."""
        return f"{self._facts.api_url}{self.get('/team_calendar').fields()['feed']}"

    def feed(self) -> Reply:
        """Return this person's calendar as a calendar program gets it: without a token."""
        return call(self.feed_url(), headers={})


ADMIN = "admin@foo.com"
"""An administrator of the local stage, who is no employee."""


def import_employees(facts: StageFacts, text: str, **query: str) -> dict[str, Any]:
    """Import a directory file as an administrator; return what the stage says of it."""
    admin = Employee(facts, ADMIN)
    while True:
        reply = admin.put_employees(text.encode(), dryRun="false", **query)
        assert reply.status in {200, 202}, reply.body
        if reply.status == 200:
            return reply.fields()
