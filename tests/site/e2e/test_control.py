"""What people say to runs in Drupal reaches the sidecar: stop, cancel, pause, retry, decisions."""

from __future__ import annotations

import time

from tests.site.e2e.conftest import Mcp
from tests.site.e2e.system import World, until

# What is promised is two seconds; a busy machine may take longer.
SECONDS = 4.0


def timed(world: World, run: str, state: str, seconds: float = 15) -> float:
    """Seconds until the sidecar's run is in a state."""
    began = time.monotonic()
    until(lambda: world.held(run)["state"] == state, seconds, f"the run is {state}; it is {world.held(run)}")
    return time.monotonic() - began


def test_the_stop_switch_reaches_a_running_run(world: World) -> None:
    """Pressed by the form's service, as a person does; the run goes back into its lane and goes on when agents may run again."""
    run = world.run("half")
    world.saw(run, "change_saved")
    world.site.drush("background-agents:stop")
    try:
        taken = timed(world, run, "queued")
        assert taken < SECONDS, taken
        until(lambda: world.row(run)["state"] == "queued", 10, "Drupal knows it")
        assert world.events(run, "run_queued")[-1]["data"]["reason"] == "site_stopped"
        assert "start" in world.page(run)
        refused = world.editor.post("runs", {"agent": "writer", "input": {}})
        assert (refused.status_code, refused.json()["code"]) == (403, "site_stopped")
        assert world.as_run(run, "GET", "/background-agents/v1/me").status_code == 403
    finally:
        world.site.drush("background-agents:start")
    row = world.ended(run, 60)
    assert (row["state"], len(world.drafts(run))) == ("completed", 2), world.why(run)
    world.settled(run)


def test_cancel(world: World) -> None:
    """The run ends within about two seconds; its draft stays."""
    run = world.run("slow")
    world.saw(run, "change_saved")
    began = time.monotonic()
    world.command(run, "cancel", note="Not needed any more.")
    row = world.ended(run, SECONDS)
    assert time.monotonic() - began < SECONDS
    assert (row["state"], row["reason"]) == ("cancelled", "cancelled")
    assert world.events(run, "run_finished")[0]["data"]["note"] == "Not needed any more."
    assert len(world.drafts(run)) == 1
    world.settled(run)


def test_cancel_before_anybody_has_taken_it(world: World) -> None:
    """Ended at once; the sidecar that comes later never drives it."""
    world.up.stop()
    try:
        run = world.run("writer")
        world.command(run, "cancel")
        assert world.row(run)["state"] == "cancelled"
    finally:
        world.up.start()
    assert world.drafts(run) == []
    [told] = world.events(run, "run_finished")
    assert (told["data"]["state"], told["seq"]) == ("cancelled", 1), "told by the site: nobody else had the run"


def test_pause_and_resume(world: World) -> None:
    """It finishes what it is doing, waits, and goes on."""
    run = world.run("pausing")
    world.saw(run, "tool_finished")
    world.command(run, "pause")
    until(lambda: world.row(run)["state"] == "paused", 15, "the run is paused")
    assert world.row(run)["steps"] < 4
    world.command(run, "resume")
    row = world.ended(run)
    assert (row["state"], row["steps"]) == ("completed", 4), world.why(run)
    assert world.events(run, "run_resumed")
    world.settled(run)


def test_retry_replaces_the_draft_that_nobody_touched(world: World) -> None:
    """A second generation of the same run, from the beginning: one pending draft is left, and usage begins anew."""
    article = world.article("Retried")
    run = world.run("given", id=article["uuid"])
    world.ended(run)
    [first] = world.drafts(run)
    world.command(run, "retry")
    until(lambda: world.row(run)["generation"] == 2, 5, "the second generation")
    row = world.ended(run)
    assert (row["state"], row["generation"], row["steps"], row["writes"]) == ("completed", 2, 3, 1), world.why(run)
    drafts = world.drafts(run)
    assert [draft["generation"] for draft in drafts] == [1, 2]
    assert drafts[0]["status"] in {"superseded", "discarded"}
    assert drafts[1]["status"] == "pending"
    assert world.live(article["id"])["title"] == "Retried"
    # It read the newest revision, which was its own draft, and put the new one in its place.
    assert world.revisions(article["id"])[-1]["title"] == "Retried, revised, revised"
    assert first["id"] == drafts[0]["id"]
    world.settled(run)


def test_a_person_decides_about_a_tool_in_doubt(world: World, mcp: Mcp) -> None:
    """The MCP server books and dies before it answers. Nothing is repeated; the page asks, and the answer leads on."""
    before = mcp.bookings
    run = in_doubt(world, mcp)
    world.explained(run, "waiting", "in_doubt", "booking_book", "It was done", "Do it again")
    question = world.events(run, "approval_requested")[-1]["data"]
    world.command(run, "decide", id=question["id"], decision="done")
    row = world.ended(run)
    assert (row["state"], mcp.bookings) == ("completed", before + 1), world.why(run)
    assert world.events(run, "approval_given")[0]["data"]["decision"] == "done"
    world.settled(run)


def test_a_run_that_waits_for_a_decision_survives_a_loss_of_redis(world: World, mcp: Mcp) -> None:
    """FLUSHALL while it waits: it keeps waiting for the same question, and goes on after the answer. Nothing is booked twice."""
    before = mcp.bookings
    run = in_doubt(world, mcp)
    question = world.events(run, "approval_requested")[-1]["data"]
    steps = world.row(run)["steps"]
    world.up.flush()
    until(lambda: world.row(run)["attempt"] > 1 or world.attempt(run) > 1, 30, "the run is handed out again")
    until(lambda: world.holds(run, "waiting"), 15, "the sidecar has it, waiting")
    assert world.row(run)["state"] == "waiting"
    assert len(world.events(run, "approval_requested")) == 1
    world.command(run, "decide", id=question["id"], decision="done")
    row = world.ended(run)
    assert (row["state"], mcp.bookings) == ("completed", before + 1), world.why(run)
    assert row["steps"] == steps + 1
    world.settled(run)


def test_giving_up(world: World, mcp: Mcp) -> None:
    """The run fails, and says what to look at."""
    run = in_doubt(world, mcp)
    question = world.events(run, "approval_requested")[-1]["data"]
    world.command(run, "decide", id=question["id"], decision="give_up")
    world.ended(run)
    world.explained(run, "failed", "in_doubt", "Look at what the tool has done")


def in_doubt(world: World, mcp: Mcp) -> str:
    """A run whose tool was carried out and never answered."""
    before = mcp.bookings
    run = world.run("booker")
    until(lambda: mcp.bookings == before + 1, 30, "the booking")
    mcp.kill()
    mcp.start()
    world.waits(run, "approval")
    return run
