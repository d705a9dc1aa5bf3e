"""Whether leads can sign in, on a stage that asks them to. Values of the secret are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.doctor.findings import Finding, ok, problem
from cli.doctor.resources import functions
from cli.stage import code_of
from leave.adapters.secretsmanager import SignInSecret
from leave.domain.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.doctor.patient import Patient


def secret(patient: Patient) -> Iterator[Finding]:
    """The secret, if there is one, holds the client that leads sign in with by a function."""
    name = patient.stage.sign_in_secret_name
    client = patient.stage.client("secretsmanager")
    try:
        client.describe_secret(SecretId=name)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        # Nobody has to sign in here.
        return
    yield from functions(patient, ["sign-in"])
    try:
        stored = SignInSecret(client=client, secret_id=name).read()
    except UnavailableError as error:
        yield problem("sign-in", str(error), "Until then no approver can decide.")
        return
    yield ok("sign-in", f"Leads sign in with {stored.client_id}.")
