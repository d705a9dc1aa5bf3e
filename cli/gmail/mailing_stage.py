"""What of a stage has to do with sending mail: who sends, and where the credentials are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CommandError
from cli.stage import aws_trouble, code_of
from cli.web import require_safe
from leave.adapters.gmail.mailer import GmailMailer
from leave.config import ConfigurationError
from leave.domain.errors import MailError
from leave.domain.views import Mail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.stage import Stage
    from leave.config import MailSettings

MAILING = "process-lead-response"
"""A function that sends mail: its settings are what the stage sends by."""

_TEST_TEXT = "The stage {stage} of the leave approval sends its mails from this mailbox.\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class MailingStage:
    """A deployed stage, with the settings of its mails."""

    stage: Stage
    settings: MailSettings

    @classmethod
    def found(cls, stage: Stage) -> Self:
        """Return the stage; raises `CommandError` when it lacks the function or the secret."""
        environment = stage.environment(MAILING)
        try:
            found = cls(stage=stage, settings=environment.mail())
        except ConfigurationError as error:
            raise CommandError(str(error)) from error
        found._require_secret()
        return found

    def keep(self, stored: Mapping[str, Any]) -> None:
        """Put credentials into the secret, in place of what is there."""
        name = self.stage.secret_name
        client = self.stage.client("secretsmanager")
        try:
            client.put_secret_value(SecretId=name, SecretString=json.dumps(stored))
        except ClientError as error:
            # The code alone, and not chained: what AWS says may quote what it was sent.
            raise CommandError(
                f"AWS refuses to write {name}: {code_of(error)}. Nothing has changed. The right"
                " it takes is secretsmanager:PutSecretValue."
            ) from None
        except BotoCoreError as error:
            raise CommandError(
                f"AWS did not confirm that {name} was written ({type(error).__name__})."
                " Run it again."
            ) from None

    def send_test(self, stored: Mapping[str, Any]) -> str:
        """Send a mail to the sender itself, and return who gets it.

        Raises `CommandError` when it does not leave.
        """
        settings = self.settings
        mailer = GmailMailer(
            read_credentials=lambda: stored,
            endpoint=require_safe(settings.endpoint, "LEAVE_GMAIL_ENDPOINT"),
            sender=settings.sender,
            company_domain=settings.company_domain,
            redirect=settings.redirect,
        )
        try:
            mailer.send(write_test_mail(self.stage.name, settings.sender))
        except MailError as error:
            raise CommandError(
                f"The credentials are stored, but the test mail was not sent: {error}."
                f" {_cure_of(error)}"
            ) from error
        return settings.redirect or settings.sender

    def _require_secret(self) -> None:
        name = self.stage.secret_name
        client = self.stage.client("secretsmanager")
        try:
            found = client.describe_secret(SecretId=name)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                raise CommandError(
                    f"There is no secret {name} in {client.meta.region_name}; finish the stage"
                    f" with `pulumi up -s {self.stage.name}`."
                ) from error
            raise CommandError(aws_trouble(error, f"describe {name}")) from error
        except BotoCoreError as error:
            raise CommandError(aws_trouble(error)) from error
        if found.get("DeletedDate"):
            raise CommandError(
                f"The secret {name} is about to be deleted. Keep it with"
                f" `aws secretsmanager restore-secret --secret-id {name}`."
            )


def write_test_mail(stage: str, sender: str) -> Mail:
    """Return the mail by which a mailbox shows that it can send."""
    subject = f"Leave approval: test mail of stage {stage}"
    text = _TEST_TEXT.format(stage=stage)
    head = f'<!doctype html><html lang="en"><title>{subject}</title>'
    return Mail(
        to=sender,
        subject=subject,
        text=text,
        html=f"{head}<p>{text.strip()}</p></html>\n",
        thread=f"test-{stage}",
    )


def _cure_of(error: MailError) -> str:
    if "accessNotConfigured" in str(error):
        return "Enable the Gmail API in the Google Cloud project of the credentials."
    return "Try it again with --send-test, or look with `leave doctor --probe-gmail`."
