"""B1: what is read can be written back, for a field of each type; what a draft does not name stays."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from sidecar.drupal.client import DrupalSite
from sidecar.runs.agent import Agent
from sidecar.settings import SiteSettings
from sidecar.tools.base import ToolContext
from sidecar.tools.guards import GuardLimits, guarded
from sidecar.tools.jsonapi import ReadItem
from tests.site.drupal import SECRET, Agents, Site, is_problem, new_key

PLACE = {"entity_type": "node", "bundle": "everything"}


@pytest.fixture(scope="module")
def made(site: Site) -> Iterator[dict[str, Any]]:
    """The type with all fields, its items, and what they refer to. The site's time zone is New York's meanwhile."""
    modules = "telephone,datetime_range,media,link,file,image,options,text"
    site.drush("pm:install", modules, "-y")
    zone = site.php("print \\Drupal::config('system.date')->get('timezone.default');")
    yield site.script("fields.php")
    site.php(f"\\Drupal::configFactory()->getEditable('system.date')->set('timezone.default', '{zone}')->save();")


@pytest.fixture(scope="module")
def fields(site: Site, made: dict[str, Any]) -> Agents:
    """The agent of the type, and requests in its name."""
    return Agents(site, made)


class Editor:
    """Reads by the sidecar's tool, and writes by the draft endpoint."""

    def __init__(self, drupal: DrupalSite, agents: Agents) -> None:
        self.agents = agents
        account = agents.accounts["fields"]["uuid"]
        agent = Agent(
            id="test",
            label="Test",
            system_prompt="",
            tools=(),
            model="test:x",
            content={"node": {"everything": frozenset({"read"})}},
        )
        self._tool = ReadItem(agent, drupal.as_agent(agents.runs["fields"]["uuid"], 1, account))

    async def read(self, item: str) -> dict[str, Any]:
        """The newest revision of an item, as a model gets it."""
        context = ToolContext(
            run=self.agents.runs["fields"]["uuid"], generation=1, step=1, call_id="c", key=new_key(), attempt=lambda: 1
        )
        outcome = await guarded(self._tool, context, {**PLACE, "id": self.agents.items[item]["uuid"]}, GuardLimits())
        assert outcome.status == "ok", outcome
        return outcome.content

    def stored(self, revision: int) -> dict[str, Any]:
        """What Drupal stores of a revision, by field."""
        values = self.agents.site.php(
            f"$node = \\Drupal::entityTypeManager()->getStorage('node')->loadRevision({revision});"
            "print json_encode($node->toArray());"
        )
        return {name: value for name, value in json.loads(values).items() if name.startswith(("field_", "title"))}

    def revise(self, item: str, revision: int, fields: dict[str, Any]) -> Any:
        """The answer to a draft."""
        return self.agents.draft(
            "revise", "fields", item, bundle="everything", expected_revision=revision, fields=fields
        )

    async def after(self, item: str, fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is stored before and after a draft on the newest revision, which must be saved."""
        read = await self.read(item)
        answer = self.revise(item, read["revision"], fields)
        assert answer.status_code == 201, answer.text
        return self.stored(read["revision"]), self.stored(answer.json()["revision"])


@pytest.fixture
async def editor(site: Site, fields: Agents) -> AsyncIterator[Editor]:
    """Reads and writes as the agent."""
    drupal = DrupalSite(SiteSettings(base_url=site.url, secrets=[SecretStr(SECRET)]))
    yield Editor(drupal, fields)
    await drupal.aclose()


def test_a_field_of_each_type_is_there(fields: Agents) -> None:
    """The claim of this file covers each field type that a site can have: who installs another finds it here."""
    known = json.loads(
        fields.site.php(
            "print json_encode(array_keys(\\Drupal::service('plugin.manager.field.field_type')->getDefinitions()));"
        )
    )
    there = json.loads(
        fields.site.php(
            "$found = []; foreach (\\Drupal::service('entity_field.manager')->getFieldDefinitions('node', 'everything') as $field)"
            " { $found[] = $field->getType(); } print json_encode(array_values(array_unique($found)));"
        )
    )
    # Parts of a page, values that are computed or never shown, and types of a module whose library is not there.
    others = {
        "comment",
        "password",
        "file_uri",
        "layout_section",
        "entity_reference_revisions",
        "address_zone",
        "address",
    }
    # Core makes uuid fields unique over all revisions: an item with one can have one revision only.
    assert set(known) - set(there) <= others | {"address_country", "uuid"}, set(known) - set(there)


async def test_writing_all_that_was_read_changes_nothing(editor: Editor) -> None:
    """The fields of read_item, each as it is shown, are taken by revise_draft; what is stored stays to the last property."""
    read = await editor.read("all")
    assert read["fields"]["field_event_type"] == "talk"
    answer = editor.revise("all", read["revision"], read["fields"])
    assert answer.status_code == 201, answer.text
    assert editor.stored(answer.json()["revision"]) == editor.stored(read["revision"])
    again = await editor.read("all")
    assert again["revision"] == answer.json()["revision"]
    assert {**again["fields"], "changed": 0} == {**read["fields"], "changed": 0}


async def test_each_field_alone_is_written_back(editor: Editor) -> None:
    """The same for each field on its own, in a list of one where it holds one value: nothing is lost and nothing is refused."""
    read = await editor.read("parts")
    before, revision = editor.stored(read["revision"]), read["revision"]
    for name, value in read["fields"].items():
        if name == "changed":
            continue  # each draft is a change
        for given in [value] if isinstance(value, list) or value is None else [value, [value]]:
            answer = editor.revise("parts", revision, {name: given})
            assert answer.status_code == 201, (name, given, answer.text)
            revision = answer.json()["revision"]
    assert editor.stored(revision) == before


UNNAMED: dict[str, tuple[str, Any, dict[int, dict[str, Any]]]] = {
    "a text": ("field_text_with_summary", {"value": "<p>New</p>"}, {0: {"value": "<p>New</p>"}}),
    "a scalar": ("field_text_with_summary", "<p>Text</p>", {0: {"value": "<p>Text</p>"}}),
    "a summary": ("field_text_with_summary", {"summary": "New"}, {0: {"summary": "New"}}),
    "no summary": ("field_text_with_summary", {"summary": None}, {0: {"summary": None}}),
    "another text of a list": ("field_text_long", [{"value": "<p>New</p>"}, {}], {0: {"value": "<p>New</p>"}}),
    "alt": ("field_images", [{"alt": "New"}, {"title": "Other"}], {0: {"alt": "New"}, 1: {"title": "Other"}}),
    "description": ("field_files", [{}, {"description": "New"}], {1: {"description": "New"}}),
    "end": ("field_daterange", [{"end_value": "2026-01-31T11:30:00-05:00"}], {0: {"end_value": "2026-01-31T16:30:00"}}),
    "text of a link": (
        "field_link",
        [{"uri": "https://example.com/", "title": "New"}, {"uri": "https://example.org/"}, {}],
        {0: {"title": "New"}, 1: {"uri": "https://example.org/"}},
    ),
    "option of a link": (
        "field_link",
        [{"options": {"attributes": {"rel": "me"}}}, {"options": {"query": None}}, {}],
        {0: {"options": {"attributes": {"target": "_blank", "class": ["a"], "rel": "me"}}}, 1: {"options": []}},
    ),
}


@pytest.mark.parametrize("case", UNNAMED.values(), ids=UNNAMED)
async def test_what_is_not_named_stays(editor: Editor, case: tuple[str, Any, dict[int, dict[str, Any]]]) -> None:
    """A draft that names one property leaves the others of the same item as they are, options too; and the other items and fields."""
    name, given, changes = case
    before, after = await editor.after("unnamed", {name: given})
    expected = copy.deepcopy(before)
    for delta, properties in changes.items():
        expected[name][delta] |= properties
    assert after == expected


async def test_an_address_keeps_its_other_lines(editor: Editor) -> None:
    """Composites of contributed modules are merged by the same rule."""
    if "field_address" not in (await editor.read("unnamed"))["fields"]:
        pytest.skip("the site has no address module")
    before, after = await editor.after("unnamed", {"field_address": {"address_line1": "1600 Amphitheatre Pkwy"}})
    expected = copy.deepcopy(before)
    expected["field_address"][0]["address_line1"] = "1600 Amphitheatre Pkwy"
    assert after == expected


async def test_a_value_takes_its_properties_along(editor: Editor) -> None:
    """In another order each link keeps its own options, each picture its own text: by what it is, not by its place."""
    read = await editor.read("moved")
    links, pictures = read["fields"]["field_link"], read["fields"]["field_images"]
    given = {
        "field_link": [{"uri": link["uri"]} for link in reversed(links)],
        "field_images": [{"target_uuid": pictures[1]["target_uuid"]}, {"target_uuid": pictures[0]["target_uuid"]}],
        "field_terms": read["fields"]["field_terms"][1:],
    }
    before, after = await editor.after("moved", given)
    assert after["field_link"] == list(reversed(before["field_link"]))
    assert after["field_images"] == list(reversed(before["field_images"]))
    assert after["field_terms"] == before["field_terms"][1:]
    _, replaced = await editor.after("moved", {"field_images": [{"target_uuid": pictures[0]["target_uuid"]}]})
    assert [image["alt"] for image in replaced["field_images"]] == ["One"]


async def test_another_target_takes_over_nothing(editor: Editor, made: dict[str, Any]) -> None:
    """A picture in the place of another one does not get its description."""
    read = await editor.read("moved")
    assert [image["alt"] for image in read["fields"]["field_images"]] == ["One"]
    _, after = await editor.after("moved", {"field_images": [{"target_uuid": made["pictures"][1]}]})
    assert [image["alt"] for image in after["field_images"]] == [None]


TIMES: dict[str, tuple[str, Any, Any]] = {
    "an offset is converted": ("field_datetime", ["2026-03-01T10:00:00+01:00"], [{"value": "2026-03-01T09:00:00"}]),
    "Z": ("field_datetime", ["2026-03-01T10:00:00Z"], [{"value": "2026-03-01T10:00:00"}]),
    "fractions are dropped": ("field_datetime", ["2026-03-01T10:00:00.250Z"], [{"value": "2026-03-01T10:00:00"}]),
    "without a zone it is the site's": ("field_datetime", ["2026-03-01T10:00:00"], [{"value": "2026-03-01T15:00:00"}]),
    "in summer too": ("field_datetime", ["2026-07-01T10:00"], [{"value": "2026-07-01T14:00:00"}]),
    "a day": ("field_date", "2026-02-28", [{"value": "2026-02-28"}]),
    "a range": (
        "field_daterange",
        [{"value": "2026-03-01T10:00:00", "end_value": "2026-03-01T10:00:00-08:00"}],
        [{"value": "2026-03-01T15:00:00", "end_value": "2026-03-01T18:00:00"}],
    ),
    "days": (
        "field_daterange_date",
        {"value": "2026-03-01", "end_value": "2026-03-01"},
        [{"value": "2026-03-01", "end_value": "2026-03-01"}],
    ),
    "whole days": (
        "field_daterange_allday",
        {"value": "2026-03-01", "end_value": "2026-03-02"},
        [{"value": "2026-03-01T05:00:00", "end_value": "2026-03-03T04:59:59"}],
    ),
    "a timestamp as read": ("field_timestamp", ["2026-01-01T00:00:01+00:00"], [{"value": "1767225601"}]),
    "a timestamp without a zone": ("field_timestamp", ["2026-01-01T00:00:01"], [{"value": "1767243601"}]),
    "a number": ("field_timestamp", [1767225602], [{"value": "1767225602"}]),
}


@pytest.mark.parametrize("case", TIMES.values(), ids=TIMES)
async def test_times_are_what_was_meant(editor: Editor, case: tuple[str, Any, Any]) -> None:
    """A zone is converted; a time without one is read in the site's zone (New York's here), in which reading shows it."""
    name, given, expected = case
    before, after = await editor.after("dates", {name: given})
    assert after == before | {name: expected}


@pytest.mark.parametrize(
    ("name", "given", "pointer"),
    [
        ("field_datetime", ["2026-02-30T10:00:00"], "/fields/field_datetime/0/value"),
        ("field_datetime", ["2026-03-08T02:30:00"], "/fields/field_datetime/0/value"),
        ("field_datetime", ["tomorrow"], "/fields/field_datetime/0/value"),
        ("field_datetime", ["2026-03-08"], "/fields/field_datetime/0/value"),
        ("field_datetime", [{"value": {"a": 1}}], "/fields/field_datetime/0/value"),
        ("field_date", "2026-01-31T10:00:00", "/fields/field_date/0/value"),
        ("field_daterange", [{"value": "2026-03-02T00:00:00Z"}], "/fields/field_daterange/0/end_value"),
        ("field_timestamp", ["soon"], "/fields/field_timestamp/0/value"),
        ("field_link", [{"options": {"attributes": {"onclick": "x"}}}, {}, {}], "/fields/field_link/0/options"),
        ("field_text_with_summary", {"processed": "<p>Other</p>"}, "/fields/field_text_with_summary/0/processed"),
        ("field_strings", "one of three", "/fields/field_strings"),
        ("field_text_full", [{"value": "<p>New</p>"}, {}], "/fields/field_text_full"),
        ("field_user", {"target_uuid": "11111111-1111-4111-8111-111111111111"}, "/fields/field_user/0/target_uuid"),
        ("created", "2026-01-01T00:00:00+00:00", "/fields/created"),
    ],
)
async def test_what_cannot_be_meant_is_told(editor: Editor, name: str, given: Any, pointer: str) -> None:
    """A refusal names the property, and nothing is saved."""
    read = await editor.read("refused")
    answer = editor.revise("refused", read["revision"], {name: given, "title": "Changed"})
    closed = name in ("created", "field_text_full")
    assert is_problem(answer, 403 if closed else 422, "forbidden" if closed else "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], answer.text
    assert (await editor.read("refused"))["revision"] == read["revision"]


async def test_the_state_is_no_value_that_is_written_back(editor: Editor) -> None:
    """A draft has a state of its own: to give the one that was read is to ask for it."""
    read = await editor.read("refused")
    assert (read["moderation_state"], read["published"]) == ("published", True)
    for fields in ({"moderation_state": "published"}, {"status": True}):
        assert is_problem(editor.revise("refused", read["revision"], fields), 403, "forbidden")


async def test_a_list_with_hidden_targets_can_be_kept_and_added_to(editor: Editor, made: dict[str, Any]) -> None:
    """Targets that are unpublished, gone, or not the agent's to see stay in their list, with a new one beside them."""
    read = await editor.read("kept")
    pages, terms = read["fields"]["field_pages"], read["fields"]["field_terms"]
    assert [term.get("missing", False) for term in terms] == [False, True, False]
    before, after = await editor.after(
        "kept", {"field_pages": [*pages, {"target_uuid": made["pages"][2]}], "field_terms": terms[:2]}
    )
    assert after["field_pages"][:-1] == before["field_pages"]
    assert after["field_terms"] == before["field_terms"][:2]


async def test_a_hidden_target_is_not_added(editor: Editor, made: dict[str, Any]) -> None:
    """What is not in the list yet is judged as ever."""
    read = await editor.read("refused")
    answer = editor.revise("refused", read["revision"], {"field_user": {"target_uuid": made["terms"]["Tea"]}})
    assert is_problem(answer, 422, "invalid")
    terms = [{"target_uuid": made["terms"]["Tea"], "target_type": "taxonomy_term--other"}]
    answer = editor.revise("refused", read["revision"], {"field_terms": terms})
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/fields/field_terms/0/target_uuid"
