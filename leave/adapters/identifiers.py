"""Request ids."""

from __future__ import annotations

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # pragma: allowlist secret
_TIME_BITS, _RANDOM_BITS, _BITS_A_LETTER = 48, 80, 5


def new_request_id() -> str:
    """Return a ULID in lower case: 26 characters that sort by time of creation.

    It names the Step Functions execution too, which allows 80 characters. Source of the layout:
    https://github.com/ulid/spec
    """
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    emails = -(-(_TIME_BITS + _RANDOM_BITS) // _BITS_A_LETTER)
    return "".join(
        _ALPHABET[number >> shift & 31]
        for shift in range((emails - 1) * _BITS_A_LETTER, -1, -_BITS_A_LETTER)
    )
