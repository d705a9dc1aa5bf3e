"""A stage that the real engine makes in MiniStack works: the demo's story is played on it.

With LEAVE_AWS_PROVIDER=real in the environment, Pulumi's AWS provider makes the stage, as the
workflow provider.yml lets it; else the creators of the local stage do.
"""

from __future__ import annotations

import io
import json
import os
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from emulator import ports
from emulator.aws import EmulatedAws
from emulator.child_environment import of_emulated_aws
from emulator.demo.cast import JANE, JIM, JOHN, Wish
from emulator.demo.stage_view import StageView
from emulator.demo.story import Story
from emulator.demo.terminal import Terminal
from emulator.directory import SampleImport, sample_people
from emulator.google import GoogleStandIn
from emulator.machine import settings_of_this_machine
from emulator.ministack import MiniStack
from emulator.ministack_settings import MiniStackSettings
from emulator.prepare import prepare
from emulator.progress import Progress
from emulator.ready import StageFacts
from emulator.stack_config import stack_config
from emulator.summary import working_day_ahead
from tests.engine.workshop import PROJECT, Workshop

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

STAGE = "trial"
REAL = os.environ.get("LEAVE_AWS_PROVIDER") == "real"
CONFIG = stack_config(PROJECT, "local", {})
REGION = CONFIG["aws:region"]
# https://www.pulumi.com/registry/packages/aws/installation-configuration/
SERVICES = (
    *("apigatewayv2", "cloudwatch", "dynamodb", "iam", "lambda", "logs", "scheduler"),
    *("secretsmanager", "sfn", "sns", "sqs", "sts"),
)
# What a second update changes because MiniStack answers otherwise than AWS; each with the reason.
THROUGH_MINISTACK: dict[tuple[str, str], str] = {}


@contextmanager
def stand_ins(log: Path) -> Generator[tuple[MiniStack, GoogleStandIn]]:
    """AWS and Google on this machine."""
    with ExitStack() as started:
        ministack = started.enter_context(
            MiniStack(
                MiniStackSettings(
                    python=prepare(Progress(io.StringIO()), {}),
                    port=ports.free_port(),
                    region=REGION,
                    log=log,
                )
            )
        )
        google = started.enter_context(
            GoogleStandIn(
                audiences=json.loads(CONFIG["leave:oidc-audiences"]),
                mailbox=CONFIG["leave:mail-sender"],
                people=sample_people(),
            )
        )
        ministack.wait_until_healthy()
        yield ministack, google


def play(facts: StageFacts) -> None:
    """Jim's request is approved and Jane's is denied, each with all mails, as in the demo."""
    story = Story(facts, StageView(facts), Terminal(io.StringIO()), lead=JOHN)
    day = working_day_ahead(datetime.now(UTC).date())
    story.play(Wish(employee=JIM, day=day, decision="approved"))
    later = day + timedelta(weeks=1)
    story.play(Wish(employee=JANE, day=later, decision="denied", comment="Not that week."))


def test_the_story_of_the_demo_is_true_on_a_stage_of_the_real_engine(tmp_path: Path) -> None:
    with stand_ins(tmp_path / "aws.log") as (ministack, google):
        clone = Workshop(tmp_path, aws=ministack.url, stands_in=not REAL).clone()
        addresses = {"leave:oidc-issuer": google.url, "leave:gmail-endpoint": google.url}
        provider: dict[str, object] = {
            "aws:endpoints": [dict.fromkeys(SERVICES, ministack.url)],
            "aws:skipCredentialsValidation": True,
            "aws:skipMetadataApiCheck": True,
        }
        values = addresses | settings_of_this_machine() | (provider if REAL else {})
        clone.configure(STAGE, values, like="local")
        clone.shell(f"pulumi stack init {STAGE}")
        planned = clone.pulumi(f"preview -s {STAGE}")
        made = clone.pulumi(f"up -s {STAGE}")
        assert planned.of("create") == made.of("create")
        outputs = json.loads(clone.shell(f"pulumi stack output -s {STAGE} --json"))
        facts = StageFacts.of(
            outputs,
            config={**CONFIG, **addresses},
            stage=STAGE,
            aws_url=ministack.url,
            inbox_url=google.inbox_url,
        )
        EmulatedAws(endpoint_url=ministack.url, region=REGION).secrets.put_secret_value(
            SecretId=facts.gmail_secret_name, SecretString=json.dumps(google.gmail_credentials())
        )
        emulated = of_emulated_aws(os.environ, endpoint_url=ministack.url, region=REGION)
        SampleImport(stage=STAGE, environment=emulated).finish()
        again = clone.pulumi(f"up -s {STAGE}")
        assert {*again.operation} - again.of("same") <= THROUGH_MINISTACK.keys()
        play(facts)
        removed = clone.pulumi(f"destroy -s {STAGE}")
        assert removed.of("delete") == made.of("create")
