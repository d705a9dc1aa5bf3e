"""A company's own values in place of the examples, which no stage takes."""

from __future__ import annotations

_OWN = {
    "example.com": "foo.com",
    "1234567890-": "4711-",
    "YOUR-DOMAIN": "foo.com",
    "YOUR-CLIENT-ID": "4711",
}


def owned(text: str) -> str:
    """A text of a stack's file, or a command, as a person uses it who reads what it says."""
    for example, own in _OWN.items():
        text = text.replace(example, own)
    return text
