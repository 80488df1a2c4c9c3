"""What came of drafts that editors publish by the form of the content, with its editor for texts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.chromium import Visitor, visiting
from tests.site.outcomes import FIELDS, Outcomes

pytestmark = pytest.mark.browser

LIST = '<h2>Doors</h2><p>"Three" &amp; <strong>green</strong> doors.</p><ul><li>North</li><li>South side</li></ul>'


@pytest.fixture(scope="module")
def editor(outcomes: Outcomes) -> Iterator[Visitor]:
    with visiting(outcomes.agents.site, editor="test_outcomes_editor") as people:
        yield people["editor"]


def outcome(outcomes: Outcomes, change: int) -> dict[str, Any]:
    """The change, once its outcome is written: after the response."""
    deadline = time.monotonic() + 10
    while (found := outcomes.agents.site.sql("SELECT * FROM background_agents_change WHERE id = %s", change)[0])[
        "status"
    ] == "pending":
        assert time.monotonic() < deadline, "nothing was decided"
    return found


def leave(outcomes: Outcomes, item: str, draft: dict[str, Any]) -> int:
    before = {f"field_o_{name}": values[0] for name, values in FIELDS.items()}
    outcomes.items(**{item: {"fields": {"title": "Hall"} | before}})
    change = outcomes.draft(item, draft)
    assert change is not None
    return change


def edit(outcomes: Outcomes, editor: Visitor, item: str) -> None:
    """Opens the form of the newest revision; all its editors are there."""
    assert editor.open(f"/node/{outcomes.agents.items[item]['id']}/edit") == 200
    editor.page.locator(".ck-editor__editable").first.wait_for()
    editor.page.wait_for_function(
        "() => Drupal.CKEditor5Instances?.size >= document.querySelectorAll('.ck-editor').length"
    )


def publish(editor: Visitor) -> None:
    editor.page.get_by_label("Change to").select_option("published")
    editor.page.get_by_role("button", name="Save", exact=True).click()
    editor.page.locator(".messages--status").wait_for()
    assert editor.alarms == []


def test_opened_and_published_is_accepted_whole(outcomes: Outcomes, editor: Visitor) -> None:
    """Of each field type: what widgets and the text editor do to values by themselves is no change."""
    draft = {f"field_o_{name}": values[1] for name, values in FIELDS.items()}
    change = leave(outcomes, "form_whole", {"title": "Hall of the agent"} | draft | {"field_o_body": LIST})
    edit(outcomes, editor, "form_whole")
    publish(editor)
    found = outcome(outcomes, change)
    assert (found["status"], found["outcome"], found["outcome_share"]) == ("accepted", "accepted", 1)


def test_a_word_changed_in_the_text_editor_is_measured(outcomes: Outcomes, editor: Visitor) -> None:
    """A person types into the agent's text, in the text editor."""
    change = leave(outcomes, "form_altered", {"field_o_body": FIELDS["body"][1]})
    edit(outcomes, editor, "form_altered")
    editor.page.evaluate(
        "() => { const text = [...Drupal.CKEditor5Instances.values()].find((one) => one.getData().includes('1911'));"
        "text.setData(text.getData().replace('by the town', 'by friends')); }"
    )
    publish(editor)
    found = outcome(outcomes, change)
    assert (found["status"], found["outcome"]) == ("accepted", "accepted_with_changes")
    assert 0.3 < found["outcome_share"] < 0.9


def test_one_of_two_fields_put_back_in_the_form_is_partly(outcomes: Outcomes, editor: Visitor) -> None:
    """The title as it was before, the rest as the agent left it."""
    change = leave(outcomes, "form_partly", {"title": "Another name for it", "field_o_seats": 120})
    edit(outcomes, editor, "form_partly")
    editor.page.get_by_label("Title", exact=True).first.fill("Hall")
    publish(editor)
    found = outcome(outcomes, change)
    assert (found["status"], found["outcome"]) == ("accepted", "partly")


def test_all_thrown_away_in_the_form_is_refused(outcomes: Outcomes, editor: Visitor) -> None:
    """The editor puts the old text back, and publishes."""
    change = leave(outcomes, "form_thrown", {"title": "Another name for it"})
    edit(outcomes, editor, "form_thrown")
    editor.page.get_by_label("Title", exact=True).first.fill("Hall")
    publish(editor)
    found = outcome(outcomes, change)
    assert (found["status"], found["outcome"], found["outcome_share"]) == ("rejected", "replaced", 0)
