"""A copy of a site is not the site: same id, same secret, another base URL in its settings."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from sidecar import console, resources
from sidecar.context import Context
from sidecar.doctor import examine
from sidecar.drupal import signing
from sidecar.errors import DrupalError
from sidecar.settings import load
from tests.support.api import asking
from tests.support.jobs import job

OWN, COPY = "https://www.example.org", "https://staging.example.org"


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """The site, with a base URL in its settings."""
    with StandIn(configured_url=OWN) as site:
        site.add_agent("writer")
        yield site


@pytest.fixture
async def context(drupal: StandIn, redis_url: str) -> AsyncIterator[Context]:
    """The sidecar's parts, which have not asked the site anything yet."""
    site = {"base_url": drupal.url, "secrets": [drupal.secret]}
    async with resources.open_context(load({}, sites={"default": site}, redis_url=redis_url)) as made:
        yield made


@pytest.fixture
async def web(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the sidecar's API."""
    async with asking(context) as client:
        yield client


async def push(web: httpx.AsyncClient, drupal: StandIn, path: str, **document: Any) -> httpx.Response:
    """A document that somebody sends who has the site's secret."""
    body = json.dumps({"site": "default", **document}).encode()
    headers = signing.sign(drupal.secret, body, int(time.time()), signing.new_id("d2s"))
    return await web.post(path, content=body, headers=headers)


def moved(drupal: StandIn, base_url: str) -> None:
    """The site has another base URL in its settings from now on."""
    object.__setattr__(drupal.site.options, "configured_url", base_url)


@pytest.mark.parametrize("told", [{"base_url": COPY}, {"base_url": ""}, {}])
async def test_a_copy_commands_nothing_and_brings_no_jobs(
    web: httpx.AsyncClient, drupal: StandIn, context: Context, told: dict[str, str]
) -> None:
    """It is told what is wrong and what to do; a copy without a base URL, or with an old module, as well."""
    run = drupal.dispatch("writer", {})
    await context.hallway.accept(job(run))
    for path, sent in (
        ("/v1/commands", {"commands": [{"id": 1, "run": run, "command": "cancel"}]}),
        ("/v1/commands", {"stop": True, "commands": []}),
        ("/v1/jobs", {"jobs": [job()]}),
    ):
        answer = await push(web, drupal, path, **sent, **told)
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_site")
        assert OWN in answer.json()["detail"]
        assert "accept-site" in answer.json()["detail"]
    assert [found for found, _ in await context.store.outgoing.live("default")] == [run]
    assert not await context.store.commands.stopped("default")


async def test_the_site_itself_is_served(web: httpx.AsyncClient, drupal: StandIn, context: Context) -> None:
    """Which one it is, is learned from the answer at the address in the settings, before the first document is believed."""
    assert await context.store.identities.known_site("default") is None
    answer = await push(web, drupal, "/v1/jobs", jobs=[job()], base_url=f"{OWN}/")
    assert answer.status_code == 202, answer.text
    assert await context.store.identities.known_site("default") == OWN


async def test_a_site_that_is_given_a_base_url_stays_the_same(
    web: httpx.AsyncClient, drupal: StandIn, context: Context
) -> None:
    """Without one it is known as that; its first one is believed from the site's own address alone."""
    moved(drupal, "")
    assert (await push(web, drupal, "/v1/jobs", jobs=[job()])).status_code == 202
    assert (await push(web, drupal, "/v1/jobs", jobs=[job()], base_url=COPY)).status_code == 409
    moved(drupal, OWN)
    assert (await push(web, drupal, "/v1/jobs", jobs=[job()], base_url=OWN)).status_code == 202
    assert await context.store.identities.known_site("default") == OWN


async def test_another_site_at_the_address_gets_no_events(drupal: StandIn, context: Context) -> None:
    """It would drop runs that it does not know. The site refuses, and so does the sidecar when an older module does not."""
    await context.sites["default"].signed("status")
    moved(drupal, COPY)
    with pytest.raises(DrupalError) as refused:
        await context.sites["default"].signed("events", {"sender": "test", "runs": []})
    assert (refused.value.status, refused.value.code) == (409, "wrong_site")
    await context.store.identities.know_site("default", "https://old.example.org")
    drupal.site.meant = lambda document: document  # type: ignore[method-assign]
    with pytest.raises(DrupalError) as refused:
        await context.sites["default"].signed("events", {"sender": "test", "runs": []})
    assert refused.value.code == "wrong_site"
    assert "accept-site default" in str(refused.value)


async def test_a_move_is_told_by_the_doctor_and_accepted_by_a_command(
    web: httpx.AsyncClient, drupal: StandIn, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is served meanwhile, and nothing is lost."""
    await context.sites["default"].signed("status")
    moved(drupal, COPY)
    [problem] = [
        found for found in await examine(context.settings) if found.problem and found.subject == "site default"
    ]
    assert COPY in problem.text
    assert "sidecar accept-site default" in problem.text
    assert await console.accept_site(context, "default") == 0
    assert COPY in capsys.readouterr().out
    assert (await push(web, drupal, "/v1/jobs", jobs=[job()], base_url=COPY)).status_code == 202
    assert (await push(web, drupal, "/v1/jobs", jobs=[job()], base_url=OWN)).status_code == 409
