from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from leave.adapters.system import new_request_id
from leave.domain.invitations import Link, new_link_secret

if TYPE_CHECKING:
    import pytest


def test_ids_are_26_letters_that_url_file_and_execution_names_allow() -> None:
    for _ in range(200):
        request_id = new_request_id()
        assert re.fullmatch(r"[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}", request_id)


def test_ids_of_the_same_moment_differ() -> None:
    assert len({new_request_id() for _ in range(2_000)}) == 2_000


def test_ids_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ids: list[str] = []
    for milliseconds in (0, 1, 31, 32, 1_800_000_000_000, 1_800_000_000_001, 2**48 - 1):
        monkeypatch.setattr(time, "time_ns", lambda at=milliseconds: at * 1_000_000)
        ids.append(new_request_id())
    assert ids == sorted(ids)


def test_the_time_stands_in_the_first_ten_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of https://github.com/ulid/spec."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_469_918_176_385 * 1_000_000)
    assert new_request_id()[:10] == "01aryz6s41"


def test_every_id_fits_into_a_link() -> None:
    link = Link(request_id=new_request_id(), secret=new_link_secret())
    assert Link.parse(link.reveal()) == link
