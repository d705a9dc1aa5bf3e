from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from emulator.logs import KEPT_SECONDS, Logs

if TYPE_CHECKING:
    from pathlib import Path


def test_stages_do_not_share_their_logs(tmp_path: Path) -> None:
    one, two = Logs(folder=tmp_path, port=1), Logs(folder=tmp_path, port=2)
    assert len({one.aws, one.deployment, two.aws, two.deployment}) == 4


def test_only_old_logs_are_removed(tmp_path: Path) -> None:
    logs = Logs(folder=tmp_path, port=1)
    logs.aws.write_text("new")
    old = Logs(folder=tmp_path, port=2).aws
    old.write_text("old")
    long_ago = time.time() - KEPT_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    logs.remove_old_ones()
    assert logs.aws.exists()
    assert not old.exists()


def test_there_need_not_be_any_logs(tmp_path: Path) -> None:
    Logs(folder=tmp_path / "missing", port=1).remove_old_ones()
