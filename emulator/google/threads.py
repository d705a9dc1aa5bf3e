"""Which mails Gmail shows as one conversation.

Google's rule since 2019: the same subject, and References (or In-Reply-To) that name the same id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.google.headers import Head

_PREFIX = re.compile(r"^\s*(re|fwd?|aw|wg)\s*:\s*", re.IGNORECASE)


class UnknownThreadError(Exception):
    """The sender's mailbox has no thread of that id."""


@dataclass(frozen=True)
class Link:
    """What ties a mail to a thread: whose mailbox, which subject, which id."""

    owner: str
    subject: str
    message_id: str


class Threads:
    """The threads of every mailbox that sent something; outlives the mails themselves."""

    def __init__(self) -> None:
        self._by_link: dict[Link, str] = {}
        self._ids: dict[str, set[str]] = {}

    def choose(self, owner: str, head: Head, *, wanted: str | None, fresh: str) -> str:
        """Return the thread a mail belongs to: `wanted` if it fits, a known one, else `fresh`.

        UnknownThreadError when `wanted` is no thread of `owner`.
        """
        if wanted is not None and wanted not in self._ids.get(owner.lower(), set()):
            raise UnknownThreadError(wanted)
        known = [
            self._by_link[link] for link in links(owner, head, own=False) if link in self._by_link
        ]
        if wanted in known:
            return wanted
        return known[0] if known and wanted is None else fresh

    def remember(self, links: Iterable[Link], thread_id: str) -> None:
        """Let later mails with one of `links` join `thread_id`."""
        for link in links:
            self._by_link.setdefault(link, thread_id)
            self._ids.setdefault(link.owner, set()).add(thread_id)

    def as_json(self) -> list[list[str]]:
        """Return everything known, for `restore`."""
        return [
            [link.owner, link.subject, link.message_id, thread]
            for link, thread in self._by_link.items()
        ]

    def restore(self, entries: list[list[str]]) -> None:
        """Know again what `as_json` returned."""
        for owner, subject, message_id, thread in entries:
            self.remember([Link(owner, subject, message_id)], thread)


def links(owner: str, head: Head, *, own: bool) -> list[Link]:
    """Return the links of a mail; `own` adds the one by its own Message-ID."""
    subject = head.value("Subject").strip()
    while (bare := _PREFIX.sub("", subject)) != subject:
        subject = bare
    ids = head.ids("References", "In-Reply-To", *(("Message-ID",) if own else ()))
    return [Link(owner.lower(), subject, found) for found in dict.fromkeys(ids)]
