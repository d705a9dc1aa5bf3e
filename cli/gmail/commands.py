"""`leave gmail authorize`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.account.oauth_client import OAuthClient
from cli.arguments import add_browser_options, add_stage_options
from cli.errors import CommandError, UsageError
from cli.gmail.consent import agreed
from cli.gmail.key_file import read_key_file
from cli.gmail.mailing_stage import MailingStage
from cli.gmail.own_client import OWN_CLIENT, why_unfit
from cli.gmail.proof import rejection_of
from cli.ready_file import ReadyFile
from cli.stage import Stage

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    Store = Callable[[dict[str, Any]], dict[str, Any]]


def add_commands(commands: Any) -> None:
    """Add `gmail`."""
    gmail = commands.add_parser("gmail", help="let a stage send mail")
    actions = gmail.add_subparsers(title="commands", metavar="COMMAND", required=True)
    authorize = actions.add_parser(
        "authorize",
        help="store Gmail credentials for a stage",
        description="Let the stage's sending mailbox agree in the browser, or take the key of a"
        " service account; check that Google accepts it, and store it in the stage's secret."
        " Unless all is right, nothing is written. No secret is shown.",
    )
    add_stage_options(authorize)
    credentials = authorize.add_mutually_exclusive_group()
    credentials.add_argument(
        "--client-file",
        type=Path,
        metavar="FILE",
        help="the mailbox's own OAuth client, as Google's console offers it for a 'Desktop app'; "
        "not the one that employees sign in with. That of a local stage by default",
    )
    credentials.add_argument(
        "--service-account",
        type=Path,
        metavar="FILE",
        help="instead: the key file of a service account with domain-wide delegation",
    )
    add_browser_options(authorize)
    authorize.add_argument(
        "--send-test", action="store_true", help="then send one mail to the mailbox itself"
    )
    authorize.set_defaults(run=_authorize)


def _authorize(options: argparse.Namespace) -> None:
    stage = Stage.chosen(options)
    # Before anybody is bothered: what the file is, and whether there is a stage to store it for.
    authorize = _source(options, stage)
    mailing = MailingStage.found(stage)
    sender = mailing.settings.sender

    def store(credentials: dict[str, Any]) -> dict[str, Any]:
        stored = {
            **credentials,
            "sender": sender,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if rejection := rejection_of(stored, sender=sender, again="Run it again."):
            raise CommandError(f"{rejection.detail} {rejection.cure} Nothing was written.")
        mailing.keep(stored)
        return stored

    stored = authorize(sender, store)
    print(f"{sender} sends the mails of stage {stage.name} from now on.")
    if mailing.settings.redirect:
        print(f"All of them go to {mailing.settings.redirect}, as `leave:mail-redirect` says.")
    if options.send_test:
        print(f"A test mail is on its way to {mailing.send_test(stored)}.")


def _source(options: argparse.Namespace, stage: Stage) -> Callable[[str, Store], dict[str, Any]]:
    """Return what gets and stores a sender's credentials; raises `CommandError` for an unfit file.

    The key of a service account is there already, and a mailbox must agree first.
    """
    if options.service_account:
        key = read_key_file(options.service_account)
        return lambda _sender, store: store(key)
    client = _client(options)

    def ask(sender: str, store: Store) -> dict[str, Any]:
        if why := why_unfit(client.client_id, stage.audiences(), sender=sender):
            raise CommandError(f"{why} {OWN_CLIENT} Then name its file. Nothing was written.")
        print(f"Sign in as {sender}, and agree to everything.", flush=True)
        return agreed(
            client,
            store,
            stage=stage.name,
            sender=sender,
            open_browser=not options.no_browser,
            port=options.port,
        )

    return ask


def _client(options: argparse.Namespace) -> OAuthClient:
    if options.client_file:
        return OAuthClient.read(options.client_file)
    if options.ready_file:
        ready = ReadyFile.read(options.ready_file)
        if ready.mail_client is not None:
            return OAuthClient.of(ready.mail_client, where=str(options.ready_file))
    raise UsageError(
        "Name the OAuth client with --client-file FILE, or a service account with"
        " --service-account FILE."
    )
