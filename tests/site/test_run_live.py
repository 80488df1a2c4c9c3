"""The page of a run that has updated itself: each form of the new header works as if the page had been loaded again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site

RUNS = "/admin/reports/background-agents"

pytestmark = pytest.mark.browser


@pytest.fixture
def given(site: Site) -> dict[str, Any]:
    """Agents, people and runs of php/ui.php: new ones for each test."""
    return site.script("ui.php", "given")


@pytest.fixture(scope="module", params=["claro", "gin"])
def theme(site: Site, request: pytest.FixtureRequest) -> Iterator[str]:
    """The administration theme; Gin only where the site has it."""
    before = site.php("print \\Drupal::config('system.theme')->get('admin');").strip()
    found = site.php("print isset(\\Drupal::service('extension.list.theme')->getList()['gin']) ? 'yes' : 'no';").strip()
    if request.param == "gin" and found != "yes":
        pytest.skip("Gin is not on this site")
    site.drush("theme:install", request.param)
    site.drush("config:set", "system.theme", "admin", request.param, "-y")
    yield request.param
    site.drush("config:set", "system.theme", "admin", before, "-y")


@pytest.fixture(scope="module")
def page(site: Site, theme: str) -> Iterator[Page]:
    with chromium() as browser:
        admin = Visitor(site, browser, "admin")
        yield admin.page
        assert admin.alarms == []
        admin.close()


def commands(site: Site, run: int) -> list[tuple[str, str | None]]:
    rows = site.sql("SELECT command, data FROM background_agents_command WHERE run = %s ORDER BY id", run)
    return [(row["command"], row["data"]) for row in rows]


def update(site: Site, page: Page, run: int, what: str) -> None:
    """Something happens to the run; waits until the page has put its new header in place."""
    page.evaluate("document.querySelector('[data-ba-header]').dataset.old = '1'")
    site.script("ui.php", "events", str(run), what)
    expect(page.locator("[data-ba-header]:not([data-old])")).to_have_count(1)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def test_a_decision_is_made_in_a_live_header(site: Site, page: Page, given: dict[str, Any]) -> None:
    """The question comes while the page is open; what was typed survives the next update; the answer is stored."""
    run = given["runs"]["live"]
    page.goto(f"{RUNS}/{run}")
    update(site, page, run, "ask")
    page.check("[name=decision][value=approve]")
    page.fill("[name=note]", "I looked.")
    update(site, page, run, "change")
    assert page.input_value("[name=note]") == "I looked."
    assert "form_token_placeholder" not in page.content()
    press(page, "Decide")
    expect(page.locator(".messages--status")).to_contain_text("Your decision was handed on.")
    [(command, data)] = commands(site, run)
    assert command == "decide"
    assert '"id":"q2","decision":"approve"' in str(data)


def test_pause_and_going_on_in_a_live_header(site: Site, page: Page, given: dict[str, Any]) -> None:
    """Both buttons, after the page has updated itself."""
    run = given["runs"]["live"]
    page.goto(f"{RUNS}/{run}")
    update(site, page, run, "change")
    press(page, "Pause")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    update(site, page, run, "ask")
    press(page, "Go on")
    assert [command for command, _ in commands(site, run)] == ["pause", "resume"]
    expect(page.locator(".messages--error")).to_have_count(0)


def test_drafts_come_into_a_live_header(site: Site, page: Page, given: dict[str, Any]) -> None:
    """The first page had no draft; its links are all in sight on a telephone, without scrolling sideways."""
    run = given["runs"]["live"]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{RUNS}/{run}")
    expect(page.locator(".ba-changes")).to_have_count(0)
    update(site, page, run, "change")
    links = page.locator(".ba-changes__links a")
    expect(links.filter(has_text="Edit")).to_be_visible()
    for box in [link.bounding_box() for link in links.all()]:
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    # Of our own: the breadcrumb of Gin is wider than a telephone on any page.
    assert page.locator(".ba-header").evaluate("head => head.getBoundingClientRect().right") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_button_that_has_changed_meanwhile_does_nothing(site: Site, page: Page, given: dict[str, Any]) -> None:
    """Two people press "Pause": the second one does not let the run go on."""
    run = given["runs"]["live"]
    page.goto(f"{RUNS}/{run}")
    code = (
        "$run = \\Drupal\\background_agents\\Entity\\Run::load(%d);"
        "\\Drupal::service('Drupal\\background_agents\\Run\\RunCommands')->give($run, 'pause', 1);"
    )
    site.php(code % run)
    press(page, "Pause")
    expect(page.locator(".messages--error")).to_contain_text("The run has changed meanwhile")
    assert [command for command, _ in commands(site, run)] == ["pause"]


def test_a_decision_about_another_question_is_not_handed_on(site: Site, page: Page, given: dict[str, Any]) -> None:
    """The run asks something else when the answer comes, and then nothing any more."""
    run = given["runs"]["live"]
    site.script("ui.php", "events", str(run), "ask")
    for what, told in (("ask_more", "asks something else by now"), ("end", "does not wait for a decision any more")):
        page.goto(f"{RUNS}/{run}")
        page.check("[name=decision][value=approve]")
        page.route("**/live?*", lambda route: route.abort())
        site.script("ui.php", "events", str(run), what)
        press(page, "Decide")
        expect(page.locator(".messages--error")).to_contain_text(told)
        page.unroute("**/live?*")
    assert commands(site, run) == []
