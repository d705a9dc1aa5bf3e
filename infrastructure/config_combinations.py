"""Values that are fine each on its own, and can not be used together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infrastructure import config_rules as rules
from infrastructure.config_problems import set_key
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
    """A lead is reminded before somebody else is asked, and both before the request expires.

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
    size = bytes_with_resources(settings)
    if size > LIMIT_BYTES:
        reader.problems.tell(
            f"{reader.full('rules')} has {len(settings.rules)} characters, with which the functions"
            f" would get {size} bytes, and AWS Lambda takes {LIMIT_BYTES}; shorten names and"
            " reasons, or remove a blocked period that is over",
            f"rm --path '{reader.full('rules')}.blockedPeriods[0]'",
        )
