"""The reports of agents, in a browser: the list of runs, and what is done with several of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Site

pytestmark = pytest.mark.browser

RUNS = "/admin/reports/background-agents"
COPY = (
    "$run = \\Drupal\\background_agents\\Entity\\Run::load({like})->createDuplicate(); $run->set('state', 'running')->set('uid', {uid})"
    "->set('finished', NULL)->set('target_label', '{label}')->set('target_uuid', \\Drupal::service('uuid')->generate())->save(); "
    "print $run->id();"
)

RIGHT = "boxes => boxes.map(box => box.getBoundingClientRect().right)"


@pytest.fixture(scope="module")
def people(site: Site, given: dict[str, Any]) -> Iterator[dict[str, Visitor]]:
    """An administrator, and somebody who may see and manage their own runs."""
    assert given
    with visiting(site, admin="admin", runner="ui_runner") as visitors:
        yield visitors


def run_of(site: Site, given: dict[str, Any], name: str, label: str) -> str:
    """A run at work that an account asked for."""
    uid = site.php(f"print user_load_by_name('{name}')->id();").strip()
    return site.php(COPY.format(like=given["runs"]["failed"], uid=uid, label=label)).strip()


def test_several_runs_are_cancelled_together(site: Site, given: dict[str, Any], people: dict[str, Visitor]) -> None:
    """The next page lists them; what ended meanwhile is told, and each command is kept with who gave it."""
    runs = [run_of(site, given, "ui_runner", f"Together {name}") for name in "abc"]
    runner = people["runner"]
    runner.alarms.clear()
    assert runner.open(f"{RUNS}?search=Together&state=open") == 200
    for run in runs:
        runner.page.get_by_role("checkbox", name=f"Select run {run} of").check()
    runner.page.get_by_role("button", name="Apply to selected items").first.click()
    expect(runner.page.locator(".messages--error")).to_contain_text("No")
    for run in runs:
        runner.page.get_by_role("checkbox", name=f"Select run {run} of").check()
    runner.page.get_by_label("Action", exact=True).select_option(label="Cancel the runs")
    runner.page.get_by_role("button", name="Apply to selected items").first.click()
    expect(runner.page.get_by_role("heading", level=1)).to_contain_text("Cancel 3 runs?")
    assert violations(runner.page, "form.confirmation") == []
    site.sql("UPDATE background_agents_run SET state = 'completed' WHERE id = %s", runs[2])
    runner.page.get_by_label("Note, for all of them").fill("Too <b>many</b>.")
    runner.page.get_by_role("button", name="Cancel the runs", exact=True).click()
    runner.page.wait_for_url(lambda url: url.split("?")[0].endswith(RUNS))
    expect(runner.page.locator(".messages--status")).to_contain_text("2 runs were told to stop.")
    expect(runner.page.locator(".messages--warning").first).to_contain_text("1 run had ended meanwhile.")
    commands = site.sql(f"SELECT run, command, data FROM background_agents_command WHERE run IN ({', '.join(runs)})")
    assert sorted(str(row["run"]) for row in commands) == sorted(runs[:2])
    assert all(row["command"] == "cancel" and "Too <b>many" in row["data"] for row in commands)
    assert runner.alarms == []


def test_nobody_cancels_what_is_not_theirs(site: Site, given: dict[str, Any], people: dict[str, Visitor]) -> None:
    """Addresses made up by hand show and do nothing of other people's runs."""
    run = run_of(site, given, "admin", "Hidden from others")
    runner = people["runner"]
    assert runner.open(f"{RUNS}?search=Hidden") == 200
    expect(runner.page.locator("main")).to_contain_text("No run fits these filters")
    for chosen in (run, "0", "999999999", "1;2", "-1", "%27", "1" * 400, "1&runs[]=2"):
        assert runner.open(f"{RUNS}/cancel?runs={chosen}") == 200, chosen
        expect(runner.page.locator("main")).not_to_contain_text("Hidden from others")
    for query in ("state[]=x", "agent[x][y]=z", "order=uid&sort=asc", "page=-1", "page=x", "from=2026-99-99"):
        assert runner.open(f"{RUNS}?{query}") == 200, query


def test_the_list_is_a_file_too(site: Site, given: dict[str, Any], people: dict[str, Visitor]) -> None:
    """With the filters that are set; a label that is a formula is text."""
    run_of(site, given, "ui_runner", "=1+1 for the file")
    runner = people["runner"]
    runner.open(f"{RUNS}?search=for+the+file&state=open")
    with runner.page.expect_download() as download:
        runner.page.get_by_role("link", name="Download as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert download.value.suggested_filename == "runs.csv"
    assert all("'=1+1 for the file" in line for line in lines[1:])
    assert len(lines) > 1


@pytest.mark.parametrize("theme", ["claro", "gin"])
def test_the_list_at_each_width(site: Site, people: dict[str, Visitor], theme: str) -> None:
    """Nothing for axe to say, and the page is not moved sideways."""
    before = site.php("print \\Drupal::config('system.theme')->get('admin');").strip()
    site.drush("theme:install", theme)
    site.php(f"\\Drupal::configFactory()->getEditable('system.theme')->set('admin', '{theme}')->save();")
    try:
        for width in (1280, 390):
            people["admin"].page.set_viewport_size({"width": width, "height": 900})
            assert people["admin"].open(RUNS) == 200
            # Gin's own hidden label of the shortcut is wider than the page.
            boxes = people["admin"].page.locator(".ba-run-list, .ba-filters").evaluate_all(RIGHT)
            assert max(boxes) <= width
            assert violations(people["admin"].page, ".ba-run-list .views-table tbody, .ba-filters") == []
    finally:
        people["admin"].page.set_viewport_size({"width": 1280, "height": 900})
        site.php(f"\\Drupal::configFactory()->getEditable('system.theme')->set('admin', '{before}')->save();")


def test_what_an_agent_does_and_costs(site: Site, people: dict[str, Visitor]) -> None:
    """From the cost of all agents to the report of one, as pictures that axe finds nothing in; not for those who see their own runs."""
    site.sql(
        "REPLACE INTO background_agents_spent (day, agent, cost_micros, tokens) VALUES (UTC_DATE(), 'ui_agent', 1250000, 900)"
    )
    admin = people["admin"]
    admin.alarms.clear()
    for width in (1280, 390):
        admin.page.set_viewport_size({"width": width, "height": 900})
        assert admin.open(f"{RUNS}/cost?by=week") == 200
        expect(admin.page.get_by_role("img", name="Cost in US dollars of all agents.")).to_be_visible()
        assert violations(admin.page, "main, .region-content") == []
        assert admin.page.evaluate("document.documentElement.scrollWidth") <= width
        # Not by a click: on a telephone core's toolbar lies over the page.
        link = admin.page.get_by_role("region", name="Cost in US dollars").get_by_role("link").first
        assert admin.open(str(link.get_attribute("href"))) == 200
        expect(admin.page.get_by_role("heading", level=1)).to_contain_text("Report of")
        expect(admin.page.get_by_role("img", name="Runs by week and how they ended.")).to_be_visible()
        assert violations(admin.page, ".region-content") == []
        assert admin.page.evaluate("document.documentElement.scrollWidth") <= width
    admin.page.set_viewport_size({"width": 1280, "height": 900})
    admin.open(f"{RUNS}/cost?by[]=x")
    with admin.page.expect_download() as download:
        admin.page.get_by_role("link", name="Download as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "day,agent,agent_label,cost_usd,tokens"
    assert any(",ui_agent," in line and ",1.25,900" in line for line in lines)
    assert admin.alarms == []
    agent = "/admin/config/services/background-agents/manage/ui_agent/report"
    for path in (f"{RUNS}/cost", f"{RUNS}/cost.csv", agent):
        assert people["runner"].open(path) == 403
