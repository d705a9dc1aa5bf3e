"""What an artifact is built for."""

from __future__ import annotations

import platform
import sys

import pytest

from infrastructure.artifact.target import Target, host_target

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_bytecode_is_written_for_this_version_of_python_only() -> None:
    assert Target(python=HERE, platform="any").compiles_here
    assert not Target(python="3.10", platform="any").compiles_here


@pytest.mark.parametrize(
    ("system", "machine", "libc", "tag"),
    [
        ("linux", "x86_64", "glibc", "manylinux2014_x86_64"),
        ("linux", "aarch64", "glibc", "manylinux2014_aarch64"),
        ("linux", "x86_64", "", "musllinux_1_2_x86_64"),
        ("darwin", "arm64", "", "macosx_14_0_arm64"),
    ],
)
def test_a_machine_is_named_as_pip_names_it(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, libc: str, tag: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))
    monkeypatch.setattr(platform, "mac_ver", lambda: ("14.5", ("", "", ""), ""))
    assert host_target() == Target(python=HERE, platform=tag)
