"""Values that are fine each on its own, and cannot be used together."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infrastructure import config_rules as rules
from infrastructure.config_problems import set_key, set_path
from infrastructure.environment import LIMIT_BYTES, bytes_with_resources

if TYPE_CHECKING:
    from infrastructure.config_reader import ConfigReader
    from infrastructure.settings import Settings


def check_combinations(settings: Settings, reader: ConfigReader) -> None:
    """Tell `reader.problems` of each, with its cure."""
    _check_days(settings, reader)
    _check_domain(settings, reader)
    _check_size(settings, reader)


def _check_days(settings: Settings, reader: ConfigReader) -> None:
    """A lead is reminded before another person is asked, and both before the request expires.

    A number that was refused is 0 here, and has been told already.
    """
    earlier, before = "remind-after-days", settings.remind_after_days
    for later, after in (
        ("escalate-after-days", settings.escalate_after_days),
        ("answer-timeout-days", settings.answer_timeout_days),
    ):
        wanted = after
        if before and after and after <= before:
            wanted = before + 1
            reader.problems.tell(
                f"{reader.full(later)} is {after}, and must be more than {reader.full(earlier)},"
                f" which is {before}",
                f"set {reader.full(later)} {wanted}",
            )
        # What comes after is told of the number that this one will be when it is cured.
        earlier, before = later, wanted


def _check_domain(settings: Settings, reader: ConfigReader) -> None:
    """A text that was refused is here as it was given, so that nothing is told twice."""
    name, zone = reader.full("domain-name"), reader.full("hosted-zone-id")
    certificate, endpoint = reader.full("certificate-arn"), reader.full("default-endpoint")
    if settings.domain_name:
        if not settings.hosted_zone_id and not settings.certificate_arn:
            reader.problems.tell(
                f"{name} is {settings.domain_name!r}, and needs {zone}, for Route 53 to make its"
                f" certificate and records, or {certificate}, for another name server",
                set_key(zone, rules.HOSTED_ZONE_ID),
            )
        return
    for key, value in ((zone, settings.hosted_zone_id), (certificate, settings.certificate_arn)):
        if value:
            reader.problems.tell(f"{key} is set, and there is no {name} to use it for", f"rm {key}")
    if not settings.default_endpoint:
        reader.problems.tell(
            f"{endpoint} is false, and without {name} the API would have no address",
            f"set {endpoint} true",
        )


def _check_size(settings: Settings, reader: ConfigReader) -> None:
    """What was refused is not in the settings, so the size is known when all else is right."""
    size = bytes_with_resources(settings)
    if size <= LIMIT_BYTES or reader.problems.found:
        return
    lists = {"admins": settings.admins, "holiday-calendars": settings.holiday_calendars}
    texts = {"rules": settings.rules, **{key: ",".join(items) for key, items in lists.items()}}
    longest = max(texts, key=lambda key: len(texts[key]))
    key = reader.full(longest)
    if longest == "rules":
        what, command = _shortened(key, json.loads(settings.rules))
    else:
        what, command = "remove an item", f"rm --path '{key}[{len(lists[longest]) - 1}]'"
    reader.problems.tell(
        f"{key} has {len(texts[longest])} characters, with which the functions would get {size}"
        f" bytes, and AWS Lambda takes {LIMIT_BYTES}; {what}",
        command,
    )


def _shortened(key: str, rules: dict[str, list[dict[str, str]]]) -> tuple[str, str]:
    """What makes the rules shorter, and the command for it."""
    today = datetime.now(UTC).date().isoformat()
    for item, period in enumerate(rules.get("blockedPeriods", [])):
        if period["end"] < today:
            path = f"{key}.blockedPeriods[{item}]"
            return f"{path} is over, so remove it", f"rm --path '{path}'"
    texts = {
        f"{key}.{part}[{item}].{inner}": values[inner]
        for part, inner in (("leaveTypes", "name"), ("blockedPeriods", "reason"))
        for item, values in enumerate(rules.get(part, []))
    }
    path = max(texts, key=lambda path: len(json.dumps(texts[path])))
    half = texts[path][: (len(texts[path]) + 1) // 2].strip()
    return f"{path} is the longest text in it, so shorten it", set_path(path, half)
