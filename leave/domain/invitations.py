"""Approvers who are asked about a request, each by a link of their own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from leave.domain.history import Person
from leave.domain.link import Secret, is_of_address
from leave.domain.values import Value, replace


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
    the place of `stands_in_for` when that is set. `address` is a digest of the mail address that
    the link was made for, empty for none that is known. `mailed` tells whether the approver has the
    mail, and `unsent` that each try to send it is known to have failed.
    """

    approver: Person
    secret: Secret
    asked_at: datetime
    stands_in_for: Person | None = None
    address: str = ""
    mailed: bool = False
    unsent: bool = False
    revoked: Revocation | None = None

    def is_addressed_to(self, email: str) -> bool:
        """Return whether the link was made for this mail address, if that is known."""
        return is_of_address(self.address, email)

    def without_names(self) -> Invitation:
        """Return what is kept when the next two approvers were asked.

        Only the last two invitations are shown with names, and many of them would fill an item.
        """
        return replace(self, approver=replace(self.approver, name=""), stands_in_for=None)

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
