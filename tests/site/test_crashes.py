"""Processes that decide about drafts are killed before each of their statements: all of it or nothing, and once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.site.drupal import Agents, Site

# Before each of so many statements; 1 takes minutes. A prime, so that crashes come at other places when statements are added.
STRIDE = 7


@pytest.fixture(scope="module", autouse=True)
def reviewer(site: Site, agents: Agents) -> None:
    if site.php("print (int) function_exists('pcntl_fork');") != "1":
        pytest.skip("PHP on the command line has no pcntl")
    site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts', 'view any background agent run']);"
    )


def leave(agents: Agents, item: str, title: str = "By the agent") -> dict[str, Any]:
    """A draft of the agent."""
    answer = agents.draft(
        "revise", "agent", item, fields={"title": title}, expected_revision=agents.newest(item)["vid"]
    )
    assert answer.status_code == 201, answer.text
    return agents.changes(item=item)[-1]


def end(agents: Agents) -> None:
    """The run ends."""
    agents.site.php(
        "\\Drupal::service('Drupal\\background_agents\\Run\\RunFinisher')"
        f"->finish('{agents.runs['agent']['uuid']}', \\Drupal\\background_agents\\Run\\RunState::Completed, 'done');"
    )


def crash(agents: Agents, deed: str, **members: Any) -> dict[str, Any]:
    """What was found after the processes, by stage."""
    return agents.site.script("crashes.php", json.dumps({"deed": deed, "as": "test_editor"} | members))


def decisions(agents: Agents, item: str) -> list[str]:
    """What the audit log has of an item."""
    rows = agents.site.sql(
        "SELECT action FROM background_agents_audit WHERE run = %s AND data LIKE %s ORDER BY id",
        agents.runs["agent"]["uuid"],
        f'%"id":"{agents.items[item]["id"]}"%',
    )
    return [row["action"] for row in rows]


@pytest.mark.parametrize("deed", ["accept", "refuse"])
def test_a_decision_is_whole_and_once(agents: Agents, deed: str) -> None:
    """Repeated after each crash, as a batch that broke off is: one decision, one entry, one revision."""
    item = "a" if deed == "accept" else "b"
    change = leave(agents, item)
    revision = agents.newest(item)["vid"]
    found = crash(agents, deed, change=change["id"], stride=STRIDE)
    assert found["ended"]
    assert set(found["stages"]) <= {"pending", f"{deed}ed".replace("refuseed", "rejected")}
    assert decisions(agents, item) == [deed]
    newer = agents.site.sql(
        "SELECT vid FROM node_revision WHERE nid = %s AND vid > %s", agents.items[item]["id"], revision
    )
    assert len(newer) == (1 if deed == "accept" else 0)


def test_sending_back_begins_one_round(agents: Agents) -> None:
    """Nothing is kept, or all of it; what was kept and not begun, cron begins, whenever it dies itself."""
    change = leave(agents, "c")
    end(agents)
    kept = crash(agents, "send_back", change=change["id"], remark="Shorter.", until="sent 1")
    assert set(kept["stages"]) == {"sent 0", "sent 1"}
    assert not kept["ended"]
    run = agents.runs["agent"]["id"]
    begun = crash(agents, "begin", run=run)
    assert begun["ended"]
    assert set(begun["stages"]) == {"generation 1", "generation 2"}
    assert crash(agents, "begin", run=run, until="generation 2")["stages"] == {"generation 2": 1}
    assert agents.site.sql(
        "SELECT round, remarks IS NOT NULL AS said FROM background_agents_sent_back WHERE run = %s", run
    ) == [{"round": 1, "said": 1}]
    jobs = agents.site.sql(
        "SELECT generation FROM background_agents_outbox WHERE run = %s", agents.runs["agent"]["uuid"]
    )
    assert [row["generation"] for row in jobs] == [2]
    assert decisions(agents, "c") == ["send_back"]


def test_a_run_is_undone_item_by_item(site: Site) -> None:
    """Each item once, however often it broke off in between."""
    agents = Agents(site, site.script("agents.php"))
    site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts', 'view any background agent run']);"
    )
    for item in "def":
        leave(agents, item)
    end(agents)
    found = crash(agents, "undo", run=agents.runs["agent"]["id"], stride=STRIDE)
    assert found["ended"]
    assert [decisions(agents, item) for item in "def"] == [["refuse", "undo"]] * 3
    assert [agents.changes(item=item)[-1]["status"] for item in "def"] == ["rejected"] * 3
