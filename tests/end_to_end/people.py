"""People who use a stage: they sign in, ask, read mails and decide."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin

from emulator.demo import web
from emulator.demo.web import Page

if TYPE_CHECKING:
    from emulator.demo.web import Answer
    from emulator.ready import StageFacts

MAIL_SECONDS = 120.0
_numbers = itertools.count()
_WEEKS = 70
"""As many as fit before the planning horizon."""


def fresh_day() -> date:
    """Return a working day some weeks ahead that no other test of this run asks for."""
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    turn, week = divmod(next(_numbers), _WEEKS)
    # First all Tuesdays, then all Thursdays.
    return monday + timedelta(weeks=2 + week, days=1 + 2 * turn)


def fresh_tuesday() -> date:
    """Return the Tuesday of a week in which nobody asks for Friday to Monday."""
    day = fresh_day()
    return day - timedelta(days=day.weekday() - 1)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail with the links to decide in it."""

    subject: str
    text: str
    raw: dict[str, Any]

    def link(self, decision: str) -> str:
        """The one link to a decision."""
        (link,) = (word for word in self.text.split() if f"/{decision}/" in word)
        return link


class Someone:
    """A person with a Google account and a browser."""

    def __init__(self, facts: StageFacts, email: str) -> None:
        self._facts = facts
        self.email = email

    def token(self, **claims: Any) -> str:
        """An ID token of this person; `claims` replace what Google would say."""
        body = {"email": self.email, **claims}
        return web.post_json(f"{self._facts.google_url}/_fake/id_token", body).fields()["id_token"]

    def ask(self, *, token: str | None = None, **body: Any) -> Answer:
        """Ask for leave."""
        url = f"{self._facts.api_url}/request_leave"
        return web.post_json(url, body, token=token or self.token())

    def mails(self, about: str) -> list[Mail]:
        """The mails to this person in which `about` stands, oldest first."""
        wanted = urlencode({"to": self.email, "text": about})
        url = f"{self._facts.google_url}/_fake/messages?{wanted}"
        return [
            Mail(subject=mail["subject"], text=mail["text"], raw=mail)
            for mail in web.get(url).items() or []
        ]

    def wait_for_mail(self, about: str) -> Mail:
        """The first mail in which `about` stands, such as a request id."""
        deadline = time.monotonic() + MAIL_SECONDS
        while not (mails := self.mails(about)):
            assert time.monotonic() < deadline, f"no mail about {about} to {self.email}"
            time.sleep(0.1)
        return mails[0]

    def open(self, link: str) -> Answer:
        """Open a link."""
        return web.get(link)

    def press(self, link: str, comment: str = "") -> Answer:
        """Open a link and press the button of its form."""
        page = Page(web.get(link).body)
        fields = {**page.fields, "comment": comment}
        return web.post_form(urljoin(link, page.action), fields)
