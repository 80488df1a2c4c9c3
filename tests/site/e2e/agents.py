"""The agents of the tests, and the scripts that their models play. One agent for each thing that can happen."""

from __future__ import annotations

from typing import Any

from tests.site.e2e.system import Up

ARTICLE = {"entity_type": "node", "bundle": "article"}
OUTPUT = '{"type": "object", "properties": {"title": {"type": "string"}, "words": {"type": "integer"}}, "required": ["title"]}'
TOOLS = ["read_item", "create_draft", "revise_draft", "describe_content"]


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


def read(id_: str) -> dict[str, Any]:
    return call("read_item", **ARTICLE, id=id_)


def revise(step: int, title: str, **more: Any) -> dict[str, Any]:
    """Revises what the step has read."""
    return (
        call(
            "revise_draft",
            **ARTICLE,
            id=f"{{{{ step{step}.call0.id }}}}",
            expected_revision=f"{{{{ step{step}.call0.revision }}}}",
            fields={"title": title},
            summary="Another title for the test.",
        )
        | more
    )


def both(title: str, text: str) -> dict[str, Any]:
    """Revises title and text of what the first step has read."""
    step = revise(1, title)
    fields = {"title": title, "body": {"value": f"<p>{text}</p>", "format": "basic_html"}}
    step["tool_calls"][0]["arguments"]["fields"] = fields
    return step


def create(title: str, **more: Any) -> dict[str, Any]:
    return call("create_draft", **ARTICLE, fields={"title": title}, summary="A new article for the test.") | more


DONE = {"output": {"title": "Done"}}
NONSENSE = [call("read_item", entity_type="node") for _ in range(6)]
SLOW = 6_000
SENT_BACK: list[dict[str, Any]] = [
    read("{{ input.id }}"),
    {
        "variants": [
            {"tool_calls": [*revise(1, "First try")["tool_calls"], *create("Left alone")["tool_calls"]]},
            revise(1, "{{ step1.call0.label }}: {{ review.remarks.0.text }} {{ review.remarks.1.text }}"),
            revise(1, "Round {{ review.round }}, after {{ review.earlier.0.remarks.0.text }}"),
        ]
    },
]
SCRIPTS: dict[str, list[dict[str, Any]]] = {
    # The path
    "writer": [create("Written by an agent"), DONE],
    "reviser": [read("{{ trigger.entity.uuid }}"), revise(1, "{{ step1.call0.label }}, revised"), DONE],
    "given": [read("{{ input.id }}"), revise(1, "{{ step1.call0.label }}, revised"), DONE],
    # What can go wrong
    "unpermitted": [read("{{ input.id }}"), revise(1, "Never"), DONE],
    "blocked": [create("Never"), DONE],
    "half": [create("Before"), create("After", delay_ms=SLOW), DONE],
    "deleted": [read("{{ input.id }}"), revise(1, "Never", delay_ms=SLOW), DONE],
    "unpaid": [{"error": {"status": 401, "message": "invalid x-api-key"}}],
    "limited": [{"error": {"status": 429, "message": "slow down", "times": 1, "retry_after": 1}, **create("In the end")}, DONE],
    "confused": [call("no_such_tool") for _ in range(6)],
    "careless": [*NONSENSE, DONE],
    "shapeless": [{"output": {"title": 5}} for _ in range(6)],
    "few": [{"tool_calls": [*create("One")["tool_calls"], *create("Two")["tool_calls"]]}, DONE],
    "hourly": [create("One"), create("Two"), DONE],
    "mending": [call("create_draft", **ARTICLE, fields={"no_such_field": "x"}, summary="Wrong."), create("Mended"), DONE],
    "thrifty": [{**DONE, "usage": {"input_tokens": 9_000, "output_tokens": 10}}],
    # Whose fault it is
    "charting": [create("No chart"), create("With a chart"), DONE],
    "chartless": [create("No chart"), create("No chart"), create("No chart"), create("No chart"), DONE],
    "fatal": [create("Fatal"), DONE],
    "insisting": [read("{{ input.id }}"), revise(1, "Once"), revise(1, "Twice"), DONE],
    # Control
    "slow": [create("First"), {**DONE, "delay_ms": 30_000}],
    "pausing": [call("describe_content", delay_ms=1_500), *[{**call("describe_content"), "delay_ms": 1_500}] * 2, DONE],
    # Retried from a step: the first answer of a step, and what the model says when it is asked again
    "stepwise": [create("First"), create("Second"), {"variants": [{"error": {"status": 401, "message": "no"}}, create("Third")]}, DONE],
    "chained": [
        read("{{ input.id }}"),
        revise(1, "{{ step1.call0.label }}, kept"),
        {"variants": [revise(2, "Another way"), DONE]},
        DONE,
    ],
    "replaced": [read("{{ input.id }}"), {"variants": [revise(1, "One way"), revise(1, "Another way")]}, DONE],
    # Sent back with a remark: the second draft is made from the newest version, whoever wrote that
    "sent_back": [*SENT_BACK, DONE],
    "sent_at_work": [*SENT_BACK, {"variants": [{**DONE, "delay_ms": 12_000}, DONE]}],
    # A title and a text, twice
    "journey": [
        read("{{ input.id }}"),
        {
            "variants": [
                both("Good bread", "Bread is good."),
                both("Bread: {{ review.remarks.0.text }}", "It is made of flour."),
            ]
        },
        DONE,
    ],
    # Tried, and nothing saved: twice the same item, and a new one
    "tried": [read("{{ input.id }}"), both("Good bread", "Bread is good."), revise(2, "Good bread, twice"), create("A further page"), DONE],
    # One starts another: waits and uses its answer, waits while that takes long, or lets it go
    "boss": [call("run_helper", topic="bread"), create("After {{ step1.call0.output.title }}"), DONE],
    "helper": [create("About {{ input.topic }}"), {"output": {"title": "About {{ input.topic }}"}}],
    "patient": [call("run_long"), DONE],
    "long": [{"output": {"title": "Long"}, "delay_ms": SLOW}],
    "careful": [call("run_helper", topic="tea"), call("run_writer"), DONE],
    "booker": [call("mcp__tests__booking_book", item="a table", seconds=30), DONE],
}  # fmt: skip
TRIES_KEYS: dict[str, str] = dict.fromkeys(("sent_back", "sent_at_work", "journey"), "{{ input.nonce }}")
LIMITS = {
    "sent_back": {"writes": 2, "steps": 5},
    "few": {"writes": 1},
    "mending": {"writes": 1},
    "hourly": {"writes_per_hour": 1},
    "thrifty": {"tokens_per_day": 12_000},
}
WITHOUT = {"unpermitted": ["edit any article content"], "careful": ["create article content"]}
STARTS = {
    "boss": [{"agent": "helper", "wait": True}],
    "patient": [{"agent": "long", "wait": True}],
    "careful": [{"agent": "helper", "wait": True}],
}


def specs(mcp_url: str) -> list[dict[str, Any]]:
    """The agents, as php/e2e.php takes them."""
    return [
        {
            "id": name,
            "without": WITHOUT.get(name, []),
            "definition": {
                "system_prompt": "Test.",
                "output_schema": OUTPUT,
                "tools": TOOLS + (["mcp:tests.booking_book"] if name == "booker" else []),
            },
            "binding": {
                "model": f"scripted:{name}",
                "limits": LIMITS.get(name, {}),
                "mcp_servers": [{"name": "tests", "url": mcp_url}] if name == "booker" else [],
            }
            | ({"agents": STARTS[name]} if name in STARTS else {}),
        }
        for name in SCRIPTS
    ]


def write_scripts(up: Up) -> None:
    """What the models play. Tries are counted over the death of processes."""
    for name, steps in SCRIPTS.items():
        up.script(name, *steps, tries="files", tries_key=TRIES_KEYS.get(name, "{{ prompt }}"))
