"""Two builds of the same sources are the same bytes, whoever builds them where and when."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infrastructure.artifact.target import host_target
from tests.proof.conftest import Size
from tests.proof.reporting import Recorder

PROJECT = Path(__file__).parents[2]
PROMISE = "Two builds are the same bytes"
CALENDARS = ["DE-BE", "GB-ENG", "US-CA"]
BUILD = """
import json, os, sys
from pathlib import Path
from infrastructure.artifact import Target, build, build_artifacts
order = json.load(sys.stdin)
os.umask(int(order["umask"]))
if not order["layer"]:
    build._build_layer = lambda project, *_: project / "pyproject.toml"
made = build_artifacts(
    Path.cwd(), Target(**order["target"]), calendars=order["calendars"], tell=lambda _: None
)
print(json.dumps([str(made.code), str(made.layer)]))
"""
HERE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "umask": "18"}
THERE = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "umask": "0"}


def copied(folder: Path, *, parts: list[str], age: int) -> Path:
    """The sources in a folder, made in that order, so many seconds old."""
    for part in parts:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            PROJECT / part, folder / part, ignore=ignored, copy_function=shutil.copyfile
        )
    shutil.copyfile(PROJECT / "pyproject.toml", folder / "pyproject.toml")
    for file in folder.rglob("*"):
        os.utime(file, (age, age))
    return folder


def built(folder: Path, *, layer: bool, environment: dict[str, str]) -> dict[str, tuple[str, int]]:
    """Name, digest and size of what a process of its own builds there."""
    target = host_target()
    order = {
        "calendars": CALENDARS if environment is HERE else CALENDARS[::-1],
        "layer": layer,
        "target": {"python": target.python, "platform": target.platform},
        "umask": environment["umask"],
    }
    result = subprocess.run(
        [sys.executable, "-P", "-c", BUILD],
        input=json.dumps(order),
        env={**os.environ, **environment, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert result.returncode == 0, result.stderr
    paths = [Path(path) for path in json.loads(result.stdout)]
    return {
        kind: (f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}", path.stat().st_size)
        for kind, path in zip(("code", "layer"), paths, strict=True)
    }


def test_two_builds_are_the_same_bytes(tmp_path: Path, size: Size, report: Recorder) -> None:
    """The layer only in full size, as it takes half a minute and an index of packages."""
    layer = bool(size(small=0, full=1))
    parts = ["infrastructure", "leave", "requirements"]
    here = copied(tmp_path / "here", parts=parts, age=1_000_000_000)
    there = copied(tmp_path / "a longer way" / "there", parts=parts[::-1], age=1_700_000_000)
    first = built(here, layer=layer, environment=HERE)
    second = built(there, layer=layer, environment=THERE)
    compared = sum(bytes_ for kind, (_, bytes_) in first.items() if layer or kind == "code")
    report(PROMISE, "bytes compared", compared)
    assert first == second
