"""The OAuth client that the command signs in with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from cli.errors import CommandError
from cli.json_file import read_object
from cli.web import require_safe
from leave.domain.values import Secret

if TYPE_CHECKING:
    from pathlib import Path

_CURE = (
    "Take the JSON file that Google's console offers for an OAuth client of the type 'Desktop app'."
)
_REQUIRED = ("client_id", "client_secret", "auth_uri", "token_uri")


@dataclass(frozen=True, kw_only=True, slots=True)
class OAuthClient:
    """A client of the type "Desktop app", which lies on every employee's machine.

    So its secret is none, as https://developers.google.com/identity/protocols/oauth2#installed has
    it; it is kept out of sight all the same.
    """

    client_id: str
    client_secret: Secret
    auth_uri: str
    token_uri: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a client file; raises `CommandError` for anything else."""
        return cls.of(read_object(path, cure=_CURE), where=str(path))

    @classmethod
    def of(cls, stored: object, *, where: str) -> Self:
        """Take a client out of the contents of a client file."""
        fields: dict[str, Any] = cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
        installed: Any = fields.get("installed")
        if not isinstance(installed, dict):
            raise CommandError(f"{where} holds no client of the type 'Desktop app'. {_CURE}")
        values = cast("dict[str, Any]", installed)
        missing = [name for name in _REQUIRED if not isinstance(values.get(name), str)]
        if missing:
            raise CommandError(f"{where} lacks {', '.join(missing)}. {_CURE}")
        return cls(
            client_id=values["client_id"],
            client_secret=Secret(values["client_secret"]),
            auth_uri=require_safe(values["auth_uri"], f"auth_uri in {where}"),
            token_uri=require_safe(values["token_uri"], f"token_uri in {where}"),
        )

    def reveal(self) -> dict[str, Any]:
        """Return the contents of the client file, secret and all, to keep or to sign in with."""
        return {
            "installed": {
                "client_id": self.client_id,
                "client_secret": self.client_secret.reveal(),
                "auth_uri": self.auth_uri,
                "token_uri": self.token_uri,
            }
        }
