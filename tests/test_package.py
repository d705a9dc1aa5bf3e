"""The `leave` command as a package, which anybody may install."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email import message_from_bytes
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from infrastructure.release import version

PROJECT = Path(__file__).parents[1]
SHIPPED = ("cli", "leave")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    # In a folder of its own, as setuptools leaves its traces where it builds.
    for name in (*SHIPPED, "pyproject.toml", "README.md", "LICENSE"):
        (folder / name).symlink_to(PROJECT / name)
    command = [sys.executable, "-c", build, str(folder)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    (made,) = folder.glob("*.whl")
    return made


def required(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        said = message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    return {re.split(r"[^a-z0-9-]", line.lower())[0] for line in said}


def imported() -> set[str]:
    """The distributions that the package imports."""
    tops = set[str]()
    for path in (path for name in SHIPPED for path in (PROJECT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Import():
                    tops |= {alias.name for alias in node.names}
                case ast.ImportFrom(module=str(module), level=0):
                    tops.add(module)
                case _:
                    pass
    foreign = {name.partition(".")[0] for name in tops} - {*SHIPPED, *sys.stdlib_module_names}
    by_name = packages_distributions()
    # Several distributions share the name `google`.
    return {by_name[name][0].lower() for name in foreign if name != "google"} | {"google-auth"}


def test_it_asks_for_all_that_it_imports(wheel: Path) -> None:
    assert imported() <= required(wheel)


def test_what_it_asks_for_is_locked(wheel: Path) -> None:
    lock = (PROJECT / "requirements" / "stage.txt").read_text("utf-8")
    assert required(wheel) <= set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))


def test_it_has_the_files_that_are_no_code(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    templates = (path for path in (PROJECT / "leave" / "templates").rglob("*") if path.is_file())
    assert {str(path.relative_to(PROJECT)) for path in templates} <= packed


def test_the_command_runs_from_it_alone(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    code = (
        "import cli, sys; from cli.__main__ import main; print(cli.__file__); main(['--version'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    place, told = done.stdout.splitlines()
    assert place.startswith(str(target))
    assert told == f"leave {version()}"


@pytest.mark.parametrize("metadata", [True, False], ids=["of another version", "none"])
def test_in_the_project_it_is_of_the_version_of_pyproject(
    tmp_path: Path, *, metadata: bool
) -> None:
    """`pulumi install` installs requirements.txt only; a pull changes pyproject.toml only."""
    project, libraries = tmp_path / "project", tmp_path / "libraries"
    for folder in (project, libraries):
        folder.mkdir()
    for name in SHIPPED:
        shutil.copytree(PROJECT / name, project / name)
    (project / "pyproject.toml").write_text('[project]\nversion = "9.8.7"\n', "utf-8")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "leave_approval" not in path.name:
            (libraries / path.name).symlink_to(path)
    done = subprocess.run(
        [sys.executable, *([] if metadata else ["-S"]), "-m", "cli", "--version"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(libraries)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "leave 9.8.7\n"), done.stderr
