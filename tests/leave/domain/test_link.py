"""Links that nobody can guess, and secrets that nothing shows."""

import logging
import string
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.link import Link, Secret, new_link_secret
from tests.leave.builders import NOW, R1, R2, an_asked_request, link_text

URL_SAFE = string.ascii_letters + string.digits + "-_"
REQUEST_IDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=64)
TEXT = "correct horse battery staple"


def a_link() -> Link:
    return Link(request_id="01jd0000000000000000000000", secret=new_link_secret())


@given(REQUEST_IDS, st.text(URL_SAFE, min_size=43, max_size=43))
def test_a_link_reads_back_as_itself(request_id: str, secret: str) -> None:
    link = Link(request_id=request_id, secret=Secret(secret))
    assert Link.parse(link.reveal()) == link


NEAR_MISSES = st.builds(
    "{}.{}".format, REQUEST_IDS, st.text(URL_SAFE + ".=", min_size=42, max_size=44)
)


@given(st.text(max_size=120) | NEAR_MISSES)
def test_only_what_would_be_written_the_same_way_is_read(text: str) -> None:
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


def test_a_request_is_opened_by_its_own_link_only_and_knows_its_retired_ones() -> None:
    asked = an_asked_request(R1)
    own, foreign = (Link.parse(link_text(one)) for one in (asked, an_asked_request(R2)))
    assert own is not None
    assert foreign is not None
    changed = asked.change(asked.plan, actor="jim@foo.com", at=NOW)
    assert asked.opened_by(own)
    assert changed.revoked(own) is not None
    for other in (
        foreign,
        Link(request_id=R2, secret=own.secret),
        Link(request_id=R1, secret=foreign.secret),
    ):
        assert not asked.opened_by(other)
        assert changed.revoked(other) is None


# Secrets


@dataclass(frozen=True)
class Holder:
    """Something a developer may print."""

    secret: Secret
    others: tuple[Secret, ...] = ()


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        format,
        "{!r}".format,
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - loggers format like this
        lambda secret: repr([{secret: secret}]),
        lambda secret: repr(Holder(secret, (secret,))),
        lambda secret: str(ValueError(secret)),
    ],
)
def test_a_secret_never_shows_its_text(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(TEXT))
    assert TEXT not in shown
    assert "***" in shown


def test_a_secret_takes_no_format_that_could_cut_it_in_pieces() -> None:
    with pytest.raises(TypeError):
        format(Secret(TEXT), ">40")


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    def fail_with(secret: Secret) -> None:
        local_copy = secret
        raise ValueError(local_copy)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is checked below
        fail_with(Secret(TEXT))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    lines = "".join(shown.format())
    assert "local_copy" in lines
    assert TEXT not in lines


def test_a_log_record_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("test").warning("token %s", Secret(TEXT), extra={"token": Secret(TEXT)})
    (record,) = caplog.records
    assert TEXT not in f"{record.getMessage()} {record.__dict__}"


def test_neither_a_request_nor_a_link_shows_its_secrets() -> None:
    request, link = an_asked_request(), a_link()
    assert request.task_token is not None
    assert request.link_secret is not None
    shown = f"{request} {request!r} {link} {link!r}"
    for secret in (request.task_token, request.link_secret, link.secret):
        assert secret.reveal() not in shown


@pytest.mark.parametrize("encode", [msgspec.to_builtins, msgspec.json.encode])
@pytest.mark.parametrize("holder", [Secret(TEXT), [Secret(TEXT)], an_asked_request()])
def test_a_secret_is_encoded_by_no_accident(
    encode: Callable[[object], object], holder: object
) -> None:
    with pytest.raises(TypeError, match="Secret is unsupported"):
        encode(holder)


@given(st.text(), st.text())
def test_secrets_match_exactly_the_same_text(text: str, other: str) -> None:
    assert Secret(text).reveal() == text
    assert Secret(text).matches(text)
    assert Secret(text).matches(other) == (text == other)
    assert (Secret(text) == Secret(other)) == (text == other)


def test_a_text_that_is_no_unicode_matches_nothing_and_does_not_raise() -> None:
    assert not Secret(TEXT).matches("\ud800")


def test_a_secret_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        Secret(TEXT)._text = "other"  # type: ignore[misc]
