"""The shipped stage files are as the command line writes them: it changes what is meant, only."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from tests.infrastructure.graph import STACKS

if TYPE_CHECKING:
    from tests.engine.workshop import Clone, Workshop


@pytest.fixture(scope="module")
def clone(workshop: Workshop) -> Clone:
    return workshop.clone()


@pytest.mark.parametrize("stage", STACKS)
def test_a_command_changes_nothing_but_the_line_that_is_meant(clone: Clone, stage: str) -> None:
    def changed(command: str) -> list[str]:
        file = clone.folder / f"Pulumi.{stage}.yaml"
        before = file.read_text("utf-8").splitlines()
        clone.shell(command)
        lines = difflib.unified_diff(before, file.read_text("utf-8").splitlines(), n=0)
        return [line for line in list(lines)[2:] if not line.startswith("@@")]

    (salt,) = changed(f"pulumi stack init {stage}")
    assert salt.startswith("+encryptionsalt: ")
    assert changed(f"pulumi config set -s {stage} leave:undo-seconds 61")[-1:] == [
        '+  leave:undo-seconds: "61"'
    ]
    assert changed(f"pulumi config set -s {stage} --path 'leave:admins[0]' hr@foo.com") == [
        f"-    - {'admin@foo.com' if stage == 'local' else 'hr@example.com'}",
        "+    - hr@foo.com",
    ]
