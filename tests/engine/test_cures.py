"""What the real command line tells about a bad configuration, and what its cures do there."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import yaml

from tests.infrastructure import test_bad_config as bad

if TYPE_CHECKING:
    from tests.engine.workshop import Workshop

TYPES = [{}, {"id": "sick"}, {"id": "Sick", "name": ""}, {"id": None, "needsApproval": "no"}]
RULES = {
    "leaveTypes": TYPES,
    "blockedPeriods": [{"start": "2027-12-31", "end": "2027-12-27", "reason": "x"}, 7],
    "carryOver": {"expires": "02-29", "a b": {"c.d": 1}},
    "presence": '{"minimum": 0}',
    "horizonDays": "29",
    'of "quotes"': [],
    "größe \U0001f600": 1,
    "it's c:\\d": 2,
    'e\\"f': 3,
    "": 4,
    "g\\": 5,
    "h\ti": 6,
}
# Each as `pulumi config set` writes JSON.
TEXTS = {
    "leave:rules": json.dumps(RULES),
    "leave:holiday-calendars": '["DE-BE", "Berlin"]',
}
DAYS = {"leave:remind-after-days": 9, "leave:escalate-after-days": 8}


def as_texts(value: object) -> object:
    """Where a value was in quotes, the command line leaves them, and so makes no number of it."""
    match value:
        case dict():
            return {key: as_texts(inner) for key, inner in value.items()}
        case list():
            return [as_texts(inner) for inner in value]
        case _:
            return value if isinstance(value, str) else json.dumps(value)


def test_every_mistake_is_told_at_once_and_cured_by_what_is_told(workshop: Workshop) -> None:
    """The values are what tests/infrastructure works out without the command line."""
    clone = workshop.clone()
    file = clone.folder / "Pulumi.prod.yaml"

    def written() -> dict[str, Any]:
        return yaml.safe_load(file.read_text("utf-8"))

    def configured() -> dict[str, Any]:
        return written()["config"]

    mistakes = {key: value for key, (value, _) in bad.MISTAKES.items()}
    clone.configure("prod", mistakes | DAYS | TEXTS, like="prod")
    clone.shell("pulumi stack init prod")
    told = bad.read(configured())
    assert len(told) > len(mistakes) + 10
    said = clone.shell("pulumi preview -s prod", succeeds=False)
    assert [line for line in told if f"  - {line}\n" not in said] == []
    assert "Traceback" not in said
    for _ in range(4):
        expected = copy.deepcopy(configured())
        bad.cure(expected, told)
        clone.shell(bad.cures(told))
        stack = written()
        bad.delete_by_hand(stack["config"], told)
        file.write_text(yaml.safe_dump(stack), "utf-8")
        assert as_texts(configured()) == as_texts(expected)
        if not (told := bad.read(configured())):
            break
    assert told == []
    clone.pulumi("preview -s prod")


def test_a_stack_name_that_can_not_be_used_is_changed_by_what_is_told(workshop: Workshop) -> None:
    """Also while another stack is selected."""
    clone = workshop.clone("named")
    clone.configure("Dev_1", {})
    clone.shell("pulumi stack init Dev_1 && pulumi stack init dev")
    said = clone.shell("pulumi preview -s Dev_1", succeeds=False)
    told = next(line for line in said.splitlines() if "the stack name 'Dev_1' must be" in line)
    clone.shell(told.partition(": ")[2])
    clone.pulumi("preview -s dev-1")
