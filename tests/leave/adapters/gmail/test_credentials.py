"""What is stored for Gmail, and that nothing of it shows when it fails."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import pytest

from leave.domain.errors import MailCredentialsError, MailError, MailUnavailableError
from tests.leave.adapters.gmail.scripted_google import DROP, gmail_error, oauth_error
from tests.leave.builders import MAIL

if TYPE_CHECKING:
    from leave.adapters.gmail.mailer import GmailMailer
    from tests.leave.adapters.gmail.scripted_google import ScriptedGoogle

KEYS = ["client_id", "client_secret", "refresh_token", "token_uri"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("there", ["missing", "empty"])
def test_an_incomplete_secret_names_what_it_lacks_and_the_cure(
    mailer: GmailMailer, google: ScriptedGoogle, key: str, there: str
) -> None:
    stored = google.credentials()
    del stored[key]
    if there == "empty":
        stored[key] = ""
    mailer.read_credentials = lambda: stored
    with pytest.raises(MailCredentialsError, match=f"lacks {key}. Run `leave gmail authorize"):
        mailer.send(MAIL)
    assert google.refreshes == google.posts == []


def test_an_empty_secret_names_all_it_lacks(mailer: GmailMailer) -> None:
    mailer.read_credentials = dict
    with pytest.raises(MailCredentialsError, match=", ".join(KEYS)):
        mailer.send(MAIL)


def test_a_secret_that_can_not_be_read_is_passed_on(
    mailer: GmailMailer, google: ScriptedGoogle
) -> None:
    def down() -> dict[str, str]:
        raise MailUnavailableError("Secrets Manager: ThrottlingException")

    mailer.read_credentials = down
    with pytest.raises(MailUnavailableError, match="Secrets Manager"):
        mailer.send(MAIL)
    assert google.posts == []


@pytest.mark.parametrize("uri", ["not a url", "http://[::1", "ftp://host/token", ""])
def test_a_token_address_that_is_none_is_a_mail_error_too(
    mailer: GmailMailer, google: ScriptedGoogle, uri: str
) -> None:
    mailer.read_credentials = lambda: google.credentials() | {"token_uri": uri}
    with pytest.raises(MailError):
        mailer.send(MAIL)
    assert google.posts == []


@pytest.mark.parametrize("trouble", ["token", "drop", "refusal"])
def test_no_credential_shows_in_an_error_or_its_causes(
    mailer: GmailMailer, google: ScriptedGoogle, trouble: str
) -> None:
    if trouble == "token":
        google.token_script.append(oauth_error(400, "invalid_grant"))
    else:
        google.send_script.append(
            DROP if trouble == "drop" else gmail_error(400, "invalidArgument")
        )
    with pytest.raises(MailError) as caught:
        mailer.send(MAIL)
    story = "".join(traceback.format_exception(caught.value))
    for secret in ("the-client-secret", "the-refresh-token", "ya29.", "john@foo.com"):
        assert secret not in story
