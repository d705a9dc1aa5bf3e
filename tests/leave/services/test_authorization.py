"""Who may call, whose leave a caller may act on, and whose they may see."""

from datetime import timedelta
from typing import Any

import pytest

from leave.domain.errors import (
    MalformedRequestError,
    NotAllowedError,
    UnauthenticatedError,
    UnknownEmployeeError,
)
from leave.domain.values import replace
from leave.services.authorization import Authenticator, Caller
from tests.leave.builders import JIM, JOHN, TODAY, an_employee
from tests.leave.services.stage import (
    A_STRANGER_CALLS,
    ADMIN_CALLS,
    JIM_CALLS,
    JOHN_CALLS,
    FakeStage,
)

AUTHENTICATOR = Authenticator(company_domain="foo.com", admins=frozenset({"hr@foo.com"}))


def claims(**changes: Any) -> dict[str, Any]:
    """Return what API Gateway passes on of a good token: texts, whatever they were in the token."""
    good = {
        "email": "jim@foo.com",
        "email_verified": "true",
        "hd": "foo.com",
        "exp": "1803900000",
        "sub": "1234",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"email": "Jim@FOO.com", "hd": "Foo.com"},
        {"email_verified": "True"},
        {"email_verified": True},
        {"aud": "leave-cli", "azp": "leave-cli"},
        {"aud": "leave-cli"},
        {"aud": "[leave-cli leave-app]", "azp": "leave-app"},
    ],
)
def test_a_verified_account_of_the_company_comes_in(changes: dict[str, Any]) -> None:
    caller = AUTHENTICATOR.authenticate(claims(**changes))
    assert (caller.email, caller.in_admins) == ("jim@foo.com", False)


def test_an_admin_is_known_by_the_address_and_a_domain_whatever_its_case() -> None:
    assert AUTHENTICATOR.authenticate(claims(email="HR@foo.com")).in_admins
    loud = Authenticator(company_domain="FOO.com", admins=frozenset())
    assert loud.authenticate(claims()).email == "jim@foo.com"


@pytest.mark.parametrize(
    "email",
    [
        "\N{KELVIN SIGN}im@foo.com",
        "j\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}m@foo.com",
        "jim@f\N{CYRILLIC SMALL LETTER O}o.com",
        "\u202ejim@foo.com",
        "\ud800@foo.com",
        f"{'j' * 300}@foo.com",
    ],
    ids=ascii,
)
def test_an_address_that_only_looks_like_one_is_none(email: str) -> None:
    with pytest.raises(NotAllowedError, match="characters outside ASCII"):
        AUTHENTICATOR.authenticate(claims(email=email))


@pytest.mark.parametrize(
    "bad",
    [claims(email=None), claims(email=""), claims(exp=None), claims(exp=""), claims(exp=0), {}],
)
def test_a_token_without_an_address_or_an_expiry_says_nothing(bad: dict[str, Any]) -> None:
    with pytest.raises(UnauthenticatedError):
        AUTHENTICATOR.authenticate(bad)


@pytest.mark.parametrize("verified", [None, "", "false", False, "1", "yes", "truetrue"])
def test_an_unverified_address_stays_out(verified: object) -> None:
    with pytest.raises(NotAllowedError, match="not verified"):
        AUTHENTICATOR.authenticate(claims(email_verified=verified))


@pytest.mark.parametrize(
    "bad",
    [
        {"hd": None},  # a consumer account that carries the company's address
        {"hd": ""},
        {"hd": "evil.com"},
        {"hd": "foo.com.evil.com"},
        {"email": "jim@evil.com"},
        {"email": "jim@notfoo.com"},
        {"email": "jim@sub.foo.com"},
        {"email": "jim@foo.com.evil.com"},
        {"email": "foo.com"},
    ],
)
def test_an_account_of_another_domain_stays_out(bad: dict[str, Any]) -> None:
    with pytest.raises(NotAllowedError, match=r"Only accounts of foo\.com"):
        AUTHENTICATOR.authenticate(claims(**bad))


def test_an_admin_of_another_domain_is_a_stranger() -> None:
    strangers = Authenticator(company_domain="foo.com", admins=frozenset({"hr@evil.com"}))
    with pytest.raises(NotAllowedError):
        strangers.authenticate(claims(email="hr@evil.com", hd="evil.com"))


@pytest.mark.parametrize("azp", ["leave-mail", "leave", "", "leave-cli leave-mail", ["leave-cli"]])
@pytest.mark.parametrize("aud", ["leave-cli", "[leave-cli leave-app]", None])
def test_a_token_for_another_client_of_the_project_is_refused(aud: str | None, azp: object) -> None:
    """The mailbox's client can ask for one for the client of employees."""
    with pytest.raises(UnauthenticatedError, match="not in its audience"):
        AUTHENTICATOR.authenticate(claims(email="hr@foo.com", aud=aud, azp=azp))


# Whose leave

DAY = timedelta(days=1)
MANAGE, VIEW = "require_manage", "require_view"
both = pytest.mark.parametrize("way", [MANAGE, VIEW])
JIM_THE_ADMIN = Caller(email=JIM.email, in_admins=True)


def chosen(stage: FakeStage, way: str, caller: Caller, employee_id: str | None = None) -> str:
    return getattr(stage.people, way)(stage.begin(), caller, employee_id).employee_id


@both
@pytest.mark.parametrize("employee_id", [None, "E002"])
@pytest.mark.parametrize("caller", [JIM_CALLS, JIM_THE_ADMIN])
def test_everybody_handles_their_own_up_to_the_last_day(
    stage: FakeStage, way: str, employee_id: str | None, caller: Caller
) -> None:
    stage.update(JIM, email="Jim@Foo.com")
    assert chosen(stage, way, caller, employee_id) == "E002"
    stage.employ(JIM, end=TODAY)
    assert chosen(stage, way, caller, employee_id) == "E002"


OWN_ONLY = {
    MANAGE: "You can only act on your own leave (E002).",
    VIEW: "You can only see your own leave (E002) and that of the employees you lead.",
}


@both
@pytest.mark.parametrize("other", ["E001", "E003", "E404", "e002", ""])
def test_another_employee_is_out_of_reach_or_unknown(
    stage: FakeStage, way: str, other: str
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        chosen(stage, way, JIM_CALLS, other)
    assert str(refused.value) == OWN_ONLY[way]


def test_a_lead_sees_their_people_and_leavers_and_acts_for_none_of_them(stage: FakeStage) -> None:
    stage.directory.put(an_employee("E004", lead_id="E003"))
    assert chosen(stage, VIEW, JOHN_CALLS, "E002") == "E002"
    for way, other in ((MANAGE, "E002"), (VIEW, "E004")):
        with pytest.raises(NotAllowedError):
            chosen(stage, way, JOHN_CALLS, other)
    stage.employ(JIM, end=TODAY - DAY)
    assert chosen(stage, VIEW, JOHN_CALLS, "E002") == "E002"


@both
@pytest.mark.parametrize("caller", [ADMIN_CALLS, JIM_THE_ADMIN])
def test_an_admin_handles_everybody_there_is(stage: FakeStage, way: str, caller: Caller) -> None:
    assert chosen(stage, way, caller, "E003") == "E003"
    with pytest.raises(UnknownEmployeeError, match="E404"):
        chosen(stage, way, caller, "E404")


@both
def test_an_admin_who_is_no_employee_has_to_say_whose_leave(stage: FakeStage, way: str) -> None:
    with pytest.raises(MalformedRequestError) as refused:
        chosen(stage, way, ADMIN_CALLS)
    assert [problem.field for problem in refused.value.problems] == ["employeeId"]


@both
@pytest.mark.parametrize("employee_id", [None, "E002", "E404"])
def test_no_employee_handles_nothing(stage: FakeStage, way: str, employee_id: str | None) -> None:
    with pytest.raises(NotAllowedError) as refused:
        chosen(stage, way, A_STRANGER_CALLS, employee_id)
    assert "E002" not in str(refused.value)


@both
@pytest.mark.parametrize("employee_id", [None, "E001", "E002"])
@pytest.mark.parametrize(
    ("days", "why"),
    [
        ({"end": TODAY - DAY}, "E001 left on 2027-02-28"),
        ({"start": TODAY + DAY}, "E001 begins to work on 2027-03-02"),
    ],
)
def test_who_is_not_employed_today_handles_nothing(
    stage: FakeStage, way: str, employee_id: str | None, days: dict[str, Any], why: str
) -> None:
    stage.employ(JOHN, **days)
    with pytest.raises(NotAllowedError, match=why):
        chosen(stage, way, JOHN_CALLS, employee_id)
    with pytest.raises(NotAllowedError, match="E001"):
        stage.read_leave.leave_types(replace(JOHN_CALLS, in_admins=True))


@pytest.mark.parametrize("caller", [JIM_CALLS, JIM_THE_ADMIN, ADMIN_CALLS])
def test_who_may_call_reads_the_leave_types(stage: FakeStage, caller: Caller) -> None:
    assert stage.read_leave.leave_types(caller)
    with pytest.raises(NotAllowedError, match="not in the employee directory"):
        stage.read_leave.leave_types(A_STRANGER_CALLS)
