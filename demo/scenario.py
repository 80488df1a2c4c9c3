"""What the demo plays: a small site, three agents, and the three ways in which they are started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo.standin import StandIn

SITE_NAME = "Harbour Museum"
LIMITS = {"steps": 12, "tool_calls": 20, "tokens": 80_000, "wall_seconds": 300, "writes": 3}
RULES = (
    " You act through tools on a Drupal site. Everything that you write becomes a draft, which an editor reviews. "
    "Write HTML with the text format basic_html. Give each draft a summary of one sentence. Do what is asked, once, and then finish."
)


@dataclass(frozen=True, slots=True)
class Story:
    """One job: who is started by what, and how a person would tell it. `run` is its UUID once it was dispatched."""

    agent: str
    label: str
    trigger: str
    title: str
    told: str
    run: str = ""


def build_site(drupal: StandIn, model: str | None) -> None:
    """Content, tags and the three agents. `model`: a real one for all agents, else each plays its script."""
    tags = [drupal.add_tag(name) for name in ("Events", "Families", "Navigation", "Shop")]
    drupal.add_content("Shorter opening hours in winter", WINTER)
    drupal.add_content("New exibition: ships in botles", EXHIBITION, tags=tags[1:2])
    drupal.add_content("Members' evening on 4 December", MEMBERS, tags=tags[:1])
    drupal.add_content("Brass sextant, replica", SEXTANT, bundle="page", state="draft")
    writes = ["read", "create", "revise"]
    for agent in (
        {
            "agent_id": "weekly_digest",
            "label": "Weekly digest",
            "prompt": "You write the museum's weekly digest: one article of at most 120 words about the three newest articles."
            + RULES,
            "tools": ["describe_content", "find_items", "read_item", "create_draft"],
            "content": {"node": {"article": writes}},
        },
        {
            "agent_id": "proofreader",
            "label": "Proofreader",
            "prompt": "You proofread the article that was saved. Correct spelling and grammar in title and body; keep facts and tone."
            + RULES,
            "tools": ["describe_content", "read_item", "revise_draft"],
            "content": {"node": {"article": writes}},
            "output_schema": VERDICT,
        },
        {
            "agent_id": "product_editor",
            "label": "Product editor",
            "prompt": "A product page is new. Give it two fitting tags out of those that exist, and a summary of one sentence "
            "in the summary of its body. Leave the text itself as it is." + RULES,
            "tools": ["describe_content", "read_item", "find_items", "revise_draft"],
            "content": {"node": {"page": writes}, "taxonomy_term": {"tags": ["read"]}},
        },
    ):
        drupal.add_agent(**agent, model=model or f"scripted:{agent['agent_id']}", limits=LIMITS)


def start(drupal: StandIn) -> list[Story]:
    """Start the three jobs as Drupal would. The stories, each with its run."""
    by_title = {item.label: item for bundle in ("article", "page") for item in drupal.site.content.all("node", bundle)}
    article, page = by_title["New exibition: ships in botles"], by_title["Brass sextant, replica"]
    editor = drupal.site.accounts.by_name("editor")

    def entity(item: Any) -> dict[str, Any]:
        place = {"entity_type": item.entity_type, "bundle": item.bundle, "uuid": item.uuid, "id": str(item.id)}
        return place | {"revision": item.vid, "langcode": item.langcode, "label": item.label}

    cron = {"type": "cron", "id": "weekly_digest"}
    changed = {"type": "content", "id": "proofread_articles", "operation": "update", "entity": entity(article)}
    eca = {"type": "eca", "id": "new_product_page", "operation": "insert", "entity": entity(page)}
    runs = (
        drupal.dispatch("weekly_digest", {"week": "this week"}, cron),
        drupal.dispatch("proofreader", {}, changed, requester=editor),
        drupal.dispatch("product_editor", {"page": page.uuid}, eca, requester=editor),
    )
    return [Story(**story, run=run) for story, run in zip(STORIES, runs, strict=True)]


STORIES: tuple[dict[str, Any], ...] = (
    {
        "agent": "weekly_digest",
        "label": "Weekly digest",
        "trigger": "Cron",
        "title": "Friday, 16:00: the weekly digest is due",
        "told": "Cron starts the agent. It looks for the newest articles and leaves a digest as a new draft.",
    },
    {
        "agent": "proofreader",
        "label": "Proofreader",
        "trigger": "Content change",
        "title": "An editor saved an article with typing errors",
        "told": "The save starts the agent. It corrects the text in a draft on top; what visitors see stays as it was.",
    },
    {
        "agent": "product_editor",
        "label": "Product editor",
        "trigger": "ECA model",
        "title": "A new product page has no tags and no summary",
        "told": "An ECA model starts the agent. It chooses tags and writes the summary, as a draft.",
    },
)

VERDICT = {
    "type": "object",
    "required": ["corrections", "verdict"],
    "properties": {"corrections": {"type": "integer", "minimum": 0}, "verdict": {"type": "string", "maxLength": 300}},
    "additionalProperties": False,
}
WINTER = "<p>From November to February the museum closes at four. The café stays open until five.</p>"
MEMBERS = (
    "<p>Members see the new gallery before everyone else. Doors open at seven; please bring your membership card.</p>"
)
EXHIBITION = (
    "<p>From Saturday our new exibition shows fourty ships in botles, build by sailors on there long voyages. The oldest one "
    "was made in 1784, and nobody knows how its maker got the mast trough the neck.</p>"
    "<p>Children under twelve enter for free; the workshop on Sunday is seperate.</p>"
)
SEXTANT = (
    "<p>Our replica of a sextant of 1842 is made of solid brass and really works: with the manual and a clear horizon you find "
    "your latitude to within a mile.</p><p>With a wooden case. Height 24 cm, weight 1.3 kg.</p>"
)
