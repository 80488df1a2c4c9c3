"""A Drupal that obeys the contracts: for the demo, the bench and every test that needs a site.

It keeps its side of docs/reference/protocol.md and answers JSON:API as the recordings of a real Drupal do. It is no Drupal: one content
model, one workflow, no translations, no files.
"""

from demo.standin.fixture import StandIn
from demo.standin.site import DEFAULT_SECRET, Site, SiteOptions

__all__ = ["DEFAULT_SECRET", "Site", "SiteOptions", "StandIn"]
