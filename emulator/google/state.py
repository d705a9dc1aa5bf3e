"""Everything the stand-in remembers, from the shelf it is kept on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from emulator.google.clients import OAuthClients, ServiceAccounts
from emulator.google.grants import Grants
from emulator.google.keys import SigningKey
from emulator.google.mailbox import Mailbox
from emulator.google.storage import Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class State:
    """The signing key, who may ask for tokens, what was granted, and the mails."""

    key: SigningKey
    clients: OAuthClients
    accounts: ServiceAccounts
    grants: Grants
    mailbox: Mailbox

    @classmethod
    def load(cls, folder: Path | None, audiences: Sequence[str]) -> Self:
        """Return what `folder` holds, or a new state; without a folder nothing outlives it.

        OSError, ValueError, LookupError or TypeError say that the folder holds something else.
        """
        shelf = Shelf(folder)
        key = SigningKey.kept_on(shelf, "signing-key.pem")
        return cls(
            key=key,
            clients=OAuthClients(audiences, seed=key.pem),
            accounts=ServiceAccounts(shelf),
            grants=Grants(shelf),
            mailbox=Mailbox(shelf),
        )
