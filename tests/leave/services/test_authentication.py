from __future__ import annotations

from typing import Any

import pytest

from leave.domain.errors import NotAllowedError, UnauthenticatedError
from leave.services.authorization import Authenticator

GATEKEEPER = Authenticator(company_domain="foo.com", admins=frozenset({"hr@foo.com"}))


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


def test_a_verified_account_of_the_company_comes_in() -> None:
    caller = GATEKEEPER.authenticate(claims())
    assert (caller.email, caller.in_admins) == ("jim@foo.com", False)


def test_an_address_is_known_whatever_its_case() -> None:
    assert GATEKEEPER.authenticate(claims(email="Jim@FOO.com", hd="Foo.com")).email == "jim@foo.com"
    loud = Authenticator(company_domain="FOO.com", admins=frozenset())
    assert loud.authenticate(claims()).email == "jim@foo.com"


def test_an_admin_is_known_by_the_address() -> None:
    assert GATEKEEPER.authenticate(claims(email="HR@foo.com")).in_admins


@pytest.mark.parametrize("verified", ["true", "True", True])
def test_verified_is_true_as_a_text_or_as_json(verified: object) -> None:
    assert GATEKEEPER.authenticate(claims(email_verified=verified)).email == "jim@foo.com"


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
        GATEKEEPER.authenticate(claims(email=email))


@pytest.mark.parametrize(
    "bad",
    [
        claims(email=None),
        claims(email=""),
        claims(exp=None),
        claims(exp=""),
        claims(exp=0),
        {},
    ],
)
def test_a_token_without_an_address_or_an_expiry_says_nothing(bad: dict[str, Any]) -> None:
    with pytest.raises(UnauthenticatedError):
        GATEKEEPER.authenticate(bad)


@pytest.mark.parametrize("verified", [None, "", "false", False, "1", "yes", "truetrue"])
def test_an_unverified_address_stays_out(verified: object) -> None:
    with pytest.raises(NotAllowedError, match="not verified"):
        GATEKEEPER.authenticate(claims(email_verified=verified))


@pytest.mark.parametrize(
    "bad",
    [
        claims(hd=None),  # a consumer account that carries the company's address
        claims(hd=""),
        claims(hd="evil.com"),
        claims(hd="foo.com.evil.com"),
        claims(email="jim@evil.com"),
        claims(email="jim@notfoo.com"),
        claims(email="jim@sub.foo.com"),
        claims(email="jim@foo.com.evil.com"),
        claims(email="foo.com"),
    ],
)
def test_an_account_of_another_domain_stays_out(bad: dict[str, Any]) -> None:
    with pytest.raises(NotAllowedError, match=r"Only accounts of foo\.com"):
        GATEKEEPER.authenticate(bad)


def test_an_admin_of_another_domain_is_a_stranger() -> None:
    strangers = Authenticator(company_domain="foo.com", admins=frozenset({"hr@evil.com"}))
    with pytest.raises(NotAllowedError):
        strangers.authenticate(claims(email="hr@evil.com", hd="evil.com"))


@pytest.mark.parametrize(
    ("aud", "azp"),
    [
        ("leave-cli", "leave-cli"),
        ("leave-cli", None),
        ("[leave-cli leave-app]", "leave-app"),
        (None, None),
    ],
)
def test_a_token_that_its_audience_asked_for_comes_in(aud: str | None, azp: str | None) -> None:
    assert GATEKEEPER.authenticate(claims(aud=aud, azp=azp)).email == "jim@foo.com"


@pytest.mark.parametrize("azp", ["leave-mail", "leave", "", "leave-cli leave-mail", ["leave-cli"]])
@pytest.mark.parametrize("aud", ["leave-cli", "[leave-cli leave-app]", None])
def test_a_token_that_another_client_of_the_project_asked_for_is_refused(
    aud: str | None, azp: object
) -> None:
    """The mailbox's client can ask for one for the client of employees."""
    with pytest.raises(UnauthenticatedError, match="not in its audience"):
        GATEKEEPER.authenticate(claims(email="hr@foo.com", aud=aud, azp=azp))
