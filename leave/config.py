"""Settings of the functions."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leave.domain.employee import Company
from leave.domain.policy import (
    Audience,
    BlockedPeriod,
    CarryOver,
    LeaveType,
    Presence,
    Rules,
    Severity,
)
from leave.domain.request import ApprovalPolicy
from leave.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_rules(text: str | None) -> Rules:
    """Return the rules; the defaults where nothing is configured.

    ```json
    {"leaveTypes": [{"id": "annual", "name": "Annual leave", "maximumDays": 20}],
     "carryOver": {"maximumDays": 5, "expires": "03-31"},
     "blockedPeriods": [{"start": "2027-12-27", "end": "2027-12-31", "reason": "Stocktaking"}],
     "presence": {"minimum": 2, "severity": "flag"},
     "horizonDays": 550,
     "requestsPerDay": 50}
    ```

    Raises `ConfigurationError` for a text that the Pulumi program would not have made.
    """
    if text is None:
        return Rules()
    try:
        return _rules(json.loads(text, parse_float=Decimal, parse_int=Decimal))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ConfigurationError(
            f"LEAVE_RULES is not valid ({type(error).__name__}: {error}). Set the config key"
            " `leave:rules` and run `pulumi up -s STAGE`."
        ) from error


def _rules(stored: dict[str, Any]) -> Rules:
    default = Rules()
    types = tuple(_leave_type(value) for value in stored.get("leaveTypes", []))
    return Rules(
        leave_types=types or default.leave_types,
        carry_over=_carry_over(stored["carryOver"]) if "carryOver" in stored else CarryOver(),
        blocked_periods=tuple(_blocked(value) for value in stored.get("blockedPeriods", [])),
        presence=_presence(stored["presence"]) if "presence" in stored else None,
        horizon_days=int(stored.get("horizonDays", default.horizon_days)),
        requests_per_day=int(stored.get("requestsPerDay", default.requests_per_day)),
    )


def _leave_type(value: dict[str, Any]) -> LeaveType:
    days, maximum = value.get("daysPerYear"), value.get("maximumDays")
    return LeaveType(
        id=value["id"],
        name=value["name"],
        days_per_year=None if days is None else Decimal(days),
        needs_approval=value.get("needsApproval", True) is True,
        may_go_negative=value.get("mayGoNegative", False) is True,
        minimum_notice_days=int(value.get("minimumNoticeDays", 0)),
        reportable_days_back=int(value.get("reportableDaysBack", 0)),
        notice_severity=Severity(value.get("noticeSeverity", Severity.REFUSE)),
        maximum_days=None if maximum is None else Decimal(maximum),
        visible_to=Audience(value.get("visibleTo", Audience.LEAD)),
        team_rules=value.get("teamRules"),
    )


def _carry_over(value: dict[str, Any]) -> CarryOver:
    month, day = value.get("expires", "03-31").split("-")
    return CarryOver(
        maximum_days=Decimal(value["maximumDays"]),
        expires_month=int(month),
        expires_day=int(day),
    )


def _blocked(value: dict[str, Any]) -> BlockedPeriod:
    return BlockedPeriod(
        start=date.fromisoformat(value["start"]),
        end=date.fromisoformat(value["end"]),
        reason=value["reason"],
        severity=Severity(value.get("severity", Severity.REFUSE)),
        lead_id=value.get("leadId"),
    )


def _presence(value: dict[str, Any]) -> Presence:
    return Presence(
        minimum=int(value["minimum"]), severity=Severity(value.get("severity", Severity.FLAG))
    )


class ConfigurationError(Exception):
    """The function's environment is not what the Pulumi program would have made it."""


class MailSettings(Value):
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
        """Return the value of a key that must be there."""
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

    def published_metrics(self) -> frozenset[str]:
        """Return the names of the metrics that the stage's alarms use; empty to report none."""
        return frozenset(filter(None, self._variables.get("LEAVE_METRICS", "").split(",")))

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
