"""Plain words in the texts that users and operators read."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT, SHIPPED, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = ROOT / "leave" / "templates"
# Write "must", "cannot", "is not a" and a noun of docs/glossary.md instead.
AVOIDED = {
    "en": (
        r"\bcan not\b",
        r"\b(has|have|had) to\b",
        r"(?<!there )\bis no (?!longer\b)",
        r"\b(some|any|every|no)body\b",
        r"\bwho(m|so)?ever\b",
        r"\btold\b",
        r"\byours to\b",
        r"\bopens nothing\b",
    ),
    "de": (r"\bjemand", r"\bman\b", r"\b[Dd]u\b", r"\b[Dd]ein"),
}
# The names of docs/glossary.md take their places.
OLD_NAMES = frozenset(
    (
        *("What", "Via", "Retirement", "RetiredLink", "Opened", "Brief", "Concern", "Waiting"),
        *("Wish", "Replay", "Letters", "Facts", "Fact", "Wording", "Situation", "RoundSteps"),
        *("DailyRound", "Gatekeeper", "Seal", "FormerApprovers", "ANSWERS", "SILENCE", "REOPENED"),
        *(
            "until_written",
            "turned_away",
            "formers",
            "mail_doubted",
            "daily_round",
            "retired_links",
        ),
    )
)
_SENTENCE = re.compile(r'"([^"\n]+)"(?!:)')
_TAG = re.compile(r"\{[%#].*?[%#]\}")


def strings(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of a package, but its docstrings, each with its place."""
    for module in modules(folder):
        nodes = list(ast.walk(module.tree))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and id(node) not in docstrings:
                text = str(node.value)
                if " " in text:
                    yield f"{module}:{node.lineno}", text


def templates(language: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences of the mails and pages in a language, each with its place."""
    for path in sorted((TEMPLATES / language).rglob("*.*")):
        text = path.read_text("utf-8")
        found = _SENTENCE.findall(text) if path.suffix == ".json" else [_TAG.sub("", text)]
        for sentence in found:
            yield path.relative_to(ROOT).as_posix(), sentence


def avoided(language: str, texts: Iterator[tuple[str, str]]) -> list[str]:
    """Return the places at which a text has a word that is avoided."""
    pattern = re.compile("|".join(AVOIDED[language]), re.IGNORECASE)
    return [f"{place}: {text}" for place, text in texts if pattern.search(text)]


@pytest.mark.parametrize("folder", SHIPPED)
def test_messages_use_plain_words(folder: str) -> None:
    assert avoided("en", strings(folder)) == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_mails_and_pages_use_plain_words(language: str) -> None:
    texts = list(templates(language))
    assert len(texts) > 200
    assert avoided(language, iter(texts)) == []


@pytest.mark.parametrize(
    "text",
    ["Leave can not begin.", "It has to be a day.", "E1 is no employee.", "Nobody answered."],
)
def test_a_text_in_other_words_is_found(text: str) -> None:
    assert avoided("en", iter([("here", text), ("there", "There is no employee E1.")])) == [
        f"here: {text}"
    ]


def test_old_names_stay_out_of_the_code() -> None:
    used = {
        f"{module}:{node.lineno}: {name}"
        for module in modules("leave")
        for node in ast.walk(module.tree)
        for name in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", ""))
        if name in OLD_NAMES
    }
    assert used == set()
