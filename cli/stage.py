"""The AWS resources of a stage, found by the names that the Pulumi program gives them."""

from __future__ import annotations

import os
import re
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CommandError
from leave.adapters.dynamodb.table import Table

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


def open_table(stage: str) -> Table:
    """Return the table of this stage in the account and region of the AWS environment.

    Raises `CommandError` when there is none or AWS does not let us look.
    """
    if not _NAME.fullmatch(stage):
        raise CommandError(f"{stage!r} is no name of a stage, such as dev or prod.")
    name = f"leave-{stage}"
    # boto3 itself knows AWS_DEFAULT_REGION only; every other AWS tool reads AWS_REGION first.
    region = os.environ.get("AWS_REGION") or None
    try:
        client: Any = boto3.client(  # pyright: ignore[reportUnknownMemberType]
            "dynamodb", region_name=region
        )
    except BotoCoreError as error:
        raise CommandError(f"{error} Set AWS_REGION and AWS_PROFILE, or keys.") from error
    try:
        client.describe_table(TableName=name)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ResourceNotFoundException":
            raise CommandError(
                f"There is no table {name} in {client.meta.region_name}. Check --stage and"
                f" AWS_REGION, or create the stage with `pulumi up -s {stage}`."
            ) from error
        raise CommandError(f"AWS refuses to describe {name}: {error}") from error
    except BotoCoreError as error:
        raise CommandError(
            f"AWS can not be reached: {error} Set AWS_PROFILE (or keys) and AWS_REGION."
        ) from error
    return Table(client, name)
