"""Invitations to approvers, each with a link."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Self

from leave.domain.history import Person
from leave.domain.values import Secret, Value, replace


class RevocationReason(StrEnum):
    """Why a link no longer decides."""

    CHANGED = "changed"
    CANCELLATION = "cancellation"
    REROUTED = "rerouted"
    ESCALATED = "escalated"
    UNREACHABLE = "unreachable"
    SECOND_STAGE = "second-stage"


class Revocation(Value):
    """When and why a link was closed.

    Its approver may have been mailed the plan of `revision`; 0 is none that is known.
    """

    at: datetime
    why: RevocationReason
    revision: int = 0


class Invitation(Value, omit_defaults=True):
    """What an approver is asked by: the link with this `secret`, until it is `revoked`.

    The approver is asked since `asked_at`, when the mail left or, until then, was last tried; in
    the place of `stands_in_for` when that is set, and for `delegated_by`, who has handed their
    approvals over. `address` is a digest of the mail address that
    the link was made for, empty for none that is known. `mailed` tells whether the approver has the
    mail, and `unsent` that each try to send it is known to have failed. `reminder_due` is when a
    reminder that the employee wants was asked for, or tried last; None when none is due.
    """

    approver: Person
    secret: Secret
    asked_at: datetime
    stands_in_for: Person | None = None
    delegated_by: Person | None = None
    address: str = ""
    mailed: bool = False
    unsent: bool = False
    reminder_due: datetime | None = None
    revoked: Revocation | None = None

    def is_addressed_to(self, email: str) -> bool:
        """Return whether the link was made for this mail address, if that is known."""
        return is_of_address(self.address, email)

    def without_names(self) -> Invitation:
        """Return what is kept when the next two approvers were asked.

        Only the last two invitations are shown with names, and many of them would fill an item.
        """
        return replace(
            self,
            approver=replace(self.approver, name=""),
            stands_in_for=None,
            delegated_by=None,
        )

    @property
    def revoked_link(self) -> RevokedLink | None:
        """The link, when it no longer decides."""
        if self.revoked is None:
            return None
        return RevokedLink(
            secret=self.secret,
            at=self.revoked.at,
            why=self.revoked.why,
            owner=self.approver.employee_id,
            name=self.approver.name,
            revision=self.revoked.revision,
            language=self.approver.language,
            address=self.address,
        )


class RevokedLink(Value):
    """The link of a revoked invitation, as it explains itself when it is opened.

    It was `owner`'s: the employee id of the approver, who reads `language`. Only the last one has
    the `name`.
    """

    secret: Secret
    at: datetime
    why: RevocationReason
    owner: str = ""
    name: str = ""
    revision: int = 0
    language: str = "en"
    address: str = ""

    def is_addressed_to(self, email: str) -> bool:
        """Return whether it was made for this mail address, if that is known."""
        return is_of_address(self.address, email)


_SECRET_BYTES = 32
_SHAPE = re.compile(r"(?P<request_id>[0-9A-Za-z-]{1,64})\.(?P<secret>[0-9A-Za-z_-]{43})", re.ASCII)


def new_link_secret() -> Secret:
    """Return 256 bits from the operating system's generator, in 43 URL-safe characters."""
    return Secret(secrets.token_urlsafe(_SECRET_BYTES))


def address_digest(email: str) -> str:
    """Return what tells one mail address from another, whatever its case."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def is_of_address(digest: str, email: str) -> bool:
    """Return whether a digest is of this mail address, or empty because none is known."""
    return digest in {"", address_digest(email)}


class Link(Value):
    """What the last part of a decision URL says."""

    request_id: str
    secret: Secret

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the last part of a decision URL; None when it never was a link of ours."""
        if not (match := _SHAPE.fullmatch(text)):
            return None
        return cls(request_id=match["request_id"], secret=Secret(match["secret"]))

    def reveal(self) -> str:
        """Return the text that goes into the URL."""
        return f"{self.request_id}.{self.secret.reveal()}"
