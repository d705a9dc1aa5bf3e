"""What the engine hands over: all of a stack's configuration, asked for or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pytest

from infrastructure.config_source import PulumiConfig

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> PulumiConfig:
    """The environment in which the engine starts a program."""
    name = PulumiConfig().name
    given = {f"{name}:days": "60", f"{name}:slip": "1", "aws:region": "eu-central-1"}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(given))
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps([f"{name}:slip"]))
    return PulumiConfig()


def test_every_key_is_seen_also_what_nobody_asks_for(source: PulumiConfig) -> None:
    assert {f"{source.name}:days", f"{source.name}:slip", "aws:region"} <= set(source.keys())


def test_a_key_is_read_without_its_namespace(source: PulumiConfig) -> None:
    assert source.get("days") == "60"
    assert source.get("region") is None


def test_what_is_encrypted_is_told_apart(source: PulumiConfig) -> None:
    assert source.is_secret("slip")
    assert not source.is_secret("days")


def test_a_text_is_told_apart_from_a_list(
    source: PulumiConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The engine hands over the same for both."""
    monkeypatch.chdir(tmp_path)
    assert not source.is_text("text")
    file = f"config: {{{source.name}:text: '[1]', short: '[1]', {source.name}:list: [1]}}"
    (tmp_path / f"Pulumi.{pulumi.get_stack()}.yaml").write_text(file, "utf-8")
    source = PulumiConfig()
    assert [key for key in ("text", "short", "list", "none") if source.is_text(key)] == [
        "text",
        "short",
    ]
