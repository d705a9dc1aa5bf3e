"""The configuration key `leave:rules`: every mistake is told at once, with its cure."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from typing import Any

import pytest

from emulator.stack_config import stack_config
from infrastructure.environment import LIMIT_BYTES, RESOURCES_BYTES, whole_environment
from tests.infrastructure.graph import STACKS
from tests.infrastructure.stack_file import PROJECT, problems, settings

ANNUAL = {"id": "annual", "name": "Annual leave"}
SICK = {"id": "sick", "name": "Sick leave"}
BLOCKED = {"start": "2027-12-27", "end": "2027-12-31", "reason": "Stocktaking"}


def test_all_problems_are_told_at_once_each_with_its_cure() -> None:
    told = problems(
        rules={
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
        assert problem.startswith("leave:rules.")
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
    (told,) = problems(rules=configured)
    assert told.startswith(finding)
    assert told.endswith(f": pulumi config {cure} --stack dev")


def test_a_cure_can_be_pasted_into_a_shell() -> None:
    (told,) = problems(rules={"it's a.key": 1})
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
        {"requestsPerDay": 0},
        {"requestsPerDay": 1_001},
        {"requestsPerDay": "many"},
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
        leave_type(needsApproval="no"),
        leave_type(needsApproval=0),
        leave_type(mayGoNegative=None),
        leave_type(minimumNoticeDays=-1),
        leave_type(minimumNoticeDays=0.5),
        leave_type(visibleTo="everybody"),
        leave_type(teamRules="always"),
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
    assert len(problems(rules=configured)) == 1


def test_a_day_that_lost_its_quotes_is_told_so() -> None:
    """To YAML it is a point in time then."""
    period = {**BLOCKED, "start": date(2027, 12, 27)}
    texts = stack_config(PROJECT, "dev", {"leave:rules": {"blockedPeriods": [period]}})
    (told,) = problems(rules=texts["leave:rules"])
    assert "start is '2027-12-27T00:00:00Z'; it must be a day in quotes such as" in told


@pytest.mark.parametrize("missing", BLOCKED)
def test_a_blocked_period_is_told_whole(missing: str) -> None:
    period = {key: value for key, value in BLOCKED.items() if key != missing}
    (told,) = problems(rules={"blockedPeriods": [period]})
    assert f"leave:rules.blockedPeriods[0].{missing} is missing" in told


LONG = [{**BLOCKED, "reason": "x" * 150} for _ in range(20)]
OVER = {**BLOCKED, "start": "2025-12-27", "end": "2025-12-31"}
TYPES = [ANNUAL, *({"id": f"type-{number}", "name": "x" * 90} for number in range(40))]
ADMINS = [f"administrator-{number}@example.com" for number in range(200)]


@pytest.mark.parametrize(
    ("changes", "finding", "cure"),
    [
        (
            {"rules": {"blockedPeriods": [*LONG, OVER]}},
            "leave:rules.blockedPeriods[20] is over",
            "rm --path 'leave:rules.blockedPeriods[20]'",
        ),
        (
            {"rules": {"blockedPeriods": [*LONG, {**BLOCKED, "reason": "Stocktaking " * 15}]}},
            "leave:rules.blockedPeriods[20].reason is the longest text in it",
            "set --path 'leave:rules.blockedPeriods[20].reason' "
            + repr(("Stocktaking " * 15)[:90]),
        ),
        (
            {"rules": {"leaveTypes": TYPES}},
            "leave:rules.leaveTypes[1].name is the longest text in it",
            f"set --path 'leave:rules.leaveTypes[1].name' {'x' * 45}",
        ),
        (
            {"admins": ADMINS},
            "leave:admins has 5889 characters",
            "rm --path 'leave:admins[199]'",
        ),
    ],
    ids=["a period that is over", "reason", "name", "administrators"],
)
def test_an_environment_that_lambda_would_refuse_is_refused_before(
    changes: dict[str, Any], finding: str, cure: str
) -> None:
    """The hint names what there is, and no period that is still to come."""
    (told,) = problems(**changes)
    assert f"AWS Lambda takes {LIMIT_BYTES}" in told
    assert finding in told
    assert told.endswith(f": pulumi config {cure} --stack dev")


def test_the_size_is_told_when_all_else_is_right() -> None:
    """What is refused is not counted, and would shift the items that a hint names."""
    (told,) = problems(rules={"blockedPeriods": [7, *LONG, OVER]})
    assert "blockedPeriods[0] is not an object" in told


def test_the_size_is_that_of_the_json_lambda_measures() -> None:
    """Quotation marks in the rules take two bytes there, and other alphabets up to six."""
    room = LIMIT_BYTES - RESOURCES_BYTES
    for stack in STACKS:
        variables = whole_environment(settings(stack))
        assert len(json.dumps(variables, separators=(",", ":"))) < room / 2
    fits = [{**BLOCKED, "reason": "x" * 100} for _ in range(11)]
    settings(rules={"blockedPeriods": fits})
    assert problems(rules={"blockedPeriods": [{**period, "reason": "ж" * 100} for period in fits]})
