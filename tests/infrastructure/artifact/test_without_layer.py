"""What touches nothing runs on the shipped code and Python alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from infrastructure.artifact import build_artifacts, host_target
from tests.infrastructure.stack_file import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

CALL = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
answer = importlib.import_module(sys.argv[2]).handler({}, None)
outside = [name for name in sys.modules if "site-packages" in str(
    getattr(sys.modules[name], "__file__", ""))]
print(json.dumps([answer, outside]))
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deployed code, unpacked as Lambda does."""
    artifacts = build_artifacts(PROJECT, host_target(), tell=lambda _text: None)
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(artifacts.code) as archive:
        archive.extractall(folder)
    return folder


def call(code: Path, function: str) -> dict[str, Any]:
    """What the handler answers in a Python that sees nothing else."""
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", CALL, code, function],
        env={**os.environ, "LEAVE_VERSION": "1.2.3"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    answer, outside = json.loads(result.stdout)
    assert outside == []
    return answer


def test_health_is_reported(code: Path) -> None:
    assert call(code, "leave.functions.report_health")["statusCode"] == 200
