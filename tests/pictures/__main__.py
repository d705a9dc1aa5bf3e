"""`python -m tests.pictures`: take all pictures, and lay them out on one page."""

from __future__ import annotations

import shutil
import sys
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from tests.browser import chromium
from tests.pictures.subjects import subjects
from tests.stage import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.pictures.subjects import Subject

FOLDER = PROJECT / "pictures"
WIDTHS = (360, 1100)
_HEIGHT = 640
_SHEET = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures</title><style>
:root {{ color-scheme: light dark }}
body {{ margin: 2rem; font: 15px/1.4 system-ui, sans-serif }}
section {{ display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start }}
h2 {{ margin: 2.5rem 0 .5rem; font-size: 1.1rem }} figure {{ margin: 0 }}
img {{ display: block; height: 420px; max-width: 640px; object-fit: cover; object-position: top;
border: 1px solid #8888 }} figcaption {{ font-size: 12px }} nav a {{ margin-right: 1rem }}
</style><h1>Every mail and every page</h1><nav>{nav}</nav>{sections}</html>
"""


def take(browser: Browser, folder: Path, wanted: list[Subject]) -> list[tuple[Subject, str]]:
    """Take the pictures; return each one's file below the folder with what it shows."""
    taken: list[tuple[Subject, str]] = []
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            size = {"width": width, "height": _HEIGHT}
            with browser.new_context(viewport=size, color_scheme=scheme) as context:
                page = context.new_page()
                for subject in wanted:
                    if scheme not in subject.schemes:
                        continue
                    name = f"{subject.kind}-{subject.slug}-{width}-{scheme}.png"
                    file = f"{subject.language}/{name}"
                    page.set_content(subject.html)
                    page.screenshot(path=folder / file, full_page=True)
                    taken.append((subject, file))
    return taken


def contact_sheet(taken: list[tuple[Subject, str]]) -> str:
    """Return the page on which all pictures are, by language, kind and name."""

    def group(entry: tuple[Subject, str]) -> tuple[str, str, str]:
        return entry[0].language, entry[0].kind, entry[0].name

    sections: list[str] = []
    anchors: dict[str, str] = {}
    for (language, kind, name), entries in groupby(sorted(taken, key=group), key=group):
        title = f"{language} · {kind} · {name}"
        anchor = f"{language}-{kind}"
        id_ = "" if anchor in anchors else f' id="{anchor}"'
        anchors[anchor] = f'<a href="#{anchor}">{language} {kind}</a>'
        sections.append(f"<h2{id_}>{escape(title)}</h2><section>{_figures(entries)}</section>")
    return _SHEET.format(nav="".join(anchors.values()), sections="\n".join(sections))


def _figures(entries: Iterable[tuple[Subject, str]]) -> str:
    return "".join(
        f'<figure><a href="{file}"><img src="{file}" loading="lazy" alt=""></a>'
        f"<figcaption>{file.rsplit('-', 2)[1]} px, {file.rsplit('-', 1)[1][:-4]}</figcaption>"
        "</figure>"
        for _, file in entries
    )


def main() -> int:
    """Take all pictures anew; return 1 where there is no browser."""
    if chromium.executable() is None:
        print(f"There is no Chromium. Cure: {chromium.install_command()}", file=sys.stderr)
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    with chromium.browser() as browser:
        taken = take(browser, FOLDER, list(subjects()))
    sheet = FOLDER / "index.html"
    sheet.write_text(contact_sheet(taken), encoding="utf-8")
    print(f"{len(taken)} pictures: {sheet.as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
