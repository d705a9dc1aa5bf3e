"""Texts that only a stage itself can have made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.adapters.google_oidc import HmacSigner
from leave.domain.values import Secret


def a_seal(secret: str = "secret", place: str = "https://api.example.com/test") -> HmacSigner:
    return HmacSigner(read_secret=lambda: Secret(secret), place=place)


@given(content=st.text(alphabet=st.characters(exclude_categories=["Cs"])).filter(bool))
def test_what_was_closed_is_opened_again(content: str) -> None:
    text = a_seal().sign("session", content)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert a_seal().unsign("session", text) == content


@given(position=st.integers(min_value=0), sign=st.sampled_from("AZaz09-_.= \n"))
def test_a_text_with_one_other_character_is_not_opened(position: int, sign: str) -> None:
    text = a_seal().sign("session", '{"email": "john@foo.com"}')
    place = position % len(text)
    forged = text[:place] + sign + text[place + 1 :]
    assert (a_seal().unsign("session", forged) is None) == (forged != text)


@pytest.mark.parametrize(
    "other",
    [
        ("attempt", a_seal()),
        ("session", a_seal("another")),
        ("session", a_seal(place="https://api.example.com/prod")),
    ],
)
def test_another_purpose_secret_or_place_opens_nothing(other: tuple[str, HmacSigner]) -> None:
    purpose, signer = other
    assert signer.unsign(purpose, a_seal().sign("session", "x")) is None


@pytest.mark.parametrize("text", ["", ".", "x", "a.b.c", f"x.{'é' * 43}", f"x.{'A' * 43}\n"])
def test_what_has_not_the_shape_is_not_opened(text: str) -> None:
    assert a_seal().unsign("session", text) is None


def test_the_proof_stays_the_same() -> None:
    """Any change of it would end every session, so none happens unnoticed."""
    assert a_seal().sign("session", "hello") == (
        "aGVsbG8.stMacLVa6GonTJhJeOE6CaQ2phR1BGccZXHjFa1j09c"
    )
