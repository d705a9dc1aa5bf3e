"""What a stage signs people in with, in AWS Secrets Manager: OAuth client and signing key."""

from __future__ import annotations

import json
import re
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


_TEXT = re.compile(r".+")
# The key is 32 random bytes as base64url.
_SHAPES = {
    "client_id": _TEXT,
    "client_secret": _TEXT,
    "signing_key": re.compile(r"[A-Za-z0-9_-]{43}"),
}


@value
class WebClient:
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

        Raises `UnavailableError` when the entry is empty or broken, or can not be read.
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
