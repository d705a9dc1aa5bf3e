"""The company, as its mails and pages name it."""

from __future__ import annotations

from leave.domain.values import value


@value
class Company:
    """`help_contact` is a mail address or an https address; None where there is none."""

    name: str
    help_contact: str | None = None
