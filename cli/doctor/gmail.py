"""Whether the stage can send mail. Values of the secret are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from cli.doctor.findings import Finding, ok, problem
from cli.errors import CommandError
from cli.stage import code_of
from cli.web import Call, NoAnswerError, require_safe
from leave.adapters.gmail.credentials import SEND_SCOPE
from leave.adapters.secretsmanager import GmailSecret
from leave.domain.mail_errors import MailError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cli.doctor.patient import Patient
    from cli.web import Web

KEYS = ("client_id", "client_secret", "refresh_token", "token_uri")
_OK = 200


def secret(patient: Patient, *, probe: bool, web: Web) -> Iterator[Finding]:
    """The Gmail secret is complete and, with `probe`, accepted by Google."""
    name = patient.stage.secret_name
    authorize = f"Run `leave gmail authorize --stage {patient.stage.name}`."
    client = patient.stage.client("secretsmanager")
    try:
        client.describe_secret(SecretId=name)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        yield problem("Gmail secret", f"There is no secret {name}.", patient.deploy)
        return
    try:
        stored = GmailSecret(client=client, secret_id=name).read()
    except MailError as error:
        yield problem("Gmail secret", str(error), authorize)
        return
    if missing := [key for key in KEYS if not stored.get(key)]:
        yield problem("Gmail secret", f"It lacks {', '.join(missing)}.", authorize)
        return
    yield ok("Gmail secret", f"{name} has {', '.join(KEYS)}.")
    if probe:
        yield _probe(stored, authorize, web)


def _probe(stored: Mapping[str, str], authorize: str, web: Web) -> Finding:
    """Ask for an access token, which sends no mail and changes nothing."""
    try:
        address = require_safe(stored["token_uri"], "token_uri in the secret")
    except CommandError as error:
        return problem("Gmail", str(error), authorize)
    form = {key: stored[key] for key in KEYS[:3]} | {"grant_type": "refresh_token"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(form).encode()
    try:
        answer = web(Call(method="POST", url=address, headers=headers, body=body))
    except NoAnswerError as error:
        return problem("Gmail", f"{address} does not answer: {error}.", "Check the network.")
    told = answer.document()
    if answer.status != _OK:
        why = told.get("error", answer.status)
        return problem("Gmail", f"Google rejects the credentials: {why}.", authorize)
    if SEND_SCOPE not in str(told.get("scope", SEND_SCOPE)).split():
        return problem("Gmail", "The credentials may not send mail.", authorize)
    return ok("Gmail", "Google accepts the credentials.")
