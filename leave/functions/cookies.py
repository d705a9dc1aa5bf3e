"""What a browser keeps for the pages behind the links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leave.functions.events import header

if TYPE_CHECKING:
    from datetime import timedelta

    from leave.functions.events import Event

_NAME = "leave-{}"
_GUARDED = "__Host-leave-{}"


@dataclass(kw_only=True, slots=True, eq=False)
class Cookies:
    """Cookies of the API at `api_url`, which no script reads and no other site has sent along.

    Over https the browser itself sees to it that no other host has set them, for the prefix of
    their names: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie
    """

    api_url: str

    @property
    def _secure(self) -> bool:
        return self.api_url.startswith("https:")

    def read(self, event: Event, kind: str) -> str | None:
        """Return a cookie's value, None without one.

        API Gateway has them as a list; what puts them together has them as the header they were.
        """
        listed: list[str] = event.get("cookies") or (header(event, "cookie") or "").split(";")
        pairs = (pair.strip().partition("=") for pair in listed)
        return next((value for name, _, value in pairs if name == self._name(kind)), None)

    def keep(self, kind: str, value: str, *, time: timedelta) -> str:
        """Return the `Set-Cookie` by which a browser keeps a value."""
        return self._set(kind, value, int(time.total_seconds()))

    def drop(self, kind: str) -> str:
        """Return the `Set-Cookie` by which a browser forgets a value."""
        return self._set(kind, "", 0)

    def _set(self, kind: str, value: str, seconds: int) -> str:
        # Lax, not Strict: a link in a mail opened in a browser has to carry the session along.
        secure = "; Secure" if self._secure else ""
        name = self._name(kind)
        return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"

    def _name(self, kind: str) -> str:
        return (_GUARDED if self._secure else _NAME).format(kind)
