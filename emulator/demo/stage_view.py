"""What the demo sees of the stage: the state machine, the functions' logs and the mails."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from emulator.aws import EmulatedAws
from emulator.demo import web
from emulator.demo.web import DemoFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.ready import StageFacts

_LINES_PER_FUNCTION = 12


class StageView:
    """Looks at AWS the way an operator does in the console."""

    def __init__(self, facts: StageFacts) -> None:
        self._facts = facts
        self._aws = EmulatedAws(endpoint_url=facts.aws_endpoint_url, region=facts.region)

    def status(self, execution: str) -> str:
        """The status of an execution of the state machine."""
        try:
            return self._aws.workflows.describe_execution(executionArn=execution)["status"]
        except (BotoCoreError, ClientError) as error:
            raise DemoFailedError(f"The execution {execution} cannot be read: {error}") from error

    def wait_until_succeeded(self, execution: str, *, seconds: float) -> None:
        """Wait for the end of an execution, which must be a good one."""
        deadline = time.monotonic() + seconds
        while (status := self.status(execution)) == "RUNNING":
            if time.monotonic() > deadline:
                raise DemoFailedError(
                    f"The workflow is still RUNNING {seconds:.0f} seconds after the decision."
                )
            time.sleep(0.1)
        if status != "SUCCEEDED":
            raise DemoFailedError(f"The workflow ended {status} instead of SUCCEEDED.")

    def log_tails(self) -> str:
        """The last lines every function logged."""
        tails: list[str] = []
        for name in sorted(self._facts.functions.values()):
            try:
                events = self._aws.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")
            except (BotoCoreError, ClientError) as error:
                tails.append(f"{name}: {error}")
                continue
            lines = [event.get("message", "").rstrip() for event in events.get("events", [])]
            if lines:
                tails += [f"── {name}", *lines[-_LINES_PER_FUNCTION:]]
        return "\n".join(tails)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail as its reader sees it; `text` is its plain part."""

    sender: str
    to: str
    subject: str
    text: str

    def links(self, api_url: str, decision: str) -> set[str]:
        """Return the links in it that lead to a decision."""
        begin = re.escape(f"{api_url}/leave_lead_response/{decision}/")
        return set(re.findall(rf"{begin}[A-Za-z0-9._~-]+", self.text))


class Inbox:
    """The mailbox of one person, in the stand-in for Gmail; mails are taken in their order."""

    def __init__(self, google_url: str, address: str) -> None:
        self._url = f"{google_url}/_fake/messages?to={quote(address)}"
        self._address = address
        self._read = 0

    def count_unread(self) -> int:
        """The number of mails that were not taken yet."""
        return len(self._messages())

    def wait_for_next(self, *, seconds: float) -> Mail:
        """Take the next mail, waiting for it if need be."""
        deadline = time.monotonic() + seconds
        while not (waiting := self._messages()):
            if time.monotonic() > deadline:
                raise DemoFailedError(f"No mail to {self._address} came within {seconds:.0f} s.")
            time.sleep(0.1)
        self._read += 1
        return _mail(waiting[0])

    def _messages(self) -> list[dict[str, Any]]:
        answer = web.get(self._url)
        messages = answer.items()
        if messages is None:
            raise DemoFailedError(f"{self._url} answered {answer.status}: {answer.body[:200]}")
        return messages[self._read :]


def _mail(message: Mapping[str, Any]) -> Mail:
    return Mail(
        sender=str(message["from"]),
        to=str(message["to"]),
        subject=str(message["subject"]),
        text=str(message["text"]),
    )
