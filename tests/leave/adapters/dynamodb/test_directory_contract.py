"""What the port `Directory` promises, held against the adapter and against the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.domain.values import replace
from tests.leave.builders import JANE, JIM, JOHN
from tests.leave.fakes import FakeDirectory

if TYPE_CHECKING:
    from leave.services.ports import Directory

LOUD_JANE = replace(JANE, email="Jane@Foo.com")
SILENT_JOHN = replace(JOHN, feed=None)


@pytest.fixture(params=["dynamodb", "fake"])
def directory(request: pytest.FixtureRequest) -> Directory:
    """Return each of the two, with three employees."""
    employees = (SILENT_JOHN, JIM, LOUD_JANE)
    if request.param == "fake":
        return FakeDirectory(*employees)
    directory = DynamoDirectory(request.getfixturevalue("table"))
    for employee in employees:
        directory.write(employee, before=None)
    return directory


def test_an_employee_is_found_by_id(directory: Directory) -> None:
    assert directory.by_id("E002") == JIM
    assert directory.by_id("E404") is directory.by_id("e002") is directory.by_id("") is None


@pytest.mark.parametrize("email", ["jane@foo.com", "Jane@Foo.com", "JANE@FOO.COM"])
def test_an_employee_is_found_by_mail_address_whatever_its_case(
    directory: Directory, email: str
) -> None:
    assert directory.by_email(email) == LOUD_JANE
    assert directory.by_email("x" + email) is None


def test_an_employee_is_found_by_feed_and_its_secret_is_not(directory: Directory) -> None:
    assert directory.by_feed("feed-of-E002") == replace(JIM, feed=None)
    assert directory.by_feed("feed-of-E001") is None
    for nothing in ("", "é", "\ud800", "x" * 5_000):
        assert directory.by_feed(nothing) is None


def test_a_team_is_found_by_its_lead_without_the_secrets_of_feeds(directory: Directory) -> None:
    team = [replace(JIM, feed=None), replace(LOUD_JANE, feed=None)]
    assert list(directory.team("E001")) == team
    assert list(directory.team("E002")) == list(directory.team("")) == []
