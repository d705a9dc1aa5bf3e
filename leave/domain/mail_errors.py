"""Why a mail did not leave, by what can be done about it."""

from __future__ import annotations

from leave.domain.errors import LeaveError


class MailError(LeaveError):
    """A mail was not sent, or may not have been sent.

    The class name travels to the state machine as the error name.
    """


class MailUnavailableError(MailError):
    """Google did not answer or failed for a moment; nothing was sent, try again soon."""


class MailThrottledError(MailError):
    """A quota is used up; nothing was sent, try again in minutes to hours."""


class MailRefusedError(MailError):
    """Nobody takes this very message, so trying again will not help."""


class MailCredentialsError(MailError):
    """The stage's Gmail credentials are rejected; an operator has to renew them."""


class MailOutcomeUnknownError(MailError):
    """The connection broke after the message was handed over: it may have been sent."""
