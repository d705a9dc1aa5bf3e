"""The configuration key `leave:rules`, as the functions understand it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure import config_rules
from infrastructure.leave_rules import LEAVE_TYPE_ID
from infrastructure.stage_config import ConfigError
from leave.config import read_rules
from leave.domain.employee import EMPLOYEE_ID
from leave.domain.policy import Audience, BlockedPeriod, CarryOver, Rules, Severity
from leave.functions import inputs as limits
from tests.infrastructure.graph import STACKS
from tests.infrastructure.stack_file import StackFile, settings

ANNUAL = {"id": "annual", "name": "Annual leave"}
SICK = {"id": "sick", "name": "Sick leave"}
BLOCKED = {"start": "2027-12-27", "end": "2027-12-31", "reason": "Stocktaking"}


def understood(configured: object) -> Rules:
    """What the functions make of it."""
    text = settings(rules=configured).rules
    return read_rules(text or None)


@pytest.mark.parametrize("stack", STACKS)
def test_the_functions_accept_exactly_what_every_stage_configures(stack: str) -> None:
    """Value by value, against the stack's own file."""
    configured = json.loads(StackFile(stack).get("rules") or "{}")
    rules = read_rules(settings(stack).rules)
    assert [t.id for t in rules.leave_types] == [t["id"] for t in configured["leaveTypes"]]
    for made, given_ in zip(rules.leave_types, configured["leaveTypes"], strict=True):
        assert made.name == given_["name"]
        assert made.needs_approval is given_.get("needsApproval", True)
        assert made.may_go_negative is given_.get("mayGoNegative", False)
        assert made.minimum_notice_days == given_.get("minimumNoticeDays", 0)
        assert made.days_per_year == given_.get("daysPerYear")
        assert made.maximum_days == given_.get("maximumDays")
        assert made.visible_to == given_.get("visibleTo", "lead")
        assert made.team_rules is given_.get("teamRules")
    month, day = map(int, configured["carryOver"]["expires"].split("-"))
    maximum = Decimal(configured["carryOver"]["maximumDays"])
    assert rules.carry_over == CarryOver(maximum_days=maximum, expires_month=month, expires_day=day)
    assert (rules.presence is not None) is ("presence" in configured)


def test_every_stage_keeps_sickness_from_the_lead_and_asks_nobody_about_it() -> None:
    for stack in STACKS:
        sick = read_rules(settings(stack).rules).leave_type("sick")
        assert sick is not None
        assert (sick.needs_approval, sick.is_limited) == (False, False)
        assert sick.visible_to is Audience.NOBODY


def test_without_rules_the_functions_take_their_defaults() -> None:
    assert settings(rules={}).rules == ""
    assert understood({}) == Rules()


def test_everything_that_can_be_said_is_understood() -> None:
    rules = understood(
        {
            "leaveTypes": [
                {**ANNUAL, "mayGoNegative": True, "maximumDays": 20.5, "minimumNoticeDays": 3},
                {**SICK, "needsApproval": "false", "visibleTo": "nobody", "teamRules": True},
                {
                    "id": "special-2",
                    "name": "Sonderurlaub für Umzüge",
                    "daysPerYear": "2.5",
                    "teamRules": False,
                },
            ],
            "carryOver": {"maximumDays": 5, "expires": "06-30"},
            "blockedPeriods": [{**BLOCKED, "severity": "flag", "leadId": "E001"}],
            "presence": {"minimum": 2, "severity": "refuse"},
            "horizonDays": 365,
            "requestsPerDay": 7,
        }
    )
    annual, sick, special = rules.leave_types
    assert (annual.maximum_days, annual.minimum_notice_days) == (Decimal("20.5"), 3)
    assert (annual.may_go_negative, annual.needs_approval) == (True, True)
    assert (sick.needs_approval, sick.visible_to) == (False, Audience.NOBODY)
    assert (special.name, special.days_per_year) == ("Sonderurlaub für Umzüge", Decimal("2.5"))
    assert [t.team_rules for t in rules.leave_types] == [None, True, False]
    assert rules.carry_over.last_day(2028).isoformat() == "2028-06-30"
    (blocked,) = rules.blocked_periods
    assert isinstance(blocked, BlockedPeriod)
    assert (blocked.severity, blocked.lead_id) == (Severity.FLAG, "E001")
    assert rules.presence is not None
    assert (rules.presence.minimum, rules.presence.severity) == (2, Severity.REFUSE)
    assert (rules.horizon_days, rules.requests_per_day) == (365, 7)


def test_the_same_rules_in_another_order_are_the_same_text() -> None:
    """Pulumi sorts the keys of an object, and another tool may not."""
    one = settings(rules={"horizonDays": 400, "leaveTypes": [{"name": "A", "id": "annual"}]})
    two = settings(rules={"leaveTypes": [{"id": "annual", "name": "A"}], "horizonDays": 400})
    assert one.rules == two.rules
    assert " " not in one.rules


# Values of which about half are wrong, so that what is accepted varies, too.
DAYS = st.sampled_from([0, 0.5, 5, 30.0, "12.5", 366, 367, -1, 0.3, "x", None])
TEXTS = st.sampled_from(["annual", "sick", "x-1", "Sick", "", "a b", 3])
RULES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "leaveTypes": st.lists(
            st.fixed_dictionaries(
                {"id": TEXTS, "name": TEXTS},
                optional={
                    "daysPerYear": DAYS,
                    "maximumDays": DAYS,
                    "minimumNoticeDays": DAYS,
                    "needsApproval": st.sampled_from([True, False, "true"]),
                    "visibleTo": st.sampled_from(["lead", "nobody", "all"]),
                    "teamRules": st.sampled_from([True, False, "true"]),
                },
            ),
            max_size=3,
        ),
        "carryOver": st.fixed_dictionaries(
            {"maximumDays": DAYS},
            optional={"expires": st.sampled_from(["03-31", "12-31", "02-29", "02-28", "2-1"])},
        ),
        "blockedPeriods": st.lists(
            st.fixed_dictionaries(
                {"start": st.dates().map(str), "end": st.dates().map(str), "reason": TEXTS}
            ),
            max_size=2,
        ),
        "presence": st.fixed_dictionaries({"minimum": DAYS}),
        "horizonDays": st.integers(0, 800),
        "requestsPerDay": st.integers(0, 1_001),
    },
)


@given(configured=RULES)
def test_whatever_is_accepted_the_functions_can_read(configured: dict[str, Any]) -> None:
    try:
        text = settings(rules=configured).rules
    except ConfigError:
        return
    rules = read_rules(text or None)
    assert rules.leave_type("annual") is not None
    assert 30 <= rules.horizon_days <= 730
    assert 1 <= rules.requests_per_day <= 1_000
    assert len(rules.blocked_periods) == len(configured.get("blockedPeriods", []))
    assert all(t.team_rules in {None, True, False} for t in rules.leave_types)


def test_ids_are_what_the_api_takes() -> None:
    """Neither side may import the other, so both say it."""
    longest = "a" * limits.TYPE_LENGTH
    assert LEAVE_TYPE_ID.holds(longest)
    assert not LEAVE_TYPE_ID.holds(f"{longest}a")
    for employee_id in ("E001", "a.b_c-D", "1" * 64):
        assert EMPLOYEE_ID.fullmatch(employee_id)
        assert config_rules.EMPLOYEE_ID.holds(employee_id)
    for no_id in ("E 1", "", "1" * 65, "Ü"):
        assert not EMPLOYEE_ID.fullmatch(no_id)
        assert not config_rules.EMPLOYEE_ID.holds(no_id)
