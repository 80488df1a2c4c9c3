"""Makes a site large, from one item, one run and one change that Drupal saved: rows are copied in SQL with other ids."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tests.site.drupal import Site

NODES, PENDING, RUNS, EVENTS = 100_000, 50_000, 100_000, 50
BATCH = 10_000
NUMBERS = "background_agents_load_number"
NODE_TABLES = ("node", "node_field_data", "node__body", "node_access")
REVISION_TABLES = ("node_revision", "node_field_revision", "node_revision__body")
STATE = "content_moderation_state"
SPENT = (
    "REPLACE INTO background_agents_spent (day, agent, cost_micros, tokens) SELECT FROM_UNIXTIME(created, '%Y-%m-%d'), agent, "
    "SUM(cost_micros), SUM(input_tokens + output_tokens) FROM background_agents_run WHERE agent LIKE 'load%' GROUP BY 1, 2"
)
"""What each agent spent on each day."""


@dataclass(frozen=True)
class Copies:
    """Rows to make of one row: the table, which row, and what other columns hold, as SQL in which `n` is the number of the copy."""

    table: str
    row: str
    columns: dict[str, str]
    first: int = 1
    last: int = NODES
    more: str = field(default="", kw_only=True)


def fill(site: Site) -> None:
    """Leaves NODES items with PENDING drafts, RUNS runs and EVENTS times as many events."""
    given = site.script("load.php", "given")
    with closing(site.connection()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {NUMBERS} (n INT UNSIGNED PRIMARY KEY)")
        cursor.executemany(f"INSERT IGNORE INTO {NUMBERS} VALUES (%s)", [(n,) for n in range(1, NODES + 1)])
        for copies in (*_items(cursor, given), *_runs(cursor, given), *_changes(cursor, given)):
            _copy(cursor, copies)
        _events(cursor, given["run"])
        cursor.execute(SPENT)
        cursor.execute(f"DROP TABLE {NUMBERS}")
        for table in (*NODE_TABLES, *REVISION_TABLES, "background_agents_run", "background_agents_change"):
            cursor.execute(f"ANALYZE TABLE {table}")


def _next(cursor: Any, table: str, column: str) -> int:
    cursor.execute(f"SELECT COALESCE(MAX({column}), 0) AS last FROM {table}")
    return int(cursor.fetchone()["last"])


def _copy(cursor: Any, copies: Copies) -> None:
    cursor.execute(f"SHOW COLUMNS FROM {copies.table}")
    names = [row["Field"] for row in cursor.fetchall()]
    values = ", ".join(copies.columns.get(name, f"t.`{name}`") for name in names)
    columns = ", ".join(f"`{name}`" for name in names)
    for first in range(copies.first, copies.last + 1, BATCH):
        last = min(first + BATCH - 1, copies.last)
        cursor.execute(
            f"INSERT INTO {copies.table} ({columns}) SELECT {values} FROM {copies.table} t "
            f"JOIN {NUMBERS} ON n BETWEEN {first} AND {last} WHERE {copies.row}"
        )
    print(f"{copies.table}: {copies.last - copies.first + 1} rows", flush=True)


def _items(cursor: Any, given: dict[str, int]) -> list[Copies]:
    """Items with a published revision each, and a draft on top of the first PENDING ones."""
    node, published, draft = given["node"], given["published"], given["draft"]
    nid = f"{_next(cursor, 'node', 'nid')} + n"
    vid = f"{_next(cursor, 'node_revision', 'vid')} + n"
    later = f"{_next(cursor, 'node_revision', 'vid')} + {NODES} + n"
    base = {
        "nid": nid,
        "entity_id": nid,
        "uuid": _uuid("a"),
        "title": "CONCAT('Item ', n)",
        "uid": f"IF(n % 20 = 0, {given['owner']}, 1)",
        "gid": "n % 20",
    }
    live, pending = base | {"vid": vid, "revision_id": vid}, base | {"vid": later, "revision_id": later}
    copies: list[Copies] = []
    for table in NODE_TABLES:
        copies.append(Copies(table, f"t.{'entity_id' if '__' in table else 'nid'} = {node}", live))
    for table in REVISION_TABLES:
        column = "revision_id" if "__" in table else "vid"
        copies.append(Copies(table, f"t.{column} = {published}", live))
        copies.append(Copies(table, f"t.{column} = {draft}", pending, last=PENDING))
    return copies + _states(cursor, given, nid, vid, later)


def _states(cursor: Any, given: dict[str, int], nid: str, vid: str, later: str) -> list[Copies]:
    """Their moderation states, which are entities with revisions of their own."""
    cursor.execute(
        f"SELECT id, revision_id, content_entity_revision_id AS vid FROM {STATE}_field_revision "
        "WHERE content_entity_type_id = 'node' AND content_entity_id = %s",
        (given["node"],),
    )
    rows = {row["vid"]: row for row in cursor.fetchall()}
    state = rows[given["published"]]["id"]
    own = f"{_next(cursor, STATE, 'id')} + n"
    revision, last = f"{_next(cursor, f'{STATE}_revision', 'revision_id')}", rows[given["draft"]]["revision_id"]
    live = {
        "id": own,
        "uuid": _uuid("b"),
        "revision_id": f"{revision} + n",
        "content_entity_id": nid,
        "content_entity_revision_id": vid,
    }
    pending = live | {"revision_id": f"{revision} + {NODES} + n", "content_entity_revision_id": later}
    copies = [Copies(table, f"t.id = {state}", live) for table in (STATE, f"{STATE}_field_data")]
    for table in (f"{STATE}_revision", f"{STATE}_field_revision"):
        first = rows[given["published"]]["revision_id"]
        copies.append(Copies(table, f"t.revision_id = {first}", live))
        copies.append(Copies(table, f"t.revision_id = {last}", pending, last=PENDING))
    return copies


def _runs(cursor: Any, given: dict[str, int]) -> list[Copies]:
    """Runs of five agents over a year; one of a hundred failed, and one of fifty is of the person who owns items."""
    run = f"{_next(cursor, 'background_agents_run', 'id')} + n"
    columns = {
        "id": run,
        "uuid": _uuid("c"),
        "agent": "CONCAT('load_', 1 + n % 5)",
        "agent_label": "CONCAT('Load ', 1 + n % 5)",
        "target_label": "CONCAT('Item ', n)",
        "target_id": f"{_next(cursor, 'node', 'nid')} + n",
        "target_uuid": _uuid("a"),
        "created": "t.created - 300 * n",
        "started": "t.started - 300 * n",
        "finished": "t.finished - 300 * n",
        "state": "IF(n % 97 = 0, 'failed', 'completed')",
        "reason": "IF(n % 97 = 0, ELT(1 + n DIV 97 % 3, 'limit:steps', 'model:unavailable', 'site_error'), NULL)",
        "cost_micros": "n * 7919 % 90000",
        "input_tokens": "4000 + n % 900",
        "output_tokens": "300 + n % 90",
        "uid": f"IF(n % 50 = 0, {given['owner']}, IF(n % 3 = 0, NULL, 1))",
    }
    return [
        Copies("background_agents_run", f"t.id = {given['run']}", columns, last=RUNS),
        Copies("background_agents_run_data", f"t.run = {given['run']}", {"run": run}, last=RUNS),
    ]


def _changes(cursor: Any, given: dict[str, int]) -> list[Copies]:
    """Pending changes of the items that have a draft, and as many that were accepted."""
    nid, vid = _next(cursor, "node", "nid"), _next(cursor, "node_revision", "vid")
    columns = {
        "id": f"{_next(cursor, 'background_agents_change', 'id')} + n",
        "uuid": _uuid("d"),
        "run": f"{_next(cursor, 'background_agents_run', 'id')} + n",
        "agent": "CONCAT('load_', 1 + n % 5)",
        "target_id": f"{nid} + n",
        "target_uuid": _uuid("a"),
        "target_label": "CONCAT('Item ', n)",
        "target_revision": f"{vid} + {NODES} + n",
        "base_revision": f"{vid} + n",
        "created": "t.created - 300 * n",
        "status": f"IF(n <= {PENDING}, 'pending', 'accepted')",
        "fate": f"IF(n <= {PENDING}, 'undecided', ELT(1 + n % 3, 'accepted', 'changed', 'refused'))",
        "outcome_share": f"IF(n > {PENDING} AND n % 3 = 1, 0.7, NULL)",
    }
    return [Copies("background_agents_change", f"t.id = {given['change']}", columns, last=2 * PENDING)]


def _events(cursor: Any, run: int) -> None:
    """EVENTS events for each run, and a hundred times as many for the newest one."""
    insert = (
        "INSERT IGNORE INTO background_agents_event (run, seq, type, step, time, created, hash, data, payload) "
        "SELECT r.id, s.n, ELT(1 + s.n % 4, 'step_finished', 'step_started', 'tool_call_started', 'tool_call_finished'), "
        "1 + s.n DIV 4, '2026-01-01T00:00:00Z', r.created, MD5(CONCAT(r.id, '-', s.n)), "
        'CONCAT(\'{"number":\', 1 + s.n DIV 4, \',"call":"c\', s.n, '
        '\'","tool":"read_content","text":"\', REPEAT(\'The town hall. \', 8), \'"}\'), 0 '
        f"FROM background_agents_run r JOIN {NUMBERS} s ON s.n <= "
    )
    cursor.execute("SELECT MIN(id) AS first, MAX(id) AS last FROM background_agents_run WHERE agent LIKE 'load%'")
    bounds = cursor.fetchone()
    for first in range(bounds["first"], bounds["last"] + 1, 2_000):
        cursor.execute(f"{insert}{EVENTS} WHERE r.id BETWEEN {first} AND {first + 1_999}")
    cursor.execute(f"{insert}{100 * EVENTS} WHERE r.id = {run}")
    cursor.execute("UPDATE background_agents_run SET last_seq = %s WHERE id = %s", (100 * EVENTS, run))
    print(f"background_agents_event: {EVENTS} for each run", flush=True)


def _uuid(kind: str) -> str:
    """The UUID of a copy; the same for each use of a kind."""
    return f"CONCAT('{kind}0000000-0000-4000-8000-', LPAD(n, 12, '0'))"
