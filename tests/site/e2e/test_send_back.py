"""Drafts that an editor sends back with remarks, by each transport: a second one comes, and the others stay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.e2e.sending_back import edited, left, second_round, send_back
from tests.site.e2e.system import World


@pytest.fixture
def any_left(any_world: World) -> tuple[World, str, dict[str, Any]]:
    """A run that has ended, by each transport, and what it has left: a revision of an article, and an article of its own."""
    return (any_world, *left(any_world))


def test_a_second_draft_comes(any_left: tuple[World, str, dict[str, Any]]) -> None:
    """Made from the words of the editor, with both remarks; the editor is told, and finds what was said on both pages."""
    world, run, first = any_left
    edited(world, first, "First try, edited")
    told = send_back(world, first["id"], "Shorter.", title="Say bread first.")
    assert "You have sent the draft of" in told.text
    second_round(world, run, first, "First try, edited: Shorter. Say bread first.")
    for draft in (first, world.drafts(run)[2]):
        page = world.editor.http.get(f"/admin/content/agents/{draft['id']}").text
        assert "e2e_editor sent it back on" in page
        assert "Say bread first." in page
        assert f"/admin/content/agents/{first['id']}" in page
