"""What a run of all tests says before it begins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import first
from tests.infrastructure import stack_file

ALL, PART = pytest.Config.ArgsSource.TESTPATHS, pytest.Config.ArgsSource.ARGS


def session(source: pytest.Config.ArgsSource) -> Any:
    return SimpleNamespace(config=SimpleNamespace(args_source=source))


@pytest.fixture
def declared_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi.yaml gives every stage a key that nothing reads."""
    texts = stack_file._texts
    more = {"leave:grace-days": "3"}
    monkeypatch.setattr(stack_file, "_texts", lambda stack: texts(stack) | more)


def test_with_the_configuration_of_the_project_all_tests_are_run() -> None:
    first.pytest_sessionstart(session(ALL))


@pytest.mark.usefixtures("declared_for_nobody")
def test_a_key_that_nobody_reads_is_said_once_instead_of_by_every_test() -> None:
    with pytest.raises(pytest.exit.Exception, match="leave:grace-days is unknown") as caught:
        first.pytest_sessionstart(session(ALL))
    assert "read it in infrastructure/stage_config.py" in str(caught.value)
    assert caught.value.returncode == 1


@pytest.mark.usefixtures("declared_for_nobody")
def test_a_part_of_the_tests_can_be_run_all_the_same() -> None:
    first.pytest_sessionstart(session(PART))
