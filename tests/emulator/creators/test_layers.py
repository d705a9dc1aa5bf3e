from __future__ import annotations

import io
import site
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from emulator.creators.layers import pointer_to

if TYPE_CHECKING:
    from pathlib import Path


def a_layer(word: str = "from the layer") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("python/spoken_word.py", f"WORD = {word!r}\n")
    return out.getvalue()


def unpacked(pointer: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(pointer)) as source:
        source.extractall(folder)
    return folder / "python" / "lib" / "python3" / "site-packages"


def test_what_is_in_the_layer_is_found_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = pointer_to(a_layer(), tmp_path / "it's here")
    monkeypatch.setattr(sys, "path", list(sys.path))
    site.addsitedir(str(unpacked(pointer, tmp_path / "layer_0")))
    assert (tmp_path / "it's here").as_posix() in sys.path[0]
    import spoken_word  # type: ignore[import-not-found]  # noqa: PLC0415

    assert spoken_word.WORD == "from the layer"


def test_a_layer_is_unpacked_once_however_many_need_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        pointers = set(pool.map(lambda _: pointer_to(a_layer(), tmp_path), range(8)))
    assert len(pointers) == 1
    (home,) = tmp_path.iterdir()
    written = (home / "python" / "spoken_word.py").stat().st_mtime_ns
    assert pointer_to(a_layer(), tmp_path) in pointers
    assert (home / "python" / "spoken_word.py").stat().st_mtime_ns == written


def test_another_layer_has_a_place_of_its_own(tmp_path: Path) -> None:
    assert pointer_to(a_layer(), tmp_path) != pointer_to(a_layer("other"), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_layer_that_can_not_be_unpacked_leaves_nothing_half_done(tmp_path: Path) -> None:
    with pytest.raises(zipfile.BadZipFile):
        pointer_to(b"no zip", tmp_path)
    assert list(tmp_path.iterdir()) == []
