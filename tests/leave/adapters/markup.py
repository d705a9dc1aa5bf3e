"""Reading HTML as a browser would: which elements, which attributes, which text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "input", "hr", "base"}


@dataclass(frozen=True, kw_only=True)
class Element:
    """A start tag."""

    name: str
    attributes: dict[str, str]


@dataclass
class Page(HTMLParser):
    """A page that was read; `open` is empty when every element was closed in its turn."""

    html: str
    elements: list[Element] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    anchors: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), f"an attribute twice in {tag}"
        self.elements.append(Element(name=tag, attributes=attributes))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.anchors.append((attributes["href"], ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            return
        self.texts.append(data)
        if self.open and self.open[-1] == "a":
            href, text = self.anchors[-1]
            self.anchors[-1] = (href, text + data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def links(self) -> list[tuple[str, str]]:
        """Return addresses and texts of what leads to a page, so not those of mail addresses."""
        return [(href, text) for href, text in self.anchors if not href.startswith("mailto:")]

    @property
    def text(self) -> str:
        """All text, as a person reads it, style sheets left out."""
        return " ".join("".join(self.texts).split())

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """Everything but the texts: element names, and names of attributes."""
        return [(element.name, tuple(element.attributes)) for element in self.elements]

    def all(self, name: str) -> list[Element]:
        """Return the elements of a name."""
        return [element for element in self.elements if element.name == name]

    def one(self, name: str) -> Element:
        """Return the only element of a name."""
        (element,) = self.all(name)
        return element
