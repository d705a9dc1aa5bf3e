"""Clients of AWS services.

They are botocore's, which boto3 would hand out just the same; but importing boto3 itself, with all
it has for S3 and for resources, takes a fifth of a cold start: see ADR 28.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import get_session

if TYPE_CHECKING:
    from botocore.session import Session


def connect(service: str, *, read_seconds: float = 5, attempts: int = 3) -> Any:
    """Return a client, of which a function has one for each service.

    It gives up soon, because a person or a state machine that repeats the call waits behind it.
    """
    patience = Config(
        connect_timeout=2,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return _session().create_client(service, config=patience)  # type: ignore[call-overload]


@cache
def _session() -> Session:
    # What clients are made of is read once for all of them.
    return get_session()
