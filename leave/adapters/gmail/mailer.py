"""Messages, sent through the Gmail API."""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from google.auth.exceptions import RefreshError, TransportError
from google_auth_httplib2 import AuthorizedHttp, Request
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from leave.adapters.gmail.credentials import (
    MaybeSentError,
    NothingSentError,
    Urllib3Http,
    from_stored,
)
from leave.adapters.presentation.icalendar import write_entry
from leave.domain.errors import (
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
    MailUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.domain.views import Mail


# Sources: https://developers.google.com/workspace/gmail/api/guides/handle-errors and
# https://developers.google.com/identity/protocols/oauth2


_QUOTA_REASONS = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "dailyLimitExceeded",
        "quotaExceeded",
        "RATE_LIMIT_EXCEEDED",
    }
)
_TOO_MANY, _TIMEOUT, _UNAUTHORIZED, _FORBIDDEN, _SERVER = 429, 408, 401, 403, 500


def from_send(error: HttpError) -> MailError:
    """Classify an answer of `messages.send`."""
    status = int(error.resp.status)
    reasons = _reasons(error)
    text = f"Gmail answered {status} {', '.join(reasons)}".strip()
    if status == _TOO_MANY or not _QUOTA_REASONS.isdisjoint(reasons):
        return MailThrottledError(text)
    if status >= _SERVER or status == _TIMEOUT:
        return MailUnavailableError(text)
    if status in {_UNAUTHORIZED, _FORBIDDEN} or "failedPrecondition" in reasons:
        return MailCredentialsError(text)
    return MailRefusedError(text)


def from_refresh(error: RefreshError) -> MailError:
    """Classify an answer of the token endpoint."""
    if error.retryable:
        return MailUnavailableError("Google's token endpoint failed temporarily")
    code = oauth_error_of(error)
    if code is None:
        # A proxy's page or an outage: whoever rejects credentials says so in OAuth's own words.
        return MailUnavailableError("Google's token endpoint gave an invalid OAuth answer")
    return MailCredentialsError(f"Google rejects the Gmail credentials: {code}")


def oauth_error_of(error: RefreshError) -> str | None:
    """Return OAuth's own word for a refusal, None for what is no refusal of the credentials."""
    details: object = error.args[1] if len(error.args) > 1 else None
    code = details.get("error") if isinstance(details, dict) and not error.retryable else None
    return str(code) if code else None


def _reasons(error: HttpError) -> list[str]:
    """Return Gmail's own reasons, then those of newer Google APIs.

    Read from the body, because the library keeps only the latter where there are both.
    """
    try:
        problem: Any = json.loads(error.content)["error"]
        entries = [*problem.get("errors", ()), *problem.get("details", ())]
        return [entry["reason"] for entry in entries if "reason" in entry]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []


# All of it is put together here. The standard library parses each header it is given, of each part
# again and again, which took half of the processor time of sending a mail. Sources: RFC 5322,
# RFC 2045, RFC 2046, and RFC 2047 for what is not ASCII in a header.


# Neither quoted-printable nor base64 has `=_`, so no part can hold a boundary.
_OUTER, _INNER = "=_leave_mixed", "=_leave_alternative"
_END: Final = b"\r\n"
_FOLD: Final = "\r\n "
# No quoted parts and no encoded words, which some programs decode where none may be.
_ADDRESS: Final = re.compile(r"(?!.*=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
# What a name between quotation marks, and a whole subject, can hold as it is, within 78 characters.
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9 !#$%&'*+./@^_`{|}~-]{1,72}")
_PLAIN_SUBJECT: Final = re.compile(r"(?!.*=\?)[!-~][ -~]{0,67}[!-~]")
# RFC 2047, section 2: 75 characters at most, of which 12 say what the others are.
_WORD: Final = "=?utf-8?b?{}?="
_WORD_BYTES: Final = 39


def build_message(
    mail: Mail, *, sender: str, company_domain: str, redirect: str | None = None
) -> bytes:
    """Return the message, to nobody but `redirect` if that is given.

    Gmail overwrites the Message-ID of what its API sends, so a thread is held together by the
    subject and by a `References` id that is the same for all mails of a request. Source:
    https://workspaceupdates.googleblog.com/2019/03/threading-changes-in-gmail-conversation-view.html
    Raises `ValueError` for what cannot be in a header.
    """
    headers = {
        "From": f"Leave <{_address(sender)}>",
        # The name says for whom it was, and a name is no address that anything is delivered to.
        "To": f"{_name(f'for {mail.to}')}{_FOLD}<{_address(redirect)}>"
        if redirect
        else _address(mail.to),
        "Subject": _subject(mail.subject),
        # `GMT` is obsolete and must not be written: RFC 5322, section 4.3.
        "Date": format_datetime(datetime.now(UTC)),
        # No In-Reply-To: that would name a mail which the reader never got.
        "References": f"<leave-{mail.thread}@{company_domain}>",
        # Keeps vacation responders quiet: RFC 3834, section 5.
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    return b"".join((*(_header(*header) for header in headers.items()), _body(mail, sender)))


def encode_message(message: bytes) -> str:
    """Return the base64url text that the Gmail API takes as `raw`."""
    return base64.urlsafe_b64encode(message).decode("ascii")


def _header(name: str, value: str) -> bytes:
    if not value.replace(_FOLD, "").isprintable():
        raise ValueError(f"{name} contains a line break or a control character")
    return f"{name}: {value}\r\n".encode("ascii")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("the address of a mail must be plain ASCII")
    return text


def _name(text: str) -> str:
    return f'"{text}"' if _PLAIN_NAME.fullmatch(text) else _encoded(text)


def _subject(text: str) -> str:
    return text if _PLAIN_SUBJECT.fullmatch(text) else _encoded(text)


def _encoded(text: str) -> str:
    """Return encoded words, each on a line of its own, each of whole characters."""
    if "".join(text.splitlines()) != text:
        raise ValueError("a header of the mail contains a line break")
    words = [b""]
    for character in text:
        encoded = character.encode()
        if len(words[-1]) + len(encoded) > _WORD_BYTES:
            words.append(b"")
        words[-1] += encoded
    return _FOLD.join(_WORD.format(base64.b64encode(word).decode()) for word in words)


def _body(mail: Mail, sender: str) -> bytes:
    """Return the text twice; and a calendar entry twice: as what the mail says, and as a file.

    A program that knows calendars offers the alternative, which must be the last one and to name
    its method (RFC 6047, section 2.4); every other one shows the file.
    """
    texts = (_text("plain", mail.text), _text("html", mail.html))
    if mail.calendar is None:
        return _multipart("alternative", _INNER, *texts)
    entry = write_entry(mail.calendar, organizer=sender).encode()
    encoded = base64.encodebytes(entry).replace(b"\n", _END)
    invitation = f'text/calendar; charset="utf-8"; method={mail.calendar.method.value}'
    file = 'application/ics\r\nContent-Disposition: attachment; filename="leave.ics"'
    return _multipart(
        "mixed",
        _OUTER,
        _multipart("alternative", _INNER, *texts, _base64(invitation, encoded)),
        _base64(file, encoded),
    )


def _text(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    quoted = binascii.b2a_qp(f"{lines}\n".replace("\n", "\r\n").encode(), istext=True)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
    return f"{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode() + quoted


def _base64(kind: str, encoded: bytes) -> bytes:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + encoded


def _multipart(subtype: str, boundary: str, *parts: bytes) -> bytes:
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    between = f"--{boundary}\r\n".encode()
    return b"".join((head, *(between + part + _END for part in parts), between[:-2], b"--", _END))


@dataclass(kw_only=True, slots=True)
class GmailMailer:
    """Implements `Mailer`.

    `read_credentials` returns the stored credentials. They are kept while the function is warm,
    and read again when Google rejects the kept ones, because they may have been renewed since.
    With `redirect`, that one mailbox gets all mail in place of its readers.
    """

    read_credentials: Callable[[], Mapping[str, Any]]
    endpoint: str
    sender: str
    company_domain: str
    redirect: str | None = None
    transport: Urllib3Http = field(default_factory=Urllib3Http)
    _credentials: Any = None
    _sending: Any = None

    def send(self, mail: Mail) -> None:
        """Send one mail, once; raises a `MailError` that says what may be done about it."""
        try:
            message = build_message(
                mail,
                sender=self.sender,
                company_domain=self.company_domain,
                redirect=self.redirect,
            )
        except ValueError as error:
            raise MailRefusedError(str(error)) from error
        self._post_with_valid_credentials(encode_message(message))

    def check(self) -> None:
        """Hand Gmail a message to nobody, which it refuses while it is well, and sends in no case.

        `Recipient address required` is an answer of the very call that sends. Raises a `MailError`
        where there is another one, or none.
        """
        try:
            self._post_with_valid_credentials(encode_message(b"\r\n"))
        except MailRefusedError:
            return
        except MailOutcomeUnknownError as error:
            raise MailUnavailableError("Gmail did not answer; nothing could be sent") from error

    def _post_with_valid_credentials(self, raw: str) -> None:
        kept = self._credentials is not None
        try:
            self._post(raw)
        except MailCredentialsError:
            self._credentials = None
            if not kept:
                raise
            # Rejected credentials sent nothing, so this cannot be a second mail.
            self._post(raw)

    def _post(self, raw: str) -> None:
        self._refresh()
        try:
            self._request(raw).execute(num_retries=0)
        except HttpError as error:
            raise from_send(error) from error
        except RefreshError as error:
            raise from_refresh(error) from error
        except NothingSentError as error:
            raise MailUnavailableError("Gmail could not be reached") from error
        except (MaybeSentError, TransportError) as error:
            problem = "Gmail did not answer; the mail may have been sent"
            raise MailOutcomeUnknownError(problem) from error

    def _refresh(self) -> None:
        """Get a valid access token.

        Refreshing apart from sending keeps "no token, nothing sent" and "maybe sent" apart.
        """
        if self._credentials is None:
            self._credentials = from_stored(self.read_credentials(), sender=self.sender)
            self._sending = self._build(self._credentials)
        if self._credentials.valid:
            return
        try:
            self._credentials.refresh(Request(self.transport))
        except RefreshError as error:
            raise from_refresh(error) from error
        except (TransportError, ConnectionError) as error:
            raise MailUnavailableError("Google's token endpoint did not answer") from error

    def _build(self, credentials: Any) -> Any:
        service = build(
            "gmail",
            "v1",
            http=AuthorizedHttp(credentials, http=self.transport),
            static_discovery=True,
            cache_discovery=False,
            client_options={"api_endpoint": self.endpoint},
        )
        return service.users().messages().send(userId="me", body={})

    def _request(self, raw: str) -> HttpRequest:
        # Only the body differs from mail to mail, and making all again from the description of
        # the API takes as long as sending it.
        kept = self._sending
        return HttpRequest(
            kept.http,
            kept.postproc,
            kept.uri,
            method=kept.method,
            body=json.dumps({"raw": raw}),
            headers=dict(kept.headers),
        )
