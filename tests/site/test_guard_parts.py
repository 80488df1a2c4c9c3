"""Pages with parts (paragraphs, inline blocks of a layout): a draft of their title works, and nothing that visitors see changes by any part."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.site.browser import Person
from tests.site.drupal import Agents, Site, is_problem

MODULES = ["paragraphs", "entity_reference_revisions", "layout_builder", "block_content"]
NAME = "background_agents_test_guard"
SOURCE = Path(__file__).parent / "modules" / NAME


@pytest.fixture(scope="module")
def pages(site: Site) -> Iterator[Agents]:
    """The agent of php/guard_parts.php and its pages, with code of a site that may do something in a draft's save."""
    present = site.drush("pm:list", "--format=list", "--type=module").split()
    if missing := [name for name in MODULES if name not in present]:
        pytest.skip(f"not on this site: {', '.join(missing)}")
    target = site.root / "web/modules/custom" / NAME
    shutil.copytree(SOURCE, target, dirs_exist_ok=True)
    site.drush("pm:install", *MODULES, NAME, "-y")
    yield Agents(site, site.script("guard_parts.php"))
    site.drush("pm:uninstall", NAME, "-y")
    shutil.rmtree(target)


def paragraphs(pages: Agents, item: str, version: str = "live") -> list[dict[str, Any]]:
    """The parts of a page as one revision of it shows them, nested ones too: words, revision, and whether it is the default one."""
    code = (
        "$s = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$id = {pages.items[item]['id']};"
        f"$n = {'$s->load($id)' if version == 'live' else '$s->loadRevision($s->getLatestRevisionId($id))'};"
        "$walk = function ($items) use (&$walk) { $all = []; foreach ($items as $i) { $p = $i->entity;"
        "$all[] = ['id' => (int) $p->id(), 'words' => $p->hasField('field_words') ? $p->get('field_words')->value : NULL,"
        "'revision' => (int) $p->getRevisionId(), 'default' => $p->isDefaultRevision()];"
        "if ($p->hasField('field_parts')) { $all = array_merge($all, $walk($p->get('field_parts'))); } } return $all; };"
        "print json_encode($walk($n->get('field_parts')));"
    )
    return json.loads(pages.site.php(code))


def stored(pages: Agents) -> list[dict[str, Any]]:
    """The default revision and the text of every paragraph and block."""
    return pages.site.sql(
        "SELECT i.id, i.revision_id, f.field_words_value AS words FROM paragraphs_item i "
        "LEFT JOIN paragraph__field_words f ON f.entity_id = i.id ORDER BY i.id, f.langcode"
    ) + pages.site.sql(
        "SELECT b.id, b.revision_id, f.field_words_value AS words FROM block_content b "
        "LEFT JOIN block_content__field_words f ON f.entity_id = b.id ORDER BY b.id"
    )


def shown(pages: Agents, item: str, prefix: str = "") -> str:
    """The page as visitors see it, past the page cache."""
    pages.site.drush("cache:rebuild")
    return pages.request("GET", f"{prefix}/node/{pages.items[item]['id']}", None).text


def draft(pages: Agents, item: str, bundle: str = "parted", **members: Any) -> httpx.Response:
    return pages.draft("revise", "agent", item, bundle=bundle, **({"fields": {"title": "By the agent"}} | members))


def during(pages: Agents, deed: str, item: str) -> httpx.Response:
    """The answer to a draft while the site's code does something."""
    pages.site.php(f"\\Drupal::state()->set('bga_test.deed', '{deed}');")
    try:
        return draft(pages, item)
    finally:
        pages.site.php("\\Drupal::state()->delete('bga_test.deed');")


def test_a_title_draft_of_a_page_with_paragraphs(pages: Agents) -> None:
    """The page gets its draft; its parts are carried along, nested ones too, and neither their default revisions nor the page change."""
    before, live = stored(pages), paragraphs(pages, "plain")
    answer = draft(pages, "plain")
    assert answer.status_code == 201, answer.text
    assert pages.newest("plain")["title"] == "By the agent"
    assert pages.live("plain") == {"title": "Parts plain", "status": 1, "vid": pages.items["plain"]["revision"]}
    assert stored(pages) == before
    assert paragraphs(pages, "plain") == live
    carried = paragraphs(pages, "plain", "newest")
    assert [(one["id"], one["words"]) for one in carried] == [(one["id"], one["words"]) for one in live]
    assert not any(one["default"] for one in carried if one["id"] != pages.items["plain"]["nested"])
    page = shown(pages, "plain")
    assert "First of Parts plain" in page
    assert "Nested of Parts plain" in page
    assert "By the agent" not in page


def test_a_list_of_fields_without_the_parts_carries_them_along(pages: Agents) -> None:
    """Parts are stored anew with each draft of their page: that is no change of a field that the agent may not write."""
    agent = "\\Drupal\\background_agents\\Entity\\Run::load({run})->getAgent()".format(run=pages.runs["agent"]["id"])
    limit = f"$a = {agent}; $a->set('binding', ['fields' => %s] + $a->getBinding())->save();"
    pages.site.php(limit % "['node' => ['parted' => ['title']]]")
    try:
        before = [(one["id"], one["words"]) for one in paragraphs(pages, "plain", "newest")]
        answer = draft(pages, "plain", expected_revision=pages.newest("plain")["vid"], fields={"title": "By its list"})
        assert answer.status_code == 201, answer.text
        assert [(one["id"], one["words"]) for one in paragraphs(pages, "plain", "newest")] == before
    finally:
        pages.site.php(limit % "[]")


def test_a_draft_on_a_draft(pages: Agents) -> None:
    """The agent revises its own draft: the parts come from there, what is live stays."""
    before = stored(pages)
    first = draft(pages, "twice").json()
    answer = draft(pages, "twice", expected_revision=first["revision"], fields={"title": "Again"})
    assert answer.status_code == 201, answer.text
    assert stored(pages) == before
    assert pages.live("twice")["title"] == "Parts twice"


def test_a_page_that_was_never_published(pages: Agents) -> None:
    """Its newest revision is the default one; the parts keep what they say."""
    before = [(row["id"], row["words"]) for row in stored(pages)]
    assert draft(pages, "unpublished").status_code == 201
    assert draft(pages, "unpublished", expected_revision=pages.newest("unpublished")["vid"]).status_code == 201
    assert [(row["id"], row["words"]) for row in stored(pages)] == before
    assert pages.newest("unpublished")["status"] == 0


def test_one_language_of_a_page_with_paragraphs(pages: Agents) -> None:
    """The German title is drafted; German and English parts stay."""
    before = stored(pages)
    answer = draft(pages, "translated", langcode="de", fields={"title": "Vom Agenten"})
    assert answer.status_code == 201, answer.text
    assert stored(pages) == before
    assert pages.live("translated", "de")["title"] == "Teile"
    assert pages.newest("translated", "de")["title"] == "Vom Agenten"
    assert pages.live("translated", "en")["title"] == "Parts translated"
    assert "Erster Teil" in shown(pages, "translated", "/de")


def test_parts_themselves_are_closed(pages: Agents) -> None:
    """Agents do not edit them yet: a sentence, no draft."""
    before = stored(pages)
    answer = draft(pages, "attacked", fields={"field_parts": [{"target_uuid": pages.items["other"]["uuid"]}]})
    assert is_problem(answer, 422, "unsupported_field")
    assert stored(pages) == before


@pytest.mark.parametrize("time", ["presave", "saved"])
@pytest.mark.parametrize("deed", ["part", "defaultPart", "heldPart", "foreignPart", "newPart", "gonePart"])
def test_code_in_the_draft_changes_no_part(pages: Agents, deed: str, time: str) -> None:
    """While its host is saved a part is saved by itself, as the default revision, in place, new, or deleted; or another page's is."""
    before, newest = stored(pages), pages.newest("attacked")
    target = pages.items["other" if deed == "foreignPart" else "attacked"]["first"]
    for swallow in ("", "!"):
        assert is_problem(during(pages, f"{time}:{deed}{swallow}:{target}", "attacked"), 403, "forbidden"), swallow
        assert stored(pages) == before
        assert pages.newest("attacked") == newest


@pytest.mark.parametrize("deed", ["again", "anew"])
def test_a_nested_save_of_a_page_with_paragraphs(pages: Agents, deed: str) -> None:
    """Code saves the draft again within its save: the parts stay as they are."""
    before = stored(pages)
    newest = pages.newest("again")["vid"]
    pages.site.php(f"\\Drupal::state()->set('bga_test.deed', 'saved:{deed}:0');")
    answer = draft(pages, "again", expected_revision=newest)
    assert answer.status_code == 201, answer.text
    assert pages.newest("again")["vid"] == answer.json()["revision"]
    assert pages.newest("again")["title"] == f"By the agent and {deed}"
    assert stored(pages) == before
    assert pages.live("again")["title"] == "Parts again"


def test_attacks_outside_of_a_draft(pages: Agents) -> None:
    """A part by itself, a changed part of a saved host, a part of a host's new revision: nothing of it is stored, whatever account saves."""
    before = stored(pages)
    given = {"run": pages.runs["agent"]["id"], "agent": pages.accounts["agent"]["id"], "items": pages.items}
    thrown = pages.site.script("guard_parts_attacks.php", json.dumps(given))
    assert all(thrown.values()), thrown
    assert len(thrown) == 14
    assert stored(pages) == before


def test_an_editor_accepts_the_draft(pages: Agents) -> None:
    """With the draft its parts become the default ones, nested ones too, and say what they said."""
    words = [(one["id"], one["words"]) for one in paragraphs(pages, "accepted")]
    assert draft(pages, "accepted").status_code == 201
    pages.site.php(
        "$s = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$s->loadRevision($s->getLatestRevisionId({pages.items['accepted']['id']}))->set('moderation_state', 'published')->save();"
    )
    assert pages.live("accepted")["title"] == "By the agent"
    published = paragraphs(pages, "accepted")
    assert [(one["id"], one["words"]) for one in published] == words
    assert all(one["default"] for one in published)


def test_a_title_draft_of_a_page_with_a_layout(pages: Agents) -> None:
    """Sections and inline blocks are carried along untouched; an attack by a changed block fails."""
    before = stored(pages)
    answer = draft(pages, "laid", "laid")
    assert answer.status_code == 201, answer.text
    assert stored(pages) == before
    assert pages.live("laid")["title"] == "Laid"
    page = shown(pages, "laid")
    assert "In the layout" in page
    assert "By the agent" not in page
    sections = pages.site.sql(
        "SELECT layout_builder__layout_section AS section FROM node_revision__layout_builder__layout WHERE entity_id = %s",
        pages.items["laid"]["id"],
    )
    assert len(sections) == 2
    assert sections[0] == sections[1]
    layout = {"layout_builder__layout": []}
    refused = draft(pages, "laid", "laid", expected_revision=answer.json()["revision"], fields=layout)
    assert refused.status_code in (403, 422), refused.text


def test_previews_show_the_parts_of_their_version(pages: Agents) -> None:
    """Words of a paragraph that are in the draft alone are in its preview, and nowhere else; those of a layout's block too."""
    answer = draft(pages, "other", fields={"title": "Parts in a preview"})
    assert answer.status_code == 201, answer.text
    changed = json.loads(
        pages.site.php(
            "$s = \\Drupal::entityTypeManager()->getStorage('node');"
            f"$n = $s->loadRevision($s->getLatestRevisionId({pages.items['other']['id']}));"
            "$n->get('field_parts')->first()->entity->set('field_words', 'Only in the draft')->setNewRevision();"
            "$n->get('field_parts')->first()->entity->setNeedsSave(TRUE); $n->setNewRevision(); $n->save();"
            "print json_encode((int) $n->getRevisionId());"
        )
    )
    seen = pages.newest("laid")["vid"]
    assert (
        draft(pages, "laid", "laid", fields={"title": "Laid in a preview"}, expected_revision=seen).status_code == 201
    )
    change, laid = pages.changes(item="other")[-1], pages.changes(item="laid")[-1]
    with Person(pages.site, "admin") as admin:
        newest = admin.get(f"/background-agents/preview/{change['id']}/{changed}").text
        assert "Only in the draft" in newest
        assert "Nested of" in newest
        published = admin.get(f"/background-agents/preview/{change['id']}/{pages.items['other']['revision']}").text
        assert "First of" in published
        assert "Only in the draft" not in published
        assert "In the layout" in admin.get(f"/background-agents/preview/{laid['id']}/{laid['target_revision']}").text
    visited = pages.request("GET", f"/node/{pages.items['other']['id']}", None).text
    assert "First of" in visited
    assert "Only in the draft" not in visited
