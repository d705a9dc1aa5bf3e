"""The browser of this system: where it is, how it is started, and how it would be installed."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_APPS = ("Google Chrome", "Chromium")
# The suggestions of the address bar are pages, whose start in each window takes longer than what a
# test does in it. The others are Playwright's, which the last `--disable-features` replaces.
_WITHOUT = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades"),
    *("LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints"),
    *("PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning"),
)
_FLAGS = (
    f"--disable-features={','.join(_WITHOUT)}",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_VERSION_SECONDS = 60.0


@cache
def executable() -> str | None:
    """Return the first Chromium or Chrome that runs; None when there is none.

    One that is there may not run: Ubuntu's package is a script that asks for a snap.
    """
    return next((path for path in _candidates() if _runs(path)), None)


def install_command() -> str:
    """Return what a person types to get one here."""
    if platform.system() == "Darwin":
        return "brew install --cask google-chrome"
    sudo = "" if os.geteuid() == 0 else "sudo "
    if _distribution() == "ubuntu":
        return f"{sudo}snap install chromium"
    if shutil.which("apt-get"):
        return f"{sudo}apt-get update && {sudo}apt-get install -y chromium fonts-liberation"
    if shutil.which("dnf"):
        return f"{sudo}dnf install -y chromium"
    return "install Chromium or Google Chrome by your system's packages"


@contextmanager
def browser() -> Generator[Browser]:
    """Start the browser without a window, and end it."""
    path = executable()
    assert path is not None, f"there is no Chromium; cure: {install_command()}"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield started
        started.close()


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for app in _MAC_APPS:
            path = folder / f"{app}.app" / "Contents" / "MacOS" / app
            if path.exists():
                yield str(path)


def _runs(path: str) -> bool:
    try:
        asked = subprocess.run(
            [path, "--version"], capture_output=True, check=False, timeout=_VERSION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("ID", "")
    except OSError:
        return ""
