"""The state of the stand-in, and the paths under `/_fake/` that change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

from emulator.google.clients import OAuthClients, ServiceAccounts
from emulator.google.gmail import SEND_SCOPE
from emulator.google.grants import Grants
from emulator.google.http import Reply, Request, json_object, json_reply, refused
from emulator.google.id_tokens import IdTokens, SigningKey
from emulator.google.mailbox import Mailbox
from emulator.google.sign_in import TOKEN_PATH, Choice, Consent
from emulator.google.storage import FileStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from emulator.google.faults import Faults
    from emulator.google.server import Routes


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
        store = FileStore(folder)
        key = SigningKey.load_or_create(store, "signing-key.pem")
        return cls(
            key=key,
            clients=OAuthClients(audiences, seed=key.pem),
            accounts=ServiceAccounts(store),
            grants=Grants(store),
            mailbox=Mailbox(store),
        )


@dataclass(frozen=True, kw_only=True)
class Control:
    """Answers what is under `/_fake/`."""

    state: State
    audiences: Sequence[str]
    issuer: Callable[[], str]
    queue: Faults
    consent: Consent

    def add_to(self, routes: Routes) -> None:
        """Add the handles to `routes`."""
        routes.add("/_fake/id_token", POST=self.id_token)
        routes.add("/_fake/messages", GET=self.messages, DELETE=self.forget_messages)
        routes.add("/_fake/faults", GET=self.faults, POST=self.add_faults, DELETE=self.clear_faults)
        routes.add("/_fake/access_tokens", DELETE=self.expire_access_tokens)
        routes.add("/_fake/service_accounts", POST=self.add_service_account)
        routes.add("/_fake/consent", POST=self.expect_consent)

    def id_token(self, request: Request) -> Reply:
        """Sign an ID token; `IdTokens.make` says what may be asked for."""
        tokens = IdTokens(key=self.state.key, audiences=self.audiences, issuer=self.issuer)
        return json_reply({"id_token": tokens.make(_body(request))})

    def messages(self, request: Request) -> Reply:
        """Tell the mails, oldest first: all, those `to` an address, those with `text` in theirs."""
        if unknown := set(request.query) - {"text", "to"}:
            raise refused(f"unknown parameters {sorted(unknown)}; allowed are text and to")
        mails = self.state.mailbox.mails(to=request.query.get("to"))
        text = request.query.get("text", "")
        return json_reply([mail.as_json for mail in mails if text in mail.parts.text])

    def forget_messages(self, _: Request) -> Reply:
        """Delete every mail."""
        self.state.mailbox.clear()
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
        self.state.grants.expire_access_tokens()
        return Reply(status=204)

    def add_service_account(self, request: Request) -> Reply:
        """Register `{"email", "scopes"?}` with domain-wide delegation and return its key file."""
        asked = _body(request)
        email = asked.get("email")
        if set(asked) - {"email", "scopes"} or not isinstance(email, str) or "@" not in email:
            raise refused('send {"email": ADDRESS, "scopes": [SCOPE, ...]}, scopes being optional')
        scopes = _strings(asked, "scopes") if "scopes" in asked else [SEND_SCOPE]
        token_uri = self.issuer() + TOKEN_PATH
        return json_reply(self.state.accounts.register(email, scopes, token_uri=token_uri))

    def expect_consent(self, request: Request) -> Reply:
        """Let the next sign-in be by `email`, with scopes `unticked`, or `denied`."""
        asked = _body(request)
        email, denied = asked.get("email"), asked.get("denied", False)
        if (
            set(asked) - {"email", "unticked", "denied"}
            or not isinstance(email, str | None)
            or not isinstance(denied, bool)
        ):
            raise refused('send {"email": ADDRESS, "unticked": [SCOPE], "denied": BOOL}, any of it')
        unticked = frozenset(_strings(asked, "unticked"))
        self.consent.expect(Choice(email=email, unticked=unticked, denied=denied))
        return Reply(status=204)


def _body(request: Request) -> dict[str, object]:
    try:
        return json_object(request.body)
    except ValueError as error:
        raise refused(str(error)) from error


def _strings(asked: dict[str, object], name: str) -> list[str]:
    value = asked.get(name, [])
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(item, str) for item in items):
        raise refused(f"{name} must be a list of strings")
    return cast("list[str]", items)
