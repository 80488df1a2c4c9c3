"""The demo as a person sees it: `python -m demo` as a process, its page in a browser."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WAIT_MS
from tests.support.contrast import too_low

pytestmark = pytest.mark.browser

STATES = """
() => {
  const states = ['queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'expired'];
  const all = states.map((state) => `<span class="state ${state}">${state}</span>`).join('');
  for (const state of [...document.querySelectorAll('.state')]) state.parentElement.insertAdjacentHTML('beforeend', all);
}
"""
START_SECONDS = 180.0


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The address of a demo that plays once for all tests of this file; it must end well on Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "demo", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "/demo" in line:
                found.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert found.wait(START_SECONDS), "".join(said)
        match = re.search(r"(http://127\.0\.0\.1:\d+)/demo", "".join(said))
        assert match is not None, "".join(said)
        yield match[1]
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
        reader.join(60)
        assert process.stdout is not None
        process.stdout.close()
    assert status == 0, "".join(said)


def test_three_jobs_leave_their_drafts(demo: str, page: Page) -> None:
    """The page follows the runs by itself, and shows before and after of each draft."""
    page.goto(f"{demo}/demo")
    expect(page.locator(".story")).to_have_count(3)
    expect(page.locator(".story .state.completed")).to_have_count(3)
    expect(page.locator(".draft")).to_have_count(3)
    proofread = page.locator(".story", has_text="Proofreader")
    expect(proofread.locator("del", has_text="seperate")).to_be_visible()
    expect(proofread.locator("ins", has_text="separate")).to_be_visible()
    product = page.locator(".story", has_text="Product editor")
    expect(product.locator("li ins", has_text="Navigation")).to_be_visible()
    expect(product.locator("li ins", has_text="Shop")).to_be_visible()
    # The style sheets of the module are there.
    assert (
        proofread.locator("del").first.evaluate("mark => getComputedStyle(mark).textDecorationLine") == "line-through"
    )
    assert proofread.locator("del > .ba-diff__said").first.evaluate("word => word.offsetWidth") == 1
    expect(page.locator(".chip.pending")).to_have_count(3)


def test_timeline_of_a_run(demo: str, page: Page) -> None:
    """From a story to its run: the refusal, what the model did about it, the draft."""
    page.goto(f"{demo}/demo")
    page.locator(".story", has_text="Proofreader").get_by_role("link", name="Timeline").click()
    timeline = page.locator("#timeline")
    expect(timeline.locator("li[data-type=run_finished]")).to_be_visible()
    expect(timeline.locator("li.warn", has_text="refused")).to_have_count(1)
    expect(timeline.locator("li.change")).to_have_count(1)
    expect(page.locator(".drafts .draft")).to_have_count(1)


def test_link_into_drupal(demo: str, page: Page) -> None:
    """A draft's link leads to its newest revision; visitors do not see it."""
    page.goto(f"{demo}/demo")
    expect(page.locator(".story .state.completed")).to_have_count(3)
    href = (
        page.locator(".story", has_text="Proofreader").get_by_role("link", name="Open in Drupal").get_attribute("href")
    )
    assert href is not None
    for path, title in (
        (href, "New exhibition: ships in bottles"),
        (href.removesuffix("/latest"), "New exibition: ships in botles"),
    ):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_a_phone(demo: str, browser: Browser, scheme: str) -> None:
    """Nothing is wider than the screen, in both colour schemes."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    for path in ("/demo", "/runs"):
        page.goto(demo + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_no_inline_scripts(demo: str, page: Page) -> None:
    """The content security policy forbids scripts and styles in the page, and there are none."""
    answer = page.goto(f"{demo}/demo")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.locator("script:not([src]), [style], style").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_badges_and_small_words_can_be_read(demo: str, browser: Browser, scheme: Literal["light", "dark"]) -> None:
    """At least 4.5:1, whatever state a run is in, on the list and on its page, in light and in dark."""
    context = browser.new_context(color_scheme=scheme)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(f"{demo}/demo")
    expect(page.locator(".story .state.completed")).to_have_count(3)
    runs = page.locator('a[href*="/runs/"]').evaluate_all("links => links.map(link => link.href)")
    for address in (f"{demo}/demo", f"{demo}/runs", runs[0]):
        page.goto(address)
        expect(page.locator(".state").first).to_be_visible()
        page.evaluate(STATES)
        words = ".state, .muted, .reason, .facts dt, .connection, .timeline time, .timeline summary, .notice, th, .step"
        assert too_low(page, words) == {}, address
    context.close()
