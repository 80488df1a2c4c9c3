"""What code of the site does while an agent's draft is saved: it leaves its change, or nothing at all, whatever it swallows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.site.drupal import Agents, Site, is_problem

NAME = "background_agents_test_guard"
SLOGAN = "print \\Drupal::config('system.site')->get('slogan');"
SOURCE = Path(__file__).parent / "modules" / NAME


@pytest.fixture(scope="module", autouse=True)
def code(site: Site) -> Iterator[None]:
    """A module of the site that does what the state "bga_test.deed" says."""
    target = site.root / "web/modules/custom" / NAME
    shutil.copytree(SOURCE, target, dirs_exist_ok=True)
    site.drush("pm:install", NAME, "-y")
    yield
    site.drush("pm:uninstall", NAME, "-y")
    shutil.rmtree(target)


class Deed:
    """One deed of the site's code in one draft of an agent."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    def during(self, deed: str, operation: str, run: str, item: str | None = None, **members: Any) -> httpx.Response:
        """The answer to a draft in which the deed is done."""
        self._agents.site.php(
            f"\\Drupal::state()->set('bga_test.deed', '{deed}'); \\Drupal::keyValue('bga_test')->delete('row');"
        )
        try:
            return self._agents.draft(operation, run, item, **members)
        finally:
            self._agents.site.php("\\Drupal::state()->delete('bga_test.deed');")

    def row(self) -> bool:
        """Whether the row that the code wrote beside its deed was kept."""
        return bool(self._agents.site.sql("SELECT 1 FROM key_value WHERE collection = 'bga_test' AND name = 'row'"))


@pytest.fixture
def deed(agents: Agents) -> Deed:
    return Deed(agents)


def counts(agents: Agents) -> tuple[int, ...]:
    """How many revisions, changes, effects and events there are."""
    tables = (
        "node_revision",
        "background_agents_change",
        "background_agents_effect",
        "content_moderation_state_revision",
    )
    return tuple(agents.site.sql(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"] for table in tables)


def editors_draft(agents: Agents, item: str) -> int:
    """A pending draft of an editor; its revision."""
    return int(
        agents.site.php(
            "$s = \\Drupal::entityTypeManager()->getStorage('node');"
            f"$n = $s->createRevision($s->load({agents.items[item]['id']}), FALSE);"
            "$n->set('title', 'Draft of an editor')->set('moderation_state', 'draft')->save(); print $n->getRevisionId();"
        )
    )


@pytest.mark.parametrize("swallow", ["", "!"], ids=["thrown", "swallowed"])
@pytest.mark.parametrize("what", ["revision", "record", "config"])
@pytest.mark.parametrize("time", ["presave", "saved"])
def test_what_is_refused_takes_the_draft_with_it(
    agents: Agents, deed: Deed, time: str, what: str, swallow: str
) -> None:
    """Also when the code swallows the exception: no revision, no change, no row that it wrote beside; what it attacked is as before."""
    pending = editors_draft(agents, "c")
    before, slogan = counts(agents), agents.site.php(SLOGAN)
    answer = deed.during(f"{time}:{what}{swallow}:{pending}", "revise", "agent", "d", fields={"title": "Not stored"})
    assert is_problem(answer, 403, "forbidden")
    assert counts(agents) == before
    assert not deed.row()
    assert agents.newest("d")["vid"] == agents.items["d"]["revision"]
    assert agents.newest("c")["vid"] == pending
    assert agents.newest("c")["moderation_state"] == "draft"
    assert agents.site.php(SLOGAN) == slogan


def test_the_same_draft_goes_when_the_code_lets_it(agents: Agents, deed: Deed) -> None:
    """A refusal leaves nothing behind that refuses the next draft."""
    assert deed.during(f"saved:revision!:{editors_draft(agents, 'c')}", "revise", "agent", "d").status_code == 403
    assert agents.draft("revise", "agent", "d").status_code == 201


@pytest.mark.parametrize("time", ["presave", "saved", "after"])
def test_an_account_that_code_switches_to_does_not_stay(agents: Agents, deed: Deed, time: str) -> None:
    """The request goes on as the agent, not as user 1."""
    answer = deed.during(f"{time}:stay:1", "create", "agent")
    assert answer.status_code == 201, answer.text
    assert answer.headers["x-test-account"] == str(agents.accounts["agent"]["id"])


def test_what_code_saves_besides_has_its_change(agents: Agents, deed: Deed) -> None:
    """Another item that code makes in the agent's save: a draft, with a change and an effect of its own."""
    before = agents.changes()
    answer = deed.during("saved:other:0", "create", "agent", fields={"title": "By the agent"})
    assert answer.status_code == 201, answer.text
    made = agents.changes()[len(before) :]
    assert {row["target_label"] for row in made} == {"Made by code", "By the agent"}
    other = next(row for row in made if row["target_label"] == "Made by code")
    assert (other["operation"], other["status"], other["moderation_state"]) == ("create", "pending", "draft")
    newest = agents.newest(int(other["target_id"]))
    assert (newest["status"], newest["vid"]) == (0, other["target_revision"])
    effects = agents.site.sql("SELECT * FROM background_agents_effect WHERE effect_key = %s", other["effect_key"])
    assert len(effects) == 1


def test_what_code_revises_has_its_change(agents: Agents, deed: Deed) -> None:
    """With the revision that it was made from; what visitors see stays."""
    answer = deed.during(f"saved:revise:{agents.items['e']['id']}", "create", "agent")
    assert answer.status_code == 201, answer.text
    change = agents.changes(item="e")[-1]
    assert (change["operation"], change["base_revision"]) == ("revise", agents.items["e"]["revision"])
    assert agents.newest("e")["title"] == "Changed by code"
    assert agents.live("e")["title"] == "Published e"


def test_what_code_saves_counts_in_the_limit(agents: Agents, deed: Deed) -> None:
    """An agent that may leave one draft leaves one, or none: not two."""
    before = counts(agents)
    assert is_problem(deed.during("saved:other:0", "create", "few"), 403, "limit_writes")
    assert is_problem(deed.during("saved:other!:0", "create", "few"), 403, "limit_writes")
    assert counts(agents) == before


def test_what_code_saves_does_not_bury_a_newer_draft(agents: Agents, deed: Deed) -> None:
    """P4 holds for code: it started from what is published, an editor's draft is newer."""
    pending = editors_draft(agents, "f")
    assert is_problem(
        deed.during(f"saved:revise:{agents.items['f']['id']}", "create", "agent"), 409, "revision_conflict"
    )
    assert agents.newest("f")["vid"] == pending


def test_what_code_saves_does_not_overtake_an_editor(agents: Agents, deed: Deed) -> None:
    """An editor's save that is not committed yet has the lower number, and is not seen by reading."""
    item = agents.items["g"]
    with agents.site.editors_revision(item["id"]) as connection:
        assert is_problem(deed.during(f"saved:revise:{item['id']}", "create", "agent"), 503, "busy")
        connection.rollback()
    assert agents.newest("g")["vid"] == item["revision"]


@pytest.mark.parametrize("deed_name", ["again", "anew", "published"])
@pytest.mark.parametrize("operation", ["create", "revise"])
def test_a_save_within_the_save_of_a_draft_is_the_drafts(
    agents: Agents, deed: Deed, operation: str, deed_name: str
) -> None:
    """Code sets a field, or a state, of what was saved and saves it again: one revision, one change, and the answer names them."""
    before, changes = counts(agents), len(agents.changes())
    item = None if operation == "create" else {"again": "h", "anew": "a", "published": "b"}[deed_name]
    answer = deed.during(f"saved:{deed_name}:0", operation, "agent", item, fields={"title": "Once"})
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    newest = agents.newest(int(draft["entity_id"]))
    assert (newest["title"], newest["vid"]) == (
        "Published by code" if deed_name == "published" else f"Once and {deed_name}",
        draft["revision"],
    )
    assert (newest["status"], newest["moderation_state"]) == (0, "draft")
    assert [now - then for now, then in zip(counts(agents), before, strict=True)] == [1, 1, 1, 1]
    assert [row["target_revision"] for row in agents.changes()[changes:]] == [draft["revision"]]
    if item is not None:
        assert agents.live(item) == {"title": f"Published {item}", "status": 1, "vid": agents.items[item]["revision"]}


def test_a_save_after_the_draft_has_its_own_change(agents: Agents, deed: Deed) -> None:
    """When the draft is stored, code that saves it again leaves a new revision that takes its place."""
    answer = deed.during("after:again:0", "create", "agent", fields={"title": "Once"})
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    mine = [row for row in agents.changes() if row["target_uuid"] == draft["entity"]]
    assert [row["status"] for row in mine] == ["superseded", "pending"]
    assert mine[1]["base_revision"] == draft["revision"]
    assert agents.newest(int(draft["entity_id"]))["vid"] == mine[1]["target_revision"]
