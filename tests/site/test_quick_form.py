"""The quick form by its requests: without a script, with nonsense, twice, by two people at once, by people with few rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx
import pytest

from tests.site.browser import Person, fields
from tests.site.drupal import Site

PATH = "/admin/config/services/background-agents/quick"
FORM = "background_agents_quick"


@pytest.fixture
def given(site: Site) -> Iterator[dict[str, Any]]:
    """A content type without moderation, an item of it, and people."""
    yield site.script("quick.php", "given")
    site.script("quick.php", "tidy")


@pytest.fixture
def builder(site: Site, given: dict[str, Any]) -> Iterator[Person]:
    with Person(site, "quick_builder") as person:
        yield person


def story(person: Person, **values: str) -> dict[str, str]:
    """The form as it stands after the content type was chosen without a script, with what will be made of it."""
    chosen = person.open(PATH, FORM) | {"content": "node:quick_story", "model": "scripted:quick"} | values
    return fields(pressed(person, chosen).text, FORM) | {"@": PATH, "moderate": "1"}


def pressed(person: Person, values: dict[str, str]) -> httpx.Response:
    """The answer to the button "Save"."""
    return person.send(values | {"save": "Save"})


def text(answer: httpx.Response) -> str:
    """What a person reads there."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def agents(site: Site) -> list[str]:
    rows = site.sql("SELECT name FROM config WHERE name LIKE 'background_agents.agent.%%story%%' ORDER BY name")
    return [row["name"].removeprefix("background_agents.agent.") for row in rows]


def test_without_a_script(site: Site, builder: Person) -> None:
    """What will be made is shown before it is made, and a workflow is asked for."""
    first = builder.open(PATH, FORM) | {"preset": "teaser", "content": "node:quick_story", "model": "scripted:quick"}
    shown = pressed(builder, first)
    assert "Check that it may come under moderation" in text(shown)
    assert "Story is added to the workflow Editorial" in text(shown)
    assert agents(site) == []
    values = fields(shown.text, FORM) | {"@": PATH, "moderate": "1"}
    assert (values["preset"], values["content"], values["model"]) == ("teaser", "node:quick_story", "scripted:quick")
    made = pressed(builder, values)
    assert "The agent Write a teaser: Story has been added." in text(made)
    assert agents(site) == ["write_a_teaser_story"]


def test_a_second_click_and_the_way_back_make_nothing_more(site: Site, builder: Person) -> None:
    """Both at the same moment, and once more from the page that the browser kept."""
    values = story(builder)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: pressed(builder, values), range(2)))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "had been added already" in text(pressed(builder, values))
    assert agents(site) == ["proofread_story"]
    assert len(site.sql("SELECT name FROM config WHERE name LIKE 'user.role.agent_proofread_story%%'")) == 1


def test_two_people_with_one_name(site: Site, builder: Person) -> None:
    """One of them has it, the other one is told; nothing is left of what the second one began."""
    with Person(site, "quick_builder") as other:
        both = [(builder, story(builder, name="One story")), (other, story(other, name="One story"))]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda one: text(pressed(*one)), both))
    assert sum("has been added." in answer for answer in answers) == 1
    told = "There is an agent with the name|has changed since the page was shown"
    assert sum(re.search(told, answer) is not None for answer in answers) == 1
    assert agents(site) == ["one_story"]
    assert len(site.sql("SELECT name FROM config WHERE name LIKE 'user.role.agent_one_story%%'")) == 1


NONSENSE = ["\x00", "'\"><script>alert(1)</script>", "x" * 70_000, "-1", "node:user", "\ud7ff\U0001f4a3", "../../etc"]


def test_nonsense_in_every_field(site: Site, builder: Person) -> None:
    """The page comes back and says what is wrong; it never fails, and makes nothing."""
    values = story(builder)
    own = {"@", "form_build_id", "form_token", "form_id", "seen"}
    for wrong in NONSENSE:
        answer = pressed(builder, {name: value if name in own else wrong for name, value in values.items()})
        assert answer.status_code in (200, 400), wrong[:20]
        assert "<script>alert(1)" not in answer.text
    lists = {name if name in own else f"{name}[a][b]": value for name, value in values.items()}
    assert pressed(builder, lists).status_code in (200, 400)
    assert agents(site) == []
    wrong = {"model": "claude", "start": "daily", "time": "25:00"}
    told = text(pressed(builder, values | wrong))
    assert '"claude" has no provider' in told
    assert '"25:00" is no time of day' in told


def test_who_may_little_is_told_who_does_the_rest(site: Site, given: dict[str, Any]) -> None:
    """The agent is saved, does nothing, and what is missing stands there with who may do it."""
    with Person(site, "quick_poor") as poor:
        shown = poor.open(PATH, FORM) | {"content": "node:quick_story", "model": "scripted:quick"}
        again = pressed(poor, shown)
        assert "Who must do the rest" in text(again)
        made = text(pressed(poor, fields(again.text, FORM) | {"@": PATH}))
    assert "The agent Proofread: Story has been added." in made
    assert "Add Story to a workflow" in made
    assert re.search(r"Administrator \((1 person|\d+ people)\)", made)
    loaded = "\\Drupal\\background_agents\\Entity\\{}::load('proofread_story')"
    states = (
        f"{loaded.format('Agent')}->status(), {loaded.format('Trigger')}->status(), {loaded.format('Agent')}->getRole()"
    )
    assert site.php(f"print json_encode([{states}]);") == "[false,false,null]"


def test_the_list_leads_to_it(site: Site, builder: Person) -> None:
    """Its button, and the long form is one link further."""
    page = builder.get("/admin/config/services/background-agents")
    assert re.search(rf'<a [^>]*href="{PATH}"[^>]*>\s*Add agent', page.text)
    assert 'href="/admin/config/services/background-agents/add"' in builder.get(PATH).text
