"""A client of the API, without a socket between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from sidecar.api.app import create_app
from sidecar.context import Context


@asynccontextmanager
async def asking(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """What the application of this context answers; its defects are answers with 500, as for everybody."""
    transport = httpx.ASGITransport(create_app(context), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sidecar.test") as client:
        yield client
