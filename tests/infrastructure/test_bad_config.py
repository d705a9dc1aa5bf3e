"""Bad configuration: told all at once, before anything is made, by cures that cure it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.stack_config import declarations, stack_config
from infrastructure.stage_config import ConfigError, read_settings
from tests.infrastructure.graph import STACKS, refused
from tests.infrastructure.pulumi_config import apply
from tests.infrastructure.stack_file import PROJECT, StackFile

DECLARED = declarations(PROJECT)
# One of each kind of mistake, and a part of what is told about it.
MISTAKES: dict[str, tuple[object, str]] = {
    "leave:throttle-rate": ("fast", "is 'fast'; it must be a whole number"),
    "leave:undo-seconds": (1.5, "is '1.5'; it must be a whole number"),
    "leave:log-level": (["DEBUG"], "it must be one of TRACE, DEBUG, INFO"),
    "leave:protect": ("yes", "is 'yes'; it must be one of true, false"),
    "leave:oidc-audiences": ("client", "is not a list; each item must be an OAuth client id"),
    "leave:allowed-origins": ({"a": "b"}, "is not a list; each item must be the origin"),
    "leave:admins": (["hr@example.com", 7, "boss"], "has the item 7, which is no text"),
    "leave:rules": ([], "is not an object"),
    "leave:company-domain": (None, "is missing; it must be a mail domain"),
    "leave:mail-sender": ("", "is missing; it must be an e-mail address"),
    "leave:mail-sendr": ("leave@example.com", "is unknown; did you mean leave:mail-sender?"),
    "leave:wi-fi": ("on", "is unknown: pulumi config rm leave:wi-fi"),
    "leaves:admins": (["a@example.com"], "its namespace is none of leave, aws, pulumi"),
    "leave:oidc-issuer": ("http://example.com", "an https address (http is for loopback only)"),
    "leave:alarm-email": ("Ops <ops@example.com>", "it must be an e-mail address"),
    "leave:time-zone": ("Berlin", "is 'Berlin'; it must be an IANA time zone"),
    "leave:log-retention-days": (31, "is '31'; it must be one of 1, 3, 5, 7, 14, 30,"),
    "leave:certificate-arn": ("arn", "it must be the ARN of a certificate"),
}


def read(values: dict[str, Any], stack: str = "prod") -> list[str]:
    """What is told about a stack's file of these values, with the defaults of the project."""
    source = StackFile(stack)
    texts = {key: declared.default for key, declared in DECLARED.items()} | values
    source.texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in texts.items()
    }
    try:
        read_settings(source, stage=stack)
    except ConfigError as error:
        return [line.removeprefix("  - ") for line in str(error).splitlines()[1:]]
    return []


def of_file(stack: str) -> dict[str, Any]:
    text = (PROJECT / f"Pulumi.{stack}.yaml").read_text("utf-8")
    return yaml.safe_load(text)["config"]


def cure(values: dict[str, Any], told: list[str]) -> None:
    for line in told:
        apply(f"pulumi config {line.partition(': pulumi config ')[2]}", values, stack="prod")


@pytest.mark.parametrize("key", MISTAKES)
def test_a_mistake_is_told_and_its_cure_cures_it(key: str) -> None:
    value, finding = MISTAKES[key]
    values = of_file("prod") | {key: copy.deepcopy(value)}
    told = read(values)
    assert any(line.startswith(f"{key} ") and finding in line for line in told)
    cure(values, told)
    # What may only be used together with another key is told when it is right by itself.
    for _ in range(2):
        cure(values, read(values))
    assert read(values) == []


def test_all_mistakes_are_told_at_once_and_nothing_is_made_before() -> None:
    """Pulumi itself would end at the first value of another type than Pulumi.yaml says."""
    bad = {key: value for key, (value, _) in MISTAKES.items()}
    said = refused("dev", bad)
    assert said["resources"] == []
    assert said["error"].startswith("The configuration of stack 'dev' can not be used:")
    for key, (_, finding) in MISTAKES.items():
        assert any(
            line.startswith(f"  - {key} ") and finding in line
            for line in said["error"].splitlines()
        ), key
    assert "Traceback" not in said["error"]


def test_nothing_is_left_to_pulumi_which_would_stop_at_the_first() -> None:
    """It knows no cure either. What it is not told of, it hands on to the program."""
    assert [key for key, declared in DECLARED.items() if declared.type is not None] == []
    assert [key for key, declared in DECLARED.items() if declared.required] == []


@pytest.mark.parametrize("key", ["fallback-approver", "mail-sender", "oidc-audiences"])
def test_an_encrypted_value_is_told_and_never_shown(key: str) -> None:
    source = StackFile("prod", **{key: "s3cret"})
    source.secrets.add(key)
    with pytest.raises(ConfigError) as caught:
        read_settings(source, stage="prod")
    assert "s3cret" not in str(caught.value)
    (line,) = str(caught.value).splitlines()[1:]
    assert f"leave:{key} is encrypted" in line
    values = of_file("prod") | {f"leave:{key}": "s3cret"}
    cure(values, [line])
    assert read(values) == []


def test_a_key_with_nothing_behind_its_colon_has_no_value() -> None:
    values: dict[str, Any] = of_file("prod") | {"leave:fallback-approver": None}
    assert read(values) == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_stacks_of_the_project_have_no_mistake(stack: str) -> None:
    assert read(of_file(stack), stack) == []


PROD = of_file("prod")
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-5, 400)
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.text(max_size=8)
    | st.sampled_from(("E001", "a@example.com", "DE-BE", "true", "0", "null", "[", "http://x"))
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
RULES = st.dictionaries(
    st.sampled_from(
        ("leaveTypes", "carryOver", "blockedPeriods", "presence", "horizonDays", "other")
    ),
    st.lists(
        st.dictionaries(
            st.sampled_from(("id", "name", "start", "end", "minimum", "reason", "more")),
            PLAIN,
            max_size=3,
        )
        | PLAIN,
        max_size=3,
    )
    | VALUES,
    max_size=4,
)
KEYS = st.sampled_from([*DECLARED, "leave:unknown", "other:key"])


@pytest.mark.parametrize(
    "types",
    [
        [{}, {}, {}],
        [{}, {"id": "sick"}, {"id": "sick"}, {"id": "sick-2"}, {"id": None}],
        [{"id": "annual"}, {"id": "annual"}, {"id": "annual"}, {"id": "annual-2"}],
        [{"id": "x" * 64}, {"id": "x" * 64}, {"id": "x" * 64}],
    ],
    ids=str,
)
def test_no_cure_of_a_leave_type_takes_the_id_of_another_one(types: list[dict[str, Any]]) -> None:
    named = [{"name": f"Leave {number}"} | one for number, one in enumerate(types)]
    values: dict[str, Any] = of_file("prod") | {"leave:rules": {"leaveTypes": named}}
    told = read(values)
    assert told
    cure(values, told)
    # A leave type that was missing gets its name now that it is there.
    cure(values, read(values))
    assert read(values) == []


@settings(max_examples=100, deadline=None)
@given(given=st.dictionaries(KEYS, VALUES, max_size=5), rules=st.none() | RULES)
def test_any_values_are_settings_or_problems_whose_cures_cure_them(
    given: dict[str, Any], rules: dict[str, Any] | None
) -> None:
    """Never a traceback, and never a command that Pulumi would refuse."""
    values = copy.deepcopy(PROD | given)
    if rules is not None:
        values["leave:rules"] = copy.deepcopy(rules)
    rounds = 0
    while told := read(values):
        assert rounds < 4, told
        named = [line for line in told if line.startswith(("leave:", "other:"))]
        assert named == told
        cure(values, told)
        rounds += 1


def test_the_texts_are_those_that_the_local_stage_computes() -> None:
    """Or the tests above would read something else than a stage does."""
    source = StackFile("prod")
    assert source.texts == stack_config(PROJECT, "prod", {})
