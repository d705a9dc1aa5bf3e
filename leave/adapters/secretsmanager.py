"""Secrets in AWS Secrets Manager."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from leave.domain.mail_errors import MailCredentialsError, MailUnavailableError

_NOT_THERE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


@dataclass(kw_only=True, slots=True, eq=False)
class GmailSecret:
    """The entry that holds a stage's Gmail credentials."""

    client: Any
    secret_id: str

    def read(self) -> dict[str, Any]:
        """Return the credentials.

        Raises `MailCredentialsError` when the entry is empty or no JSON object, and
        `MailUnavailableError` when Secrets Manager does not answer.
        """
        cure = "Run `leave gmail authorize --stage STAGE` to put valid credentials there."
        try:
            answer = self.client.get_secret_value(SecretId=self.secret_id)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _NOT_THERE:
                raise MailCredentialsError(f"The Gmail secret has no value. {cure}") from error
            raise MailUnavailableError(f"Secrets Manager: {code}") from error
        except BotoCoreError as error:
            raise MailUnavailableError(f"Secrets Manager: {type(error).__name__}") from error
        try:
            # A binary value has no SecretString, and is no JSON either.
            value: Any = json.loads(answer.get("SecretString", ""))
        except ValueError:
            value = None
        if not isinstance(value, dict):
            # Not chained: the parser's error would carry the secret's text.
            raise MailCredentialsError(f"The Gmail secret is not a JSON object. {cure}") from None
        return cast("dict[str, Any]", value)
