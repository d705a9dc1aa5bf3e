"""What the command keeps, and who may read it."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cli.account.private_files import config_folder, write_private
from cli.account.profiles import Profile, Profiles, name_of
from cli.errors import CommandError
from leave.domain.values import Secret
from tests.cli.signed_in import a_client

if TYPE_CHECKING:
    from pathlib import Path


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_and_its_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "config" / "leave" / "dev.json"
    write_private(file, "x")
    assert (rights(file), rights(file.parent)) == (0o600, 0o700)
    assert [path.name for path in file.parent.iterdir()] == ["dev.json"]


def test_rights_that_were_too_wide_are_narrowed(tmp_path: Path) -> None:
    folder = tmp_path / "leave"
    folder.mkdir(mode=0o755)
    file = folder / "dev.json"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o644)
    write_private(file, "new")
    assert file.read_text(encoding="utf-8") == "new"
    assert (rights(file), rights(folder)) == (0o600, 0o700)


def test_a_file_that_can_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "leave" / "dev.json"
    file.mkdir(parents=True)
    with pytest.raises(CommandError, match=r"dev\.json cannot be written: Is a directory\."):
        write_private(file, "x")
    assert [path.name for path in file.parent.iterdir()] == ["dev.json"]


def test_the_folder_is_where_the_platform_keeps_such_files(home: Path, tmp_path: Path) -> None:
    assert config_folder({}) == home / ".config" / "leave"
    assert config_folder({"XDG_CONFIG_HOME": ""}) == home / ".config" / "leave"
    assert config_folder({"XDG_CONFIG_HOME": "relative"}) == home / ".config" / "leave"
    assert config_folder({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "leave"


PROFILE = Profile(
    name="dev",
    api_url="https://api.example.com/dev",
    client=a_client(),
    refresh_token=Secret("refresh"),
    id_token=Secret("id"),
)


@pytest.mark.parametrize("profile", [PROFILE, replace(PROFILE, refresh_token=None, id_token=None)])
def test_a_profile_is_found_as_it_was_kept(profile: Profile, tmp_path: Path) -> None:
    profiles = Profiles(tmp_path / "leave")
    profiles.keep(profile)
    assert profiles.find("dev") == profile
    assert rights(tmp_path / "leave" / "dev.json") == 0o600


def test_no_profile_shows_its_secrets() -> None:
    shown = repr(PROFILE)
    assert "refresh'" not in shown
    assert "leak" not in shown


def test_what_was_never_kept_is_not_found(tmp_path: Path) -> None:
    profiles = Profiles(tmp_path / "leave")
    assert (profiles.find("dev"), profiles.current()) == (None, None)


def test_the_profile_that_was_chosen_last_is_the_current_one(tmp_path: Path) -> None:
    profiles = Profiles(tmp_path / "leave")
    profiles.choose("dev")
    profiles.choose("prod")
    assert profiles.current() == "prod"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"apiUrl": 1, "client": {}}',
        '{"apiUrl": "http://example.com", "client": {}}',
        '{"apiUrl": "https://example.com", "client": {"installed": {"client_id": "x"}}}',
        json.dumps({"apiUrl": "https://e.com", "client": a_client().reveal(), "idToken": "secret"})[
            :-1
        ],
    ],
)
def test_a_damaged_profile_is_told_without_what_is_in_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        Profiles(tmp_path).find("dev")
    assert str(tmp_path / "dev.json") in str(caught.value)
    assert caught.value.__cause__ is None
    assert "secret'" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://abc.execute-api.eu-central-1.amazonaws.com/prod", "prod"),
        ("https://abc.execute-api.eu-central-1.amazonaws.com/prod/", "prod"),
        ("https://leave.example.com", "leave.example.com"),
        ("http://127.0.0.1:4566", "127.0.0.1-4566"),
        ("https://x/..", "default"),
    ],
)
def test_a_profile_is_called_like_its_stage(url: str, name: str) -> None:
    assert name_of(url) == name
