"""Reading by JSON:API, against what a real Drupal answered (tests/fixtures/recordings)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from sidecar.drupal import problems
from sidecar.drupal.site_addresses import Addresses
from sidecar.errors import DrupalError
from sidecar.tools import jsonapi_items as items
from sidecar.tools import jsonapi_query as query
from sidecar.tools.base import Outcome
from sidecar.tools.guards import GuardLimits, guarded
from sidecar.tools.jsonapi import DEFAULT_REVISION, NO_VERSIONS, FindItems, ReadItem
from tests.support.agents import ARTICLE, SITE_URL, agent, agent_client, context

RECORDINGS = Path(__file__).parents[2] / "fixtures/recordings"
PLACE = {"entity_type": "node", "bundle": "article"}
ITEM = f"{SITE_URL}/jsonapi/node/article/{ARTICLE}"
LIST = f"{SITE_URL}/jsonapi/node/article"
WORKING_COPY = {"resourceVersion": "rel:working-copy"}


def recorded(name: str) -> httpx.Response:
    """The recorded answer of a real Drupal."""
    answer = json.loads((RECORDINGS / f"{name}.json").read_text())["response"]
    return httpx.Response(answer["status"], json=answer["body"], headers={"content-type": "application/vnd.api+json"})


def refused(status: int, detail: str = "no") -> httpx.Response:
    """A JSON:API error."""
    errors = [{"status": str(status), "title": "No", "detail": detail}]
    return httpx.Response(status, json={"errors": errors}, headers={"content-type": "application/vnd.api+json"})


async def read(**arguments: Any) -> Outcome:
    """read_item through the guard."""
    return await guarded(
        ReadItem(agent(), agent_client()), context(), {**PLACE, "id": ARTICLE, **arguments}, GuardLimits()
    )


async def find(**arguments: Any) -> Outcome:
    """find_items through the guard."""
    return await guarded(FindItems(agent(), agent_client()), context(), {**PLACE, **arguments}, GuardLimits())


@respx.mock
async def test_the_newest_revision_is_read() -> None:
    """The working copy is asked for, and its revision is what revise_draft needs."""
    route = respx.get(ITEM, params=WORKING_COPY).mock(recorded("working-copy"))
    outcome = await read()
    assert route.call_count == 1
    assert outcome.status == "ok"
    shown = {name: outcome.content[name] for name in ("revision", "moderation_state", "published", "label")}
    assert shown == {"revision": 4, "moderation_state": "draft", "published": False, "label": "Article 1 improved"}
    assert "note" not in outcome.content


@respx.mock
async def test_fields_are_shown_as_they_are_written() -> None:
    """References as target_uuid, text without its rendered copy, nothing internal."""
    respx.get(ITEM, params=WORKING_COPY).mock(recorded("individual"))
    fields = (await read()).content["fields"]
    assert fields["title"] == "Article 1"
    assert fields["body"] == {"value": "<p>Body of article 1.</p>", "format": "basic_html", "summary": None}
    assert fields["uid"]["target_type"] == "user--user"
    assert not [name for name in fields if name.startswith(("drupal_internal", "revision_", "content_translation"))]


@respx.mock
@pytest.mark.parametrize(("status", "note"), [(501, NO_VERSIONS), (403, f"{DEFAULT_REVISION}No pending revision.")])
async def test_falling_back_to_the_default_revision_is_said(status: int, note: str) -> None:
    """A type without versions, and a newest revision that is hidden: the answer says which revision it is."""
    respx.get(ITEM, params=WORKING_COPY).mock(refused(status, "No pending revision."))
    respx.get(ITEM).mock(recorded("individual"))
    outcome = await read()
    assert outcome.content["revision"] == 1
    assert outcome.content["note"] == note


@respx.mock
async def test_a_language_is_read_in_its_prefix() -> None:
    """And without one where the site has no such prefix; another language than the wanted one is an error."""
    prefixed = respx.get(f"{SITE_URL}/de/jsonapi/node/article/{ARTICLE}").mock(recorded("individual"))
    outcome = await read(langcode="de")
    assert prefixed.called
    assert outcome.content["errors"][0]["pointer"] == "/langcode"
    assert "it is there in en" in outcome.content["error"]
    respx.get(f"{SITE_URL}/en/jsonapi/node/article/{ARTICLE}").mock(httpx.Response(404, text="<html>"))
    respx.get(ITEM).mock(recorded("individual"))
    assert (await read(langcode="en")).status == "ok"


@respx.mock
async def test_an_unknown_field_lists_the_known_ones() -> None:
    """The model can mend its call."""
    respx.get(ITEM).mock(recorded("individual"))
    outcome = await read(fields=["body", "teaser"])
    assert "no field teaser" in outcome.content["error"]
    assert "body" in outcome.content["error"]
    assert (await read(fields=["body"])).content["fields"].keys() == {"body"}


@respx.mock
async def test_a_certain_revision_is_asked_for_by_number() -> None:
    """As after a revision conflict."""
    route = respx.get(ITEM, params={"resourceVersion": "id:7"}).mock(recorded("individual"))
    await read(revision=7)
    assert route.called


@respx.mock
@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (recorded("not-found"), "error", "jsonapi:refused"),
        (recorded("maintenance"), "retry", "drupal:unavailable"),
        (httpx.ConnectError("refused"), "retry", "drupal:unavailable"),
        (httpx.ReadTimeout("late"), "retry", "drupal:unavailable"),
        (refused(401), "error", "token:refused"),
        (
            httpx.Response(403, json={"title": "Stopped", "status": 403, "code": "site_stopped"}),
            "retry",
            "site_stopped",
        ),
    ],
)
async def test_what_drupal_says_decides(answer: Any, status: str, reason: str) -> None:
    """Each refusal has its outcome."""
    route = respx.get(ITEM)
    route.mock(side_effect=answer) if isinstance(answer, Exception) else route.mock(answer)
    outcome = await read()
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.fatal == (reason == "token:refused")


async def test_what_the_binding_does_not_name_is_not_asked_for() -> None:
    """Without a request, and with what is allowed."""
    tool = ReadItem(
        agent(content={"node": {"article": ["read"], "page": ["create"]}, "media": {"page": ["read"]}}), agent_client()
    )
    outcome = await guarded(tool, context(), {"entity_type": "node", "bundle": "page", "id": ARTICLE}, GuardLimits())
    assert outcome.reason == "content:not_allowed"
    assert "It may read: media page, node article" in outcome.content["error"]


@pytest.mark.parametrize("bad", ["../../user/1", "node?x=1", "article/relationships", "ARTICLE", ""])
async def test_no_path_is_built_from_anything_else_than_names(bad: str) -> None:
    """Names and ids are checked before an address is made of them."""
    for arguments in ({"entity_type": bad}, {"bundle": bad}, {"id": bad}, {"langcode": "de/../.."}):
        assert (await read(**arguments)).reason == "tool:invalid_arguments"


@respx.mock
async def test_pages_are_followed_past_fifty() -> None:
    """Only as far as the limit, and `more` says whether that was all."""
    pages = {
        None: _page(0, 50, "page%5Boffset%5D=50&page%5Blimit%5D=50"),
        "50": _page(50, 50, "page%5Boffset%5D=100&page%5Blimit%5D=50"),
        "100": _page(100, 5, None),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[request.url.params.get("page[offset]")])

    route = respx.get(url__startswith=LIST).mock(side_effect=answer)
    outcome = await find(limit=70)
    assert (len(outcome.content["items"]), outcome.content["more"], route.call_count) == (70, True, 2)
    outcome = await find(limit=500)
    assert (len(outcome.content["items"]), outcome.content["more"]) == (105, False)


def _page(start: int, count: int, following: str | None) -> dict[str, Any]:
    data = [{"type": "node--article", "id": f"id-{start + n}", "attributes": {"title": str(n)}} for n in range(count)]
    links = {"next": {"href": f"https://internal.example{'/jsonapi/node/article'}?{following}"}} if following else {}
    return {"data": data, "links": links}


@respx.mock
async def test_a_next_link_never_leads_elsewhere() -> None:
    """The host of the link is not used, and a link to another collection is an error."""
    respx.get(LIST).mock(
        httpx.Response(
            200, json=_page(0, 1, "page%5Boffset%5D=1") | {"links": {"next": {"href": "https://evil.test/x"}}}
        )
    )
    outcome = await find(limit=50)
    assert outcome.status == "error"
    assert "/x" in outcome.content["error"]


@respx.mock
async def test_left_out_items_are_counted() -> None:
    """Drupal omits what the account may not see; the model is told how many."""
    omitted = {"omitted": {"links": {"help": {}, "item--a": {}, "item--b": {}}}}
    respx.get(url__startswith=LIST).mock(httpx.Response(200, json={"data": [], "meta": omitted}))
    assert "2 items" in (await find()).content["note"]


@respx.mock
async def test_a_filter_that_drupal_refuses_comes_back_with_its_words() -> None:
    """The model mends its call from the detail."""
    respx.get(url__startswith=LIST).mock(recorded("bad-filter"))
    outcome = await find(filters=[{"field": "nope", "value": "1"}])
    assert "The field `nope`" in outcome.content["error"]


@pytest.mark.parametrize(
    ("condition", "pointer"),
    [
        ({"field": "moderation_state", "value": "draft"}, "/filters/0/field"),
        ({"field": "nid", "operator": "IN", "value": 1}, "/filters/0/value"),
        ({"field": "nid", "operator": "BETWEEN", "value": [1]}, "/filters/0/value"),
        ({"field": "nid", "operator": "=", "value": [1]}, "/filters/0/value"),
        ({"field": "nid"}, "/filters/0/value"),
    ],
)
async def test_a_filter_that_cannot_work_is_refused_before_the_request(condition: dict[str, Any], pointer: str) -> None:
    """With a pointer to what is wrong."""
    outcome = await find(filters=[condition])
    assert outcome.content["errors"][0]["pointer"] == pointer


SCALARS = st.text(max_size=30) | st.integers() | st.booleans()


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "field": st.from_regex(query.FIELD_PATH, fullmatch=True),
                "operator": st.sampled_from(query.SINGLE),
                "value": SCALARS,
            }
        ),
        max_size=4,
    )
)
def test_a_value_can_never_become_another_parameter(filters: list[dict[str, Any]]) -> None:
    """Sent and parsed as PHP does it, each value is the value of its own condition and nothing else."""
    filters = [condition for condition in filters if not condition["field"].startswith("moderation_state")]
    params = query.collection_params("node--article", {"filters": filters}, 10)
    sent = parse_qs(str(httpx.QueryParams(params)), keep_blank_values=True)
    assert sent.keys() == params.keys()
    for index, condition in enumerate(filters):
        value = condition["value"]
        expected = str(int(value)) if isinstance(value, bool) else str(value)
        assert sent[f"filter[f{index}][condition][value]"] == [expected.encode("utf-8", "replace").decode()]


def test_only_the_type_of_an_item_is_left_out() -> None:
    """A field whose name ends as `node_type` does is shown; what JSON:API adds to references is not, and a gone target can be written back."""
    term = {"type": "taxonomy_term--tags", "id": ARTICLE, "meta": {"drupal_internal__target_id": 3, "arity": 0}}
    own = {"type": "node_type--node_type", "id": ARTICLE, "meta": {"drupal_internal__target_id": "article"}}
    resource = {
        "id": ARTICLE,
        "attributes": {"field_event_type": "talk", "vid": 7, "title": "T"},
        "relationships": {
            "node_type": {"data": own},
            "field_content_type": {"data": own},
            "type": {"data": term},
            "field_tags": {"data": [term, term | {"id": "missing", "meta": {"links": {}}}]},
        },
    }
    shown = {"target_uuid": ARTICLE, "target_type": "taxonomy_term--tags"}
    fields = items.item(resource, "node", "article")["fields"]
    assert fields == {
        "field_event_type": "talk",
        "vid": 7,
        "title": "T",
        "field_content_type": {"target_uuid": ARTICLE, "target_type": "node_type--node_type"},
        "type": shown,
        "field_tags": [shown, {"target_uuid": None, "missing": True}],
    }
    assert items.field_names(resource, "node", "article") == sorted(fields)


TOLD = Addresses.of(
    {
        "jsonapi": "/api",
        "languages": {
            "en": {"path": "/api"},
            "pt-br": {"path": "/br/api"},
            "de": {"path": "/api", "host": "de.example.com"},
            "fr": {"path": "/api"},
        },
    }
)


async def read_at(addresses: Addresses, **arguments: Any) -> Outcome:
    """read_item on a site that told its addresses."""
    tool = ReadItem(agent(), agent_client(), addresses)
    return await guarded(tool, context(), {**PLACE, "id": ARTICLE, **arguments}, GuardLimits())


def translated(langcode: str) -> httpx.Response:
    """The recorded working copy, in another language."""
    answer = recorded("working-copy")
    document = answer.json()
    document["data"]["attributes"]["langcode"] = langcode
    return httpx.Response(200, json=document, headers={"content-type": "application/vnd.api+json"})


@respx.mock
@pytest.mark.parametrize(
    ("langcode", "path", "host"),
    [
        (None, "/api", "drupal.test"),
        ("pt-br", "/br/api", "drupal.test"),
        ("de", "/api", "de.example.com"),
    ],
)
async def test_items_are_read_where_the_site_says(langcode: str | None, path: str, host: str) -> None:
    """JSON:API's own path, a prefix that is no langcode, and a domain, which is named to the same server."""
    route = respx.get(f"{SITE_URL}{path}/node/article/{ARTICLE}").mock(translated(langcode or "en"))
    outcome = await read_at(TOLD, **({"langcode": langcode} if langcode else {}))
    assert outcome.status == "ok", outcome
    assert route.calls[0].request.headers["host"] == host
    assert route.calls[0].request.url.host == "drupal.test"


@respx.mock
async def test_a_language_that_the_site_does_not_have() -> None:
    """It is said without a request, with those that there are."""
    outcome = await read_at(TOLD, langcode="it")
    assert "de, en, fr, pt-br" in outcome.content["error"]


@respx.mock
async def test_languages_that_share_an_address_are_not_called_missing() -> None:
    """The site does not tell them apart by URL: that is no missing translation."""
    respx.get(f"{SITE_URL}/api/node/article/{ARTICLE}").mock(translated("en"))
    outcome = await read_at(TOLD, langcode="fr")
    assert "language detection by URL" in outcome.content["error"]


@respx.mock
@pytest.mark.parametrize(
    "nothing",
    [
        httpx.Response(404, text="<h1>Page not found</h1>", headers={"content-type": "text/html"}),
        refused(404, 'No route found for "GET https://drupal.test/api"'),
    ],
    ids=["page", "route"],
)
async def test_no_such_address_is_not_no_such_item(nothing: httpx.Response) -> None:
    """What JSON:API does not answer is the site's address, not the item's; for a list, too."""
    respx.get(url__startswith=f"{SITE_URL}/api/").mock(nothing)
    outcome = await read_at(TOLD)
    assert (outcome.reason, "no address" in outcome.content["error"]) == ("jsonapi:no_address", True)
    found = await guarded(FindItems(agent(), agent_client(), TOLD), context(), PLACE, GuardLimits())
    assert found.reason == "jsonapi:no_address"


def test_an_item_that_is_not_there_is_told_from_a_place_that_is_not_there() -> None:
    """Core answers for an unknown UUID in JSON:API's own format."""
    answer = recorded("not-found")
    with pytest.raises(DrupalError) as caught:
        problems.read_answer(404, answer.headers, answer.content, "GET /", repeatable=True)
    assert not problems.is_route_missing(caught.value)
