"""The demo: two requests on a stage of its own; every step is checked as it is told."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from emulator.demo import web
from emulator.demo.stage_view import Inbox, StageView
from emulator.demo.terminal import Terminal
from emulator.demo.web import DemoFailedError, Page, expect
from emulator.errors import StageError
from emulator.progress import Progress
from emulator.stage import StageOptions, running_stage
from emulator.summary import working_day_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from emulator.demo.stage_view import Mail
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

    def play(self, leave: RequestedLeave) -> None:
        """Play one request, from the employee's call to the employee's mail."""
        inbox = Inbox(self._facts.google_url, leave.employee.email)
        execution = self._ask(leave)
        link = self._read_request(leave)
        page = self._look(link, execution, inbox)
        self._decide(page, link, leave)
        self._terminal.tell("The state machine goes on …")
        self._view.wait_until_succeeded(execution, seconds=WAIT_SECONDS)
        self._terminal.check("The workflow is SUCCEEDED")
        self._read_decision(inbox, leave)

    def _ask(self, leave: RequestedLeave) -> str:
        person, terminal = leave.employee, self._terminal
        token = self._id_token(person)
        url = f"{self._facts.api_url}/request_leave"
        body = {"employeeId": person.employee_id, "date": leave.day.isoformat()}
        terminal.tell(f"{person.name} ({person.employee_id}) asks for {leave.day:%A, %-d %B %Y}:")
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

    def _read_request(self, leave: RequestedLeave) -> str:
        terminal = self._terminal
        terminal.tell(f"{self._lead.name}, the lead, gets a mail …")
        mail = self._lead_inbox.wait_for_next(seconds=WAIT_SECONDS)
        self._show(mail)
        found = {d: mail.links(self._facts.api_url, d) for d in ("approved", "denied")}
        expect(
            that=all(len(links) == 1 for links in found.values()),
            otherwise="The mail was to have exactly one link to approve and one to deny.",
        )
        expect(
            that=leave.employee.name in mail.text,
            otherwise=f"The mail was to name {leave.employee.name}.",
        )
        terminal.check("It names the employee, and has one link to approve and one to deny")
        return found[leave.decision].pop()

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

    def _decide(self, page: Page, link: str, leave: RequestedLeave) -> None:
        terminal = self._terminal
        fields = {**page.fields, "comment": leave.comment}
        terminal.tell(f"{self._lead.name} presses the button:")
        shown = f" --data-urlencode 'comment={leave.comment}'" if leave.comment else ""
        terminal.call(f"curl -X POST {link}{shown}")
        answer = web.post_form(urljoin(link, page.action), fields)
        decided = Page(answer.body)
        terminal.quote(decided.text)
        expect(
            that=answer.status == _OK and leave.decision in decided.text.lower(),
            otherwise=f"The page was to say {leave.decision} with 200, not {answer.status}.",
        )
        terminal.check(f"The request is {leave.decision}")

    def _read_decision(self, inbox: Inbox, leave: RequestedLeave) -> None:
        self._terminal.tell(f"{leave.employee.name} gets a mail …")
        mail = inbox.wait_for_next(seconds=WAIT_SECONDS)
        self._show(mail)
        expect(
            that=leave.decision in mail.text.lower(),
            otherwise=f"The mail was to say {leave.decision}.",
        )
        expect(
            that=leave.comment in " ".join(mail.text.split()),
            otherwise=f"The mail was to quote the lead: {leave.comment}",
        )
        quoted = " and quotes the lead" if leave.comment else ""
        self._terminal.check(f"It says {leave.decision}{quoted}")

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

    def _show(self, mail: Mail) -> None:
        self._terminal.quote(
            f"From: {mail.sender}\nTo: {mail.to}\nSubject: {mail.subject}\n\n{mail.text}"
        )


@dataclass(frozen=True, kw_only=True)
class Person:
    """An employee of the sample directory."""

    employee_id: str
    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class RequestedLeave:
    """A day of leave, and what becomes of the request: `decision` is `approved` or `denied`."""

    employee: Person
    day: date
    decision: str
    comment: str = ""


JOHN = Person(employee_id="E001", name="John Carpenter", email="john@foo.com")
JIM = Person(employee_id="E002", name="Jim O'Dell", email="jim@foo.com")
JANE = Person(employee_id="E003", name="Jane Cook", email="jane@foo.com")


REASON = "We release that week, please choose another one."


def run(arguments: Sequence[str]) -> int:
    """Play the demo; return 0 when everything was so, 1 otherwise."""
    options = _parser().parse_args(arguments)
    terminal, progress = Terminal(), Progress()
    terminal.heading("The local stage: AWS and Google on this machine, and the real Pulumi program")
    try:
        with running_stage(StageOptions(port=options.port), progress) as stage:
            _play(stage.facts, terminal)
    except StageError as error:
        terminal.failure(f"The local stage failed. {error}")
        return 1
    except DemoFailedError:
        return 1
    terminal.success(f"All of it was true. It took {progress.elapsed:.0f} seconds.")
    return 0


def _play(facts: StageFacts, terminal: Terminal) -> None:
    view = StageView(facts)
    day = working_day_ahead(datetime.now().astimezone().date())
    story = Story(facts, view, terminal, lead=JOHN)
    try:
        terminal.heading("Jim's leave request is approved")
        story.play(RequestedLeave(employee=JIM, day=day, decision="approved"))
        terminal.heading("Jane's leave request is denied")
        later = day + timedelta(weeks=1)
        story.play(RequestedLeave(employee=JANE, day=later, decision="denied", comment=REASON))
    except DemoFailedError as error:
        # While the stage still runs: the logs are in it.
        terminal.failure(str(error))
        terminal.tell("The last lines the functions logged:")
        terminal.quote(view.log_tails())
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator.demo",
        description="Play the demo run on a local stage of its own: Jim's leave request is "
        "approved, Jane's is denied.",
    )
    parser.add_argument("--port", type=int, metavar="N", help="port of the emulated AWS")
    return parser
