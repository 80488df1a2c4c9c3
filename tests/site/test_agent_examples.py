"""Examples in the form of an agent: added and removed on a desktop and a telephone, without a script, and told to programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site

AGENTS = "/admin/config/services/background-agents"
FORM = f"{AGENTS}/manage/ui_agent"
SLOW = 20_000
"""Milliseconds in which a form is built, processed and answered on a busy machine."""
SCHEMA = {
    "type": "object",
    "properties": {
        "note": {"type": "string", "title": "Note", "maxLength": 2000},
        "words": {"type": "integer", "title": "Words"},
    },
}
BRACES = json.dumps({"note": "Make it {short}.", "words": 40}, separators=(",", ":"))

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def people(site: Site) -> Iterator[dict[str, Visitor]]:
    """An administrator at a desk, and one with a telephone."""
    site.script("ui.php", "given")
    with chromium() as browser:
        visitors = {
            "desktop": Visitor(site, browser, "admin"),
            "phone": Visitor(site, browser, "admin", width=390),
        }
        yield visitors
        for visitor in visitors.values():
            assert visitor.alarms == []
            visitor.close()


def keep(site: Site) -> None:
    """Gives the agent an input schema, and no examples."""
    site.php(
        "$a = \\Drupal\\background_agents\\Entity\\Agent::load('ui_agent'); $d = $a->getDefinition();"
        f"$d['input_schema'] = json_decode({json.dumps(json.dumps(json.dumps(SCHEMA)))});"
        "$a->set('definition', $d)->set('examples', [])->setStatus(TRUE)->save();"
    )


def kept(site: Site) -> list[dict[str, str]]:
    load = "\\Drupal\\background_agents\\Entity\\Agent::load('ui_agent')"
    return json.loads(site.php(f"print json_encode({load}->get('examples'));"))


def cell(row: int, name: str) -> str:
    return f'[name="examples[rows][{row}]{name}"]'


def open_tab(person: Visitor) -> None:
    """Opens the tab; a telephone has the parts folded, one below the other."""
    assert person.open(FORM) == 200
    person.page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    tab = person.page.locator(".vertical-tabs__menu-link").filter(has_text="Examples")
    if tab.count() and tab.first.is_visible():
        tab.first.click()


@pytest.mark.parametrize("who", ["desktop", "phone"])
def test_examples_are_added_by_keyboard(site: Site, people: dict[str, Visitor], who: str) -> None:
    """The focus is on the new one; axe finds nothing; mistakes stand at their fields; what is removed is gone."""
    keep(site)
    person = people[who]
    page = person.page
    open_tab(person)
    add = page.locator('[name="background_agents_example_add"]')
    expect(page.locator("#ba-examples")).to_contain_text("There are no examples yet.")
    add.focus()
    page.keyboard.press("Enter")
    expect(page.locator(cell(0, "[label]"))).to_be_focused(timeout=SLOW)
    page.keyboard.type("A short one")
    page.fill(cell(0, "[input][note]"), "Make it {short}.")
    page.fill(cell(0, "[input][words]"), "40")
    add.focus()
    page.keyboard.press("Enter")
    expect(page.locator(cell(1, "[label]"))).to_be_focused(timeout=SLOW)
    expect(page.locator(cell(0, "[input][note]"))).to_have_value("Make it {short}.")
    page.fill(cell(1, "[input][note]"), "No title")
    assert violations(page, "#ba-examples") == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.locator("#edit-submit").click()
    expect(page.locator(f"{cell(1, '[label]')}.error")).to_have_value("", timeout=SLOW)
    expect(page.locator(f"{cell(0, '[label]')}.error")).to_have_count(0)
    page.wait_for_load_state()  # before its scripts are there, a button sends the whole form
    page.fill(cell(1, "[label]"), "For a newsletter")
    page.get_by_role("button", name="Remove example 2").focus()
    page.keyboard.press("Enter")
    expect(page.locator(cell(1, "[label]"))).to_have_count(0, timeout=SLOW)
    expect(page.locator(cell(0, "[label]"))).to_be_focused()
    page.locator("#edit-submit").click()
    page.wait_for_url("**/background-agents", timeout=SLOW)
    assert kept(site) == [{"label": "A short one", "input": BRACES}]
    told = person.page.request.get(f"{site.url}/background-agents/v1/agents/ui_agent").json()
    assert told["examples"] == [{"label": "A short one", "input": {"note": "Make it {short}.", "words": 40}}]


def test_without_a_script_buttons_do_it(site: Site, people: dict[str, Visitor]) -> None:
    """Examples come and go, what was typed stays, and it is saved."""
    keep(site)
    browser = people["desktop"].context.browser
    assert browser is not None
    state = people["desktop"].context.storage_state()
    context = browser.new_context(base_url=site.url, storage_state=state, java_script_enabled=False)
    page = context.new_page()
    page.goto(FORM)
    page.locator("summary").filter(has_text="Examples").click()
    page.click('[name="background_agents_example_add"]')
    page.fill(cell(0, "[label]"), "First")
    page.click('[name="background_agents_example_add"]')
    expect(page.locator(cell(0, "[label]"))).to_have_value("First")
    page.fill(cell(1, "[label]"), "Second")
    page.fill(cell(1, "[input][words]"), "7")
    page.click('[name="background_agents_example_remove_0"]')
    expect(page.locator(cell(0, "[label]"))).to_have_count(0)
    expect(page.locator(cell(1, "[label]"))).to_have_value("Second")
    page.click("#edit-submit")
    page.wait_for_url("**/background-agents", timeout=SLOW)
    assert kept(site) == [{"label": "Second", "input": '{"words":7}'}]
    context.close()


def test_an_input_that_was_just_made_has_examples(site: Site, people: dict[str, Visitor]) -> None:
    """A field that was added to the table a moment ago is a field of the next example; and one that does not fit is told."""
    keep(site)
    page = people["desktop"].page
    open_tab(people["desktop"])
    page.locator(".vertical-tabs__menu-link").filter(has_text="Task").click()
    page.locator("#ba-schema-input").get_by_role("button", name="Add a field").click()
    expect(page.locator('[name="definition[input][rows][2][name]"]')).to_be_focused(timeout=SLOW)
    page.fill('[name="definition[input][rows][2][name]"]', "day")
    page.check('[name="definition[input][rows][2][required]"]')
    page.locator(".vertical-tabs__menu-link").filter(has_text="Examples").click()
    page.click('[name="background_agents_example_add"]')
    expect(page.locator(cell(0, "[input][day]"))).to_be_visible(timeout=SLOW)
    page.fill(cell(0, "[label]"), "On a day")
    page.locator("#edit-submit").click()
    expect(page.locator(".messages--error")).to_contain_text('"day" is missing', timeout=SLOW)
    page.wait_for_load_state()
    page.fill(cell(0, "[input][day]"), "Monday")
    page.locator("#edit-submit").click()
    page.wait_for_url("**/background-agents", timeout=SLOW)
    assert kept(site) == [{"label": "On a day", "input": '{"day":"Monday"}'}]
