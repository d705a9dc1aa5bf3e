"""The file in which a local stage tells where it runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from cli.errors import CommandError
from leave.domain.values import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_REQUIRED = (
    "api_url",
    "aws_endpoint_url",
    "region",
    "table_name",
    "access_key_id",
    "secret_access_key",
)
_TABLE_PREFIX = "leave-"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadyFile:
    """A running local stage, with client files like those that Google's console gives.

    `oauth_client` is what employees sign in with, and `mail_client` what the mailbox agrees to.
    Each is None when the stage names none.
    """

    stage: str
    api_url: str
    aws_endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: Secret
    oauth_client: Mapping[str, Any] | None
    mail_client: Mapping[str, Any] | None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file; raises `CommandError` when it is not there or not what a stage writes."""
        try:
            facts: Any = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(
                f"{path} cannot be read ({error.strerror}). A local stage writes it when it is"
                " ready: `python -m emulator --ready-file FILE`."
            ) from error
        except ValueError as error:
            raise CommandError(
                f"{path} is not a ready file of a local stage: it is not JSON."
            ) from error
        values = cast("dict[str, Any]", facts) if isinstance(facts, dict) else {}
        if missing := [name for name in _REQUIRED if not isinstance(values.get(name), str)]:
            raise CommandError(
                f"{path} is not a ready file of a local stage: it lacks {', '.join(missing)}."
            )
        return cls(
            stage=values["table_name"].removeprefix(_TABLE_PREFIX),
            api_url=values["api_url"],
            aws_endpoint_url=values["aws_endpoint_url"],
            region=values["region"],
            access_key_id=values["access_key_id"],
            secret_access_key=Secret(values["secret_access_key"]),
            oauth_client=values.get("oauth_client"),
            mail_client=values.get("mail_client"),
        )
