"""The HTTP transport under google-api-python-client.

Its own transport, httplib2, posts a request again by itself when the connection drops after the
request was sent, which sends the same mail twice. This one never repeats anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httplib2
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0


class NothingSentError(ConnectionError):
    """The connection was never made, so Google has seen nothing."""


class MaybeSentError(ConnectionError):
    """The request left, and no answer came back."""


class Urllib3Http:
    """What google-api-python-client uses of `httplib2.Http`, over urllib3; safe for threads."""

    follow_redirects = False

    def __init__(self, *, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS) -> None:
        timeout = urllib3.Timeout(connect=connect, read=read)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def request(  # noqa: PLR0913, PLR0917 - httplib2's signature
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,  # noqa: ARG002
        connection_type: object = None,  # noqa: ARG002
    ) -> tuple[httplib2.Response, bytes]:
        """Send one request, once.

        Raises `NothingSentError` or `MaybeSentError`, which differ in whether the mail may be out.
        """
        try:
            answer = self._pool.request(method, uri, body=body, headers=headers, redirect=False)
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise NothingSentError(type(error).__name__) from error
        except (ReadTimeoutError, HTTPError) as error:
            raise MaybeSentError(type(error).__name__) from error
        fields: dict[str, Any] = {name.lower(): text for name, text in answer.headers.items()}
        response = httplib2.Response(fields)
        response.status, response.reason = answer.status, answer.reason or ""
        return response, answer.data

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.clear()
