"""Which files of `leave/` are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from infrastructure.artifact.errors import ArtifactError
from infrastructure.artifact.sources import copy_sources, shipped_sources

PROJECT = Path(__file__).parents[3]
SHIPPED = {"__init__.py", "domain/rules.py", "templates/lead.html", "templates/lead.txt", "a.j2"}
LEFT = {
    "__pycache__/rules.cpython-313.pyc",
    "domain/.rules.py.swp",
    ".env",
    ".git/config",
    "domain/rules.py~",
    "domain/rules.py.orig",
    "tests/test_rules.py",
    "domain/tests/test_rules.py",
}


def test_modules_and_templates_are_shipped_and_leftovers_are_not(tmp_path: Path) -> None:
    package = tmp_path / "leave"
    for name in SHIPPED | LEFT:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    sources = shipped_sources(package)
    assert {source.relative_to(package).as_posix() for source in sources} == SHIPPED
    assert sources == sorted(sources)


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_project_without_code_is_told_with_its_cure(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match="git checkout -- leave"):
        shipped_sources(tmp_path / name)


def test_a_copy_keeps_its_place_and_its_content(tmp_path: Path) -> None:
    source = tmp_path / "leave" / "domain" / "rules.py"
    source.parent.mkdir(parents=True)
    source.write_text("DAYS = 25\n")
    copy_sources([source], tmp_path, tmp_path / "tree")
    assert (tmp_path / "tree" / "leave" / "domain" / "rules.py").read_text() == "DAYS = 25\n"


def test_every_module_of_the_project_itself_is_shipped() -> None:
    package = PROJECT / "leave"
    modules = {path for path in package.rglob("*.py") if "__pycache__" not in path.parts}
    assert modules <= set(shipped_sources(package))
