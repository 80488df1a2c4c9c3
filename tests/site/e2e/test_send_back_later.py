"""Drafts that are sent back after a loss of Redis, while their run is at work, and while no sidecar is there.

In a module of their own: a site has one sidecar, and that of another transport would take the jobs, too.
"""

from __future__ import annotations

from tests.site.drupal import Site
from tests.site.e2e.sending_back import left, revised, second_round, send_back
from tests.site.e2e.system import World, until


def test_days_later_and_after_a_loss_of_redis(world: World) -> None:
    """Nothing that the sidecar knew is needed."""
    run, first = left(world)
    world.site.sql("DELETE FROM background_agents_checkpoint")
    world.up.flush()
    send_back(world, first["id"], "Shorter.", title="Say bread first.")
    second_round(world, run, first, "First try: Shorter. Say bread first.")
    send_back(world, world.drafts(run)[2]["id"], "Once more.")
    until(lambda: world.row(run)["generation"] == 3, 10, "the third generation")
    world.up.flush()
    assert world.completed(run, 60)["round"] == 2
    assert world.drafts(run)[-1]["target_label"] == "Round 2, after Shorter."


def test_while_the_run_is_at_work(world: World) -> None:
    """It is kept, and begins with the end of the run: once."""
    run = world.run("sent_at_work", id=world.article("Bread")["uuid"])
    world.saw(run, "change_saved", times=2)
    first = revised(world, run)
    told = send_back(world, first["id"], "Shorter.", title="Say bread first.")
    assert "as soon as its present run has ended" in told.text
    until(lambda: world.row(run)["generation"] == 2, 30, "the next round begins")
    second_round(world, run, first, "First try: Shorter. Say bread first.")


def test_while_the_sidecar_is_down(world: World, site: Site) -> None:
    """Drupal keeps it until a sidecar is there."""
    run, first = left(world)
    world.up.stop()
    try:
        send_back(world, first["id"], "Shorter.", title="Say bread first.")
        assert (world.row(run)["state"], world.row(run)["generation"]) == ("queued", 2)
    finally:
        world.up.start()
    site.drush("cron")
    second_round(world, run, first, "First try: Shorter. Say bread first.")
