"""The stand-in answers as a real Drupal does: each recording is replayed against it, in the order in which they change the site."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from demo.standin import Site
from demo.standin.accounts import drafting
from demo.standin.fields import BUNDLES
from demo.standin.jsonapi.endpoints import Answer, Request

RECORDINGS = Path(__file__).parent.parent / "fixtures" / "recordings"
BASE = "https://drupal.test"
OUT_OF_SCOPE = {"file-upload-forbidden": "The stand-in has no files: agents do not upload in version 1."}

ARTICLES = {
    "Article 1": "3f7d923d-c659-4cd5-b486-f76278fb80df",
    "Article 2": "71406f9b-30c9-4e30-a5be-3b7347ce853b",
    "Article 3": "27a80399-689e-44c7-af0c-bbf961247da3",
}
ACCOUNTS = {"anonymous": "ef793888-da58-415f-be6b-1f7f5f3443d2", "admin": "c7b6989c-85b2-4b26-b964-82376b6e0672"}

IN_ORDER = [
    "entrypoint",
    "entrypoint-anonymous",
    "users-collection",
    "taxonomy",
    "individual",
    "individual-anonymous",
    "collection",
    "not-found",
    "related-uid",
    "relationship-tags",
    "version-history",
    "bad-filter",
    "filter-bad-operator",
    "sort-bad",
    "include-bad",
    "read-only-post",
    "read-only-patch",
    "maintenance",
    "patch-draft-on-published",
    "individual-after-draft",
    "working-copy",
    "latest-version",
    "patch-when-working-copy-exists",
    "patch-working-copy-version",
    "patch-publish-forbidden",
    "patch-no-state",
    "post-draft-client-id",
    "post-same-client-id",
    "post-no-state",
    "post-published",
    "post-missing-title",
    "post-unknown-field",
    "post-bad-format",
    "post-forbidden-field",
    "post-status-true",
    "post-other-bundle",
    "term-create-forbidden",
    "post-anonymous",
    "blocked-account",
    "blocked-account-post",
    "bad-password",
    "invalid-json",
    "wrong-content-type",
    "delete-forbidden",
    "page-1",
    "page-last",
    "page-limit-500",
    "filter-changed",
    "filter-operator",
    "filter-status-1-anon",
    "filter-unpublished",
    "include-uid",
    "patch-bad-state",
    "patch-id-mismatch",
    "patch-langcode",
    "patch-title-too-long",
    "patch-two-errors",
    "patch-type-mismatch",
]

CHANGING = {"changed", "created", "revision_timestamp", "comment"}
COMPARED_HEADERS = ("content-type", "allow", "retry-after", "www-authenticate", "location")


def load(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))


def test_every_recording_is_replayed_or_excused() -> None:
    """None is forgotten, none is both."""
    names = sorted(path.stem for path in RECORDINGS.glob("*.json"))
    assert sorted([*IN_ORDER, *OUT_OF_SCOPE]) == names
    assert all(OUT_OF_SCOPE.values())


@pytest.fixture(scope="module")
def answers() -> dict[str, tuple[dict[str, Any], Answer]]:
    """All recordings with the stand-in's answers; one site lives through them all."""
    site = recorded_site()
    found = {name: (load(name), replay(site, name)) for name in IN_ORDER}
    site.close()
    return found


def recorded_site() -> Site:
    """The site of the recordings: three published articles, and an account that may draft articles."""
    site = Site()
    site.store.run("DELETE FROM account WHERE name = 'editor'")
    site.store.set("site.name", "Bench")
    for name, uuid in ACCOUNTS.items():
        site.store.run("UPDATE account SET uuid = ? WHERE name = ?", (uuid, name))
    site.accounts.add(
        "agent_writer", drafting("article"), password="secret", uuid="a657196e-1dcc-4870-a638-6fb3ebe220c9", uid=2
    )
    site.store.run("UPDATE account SET mail = 'agent@example.com' WHERE name = 'agent_writer'")
    for number, (title, uuid) in enumerate(ARTICLES.items(), 1):
        body = {"value": f"<p>Body of article {number}.</p>", "format": "basic_html", "summary": None}
        fields = {"title": title, "body": body}
        site.content.create(BUNDLES["node", "article"], fields, state="published", author=ACCOUNTS["admin"], uuid=uuid)
    return site


def replay(site: Site, name: str) -> Answer:
    """One recording's request, under the circumstances that its name tells."""
    recording = load(name)
    site.store.set("jsonapi.read_only", name.startswith("read-only"))
    site.store.set("maintenance", name == "maintenance")
    site.accounts.block("agent_writer", name.startswith("blocked-account"))
    asked = recording["request"]
    path, _, query = asked["path"].partition("?")
    headers = {key.lower(): value for key, value in asked["headers"].items()}
    if recording["account"] != "anonymous":
        password = "wrong" if name == "bad-password" else "secret"
        headers["authorization"] = "Basic " + base64.b64encode(f"agent_writer:{password}".encode()).decode()
    body = asked["body"]
    raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    request = Request(asked["method"], BASE, path, query, headers, raw)
    return site.jsonapi.answer(request, site.auth.identify(headers))


@pytest.mark.parametrize("name", IN_ORDER)
def test_answers_as_recorded(name: str, answers: dict[str, tuple[dict[str, Any], Answer]]) -> None:
    """Status, headers, errors in full; of data the identity, links, the names of all fields, and each value that time does not change."""
    recording, answer = answers[name]
    expected = recording["response"]
    document = answer.document or {}
    assert (answer.status, document.get("errors")) == (expected["status"], expected["body"].get("errors"))
    assert own_headers(answer) == wanted_headers(expected, document)
    assert shapes(document, name) == shapes(expected["body"], name)


def own_headers(answer: Answer) -> dict[str, str]:
    sent = {"content-type": "application/vnd.api+json"} | {k.lower(): v for k, v in answer.headers.items()}
    return {key: value for key, value in sent.items() if key in COMPARED_HEADERS}


def wanted_headers(expected: dict[str, Any], document: dict[str, Any]) -> dict[str, str]:
    """The recorded headers; an id that the server chose is taken from the answer."""
    wanted = {key: value for key, value in expected["headers"].items() if key in COMPARED_HEADERS}
    if "location" in wanted:
        wanted["location"] = wanted["location"].replace(expected["body"]["data"]["id"], document["data"]["id"])
    return wanted


def shapes(body: dict[str, Any], name: str) -> dict[str, Any]:
    """What is compared of a document."""
    data = body.get("data")
    found: dict[str, Any] = {"jsonapi": body["jsonapi"], "data": shape(data, name)}
    if "included" in body:
        found["included"] = shape(body["included"], name)
    if data != [] or not name.startswith(
        "entrypoint"
    ):  # the entry point lists all types of a site: the stand-in has three
        found["links"] = body.get("links")
    found["me"] = body.get("meta", {}).get("links", {}).get("me")
    return found


def shape(item: Any, name: str) -> Any:
    if isinstance(item, list):
        return [shape(entry, name) for entry in item]
    if not isinstance(item, dict) or "attributes" not in item:
        return item
    chosen_by_server = item["attributes"].get("title") == "No state given"
    attributes = {key: None if key in CHANGING else value for key, value in item["attributes"].items()}
    relationships = {key: value for key, value in item.get("relationships", {}).items() if key != "user_picture"}
    found = {
        "type": item["type"],
        "id": item["id"],
        "links": item["links"],
        "attributes": attributes,
        "relationships": without_type_ids(relationships),
    }
    text = json.dumps(found, sort_keys=True)
    return json.loads(text.replace(item["id"], "<id>")) if chosen_by_server else json.loads(text)


def without_type_ids(relationships: dict[str, Any]) -> dict[str, Any]:
    """Relationships with the UUID of the content type left out: each site has its own."""
    return json.loads(
        re.sub(r'("type": "node_type--node_type", "id": )"[0-9a-f-]+"', r'\1"<id>"', json.dumps(relationships))
    )
