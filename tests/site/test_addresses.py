"""B2: items are read where the site says, whatever its languages' prefixes and domains and JSON:API's path are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from sidecar.drupal.address_check import check
from sidecar.drupal.client import DrupalSite
from sidecar.drupal.site_addresses import Addresses
from sidecar.runs.agent import Agent
from sidecar.settings import SiteSettings
from sidecar.tools.base import Outcome, ToolContext
from sidecar.tools.guards import GuardLimits, guarded
from sidecar.tools.jsonapi import FindItems, ReadItem
from tests.site.drupal import SECRET, Agents, Site, new_key

ARTICLE = {"entity_type": "node", "bundle": "article"}
CONFIG = "$config = \\Drupal::configFactory()->getEditable('language.negotiation');"


@contextmanager
def negotiation(site: Site, url: dict[str, Any]) -> Iterator[None]:
    """While languages are detected by these prefixes or domains."""
    before = site.php(f"{CONFIG} print json_encode($config->get('url'));")
    save = CONFIG + " $config->set('url', json_decode('{}', TRUE))->save();"
    site.php(save.replace("{}", json.dumps(json.loads(before) | url)))
    try:
        yield
    finally:
        site.php(save.replace("{}", before.strip()))


@contextmanager
def base_path(site: Site, path: str) -> Iterator[None]:
    """While JSON:API is at another path, as a site sets it in its services.yml."""
    file = site.root / "web/sites/default/services.yml"
    if file.exists():
        pytest.skip("the site has a services.yml of its own")
    file.write_text(f"parameters:\n  jsonapi.base_path: {path}\n")
    try:
        site.drush("cr")
        yield
    finally:
        file.unlink()
        site.drush("cr")


def told(site: Site) -> dict[str, Any]:
    """What the site tells of its addresses."""
    service = "\\Drupal::service('Drupal\\background_agents\\Sidecar\\SiteAddresses')"
    code = f"print json_encode(['addresses' => {service}->document(), 'samples' => {service}->samples()]);"
    return json.loads(site.php(code))


class Reader:
    """The reading tools of the plain agent, with the addresses that the site tells now."""

    def __init__(self, drupal: DrupalSite, agents: Agents) -> None:
        self._drupal, self._agents = drupal, agents

    async def call(self, addresses: Addresses, kind: type[ReadItem] | type[FindItems], **arguments: Any) -> Outcome:
        """One call through the guard."""
        run, account = self._agents.runs["agent"]["uuid"], self._agents.accounts["agent"]["uuid"]
        agent = Agent(
            id="test",
            label="Test",
            system_prompt="",
            tools=(),
            model="test:x",
            content={"node": {"article": frozenset({"read"})}},
        )
        context = ToolContext(run=run, generation=1, step=1, call_id="c", key=new_key(), attempt=lambda: 1)
        tool = kind(agent, self._drupal.as_agent(run, 1, account), addresses)
        return await guarded(tool, context, ARTICLE | arguments, GuardLimits())


WAYS = {
    "a prefix that is no langcode": ({"source": "path_prefix", "prefixes": {"en": "", "de": "deutsch"}}, None),
    "a prefix for each": ({"source": "path_prefix", "prefixes": {"en": "english", "de": "de"}}, None),
    "domains": ({"source": "domain", "domains": {"en": "127.0.0.1", "de": "localhost"}}, None),
    "another path of JSON:API": ({"source": "path_prefix", "prefixes": {"en": "", "de": "d"}}, "/api/content"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_each_language_is_read_where_it_is(site: Site, agents: Agents, way: tuple[dict[str, Any], Any]) -> None:
    """The item in each of its languages, a list, and the doctor's own look; a missing item stays a missing item."""
    if urlsplit(site.url).hostname != "127.0.0.1":
        pytest.skip("the test of domains needs a site at 127.0.0.1 that answers to localhost, too")
    drupal = DrupalSite(SiteSettings(base_url=site.url, secrets=[SecretStr(SECRET)]))
    with ExitStack() as stack:
        stack.enter_context(negotiation(site, way[0]))
        if way[1]:
            stack.enter_context(base_path(site, way[1]))
        status = told(site)
        addresses, reader = Addresses.of(status["addresses"]), Reader(drupal, agents)
        uuid = agents.items["translated"]["uuid"]
        for langcode, label in (("en", "English"), ("de", "Deutsch")):
            outcome = await reader.call(addresses, ReadItem, id=uuid, langcode=langcode)
            assert outcome.status == "ok", outcome
            assert (outcome.content["langcode"], outcome.content["label"]) == (langcode, label)
        found = await reader.call(addresses, FindItems, limit=60)
        assert found.status == "ok", found
        assert len(found.content["items"]) > 10
        gone = await reader.call(addresses, ReadItem, id="00000000-0000-4000-8000-000000000000")
        assert gone.reason == "jsonapi:refused", gone
        said = await check(drupal, status)
        assert [level for level, _ in said] == ["ok"], said
    await drupal.aclose()


async def test_what_is_not_where_it_should_be_is_told(site: Site, agents: Agents) -> None:
    """Who goes by old addresses is told that the address is wrong, never that the item or its translation is missing; so says the doctor."""
    drupal = DrupalSite(SiteSettings(base_url=site.url, secrets=[SecretStr(SECRET)]))
    status = told(site)
    wrong = {"jsonapi": "/api", "languages": {langcode: {"path": f"/{langcode}/api"} for langcode in ("en", "de")}}
    outcome = await Reader(drupal, agents).call(
        Addresses.of(wrong), ReadItem, id=agents.items["translated"]["uuid"], langcode="de"
    )
    assert outcome.reason == "jsonapi:no_address"
    said = await check(drupal, status | {"addresses": wrong})
    assert [level for level, _ in said] == ["problem", "problem"]
    await drupal.aclose()


def test_a_job_carries_the_addresses(site: Site, agents: Agents) -> None:
    """The sidecar is told with each job, and need not ask."""
    code = (
        "$run = \\Drupal::entityTypeManager()->getStorage('background_agents_run')->load({id});"
        "$jobs = \\Drupal::service('Drupal\\background_agents\\Dispatch\\JobBuilder');"
        "print json_encode($jobs->build($run, [], new \\stdClass(), [])['addresses']);"
    )
    assert json.loads(site.php(code.replace("{id}", str(agents.runs["agent"]["id"])))) == told(site)["addresses"]
