"""Two people and an agent that wants both: who asked for a run does not publish what it left, whatever the door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

KEPT = "somebody else has to accept its draft"
JSONAPI = "application/vnd.api+json"


@pytest.fixture(scope="module")
def people(site: Site, agents: Agents) -> Iterator[dict[str, Visitor]]:
    """Who asked for the run, and a colleague with the same rights."""
    site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts', 'revert all revisions']);"
        "$other = user_load_by_name('test_editor2') ?: "
        "\\Drupal\\user\\Entity\\User::create(['name' => 'test_editor2', 'pass' => 'x', 'status' => 1]);"
        "$other->set('roles', ['test_editor'])->save();"
        "\\Drupal\\background_agents\\Entity\\Agent::load('test_agent')->set('four_eyes', TRUE)->save();"
    )
    site.sql(
        "UPDATE background_agents_run SET uid = %s, trigger_type = 'manual' WHERE id = %s",
        agents.accounts["editor"]["id"],
        agents.runs["agent"]["id"],
    )
    site.drush("cache:rebuild")
    with visiting(site, asker="test_editor", other="test_editor2") as visitors:
        yield visitors
        assert [alarm for person in visitors.values() for alarm in person.alarms] == []


def leave(agents: Agents, item: str) -> dict[str, Any]:
    """A draft of the run; its change."""
    revision = agents.newest(item)["vid"]
    answer = agents.draft("revise", "agent", item, fields={"title": "By the agent"}, expected_revision=revision)
    assert answer.status_code == 201, answer.text
    return agents.changes(item=item)[-1]


def press(person: Visitor, button: str) -> None:
    person.page.get_by_role("button", name=button, exact=True).click()
    person.page.wait_for_load_state()


def test_the_page_of_the_draft_says_who_may_accept(agents: Agents, people: dict[str, Visitor]) -> None:
    """Who asked finds no button to accept, but all others; the colleague accepts."""
    change = leave(agents, "a")
    asker, other = people["asker"], people["other"]
    for width in (1280, 390):
        asker.page.set_viewport_size({"width": width, "height": 900})
        asker.open(f"/admin/content/agents/{change['id']}")
        expect(asker.page.locator(".messages--warning")).to_contain_text(KEPT)
        assert asker.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(asker.page, ".ba-review") == []
    expect(asker.page.get_by_role("button", name="Accept: Publish")).to_have_count(0)
    expect(asker.page.get_by_label("Accept the changes of Title")).to_have_count(0)
    expect(asker.page.get_by_role("link", name="Edit the draft")).to_be_visible()
    other.open(f"/admin/content/agents/{change['id']}")
    expect(other.page.locator(".messages--warning")).to_have_count(0)
    press(other, "Accept: Publish")
    assert agents.live("a")["title"] == "By the agent"
    assert agents.changes(item="a")[-1]["status"] == "accepted"


def test_a_page_that_was_open_before_the_option_accepts_nothing(agents: Agents, people: dict[str, Visitor]) -> None:
    """The button is there, and the draft stays all the same."""
    change = leave(agents, "b")
    option = "\\Drupal\\background_agents\\Entity\\Agent::load('test_agent')->set('four_eyes', %s)->save();"
    asker = people["asker"]
    agents.site.php(option % "FALSE")
    asker.open(f"/admin/content/agents/{change['id']}")
    button = asker.page.get_by_role("button", name="Accept: Publish", exact=True)
    expect(button).to_be_visible()
    agents.site.php(option % "TRUE")
    button.click()
    asker.page.wait_for_load_state()
    assert agents.live("b")["title"] == "Published b"
    assert agents.changes(item="b")[-1]["status"] == "pending"
    expect(asker.page.get_by_text("Nothing was decided")).to_be_visible()
    expect(asker.page.get_by_role("note")).to_contain_text(KEPT)


def test_the_form_of_the_content_keeps_the_draft_from_being_published(
    agents: Agents, people: dict[str, Visitor]
) -> None:
    """Edited or not; saved as a draft it may be; the colleague publishes it."""
    leave(agents, "c")
    asker, other = people["asker"], people["other"]
    edit = f"/node/{agents.items['c']['id']}/edit"
    asker.open(edit)
    asker.page.get_by_label("Title", exact=True).fill("By the agent and me")
    asker.page.get_by_label("Change to").select_option("published")
    press(asker, "Save")
    expect(asker.page.locator(".messages--error")).to_contain_text(KEPT)
    assert agents.live("c")["title"] == "Published c"
    asker.page.get_by_label("Change to").select_option("draft")
    press(asker, "Save")
    assert agents.newest("c")["title"] == "By the agent and me"
    # What they made of it holds the draft still.
    asker.open(edit)
    asker.page.get_by_label("Change to").select_option("published")
    press(asker, "Save")
    expect(asker.page.locator(".messages--error")).to_contain_text(KEPT)
    other.open(edit)
    other.page.get_by_label("Change to").select_option("published")
    press(other, "Save")
    assert agents.live("c")["title"] == "By the agent and me"


def test_the_moderation_form_keeps_it_too(agents: Agents, people: dict[str, Visitor]) -> None:
    """Core's form on the latest version validates no content."""
    leave(agents, "d")
    asker = people["asker"]
    asker.open(f"/node/{agents.items['d']['id']}/latest")
    asker.page.get_by_label("Change to").select_option("published")
    press(asker, "Apply")
    expect(asker.page.locator(".messages--error")).to_contain_text(KEPT)
    assert agents.live("d")["title"] == "Published d"


def test_a_program_is_answered_with_the_sentence(agents: Agents, people: dict[str, Visitor]) -> None:
    """JSON:API validates; what does not validate is refused with 403, and is no error of the site."""
    answer = agents.draft("create", fields={"title": "New by the agent"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    asker = people["asker"]
    token = asker.context.request.get("/session/token").text()
    patched = asker.context.request.patch(
        f"/jsonapi/node/article/{made['entity']}",
        headers={"X-CSRF-Token": token, "Content-Type": JSONAPI, "Accept": JSONAPI},
        data={"data": {"type": "node--article", "id": made["entity"], "attributes": {"moderation_state": "published"}}},
    )
    assert patched.status == 422, patched.text()
    assert KEPT in patched.text()
    assert agents.newest(int(made["entity_id"]))["moderation_state"] == "draft"


def test_who_asked_refuses_it_and_publishes_their_own(agents: Agents, people: dict[str, Visitor]) -> None:
    """Being kept from accepting is never a dead end."""
    change = leave(agents, "e")
    asker = people["asker"]
    asker.open(f"/admin/content/agents/{change['id']}")
    asker.page.get_by_text("Refuse the draft").click()
    press(asker, "Refuse")
    assert agents.changes(item="e")[-1]["status"] == "rejected"
    asker.open(f"/node/{agents.items['e']['id']}/edit")
    asker.page.get_by_label("Title", exact=True).fill("By the agent")
    asker.page.get_by_label("Change to").select_option("published")
    press(asker, "Save")
    assert agents.live("e")["title"] == "By the agent"
