"""A page for each item, so that links of drafts lead somewhere: what visitors see, and the newest revision."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from demo.standin.content import Content, Revision

HEADERS = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title>{body}</html>"
)


def endpoint(content: Content) -> Callable[[Request], Any]:
    """`/node/{id}` shows the published revision, `/node/{id}/latest` the newest one. Source text, escaped: nothing of it is markup here."""

    async def show(request: Request) -> Response:
        latest = request.url.path.endswith("/latest")
        revision = content.by_number("node", request.path_params["id"], latest=latest)
        if revision is None or not (latest or revision.published):
            return _page(
                "Page not found", "<h1>Page not found</h1><p>It does not exist, or it is not published.</p>", 404
            )
        return _page(revision.label, _article(revision))

    return show


def _article(revision: Revision) -> str:
    body = revision.fields.get("body") or {}
    seen = "what visitors see" if revision.published else "a draft, not seen by visitors"
    return (
        f"<p>Revision {revision.vid}: {html.escape(revision.state)}, {seen}. (A stand-in for Drupal.)</p>"
        f"<h1>{html.escape(revision.label)}</h1><pre>{html.escape(str(body.get('value') or ''))}</pre>"
        f"<p>{html.escape(revision.log or '')}</p>"
    )


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(PAGE.format(title=html.escape(title), body=body), status, HEADERS)
