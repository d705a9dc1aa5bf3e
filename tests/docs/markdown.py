"""The project's Markdown pages, read as far as the tests need: blocks, tables, links, anchors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]

_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *$", re.MULTILINE)
_ROW = re.compile(r"^\|.*\|$")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(PROJECT).as_posix()

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """What stands outside fenced blocks."""
        return _BLOCK.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """The texts of the fenced blocks of one language."""
        return [
            block["text"] for block in _BLOCK.finditer(self.text) if block["language"] == language
        ]

    def block_with(self, language: str, words: str) -> str:
        """The one block of a language in which `words` stand."""
        (found,) = [text for text in self.blocks(language) if words in text]
        return found

    def code_spans(self) -> list[str]:
        """What is set as code within the prose."""
        return _CODE_SPAN.findall(self.prose)

    def links(self) -> list[str]:
        """The targets of all links, code left out."""
        return [link["target"] for link in _LINK.finditer(_CODE_SPAN.sub("`code`", self.prose))]

    def anchors(self) -> set[str]:
        """What a link to this page can name after `#`, as GitHub makes it from the headings."""
        found: set[str] = set()
        for heading in _HEADING.finditer(self.prose):
            slug = _slug(heading["text"])
            number = next(n for n in range(100) if (f"{slug}-{n}" if n else slug) not in found)
            found.add(f"{slug}-{number}" if number else slug)
        return found

    def section(self, heading: str) -> str:
        """The text below a heading, up to the next one of the same or a higher level."""
        level = f"#{{1,{heading.index(' ')}}}"
        _, _, rest = self.text.partition(f"\n{heading}\n")
        assert rest, f"{self} has no heading {heading!r}"
        return re.split(rf"^{level} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the first table in a text, without its head."""
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if _ROW.match(line))
    table = [line for line in lines[first:] if _ROW.match(line)]
    length = next((n for n, line in enumerate(lines[first:]) if not _ROW.match(line)), len(table))
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in table[2:length]]


def pages() -> list[Page]:
    """Every page of the project; generated folders and those of tools hold none of ours."""
    folders = ("docs", "bench", "emulator", "infrastructure", "leave", "cli", "tests")
    found = [*PROJECT.glob("*.md"), *(p for f in folders for p in (PROJECT / f).rglob("*.md"))]
    return [Page(path) for path in sorted(found)]


README = Page(PROJECT / "README.md")
API = Page(PROJECT / "docs" / "api.md")
ARCHITECTURE = Page(PROJECT / "docs" / "architecture.md")
DEPLOY = Page(PROJECT / "docs" / "deploy.md")


def _slug(heading: str) -> str:
    """https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links."""
    shown = _LINK.sub(lambda link: link["text"], heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
