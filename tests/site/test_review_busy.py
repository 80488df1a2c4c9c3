"""Decisions about drafts while somebody else holds, edits or saves the item: nothing is decided, and the person is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.drupal import Site
from tests.site.outcomes import Outcomes

SAVING = "Somebody else is saving this content at this moment."


def leave(outcomes: Outcomes, item: str) -> int:
    outcomes.items(**{item: {"fields": {"title": f"Hall {item}"}}})
    change = outcomes.draft(item, {"title": "By the agent"})
    assert change is not None
    return change


def status(outcomes: Outcomes, change: int) -> str:
    return outcomes.agents.site.sql("SELECT status FROM background_agents_change WHERE id = %s", change)[0]["status"]


def test_a_locked_item_is_not_waited_for_long(outcomes: Outcomes) -> None:
    """Two seconds, not the database's fifty; then it can be tried again. No sidecar is needed for any of it."""
    change = leave(outcomes, "held")
    nid = outcomes.agents.items["held"]["id"]
    with outcomes.agents.site.locked("SELECT nid FROM node WHERE nid = %s FOR UPDATE", nid):
        outcomes.accept(change)
        outcomes.refuse(change)
        said = outcomes.told()
    assert SAVING in said[str(change)]
    assert status(outcomes, change) == "pending"
    outcomes.accept(change)
    assert outcomes.done()[change]["outcome"] == "accepted"


def test_a_save_that_is_not_committed_is_not_buried(outcomes: Outcomes) -> None:
    """An editor's revision with a lower number is on its way: the accepted one would hide it."""
    change = leave(outcomes, "overtaken")
    nid = outcomes.agents.items["overtaken"]["id"]
    with outcomes.agents.site.editors_revision(str(nid)) as editors:
        outcomes.accept(change)
        said = outcomes.told()
        editors.rollback()
    assert SAVING in said[str(change)]
    assert (status(outcomes, change), outcomes.agents.newest(nid)["moderation_state"]) == ("pending", "draft")


@pytest.fixture
def content_lock(site: Site) -> Iterator[None]:
    """Content Lock for all content."""
    if not list(site.root.glob("web/modules/**/content_lock.info.yml")):
        pytest.skip("the site has no content_lock")
    site.drush("pm:install", "content_lock", "-y")
    site.php(
        "\\Drupal::configFactory()->getEditable('content_lock.settings')->set('types', ['node' => ['outcomes' => 'outcomes']])->save();"
    )
    yield
    site.drush("pm:uninstall", "content_lock", "-y")


@pytest.mark.usefixtures("content_lock")
def test_an_item_that_somebody_edits_is_left_to_them(outcomes: Outcomes) -> None:
    """Content Lock: others are told who it is; the editor decides, and so does anybody when the lock is gone."""
    change = leave(outcomes, "edited")
    site, nid = outcomes.agents.site, outcomes.agents.items["edited"]["id"]
    lock = (
        f"\\Drupal::service('content_lock')->locking(\\Drupal\\node\\Entity\\Node::load({nid}), 'default', %d, TRUE);"
    )
    site.php(lock % 1)
    outcomes.accept(change)
    assert "admin is editing" in outcomes.told()[str(change)]
    assert status(outcomes, change) == "pending"
    site.sql("DELETE FROM content_lock WHERE entity_id = %s", nid)
    site.php(lock % outcomes.agents.accounts["editor"]["id"])
    outcomes.accept(change)
    assert outcomes.done()[change]["outcome"] == "accepted"
