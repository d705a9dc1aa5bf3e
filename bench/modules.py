"""What each function imports at its start: the number of modules, which is what makes it slow."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from bench.artifact import DEPLOYED
from bench.deployed import CLIENTS, mails
from bench.figures import Figure, table
from bench.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# A module of our own more or less is no regression; a library is.
TOLERANCE: Final = 0.02
# Of a library that is imported, all of it comes along.
NEVER: Final[frozenset[str]] = frozenset(
    ("boto3", "s3transfer", "multiprocessing", "pydantic", "requests", "aws_xray_sdk", "holidays")
)
FOR_MAIL: Final[frozenset[str]] = frozenset(
    ("google", "googleapiclient", "google_auth_httplib2", "httplib2", "cryptography", "pyparsing")
)
FOR_AWS: Final[frozenset[str]] = frozenset(("botocore", "urllib3", "jmespath", "dateutil"))
FOR_PAGES: Final[frozenset[str]] = frozenset(("jinja2", "markupsafe"))
_SHOWS_PAGES: Final = frozenset(("submit_lead_response", "sign_in"))


@cache
def started() -> Mapping[str, frozenset[str]]:
    """Start every function; return which modules each has imported then."""
    with shipped() as stage:
        return {
            function: frozenset(stage.run("start", function, function=function).printed)
            for function in CLIENTS
        }


def forbidden(function: str) -> frozenset[str]:
    """Which packages a function has no use for."""
    if not CLIENTS[function]:
        return NEVER | FOR_MAIL | FOR_AWS | FOR_PAGES
    if mails(function):
        return NEVER
    return NEVER | FOR_MAIL | (FOR_PAGES if function not in _SHOWS_PAGES else frozenset[str]())


def measure() -> Iterable[Figure]:
    """Yield how many modules each function imports; another Python has others of its own."""
    for function, loaded in started().items():
        yield Figure(
            f"modules at the start of {function}",
            len(loaded),
            "modules",
            kind="deterministic" if DEPLOYED.compiles_here else "timing",
            tolerance=TOLERANCE,
        )


if __name__ == "__main__":
    print(table(measure()))
