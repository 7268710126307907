-- Notifications: an outbox. What somebody is to be told is written with the event that it tells of, sent by a worker that has claimed
-- it, and kept with what came of it.
CREATE TABLE notifications (
    notification INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    occasion TEXT NOT NULL,                     -- end, or the id of a question
    target TEXT NOT NULL,                       -- a reference to its URL, which is a secret
    words TEXT NOT NULL,                        -- JSON: what it is told for
    series TEXT NOT NULL,                       -- what it is about: so many messages about that in a time, to each target
    told TEXT NOT NULL,                         -- JSON: what there is to tell
    status TEXT NOT NULL,                       -- pending, sent, failed, held, dropped
    attempts INTEGER NOT NULL,
    at REAL NOT NULL,                           -- of the last change
    due_at REAL NOT NULL,                       -- of the next attempt
    error TEXT NOT NULL,                        -- of the last attempt
    history TEXT NOT NULL,                      -- JSON: every attempt that has come to an end
    spent_at REAL,                              -- when it was first claimed: it counts from then on
    held INTEGER NOT NULL,                      -- was too much when it was due, and waits for the time to pass
    lease_worker TEXT,
    lease_until REAL,
    lease_boot TEXT,
    UNIQUE (run, occasion, target)
);

CREATE INDEX notifications_due ON notifications (due_at) WHERE status = 'pending';

CREATE INDEX notifications_spent ON notifications (series, target, spent_at) WHERE spent_at IS NOT NULL;

-- The runs of a notebook, for the one before.
CREATE INDEX runs_by_name ON runs (name, run);
