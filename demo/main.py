"""Plays the demo: a stand-in for Drupal, an embedded Redis and a whole sidecar in this process, and three jobs."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import pages, scenario
from demo.standin import StandIn
from demo.terminal import Timeline, summary
from sidecar import log, process
from sidecar.settings import Settings, load

SITE = "default"
SCRIPTS = Path(__file__).parent / "scripts"
START_SECONDS = 60.0
SCRIPTED_SECONDS = 180.0
MODEL_SECONDS = 300.0
REPORT_SECONDS = 60.0


class Demo:
    """One playing of the demo. `model`: a real model for all agents, None for the scripts. `port`: of the page, 0 for a free one."""

    def __init__(self, *, model: str | None, exit: bool, port: int, console: Console | None = None) -> None:
        self._model = model
        self._exit = exit
        self._port = port
        self._console = console or Console()
        self._stories: list[scenario.Story] = []
        self._began = time.monotonic()
        self.status = 1

    def play(self) -> int:
        """Until Ctrl-C, or with `exit` until the runs are over. 0 when all of them completed and each left its draft in Drupal."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        with (
            tempfile.TemporaryDirectory(prefix="background-agents-demo-") as folder,
            StandIn(name=scenario.SITE_NAME, secrets=(secret,)) as drupal,
        ):
            scenario.build_site(drupal, self._model)
            settings = self._settings(drupal, Path(folder))
            log.configure("warning", secrets=settings.secret_values())
            shown = pages.DemoPages(drupal, self._stories, scripted=self._model is None)
            extension = process.make_extension(
                templates=[pages.TEMPLATES], static=pages.STATIC, routers=[shown.router], run_values=shown.run_values
            )

            async def started(running: process.Running) -> None:
                await self._jobs(running, drupal)

            process.start(settings, process.Roles(), extension=extension, started=started)
        return self.status

    def _settings(self, drupal: StandIn, folder: Path) -> Settings:
        """The demo's own settings. Of the user's only what a real model needs is taken over: keys, endpoints, prices."""
        overrides: dict[str, Any] = {
            "sites": {SITE: {"base_url": drupal.url, "secrets": [drupal.secret]}},
            "host": "127.0.0.1",
            "port": self._free_port(),
            "data_dir": folder,
            "scripts_dir": SCRIPTS,
        }
        if self._model:
            own = load()
            overrides |= {name: getattr(own, name) for name in ("model_keys", "endpoints", "prices")}
        return load({"SIDECAR_CONFIG": os.devnull}, **overrides)

    def _free_port(self) -> int:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self._port))
            except OSError:
                self._console.print(f"Port {self._port} is taken; the page gets another one.", style="yellow")
                return 0
        return self._port

    async def _jobs(self, running: process.Running, drupal: StandIn) -> None:
        """Beside the running sidecar: start the jobs, show them, judge them."""
        url = f"http://127.0.0.1:{running.port}"
        await _ready(running)
        drupal.push_to(url)
        self._stories += scenario.start(drupal)
        self._introduce(url, drupal)
        timeline = Timeline(self._console, {story.run: story.label for story in self._stories})
        limit = MODEL_SECONDS if self._model else SCRIPTED_SECONDS
        try:
            async with asyncio.timeout(limit if self._exit else None):
                await asyncio.gather(*(self._follow(running, timeline, story.run) for story in self._stories))
                await asyncio.gather(
                    *(asyncio.to_thread(drupal.wait, story.run, REPORT_SECONDS) for story in self._stories)
                )
        except TimeoutError as error:
            self._console.print(f"Not over in time: {error or f'{limit:.0f} seconds'}", style="red", markup=False)
        self._judge(drupal, url)
        if self._exit:
            running.stop.set()

    async def _follow(self, running: process.Running, timeline: Timeline, run: str) -> None:
        async for event in running.context.watch.follow(SITE, run):
            timeline.show(run, event)

    def _introduce(self, url: str, drupal: StandIn) -> None:
        say = self._console.print
        say()
        say("[bold]Background agents for Drupal: the demo[/]")
        say(
            f"Drupal is a stand-in ([bold]{scenario.SITE_NAME}[/], {drupal.url}); Redis is embedded; the sidecar is real."
        )
        say(f"The model is {self._model or 'scripted'}. Three jobs have just been dispatched:")
        for story in self._stories:
            say(f"  [cyan]{story.trigger:<15}[/]{story.title}")
        say(f"\nWatch them at [bold link={url}/demo]{url}/demo[/]\n")

    def _judge(self, drupal: StandIn, url: str) -> None:
        """Ask Drupal what came of it: each run completed, each with a draft that is there and not published."""
        runs = [drupal.run(story.run) for story in self._stories]
        drafts = {run["uuid"]: drupal.drafts(run["uuid"]) for run in runs}
        good = all(run["state"] == "completed" and _drafted(drupal, drafts[run["uuid"]]) for run in runs)
        self.status = 0 if good else 1
        say = self._console.print
        say()
        say(summary(runs, drafts))
        verdict = (
            "All three runs completed, and their drafts wait for an editor." if good else "Not all runs left a draft."
        )
        say(f"\n[{'bold green' if good else 'bold red'}]{verdict}[/] [dim]({time.monotonic() - self._began:.1f} s)[/]")
        if not self._exit:
            self._suggest(url, drupal)

    def _suggest(self, url: str, drupal: StandIn) -> None:
        say = self._console.print
        say("\nWhat to try next (Ctrl-C ends the demo):")
        say(f"  [bold]{url}/demo[/]   before and after of each draft, and each run's timeline")
        say(
            "  make demo MODEL=anthropic:claude-sonnet-5-5   the same with a real model; its key in the environment",
            highlight=False,
        )
        say(f"  curl -s {url}/v1/runs   what the pages know, as JSON", highlight=False)
        say(f"  curl -s -u editor:editor {drupal.url}/jsonapi/node/article   what Drupal has", highlight=False)
        say("  README, “On your own site”   the module and the sidecar for real\n", highlight=False)


def _drafted(drupal: StandIn, drafts: list[dict[str, Any]]) -> bool:
    """Whether there is a draft, and its revision is in Drupal, unpublished."""
    revisions = [drupal.site.content.revision(draft["revision"]) for draft in drafts]
    return bool(revisions) and all(revision is not None and not revision.published for revision in revisions)


async def _ready(running: process.Running) -> None:
    """Return when the API accepts connections and the site's unfinished runs were asked for: else the new ones would be fetched twice."""
    async with asyncio.timeout(START_SECONDS):
        while not await _reachable(running.port or 0) or running.context.recovering:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _reachable(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
