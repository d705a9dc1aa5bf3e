"""What Pulumi says when it stops is what docs/operations.md explains, and `pulumi up` goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import PROJECT, Page, rows
from tests.engine.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.workshop import Clone

SECTION = Page(PROJECT / "docs" / "operations.md").section("## When Pulumi stops")
EXPLAINED = [cells[0].strip("`") for cells in rows(SECTION)]
CANCELED = "update canceled"
LOCKED = "the stack is currently locked by 1 lock(s)"
TORN = "failed to load checkpoint: EOF"
PENDING = "pending operations from previous deployment"
SOME = 3
PREVIEW = "pulumi preview -s dev"


@pytest.fixture(scope="module")
def clone(workshop: Workshop) -> Clone:
    clone = workshop.clone()
    clone.shell("pulumi stack init dev")
    return clone


def of_another_account(clone: Clone) -> str:
    key = "aws:allowedAccountIds"
    said = clone.shell(
        f"""pulumi config set -s dev {key} '["210987654321"]'; {PREVIEW}""", succeeds=False
    )
    clone.shell(f"pulumi config rm -s dev {key}")
    return said


def of_another_project(clone: Clone) -> str:
    other = "mkdir payroll; cd payroll; printf 'name: payroll\nruntime: yaml\n' >Pulumi.yaml"
    clone.shell(f"{other}; pulumi stack init dev")
    return clone.shell("pulumi preview -s organization/payroll/dev", succeeds=False)


def state_of(clone: Clone) -> Path:
    return clone.folder.parent / "state" / ".pulumi" / "stacks" / "leave" / "dev.json"


def attributes_of(clone: Clone) -> Path:
    return state_of(clone).with_name("dev.json.attrs")


def of_a_newer_engine(clone: Clone, **newer: object) -> str:
    state = state_of(clone)
    text = state.read_text("utf-8")
    state.write_text(json.dumps({**json.loads(text), **newer}), "utf-8")
    try:
        return clone.shell(PREVIEW, succeeds=False)
    finally:
        state.write_text(text, "utf-8")


def without_a_provider(clone: Clone) -> str:
    """Nor a way to the place where it comes from."""
    folder = clone.folder.parent / "elsewhere"
    folder.mkdir()
    elsewhere = Workshop(folder, stands_in=False).clone()
    nowhere = "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES=aws=http://127.0.0.1:9"
    return elsewhere.shell(
        f"pulumi stack init dev; {nowhere} pulumi preview -s dev", succeeds=False
    )


REFUSALS: dict[str, Callable[[Clone], str]] = {
    "no stack selected": lambda clone: clone.shell(
        "pulumi stack unselect; pulumi preview", succeeds=False
    ),
    "AWS account ID not allowed": of_another_account,
    "no stack named 'dev' found": lambda clone: clone.shell(
        f"PULUMI_BACKEND_URL=file://$HOME {PREVIEW}", succeeds=False, HOME=str(clone.folder)
    ),
    'provided project name "payroll" doesn\'t match Pulumi.yaml': of_another_project,
    "passphrase must be set with PULUMI_CONFIG_PASSPHRASE": lambda clone: clone.shell(
        f"unset PULUMI_CONFIG_PASSPHRASE; {PREVIEW}", succeeds=False
    ),
    "incorrect passphrase": lambda clone: clone.shell(
        PREVIEW, succeeds=False, PULUMI_CONFIG_PASSPHRASE="another"
    ),
    "unsupported checkpoint version 5": lambda clone: of_a_newer_engine(clone, version=5),
    "this stack's deployment needs support for the following features": lambda clone: (
        of_a_newer_engine(clone, version=4, features=["a new one"])
    ),
    "failed to download plugin: aws-7.51.1": without_a_provider,
}


@pytest.mark.parametrize("message", REFUSALS)
def test_a_refusal_is_explained(clone: Clone, message: str) -> None:
    assert message in EXPLAINED
    assert message in REFUSALS[message](clone)


def test_after_all_refusals_a_stage_is_made_also_if_its_passphrase_is_lost(clone: Clone) -> None:
    clone.shell("sed -i.bak '/^encryptionsalt/d' Pulumi.dev.yaml")
    made = clone.pulumi("up -s dev", PULUMI_CONFIG_PASSPHRASE="another")
    assert made.of("create") == made.operation.keys()


def test_every_message_on_the_page_is_one_that_is_said_here() -> None:
    said = [*REFUSALS, CANCELED, LOCKED, TORN, PENDING]
    assert said == EXPLAINED


def stop_between_writes(update: subprocess.Popen[bytes], attributes: Path) -> None:
    """Stop it while the file beside the state is whole; the state itself always is."""
    while True:
        update.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        if attributes.exists() and attributes.stat().st_size:
            return
        update.send_signal(signal.SIGCONT)
        time.sleep(0.05)


def interrupted(clone: Clone, by: signal.Signals) -> str:
    """Begin an update whose resources take a while, and end it when some are there."""
    output = clone.folder / f"{by.name}.txt"
    with output.open("w", encoding="utf-8") as stream:
        update = subprocess.Popen(
            ["pulumi", "up", "-s", "dev"],
            cwd=clone.folder,
            env={**clone.environment, "SECONDS": "0.5", "PULUMI_SKIP_CHECKPOINTS": "false"},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        while output.read_text("utf-8").count(" created (") < SOME:
            assert update.poll() is None, output.read_text("utf-8")
            time.sleep(0.05)
        if by is signal.SIGKILL:
            stop_between_writes(update, attributes_of(clone))
        update.send_signal(by)
        assert update.wait(60) != 0
    return output.read_text("utf-8")


def test_an_update_goes_on_after_it_was_interrupted_and_after_it_was_killed(
    empty_workshop: Workshop,
) -> None:
    clone = empty_workshop.clone()
    clone.shell("pulumi stack init dev")
    assert CANCELED in interrupted(clone, signal.SIGINT)
    interrupted(clone, signal.SIGKILL)
    assert LOCKED in clone.shell("pulumi up -s dev", succeeds=False)
    clone.shell("pulumi cancel -s dev")
    attributes_of(clone).write_text("")
    assert TORN in clone.shell("pulumi up -s dev", succeeds=False)
    attributes_of(clone).unlink()
    rest = clone.pulumi("up -s dev")
    assert PENDING in rest.said
    assert len(rest.of("same")) >= SOME
    assert rest.of("create") | rest.of("same") == rest.operation.keys()
    clone.shell("pulumi refresh -s dev --clear-pending-creates")
    again = clone.pulumi("up -s dev --expect-no-changes")
    assert PENDING not in again.said
