-- The schema of version 4, as it was released. Never edited: stores of it are out there.

CREATE TABLE migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
    run INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    seq INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    priority INTEGER NOT NULL,
    labels TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    parent_run TEXT,
    submitted_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    cells_total INTEGER NOT NULL,
    cells_done INTEGER NOT NULL DEFAULT 0,
    cells_failed INTEGER NOT NULL DEFAULT 0,
    current_cell TEXT,
    lease_worker TEXT,
    lease_epoch INTEGER NOT NULL DEFAULT 0,
    lease_until REAL,
    lease_boot TEXT,
    place TEXT NOT NULL,
    needs_worker TEXT,
    pinned INTEGER NOT NULL DEFAULT 0,
    idempotency_key TEXT UNIQUE,
    cursor TEXT,
    search TEXT NOT NULL,
    after_run TEXT
);

CREATE INDEX runs_by_status ON runs (status);

CREATE INDEX runs_open ON runs (priority DESC, run) WHERE status NOT IN ('succeeded', 'failed', 'cancelled');

CREATE TABLE labels (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (key, value, run)
) WITHOUT ROWID;

CREATE INDEX labels_by_run ON labels (run);

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    type TEXT NOT NULL,
    cell_id TEXT,
    attempt INTEGER,
    data TEXT NOT NULL
);

CREATE TABLE signals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    kind TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    at REAL NOT NULL,
    data TEXT NOT NULL
);

CREATE INDEX signals_by_run ON signals (run, number);

CREATE TABLE blobs (
    blob INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    content BLOB NOT NULL
);

CREATE TABLE blob_runs (
    run INTEGER NOT NULL,
    blob INTEGER NOT NULL,
    PRIMARY KEY (run, blob)
) WITHOUT ROWID;

CREATE INDEX blob_runs_by_blob ON blob_runs (blob);

CREATE TABLE snapshots (
    run INTEGER PRIMARY KEY,
    content BLOB NOT NULL
);

CREATE TABLE workers (
    worker_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    pid INTEGER NOT NULL,
    place TEXT NOT NULL,
    host TEXT NOT NULL,
    started_at REAL NOT NULL,
    concurrency INTEGER NOT NULL,
    lock TEXT NOT NULL,
    socket TEXT NOT NULL,
    version TEXT NOT NULL,
    labels TEXT NOT NULL,
    variables TEXT NOT NULL,
    lease_until REAL NOT NULL,
    boot TEXT NOT NULL,
    draining INTEGER NOT NULL,
    exclusive INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX runs_removable ON runs (finished_at, run_id)
    WHERE status IN ('succeeded', 'failed', 'cancelled') AND NOT pinned AND finished_at IS NOT NULL;

CREATE INDEX runs_pinned ON runs (run) WHERE pinned;

CREATE TABLE doomed (
    run INTEGER PRIMARY KEY
);

CREATE TABLE reports (
    report INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    result TEXT NOT NULL,
    seq INTEGER NOT NULL,                       -- of the event that holds the whole report
    monitor TEXT NOT NULL,
    subject TEXT NOT NULL,
    at REAL NOT NULL,
    status TEXT NOT NULL,
    score REAL,
    failing TEXT NOT NULL,                      -- JSON: the first checks that are not well
    UNIQUE (run, result)
);

CREATE INDEX reports_by_monitor ON reports (monitor, subject, at, run, result, seq, status, score);

CREATE INDEX reports_failing ON reports (monitor, subject, at) WHERE failing <> '[]';

CREATE TABLE schedules (
    schedule INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule_id TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,
    revision INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    next_at REAL
);

CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE firings (
    firing INTEGER PRIMARY KEY,
    schedule_id TEXT NOT NULL,
    due_at REAL NOT NULL,
    at REAL NOT NULL,
    outcome TEXT NOT NULL,
    run_id TEXT,
    message TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_at REAL NOT NULL,
    UNIQUE (schedule_id, due_at)
);
