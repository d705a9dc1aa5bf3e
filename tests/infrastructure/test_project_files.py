"""Pulumi.yaml declares every key; the stack files hold real values, and no secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infrastructure.graph import STACKS

PROJECT = Path(__file__).parents[2]
REQUIRED = {"company-domain", "mail-sender", "oidc-audiences"}


def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / name).read_text("utf-8"))


DECLARED: dict[str, dict[str, Any]] = load("Pulumi.yaml")["config"]


def test_the_program_runs_in_the_environment_of_the_project() -> None:
    runtime = load("Pulumi.yaml")["runtime"]
    assert runtime == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}


@pytest.mark.parametrize("key", DECLARED)
def test_every_key_has_a_description_and_a_default_and_nothing_else(key: str) -> None:
    """With a type, or without a default, Pulumi would stop before the program can say more."""
    assert set(DECLARED[key]) == {"description", "default"}
    assert DECLARED[key]["description"]
    assert DECLARED[key]["default"] is not None


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_sets_declared_keys_only(stack: str) -> None:
    """Only what is told apart by stages is there, and no more namespaces than are read."""
    config = load(f"Pulumi.{stack}.yaml")["config"]
    keys = {key.removeprefix("leave:") for key in config if key.startswith("leave:")}
    assert keys <= DECLARED.keys()
    assert {key for key in config if not key.startswith("leave:")} <= {
        "aws:defaultTags",
        "aws:region",
    }


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_sets_every_key_that_is_required(stack: str) -> None:
    assert {f"leave:{key}" for key in REQUIRED} <= load(f"Pulumi.{stack}.yaml")["config"].keys()


@pytest.mark.parametrize("stack", STACKS)
def test_no_secret_is_configured(stack: str) -> None:
    """There is none to configure: the one the system needs lives in Secrets Manager only."""
    config = load(f"Pulumi.{stack}.yaml")["config"]
    assert not [
        key for key, value in config.items() if isinstance(value, dict) and "secure" in value
    ]
    assert not any(declaration.get("secret") for declaration in DECLARED.values())


def test_a_stage_is_guarded_unless_it_says_that_it_need_not_be() -> None:
    assert DECLARED["protect"]["default"] is True
    unguarded = {
        stack
        for stack in STACKS
        if load(f"Pulumi.{stack}.yaml")["config"].get("leave:protect") == "false"
    }
    assert unguarded == {"dev", "local"}


def test_the_program_only_wires_and_exports() -> None:
    lines = (PROJECT / "__main__.py").read_text("utf-8").splitlines()
    assert len(lines) < 80
    assert not [line for line in lines if "json" in line or "polic" in line or "arn:" in line]
