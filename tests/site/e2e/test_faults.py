"""Whose fault it is, end to end: the model hears what the site's code says, a locked item is waited for, and no run waits for ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.drupal import Site
from tests.site.e2e.system import World


@pytest.fixture(scope="module", autouse=True)
def broken(site: Site) -> Iterator[None]:
    """A site whose own code fails where a title says so."""
    site.install("site_code_test")
    yield
    site.uninstall("site_code_test")


def test_a_model_mends_what_the_sites_code_says(world: World) -> None:
    """It is told the sentence, and the run does not wait."""
    run = world.run("charting")
    assert (world.ended(run)["state"], len(world.drafts(run))) == ("completed", 1)
    told = [event["data"]["result"] for event in world.events(run, "tool_finished")]
    assert "The chart id is missing." in told[0]["error"]
    world.settled(run)


def test_the_same_failure_three_times_ends_the_run(world: World) -> None:
    """With the site's sentence, and advice on the run's page."""
    run = world.run("chartless")
    row = world.ended(run)
    assert (row["state"], row["reason"], row["writes"]) == ("failed", "site_error", 0)
    world.explained(run, "failed", "site_error", "The chart id is missing.", "Code of this site failed")
    world.settled(run)


def test_php_that_dies_at_one_request_ends_the_run(world: World) -> None:
    """Nobody catches that: the site answers with a bare 500, and answers everything else. It is tried three times."""
    run = world.run("fatal")
    row = world.ended(run, seconds=90)
    assert (row["state"], row["reason"]) == ("failed", "site_error")
    waits = [event["data"]["reason"] for event in world.events(run, "run_waiting")]
    assert waits == ["drupal:failed", "drupal:failed"]
    world.settled(run)


def test_an_item_that_somebody_edits_is_waited_for(world: World) -> None:
    """The model is told once; when it insists, the run waits, and goes on when the item is free."""
    article = world.article("Busy")
    world.site.php("\\Drupal::state()->set('site_code_test.busy', 'Ann is editing it.');")
    try:
        run = world.run("insisting", id=article["uuid"])
        row = world.waits(run, "retry")
    finally:
        world.site.php("\\Drupal::state()->delete('site_code_test.busy');")
    assert row["reason"] == "locked"
    assert [event["data"]["status"] for event in world.events(run, "tool_finished")] == ["ok", "error", "retry"]
    world.command(run, "pause")
    world.command(run, "resume")
    world.completed(run)
    assert len(world.drafts(run)) == 1
    world.settled(run)
