"""Before and after of a draft, as the module shows them too."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.review import fields, markup, sequence

VECTORS = Path(__file__).parents[3] / "contracts/vectors/diffs.json"
CASES = json.loads(VECTORS.read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_vectors(case: dict[str, str]) -> None:
    """The same HTML as the module's."""
    assert markup.marked(case["before"], case["after"]) == case["html"]


words = st.lists(st.sampled_from(["a", "b", "c", " ", "d "]), max_size=30)


@given(before=words, after=words)
def test_both_versions_are_in_it(before: list[str], after: list[str]) -> None:
    """What is not marked as added is the former text, what is not marked as removed the later one."""
    old, new = "x" + "".join(before), "x" + "".join(after)
    html = re.sub(
        r'<span class="ba-diff__number">.*?\d </span>|<span class="ba-diff__said">.*?</span>',
        "",
        markup.marked(old, new),
    )
    former = re.sub(r"<ins[^>]*>.*?</ins>|</?del[^>]*>", "", html)
    later = re.sub(r"<del[^>]*>.*?</del>|</?ins[^>]*>", "", html)
    assert [" ".join(text.split()) for text in (former, later)] == [" ".join(text.split()) for text in (old, new)]


@given(before=st.lists(st.sampled_from("abcdef")), after=st.lists(st.sampled_from("abcdef")))
def test_pairs_ascend(before: list[str], after: list[str]) -> None:
    """Pairs are of equal keys, in order on both sides."""
    found = sequence.pairs(before, after)
    assert all(before[x] == after[y] for x, y in found.items())
    assert list(found) == sorted(found)
    assert list(found.values()) == sorted(found.values())


@given(before=st.text(alphabet="<>&'\"ab/p ", max_size=40), after=st.text(alphabet="<>&'\"ab/p ", max_size=40))
def test_nothing_of_a_text_becomes_markup(before: str, after: str) -> None:
    """Whatever is stored, only known tags without attributes come out."""
    html = markup.marked(f"<p>{escape(before)}</p>", f"<p>{escape(after)}</p>")
    assert set(re.findall(r"</?([a-z]+)", html)) <= {"p", "ins", "del", "span"}


def found(before: dict[str, Any] | None, after: dict[str, Any]) -> list[tuple[str, str]]:
    labels = {"u1": "Events", "u2": "<b>"}
    shown = [(field.label, field.html) for field in fields.differing(before, after, lambda uuid: labels[uuid])]
    return [(label, re.sub(r'<span class="ba-diff__said">.*?</span>| role="none"', "", html)) for label, html in shown]


def test_only_fields_that_differ_are_shown() -> None:
    """A summary has a name of its own; references are shown by name, as text."""
    body = {"value": "<p>Text</p>", "format": "basic_html", "summary": None}
    before = {"title": "A", "body": body, "field_tags": ["u1"]}
    assert found(before, before) == []
    after = before | {"body": body | {"summary": "Short"}, "field_tags": ["u1", "u2"]}
    assert found(before, after) == [
        (
            "Body",
            '<p class="ba-diff__label">Summary: new</p><div class="ba-diff">Short</div><p class="ba-diff__label">Text: unchanged</p>',
        ),
        ("Tags", '<ul class="ba-diff ba-diff--items"><li>Events</li><li><ins>&lt;b&gt;</ins></li></ul>'),
    ]


def test_a_new_item_has_no_marks() -> None:
    """Its empty fields are left out."""
    assert found(None, {"title": "A & B", "body": None, "field_tags": []}) == [
        ("Title", '<div class="ba-diff"><p>A &amp; B</p></div>')
    ]
