"""The tables say what the code does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from leave.domain.errors import LeaveError, MalformedRequestError
from leave.functions.http import problem
from leave.functions.inputs import BODY_BYTES, REASON_LENGTH, read_leave_body
from tests.docs import config_table, function_table
from tests.docs.markdown import API, PROJECT, Page, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = re.compile(r"\b[A-Z]+#")


def kinds_of(error: type[Exception]) -> Iterator[type[Exception]]:
    """An error class and everything derived from it."""
    yield error
    for derived in error.__subclasses__():
        yield from kinds_of(derived)


def status_of(kind: type[Exception]) -> int:
    """What an employee is answered when this error comes up, whatever its message."""
    error = kind.__new__(kind)
    if isinstance(error, MalformedRequestError):
        error.problems = ()
    return problem(error)["statusCode"]


def test_the_table_of_the_configuration_is_what_make_docs_writes() -> None:
    text = config_table.PAGE.read_text("utf-8")
    assert config_table.section() in text, "it is stale: make docs"


def test_the_tables_of_the_functions_are_what_make_docs_writes() -> None:
    text = function_table.PAGE.read_text("utf-8")
    assert text.endswith(function_table.section()), "they are stale: make docs"


def test_every_key_of_pulumi_yaml_has_its_rule_and_an_example_that_keeps_it() -> None:
    keys = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text("utf-8"))["config"]
    table = {row[0].strip("`"): row for row in config_table.rows()}
    assert table.keys() == keys.keys()
    assert [key for key, row in table.items() if row[2] == "required"] == [
        *("company-domain", "oidc-audiences", "mail-sender"),
    ]
    assert all(row[4] and (row[5] or key == "rules") for key, row in table.items())


def test_every_status_of_an_error_is_explained_and_no_other() -> None:
    statuses = {status_of(kind) for kind in kinds_of(LeaveError)}
    explained = [int(row[0]) for row in rows(API.section("## What is refused"))]
    assert explained == sorted(statuses)


def test_the_largest_body_is_as_large_as_the_table_says() -> None:
    assert f"a body over {BODY_BYTES // 1024} KB" in API.text


def test_a_reason_is_as_long_as_the_table_says() -> None:
    assert f"up to {REASON_LENGTH:,} characters" in API.section("## What can be asked for")


def test_the_example_of_a_refusal_is_what_is_answered() -> None:
    example = json.loads(API.block_with("json", '"errors"'))
    call = example["instance"].removeprefix("urn:leave:call:")
    with pytest.raises(MalformedRequestError) as refused:
        read_leave_body('{"date": "soon"}', with_employee=True)
    assert json.loads(problem(refused.value, instance=call)["body"]) == example


def test_the_fields_of_a_request_are_those_that_are_read() -> None:
    table = rows(API.section("## What can be asked for"))
    listed = re.findall(r"`(\w+)`", " ".join(row[0] for row in table))
    with pytest.raises(MalformedRequestError) as refused:
        read_leave_body('{"date": "2027-03-10", "days": "3"}', with_employee=True)
    known = refused.value.problems[0].message.removeprefix("unknown; the fields are ")
    assert sorted(listed) == sorted(known.split(", "))


def test_the_table_of_the_items_names_every_prefix_of_a_key() -> None:
    page = Page(PROJECT / "docs" / "architecture.md")
    table = "".join(map("".join, rows(page.section("## The table"))))
    adapters = (PROJECT / "leave" / "adapters" / "dynamodb").glob("*.py")
    used = {prefix for file in adapters for prefix in PREFIX.findall(file.read_text("utf-8"))}
    assert set(PREFIX.findall(table)) == used
