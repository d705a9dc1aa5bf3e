"""Fills the employee directory of a new stage with the people of the sample."""

from __future__ import annotations

import csv
import json
import urllib.error
import urllib.request

from emulator.errors import StageError
from emulator.places import SAMPLE_DIRECTORY

IMPORT_SECONDS = 60.0
_CURE = f"Correct {SAMPLE_DIRECTORY}, or what the message names, then start again."
# What is on this machine is never reached through a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def sample_people() -> dict[str, str]:
    """Return the people of the sample: their names by mail address."""
    with SAMPLE_DIRECTORY.open(encoding="utf-8", newline="") as file:
        return {row["email"]: row["name"] for row in csv.DictReader(file)}


def import_sample(api_url: str, *, google_url: str, admin: str) -> None:
    """Import the sample as an administrator; raises StageError with what the stage says."""
    wish = json.dumps({"email": admin}).encode()
    token: str = json.loads(_send("POST", f"{google_url}/_fake/id_token", wish, {}))["id_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    query = "/employees?dryRun=false"
    _send("PUT", f"{api_url}{query}", SAMPLE_DIRECTORY.read_bytes(), headers)


def _send(method: str, url: str, body: bytes, headers: dict[str, str]) -> bytes:
    # Only http: every address comes from the stage itself.
    request = urllib.request.Request(  # noqa: S310
        url, data=body, headers={"Content-Type": "application/json", **headers}, method=method
    )
    problem = "The sample directory could not be imported"
    try:
        with _opener.open(request, timeout=IMPORT_SECONDS) as answer:
            content: bytes = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            said = error.read().decode(errors="replace")
        raise StageError(f"{problem} ({error.code}).", cure=_CURE, detail=said[-3000:]) from error
    except OSError as error:
        raise StageError(f"{problem}: {error}.", cure=_CURE) from error
    return content
