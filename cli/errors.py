"""What the command tells a person, and nothing more."""

from __future__ import annotations


class CommandError(Exception):
    """Something went wrong that the person can cure; the message says how."""
