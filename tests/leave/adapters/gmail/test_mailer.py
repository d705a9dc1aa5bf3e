"""Sending a mail: exactly one POST, and an error by what can be done about it."""

from __future__ import annotations

import datetime as dt
import socket
from typing import TYPE_CHECKING

import pytest

from leave.adapters.gmail.credentials import SEND_SCOPE
from leave.domain.errors import (
    MailCredentialsError,
    MailError,
    MailOutcomeUnknownError,
    MailRefusedError,
    MailThrottledError,
    MailUnavailableError,
)
from leave.domain.values import replace
from tests.leave.adapters.gmail.scripted_google import (
    DROP,
    HANG,
    Line,
    answer,
    gmail_error,
)
from tests.leave.builders import MAIL

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.adapters.gmail.credentials import Urllib3Http
    from leave.adapters.gmail.mailer import GmailMailer
    from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle

RATE_INFO = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    "reason": "RATE_LIMIT_EXCEEDED",
    "domain": "googleapis.com",
}


def test_a_mail_is_posted_once_with_a_fresh_token(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.send(MAIL)
    (post,) = google.posts
    assert post.bearer == "Bearer ya29.1"
    assert post.mail["To"] == "john@foo.com"
    (refresh,) = google.refreshes
    assert refresh["refresh_token"] == "1//the-refresh-token"
    assert refresh["client_secret"] == "the-client-secret"
    assert refresh["scope"] == SEND_SCOPE


def test_mail_that_is_redirected_reaches_nobody_else(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.redirect = "dev@foo.com"
    mailer.send(MAIL)
    (post,) = google.posts
    assert post.mail["To"] == '"for john@foo.com" <dev@foo.com>'
    (reader,) = post.mail["To"].addresses
    assert reader.addr_spec == "dev@foo.com"
    assert post.mail["Cc"] is post.mail["Bcc"] is None


def test_what_can_not_be_addressed_is_refused_for_good(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    with pytest.raises(MailRefusedError, match="must be plain ASCII"):
        mailer.send(replace(MAIL, to="jörg@foo.com"))
    assert google.posts == []


def test_a_warm_mailer_keeps_token_and_credentials(
    google: ScriptedGoogle, mailer: GmailMailer, reads: list[None]
) -> None:
    for _ in range(3):
        mailer.send(MAIL)
    assert (len(google.posts), len(google.refreshes), len(reads)) == (3, 1, 1)


def test_an_expired_token_is_renewed_before_the_mail_goes_out(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.send(MAIL)
    past = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - google-auth keeps naive UTC
    mailer._credentials.expiry = past  # type: ignore[union-attr]
    mailer.send(MAIL)
    assert [post.bearer for post in google.posts] == ["Bearer ya29.1", "Bearer ya29.2"]


def test_a_token_that_was_revoked_early_is_renewed_and_the_mail_posted_again(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    """A 401 sent nothing, so this is the one case in which posting twice is right."""
    google.send_script.append(gmail_error(401, "authError"))
    mailer.send(MAIL)
    assert [post.bearer for post in google.posts] == ["Bearer ya29.1", "Bearer ya29.2"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (gmail_error(429, "rateLimitExceeded"), MailThrottledError),
        (answer(429, "Too many"), MailThrottledError),
        (gmail_error(403, "rateLimitExceeded"), MailThrottledError),
        (gmail_error(403, "userRateLimitExceeded"), MailThrottledError),
        (gmail_error(403, "dailyLimitExceeded"), MailThrottledError),
        (gmail_error(403, "quotaExceeded"), MailThrottledError),
        (gmail_error(403, "rateLimitExceeded", details=[RATE_INFO]), MailThrottledError),
        (gmail_error(403, "forbidden", details=[{}, RATE_INFO]), MailThrottledError),
        (gmail_error(500, "backendError"), MailUnavailableError),
        (gmail_error(503, "backendError"), MailUnavailableError),
        (answer(502, "<html>Bad gateway</html>"), MailUnavailableError),
        (answer(408, ""), MailUnavailableError),
        (gmail_error(403, "domainPolicy"), MailCredentialsError),
        (gmail_error(403, "insufficientPermissions"), MailCredentialsError),
        (gmail_error(403, "accessNotConfigured", details=[{}]), MailCredentialsError),
        (answer(403, "<html>Forbidden</html>"), MailCredentialsError),
        (gmail_error(400, "failedPrecondition"), MailCredentialsError),
        (gmail_error(400, "invalidArgument"), MailRefusedError),
        (gmail_error(404, "notFound"), MailRefusedError),
        (gmail_error(413, "uploadTooLarge"), MailRefusedError),
        (answer(400, {"error": "odd"}), MailRefusedError),
        (answer(400, {"error": {"errors": "odd", "details": 1}}), MailRefusedError),
        (answer(400, [1]), MailRefusedError),
        (answer(302, ""), MailRefusedError),
    ],
)
def test_a_refusal_is_told_by_what_can_be_done_about_it(
    mailer: GmailMailer, google: ScriptedGoogle, line: Line, error: type[MailError]
) -> None:
    google.send_script.append(line)
    with pytest.raises(error, match=f"Gmail answered {line.status}"):
        mailer.send(MAIL)
    assert len(google.posts) == 1


def test_the_reason_is_told(mailer: GmailMailer, google: ScriptedGoogle) -> None:
    line = gmail_error(400, "invalidArgument", details=[{"reason": "BAD_HEADER"}])
    google.send_script.append(line)
    with pytest.raises(MailRefusedError, match="400 invalidArgument, BAD_HEADER"):
        mailer.send(MAIL)


def test_a_token_that_is_never_accepted_is_a_matter_of_credentials(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    google.send_script.extend([gmail_error(401, "authError")] * 3)
    with pytest.raises(MailCredentialsError, match="401"):
        mailer.send(MAIL)
    assert len(google.posts) == 3


@pytest.mark.parametrize("line", [DROP, HANG])
def test_a_mail_without_an_answer_may_be_out_and_is_posted_once(
    mailer: GmailMailer,
    google: ScriptedGoogle,
    transport_with: Callable[..., Urllib3Http],
    line: Line,
) -> None:
    mailer.transport = transport_with(read=0.5)
    google.send_script.append(line)
    with pytest.raises(MailOutcomeUnknownError, match="may have been sent"):
        mailer.send(MAIL)
    assert len(google.posts) == 1


def test_gmail_out_of_reach_has_sent_nothing(mailer: GmailMailer, google: ScriptedGoogle) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        mailer.endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(MailUnavailableError, match="could not be reached"):
            mailer.send(MAIL)
    assert google.posts == []
