"""Addresses of resources: the report of a run, and one of its drafts."""

from __future__ import annotations

import re
from dataclasses import dataclass

SCHEME = "background-agents"
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_RESOURCE = re.compile(rf"{SCHEME}://(?P<site>[a-z0-9_-]{{1,64}})/runs/(?P<run>{_ID})(?:/drafts/(?P<draft>{_ID}))?")


@dataclass(frozen=True, slots=True)
class Address:
    """What an address names. `draft`: None, the run itself."""

    site: str
    run: str
    draft: str | None


def run_uri(site: str, run: str) -> str:
    """Address of a run's report. `run` may be a variable of a template."""
    return f"{SCHEME}://{site}/runs/{run}"


def draft_uri(site: str, run: str, draft: str) -> str:
    """Address of a draft."""
    return f"{run_uri(site, run)}/drafts/{draft}"


def parse(uri: str) -> Address | None:
    """What an address names; None: nothing that we have."""
    found = _RESOURCE.fullmatch(uri)
    return Address(found["site"], found["run"], found["draft"]) if found else None
