"""Times the pages of a large site, and shows how the database answers them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from statistics import median

import httpx

from tests.site.drupal import Site

LIST = "/admin/content/agents"
RUNS = "/admin/reports/background-agents"
AGENT = "/admin/config/services/background-agents/manage/load_2"


@dataclass(frozen=True)
class Page:
    """A page, and who looks at it."""

    name: str
    account: str
    path: str


def measure(site: Site, repeat: int, person: str) -> None:
    """Prints a row of a table for each page: milliseconds, all queries, our queries, the slowest of ours."""
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, median of {repeat}")
    print("| page | person | ms | least | queries | of ours | slowest of ours (ms) |\n|---|---|---|---|---|---|---|")
    clients: dict[str, httpx.Client] = {}
    for page in (page for page in _pages(site) if person in ("", page.account)):
        client = clients.setdefault(page.account, _client(site, page.account))
        times: list[float] = []
        answer = client.get(page.path)
        for _ in range(repeat):
            # No list from a cache: each write of an agent empties it.
            site.sql("UPDATE background_agents_change SET summary = summary WHERE id = 0")
            began = time.perf_counter()
            answer = client.get(page.path)
            times.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200, f"{page.name}: {answer.status_code}"
        headers = answer.headers
        print(
            f"| {page.name} | {page.account} | {median(times):.0f} | {min(times):.0f} | {headers['x-load-queries']} "
            f"| {headers['x-load-own-queries']} | {headers['x-load-slowest']} |",
            flush=True,
        )


def explain(site: Site) -> None:
    """Prints the plans of the list of drafts and its count for each kind of person, and those of the reports."""
    for account in ("load_any", "load_own", "load_none", "load_grants", "load_runs", "load_own_runs"):
        for plan in site.script("load.php", "explain", account):
            print(f"\n{account}, {plan['milliseconds']} ms: {plan['query']}")
            for row in plan["plan"]:
                print("   ", {name: value for name, value in row.items() if value is not None})


def _pages(site: Site) -> list[Page]:
    rows = site.sql(
        "SELECT c.id, c.run FROM background_agents_change c JOIN node n ON n.uuid = c.target_uuid "
        "WHERE c.status = 'pending' AND c.agent LIKE 'load%%' ORDER BY c.id DESC LIMIT 1"
    )
    change, run = rows[0]["id"], rows[0]["run"]
    busiest = site.sql("SELECT id FROM background_agents_run WHERE agent LIKE 'load%%' ORDER BY last_seq DESC LIMIT 1")
    pages = [
        Page(f"list, {what}", account, LIST + query)
        for what, query in (
            ("first page", ""),
            ("page 60", "?page=59"),
            ("newest first", "?order=created&sort=desc"),
            ("by agent", "?order=agent_label&sort=asc"),
            ("of one agent", "?agent=load_2"),
        )
        for account in ("load_any", "load_own", "load_none", "load_grants")
        if account == "load_any" or query in ("", "?page=59")
    ]
    return [
        *pages,
        Page("list, all states", "load_any", f"{LIST}?state=All"),
        Page("front page of administration, with count", "load_any", "/admin/content"),
        Page("page of a draft", "load_any", f"{LIST}/{change}"),
        Page("runs, first page", "load_runs", RUNS),
        Page("runs, page 60", "load_runs", f"{RUNS}?page=59"),
        Page("runs of one agent", "load_runs", f"{RUNS}?agent=load_2"),
        Page("runs that failed", "load_runs", f"{RUNS}?state=failed"),
        Page("runs by trigger", "load_runs", f"{RUNS}?trigger=content"),
        Page("runs, none of that trigger", "load_runs", f"{RUNS}?trigger=manual"),
        Page("runs of an old month", "load_runs", f"{RUNS}?to=2026-02-01"),
        Page("runs, search for two words", "load_runs", f"{RUNS}?search=item+77"),
        Page("runs, search without a hit", "load_runs", f"{RUNS}?search=nowhere"),
        Page("runs, by cost", "load_runs", f"{RUNS}?order=run_cost&sort=desc"),
        Page("runs, by agent", "load_runs", f"{RUNS}?order=run_link&sort=asc"),
        Page("runs, by state", "load_runs", f"{RUNS}?order=run_state&sort=asc"),
        Page("runs, one's own", "load_own_runs", RUNS),
        Page("runs as a file, 10,000 rows", "load_runs", f"{RUNS}/runs.csv"),
        Page("report of an agent, 12 weeks", "load_runs", f"{AGENT}/report"),
        Page("report of an agent, 52 weeks", "load_runs", f"{AGENT}/report?weeks=52"),
        Page("cost by day", "load_runs", f"{RUNS}/cost"),
        Page("cost by month", "load_runs", f"{RUNS}/cost?by=month"),
        Page("page of a run, 50 events", "load_runs", f"{RUNS}/{run}"),
        Page("page of a run, 5,000 events", "load_runs", f"{RUNS}/{busiest[0]['id']}"),
    ]


def _client(site: Site, account: str) -> httpx.Client:
    client = httpx.Client(base_url=site.url, timeout=120)
    answer = client.post("/user/login", params={"_format": "json"}, json={"name": account, "pass": account})
    assert answer.status_code == 200, answer.text
    return client
