"""Key files of service accounts, as the stand-in for Google makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.mailing import ask

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

ROBOT = "robot@leave.iam.gserviceaccount.com"


def a_key_file(google: GoogleStandIn, *, delegated: bool = True) -> dict[str, str]:
    """Return the contents of a key file, with sending delegated to the account or nothing."""
    wish: dict[str, object] = {"email": ROBOT}
    if not delegated:
        wish["scopes"] = ["https://www.googleapis.com/auth/calendar"]
    return ask(google, "POST", "/_fake/service_accounts", **wish)
