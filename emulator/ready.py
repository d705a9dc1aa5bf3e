"""The ready file: what others need to know of a running stage, there only while it runs."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from emulator.account import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from emulator.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class StageFacts:
    """A running stage. URLs have no slash at the end; the keys are the emulated account's.

    `oauth_client` is the client file that employees sign in with, as Google's console would offer
    it, and `mail_client` the one of the mailbox that sends.
    """

    stage: str
    api_url: str
    aws_endpoint_url: str
    google_url: str
    inbox_url: str
    region: str
    state_machine_arn: str
    table_name: str
    gmail_secret_name: str
    functions: Mapping[str, str]
    issuer: str
    audience: str
    mailbox: str
    access_key_id: str
    secret_access_key: str
    oauth_client: Mapping[str, Any] | None = None
    mail_client: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls,
        exports: Mapping[str, Any],
        *,
        config: Mapping[str, str],
        stage: str,
        aws_url: str,
        inbox_url: str,
    ) -> StageFacts:
        """Take them from the stack's exports and its configuration."""
        return cls(
            stage=stage,
            api_url=exports["api_url"],
            aws_endpoint_url=aws_url,
            google_url=config["leave:gmail-endpoint"],
            inbox_url=inbox_url,
            region=exports["region"],
            state_machine_arn=exports["state_machine_arn"],
            table_name=exports["table_name"],
            gmail_secret_name=exports["gmail_secret_name"],
            functions=exports["functions"],
            issuer=config["leave:oidc-issuer"],
            audience=json.loads(config["leave:oidc-audiences"])[0],
            mailbox=config["leave:mail-sender"],
            access_key_id=ACCESS_KEY_ID,
            secret_access_key=SECRET_ACCESS_KEY,
        )


def remove(path: Path) -> None:
    """Remove the file a former stage left; raises StageError when a new one could not be made."""
    try:
        path.unlink(missing_ok=True)
        problem = "" if os.access(path.parent, os.W_OK) else f"{path.parent} is not writable"
    except OSError as error:
        problem = f"{path}: {error.strerror}"
    if problem:
        raise StageError(
            f"The ready file cannot be written: {problem}.",
            cure="Name a file in a directory that exists and can be written with --ready-file.",
        )


def write(path: Path, facts: StageFacts) -> None:
    """Write the file whole: who sees it can read it, and the stage is ready."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(_text(facts), encoding="utf-8")
    part.replace(path)


def withdraw(path: Path, facts: StageFacts) -> None:
    """Remove the file of a stage that ends, unless a later stage has put its own there."""
    try:
        if path.read_text(encoding="utf-8") != _text(facts):
            return
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)


def _text(facts: StageFacts) -> str:
    return json.dumps(asdict(facts), indent=2) + "\n"
