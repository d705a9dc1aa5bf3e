"""What Google's refusals mean for a mail.

Sources: https://developers.google.com/workspace/gmail/api/guides/handle-errors and
https://developers.google.com/identity/protocols/oauth2
"""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
        told: Any = json.loads(error.content)["error"]
        entries = [*told.get("errors", ()), *told.get("details", ())]
        return [entry["reason"] for entry in entries if "reason" in entry]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []
