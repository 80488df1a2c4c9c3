"""Drafts are listed and decided about on the command line, as a person and with their rights."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.site.drupal import Agents, Site


@pytest.fixture(scope="module", autouse=True)
def reviewer(site: Site, agents: Agents) -> None:
    """The editor may review; the reader may not."""
    site.php("user_role_grant_permissions('test_editor', ['review background agent drafts']);")


def leave(agents: Agents, item: str, **fields: Any) -> str:
    """A draft; its id."""
    given = {"title": "By the agent"} | fields
    answer = agents.draft("revise", "agent", item, fields=given, expected_revision=agents.newest(item)["vid"])
    assert answer.status_code == 201, answer.text
    return str(agents.changes(item=item)[-1]["id"])


def told(site: Site, command: str, *arguments: str) -> Any:
    """What a command prints as JSON, done by the editor."""
    return json.loads(site.drush(f"background-agents:{command}", *arguments, "--as=test_editor", "--format=json"))


def refused(site: Site, sentence: str, command: str, *arguments: str) -> None:
    """The command fails with a sentence, and without a trace."""
    with pytest.raises(AssertionError) as caught:
        site.drush(f"background-agents:{command}", *arguments)
    text = " ".join(str(caught.value).split())
    assert sentence in text
    assert "Stack trace" not in text


def test_drafts_are_listed_for_a_person(site: Site, agents: Agents) -> None:
    """Those that wait and that the person may edit; by agent, as JSON or CSV."""
    draft = leave(agents, "a")
    rows = told(site, "review", "--agent=test_agent", "--limit=1000")
    row = next(row for row in rows.values() if str(row["id"]) == draft)
    assert (row["status"], row["entity_type"], row["label"]) == ("pending", "node", "By the agent")
    assert told(site, "review", "--agent=nobody") == []
    csv = site.drush("background-agents:review", "--as=test_editor", "--format=csv", "--limit=1000")
    assert csv.startswith("Id,UUID,Status,Agent,Run")
    reader = json.loads(site.drush("background-agents:review", "--as=test_reader", "--format=json"))
    assert reader == []


def test_a_draft_is_shown_with_its_differences(site: Site, agents: Agents) -> None:
    """As text; what a terminal would obey is left out."""
    draft = leave(agents, "b", title="By \u001b[2Jthe \u202eagent")
    shown = told(site, "draft", draft)
    assert "[-Published b-]" in shown["differences"]
    assert "the agent+]" in shown["differences"]
    assert shown["seen"] == f"{agents.newest('b')['vid']}.{agents.live('b')['vid']}"
    printed = site.drush("background-agents:draft", draft, "--as=test_editor")
    assert "\u001b[2J" not in printed
    assert "\u202e" not in printed


def test_a_draft_is_accepted(site: Site, agents: Agents) -> None:
    """As the person, who is kept as the one who decided."""
    draft = leave(agents, "c")
    assert told(site, "accept", draft)["status"] == "accepted"
    assert agents.live("c")["title"] == "By the agent"
    assert agents.newest("c")["revision_uid"] == agents.accounts["editor"]["id"]
    refused(site, "has accepted this draft already", "accept", draft, "--as=test_editor")


def test_a_part_is_accepted(site: Site, agents: Agents) -> None:
    """Only the named fields; the rest stays a draft."""
    draft = leave(agents, "d", body={"value": "<p>New.</p>", "format": "basic_html"})
    refused(
        site, "--only names fields that the agent set: title, body", "accept", draft, "--as=test_editor", "--only=uid"
    )
    row = told(site, "accept", draft, "--only=title", "--keep-rest")
    assert row["status"] == "pending"
    assert agents.live("d")["title"] == "By the agent"
    assert agents.newest("d")["moderation_state"] == "draft"


def test_a_draft_is_refused_with_a_reason(site: Site, agents: Agents) -> None:
    """Which is kept; what is published stays."""
    draft = leave(agents, "e")
    row = told(site, "refuse", draft, "--reason=Not true.")
    assert (row["status"], row["reason"], row["decided_by"]) == ("rejected", "Not true.", "test_editor")
    assert agents.live("e")["title"] == "Published e"


def test_what_was_seen_counts(site: Site, agents: Agents) -> None:
    """A program hands back what it was told; somebody has saved since."""
    draft = leave(agents, "f")
    seen = told(site, "draft", draft)["seen"]
    site.php(
        "$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$storage->loadRevision($storage->getLatestRevisionId({agents.items['f']['id']}))->set('title', 'By both')->save();"
    )
    refused(site, "Nothing was decided", "accept", draft, "--as=test_editor", f"--seen={seen}")
    refused(site, "such as 12.11", "accept", draft, "--as=test_editor", "--seen=x")
    assert agents.live("f")["title"] == "Published f"


def test_somebody_has_to_be_named_who_may(site: Site, agents: Agents) -> None:
    """No default, no agent, nobody who is blocked or unknown; and the rights of the person hold."""
    draft = leave(agents, "g")
    refused(site, "Name the person who does this", "accept", draft)
    refused(site, "There is no account", "accept", draft, "--as=nobody")
    refused(site, "agents decide nothing", "accept", draft, "--as=test_agent")
    refused(site, "You may not decide about this draft", "refuse", draft, "--as=test_reader")
    refused(site, "There is no draft 99999999", "accept", "99999999", "--as=test_editor")
    assert agents.changes(item="g")[-1]["status"] == "pending"


def test_a_draft_is_sent_back_and_its_run_undone(site: Site, agents: Agents) -> None:
    """Remarks on the whole and on a field; before an undo the command tells what will happen."""
    draft = leave(agents, "h")
    refused(site, "--field-remark is NAME:TEXT", "send-back", draft, "--as=test_editor", "--field-remark=title")
    row = told(site, "send-back", draft, "--remark=Too long.", "--field-remark=title:No adjectives.")
    assert row["status"] == "pending"
    note = site.sql("SELECT note FROM background_agents_audit WHERE action = 'send_back' ORDER BY id DESC LIMIT 1")
    assert note[0]["note"] == "Too long.\nNo adjectives."
    run = agents.runs["agent"]["uuid"]
    refused(site, "may not undo the run, or it has not ended", "undo", run, "--as=test_editor", "--plan")
    site.php(
        "use Drupal\\background_agents\\Run\\RunState;"
        f"\\Drupal::service('Drupal\\background_agents\\Run\\RunFinisher')->finish('{run}', RunState::Failed, 'test');"
        "user_role_grant_permissions('test_editor', ['view any background agent run']);"
    )
    # It goes on with the remarks now: a second end.
    site.php(
        "use Drupal\\background_agents\\Run\\RunState;"
        f"\\Drupal::service('Drupal\\background_agents\\Run\\RunFinisher')->finish('{run}', RunState::Failed, 'test');"
    )
    plan = told(site, "undo", run, "--plan")
    assert any(row["what"] == "restore" for row in plan.values())
    before = agents.live("c")["title"]
    done = told(site, "undo", run, "--yes", "--note=Wrong agent.")
    assert any(row["done"] == "yes" for row in (done.values() if isinstance(done, dict) else done))
    assert agents.live("c")["title"] == before
    assert agents.newest("c")["title"] == "Published c"
    assert agents.newest("c")["moderation_state"] == "draft"


def test_a_run_is_asked_for_by_a_person(site: Site, agents: Agents) -> None:
    """So that four eyes and least of both know whom they concern."""
    site.php("user_role_grant_permissions('test_editor', ['run any background agent']);")
    uuid = site.drush("background-agents:run", "test_agent", "--as=test_editor").strip()
    row = site.sql("SELECT uid, trigger_type FROM background_agents_run WHERE uuid = %s", uuid)[0]
    assert (row["uid"], row["trigger_type"]) == (agents.accounts["editor"]["id"], "manual")
    refused(site, "(forbidden)", "run", "test_agent", "--as=test_reader")
