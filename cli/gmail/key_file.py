"""The key file of a service account, to which the company delegates sending as the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.json_file import read_object
from cli.web import require_safe
from leave.adapters.gmail.credentials import (
    REQUIRED,
    SEND_SCOPE,
    SERVICE_ACCOUNT,
    from_stored,
    missing_of,
    type_of,
)
from leave.domain.errors import MailCredentialsError

if TYPE_CHECKING:
    from pathlib import Path

_CURE = "Take the JSON key file that Google's console makes for a service account."
# The universe of everybody who has not rented one of their own; delegation exists in no other.
_UNIVERSE = "googleapis.com"
# What the company's administrator must enter for the delegation.
_CLIENT_ID = "client_id"


def read_key_file(path: Path) -> dict[str, Any]:
    """Return the credentials in a key file; raises `CommandError` for anything else."""
    found = read_object(path, cure=_CURE)
    if "installed" in found or "web" in found:
        raise CommandError(f"{path} holds an OAuth client. Name it with --client-file, or: {_CURE}")
    if type_of(found) != SERVICE_ACCOUNT:
        raise CommandError(f"{path} holds no service account. {_CURE}")
    missing = missing_of(found)
    if not isinstance(found.get(_CLIENT_ID), str):
        missing.append(_CLIENT_ID)
    if missing:
        raise CommandError(f"{path} lacks {', '.join(missing)}. {_CURE}")
    if found.get("universe_domain", _UNIVERSE) != _UNIVERSE:
        raise CommandError(f"{path} is for another universe than {_UNIVERSE}. {_CURE}")
    token_uri = require_safe(found["token_uri"], f"token_uri in {path}")
    try:
        from_stored(found, sender=found["client_email"])
    except MailCredentialsError:
        # Not chained: the cause may quote the key.
        raise CommandError(f"private_key in {path} is not an RSA key. {_CURE}") from None
    names = (*REQUIRED[SERVICE_ACCOUNT], _CLIENT_ID)
    kept = {name: found[name] for name in names}
    return {"type": SERVICE_ACCOUNT, **kept, "token_uri": token_uri, "scopes": [SEND_SCOPE]}
