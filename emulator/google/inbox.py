"""The inbox: pages on which a person reads the mails, in whatever they contain, without danger.

A mail's HTML is only ever shown in a sandbox: no script, no form, nothing loaded from anywhere.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from emulator.google.conversations import (
    addressees,
    frame_height,
    mailboxes,
    moment,
    page,
    sender,
    snippet,
    threads,
)
from emulator.google.http import Reply, Request, refused

if TYPE_CHECKING:
    from emulator.google.mail import Mail
    from emulator.google.mailbox import Mailbox
    from emulator.google.server import Routes

# Mails style themselves by attributes, and a srcdoc frame inherits the policy of its page.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
_PAGE_POLICY = (
    _MAIL_POLICY + "script-src 'nonce-{nonce}'; connect-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_HTML = "text/html; charset=utf-8"
_PART = re.compile(r"/inbox/messages/(?P<id>[0-9a-f]{16})/(?P<part>html|source)")
_FILE = re.compile(r"/inbox/messages/(?P<id>[0-9a-f]{16})/attachments/(?P<number>\d{1,4})")
_CONTENT_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")


class Inbox:
    """Answers `/inbox` and what is linked from there."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        cast("dict[str, Any]", self._templates.globals).update(
            addressees=addressees,
            frame_document=self._frame_document,
            frame_height=frame_height,
            moment=moment,
            page=page,
            sandbox=_SANDBOX,
            sender=sender,
            snippet=snippet,
        )

    def add_to(self, routes: Routes) -> None:
        """Add the pages to `routes`."""
        routes.add("/", GET=lambda _: Reply(status=302, headers={"Location": page()}))
        routes.add("/inbox", GET=self.show)
        routes.add("/inbox/version", GET=self.version)
        routes.add(_PART, GET=self.part)
        routes.add(_FILE, GET=self.attachment)

    def show(self, request: Request) -> Reply:
        """Show a mailbox, or all mails, and one thread of it."""
        everything = self._mailbox.mails()
        chosen = request.query.get("mailbox", "").strip().lower()
        shown = self._mailbox.mails(to=chosen) if chosen else everything
        listed = threads(shown, chosen)
        wanted = request.query.get("thread", "")
        opened = next((thread for thread in listed if thread.id == wanted), None)
        nonce = secrets.token_urlsafe(16)
        text = self._templates.get_template("inbox.html.j2").render(
            nonce=nonce,
            version=self._mailbox.version(),
            total=len(everything),
            mailboxes=mailboxes(everything),
            chosen=chosen,
            threads=listed,
            thread=opened or (listed[0] if listed and not wanted else None),
            asked_for=bool(wanted),
        )
        return _page(text, _PAGE_POLICY.format(nonce=nonce))

    def version(self, _: Request) -> Reply:
        """Return whether an open page is still up to date."""
        return Reply(
            body=self._mailbox.version().encode(),
            content_type="text/plain",
            headers={"Cache-Control": "no-store"},
        )

    def part(self, request: Request) -> Reply:
        """Show the HTML of a mail on a page of its own, or the mail's source."""
        match = _PART.fullmatch(request.path)
        mail = self._find(match)
        if match and match["part"] == "html":
            document = self._frame_document(mail.parts.html)
            return _page(document, f"{_MAIL_POLICY}form-action 'none'; sandbox {_SANDBOX}")
        return Reply(body=mail.raw, content_type="text/plain; charset=utf-8", headers=_guard())

    def attachment(self, request: Request) -> Reply:
        """Hand out an attached file, as a download only."""
        match = _FILE.fullmatch(request.path)
        files = self._find(match).parts.attachments
        number = int(match["number"]) if match else 0
        if number >= len(files):
            raise refused("that mail has no such attachment", status=404)
        file = files[number]
        known = _CONTENT_TYPE.fullmatch(file.content_type)
        name = quote(file.filename or "attachment", safe="", errors="replace")
        return Reply(
            body=file.content,
            content_type=file.content_type if known else "application/octet-stream",
            headers=_guard() | {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    def _find(self, match: re.Match[str] | None) -> Mail:
        mail = self._mailbox.find(match["id"]) if match else None
        if mail is None:
            raise refused("there is no such mail; perhaps it was deleted", status=404)
        return mail

    def _frame_document(self, html: str) -> str:
        # The mail's own markup goes in as it is: this text is a document for the sandbox only,
        # and the page escapes it as a whole for its srcdoc attribute.
        shell = self._templates.get_template("mail.html.j2").render()
        return f"{shell}\n{html}"


def _page(text: str, policy: str) -> Reply:
    headers = _guard() | {"Content-Security-Policy": policy}
    return Reply(body=text.encode("utf-8", "replace"), content_type=_HTML, headers=headers)


def _guard() -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; sandbox {_SANDBOX}",
        "Referrer-Policy": "no-referrer",
    }
