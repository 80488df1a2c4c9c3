"""The fault proxy of `make chaos`: passes everything on as it is, and goes wrong to order."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from demo.standin import StandIn
from demo.standin.faults import Fault
from tests.chaos.proxy import FaultProxy

ME = "/background-agents/v1/me"


@pytest.fixture(scope="module")
def drupal() -> Iterator[StandIn]:
    with StandIn() as standin:
        standin.add_content("An article")
        yield standin


@pytest.fixture
def proxy(drupal: StandIn) -> Iterator[FaultProxy]:
    """In front of the stand-in."""
    made = FaultProxy(drupal.url)
    made.start()
    drupal.requests.clear()
    yield made
    made.stop()


def test_an_answer_comes_through_as_it_is(drupal: StandIn, proxy: FaultProxy) -> None:
    """Status, type, body; path, query and request headers before it."""
    path = "/jsonapi/node/article?fields%5Bnode--article%5D=title&page%5Blimit%5D=1"
    with httpx.Client(headers={"accept": "application/vnd.api+json"}, timeout=60) as client:
        direct, through = client.get(drupal.url + path), client.get(proxy.url + path)
    assert through.status_code == 200
    assert through.content == direct.content
    assert through.headers["content-type"] == direct.headers["content-type"]
    assert b"An article" in through.content


def test_a_refusal_comes_through(proxy: FaultProxy) -> None:
    answer = httpx.post(
        f"{proxy.url}/background-agents/v1/drafts", content=b"{}", headers={"authorization": "Bearer x"}, timeout=60
    )
    assert answer.status_code == 401
    assert answer.json()["status"] == 401


def test_carried_out_and_then_500(drupal: StandIn, proxy: FaultProxy) -> None:
    """Once; then well again."""
    proxy.faults.add(Fault(path=ME, when="after"))
    assert [httpx.get(proxy.url + ME, timeout=60).status_code for _ in range(2)] == [500, 200]
    assert [seen.status for seen in drupal.requests] == [200, 200]


@pytest.mark.parametrize(("when", "reached"), [("before", 0), ("after", 1)])
def test_hangs_up(drupal: StandIn, proxy: FaultProxy, when: str, reached: int) -> None:
    proxy.faults.add(Fault(path=ME, status=None, drop=True, when=when))  # pyright: ignore[reportArgumentType]
    with pytest.raises(httpx.TransportError):
        httpx.get(proxy.url + ME, timeout=60)
    assert len(drupal.requests) == reached


def test_nobody_behind_it() -> None:
    """A site that is gone is a 502, as with any proxy."""
    proxy = FaultProxy("http://127.0.0.1:9")
    proxy.start()
    assert httpx.get(proxy.url + ME, timeout=60).status_code == 502
    proxy.stop()
