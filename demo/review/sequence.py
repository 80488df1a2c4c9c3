"""What two lists of keys have in common, in order: keys that stand once in both are anchors, between them the shortest edit counts."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

MOST_EDITS = 400
"""Insertions and deletions that are looked for between two anchors; what needs more has nothing in common."""


def pairs(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Positions in `new` by position in `old`; both ascend."""
    found: dict[int, int] = {}
    regions = [(0, len(old), 0, len(new))]
    while regions:
        left, left_end, right, right_end = regions.pop()
        while left < left_end and right < right_end and old[left] == new[right]:
            found[left] = right
            left, right = left + 1, right + 1
        while left_end > left and right_end > right and old[left_end - 1] == new[right_end - 1]:
            left_end, right_end = left_end - 1, right_end - 1
            found[left_end] = right_end
        if left == left_end or right == right_end:
            continue
        anchors = _anchors(old[left:left_end], new[right:right_end])
        if not anchors:
            shortest = _shortest(old[left:left_end], new[right:right_end])
            found |= {left + x: right + y for x, y in shortest.items()}
            continue
        from_left, from_right = left, right
        for x, y in anchors.items():
            regions.append((from_left, left + x, from_right, right + y))
            found[left + x] = right + y
            from_left, from_right = left + x + 1, right + y + 1
        regions.append((from_left, left_end, from_right, right_end))
    return dict(sorted(found.items()))


def _anchors(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """The longest ascending chain of keys that stand once in both lists."""
    counts, others = Counter(old), Counter(new)
    places = {key: place for place, key in enumerate(new)}
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    target: dict[int, int] = {}
    for place, key in enumerate(old):
        if counts[key] != 1 or others[key] != 1:
            continue
        target[place] = places[key]
        at = bisect_left(tails, places[key])
        before[place] = ends[at - 1] if at else None
        tails[at:] = [places[key], *tails[at + 1 :]]
        ends[at:] = [place, *ends[at + 1 :]]
    chain: dict[int, int] = {}
    place = ends[-1] if ends else None
    while place is not None:
        chain[place] = target[place]
        place = before[place]
    return dict(sorted(chain.items()))


def _shortest(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """The shortest edit by Myers' greedy algorithm; nothing when it takes more than MOST_EDITS."""
    reached = {1: 0}
    steps: list[dict[int, int]] = []
    for edits in range(min(MOST_EDITS, len(old) + len(new)) + 1):
        steps.append(dict(reached))
        for diagonal in range(-edits, edits + 1, 2):
            x = reached[diagonal + 1] if _is_down(reached, diagonal, edits) else reached[diagonal - 1] + 1
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reached[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _backwards(steps, len(old), len(new))
    return {}


def _is_down(reached: dict[int, int], diagonal: int, edits: int) -> bool:
    return diagonal == -edits or (diagonal != edits and reached.get(diagonal - 1, -1) < reached.get(diagonal + 1, -1))


def _backwards(steps: list[dict[int, int]], x: int, y: int) -> dict[int, int]:
    """Follows the steps of the shortest edit from its end."""
    found: dict[int, int] = {}
    for edits in range(len(steps) - 1, -1, -1):
        reached, diagonal = steps[edits], x - y
        former = diagonal + 1 if _is_down(reached, diagonal, edits) else diagonal - 1
        former_x = reached[former] if edits else 0
        former_y = former_x - former if edits else 0
        while x > former_x and y > former_y:
            x, y = x - 1, y - 1
            found[x] = y
        x, y = former_x, former_y
    return found
