"""The configuration of one stage: typed, checked, and read once from `pulumi.Config`.

Keys, types and defaults are declared in `Pulumi.yaml`. The engine merges the defaults before the
program starts, so none is repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi

from infrastructure import config_rules as rules
from infrastructure.config_reader import ConfigReader
from infrastructure.environment_size import LIMIT_BYTES, bytes_with_resources
from infrastructure.leave_rules import read_leave_rules

if TYPE_CHECKING:
    from infrastructure.config_reader import ConfigSource

# Wheels for the glibc of every Amazon Linux that a Python runtime of Lambda is based on.
_WHEEL_PLATFORMS: Final = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}


class ConfigError(pulumi.RunError):
    """The configuration can not be used; the message lists every problem with its cure.

    A `RunError` is the one kind of exception Pulumi prints without a traceback.
    """


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What differs from stage to stage; an optional text is empty when it is not configured.

    `rules` are the leave rules, checked, as compact JSON.
    """

    stage: str
    company_domain: str
    oidc_issuer: str
    oidc_audiences: tuple[str, ...]
    admins: tuple[str, ...]
    time_zone: str
    mail_sender: str
    gmail_endpoint: str
    fallback_approver: str
    rules: str
    holiday_calendars: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    answer_timeout_days: int
    log_retention_days: int
    log_level: str
    protect: bool
    throttle_rate: int
    throttle_burst: int
    lambda_runtime: str
    lambda_architecture: str
    wheel_platform: str

    @classmethod
    def read(cls, source: ConfigSource, *, stage: str) -> Settings:
        """Read and check every key; raises `ConfigError` naming all problems at once."""
        reader = ConfigReader(source, stage)
        architecture = reader.text("lambda-architecture", rules.ARCHITECTURE)
        settings = cls(
            stage=stage,
            company_domain=reader.text("company-domain", rules.DOMAIN),
            oidc_issuer=reader.text("oidc-issuer", rules.SERVICE_URL),
            oidc_audiences=reader.texts("oidc-audiences", rules.CLIENT_ID),
            admins=reader.optional_texts("admins", rules.EMAIL),
            time_zone=reader.text("time-zone", rules.TIME_ZONE),
            mail_sender=reader.text("mail-sender", rules.EMAIL),
            gmail_endpoint=reader.text("gmail-endpoint", rules.SERVICE_URL),
            fallback_approver=reader.optional_text("fallback-approver", rules.EMPLOYEE_ID),
            rules=reader.optional_object("rules", read_leave_rules),
            holiday_calendars=reader.optional_texts("holiday-calendars", rules.HOLIDAY_CALENDAR),
            allowed_origins=reader.optional_texts("allowed-origins", rules.ORIGIN),
            answer_timeout_days=reader.whole_number(
                "answer-timeout-days", rules.ANSWER_TIMEOUT_DAYS
            ),
            log_retention_days=reader.whole_number("log-retention-days", rules.RETENTION_DAYS),
            log_level=reader.text("log-level", rules.LOG_LEVEL),
            protect=reader.flag("protect"),
            throttle_rate=reader.whole_number("throttle-rate", rules.THROTTLE),
            throttle_burst=reader.whole_number("throttle-burst", rules.THROTTLE),
            lambda_runtime=reader.text("lambda-runtime", rules.RUNTIME),
            lambda_architecture=architecture,
            wheel_platform=reader.optional_text("wheel-platform", rules.PLATFORM)
            or _WHEEL_PLATFORMS.get(architecture, ""),
        )
        _check_size(settings, reader)
        _raise_if_any(reader.problems.told, stage)
        return settings

    def environment(self, *names: str) -> dict[str, str]:
        """The named environment variables; one whose setting is empty is left out."""
        values = self._variables()
        return {name: values[name] for name in names if values[name]}

    def whole_environment(self) -> dict[str, str]:
        """All environment variables there are to choose from."""
        return self.environment(*self._variables())

    def _variables(self) -> dict[str, str]:
        return {
            "LEAVE_ADMINS": ",".join(self.admins),
            "LEAVE_COMPANY_DOMAIN": self.company_domain,
            "LEAVE_FALLBACK_APPROVER": self.fallback_approver,
            "LEAVE_GMAIL_ENDPOINT": self.gmail_endpoint,
            "LEAVE_MAIL_SENDER": self.mail_sender,
            "LEAVE_RULES": self.rules,
            "LEAVE_TIME_ZONE": self.time_zone,
        }


def _check_size(settings: Settings, reader: ConfigReader) -> None:
    size = bytes_with_resources(settings.whole_environment())
    if size > LIMIT_BYTES:
        reader.problems.tell(
            f"{reader.full('rules')} has {len(settings.rules)} characters, with which the functions"
            f" would be told {size} bytes, and AWS Lambda takes {LIMIT_BYTES}; shorten names and"
            " reasons, or remove a blocked period that is over",
            f"rm --path '{reader.full('rules')}.blockedPeriods[0]'",
        )


def _raise_if_any(problems: list[str], stage: str) -> None:
    if not rules.STAGE.holds(stage):
        cure = f"pulumi stack rename {rules.STAGE.example}"
        problems.append(f"the stack name {stage!r} must be {rules.STAGE.says}: {cure}")
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        raise ConfigError(f"The configuration of stack {stage!r} can not be used:{lines}")
