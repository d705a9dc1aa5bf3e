from __future__ import annotations

import io
from typing import NoReturn

import pytest

from emulator import prepare
from emulator.errors import StageError
from emulator.places import LOCAL
from emulator.progress import Progress
from infrastructure.artifact import ArtifactError


def test_an_artifact_that_can_not_be_built_is_told_with_the_cure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise ArtifactError("The package index cannot be reached.", cure="Connect first.")

    monkeypatch.setattr(prepare, "build_artifacts", refuse)
    with pytest.raises(StageError) as caught:
        prepare.prepare(Progress(io.StringIO()), {})
    assert "The package index cannot be reached." in caught.value.problem
    assert caught.value.cure == "Connect first."


def test_what_is_there_is_not_made_again() -> None:
    prepare.prepare(Progress(io.StringIO()), {})
    told = io.StringIO()
    python = prepare.prepare(Progress(told), {})
    assert python.is_relative_to(LOCAL)
    assert told.getvalue() == ""
