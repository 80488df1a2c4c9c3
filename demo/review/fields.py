"""The fields of a draft that differ, as the page of a draft shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from demo.review import markup, sequence


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field: its name for people, and the difference as HTML."""

    label: str
    html: str


def differing(
    before: dict[str, Any] | None, after: dict[str, Any], label_of: Callable[[str], str]
) -> Iterator[FieldDiff]:
    """The fields that differ, in their order; `before` is None for a new item.

    `label_of`: name of a referenced item by its UUID. Values as the stand-in keeps them.
    """
    for name, value in after.items():
        former = None if before is None else before.get(name)
        if former == value or (before is None and not value):
            continue
        if isinstance(value, dict) or isinstance(former, dict):
            html = _texts(former, value, is_new=before is None)
        elif isinstance(value, list) or isinstance(former, list):
            items = [[label_of(str(item)) for item in given or []] for given in (former, value)]
            html = _items(*items, marked=before is not None)
        else:
            plain = [f"<p>{escape(str(given))}</p>" if given is not None else "" for given in (former, value)]
            html = _box(markup.marked(*plain))
        yield FieldDiff(name.removeprefix("field_").replace("_", " ").capitalize(), html)


def _texts(former: dict[str, Any] | None, value: dict[str, Any] | None, *, is_new: bool) -> str:
    html = ""
    for part in ("summary", "value"):
        old, new = str((former or {}).get(part) or ""), str((value or {}).get(part) or "")
        if old or new:
            label = _label(part, came=not is_new and not old, same=old == new)
            html += f'<p class="ba-diff__label">{label}</p>' if label else ""
            html += "" if old == new else _box(markup.marked(old, new))
    return html


def _label(part: str, *, came: bool, same: bool) -> str:
    """What a text is, where that is not plain."""
    if part == "summary":
        return "Summary: unchanged" if same else "Summary: new" if came else "Summary"
    return "Text: unchanged" if same else "New" if came else ""


def _items(old: list[str], new: list[str], *, marked: bool) -> str:
    """Both lists in one, in the later order; what went stands where it stood."""
    entries: list[tuple[str, str]] = []
    left = right = 0
    for in_old, in_new in (sequence.pairs(old, new) | {len(old): len(new)}).items():
        entries += [("del", item) for item in old[left:in_old]]
        entries += [("ins" if marked else "", item) for item in new[right:in_new]]
        if in_old < len(old):
            entries.append(("", old[in_old]))
        left, right = in_old + 1, in_new + 1
    items = "".join(f"<li>{markup.mark(tag, escape(item))}</li>" for tag, item in entries)
    return f'<ul class="ba-diff ba-diff--items">{items}</ul>'


def _box(html: str) -> str:
    """A box for a text; with a table in it, one that a keyboard can move."""
    wide = ' ba-diff--wide" tabindex="0" role="region" aria-label="Text with a table' if "<table>" in html else ""
    return f'<div class="ba-diff{wide}">{html}</div>'
