"""The page "Agent notices" of an account, and the copy of what is kept of a person."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.browser import Person
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Agents

TELL = """
$notice = new \\Drupal\\background_agents\\Notice\\Notice(
  %d, \\Drupal\\background_agents\\Notice\\NoticeKind::Draft, uniqid(), 'test_agent', %d, 3
);
\\Drupal::service('Drupal\\background_agents\\Notice\\PersonNotices')->add($notice);
"""


@pytest.fixture
def editor(agents: Agents) -> Iterator[Visitor]:
    agents.site.php("user_role_grant_permissions('test_editor', ['review background agent drafts']);")
    with visiting(agents.site, editor="test_editor") as people:
        yield people["editor"]
        assert people["editor"].alarms == []


@pytest.mark.browser
def test_a_person_finds_notices_in_the_menu_and_chooses_what_is_mailed(agents: Agents, editor: Visitor) -> None:
    """Seen once, a notice is not new any more; the choice is kept, also for what waits; on a phone, too."""
    uid, run = agents.accounts["editor"]["id"], agents.runs["agent"]["id"]
    agents.site.php(TELL % (uid, run))
    editor.open("/user")
    editor.page.get_by_role("link", name="Agent notices").first.click()
    row = editor.page.get_by_role("row", name="left 3 drafts for you to review")
    expect(row.first).to_contain_text("New")
    editor.page.set_viewport_size({"width": 390, "height": 800})
    editor.page.reload()
    expect(row.first).not_to_contain_text("New")
    assert editor.page.evaluate("document.documentElement.scrollWidth") == 390
    expect(editor.page.get_by_label("An agent fails again and again")).to_have_count(0)
    editor.page.get_by_label("A run that I started left drafts").select_option("No mail")
    editor.page.get_by_role("button", name="Save").click()
    expect(editor.page.get_by_text("Your choice has been saved.")).to_be_visible()
    expect(editor.page.get_by_label("A run that I started left drafts")).to_have_value("never")
    waiting = (
        "SELECT COUNT(*) AS n FROM background_agents_person_notice WHERE uid = %s AND kind = 'draft' AND mailed IS NULL"
    )
    assert agents.site.sql(waiting, uid)[0]["n"] == 0


def test_nobody_sees_notices_of_others(agents: Agents) -> None:
    """Nor has anybody the page who may be told nothing."""
    path = f"/user/{agents.accounts['editor']['id']}/agent-notices"
    assert agents.site.http.get(path).status_code == 403
    with Person(agents.site, "admin") as admin, Person(agents.site, "test_reader") as reader:
        assert admin.get(path).status_code == 403
        assert reader.get(path).status_code == 403
        assert reader.get(f"/user/{agents.accounts['reader']['id']}/agent-notices").status_code == 403


def test_a_copy_of_what_is_kept_of_a_person_is_printed(agents: Agents) -> None:
    """By name or by id."""
    copy = json.loads(agents.site.drush("background-agents:export-person", "test_editor", "--format=json"))
    assert copy["account"]["name"] == "test_editor"
    assert agents.runs["of_editor"]["uuid"] in [run["uuid"] for run in copy["runs"]]
    assert set(copy) >= {"decisions", "drafts", "sent_back", "proposed_rules", "notices", "notice_choices"}
