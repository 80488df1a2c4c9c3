"""Long texts: cut so that a result fits, read on piece by piece, and not replaced by somebody who has not read all of them.

What a model has read is taken from the run's past calls, which are the same in a replay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sidecar.json_text import JSON, elements, is_list, is_object
from sidecar.redact import MARK
from sidecar.tools.base import Outcome, PastCall

SHORTEST = 200
"""Texts are cut to no fewer characters than that: whatever is still too large has too many parts, not too long ones."""
MARGIN = 1_000
"""Room for what comes around the texts: where they were cut, and how to read on."""
PARTLY_READ = "text:partly_read"
REDACTED = "text:redacted"
LEFT_OUT = (
    "It was too large to be shown. Read it alone, by `fields`; when that does not help either, leave it as it is."
)
NOTE = (
    "Texts were cut, or fields left out. Read on with read_item: `text` takes field, delta and property as named here, with their `to` as "
    "`from`; `fields` takes what was left out."
)

Place = tuple[str, int, str]
"""A field, a delta, and a property; an empty one for a field that shows a single value."""


def shortened(item: dict[str, JSON], room: int) -> dict[str, JSON]:
    """The item, or the item with its longest texts cut so that it has at most `room` bytes of JSON (0: no limit), and `cut` that says where.
    Fields that are too large for that are left out whole: half a list is no list."""
    if not room or _size(item) <= room:
        return item
    longest = max((len(text) for _, text in _texts(item["fields"])), default=0)
    low, high = min(SHORTEST, longest), longest
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _size(_cut(item, middle)) <= room - MARGIN else (low, middle - 1)
    return _without_largest(_cut(item, low), room - MARGIN)


def part(item: dict[str, JSON], wanted: Mapping[str, JSON], room: int) -> dict[str, JSON] | None:
    """The item with a part of one text instead of its fields: from `from` as far as fits `room`. None: there is no such text."""
    place = (str(wanted["field"]), int(wanted.get("delta", 0)), str(wanted.get("property", "")))
    texts = dict(_texts({place[0]: item["fields"].get(place[0])}))
    if place not in texts and not place[2]:
        place = (*place[:2], "value")
    text = texts.get(place)
    begin = int(wanted.get("from", 0))
    if text is None or begin > len(text):
        return None
    shown = {name: value for name, value in item.items() if name != "fields"}
    low, high = begin, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        size = _size(text[begin:middle]) + _size(shown)
        low, high = (middle, high) if not room or size <= room - MARGIN else (low, middle - 1)
    return shown | {"text": _named(place) | {"from": begin, "to": low, "of": len(text), "value": text[begin:low]}}


@dataclass(slots=True)
class Seen:
    """What was read of one text: characters in ranges, of so many, in a revision."""

    revision: JSON
    of: int
    ranges: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    @property
    def until(self) -> int:
        """Where the first gap begins."""
        end = 0
        for begin, stop in sorted(self.ranges):
            if begin > end:
                break
            end = max(end, stop)
        return end


@dataclass(slots=True)
class Reading:
    """What a run has read of one item in one language: texts that were cut, fields in which a secret was taken out, and fields left out."""

    cut: dict[Place, Seen] = field(default_factory=dict[Place, Seen])
    redacted: set[str] = field(default_factory=set[str])
    left_out: set[str] = field(default_factory=set[str])

    def unread(self, fields: Mapping[str, JSON]) -> Iterator[tuple[Place, Seen]]:
        """The texts that `fields` of a draft would replace, and of which a part was never read."""
        for place, seen in self.cut.items():
            name, delta, property_ = place
            if name in fields and seen.until < seen.of and not _stays(fields[name], delta, property_):
                yield place, seen

    def forget(self, fields: Iterable[str]) -> None:
        """The whole of these fields is known: they were shown uncut, or the run wrote them."""
        names = set(fields)
        self.cut = {place: seen for place, seen in self.cut.items() if place[0] not in names}
        self.redacted -= names
        self.left_out -= names


def refuse_unread(past: Sequence[PastCall], arguments: Mapping[str, JSON]) -> Outcome | None:
    """The refusal of a revision that would replace what the model has not seen, or None. Nothing of such a call is carried out."""
    for reading in _readings(past, arguments):
        errors = [_unread_error(place, seen) for place, seen in reading.unread(arguments["fields"])]
        errors += [
            {"pointer": f"/fields/{name}", "detail": LEFT_OUT}
            for name in sorted(reading.left_out & set(arguments["fields"]))
        ]
        if errors:
            message = "A text that was read only in part would be replaced. Read it to its end first, or name only other properties."
            return Outcome("error", {"error": message, "errors": errors}, reason=PARTLY_READ, message=message)
        names = [
            name
            for name in arguments["fields"]
            if name in reading.redacted and MARK in json.dumps(arguments["fields"][name])
        ]
        if names:
            message = f"{MARK} stands for a secret that you were not shown; it would be lost. Leave {', '.join(names)} as it is."
            errors = [{"pointer": f"/fields/{name}", "detail": message} for name in names]
            return Outcome("error", {"error": message, "errors": errors}, reason=REDACTED, message=message)
    return None


def _readings(past: Sequence[PastCall], arguments: Mapping[str, JSON]) -> Iterable[Reading]:
    """What the run knows of the item, by language; only of the language of the draft where that is named."""
    found: dict[JSON, Reading] = {}
    for call in past:
        if not is_object(call.result) or "error" in call.result:
            continue
        if call.tool == "revise_draft" and call.arguments.get("id") == arguments["id"]:
            _written(found, call.arguments, call.result)
        shown = call.result.get("items") if call.tool == "find_items" else [call.result]
        for item in shown if is_list(shown) and call.tool in ("read_item", "find_items") else []:
            if item.get("id") == arguments["id"]:
                _read(found.setdefault(item.get("langcode"), Reading()), item)
    wanted = arguments.get("langcode")
    return [reading for langcode, reading in found.items() if wanted in (None, langcode)]


def _written(found: dict[JSON, Reading], arguments: Mapping[str, JSON], answer: Mapping[str, JSON]) -> None:
    """An own draft: what it wrote is known, what it left is as it was in the revision before."""
    for langcode, reading in found.items():
        if answer.get("langcode") in (None, langcode):
            reading.forget(arguments.get("fields") or {})
            for seen in reading.cut.values():
                if seen.revision == arguments.get("expected_revision"):
                    seen.revision = answer.get("revision")


def _read(reading: Reading, item: Mapping[str, JSON]) -> None:
    fields, cut = item.get("fields"), item.get("cut")
    if is_object(fields):
        reading.forget(fields)
        reading.left_out |= set(cut.get("left_out", [])) if is_object(cut) else set()
        reading.redacted |= {name for name, value in fields.items() if MARK in json.dumps(value)}
    texts = elements(cut.get("texts")) if is_object(cut) else list[JSON]()
    for told in [*texts, item["text"]] if "text" in item else texts:
        place = (told["field"], told.get("delta", 0), told.get("property", ""))
        seen = reading.cut.get(place)
        if seen is None or (seen.revision, seen.of) != (item.get("revision"), told["of"]):
            seen = reading.cut[place] = Seen(item.get("revision"), told["of"])
        seen.ranges.append((told["from"], told["to"]))
        if MARK in told.get("value", ""):
            reading.redacted.add(told["field"])


def _stays(value: JSON, delta: int, property_: str) -> bool:
    """Whether a field's value in a draft leaves a text as it is: it names its item without the property."""
    items = value if is_list(value) else [value]
    return delta < len(items) and is_object(items[delta]) and property_ != "" and property_ not in items[delta]


def _unread_error(place: Place, seen: Seen) -> dict[str, JSON]:
    ask = json.dumps(_named(place) | {"from": seen.until})
    detail = f"{seen.until} of {seen.of} characters were read. Read on: read_item with text {ask}."
    return {"pointer": "/".join(["", "fields", place[0], str(place[1]), *place[2:]]).rstrip("/"), "detail": detail}


def _named(place: Place) -> dict[str, JSON]:
    name, delta, property_ = place
    return {"field": name, "delta": delta} | ({"property": property_} if property_ else {})


def _texts(fields: Mapping[str, JSON]) -> Iterator[tuple[Place, str]]:
    """The texts of an item's fields by their places."""
    for name, value in fields.items():
        for delta, one in enumerate(value if is_list(value) else [value]):
            members = one.items() if is_object(one) else [("", one)]
            for property_, text in members:
                if isinstance(text, str):
                    yield (name, delta, property_), text


def _cut(item: dict[str, JSON], most: int) -> dict[str, JSON]:
    """The item with all texts of more than `most` characters cut to that."""
    told = [
        _named(place) | {"from": 0, "to": most, "of": len(text)}
        for place, text in _texts(item["fields"])
        if len(text) > most
    ]
    if not told:
        return item
    fields = {name: _cut_value(value, most) for name, value in item["fields"].items()}
    return item | {"fields": fields, "cut": {"note": NOTE, "texts": told}}


def _without_largest(item: dict[str, JSON], room: int) -> dict[str, JSON]:
    sizes = {name: _size(value) for name, value in item["fields"].items()}
    excess, left_out = _size(item) - room, list[str]()
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        if excess <= 0:
            break
        excess -= sizes[name]
        left_out.append(name)
    if not left_out:
        return item
    fields = {name: value for name, value in item["fields"].items() if name not in left_out}
    return item | {
        "fields": fields,
        "cut": item.get("cut", {"note": NOTE, "texts": []}) | {"left_out": sorted(left_out)},
    }


def _cut_value(value: JSON, most: int) -> JSON:
    if is_list(value):
        return [_cut_value(one, most) for one in value]
    if is_object(value):
        return {name: one[:most] if isinstance(one, str) else one for name, one in value.items()}
    return value[:most] if isinstance(value, str) else value


def _size(value: JSON) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
