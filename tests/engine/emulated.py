"""AWS and Google on this machine, and what is the same for all stages that are made in them."""

from __future__ import annotations

import io
import json
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from emulator import ports
from emulator.aws import EmulatedAws
from emulator.directory import sample_people
from emulator.google import GoogleStandIn
from emulator.machine import settings_of_this_machine
from emulator.ministack import MiniStack
from emulator.ministack_settings import MiniStackSettings
from emulator.prepare import prepare
from emulator.progress import Progress
from emulator.ready import StageFacts
from emulator.stack_config import stack_config
from tests.engine.workshop import PROJECT

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.engine.workshop import Clone

STAGE = "trial"
REAL = os.environ.get("LEAVE_AWS_PROVIDER") == "real"
CONFIG = stack_config(PROJECT, "local", {})
REGION = CONFIG["aws:region"]
# https://www.pulumi.com/registry/packages/aws/installation-configuration/
SERVICES = (
    *("apigatewayv2", "cloudwatch", "dynamodb", "iam", "lambda", "logs", "scheduler"),
    *("secretsmanager", "sfn", "sns", "sqs", "sts"),
)


@dataclass(frozen=True, kw_only=True)
class ScaledSettings(MiniStackSettings):
    """A MiniStack whose state machines wait for a share of the time; no time-out is shorter."""

    wait_scale: float

    def environment(self, *, scratch: str, name: str) -> dict[str, str]:
        settings = super().environment(scratch=scratch, name=name)
        return {**settings, "SFN_WAIT_SCALE": str(self.wait_scale)}


@dataclass(frozen=True, kw_only=True)
class Emulated:
    """A MiniStack, a stand-in for Google, and the one stage in them."""

    ministack: MiniStack
    google: GoogleStandIn

    @cached_property
    def aws(self) -> EmulatedAws:
        """Clients with all rights."""
        return EmulatedAws(endpoint_url=self.ministack.url, region=REGION)

    @property
    def addresses(self) -> dict[str, str]:
        """What the stage is told of Google."""
        return {"leave:oidc-issuer": self.google.url, "leave:gmail-endpoint": self.google.url}

    @property
    def values(self) -> dict[str, object]:
        """What has to be configured besides what the file of the local stage says."""
        provider: dict[str, object] = {
            "aws:endpoints": [dict.fromkeys(SERVICES, self.ministack.url)],
            "aws:skipCredentialsValidation": True,
            "aws:skipMetadataApiCheck": True,
        }
        return self.addresses | settings_of_this_machine() | (provider if REAL else {})

    def facts(self, clone: Clone) -> StageFacts:
        """What Pulumi says of the stage, once it is made."""
        return StageFacts.of(
            json.loads(clone.shell(f"pulumi stack output -s {STAGE} --json")),
            config={**CONFIG, **self.addresses},
            stage=STAGE,
            aws_url=self.ministack.url,
            inbox_url=self.google.inbox_url,
        )

    def let_it_mail(self, facts: StageFacts) -> None:
        """Store the credentials of its mailbox."""
        self.aws.secrets.put_secret_value(
            SecretId=facts.gmail_secret_name,
            SecretString=json.dumps(self.google.gmail_credentials()),
        )


@contextmanager
def emulated(log: Path, *, wait_scale: float = 1.0) -> Generator[Emulated]:
    """Start both, and stop them in the end."""
    with ExitStack() as started:
        settings = ScaledSettings(
            python=prepare(Progress(io.StringIO()), {}),
            port=ports.free_port(),
            region=REGION,
            log=log,
            wait_scale=wait_scale,
        )
        ministack = started.enter_context(MiniStack(settings))
        google = started.enter_context(
            GoogleStandIn(
                audiences=json.loads(CONFIG["leave:oidc-audiences"]),
                mailbox=CONFIG["leave:mail-sender"],
                people=sample_people(),
            )
        )
        ministack.wait_until_healthy()
        yield Emulated(ministack=ministack, google=google)
