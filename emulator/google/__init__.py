"""A stand-in for Google: sign-in (OpenID Connect, OAuth 2), Gmail's send, and an inbox page."""

from __future__ import annotations

from emulator.google.app import GoogleStandIn

__all__ = ["GoogleStandIn"]
