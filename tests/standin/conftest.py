"""A stand-in with an agent, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.standin import StandIn
from tests.standin.client import Client


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    with StandIn(control=True) as standin:
        standin.add_agent("writer")
        yield standin


@pytest.fixture
def client(drupal: StandIn) -> Iterator[Client]:
    made = Client(drupal)
    yield made
    made.http.close()
