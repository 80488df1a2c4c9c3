"""What is said of a member that a closed document does not have. The module says the same: vectors `unknown-members`."""

from __future__ import annotations

from collections.abc import Sequence

MAX_LENGTH = 64
"""Longer names are not compared."""
DISTANCE = 2
"""Letters by which a name may differ from the one that was meant."""


def detail(name: str, known: Sequence[str]) -> str:
    """One sentence or two."""
    near = _near(name, known)
    there = f"There are: {', '.join(known)}." if near is None else f'Did you mean "{near}"?'
    return f'There is no "{name[:MAX_LENGTH]}" here. {there}'


def _near(name: str, known: Sequence[str]) -> str | None:
    if len(name.encode()) > MAX_LENGTH:
        return None
    found = [(_distance(name.lower(), candidate), index) for index, candidate in enumerate(known)]
    distance, index = min(found, default=(DISTANCE + 1, 0))
    return known[index] if distance <= DISTANCE else None


def _distance(name: str, candidate: str) -> int:
    shorter = min(len(name), len(candidate))
    if shorter > DISTANCE and (candidate in name or name in candidate):
        return 0
    # Of two or less letters nearly everything is near.
    comparable = shorter > DISTANCE or abs(len(name) - len(candidate)) == 1
    return _levenshtein(name.encode(), candidate.encode()) if comparable else DISTANCE + 1


def _levenshtein(one: bytes, other: bytes) -> int:
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for index, candidate in enumerate(other, 1):
            change = before + (letter != candidate)
            before, row[index] = row[index], min(change, row[index] + 1, row[index - 1] + 1)
    return row[-1]
