"""Why packages could not be installed, said in words; pip itself is asked wherever it can be."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from infrastructure.artifact.errors import ArtifactError
from infrastructure.artifact.install import explain, install_wheels
from infrastructure.artifact.target import Target

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target(python="3.13", platform="manylinux2014_aarch64")
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all pip knows of package indexes."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def put_wheel(shelf: Path, tag: str) -> str:
    """Lay the wheel `demo` for a platform on the shelf; returns its hash."""
    wheel = shelf / f"demo-1.0-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("demo.py", "ANSWER = 42\n")
        archive.writestr("demo-1.0.dist-info/METADATA", METADATA)
        archive.writestr("demo-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr("demo-1.0.dist-info/RECORD", "")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def install(tmp_path: Path, requirement: str) -> Path:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(requirement)
    install_wheels(requirements, tmp_path / "packages", TARGET)
    return tmp_path / "packages"


def test_a_wheel_of_another_platform_is_installed(shelf: Path, tmp_path: Path) -> None:
    hash_ = put_wheel(shelf, "cp313-cp313-manylinux2014_aarch64")
    packages = install(tmp_path, f"demo==1.0 --hash=sha256:{hash_}")
    assert (packages / "demo.py").read_text() == "ANSWER = 42\n"


def test_another_file_than_the_locked_one_is_refused(shelf: Path, tmp_path: Path) -> None:
    put_wheel(shelf, "cp313-cp313-manylinux2014_aarch64")
    with pytest.raises(ArtifactError, match="serves a file other than the one"):
        install(tmp_path, f"demo==1.0 --hash=sha256:{'0' * 64}")


def test_a_package_without_a_wheel_for_the_platform_is_named(shelf: Path, tmp_path: Path) -> None:
    hash_ = put_wheel(shelf, "cp313-cp313-manylinux2014_x86_64")
    with pytest.raises(ArtifactError) as caught:
        install(tmp_path, f"demo==1.0 --hash=sha256:{hash_}")
    assert caught.value.problem == (
        "demo==1.0 has no wheel for Python 3.13 on manylinux2014_aarch64."
    )
    assert caught.value.cure == "Use a package index that has it (pip config list)."


def test_a_platform_that_was_configured_is_taken_back_where_it_has_no_wheel() -> None:
    target = Target(python="3.13", platform="manylinux2014_arm64")
    told = explain("ERROR: No matching distribution found for demo==1.0\n", target)
    assert told.cure.endswith(": pulumi config rm -s STAGE leave:wheel-platform")


def test_a_source_package_is_never_built(shelf: Path, tmp_path: Path) -> None:
    """Its build would run code of strangers, and for this machine."""
    source = shelf / "demo-1.0.tar.gz"
    source.write_bytes(b"")
    with pytest.raises(ArtifactError, match="has no wheel"):
        install(tmp_path, f"demo==1.0 --hash=sha256:{hashlib.sha256(b'').hexdigest()}")


def test_a_requirement_without_a_hash_is_refused(shelf: Path, tmp_path: Path) -> None:
    put_wheel(shelf, "cp313-cp313-manylinux2014_aarch64")
    with pytest.raises(ArtifactError, match=r"Hashes are required.*Correct requirements/lambda"):
        install(tmp_path, "demo==1.0")


def test_an_index_that_can_not_be_reached_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    # Port 9 discards; nobody listens there.
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(ArtifactError, match=r"cannot be reached.*PIP_INDEX_URL"):
        install(tmp_path, f"demo==1.0 --hash=sha256:{'0' * 64}")


def test_a_python_without_pip_is_told_how_to_get_it() -> None:
    told = explain(f"{sys.executable}: No module named pip\n", TARGET)
    assert told.cure == f"Run: {sys.executable} -m ensurepip --upgrade"


def test_an_error_nobody_thought_of_is_passed_on() -> None:
    errors = "WARNING: one\nERROR: Invalid requirement: 'demo=1'\nERROR: Second thing\n"
    assert "Second thing" in explain(errors, TARGET).problem
    assert "strange" in explain("something strange", TARGET).problem
