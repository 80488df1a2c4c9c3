"""The curl lines of the documentation, as they stand there."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.standin import StandIn
from tests.support.process import sidecar

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [DOCS / "reference" / "rest-api.md", DOCS / "how-to" / "dispatch-by-rest.md"]
DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """The site that the lines speak of."""
    with StandIn() as site:
        site.add_agent("writer")
        yield site


def lines_of(page: Path) -> list[str]:
    """Each command, also one of several lines; those with a place to fill in are left out."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    commands = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in commands if line.startswith("curl ") and "<" not in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
async def test_each_line_does_what_it_says(redis_url: str, drupal: StandIn, tmp_path: Path, page: Path) -> None:
    """With a key; none is answered with a problem, but that a run which has ended cannot be ended."""
    steps = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]
    (tmp_path / "test.json").write_text(json.dumps({"steps": steps}))
    owner = drupal.site.accounts.by_name("editor")
    assert owner is not None
    lines = lines_of(page)
    assert len(lines) >= 6
    async with sidecar(redis_url, drupal, scripts_dir=tmp_path) as running:
        url = f"http://127.0.0.1:{running.port}"
        drupal.push_to(url)
        environment = {"URL": url, "KEY": drupal.site.auth.keys.add(owner), "PATH": "/usr/bin:/bin"}
        for line in lines:
            answer = await run(line, environment)
            if "event-stream" in line:
                assert "event: event" in answer
                continue
            document = json.loads(answer)
            assert document.get("code", "") in ("", "run_ended" if line.endswith('/cancel"') else ""), (line, document)
            if '"input"' in line and "dry_run" not in line:
                environment["RUN"] = document["uuid"]
                ended = await asyncio.to_thread(drupal.wait, document["uuid"], 120)  # a busy machine takes longer
                assert ended["state"] == "completed", ended
    assert [draft["operation"] for draft in drupal.drafts(environment["RUN"])][:1] == ["create"]


async def run(line: str, environment: dict[str, Any]) -> str:
    """What the command writes."""
    process = await asyncio.create_subprocess_shell(line, env=environment, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        written, _ = await process.communicate()
    assert process.returncode == 0, line
    return written.decode()
