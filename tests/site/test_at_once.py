"""People who decide at the same moment, in processes of their own: one decision, and the other is told."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.site.drupal import Agents, Site, is_problem, new_key

ROUNDS = 20
DENIED = ("has accepted this draft already", "has refused this draft already", "is saving this content at this moment")


@pytest.fixture(autouse=True)
def agents(site: Site) -> Agents:
    """New ones for each test, and two editors who review."""
    agents = Agents(site, site.script("agents.php"))
    site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts', 'view any background agent run']);"
    )
    return agents


def leave(agents: Agents, item: str, title: str = "By the agent") -> dict[str, Any]:
    """A draft of the agent, and what its reviewer sees."""
    answer = agents.draft(
        "revise", "agent", item, fields={"title": title}, expected_revision=agents.newest(item)["vid"]
    )
    assert answer.status_code == 201, answer.text
    change = agents.changes(item=item)[-1]
    return change | {"seen": f"{agents.newest(item)['vid']}.{agents.live(item)['vid']}"}


def end(agents: Agents) -> None:
    agents.site.php(
        "\\Drupal::service('Drupal\\background_agents\\Run\\RunFinisher')"
        f"->finish('{agents.runs['agent']['uuid']}', \\Drupal\\background_agents\\Run\\RunState::Completed, 'done');"
    )


def at_once(site: Site, **deeds: list[dict[str, Any]]) -> list[list[Any]]:
    """What each person was told of each deed, by person."""
    given = [
        {"meeting": new_key(), "name": name, "all": len(deeds), "as": name, "deeds": what}
        for name, what in deeds.items()
    ]
    for one in given:
        one["meeting"] = given[0]["meeting"]
    try:
        with ThreadPoolExecutor(len(given)) as pool:
            return list(pool.map(lambda one: site.script("at_once.php", json.dumps(one)), given))
    finally:
        site.sql("DELETE FROM key_value WHERE collection = %s", f"background_agents_test.{given[0]['meeting']}")


def test_one_accepts_and_one_refuses(agents: Agents) -> None:
    """Exactly one decision, twenty times; what is published is what was decided."""
    site = agents.site
    items = [
        name
        for name, item in agents.items.items()
        if agents.newest(name)["moderation_state"] == "published" and "memo" not in name
    ]
    drafts = [leave(agents, item) for item in items[:ROUNDS]]
    assert len(drafts) == ROUNDS
    told = at_once(
        site,
        test_editor=[{"do": "accept", "change": draft["id"], "seen": draft["seen"]} for draft in drafts],
        test_no_agent=[{"do": "refuse", "change": draft["id"], "seen": draft["seen"]} for draft in drafts],
    )
    for item, accepted, refused in zip(items[:ROUNDS], *told, strict=True):
        assert [accepted, refused].count("done") == 1, (item, accepted, refused)
        second = refused if accepted == "done" else accepted
        assert any(part in second for part in DENIED), second
        assert agents.changes(item=item)[-1]["status"] == ("accepted" if accepted == "done" else "rejected")
        assert (agents.live(item)["title"] == "By the agent") == (accepted == "done")
    rows = site.sql("SELECT COUNT(*) AS n FROM background_agents_audit WHERE run = %s", agents.runs["agent"]["uuid"])
    assert rows[0]["n"] == ROUNDS


def test_two_send_back(agents: Agents) -> None:
    """Drafts of one run: one round begins, and all that was said of it is in its job or waits for its end."""
    site = agents.site
    first, second = leave(agents, "a"), leave(agents, "b")
    end(agents)
    told = at_once(
        site,
        test_editor=[{"do": "send_back", "change": first["id"], "seen": first["seen"], "remark": "Shorter."}],
        test_no_agent=[{"do": "send_back", "change": second["id"], "seen": second["seen"], "remark": "Longer."}],
    )
    assert told == [["done"], ["done"]]
    run = agents.runs["agent"]
    kept = site.sql("SELECT round, remarks FROM background_agents_sent_back WHERE run = %s ORDER BY id", run["id"])
    assert sorted(json.loads(row["remarks"])[0]["text"] for row in kept) == ["Longer.", "Shorter."]
    assert max(row["round"] for row in kept) == 1
    assert site.sql("SELECT generation, round FROM background_agents_run WHERE id = %s", run["id"]) == [
        {"generation": 2, "round": 1}
    ]
    jobs = site.sql("SELECT job FROM background_agents_outbox WHERE run = %s", run["uuid"])
    assert len(jobs) == 1
    remarks = json.loads(jobs[0]["job"])["review"]["remarks"]
    assert len(remarks) == sum(1 for row in kept if row["round"] == 1)


def test_two_send_the_same_draft_back(agents: Agents) -> None:
    """The second is told of the first, and nothing of theirs is kept."""
    site = agents.site
    draft = leave(agents, "a")
    end(agents)
    deed = {"do": "send_back", "change": draft["id"], "seen": draft["seen"], "remark": "Shorter."}
    told = at_once(site, test_editor=[deed], test_no_agent=[deed])
    assert sorted(told).count(["done"]) == 1
    other = next(said[0] for said in told if said != ["done"])
    assert "has sent this draft back already" in other or "at this moment" in other
    run = agents.runs["agent"]["id"]
    assert site.sql("SELECT COUNT(*) AS n FROM background_agents_sent_back WHERE run = %s", run)[0]["n"] == 1
    assert site.sql("SELECT generation FROM background_agents_run WHERE id = %s", run)[0]["generation"] == 2


def test_two_undo(agents: Agents) -> None:
    """Each item is undone by one of them."""
    site = agents.site
    for item in "abcde":
        leave(agents, item)
    end(agents)
    deed = {"do": "undo", "run": agents.runs["agent"]["id"]}
    told = at_once(site, test_editor=[deed], test_no_agent=[deed])
    assert sum(said[0].count("done") for said in told) == 5, told
    rows = site.sql(
        "SELECT data FROM background_agents_audit WHERE action = 'undo' AND run = %s", agents.runs["agent"]["uuid"]
    )
    assert len(rows) == 5
    assert [agents.changes(item=item)[-1]["status"] for item in "abcde"] == ["rejected"] * 5


def test_the_agent_writes_while_its_draft_is_decided_about(agents: Agents) -> None:
    """Either the person decides and the agent is told of a newer version, or the other way round."""
    site = agents.site
    items = "abcdefgh"
    drafts = [leave(agents, item) for item in items]
    deeds = [{"do": "accept", "change": draft["id"], "seen": draft["seen"]} for draft in drafts]
    with ThreadPoolExecutor(2) as pool:
        editor = pool.submit(lambda: at_once(site, test_editor=deeds)[0])
        answers = []
        for item, draft in zip(items, drafts, strict=True):
            answers.append(
                agents.draft(
                    "revise",
                    "agent",
                    item,
                    fields={"title": "By the agent again"},
                    expected_revision=int(draft["seen"].split(".")[0]),
                )
            )
        told = editor.result(180)
    for item, said, answer in zip(items, told, answers, strict=True):
        if said == "done":
            # Before the agent, or it went on from what was published then.
            assert is_problem(answer, 409, "revision_conflict"), item
            assert agents.live(item)["title"] == "By the agent"
        else:
            assert answer.status_code == 201, (item, said, answer.text)
            assert agents.live(item)["title"] != "By the agent"
            assert agents.changes(item=item)[-1]["status"] == "pending"
