"""What one leave request uses of each service that is paid for: here, and in two other designs.

All three are worked out by the same assumptions, so that they differ by their calls only.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bench.calls import JOURNEY, TOLD, kept, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MEMORY_GB: Final = 0.5
CPU_SECONDS: Final = 0.040
"""Of an invocation without its calls, on the 0.29 of a CPU that 512 MB have; measured, rounded up:
see the figures `handler time`."""
COLD_SECONDS: Final = 1.5
COLD_SHARE: Final = 0.2
"""Of all invocations: a small company's functions are mostly cold. The start is billed as well:
https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/"""
LATENCY: Final[Mapping[str, float]] = {
    **dict.fromkeys(("GetItem", "BatchGetItem", "Query", "PutItem"), 0.008),
    "TransactWriteItems": 0.025,
    **dict.fromkeys(("StartExecution", "SendTaskSuccess"), 0.040),
    "GetSecretValue": 0.040,
    "Google token": 0.200,
    "Gmail send": 0.500,
    "SNS publish": 0.040,
}
"""Seconds that a call is waited for, which is billed as well."""
INDEX_WRITES: Final = 3
"""Into the index of open requests, to its approver, and out of it; see `bench.partitions`."""
ENTERED: Final = {"here": 4, "seed": 2, "human-in-the-loop": 3}
"""States an approved request passes through; the start is one transition more. Here with undoing:
`Begin`, `AskLead`, `WaitForUndo`, `TellEmployee`, as `bench.transitions` counts on the stage."""
_PLATFORM_LOG: Final = 1_200
"""Bytes that an invocation logs besides metrics: one line of its own, and Lambda's report."""
_ACCESS_LOG: Final = 450
_EVENT_BYTES: Final = 26
"""CloudWatch counts so many for each line besides its text."""
_ITEM_OVERHEAD: Final = 100
"""DynamoDB counts so many bytes for each item it keeps, besides its content."""
_SENT: Final = 12_000
"""Bytes of pages and mails that leave AWS for each step that has one."""


def here() -> dict[str, float]:
    """Return what a request uses that is asked for, opened, approved and told."""
    played = steps()
    units: defaultdict[str, float] = defaultdict(float)
    for name in JOURNEY:
        warm = played[name]
        cold = played.get(f"{name}, cold", warm)
        fetched = sum(call == "GetSecretValue" for call in cold.calls)
        seconds = _seconds(warm.calls) * (1 - COLD_SHARE)
        seconds += (_seconds(cold.calls) + COLD_SECONDS) * COLD_SHARE
        units["Lambda request"] += 1
        units["Lambda GB-second, arm64"] += seconds * MEMORY_GB
        units["read unit"] += warm.reads
        units["write unit"] += warm.writes
        units["call of Secrets Manager"] += fetched * COLD_SHARE
        units["byte of logs"] += warm.printed + _PLATFORM_LOG + 4 * _EVENT_BYTES
        if name in TOLD:
            units["byte sent"] += _SENT
        else:
            units["HTTP API call"] += 1
            units["byte of logs"] += _ACCESS_LOG
            units["byte sent"] += _SENT if name == "open the link" else 1_000
    units["write unit"] += INDEX_WRITES
    units["state transition"] += ENTERED["here"] + 1
    units["trace"] += units["HTTP API call"] + 1
    units["byte-year in DynamoDB"] += kept() + 2 * _ITEM_OVERHEAD
    return dict(units)


def seed() -> dict[str, float]:
    """Return what the design uses that this one began as: four functions, and nothing kept.

    A REST API starts the execution and takes the answer, by one GET; two mails are sent with
    credentials from the environment.
    """
    return _other(
        entered=ENTERED["seed"],
        functions=(
            ("StartExecution",),
            ("Google token", "Gmail send"),
            ("SendTaskSuccess",),
            ("Google token", "Gmail send"),
        ),
        rest_calls=2,
    )


def human_in_the_loop() -> dict[str, float]:
    """Return what AWS's sample uses: one mail to the approver by SNS, one GET that answers.

    https://github.com/aws-samples/step-functions-workflows-collection/tree/main/human-in-the-loop
    Nobody is told of the answer, nothing is kept, and who starts the execution is left open.
    """
    units = _other(
        entered=ENTERED["human-in-the-loop"],
        functions=(("SNS publish",), ("SendTaskSuccess",), ()),
        rest_calls=1,
    )
    return units | {"SNS publish": 1, "SNS mail": 1}


def _other(
    *, entered: int, functions: Iterable[tuple[str, ...]], rest_calls: int
) -> dict[str, float]:
    units: defaultdict[str, float] = defaultdict(float)
    for calls in functions:
        units["Lambda request"] += 1
        units["Lambda GB-second, x86_64"] += (
            _seconds(calls) + COLD_SECONDS * COLD_SHARE
        ) * MEMORY_GB
        units["byte of logs"] += _PLATFORM_LOG + 4 * _EVENT_BYTES
    units["REST API call"] += rest_calls
    units["state transition"] += entered + 1
    return dict(units)


def _seconds(calls: Iterable[str]) -> float:
    return CPU_SECONDS + sum(LATENCY[call] for call in calls)
