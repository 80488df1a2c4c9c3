"""Preview links in the hands of people who try: forged, odd and huge addresses, other methods, and what caches keep."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest

from sidecar.http import no_cookies
from tests.site.drupal import Agents, Site

SECRET = "Words of the draft that nobody has published"


@pytest.fixture(scope="module")
def link(site: Site, agents: Agents) -> str:
    """The path of a link that is true."""
    body = {"value": f"<p>{SECRET}.</p>", "format": "basic_html"}
    answer = agents.draft(
        "revise", "agent", "a", fields={"title": "Draft a", "body": body}, expected_revision=agents.newest("a")["vid"]
    )
    assert answer.status_code == 201, answer.text
    change = agents.changes(item="a")[-1]
    return urlsplit(
        site.php(
            "$links = \\Drupal::service('Drupal\\background_agents\\Preview\\PreviewLinks');"
            f"$change = \\Drupal\\background_agents\\Entity\\Change::load({change['id']});"
            f"print $links->url($change, $links->make($change, {change['target_revision']}));"
        )
    ).path


@pytest.fixture(scope="module")
def visitor(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, cookies=no_cookies(), timeout=60) as client:
        yield client


def frame(link: str) -> str:
    """The address of the draft itself."""
    return link.replace("/preview-link/", "/preview-link-version/")


def test_forged_and_odd_addresses_show_nothing(visitor: httpx.Client, link: str) -> None:
    """A refusal of the client's kind, never an error of the site, and never a word of the draft."""
    head, change, revision, expires, signature = link.rsplit("/", 4)
    forged = [
        f"{change}/{revision}/{expires}/{signature[:-1]}",
        f"{change}/{revision}/{expires}/{signature}x",
        f"{change}/{revision}/{expires}/{signature.swapcase()}",
        f"{change}/{revision}/{expires}/",
        f"{change}/{revision}/{expires}/{quote('ünïcödé ☃ 𝒮')}",
        f"{change}/{revision}/{expires}/%00",
        f"{change}/{revision}/{expires}/%ff%fe",
        f"{change}/{revision}/{expires}/{'A' * 6000}",
        f"{change}/{revision}/{'9' * 18}/{signature}",
        f"{change}/{revision}/{'9' * 19}/{signature}",
        f"{change}/{'9' * 18}/{expires}/{signature}",
        f"-1/{revision}/{expires}/{signature}",
        f"{change}/{revision}/{expires}%20/{signature}",
        f"{quote('١')}/{revision}/{expires}/{signature}",
        f"{change}/{revision}/{int(expires) + 1}/{signature}",
        f"{int(change) + 1}/{revision}/{expires}/{signature}",
        f"{change}/{revision}/{expires}/{signature}/more",
    ]
    for address in forged:
        for path in (f"{head}/{address}", frame(f"{head}/{address}")):
            answer = visitor.get(path)
            assert answer.status_code in {400, 403, 404, 414}, (answer.status_code, address)
            assert SECRET not in answer.text
            assert "Draft a" not in answer.text


def test_other_methods_and_formats(visitor: httpx.Client, link: str) -> None:
    """HEAD is a GET without a body; nothing can be sent to a link."""
    for path in (link, frame(link)):
        head = visitor.head(path)
        assert (head.status_code, head.text) == (200, "")
        assert "no-store" in head.headers["cache-control"]
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert visitor.request(method, path, content=b"x").status_code == 405, method
        for odd in ("?_format=json", "?_format=xml", "?_wrapper_format=drupal_ajax", "?_wrapper_format=drupal_modal"):
            answer = visitor.get(path + odd)
            assert answer.status_code < 500, odd
            assert "no-store" in answer.headers.get("cache-control", "") or SECRET not in answer.text, odd


def test_nothing_is_kept_for_other_visitors(site: Site, visitor: httpx.Client, link: str) -> None:
    """Not by the page cache, whichever way the page is asked for, and not by proxies."""
    node = "/node/" + str(
        site.sql("SELECT nid FROM node_field_revision WHERE title = 'Draft a' ORDER BY vid DESC LIMIT 1")[0]["nid"]
    )
    for path in (link, frame(link), link + "?a=b", frame(link) + "?a=b"):
        for _ in range(2):
            answer = visitor.get(path)
            assert answer.status_code == 200
            assert answer.headers.get("x-drupal-cache") != "HIT"
            assert answer.headers.get("x-drupal-dynamic-cache") != "HIT"
            assert "no-store" in answer.headers["cache-control"]
            assert "public" not in answer.headers["cache-control"]
            assert answer.headers["x-robots-tag"] == "noindex, nofollow"
            assert "set-cookie" not in answer.headers
    for _ in range(2):
        assert SECRET not in visitor.get(node).text
    for bin_ in ("page", "dynamic_page_cache", "render"):
        kept = site.sql(f"SELECT cid FROM cache_{bin_} WHERE CONVERT(data USING utf8mb4) LIKE %s", f"%{SECRET}%")
        assert kept == [], bin_
