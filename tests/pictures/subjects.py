"""What there is to take pictures of: every mail and every page, in every language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from leave.adapters.presentation.i18n import languages
from tests.leave.adapters.samples import Cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leave.domain.views import Mail

_BODY = re.compile(r"<body([^>]*)>(.*)</body>", re.DOTALL)
_CLIENT = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{subject}</title><style>
body {{ margin: 0; background: #fff; color: #202124; font: 14px/1.4 Roboto, Arial, sans-serif }}
header {{ padding: 16px; overflow-wrap: anywhere }}
h1 {{ margin: 0 0 12px; font-size: 20px; font-weight: 400 }}
pre {{ margin: 0; padding: 0 16px 16px; font: 13px/1.5 monospace; white-space: pre-wrap;
overflow-wrap: anywhere }} small {{ color: #5f6368 }}
</style><header><h1>{subject}</h1><b>leave@foo.com</b><br><small>{note}</small></header>
{body}</html>"""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A page of HTML to take pictures of. `schemes` are the colour schemes it has."""

    language: str
    kind: str
    name: str
    html: str
    schemes: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Its name as the beginning of a file's."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def subjects() -> Iterator[Subject]:
    """Yield all there is."""
    for language in sorted(languages()):
        yield from of_language(language)


def of_language(language: str, words: str = "") -> Iterator[Subject]:
    """Yield all mails, each with its text, and all pages of one language, with any `words`."""
    cast = Cast(language=language, words=words)
    for name, mail in cast.mails().items():
        parts = {"mail": _html_part(mail), "text": f"<pre>{escape(mail.text)}</pre>"}
        for kind, part in parts.items():
            html = _shown(mail, part, language)
            yield Subject(language=language, kind=kind, name=name, html=html, schemes=("light",))
    for name, html in cast.pages().items():
        schemes = ("light", "dark")
        yield Subject(language=language, kind="page", name=name, html=html, schemes=schemes)


def _shown(mail: Mail, part: str, language: str) -> str:
    """Return the mail as Gmail on a phone shows it, nearly."""
    subject = escape(mail.subject)
    note = f"to {escape(mail.to)}"
    return _CLIENT.format(language=language, subject=subject, note=note, body=part)


def _html_part(mail: Mail) -> str:
    # Mail clients take the body for a block of theirs; what is in the head may be lost.
    found = _BODY.search(mail.html)
    assert found, f"a mail without a body: {mail.subject}"
    return f"<div{found[1]}>{found[2]}</div>"
