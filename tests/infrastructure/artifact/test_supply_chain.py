"""What is installed is what was locked, and what ships is what the bill of materials says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib.metadata import files
from pathlib import Path

import pytest

from infrastructure.artifact import ArtifactError, build_artifacts, host_target
from infrastructure.artifact.install import install_wheels
from infrastructure.artifact.lock import LOCK, needed_requirements

PROJECT = Path(__file__).parents[3]
LOCKS = sorted(path.name for path in (PROJECT / "requirements").glob("*.txt"))
SOURCES = sorted(path.name for path in (PROJECT / "requirements").glob("*.in"))
PIN = re.compile(
    r"([a-z0-9-]+(\[[a-z0-9,-]+\])?)==[^\s;]+( ; [^\\]+?)?( \\\n    --hash=sha256:[0-9a-f]{64})+"
)


@pytest.fixture(scope="module")
def layer() -> Path:
    return build_artifacts(PROJECT, host_target(), tell=lambda _message: None).layer


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Name and version of everything that `make sbom` lists, made as it does."""
    folder = tmp_path_factory.mktemp("bill")
    lock, made = folder / "shipped.txt", folder / "sbom.json"
    printed = subprocess.run(
        [sys.executable, "-m", "infrastructure.artifact"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout
    assert printed == needed_requirements((PROJECT / LOCK).read_text("utf-8"))
    lock.write_text(printed, "utf-8")
    command = [str(Path(sys.executable).parent / "cyclonedx-py"), "requirements"]
    command += ["--output-reproducible", "--output-file", str(made), str(lock)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    listed = json.loads(made.read_text("utf-8"))["components"]
    assert all(part["externalReferences"][0]["hashes"] for part in listed)
    return {(part["name"], part["version"]) for part in listed}


@pytest.mark.parametrize("name", LOCKS)
def test_everything_that_is_locked_has_one_version_and_its_hashes(name: str) -> None:
    """And nothing else is in a lock: no option, no address, no file, no version that moves."""
    text = (PROJECT / "requirements" / name).read_text("utf-8")
    assert PIN.sub("", text).strip() == ""
    assert PIN.search(text)


@pytest.mark.parametrize("name", [*LOCKS, *SOURCES])
def test_no_index_is_named(name: str) -> None:
    """A company's own is set by its people, and a strange one by nobody."""
    text = (PROJECT / "requirements" / name).read_text("utf-8")
    assert "://" not in text
    assert "index" not in text


def test_every_install_checks_hashes_and_resolves_nothing() -> None:
    """But of the project itself, which comes from this folder, without any index."""
    makefile = (PROJECT / "Makefile").read_text("utf-8").replace("\\\n", "")
    commands = [line for line in makefile.splitlines() if "pip install" in line]
    assert commands
    for command in commands:
        if "uv is not there" in command:  # what a person is told
            continue
        assert "--no-deps" in command, command
        assert "--require-hashes" in command or "--no-index" in command, command


def test_the_bill_lists_exactly_what_is_in_the_layer(
    layer: Path, bill: set[tuple[str, str]]
) -> None:
    with zipfile.ZipFile(layer) as archive:
        found = [
            Parser().parsestr(archive.read(name).decode(), headersonly=True)
            for name in archive.namelist()
            if name.endswith(".dist-info/METADATA")
        ]
    assert {(normal(one["Name"]), one["Version"]) for one in found} == bill


def test_every_file_in_the_layer_belongs_to_something_the_bill_lists(
    layer: Path, bill: set[tuple[str, str]]
) -> None:
    """By what the same wheels have installed here, as the layer keeps no list of its files."""
    known = {
        file.parts[0] for name, _ in bill for file in files(name) or () if file.parts[0] != ".."
    }
    with zipfile.ZipFile(layer) as archive:
        shipped = {name.split("/")[1] for name in archive.namelist()}
    assert shipped - known - {"__pycache__"} == set()


def test_one_altered_hash_stops_the_build(tmp_path: Path) -> None:
    """Pip finds it before it installs anything, though the package itself is the right one."""
    needed = needed_requirements((PROJECT / LOCK).read_text("utf-8"))
    (six,) = re.findall(r"^six==.*?(?=^\S|\Z)", needed, re.MULTILINE | re.DOTALL)
    altered = re.sub(r"sha256:(.)", lambda m: f"sha256:{'0' if m[1] != '0' else '1'}", six)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(altered, "utf-8")
    with pytest.raises(ArtifactError, match="other than the one"):
        install_wheels(requirements, tmp_path / "packages", host_target())
    assert not (tmp_path / "packages").exists()
    requirements.write_text(six, "utf-8")
    install_wheels(requirements, tmp_path / "packages", host_target())
    assert (tmp_path / "packages" / "six.py").is_file()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
