"""What came of agents' drafts, through real drafts and real saves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.site.outcomes import FIELDS, Outcomes, listed

CASES = json.loads(
    (Path(__file__).parents[2] / "drupal_module/tests/fixtures/outcomes/cases.json").read_text(encoding="utf-8")
)
# The last two words of a title are too short a run to count as company.
MISSED = {"o04-title-agent-typo-fixed-de"}
SINGLE = {
    "string": "title",
    "text_long": "body",
    "text_with_summary": "summed",
    "entity_reference": "tags",
    "link": "link",
}
# One value: another one in its place leaves nothing of the agent's.
ONE = {"start", "date", "timestamp", "price", "float", "seats", "registration", "choice", "email", "telephone"}


def of_case(case: dict[str, Any], version: str) -> dict[str, Any]:
    """The fields of a version of a case, as the site's type has them."""
    kinds = case.get("field_types") or {SINGLE[case["field_type"]]: case["field_type"]}
    values = case[version] if "field_types" in case else {SINGLE[case["field_type"]]: case[version]}
    fields: dict[str, Any] = {}
    for name, kind in kinds.items():
        key = "title" if name == "title" else f"field_o_{name.removeprefix('field_')}"
        items = listed(values.get(name))
        if kind == "entity_reference":
            items = [{"@taxonomy_term": label} for label in items]
        if kind == "image":
            items = [{"@file": item["file"], "alt": item["alt"]} for item in items]
        fields[key] = items
    return fields


def test_the_outcome_is_what_editors_say(outcomes: Outcomes) -> None:
    """28 cases, judged before any measure: at least 25 are met through real drafts and saves, and none is missed that was not."""
    outcomes.bring(
        label
        for case in CASES
        for version in ("before", "draft", "published")
        for items in of_case(case, version).values()
        for item in items
        if isinstance(item, dict)
        for key, label in item.items()
        if key == "@taxonomy_term"
    )
    outcomes.items(
        **{
            case["id"]: {"langcode": case["language"], "fields": of_case(case, "before")}
            for case in CASES
            if case["before"]
        }
    )
    changes = {}
    for case in CASES:
        item = case["id"] if case["before"] else None
        changes[case["id"]] = change = outcomes.draft(item, of_case(case, "draft"), case["language"])
        assert change is not None
        if case["draft"] == case["published"]:
            outcomes.accept(change)
        else:
            outcomes.save(change, of_case(case, "published"))
    found = outcomes.done()
    missed = {}
    for case in CASES:
        row = found[changes[case["id"]]]
        low, high = case["share"] or (None, None)
        share = row["outcome_share"]
        if (
            row["outcome"] != case["class"]
            or (low is None) != (share is None)
            or (low is not None and not low <= share <= high)
        ):
            missed[case["id"]] = (row["status"], row["outcome"], share, case["class"], case["share"])
    print(missed)
    assert set(missed) <= MISSED, missed


def test_each_field_type_has_its_outcome(outcomes: Outcomes) -> None:
    """Taken whole, altered, thrown away, and one of two fields: by the page, and by saves."""
    ways = ("whole", "altered", "thrown", "partly", "refused")
    outcomes.items(
        **{
            f"{way}_{name}": {"fields": {"title": "Before", f"field_o_{name}": before}}
            for name, (before, _, _) in FIELDS.items()
            for way in ways
        }
    )
    changes = {}
    for name, (before, draft, altered) in FIELDS.items():
        field = f"field_o_{name}"
        for way in ways:
            title = {"title": "Another title by the agent"} if way == "partly" else {}
            changes[way, name] = change = outcomes.draft(f"{way}_{name}", title | {field: draft})
            assert change is not None
            if way == "whole":
                outcomes.accept(change)
            elif way == "partly":
                outcomes.accept(change, {field: True})
            elif way == "refused":
                outcomes.refuse(change)
            else:
                outcomes.save(change, {field: altered if way == "altered" else before})
    found = outcomes.done()
    expected = {
        "whole": ("accepted", "accepted"),
        "altered": ("accepted", "accepted_with_changes"),
        "thrown": ("rejected", "replaced"),
        "partly": ("accepted", "partly"),
        "refused": ("rejected", None),
    }
    wrong = {}
    for (way, name), change in changes.items():
        row = found[change]
        want = expected[way]
        if way == "altered" and name in ONE:
            want = ("rejected" if FIELDS[name][0] == FIELDS[name][2] else "superseded", "replaced")
        if (row["status"], row["outcome"]) != want:
            wrong[way, name] = (row["status"], row["outcome"], row["outcome_share"])
        elif way == "altered" and name not in ONE:
            if not 0.1 < row["outcome_share"] < 1:
                wrong[way, name] = row["outcome_share"]
        elif way in {"whole", "thrown"} and row["outcome_share"] != (1 if way == "whole" else 0):
            wrong[way, name] = row["outcome_share"]
    assert not wrong, wrong


def test_each_language_has_its_own_outcome(outcomes: Outcomes) -> None:
    """Publishing English says nothing of the German draft; the German one is measured when German is published."""
    english, german = (
        {"field_o_body": "<p>The hall is old.</p>"},
        {"title": "Halle", "field_o_body": "<p>Die Halle ist alt.</p>"},
    )
    outcomes.items(two={"fields": {"title": "Hall"} | english, "translations": {"de": german}})
    in_english = outcomes.draft("two", {"field_o_body": "<p>The hall was built in the year 1911.</p>"})
    in_german = outcomes.draft("two", {"field_o_body": "<p>Die Halle wurde im Jahr 1911 gebaut.</p>"}, "de")
    assert in_english is not None
    assert in_german is not None
    outcomes.save(in_english, {})
    found = outcomes.done()
    assert (found[in_english]["outcome"], found[in_german]["outcome"]) == ("accepted", None)
    assert found[in_german]["status"] == "pending"
    outcomes.save(in_german, {"field_o_body": "<p>Ein ganz anderer Text steht nun hier.</p>"})
    found = outcomes.done()
    assert (found[in_english]["outcome"], found[in_german]["outcome"]) == ("accepted", "replaced")
