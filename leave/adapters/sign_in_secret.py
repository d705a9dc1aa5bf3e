"""The OAuth client that a stage signs people in with, in AWS Secrets Manager."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from leave.domain.errors import UnavailableError
from leave.domain.secrets import Secret
from leave.domain.values import value

if TYPE_CHECKING:
    from collections.abc import Callable

KEEP_SECONDS = 60.0
"""How long a warm function goes by the value it has read, and so may lag behind a new one."""
_CURE = "Run `leave sign-in configure --stage STAGE --client-file FILE`."


@value
class WebClient:
    """An OAuth client of the type "Web application"."""

    client_id: str
    client_secret: Secret


@dataclass(kw_only=True, slots=True)
class SignInSecret:
    """The entry that holds the client; `clock` counts seconds."""

    client: Any
    secret_id: str
    clock: Callable[[], float] = time.monotonic
    _kept: WebClient | None = None
    _read_at: float = 0.0

    def read(self) -> WebClient:
        """Return the client.

        Raises `UnavailableError` when the entry is empty or broken, or can not be read.
        """
        if self._kept is None or self.clock() - self._read_at >= KEEP_SECONDS:
            self._kept, self._read_at = self._fetch(), self.clock()
        return self._kept

    def read_secret(self) -> Secret:
        """Return the client's secret alone."""
        return self.read().client_secret

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
        client_id, client_secret = fields.get("client_id"), fields.get("client_secret")
        if not (isinstance(client_id, str) and isinstance(client_secret, str)):
            # Not chained: the parser's error would carry the secret's text.
            raise UnavailableError(
                f"The sign-in secret lacks client_id or client_secret. {_CURE}"
            ) from None
        if not client_id or not client_secret:
            raise UnavailableError(f"The sign-in secret is incomplete. {_CURE}")
        return WebClient(client_id=client_id, client_secret=Secret(client_secret))
