"""The stage under examination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CommandError
from cli.stage import aws_trouble

if TYPE_CHECKING:
    from typing import Self

    from cli.stage import Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """A stage, and as whom AWS lets us look; `arn` is that of the caller."""

    stage: Stage
    arn: str
    region: str

    @classmethod
    def received(cls, stage: Stage) -> Self:
        """Return the stage; raises `CommandError` when AWS knows nobody by these credentials."""
        client = stage.client("sts")
        try:
            arn: str = client.get_caller_identity()["Arn"]
        except (BotoCoreError, ClientError) as error:
            raise CommandError(aws_trouble(error, "say whose credentials these are")) from error
        return cls(stage=stage, arn=arn, region=client.meta.region_name)

    @property
    def deploy(self) -> str:
        """What makes the stage whole."""
        return f"Run `pulumi up -s {self.stage.name}`."

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the workflow, in the caller's account and partition."""
        _, partition, _, _, account, _ = self.arn.split(":", 5)
        name = self.stage.state_machine_name
        return f"arn:{partition}:states:{self.region}:{account}:stateMachine:{name}"
