"""The life of a stage under the real engine: planned, made, left alone, kept from harm, removed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from emulator.machine import settings_of_this_machine
from tests.infrastructure.stages import STAGES, of_stage

if TYPE_CHECKING:
    from tests.engine.workshop import Update, Workshop

FUNCTION, ROLE, RIGHTS = "lambda/function:Function", "iam/role:Role", "iam/rolePolicy:RolePolicy"
LOGS, MACHINE = "cloudwatch/logGroup:LogGroup", "sfn/stateMachine:StateMachine"
INTEGRATION, SCHEDULE = "apigatewayv2/integration:Integration", "scheduler/schedule:Schedule"
CALLED = ("process-lead-response", "process-leave-request")


@dataclass(frozen=True, kw_only=True)
class Life:
    """What the engine did; `refused` is what it said when it was to remove a protected stage."""

    stage: str
    planned: Update
    made: Update
    again: Update
    elsewhere: Update
    refused: str
    removed: Update


@pytest.fixture(scope="module", params=STAGES)
def life(request: pytest.FixtureRequest, workshop: Workshop) -> Life:
    """One of the stages, from its beginning to its end, in two clones that share its file."""
    stage: str = request.param
    clone, other = workshop.clone(stage), workshop.clone(f"{stage}-elsewhere")
    if stage == "everything":
        values = {f"leave:{key.replace('_', '-')}": value for key, value in STAGES[stage].items()}
        # For this machine: the layer for it is there, and another would be built for a minute.
        clone.configure(stage, values | settings_of_this_machine())
    clone.shell(f"pulumi stack init {stage}")
    planned = clone.pulumi(f"preview -s {stage}")
    made = clone.pulumi(f"up -s {stage}")
    again = clone.pulumi(f"up -s {stage} --expect-no-changes")
    shutil.copy(clone.folder / f"Pulumi.{stage}.yaml", other.folder)
    elsewhere = other.pulumi(f"up -s {stage} --expect-no-changes")
    refused = ""
    if of_stage(stage).only("dynamodb/table:Table").protect:
        refused = clone.shell(f"pulumi destroy -s {stage}", succeeds=False)
        clone.shell(f"pulumi config set -s {stage} leave:protect false")
        clone.shell(f"pulumi up -s {stage}")
    removed = clone.pulumi(f"destroy -s {stage}")
    clone.shell(f"pulumi stack rm {stage} --preserve-config")
    return Life(
        stage=stage,
        planned=planned,
        made=made,
        again=again,
        elsewhere=elsewhere,
        refused=refused,
        removed=removed,
    )


def test_a_preview_names_all_that_an_update_makes(life: Life) -> None:
    """Although nothing is known yet of what AWS answers."""
    expected = {(r.type.removeprefix("aws:"), r.name) for r in of_stage(life.stage).resources}
    made = life.made.of("create")
    assert made == {(type_, name) for type_, name in expected if not type_.startswith("leave:")}
    assert life.planned.of("create") == made


def test_a_second_update_changes_nothing_here_and_in_another_clone(life: Life) -> None:
    for update in (life.again, life.elsewhere):
        assert update.of("same") == life.made.of("create") == update.operation.keys()


def test_a_protected_stage_loses_nothing(life: Life) -> None:
    """Pulumi refuses, and names what is protected."""
    guarded = {r.name for r in of_stage(life.stage).resources if r.protect}
    assert bool(life.refused) == bool(guarded)
    for name in guarded:
        assert f"::{name}" in life.refused
    assert life.removed.of("delete") == life.made.of("create")


def test_a_stage_is_removed_in_an_order_that_aws_takes(life: Life) -> None:
    """What is called goes after its callers, a role after its user, a log group after its writers.

    A function that is still called would fail meanwhile; one that writes after its log group is
    gone makes it anew, and Pulumi knows nothing of that.
    """
    removed = {*life.removed.began}
    functions = {name for type_, name in removed if type_ == FUNCTION}
    users = [(FUNCTION, name) for name in functions] + [(MACHINE, "employee-leave-workflow")]
    pairs = {
        *(((INTEGRATION, name), (FUNCTION, name)) for t, name in removed if t == INTEGRATION),
        *(((SCHEDULE, name), (FUNCTION, "daily-sweep")) for t, name in removed if t == SCHEDULE),
        *(((MACHINE, "employee-leave-workflow"), (FUNCTION, name)) for name in CALLED),
        *((user, (RIGHTS, f"{user[1]}-rights")) for user in users),
        *((user, (LOGS, f"{user[1]}-logs")) for user in users),
        *(((RIGHTS, f"{name}-rights"), (ROLE, f"{name}-role")) for _, name in users),
        *(((RIGHTS, f"{name}-rights"), (LOGS, f"{name}-logs")) for name in functions),
    }
    assert len(pairs) > 4 * len(functions)
    late = {
        f"{first} is removed after {then}"
        for first, then in pairs
        if life.removed.ended[first] > life.removed.began[then]
    }
    assert late == set()
