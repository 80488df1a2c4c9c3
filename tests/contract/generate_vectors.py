"""Writes contracts/vectors/*.json. The expected answers are computed here with the standard library only, not by the code under test.

Run it from the top of the repository: `python3 -m tests.contract.generate_vectors`. A test checks that the committed files are what it writes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.contract import (
    vectors_bounds,
    vectors_callers,
    vectors_diffs,
    vectors_drafts,
    vectors_events,
    vectors_foreign,
    vectors_identity,
    vectors_limits,
    vectors_retry,
    vectors_review,
    vectors_spending,
    vectors_states,
    vectors_unknown,
)

VECTORS = Path(__file__).resolve().parents[2] / "contracts" / "vectors"


def documents() -> dict[str, dict[str, Any]]:
    """Every vector document by the name of its file, without `.json`."""
    return {
        "secrets": vectors_identity.secrets(),
        "signatures": vectors_identity.signatures(),
        "run-tokens": vectors_identity.run_tokens(),
        "callers": vectors_callers.callers(),
        "effect-keys": vectors_identity.effect_keys(),
        "request-hashes": vectors_drafts.request_hashes(),
        "draft-idempotency": vectors_drafts.idempotency(),
        "run-transitions": vectors_states.transitions(),
        "run-state-events": vectors_states.state_events(),
        "event-intake": vectors_events.intake(),
        "spending": vectors_spending.spending(),
        "unknown-members": vectors_unknown.unknown_members(),
        "limits": vectors_limits.limits(),
        "writes": vectors_limits.writes(),
        "bounds": vectors_bounds.bounds(),
        "retry-steps": vectors_retry.retry_steps(),
        "rounds": vectors_review.rounds(),
        "kept-drafts": vectors_review.kept_drafts(),
        "foreign-patterns": vectors_foreign.patterns(),
        "foreign-schemas": vectors_foreign.schemas(),
        "diffs": vectors_diffs.diffs(),
    }


def rendered(document: dict[str, Any]) -> str:
    """The text of a vector file: readable, ASCII only so that an editor cannot change it, with a final newline."""
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def main() -> None:
    """Write all files."""
    for name, document in documents().items():
        (VECTORS / f"{name}.json").write_text(rendered(document), encoding="ascii")


if __name__ == "__main__":
    main()
