-- Retention: which runs may go, and what is left of those that went.

-- Ended runs in the order in which they finished. An open run is in none of these two, so a flush writes neither.
CREATE INDEX runs_removable ON runs (finished_at, run_id)
    WHERE status IN ('succeeded', 'failed', 'cancelled') AND NOT pinned AND finished_at IS NOT NULL;

CREATE INDEX runs_pinned ON runs (run) WHERE pinned;

-- Numbers of deleted runs whose events and blobs have not all gone yet: a long log goes in many short transactions.
CREATE TABLE doomed (
    run INTEGER PRIMARY KEY
);
