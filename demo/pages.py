"""The demo's own pages: the three stories, and before/after of each draft. Rendered by the sidecar's pages, in their layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import FileResponse, Response

from demo.review import fields
from demo.scenario import SITE_NAME, Story
from demo.standin import StandIn
from sidecar.runs.run import FINAL, RunState

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
# Drafts look as they do on the module's page.
MODULE_CSS = HERE.parent / "drupal_module/css"
STYLES = frozenset(("background-agents.base", "background-agents.review"))


class DemoPages:
    """`GET /demo`, and what the page of a run shows below its timeline. `stories` are those of the runs that were started."""

    def __init__(self, drupal: StandIn, stories: list[Story], *, scripted: bool) -> None:
        self._drupal = drupal
        self._stories = stories
        self._scripted = scripted
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/demo", self.overview, methods=["GET"])
        self.router.add_api_route("/demo/{name}.css", self.style, methods=["GET"])

    async def overview(self, request: Request) -> Response:
        """The stories with their drafts; it refreshes itself while a run is going on."""
        stories = [
            {"story": story, "run": self._drupal.run(story.run), "drafts": self.drafts(story.run)}
            for story in self._stories
        ]
        live = sum(RunState(entry["run"]["state"]) not in FINAL for entry in stories)
        return request.app.state.pages.render(
            request,
            "demo.html",
            stories=stories,
            live=live,
            site_name=SITE_NAME,
            site_url=self._drupal.url,
            scripted=self._scripted,
        )

    async def style(self, name: str) -> Response:
        """A style sheet of the module that its pages of drafts use."""
        if name not in STYLES:
            raise HTTPException(404)
        return FileResponse(MODULE_CSS / f"{name}.css", media_type="text/css")

    async def run_values(self, view: Any) -> dict[str, Any]:
        """For `run_extra.html`."""
        return {"drafts": self.drafts(view.run)}

    def drafts(self, run: str) -> list[dict[str, Any]]:
        """The drafts of a run, each with its `fields` as before and after."""
        return [
            draft | {"fields": list(fields.differing(draft["before"], draft["after"], self._label_of))}
            for draft in self._drupal.drafts(run)
        ]

    def _label_of(self, uuid: str) -> str:
        item = self._drupal.site.content.default(uuid)
        return item.label if item is not None else uuid
