"""B1: a long text is read on to its end, and nobody who has read a part of it replaces the whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.redact import MARK
from sidecar.tools import texts
from sidecar.tools.base import PastCall

ID = "3f7d923d-c659-4cd5-b486-f76278fb80df"
LONG = "".join(f"<p>Line {number}.</p>" for number in range(500))
ROOM = 4_000


def item(fields: dict[str, Any], revision: int = 5, langcode: str = "en") -> dict[str, Any]:
    """An item as read_item shows it."""
    return {"id": ID, "revision": revision, "langcode": langcode, "fields": fields}


def read(shown: dict[str, Any]) -> PastCall:
    """A call of read_item that was answered so."""
    return PastCall("read_item", {"id": ID}, shown)


def revising(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Arguments of revise_draft."""
    return {"id": ID, "expected_revision": 5, "fields": fields, **more}


BODY = item({"title": "Short", "body": {"value": LONG, "summary": "In short", "format": "basic_html"}})
CUT = texts.shortened(BODY, ROOM)


def test_an_item_that_fits_is_shown_as_it_is() -> None:
    """Also without a limit."""
    assert texts.shortened(BODY, 0) is BODY
    assert texts.shortened(BODY, 1_000_000) is BODY


def test_only_long_texts_are_cut_and_it_is_told_where() -> None:
    """The result fits; what is short stays whole."""
    (told,) = CUT["cut"]["texts"]
    assert len(json.dumps(CUT).encode()) <= ROOM
    assert {name: told[name] for name in ("field", "delta", "property", "from", "of")} == {
        "field": "body",
        "delta": 0,
        "property": "value",
        "from": 0,
        "of": len(LONG),
    }
    assert CUT["fields"]["body"] == {"value": LONG[: told["to"]], "summary": "In short", "format": "basic_html"}
    assert CUT["fields"]["title"] == "Short"


def test_a_list_that_is_too_large_is_left_out_whole() -> None:
    """Half a list would be written back as the whole one."""
    many = [{"target_uuid": ID, "target_type": "taxonomy_term--tags"}] * 200
    shown = texts.shortened(item({"title": "Short", "field_tags": many}), ROOM)
    assert (shown["fields"], shown["cut"]["left_out"]) == ({"title": "Short"}, ["field_tags"])
    refusal = texts.refuse_unread([read(shown)], revising({"field_tags": []}))
    assert refusal is not None
    assert refusal.content["errors"][0]["pointer"] == "/fields/field_tags"
    assert texts.refuse_unread([read(shown)], revising({"title": "New"})) is None


@given(st.text(min_size=1, max_size=3_000), st.integers(1_500, 4_000))
@settings(deadline=None)
def test_reading_on_comes_to_the_end(text: str, room: int) -> None:
    """The parts, put together, are the text, whatever is in it; then the run may replace it."""
    whole = item({"field_note": text})
    past = [read(texts.shortened(whole, room))]
    found = past[0].result["fields"]["field_note"]
    while refusal := texts.refuse_unread(past, revising({"field_note": "New"})):
        assert refusal.reason == texts.PARTLY_READ
        begin = len(found)
        shown = texts.part(whole, {"field": "field_note", "from": begin}, room)
        assert shown is not None
        assert shown["text"]["to"] > begin
        found += shown["text"]["value"]
        past.append(read(shown))
    assert found == text


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"body": {"value": "<p>New</p>"}}, True),
        ({"body": "<p>New</p>"}, True),
        ({"body": None}, True),
        ({"body": []}, True),
        ({"body": [{"value": "<p>New</p>", "format": "basic_html"}]}, True),
        ({"body": {"summary": "New"}}, False),
        ({"body": [{"summary": "New"}]}, False),
        ({"title": "New"}, False),
    ],
)
def test_a_text_that_was_read_in_part_is_not_replaced(fields: dict[str, Any], refused: bool) -> None:
    """The call is refused as a whole, with where to read on; what leaves the text as it is passes."""
    refusal = texts.refuse_unread([read(CUT)], revising(fields | {"field_other": 1}))
    assert (refusal is not None) is refused
    if refusal is not None:
        to = CUT["cut"]["texts"][0]["to"]
        assert (refusal.status, refusal.reason) == ("error", texts.PARTLY_READ)
        (error,) = refusal.content["errors"]
        assert error["pointer"] == "/fields/body/0/value"
        assert f'"from": {to}' in error["detail"]


def test_a_gap_is_no_reading_to_the_end() -> None:
    """Who reads the end alone has not read what is before it."""
    to = CUT["cut"]["texts"][0]["to"]
    end = texts.part(BODY, {"field": "body", "property": "value", "from": len(LONG) - 100}, ROOM)
    assert end is not None
    refusal = texts.refuse_unread([read(CUT), read(end)], revising({"body": "New"}))
    assert refusal is not None
    assert f"{to} of {len(LONG)}" in refusal.content["errors"][0]["detail"]


def test_parts_of_two_revisions_are_not_one_text() -> None:
    """Somebody saved in between: the rest of the new text says nothing about its beginning."""
    to = CUT["cut"]["texts"][0]["to"]
    rest = texts.part(BODY | {"revision": 6}, {"field": "body", "from": to}, 100_000)
    assert rest is not None
    assert texts.refuse_unread([read(CUT), read(rest)], revising({"body": "New"})) is not None


def test_own_text_is_known() -> None:
    """A text that the run wrote is one that it knows; a draft that left the text as it was changes nothing about it."""
    to = CUT["cut"]["texts"][0]["to"]
    other = PastCall("revise_draft", revising({"title": "New"}), {"id": ID, "revision": 6})
    rest = texts.part(BODY | {"revision": 6}, {"field": "body", "from": to}, 100_000)
    assert rest is not None
    assert texts.refuse_unread([read(CUT), other], revising({"body": "New"})) is not None
    assert texts.refuse_unread([read(CUT), other, read(rest)], revising({"body": "New"})) is None
    own = PastCall("revise_draft", revising({"body": {"value": "Mine"}}), {"id": ID, "revision": 6})
    assert texts.refuse_unread([own, read(CUT)], revising({"body": "New"})) is not None
    assert texts.refuse_unread([read(CUT), own], revising({"body": "New"})) is None
    failed = PastCall("revise_draft", revising({"body": {"value": "Mine"}}), {"error": "No."})
    assert texts.refuse_unread([read(CUT), failed], revising({"body": "New"})) is not None


def test_languages_and_items_are_told_apart() -> None:
    """A German text that was cut says nothing about the English one, nor about another item."""
    german = CUT | {"langcode": "de"}
    assert texts.refuse_unread([read(german)], revising({"body": "New"}, langcode="en")) is None
    assert texts.refuse_unread([read(german)], revising({"body": "New"}, langcode="de")) is not None
    assert texts.refuse_unread([read(german)], revising({"body": "New"})) is not None
    assert texts.refuse_unread([read(CUT | {"id": "other"})], revising({"body": "New"})) is None
    found = PastCall("find_items", {}, {"items": [CUT]})
    assert texts.refuse_unread([found], revising({"body": "New"})) is not None


def test_a_secret_that_was_taken_out_is_not_written_over() -> None:
    """The model saw a mark in its place: written back, the mark would replace it."""
    shown = item({"field_note": f"The key is {MARK}."})
    refusal = texts.refuse_unread([read(shown)], revising({"field_note": f"The key is {MARK}!"}))
    assert refusal is not None
    assert (refusal.reason, refusal.content["errors"][0]["pointer"]) == (texts.REDACTED, "/fields/field_note")
    assert texts.refuse_unread([read(shown)], revising({"field_note": "No key any more."})) is None
    assert texts.refuse_unread([], revising({"field_note": f"Write {MARK} for secrets."})) is None


def test_there_is_no_such_text() -> None:
    """A field without texts, a property that is not there, or a beginning after the end."""
    for wanted in ({"field": "nope"}, {"field": "body", "property": "nope"}, {"field": "body", "from": len(LONG) + 1}):
        assert texts.part(BODY, wanted, ROOM) is None
