"""What functions can be told of the configuration and the release, by environment variables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from infrastructure.alarm_rules import own_metrics
from infrastructure.release import version

if TYPE_CHECKING:
    from infrastructure.settings import Settings

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LIMIT_BYTES: Final = 4096
# For the names of resources, which are not all known before there are any.
RESOURCES_BYTES: Final = 512


def environment(settings: Settings, *names: str) -> dict[str, str]:
    """The named variables; one whose setting is empty is left out."""
    values = _values(settings)
    return {name: values[name] for name in names if values[name]}


def whole_environment(settings: Settings) -> dict[str, str]:
    """All variables there are to choose from."""
    return environment(settings, *_values(settings))


def bytes_with_resources(settings: Settings) -> int:
    """The size of all variables as Lambda measures it, with room left for the names of resources.

    Its refusal shows the text it measured, a JSON object without spaces; so a quotation mark, of
    which JSON in a variable has many, takes two bytes.
    """
    text = json.dumps(whole_environment(settings), separators=(",", ":"))
    return len(text.encode()) + RESOURCES_BYTES


def _values(settings: Settings) -> dict[str, str]:
    return {
        "LEAVE_ADMINS": ",".join(settings.admins),
        "LEAVE_COMPANY_DOMAIN": settings.company_domain,
        "LEAVE_COMPANY_NAME": settings.company_name,
        "LEAVE_ESCALATE_AFTER_DAYS": str(settings.escalate_after_days),
        "LEAVE_FALLBACK_APPROVER": settings.fallback_approver,
        "LEAVE_GMAIL_ENDPOINT": settings.gmail_endpoint,
        "LEAVE_HELP_CONTACT": settings.help_contact,
        "LEAVE_HOLIDAY_CALENDARS": ",".join(settings.holiday_calendars),
        "LEAVE_MAIL_REDIRECT": settings.mail_redirect,
        "LEAVE_MAIL_SENDER": settings.mail_sender,
        "LEAVE_METRICS": ",".join(own_metrics(settings.monitoring)),
        "LEAVE_OIDC_ISSUER": settings.oidc_issuer,
        "LEAVE_REMIND_AFTER_DAYS": str(settings.remind_after_days),
        "LEAVE_RULES": settings.rules,
        "LEAVE_SECOND_APPROVAL_OVER_DAYS": str(settings.second_approval_over_days),
        "LEAVE_STAGE": settings.stage,
        "LEAVE_TIME_ZONE": settings.time_zone,
        "LEAVE_UNDO_SECONDS": str(settings.undo_seconds),
        "LEAVE_VERSION": version(),
    }
