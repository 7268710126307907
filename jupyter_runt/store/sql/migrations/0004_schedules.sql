-- Schedules: notebooks that run at due times, and what came of each of these.
ALTER TABLE runs ADD COLUMN after_run TEXT;     -- nobody may claim it before that run has ended

CREATE TABLE schedules (
    schedule INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule_id TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,                   -- JSON
    revision INTEGER NOT NULL,                  -- grows with each change: a firing that was prepared before is none
    paused INTEGER NOT NULL,
    next_at REAL                                -- wall time; NULL: paused, or nothing will come any more
);

CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE firings (
    firing INTEGER PRIMARY KEY,
    schedule_id TEXT NOT NULL,
    due_at REAL NOT NULL,
    at REAL NOT NULL,                           -- when it was decided
    outcome TEXT NOT NULL,
    run_id TEXT,
    message TEXT NOT NULL,
    count INTEGER NOT NULL,                     -- due times that were passed over alike, from due_at to last_at
    last_at REAL NOT NULL,
    UNIQUE (schedule_id, due_at)
);
