"""The tool with which an agent says how far its work is: people who watch see the sentence, a share and the time left."""

from __future__ import annotations

from sidecar.json_text import JSON
from sidecar.tools.base import Outcome, ToolContext, ToolSpec

MOST_ITEMS = 1_000_000
MOST_CHARACTERS = 200


class ReportProgress:
    """`report_progress`: what the agent is doing now, and how many of how many items are done. It changes nothing, in Drupal or elsewhere."""

    spec = ToolSpec(
        name="report_progress",
        description="Tells the people who watch this run how far the work is. Call it together with other tools, once you know how many items "
        "there are, and again after each item. It changes nothing.",
        parameters={
            "type": "object",
            "properties": {
                "note": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": MOST_CHARACTERS,
                    "description": "What you are doing now, as one short sentence in the language of the site.",
                },
                "done": {"type": "integer", "minimum": 0, "maximum": MOST_ITEMS, "description": "Items that are done."},
                "total": {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "description": "Items in all."},
            },
            "required": ["done", "total"],
            "additionalProperties": False,
        },
        read_only=True,
        idempotent=True,
        ask_less="",
    )

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """Hands the numbers on; `done` above `total` is refused."""
        done, total = arguments["done"], arguments["total"]
        if done > total:
            message = f"{done} of {total} items cannot be done. Give the number of all items as total."
            return Outcome("error", {"error": message}, reason="progress:wrong", message=message)
        note = {"note": arguments["note"]} if "note" in arguments else {}
        return Outcome("ok", {"told": True}, progress={"done": int(done), "total": int(total), **note})
