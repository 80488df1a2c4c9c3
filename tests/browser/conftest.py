"""A Chromium for the browser tests: the one of the machine, or the one that playwright brought."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
WAIT_MS = 60_000
"""How long a page may take on a busy machine: not what is measured."""


# Not longer than a module: while it is open, playwright's event loop runs in this thread, and asynchronous tests cannot.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Skipped with a reason where there is none; in continuous integration that is a failure."""
    path = next((found for name in CANDIDATES if (found := shutil.which(name))), None)
    # Without its own user namespaces (as root, in a container) Chromium cannot make its sandbox; it opens only our own pages.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=path, args=arguments)
        except Error as error:
            reason = f"Chromium is missing: apt-get install chromium ({str(error).splitlines()[0]})"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        expect.set_options(timeout=WAIT_MS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 x 900 that fails the test on any error of scripts, styles or the content security policy."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []
