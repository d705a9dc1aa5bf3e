"""The seed's demo run, step by step; every step is checked as it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from emulator.demo import web
from emulator.demo.failure import DemoFailedError, expect
from emulator.demo.letters import Inbox
from emulator.demo.page import Page

if TYPE_CHECKING:
    from emulator.demo.cast import Person, Wish
    from emulator.demo.letters import Letter
    from emulator.demo.stage_view import StageView
    from emulator.demo.terminal import Terminal
    from emulator.ready import StageFacts

WAIT_SECONDS = 30.0
_ACCEPTED, _OK = 202, 200


class Story:
    """Plays requests on a running stage; raises DemoFailedError where something is not so."""

    def __init__(
        self, facts: StageFacts, view: StageView, terminal: Terminal, *, lead: Person
    ) -> None:
        self._facts = facts
        self._view = view
        self._terminal = terminal
        self._lead = lead
        self._lead_inbox = Inbox(facts.google_url, lead.email)

    def play(self, wish: Wish) -> None:
        """Play one request, from the employee's call to the employee's mail."""
        inbox = Inbox(self._facts.google_url, wish.employee.email)
        execution = self._ask(wish)
        link = self._read_brief(wish)
        page = self._look(link, execution, inbox)
        self._decide(page, link, wish)
        self._terminal.tell("The state machine goes on …")
        self._view.wait_until_succeeded(execution, seconds=WAIT_SECONDS)
        self._terminal.check("The workflow is SUCCEEDED")
        self._read_decision(inbox, wish)

    def _ask(self, wish: Wish) -> str:
        person, terminal = wish.employee, self._terminal
        token = self._id_token(person)
        url = f"{self._facts.api_url}/request_leave"
        body = {"employeeId": person.employee_id, "date": wish.day.isoformat()}
        terminal.tell(f"{person.name} ({person.employee_id}) asks for {wish.day:%A, %-d %B %Y}:")
        terminal.call(
            f"curl {url} \\\n"
            f"  -H 'Authorization: Bearer {token[:10]}…' -H 'Content-Type: application/json' \\\n"
            f"  -d '{json.dumps(body)}'"
        )
        answer = web.post_json(url, body, token=token)
        terminal.quote(f"{answer.status} {answer.body}")
        said = answer.fields()
        expect(
            that=answer.status == _ACCEPTED,
            otherwise=f"The request was to be answered with 202, not {answer.status}.",
        )
        expect(
            that=said.get("status") == "Leave request submitted" and said.get("workingDays") == 1,
            otherwise="The answer was to say 'Leave request submitted', and 1 working day.",
        )
        terminal.check("The request is accepted, for 1 working day")
        execution = str(said.get("ref"))
        self._expect_running(execution, "The workflow EmployeeLeaveWorkflow is RUNNING")
        return execution

    def _read_brief(self, wish: Wish) -> str:
        terminal = self._terminal
        terminal.tell(f"{self._lead.name}, the lead, gets a mail …")
        letter = self._lead_inbox.wait_for_next(seconds=WAIT_SECONDS)
        self._show(letter)
        found = {d: letter.links(self._facts.api_url, d) for d in ("approved", "denied")}
        expect(
            that=all(len(links) == 1 for links in found.values()),
            otherwise="The mail was to have exactly one link to approve and one to deny.",
        )
        expect(
            that=wish.employee.name in letter.text,
            otherwise=f"The mail was to name {wish.employee.name}.",
        )
        terminal.check("It names the employee, and has one link to approve and one to deny")
        return found[wish.decision].pop()

    def _look(self, link: str, execution: str, inbox: Inbox) -> Page:
        terminal = self._terminal
        terminal.tell(f"{self._lead.name} opens one of them, as a mail scanner might do, too:")
        terminal.call(f"curl {link}")
        answer = web.get(link)
        page = Page(answer.body)
        terminal.quote(page.text)
        expect(
            that=answer.status == _OK and page.method == "post",
            otherwise=f"The link was to show a form to post, with status 200; it is "
            f"{answer.status}.",
        )
        self._expect_running(execution, "Looking decides nothing: the workflow is still RUNNING")
        expect(that=inbox.count_unread() == 0, otherwise="The employee got a mail too early.")
        return page

    def _decide(self, page: Page, link: str, wish: Wish) -> None:
        terminal = self._terminal
        fields = {**page.fields, "comment": wish.comment}
        terminal.tell(f"{self._lead.name} presses the button:")
        shown = f" --data-urlencode 'comment={wish.comment}'" if wish.comment else ""
        terminal.call(f"curl -X POST {link}{shown}")
        answer = web.post_form(urljoin(link, page.action), fields)
        decided = Page(answer.body)
        terminal.quote(decided.text)
        expect(
            that=answer.status == _OK and wish.decision in decided.text.lower(),
            otherwise=f"The page was to say {wish.decision}, with status 200, not {answer.status}.",
        )
        terminal.check(f"The request is {wish.decision}")

    def _read_decision(self, inbox: Inbox, wish: Wish) -> None:
        self._terminal.tell(f"{wish.employee.name} gets a mail …")
        letter = inbox.wait_for_next(seconds=WAIT_SECONDS)
        self._show(letter)
        expect(
            that=wish.decision in letter.text.lower(),
            otherwise=f"The mail was to say {wish.decision}.",
        )
        expect(
            that=wish.comment in " ".join(letter.text.split()),
            otherwise=f"The mail was to quote the lead: {wish.comment}",
        )
        quoted = " and quotes the lead" if wish.comment else ""
        self._terminal.check(f"It says {wish.decision}{quoted}")

    def _id_token(self, person: Person) -> str:
        answer = web.post_json(f"{self._facts.google_url}/_fake/id_token", {"email": person.email})
        token = answer.fields().get("id_token")
        if not isinstance(token, str):
            raise DemoFailedError(f"No ID token for {person.email}: {answer.body}")
        return token

    def _expect_running(self, execution: str, good: str) -> None:
        status = self._view.status(execution)
        expect(that=status == "RUNNING", otherwise=f"The workflow is {status}, not RUNNING.")
        self._terminal.check(good)

    def _show(self, letter: Letter) -> None:
        self._terminal.quote(
            f"From: {letter.sender}\nTo: {letter.to}\nSubject: {letter.subject}\n\n{letter.text}"
        )
