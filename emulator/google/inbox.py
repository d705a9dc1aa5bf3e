"""The inbox page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from emulator.google.exchange import Reply, Request

if TYPE_CHECKING:
    from emulator.google.mailbox import Mailbox
    from emulator.google.routes import Routes


class Inbox:
    """Answers the pages a person reads the mails on."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def add_to(self, routes: Routes) -> None:
        """Add the pages to `routes`."""
        routes.add("/", GET=lambda _: Reply(status=302, headers={"Location": "/inbox"}))
        routes.add("/inbox", GET=self.page)

    def page(self, _: Request) -> Reply:
        """Show the mails."""
        rows = "".join(f"<pre>{escape(mail.source)}</pre>" for mail in self._mailbox.mails())
        return Reply(body=rows.encode(), content_type="text/html; charset=utf-8")
