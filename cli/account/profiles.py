"""What the command remembers of each stage: its address, the client, and who is signed in."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.account.oauth_client import OAuthClient
from cli.account.private_files import write_private
from cli.errors import CommandError
from cli.web import require_safe
from leave.domain.values import Secret

if TYPE_CHECKING:
    from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_CURRENT = "current"


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One stage as its user knows it; the tokens are None until they have signed in."""

    name: str
    api_url: str
    client: OAuthClient
    refresh_token: Secret | None = None
    id_token: Secret | None = None


def name_of(api_url: str) -> str:
    """Return what a profile of this address is called: the stage, which ends the address."""
    last = api_url.rstrip("/").rpartition("/")[2]
    return _UNSAFE.sub("-", last).strip("-.") or "default"


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles in a folder, one private file each, and which one was used last to sign in."""

    folder: Path

    def find(self, name: str) -> Profile | None:
        """Return a profile; raises `CommandError` when its file is damaged."""
        path = self._path(name)
        try:
            stored: Any = json.loads(path.read_text(encoding="utf-8"))
            refresh_token, id_token = stored.get("refreshToken"), stored.get("idToken")
            return Profile(
                name=name,
                api_url=require_safe(stored["apiUrl"], f"apiUrl in {path}"),
                client=OAuthClient.of(stored["client"], where=str(path)),
                refresh_token=Secret(refresh_token) if refresh_token else None,
                id_token=Secret(id_token) if id_token else None,
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError):
            # Not chained: the error may carry a token.
            raise CommandError(f"{path} is damaged. Delete it and run `leave login`.") from None

    def current(self) -> str | None:
        """Return the name of the profile that was signed in last."""
        try:
            return (self.folder / _CURRENT).read_text(encoding="utf-8").strip() or None
        except (OSError, ValueError):
            return None

    def keep(self, profile: Profile) -> None:
        """Write a profile."""
        tokens = {"refreshToken": profile.refresh_token, "idToken": profile.id_token}
        stored = {
            "apiUrl": profile.api_url,
            "client": profile.client.reveal(),
            **{name: token.reveal() for name, token in tokens.items() if token},
        }
        write_private(self._path(profile.name), json.dumps(stored, indent=2) + "\n")

    def choose(self, name: str) -> None:
        """Make a profile the one that commands go by."""
        write_private(self.folder / _CURRENT, f"{name}\n")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
