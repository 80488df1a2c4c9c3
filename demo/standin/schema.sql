-- The stand-in's tables. Where the module has a table of its own, the columns are the same (docs/reference/protocol.md),
-- so that a test proves things "from Drupal's own tables" with the queries it would use on a real site.

CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS account (
  uid INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, password TEXT, mail TEXT,
  active INTEGER NOT NULL DEFAULT 1, roles TEXT NOT NULL DEFAULT '[]', permissions TEXT NOT NULL DEFAULT '[]',
  created REAL NOT NULL
);

CREATE TABLE IF NOT EXISTS dispatch_key (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, agents TEXT, expires REAL
);

CREATE TABLE IF NOT EXISTS agent (id TEXT PRIMARY KEY, config TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS agent_account (agent TEXT PRIMARY KEY, account TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS run (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, agent TEXT NOT NULL, state TEXT NOT NULL,
  waiting TEXT, reason TEXT, message TEXT, trigger_info TEXT NOT NULL, requester TEXT, account TEXT,
  attempt INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 1, parent TEXT, depth INTEGER NOT NULL DEFAULT 0,
  created REAL NOT NULL, started REAL, finished REAL, last_seq INTEGER NOT NULL DEFAULT 0, usage TEXT NOT NULL DEFAULT '{}',
  input TEXT NOT NULL, output TEXT, dispatch_key TEXT UNIQUE, round INTEGER NOT NULL DEFAULT 0,
  dry_run INTEGER NOT NULL DEFAULT 0,
  batch INTEGER, due REAL, via TEXT, via_key TEXT, priority INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL, requester TEXT NOT NULL, state TEXT NOT NULL, input TEXT NOT NULL,
  key TEXT UNIQUE, created REAL NOT NULL, via TEXT NOT NULL, via_key TEXT
);
CREATE TABLE IF NOT EXISTS batch_item (
  id INTEGER PRIMARY KEY AUTOINCREMENT, batch INTEGER NOT NULL, entity TEXT NOT NULL, run TEXT, cancelled INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS background_agents_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, status INTEGER NOT NULL DEFAULT 0,
  available_at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 1,
  claimed_by TEXT, claimed_until INTEGER, job TEXT NOT NULL, created INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_due ON background_agents_outbox (status, available_at, id);
CREATE INDEX IF NOT EXISTS outbox_claimed ON background_agents_outbox (status, claimed_until);

CREATE TABLE IF NOT EXISTS event (
  run INTEGER NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, hash TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS background_agents_spent (
  day TEXT NOT NULL, agent TEXT NOT NULL, cost_micros INTEGER NOT NULL DEFAULT 0, tokens INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (day, agent)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS checkpoint (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, generation INTEGER NOT NULL, attempt INTEGER NOT NULL, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS checkpoint_run ON checkpoint (run, generation, id);

CREATE TABLE IF NOT EXISTS answer (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, document TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS command (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, command TEXT NOT NULL, data TEXT NOT NULL, requested_by TEXT,
  done INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS command_open ON command (done, id);

CREATE TABLE IF NOT EXISTS idempotency (
  key TEXT PRIMARY KEY, run TEXT NOT NULL, request_hash TEXT NOT NULL, answer TEXT NOT NULL
);

-- drafted: fields of a draft of a test run, which has no revision.
CREATE TABLE IF NOT EXISTS change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, run TEXT NOT NULL, agent TEXT NOT NULL, generation INTEGER NOT NULL,
  key TEXT NOT NULL UNIQUE, operation TEXT NOT NULL, entity_type TEXT NOT NULL, bundle TEXT NOT NULL, entity TEXT NOT NULL,
  revision INTEGER, base_revision INTEGER, langcode TEXT NOT NULL, label TEXT, summary TEXT NOT NULL,
  status TEXT NOT NULL, created REAL NOT NULL, round INTEGER NOT NULL DEFAULT 0, answers TEXT, drafted TEXT
);

-- round 0: it waits for the end of the run.
CREATE TABLE IF NOT EXISTS sent_back (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, round INTEGER NOT NULL DEFAULT 0, sent_by TEXT NOT NULL, remarks TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS entity (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, entity_type TEXT NOT NULL, bundle TEXT NOT NULL,
  owner TEXT NOT NULL, langcode TEXT NOT NULL DEFAULT 'en', created REAL NOT NULL, default_revision INTEGER, latest_revision INTEGER
);

CREATE TABLE IF NOT EXISTS revision (
  vid INTEGER PRIMARY KEY AUTOINCREMENT, entity INTEGER NOT NULL REFERENCES entity (id) ON DELETE CASCADE, state TEXT NOT NULL, published INTEGER NOT NULL,
  fields TEXT NOT NULL, author TEXT NOT NULL, log TEXT, changed REAL NOT NULL
);

CREATE TABLE IF NOT EXISTS seen_webhook (id TEXT PRIMARY KEY, expires REAL NOT NULL);

CREATE TABLE IF NOT EXISTS due (
  trigger_uuid TEXT NOT NULL, due INTEGER NOT NULL, agent TEXT NOT NULL, input TEXT NOT NULL, result TEXT, run TEXT,
  PRIMARY KEY (trigger_uuid, due)
);

CREATE TABLE IF NOT EXISTS webhook (
  id INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL, dispatch_key TEXT, url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL,
  is_on INTEGER NOT NULL DEFAULT 1, failures INTEGER NOT NULL DEFAULT 0, hold_until INTEGER NOT NULL DEFAULT 0,
  leased_by TEXT NOT NULL DEFAULT '', leased_until INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL UNIQUE, webhook INTEGER NOT NULL, run TEXT, event TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL, expires INTEGER,
  code INTEGER, answer TEXT, error TEXT NOT NULL DEFAULT '', question TEXT
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (webhook, state, next_at);
