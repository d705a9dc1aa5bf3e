"""The handles tests and demos turn, under `/_fake/`; nothing of Google's looks like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from emulator.google.exchange import Reply, Request, json_object, json_reply, refused
from emulator.google.gmail import SEND_SCOPE
from emulator.google.identities import HOUR, id_claims
from emulator.google.keys import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emulator.google.clients import ServiceAccounts
    from emulator.google.faults import Faults
    from emulator.google.grants import Grants
    from emulator.google.mailbox import Mailbox

_CLAIMS = {
    "hd", "email_verified", "aud", "iss", "sub", "azp", "name", "nonce", "iat", "nbf", "exp",
}  # fmt: skip
_CENTURY = 100 * 365 * 24 * HOUR


@dataclass(frozen=True, kw_only=True)
class Control:
    """Answers what is under `/_fake/`."""

    key: SigningKey
    audiences: Sequence[str]
    issuer: Callable[[], str]
    mailbox: Mailbox
    queue: Faults
    grants: Grants
    accounts: ServiceAccounts

    def id_token(self, request: Request) -> Reply:
        """Sign an ID token for `email`; other fields replace claims, null leaves a claim out.

        `expires_in` is in seconds and may be negative; `"forged": true` signs with a key that is
        not published, under the name of the one that is.
        """
        asked = _body(request)
        if unknown := set(asked) - _CLAIMS - {"email", "expires_in", "forged"}:
            allowed = ", ".join(["email", "expires_in", "forged", *sorted(_CLAIMS)])
            raise refused(f"unknown fields {sorted(unknown)}; allowed are {allowed}")
        email, expires_in = asked.pop("email", None), asked.pop("expires_in", HOUR)
        if not isinstance(email, str) or not email:
            raise refused("email must be a non-empty string")
        if (
            isinstance(expires_in, bool)
            or not isinstance(expires_in, int | float)
            or not abs(expires_in) < _CENTURY
        ):
            raise refused("expires_in must be a number of seconds, at most a century")
        key = SigningKey.generate() if asked.pop("forged", False) else self.key
        claims = id_claims(
            email=email,
            issuer=self.issuer(),
            audience=self.audiences[0],
            expires_in=expires_in,
            changes=asked,
        )
        return json_reply({"id_token": key.sign(claims, kid=self.key.kid)})

    def messages(self, request: Request) -> Reply:
        """Tell the mails, oldest first, all or those `to` an address."""
        if unknown := set(request.query) - {"to"}:
            raise refused(f"unknown parameters {sorted(unknown)}; allowed is to")
        mails = self.mailbox.mails(to=request.query.get("to"))
        return json_reply([mail.as_json() for mail in mails])

    def forget_messages(self, _: Request) -> Reply:
        """Delete every mail."""
        self.mailbox.clear()
        return Reply(status=204)

    def faults(self, _: Request) -> Reply:
        """Tell the faults still to come."""
        return json_reply(self.queue.left())

    def add_faults(self, request: Request) -> Reply:
        """Queue faults for an endpoint."""
        self.queue.add(_body(request))
        return json_reply(self.queue.left())

    def clear_faults(self, _: Request) -> Reply:
        """Forget the faults still to come."""
        self.queue.clear()
        return Reply(status=204)

    def expire_access_tokens(self, _: Request) -> Reply:
        """Let every access token expire now; refresh tokens stay good."""
        self.grants.expire_access_tokens()
        return Reply(status=204)

    def add_service_account(self, request: Request) -> Reply:
        """Register `{"email", "scopes"?}` with domain-wide delegation and return its key file."""
        asked = _body(request)
        email, scopes = asked.get("email"), asked.get("scopes", [SEND_SCOPE])
        if set(asked) - {"email", "scopes"} or not isinstance(email, str) or "@" not in email:
            raise refused('send {"email": ADDRESS, "scopes": [SCOPE, ...]}, scopes being optional')
        if not isinstance(scopes, list) or not all(
            isinstance(scope, str) for scope in cast("list[object]", scopes)
        ):
            raise refused("scopes must be a list of strings")
        key_file = self.accounts.register(
            email, cast("list[str]", scopes), token_uri=f"{self.issuer()}/token"
        )
        return json_reply(key_file)


def _body(request: Request) -> dict[str, object]:
    try:
        return json_object(request.body)
    except ValueError as error:
        raise refused(str(error)) from error
