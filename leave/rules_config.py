"""Reading a stage's leave rules from the JSON text that the Pulumi program hands over.

```json
{"leaveTypes": [{"id": "annual", "name": "Annual leave", "maximumDays": 20}],
 "carryOver": {"maximumDays": 5, "expires": "03-31"},
 "blockedPeriods": [{"start": "2027-12-27", "end": "2027-12-31", "reason": "Stocktaking"}],
 "presence": {"minimum": 2, "severity": "flag"},
 "horizonDays": 550,
 "requestsPerDay": 50}
```
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from leave.config import ConfigurationError
from leave.domain.rules import (
    Audience,
    BlockedPeriod,
    CarryOver,
    LeaveType,
    Presence,
    Rules,
    Severity,
)


def read_rules(text: str | None) -> Rules:
    """Return the rules; the defaults where nothing is configured.

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
