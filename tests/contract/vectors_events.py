"""Vectors of event intake: what Drupal answers to a run's items of a batch, and what it has stored afterwards."""

from __future__ import annotations

from typing import Any

RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
DEFAULTS: dict[str, dict[str, Any]] = {
    "run_started": {"worker": "host-1"},
    "run_waiting": {"for": "drupal"},
    "step_started": {"number": 1},
    "run_finished": {"state": "completed", "reason": "done"},
}
COMPLETED = {"state": "completed", "reason": "done"}
FAILED = {"state": "failed", "reason": "limit:steps"}
MISSING = object()


def event(seq: int, type: str = "step_started", *, hash: Any = None, data: Any = None) -> dict[str, Any]:
    """An event; its hash is made of its seq unless given; MISSING leaves it out."""
    document = {
        "seq": seq,
        "type": type,
        "time": "2026-09-21T14:13:20.000000Z",
        "data": DEFAULTS.get(type, {}) if data is None else data,
        "hash": f"{seq:032x}" if hash is None else hash,
    }
    if hash is MISSING:
        del document["hash"]
    return document


def item(
    *events: dict[str, Any], attempt: int = 1, generation: int = 1, end: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A run's item of a batch."""
    document: dict[str, Any] = {"run": RUN, "attempt": attempt, "generation": generation, "events": list(events)}
    if end is not None:
        document["end"] = end
    return document


def run(
    state: str = "queued", *, stored: int = 0, attempt: int = 1, generation: int = 1, waiting_for: str | None = None
) -> dict[str, Any]:
    """A run as Drupal has it, with events 1 to `stored`."""
    return {
        "state": state,
        "waiting_for": waiting_for,
        "attempt": attempt,
        "generation": generation,
        "stored": [{"seq": seq, "hash": f"{seq:032x}"} for seq in range(1, stored + 1)],
    }


def step(
    sent: dict[str, Any],
    status: str,
    last_seq: int,
    state: str,
    *,
    attempt: int = 1,
    waiting_for: str | None = None,
    ended: str | None = None,
    refused_seq: int | None = None,
) -> dict[str, Any]:
    """One batch with one item, the answer, and the run afterwards (its events are 1 to last_seq)."""
    answer: dict[str, Any] = {"status": status, "last_seq": last_seq, "ended": ended}
    if refused_seq is not None:
        answer["refused_seq"] = refused_seq
    return {"item": sent, "answer": answer, "then": {"state": state, "waiting_for": waiting_for, "attempt": attempt}}


def intake() -> dict[str, Any]:
    """All cases."""
    cases = [*_order(), *_refusals(), *_attempts(), *_ends()]
    return {
        "comment": "`given`: the run as Drupal has it (null: no such run). Then batches of one item each, "
        "Drupal's answer for the run, and the run "
        "afterwards. The events stored afterwards are always 1 to `last_seq`. `ended` is the run's final state after the batch, else null.",
        "run": RUN,
        "cases": cases,
    }


def _case(id: str, comment: str, given: dict[str, Any] | None, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "comment": comment, "given": given, "steps": list(steps)}


def _order() -> list[dict[str, Any]]:
    started = event(1, "run_started")
    other = "f" * 32
    return [
        _case("first", "Numbers begin at 1.", run(), step(item(started, event(2)), "ok", 2, "running")),
        _case(
            "empty",
            "Nothing new: the answer brings last_seq.",
            run("running", stored=3),
            step(item(), "ok", 3, "running"),
        ),
        _case(
            "contiguous-batches",
            "One batch after the other.",
            run(),
            step(item(started, event(2)), "ok", 2, "running"),
            step(item(event(3), event(4)), "ok", 4, "running"),
        ),
        _case(
            "batch-twice",
            "The answer was lost; the batch comes again.",
            run(),
            step(item(started, event(2)), "ok", 2, "running"),
            step(item(started, event(2)), "ok", 2, "running"),
        ),
        _case(
            "overlap",
            "Known ones are skipped, new ones stored.",
            run("running", stored=3),
            step(item(event(2), event(3), event(4)), "ok", 4, "running"),
        ),
        _case("only-known", "All known.", run("running", stored=5), step(item(event(1), event(5)), "ok", 5, "running")),
        _case(
            "known-gap-new",
            "Known ones may be left out.",
            run("running", stored=3),
            step(item(event(1), event(4)), "ok", 4, "running"),
        ),
        _case(
            "skipped-event-is-not-applied-again",
            "An old run_started that comes again does not wake a waiting run.",
            run("waiting", stored=3, waiting_for="approval"),
            step(item(event(1, "run_started")), "ok", 3, "waiting", waiting_for="approval"),
        ),
        _case(
            "conflict",
            "Same number, other event: nothing more is taken.",
            run("running", stored=3),
            step(item(event(3, hash=other), event(4)), "seq_conflict", 3, "running"),
        ),
        _case(
            "conflict-after-new",
            "Those before it are stored.",
            run("running", stored=1),
            step(item(event(2), event(1, hash=other), event(3)), "seq_conflict", 2, "running"),
        ),
        _case(
            "conflict-within-batch",
            "Two events under one number in one batch.",
            run("running", stored=1),
            step(item(event(2), event(2, hash=other), event(3)), "seq_conflict", 2, "running"),
        ),
        _case(
            "twice-within-batch",
            "The same event twice in one batch.",
            run("running", stored=1),
            step(item(event(2), event(2), event(3)), "ok", 3, "running"),
        ),
        _case(
            "renumbered-after-conflict",
            "The sender renumbers its unsent tail and goes on.",
            run("running", stored=3),
            step(item(event(3, hash=other)), "seq_conflict", 3, "running"),
            step(item(event(4, hash=other)), "ok", 4, "running"),
        ),
        _case("gap", "A number is missing.", run("running", stored=3), step(item(event(5)), "seq_gap", 3, "running")),
        _case("gap-at-start", "Drupal has nothing.", run(), step(item(event(2)), "seq_gap", 0, "queued")),
        _case(
            "gap-inside",
            "Those before the gap are stored.",
            run("running", stored=1),
            step(item(event(2), event(4)), "seq_gap", 2, "running"),
        ),
        _case(
            "gap-filled",
            "The sender sends from last_seq + 1.",
            run("running", stored=1),
            step(item(event(3)), "seq_gap", 1, "running"),
            step(item(event(2), event(3)), "ok", 3, "running"),
        ),
        _case(
            "descending",
            "Events are taken in the order of the batch.",
            run(),
            step(item(event(2), started), "seq_gap", 0, "queued"),
        ),
        _case(
            "state-follows-stored-events",
            "Events behind a gap do not change the state.",
            run("running", stored=1),
            step(item(event(2, "run_waiting"), event(4, "run_resumed")), "seq_gap", 2, "waiting", waiting_for="drupal"),
        ),
        _case(
            "unknown-run",
            "No such run on this site.",
            None,
            {"item": item(started), "answer": {"status": "unknown_run", "last_seq": 0, "ended": None}, "then": None},
        ),
    ]


def _refusals() -> list[dict[str, Any]]:
    stub = event(2, "event_refused", data={"refused_type": "run_waiting"})
    return [
        _case(
            "refused",
            "A known type that breaks its schema; those before it are stored, those after it are not.",
            run(),
            step(
                item(event(1, "run_started"), event(2, "run_waiting", data={}), event(3)),
                "refused",
                1,
                "running",
                refused_seq=2,
            ),
        ),
        _case(
            "refused-then-stub",
            "A stub takes its place.",
            run(),
            step(
                item(event(1, "run_started"), event(2, "run_waiting", data={})), "refused", 1, "running", refused_seq=2
            ),
            step(item(stub, event(3)), "ok", 3, "running"),
        ),
        _case(
            "refused-wrong-value",
            "A value that the schema does not know.",
            run("running", stored=1),
            step(item(event(2, "run_waiting", data={"for": "godot"})), "refused", 1, "running", refused_seq=2),
        ),
        _case(
            "refused-no-time",
            "A common field is missing.",
            run("running", stored=1),
            step(
                item({key: value for key, value in event(2).items() if key != "time"}),
                "refused",
                1,
                "running",
                refused_seq=2,
            ),
        ),
        _case(
            "refused-data-is-a-list",
            "`data` is an object.",
            run("running", stored=1),
            step(item(event(2, "run_teleported", data=[])), "refused", 1, "running", refused_seq=2),
        ),
        _case(
            "refused-no-hash",
            "In a batch an event carries its hash.",
            run("running", stored=1),
            step(item(event(2, hash=MISSING)), "refused", 1, "running", refused_seq=2),
        ),
        *(
            _case(
                f"refused-seq-{name}",
                "An event whose number is out of range is refused. It is not skipped as one that is known, and it is no gap.",
                run("running", stored=1),
                step(item(event(seq, hash="e" * 32), event(2)), "refused", 1, "running", refused_seq=2),
            )
            for name, seq in (("zero", 0), ("negative", -1), ("too-high", 2**31), ("beyond-doubles", 2**53 + 1))
        ),
        _case(
            "refused-number-in-data",
            "A number that its column could not hold.",
            run("running", stored=1),
            step(item({**event(2), "step": 2**31}), "refused", 1, "running", refused_seq=2),
        ),
        _case(
            "unknown-type",
            "An unknown type is stored.",
            run("running", stored=1),
            step(item(event(2, "run_teleported")), "ok", 2, "running"),
        ),
        _case(
            "unknown-field",
            "Unknown fields are kept.",
            run("running", stored=1),
            step(item({**event(2), "mood": "good"}), "ok", 2, "running"),
        ),
        _case(
            "gap-before-refused",
            "A gap is found before the schema is looked at.",
            run("running", stored=1),
            step(item(event(3, "run_waiting", data={})), "seq_gap", 1, "running"),
        ),
        _case(
            "known-is-not-looked-at",
            "A stored number with the same hash is skipped unseen.",
            run("running", stored=2),
            step(item(event(2, "run_waiting", data={})), "ok", 2, "running"),
        ),
    ]


def _attempts() -> list[dict[str, Any]]:
    return [
        _case(
            "stale-attempt",
            "An older attempt: nothing is stored.",
            run("running", stored=3, attempt=2),
            step(item(event(4), attempt=1), "stale_attempt", 3, "running", attempt=2),
        ),
        _case(
            "stale-attempt-known",
            "Not even known events are answered.",
            run("running", stored=3, attempt=2),
            step(item(event(3), attempt=1), "stale_attempt", 3, "running", attempt=2),
        ),
        _case(
            "stale-attempt-end",
            "An older attempt does not end the run.",
            run("running", stored=3, attempt=2),
            step(item(attempt=1, end=COMPLETED), "stale_attempt", 3, "running", attempt=2),
        ),
        _case(
            "higher-attempt",
            "One that was never handed out changes nothing, and raises nothing: the one that was goes on.",
            run("running", stored=3),
            step(item(event(4), attempt=2), "stale_attempt", 3, "running"),
            step(item(event(4), attempt=1), "ok", 4, "running"),
        ),
        _case(
            "higher-attempt-empty",
            "Nor does it without events.",
            run("running", stored=3, attempt=2),
            step(item(attempt=4), "stale_attempt", 3, "running", attempt=2),
        ),
        _case(
            "highest-attempt",
            "The highest that the column holds would leave no room for the next claim.",
            run("running", stored=3),
            step(item(event(4), attempt=2147483647), "stale_attempt", 3, "running"),
        ),
        _case(
            "old-generation",
            "A person said retry: the old generation is stale, whatever its attempt.",
            run("queued", stored=3, attempt=2, generation=2),
            step(item(event(4), attempt=3, generation=1), "stale_attempt", 3, "queued", attempt=2),
        ),
        _case(
            "old-generation-end",
            "The old generation does not end the new one.",
            run("queued", stored=3, generation=2),
            step(item(generation=1, end=COMPLETED), "stale_attempt", 3, "queued"),
        ),
        _case(
            "higher-generation",
            "One that this site does not know (a restored backup): it does not end the current one, whatever its attempt.",
            run("running", stored=3, attempt=2),
            step(item(event(4), attempt=9, generation=2, end=COMPLETED), "stale_attempt", 3, "running", attempt=2),
        ),
    ]


def _ends() -> list[dict[str, Any]]:
    finished = event(4, "run_finished")
    done = step(item(finished, end=COMPLETED), "ok", 4, "completed", ended="completed")
    return [
        _case("end", "The end comes with or after its events.", run("running", stored=3), done),
        _case(
            "end-alone",
            "The events were sent before.",
            run("running", stored=4),
            step(item(end=COMPLETED), "ok", 4, "completed", ended="completed"),
        ),
        _case("end-twice", "The answer was lost.", run("running", stored=3), done, done),
        _case(
            "end-other-state",
            "The first final state wins.",
            run("running", stored=3),
            done,
            step(item(end=FAILED), "ok", 4, "completed", ended="completed"),
        ),
        _case(
            "end-of-waiting",
            "A run may end from any live state; it waits for nothing any more.",
            run("waiting", stored=2, waiting_for="approval"),
            step(item(end=FAILED), "ok", 2, "failed", ended="failed"),
        ),
        _case("end-of-queued", "Never started.", run(), step(item(end=FAILED), "ok", 0, "failed", ended="failed")),
        _case(
            "end-of-paused",
            "Cancelled while paused.",
            run("paused", stored=2),
            step(item(end={"state": "cancelled", "reason": "cancelled"}), "ok", 2, "cancelled", ended="cancelled"),
        ),
        _case(
            "run-finished-does-not-end",
            "Only the end ends.",
            run("running", stored=3),
            step(item(finished), "ok", 4, "running"),
        ),
        _case(
            "end-behind-gap",
            "No end without all its events.",
            run("running", stored=2),
            step(item(finished, end=COMPLETED), "seq_gap", 2, "running"),
        ),
        _case(
            "end-behind-conflict",
            "Likewise.",
            run("running", stored=4),
            step(item(event(4, "run_finished", hash="e" * 32), end=COMPLETED), "seq_conflict", 4, "running"),
        ),
        _case(
            "end-behind-refused",
            "Likewise; then with a stub.",
            run("running", stored=3),
            step(item(event(4, "run_finished", data={}), end=COMPLETED), "refused", 3, "running", refused_seq=4),
            step(
                item(event(4, "event_refused", data={"refused_type": "run_finished"}), end=COMPLETED),
                "ok",
                4,
                "completed",
                ended="completed",
            ),
        ),
        _case(
            "events-after-end",
            "Late events are stored and change no state.",
            run("running", stored=3),
            done,
            step(item(event(5, "run_started")), "ok", 5, "completed", ended="completed"),
        ),
        _case(
            "ended-in-drupal",
            "A person cancelled it; the sidecar's tail is stored and its own end changes nothing.",
            run("cancelled", stored=2),
            step(item(event(3), finished, end=COMPLETED), "ok", 4, "cancelled", ended="cancelled"),
        ),
        _case(
            "ended-stale-attempt",
            "Stale stays stale.",
            run("failed", stored=2, attempt=2),
            step(item(event(3), attempt=1), "stale_attempt", 2, "failed", attempt=2, ended="failed"),
        ),
        _case(
            "higher-attempt-ends-nothing",
            "An attempt that was never handed out does not end the run.",
            run("running", stored=3),
            step(item(finished, attempt=2, end=COMPLETED), "stale_attempt", 3, "running"),
        ),
        _case(
            "ended-higher-attempt",
            "Nor does it add to the history of an ended one.",
            run("cancelled", stored=2),
            step(item(event(3), attempt=2), "stale_attempt", 2, "cancelled", ended="cancelled"),
        ),
    ]
