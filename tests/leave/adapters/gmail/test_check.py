"""Finding out whether Gmail takes mail, by a message to nobody that it refuses while it is well."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from emulator.google import GoogleStandIn
from leave.adapters.gmail.mailer import GmailMailer
from leave.domain.errors import (
    MailCredentialsError,
    MailError,
    MailThrottledError,
    MailUnavailableError,
)
from tests.emulator.google.callers import call
from tests.leave.adapters.gmail.scripted_google import DROP, HANG, Line, gmail_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.adapters.gmail.credentials import Urllib3Http
    from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle

NOBODY = gmail_error(400, "invalidArgument")


def test_gmail_that_refuses_a_mail_to_nobody_is_well(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    google.send_script.append(NOBODY)
    mailer.check()
    (post,) = google.posts
    assert [post.mail[name] for name in ("To", "Cc", "Bcc")] == [None] * 3


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (DROP, MailUnavailableError),
        (HANG, MailUnavailableError),
        (gmail_error(503, "backendError"), MailUnavailableError),
        (gmail_error(429, "rateLimitExceeded"), MailThrottledError),
        (gmail_error(403, "domainPolicy"), MailCredentialsError),
    ],
)
def test_gmail_that_does_not_refuse_it_is_not(
    mailer: GmailMailer,
    google: ScriptedGoogle,
    transport_with: Callable[..., Urllib3Http],
    line: Line,
    kind: type[MailError],
) -> None:
    """Nothing is in doubt then, since nothing could be sent."""
    mailer.transport = transport_with(read=0.5)
    google.send_script.append(line)
    with pytest.raises(kind):
        mailer.check()


def test_gmail_out_of_reach_is_not(mailer: GmailMailer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        mailer.endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(MailUnavailableError):
            mailer.check()


def test_the_stand_in_refuses_it_as_gmail_does_and_keeps_nothing(
    transport_with: Callable[..., Urllib3Http],
) -> None:
    with GoogleStandIn(audiences=["leave-api"], mailbox="leave-bot@foo.com") as google:
        GmailMailer(
            read_credentials=google.gmail_credentials,
            endpoint=google.url,
            sender="leave-bot@foo.com",
            company_domain="foo.com",
            transport=transport_with(),
        ).check()
        assert call(google, "GET", "/_fake/messages").json == []
