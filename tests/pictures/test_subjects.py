"""No mail and no page is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import Template

from leave.adapters.presentation.i18n import DEFAULT_LANGUAGE, TEMPLATES, languages
from tests.docs.markdown import README
from tests.pictures.__main__ import contact_sheet
from tests.pictures.subjects import Subject, of_language
from tests.stage import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("mails", "pages")
MOST_BYTES = 60_000
# Administrators are addresses without a language, and are written to in English.
FOR_ADMINISTRATORS = "admin_alert"


def written(language: str) -> set[Path]:
    """Return the templates of mails and pages that a language has."""
    folder = TEMPLATES / language
    return {path for kind in KINDS for path in (folder / kind).iterdir() if path.is_file()}


def test_every_language_is_known() -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if (path / "mails").is_dir()}
    assert folders == languages()


@pytest.mark.parametrize("language", sorted(languages()))
def test_there_is_a_picture_of_every_template(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: set[Path] = set()
    original = Template.render

    def noted(template: Template, *values: Any, **named: Any) -> str:
        rendered.add(Path(template.filename or ""))
        return original(template, *values, **named)

    monkeypatch.setattr(Template, "render", noted)
    assert list(of_language(language))
    missing = {str(path.relative_to(TEMPLATES)) for path in written(language) - rendered}
    if language != DEFAULT_LANGUAGE:
        missing = {name for name in missing if FOR_ADMINISTRATORS not in name}
    assert not missing, f"no picture of {missing}; add one to tests/leave/adapters/samples.py"


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_picture_has_a_name_of_its_own(language: str) -> None:
    names = [(subject.kind, subject.slug) for subject in of_language(language)]
    assert len(names) == len(set(names))


def test_the_contact_sheet_shows_every_picture_by_language_and_kind() -> None:
    def subject(name: str) -> Subject:
        return Subject(language="en", kind="page", name=name, html="", schemes=("light",))

    files: Iterable[tuple[Subject, str]] = [
        (subject("b <i>"), "en/page-b-i-360-light.png"),
        (subject("a"), "en/page-a-1100-dark.png"),
    ]
    sheet = contact_sheet(list(files))
    assert sheet.index("page-a-1100-dark.png") < sheet.index("page-b-i-360-light.png")
    assert "b &lt;i&gt;" in sheet
    assert "<figcaption>1100 px, dark</figcaption>" in sheet
    assert sheet.count('id="en-page"') == 1


def test_the_pictures_in_the_readme_are_those_that_are_kept_and_small() -> None:
    kept = sorted((PROJECT / "docs" / "pictures").iterdir())
    assert kept
    assert {f"docs/pictures/{file.name}" for file in kept} <= set(README.links())
    assert {file.name for file in kept if file.stat().st_size > MOST_BYTES} == set()
