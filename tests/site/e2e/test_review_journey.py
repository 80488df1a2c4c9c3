"""What a new editor does, on a telephone: finds a draft, sends it back, accepts a part of the second one, and undoes the run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site
from tests.site.e2e.system import World, until

pytestmark = pytest.mark.browser


@pytest.fixture
def newcomer(site: Site, world: World) -> Iterator[Visitor]:
    """An account that was made a moment ago, with a role that reviews."""
    site.php(
        "use Drupal\\user\\Entity\\{Role, User};"
        "$role = Role::load('newcomer') ?? Role::create(['id' => 'newcomer', 'label' => 'Newcomer']);"
        "$role->set('permissions', ['access content', 'access content overview', 'access administration pages', 'access toolbar',"
        " 'view the administration theme', 'edit any article content', 'view any unpublished content', 'view latest version',"
        " 'use text format basic_html', 'use editorial transition publish', 'use editorial transition create_new_draft',"
        " 'review background agent drafts', 'view any background agent run'])->save();"
        "$user = user_load_by_name('newcomer') ?: User::create(['name' => 'newcomer', 'pass' => 'x', 'status' => 1]);"
        "$user->set('roles', ['newcomer'])->save();"
    )
    with chromium() as browser:
        person = Visitor(site, browser, "newcomer", width=390)
        yield person
        assert person.alarms == []
        person.close()


def is_too_wide(person: Visitor) -> bool:
    return person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_from_the_front_page_of_the_administration_to_an_undone_run(world: World, newcomer: Visitor) -> None:
    """Nobody tells the newcomer an address: each page leads to the next one, and none is wider than the telephone."""
    article = world.article("Bread")
    run = world.run("journey", id=article["uuid"])
    world.completed(run)
    page = newcomer.page
    newcomer.open("/admin")
    page.get_by_role("main").get_by_role("link", name="Content").click()
    page.wait_for_url("**/admin/content")
    page.get_by_role("button", name="Tabs display toggle").click()
    page.get_by_role("link", name="Agents' drafts", exact=True).click()
    page.get_by_role("link", name="Good bread").click()
    assert not is_too_wide(newcomer)
    expect(page.locator("ins", has_text="Good bread")).to_be_visible()
    page.get_by_role("link", name="Send back …").click()
    page.get_by_label("What the agent is to change", exact=True).fill("Say what it is made of.")
    page.get_by_role("button", name="Send back", exact=True).click()
    expect(page.locator(".messages--status")).to_contain_text("The agent works on it again.")
    until(lambda: world.row(run)["generation"] == 2, 10, "the second round begins")
    world.completed(run, 60)
    newcomer.open("/admin/content/agents")
    page.get_by_role("link", name="Bread: Say what it is made of.").click()
    assert not is_too_wide(newcomer)
    page.get_by_label("Accept the changes of Title").uncheck()
    page.get_by_role("button", name="Accept: Publish").click()
    expect(page.locator(".messages--status")).to_contain_text("You have accepted a part of the draft")
    assert world.live(article["id"])["title"] == "Bread"
    page.locator(".messages--status").get_by_role("link", name="Undo the run").click()
    assert not is_too_wide(newcomer)
    page.get_by_role("button", name="Undo run").click()
    page.wait_for_load_state()
    assert not is_too_wide(newcomer)
    newest = world.revisions(article["id"])[-1]
    author = world.site.sql("SELECT revision_uid FROM node_revision WHERE vid = %s", newest["vid"])[0]["revision_uid"]
    assert world.site.sql("SELECT name FROM users_field_data WHERE uid = %s", author)[0]["name"] == "newcomer"
    assert re.search("undo|undone", newcomer.text("body"), re.IGNORECASE)
