"""Typed settings of each function, read once from the environment that is passed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leave.domain.approval import ApprovalPolicy
from leave.domain.company import Company
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping


class ConfigurationError(Exception):
    """The function's environment is not what the Pulumi program would have made it."""


@value
class MailSettings:
    """Where mail goes out. `secret_id` is the ARN of the Secrets Manager entry.

    `redirect` gets every mail in place of its reader; None to send for real.
    """

    secret_id: str
    endpoint: str
    sender: str
    company_domain: str
    redirect: str | None = None


class Environment:
    """A mapping of environment variables, read by type; a missing key names itself."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def require(self, key: str) -> str:
        """Return the value of a key that has to be there."""
        if value := self._variables.get(key):
            return value
        raise ConfigurationError(
            f"The environment variable {key} is missing. The Pulumi program sets it: run"
            f" `pulumi up -s {self._stage}` and do not edit functions by hand."
        )

    @property
    def _stage(self) -> str:
        """The stage's name in a command, or `STAGE` in a function that is not told it."""
        return self.optional("LEAVE_STAGE") or "STAGE"

    def optional(self, key: str) -> str | None:
        """Return the value, or None where it is absent or empty."""
        return self._variables.get(key) or None

    def names(self, key: str) -> frozenset[str]:
        """Return a comma-separated list, in lower case."""
        parts = self._variables.get(key, "").split(",")
        return frozenset(part.strip().lower() for part in parts if part.strip())

    def holiday_calendars(self) -> frozenset[str]:
        """Return the names of the calendars that the stage has, such as `DE-BE`."""
        names = self._variables.get("LEAVE_HOLIDAY_CALENDARS", "")
        return frozenset(filter(None, names.split(",")))

    def time_zone(self, key: str = "LEAVE_TIME_ZONE") -> ZoneInfo:
        """Return the company's time zone."""
        name = self.require(key)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigurationError(
                f"{key}: {name!r} is not an IANA time zone such as 'Europe/Berlin'. Set the config"
                f" key `leave:time-zone` and run `pulumi up -s {self._stage}`."
            ) from error

    def whole_number(self, key: str, default: int) -> int:
        """Return a whole number, not below zero; `default` where the key is absent or empty."""
        text = self.optional(key)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()):
            raise ConfigurationError(
                f"{key}: {text!r} is not a whole number. Run `pulumi up -s {self._stage}`."
            )
        return int(text)

    def policy(self) -> ApprovalPolicy:
        """Return how the stage asks for approval."""
        default = ApprovalPolicy()
        return ApprovalPolicy(
            fallback_approver=self.optional("LEAVE_FALLBACK_APPROVER"),
            remind_after_days=self.whole_number(
                "LEAVE_REMIND_AFTER_DAYS", default.remind_after_days
            ),
            escalate_after_days=self.whole_number(
                "LEAVE_ESCALATE_AFTER_DAYS", default.escalate_after_days
            ),
            undo=timedelta(seconds=self.whole_number("LEAVE_UNDO_SECONDS", 0)),
            second_approval_over_days=self.whole_number("LEAVE_SECOND_APPROVAL_OVER_DAYS", 0),
        )

    def company(self) -> Company | None:
        """Return the company as mails and pages name it; None where they name none.

        A page that says what is broken must be shown whatever is missing.
        """
        name = self.optional("LEAVE_COMPANY_NAME")
        return (
            Company(name=name, help_contact=self.optional("LEAVE_HELP_CONTACT")) if name else None
        )

    def mail(self) -> MailSettings:
        """Return where and how mail goes out."""
        return MailSettings(
            secret_id=self.require("LEAVE_GMAIL_SECRET"),
            endpoint=self.require("LEAVE_GMAIL_ENDPOINT"),
            sender=self.require("LEAVE_MAIL_SENDER"),
            company_domain=self.require("LEAVE_COMPANY_DOMAIN"),
            redirect=self.optional("LEAVE_MAIL_REDIRECT"),
        )
