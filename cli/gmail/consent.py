"""The sending mailbox agrees, in a browser, that the stage sends for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cli.account.sign_in import SCOPES, SignIn
from cli.account.tokens import claims_of
from cli.errors import CommandError
from leave.adapters.gmail.credentials import SEND_SCOPE, USER

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.account.oauth_client import OAuthClient
    from cli.account.sign_in import SignedIn

T = TypeVar("T")

# Accounts of these belong to nobody's company, and Google offers none of them for a domain.
_CONSUMER_DOMAINS = frozenset({"gmail.com", "googlemail.com"})


def agreed(  # noqa: PLR0913 - whose credentials, where they go, and how the browser is asked
    client: OAuthClient,
    store: Callable[[dict[str, Any]], T],
    *,
    stage: str,
    sender: str,
    open_browser: bool,
    port: int,
) -> T:
    """Store the credentials of a stage's `sender`, and return what `store` returns.

    Raises `CommandError` unless the mailbox agreed to everything.

    Sending mail does not allow to ask whose mailbox it is, so the address is asked for as well:
    https://developers.google.com/workspace/gmail/api/auth/scopes
    """
    domain = sender.rpartition("@")[2].lower()
    sign_in = SignIn(
        open_browser=open_browser,
        port=port,
        email=sender,
        hosted_domain=None if domain in _CONSUMER_DOMAINS else domain,
        scopes=(SEND_SCOPE, *SCOPES),
    )

    def accept(signed_in: SignedIn) -> T:
        _require_scope(signed_in)
        _require_sender(signed_in, sender, stage)
        return store(
            {
                "type": USER,
                "client_id": client.client_id,
                "client_secret": client.client_secret.reveal(),
                "refresh_token": signed_in.refresh_token.reveal(),
                "token_uri": client.token_uri,
                "scopes": sorted(signed_in.scopes),
            }
        )

    return sign_in(client, accept)


def _require_scope(signed_in: SignedIn) -> None:
    # Whoever is asked can take the tick away from each scope but those of the sign-in:
    # https://developers.google.com/identity/protocols/oauth2/resources/granular-permissions
    if SEND_SCOPE not in signed_in.scopes:
        raise CommandError(
            "The mailbox did not agree to send mail, so nothing was written. Run it again, and"
            " leave the tick at 'Send email on your behalf'."
        )


def _require_sender(signed_in: SignedIn, sender: str, stage: str) -> None:
    claims = claims_of(signed_in.id_token)
    email = str(claims.get("email", ""))
    if claims.get("email_verified") is not True:
        raise CommandError(
            f"Google has not verified that {email or 'the account'} is who it says, so nothing was"
            f" written. Run it again, and choose {sender}."
        )
    if email.lower() != sender.lower():
        raise CommandError(
            f"{email} agreed, but the stage sends as {sender}, so nothing was written. Run it"
            f" again, and choose {sender}; or set the config key `leave:mail-sender` and run"
            f" `pulumi up -s {stage}`."
        )
