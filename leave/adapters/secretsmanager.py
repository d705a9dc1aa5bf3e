"""Secrets in AWS Secrets Manager."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from leave.domain.errors import MailCredentialsError, MailUnavailableError, UnavailableError
from leave.domain.values import Secret, Value

if TYPE_CHECKING:
    from collections.abc import Callable


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
        hint = "Run `leave gmail authorize --stage STAGE` to put valid credentials there."
        try:
            answer = self.client.get_secret_value(SecretId=self.secret_id)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _NOT_THERE:
                raise MailCredentialsError(f"The Gmail secret has no value. {hint}") from error
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
            raise MailCredentialsError(f"The Gmail secret is not a JSON object. {hint}") from None
        return cast("dict[str, Any]", value)


KEEP_SECONDS = 60.0
"""How long a warm function goes by the value it has read, and so may lag behind a new one."""
_CURE = "Run `leave sign-in configure --stage STAGE --client-file FILE`."


_TEXT = re.compile(r".+")
# The key is 32 random bytes as base64url.
_SHAPES = {
    "client_id": _TEXT,
    "client_secret": _TEXT,
    "signing_key": re.compile(r"[A-Za-z0-9_-]{43}"),
}


class WebClient(Value):
    """An OAuth client of the type "Web application", and the key that signs the stage's cookies.

    The key is the stage's alone: what Google and its console know signs nobody in.
    """

    client_id: str
    client_secret: Secret
    signing_key: Secret


@dataclass(kw_only=True, slots=True)
class SignInSecret:
    """The entry that holds them; `clock` counts seconds."""

    client: Any
    secret_id: str
    clock: Callable[[], float] = time.monotonic
    _kept: WebClient | None = None
    _read_at: float = 0.0

    def read(self) -> WebClient:
        """Return the client.

        Raises `UnavailableError` when the entry is empty or broken, or cannot be read.
        """
        if self._kept is None or self.clock() - self._read_at >= KEEP_SECONDS:
            self._kept, self._read_at = self._fetch(), self.clock()
        return self._kept

    def read_signing_key(self) -> Secret:
        """Return the key alone."""
        return self.read().signing_key

    def _fetch(self) -> WebClient:
        try:
            answer = self.client.get_secret_value(SecretId=self.secret_id)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "ResourceNotFoundException":
                raise UnavailableError(f"The sign-in secret has no value. {_CURE}") from error
            raise UnavailableError(f"Secrets Manager: {code}") from error
        except BotoCoreError as error:
            raise UnavailableError(f"Secrets Manager: {type(error).__name__}") from error
        try:
            stored: Any = json.loads(answer.get("SecretString", ""))
        except ValueError:
            stored = None
        fields = cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
        texts = {
            name: text
            for name, shape in _SHAPES.items()
            if isinstance(text := fields.get(name), str) and shape.fullmatch(text)
        }
        if missing := [name for name in _SHAPES if name not in texts]:
            # Not chained: the parser's error would carry the secret's text.
            raise UnavailableError(
                f"The sign-in secret lacks {', '.join(missing)}. {_CURE}"
            ) from None
        return WebClient(
            client_id=texts["client_id"],
            client_secret=Secret(texts["client_secret"]),
            signing_key=Secret(texts["signing_key"]),
        )
