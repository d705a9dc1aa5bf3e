"""Sending mail through the Gmail API."""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from google.auth.exceptions import RefreshError, TransportError
from google_auth_httplib2 import AuthorizedHttp, Request
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from leave.adapters.gmail import failures
from leave.adapters.gmail.credentials import from_stored
from leave.adapters.gmail.message import build_message, encode_message
from leave.adapters.gmail.transport import MaybeSentError, NothingSentError, Urllib3Http
from leave.domain.mail_errors import (
    MailCredentialsError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.domain.mails import Mail


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
            # Rejected credentials sent nothing, so this can not be a second mail.
            self._post(raw)

    def _post(self, raw: str) -> None:
        self._refresh()
        try:
            self._request(raw).execute(num_retries=0)
        except HttpError as error:
            raise failures.from_send(error) from error
        except RefreshError as error:
            raise failures.from_refresh(error) from error
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
            raise failures.from_refresh(error) from error
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
        # Only the body differs from mail to mail, and making all of it anew from the description of
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
