"""The company, as its mails and pages name it."""

from __future__ import annotations

from leave.domain.values import value


@value
class Company:
    """`help_contact` is a mail address or an https address; None where there is none."""

    name: str
    help_contact: str | None = None

    @property
    def help_url(self) -> str:
        """The address that a link to the contact leads to."""
        contact = self.help_contact or ""
        return contact if contact.startswith("https://") else f"mailto:{contact}"
