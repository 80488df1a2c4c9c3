"""Compares two stored texts, and tells the passages that differ.

Blocks that are equal to a reader are aligned; the others are paired in order where they have a tag or enough words in common, and compared
inside: lists and tables by their parts, the rest by words and inline elements.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from demo.review import nodes, sequence
from demo.review.nodes import Element, Node

OVERLAP = 0.3
"""The share of common words from which on two blocks are one, changed."""

GROUPS = (
    frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "address"]),
    frozenset(("ul", "ol")),
    frozenset(("td", "th")),
)
PLACED = frozenset(["td", "th", "tbody", "thead", "tfoot", "table"])


@dataclass(frozen=True, slots=True)
class Shared:
    """A part that both have."""

    node: Node


@dataclass(frozen=True, slots=True)
class Passage:
    """One change; `number` from 1, in the order in which they are found."""

    number: int
    old: list[Node]
    new: list[Node]


@dataclass(frozen=True, slots=True)
class Changed:
    """An element that both have, with changes inside; `tag`: the change of the tag itself."""

    new: Element
    parts: list[Part]
    tag: Passage | None


Part = Shared | Passage | Changed


class TextDiff:
    """The difference of two texts, part by part."""

    def __init__(self, old: str, new: str) -> None:
        self._count = 0
        self.parts = self._compare(nodes.parse(old), nodes.parse(new))

    def _compare(self, old: list[Node], new: list[Node]) -> list[Part]:
        common = sequence.pairs([nodes.key(node) for node in old], [nodes.key(node) for node in new])
        parts: list[Part] = []
        left = right = 0
        for in_old, in_new in (_without_lone_blanks(common, old) | {len(old): len(new)}).items():
            parts.extend(self._gap(old[left:in_old], new[right:in_new]))
            if in_old < len(old):
                parts.append(Shared(new[in_new]))
            left, right = in_old + 1, in_new + 1
        return parts

    def _gap(self, old: list[Node], new: list[Node]) -> list[Part]:
        """What stands between two equal nodes."""
        if not old and not new:
            return []
        if not any(nodes.is_block(node) for node in [*old, *new]):
            return [self._passage(old, new)]
        parts: list[Part] = []
        left = right = 0
        for in_old, in_new in (_alike(old, new) | {len(old): len(new)}).items():
            parts.extend(self._passage([node], []) for node in old[left:in_old])
            parts.extend(self._passage([], [node]) for node in new[right:in_new])
            if in_old < len(old):
                former, later = old[in_old], new[in_new]
                assert isinstance(former, Element)
                assert isinstance(later, Element)
                parts.append(self._changed(former, later))
            left, right = in_old + 1, in_new + 1
        return parts

    def _changed(self, old: Element, new: Element) -> Changed:
        same = nodes.tag_key(old) == nodes.tag_key(new)
        shells: tuple[list[Node], list[Node]] = ([Element(old.tag, old.attributes)], [Element(new.tag, new.attributes)])
        tag = None if same else self._passage(*shells)
        return Changed(new, self._compare(nodes.children(old), nodes.children(new)), tag)

    def _passage(self, old: list[Node], new: list[Node]) -> Passage:
        self._count += 1
        return Passage(self._count, old, new)


def _without_lone_blanks(common: dict[int, int], old: list[Node]) -> dict[int, int]:
    """A blank between two changed words belongs to the change."""
    kept: dict[int, int] = {}
    for in_old, in_new in common.items():
        node = old[in_old]
        is_blank = isinstance(node, str) and not node.strip(" \t\r\n")
        has_neighbour = common.get(in_old - 1) == in_new - 1 or common.get(in_old + 1) == in_new + 1
        if not is_blank or has_neighbour:
            kept[in_old] = in_new
    return kept


def _alike(old: list[Node], new: list[Node]) -> dict[int, int]:
    """Pairs blocks in order, so that as many words as can be are in both."""
    old_bags, new_bags = [nodes.bag(node) for node in old], [nodes.bag(node) for node in new]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[0.0] * len(new) for _ in old]
    for x in range(len(old) - 1, -1, -1):
        for y in range(len(new) - 1, -1, -1):
            likeness[x][y] = _likeness(old[x], new[y], old_bags[x], new_bags[y])
            paired = likeness[x][y] + best[x + 1][y + 1] if likeness[x][y] > 0 else 0.0
            best[x][y] = max(paired, best[x + 1][y], best[x][y + 1])
    found: dict[int, int] = {}
    x = y = 0
    while x < len(old) and y < len(new):
        if likeness[x][y] > 0 and best[x][y] == likeness[x][y] + best[x + 1][y + 1]:
            found[x] = y
            x, y = x + 1, y + 1
        elif best[x + 1][y] >= best[x][y + 1]:
            x += 1
        else:
            y += 1
    return found


def _likeness(old: Node, new: Node, old_bag: Counter[str], new_bag: Counter[str]) -> float:
    """How alike two nodes are, 0 (not one changed block) to 1."""
    if not isinstance(old, Element) or not isinstance(new, Element):
        return 0.0
    may_replace = old.tag == new.tag or any({old.tag, new.tag} <= group for group in GROUPS)
    if not nodes.is_block(old) or not nodes.is_block(new) or not may_replace:
        return 0.0
    most = max(old_bag.total(), new_bag.total())
    overlap = (old_bag & new_bag).total() / most if most else 1.0
    if overlap >= OVERLAP:
        return overlap
    # Cells, rows and tables have their place.
    return 0.01 if old.tag in PLACED and old.tag == new.tag else 0.0
