"""The configuration of one stage: typed, checked, and read once from `pulumi.Config`.

Keys and defaults are declared in `Pulumi.yaml`. The engine merges the defaults before the program
starts, so none is repeated here.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pulumi

from infrastructure import config_rules as rules
from infrastructure.artifact.target import PLATFORMS
from infrastructure.config_combinations import check_combinations
from infrastructure.config_reader import ConfigReader
from infrastructure.leave_rules import read_leave_rules
from infrastructure.settings import Settings

if TYPE_CHECKING:
    from infrastructure.config_source import ConfigSource

_PROJECT: Final = Path(__file__).resolve().parent.parent


class ConfigError(pulumi.RunError):
    """The configuration cannot be used; the message lists every problem with its cure.

    A `RunError` is the one kind of exception Pulumi prints without a traceback.
    """


def read_settings(source: ConfigSource, *, stage: str) -> Settings:
    """Read and check every key; raises `ConfigError` naming all problems at once.

    Examples of the shipped files are no mistake, as a stage can be tried with them, but are told.
    """
    settings, reader = examine(source, stage=stage)
    _raise_if_any(reader.problems.told, stage)
    if reader.examples:
        pulumi.log.warn(
            f"Pulumi.{stage}.yaml still has examples in place of your own values, and no mail"
            f" arrives there: {', '.join(reader.examples)}."
            ' docs/deploy.md, step "Configure", has the commands that replace them.'
        )
    if settings.alarm_email and settings.monitoring == "none":
        pulumi.log.warn(
            f"{reader.full('alarm-email')} is set, and {reader.full('monitoring')} is none, so"
            " there is no alarm to mail. Cure: pulumi config set"
            f" {reader.full('monitoring')} essential --stack {stage}"
        )
    return settings


def examine(source: ConfigSource, *, stage: str) -> tuple[Settings, ConfigReader]:
    """Read and check every key; what is wrong is in the reader's `problems`."""
    reader = ConfigReader(source, stage)
    settings = read_every_key(reader, stage)
    reader.tell_unread()
    check_combinations(settings, reader)
    return settings, reader


def read_every_key(reader: ConfigReader, stage: str) -> Settings:
    """Read each key by its rule; what is wrong is in `reader.problems`, and settings are no use."""
    architecture = reader.text("lambda-architecture", rules.ARCHITECTURE)
    domain = reader.text("company-domain", rules.DOMAIN)
    sender = reader.text("mail-sender", rules.EMAIL)
    return Settings(
        stage=stage,
        company_domain=domain,
        company_name=reader.optional_text("company-name", rules.COMPANY_NAME) or domain,
        help_contact=reader.optional_text("help-contact", rules.HELP_CONTACT),
        oidc_issuer=reader.text("oidc-issuer", rules.ISSUER),
        oidc_audiences=reader.texts("oidc-audiences", rules.CLIENT_ID),
        require_sign_in=reader.flag("require-sign-in"),
        admins=reader.optional_texts("admins", rules.administrator(sender)),
        time_zone=reader.text("time-zone", rules.TIME_ZONE),
        mail_sender=sender,
        gmail_endpoint=reader.text("gmail-endpoint", rules.GMAIL_ENDPOINT),
        mail_redirect=reader.optional_text("mail-redirect", rules.address_within(domain)),
        fallback_approver=reader.optional_text("fallback-approver", rules.EMPLOYEE_ID),
        rules=reader.optional_object("rules", read_leave_rules),
        holiday_calendars=reader.optional_texts("holiday-calendars", rules.HOLIDAY_CALENDAR),
        allowed_origins=reader.optional_texts("allowed-origins", rules.ORIGIN),
        answer_timeout_days=reader.whole_number("answer-timeout-days", rules.ANSWER_TIMEOUT_DAYS),
        remind_after_days=reader.whole_number("remind-after-days", rules.REMIND_AFTER_DAYS),
        escalate_after_days=reader.whole_number("escalate-after-days", rules.ESCALATE_AFTER_DAYS),
        undo_seconds=reader.whole_number("undo-seconds", rules.UNDO_SECONDS),
        second_approval_over_days=reader.whole_number(
            "second-approval-over-days", rules.WORKING_DAYS
        ),
        daily_sweep_at=reader.text("daily-sweep-at", rules.SWEEP_TIME),
        monitoring=reader.text("monitoring", rules.MONITORING),
        alarm_email=reader.optional_text("alarm-email", rules.EMAIL),
        log_retention_days=reader.whole_number("log-retention-days", rules.RETENTION_DAYS),
        log_level=reader.text("log-level", rules.LOG_LEVEL),
        protect=reader.flag("protect"),
        permissions_boundary=reader.optional_text("permissions-boundary", rules.POLICY_ARN),
        throttle_rate=reader.whole_number("throttle-rate", rules.THROTTLE),
        throttle_burst=reader.whole_number("throttle-burst", rules.THROTTLE),
        public_throttle_rate=reader.whole_number("public-throttle-rate", rules.THROTTLE),
        public_throttle_burst=reader.whole_number("public-throttle-burst", rules.THROTTLE),
        reserved_concurrency=reader.whole_number("reserved-concurrency", rules.CONCURRENCY),
        mailing_concurrency=reader.whole_number("mailing-concurrency", rules.CONCURRENCY),
        domain_name=reader.optional_text("domain-name", rules.DOMAIN_NAME),
        hosted_zone_id=reader.optional_text("hosted-zone-id", rules.HOSTED_ZONE_ID),
        certificate_arn=reader.optional_text("certificate-arn", rules.CERTIFICATE_ARN),
        default_endpoint=reader.flag("default-endpoint", instead=True),
        lambda_runtime=reader.text("lambda-runtime", rules.RUNTIME),
        lambda_architecture=architecture,
        wheel_platform=reader.optional_text("wheel-platform", rules.PLATFORM)
        or PLATFORMS.get(architecture, ""),
    )


def _raise_if_any(problems: list[str], stage: str) -> None:
    if not rules.STAGE.holds(stage):
        cure = f"pulumi stack rename {_free_name(stage)} --stack {shlex.quote(stage)}"
        problems.append(
            f"the stack name {stage!r} must be {rules.STAGE.says}; any other such"
            f" name that no stack has does as well: {cure}"
        )
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        raise ConfigError(f"The configuration of stack {stage!r} cannot be used:{lines}")


def _free_name(stage: str) -> str:
    """The nearest name that a stage may have, and of which there is no file yet."""
    allowed = re.sub(r"[^a-z0-9]+", "-", stage.lower()).lstrip("-0123456789")[:27].rstrip("-")
    base = allowed or rules.STAGE.example
    names = (base, *(f"{base}-{number}" for number in range(2, 100)))
    return next(name for name in names if not (_PROJECT / f"Pulumi.{name}.yaml").exists())
