"""Whatever the claims of a token are, they let in whom they name, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from infrastructure.function_table import PUBLIC, ROUTES
from tests.leave.functions.events import JIMS_CLAIMS, api_event
from tests.proof.hostile.cast import JANES_ID
from tests.proof.hostile.fuzzing import ANY_TEXT, each

if TYPE_CHECKING:
    from tests.proof.conftest import Size
    from tests.proof.figures import Recorder
    from tests.proof.hostile.attacked import AttackedStage

pytestmark = pytest.mark.timeout(1800)
PROMISE = "Hostile input is refused, and changes and tells nothing"
GOOD = {"date": "2099-01-05"}
SECURED = [key for name, keys in ROUTES.items() if name not in PUBLIC for key in keys.values()]
ADDRESSES = st.sampled_from(
    [
        "jim@foo.com@evil.example",
        "evil@evil.example,jim@foo.com",
        "evil@evil.example\njim@foo.com",
        "jim@foo.com\x00@evil.example",
        "<jim@foo.com>",
        "Jim <jim@foo.com>",
        "jim+x@foo.com",
        " jim@foo.com",
        "jim@foo.com ",
        "jim@xfoo.com",
        "jim@foo.com.evil.example",
        "J\u0130M@foo.com",
        "j\u0131m@foo.com",
        "jim@\u24d5\u24de\u24de.com",
        "hr@foo.com\u200b",
        "h\u200br@foo.com",
        "[jim@foo.com]",
        "['jim@foo.com']",
        "*@foo.com",
        "@foo.com",
        "x" * 9_000 + "@foo.com",
    ]
)
VALUES = st.one_of(
    ANY_TEXT,
    ADDRESSES,
    st.none(),
    st.booleans(),
    st.integers(),
    st.lists(st.sampled_from(["jim@foo.com", "foo.com", "true"]), max_size=2),
    st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2),
    st.sampled_from(["1", "yes", "TRUE\n", "true,false", "[true]", "evil.example", "foo.com."]),
)
NAMES = st.sampled_from(["email", "email_verified", "hd"])


def says_as_much(name: str, value: Any) -> bool:
    """Tell whether a claim is only another way to say what Jim's rightly says."""
    return str(value).lower() == str(JIMS_CLAIMS[name]).lower()


def test_no_odd_claim_lets_anybody_in(target: AttackedStage, size: Size, report: Recorder) -> None:
    def call(one: tuple[str, str, Any]) -> None:
        route, name, value = one
        path = {"requestId": JANES_ID} if "{" in route else {}
        event = api_event(route, claims=JIMS_CLAIMS | {name: value}, body=GOOD, **path)
        target.refused(event, 401, 403)

    shots = st.tuples(st.sampled_from(SECURED), NAMES, VALUES)
    shots = shots.filter(lambda one: not says_as_much(one[1], one[2]))
    number = each(shots, call, examples=size(small=150, full=5_000))
    report(PROMISE, "odd claims of a token that API Gateway let through", number)


@pytest.mark.parametrize(
    "authorizer",
    [
        {},
        {"jwt": {}},
        {"jwt": {"claims": {}}},
        {"lambda": {"email": "jim@foo.com"}},
        {"claims": JIMS_CLAIMS},
    ],
    ids=str,
)
def test_without_claims_nobody_is_let_in(target: AttackedStage, authorizer: dict[str, Any]) -> None:
    """Should a route ever be without its authorizer, it is closed, not open."""
    for route in SECURED:
        path = {"requestId": JANES_ID} if "{" in route else {}
        event = api_event(route, body={}, **path)
        event["requestContext"]["authorizer"] = authorizer
        target.refused(event, 401)
