from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from emulator.directory import sample_people
from emulator.summary import summary, working_day_ahead
from tests.emulator.facts import FACTS


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2100, 1, 1)))
def test_the_day_in_the_examples_is_a_working_day_some_weeks_ahead(today: date) -> None:
    day = working_day_ahead(today)
    assert day.weekday() < 5
    assert timedelta(weeks=3) < day - today < timedelta(weeks=5)


def test_the_summary_has_the_addresses_and_commands_to_paste() -> None:
    text = summary(FACTS, today=date(2026, 11, 22))
    assert FACTS.inbox_url in text
    assert FACTS.aws_endpoint_url in text
    assert (
        """TOKEN=$(curl -s http://127.0.0.1:4602/_fake/id_token -d '{"email":"jim@foo.com"}'"""
        in (text)
    )
    assert f"curl {FACTS.api_url}/request_leave" in text
    assert """-d '{"date":"2026-12-16"}'""" in text
    assert "ready-file" not in text


def test_the_summary_names_nobody_who_may_have_been_imported_anew() -> None:
    text = summary(FACTS, today=date(2026, 11, 22))
    for name in sample_people().values():
        assert name not in text


def test_the_summary_says_how_to_sign_in_where_there_is_a_ready_file() -> None:
    text = summary(FACTS, today=date(2026, 11, 22), ready_file=Path("/a/ready.json"))
    assert "python -m cli login --ready-file /a/ready.json --email jim@foo.com" in text
