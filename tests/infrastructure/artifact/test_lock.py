"""Which packages of the lock are installed."""

from __future__ import annotations

from pathlib import Path

from infrastructure.artifact.lock import LOCK, UNUSED_PACKAGES, needed_requirements

PROJECT = Path(__file__).parents[3]
LOCK_TEXT = (PROJECT / LOCK).read_text("utf-8")

SAMPLE = """\
# This file was made by a machine.
--index-url https://example.com/simple
boto3==1.2.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r lambda.in
Proto_Plus==1.0 \\
    --hash=sha256:cc
cffi==2.1 ; platform_python_implementation != 'PyPy' \\
    --hash=sha256:dd
"""


def names(requirements: str) -> set[str]:
    lines = requirements.splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line and not line.startswith(" ")}


def test_a_needed_requirement_keeps_its_marker_and_all_its_hashes() -> None:
    needed = needed_requirements(SAMPLE)
    assert "boto3==1.2.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n" in needed
    assert "cffi==2.1 ; platform_python_implementation != 'PyPy' \\\n    --hash" in needed


def test_an_unused_package_goes_however_its_name_is_written() -> None:
    needed = needed_requirements(SAMPLE)
    assert "Proto_Plus" not in needed
    assert "cc" not in needed


def test_an_option_of_pip_stays() -> None:
    assert "--index-url https://example.com/simple\n" in needed_requirements(SAMPLE)


def test_what_is_left_out_is_in_the_lock() -> None:
    """A name that has left the lock, or was never right, should leave this list as well."""
    assert names(LOCK_TEXT) >= UNUSED_PACKAGES


def test_the_lock_less_the_unused_packages_is_what_is_installed() -> None:
    assert names(needed_requirements(LOCK_TEXT)) == names(LOCK_TEXT) - UNUSED_PACKAGES
