"""A browser for the tests of the pages, logged in by one-time links."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from tests.site.drupal import Site


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium of the system, else Playwright's own."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Exception as error:  # Playwright has no error of its own for a browser that is not there.
            pytest.skip(f"Chromium cannot be started: {error}")
        yield browser
        browser.close()


class Visitor:
    """One person's browser. Remembers what must never happen: dialogs, errors of scripts, answers with 5xx."""

    def __init__(self, site: Site, browser: Browser, name: str | None, *, width: int = 1280) -> None:
        self.site, self.alarms = site, list[str]()
        self.context: BrowserContext = browser.new_context(base_url=site.url, viewport={"width": width, "height": 900})
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.page.on("dialog", self._dismiss)
        self.page.on("pageerror", lambda error: self.alarms.append(f"error: {error}"))
        self.page.on("response", lambda answer: self.alarms.append(answer.url) if answer.status >= 500 else None)
        if name is not None:
            self.page.goto(site.drush("user:login", f"--name={name}", "--no-browser").strip())

    def _dismiss(self, dialog: Dialog) -> None:
        self.alarms.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path: str) -> int:
        """The status of a page."""
        answer = self.page.goto(path)
        assert answer is not None
        return answer.status

    def text(self, selector: str = "main, .region-content, body") -> str:
        """What a person reads there."""
        return self.page.locator(selector).first.inner_text()

    def close(self) -> None:
        self.context.close()


@contextmanager
def visiting(site: Site, **accounts: str) -> Iterator[dict[str, Visitor]]:
    """Several people in one Chromium, by the names of the arguments."""
    with chromium() as browser:
        people = {name: Visitor(site, browser, account) for name, account in accounts.items()}
        yield people
        for person in people.values():
            person.close()
