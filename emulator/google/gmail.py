"""Gmail's `users.messages.send`, with its checks in its order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emulator.google.http import (
    INVALID_TOKEN,
    MISSING_TOKEN,
    GmailError,
    Reply,
    Request,
    invalid_argument,
    json_object,
    json_reply,
    unauthenticated,
)
from emulator.google.id_tokens import unb64url
from emulator.google.mailbox import NotSendableError, UnknownThreadError

if TYPE_CHECKING:
    from emulator.google.grants import Grant, Grants
    from emulator.google.mailbox import Mailbox

SEND_PATH = re.compile(r"/gmail/v1/users/(?P<user>[^/]+)/messages/send")
SEND_SCOPE = "https://www.googleapis.com/auth/gmail.send"
_SENDING_SCOPES = {
    SEND_SCOPE,
    "https://www.googleapis.com/auth/gmail.compose",
    "https://www.googleapis.com/auth/gmail.modify",
    "https://mail.google.com/",
}
# https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages#Message
_MESSAGE_FIELDS = {
    "id",
    "threadId",
    "labelIds",
    "snippet",
    "historyId",
    "internalDate",
    "payload",
    "sizeEstimate",
    "raw",
    "classificationLabelValues",
}
NO_SCOPE = GmailError(
    code=403,
    message="Request had insufficient authentication scopes.",
    inner="Insufficient Permission",
    reason="insufficientPermissions",
)
NOT_FOUND = GmailError(code=404, message="Requested entity was not found.", reason="notFound")
TOO_LARGE = GmailError(code=413, message="Request Entity Too Large", reason="uploadTooLarge")
_NO_RAW = "'raw' RFC822 payload message string or uploading message via /upload/* URL required"


class _RefusedError(Exception):
    def __init__(self, error: GmailError) -> None:
        super().__init__(error.message)
        self.error = error


class GmailSend:
    """Answers `POST /gmail/v1/users/{user}/messages/send`."""

    def __init__(self, *, grants: Grants, mailbox: Mailbox) -> None:
        self._grants = grants
        self._mailbox = mailbox

    def send(self, request: Request) -> Reply:
        """Send the mail in the body, or answer as Gmail does when it will not."""
        try:
            grant = self._caller(request)
            raw, thread_id = _message(request.body)
            mail = self._mailbox.send(raw, sender=grant.email, thread_id=thread_id)
        except (_RefusedError, NotSendableError) as refused:
            return refused.error.reply()
        except UnknownThreadError:
            return NOT_FOUND.reply()
        # A mail to oneself arrives where it was sent from.
        to_self = grant.email.lower() in mail.envelope.recipients
        return json_reply(
            {
                "id": mail.envelope.id,
                "threadId": mail.envelope.thread_id,
                "labelIds": ["UNREAD", "SENT", "INBOX"] if to_self else ["SENT"],
            }
        )

    def _caller(self, request: Request) -> Grant:
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _RefusedError(unauthenticated(MISSING_TOKEN, reason="required"))
        grant = self._grants.bearer(token.strip())
        if grant is None:
            raise _RefusedError(unauthenticated(INVALID_TOKEN))
        if not _SENDING_SCOPES & set(grant.scopes):
            raise _RefusedError(NO_SCOPE)
        match = SEND_PATH.fullmatch(request.path)
        user = match["user"].lower() if match else ""
        if user not in ("me", grant.email.lower()):
            message = f"Delegation denied for {grant.email}"
            raise _RefusedError(GmailError(code=403, message=message, reason="forbidden"))
        return grant


def _message(body: bytes) -> tuple[bytes, str | None]:
    """Return the mail and the thread it should join."""
    try:
        message = json_object(body or b"{}")
    except ValueError as error:
        text = f"Invalid JSON payload received. {error}"
        raise _RefusedError(invalid_argument(text, reason="parseError")) from error
    if unknown := next((name for name in message if name not in _MESSAGE_FIELDS), None):
        text = f'Invalid JSON payload received. Unknown name "{unknown}": Cannot find field.'
        raise _RefusedError(invalid_argument(text, reason="badRequest"))
    raw, thread_id = message.get("raw"), message.get("threadId")
    if not raw:
        raise _RefusedError(invalid_argument(_NO_RAW))
    if not isinstance(thread_id, str | None):
        text = "Invalid value at 'message.thread_id' (TYPE_STRING)"
        raise _RefusedError(invalid_argument(text, reason="invalid"))
    try:
        return unb64url(raw if isinstance(raw, str) else "+"), thread_id or None
    except ValueError as error:
        text = f"Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed for \"{raw}\""
        raise _RefusedError(invalid_argument(text[:300], reason="invalid")) from error
