"""Vectors of drafts that people send back: how often, and what the end of a generation does with the drafts of those before it."""

from __future__ import annotations

from typing import Any


def rounds() -> dict[str, Any]:
    """How often the drafts of a run were sent back, and whether they may be once more."""
    return {
        "comment": "`sent`: how often the drafts of a run were sent back. `allowed`: whether they may be sent back once more.",
        "cases": [
            {"id": f"after-{sent}", "comment": comment, "sent": sent, "allowed": allowed}
            for sent, allowed, comment in (
                (0, True, "The first time."),
                (4, True, "The fifth and last time."),
                (5, False, "Five rounds are enough: a person does the rest."),
                (6, False, "More than ever should be."),
            )
        ],
    }


def kept_drafts() -> dict[str, Any]:
    """A draft that waits, and what the end of a later generation of its run does with it."""
    return {
        "comment": "`draft`: generation and round in which it was left. `end`: those of the run that ends. `taken_back`: a draft that waits is "
        "discarded by this end, unless somebody touched it. `waits_again`: a draft that lay beneath a discarded one waits again.",
        "cases": [
            _case("own", "What the generation left itself stays.", (1, 0), (1, 0), taken_back=False, waits_again=True),
            _case("retried", "A retry does the work anew: what the try before left goes.", (1, 0), (2, 0), taken_back=True, waits_again=False),
            _case("sent-back", "What was sent back stays: the new draft is made from it.", (1, 0), (2, 1), taken_back=False, waits_again=True),
            _case("round-retried", "A round that is retried: what its first try left goes.", (2, 1), (3, 1), taken_back=True, waits_again=False),
            _case("round-retried-beneath", "A round that is retried: what was sent back stays.", (1, 0), (3, 1),
                  taken_back=False, waits_again=True),
            _case("second-round", "What two rounds before left stays, too.", (1, 0), (3, 2), taken_back=False, waits_again=True),
        ],
    }  # fmt: skip


def _case(
    id: str, comment: str, draft: tuple[int, int], end: tuple[int, int], *, taken_back: bool, waits_again: bool
) -> dict[str, Any]:
    return {
        "id": id,
        "comment": comment,
        "draft": {"generation": draft[0], "round": draft[1]},
        "end": {"generation": end[0], "round": end[1]},
        "taken_back": taken_back,
        "waits_again": waits_again,
    }
