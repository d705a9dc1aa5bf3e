"""The employees: found by id and by mail address, as last imported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from leave.adapters.dynamodb.directory import DynamoDirectory
from tests.leave.builders import JANE, JIM, JOHN, an_employee
from tests.leave.strategies import employees

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Table
    from leave.domain.employees import Employee


@pytest.fixture
def directory(table: Table) -> DynamoDirectory:
    """Return the directory with the seed's three employees."""
    directory = DynamoDirectory(table)
    directory.write([JOHN, JIM, JANE])
    return directory


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(employee=employees())
def test_every_field_comes_back_by_either_way(
    directory: DynamoDirectory, employee: Employee
) -> None:
    directory.write([employee])
    assert directory.by_id(employee.employee_id) == employee
    assert directory.by_email(employee.email) == employee


def test_an_address_finds_its_employee_whatever_its_case(directory: DynamoDirectory) -> None:
    assert directory.by_email("JIM@Foo.COM") == JIM
    directory.write([replace(JANE, email="Jane@foo.com")])
    found = directory.by_email("jane@foo.com")
    assert found is not None
    assert found.email == "Jane@foo.com"


@pytest.mark.parametrize("nobody", ["", "E404", "e002", "E002#PROFILE", "jim@foo.com"])
def test_an_unknown_id_finds_nobody(directory: DynamoDirectory, nobody: str) -> None:
    assert directory.by_id(nobody) is None


@pytest.mark.parametrize("nobody", ["", "nobody@foo.com", "E002", " jim@foo.com"])
def test_an_unknown_address_finds_nobody(directory: DynamoDirectory, nobody: str) -> None:
    assert directory.by_email(nobody) is None


def test_writing_again_replaces_what_was_there(directory: DynamoDirectory) -> None:
    moved = replace(JIM, lead_id="E003", name="James O'Dell")
    directory.write([moved])
    assert directory.by_id("E002") == moved
    assert directory.by_email("jim@foo.com") == moved


def test_an_address_that_was_given_up_no_longer_lets_its_old_owner_in(
    directory: DynamoDirectory,
) -> None:
    directory.write([replace(JIM, email="james@foo.com")])
    assert directory.by_email("jim@foo.com") is None
    assert directory.by_email("james@foo.com") == directory.by_id("E002")


def test_an_address_that_passed_to_somebody_else_stays_theirs(
    directory: DynamoDirectory,
) -> None:
    heir = an_employee("E004", email="jim@foo.com")
    directory.write([heir])
    directory.write([replace(JIM, email="james@foo.com")])
    assert directory.by_email("jim@foo.com") == heir


def test_two_employees_can_swap_their_addresses(directory: DynamoDirectory) -> None:
    jim, jane = replace(JIM, email=JANE.email), replace(JANE, email=JIM.email)
    directory.write([jim, jane])
    assert directory.by_email(JANE.email) == jim
    assert directory.by_email(JIM.email) == jane
