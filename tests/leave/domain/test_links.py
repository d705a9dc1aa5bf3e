from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.invitations import Link, new_link_secret
from leave.domain.values import Secret
from tests.leave.builders import NOW, R1, R2, an_asked_request, link_text

if TYPE_CHECKING:
    from collections.abc import Callable

URL_SAFE = string.ascii_letters + string.digits + "-_"
REQUEST_IDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=64)


def a_link() -> Link:
    return Link(request_id="01jd0000000000000000000000", secret=new_link_secret())


@given(REQUEST_IDS, st.text(URL_SAFE, min_size=43, max_size=43))
def test_a_link_reads_back_as_itself(request_id: str, secret: str) -> None:
    link = Link(request_id=request_id, secret=Secret(secret))
    assert Link.parse(link.reveal()) == link


@given(st.text(max_size=120))
def test_only_what_would_be_written_the_same_way_is_read(text: str) -> None:
    link = Link.parse(text)
    assert link is None or link.reveal() == text


@given(REQUEST_IDS, st.text(URL_SAFE + ".=", min_size=42, max_size=44))
def test_near_misses_are_read_whole_or_not_at_all(request_id: str, secret: str) -> None:
    text = f"{request_id}.{secret}"
    link = Link.parse(text)
    if link is not None:
        assert link.reveal() == text
        assert len(link.secret.reveal()) == 43


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace(".", "/"),
        lambda text: text.replace(".", ".."),
        lambda text: text.split(".")[1],
        lambda text: text.split(".")[0],
        lambda text: "." + text.split(".")[1],
        lambda text: text[:-1] + "=",
        lambda text: text[:-1] + "é",
        lambda text: text[:-1] + "٣",  # a digit, though not an ASCII one
        lambda text: text[:-3] + "%2e",
        lambda text: "a" * 65 + "." + text.split(".")[1],
        lambda _: "",
    ],
)
def test_a_spoilt_link_is_no_link(spoil: Callable[[str], str]) -> None:
    assert Link.parse(spoil(a_link().reveal())) is None


def test_every_link_is_another_one() -> None:
    secrets = {new_link_secret().reveal() for _ in range(500)}
    assert len(secrets) == 500
    assert {len(secret) for secret in secrets} == {43}  # 256 bits, six a character


def test_a_link_does_not_show_its_secret() -> None:
    link = a_link()
    assert link.secret.reveal() not in f"{link} {link!r}"


def test_a_request_is_opened_by_its_own_link_only() -> None:
    request, other = an_asked_request(R1), an_asked_request(R2)
    own, foreign = Link.parse(link_text(request)), Link.parse(link_text(other))
    assert own is not None
    assert foreign is not None
    assert request.opened_by(own)
    assert not request.opened_by(foreign)
    assert not request.opened_by(Link(request_id=R2, secret=own.secret))
    assert not request.opened_by(Link(request_id=R1, secret=foreign.secret))


def test_a_retired_link_is_known_by_its_own_request_only() -> None:
    asked = an_asked_request(R1)
    own = Link.parse(link_text(asked))
    assert own is not None
    changed = asked.change(asked.plan, actor="jim@foo.com", at=NOW)
    assert changed.revoked(own) is not None
    assert changed.revoked(Link(request_id=R2, secret=own.secret)) is None
    assert changed.revoked(Link(request_id=R1, secret=new_link_secret())) is None
