"""`leave directory check` and `leave directory import`, as an administrator meets them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

import cli.stage
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table
from leave.domain.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "emulator" / "sample" / "directory.csv"
HEADER, JOHN, *_ = SAMPLE.read_text(encoding="utf-8").splitlines()


def items(dynamodb: Any) -> int:
    return dynamodb.scan(TableName="leave-test")["Count"]


def test_a_good_file_is_checked_and_nothing_is_written(
    leave: Callable[..., Said], dynamodb: Any
) -> None:
    said = leave("directory", "check", SAMPLE)
    assert (said.code, said.err) == (0, "")
    assert "3 employees, nothing wrong." in said.out
    assert items(dynamodb) == 0


def test_a_check_needs_no_aws(leave: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.stage.boto3, "client", lambda *_, **__: pytest.fail("connected"))
    assert leave("directory", "check", SAMPLE).code == 0


def test_an_import_writes_what_the_functions_read(
    leave: Callable[..., Said], dynamodb: Any
) -> None:
    said = leave("directory", "import", SAMPLE, "--stage", "test")
    assert (said.code, said.out, said.err) == (0, "3 employees written to stage test.\n", "")
    directory = DynamoDirectory(Table(dynamodb, "leave-test"))
    jim = directory.by_email("jim@foo.com")
    assert jim is not None
    assert (jim.employee_id, jim.name, jim.lead_id) == ("E002", "Jim O'Dell", "E001")


def test_importing_twice_changes_nothing(leave: Callable[..., Said], dynamodb: Any) -> None:
    for _ in range(2):
        assert leave("directory", "import", SAMPLE, "--stage", "test").code == 0
    assert items(dynamodb) == 6


@pytest.mark.parametrize("action", [["check"], ["import", "--stage", "test"]])
def test_a_file_with_mistakes_is_told_whole_and_writes_nothing(
    leave: Callable[..., Said], dynamodb: Any, tmp_path: Path, action: list[str]
) -> None:
    file = tmp_path / "directory.csv"
    file.write_text(f"{HEADER}\n{JOHN}\nE 2,Jim,jim@foo.com,,25,Mon-Fri,,,\nE003\n")
    said = leave("directory", action[0], file, *action[1:])
    assert (said.code, said.out) == (1, "")
    assert f"{file} has mistakes; nothing was written:\n  line 3: employeeId" in said.err
    assert "\n  line 4: has to have 9 columns" in said.err
    assert items(dynamodb) == 0


def test_a_file_from_excel_with_its_mark_is_read(
    leave: Callable[..., Said], tmp_path: Path
) -> None:
    file = tmp_path / "directory.csv"
    file.write_bytes(b"\xef\xbb\xbf" + SAMPLE.read_bytes().replace(b"\n", b"\r\n"))
    assert leave("directory", "check", file).code == 0


def test_a_file_that_is_no_utf8_is_told_with_its_cure(
    leave: Callable[..., Said], tmp_path: Path
) -> None:
    file = tmp_path / "directory.csv"
    file.write_bytes(f"{HEADER}\n{JOHN}".replace("John", "Jörg").encode("latin-1"))
    said = leave("directory", "check", file)
    assert said.code == 1
    assert "save it as CSV UTF-8" in said.err


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_can_not_be_read_is_told(
    leave: Callable[..., Said], tmp_path: Path, name: str
) -> None:
    said = leave("directory", "check", tmp_path / name)
    assert said.code == 1
    assert "can not be read: " in said.err


@pytest.mark.parametrize("stage", ["", "Dev", "-x", "a" * 32, "dev/prod", "1dev"])
def test_what_is_no_stage_is_refused(leave: Callable[..., Said], dynamodb: Any, stage: str) -> None:
    said = leave("directory", "import", SAMPLE, f"--stage={stage}")
    assert said.code == 1
    assert f"{stage!r} is no name of a stage" in said.err
    assert items(dynamodb) == 0


def test_a_stage_that_is_not_there_is_told_with_its_cure(
    leave: Callable[..., Said],
    aws: None,  # noqa: ARG001
) -> None:
    said = leave("directory", "import", SAMPLE, "--stage", "prod")
    assert said.code == 1
    assert "There is no table leave-prod in eu-central-1" in said.err
    assert "`pulumi up -s prod`" in said.err


def test_a_missing_region_is_told_with_its_cure(
    leave: Callable[..., Said],
    aws: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_REGION")
    said = leave("directory", "import", SAMPLE, "--stage", "test")
    assert said.code == 1
    assert "region" in said.err
    assert "Set AWS_REGION" in said.err


def test_either_variable_names_the_region(
    leave: Callable[..., Said], dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert leave("directory", "import", SAMPLE, "--stage", "test").code == 0
    assert items(dynamodb) == 6


def test_a_profile_that_is_not_there_is_told(
    leave: Callable[..., Said],
    aws: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    said = leave("directory", "import", SAMPLE, "--stage", "test")
    assert said.code == 1
    assert "nobody" in said.err


def test_missing_keys_are_told_with_their_cure(
    leave: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    said = leave("directory", "import", SAMPLE, "--stage", "test")
    assert said.code == 1
    assert "Set AWS_PROFILE (or keys)" in said.err


def test_a_refusal_to_look_is_told(
    leave: Callable[..., Said],
    dynamodb: Any,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeTable")

    client = boto3.client("dynamodb", region_name="eu-central-1")
    monkeypatch.setattr(client, "describe_table", refused)
    monkeypatch.setattr(cli.stage.boto3, "client", lambda *_, **__: client)
    said = leave("directory", "import", SAMPLE, "--stage", "test")
    assert said.code == 1
    assert "AWS refuses to describe leave-test" in said.err


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("DynamoDB transact_write_items: ThrottlingException"),
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "TransactWriteItems"),
    ],
)
def test_an_import_that_breaks_off_is_told_with_its_cure(
    leave: Callable[..., Said],
    dynamodb: Any,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(Table, "write", broken)
    said = leave("directory", "import", SAMPLE, "--stage", "test")
    assert (said.code, said.out) == (1, "")
    assert str(error) in said.err
    assert "import the same file again" in said.err


@pytest.mark.parametrize(
    "arguments", [[], ["directory"], ["directory", "import", "x.csv"], ["nonsense"]]
)
def test_wrong_usage_ends_with_2(
    leave: Callable[..., Said], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        leave(*arguments)
    assert ended.value.code == 2
    assert "usage: leave" in capsys.readouterr().err


def test_the_command_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "directory", "check", str(SAMPLE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 employees" in done.stdout
