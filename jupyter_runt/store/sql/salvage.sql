-- Statements of `rebuild.py`, which fills a new store with what a damaged one still holds.

-- name: table_columns
-- The columns of a table: name, type, whether it must have a value.
SELECT name, type, "notnull" FROM pragma_table_info(?)

-- name: add_event
-- One fact under its old number; a page may be there twice.
INSERT OR IGNORE INTO events (id, at, type, cell_id, attempt, data) VALUES (?, ?, ?, ?, ?, ?)

-- name: add_signal
-- One signal that nobody has handled yet.
INSERT OR IGNORE INTO signals (number, run, kind, requested_by, at, data) VALUES (?, ?, ?, ?, ?, ?)

-- name: add_schedule
-- One schedule; it goes on where it was.
INSERT OR IGNORE INTO schedules (schedule, schedule_id, definition, revision, paused, next_at) VALUES (?, ?, ?, ?, ?, ?)

-- name: add_firing
-- What came of a due time.
INSERT OR IGNORE INTO firings (firing, schedule_id, due_at, at, outcome, run_id, message, count, last_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_notification
-- What somebody is to be told, or was. Nobody is at it now.
INSERT OR IGNORE INTO notifications (notification, run, occasion, target, words, series, told, status, attempts, at, due_at, error,
                                     history, spent_at, held, lease_worker, lease_until, lease_boot)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: drop_idle_notifications
-- Notifications of runs that are lost.
DELETE FROM notifications WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.run = notifications.run)

-- name: drop_idle_firings
-- Firings of schedules that are lost.
DELETE FROM firings WHERE NOT EXISTS (SELECT 1 FROM schedules WHERE schedules.schedule_id = firings.schedule_id)

-- name: drop_events
-- What is left of a run that cannot be kept, or is about to be written anew.
DELETE FROM events WHERE id BETWEEN (:run << 32) AND (:run << 32 | 0xffffffff)

-- name: drop_run
-- Its line in the list.
DELETE FROM runs WHERE run = :run

-- name: all_numbers
-- Every run of which anything is there, oldest first.
SELECT run FROM runs UNION SELECT DISTINCT id >> 32 FROM events ORDER BY 1

-- name: row_of_number
-- What the list of runs says of it, as far as it is needed here.
SELECT run_id, seq, status, labels, lease_epoch, finished_at FROM runs WHERE run = ?

-- name: events_of_number
-- All that is there of a run's log.
SELECT id & 0xffffffff, at, type, cell_id, attempt, data FROM events
WHERE id BETWEEN (:run << 32) AND (:run << 32 | 0xffffffff) ORDER BY id

-- name: give_number
-- The number that the run's events bear.
UPDATE runs SET run = :run WHERE run_id = :run_id

-- name: project
-- The run's line, as its log tells it. All leases are over.
UPDATE runs SET seq = :seq, status = :status, reason = :reason, cells_done = :cells_done, cells_failed = :cells_failed,
                current_cell = :current_cell, started_at = :started_at, finished_at = :finished_at,
                lease_epoch = max(lease_epoch, :epoch), lease_until = NULL, lease_boot = NULL
WHERE run = :run

-- name: drop_idle_signals
-- Signals to runs that have ended or are not there.
DELETE FROM signals WHERE NOT EXISTS (
    SELECT 1 FROM runs WHERE runs.run = signals.run AND status NOT IN ('succeeded', 'failed', 'cancelled')
)

-- name: drop_idle_blobs
-- Blobs that no run refers to.
DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM blob_runs WHERE blob_runs.blob = blobs.blob)

-- name: last_number
-- The highest number that a table has given.
SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?

-- name: forget_last_number
-- Before keep_last_number: SQLite's own table has no key.
DELETE FROM sqlite_sequence WHERE name = ?

-- name: keep_last_number
-- Numbers of deleted rows never come back.
INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)

-- name: broken_runs
-- Runs whose log is not as long as their line says: the events in between are lost.
SELECT count(*) FROM runs
WHERE seq <> (SELECT count(*) FROM events WHERE id BETWEEN (run << 32) + 1 AND (run << 32) + seq)

-- name: broken_events
-- Events that hold no JSON: quick_check looks at the structure only.
SELECT count(*) FROM events WHERE NOT json_valid(data)

-- name: broken_lines
-- Lines of the list of runs, and signals, that hold no JSON where they should.
SELECT (SELECT count(*) FROM runs WHERE NOT json_valid(labels)) + (SELECT count(*) FROM signals WHERE NOT json_valid(data))

-- name: broken_snapshots
-- Finished runs' folded states that hold no JSON.
SELECT count(*) FROM snapshots WHERE NOT json_valid(CAST(content AS TEXT))

-- name: every_blob
-- What is checked against its own name.
SELECT sha256, content FROM blobs

-- name: lost_blobs
-- Outputs whose bytes are gone.
SELECT count(*) FROM blob_runs WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.blob = blob_runs.blob)

-- name: host
-- Which host uses a store on a network file system.
SELECT value FROM meta WHERE key = 'host'
