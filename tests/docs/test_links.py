"""What the pages name is there: links, files, commands; and nothing of anybody's machine."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from cli.__main__ import main as run_command
from tests.docs.markdown import PROJECT, Page, pages

PAGES = pages()
SHELL = ("sh", "bash", "console")

_TARGET = re.compile(r"^(?P<name>[A-Za-z.][\w./-]*):", re.MULTILINE)
_MAKE = re.compile(r"\bmake +(?P<name>[a-z.][\w./-]*)")
# By its module, or by the name that the README gives it.
_OURS = re.compile(r"(?:-m cli |^leave |\$\(leave )([a-z][^\n`)]*)", re.MULTILINE)
_FILE = re.compile(
    r"(?:leave|infrastructure|emulator|cli|tests|docs|requirements)/[\w./-]*(?:\.\w+|/)"
)
# A registry is the business of whoever installs: their pip may use a mirror.
_REGISTRY = re.compile(
    r"https?://(?:[\w.-]+\.)?(?:pypi\.org|pythonhosted\.org|npmjs\.\w+|crates\.io|registry\.[\w.-]+)"
)
_MACHINE = re.compile(r"(?<![\w.~<>-])/(?:home|root|tmp|Users|work|mnt|opt/hosted)(?:/|\b)")


def commands(page: Page) -> list[str]:
    """Every text that is set as something to type, whether in a block or within a sentence."""
    return [*(text for language in SHELL for text in page.blocks(language)), *page.code_spans()]


def test_the_pages_are_found() -> None:
    names = set(map(str, PAGES))
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/unverified.md"} <= names


def test_every_link_within_the_project_leads_somewhere() -> None:
    for page in PAGES:
        for target in page.links():
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (page.path.parent / path).resolve() if path else page.path
            assert file.exists(), f"{page} links to {target}"
            assert file.is_relative_to(PROJECT), f"{page} links to {target}"
            if anchor:
                assert anchor in Page(file).anchors(), f"{page} links to {target}"


def test_every_link_to_elsewhere_is_https() -> None:
    for page in PAGES:
        assert not [target for target in page.links() if target.startswith("http:")], page


def test_every_file_that_is_named_exists() -> None:
    for page in PAGES:
        named = [span for span in page.code_spans() if _FILE.fullmatch(span)]
        assert not [name for name in named if not (PROJECT / name).exists()], page


def test_every_make_target_that_is_named_exists() -> None:
    for page in PAGES:
        targets = {match["name"] for match in _TARGET.finditer((PROJECT / "Makefile").read_text())}
        named = {match["name"] for text in commands(page) for match in _MAKE.finditer(text)}
        assert named <= targets, page


def test_every_command_line_of_ours_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    for page in PAGES:
        for line in _OURS.findall("\n".join(commands(page))):
            words = [
                word for word in shlex.split(line) if re.fullmatch(r"[a-z]+(?:-[a-z]+)*", word)
            ]
            with pytest.raises(SystemExit) as ended:
                run_command([*words, "--help"])
            assert ended.value.code == 0, capsys.readouterr().err


def test_every_example_in_json_is_json() -> None:
    for page in PAGES:
        for text in page.blocks("json"):
            json.loads(text)
        for text in commands(page):
            for body in re.findall(r"(?:-d|--data) '([^']*)'", text):
                json.loads(body)


def test_no_page_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    for page in PAGES:
        assert not _REGISTRY.findall(page.text), page
        assert not _MACHINE.findall(page.text), page


@pytest.mark.parametrize(
    "text", ["see https://pypi.org/simple", "https://registry.npmjs.org/x", "in /home/jim/leave"]
)
def test_a_registry_or_a_place_would_be_found(text: str) -> None:
    assert _REGISTRY.search(text) or _MACHINE.search(text)


def test_every_decision_is_listed_and_numbered_and_says_why_and_what_follows() -> None:
    index = Page(PROJECT / "docs" / "adr" / "README.md")
    decisions = sorted((PROJECT / "docs" / "adr").glob("0*.md"))
    assert [file.name for file in decisions] == [link for link in index.links() if link[0] == "0"]
    # A number may be missing: it was given to a page that is still being written, or never was.
    numbers = [int(file.name.partition("-")[0]) for file in decisions]
    assert len(set(numbers)) == len(decisions)
    for number, file in zip(numbers, decisions, strict=True):
        page = Page(file)
        assert page.text.startswith(f"# {number}. ")
        assert all(page.section(f"## {name}") for name in ("Context", "Decision", "Consequences"))
