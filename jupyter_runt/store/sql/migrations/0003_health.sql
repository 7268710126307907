-- Health: what the reports of runs say in brief, derived from result.recorded, so that a monitor's history is one walk of an
-- index. Of a run, the last report of a result's name, and those of its last attempt.
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

-- All of a history but what failed.
CREATE INDEX reports_by_monitor ON reports (monitor, subject, at, run, result, seq, status, score);

CREATE INDEX reports_failing ON reports (monitor, subject, at) WHERE failing <> '[]';
