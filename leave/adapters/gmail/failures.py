"""What Google's refusals mean for a mail.

Sources: https://developers.google.com/workspace/gmail/api/guides/handle-errors and
https://developers.google.com/identity/protocols/oauth2
"""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING

from leave.domain.mail_errors import (
    MailCredentialsError,
    MailError,
    MailRefusedError,
    MailThrottledError,
    MailUnavailableError,
)

if TYPE_CHECKING:
    from google.auth.exceptions import RefreshError
    from googleapiclient.errors import HttpError

_QUOTA_REASONS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"}
)
_TOO_MANY, _TIMEOUT, _UNAUTHORIZED, _FORBIDDEN, _SERVER = 429, 408, 401, 403, 500


def from_send(error: HttpError) -> MailError:
    """Classify an answer of `messages.send`."""
    status = int(error.resp.status)
    reason = _reason(error)
    text = f"Gmail answered {status} {reason}".strip()
    if status == _TOO_MANY or reason in _QUOTA_REASONS:
        return MailThrottledError(text)
    if status >= _SERVER or status == _TIMEOUT:
        return MailUnavailableError(text)
    if status in {_UNAUTHORIZED, _FORBIDDEN} or reason == "failedPrecondition":
        return MailCredentialsError(text)
    return MailRefusedError(text)


def from_refresh(error: RefreshError) -> MailError:
    """Classify an answer of the token endpoint."""
    if error.retryable:
        return MailUnavailableError("Google's token endpoint failed for a moment")
    details: object = error.args[1] if len(error.args) > 1 else None
    code = details.get("error", "") if isinstance(details, dict) else ""
    return MailCredentialsError(
        f"Google rejects the Gmail credentials: {code or 'no reason given'}"
    )


def _reason(error: HttpError) -> str:
    details: object = error.error_details
    if isinstance(details, list) and details and isinstance(details[0], dict):
        return str(details[0].get("reason", ""))
    return ""
