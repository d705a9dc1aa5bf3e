"""Bad configuration: told all at once, before anything is made, by cures that cure it."""

from __future__ import annotations

import copy
import json
import re
import shlex
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.stack_config import declarations, stack_config
from infrastructure.stage_config import ConfigError, read_settings
from tests.examples import examples
from tests.infrastructure.graph import STACKS, refused
from tests.infrastructure.stack_file import PROJECT, StackFile

DECLARED = declarations(PROJECT)
ANNUAL, SICK = {"id": "annual", "name": "Annual leave"}, {"id": "sick", "name": "[1]"}
BY_HAND = ": delete it in Pulumi.prod.yaml"
# One of each kind of mistake, and a part of what is told about it.
MISTAKES: dict[str, tuple[object, str]] = {
    "leave:throttle-rate": ("fast", "is 'fast'; it must be a whole number"),
    "leave:undo-seconds": (1.5, "is '1.5'; it must be a whole number"),
    "leave:log-level": (["DEBUG"], "it must be one of TRACE, DEBUG, INFO"),
    "leave:monitoring": ("some", "is 'some'; it must be one of none, essential, full"),
    "leave:protect": ("yes", "is 'yes'; it must be one of true, false"),
    "leave:oidc-audiences": ("client", "is not a list; each item must be an OAuth client id"),
    "leave:allowed-origins": ({"a": "b"}, "is not a list; each item must be the origin"),
    "leave:admins": (["hr@example.com", 7, "boss"], "has the item 7, which is not a text"),
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
    source.written_as_text = {key for key, value in values.items() if isinstance(value, str)}
    try:
        read_settings(source, stage=stack)
    except ConfigError as error:
        return [line.removeprefix("  - ") for line in str(error).splitlines()[1:]]
    return []


def of_file(stack: str) -> dict[str, Any]:
    text = (PROJECT / f"Pulumi.{stack}.yaml").read_text("utf-8")
    return yaml.safe_load(text)["config"]


def cures(told: list[str]) -> str:
    """The commands of all that is told, to be pasted at once."""
    commands = [
        line.partition(": pulumi config ")[2] for line in told if not line.endswith(BY_HAND)
    ]
    return " && ".join(f"pulumi config {command}" for command in commands)


def delete_by_hand(values: dict[str, Any], told: list[str]) -> None:
    """Delete what no command can delete."""
    for line in told:
        if line.endswith(BY_HAND):
            found = re.match(r'(.+?)\[("(?:[^"\\]|\\.)*")\] is unknown ', line)
            assert found, line
            parent, key = found.groups()
            remove_at(values, [*segments(parent), json.loads(key)])


def cure(values: dict[str, Any], told: list[str]) -> None:
    """Change values as the commands would; tests/engine asks the command line itself."""
    for command in filter(None, cures(told).split(" && ")):
        match shlex.split(command):
            case ["pulumi", "config", "set-all", "--json", text, "--stack", "prod"]:
                for key, entry in json.loads(text).items():
                    assert json.loads(entry["value"]) == entry["objectValue"]
                    values[key] = entry["objectValue"]
            case ["pulumi", "config", "set", "--path", path, value, "--stack", "prod"]:
                put_at(values, segments(path), value)
            case ["pulumi", "config", "set", key, value, "--stack", "prod"]:
                values[key] = value
            case ["pulumi", "config", "rm", "--path", path, "--stack", "prod"]:
                remove_at(values, segments(path))
            case ["pulumi", "config", "rm", key, "--stack", "prod"]:
                values.pop(key, None)
            case _:
                raise AssertionError(f"no command of pulumi config: {command}")
    delete_by_hand(values, told)


def segments(path: str) -> list[str | int]:
    """Read a path as Pulumi does, which unescapes quotation marks only."""
    found = re.findall(r'\.?([A-Za-z0-9_:-]+)|\[(\d+)\]|\["((?:\\"|[^"])*+)"\]', path)
    return [
        name or (int(index) if index else quoted.replace('\\"', '"'))
        for name, index, quoted in found
    ]


def get(container: Any, segment: str | int) -> Any:
    if isinstance(segment, str):
        assert isinstance(container, dict), "key for an array must be an int"
        return container.get(segment)
    assert isinstance(container, list), "expected an array"
    assert segment <= len(container), "array index out of range"
    return container[segment] if segment < len(container) else None


def put(container: Any, segment: str | int, value: Any) -> None:
    get(container, segment)
    if isinstance(segment, int) and segment == len(container):
        container.append(value)
    else:
        container[segment] = value


def put_at(values: dict[str, Any], path: list[str | int], text: str) -> None:
    container: Any = values
    for depth, (segment, following) in enumerate(pairwise(path)):
        inner = get(container, segment)
        # What is no container is replaced directly below a key, and refused any deeper.
        if inner is None or (depth == 0 and not isinstance(inner, list | dict)):
            inner = [] if isinstance(following, int) else {}
            put(container, segment, inner)
        container = inner
    # Whole numbers and truths become such, unless a zero leads, or a text was there in quotes.
    typed = re.fullmatch(r"true|false|0|-?[1-9][0-9]{0,17}", text)
    if isinstance(get(container, path[-1]), str):
        typed = None
    put(container, path[-1], json.loads(text) if typed else text)


def remove_at(values: dict[str, Any], path: list[str | int]) -> None:
    container: Any = values
    for segment in path[:-1]:
        container = get(container, segment)
    if isinstance(container, list):
        del container[path[-1] : int(path[-1]) + 1]
    elif isinstance(container, dict):
        container.pop(path[-1], None)


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
    assert said["error"].startswith("The configuration of stack 'dev' cannot be used:")
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


def test_json_text_is_told_and_nothing_of_it_is_lost() -> None:
    """Pulumi sets a part of a text by replacing all of it."""
    annual = {"id": "annual", "name": "Größe \U0001f600 'x'"}
    rules = {"leaveTypes": [annual], "horizonDays": 29}
    admins = ["a@example.com", "boss", "c@example.com"]
    values = of_file("prod") | {
        "leave:rules": json.dumps(rules),
        "leave:admins": json.dumps(admins, separators=(",", ":")),
    }
    cure(values, told := read(values))
    assert len(told) == 4
    assert read(values) == []
    assert values["leave:rules"] == rules | {"horizonDays": 30}
    assert values["leave:admins"] == ["a@example.com", "hr@example.com", "c@example.com"]


@pytest.mark.parametrize(
    ("key", "text"), [("admins", '["a@example.com",]'), ("rules", '{"horizonDays": 30')]
)
def test_a_mistake_in_json_text_is_told_before_the_text_is_removed(key: str, text: str) -> None:
    (told,) = read(of_file("prod") | {f"leave:{key}": text})
    assert re.search(r"mistake in its JSON text \(.* column 1[789] .*\), and is removed", told)


@pytest.mark.parametrize(
    "rules",
    [
        {"leaveTypes": json.dumps([ANNUAL, SICK]), "presence": {"minimum": 2}},
        {"leaveTypes": [ANNUAL, json.dumps(SICK)], "presence": json.dumps({"minimum": 2})},
    ],
)
def test_json_text_within_is_told_and_nothing_of_it_is_lost(rules: dict[str, Any]) -> None:
    values = of_file("prod") | {"leave:rules": rules}
    cure(values, read(values))
    assert read(values) == []
    assert values["leave:rules"] == {"leaveTypes": [ANNUAL, SICK], "presence": {"minimum": 2}}


@pytest.mark.parametrize("text", ["[]", "{}", '["DE-BE"'])
def test_json_text_of_which_nothing_can_be_lost_is_not_told(text: str) -> None:
    told = read(of_file("prod") | {"leave:holiday-calendars": text})
    assert "of which no part" not in "".join(told)


@pytest.mark.parametrize("key", ["fallback-approver", "mail-sender", "oidc-audiences"])
def test_an_encrypted_value_is_told_and_never_shown(key: str) -> None:
    source = StackFile("prod", **{key: "s3cret"})
    source.secrets.add(key)
    with pytest.raises(ConfigError) as caught:
        read_settings(source, stage="prod")
    assert "s3cret" not in str(caught.value)
    (line,) = str(caught.value).splitlines()[1:]
    assert f"leave:{key} is encrypted" in line
    assert "removes all of its value, so set it again" in line
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


@settings(max_examples=examples(few=40, full=100), deadline=None)
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
