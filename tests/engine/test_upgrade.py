"""A stage of the previous commit is updated while requests wait, and all their links stay good.

The stand-in for the provider deletes nothing, and finds what is there by its name. So what AWS
would delete is read from what the engine asks for.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from emulator.demo.web import Page
from emulator.directory import import_sample
from tests.end_to_end.employees import ADMIN, Employee
from tests.end_to_end.people import MAIL_SECONDS, fresh_day
from tests.end_to_end.sweeps import make_sweep, set_asked
from tests.end_to_end.workflows import end_of, wait_until_mailed
from tests.engine.emulated import STAGE, emulated
from tests.engine.predecessor import predecessor, previous_commit
from tests.engine.workshop import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.aws import EmulatedAws
    from emulator.ready import StageFacts
    from tests.end_to_end.people import Mail
    from tests.engine.workshop import Clone

UNDO = "leave:undo-seconds"
# The longest there is, so that no update takes longer; the state machine looks far more often.
LONGEST, WAIT_SCALE = 3600, 0.001
# What mailed links lead to, and what waits for their answers.
LASTING = {
    "apigatewayv2/api:Api",
    "apigatewayv2/stage:Stage",
    "dynamodb/table:Table",
    "lambda/function:Function",
    "secretsmanager/secret:Secret",
    "sfn/stateMachine:StateMachine",
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The stage, as tests on the local stage know it."""

    facts: StageFacts
    aws: EmulatedAws


@dataclass(frozen=True, kw_only=True)
class PendingItem:
    """A request with an open question, and the mail that asks."""

    request_id: str
    ref: str
    employee: Employee
    approver: Employee
    mail: Mail

    @classmethod
    def of(cls, said: dict[str, str], employee: Employee, approver: Employee) -> PendingItem:
        """Wait for the mail that asks an approver."""
        request_id, deadline = said["requestId"], time.monotonic() + MAIL_SECONDS
        while not (asking := [m for m in approver.mails(request_id) if "/approved/" in m.text]):
            assert time.monotonic() < deadline, f"{approver.email} is not asked about {request_id}"
            time.sleep(0.1)
        return cls(
            request_id=request_id,
            ref=said["ref"],
            employee=employee,
            approver=approver,
            mail=asking[-1],
        )

    def press(self, decision: str, comment: str = "") -> str:
        """Open the link of the mail and press the button; return what the page says."""
        answer = self.approver.press(self.mail.link(decision), comment)
        assert answer.status == 200, answer.body
        return Page(answer.body).text


def test_what_waits_is_decided_by_the_links_of_before_the_update(tmp_path: Path) -> None:
    parent = previous_commit()
    with emulated(tmp_path / "aws.log", wait_scale=WAIT_SCALE) as around:
        workshop = Workshop(tmp_path, aws=around.ministack.url)
        before = predecessor(workshop, parent)
        # Jane is asked after John.
        values = around.values | {UNDO: LONGEST, "leave:fallback-approver": "E003"}
        before.configure(STAGE, values, like="local")
        before.shell(f"pulumi stack init {STAGE}")
        made = before.pulumi(f"up -s {STAGE}")
        stage = Stage(facts=around.facts(before), aws=around.aws)
        around.let_it_mail(stage.facts)
        import_sample(stage.facts.api_url, google_url=stage.facts.google_url, admin=ADMIN)
        john, jim, jane = (Employee(stage.facts, f"{n}@foo.com") for n in ("john", "jim", "jane"))

        asked = PendingItem.of(jim.submit(date=fresh_day().isoformat()), jim, john)

        said = jim.submit(date=fresh_day().isoformat())
        ignored = PendingItem.of(said, jim, john)
        wait_until_mailed(stage, ignored.request_id)
        set_asked(stage, ignored.request_id, days_ago=20)
        make_sweep(stage)
        escalated = PendingItem.of(said, jim, jane)

        today = datetime.now(UTC).date()
        week = {"start": today.isoformat(), "end": (today + timedelta(days=6)).isoformat()}
        said = jane.submit(**week, type="sick")
        jane.wait_for_mail(said["requestId"])
        assert jane.withdraw(said["requestId"]).status == 202
        cancelling = PendingItem.of(said | {"ref": f"{said['ref']}-2"}, jane, john)

        undoable = PendingItem.of(jane.submit(date=fresh_day().isoformat()), jane, john)
        assert "approved" in undoable.press("approved")

        now = workshop.clone("now")
        shutil.copy(before.folder / f"Pulumi.{STAGE}.yaml", now.folder)
        updated = now.pulumi(f"up -s {STAGE}")
        facts = around.facts(now)
        assert deployed(facts, around.aws) == built(now)
        lasting = {resource for resource in made.of("create") if resource[0] in LASTING}
        assert {type_ for type_, _ in lasting} == LASTING
        assert lasting <= updated.of("same") | updated.of("update"), "AWS would delete the rest"
        assert replace(facts, functions=stage.facts.functions) == stage.facts

        assert "Your answer was taken back" in undoable.press("approved")
        # Waiting for an hour is not what this test is about.
        now.shell(f"pulumi config set -s {STAGE} {UNDO} 0")
        now.pulumi(f"up -s {STAGE}")
        for one in (asked, escalated, cancelling):
            one.press("approved")
        undoable.press("denied", "Not that week")

        for one in (asked, escalated):
            assert "approved" in jim.wait_for_mail(one.request_id).text
        assert "Your leave is cancelled" in jane.wait_for_mails(cancelling.request_id, 2)[-1].text
        assert "Not that week" in jane.wait_for_mail(undoable.request_id).text
        for one in (asked, escalated, cancelling, undoable):
            assert end_of(stage, one.ref) == "SUCCEEDED"
        assert {jane.request(one.request_id)["status"] for one in (cancelling, undoable)} == {
            "cancelled",
            "denied",
        }
        assert len(jane.mails(undoable.request_id)) == 1, "she never hears of the first answer"
        late = john.open(ignored.mail.link("approved"))
        assert Page(late.body).method is None, "who was passed over decides nothing"


def deployed(facts: StageFacts, aws: EmulatedAws) -> set[str]:
    """Digests of the code of all functions."""
    return {
        aws.functions.get_function_configuration(FunctionName=name)["CodeSha256"]
        for name in facts.functions.values()
    }


def built(clone: Clone) -> set[str]:
    """Digests of the code that the stage's state names."""
    state = clone.shell(f"pulumi stack export -s {STAGE}")
    archives = set(re.findall(r"\.build/code-\w+\.zip", state))
    digests = (hashlib.sha256((clone.folder / archive).read_bytes()) for archive in archives)
    return {base64.b64encode(digest.digest()).decode() for digest in digests}
