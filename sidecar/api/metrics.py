"""Prometheus metrics of this process. Run states are read from Redis when they are asked for."""

from __future__ import annotations

import time

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from starlette.responses import Response

from sidecar.context import Context
from sidecar.errors import StoreUnavailable
from sidecar.runs.contact import last_taken, trouble

REGISTRY = CollectorRegistry()

JOBS = Counter("background_agents_jobs", "Jobs that came by push.", ["site", "result"], registry=REGISTRY)
REFUSED = Counter("background_agents_signatures_refused", "Refused signed requests.", ["code"], registry=REGISTRY)
SENT = Counter(
    "background_agents_reported", "Events and ends sent to Drupal and answered.", ["site"], registry=REGISTRY
)
WATCHERS = Gauge("background_agents_watchers", "Open event streams.", registry=REGISTRY)
LIVE = Gauge("background_agents_runs_live", "Runs that are not over.", ["site"], registry=REGISTRY)
BREAKER = Gauge(
    "background_agents_drupal_paused", "1 while requests to the site are paused.", ["site"], registry=REGISTRY
)
TAKEN = Gauge(
    "background_agents_reports_taken_timestamp_seconds",
    "When the site last took a report.",
    ["site"],
    registry=REGISTRY,
)
REPORTS_REFUSED = Gauge(
    "background_agents_reports_refused_seconds",
    "For how long the site refuses the reports of a running sidecar; 0: it takes them.",
    ["site"],
    registry=REGISTRY,
)
REDIS = Gauge("background_agents_redis_up", "1 while Redis answers.", registry=REGISTRY)


async def answer(context: Context) -> Response:
    """The text for Prometheus."""
    try:
        for site in context.sites:
            LIVE.labels(site).set(await context.store.outgoing.live_count(site))
            contacts, now = await context.store.contacts.all(site), time.time()
            TAKEN.labels(site).set(last_taken(contacts))
            refused = trouble(contacts, now)
            REPORTS_REFUSED.labels(site).set(now - refused.refused_since if refused else 0)
        REDIS.set(1)
    except StoreUnavailable:
        REDIS.set(0)
    for site, drupal in context.sites.items():
        BREAKER.labels(site).set(drupal.breaker.open)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
