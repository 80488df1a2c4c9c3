"""What a process does for each of its sites beside the API: it takes jobs in, sends reports, and looks for what is wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sidecar import log
from sidecar.errors import SidecarError
from sidecar.intake.loops import CHECKS, HTTP, OUTBOX, PUSH, SCHEDULES, WEBHOOKS, Pace, forever, pause

if TYPE_CHECKING:
    from sidecar.context import Context
    from sidecar.drupal.reporter import Reporter
    from sidecar.intake.claims import Claimer
    from sidecar.intake.outbox import Outbox, OutboxIntake
    from sidecar.process import Running

_log = log.get(__name__)

WATCH = Pace(busy=2.0, idle=2.0, down=2.0)
REPORT = Pace(busy=1.0, idle=1.0, down=1.0)
LAST_REPORT_SECONDS = 5.0


async def send_reports(context: Context, site: str, quiet: asyncio.Event) -> None:
    """Sends events and ends of one site until `quiet`, and then what is left."""
    from sidecar.api import metrics
    from sidecar.drupal.offer_report import OfferReport
    from sidecar.drupal.reporter import Reporter
    from sidecar.drupal.site_contact import ContactNote
    from sidecar.intake.claims import Claimer

    drupal = context.sites[site]
    store, claim = context.store, Claimer(drupal, context.hallway, context.name).named
    contact = ContactNote(store.contacts, site, context.name)
    reporter = Reporter(drupal, store.outgoing, store.commands, contact, claim, context.name)
    reporter.processes = lambda: store.processes.all(time.time())
    reporter.schedules = context.clock_of(site)
    reporter.webhooks_due = context.webhooks_of(site).due
    reporter.offers = OfferReport(store.offers, site, context.name)

    async def tick() -> int:
        """A batch, and at once the next ones while there is a backlog."""
        sent = await reporter.tick()
        metrics.SENT.labels(site).inc(sent)
        while reporter.backlog and not quiet.is_set():
            more = await reporter.tick()
            metrics.SENT.labels(site).inc(more)
            sent += more
        return sent

    await forever(tick, REPORT, quiet, "sending events to Drupal", site)
    try:
        async with asyncio.timeout(LAST_REPORT_SECONDS):
            await _all_sent(reporter)
            await reporter.release()
    except (SidecarError, TimeoutError):
        _log.info("Events that Drupal does not have yet stay in Redis.", action="report_left", site=site)


async def _all_sent(reporter: Reporter) -> None:
    while await reporter.tick():
        pass


async def take_jobs(running: Running, site: str) -> None:
    """Takes in what one site has for us: new jobs by its transport, unfinished ones after a loss; and looks at the site meanwhile."""
    from sidecar.intake.claims import Claimer
    from sidecar.intake.outbox import Outbox, OutboxIntake

    context, stop = running.context, running.stop
    settings = context.settings.sites[site]
    claimer = Claimer(context.sites[site], context.hallway, context.name)
    context.recovering.add(site)

    async def watch() -> int:
        """After a loss of Redis, and at the start: everything that Drupal has unfinished is accepted again."""
        if site not in context.recovering and not await context.store.health.lost(site):
            return 0
        context.recovering.add(site)
        # Before the claims: a loss while they come in is noticed the next time.
        await context.store.health.settled(site)
        count = await claimer.unfinished()
        context.recovering.discard(site)
        return count

    async with asyncio.TaskGroup() as group:
        group.create_task(forever(watch, WATCH, stop, "claiming unfinished runs", site))
        if settings.intake == "mysql" and settings.database:
            outbox = Outbox(settings.database, context.name)
            intake = OutboxIntake(site, outbox, context.hallway, lambda: context.store.identities.known_site(site))
            group.create_task(_outbox(intake, outbox, stop, site))
        group.create_task(_checks(context, stop, site))
        group.create_task(forever(context.clock_of(site).look, SCHEDULES, stop, "starting agents by schedules", site))
        webhooks = context.webhooks_of(site)
        group.create_task(forever(lambda: webhooks.look(stop), WEBHOOKS, stop, "sending webhooks", site))
        pace = HTTP if settings.intake == "http" else PUSH
        group.create_task(_claims(claimer, pace, stop, site, lambda: context.store.accepting.take_look(site)))


async def _outbox(intake: OutboxIntake, outbox: Outbox, stop: asyncio.Event, site: str) -> None:
    waking = asyncio.create_task(stop.wait())
    waking.add_done_callback(lambda _: outbox.stop_looking())
    try:
        await forever(intake.once, OUTBOX, stop, "taking jobs from the outbox", site)
    finally:
        waking.cancel()
        await outbox.aclose()


async def _claims(
    claimer: Claimer, pace: Pace, stop: asyncio.Event, site: str, due: Callable[[], Awaitable[bool]]
) -> None:
    await pause(stop, pace.busy)
    await forever(claimer.new, pace, stop, "claiming jobs from Drupal", site, due)


async def _checks(context: Context, stop: asyncio.Event, site: str) -> None:
    """What only this side can see, for the site's status report."""
    from sidecar.doctor import watch_site

    await forever(lambda: watch_site(context, site), CHECKS, stop, "checking the site", site)
