"""Zip files are the same wherever and whenever they are written."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

from infrastructure.artifact.zipping import write_zip

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"b/two.py": "2", "a.py": "1", "b/empty.txt": "", "ü.html": "<p>"}


def grow(tree: Path, names: list[str], *, time: int, mode: int) -> Path:
    for name in names:
        file = tree / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FILES[name], "utf-8")
        file.chmod(mode)
        os.utime(file, (time, time))
    return tree


def test_time_mode_place_and_order_of_creation_leave_no_trace(tmp_path: Path) -> None:
    names = list(FILES)
    first = grow(tmp_path / "here", names, time=1_000_000_000, mode=0o600)
    second = grow(tmp_path / "there" / "too", names[::-1], time=1_700_000_000, mode=0o755)
    write_zip(first, tmp_path / "1.zip")
    write_zip(second, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_one_changed_byte_shows(tmp_path: Path) -> None:
    tree = grow(tmp_path / "tree", list(FILES), time=1_000_000_000, mode=0o600)
    write_zip(tree, tmp_path / "1.zip")
    (tree / "a.py").write_text("3", "utf-8")
    write_zip(tree, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() != (tmp_path / "2.zip").read_bytes()


def test_lambda_can_read_what_was_private_here(tmp_path: Path) -> None:
    """Lambda runs the code as a user of its own."""
    tree = grow(tmp_path / "tree", list(FILES), time=1_000_000_000, mode=0o600)
    write_zip(tree, tmp_path / "1.zip")
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        assert archive.testzip() is None
        assert {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()} == (
            dict.fromkeys(sorted(FILES), 0o644)
        )
        assert {name: archive.read(name).decode() for name in archive.namelist()} == FILES
