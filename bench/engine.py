"""How long a preview takes under Pulumi's real engine, as a multiple of that of a small program.

It needs `pulumi` on the PATH; the AWS provider is that of tests/engine.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.figures import Figure, table
from tests.engine.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.engine.workshop import Clone

AIM: Final = 2.8
ROUNDS: Final = 5
_ONE_QUEUE: Final = 'import pulumi_aws as aws\n\naws.sqs.Queue("queue", name="queue")\n'


def measure(rounds: int = ROUNDS) -> Iterable[Figure]:
    """Yield the ratio, from previews of dev that take turns with those of one queue."""
    if shutil.which("pulumi") is None:
        print("there is no `pulumi` on the PATH, and no figure of its engine", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        dev, queue = workshop.clone("dev"), workshop.clone("queue")
        (queue.folder / "__main__.py").write_text(_ONE_QUEUE, "utf-8")
        for clone, stack in ((dev, "dev"), (queue, "prod")):
            clone.shell(f"pulumi stack init {stack}")
        # The first of each fills caches.
        pairs = [(_preview(dev, "dev"), _preview(queue, "prod")) for _ in range(rounds + 1)][1:]
    ours, floor = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    yield Figure(
        "preview of dev, to that of one queue",
        round(statistics.median(one / other for one, other in pairs), 2),
        "x",
        aim=AIM,
        kind="timing",
        note=f"{ours:.1f} s, floor {floor:.1f} s, medians of {rounds}",
    )


def _preview(clone: Clone, stack: str) -> float:
    began = time.perf_counter()
    clone.shell(f"pulumi preview -s {stack}")
    return time.perf_counter() - began


if __name__ == "__main__":
    print(table(measure()))
