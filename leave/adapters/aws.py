"""Clients of AWS services.

They are botocore's, which boto3 would hand out just the same; but importing boto3 itself, with all
it has for S3 and for resources, takes a fifth of a cold start: see ADR 28.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.session import get_session

if TYPE_CHECKING:
    from botocore.session import Session


_LIBRARIES: Final = (
    *("boto3", "botocore", "urllib3"),
    *("google", "google_auth_httplib2", "googleapiclient"),
)


def connect(service: str, *, read_seconds: float = 5, attempts: int = 3) -> Any:
    """Return a client, of which a function has one for each service.

    It gives up soon, because a person or a state machine that repeats the call waits behind it.
    """
    config = Config(
        connect_timeout=2,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return _session().create_client(service, config=config)  # type: ignore[call-overload]


@cache
def _session() -> Session:
    # What clients are made of is read once for all of them.
    _silence_library_logs()
    return get_session()


def _silence_library_logs() -> None:
    """Keep what is sent and received out of the log, which libraries tell below INFO.

    It is people, links, task tokens and credentials, and a stage may be told to log at DEBUG.
    """
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.INFO)
