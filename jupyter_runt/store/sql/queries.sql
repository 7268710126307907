-- All statements of the SQLite store: one named block each, with its purpose. `listing.py` composes the one for lists.

-- name: find_run
-- What every call about one run begins with.
SELECT run, seq, status, lease_epoch, lease_until IS NOT NULL, pinned FROM runs WHERE run_id = ?

-- name: run_row
-- One line of the list of runs, by id.
SELECT run_id, seq, status, reason, name, title, priority, labels, requested_by, parent_run, submitted_at, started_at,
       finished_at, cells_total, cells_done, cells_failed, current_cell, lease_worker, lease_epoch, place, needs_worker, pinned,
       after_run
FROM runs WHERE run_id = ?

-- name: match_runs
-- Ids that begin with a prefix, as a range of the index on run_id; first the one that is the prefix.
SELECT run_id FROM runs WHERE run_id >= :low AND run_id < :high ORDER BY run_id = :low DESC, run DESC LIMIT :limit

-- name: newest_runs
-- The newest ids, with no prefix to look for.
SELECT run_id FROM runs ORDER BY run DESC LIMIT :limit

-- name: count_runs
-- Runs of each status, from the index alone.
SELECT status, count(*) FROM runs GROUP BY status

-- name: run_of_key
-- Which run an idempotency key made.
SELECT run_id FROM runs WHERE idempotency_key = ?

-- name: insert_run
-- A new run, queued; its first event is written with it.
INSERT INTO runs (run_id, seq, status, name, title, priority, labels, requested_by, parent_run, submitted_at, cells_total,
                  place, needs_worker, idempotency_key, search, after_run)
VALUES (:run_id, 1, 'queued', :name, :title, :priority, :labels, :requested_by, :parent_run, :submitted_at, :cells_total,
        :place, :needs_worker, :idempotency_key, :search, :after_run)

-- name: insert_label
-- A label of a run, for filters.
INSERT INTO labels (key, value, run) VALUES (?, ?, ?)

-- name: append_event
-- One fact; its id is run << 32 | seq.
INSERT INTO events (id, at, type, cell_id, attempt, data) VALUES (?, ?, ?, ?, ?, ?)

-- name: read_events
-- A page of a run's facts. One statement, so that it sees the run whole or, once it is deleted, not at all.
SELECT id & 0xffffffff, at, type, cell_id, attempt, data
FROM runs CROSS JOIN events ON id > (run << 32 | :after) AND id <= (run << 32 | 0xffffffff)
WHERE run_id = :run_id ORDER BY id LIMIT :limit

-- name: advance_run
-- A run's new length and, when one is given, its journal cursor.
UPDATE runs SET seq = :seq, cursor = coalesce(:cursor, cursor) WHERE run = :run

-- name: summarise_run
-- The counters of the projection: a flush writes one page of this table and no index (finished_at is in one of ended runs).
UPDATE runs SET reason = :reason, cells_done = :cells_done, cells_failed = :cells_failed, current_cell = :current_cell,
                started_at = :started_at, finished_at = :finished_at
WHERE run = :run

-- name: change_status
-- Only when it changes: this one writes the indexes.
UPDATE runs SET status = ? WHERE run = ?

-- name: end_lease_of_run
-- No worker has the run any more; lease_worker stays as who had it last.
UPDATE runs SET lease_until = NULL WHERE run = ?

-- name: read_cursor
-- Where the kernel's journal has been committed to.
SELECT cursor FROM runs WHERE run_id = ?

-- name: insert_blob
-- Bytes under their hash; the same bytes are kept once.
INSERT OR IGNORE INTO blobs (sha256, content) VALUES (?, ?)

-- name: refer_to_blob
-- Notes that a run refers to a blob.
INSERT OR IGNORE INTO blob_runs (run, blob) SELECT ?, blob FROM blobs WHERE sha256 = ?

-- name: read_blob
-- A blob's bytes.
SELECT content FROM blobs WHERE sha256 = ?

-- name: runs_of_blob
-- Who refers to a blob, newest first; a deleted run has no row any more.
SELECT run_id FROM blobs JOIN blob_runs USING (blob) JOIN runs USING (run) WHERE sha256 = ? ORDER BY run DESC LIMIT ?

-- name: save_snapshot
-- A finished run's folded state, in place of an earlier one.
INSERT INTO snapshots (run, content) VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET content = excluded.content

-- name: read_snapshot
-- A finished run's folded state.
SELECT content FROM snapshots JOIN runs USING (run) WHERE run_id = ?

-- name: doom_run
-- Its row goes now; what belongs to its number goes piece by piece.
INSERT INTO doomed (run) VALUES (:run)

-- name: next_doomed
-- A deleted run of which something is left.
SELECT run FROM doomed LIMIT 1

-- name: forget_doomed
-- Nothing is left.
DELETE FROM doomed WHERE run = :run

-- name: next_blobs
-- The first blobs that a run refers to, and their sizes (which SQLite knows without reading them).
SELECT blob, length(content) FROM blob_runs JOIN blobs USING (blob) WHERE run = :run ORDER BY blob LIMIT :limit

-- name: delete_blobs
-- Of the blobs up to this one, those that this run alone refers to.
DELETE FROM blobs WHERE blob IN (
    SELECT blob FROM blob_runs AS own WHERE own.run = :run AND own.blob <= :last
    AND NOT EXISTS (SELECT 1 FROM blob_runs AS other WHERE other.blob = own.blob AND other.run <> :run)
)

-- name: delete_blob_references
-- After delete_blobs.
DELETE FROM blob_runs WHERE run = :run AND blob <= :last

-- name: delete_events
-- The first facts that are left of a run: seq has no gaps.
DELETE FROM events WHERE id <= (:run << 32 | 0xffffffff) AND id BETWEEN (:run << 32) AND :limit - 1 + (
    SELECT min(id) FROM events WHERE id BETWEEN (:run << 32) AND (:run << 32 | 0xffffffff)
)

-- name: size_of_run
-- What would go with it: events (with some 30 bytes beside their data), blobs of its own, snapshot.
SELECT (SELECT coalesce(sum(length(data) + 30), 0) FROM events WHERE id BETWEEN (:run << 32) AND (:run << 32 | 0xffffffff))
    + (SELECT coalesce(sum(length(content)), 0) FROM blob_runs AS own JOIN blobs USING (blob) WHERE own.run = :run
       AND NOT EXISTS (SELECT 1 FROM blob_runs AS other WHERE other.blob = own.blob AND other.run <> :run))
    + (SELECT coalesce(sum(length(content)), 0) FROM snapshots WHERE run = :run)

-- name: removable_runs
-- A page of the ended runs that retention may remove, in the order in which they finished. SQLite would rather sort.
SELECT run FROM runs INDEXED BY runs_removable
WHERE status IN ('succeeded', 'failed', 'cancelled') AND NOT pinned AND finished_at IS NOT NULL
  AND (finished_at, run_id) > (:finished_at, :run_id)
ORDER BY finished_at, run_id LIMIT :limit

-- name: delete_labels
-- A deleted run's labels.
DELETE FROM labels WHERE run = :run

-- name: delete_snapshot
-- A deleted run's snapshot.
DELETE FROM snapshots WHERE run = :run

-- name: delete_signals
-- Whatever was still asked of a run that has ended or is deleted.
DELETE FROM signals WHERE run = :run

-- name: delete_reports
-- Reports of a deleted run, or of an attempt that is repeated.
DELETE FROM reports WHERE run = :run

-- name: delete_report
-- The result of that name is another one now.
DELETE FROM reports WHERE run = :run AND result = :result

-- name: insert_report
-- Health that a run has recorded, in place of what its result was before.
INSERT OR REPLACE INTO reports (run, result, seq, monitor, subject, at, status, score, failing)
VALUES (:run, :result, :seq, :monitor, :subject, :at, :status, :score, :failing)

-- name: all_monitors
-- What is watched, from the index alone.
SELECT monitor, subject, count(*) FROM reports WHERE :name IS NULL OR monitor = :name GROUP BY monitor, subject

-- name: delete_run
-- From here on nobody finds it.
DELETE FROM runs WHERE run = :run

-- name: pin_run
-- Keeps a run from retention, or gives it back.
UPDATE runs SET pinned = ? WHERE run = ?

-- name: claimable_run
-- The next run that this worker may take; the partial index runs_open has them in order.
SELECT run, run_id, lease_epoch, lease_worker, status FROM runs
WHERE status NOT IN ('succeeded', 'failed', 'cancelled')
  AND (:run_id IS NULL OR run_id = :run_id)
  AND (lease_until IS NULL OR lease_worker <> :worker AND (lease_boot <> :boot OR lease_until <= :now))
  AND place IN ('', :place)
  AND (needs_worker IS NULL OR needs_worker = :worker
       OR NOT EXISTS (SELECT 1 FROM workers WHERE worker_id = needs_worker))
  AND (:run_id IS NOT NULL OR after_run IS NULL OR NOT EXISTS (
       SELECT 1 FROM runs AS before
       WHERE before.run_id = runs.after_run AND before.status NOT IN ('succeeded', 'failed', 'cancelled')))
ORDER BY priority DESC, run LIMIT 1

-- name: take_lease
-- The epoch grows: whoever drove the run before can append nothing more.
UPDATE runs SET lease_worker = :worker, lease_epoch = lease_epoch + 1, lease_until = :until, lease_boot = :boot
WHERE run = :run

-- name: renew_leases
-- All leases that a worker still has.
UPDATE runs SET lease_until = :until, lease_boot = :boot
WHERE status NOT IN ('succeeded', 'failed', 'cancelled') AND lease_worker = :worker AND lease_until IS NOT NULL

-- name: leases_of_worker
-- The runs that a worker has the lease of, oldest first. Left alone, SQLite would walk all runs to save the sort.
SELECT run_id FROM runs INDEXED BY runs_open
WHERE status NOT IN ('succeeded', 'failed', 'cancelled') AND lease_worker = :worker AND lease_until IS NOT NULL
ORDER BY run

-- name: end_leases_of_worker
-- A dead worker's leases.
UPDATE runs SET lease_until = NULL
WHERE status NOT IN ('succeeded', 'failed', 'cancelled') AND lease_worker = :worker

-- name: release_lease
-- Only under the run's own epoch.
UPDATE runs SET lease_until = NULL WHERE run_id = ? AND lease_epoch = ?

-- name: set_place
-- Where the run's kernel lives.
UPDATE runs SET place = ? WHERE run = ?

-- name: open_elsewhere
-- Open runs with a kernel at another place, whose lease is over.
SELECT run FROM runs INDEXED BY runs_open
WHERE status NOT IN ('succeeded', 'failed', 'cancelled')
  AND place NOT IN ('', :place) AND (lease_until IS NULL OR lease_boot <> :boot OR lease_until <= :now)

-- name: register_worker
-- A worker as others see it.
INSERT OR REPLACE INTO workers (worker_id, name, pid, place, host, started_at, concurrency, lock, socket, version, labels,
                                variables, lease_until, boot, draining, exclusive)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: renew_worker
-- The worker's own lease.
UPDATE workers SET lease_until = :until, boot = :boot WHERE worker_id = :worker

-- name: forget_worker
-- It ended, or is known to be dead.
DELETE FROM workers WHERE worker_id = :worker

-- name: all_workers
-- Oldest first.
SELECT worker_id, name, pid, place, host, started_at, concurrency, lock, socket, version, labels, variables, lease_until,
       boot, draining, exclusive
FROM workers ORDER BY started_at, worker_id

-- name: insert_signal
-- What somebody asks of a run.
INSERT INTO signals (run, kind, requested_by, at, data) VALUES (?, ?, ?, ?, ?)

-- name: cancel_run
-- As insert_signal, of a run that has not ended.
INSERT INTO signals (run, kind, requested_by, at, data)
SELECT run, 'cancel', ?, ?, '{}' FROM runs WHERE run_id = ? AND status NOT IN ('succeeded', 'failed', 'cancelled')

-- name: read_signals
-- Signals not handled yet, oldest first.
SELECT number, kind, requested_by, at, data FROM signals WHERE run = ? ORDER BY number

-- name: delete_signal
-- Handled: the event signal.handled tells the rest.
DELETE FROM signals WHERE number = ? AND run = ?

-- name: read_host
-- Which host uses a store on a network file system, and when it was last heard of.
SELECT (SELECT value FROM meta WHERE key = 'host'), (SELECT value FROM meta WHERE key = 'host_seen')

-- name: write_meta
-- One fact about the file.
INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)

-- name: find_schedule
-- One schedule.
SELECT schedule_id, definition, next_at, paused, revision FROM schedules WHERE schedule_id = ?

-- name: all_schedules
-- In the order of their ids.
SELECT schedule_id, definition, next_at, paused, revision FROM schedules ORDER BY schedule_id

-- name: due_schedules
-- Those that are due by then, the earliest first.
SELECT schedule_id, definition, next_at, paused, revision FROM schedules
WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, schedule_id

-- name: next_due
-- When somebody has to wake up.
SELECT min(next_at) FROM schedules WHERE next_at IS NOT NULL

-- name: insert_schedule
-- A new schedule.
INSERT INTO schedules (definition, paused, next_at, schedule_id, revision) VALUES (?, ?, ?, ?, 1)

-- name: change_schedule
-- Only as it was read.
UPDATE schedules SET definition = ?, paused = ?, next_at = ?, revision = revision + 1
WHERE schedule_id = ? AND revision = ?

-- name: advance_schedule
-- The due time that was found is this worker's to fire, or somebody else's who was quicker.
UPDATE schedules SET next_at = ? WHERE schedule_id = ? AND revision = ? AND next_at IS ?

-- name: delete_schedule
-- Nothing will come of it any more.
DELETE FROM schedules WHERE schedule_id = ?

-- name: insert_firing
-- What came of a due time, once.
INSERT INTO firings (schedule_id, due_at, at, outcome, run_id, message, count, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (schedule_id, due_at) DO NOTHING

-- name: trim_firings
-- Those before the latest ones that are kept.
DELETE FROM firings WHERE schedule_id = :schedule AND due_at <= (
    SELECT due_at FROM firings WHERE schedule_id = :schedule ORDER BY due_at DESC LIMIT 1 OFFSET :kept
)

-- name: delete_firings
-- They go with their schedule.
DELETE FROM firings WHERE schedule_id = ?

-- name: firings
-- Of one schedule, or of each, the latest due times, and what became of their runs.
SELECT f.schedule_id, due_at, outcome, f.run_id, message, f.at, count, last_at, r.status, r.reason, r.started_at, r.finished_at,
       h.status, h.score
FROM schedules AS s
CROSS JOIN firings AS f ON f.firing IN (
    SELECT firing FROM firings WHERE schedule_id = s.schedule_id ORDER BY due_at DESC LIMIT :limit
)
LEFT JOIN runs AS r ON r.run_id = f.run_id
LEFT JOIN reports AS h ON h.report = (SELECT report FROM reports WHERE run = r.run ORDER BY at DESC, result DESC LIMIT 1)
WHERE :schedule IS NULL OR s.schedule_id = :schedule ORDER BY f.schedule_id, due_at DESC

-- name: open_runs_of_schedules
-- The runs of schedules that go on, or wait.
SELECT value, run_id FROM runs INDEXED BY runs_open CROSS JOIN labels ON labels.run = runs.run AND key = ?
WHERE status NOT IN ('succeeded', 'failed', 'cancelled') ORDER BY runs.run

-- name: insert_notification
-- What a target is to be told; once for each occasion.
INSERT OR IGNORE INTO notifications (run, occasion, target, words, series, told, status, attempts, at, due_at, error, history, held)
VALUES (:run, :occasion, :target, :words, :series, :told, 'pending', 0, :now, :now, '', '[]', 0)

-- name: due_notifications
-- Those that nobody is at, and of the runs that the worker drove if it asks for no others; the earliest first.
SELECT notification, series, target, told, held, spent_at FROM notifications JOIN runs USING (run)
WHERE notifications.status = 'pending' AND due_at <= :now
  AND (notifications.lease_worker IS NULL OR notifications.lease_boot <> :boot OR notifications.lease_until <= :mono
       OR NOT EXISTS (SELECT 1 FROM workers WHERE worker_id = notifications.lease_worker))
  AND (:driver IS NULL OR runs.lease_worker = :driver) AND target NOT IN (SELECT value FROM json_each(:besides))
ORDER BY due_at, notification LIMIT :limit

-- name: next_notification
-- When somebody has to wake up for one that nobody is at.
SELECT min(due_at) FROM notifications JOIN runs USING (run)
WHERE notifications.status = 'pending'
  AND (notifications.lease_worker IS NULL OR notifications.lease_boot <> :boot OR notifications.lease_until <= :mono
       OR NOT EXISTS (SELECT 1 FROM workers WHERE worker_id = notifications.lease_worker))
  AND (:driver IS NULL OR runs.lease_worker = :driver) AND target NOT IN (SELECT value FROM json_each(:besides))

-- name: spent_notifications
-- How many messages about this a target was sent since then, and the first of them.
SELECT count(*), min(spent_at) FROM notifications WHERE series = ? AND target = ? AND spent_at > ?

-- name: hold_notification
-- There are too many about this now. Not one that was taken a moment ago, to tell of the others.
UPDATE notifications SET held = 1, due_at = ? WHERE notification = ? AND status = 'pending' AND spent_at IS NULL

-- name: newest_held
-- Of those that were held back and still wait, the newest tells of all.
SELECT notification, told FROM notifications INDEXED BY notifications_due
WHERE status = 'pending' AND held = 1 AND spent_at IS NULL AND series = ? AND target = ? ORDER BY notification DESC LIMIT 1

-- name: close_held
-- The others are counted in its message.
UPDATE notifications SET status = 'held', at = ?
WHERE status = 'pending' AND held = 1 AND spent_at IS NULL AND series = ? AND target = ? AND notification <> ?

-- name: claim_notification
-- One attempt is this worker's.
UPDATE notifications SET lease_worker = :worker, lease_until = :until, lease_boot = :boot, attempts = attempts + 1,
                         spent_at = coalesce(spent_at, :now), told = :told
WHERE notification = :notification

-- name: settle_notification
-- What came of an attempt, from whoever still has it.
UPDATE notifications SET status = :status, at = :now, due_at = :due_at, error = :error, history = :history,
                         lease_worker = NULL, lease_until = NULL, lease_boot = NULL
WHERE notification = :notification AND status = 'pending' AND lease_worker = :worker AND attempts = :attempts

-- name: notification_row
-- One notification.
SELECT notification, run_id, occasion, target, words, told, n.status, attempts, n.at, due_at, error, history
FROM notifications AS n JOIN runs USING (run) WHERE notification = ?

-- name: notifications_of_run
-- In the order in which they were written.
SELECT notification, run_id, occasion, target, words, told, n.status, attempts, n.at, due_at, error, history
FROM notifications AS n JOIN runs USING (run) WHERE run_id = ? ORDER BY notification

-- name: troubled_notifications
-- The newest that failed, or have failed so far, since then.
SELECT notification, run_id, occasion, target, words, told, n.status, attempts, n.at, due_at, error, history
FROM notifications AS n JOIN runs USING (run)
WHERE n.status IN ('pending', 'failed') AND error <> '' AND n.at >= ? ORDER BY notification DESC LIMIT ?

-- name: delete_notifications
-- Those of a deleted run.
DELETE FROM notifications WHERE run = :run

-- name: run_in_line
-- What tells which runs came before it.
SELECT run, name, labels FROM runs WHERE run_id = ?

-- name: earlier_of_schedule
-- The ended runs of a schedule before this one, newest first, with what they recorded of health.
SELECT found.run_id, found.status, monitor, subject, r.status FROM (
    SELECT runs.run, run_id, status FROM labels JOIN runs USING (run)
    WHERE key = 'schedule' AND value = :schedule AND runs.run < :run AND status IN ('succeeded', 'failed', 'cancelled')
    ORDER BY runs.run DESC LIMIT :limit
) AS found LEFT JOIN reports AS r USING (run) ORDER BY found.run DESC

-- name: earlier_of_name
-- The same of a notebook's runs that no schedule made.
SELECT found.run_id, found.status, monitor, subject, r.status FROM (
    SELECT run, run_id, status FROM runs INDEXED BY runs_by_name
    WHERE name = :name AND run < :run AND status IN ('succeeded', 'failed', 'cancelled')
      AND NOT EXISTS (SELECT 1 FROM labels WHERE labels.run = runs.run AND key = 'schedule')
    ORDER BY run DESC LIMIT :limit
) AS found LEFT JOIN reports AS r USING (run) ORDER BY found.run DESC
