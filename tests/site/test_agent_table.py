"""The table of an agent's content: what each row says, on a desktop and a telephone, by keyboard, and to each kind of person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site

AGENTS = "/admin/config/services/background-agents"
FORM = f"{AGENTS}/manage/ui_agent"
CELL = "#ba-preflight-nodepage"
BUILDER = "table_builder"
SLOW = 20_000
"""Milliseconds in which a form is built, processed and answered on a busy machine."""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def people(site: Site) -> Iterator[dict[str, Visitor]]:
    """An administrator, one with a telephone, and a builder of agents who may not give permissions."""
    site.script("ui.php", "given")
    site.php(
        "$r = \\Drupal\\user\\Entity\\Role::load('table_builder')"
        " ?? \\Drupal\\user\\Entity\\Role::create(['id' => 'table_builder', 'label' => 'x']);"
        "$r->grantPermission('administer background agents')->grantPermission('access administration pages')->save();"
        "$u = user_load_by_name('table_builder') ?: \\Drupal\\user\\Entity\\User::create(['name' => 'table_builder', 'status' => 1]);"
        "$u->addRole('table_builder'); $u->save();"
    )
    with chromium() as browser:
        visitors = {
            "desktop": Visitor(site, browser, "admin"),
            "phone": Visitor(site, browser, "admin", width=390),
            "builder": Visitor(site, browser, BUILDER),
        }
        yield visitors
        for visitor in visitors.values():
            assert visitor.alarms == []
            visitor.close()


def open_table(person: Visitor) -> None:
    assert person.open(FORM) == 200
    person.page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    tabs = person.page.locator('.vertical-tabs__menu >> text="Content"')
    if tabs.is_visible():
        tabs.click()


@pytest.mark.parametrize("who", ["desktop", "phone"])
def test_a_row_says_what_is_wrong_as_it_changes(people: dict[str, Visitor], who: str) -> None:
    """By keyboard: the focus stays; nothing is said of rows where nothing is checked. axe finds nothing, and the page is not too wide."""
    person = people[who]
    open_table(person)
    expect(person.page.locator(CELL)).to_have_text("", timeout=SLOW)
    box = person.page.locator('[name="content[table][node:page][revise]"]')
    box.focus()
    person.page.keyboard.press("Space")
    expect(person.page.locator(CELL)).to_contain_text("It is in no workflow", timeout=SLOW)
    expect(person.page.locator(CELL)).to_contain_text("lacks the permission", timeout=SLOW)
    expect(box).to_be_focused()
    expect(box).to_be_checked()
    assert violations(person.page, "#edit-content") == []
    assert not person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    person.page.keyboard.press("Space")
    expect(person.page.locator(CELL)).to_have_text("", timeout=SLOW)


def test_a_list_of_fields_is_looked_at_too(people: dict[str, Visitor]) -> None:
    """Without a field it can write nothing; a new item needs its title."""
    person = people["desktop"]
    open_table(person)
    row = "content[table][node:article]"
    cell = person.page.locator("#ba-preflight-nodearticle")
    person.page.check(f'[name="{row}[create]"]')
    person.page.check(f'[name="{row}[fields][limit]"]')
    expect(cell).to_contain_text("It may write no field", timeout=SLOW)
    person.page.check(f'[name="{row}[fields][names][body]"]')
    expect(cell).to_contain_text("A new item needs Title", timeout=SLOW)
    person.page.check(f'[name="{row}[fields][names][title]"]')
    expect(cell).not_to_contain_text("A new item needs Title", timeout=SLOW)


def test_without_a_script_a_button_asks(site: Site, people: dict[str, Visitor]) -> None:
    """The form comes back as it was filled in, with what was found; nothing is saved."""
    browser = people["desktop"].context.browser
    assert browser is not None
    link = site.drush("user:login", "--name=admin", "--no-browser").strip()
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    page.goto(FORM)
    page.locator("#edit-content > summary").click()
    page.check('[name="content[table][node:page][create]"]')
    page.get_by_role("button", name="Check what it can do").click()
    expect(page.locator(CELL)).to_contain_text("It is in no workflow", timeout=SLOW)
    expect(page.locator('[name="content[table][node:page][create]"]')).to_be_checked()
    context.close()
    assert "page" not in site.php(
        "print json_encode(\\Drupal\\background_agents\\Entity\\Agent::load('ui_agent')->getContent());"
    )


def test_who_may_give_permissions_is_offered_them_and_others_whom_to_ask(people: dict[str, Visitor]) -> None:
    """The builder may not hand on what they lack."""
    for who, offered in (("desktop", True), ("builder", False)):
        person = people[who]
        open_table(person)
        person.page.check('[name="content[table][node:page][revise]"]')
        cell = person.page.locator(CELL)
        expect(cell).to_contain_text("lacks the permission", timeout=SLOW)
        assert (cell.locator("input[type=checkbox]").count() > 0) is offered
        if not offered:
            expect(cell).to_contain_text("Ask somebody who administers permissions", timeout=SLOW)


def test_an_agent_is_disabled_cloned_and_enabled_from_the_list(site: Site, people: dict[str, Visitor]) -> None:
    """Each operation by its page, which says what follows."""
    admin = people["desktop"]
    for path, button, told in (
        ("disable", "Disable", "is disabled"),
        ("enable", "Enable", "is enabled"),
    ):
        admin.open(f"{FORM}/{path}")
        # Core's messages are landmarks within a landmark.
        assert [line for line in violations(admin.page, "main") if not line.startswith("landmark-")] == []
        admin.page.get_by_role("button", name=button, exact=True).click()
        expect(admin.page.locator(".messages--status")).to_contain_text(told)
    admin.open(f"{FORM}/clone")
    admin.page.fill("[name=label]", "Table clone")
    admin.page.locator(".machine-name-value").filter(has_text="table_clone").wait_for()
    admin.page.get_by_role("button", name="Clone", exact=True).click()
    expect(admin.page.locator(".messages--status")).to_contain_text("has been added")
    assert admin.page.url.endswith("/manage/table_clone")
    site.php("\\Drupal\\background_agents\\Entity\\Agent::load('table_clone')->delete();")
