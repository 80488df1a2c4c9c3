"""Whose fault a failed write is: a value's (422 with a pointer), the code's of the site (`site_error`), or nobody's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.site.drupal import API, Agents, Site, is_problem, new_key

ANSWERS = {200, 201, 403, 409, 413, 422}

# What field types, their constraints and the database look at.
TELLING = [
    "", " ", "0", "-1", "1e3", "1e999", "0x1A", "abc", "x" * 256, "x" * 70_000, "\U0001f600", "a\u0000b", "\ud800",
    "<p>text</p>",
    "2026-11-27", "2026-11-27T14:30:00", "2026-11-27T14:30:00-05:00", "99999-99-99T99:99:99", "P1D", "now",
    "http://example.org", "http://", "http:///x", "//x", "internal:/node", "internal:node", "entity:node/1", "entity:",
    "route:<front>", "route:", "base:x",
    "mailto:x", "public://x", "data:,", "javascript:alert(1)", "and", "de", "xx-nowhere", "basic_html", "full_html",
    "user@example.org",
    "00000000-0000-4000-8000-000000000000", "_none", "red", 1, 0, -1, 2**31, 2**32, 2**53, 2**63, -(2**63) - 1, 10**40,
    0.5, 1.5e308, -0.0, 1e-320,
]  # fmt: skip

TEXT = st.text(max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
SCALARS |= st.sampled_from(TELLING)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@dataclass
class EveryField:
    """A content type with a field of each field type of core, and the run that writes it."""

    site: Site
    run: dict[str, Any]
    item: dict[str, Any]
    fields: dict[str, dict[str, Any]]

    def write(self, fields: dict[str, Any], *, revise: bool = False) -> httpx.Response:
        """Sends a draft request. A creation has a title of its own, unless `fields` hold one."""
        document: dict[str, Any] = {
            "key": new_key(), "run": self.run["uuid"], "attempt": 1, "generation": 1,
            "operation": "create", "entity_type": "node", "bundle": "every_field",
            "fields": ({} if revise else {"title": "Every field"}) | fields, "summary": "Tried a value.",
        }  # fmt: skip
        if revise:
            document |= {"operation": "revise", "entity": self.item["uuid"], "expected_revision": self.item["revision"]}
        headers = {"Authorization": f"Bearer {self.run['token']}", "Content-Type": "application/json"}
        body = json.dumps(document).replace('"1e999"', "1e999")  # a number that JSON can write, and no float can hold
        answer = self.site.http.post(f"{API}/drafts", content=body, headers=headers)
        if revise and answer.status_code == 201:
            self.item["revision"] = answer.json()["revision"]
        return answer


@pytest.fixture(scope="module")
def every(site: Site) -> Iterator[EveryField]:
    site.script("agents.php")
    made = EveryField(site, **site.script("field_types.php"))
    yield made
    site.php(
        "$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        "foreach (array_chunk($storage->getQuery()->accessCheck(FALSE)->condition('type', 'every_field')->execute(), 50) as $ids) {"
        " $storage->delete($storage->loadMultiple($ids)); }"
    )


def values(properties: list[str]) -> st.SearchStrategy[Any]:
    """JSON for a field: anything, objects of its properties, and lists of them."""
    named = st.dictionaries(st.sampled_from([*properties, "target_uuid", "nonsense"]), JSON, min_size=1, max_size=3)
    one = JSON | named | named
    return one | st.lists(one, max_size=3)


def assert_answers(answer: httpx.Response) -> None:
    """The answer says whose turn it is: done, refused with the reason, or later with the time."""
    said = f"{answer.status_code} {answer.text[:600]}"
    if answer.status_code == 503:
        assert answer.headers.get("retry-after", "").isdecimal(), said
        return
    assert answer.status_code in ANSWERS, said
    if answer.status_code == 422:
        assert all(error["pointer"].startswith("/") for error in answer.json().get("errors", [])), said


@settings(max_examples=120)
@given(data=st.data())
def test_any_json_for_any_property_gets_an_answer(every: EveryField, data: st.DataObject) -> None:
    """No value of any field type of core is a server error: it is taken, or refused with what is wrong."""
    name = data.draw(st.sampled_from(sorted(every.fields)))
    value = data.draw(values(every.fields[name]["properties"]))
    assert_answers(every.write({name: value}, revise=data.draw(st.booleans())))


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": {"value": {"a": 1}}}, "/fields/title/0/value"),
        ({"title": [{"value": ["a"]}]}, "/fields/title/0/value"),
        ({"ef_text_long": {"value": "a", "format": ["a"]}}, "/fields/ef_text_long/0/format"),
        ({"ef_link": {"uri": "internal:/", "options": "a"}}, "/fields/ef_link/0/options"),
        ({"ef_float": ["1", {"value": "1e999"}]}, "/fields/ef_float/1/value"),
        ({"ef_daterange_datetime": {"value": "2026-11-27T14:30:00 and much more"}}, "/fields/ef_daterange_datetime"),
        ({"ef_integer": 2**40}, "/fields/ef_integer"),
        ({"ef_string": "x" * 256}, "/fields/ef_string"),
        ({"ef_language": "xx-nowhere-at-all"}, "/fields/ef_language"),
        ({"ef_entity_reference_node": {"target_uuid": "\U0001f600"}}, "/fields/ef_entity_reference_node/0"),
    ],
)
def test_what_a_value_causes_names_the_field(every: EveryField, fields: dict[str, Any], pointer: str) -> None:
    """Whichever layer finds it: JSON, the type below the property, the field, the entity, the database."""
    answer = every.write(fields)
    assert is_problem(answer, 422, "invalid")
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.text


def test_json_that_php_cannot_read_is_refused_with_the_reason(every: EveryField) -> None:
    """Deep, with half a character, or with a name that PHP has no property for."""
    deep: Any = "x"
    for _ in range(600):
        deep = [deep]
    for value in (deep, "\ud800", {"\u0000a": 1}):
        answer = every.write({"title": value})
        assert is_problem(answer, 422, "invalid")
        assert "no JSON" not in answer.json()["detail"]


@pytest.fixture(scope="module")
def broken(site: Site, agents: Agents) -> Iterator[Agents]:
    """A site whose own code fails where a title says so."""
    site.install("site_code_test")
    yield agents
    site.uninstall("site_code_test")


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("No chart", "InvalidArgumentException: The chart id is missing."),
        ("Secretive", "RuntimeException: Cannot reach https://charts.example.org from … now."),
        ("Type error", "TypeError: strlen(): Argument #1 ($string) must be of type string, array given."),
        ("Bad query", "PDOException: The database refused a query (42S02 1146)."),
        ("Own value", "PDOException: The database refused a query (22001 1406)."),
    ],
)
def test_what_the_sites_code_throws_is_told_as_that(broken: Agents, title: str, told: str) -> None:
    """With class and sentence, and without secrets, paths and queries. Nothing is stored, and the key stays free."""
    document = broken.document("create", fields={"title": title})
    before = len(broken.changes())
    answer = broken.post(document)
    assert is_problem(answer, 500, "site_error")
    assert told in answer.json()["detail"]
    assert len(broken.changes()) == before
    assert broken.post(document | {"fields": {"title": "Mended"}}).status_code == 201


def test_who_is_told_of_a_stored_draft_does_not_undo_the_answer(broken: Agents) -> None:
    """A subscriber that fails after the commit: the draft is there, so it is answered, once and again."""
    document = broken.document("create", fields={"title": "After"})
    first, again = broken.post(document), broken.post(document)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["entity"] == again.json()["entity"]


def test_php_that_dies_in_the_middle_leaves_nothing(broken: Agents) -> None:
    """Core's transactions commit when PHP dies; ours do not: no item, no record of the key, and the key can be used again."""
    document = broken.document("create", fields={"title": "Fatal"})
    assert broken.post(document).status_code == 500
    assert broken.site.sql("SELECT nid FROM node_field_data WHERE title = 'Fatal'") == []
    assert broken.site.sql("SELECT run FROM background_agents_effect WHERE effect_key = %s", document["key"]) == []
    assert broken.post(document | {"fields": {"title": "Alive"}}).status_code == 201


def test_a_read_that_the_sites_code_breaks_is_told_as_that(broken: Agents) -> None:
    """By JSON:API, too; and nobody learns it who has no valid token."""
    made = broken.draft("create", fields={"title": "Readable"}).json()
    for table in ("node_field_data", "node_field_revision"):
        broken.site.sql(f"UPDATE {table} SET title = 'Unreadable' WHERE nid = %s", made["entity_id"])
    broken.site.drush("cache:rebuild")
    path = f"/jsonapi/node/article/{made['entity']}"
    answer = broken.jsonapi("GET", path)
    assert is_problem(answer, 500, "site_error")
    assert "LogicException: The chart cannot be drawn." in answer.json()["detail"]
    assert broken.jsonapi("GET", path, None).status_code in (401, 403)
