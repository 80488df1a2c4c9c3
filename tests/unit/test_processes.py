"""What processes tell of themselves."""

from __future__ import annotations

from sidecar import contracts
from sidecar.runs.processes import FRESH_SECONDS, Process

PROCESS = Process("a:1:2", "a", True, True, "0.1.0", "3.12.4", 1790000000, 1790000100, 87, 500, 12, 1790000099)


def test_it_is_as_in_the_contract() -> None:
    """Hosts by name alone: no path, no address."""
    contracts.check("events#batch", {"site": "main", "sender": "a:1:2", "runs": [], "processes": [PROCESS.document()]})


def test_a_process_that_does_not_tell_is_gone() -> None:
    assert PROCESS.fresh(PROCESS.seen + FRESH_SECONDS)
    assert not PROCESS.fresh(PROCESS.seen + FRESH_SECONDS + 1)
