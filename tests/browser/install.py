"""
Install what the tests in this folder need: Chromium, and a font that has Korean.

By apt where it is there and may be used, else by Playwright. `python -m tests.browser.install` is
what `make browser` runs; its exit status is 1, and it says why, where neither way is open.
"""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SYSTEM = ("chromium", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")
# A mirror that doesn't answer must not hold up a machine that works without.
PATIENCE = ("-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1")
SECONDS = 600  # for each command


def find_chromium() -> str | None:
    """Return the path of a Chromium: Playwright's own, or else the system's."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    paths = [own if Path(own).exists() else None, *map(shutil.which, SYSTEM)]
    return next(filter(None, paths), None)


def has_korean_font() -> bool:
    """Say whether some font has Korean, as far as can be told; other systems come with one."""
    if sys.platform != "linux":
        return True
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=ko"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def install() -> None:
    """Try one way after the other until nothing is missing."""
    for commands in (_by_apt(), _by_playwright()):
        for command in commands:
            if find_chromium() and has_korean_font():
                return
            logging.info("+ %s", " ".join(command))
            try:
                subprocess.run(command, check=True, timeout=SECONDS)
            except (OSError, subprocess.SubprocessError) as error:
                logging.info("%s", error)
                break


def _by_apt() -> list[list[str]]:
    """Return the commands that install packages of Debian or Ubuntu, none where they may not."""
    root = _as_root()
    if root is None or not shutil.which("apt-get"):
        return []
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *PATIENCE, "--yes"]
    return [[*apt, "update"], [*apt, "install", "--no-install-recommends", *PACKAGES]]


def _by_playwright() -> list[list[str]]:
    """Return the command that fetches Playwright's Chromium, with its libraries where it may."""
    may = sys.platform == "linux" and _as_root() is not None
    command = [sys.executable, "-m", "playwright", "install"]
    return [[*command, *(["--with-deps"] if may else []), "chromium"]]


def _as_root() -> list[str] | None:
    """Return what goes before a command to run it as root without a question; None if nothing."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "--non-interactive"]
    asked = shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True).returncode
    return sudo if asked == 0 else None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    install()
    missing = [
        what
        for what, there in (("Chromium", find_chromium()), ("a Korean font", has_korean_font()))
        if not there
    ]
    if missing:
        sys.exit(f"could not install {' and '.join(missing)}; tests that need them are skipped")
    logging.info("Chromium is %s", find_chromium())
