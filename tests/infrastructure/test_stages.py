"""Stages: how dev and prod differ, and that a new one is one new file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from infrastructure.function_table import FUNCTIONS
from tests.infrastructure.graph import EVERYTHING, FULL, Graph, graph, graph_of, run_program
from tests.infrastructure.stack_file import PROJECT, settings

if TYPE_CHECKING:
    from pathlib import Path

DEV, PROD = settings("dev"), settings("prod")
LIMITED = {spec.resource for spec in FUNCTIONS if spec.routes}
MAILING = {"process-leave-request", "process-lead-response"}


@pytest.mark.parametrize(
    "key",
    [
        "alarm_email",
        "answer_timeout_days",
        "log_level",
        "log_retention_days",
        "mail_redirect",
        "mail_sender",
        "monitoring",
        "oidc_audiences",
        "protect",
        "throttle_burst",
        "throttle_rate",
        "undo_seconds",
    ],
)
def test_dev_and_prod_differ_where_stages_should(key: str) -> None:
    assert getattr(DEV, key) != getattr(PROD, key)


def test_prod_is_guarded_and_mails_for_real() -> None:
    assert (DEV.protect, PROD.protect) == (False, True)
    assert (bool(DEV.mail_redirect), PROD.mail_redirect) == (True, "")
    assert PROD.log_retention_days > DEV.log_retention_days
    assert (DEV.monitoring, PROD.monitoring) == ("none", "full")
    assert PROD.alarm_email


@pytest.mark.parametrize("stage", [DEV, PROD])
def test_a_shipped_stage_keeps_no_instances_which_a_new_account_does_not_have(stage: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html."""
    assert (stage.reserved_concurrency, stage.mailing_concurrency) == (0, 0)


def kept_for_functions(stage: Graph) -> dict[str, int]:
    functions = stage.of("lambda/function:Function")
    return {name: item.inputs["reservedConcurrentExecutions"] for name, item in functions.items()}


def test_instances_are_kept_for_what_people_call_and_for_what_mails() -> None:
    assert kept_for_functions(graph("dev", **EVERYTHING)) == {
        **dict.fromkeys(LIMITED, EVERYTHING["reserved_concurrency"]),
        **dict.fromkeys(MAILING, EVERYTHING["mailing_concurrency"]),
        "daily-sweep": -1,
    }


def test_with_0_nothing_is_kept_and_every_function_still_runs() -> None:
    """To Lambda itself, 0 would be a function that is never called."""
    assert (DEV.reserved_concurrency, DEV.mailing_concurrency) == (0, 0)
    assert set(kept_for_functions(graph("dev")).values()) == {-1}


@pytest.mark.parametrize(("keys", "few"), [(FULL, True), ({"monitoring": "full"}, False)])
def test_mails_that_wait_in_line_are_no_alarm_at_once(keys: dict[str, Any], *, few: bool) -> None:
    alarms = graph("dev", **keys).of("cloudwatch/metricAlarm:MetricAlarm")
    for name in (*MAILING, "request-leave"):
        alarm = alarms[f"alarms-{name}-throttles"].inputs
        waits = name in MAILING and few
        assert alarm["period"] == (3600 if waits else 300)
        assert alarm["evaluationPeriods"] == alarm["datapointsToAlarm"] == (3 if waits else 1)


def staging(folder: Path) -> dict[str, Any]:
    """A folder of stack files with one more in it, as docs/configuration.md says."""
    for file in PROJECT.glob("Pulumi*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes())
    text = (folder / "Pulumi.dev.yaml").read_text("utf-8")
    (folder / "Pulumi.staging.yaml").write_text(text.replace("stage: dev", "stage: staging"))
    return {"stack": "staging", "preview": False, "overrides": {}, "files": str(folder)}


def test_a_new_stage_is_one_new_file(tmp_path: Path) -> None:
    made = graph_of(run_program(staging(tmp_path)))
    dev = graph("dev")
    assert [(item.type, item.name) for item in made.resources] == [
        (item.type, item.name) for item in dev.resources
    ]
    names = {item.inputs.get("name") for item in made.resources if item.inputs.get("name")}
    taken = {item.inputs.get("name") for item in dev.resources}
    # An authorizer and a schedule have a name within their API and their group.
    assert names & taken <= {"daily-sweep", "employees"}
    # Addresses are those of the file that was copied.
    told = json.dumps([item.inputs for item in made.resources])
    assert re.findall(r"leave[-/]dev(?!@|elopers@)", told) == []
