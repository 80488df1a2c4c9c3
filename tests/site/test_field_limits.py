"""An agent that may write titles and tags never touches the body, whatever it sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.drupal import Agents, is_problem

WRITER = "limited"
OUTSIDE: dict[str, Any] = {
    "a text": {"body": {"value": "<p>Spam</p>"}},
    "its summary": {"body": {"summary": "Spam"}},
    "its format": {"body": {"format": "restricted_html"}},
    "a list of values": {"body": [{"value": "<p>Spam</p>", "format": "basic_html"}]},
    "what is computed": {"body": {"processed": "<p>Spam</p>"}},
    "nothing at all": {"body": None},
    "beside a title": {"title": "With more", "body": {"value": "<p>Spam</p>"}},
}


@pytest.fixture(autouse=True, scope="module")
def _held(agents: Agents) -> Iterator[None]:
    """The agent is held to two fields of articles while these tests run."""
    code = (
        "$a = \\Drupal\\background_agents\\Entity\\Agent::load('test_limited');"
        "$a->set('binding', ['fields' => {fields}] + $a->getBinding())->save();"
    )
    agents.site.php(code.format(fields="['node' => ['article' => ['field_tags', 'title']]]"))
    yield
    agents.site.php(code.format(fields="[]"))


def test_describe_content_tells_the_same_as_the_draft_endpoint(agents: Agents) -> None:
    """The fields that are not named can be read, and are not offered for writing."""
    answer = agents.tool("describe_content", {"entity_type": "node", "bundle": "article"}, WRITER)
    fields = answer.json()["result"]["entity_types"]["node"]["article"]["fields"]
    assert sorted(name for name, field in fields.items() if field["writable"]) == ["field_tags", "title"]
    assert fields["body"]["readable"]


@pytest.mark.parametrize(("item", "langcode"), [("h", "en"), ("translated", "de")])
def test_a_named_field_is_written(agents: Agents, item: str, langcode: str) -> None:
    """In each language; the body, sent as it was read, is no change."""
    body = {"value": "<p>Published text.</p>", "format": "basic_html"}
    answer = agents.draft("revise", WRITER, item, fields={"title": "By its list", "body": body}, langcode=langcode)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("fields", OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize(("item", "langcode"), [("c", "en"), ("translated", "de")])
def test_nothing_else_is(agents: Agents, item: str, langcode: str, fields: dict[str, Any]) -> None:
    """The answer names the field; not even what is on the list is stored."""
    before = agents.newest(item, langcode)["vid"]
    answer = agents.draft("revise", WRITER, item, fields=fields, langcode=langcode, expected_revision=before)
    assert is_problem(answer, 403, "forbidden"), answer.text
    name = next(name for name in fields if name != "title")
    assert answer.json()["errors"][0]["pointer"].startswith(f"/fields/{name}")
    assert agents.newest(item, langcode)["vid"] == before


def test_a_new_item_is_held_to_the_list(agents: Agents) -> None:
    """Its title may be set, its body not."""
    assert agents.draft("create", WRITER, fields={"title": "New"}).status_code == 201
    refused = agents.draft("create", WRITER, fields={"title": "New", "body": {"value": "<p>Spam</p>"}})
    assert is_problem(refused, 403, "forbidden"), refused.text


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_jsonapi_is_no_way_around(agents: Agents, method: str) -> None:
    """Agents write by the draft endpoint alone."""
    path = "/jsonapi/node/article" + (f"/{agents.items['c']['uuid']}" if method == "PATCH" else "")
    data = {"type": "node--article", "attributes": {"title": "x", "body": {"value": "<p>Spam</p>"}}}
    if method == "PATCH":
        data["id"] = agents.items["c"]["uuid"]
    assert agents.jsonapi(method, path, WRITER, data).status_code == 403
