"""The store of a test, on a Redis of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from sidecar.store import Store


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    """On a Redis that nobody else has."""
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)
