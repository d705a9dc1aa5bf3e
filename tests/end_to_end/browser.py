"""A browser without JavaScript: it keeps cookies, follows redirects, links and forms."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

from tests.leave.adapters.markup import Page


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the browser shows, and where it is."""

    status: int
    url: str
    page: Page

    def link(self, text: str) -> str:
        """Return where the one link with these words in it leads."""
        (target,) = [href for href, words in self.page.links if text in words]
        return urljoin(self.url, target)

    def account(self, email: str) -> str:
        """Return where the choice of an account leads, on Google's page of accounts."""
        hint = urlencode({"login_hint": email})
        (target,) = [href for href, _ in self.page.links if href.endswith(hint)]
        return urljoin(self.url, target)


@dataclass(frozen=True)
class Browser:
    """One person's browser."""

    cookies: CookieJar = field(default_factory=CookieJar)

    def open(self, url: str, form: dict[str, str] | None = None) -> Shown:
        """Open a page, or send a form."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )
        data = urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(url, data=data, headers={"Accept": "text/html"})  # noqa: S310 - the stage's own address
        try:
            with opener.open(request, timeout=120) as answer:
                return Shown(
                    status=answer.status, url=answer.url, page=Page(answer.read().decode())
                )
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Shown(
                    status=refusal.code, url=refusal.url, page=Page(refusal.read().decode())
                )

    def sign_in(self, url: str, email: str, text: str = "Sign in with Google") -> Shown:
        """Open a decision link, follow its way to Google and choose an account."""
        accounts = self.open(self.open(url).link(text))
        return self.open(accounts.account(email))
