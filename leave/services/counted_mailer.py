"""A mailer that reports what came of each mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.domain.mail_errors import (
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
)
from leave.services.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leave.domain.mails import Mail
    from leave.services.ports import Mailer, Metrics

_FAILURES: Mapping[type[MailError], Metric] = {
    MailCredentialsError: Metric.CREDENTIALS_REJECTED,
    MailOutcomeUnknownError: Metric.DELIVERY_UNCERTAIN,
    MailRefusedError: Metric.MAILS_UNDELIVERABLE,
    MailThrottledError: Metric.MAILS_THROTTLED,
}


@dataclass(kw_only=True, slots=True, eq=False)
class CountedMailer:
    """Fills in for `Mailer`, and reports what came of each mail."""

    mailer: Mailer
    metrics: Metrics

    def send(self, mail: Mail) -> None:
        """Send one mail, or raise a `MailError` that says what may be done about it."""
        try:
            self.mailer.send(mail)
        except MailError as error:
            self.metrics.put(_FAILURES.get(type(error), Metric.MAILS_UNAVAILABLE))
            raise
        self.metrics.put(Metric.MAILS_SENT)

    def check(self) -> None:
        """Find out that mail is taken; counts nothing but credentials that are rejected."""
        try:
            self.mailer.check()
        except MailCredentialsError:
            self.metrics.put(Metric.CREDENTIALS_REJECTED)
            raise
