"""What one change does to a stage that is there, and how a stage becomes whole after a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.workshop import Clone, Update, Workshop

FUNCTION = "lambda/function:Function"
LAYER = "lambda/layerVersion:LayerVersion"


@pytest.fixture(scope="module")
def failed(clone: Clone) -> Update:
    """A first update of dev that can not make the layer."""
    clone.shell("pulumi stack init dev")
    return clone.pulumi("up -s dev", succeeds=False, FAILS_AT=f"aws:{LAYER}")


@pytest.fixture(scope="module")
def mended(clone: Clone, failed: Update) -> Update:
    """The next update."""
    assert failed.said
    return clone.pulumi("up -s dev")


@pytest.fixture(scope="module")
def clone(workshop: Workshop) -> Clone:
    return workshop.clone()


def test_an_update_that_failed_says_at_what_and_the_next_one_makes_the_rest(
    failed: Update, mended: Update
) -> None:
    assert f"no aws:{LAYER} can be made now" in failed.said
    assert (LAYER, "dependencies") in mended.of("create")
    assert mended.of("same") == failed.of("create")
    assert mended.of("create") == mended.operation.keys() - failed.of("create")


@pytest.mark.parametrize(
    ("command", "touched"),
    [
        ("leave:log-retention-days 14", {"cloudwatch/logGroup:LogGroup"}),
        ("leave:answer-timeout-days 15", {"sfn/stateMachine:StateMachine"}),
    ],
)
def test_one_changed_value_touches_nothing_but_what_it_must(
    clone: Clone, mended: Update, command: str, touched: set[str]
) -> None:
    clone.shell(f"pulumi config set -s dev {command}")
    update = clone.pulumi("up -s dev")
    assert update.of("update") == {item for item in mended.operation if item[0] in touched}
    assert update.of("same") == mended.operation.keys() - update.of("update")


@pytest.mark.parametrize("level", ["full", "none"])
def test_another_level_of_monitoring_touches_nothing_but_what_watches(
    clone: Clone, mended: Update, level: str
) -> None:
    """Dev is shipped with `none`. Functions are told which of their numbers are metrics."""
    clone.shell(f"pulumi config set -s dev leave:monitoring {level}")
    update = clone.pulumi("up -s dev")
    changed = update.of("create") if level == "full" else update.of("delete")
    assert {type_ for type_, _ in changed} == {
        "cloudwatch/dashboard:Dashboard",
        "cloudwatch/metricAlarm:MetricAlarm",
        "sns/topic:Topic",
    }
    counting = {"change-leave-request", "daily-sweep", "request-leave", "submit-lead-response"}
    mailing = {"process-lead-response", "process-leave-request"}
    assert update.of("update") == {(FUNCTION, name) for name in counting | mailing}
    assert update.of("same") == mended.operation.keys() - update.of("update")
