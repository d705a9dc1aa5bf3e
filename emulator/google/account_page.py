"""Google's page on which a person chooses the account to sign in with; here without passwords."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from emulator.google.conversations import Person
from emulator.google.exchange import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.google.exchange import Request

STRANGER = Person(name="Person of another company", address="somebody@example.org")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class AccountPage:
    """Shown to a browser that has not said who signs in; each account is a plain link."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = (*people, STRANGER)
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @staticmethod
    def is_wanted(request: Request) -> bool:
        """Return whether a person looks at the answer, and has not chosen an account."""
        chosen = "@" in request.query.get("login_hint", "")
        asked = "select_account" in request.query.get("prompt", "").split()
        return "text/html" in request.header("accept") and (asked or not chosen)

    def show(self, request: Request) -> Reply:
        """Show the accounts; each link is the same request, with its account as the hint."""
        # Or the next page would be this one again.
        prompts = request.query.get("prompt", "").split()
        left = " ".join(word for word in prompts if word != "select_account")
        query = {**request.query, "prompt": left} if left else dict(request.query)
        if not left:
            query.pop("prompt", None)
        choices = [
            (person, f"?{urlencode(query | {'login_hint': person.address})}")
            for person in self._people
        ]
        text = self._templates.get_template("accounts.html.j2").render(
            choices=choices, application=urlsplit(query["redirect_uri"]).netloc
        )
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
        }
        return Reply(
            body=text.encode("utf-8", "replace"),
            content_type="text/html; charset=utf-8",
            headers=headers,
        )
