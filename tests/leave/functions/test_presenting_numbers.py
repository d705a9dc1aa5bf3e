from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given

from leave.functions.presenting import json_number
from tests.leave.strategies import DAYS_IN_HALVES


@pytest.mark.parametrize(
    ("days", "text"),
    [("1", "1"), ("1.0", "1"), ("0.5", "0.5"), ("0.25", "0.25"), ("1E+1", "10"), ("0", "0")],
)
def test_days_look_in_json_as_people_write_them(days: str, text: str) -> None:
    assert json.dumps(json_number(Decimal(days))) == text


@given(DAYS_IN_HALVES)
def test_no_half_day_is_lost(days: Decimal) -> None:
    assert Decimal(json.dumps(json_number(days))) == days
