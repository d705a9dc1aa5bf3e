"""An artifact is built once, and is there whole or not at all."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING

import pytest

from infrastructure.artifact.cache import built_once, digest
from infrastructure.artifact.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_there_is_not_built_again(tmp_path: Path) -> None:
    builds: list[str] = []

    def build(_scratch: Path, product: Path) -> None:
        builds.append("built")
        product.write_text("whole")

    first = built_once(tmp_path, "a.zip", build)
    assert built_once(tmp_path, "a.zip", build) == first
    assert first.read_text() == "whole"
    assert builds == ["built"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), ArtifactError("No.", cure="Yes.")])
def test_an_interrupted_build_leaves_nothing(tmp_path: Path, interruption: BaseException) -> None:
    def build(scratch: Path, product: Path) -> None:
        (scratch / "wheel").write_text("half")
        product.write_text("half")
        raise interruption

    with pytest.raises(type(interruption)):
        built_once(tmp_path, "a.zip", build)
    assert list(tmp_path.iterdir()) == []


def test_a_build_half_done_is_not_to_be_seen(tmp_path: Path) -> None:
    def build(_scratch: Path, product: Path) -> None:
        product.write_text("half")
        assert not (tmp_path / "a.zip").exists()

    built_once(tmp_path, "a.zip", build)


def test_two_builds_at_once_both_end_with_a_whole_file(tmp_path: Path) -> None:
    together = threading.Barrier(2, timeout=60)
    found: list[str] = []

    def build(_scratch: Path, product: Path) -> None:
        together.wait()
        product.write_text("whole")
        together.wait()

    def run() -> None:
        found.append(built_once(tmp_path, "a.zip", build).read_text())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["whole", "whole"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_full_disk_is_told_with_its_cure(tmp_path: Path) -> None:
    def build(_scratch: Path, _product: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ArtifactError, match=r"No space left on device\. Make room on the disk"):
        built_once(tmp_path, "a.zip", build)


def test_a_folder_that_can_not_be_made_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArtifactError, match="cannot be written"):
        built_once(tmp_path / "file", "a.zip", lambda _scratch, _product: None)


def test_the_name_depends_on_every_part_and_on_where_parts_end() -> None:
    assert digest([b"ab", b"c"]) == digest([b"ab", b"c"])
    assert len({digest([b"ab", b"c"]), digest([b"a", b"bc"]), digest([b"abc"]), digest([])}) == 4
