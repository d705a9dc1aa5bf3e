"""Callers, and the requests that they may see and change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leave.domain.employee import AdministrativeRole
from leave.domain.errors import (
    FieldProblem,
    MalformedRequestError,
    NotAllowedError,
    UnauthenticatedError,
    UnknownEmployeeError,
)
from leave.domain.history import Person
from leave.domain.invitations import Link
from leave.domain.values import Value
from leave.domain.views import Reader, Role, is_past

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leave.domain.employee import Employee
    from leave.domain.request import ApprovalPolicy, LeaveRequest
    from leave.services.ports import Clock
    from leave.services.unit_of_work import UnitOfWork


class Admission(StrEnum):
    """Whether a person may go on, and why not."""

    GRANTED = "granted"
    SIGN_IN = "sign-in"
    ANOTHER_PERSON = "another-person"
    OWN_LINK = "own-link"


@dataclass(kw_only=True, slots=True, eq=False)
class ApproverOnly:
    """Lets in the approver of a request, by the mail address of the directory, while employed.

    A stage without sign-in lets anyone who has a link decide. Here the link names the request, and
    the sign-in the person, so a forwarded mail shows nothing of the request and decides nothing.
    """

    clock: Clock

    def check(self, uow: UnitOfWork, link_text: str, email: str | None) -> Admission:
        """Return whether whoever signed in as `email`, None for nobody, may use a link.

        The present link is its approver's alone: an answer, which may still be taken back, is for
        the one who gave it to read. A link that was replaced decides nothing, and explains itself
        to the approver who had it; the present one has a link of their own.
        """
        link = Link.parse(link_text)
        request = link and uow.find_request(link.request_id)
        revoked = link and request and request.revoked(link)
        if not link or not request or not (revoked or request.opened_by(link)):
            # It opens nothing, so there is nothing to keep from anybody.
            return Admission.GRANTED
        if email is None:
            return Admission.SIGN_IN
        approver = request.approver.employee_id if request.approver else ""
        if self._is_of(uow, email, revoked.owner if revoked else approver):
            return Admission.GRANTED
        if revoked and self._is_of(uow, email, approver):
            return Admission.OWN_LINK
        return Admission.ANOTHER_PERSON

    def _is_of(self, uow: UnitOfWork, email: str, employee_id: str) -> bool:
        employee = uow.find_employee(employee_id)
        if employee is None or not employee.is_employed_on(self.clock.today_of(employee)):
            return False
        return employee.email.lower() == email.lower()


# The authorizer checks signature, issuer, audience and times, and leaves the rest to the function:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
# What `hd` and `email_verified` mean:
# https://developers.google.com/identity/openid-connect/openid-connect


_ADDRESS_LENGTH = 254


class Caller(Value):
    """Who calls, as the identity provider proved it; `email` is in lower case.

    `subject` is the account's id, which stays when the address changes. `in_admins` tells of an
    address in `leave:admins`; whether the caller is an administrator, `Authorization` knows.
    """

    email: str
    in_admins: bool
    subject: str = ""


@dataclass(kw_only=True, slots=True, eq=False)
class Authenticator:
    """Lets in the verified accounts of one company; `admins` are mail addresses in lower case."""

    company_domain: str
    admins: frozenset[str]

    def authenticate(self, claims: Mapping[str, Any]) -> Caller:
        """Return who calls.

        Raises `UnauthenticatedError` without usable claims, `NotAllowedError` for a stranger.
        """
        email = str(claims.get("email", "")).lower()
        # A token without an expiry would open this door for ever.
        if not email or not claims.get("exp"):
            raise UnauthenticatedError("The ID token must have `email` and `exp`. Sign in again.")
        # A client of a Google Cloud project may ask for tokens for another one of it, such as the
        # mailbox's for that of employees:
        # https://developers.google.com/identity/protocols/oauth2/cross-client-identity
        # https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, rule 5
        asked_by, audiences = claims.get("azp"), str(claims.get("aud", "")).strip("[]").split()
        if asked_by is not None and asked_by not in audiences:
            raise UnauthenticatedError(
                "The client that requested the ID token (`azp`) is not in its audience (`aud`)."
                " Sign in with the OAuth client of this stage."
            )
        # Some letters turn into others in lower case, such as the sign of the kelvin into a k, and
        # no address of a directory has them; nor is one longer (RFC 5321, section 4.5.3.1.3).
        if not str(claims["email"]).isascii() or len(email) > _ADDRESS_LENGTH:
            raise NotAllowedError(
                f"The mail address of this account has more than {_ADDRESS_LENGTH} characters or"
                " characters outside ASCII. Sign in with another account."
            )
        domain = self.company_domain.lower()
        if str(claims.get("email_verified", "")).lower() != "true":
            raise NotAllowedError(
                "The mail address of this account is not verified. Verify it with Google, and sign"
                " in again."
            )
        if str(claims.get("hd", "")).lower() != domain or not email.endswith(f"@{domain}"):
            raise NotAllowedError(
                f"Only accounts of {domain} are allowed. Sign in with such an account."
            )
        return Caller(
            email=email, in_admins=email in self.admins, subject=str(claims.get("sub", ""))
        )


_SEE = "see your own leave ({}) and that of the employees you lead"
NOT_IN_DIRECTORY = (
    "You are not in the employee directory of this company. Ask an administrator to add you."
)


@dataclass(kw_only=True, slots=True, eq=False)
class Authorization:
    """Employees act on their own leave, leads see their people's, administrators do all.

    Administrators are the addresses in `leave:admins`, and employees with that role. Who an
    employee is, every call reads; so what they may do costs no call of its own.
    """

    clock: Clock

    def require_manage(
        self,
        uow: UnitOfWork,
        caller: Caller,
        employee_id: str | None,
        *,
        only: str = "act on your own leave ({})",
    ) -> Employee:
        """Return the employee for whom the caller may ask, change and withdraw.

        Raises `NotAllowedError`, which says what `only` is allowed, or `UnknownEmployeeError` for
        administrators only.
        """
        return self._chosen(uow, caller, employee_id, lead_may=False, only=only)

    def require_view(self, uow: UnitOfWork, caller: Caller, employee_id: str | None) -> Employee:
        """Return the employee whose leave the caller may see; raises as `require_manage` does."""
        return self._chosen(uow, caller, employee_id, lead_may=True, only=_SEE)

    def require_balance_view(
        self, uow: UnitOfWork, caller: Caller, employee_id: str | None
    ) -> Employee:
        """Return the employee whose balances the caller may see: a reader, those of everybody."""
        return self._chosen(
            uow,
            caller,
            employee_id,
            lead_may=True,
            only=_SEE,
            reader_may=self.is_reader(uow, caller),
        )

    def require_admin(self, uow: UnitOfWork, caller: Caller) -> Person:
        """Return the administrator who calls, as `actor` does; raises `NotAllowedError`."""
        return self._require(uow, caller, may=self.is_admin, who="administrators")

    def require_reader(self, uow: UnitOfWork, caller: Caller) -> Person:
        """Return the caller, who may read what is about all employees."""
        return self._require(uow, caller, may=self.is_reader, who="administrators and readers")

    def is_admin(self, uow: UnitOfWork, caller: Caller) -> bool:
        """Return whether the caller is an administrator."""
        return caller.in_admins or self._role(uow, caller) is AdministrativeRole.ADMIN

    def is_reader(self, uow: UnitOfWork, caller: Caller) -> bool:
        """Return whether the caller may read the employees and their balances, and the reports."""
        return caller.in_admins or self._role(uow, caller) is not None

    def calling(self, uow: UnitOfWork, caller: Caller) -> Employee | None:
        """Return the employee who calls, None for somebody who is not in the directory.

        Raises `NotAllowedError` before the first day of an employment and after the last one.
        """
        own = uow.employee_by_email(caller.email)
        if own is not None and not own.is_employed_on(today := self.clock.today_of(own)):
            why = own.why_not_employed(today)
            raise NotAllowedError(
                f"Employee {own.employee_id} {why}. If this is not right, ask an administrator."
            )
        return own

    def actor(self, uow: UnitOfWork, caller: Caller) -> Person:
        """Return the caller as the history names them, by the directory as it is now.

        An administrator who is not an employee is named by the mail address.
        """
        own = uow.employee_by_email(caller.email)
        if own is None:
            return Person(employee_id=caller.email, name=caller.email)
        return Person(employee_id=own.employee_id, name=own.name, language=own.language)

    def reader(self, uow: UnitOfWork, caller: Caller, employee_id: str) -> Reader:
        """Return what a caller, who may see this employee's leave, is to it."""
        own = uow.employee_by_email(caller.email)
        own_id = own.employee_id if own else ""
        if own_id == employee_id:
            return Reader(role=Role.EMPLOYEE, employee_id=own_id)
        role = Role.ADMINISTRATOR if self.is_admin(uow, caller) else Role.APPROVER
        return Reader(role=role, employee_id=own_id)

    def find_reader(
        self, uow: UnitOfWork, caller: Caller, request: LeaveRequest, policy: ApprovalPolicy
    ) -> Reader | None:
        """Return what a caller is to a request, None for one who may not read it.

        Besides those of `require_view`, the approver who is asked may, and an approver who was
        asked about these days before: as long as their links show it. Raises `NotAllowedError` for
        an employee who is not employed today, and `UnknownEmployeeError` for administrators.
        """
        own = self.calling(uow, caller)
        if own is None and not caller.in_admins:
            return None
        own_id, is_admin = own.employee_id if own else "", self.is_admin(uow, caller)
        role = self._role_in(uow, request, own_id, is_admin=is_admin, policy=policy)
        return Reader(role=role, employee_id=own_id) if role else None

    def _role_in(
        self,
        uow: UnitOfWork,
        request: LeaveRequest,
        own_id: str,
        *,
        is_admin: bool,
        policy: ApprovalPolicy,
    ) -> Role | None:
        employee_id = request.employee.employee_id
        is_asked = request.is_asked(own_id) or request.has_delegated(own_id)
        if own_id == employee_id:
            return Role.EMPLOYEE
        if is_admin:
            if not is_asked:
                uow.employee(employee_id)  # of somebody who is not in the directory, nothing
            return Role.ADMINISTRATOR
        is_shown = not was_closed_long_ago(request, self.clock, policy)
        if is_asked and is_shown:
            return Role.APPROVER
        employee = uow.find_employee(employee_id)
        if employee is not None and employee.lead_id == own_id:
            return Role.APPROVER
        links = [link for link in request.revoked_links if link.owner == own_id]
        knows = bool(links) and links[-1].revision == request.revision
        return Role.PREVIOUS_APPROVER if knows and is_shown else None

    def require_request_view(
        self, uow: UnitOfWork, caller: Caller, request: LeaveRequest, policy: ApprovalPolicy
    ) -> Reader:
        """Return what a caller is to a request; raises as `require_view` does."""
        reader = self.find_reader(uow, caller, request, policy)
        if reader is None:
            own = uow.employee_by_email(caller.email)
            raise NotAllowedError(_only(_SEE, own.employee_id) if own else NOT_IN_DIRECTORY)
        return reader

    def _chosen(  # noqa: PLR0913 - whose leave, and who may besides administrators
        self,
        uow: UnitOfWork,
        caller: Caller,
        employee_id: str | None,
        *,
        lead_may: bool,
        only: str,
        reader_may: bool = False,
    ) -> Employee:
        own = self.calling(uow, caller)
        if own is not None and employee_id in {None, own.employee_id}:
            return own
        if own is None and not caller.in_admins:
            raise NotAllowedError(NOT_IN_DIRECTORY)
        if employee_id is None:
            problem = "is required, because you are not an employee yourself"
            raise MalformedRequestError(FieldProblem("employeeId", problem))
        other = uow.find_employee(employee_id)
        if reader_may or self.is_admin(uow, caller):
            if other is None:
                raise UnknownEmployeeError(employee_id)
            return other
        own_id = own.employee_id if own else ""
        if lead_may and other and other.lead_id == own_id:
            return other
        # The same words whether or not that employee exists.
        raise NotAllowedError(_only(only, own_id))

    def _require(
        self,
        uow: UnitOfWork,
        caller: Caller,
        *,
        may: Callable[[UnitOfWork, Caller], bool],
        who: str,
    ) -> Person:
        self.calling(uow, caller)
        if not may(uow, caller):
            raise NotAllowedError(f"Only {who} can do this.")
        return self.actor(uow, caller)

    def _role(self, uow: UnitOfWork, caller: Caller) -> AdministrativeRole | None:
        own = uow.employee_by_email(caller.email)
        return own.role if own else None


def _only(what: str, own_id: str) -> str:
    return f"You can only {what.format(own_id)}."


def was_closed_long_ago(request: LeaveRequest, clock: Clock, policy: ApprovalPolicy) -> bool:
    """Return whether the request was closed, and its leave over, long ago."""
    outcome = request.outcome
    if outcome is None:
        return False
    closed_on = clock.day(outcome.at + policy.undo)
    return is_past(request, closed_on=closed_on, today=clock.today())
