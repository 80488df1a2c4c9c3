"""A person undoes a run on its page: shown before, done once, what others changed is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

REVIEWER = "['review background agent drafts', 'view any background agent run']"


@pytest.fixture(scope="module")
def people(site: Site, agents: Agents) -> Iterator[dict[str, Visitor]]:
    """An editor who may undo, one who may see the run alone, and a reader."""
    site.php(
        f"user_role_grant_permissions('test_editor', {REVIEWER});"
        "user_role_grant_permissions('test_own', ['view any background agent run']);"
        "$other = user_load_by_name('test_onlooker') ?: "
        "\\Drupal\\user\\Entity\\User::create(['name' => 'test_onlooker', 'pass' => 'x', 'status' => 1]);"
        "$other->set('roles', ['test_own'])->save();"
    )
    with visiting(site, editor="test_editor", onlooker="test_onlooker", reader="test_reader") as found:
        yield found
    site.php(f"user_role_revoke_permissions('test_editor', {REVIEWER});")


def publish(agents: Agents, item: str, body: str) -> None:
    """A draft of the agent, with title and body, that its editor accepted."""
    site = agents.site
    site.php(
        f"$node = \\Drupal\\node\\Entity\\Node::load({agents.items[item]['id']});"
        "$node->set('body', ['value' => '<p>What stood there before.</p>', 'format' => 'basic_html'])->save();"
    )
    fields = {"title": f"By the agent {item}", "body": {"value": body, "format": "basic_html"}}
    answer = agents.draft("revise", "agent", item, fields=fields, expected_revision=agents.newest(item)["vid"])
    assert answer.status_code == 201, answer.text
    change = agents.changes(item=item)[-1]["id"]
    site.php(
        f"$change = \\Drupal\\background_agents\\Entity\\Change::load({change});"
        "\\Drupal::service('account_switcher')->switchTo(user_load_by_name('test_editor'));"
        "$seen = \\Drupal::service('Drupal\\background_agents\\Review\\DraftVersions')->seen($change);"
        "\\Drupal::service('Drupal\\background_agents\\Review\\Reviewer')"
        "->accept($change, $seen, new \\Drupal\\background_agents\\Review\\Choice(), 'published');"
    )


def test_a_run_is_undone(site: Site, agents: Agents, people: dict[str, Visitor]) -> None:
    """Of three items one goes back, of one a person has changed a field, and of one the draft is refused."""
    publish(agents, "a", "<p>What the agent wrote.</p>")
    publish(agents, "b", "<p>What the agent wrote.</p>")
    site.php(
        f"$node = \\Drupal\\node\\Entity\\Node::load({agents.items['b']['id']});"
        "$node->set('title', 'Of a person')->setNewRevision(); $node->setRevisionUserId(1); $node->save();"
    )
    answer = agents.draft("revise", "agent", "c", expected_revision=agents.newest("c")["vid"])
    assert answer.status_code == 201, answer.text
    run = agents.runs["agent"]["id"]
    editor = people["editor"]
    path = f"/admin/reports/background-agents/{run}"

    editor.open(path)
    expect(editor.page.get_by_role("link", name="Undo", exact=True)).to_have_count(0)
    site.sql("UPDATE background_agents_run SET state = 'completed', finished = 1 WHERE id = %s", run)
    editor.open(path)
    editor.page.get_by_role("link", name="Undo", exact=True).click()

    page = editor.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo this run of")
    first = page.get_by_role("group", name="By the agent a", exact=False).first
    expect(first).to_contain_text("goes into a draft of yours")
    expect(first.locator("ins", has_text="stood there before")).to_have_count(1)
    second = page.get_by_role("group", name="Of a person", exact=False).first
    expect(second).to_contain_text("Title stays. Changed since; the version of now was saved by admin")
    third = page.get_by_role("group", name="Published c", exact=False).first
    expect(third).to_contain_text("Its draft is refused.")
    assert violations(page, ".ba-undo") == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    waiting = editor.context.new_page()
    waiting.goto(f"{path}/undo")

    page.get_by_label("Note").fill("It was about another town.")
    page.get_by_role("button", name="Undo run").click()
    expect(page.locator(".messages--status")).to_contain_text("The run was undone in 3 items.", timeout=60_000)
    assert agents.live("a")["title"] == "By the agent a"
    for item, title in (("a", "Published a"), ("b", "Of a person"), ("c", "Published c")):
        assert agents.newest(item)["title"] == title
    newest = agents.newest("a")
    assert (newest["revision_uid"], newest["moderation_state"]) == (agents.accounts["editor"]["id"], "draft")
    assert agents.changes(item="c")[-1]["status"] == "rejected"
    expect(page.get_by_text("a draft with what stood there before waits already").first).to_be_visible()
    expect(page.get_by_role("button", name="Undo run")).to_have_count(0)

    # The page that was open beside it does nothing twice, and says so.
    before = agents.newest("a")["vid"]
    waiting.get_by_role("button", name="Undo run").click()
    expect(waiting.locator(".messages--warning")).to_contain_text("nothing", timeout=60_000)
    assert agents.newest("a")["vid"] == before

    editor.open(path)
    decisions = page.get_by_role("table", name="Decisions of people")
    expect(decisions.get_by_text("Undone: By the agent a")).to_be_visible()
    expect(decisions.get_by_text("It was about another town.").first).to_be_visible()
    assert editor.alarms == []


def test_who_may_not_undo(agents: Agents, people: dict[str, Visitor]) -> None:
    """Neither who sees runs only, nor who may not even that."""
    path = f"/admin/reports/background-agents/{agents.runs['agent']['id']}"
    assert people["onlooker"].open(path) == 200
    expect(people["onlooker"].page.get_by_role("link", name="Undo", exact=True)).to_have_count(0)
    assert people["onlooker"].open(f"{path}/undo") == 403
    assert people["reader"].open(f"{path}/undo") == 403
