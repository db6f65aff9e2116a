-- The statements of the SQLite store, by name.

-- name: run
SELECT
    uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated
FROM run
WHERE run_id = ?;

-- name: put_run
INSERT INTO run (
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id) DO UPDATE SET
    workflow = excluded.workflow,
    fingerprint = excluded.fingerprint,
    status = excluded.status,
    round = excluded.round,
    began_at = excluded.began_at,
    clean_at = excluded.clean_at,
    is_open = excluded.is_open,
    first_pass = excluded.first_pass,
    waiting_for = excluded.waiting_for,
    error = excluded.error,
    revision = excluded.revision,
    holder = excluded.holder,
    lease_until = excluded.lease_until,
    last_claim = excluded.last_claim,
    last_op = excluded.last_op,
    takeovers = excluded.takeovers,
    updated = excluded.updated;

-- name: advance
UPDATE run SET
    round = ?, began_at = ?, clean_at = ?, first_pass = ?,
    revision = revision + 1, lease_until = ?, last_op = ?, takeovers = 0, updated = ?
WHERE
    run_id = ? AND holder = ? AND revision = ? AND last_op IS NOT ?
    AND workflow = ? AND fingerprint = ? AND status = ? AND is_open = ? AND waiting_for = ? AND error IS ?;

-- name: cells
SELECT key, present, value, changed, different, made_by FROM cell WHERE run_id = ? ORDER BY key;

-- name: put_cell
INSERT INTO cell (run_id, key, present, value, changed, different, made_by) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id, key) DO UPDATE SET
    present = excluded.present,
    value = excluded.value,
    changed = excluded.changed,
    different = excluded.different,
    made_by = excluded.made_by;

-- name: marks
SELECT builder, ran_at, asked_at, once_done FROM mark WHERE run_id = ? ORDER BY builder;

-- name: put_mark
INSERT INTO mark (run_id, builder, ran_at, asked_at, once_done) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (run_id, builder) DO UPDATE SET
    ran_at = excluded.ran_at,
    asked_at = excluded.asked_at,
    once_done = excluded.once_done;

-- name: inbox
SELECT seq, delivery_id FROM delivery WHERE run_id = ? AND is_queued ORDER BY seq LIMIT ?;

-- name: delivered
SELECT key, value FROM delivered WHERE run_id = ? AND seq = ? ORDER BY position;

-- name: accepted_by
SELECT claim_id FROM delivery WHERE run_id = ? AND delivery_id = ?;

-- name: next_seq
SELECT 1 + coalesce(max(seq), 0) FROM delivery WHERE run_id = ?;

-- name: put_delivery
INSERT INTO delivery (run_id, seq, delivery_id, claim_id, is_queued) VALUES (?, ?, ?, ?, TRUE);

-- name: put_delivered
INSERT INTO delivered (run_id, seq, position, key, value) VALUES (?, ?, ?, ?, ?);

-- name: take_delivery
UPDATE delivery SET is_queued = FALSE WHERE run_id = ? AND seq = ?;

-- name: drop_delivered
DELETE FROM delivered WHERE run_id = ? AND seq = ?;

-- name: put_plan
INSERT INTO plan (fingerprint, content) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: plan
SELECT content FROM plan WHERE fingerprint = ?;

-- name: drop_waiting
DELETE FROM waiting WHERE run_id = ?;

-- name: put_waiting
INSERT INTO waiting (run_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: put_event
INSERT INTO event (run_id, seq, at, content) VALUES (?, ?, ?, ?);

-- name: events
SELECT content, at FROM event WHERE run_id = ? ORDER BY seq;

-- name: find
SELECT run_id FROM run
WHERE
    run_id >= :from
    AND (:workflows IS NULL OR workflow IN (SELECT value FROM json_each(:workflows)))
    AND (:status IS NULL OR status = :status)
    AND (:until IS NULL OR updated <= :until)
ORDER BY run_id
LIMIT :limit;

-- name: find_waiting
SELECT run_id FROM waiting CROSS JOIN run USING (run_id)
WHERE
    waiting.key = :waiting_for
    AND waiting.run_id >= :from
    AND (:workflows IS NULL OR workflow IN (SELECT value FROM json_each(:workflows)))
    AND (:status IS NULL OR status = :status)
    AND (:until IS NULL OR updated <= :until)
ORDER BY waiting.run_id
LIMIT :limit;

-- name: abandoned
SELECT run_id FROM run
WHERE
    run_id IN (
        SELECT run_id FROM run WHERE is_open AND run_id >= :from
        UNION
        SELECT run_id FROM delivery WHERE is_queued AND run_id >= :from
        UNION
        SELECT run_id FROM run WHERE holder = :claim_id
    )
    AND run_id >= :from
    AND status <> 'cancelled'
    AND fingerprint IN (SELECT value FROM json_each(:fingerprints))
    AND (holder = :claim_id OR ((holder IS NULL OR lease_until < :now) AND last_claim IS NOT :claim_id))
ORDER BY run_id
LIMIT :limit;

-- name: over
SELECT run_id FROM run
WHERE
    run_id >= :from
    AND updated <= :until
    AND (:status IS NULL OR status = :status)
    AND (
        status = 'cancelled'
        OR (
            NOT is_open
            AND (holder IS NULL OR lease_until < :now)
            AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.run_id = run.run_id AND is_queued)
        )
    )
ORDER BY run_id
LIMIT :limit;

-- name: drop_run
DELETE FROM run WHERE run_id = ?;
