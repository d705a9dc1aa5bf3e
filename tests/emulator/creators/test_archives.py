from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pulumi
import pytest

from emulator.creators.archives import zip_of
from emulator.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "code" / "leave").mkdir(parents=True)
    (tmp_path / "code" / "app.py").write_text("app")
    (tmp_path / "code" / "leave" / "rules.py").write_text("rules")
    return tmp_path


def contents(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_directory_is_zipped_with_all_below_it(program: Path) -> None:
    assert contents(zip_of(pulumi.FileArchive("code"), program)) == {
        "app.py": "app",
        "leave/rules.py": "rules",
    }


def test_the_same_files_always_give_the_same_bytes(program: Path) -> None:
    first = zip_of(pulumi.FileArchive("code"), program)
    (program / "code" / "app.py").touch()
    assert zip_of(pulumi.FileArchive("code"), program) == first


def test_a_zip_file_is_taken_as_it_is_wherever_it_is(program: Path) -> None:
    path = program / "code.zip"
    path.write_bytes(zip_of(pulumi.FileArchive("code"), program))
    assert zip_of(pulumi.FileArchive("code.zip"), program) == path.read_bytes()
    assert zip_of(pulumi.FileArchive(str(path)), program / "elsewhere") == path.read_bytes()


def test_assets_are_put_together(program: Path) -> None:
    archive = pulumi.AssetArchive(
        {
            "settings.json": pulumi.StringAsset("{}"),
            "main.py": pulumi.FileAsset("code/app.py"),
            "lib": pulumi.FileArchive("code"),
        }
    )
    assert contents(zip_of(archive, program)) == {
        "lib/app.py": "app",
        "lib/leave/rules.py": "rules",
        "main.py": "app",
        "settings.json": "{}",
    }


def test_an_archive_that_was_not_built_is_named(program: Path) -> None:
    with pytest.raises(StageError, match=r"layer\.zip is not there"):
        zip_of(pulumi.FileArchive("layer.zip"), program)


def test_what_can_not_be_read_is_named(program: Path) -> None:
    with pytest.raises(StageError, match="cannot read a RemoteArchive"):
        zip_of(pulumi.RemoteArchive("https://example.com/a.zip"), program)
