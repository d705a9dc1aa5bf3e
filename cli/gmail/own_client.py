"""An OAuth client for the mailbox alone, whose ID tokens the API does not accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

OWN_CLIENT = "Create another OAuth client of the type 'Desktop app' for the mailbox alone."


def why_unfit(client_id: str, audiences: Collection[str], *, sender: str) -> str:
    """Return why a client must not be the mailbox's; empty when it may.

    A refresh token also gives ID tokens of its client. Were that client an audience of the API,
    the stage's secret would be a key to the API.
    https://developers.google.com/identity/openid-connect/openid-connect#refresh-tokens
    """
    if client_id not in audiences:
        return ""
    return (
        f"{client_id} is one of `leave:oidc-audiences`, so that the API would accept the ID tokens"
        f" of the mailbox's credentials. A reader of that secret could call the API as {sender}."
    )
