"""What axe finds on a page: broken rules of WCAG 2.2 A and AA, and of good practice."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page, within: str | None = None) -> list[str]:
    """One line for each broken rule, with the first elements that break it; `within`: a selector, else the whole page."""
    found = Axe().run(page, context=within).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: "
        + " | ".join(node["html"][:200] for node in rule["nodes"][:3])
        for rule in found
    ]
