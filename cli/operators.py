"""Who runs the command, for the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CommandError
from cli.stage import aws_trouble

if TYPE_CHECKING:
    from cli.stage import Stage


def operator(stage: Stage) -> str:
    """Return who AWS takes the caller for, such as `user/jane`.

    Raises `CommandError` where AWS does not tell. Everybody with credentials may ask:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    try:
        arn: str = stage.client("sts").get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError) as error:
        raise CommandError(
            "AWS does not say who runs this command, and the records must name an operator."
            f" Nothing was written. {aws_trouble(error, 'say whose credentials these are')}"
        ) from error
    return arn.rpartition(":")[2]
