"""Who runs the command, for the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CommandError

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
            f"AWS does not tell who runs this command ({str(error).rstrip('.')}), and the records"
            " must name an operator. Check your credentials and that STS can be reached, then run"
            " the command again; nothing was written."
        ) from error
    return arn.rpartition(":")[2]
