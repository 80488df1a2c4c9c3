"""`sidecar doctor`: looks at everything a run needs, and says in a sentence what to do about what is wrong.

Nothing is changed and no model is asked to answer: a key is only looked for, an endpoint only reached.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from sidecar import resources
from sidecar.context import Context
from sidecar.drupal import address_check, oauth_check
from sidecar.drupal.client import DrupalSite
from sidecar.drupal.site_identity import another_site, base_url_in, called
from sidecar.errors import DrupalError, SidecarError
from sidecar.findings import Finding, for_site, of_site, outside, sentences
from sidecar.intake.database_check import excessive, missing_grants, too_old
from sidecar.intake.outbox import Outbox, OutboxUnavailable
from sidecar.net import reachable, why_refused
from sidecar.remote import addresses
from sidecar.runs.agent import McpServer
from sidecar.runs.contact import told
from sidecar.settings import Settings, SiteSettings
from sidecar.tools.mcp_secrets import why_not_sent

MODULE_MAJOR = "0.1"
_PROVIDERS = {"anthropic": "anthropic", "openai": "openai", "openai-chat": "openai"}


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    findings = [Finding("ok", "settings", f"{len(settings.sites)} site(s), intake and limits read.")]
    if not settings.sites:
        return [Finding("problem", "settings", "No site is set. Set SIDECAR_SITE_URL and SIDECAR_SITE_SECRET.")]
    async with resources.open_context(settings) as context:
        findings += [finding async for finding in _redis(context)]
        findings.append(outside(settings.public_url, settings.port))
        for id in context.sites:
            found = await examine_site(context, id)
            await tell_site(context, id, [*findings, *found])
            findings += found
    return findings


async def examine_site(context: Context, id: str) -> list[Finding]:
    """What concerns one site: itself, its agents, and how it answers the running processes."""
    found = [finding async for finding in _site(context, id, context.sites[id])]
    return found + await _reports(context, id)


async def tell_site(context: Context, id: str, findings: list[Finding]) -> None:
    """Has a site show on its status report what it cannot know. One that does not answer is a finding already."""
    with suppress(DrupalError):
        await context.sites[id].status({"findings": for_site(findings)})


async def watch_site(context: Context, id: str) -> int:
    """One look of a running process at a site, told to the site. Always 0: nothing of it makes the next look come sooner.

    Raises DrupalError, StoreUnavailable."""
    findings = [
        *[finding async for finding in _redis(context)],
        outside(context.settings.public_url, context.settings.port),
    ]
    told = for_site([*findings, *await examine_site(context, id)])
    await context.sites[id].status({"findings": told, "doors": addresses.of_site(context.settings, id)})
    return 0


async def examine_worker(settings: Settings) -> list[Finding]:
    """Whether a worker of this place is alive: one that is there but hangs is not."""
    place = settings.worker.slot
    try:
        async with resources.open_store(settings) as store:
            if await store.health.any_alive(place):
                return [Finding("ok", "worker", f"A worker of {place} is alive.")]
    except SidecarError as error:
        return [Finding("problem", "redis", sentences(error, "Check SIDECAR_REDIS_URL"))]
    return [Finding("problem", "worker", f"No worker of {place} is alive: it hangs or is not there. Start it again.")]


async def _redis(context: Context) -> AsyncIterator[Finding]:
    embedded = context.settings.embedded_redis
    try:
        await context.store.health.check()
        facts = await context.store.health.facts()
    except SidecarError as error:
        if embedded:
            yield Finding("note", "redis", "`sidecar up` brings its own Redis; it is not running now.")
        else:
            yield Finding("problem", "redis", sentences(error, "Check SIDECAR_REDIS_URL"))
        return
    yield Finding("ok", "redis", f"{facts['server']} {facts['version']} answers, and evicts nothing.")
    if not facts["append_only"]:
        yield Finding(
            "problem",
            "redis",
            "It has no append-only file: after a restart all runs start from what Drupal has. Set appendonly yes.",
        )
    elif facts["fsync"] == "everysec":
        yield Finding("note", "redis", "appendfsync is everysec: a crash of the machine costs up to a second of work.")


async def _known(context: Context, id: str) -> str | None:
    """The site that the sidecar serves under this id, as far as Redis can be asked."""
    try:
        return await context.store.identities.known_site(id)
    except SidecarError:
        return None  # Redis is a finding of its own


async def _site(context: Context, id: str, site: DrupalSite) -> AsyncIterator[Finding]:
    settings = context.settings
    subject = f"site {id}"
    began = time.time()
    try:
        status = await site.status()
    except DrupalError as error:
        yield Finding("problem", subject, sentences(error, _advice(error)))
        return
    finally:
        took = time.time() - began
    told = status.get("site")
    if told != id:
        yield Finding(
            "problem",
            subject,
            f"Drupal calls itself {told!r}. Use one id on both sides: [sites.{told}], or its settings.",
        )
    known = await _known(context, id)
    if known and known != base_url_in(status):
        error = another_site(id, known, base_url_in(status))
        yield Finding("problem", subject, str(error))
        return
    yield Finding(
        "ok", subject, f"Drupal {status.get('core')}, module {status.get('module')}, answers in {took * 1000:.0f} ms."
    )
    for finding in [*_state(subject, status), *of_site(id, status)]:
        yield finding
    async for finding in _database(settings.sites[id], subject, (id, base_url_in(status))):
        yield finding
    lent = frozenset(map(str, status.get("keys") or []))
    for agent in status.get("agents") or []:
        async for finding in _agent(settings, id, agent, lent):
            yield finding
    for level, text in await address_check.check(site, status):
        yield Finding(level, f"addresses ({id})", text)
    for level, text in await oauth_check.check(site, status, settings.public_url):
        yield Finding(level, f"sign-in ({id})", text)


async def _reports(context: Context, id: str) -> list[Finding]:
    """What the running processes were answered: what this process can do, they may still be refused."""
    try:
        level, text = told(await context.store.contacts.all(id), time.time())
    except SidecarError:
        return []  # Redis is a finding of its own
    return [Finding(level, f"reports ({id})", text)]


def _state(subject: str, status: dict[str, Any]) -> list[Finding]:
    """What the site's switches say."""
    found: list[Finding] = []
    if status.get("stopped"):
        text = "The stop switch is on: no agent runs until it is off."
        found.append(Finding("note", subject, text, from_site=True))
    if status.get("maintenance"):
        found.append(Finding("note", subject, "Maintenance mode is on: runs wait until it is off.", from_site=True))
    if status.get("jsonapi_read_only") is False:
        found.append(
            Finding(
                "note",
                subject,
                "JSON:API accepts writes. Agents do not need that: drafts go by the module.",
                from_site=True,
            )
        )
    if not str(status.get("module", "")).startswith((MODULE_MAJOR, "dev", "1.")):
        found.append(Finding("note", subject, f"The module {status.get('module')} is not the release of this sidecar."))
    return found


def _advice(error: DrupalError) -> str:
    """What to do about a site that refuses."""
    return {
        "unreachable": "Check base_url, the network, and that the web server runs.",
        "timestamp_out_of_range": "Synchronise the clocks (NTP).",
        "not_found": "Install the module: composer require drupal/background_agents, drush en background_agents.",
        "signature_invalid": "Set the same secret here and in $settings['background_agents']['secrets'].",
    }.get(error.code, "")


async def _database(site: SiteSettings, subject: str, served: tuple[str, str]) -> AsyncIterator[Finding]:
    """The outbox account: reachable, and with no more rights than it needs."""
    if site.database is None:
        return
    outbox = Outbox(site.database, "doctor")
    try:
        facts = await outbox.check()
    except OutboxUnavailable as error:
        what = "Check host, user and password, the table prefix, and that the account may SELECT and UPDATE the outbox."
        yield Finding("problem", subject, sentences(error, what))
        return
    finally:
        await outbox.aclose()
    for other, base_url, waiting in facts["sites"]:
        if (other, base_url) != served:
            text = f"{waiting} job(s) in the outbox are of {called(base_url)} ({other}): they are not taken from there."
            yield Finding("note", subject, text)
    if old := too_old(facts["version"]):
        yield Finding("problem", subject, f"{old} has no SKIP LOCKED. Use MariaDB 10.6 or MySQL 8, or intake = http.")
    if excess := excessive(facts["grants"]):
        yield Finding(
            "note", subject, f"The outbox account may {excess}. SELECT and UPDATE on the outbox table are enough."
        )
    if lacking := missing_grants(facts["grants"]):
        yield Finding(
            "problem", subject, f"The outbox account lacks {lacking}: GRANT SELECT, UPDATE on the outbox table."
        )
    yield Finding("ok", subject, f"Outbox reachable ({facts['version']}), {facts['waiting']} job(s) waiting.")


async def _agent(settings: Settings, site: str, agent: dict[str, Any], lent: frozenset[str]) -> AsyncIterator[Finding]:
    """One agent: its account and rights (Drupal says), its model and MCP servers (we see). `lent`: providers whose keys the site lends."""
    subject = f"agent {agent.get('id')} ({site})"
    if agent.get("status") is False:
        yield Finding("note", subject, "It is disabled in Drupal; not looked at.", from_site=True)
        return
    if not agent.get("active"):
        text = "Its account is missing or blocked. Choose or unblock the account in Drupal."
        yield Finding("problem", subject, text, from_site=True)
    if missing := agent.get("missing") or []:
        yield Finding("problem", subject, sentences(*missing), from_site=True)
    model = agent.get("model")
    found = await model_finding(settings, subject, model, lent) if model else None
    if found:
        yield found
    for server in agent.get("mcp_servers") or []:
        yield await _server(settings, site, subject, server)
    if agent.get("active") and not missing and not (found and found.problem):
        yield Finding("ok", subject, "Its account is active and has what it needs.")


async def model_finding(
    settings: Settings, subject: str, model: str, lent: frozenset[str] = frozenset()
) -> Finding | None:
    """Whether the model's provider is known, has a key, and its endpoint can be reached."""
    provider, _, name = model.partition(":")
    if endpoint := settings.endpoints.get(provider):
        if await reachable(endpoint.base_url):
            return None
        return Finding("problem", subject, f"The endpoint {provider} does not answer at {_host(endpoint.base_url)}.")
    if provider == "scripted":
        path = settings.scripts_dir
        if path is None:
            return Finding("problem", subject, f"{model} plays a script: set SIDECAR_SCRIPTS_DIR.")
        if not (path / f"{name}.json").is_file():
            return Finding("problem", subject, f"There is no script {name}.json in {path}.")
        return None
    key = _PROVIDERS.get(provider)
    if key is None:
        known = ", ".join(sorted({*_PROVIDERS, *settings.endpoints}))
        return Finding("problem", subject, f"{model}: the provider {provider} is unknown; known are {known}.")
    if not settings.model_keys.get(key) and key not in lent:
        advice = f"set {key.upper()}_API_KEY, or choose a key in the settings of the site"
        return Finding("problem", subject, f"{model} needs a key: {advice}.")
    return None


async def _server(settings: Settings, site: str, subject: str, server: dict[str, Any]) -> Finding:
    name, url, secret = server.get("name"), str(server.get("url", "")), server.get("secret")
    if secret and (refused := why_not_sent(settings, site, McpServer(str(name), url, str(secret)))):
        return Finding("problem", subject, refused)
    if refused := await why_refused(url, settings.allowed_private_hosts):
        return Finding("problem", subject, sentences(f"MCP server {name}: {refused}"))
    if not await reachable(url):
        return Finding("problem", subject, f"MCP server {name} does not answer at {_host(url)}.")
    return Finding("ok", subject, f"MCP server {name} can be reached.")


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
