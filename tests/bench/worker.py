"""A worker whose tools answer at once, without Drupal: what a run costs the worker alone."""

from __future__ import annotations

import dataclasses
from typing import Any

from sidecar import log, process
from sidecar.settings import load
from sidecar.tools.base import Outcome, ToolContext, ToolSpec
from sidecar.worker import process as worker

ANSWER = {"items": [{"id": str(number), "label": f"Item {number}"} for number in range(3)], "more": False}


class CannedTool:
    """`find_items` with one answer."""

    spec = ToolSpec("find_items", "Finds nothing new.", {"type": "object"}, read_only=True, idempotent=True)

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> Outcome:
        """The answer."""
        return Outcome("ok", ANSWER)


def main() -> None:
    """`sidecar worker`, with the canned tool in place of the agent's."""
    made = worker.make_services

    def make_services(*arguments: Any) -> Any:
        async def tools(*_: Any) -> list[CannedTool]:
            return [CannedTool()]

        return dataclasses.replace(made(*arguments), tools=tools)

    worker.make_services = make_services
    settings = load()
    log.configure(settings.log_level, secrets=settings.secret_values())
    process.start(settings, process.Roles(doors=False, worker=True))


if __name__ == "__main__":
    main()
