"""Agents of the module AI Agents on the real site: a copy, and one that is the AI agent, each to a draft."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.site.e2e.agents import DONE, create
from tests.site.e2e.system import World

AI_AGENT = {
    "id": "e2e_ai",
    "label": "AI writer",
    "description": "Writes.",
    "system_prompt": "Write an article.\r\n",
    "secured_system_prompt": "Be brief. [ai_agent:agent_instructions]",
    "tools": {"ai_agent:content_entity_seeder": True},
    "tool_usage_limits": {
        "ai_agent:content_entity_seeder": {
            "entity_type": {"action": "force_value", "hide_property": 1, "values": ["node\r", ""]},
            "bundle": {"action": "only_allow", "hide_property": 0, "values": ["article\r", ""]},
        }
    },
    "max_loops": 5,
    "orchestration_agent": False,
    "triage_agent": False,
    "masquerade_roles": ["administrator"],
    "structured_output_enabled": True,
    "structured_output_schema": '{"type": "object", "properties": {"title": {"type": "string"}}}',
}
SAVE = (
    "$s = \\Drupal::entityTypeManager()->getStorage('ai_agent'); $given = json_decode({given}, TRUE);"
    "$a = $s->load($given['id']) ?? $s->create(['id' => $given['id']]);"
    "foreach ($given as $key => $value) {{ $a->set($key, $value); }} $a->save();"
)
ENABLE = "\\Drupal\\background_agents\\Entity\\Agent::load('{id}')->set('role', 'e2e_writer')->enable()->save();"


def saved(world: World, **values: object) -> None:
    """The AI agent is saved, as its module does."""
    world.site.php(
        SAVE.format(given="'" + json.dumps(AI_AGENT | values).replace("\\", "\\\\").replace("'", "\\'") + "'")
    )


@pytest.fixture(scope="module")
def ai(world: World) -> Iterator[World]:
    """The world with an AI agent in it."""
    if "ai_agents" not in world.site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        pytest.skip("AI Agents is not on this site")
    world.site.drush("pm:install", "ai_agents", "-y")
    saved(world)
    yield world
    world.site.php(
        "foreach (['ai_copy', 'ai_being'] as $id) { \\Drupal\\background_agents\\Entity\\Agent::load($id)?->delete(); }"
    )
    world.site.drush("pm:uninstall", "ai_agents", "-y")


def imported(world: World, id_: str, *options: str) -> None:
    """Imported by Drush, and made active by a person."""
    world.up.script(id_, create(f"By {id_}"), DONE)
    world.site.drush("background-agents:import-ai-agent", "e2e_ai", f"--as={id_}", f"--model=scripted:{id_}", *options)
    world.site.php(ENABLE.format(id=id_))


def prompt(world: World, run: str) -> str:
    """The system prompt of the version that a run was made of."""
    rows = world.site.sql(
        "SELECT v.document FROM background_agents_version v JOIN background_agents_run r"
        " ON r.agent = v.agent AND r.agent_version = v.number WHERE r.uuid = %s",
        run,
    )
    return json.loads(rows[0]["document"])["definition"]["system_prompt"]


def test_a_copy_runs_to_a_draft(ai: World) -> None:
    """What the AI agent would have saved at once is a draft."""
    imported(ai, "ai_copy")
    run = ai.run("ai_copy")
    ai.completed(run)
    assert [draft["moderation_state"] for draft in ai.drafts(run)] == ["draft"]


def test_being_one_runs_to_a_draft_with_what_it_is_then(ai: World) -> None:
    """Changed between two runs: each has its own version, and the first keeps its own."""
    imported(ai, "ai_being", "--stay")
    first = ai.run("ai_being")
    ai.completed(first)
    saved(ai, system_prompt="Write a letter.")
    second = ai.run("ai_being")
    ai.completed(second)
    assert [len(ai.drafts(run)) for run in (first, second)] == [1, 1]
    assert prompt(ai, first) == "Be brief. Write an article."
    assert prompt(ai, second) == "Be brief. Write a letter."


def test_one_that_does_not_fit_any_more_is_refused(ai: World) -> None:
    """With what is missing, and never with a tool less."""
    saved(ai, tools=AI_AGENT["tools"] | {"ai_agent:modify_vocabulary": True})  # type: ignore[operator]
    answer = ai.editor.post("runs", {"agent": "ai_being", "input": {}})
    assert (answer.status_code, answer.json()["code"]) == (409, "ai_agent_unfit"), answer.text
    assert "ai_agent:modify_vocabulary" in answer.json()["detail"]
