"""Every command of AWS that a page tells to type is one that there is, with options that it has."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.aws_command import UsageError, parse
from tests.docs.markdown import Page, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDS = frozenset("();<>|&")
SPAN = re.compile(r"`(aws [^`]+)`")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words after each `aws` of a script, also of one within quotation marks."""
    lines = text.replace("\\\n", " ").replace("\n", " ; ")
    lexer = shlex.shlex(lines, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    found: list[str] | None = None
    for word in (*lexer, ";"):
        if "$(aws " in word:
            yield from commands(word)
        elif word == "aws":
            found = []
        elif found is not None and ENDS.issuperset(word):
            yield found
            found = None
        elif found is not None:
            found.append(word)


def told() -> list[tuple[Page, list[str]]]:
    """All commands of all pages; one within a sentence may be broken over lines."""
    return [
        (page, command)
        for page in pages()
        for text in (*page.blocks("sh"), *(s.replace("\n", " ") for s in SPAN.findall(page.prose)))
        for command in commands(text)
    ]


@pytest.mark.parametrize(
    ("page", "words"), [pytest.param(p, w, id=f"{p}-{w[1]}") for p, w in told()]
)
def test_a_command_is_one_that_there_is(page: Page, words: list[str]) -> None:
    assert page.path.exists()
    if words[-1].startswith("--"):
        words = [*words, "what the next words say"]
    assert parse(words)


def test_commands_are_found_with_their_words() -> None:
    text = 'X=$(aws dynamodb describe-table \\\n  --table-name "$T" --query A)\naws s3api help'
    assert list(commands(text)) == [
        ["dynamodb", "describe-table", "--table-name", "$T", "--query", "A"],
        ["s3api", "help"],
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["dynamodb", "describe-tables"],
        ["dynamodb", "describe-table", "--name", "x"],
        ["dynamodb", "wait", "table-is-there"],
        ["dynamo", "describe-table"],
    ],
)
def test_what_there_is_not_would_be_noticed(words: list[str]) -> None:
    with pytest.raises(UsageError):
        parse(words)
