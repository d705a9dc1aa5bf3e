"""Whether the stage can send mail. Values of the secret are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.doctor.findings import Finding, ok, problem, warning
from cli.errors import CommandError
from cli.gmail.mailing_stage import MAILING
from cli.gmail.own_client import OWN_CLIENT, why_unfit
from cli.gmail.proof import rejection_of
from cli.stage import code_of
from leave.adapters.gmail.credentials import REQUIRED, SERVICE_ACCOUNT, USER, missing_of, type_of
from leave.adapters.secretsmanager import GmailSecret
from leave.config import Environment
from leave.domain.errors import MailError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cli.doctor.patient import Patient

_SUBJECT = "Gmail secret"
_CLIENT = "OAuth client"


def secret(patient: Patient, *, probe: bool) -> Iterator[Finding]:
    """The Gmail secret is complete, for the sender and, with `probe`, accepted by Google."""
    name = patient.stage.secret_name
    client = patient.stage.client("secretsmanager")
    try:
        client.describe_secret(SecretId=name)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        yield problem(_SUBJECT, f"There is no secret {name}.", patient.deploy)
        return
    settings = _settings(patient)
    yield from _redirect(settings, patient.stage.name)
    try:
        stored = GmailSecret(client=client, secret_id=name).read()
    except MailError as error:
        yield problem(_SUBJECT, str(error), _authorize(patient))
        return
    again = _authorize(patient, stored)
    if type_of(stored) not in REQUIRED:
        yield problem(_SUBJECT, f"It is of none of the types {', '.join(REQUIRED)}.", again)
        return
    if missing := missing_of(stored):
        yield problem(_SUBJECT, f"It lacks {', '.join(missing)}.", again)
        return
    yield ok(_SUBJECT, f"{name} has {', '.join(REQUIRED[type_of(stored)])}.")
    yield from _sender(stored, settings, again)
    sender = settings.optional("LEAVE_MAIL_SENDER") or str(stored.get("sender", ""))
    if probe:
        rejection = rejection_of(stored, sender=sender, again=again)
        if rejection is None:
            yield ok("Gmail", "Google accepts the credentials.")
        else:
            yield problem("Gmail", rejection.detail, rejection.cure)


def own_client(patient: Patient) -> Iterator[Finding]:
    """The mailbox's OAuth client, if it has one, is no audience of the API."""
    client = patient.stage.client("secretsmanager")
    try:
        stored = GmailSecret(client=client, secret_id=patient.stage.secret_name).read()
    except MailError:
        # The check of the secret itself reports what is wrong with it.
        return
    if type_of(stored) != USER:
        return
    client_id, sender = str(stored.get("client_id")), str(stored.get("sender"))
    if why := why_unfit(client_id, patient.stage.audiences(), sender=sender):
        yield problem(_CLIENT, f"{why} {OWN_CLIENT}", _authorize(patient))
    else:
        yield ok(_CLIENT, f"The API accepts no ID token of {client_id}, which the mailbox has.")


def _settings(patient: Patient) -> Environment:
    """Return what the stage sends by; that a function is not there is told elsewhere."""
    try:
        return patient.stage.environment(MAILING)
    except CommandError:
        return Environment({})


def _redirect(settings: Environment, stage: str) -> Iterator[Finding]:
    if redirect := settings.optional("LEAVE_MAIL_REDIRECT"):
        yield warning(
            "mail",
            f"All mail goes to {redirect}, and none to leads and employees.",
            f"If they are to get it, empty `leave:mail-redirect` and run `pulumi up -s {stage}`.",
        )


def _sender(stored: Mapping[str, Any], settings: Environment, again: str) -> Iterator[Finding]:
    """Credentials of another mailbox send as that, whatever the mail says."""
    configured, kept = settings.optional("LEAVE_MAIL_SENDER"), stored.get("sender")
    if configured and kept and str(kept).lower() != configured.lower():
        yield problem(
            "Gmail sender",
            f"The credentials are for {kept}, the stage sends as {configured}.",
            again,
        )


def _authorize(patient: Patient, stored: Mapping[str, Any] | None = None) -> str:
    """Return the command that puts new credentials there, of the kind that is there now."""
    robot = stored is not None and type_of(stored) == SERVICE_ACCOUNT
    source = "--service-account FILE" if robot else "--client-file client_secret.json"
    return f"Run `leave gmail authorize --stage {patient.stage.name} {source}`."
