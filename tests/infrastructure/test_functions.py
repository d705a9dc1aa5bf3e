"""What each function runs, knows and logs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infrastructure.environment import RESOURCES_BYTES, whole_environment
from infrastructure.function_table import FUNCTIONS as SPECS
from infrastructure.function_table import Use
from infrastructure.release import version
from tests.infrastructure.aws_answers import API_ENDPOINT, REGION
from tests.infrastructure.graph import EMPTY, FULL, graph
from tests.infrastructure.stack_file import settings

if TYPE_CHECKING:
    from infrastructure.function_table import FunctionSpec

PROJECT = Path(__file__).parents[2]
FUNCTIONS = tuple(sorted(spec.resource for spec in SPECS if not spec.only_with_sign_in))
_ARN = "arn:aws:{}:eu-central-1:123456789012:{}"
_SECRET = _ARN.format("secretsmanager", "secret:leave/dev/{}-AbCdEf")
KNOWN = {
    "LEAVE_ADMINS": "hr@example.com,b@x.io",
    "LEAVE_COMPANY_DOMAIN": "example.com",
    "LEAVE_COMPANY_NAME": "Example Ltd",
    "LEAVE_ESCALATE_AFTER_DAYS": "2",
    "LEAVE_FALLBACK_APPROVER": "E001",
    "LEAVE_GMAIL_ENDPOINT": "https://gmail.googleapis.com",
    "LEAVE_HELP_CONTACT": "https://intranet.example.com/leave",
    "LEAVE_HOLIDAY_CALENDARS": ",".join(settings("dev").holiday_calendars),
    "LEAVE_MAIL_REDIRECT": "leave-testers@example.com",
    "LEAVE_MAIL_SENDER": "leave-dev@example.com",
    "LEAVE_METRICS": "CredentialsRejected,MailsUndeliverable,OldestUndecidedDays,SweepFailures",
    "LEAVE_OIDC_ISSUER": "https://accounts.google.com",
    "LEAVE_REMIND_AFTER_DAYS": "1",
    "LEAVE_RULES": settings("dev").rules,
    "LEAVE_SECOND_APPROVAL_OVER_DAYS": "10",
    "LEAVE_STAGE": "dev",
    "LEAVE_TIME_ZONE": "Europe/Berlin",
    "LEAVE_UNDO_SECONDS": "60",
    "LEAVE_VERSION": version(),
}
URL = {"LEAVE_API_URL": f"{API_ENDPOINT}/dev"}
NAMED: dict[Use, dict[str, str]] = {
    Use.ANSWER_TASK: {},
    Use.API_URL: URL,
    Use.DESCRIBE_EXECUTION: {},
    Use.GMAIL: {"LEAVE_GMAIL_SECRET": _SECRET.format("gmail")},
    Use.OPEN_INDEX: {},
    Use.SIGN_IN: {"LEAVE_SIGN_IN_SECRET": _SECRET.format("sign-in"), **URL},
    Use.START_EXECUTION: {
        "LEAVE_STATE_MACHINE_ARN": _ARN.format("states", "stateMachine:EmployeeLeaveWorkflow-dev")
    },
}
"""The variables that come with a right."""

every_function = pytest.mark.parametrize("name", FUNCTIONS)


def inputs_of(name: str, stack: str = "dev", **overrides: Any) -> dict[str, Any]:
    return graph(stack, **overrides).of("lambda/function:Function")[name].inputs


def test_there_is_one_function_per_entry_point() -> None:
    modules = (PROJECT / "leave" / "functions").glob("*.py")
    entry_points = {
        file.stem.replace("_", "-")
        for file in modules
        if re.search(r"^(def )?handler\b", file.read_text("utf-8"), re.MULTILINE)
    }
    assert tuple(graph("dev").of("lambda/function:Function")) == FUNCTIONS
    assert entry_points == {*FUNCTIONS, "sign-in"}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_function_knows_what_its_row_says_and_nothing_else(spec: FunctionSpec) -> None:
    expected = {name: KNOWN[name] for name in spec.settings}
    if spec.reads or spec.queries or spec.writes:
        expected["LEAVE_TABLE"] = "leave-dev"
    for use in spec.uses:
        expected |= NAMED[use]
    configured = inputs_of(spec.resource, **FULL, require_sign_in=True)
    assert configured.get("environment", {}).get("variables", {}) == expected


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_function_has_the_memory_time_and_instances_of_its_row(spec: FunctionSpec) -> None:
    kept = {None: -1, "mailing-concurrency": 2, "reserved-concurrency": 20}
    inputs = inputs_of(spec.resource, **FULL, require_sign_in=True)
    assert inputs["memorySize"] == spec.memory_megabytes
    assert inputs["timeout"] == spec.timeout_seconds
    assert inputs["reservedConcurrentExecutions"] == kept[spec.concurrency]


def test_an_empty_setting_is_no_variable() -> None:
    """The code would have to tell empty rules or an empty list from missing ones."""
    variables = inputs_of("request-leave", **EMPTY)["environment"]
    assert variables["variables"].keys() == {
        "LEAVE_TABLE",
        "LEAVE_STATE_MACHINE_ARN",
        "LEAVE_COMPANY_DOMAIN",
        "LEAVE_ESCALATE_AFTER_DAYS",
        "LEAVE_REMIND_AFTER_DAYS",
        "LEAVE_SECOND_APPROVAL_OVER_DAYS",
        "LEAVE_STAGE",
        "LEAVE_TIME_ZONE",
        "LEAVE_UNDO_SECONDS",
    }


@every_function
def test_the_names_of_resources_fit_into_the_room_kept_for_them(name: str) -> None:
    """For the longest name of a stack, region and partition; the rest is measured before."""
    variables = inputs_of(name, **FULL).get("environment", {}).get("variables", {})
    configured = whole_environment(settings("dev", **FULL))
    names = {key: value for key, value in variables.items() if key not in configured}
    text = json.dumps(names, separators=(",", ":")).replace("dev", "s" * 30)
    text = text.replace(REGION, "ap-southeast-1").replace("arn:aws:", "arn:aws-us-gov:")
    assert len(text) < RESOURCES_BYTES


@every_function
def test_the_handler_is_a_module_that_is_shipped(name: str) -> None:
    module, _, function = inputs_of(name)["handler"].rpartition(".")
    assert function == "handler"
    assert Path(PROJECT, *module.split(".")).with_suffix(".py").is_file()


@every_function
def test_a_function_is_traced_and_logs_json_to_its_own_group(name: str) -> None:
    stack = graph("prod")
    function = stack.of("lambda/function:Function")[name]
    group = stack.of("cloudwatch/logGroup:LogGroup")[f"{name}-logs"]
    assert group.inputs == {"name": f"/aws/lambda/leave-prod-{name}", "retentionInDays": 365}
    assert function.inputs["tracingConfig"] == {"mode": "Active"}
    assert function.inputs["loggingConfig"] == {
        "logFormat": "JSON",
        "applicationLogLevel": "INFO",
        "systemLogLevel": "WARN",
        "logGroup": group.inputs["name"],
    }


@every_function
def test_a_function_waits_for_its_rights(name: str) -> None:
    assert graph("dev").of("lambda/function:Function")[name].depends_on == [f"{name}-rights"]


def test_what_reports_health_needs_no_layer_and_all_else_does() -> None:
    without = {name for name in FUNCTIONS if not inputs_of(name)["layers"]}
    assert without == {"report-health"}


def test_a_page_is_answered_before_api_gateway_gives_up() -> None:
    """It does after 30 seconds, whatever the function would still have to say."""
    for spec in SPECS:
        assert spec.caller != "api" or spec.timeout_seconds < 30


@every_function
def test_code_is_a_zip_file_named_relative_to_the_project(name: str) -> None:
    """The path is kept in the stack's state, which other people's machines read."""
    assert inputs_of(name)["code"] == {"archive": ".build/code.zip"}
