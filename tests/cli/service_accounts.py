"""Key files of service accounts, as the stand-in for Google makes them."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.google import GoogleStandIn

ROBOT = "robot@leave.iam.gserviceaccount.com"


def a_key_file(google: GoogleStandIn, *, delegated: bool = True) -> dict[str, str]:
    """Return the contents of a key file, with sending delegated to the account or nothing."""
    wish: dict[str, object] = {"email": ROBOT}
    if not delegated:
        wish["scopes"] = ["https://www.googleapis.com/auth/calendar"]
    request = urllib.request.Request(  # noqa: S310
        f"{google.url}/_fake/service_accounts", data=json.dumps(wish).encode()
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)
