"""No link but the right one opens anything, and only a POST with it decides."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.leave.functions.events import link_event
from tests.proof.conftest import ANY_TEXT, Size, each
from tests.proof.hostile.conftest import FORBIDDEN, JANES_ID, JIMS_ID, AttackedStage
from tests.proof.reporting import Recorder

pytestmark = pytest.mark.timeout(1800)
PROMISE = "Only the right link opens a request"
METHODS = ("GET", "HEAD", "POST")
NOT_HERE = "01jq0000000000000000000009"
"""The id of a request that another stage has."""
ALPHABET = f"{ascii_letters}{digits}-_"


def shot(method: str, decision: str, link: str) -> dict[str, Any]:
    form = {"comment": "mine"} if method == "POST" else None
    return link_event(method, decision, link, form=form)


def altered(link: str, other: str) -> SearchStrategy[str]:
    """Return links that are nearly the right one."""
    place = st.integers(0, len(link) - 1)
    ours, theirs = link.partition(".")[2], other.partition(".")[2]
    return st.one_of(
        st.builds(lambda at, c: link[:at] + c + link[at + 1 :], place, st.characters()),
        st.builds(lambda at, c: link[:at] + c + link[at + 1 :], place, st.sampled_from(ALPHABET)),
        st.builds(lambda at, c: link[:at] + c + link[at:], place, st.sampled_from(ALPHABET)),
        st.builds(lambda at: link[:at], place),
        st.builds(lambda at: link[at + 1 :], place),
        st.builds(lambda at: f"{JIMS_ID}.{ours[:at]}{theirs[at:]}", st.integers(0, 42)),
        st.builds(lambda tail: link + tail, ANY_TEXT.filter(bool)),
        st.builds(lambda head: head + link, ANY_TEXT.filter(bool)),
        st.binary(min_size=1, max_size=80).map(lambda raw: raw.decode("latin-1")),
        st.binary(min_size=1, max_size=80).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
        ANY_TEXT,
    ).filter(lambda text: text not in {link, other})


def test_a_link_that_is_not_quite_right_opens_nothing(
    target: AttackedStage, size: Size, report: Recorder
) -> None:
    link, other = target.links()
    decisions = st.sampled_from(["approved", "denied"])
    shots = st.builds(shot, st.sampled_from(METHODS), decisions, altered(link, other))
    number = each(
        shots, lambda one: target.refused(one, 404), examples=size(small=250, full=10_000)
    )
    report(PROMISE, "altered, cut, mixed and random links", number)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "change",
    [
        lambda link: f"{JANES_ID}.{link.partition('.')[2]}",
        lambda link: f"{NOT_HERE}.{link.partition('.')[2]}",
        lambda link: link.swapcase(),
        lambda link: link.upper(),
        lambda link: f"{link}=",
        lambda link: f"{link}==",
        lambda link: f"{link}\n",
        lambda link: f"{link}\x00",
        lambda link: f" {link}",
        lambda link: quote(link, safe="").replace(".", "%2E"),
        lambda link: quote(quote(link[:1]) + "%00"),
        lambda link: link.replace(".", "\N{FULLWIDTH FULL STOP}"),
        lambda link: link.replace("0", "\N{FULLWIDTH DIGIT ZERO}", 1),
        lambda link: link.replace("0", "\N{ARABIC-INDIC DIGIT ZERO}", 1),
        lambda link: f"../denied/{link}",
        lambda link: f"{link}/..",
        lambda link: link.replace("-", "+").replace("_", "/") + "/",
        lambda link: f"{link}.{link}",
        lambda link: link * 200,
        lambda link: "A" * 8_000 + link[:0],
        lambda link: f"{link.partition('.')[0]}.{'A' * 43}",
        lambda link: link[:0],
    ],
)
def test_no_other_way_to_write_a_link_is_one(
    target: AttackedStage, method: str, change: Any
) -> None:
    target.refused(shot(method, "approved", change(target.links()[0])), 404)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_a_replaced_link_decides_nothing_and_tells_nothing_new(
    target: AttackedStage, method: str, decision: str
) -> None:
    """Another lead was asked first; what Jane wrote since is none of that lead's business."""
    _, old = target.replaced()
    event = shot(method, decision, old)
    if method == "POST":
        reply = target.refused(event, 409)
    else:
        reply = target.untouched(event)
        assert reply.status == 200
    assert not [word for word in (*FORBIDDEN, *target.secrets()) if word in reply.text]
    assert "another approver decides for Jane Canary" in reply.text
    for wrong in (old[:-1], f"{JIMS_ID}.{old.partition('.')[2]}", f"{NOT_HERE}.{old[27:]}"):
        target.refused(shot(method, decision, wrong), 404)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "decision",
    ["APPROVED", "approve", "approved ", "pending", "", "undo", "approved\x00", "d\u0435nied"],
)
def test_no_other_decision_is_one(target: AttackedStage, method: str, decision: str) -> None:
    target.refused(shot(method, decision, target.links()[0]), 404)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("decision", ["approved", "denied"])
def test_looking_changes_nothing(target: AttackedStage, method: str, decision: str) -> None:
    event = shot(method, decision, target.links()[0])
    event["body"], event["queryStringParameters"] = "comment=x&undo=1", {"comment": "x"}
    reply = target.untouched(event)
    assert reply.status == 200
    assert "task-token" not in reply.text
