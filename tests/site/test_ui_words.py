"""What pages say: that agents are stopped, what things cost, where one may look, in colours that can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Site
from tests.support.contrast import too_low

AGENTS = "/admin/config/services/background-agents"
RUNS = "/admin/reports/background-agents"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def visitors(site: Site, given: dict[str, Any]) -> Iterator[dict[str, Visitor]]:
    """An administrator, and somebody who may see only own runs."""
    with visiting(site, admin="admin", runner="ui_runner") as people:
        yield people
        assert [person.alarms for person in people.values()] == [[], []]


@pytest.fixture
def page(visitors: dict[str, Visitor]) -> Page:
    return visitors["admin"].page


def test_each_page_where_one_asks_says_that_agents_are_stopped(
    visitors: dict[str, Visitor], given: dict[str, Any], stopped: None
) -> None:
    """With the way out for who may; and what one may do without it for the others."""
    run = given["runs"]["live"]
    admin, runner = visitors["admin"], visitors["runner"]
    for path in (RUNS, f"{RUNS}/{run}", f"{RUNS}/start", AGENTS, f"{AGENTS}/triggers", f"{AGENTS}/settings"):
        admin.open(path)
        assert "All agents were stopped by" in admin.text(), path
        expect(admin.page.get_by_role("link", name="Let agents run again").first).to_be_visible()
    for path in (RUNS, f"{RUNS}/{run}", f"{RUNS}/start", f"{AGENTS}/manage/ui_agent/run"):
        runner.open(path)
        assert "All agents were stopped by" in runner.text(), path
        expect(runner.page.get_by_role("link", name="Let agents run again")).to_have_count(0)


def test_an_open_page_hears_of_the_stop(site: Site, page: Page, given: dict[str, Any]) -> None:
    """Thrown and taken back while somebody watches a run; a run that has ended says nothing of it."""
    switch = "\\Drupal::service('Drupal\\background_agents\\StopSwitch')->"
    page.goto(f"{RUNS}/{given['runs']['live']}")
    warning = page.locator("[data-ba-header] .messages--warning")
    expect(warning).to_have_count(0)
    site.php(f"{switch}stop(1, time());")
    try:
        expect(warning).to_contain_text("All agents were stopped by", timeout=15_000)
        page.goto(f"{RUNS}/{given['runs']['failed']}")
        expect(warning).to_have_count(0)
        page.goto(f"{RUNS}/{given['runs']['live']}")
    finally:
        site.php(f"{switch}start();")
    expect(warning).to_have_count(0, timeout=15_000)


def test_costs_have_a_currency(site: Site, page: Page, given: dict[str, Any]) -> None:
    """On the page of a run, and where limits are set."""
    site.sql("UPDATE background_agents_run SET cost_micros = 12345 WHERE id = %s", given["runs"]["failed"])
    page.goto(f"{RUNS}/{given['runs']['failed']}")
    expect(page.locator(".ba-facts")).to_contain_text("0.0123 US dollars")
    page.goto(f"{AGENTS}/manage/ui_agent")
    for name in ("cost_micros", "cost_micros_per_day"):
        item = page.locator(f'.form-item:has([name="model[limits][{name}]"])').last
        assert "US dollars" in (item.text_content() or ""), name


def test_filters_name_only_doors_that_runs_can_come_by(page: Page) -> None:
    """A door that is looked for by its address is named all the same."""
    page.goto(RUNS)
    offered = page.locator("[name=trigger] option").evaluate_all("options => options.map(option => option.value)")
    always = {"All", "cron", "schedule", "content", "manual", "api", "mcp", "a2a", "agent"}
    assert set(offered) - {"eca", "tool", "flow"} == always
    page.goto(f"{RUNS}?trigger=flow")
    assert page.locator("[name=trigger]").input_value() == "flow"


def test_there_is_a_way_to_ones_own_runs(visitors: dict[str, Visitor]) -> None:
    """In the menu of the account: reports and toolbar are for others."""
    runner = visitors["runner"]
    runner.open("/user")
    runner.page.get_by_role("link", name="Agent runs", exact=True).click()
    runner.page.wait_for_load_state()
    assert runner.page.url.endswith(RUNS)
    expect(runner.page.locator("table")).to_contain_text("UI agent")


BADGES = """
() => {
  const badge = (tone) => `<span class="ba-badge ba-badge--${tone}">${tone}</span>`;
  const all = ['info', 'ok', 'warning', 'error', 'live'].map(badge).join('');
  for (const place of document.querySelectorAll('table tbody td:first-child, .ba-header__state')) {
    place.insertAdjacentHTML('beforeend', all);
  }
}
"""


@pytest.mark.parametrize("theme", ["claro", "gin", "gin dark"])
def test_badges_and_small_words_can_be_read(site: Site, page: Page, given: dict[str, Any], theme: str) -> None:
    """At least 4.5:1 in the administration themes: in rows, in the header, under the pointer."""
    name = theme.split()[0]
    listed = site.php(f"print isset(\\Drupal::service('extension.list.theme')->getList()['{name}']) ? 'yes' : 'no';")
    if listed.strip() != "yes":
        pytest.skip(f"{name} is not on this site")
    before = site.php("print \\Drupal::config('system.theme')->get('admin');").strip()
    site.drush("theme:install", name)
    site.drush("config:set", "system.theme", "admin", name, "-y")
    if name == "gin":
        site.drush("config:set", "gin.settings", "enable_darkmode", "1" if "dark" in theme else "0", "-y")
    try:
        for path in (RUNS, f"{RUNS}/{given['runs']['failed']}", f"{RUNS}/{given['runs']['live']}", AGENTS):
            page.goto(path)
            page.evaluate(BADGES)
            page.locator("table tbody tr, .ba-header__state").first.hover()
            words = ".ba-badge, .ba-meta, .ba-note, .ba-facts dt, .ba-item__time, .ba-tag--error, .ba-reason p"
            assert too_low(page, words) == {}, path
    finally:
        site.drush("config:set", "system.theme", "admin", before, "-y")


def test_the_warning_of_an_edit_form_is_no_raw_markup(site: Site, page: Page, given: dict[str, Any]) -> None:
    """An agent's draft that came while the form was open: the link is a link."""
    node = given["node"]
    page.goto(f"/node/{node}/edit")
    site.script("ui.php", "draft", str(node))
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_load_state()
    error = page.locator(".messages--error")
    expect(error).to_contain_text("has left a newer draft since you opened this form")
    expect(error.get_by_role("link", name="Review the draft").first).to_be_visible()
    assert "<a href" not in (error.first.text_content() or "")


def test_empty_tokens_of_a_run_are_empty(site: Site) -> None:
    """ECA leaves empty values, zero and no as they stand in a text: `[agent_run:code]` reached people."""
    if "background_agents_eca" not in site.drush("pm:list", "--status=enabled", "--format=list").split():
        pytest.skip("the module's part for ECA is not on this site")
    code = (
        "$t = \\Drupal::service('eca.token_services'); $dto = '\\Drupal\\eca\\Plugin\\DataType\\DataTransferObject';"
        "$run = $dto::create(['uuid' => 'u', 'agent' => 'a', 'status' => 'dispatched', 'code' => '', 'error' => '']);"
        "$run->setStringRepresentation('u'); $t->addTokenData('agent_run', $run);"
        "$refused = $dto::create(['uuid' => '', 'agent' => 'a', 'status' => 'refused', 'code' => 'c', 'error' => 'e']);"
        "$refused->setStringRepresentation(''); $t->addTokenData('refused', $refused);"
        "$output = $dto::create(['n' => 0, 's' => '']);"
        "$ended = $dto::create(['uuid' => 'x', 'agent' => 'a', 'state' => 'completed', 'reason' => '', 'output' => $output]);"
        "$t->addTokenData('run', $ended); $foreign = $dto::create(['empty' => '']); $t->addTokenData('foreign', $foreign);"
        "print json_encode(array_map($t->replacePlain(...), ['[agent_run:code][agent_run:error]', '[agent_run:status]',"
        "'[refused][refused:uuid]', '[refused:code]', '[run:output:n][run:output:s][run:reason]', '[run:unknown]', '[foreign:empty]']));"
    )
    expected = ["", "dispatched", "", "c", "0", "[run:unknown]", "[foreign:empty]"]
    assert json.loads(re.sub(r"^[^\[]*", "", site.php(code), count=1)) == expected
