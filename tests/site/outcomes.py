"""Drafts and what came of them, by the real endpoint and real saves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.site.drupal import Agents

FORMAT = {"format": "full_html"}
FORMATTED = {"field_o_body", "field_o_texts", "field_o_summed", "field_o_short_text"}
TIMES = {"field_o_start", "field_o_range"}
NAMES: dict[str, list[str]] = {
    "taxonomy_term": ["Health", "Sport", "Culture"],
    "node": ["First", "Second", "Third"],
    "media": ["First", "Second", "Third"],
    "file": ["one.png", "two.png", "one.txt", "two.txt", "hill-street-03.jpg"],
}
# Values before, of the draft, and as an editor may alter the draft.
FIELDS: dict[str, tuple[Any, Any, Any]] = {
    "body": (
        "<p>The hall is old. It has three doors.</p>",
        "<p>The hall was built in 1911 by the town. It has three doors.</p>",
        "<p>The hall was built in 1911 by friends. It has three doors.</p>",
    ),
    "texts": (
        ["<p>One door.</p>"],
        ["<p>One door.</p>", "<p>Two large windows to the south side.</p>"],
        ["<p>One door.</p>", "<p>Two large windows to the south.</p>"],
    ),
    "summed": (
        {"value": "<p>Text.</p>", "summary": ""},
        {"value": "<p>Text.</p>", "summary": "All there is to say about the hall in short."},
        {"value": "<p>Text.</p>", "summary": "All there is to say about the hall."},
    ),
    "short_text": (
        "<em>Old</em>",
        "<em>Old hall with three doors and a roof</em>",
        "<em>Old hall with three doors</em>",
    ),
    "string": ("Hall", "Hall with three doors and a roof", "Hall with three doors and a floor"),
    "strings": (["one", "two"], ["one", "two", "three", "four"], ["one", "two", "three"]),
    "teaser": ("Old.", "A hall with three doors\nand one large roof", "A hall with three doors\nand one small roof"),
    "tags": (
        [{"@taxonomy_term": "Health"}],
        [{"@taxonomy_term": "Health"}, {"@taxonomy_term": "Sport"}, {"@taxonomy_term": "Culture"}],
        [{"@taxonomy_term": "Sport"}],
    ),
    "pages": (
        [{"@node": "First"}],
        [{"@node": "First"}, {"@node": "Second"}, {"@node": "Third"}],
        [{"@node": "First"}, {"@node": "Third"}],
    ),
    "media": (
        [{"@media": "First"}],
        [{"@media": "First"}, {"@media": "Second"}, {"@media": "Third"}],
        [{"@media": "First"}, {"@media": "Third"}],
    ),
    "image": (
        {"@file": "one.png", "alt": "", "title": ""},
        {"@file": "one.png", "alt": "A door", "title": "Door"},
        {"@file": "one.png", "alt": "A green door", "title": "Door"},
    ),
    "images": (
        [{"@file": "one.png", "alt": "One"}],
        [{"@file": "one.png", "alt": "One"}, {"@file": "two.png", "alt": "Two"}],
        [{"@file": "one.png", "alt": "One"}, {"@file": "two.png", "alt": "The second"}],
    ),
    "files": (
        [{"@file": "one.txt", "description": "One"}],
        [{"@file": "one.txt", "description": "The first"}, {"@file": "two.txt", "description": "Two"}],
        [{"@file": "one.txt", "description": "The first"}],
    ),
    "start": ("2026-01-31T14:30:00", "2026-02-01T15:00:00", "2026-02-01T16:00:00"),
    "date": ("2026-01-31", "2026-02-01", "2026-02-02"),
    "dates": (["2026-01-31"], ["2026-01-31", "2026-02-01", "2026-02-02"], ["2026-01-31", "2026-02-02"]),
    "range": (
        {"value": "2026-01-31T14:30:00", "end_value": "2026-01-31T15:30:00"},
        {"value": "2026-02-01T14:30:00", "end_value": "2026-02-01T15:30:00"},
        {"value": "2026-02-01T14:30:00", "end_value": "2026-02-01T18:30:00"},
    ),
    "timestamp": (1767225600, 1767229200, 1767229201),
    "price": ("12.50", "14.00", "13.00"),
    "float": (0.25, 0.5, 0.75),
    "seats": (80, 120, 100),
    "integers": ([1, 2], [1, 2, 3, 4], [1, 2, 4]),
    "registration": (False, True, False),
    "choice": ("a", "b", "c"),
    "choices": (["a"], ["a", "b", "c"], ["a", "c"]),
    "link": (
        [{"uri": "https://example.com/", "title": "Example"}],
        [{"uri": "https://example.com/", "title": "The example"}, {"uri": "internal:/node", "title": "All"}],
        [{"uri": "https://example.com/", "title": "The example"}],
    ),
    "email": ("one@example.com", "two@example.com", "three@example.com"),
    "telephone": ("+1 555 0100", "+1 555 0101", "+1 555 0102"),
}


def listed(value: Any) -> list[Any]:
    """A field's items; none for an empty value."""
    return [] if value in (None, "", []) else value if isinstance(value, list) else [value]


def stored(name: str, value: Any) -> list[Any]:
    """The items of a field as Drupal stores them; references are {"@type": name}."""
    items = listed(value)
    if name in FORMATTED:
        return [(item if isinstance(item, dict) else {"value": item}) | FORMAT for item in items]
    return [int(item) if isinstance(item, bool) else item for item in items]


class Outcomes:
    """The agent of php/outcomes.php, its items, and what editors do with its drafts."""

    def __init__(self, agents: Agents, uuids: dict[str, dict[str, str]]) -> None:
        self.agents, self.uuids = agents, uuids
        self._deeds: list[dict[str, Any]] = []

    def bring(self, terms: Iterable[str]) -> None:
        """Makes terms that drafts refer to."""
        self.uuids["taxonomy_term"] |= self.agents.site.script("outcomes.php", "terms", json.dumps(sorted(set(terms))))

    def items(self, **items: dict[str, Any]) -> None:
        """Makes published items: fields by name, and the language."""
        made = {
            name: {
                "langcode": item.get("langcode", "en"),
                "fields": {field: stored(field, value) for field, value in item["fields"].items()},
                "translations": {
                    langcode: {field: stored(field, value) for field, value in fields.items()}
                    for langcode, fields in item.get("translations", {}).items()
                },
            }
            for name, item in items.items()
        }
        self.agents.items |= self.agents.site.script("outcomes.php", "items", json.dumps(made))

    def request(self, name: str, value: Any) -> Any:
        """The items of a field as the endpoint takes them."""
        items = [self._request(item) for item in stored(name, value)]
        if name in TIMES:
            items = [
                {key: f"{time}Z" for key, time in item.items()} if isinstance(item, dict) else f"{item}Z"
                for item in items
            ]
        return items or None

    def _request(self, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        return {
            "target_uuid" if key.startswith("@") else key: self.uuids[key[1:]][part] if key.startswith("@") else part
            for key, part in item.items()
        }

    def draft(self, item: str | None, fields: dict[str, Any], langcode: str = "en") -> int | None:
        """Leaves a draft; the id of its change, None when the draft changes nothing."""
        members: dict[str, Any] = {"bundle": "outcomes", "langcode": langcode}
        if item is not None:
            nid = self.agents.items[item]["id"]
            members["expected_revision"] = self.agents.newest(nid, langcode)["vid"]
        asked = {name: self.request(name, value) for name, value in fields.items()}
        answer = self.agents.draft("create" if item is None else "revise", "outcomes", item, fields=asked, **members)
        assert answer.status_code == 201, (item, answer.text)
        revision = answer.json()["revision"]
        rows = self.agents.site.sql("SELECT id FROM background_agents_change WHERE target_revision = %s", revision)
        return rows[-1]["id"]

    def save(self, change: int, fields: dict[str, Any], state: str = "published") -> None:
        """The editor saves the draft with these fields."""
        values = {name: stored(name, value) for name, value in fields.items()}
        self._deeds.append({"change": change, "do": "save", "fields": values, "state": state})

    def accept(self, change: int, fields: dict[str, Any] | None = None, *, keep: bool = False) -> None:
        """The editor accepts the draft, or some of its fields, on its page."""
        self._deeds.append({"change": change, "do": "accept", "fields": fields, "keep": keep})

    def refuse(self, change: int, reason: str = "No.") -> None:
        self._deeds.append({"change": change, "do": "refuse", "reason": reason})

    def told(self) -> dict[str, str]:
        """Does it all, in order; what the editor is told of what could not be done, by id of the change."""
        said: dict[str, str] = self.agents.site.script("outcomes.php", "publish", json.dumps(self._deeds))
        self._deeds.clear()
        return said

    def done(self) -> dict[int, dict[str, Any]]:
        """Does it all, in order; the changes afterwards, by id."""
        said = self.told()
        assert not said, said
        return {row["id"]: row for row in self.agents.changes("outcomes")}
