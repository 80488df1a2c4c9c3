"""Fills a site for tests with 100,000 items, 50,000 pending changes, 100,000 runs and 5 million events, and times its pages.

python -m tests.site.load fill       takes minutes, and some 3 GB of the database's disk
python -m tests.site.load measure    the median of five requests for each page, with the number of queries
python -m tests.site.load explain    the plans of the queries that the list and the count make
"""

from __future__ import annotations

import argparse
import os

from tests.site.drupal import ISOLATION_LEVELS, Site
from tests.site.load.filling import fill
from tests.site.load.measuring import explain, measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fill", "measure", "explain"))
    parser.add_argument("--repeat", type=int, default=5, help="requests for each page")
    parser.add_argument("--of", default="", help="measure the pages of this person alone, such as load_runs")
    given = parser.parse_args()
    site = Site.from_environment()
    if site is None:
        parser.error("no site is named, see docs/reference/testing.md")
    if given.what == "fill":
        site.prepare(os.environ.get("BACKGROUND_AGENTS_SITE_ISOLATION", ISOLATION_LEVELS[0]))
        site.install("background_agents_load")
        site.php("node_access_rebuild();")
        fill(site)
        site.drush("cache:rebuild")
    elif given.what == "measure":
        measure(site, given.repeat, given.of)
    else:
        explain(site)
    site.close()


if __name__ == "__main__":
    main()
