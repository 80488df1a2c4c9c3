"""Before and after of a draft."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from demo import diff


@given(before=st.text(max_size=80), after=st.text(max_size=80))
def test_both_sides_are_whole(before: str, after: str) -> None:
    """Nothing is lost or added on either side, and what is the same is the same on both."""
    left, right = diff.words(before, after)
    assert "".join(piece.text for piece in left) == before
    assert "".join(piece.text for piece in right) == after
    assert [piece.text for piece in left if piece.kind == "same"] == [
        piece.text for piece in right if piece.kind == "same"
    ]


def test_words_not_letters() -> None:
    """A changed letter marks its word, and no other."""
    left, right = diff.words("ships in botles, old", "ships in bottles, old")
    assert [piece.text for piece in left if piece.kind == "changed"] == ["botles"]
    assert [piece.text for piece in right if piece.kind == "changed"] == ["bottles"]


def test_markup_is_taken_away() -> None:
    """Blocks become lines, list items get a bullet, scripts are no text."""
    assert (
        diff.plain("<p>One &amp; <em>two</em></p><script>alert(1)</script><ul><li>a</li><li>b</li></ul>")
        == "One & two\n• a\n• b"
    )
    assert diff.plain("no markup, 1 < 2") == "no markup, 1 < 2"


def found(before: dict[str, Any] | None, after: dict[str, Any]) -> list[tuple[str, bool, str]]:
    fields = diff.fields(before, after, {"u1": "Events"}.get)  # pyright: ignore[reportArgumentType]
    return [(field.label, field.before is None, "".join(piece.text for piece in field.after)) for field in fields]


def test_only_fields_that_differ_are_shown() -> None:
    """A body has its summary as a part of its own; references are shown by name."""
    body = {"value": "<p>Text</p>", "format": "basic_html", "summary": None}
    before = {"title": "A", "body": body, "field_tags": []}
    assert found(before, before) == []
    after = before | {"body": body | {"summary": "Short"}, "field_tags": ["u1"]}
    assert found(before, after) == [("Body (summary)", False, "Short"), ("Tags", False, "Events")]


def test_a_new_item_has_no_before() -> None:
    """Its empty fields are left out."""
    assert found(None, {"title": "A", "body": None, "field_tags": []}) == [("Title", True, "A")]
