"""The configuration key `leave:rules`: strictly checked, and understood by the functions."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure import config_rules
from infrastructure.environment_size import LIMIT_BYTES, RESOURCES_BYTES
from infrastructure.leave_rules import LEAVE_TYPE_ID
from infrastructure.settings import ConfigError, Settings
from leave.domain.rules import Audience, BlockedPeriod, CarryOver, Rules, Severity
from leave.functions import limits
from leave.rules_config import read_rules
from tests.infrastructure.graph import STACKS
from tests.infrastructure.stack_file import StackFile

ANNUAL = {"id": "annual", "name": "Annual leave"}
SICK = {"id": "sick", "name": "Sick leave"}
BLOCKED = {"start": "2027-12-27", "end": "2027-12-31", "reason": "Stocktaking"}


def settings(stack: str = "dev", **changes: object) -> Settings:
    return Settings.read(StackFile(stack, **changes), stage=stack)


def understood(configured: object) -> Rules:
    """What the functions make of it."""
    text = settings(rules=configured).rules
    return read_rules(text or None)


def problems(configured: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings(rules=configured)
    return str(caught.value).splitlines()[1:]


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
                {**SICK, "needsApproval": False, "visibleTo": "nobody"},
                {"id": "special-2", "name": "Sonderurlaub für Umzüge", "daysPerYear": "2.5"},
            ],
            "carryOver": {"maximumDays": 5, "expires": "06-30"},
            "blockedPeriods": [{**BLOCKED, "severity": "flag", "leadId": "E001"}],
            "presence": {"minimum": 2, "severity": "refuse"},
            "horizonDays": 365,
        }
    )
    annual, sick, special = rules.leave_types
    assert (annual.maximum_days, annual.minimum_notice_days) == (Decimal("20.5"), 3)
    assert (annual.may_go_negative, annual.needs_approval) == (True, True)
    assert (sick.needs_approval, sick.visible_to) == (False, Audience.NOBODY)
    assert (special.name, special.days_per_year) == ("Sonderurlaub für Umzüge", Decimal("2.5"))
    assert rules.carry_over.last_day(2028).isoformat() == "2028-06-30"
    (blocked,) = rules.blocked_periods
    assert isinstance(blocked, BlockedPeriod)
    assert (blocked.severity, blocked.lead_id) == (Severity.FLAG, "E001")
    assert rules.presence is not None
    assert (rules.presence.minimum, rules.presence.severity) == (2, Severity.REFUSE)
    assert rules.horizon_days == 365


def test_the_same_rules_in_another_order_are_the_same_text() -> None:
    """Pulumi sorts the keys of an object, and another tool may not."""
    one = settings(rules={"horizonDays": 400, "leaveTypes": [{"name": "A", "id": "annual"}]})
    two = settings(rules={"leaveTypes": [{"id": "annual", "name": "A"}], "horizonDays": 400})
    assert one.rules == two.rules
    assert " " not in one.rules


def test_all_problems_are_told_at_once_each_with_its_cure() -> None:
    told = problems(
        {
            "leaveTypes": [{"id": "Sick", "name": "", "needsApproval": "no"}, SICK, SICK],
            "carryOver": {"expires": "02-29"},
            "blockedPeriods": [{"start": "2027-12-31", "end": "2027-12-27", "reason": "x"}],
            "presence": {"minimum": 0},
            "horizonDays": 29,
            "maxDays": 20,
        }
    )
    assert len(told) == 11
    for problem in told:
        assert problem.startswith("  - leave:rules.")
        assert ": pulumi config " in problem
        assert " --path 'leave:rules." in problem
        assert problem.endswith(" --stack dev")


@pytest.mark.parametrize(
    ("configured", "finding", "cure"),
    [
        (
            {"leaveTypes": [{**ANNUAL, "maximumDays": 2.3}]},
            "leave:rules.leaveTypes[0].maximumDays is 2.3; it must be a number of days",
            "set --path 'leave:rules.leaveTypes[0].maximumDays' 20",
        ),
        (
            {"leaveTypes": [ANNUAL, {"id": "sick"}]},
            "leave:rules.leaveTypes[1].name is missing; it must be 1 to 100 printable characters",
            "set --path 'leave:rules.leaveTypes[1].name' 'Sick leave'",
        ),
        (
            {"leaveTypes": [SICK]},
            "leave:rules.leaveTypes[1].id is missing; it must be 'annual', which every stage has",
            "set --path 'leave:rules.leaveTypes[1].id' annual",
        ),
        (
            {"leaveTypes": []},
            "leave:rules.leaveTypes[0].id is missing",
            "set --path 'leave:rules.leaveTypes[0].id' annual",
        ),
        (
            {"leaveTypes": [ANNUAL, SICK, SICK]},
            "leave:rules.leaveTypes[2].id is 'sick' again; it must be another one",
            "set --path 'leave:rules.leaveTypes[2].id' sick-2",
        ),
        (
            {"leaveTypes": [{**ANNUAL, "daysPerYear": 25}]},
            "leave:rules.leaveTypes[0].daysPerYear is each employee's own, in the directory",
            "rm --path 'leave:rules.leaveTypes[0].daysPerYear'",
        ),
        (
            {"leaveTypes": [{**ANNUAL, "days": 25}]},
            "leave:rules.leaveTypes[0].days is unknown (known are id, name, daysPerYear, ",
            "rm --path 'leave:rules.leaveTypes[0].days'",
        ),
        (
            {"carryover": {}},
            "leave:rules.carryover is unknown (known are leaveTypes, carryOver, blockedPeriods, ",
            "rm --path 'leave:rules.carryover'",
        ),
        (
            {"it's a.key": 1},
            'leave:rules["it\'s a.key"] is unknown',
            "rm --path 'leave:rules[\"it'\"'\"'s a.key\"]'",
        ),
        (
            {"blockedPeriods": [BLOCKED, {**BLOCKED, "end": "2027-12-26"}]},
            "leave:rules.blockedPeriods[1].end is 2027-12-26; it must be no day before its start",
            "set --path 'leave:rules.blockedPeriods[1].end' 2027-12-27",
        ),
        (
            {"blockedPeriods": [{**BLOCKED, "leadId": 1001}]},
            "leave:rules.blockedPeriods[0].leadId is 1001, not a text (quotes would make it one)",
            "set --path 'leave:rules.blockedPeriods[0].leadId' E001",
        ),
        (
            {"carryOver": {"maximumDays": 5, "expires": None}},
            "leave:rules.carryOver.expires has no value; it must be a month and a day",
            "set --path 'leave:rules.carryOver.expires' 03-31",
        ),
    ],
)
def test_a_problem_names_the_place_the_rule_and_the_cure(
    configured: object, finding: str, cure: str
) -> None:
    (told,) = problems(configured)
    assert told.startswith(f"  - {finding}")
    assert told.endswith(f": pulumi config {cure} --stack dev")


def test_a_cure_can_be_pasted_into_a_shell() -> None:
    (told,) = problems({"it's a.key": 1})
    command = told.partition(": ")[2].replace("pulumi config", "printf '%s\\n'")
    shown = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == [
        *("rm", "--path", 'leave:rules["it\'s a.key"]', "--stack", "dev")
    ]


def leave_type(**changes: object) -> dict[str, Any]:
    return {"leaveTypes": [ANNUAL, {**SICK, **changes}]}


def blocked(**changes: object) -> dict[str, Any]:
    return {"blockedPeriods": [{**BLOCKED, **changes}]}


@pytest.mark.parametrize(
    "configured",
    [
        [],
        "annual",
        {"leaveTypes": "annual"},
        {"leaveTypes": {"annual": {}}},
        {"leaveTypes": [ANNUAL, "sick"]},
        {"leaveTypes": [ANNUAL, None]},
        {"leaveTypes": None},
        {"carryOver": 5},
        {"carryOver": None},
        {"carryOver": {}},
        {"carryOver": {"maximumDays": -1}},
        {"carryOver": {"maximumDays": 5, "expires": "02-29"}},
        {"carryOver": {"maximumDays": 5, "expires": "04-31"}},
        {"carryOver": {"maximumDays": 5, "expires": "3-31"}},
        {"carryOver": {"maximumDays": 5, "expires": "31.03."}},
        {"presence": {}},
        {"presence": {"minimum": 0}},
        {"presence": {"minimum": 1.5}},
        {"presence": {"minimum": True}},
        {"presence": {"minimum": 1, "severity": "warn"}},
        {"horizonDays": 29},
        {"horizonDays": 731},
        {"horizonDays": "a year"},
        leave_type(id=""),
        leave_type(id="1st"),
        leave_type(id="a" * 65),
        leave_type(id="sick leave"),
        leave_type(name=" "),
        leave_type(name="a\nb"),
        leave_type(name="n" * 101),
        leave_type(name=7),
        leave_type(daysPerYear=-0.5),
        leave_type(daysPerYear=0.25),
        leave_type(daysPerYear=366.5),
        leave_type(daysPerYear="1e9999999999"),
        leave_type(daysPerYear=float("nan")),
        leave_type(daysPerYear=float("inf")),
        leave_type(daysPerYear=True),
        leave_type(daysPerYear="many"),
        leave_type(maximumDays="²"),
        leave_type(maximumDays=[1]),
        leave_type(needsApproval="false"),
        leave_type(needsApproval=0),
        leave_type(mayGoNegative=None),
        leave_type(minimumNoticeDays=-1),
        leave_type(minimumNoticeDays=0.5),
        leave_type(visibleTo="everybody"),
        blocked(start="2027-02-29"),
        blocked(start="27.12.2027"),
        blocked(start="20271227"),
        blocked(start="2027-12-27T00:00:00Z"),
        blocked(reason=""),
        blocked(reason="r" * 201),
        blocked(severity="REFUSE"),
        blocked(leadId="E 001"),
        blocked(leadId=""),
        blocked(reasons="x"),
    ],
)
def test_what_the_functions_would_misunderstand_is_refused_before(configured: object) -> None:
    assert len(problems(configured)) == 1


@pytest.mark.parametrize("missing", BLOCKED)
def test_a_blocked_period_is_told_whole(missing: str) -> None:
    period = {key: value for key, value in BLOCKED.items() if key != missing}
    (told,) = problems({"blockedPeriods": [period]})
    assert f"leave:rules.blockedPeriods[0].{missing} is missing" in told


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
    assert len(rules.blocked_periods) == len(configured.get("blockedPeriods", []))


def test_an_environment_that_lambda_would_refuse_is_refused_before() -> None:
    periods = [{**BLOCKED, "reason": "x" * 150} for _ in range(20)]
    (told,) = problems({"blockedPeriods": periods})
    assert f"AWS Lambda takes {LIMIT_BYTES}" in told
    assert "pulumi config rm --path 'leave:rules.blockedPeriods[0]' --stack dev" in told


def test_the_size_is_that_of_the_json_lambda_measures() -> None:
    """Quotation marks in the rules take two bytes there, and other alphabets up to six."""
    room = LIMIT_BYTES - RESOURCES_BYTES
    for stack in STACKS:
        variables = settings(stack).whole_environment()
        assert len(json.dumps(variables, separators=(",", ":"))) < room / 2
    fits = [{**BLOCKED, "reason": "x" * 100} for _ in range(11)]
    settings(rules={"blockedPeriods": fits})
    assert problems({"blockedPeriods": [{**period, "reason": "ж" * 100} for period in fits]})


def test_ids_are_what_the_api_takes() -> None:
    """Neither side may import the other, so both say it."""
    longest = "a" * limits.TYPE_LENGTH
    assert LEAVE_TYPE_ID.holds(longest)
    assert not LEAVE_TYPE_ID.holds(f"{longest}a")
    for employee_id in ("E001", "a.b_c-D", "1" * 64):
        assert limits.EMPLOYEE_ID.fullmatch(employee_id)
        assert config_rules.EMPLOYEE_ID.holds(employee_id)
    for no_id in ("E 1", "", "1" * 65, "Ü"):
        assert not limits.EMPLOYEE_ID.fullmatch(no_id)
        assert not config_rules.EMPLOYEE_ID.holds(no_id)
