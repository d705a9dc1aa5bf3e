"""Whether Google accepts credentials: an access token is asked for, which sends nothing."""

# Google's client libraries carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request

from cli.errors import CommandError
from cli.web import TIMEOUT_SECONDS, is_loopback, require_safe
from leave.adapters.gmail import mailer as failures
from leave.adapters.gmail.credentials import SEND_SCOPE, SERVICE_ACCOUNT, from_stored, type_of
from leave.domain.errors import MailCredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LATER = "The credentials are not the cause. Try again later."


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejection:
    """Why Google does not accept credentials, and what to do."""

    detail: str
    cure: str


def rejection_of(stored: Mapping[str, Any], *, sender: str, again: str) -> Rejection | None:
    """Return why stored credentials cannot send as `sender`, None when they can.

    `again` is the cure where the mailbox must agree once more.
    """
    try:
        token_uri = require_safe(str(stored["token_uri"]), "token_uri of the credentials")
        credentials = from_stored(stored, sender=sender)
    except CommandError as error:
        return Rejection(detail=str(error), cure=again)
    except MailCredentialsError:
        return Rejection(detail="They are incomplete, or their private_key is none.", cure=again)
    with requests.Session() as session:
        session.trust_env = not is_loopback(token_uri)
        try:
            credentials.refresh(partial(Request(session), timeout=int(TIMEOUT_SECONDS)))
        except RefreshError as error:
            return _refused(error, stored, sender, again)
        except TransportError as error:
            why = type(error.__cause__ or error).__name__
            return Rejection(
                detail=f"{token_uri} does not answer: {why}.", cure="Check the network."
            )
    granted: Any = getattr(credentials, "granted_scopes", None)
    if granted is not None and SEND_SCOPE not in granted:
        return Rejection(detail="The credentials may not send mail.", cure=again)
    return None


def _refused(error: RefreshError, stored: Mapping[str, Any], sender: str, again: str) -> Rejection:
    told = failures.oauth_error_of(error)
    if told is None:
        return Rejection(
            detail="Google's token endpoint gave an invalid OAuth answer.", cure=_LATER
        )
    detail = f"Google rejects the credentials: {told}."
    if type_of(stored) != SERVICE_ACCOUNT:
        return Rejection(detail=detail, cure=again)
    if told == "unauthorized_client":
        return Rejection(detail=detail, cure=_delegate(stored))
    return Rejection(
        detail=detail,
        cure=f"Check that {sender} is an account of the company and not suspended, that the key of"
        f" {stored['client_email']} was not deleted, and that this machine's clock is right.",
    )


def _delegate(stored: Mapping[str, Any]) -> str:
    """Return how to delegate: https://support.google.com/a/answer/162106."""
    return (
        f"{stored['client_email']} may not act for the company's mailboxes. A super administrator"
        " must open https://admin.google.com, Security, Access and data control, API controls,"
        " Manage Domain Wide Delegation, Add new, and enter the client ID"
        f" {stored.get('client_id')} and the scope {SEND_SCOPE}."
        " It may take up to 24 hours until that counts."
    )
