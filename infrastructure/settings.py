"""The configuration of one stage, typed and checked: see `stage_config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What differs from stage to stage; an optional text is empty when it is not configured.

    `rules` are the leave rules, checked, as compact JSON.
    """

    stage: str
    company_domain: str
    company_name: str
    help_contact: str
    oidc_issuer: str
    oidc_audiences: tuple[str, ...]
    require_sign_in: bool
    admins: tuple[str, ...]
    time_zone: str
    mail_sender: str
    gmail_endpoint: str
    mail_redirect: str
    fallback_approver: str
    rules: str
    holiday_calendars: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    answer_timeout_days: int
    remind_after_days: int
    escalate_after_days: int
    undo_seconds: int
    second_approval_over_days: int
    daily_sweep_at: str
    monitoring: str
    alarm_email: str
    log_retention_days: int
    log_level: str
    protect: bool
    permissions_boundary: str
    throttle_rate: int
    throttle_burst: int
    public_throttle_rate: int
    public_throttle_burst: int
    reserved_concurrency: int
    mailing_concurrency: int
    domain_name: str
    hosted_zone_id: str
    certificate_arn: str
    default_endpoint: bool
    lambda_runtime: str
    lambda_architecture: str
    wheel_platform: str

    def instances(self, key: str | None) -> int:
        """How many instances a configuration key keeps for a function; 0 for none."""
        kept = {
            "mailing-concurrency": self.mailing_concurrency,
            "reserved-concurrency": self.reserved_concurrency,
        }
        return kept[key] if key else 0
