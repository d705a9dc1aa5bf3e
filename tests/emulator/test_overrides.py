from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from emulator.command import run
from emulator.machine import settings_of_this_machine
from emulator.overrides import NOT_HERE, OWN, overrides, set_values
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


def mistakes(project: Path, *given: str) -> list[str]:
    found, wrong = set_values(project, given)
    assert len(found) + len(wrong) == len(given)
    return wrong


def said(capsys: pytest.CaptureFixture[str], *given: str) -> list[str]:
    """What the command says of wrong usage, line by line."""
    assert run([part for one in given for part in ("--set", one)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    first, *lines, last = printed.err.splitlines()
    assert first == "The local stage was not started, because of --set:"
    assert last == "Cure: Correct these, then start again."
    assert "pulumi config" not in printed.err
    return [line.removeprefix("  - ") for line in lines]


def test_what_is_set_wins_over_the_stack_as_the_text_the_sdk_reads(project: Path) -> None:
    given = ["days=20", "leave:protect=true", 'admins=["a@foo.com"]', 'limits={"rate": 1}']
    found, wrong = set_values(project, [*given, "fallback=E001"])
    assert wrong == []
    assert stack_config(project, "test", found) == {
        "leave:admins": '["a@foo.com"]',
        "leave:days": "20",
        "leave:fallback": "E001",
        "leave:limits": '{"rate": 1}',
        "leave:oidc-issuer": "",
        "leave:protect": "true",
    }


def test_a_key_is_set_once(project: Path) -> None:
    assert mistakes(project, "days=1", "leave:days=2") == [
        "--set leave:days: leave:days is set twice. Leave one of them out."
    ]


def test_of_the_provider_the_region_alone_is_used(project: Path) -> None:
    assert set_values(project, ["aws:region=eu-west-1"])[0] == {"aws:region": "eu-west-1"}
    (wrong,) = mistakes(project, "aws:foo=x")
    assert wrong.startswith("--set aws:foo: the local stage uses aws:region alone.")


def test_an_unknown_key_is_refused_with_the_one_that_was_meant(project: Path) -> None:
    (wrong,) = mistakes(project, "protected=true")
    assert wrong.startswith("--set protected: there is no key leave:protected. Did you mean prot")


def test_a_key_like_no_other_is_refused_without_a_guess(project: Path) -> None:
    (wrong,) = mistakes(project, "xyz=1")
    assert wrong.endswith("there is no key leave:xyz. Pulumi.yaml lists all keys.")


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ("days=soon", "integer. Write a value of type integer."),
        ("days=", "integer. Write a value of type integer."),
        ("protect=yes", "boolean. Write true or false."),
        ("admins=a@foo.com", 'array. Write ["…"].'),
        ('admins={"a": 1}', 'array. Write ["…"].'),
        ("limits=[1]", 'object. Write {"…": …}.'),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(project: Path, given: str, cure: str) -> None:
    (wrong,) = mistakes(project, given)
    assert wrong.endswith(f"is not of type {cure}")


def test_a_key_that_the_stage_sets_itself_is_refused(project: Path) -> None:
    (wrong,) = mistakes(project, "oidc-issuer=https://example.com")
    assert wrong.endswith("sets leave:oidc-issuer itself. Leave it out.")


@pytest.mark.parametrize("key", sorted(NOT_HERE))
def test_a_key_of_a_domain_is_refused_as_a_laptop_has_none(project: Path, key: str) -> None:
    (wrong,) = mistakes(project, f"{key.removeprefix('leave:')}=leave.example.com")
    assert wrong.endswith("answers at its own address, and has no domain. Leave it out.")


def test_every_key_of_this_machine_is_the_stages_own() -> None:
    assert settings_of_this_machine().keys() < OWN
    assert stack_config(PROJECT, "local", {}).keys() > OWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("days=20", ("leave:days", "20")),
        ("fallback=", ("leave:fallback", "")),
        ("fallback=a=b", ("leave:fallback", "a=b")),
        (" days = 20 ", ("leave:days", "20")),
    ],
)
def test_the_first_equals_sign_ends_the_key(
    project: Path, text: str, expected: tuple[str, str]
) -> None:
    assert set_values(project, [text]) == (dict([expected]), [])


@pytest.mark.parametrize("text", ["days", "", "=20"])
def test_what_is_no_key_and_value_is_wrong_usage(project: Path, text: str) -> None:
    assert mistakes(project, text) == [
        f"--set {text}: not KEY=VALUE. Write it such as --set protect=true."
    ]


def test_everything_that_is_wrong_is_told_at_once_before_anything_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By the cures of --set, also where the program would refuse it."""
    told = said(
        capsys,
        "answer-timeout-day=3",
        "protect=yes",
        "undo-seconds=9999",
        'admins=["hr@foo.com", "boss"]',
        "escalate-after-days=2",
        "leaves:admins=x",
        'rules={"horizonDays": 1, "wi-fi": true}',
        "nonsense",
    )
    assert [re.sub(r"; (it|each item) must be .*?\. W", " … W", line) for line in told] == [
        (
            "--set answer-timeout-day: there is no key leave:answer-timeout-day. Did you mean"
            " answer-timeout-days? Pulumi.yaml lists all keys."
        ),
        "--set protect: 'yes' is not of type boolean. Write true or false.",
        "--set nonsense: not KEY=VALUE. Write it such as --set protect=true.",
        (
            "leave:admins has the item 'boss' … Write \"hr@example.com\" at leave:admins[1] in the"
            " JSON of --set admins."
        ),
        (
            'leave:rules.horizonDays is 1 … Write "30" at leave:rules.horizonDays in the JSON of'
            " --set rules."
        ),
        "leave:undo-seconds is '9999' … Write --set undo-seconds=300.",
        (
            "leaves:admins is not read, as its namespace is none of leave, aws, pulumi."
            " Leave --set leaves:admins out."
        ),
        (
            "leave:escalate-after-days is 2, and must be more than leave:remind-after-days, which"
            " is 2. Write --set escalate-after-days=3."
        ),
        (
            "leave:rules.wi-fi is unknown (known are leaveTypes, carryOver, blockedPeriods,"
            " presence, horizonDays, requestsPerDay). Take leave:rules.wi-fi out of the JSON of"
            " --set rules."
        ),
    ]


def test_what_no_path_can_correct_is_written_anew_or_deleted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, slip = said(capsys, r'rules={"presence": "{\"minimum\": 2}", "a\tb": 1}')
    assert text.endswith(""". Write --set rules='{"presence": {"minimum": 2}, "a\\tb": 1}'.""")
    assert slip.startswith(r'leave:rules["a\tb"] is unknown')
    assert slip.endswith(" Delete it.")


def test_what_is_allowed_is_returned(capsys: pytest.CaptureFixture[str]) -> None:
    found = overrides(PROJECT, "local", ["undo-seconds=60", "aws:region=eu-west-1"])
    assert found == {"leave:undo-seconds": "60", "aws:region": "eu-west-1"}
    assert capsys.readouterr().err == ""
