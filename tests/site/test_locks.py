"""Others' locks and calendars: an item that somebody edits, or that is planned to change by itself, is left alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.drupal import Agents, Site, is_problem

SOON = int(time.time()) + 3600
MODULES = ("content_lock", "scheduler", "scheduler_content_moderation_integration")


@pytest.fixture(scope="module")
def busy(site: Site, agents: Agents) -> Iterator[Agents]:
    """A site with Content Lock, Scheduler and its moderation integration, and code of its own that asks for things."""
    if missing := [name for name in MODULES if not list(site.root.glob(f"web/modules/**/{name}.info.yml"))]:
        pytest.skip(f"the site has no {', '.join(missing)}")
    site.drush("pm:install", *MODULES, "-y")
    site.install("site_code_test")
    given = {"soon": SOON, "editor": agents.accounts["editor"]["id"], "agent": agents.accounts["agent"]["id"]}
    made = site.script("calendars.php", json.dumps(given))
    agents.runs |= made["runs"]
    agents.items |= made["items"]
    yield agents
    site.php(
        "$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        "$storage->delete($storage->loadMultiple($storage->getQuery()->accessCheck(FALSE)->allRevisions()->exists('publish_on')->execute()));"
        "$storage->delete($storage->loadMultiple($storage->getQuery()->accessCheck(FALSE)->allRevisions()->exists('unpublish_on')->execute()));"
    )
    site.uninstall("site_code_test")
    site.drush("pm:uninstall", *reversed(MODULES), "-y")


def test_an_item_that_somebody_edits_is_locked(busy: Agents) -> None:
    """As for a person; and free again when the lock is released. The key stays free."""
    document = busy.document("revise", "agent", "edited")
    answer = busy.post(document)
    assert is_problem(answer, 409, "locked")
    assert (answer.json()["retry_after"], answer.headers["retry-after"]) == (600, "600")
    assert "Somebody is editing" in answer.json()["detail"]
    assert "test_editor" not in answer.text, "a person's name is not for the model"
    busy.site.sql("DELETE FROM content_lock WHERE entity_id = %s", busy.items["edited"]["id"])
    assert busy.post(document).status_code == 201


def test_only_others_locks_count(busy: Agents) -> None:
    """Neither the account's own, nor one that has timed out. One of a translation is the item's, as Content Lock has it."""
    assert busy.draft("revise", "agent", "own").status_code == 201
    assert is_problem(busy.draft("revise", "agent", "german", langcode="de"), 409, "locked")
    assert is_problem(busy.draft("revise", "agent", "german", langcode="en"), 409, "locked")
    busy.site.sql("UPDATE content_lock SET timestamp = 1")
    assert busy.draft("revise", "agent", "german", langcode="de").status_code == 201


@pytest.mark.parametrize("item", ["published_soon", "unpublished_soon"])
def test_an_item_that_is_planned_to_change_is_locked(busy: Agents, item: str) -> None:
    """Scheduler takes the newest revision: an agent's draft would be published by it, or be in its way."""
    answer = busy.draft("revise", "agent", item)
    assert is_problem(answer, 409, "locked")
    assert "published at 20" in answer.json()["detail"]


def test_a_plan_for_one_language_locks_the_others(busy: Agents) -> None:
    """They are in the same revision."""
    assert is_problem(busy.draft("revise", "agent", "language_soon", langcode="en"), 409, "locked")


def test_what_scheduler_publishes_is_the_editors(busy: Agents) -> None:
    """The guard's promise over time: nothing of an agent goes live without a person."""
    item = busy.items["published_soon"]
    for table in ("node_field_data", "node_field_revision"):
        busy.site.sql(f"UPDATE {table} SET publish_on = 1000 WHERE nid = %s", item["id"])
    busy.site.drush("cr")
    assert is_problem(busy.draft("revise", "agent", "published_soon"), 409, "locked")
    busy.site.php("\\Drupal::service('scheduler.manager')->publish();")
    live = busy.live("published_soon")
    assert (live["title"], live["status"]) == ("Published soon", 1)
    revised = busy.draft("revise", "agent", "published_soon", expected_revision=live["vid"])
    assert revised.status_code == 201, revised.text


@pytest.mark.parametrize("field", ["publish_on", "unpublish_on", "publish_state"])
@pytest.mark.parametrize("run", ["agent", "planner", "planner_of_editor"])
def test_a_date_needs_the_permission_and_that_the_agent_may_publish(busy: Agents, run: str, field: str) -> None:
    """The form asks for the permission of Scheduler; who plans, publishes. The person who asked is asked too."""
    value: Any = "published" if field == "publish_state" else SOON
    answer = busy.draft("create", run, fields={"title": "Planned", field: value})
    assert is_problem(answer, 403, "forbidden")
    assert answer.json()["errors"][0]["pointer"] == f"/fields/{field}"


def test_who_may_plan_and_publish_plans(busy: Agents) -> None:
    """With the permission, and a binding that lets the agent publish."""
    fields = {"title": "Planned", "publish_on": SOON, "publish_state": "published"}
    made = busy.draft("create", "publishing_planner", fields=fields)
    assert made.status_code == 201, made.text
    saved = busy.site.sql("SELECT publish_on FROM node_field_data WHERE nid = %s", made.json()["entity_id"])
    assert saved == [{"publish_on": SOON}]


def test_code_does_not_plan_for_an_agent(busy: Agents) -> None:
    """A hook that sets the date during an agent's save is refused with the save."""
    answer = busy.draft("create", fields={"title": "Plans"})
    assert is_problem(answer, 403, "forbidden")
    assert "publish_on" in answer.json()["detail"]


def test_a_site_names_more_fields_whose_form_asks(busy: Agents) -> None:
    """By hook_background_agents_field_permissions_alter()."""
    busy.site.php("\\Drupal\\taxonomy\\Entity\\Term::create(['vid' => 'tags', 'name' => 'Asked'])->save();")
    tag = busy.site.sql(
        "SELECT t.uuid FROM taxonomy_term_data t JOIN taxonomy_term_field_data d USING (tid) WHERE d.name = 'Asked'"
    )[0]
    answer = busy.draft("create", fields={"title": "Tagged", "field_tags": [{"target_uuid": tag["uuid"]}]})
    assert is_problem(answer, 403, "forbidden")
    assert "administer taxonomy" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("frozen", "title", "reason"), [(1, "Any", "until Monday"), (0, "Late freeze", "since a moment")]
)
def test_a_site_refuses_a_draft_at_times(busy: Agents, frozen: int, title: str, reason: str) -> None:
    """By MaySaveDraftEvent: at the first look, and when the item's row is locked. Nothing is stored."""
    busy.site.php(f"\\Drupal::state()->set('site_code_test.frozen', {frozen});")
    before = len(busy.changes())
    answer = busy.draft("create", fields={"title": title})
    assert is_problem(answer, 409, "locked")
    assert reason in answer.json()["detail"]
    assert len(busy.changes()) == before
