"""A site builder says which saves start an agent; editors save by the form of the content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site

TRIGGERS = "/admin/config/services/background-agents/triggers"
PHONE = ViewportSize(width=390, height=844)
TIDY = "$s = \\Drupal::entityTypeManager()->getStorage('background_agents_trigger'); $s->delete($s->loadMultiple());"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def builder(site: Site) -> Iterator[Visitor]:
    site.script("ui.php", "given")
    site.php(TIDY)
    with chromium() as browser:
        visitor = Visitor(site, browser, "admin")
        yield visitor
        visitor.close()
    site.php(TIDY)
    assert visitor.alarms == []


@pytest.fixture(autouse=True)
def tidy(site: Site) -> Iterator[None]:
    yield
    site.php(TIDY)


def begin(page: Page, label: str) -> None:
    """A new content trigger of the agent, for articles."""
    page.goto(f"{TRIGGERS}/add")
    page.fill("[name=label]", label)
    page.select_option("[name=agent]", label="UI agent")
    page.check('[name="settings[content][bundles][article]"]')


def stored(site: Site, name: str) -> dict[str, Any]:
    """The settings of a trigger."""
    found = site.php(f"print json_encode(\\Drupal\\background_agents\\Entity\\Trigger::load('{name}')->getSettings());")
    settings: dict[str, Any] = json.loads(found)
    return settings


def runs(site: Site, trigger: str) -> int:
    """How many runs a trigger has made, after what waits was promoted."""
    site.php("\\Drupal::service('Drupal\\background_agents\\Trigger\\TriggerProcessor')->process();")
    return len(site.sql("SELECT id FROM background_agents_run WHERE trigger_id = %s", trigger))


def test_fields_and_conditions_are_set_up_by_the_form(site: Site, builder: Visitor) -> None:
    """One row for each condition; the focus follows; what is not filled in is refused; a telephone shows all of it."""
    page = builder.page
    begin(page, "Checked saves")
    page.locator(".machine-name-value").filter(has_text="checked_saves").wait_for()
    page.fill('[name="input[properties][title]"]', "[node:title]")
    page.get_by_text("Fields that change", exact=True).click()
    page.get_by_role("checkbox", name="Body", exact=True).check()
    page.get_by_text("Conditions", exact=True).click()
    for number, kind in enumerate(["State changes", "Role of a person", "Value of a field", "Taxonomy term"], 1):
        page.get_by_label("Further condition").select_option(kind)
        page.get_by_role("button", name="Add condition").click()
        expect(page.get_by_role("group", name=f"{number}. {kind}")).to_be_visible()
        page.wait_for_function("document.activeElement.closest('.ba-condition') !== null")
    state, role, field, term = (page.locator(f"#ba-condition-{row}") for row in range(4))
    state.get_by_role("group", name="State after").get_by_label("Published", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messages--error")).to_contain_text("Choose what the condition asks for")
    page.wait_for_load_state()  # before its scripts are there, a button sends the whole form
    role.get_by_label("Has").select_option("none of them")
    role.get_by_role("checkbox", name="Runner").check()
    field.get_by_label("Field").select_option("Body")
    field.get_by_label("Is", exact=True).select_option("not empty")
    assert violations(page, "#ba-trigger-content") == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Remove condition 4").click()
    expect(term).to_have_count(0)
    expect(page.get_by_label("Further condition")).to_be_focused()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messages--status")).to_contain_text("has been saved")
    settings = stored(site, "checked_saves")
    assert settings["fields"] == ["body"]
    assert settings["conditions"] == [
        {"kind": "state", "from": [], "to": ["published"]},
        {"kind": "role", "who": "saver", "has": False, "roles": ["ui_runner"]},
        {"kind": "field", "field": "body", "test": "filled", "value": ""},
    ]
    assert site.script("ui.php", "validate") == {}
    page.goto(f"{TRIGGERS}/checked_saves")
    expect(page.locator(".ba-condition")).to_have_count(3)


def test_conditions_need_no_javascript(site: Site, builder: Visitor) -> None:
    """Rows are added and taken away by buttons that send the form."""
    browser = builder.context.browser
    assert browser is not None
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(site.drush("user:login", "--name=admin", "--no-browser").strip())
    begin(page, "Plain")
    page.fill("[name=id]", "plain")
    page.get_by_text("Conditions", exact=True).click()
    for kind in ("state", "field"):
        page.select_option('[name="settings[content][conditions][more][kind]"]', kind)
        page.get_by_role("button", name="Add condition").click()
    page.get_by_role("button", name="Remove condition 1").click()
    page.select_option('[name="settings[content][conditions][1][field]"]', "title")
    page.select_option('[name="settings[content][conditions][1][test]"]', "equals")
    page.fill('[name="settings[content][conditions][1][value]"]', "Bread")
    page.fill('[name="input[properties][title]"]', "[node:title]")
    page.get_by_role("button", name="Save", exact=True).click()
    assert "has been saved" in page.locator(".messages--status").inner_text()
    assert stored(site, "plain")["conditions"] == [
        {"kind": "field", "field": "title", "test": "equals", "value": "Bread"}
    ]
    context.close()


def test_only_saves_that_change_words_start_the_agent(site: Site, builder: Visitor) -> None:
    """The form of the content saved as it is: the editor writes the text in its own way, and no agent starts."""
    page = builder.page
    node = site.php(
        "use Drupal\\background_agents\\Entity\\Trigger;"
        "Trigger::create(['id' => 'words', 'label' => 'Words', 'agent' => 'ui_agent', 'type' => 'content',"
        "'input' => ['title' => '[node:title]'],"
        "'settings' => ['bundles' => ['article'], 'operations' => ['update'], 'revisions' => 'any', 'fields' => ['body']]"
        " + Trigger::CONTENT_SETTINGS])->save();"
        "$n = \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => 'Bread', 'uid' => 1, 'moderation_state' => 'published',"
        "'body' => ['value' => \"<p>It is <b>baked</b>.<br />\\n<i>Twice.</i></p>\\n<ul><li>Rye</li></ul>\", 'format' => 'full_html']]);"
        "$n->save(); print $n->id();"
    ).strip()
    before, made = _body(site, node), runs(site, "words")
    for title in (None, "Loaf"):
        builder.open(f"/node/{node}/edit")
        page.locator(".ck-editor__editable").first.wait_for()
        if title is not None:
            page.fill('[name="title[0][value]"]', title)
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("has been updated").wait_for()
        assert runs(site, "words") == made
    assert _body(site, node) != before
    builder.open(f"/node/{node}/edit")
    page.locator(".ck-editor__editable").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Wheat")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("has been updated").wait_for()
    assert runs(site, "words") == made + 1


def test_a_trigger_is_tried_before_it_is_saved(site: Site, builder: Visitor) -> None:
    """What it would have started last week, and the input of a run for an item; nothing is saved, nothing starts."""
    page = builder.page
    runs_before = len(site.sql("SELECT id FROM background_agents_run"))
    [item] = site.sql(
        "SELECT nid, title FROM node_field_data WHERE type = 'article' AND status = 1 ORDER BY nid DESC LIMIT 1"
    )
    begin(page, "Tried")
    page.fill('[name="input[properties][title]"]', "[node:title]")
    page.fill('[name="input[properties][words]"]', "[node:nothing]")
    page.get_by_text("Try it", exact=True).click()
    page.get_by_role("button", name="Show last week").click()
    expect(page.locator("#ba-trigger-try")).to_contain_text("In the last seven days it would have started")
    expect(page.locator("#ba-trigger-try").get_by_role("link", name=item["title"]).first).to_be_visible()
    expect(page.locator("#ba-trigger-try")).to_contain_text("What is not known here")
    page.get_by_label("Item", exact=True).fill(f"{item['title']} ({item['nid']})")
    page.get_by_role("button", name="Show the input").click()
    row = page.locator("#ba-trigger-try").get_by_role("row", name="[node:title]")
    expect(row).to_contain_text(item["title"])
    expect(page.locator("#ba-trigger-try")).to_contain_text("it comes out empty, and is left out")
    assert violations(page, "#ba-trigger-try") == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.set_viewport_size({"width": 1280, "height": 900})
    assert site.sql("SELECT name FROM config WHERE name = 'background_agents.trigger.tried'") == []
    assert len(site.sql("SELECT id FROM background_agents_run")) == runs_before


def test_the_list_says_what_came_of_each_trigger(site: Site, builder: Visitor) -> None:
    """Disabled, enabled and cloned there; one agent's only."""
    page = builder.page
    before = runs(site, "listed")
    site.php(
        "use Drupal\\background_agents\\Entity\\Trigger;"
        "Trigger::create(['id' => 'listed', 'label' => 'Listed', 'agent' => 'ui_agent', 'type' => 'content',"
        "'input' => ['title' => '[node:title]'], 'settings' => ['fields' => ['title']] + Trigger::CONTENT_SETTINGS])->save();"
        "\\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => 'Listed', 'moderation_state' => 'published'])->save();"
    )
    assert runs(site, "listed") == before + 1
    page.goto(TRIGGERS)
    row = page.get_by_role("row", name="Listed", exact=False)
    expect(row).to_contain_text("Queued")
    expect(row).to_contain_text("Fields that change: title")
    for operation, state in (("Disable", "Disabled"), ("Enable", "Active")):
        row.get_by_role("button", name="List additional actions").click()
        row.get_by_role("link", name=operation, exact=True).click()
        page.get_by_role("button", name=operation, exact=True).click()
        expect(row).to_contain_text(state)
    assert violations(page, ".ba-filter") == []
    page.get_by_label("Agent", exact=True).select_option("ui_agent")
    page.get_by_role("button", name="Filter").click()
    assert "agent=ui_agent" in page.url
    row.get_by_role("button", name="List additional actions").click()
    row.get_by_role("link", name="Clone").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Listed (copy)")
    expect(page.get_by_label("Active", exact=True)).not_to_be_checked()
    page.set_viewport_size(PHONE)
    page.goto(TRIGGERS)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.set_viewport_size({"width": 1280, "height": 900})


def _body(site: Site, node: str) -> str:
    [row] = site.sql("SELECT body_value FROM node__body WHERE entity_id = %s", node)
    return str(row["body_value"])
