"""A site with Pathauto and a model of ECA that sets a field of what was saved and saves it again: agents' drafts work there as editors' do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.drupal import Agents, Site


@pytest.fixture(scope="module", autouse=True)
def models(site: Site) -> Iterator[None]:
    """Pathauto with a pattern for articles, and a model for each of insert and update."""
    present = site.drush("pm:list", "--format=list", "--no-core", "--type=module").split()
    if missing := [name for name in ("eca", "pathauto") if name not in present]:
        pytest.skip(f"not on this site: {', '.join(missing)}")
    site.drush("pm:install", "eca_base", "eca_content", "pathauto", "-y")
    yield
    site.script("guard_models.php", "off")
    site.drush("pm:uninstall", "pathauto", "-y")


@pytest.fixture
def nested(site: Site, agents: Agents) -> Iterator[Agents]:
    """The agents, with the models at work; the items were made without."""
    site.script("guard_models.php")
    yield agents
    site.script("guard_models.php", "off")


def aliases(agents: Agents, nid: int | str) -> list[str]:
    rows = agents.site.sql("SELECT alias FROM path_alias WHERE path = %s ORDER BY id", f"/node/{nid}")
    return [row["alias"] for row in rows]


def test_a_creation_is_one_draft_with_an_alias(nested: Agents) -> None:
    """The field that the model set is in the draft; one revision, one change, and the alias that Pathauto makes."""
    answer = nested.draft("create", "agent", fields={"title": "Nested creation"})
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    newest = nested.newest(int(draft["entity_id"]))
    assert newest["title"].startswith("Nested creation insert")
    assert (newest["vid"], newest["status"], newest["moderation_state"]) == (draft["revision"], 0, "draft")
    assert draft["label"] == newest["title"]
    revisions = nested.site.sql("SELECT vid FROM node_revision WHERE nid = %s", draft["entity_id"])
    assert [row["vid"] for row in revisions] == [draft["revision"]]
    mine = [row for row in nested.changes() if row["target_uuid"] == draft["entity"]]
    assert [row["target_revision"] for row in mine] == [draft["revision"]]
    assert all(alias.startswith("/bga/nested-creation-insert") for alias in aliases(nested, draft["entity_id"]))
    assert aliases(nested, draft["entity_id"])


def test_a_draft_of_an_unpublished_page_takes_its_alias_along(nested: Agents) -> None:
    """Pathauto changes the alias of a page that nobody sees; its revision is one."""
    made = nested.draft("create", "agent", fields={"title": "Unpublished page"}).json()
    answer = nested.draft(
        "revise", "agent", entity=made["entity"], expected_revision=made["revision"], fields={"title": "Renamed"}
    )
    assert answer.status_code == 201, answer.text
    newest = nested.newest(int(made["entity_id"]))
    assert newest["title"].startswith("Renamed update")
    assert newest["vid"] == answer.json()["revision"]
    assert any("renamed" in alias for alias in aliases(nested, made["entity_id"]))


def test_a_draft_of_a_published_page_leaves_its_alias(nested: Agents) -> None:
    """The model works in the draft, and what visitors see stays, its address too."""
    nested.site.sql(
        "INSERT INTO path_alias (revision_id, uuid, langcode, path, alias, status) "
        "SELECT COALESCE(MAX(revision_id), 0) + 1000, UUID(), 'en', %s, '/kept', 1 FROM path_alias",
        f"/node/{nested.items['a']['id']}",
    )
    answer = nested.draft("revise", "agent", "a", fields={"title": "New title"})
    assert answer.status_code == 201, answer.text
    newest = nested.newest("a")
    assert newest["title"].startswith("New title update")
    assert newest["vid"] == answer.json()["revision"]
    assert nested.live("a") == {"title": "Published a", "status": 1, "vid": nested.items["a"]["revision"]}
    assert aliases(nested, nested.items["a"]["id"]) == ["/kept"]
    nested.site.sql("DELETE FROM path_alias WHERE alias = '/kept'")
