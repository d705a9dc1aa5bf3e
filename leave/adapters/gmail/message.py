"""The MIME form of a mail."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from typing import TYPE_CHECKING

from leave.adapters.icalendar import write_entry

if TYPE_CHECKING:
    from leave.domain.calendars import CalendarEntry
    from leave.domain.mails import Mail

# 7bit makes every part quoted-printable or base64, which no relay rewrites.
_POLICY = SMTP.clone(cte_type="7bit")
_FILE = "leave.ics"


def build_message(
    mail: Mail, *, sender: str, company_domain: str, redirect: str | None = None
) -> EmailMessage:
    """Return the message, to nobody but `redirect` if that is given.

    Gmail overwrites the Message-ID of what its API sends, so a thread is held together by the
    subject and by a `References` id that is the same for all mails of a request. Source:
    https://workspaceupdates.googleblog.com/2019/03/threading-changes-in-gmail-conversation-view.html
    """
    message = EmailMessage(policy=_POLICY)
    root = f"<leave-{mail.thread}@{company_domain}>"
    message["From"] = formataddr(("Leave", sender))
    # The name says for whom it was, and a name is no address that anything is delivered to.
    message["To"] = formataddr((f"for {mail.to}", redirect)) if redirect else mail.to
    # An encoded word in somebody's name would be decoded here; Python before 3.11.10 and 3.12.5
    # even writes its line ends out, as headers of their own (CVE-2024-6923).
    message["Subject"] = mail.subject.replace("=?", "= ?")
    message["Date"] = formatdate(usegmt=True)
    message["References"] = root
    message["In-Reply-To"] = root
    # Keeps vacation responders quiet: RFC 3834, section 5.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    if mail.calendar is not None:
        _attach(message, mail.calendar, organizer=sender)
    return message


def _attach(message: EmailMessage, entry: CalendarEntry, *, organizer: str) -> None:
    """Add a calendar entry twice: as what the mail says, and as a file.

    A program that knows calendars offers the alternative, which has to be the last one and to name
    its method (RFC 6047, section 2.4); every other one shows the file.
    """
    text = write_entry(entry, organizer=organizer)
    part = EmailMessage(policy=_POLICY)
    method = {"method": entry.method.value}
    part.set_content(text, subtype="calendar", charset="utf-8", cte="base64", params=method)
    message.attach(part)
    message.add_attachment(
        text.encode(), maintype="application", subtype="ics", filename=_FILE, cte="base64"
    )


def encode_message(message: EmailMessage) -> str:
    """Return the base64url text that the Gmail API takes as `raw`."""
    return base64.urlsafe_b64encode(message.as_bytes()).decode("ascii")
