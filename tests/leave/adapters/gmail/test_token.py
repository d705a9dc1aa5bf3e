"""The access token: got apart from the mail, so that its failures never leave a mail in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import MailCredentialsError, MailUnavailableError
from leave.domain.values import replace
from tests.leave.adapters.gmail.scripted_google import (
    DROP,
    HANG,
    Line,
    answer,
    gmail_error,
    oauth_error,
)
from tests.leave.builders import MAIL

if TYPE_CHECKING:
    from collections.abc import Callable

    from leave.adapters.gmail.credentials import Urllib3Http
    from leave.adapters.gmail.mailer import GmailMailer
    from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_client", "unauthorized_client"])
def test_rejected_credentials_send_nothing_and_need_an_operator(
    mailer: GmailMailer, google: ScriptedGoogle, code: str
) -> None:
    google.token_script.append(oauth_error(400, code))
    with pytest.raises(MailCredentialsError, match=f"rejects the Gmail credentials: {code}"):
        mailer.send(MAIL)
    assert google.posts == []


@pytest.mark.parametrize(
    "line",
    [
        oauth_error(500, "internal_failure"),
        answer(503, "<html>Down</html>"),
        answer(502, ""),
        answer(400, "<html>A proxy in between</html>"),
        answer(200, {"no": "token"}),
    ],
)
def test_a_token_endpoint_in_trouble_is_unavailable(
    mailer: GmailMailer, google: ScriptedGoogle, line: Line
) -> None:
    google.token_script.extend([line] * 3)
    with pytest.raises(MailUnavailableError):
        mailer.send(MAIL)
    assert google.posts == []


@pytest.mark.parametrize("line", [DROP, HANG])
def test_a_token_endpoint_that_does_not_answer_has_sent_nothing(
    mailer: GmailMailer,
    google: ScriptedGoogle,
    transport_with: Callable[..., Urllib3Http],
    line: Line,
) -> None:
    mailer.transport = transport_with(read=0.3)
    google.token_script.append(line)
    with pytest.raises(MailUnavailableError, match="token endpoint did not answer"):
        mailer.send(MAIL)
    assert google.posts == []


def test_credentials_that_were_renewed_meanwhile_are_read_again(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    stored = google.credentials()
    mailer.read_credentials = lambda: dict(stored)
    mailer.send(MAIL)
    google.send_script.append(gmail_error(403, "insufficientPermissions"))
    stored["refresh_token"] = "1//renewed"
    mailer.send(MAIL)
    assert google.refreshes[-1]["refresh_token"] == "1//renewed"
    assert len(google.posts) == 3


def test_fresh_credentials_that_are_rejected_are_not_tried_twice(
    mailer: GmailMailer, google: ScriptedGoogle, reads: list[None]
) -> None:
    google.send_script.append(gmail_error(403, "domainPolicy"))
    with pytest.raises(MailCredentialsError):
        mailer.send(MAIL)
    assert (len(google.posts), len(reads)) == (1, 1)
    mailer.send(MAIL)
    assert len(reads) == 2


def test_kept_credentials_are_tried_again_once_only(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    mailer.send(MAIL)
    google.send_script.extend([gmail_error(403, "domainPolicy")] * 2)
    with pytest.raises(MailCredentialsError):
        mailer.send(MAIL)
    assert len(google.posts) == 3
    mailer.send(replace(MAIL, subject="Later"))
    assert google.posts[-1].mail["Subject"] == "Later"


def test_credentials_that_are_rejected_in_the_middle_of_a_mail_have_sent_nothing(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    """Gmail says 401, and the token endpoint then no longer knows the refresh token."""
    google.send_script.append(gmail_error(401, "authError"))
    mailer.send(MAIL)
    google.send_script.append(gmail_error(401, "authError"))
    google.token_script.extend([oauth_error(400, "invalid_grant")] * 2)
    with pytest.raises(MailCredentialsError, match="invalid_grant"):
        mailer.send(MAIL)
    assert len(google.posts) == 3
