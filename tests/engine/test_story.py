"""A stage that the real engine makes in MiniStack works: the demo's story is played on it.

With LEAVE_AWS_PROVIDER=real in the environment, Pulumi's AWS provider makes the stage, as the
workflow provider.yml lets it; else the creators of the local stage do.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from emulator.demo.stage_view import StageView
from emulator.demo.story import JANE, JIM, JOHN, RequestedLeave, Story
from emulator.demo.terminal import Terminal
from emulator.directory import import_sample
from emulator.summary import working_day_ahead
from tests.end_to_end.employees import ADMIN
from tests.engine.emulated import REAL, STAGE, emulated
from tests.engine.workshop import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.ready import StageFacts

# What a second update changes because MiniStack answers otherwise than AWS; each with the reason.
THROUGH_MINISTACK: dict[tuple[str, str], str] = {}


def play(facts: StageFacts) -> None:
    """Jim's request is approved and Jane's is denied, each with all mails, as in the demo."""
    story = Story(facts, StageView(facts), Terminal(io.StringIO()), lead=JOHN)
    day = working_day_ahead(datetime.now(UTC).date())
    story.play(RequestedLeave(employee=JIM, day=day, decision="approved"))
    later = day + timedelta(weeks=1)
    story.play(
        RequestedLeave(employee=JANE, day=later, decision="denied", comment="Not that week.")
    )


def test_the_story_of_the_demo_is_true_on_a_stage_of_the_real_engine(tmp_path: Path) -> None:
    with emulated(tmp_path / "aws.log") as around:
        url = around.ministack.url
        clone = Workshop(tmp_path, aws=url, stands_in=not REAL).clone()
        clone.configure(STAGE, around.values, like="local")
        clone.shell(f"pulumi stack init {STAGE}")
        planned = clone.pulumi(f"preview -s {STAGE}")
        made = clone.pulumi(f"up -s {STAGE}")
        assert planned.of("create") == made.of("create")
        facts = around.facts(clone)
        around.let_it_mail(facts)
        import_sample(facts.api_url, google_url=facts.google_url, admin=ADMIN)
        again = clone.pulumi(f"up -s {STAGE}")
        assert {*again.operation} - again.of("same") <= THROUGH_MINISTACK.keys()
        play(facts)
        removed = clone.pulumi(f"destroy -s {STAGE}")
        assert removed.of("delete") == made.of("create")
