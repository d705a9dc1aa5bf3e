"""Which path is answered by which part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.google.account_page import AccountPage
from emulator.google.consent import Consent
from emulator.google.control import Control
from emulator.google.discovery import (
    CONSENT_PATH,
    DISCOVERY_PATH,
    KEYS_PATH,
    REVOKE_PATH,
    TOKEN_PATH,
    Discovery,
)
from emulator.google.faults import Faults
from emulator.google.gmail import SEND_PATH, GmailSend
from emulator.google.inbox import Inbox
from emulator.google.routes import Routes
from emulator.google.token_endpoint import TokenEndpoint

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from emulator.google.conversations import Person
    from emulator.google.state import State


def routes_of(  # noqa: PLR0913 - every part asks for something of its own
    state: State,
    *,
    audiences: Sequence[str],
    people: Sequence[Person],
    default_email: str,
    issuer: Callable[[], str],
    stopping: threading.Event,
) -> Routes:
    """Return the table of everything that is served."""
    faults = Faults(stopping)
    gmail = GmailSend(grants=state.grants, mailbox=state.mailbox)
    discovery = Discovery(key=state.key, issuer=issuer)
    consent = Consent(
        grants=state.grants,
        clients=state.clients,
        accounts=AccountPage(people),
        default_email=default_email,
    )
    tokens = TokenEndpoint(
        grants=state.grants,
        clients=state.clients,
        accounts=state.accounts,
        key=state.key,
        issuer=issuer,
    )
    control = Control(
        state=state, audiences=audiences, issuer=issuer, queue=faults, consent=consent
    )
    routes = Routes()
    routes.add(DISCOVERY_PATH, GET=discovery.document)
    routes.add(KEYS_PATH, GET=discovery.keys)
    routes.add(CONSENT_PATH, GET=consent.authorize)
    routes.add(TOKEN_PATH, POST=faults.around("token", tokens.token))
    routes.add(REVOKE_PATH, POST=tokens.revoke)
    routes.add(SEND_PATH, POST=faults.around("send", gmail.send))
    control.add_to(routes)
    Inbox(state.mailbox).add_to(routes)
    return routes
