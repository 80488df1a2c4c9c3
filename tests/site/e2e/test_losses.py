"""kill -9 of the sidecar, and a Redis that forgets everything, in the middle of a run that has left a draft already."""

from __future__ import annotations

from tests.site.e2e.system import World, until


def one_of_each(world: World, run: str) -> None:
    """Completed, with the two drafts that it was to make, and no third."""
    row = world.ended(run, 60)
    assert (row["state"], row["reason"], row["writes"]) == ("completed", "done", 2), world.why(run)
    drafts = world.drafts(run)
    assert [draft["target_label"] for draft in drafts] == ["Before", "After"]
    assert len({draft["target_id"] for draft in drafts}) == 2
    world.settled(run)


def test_the_sidecar_is_killed(world: World) -> None:
    """Another process goes on behind the draft."""
    run = world.run("half")
    world.saw(run, "change_saved")
    world.up.kill()
    world.up.start()
    one_of_each(world, run)
    assert len(world.events(run, "run_started")) == 2


def test_redis_forgets_everything(world: World) -> None:
    """Drupal hands the run out again, with what it had; the draft is not made again."""
    run = world.run("half")
    world.saw(run, "change_saved")
    world.up.flush()
    until(lambda: world.attempt(run) > 1 or not world.attempt(run), 30, "the run is handed out again")
    one_of_each(world, run)
    assert world.row(run)["attempt"] == 2


def test_both_at_once(world: World) -> None:
    """Killed, and nothing left in Redis when it starts again; also a run that nobody had begun."""
    run = world.run("half")
    world.saw(run, "change_saved")
    world.up.kill()
    world.up.flush()
    fresh = world.run("writer")
    world.up.start()
    one_of_each(world, run)
    world.completed(fresh, 60)
    assert len(world.drafts(fresh)) == 1


def test_a_days_budget_outlives_redis(world: World) -> None:
    """What was spent before the loss counts after it: the second run is refused before its model is asked."""
    world.site.sql("DELETE FROM background_agents_spent")
    world.up.flush()
    first = world.run("thrifty")
    world.completed(first, 60)
    world.up.flush()
    second = world.run("thrifty")
    row = world.ended(second, 60)
    assert (row["state"], row["reason"], row["input_tokens"]) == ("failed", "limit:budget_agent", 0), row
    assert world.events(second, "model_requested") == []
