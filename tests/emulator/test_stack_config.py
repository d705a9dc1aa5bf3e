from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emulator.errors import StageError
from emulator.stack_config import project_name, stack_config

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = """
name: leave
config:
  company-domain: {type: string}
  days: {type: integer, default: 60}
  protect: {type: boolean, default: false}
  admins: {type: array, items: {type: string}, default: []}
  limits: {type: object, default: {}}
  fallback: {type: string, default: ""}
  aws:region: {value: eu-central-1}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(DECLARED)
    return tmp_path


def given(project: Path, text: str) -> None:
    (project / "Pulumi.test.yaml").write_text("config:\n" + text)


def test_values_come_from_the_stack_and_defaults_from_the_project(project: Path) -> None:
    given(project, "  leave:company-domain: foo.com\n  leave:days: 7\n")
    config = stack_config(project, "test", {})
    assert config == {
        "aws:region": "eu-central-1",
        "leave:admins": "[]",
        "leave:company-domain": "foo.com",
        "leave:days": "7",
        "leave:fallback": "",
        "leave:limits": "{}",
        "leave:protect": "false",
    }


def test_what_is_written_becomes_the_text_the_sdk_reads(project: Path) -> None:
    given(
        project,
        "  leave:company-domain: foo.com\n  leave:protect: true\n"
        "  leave:admins: [a@foo.com]\n  leave:limits: {rate: 1}\n",
    )
    config = stack_config(project, "test", {})
    assert config["leave:protect"] == "true"
    assert json.loads(config["leave:admins"]) == ["a@foo.com"]
    assert json.loads(config["leave:limits"]) == {"rate": 1}


def test_an_override_wins_over_the_stack(project: Path) -> None:
    given(project, "  leave:company-domain: foo.com\n")
    config = stack_config(project, "test", {"leave:company-domain": "bar.com"})
    assert config["leave:company-domain"] == "bar.com"


def test_a_key_without_namespace_is_the_projects_own(project: Path) -> None:
    given(project, "  company-domain: foo.com\n")
    assert stack_config(project, "test", {})["leave:company-domain"] == "foo.com"


def test_numbers_and_flags_may_be_written_as_text_as_pulumi_does_itself(project: Path) -> None:
    given(
        project,
        "  leave:company-domain: foo.com\n  leave:days: '7'\n  leave:protect: 'true'\n",
    )
    config = stack_config(project, "test", {})
    assert (config["leave:days"], config["leave:protect"]) == ("7", "true")


def test_a_missing_required_key_is_named_with_the_command_that_sets_it(project: Path) -> None:
    given(project, "  leave:days: 7\n")
    with pytest.raises(StageError) as caught:
        stack_config(project, "test", {})
    assert "leave:company-domain" in caught.value.problem
    assert "pulumi config set leave:company-domain VALUE -s test" in caught.value.cure


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("days: soon", "integer"),
        ("days: 1.5", "integer"),
        ("days: true", "integer"),
        ("days: [1]", "integer"),
        ("protect: 'yes'", "boolean"),
        ("protect: 1", "boolean"),
        ("admins: a@foo.com", "array"),
        ("limits: [1]", "object"),
        ("fallback: [a]", "string"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(project: Path, line: str, expected: str) -> None:
    given(project, f"  leave:company-domain: foo.com\n  leave:{line}\n")
    with pytest.raises(StageError) as caught:
        stack_config(project, "test", {})
    assert f"declares it as {expected}" in caught.value.problem


def test_an_undeclared_key_is_passed_on_for_the_program_to_find(project: Path) -> None:
    given(project, "  leave:company-domain: foo.com\n  leave:comapny-domain: bar.com\n")
    assert stack_config(project, "test", {})["leave:comapny-domain"] == "bar.com"


def test_a_key_with_nothing_behind_its_colon_has_the_text_of_nothing(project: Path) -> None:
    given(project, "  leave:company-domain: foo.com\n  leave:untyped:\n")
    assert stack_config(project, "test", {})["leave:untyped"] == "null"


def test_a_key_of_a_provider_needs_no_declaration(project: Path) -> None:
    given(project, "  leave:company-domain: foo.com\n  aws:profile: work\n")
    assert stack_config(project, "test", {})["aws:profile"] == "work"


def test_an_encrypted_value_is_refused_because_nobody_here_can_read_it(project: Path) -> None:
    given(project, "  leave:company-domain: {secure: v1:abc}\n")
    with pytest.raises(StageError, match="encrypted"):
        stack_config(project, "test", {})


def test_a_missing_file_is_named(project: Path) -> None:
    with pytest.raises(StageError, match=r"Pulumi\.test\.yaml is missing"):
        stack_config(project, "test", {})


def test_a_file_that_is_no_yaml_is_named(project: Path) -> None:
    (project / "Pulumi.test.yaml").write_text("config: [")
    with pytest.raises(StageError, match=r"Pulumi\.test\.yaml is not valid YAML"):
        stack_config(project, "test", {})


def test_an_empty_file_holds_no_configuration(project: Path) -> None:
    (project / "Pulumi.test.yaml").write_text("")
    with pytest.raises(StageError, match="no value for leave:company-domain"):
        stack_config(project, "test", {})


def test_the_project_has_a_name(project: Path) -> None:
    assert project_name(project) == "leave"
