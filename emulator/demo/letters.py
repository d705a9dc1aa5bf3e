"""The mails of the stage, and the links in them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from emulator.demo import web
from emulator.demo.failure import DemoFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Letter:
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

    def wait_for_next(self, *, seconds: float) -> Letter:
        """Take the next mail, waiting for it if need be."""
        deadline = time.monotonic() + seconds
        while not (waiting := self._messages()):
            if time.monotonic() > deadline:
                raise DemoFailedError(f"No mail to {self._address} came within {seconds:.0f} s.")
            time.sleep(0.1)
        self._read += 1
        return _letter(waiting[0])

    def _messages(self) -> list[dict[str, Any]]:
        answer = web.get(self._url)
        messages = answer.items()
        if messages is None:
            raise DemoFailedError(f"{self._url} answered {answer.status}: {answer.body[:200]}")
        return messages[self._read :]


def _letter(message: Mapping[str, Any]) -> Letter:
    return Letter(
        sender=str(message["from"]),
        to=str(message["to"]),
        subject=str(message["subject"]),
        text=str(message["text"]),
    )
