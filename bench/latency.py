"""How long people wait: from POST to the lead's mail, and from click to the employee's mail.

Beside it, in turn and on the same stage, the smallest functions that make the same calls.
"""

from __future__ import annotations

import argparse
import re
import secrets
import statistics
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bench.figures import Figure, table
from bench.floor import FloorBuilder
from bench.local_stage import local_stage
from emulator.aws import EmulatedAws
from emulator.demo import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from emulator.ready import StageFacts

AIM_SECONDS, AIM_RATIO = 2.0, 1.5
_WARM_UP = 3
_POLL_SECONDS, _MAIL_SECONDS = 0.01, 60.0


class Waits(NamedTuple):
    """Seconds from POST to the lead's mail, and from click to the employee's."""

    lead: float
    employee: float


class Visitor:
    """Asks and decides on a stage, and waits for mails."""

    def __init__(self, facts: StageFacts) -> None:
        self._facts = facts
        today = datetime.now(UTC).date()
        self._monday = today + timedelta(days=14 - today.weekday())
        self._weeks = 0

    def real(self) -> Waits:
        """Let Jim ask, and John approve."""
        token = self._token()
        started = time.time()
        asked = web.post_json(
            f"{self._facts.api_url}/request_leave", {"date": str(self._day())}, token=token
        )
        if asked.status != 202:  # noqa: PLR2004
            raise SystemExit(f"Asking failed: {asked.body}")
        request_id = asked.fields()["requestId"]
        text, lead_at = self._mail("john@foo.com", f"/{request_id}.")
        (url,) = set(re.findall(r"http\S+/approved/\S+", text))
        clicked = time.time()
        web.post_form(url, {})
        _, employee_at = self._mail("jim@foo.com", request_id)
        return Waits(lead_at - started, employee_at - clicked)

    def floor(self, ask_url: str, decide_url: str) -> Waits:
        """Do the same by the smallest functions."""
        token, mark = self._token(), f"floor-{secrets.token_hex(8)}"
        started = time.time()
        web.post_json(ask_url, {"mark": mark}, token=token)
        _, lead_at = self._mail("floor@foo.com", f"ask {mark}")
        clicked = time.time()
        web.post_form(decide_url.format(mark=mark), {})
        _, employee_at = self._mail("floor@foo.com", f"tell {mark}")
        return Waits(lead_at - started, employee_at - clicked)

    def _day(self) -> date:
        # A week has five days to ask for, and the horizon is far.
        self._weeks += 1
        return self._monday + timedelta(weeks=self._weeks // 5, days=self._weeks % 5)

    def _token(self) -> str:
        url = f"{self._facts.google_url}/_fake/id_token"
        return web.post_json(url, {"email": "jim@foo.com"}).fields()["id_token"]

    def _mail(self, address: str, about: str) -> tuple[str, float]:
        """Return the text of a mail that mentions something, and when Google took it."""
        deadline = time.monotonic() + _MAIL_SECONDS
        while time.monotonic() < deadline:
            found = web.get(f"{self._facts.google_url}/_fake/messages?to={address}").items() or []
            for mail in found:
                if about in mail["text"] or about in mail["subject"]:
                    sent = datetime.fromisoformat(mail["sent_at"]).timestamp()
                    self._forget()
                    return mail["text"], sent
            time.sleep(_POLL_SECONDS)
        raise SystemExit(f"No mail to {address} about {about} in {_MAIL_SECONDS:.0f} s.")

    def _forget(self) -> None:
        """Keep the inbox small, so that looking into it costs the same each time."""
        url = f"{self._facts.google_url}/_fake/messages"
        request = urllib.request.Request(url, method="DELETE")  # noqa: S310 - our own stage
        with urllib.request.urlopen(request, timeout=_MAIL_SECONDS):  # noqa: S310
            pass


def waits(rounds: int) -> tuple[list[Waits], list[Waits]]:
    """Return the waits of the real functions and of the floor, in turn, once all are warm."""
    with local_stage("--set", "undo-seconds=0") as facts:
        aws = EmulatedAws(endpoint_url=facts.aws_endpoint_url, region=facts.region)
        floor = FloorBuilder(facts=facts, aws=aws).build()
        visitor = Visitor(facts)
        calls: tuple[Callable[[], Waits], ...] = (
            visitor.real,
            lambda: visitor.floor(floor.ask_url, floor.decide_url),
        )
        results: tuple[list[Waits], list[Waits]] = ([], [])
        for _ in range(_WARM_UP + rounds):
            for call, result in zip(calls, results, strict=True):
                result.append(call())
        real, least = results
        return real[_WARM_UP:], least[_WARM_UP:]


def measure(rounds: int = 25) -> Iterable[Figure]:
    """Yield how long people wait, and how much of that is not the calls themselves."""
    real, floor = waits(rounds)
    yield from _compared("POST to the lead's mail", [w.lead for w in real], [w.lead for w in floor])
    yield from _compared(
        "click to the employee's mail", [w.employee for w in real], [w.employee for w in floor]
    )


def _compared(wait: str, real: Sequence[float], floor: Sequence[float]) -> Iterable[Figure]:
    seconds, least = statistics.median(real), statistics.median(floor)
    note = f"median of {len(real)}, floor {least:.3f} s"
    yield Figure(wait, round(seconds, 3), "s", aim=AIM_SECONDS, kind="timing", note=note)
    ratio = round(seconds / least, 2)
    yield Figure(f"{wait}, to floor", ratio, "x", aim=AIM_RATIO, kind="timing")


def main() -> None:
    """Measure and print; exit 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    figures = list(measure(parser.parse_args().rounds))
    print(table(figures))
    raise SystemExit(1 if any(figure.met is False for figure in figures) else 0)


if __name__ == "__main__":
    main()
