from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator.command import run
from emulator.errors import StageError
from emulator.machine import settings_of_this_machine
from emulator.overrides import NOT_HERE, OWN, key_and_value, overrides
from emulator.places import PROJECT
from emulator.stack_config import stack_config

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = """
name: leave
config:
  days: {type: integer, default: 60}
  protect: {type: boolean, default: false}
  admins: {type: array, items: {type: string}, default: []}
  limits: {type: object, default: {}}
  fallback: {type: string, default: ""}
  oidc-issuer: {type: string, default: ""}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(DECLARED)
    (tmp_path / "Pulumi.test.yaml").write_text("config:\n  leave:days: 7\n")
    return tmp_path


def test_what_is_set_wins_over_the_stack_as_the_text_the_sdk_reads(project: Path) -> None:
    given = [
        ("days", "20"),
        ("leave:protect", "true"),
        ("admins", '["a@foo.com"]'),
        ("limits", '{"rate": 1}'),
        ("fallback", "E001"),
    ]
    config = stack_config(project, "test", overrides(project, given))
    assert config == {
        "leave:admins": '["a@foo.com"]',
        "leave:days": "20",
        "leave:fallback": "E001",
        "leave:limits": '{"rate": 1}',
        "leave:oidc-issuer": "",
        "leave:protect": "true",
    }


def test_a_key_is_set_once(project: Path) -> None:
    with pytest.raises(StageError, match="--set leave:days: leave:days is set twice") as caught:
        overrides(project, [("days", "1"), ("leave:days", "2")])
    assert caught.value.cure == "Leave one of them out."


def test_a_key_of_a_provider_needs_no_declaration(project: Path) -> None:
    assert overrides(project, [("aws:region", "eu-west-1")]) == {"aws:region": "eu-west-1"}


def test_an_unknown_key_is_refused_with_the_one_that_was_meant(project: Path) -> None:
    with pytest.raises(StageError, match="there is no key leave:protected") as caught:
        overrides(project, [("protected", "true")])
    assert caught.value.cure == "Did you mean protect? Pulumi.yaml lists all keys."


def test_a_key_like_no_other_is_refused_without_a_guess(project: Path) -> None:
    with pytest.raises(StageError) as caught:
        overrides(project, [("xyz", "1")])
    assert caught.value.cure == "Pulumi.yaml lists all keys."


@pytest.mark.parametrize(
    ("key", "text", "kind"),
    [
        ("days", "soon", "integer"),
        ("days", "", "integer"),
        ("protect", "yes", "boolean"),
        ("admins", "a@foo.com", "array"),
        ("admins", '{"a": 1}', "array"),
        ("limits", "[1]", "object"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(
    project: Path, key: str, text: str, kind: str
) -> None:
    with pytest.raises(StageError, match=f"--set {key}: .* is not of type {kind}"):
        overrides(project, [(key, text)])


def test_a_key_that_the_stage_sets_itself_is_refused(project: Path) -> None:
    with pytest.raises(StageError, match="sets leave:oidc-issuer itself"):
        overrides(project, [("oidc-issuer", "https://example.com")])


@pytest.mark.parametrize("key", sorted(NOT_HERE))
def test_a_key_of_a_domain_is_refused_as_a_laptop_has_none(project: Path, key: str) -> None:
    with pytest.raises(StageError, match="answers at its own address, and has no domain") as caught:
        overrides(project, [(key.removeprefix("leave:"), "leave.example.com")])
    assert caught.value.cure == "Leave it out."


def test_every_key_of_this_machine_is_the_stages_own() -> None:
    assert settings_of_this_machine().keys() < OWN
    assert stack_config(PROJECT, "local", {}).keys() > OWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("days=20", ("days", "20")),
        ("fallback=", ("fallback", "")),
        ("rules=a=b", ("rules", "a=b")),
        (" days = 20 ", ("days", "20")),
    ],
)
def test_the_first_equals_sign_ends_the_key(text: str, expected: tuple[str, str]) -> None:
    assert key_and_value(text) == expected


@pytest.mark.parametrize("text", ["days", "", "=20"])
def test_what_is_no_key_and_value_is_wrong_usage(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(["--set", text])
    assert stopped.value.code == 2
    assert f"argument --set: {text!r} is not KEY=VALUE" in capsys.readouterr().err


def test_a_wrong_key_is_told_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--set", "answer-timeout-day=3"]) == 1
    said = capsys.readouterr().err
    assert "there is no key leave:answer-timeout-day" in said
    assert "Cure: Did you mean answer-timeout-days?" in said
