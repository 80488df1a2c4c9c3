"""Which attempt of a run may speak: the one that was handed out last, and no other."""

from __future__ import annotations

from demo.standin.outbox import Outbox
from demo.standin.problems import Problem
from demo.standin.store import Row, Store


def current_attempt(outbox: Outbox, run: Row) -> int:
    """The attempt that was handed out last. Call it in a transaction: a claim that is about to commit is waited for."""
    row = outbox.get(run["uuid"])
    return max(run["attempt"], row.attempt if row else 0)


def take_over(store: Store, outbox: Outbox, run: Row, attempt: int) -> None:
    """Notes that the sidecar has the run under the attempt that was handed out. Raises Problem for any other."""
    with store.transaction():
        current = current_attempt(outbox, run)
        if attempt != current:
            said = "is over" if attempt < current else "was not handed out"
            raise Problem(
                409, "stale_attempt", f"Attempt {attempt} {said}; {current} is the current one. Let the run go."
            )
        reported(store, outbox, run, attempt)


def reported(store: Store, outbox: Outbox, run: Row, attempt: int) -> None:
    """The run is known to be with the sidecar."""
    store.run("UPDATE run SET attempt = ? WHERE uuid = ?", (attempt, run["uuid"]))
    outbox.reported(run["uuid"])
