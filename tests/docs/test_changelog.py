"""The changelog is that of the version which the project has."""

from __future__ import annotations

import re

from infrastructure.release import version
from tests.docs.markdown import PROJECT


def test_the_newest_heading_names_the_version_of_the_project() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[(.+)\] - (Unreleased|\d{4}-\d{2}-\d{2})$", text, re.MULTILINE)
    assert newest, "a heading such as: ## [0.1.0] - Unreleased"
    assert newest[1] == version()
