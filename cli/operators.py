"""Who runs the command, for the records."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from cli.stage import Stage


def operator(stage: Stage) -> str:
    """Return who AWS takes us for, such as `user/jane`, or else the account on this machine."""
    try:
        arn: str = stage.client("sts").get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError):
        return getpass.getuser()
    return arn.rpartition(":")[2]
