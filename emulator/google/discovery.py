"""What the issuer says about itself: OpenID Connect discovery and its published keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.google.exchange import Reply, Request, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.google.keys import SigningKey

DISCOVERY_PATH = "/.well-known/openid-configuration"
CONSENT_PATH = "/o/oauth2/v2/auth"
TOKEN_PATH = "/token"  # noqa: S105 - a path
REVOKE_PATH = "/revoke"
KEYS_PATH = "/oauth2/v3/certs"


class Discovery:
    """Answers the discovery document and the key set."""

    def __init__(self, *, key: SigningKey, issuer: Callable[[], str]) -> None:
        self._key = key
        self._issuer = issuer

    def document(self, _: Request) -> Reply:
        """Return the discovery document (OpenID Connect Discovery 1.0 section 3)."""
        base = self._issuer()
        return _cached(
            {
                "issuer": base,
                "authorization_endpoint": base + CONSENT_PATH,
                "token_endpoint": base + TOKEN_PATH,
                "revocation_endpoint": base + REVOKE_PATH,
                "jwks_uri": base + KEYS_PATH,
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "claims_supported": [
                    "aud", "email", "email_verified", "exp", "hd", "iat", "iss", "sub",
                ],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": [
                    "authorization_code",
                    "refresh_token",
                    "urn:ietf:params:oauth:grant-type:jwt-bearer",
                ],
            }
        )  # fmt: skip

    def keys(self, _: Request) -> Reply:
        """Return the JSON web key set."""
        return _cached({"keys": [self._key.jwk()]})


def _cached(value: object) -> Reply:
    return json_reply(value, headers={"Cache-Control": "public, max-age=3600"})
