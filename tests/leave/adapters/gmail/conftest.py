"""A mailer and the Google it talks to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import google.auth._exponential_backoff as google_backoff
import pytest

from leave.adapters.gmail.credentials import Urllib3Http
from leave.adapters.gmail.mailer import GmailMailer
from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@pytest.fixture
def google() -> Iterator[ScriptedGoogle]:
    """Return a Google that says yes to everything, unless it is given a script."""
    with ScriptedGoogle() as google:
        yield google


@pytest.fixture
def transport_with() -> Iterator[Callable[..., Urllib3Http]]:
    """Return a maker of transports, which are closed in the end."""
    made: list[Urllib3Http] = []

    def make(**timeouts: float) -> Urllib3Http:
        made.append(Urllib3Http(**timeouts))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


@pytest.fixture
def mailer(google: ScriptedGoogle, transport_with: Callable[..., Urllib3Http]) -> GmailMailer:
    """Return a mailer that has read no credentials yet."""
    return GmailMailer(
        read_credentials=google.credentials,
        endpoint=google.url,
        sender="leave-bot@foo.com",
        company_domain="foo.com",
        transport=transport_with(),
    )


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let google-auth's own retries of the token endpoint come at once."""
    monkeypatch.setattr(google_backoff, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture
def reads(mailer: GmailMailer) -> list[None]:
    """Return a list that grows with every read of the stored credentials."""
    reads: list[None] = []
    read = mailer.read_credentials

    def counting() -> Mapping[str, Any]:
        reads.append(None)
        return read()

    mailer.read_credentials = counting
    return reads
