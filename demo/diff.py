"""Before and after of a draft, word by word. Markup is taken away first: what is shown is text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Literal

BLOCKS = {
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "tr",
    "table",
    "br",
    "section",
}
WORD = re.compile(r"\s+|\w+|[^\w\s]")

Kind = Literal["same", "changed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is the same on both sides, or is not."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field: `before` is None for a new item."""

    label: str
    before: list[Piece] | None
    after: list[Piece]


def words(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both sides as pieces; joined, their texts are the two strings again."""
    left, right = WORD.findall(before), WORD.findall(after)
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        kind: Kind = "same" if operation == "equal" else "changed"
        for side, text in zip(sides, ("".join(left[i1:i2]), "".join(right[j1:j2])), strict=True):
            if text:
                side.append(Piece(kind, text))
    return sides


def fields(before: dict[str, Any] | None, after: dict[str, Any], label_of: Callable[[str], str]) -> Iterator[FieldDiff]:
    """The fields that differ, in their order. `label_of`: name of a referenced item by its UUID. Values as the stand-in keeps them."""
    for name, value in after.items():
        new = as_text(value, label_of)
        old = None if before is None else as_text(before.get(name), label_of)
        for part, text in new.items():
            was = None if old is None else old.get(part, "")
            if (was or "") == text:
                continue
            label = _label(name) + (f" ({part})" if part else "")
            if was is None:
                yield FieldDiff(label, None, [Piece("changed", text)])
            else:
                yield FieldDiff(label, *words(was, text))


def as_text(value: Any, label_of: Callable[[str], str]) -> dict[str, str]:
    """A field's value as text, by part: a body has a `""` and a `summary`."""
    if value is None:
        return {"": ""}
    if isinstance(value, dict):
        return {"": plain(str(value.get("value") or "")), "summary": plain(str(value.get("summary") or ""))}
    if isinstance(value, list):
        return {"": ", ".join(label_of(str(item)) for item in value)}
    return {"": str(value)}


def plain(markup: str) -> str:
    """HTML as text with one line per block."""
    parser = _Plain()
    parser.feed(markup)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Plain(HTMLParser):
    """Collects the text of a fragment. Scripts and styles are no text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        if tag in BLOCKS:
            self.parts.append("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data.replace("\n", " "))


def _label(name: str) -> str:
    return name.removeprefix("field_").replace("_", " ").capitalize()
