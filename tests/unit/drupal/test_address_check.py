"""B2: the doctor reads one item through each of the addresses that the site tells."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from sidecar.drupal.address_check import SILENT, check
from sidecar.drupal.client import DrupalSite
from sidecar.settings import SiteSettings
from tests.support.agents import ARTICLE, SITE_SECRET, SITE_URL

ADDRESSES = {
    "jsonapi": "/api",
    "languages": {
        "en": {"path": "/api"},
        "pt-br": {"path": "/br/api"},
        "de": {"path": "/api", "host": "de.example.com"},
    },
}
STATUS = {
    "addresses": ADDRESSES,
    "samples": [
        {"langcode": langcode, "entity_type": "node", "bundle": "article", "id": ARTICLE}
        for langcode in ("en", "pt-br")
    ],
}
ITEM = f"node/article/{ARTICLE}"


def site() -> DrupalSite:
    """The client of a site that respx answers for."""
    return DrupalSite(SiteSettings(base_url=SITE_URL, secrets=[SITE_SECRET]))  # pyright: ignore[reportArgumentType]


def item(langcode: str) -> httpx.Response:
    """A JSON:API document in a language."""
    return httpx.Response(200, json={"data": {"attributes": {"langcode": langcode}}})


@respx.mock
async def test_all_addresses_answer() -> None:
    """An item in each language that has one, else JSON:API itself; no token is sent."""
    respx.get(f"{SITE_URL}/api/{ITEM}").mock(item("en"))
    respx.get(f"{SITE_URL}/br/api/{ITEM}").mock(item("pt-br"))
    entry = respx.get(f"{SITE_URL}/api").mock(httpx.Response(200, json={"data": []}))
    assert await check(site(), STATUS) == [
        ("ok", "Items are read at /api (en), /br/api (pt-br), de.example.com/api (de).")
    ]
    assert entry.calls[0].request.headers["host"] == "de.example.com"
    assert not any("authorization" in call.request.headers for call in respx.calls)


WRONG: list[tuple[httpx.Response, str, str]] = [
    (httpx.Response(404, text="<h1>Page not found</h1>"), "problem", "Nothing is at /br/api"),
    (item("en"), "problem", "is in en, not in pt-br"),
    (httpx.Response(301, headers={"location": "https://elsewhere.example/"}), "problem", "redirected"),
    (httpx.Response(403, json={"errors": [{"detail": "No."}]}), "note", "does not show the item"),
    (httpx.Response(404, json={"errors": [{"detail": "The entity parameter was not converted."}]}), "note", "is gone"),
]


@respx.mock
@pytest.mark.parametrize(("answer", "level", "said"), WRONG, ids=[case[2] for case in WRONG])
async def test_one_address_does_not(answer: httpx.Response, level: str, said: str) -> None:
    """What is wrong is said of that language, with what to do; what is no fault of the address is a note."""
    respx.get(f"{SITE_URL}/api/{ITEM}").mock(item("en"))
    respx.get(f"{SITE_URL}/br/api/{ITEM}").mock(answer)
    respx.get(f"{SITE_URL}/api").mock(httpx.Response(200, json={"data": []}))
    (found,) = await check(site(), STATUS)
    assert found[0] == level
    assert said in found[1]


async def test_an_older_module_does_not_tell() -> None:
    """That is said, and nothing is asked."""
    nothing: dict[str, Any] = {}
    assert await check(site(), nothing) == [("note", SILENT)]
