"""What a configuration value must look like: one rule per kind of value, with an example."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from infrastructure.holiday_calendars import calendars_near, is_calendar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+[a-z]{{2,}}"
# What mail may be sent from and to: see leave/adapters/gmail/mailer.py.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[::1\]|(?:{_LABEL}\.)*{_LABEL})(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~%!$&()+,;=:@-]+)*)"
)
_LAST_PORT = 65535
_LOOPBACK = frozenset(("127.0.0.1", "[::1]", "localhost"))
# More can be no number of any rule, and Python takes 4,300 for a number at most.
_MOST_DIGITS = 15


# What stands in the shipped files for one's own value. Such a domain belongs to nobody:
# https://www.rfc-editor.org/rfc/rfc2606#section-3
_EXAMPLE = re.compile(r"(?<![a-z0-9-])example\.(?:com|net|org)(?![a-z0-9.-])|^1234567890-[a-z]+")


def is_example(text: str) -> bool:
    """Whether a text of the configuration still must be replaced by one's own."""
    return _EXAMPLE.search(text) is not None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A test for one text, the same test in words ("it must be …"), and a text that passes it.

    `hint` is what else can be told about a text that does not pass.
    """

    says: str
    example: str
    holds: Callable[[str], bool]
    hint: Callable[[str], str] = lambda _text: ""


def matching(pattern: str, *, says: str, example: str) -> Rule:
    """Must match the whole of `pattern`."""
    compiled = re.compile(pattern)
    return Rule(says=says, example=example, holds=lambda text: bool(compiled.fullmatch(text)))


def one_of(choices: Collection[str], *, example: str) -> Rule:
    """Must be one of `choices`."""
    return Rule(
        says=f"one of {', '.join(choices)}", example=example, holds=lambda text: text in choices
    )


def number_from_to(first: int, last: int, *, example: int | None = None) -> Rule:
    """Must be a whole number of `first` to `last`, both included."""
    return Rule(
        says=f"a whole number from {first} to {last}",
        example=str(first if example is None else example),
        holds=lambda text: is_whole_number(text) and first <= int(text) <= last,
    )


def printable(length: int, example: str) -> Rule:
    """Must be text of up to `length` characters, of which each can be seen."""
    return Rule(
        says=f"1 to {length} printable characters",
        example=example,
        holds=lambda text: bool(text.strip()) and len(text) <= length and text.isprintable(),
    )


def is_whole_number(text: str) -> bool:
    """Whether `text` is written in the digits 0 to 9 only, and in no more than a few."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _is_service_url(text: str) -> bool:
    url = _ADDRESS.fullmatch(text)
    if not url:
        return False
    secure = url["scheme"] == "https" or url["host"] in _LOOPBACK
    return secure and int(url["port"] or _LAST_PORT) in range(1, _LAST_PORT + 1)


def _service_url(*, example: str) -> Rule:
    return Rule(
        says="an https address (http is for loopback only), its host in small letters, without a"
        " query",
        example=example,
        holds=_is_service_url,
    )


CLIENT_ID: Final = matching(
    r"\S+", says="an OAuth client id", example="1234567890-abc.apps.googleusercontent.com"
)
DOMAIN: Final = matching(_DOMAIN, says="a mail domain in small letters", example="example.com")
EMAIL: Final = matching(
    rf"(?=.{{1,64}}@)(?!.*=\?){_ATOM}(?:\.{_ATOM})*@{_DOMAIN}",
    says="an e-mail address in small letters",
    example="leave@example.com",
)


def administrator(sender: str) -> Rule:
    """Must be an address, and not that of `sender`.

    Whoever has the mailbox's credentials, such as a function that sends mail, would be one, too.
    """
    example = next(f"{name}@example.com" for name in ("hr", "admin") if not sender.startswith(name))
    return Rule(
        says="an e-mail address in small letters, and not the one of mail-sender",
        example=example,
        holds=lambda text: EMAIL.holds(text) and text != sender,
        hint=lambda text: ", which is mail-sender" if text == sender else "",
    )


def address_within(domain: str) -> Rule:
    """Must be an address of `domain`, as what is mailed there decides about leave."""
    known = DOMAIN.holds(domain)
    return Rule(
        says="an e-mail address in small letters, of company-domain",
        example=f"leave-testers@{domain if known else DOMAIN.example}",
        holds=lambda text: EMAIL.holds(text) and (not known or text.endswith(f"@{domain}")),
    )


# What a browser or a mail program opens; https alone, as the reader of a mail follows it.
_HTTPS = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(?:[/?][!-~]*)?")
HELP_CONTACT: Final = Rule(
    says="an e-mail address in small letters or an https address",
    example="hr@example.com",
    holds=lambda text: EMAIL.holds(text) or bool(_HTTPS.fullmatch(text)),
)
COMPANY_NAME: Final = printable(80, "Example Ltd")
EMPLOYEE_ID: Final = matching(
    r"[A-Za-z0-9._-]{1,64}",
    says="an employee id of up to 64 letters, digits, dots, dashes and underscores",
    example="E001",
)
HOLIDAY_CALENDAR: Final = Rule(
    says="a country, or one of its subdivisions, of the library holidays",
    example="DE-BE",
    holds=is_calendar,
    hint=calendars_near,
)
PLATFORM: Final = matching(
    r"[a-z0-9_]+", says="a platform tag of pip", example="manylinux2014_aarch64"
)
# Those of https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html that the lock is for.
RUNTIME: Final = one_of(
    ("python3.11", "python3.12", "python3.13", "python3.14"), example="python3.13"
)
STAGE: Final = matching(
    r"[a-z][a-z0-9-]{0,29}",
    says="1 to 30 small letters, digits and hyphens, a letter first",
    example="dev",
)
# The sweep goes on for up to four hours, and what comes after midnight would be the next day's.
SWEEP_TIME: Final = matching(
    r"(?:[01][0-9]|20):[0-5][0-9]", says="a time of day from 00:00 to 20:59", example="07:00"
)
TIME_ZONE: Final = Rule(
    says="an IANA time zone",
    example="Europe/Berlin",
    # Python lists two of this machine besides, which are no place's and unknown to AWS.
    holds=lambda text: text in available_timezones() - {"Factory", "localtime"},
)
# Bearer tokens travel to these addresses, so plain http may only ever reach this machine itself.
ISSUER: Final = _service_url(example="https://accounts.google.com")
GMAIL_ENDPOINT: Final = _service_url(example="https://gmail.googleapis.com")
ORIGIN: Final = Rule(
    says="the origin of a web page, without a path, its host in small letters",
    example="https://intranet.example.com",
    holds=lambda text: _is_service_url(text) and text.count("/") == 2,  # noqa: PLR2004 - of ://
)
FLAG: Final = one_of(("true", "false"), example="true")
ARCHITECTURE: Final = one_of(("arm64", "x86_64"), example="arm64")
# What is printed counts as INFO; at WARN, Lambda would drop the numbers that alarms are made of:
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
LOG_LEVEL: Final = one_of(("TRACE", "DEBUG", "INFO"), example="INFO")
MONITORING: Final = one_of(("none", "essential", "full"), example="essential")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
RETENTION_DAYS: Final = one_of(tuple(map(str, _RETENTION_DAYS)), example="30")
# An execution lives for a year at most, and must still tell the employee after the last day:
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
ANSWER_TIMEOUT_DAYS: Final = number_from_to(3, 360, example=60)
# A lead is reminded before another person is asked, and both before the request expires.
ESCALATE_AFTER_DAYS: Final = number_from_to(2, 359, example=5)
REMIND_AFTER_DAYS: Final = number_from_to(1, 358, example=2)
UNDO_SECONDS: Final = number_from_to(0, 3600, example=300)
WORKING_DAYS: Final = number_from_to(0, 366, example=10)
THROTTLE: Final = number_from_to(1, 10_000, example=20)
# 1,000 is what an account has by default, of which 100 stay for everything else:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
CONCURRENCY: Final = number_from_to(0, 900, example=10)
# A certificate's first name has at most 64 characters:
# https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
DOMAIN_NAME: Final = matching(
    rf"(?=.{{1,64}}$){_DOMAIN}",
    says="a domain name in small letters, of 64 characters at most",
    example="leave.example.com",
)
CERTIFICATE_ARN: Final = matching(
    r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+",
    says="the ARN of a certificate of AWS Certificate Manager, in the region of the stage",
    example="arn:aws:acm:eu-central-1:123456789012:certificate/"
    "12345678-1234-1234-1234-123456789012",
)
POLICY_ARN: Final = matching(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:policy/[A-Za-z0-9+=,.@_/-]{1,512}",
    says="the ARN of a policy of IAM in the account of the stage",
    example="arn:aws:iam::123456789012:policy/leave-boundary",
)
HOSTED_ZONE_ID: Final = matching(
    r"Z[A-Z0-9]{1,31}",
    says="the id of a public hosted zone of Route 53",
    example="Z0123456789ABCDEFGHIJ",
)
