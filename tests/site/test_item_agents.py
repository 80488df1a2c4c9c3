"""The tab "Agents" of content: its drafts, its runs, and starting an agent from there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.browser import Person
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Agents

EVERYWHERE = """
$agent = \\Drupal\\background_agents\\Entity\\Agent::load('test_agent');
$binding = $agent->getBinding();
$binding['content'] += ['taxonomy_term' => ['tags' => ['read', 'revise']], 'block_content' => ['basic' => ['read', 'revise']]];
$agent->set('binding', $binding)->save();
\\Drupal\\block_content\\Entity\\BlockContentType::load('basic')
  ?? \\Drupal\\block_content\\Entity\\BlockContentType::create(['id' => 'basic', 'label' => 'Basic'])->save();
$term = \\Drupal\\taxonomy\\Entity\\Term::create(['vid' => 'tags', 'name' => 'Town']);
$term->save();
$block = \\Drupal\\block_content\\Entity\\BlockContent::create(['type' => 'basic', 'info' => 'Hours']);
$block->save();
print $term->id() . ' ' . $block->id();
"""


@pytest.fixture(scope="module")
def people(agents: Agents) -> Iterator[dict[str, Visitor]]:
    agents.site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts', 'run test_agent background agent',"
        " 'view own background agent runs']);"
    )
    with visiting(agents.site, editor="test_editor", reader="test_reader", admin="admin") as visitors:
        yield visitors
        for visitor in visitors.values():
            assert visitor.alarms == []


@pytest.mark.browser
def test_an_editor_finds_the_drafts_of_an_item_and_runs_an_agent_there(
    agents: Agents, people: dict[str, Visitor]
) -> None:
    """From the item by its tab; the form of the run knows the item and its language."""
    editor, item = people["editor"], agents.items["translated"]
    newest = agents.newest("translated", "de")["vid"]
    answer = agents.draft("revise", "agent", "translated", expected_revision=newest, langcode="de", summary="Kürzer.")
    assert answer.status_code == 201, answer.text
    editor.open(f"/de/node/{item['id']}/edit")
    editor.page.get_by_role("link", name="Agents", exact=True).click()
    expect(editor.page.get_by_role("row", name="Kürzer.")).to_contain_text("Pending")
    expect(editor.page.get_by_role("row", name="Kürzer.")).to_contain_text("German")
    expect(editor.page.get_by_text("No agent has worked on this content for you yet.")).to_be_visible()
    editor.page.set_viewport_size({"width": 390, "height": 800})
    editor.page.reload()
    assert editor.page.evaluate("document.documentElement.scrollWidth") == 390
    editor.page.get_by_role("link", name="Run Test test_agent here").click()
    expect(editor.page.get_by_label("About: content item")).to_have_value(f"Deutsch ({item['id']})")
    editor.page.get_by_role("button", name="Run agent").click()
    expect(editor.page.get_by_text("The agent has been started.")).to_be_visible()
    [run] = agents.site.sql(
        "SELECT target_uuid, target_langcode, uid FROM background_agents_run WHERE trigger_type = 'manual' ORDER BY id DESC LIMIT 1"
    )
    assert run == {"target_uuid": item["uuid"], "target_langcode": "de", "uid": agents.accounts["editor"]["id"]}
    editor.page.set_viewport_size({"width": 1280, "height": 800})
    editor.open(f"/node/{item['id']}/agents")
    expect(editor.page.get_by_role("table").nth(1).get_by_role("row")).to_have_count(2)


@pytest.mark.browser
def test_terms_and_blocks_have_the_tab_too(agents: Agents, people: dict[str, Visitor]) -> None:
    """Beside their own tabs."""
    term, block = agents.site.php(EVERYWHERE).split()
    admin = people["admin"]
    for form in (f"/taxonomy/term/{term}/edit", f"/admin/content/block/{block}"):
        admin.open(form)
        admin.page.get_by_role("link", name="Agents", exact=True).click()
        expect(admin.page.get_by_text("No agent has left a draft here.")).to_be_visible()
        expect(admin.page.get_by_role("link", name="Run Test test_agent here")).to_be_visible()


def test_others_get_neither_tab_nor_page(agents: Agents, people: dict[str, Visitor]) -> None:
    """Readers, visitors, and where no agent may work."""
    path = f"/node/{agents.items['a']['id']}/agents"
    assert agents.site.http.get(path).status_code == 403
    with Person(agents.site, "test_reader") as reader:
        assert reader.get(path).status_code == 403
        assert "/agents" not in reader.get(f"/node/{agents.items['a']['id']}").text
