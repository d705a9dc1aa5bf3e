"""A stand-in for Google: sign-in (OpenID Connect, OAuth 2), Gmail's send, and an inbox page."""

from __future__ import annotations

from emulator.google.stand_in import GoogleStandIn

__all__ = ["GoogleStandIn"]
