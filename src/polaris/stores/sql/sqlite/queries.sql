-- The statements of the SQLite store, by name.

-- name: run
SELECT
    uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated
FROM state
WHERE run_id = ?;

-- name: put_run
INSERT INTO run (
    number, run_id, uid, workflow, fingerprint, status, began_at, clean_at, is_open, first_pass, waiting_for, error,
    holder, last_claim, takeovers, created, accepted, queued
)
VALUES ((SELECT 1 + coalesce(max(number), 0) FROM part), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id) DO UPDATE SET
    workflow = excluded.workflow,
    fingerprint = excluded.fingerprint,
    status = excluded.status,
    began_at = excluded.began_at,
    clean_at = excluded.clean_at,
    is_open = excluded.is_open,
    first_pass = excluded.first_pass,
    waiting_for = excluded.waiting_for,
    error = excluded.error,
    holder = excluded.holder,
    last_claim = excluded.last_claim,
    takeovers = excluded.takeovers,
    accepted = accepted + excluded.accepted,
    queued = queued + excluded.queued;

-- name: numbers
SELECT number, accepted FROM run WHERE run_id = ?;

-- name: same
SELECT number FROM state
WHERE
    run_id = ? AND holder = ? AND revision = ? AND last_op IS NOT ? AND takeovers = 0
    AND workflow = ? AND fingerprint = ? AND status = ? AND began_at = ? AND clean_at = ? AND is_open = ?
    AND first_pass = ? AND waiting_for = ? AND error IS ?;

-- name: put_head
INSERT OR REPLACE INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
VALUES (?, 0, 0, '', ?, NULL, ?, ?, NULL, ?, ?);

-- name: put_cell
INSERT OR REPLACE INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
VALUES (?, 1, 0, ?, ?, ?, ?, ?, ?, NULL, NULL);

-- name: put_mark
INSERT OR REPLACE INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
VALUES (?, 2, 0, ?, NULL, NULL, ?, ?, ?, NULL, NULL);

-- name: put_event
INSERT OR REPLACE INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
VALUES (?, 3, ?, ?, ?, ?, ?, NULL, NULL, ?, ?);

-- name: put_delivery
INSERT OR REPLACE INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
VALUES (?, 4, 0, ?, ?, NULL, ?, NULL, NULL, NULL, NULL);

-- name: put_queued
INSERT OR REPLACE INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
VALUES (?, 5, ?, '', ?, NULL, NULL, NULL, NULL, NULL, NULL);

-- name: put_delivered
INSERT OR REPLACE INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
VALUES (?, 6, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, NULL);

-- name: cells
SELECT key, present, value, changed, different, made_by FROM cell WHERE run_id = ? ORDER BY key;

-- name: marks
SELECT builder, ran_at, asked_at, once_done FROM mark WHERE run_id = ? ORDER BY builder;

-- name: events
SELECT kind, round, builder, seconds, content, at FROM event WHERE run_id = ? ORDER BY seq;

-- name: inbox
SELECT seq, delivery_id FROM inbox WHERE run_id = ? ORDER BY seq LIMIT ?;

-- name: delivered
SELECT key, value FROM delivered WHERE run_id = ? AND place >= ? AND place < ? ORDER BY place;

-- name: accepted_by
SELECT claim_id FROM delivery WHERE run_id = ? AND delivery_id = ?;

-- name: uncount_queued
UPDATE run SET queued = queued - 1 WHERE run_id = ?;

-- name: take_delivery
DELETE FROM part WHERE number = (SELECT number FROM run WHERE run_id = ?) AND kind = 5 AND seq = ?;

-- name: drop_delivered
DELETE FROM part WHERE number = (SELECT number FROM run WHERE run_id = ?) AND kind = 6 AND seq >= ? AND seq < ?;

-- name: put_plan
INSERT INTO plan (fingerprint, content) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: plan
SELECT content FROM plan WHERE fingerprint = ?;

-- name: drop_waiting
DELETE FROM waiting WHERE run_id = ?;

-- name: put_waiting
INSERT INTO waiting (run_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: find
SELECT run_id FROM state
WHERE
    run_id >= :from
    AND (:workflows IS NULL OR workflow IN (SELECT value FROM json_each(:workflows)))
    AND (:until IS NULL OR updated <= :until)
ORDER BY run_id
LIMIT :limit;

-- name: find_in_status
SELECT run_id FROM state
WHERE
    status = :status
    AND run_id >= :from
    AND (:workflows IS NULL OR workflow IN (SELECT value FROM json_each(:workflows)))
    AND (:until IS NULL OR updated <= :until)
ORDER BY run_id
LIMIT :limit;

-- name: find_waiting
SELECT run_id FROM waiting CROSS JOIN state USING (run_id)
WHERE
    waiting.key = :waiting_for
    AND waiting.run_id >= :from
    AND (:workflows IS NULL OR workflow IN (SELECT value FROM json_each(:workflows)))
    AND (:status IS NULL OR status = :status)
    AND (:until IS NULL OR updated <= :until)
ORDER BY waiting.run_id
LIMIT :limit;

-- name: abandoned
SELECT run_id FROM state
WHERE
    (is_open OR queued > 0 OR holder IS NOT NULL)
    AND run_id >= :from
    AND status <> 'cancelled'
    AND fingerprint IN (SELECT value FROM json_each(:fingerprints))
    AND (holder = :claim_id OR ((holder IS NULL OR lease_until < :now) AND last_claim IS NOT :claim_id))
ORDER BY run_id
LIMIT :limit;

-- name: over
SELECT run_id FROM state
WHERE
    run_id >= :from
    AND updated <= :until
    AND (:status IS NULL OR status = :status)
    AND (
        status = 'cancelled'
        OR (
            NOT is_open
            AND (holder IS NULL OR lease_until < :now)
            AND queued = 0
        )
    )
ORDER BY run_id
LIMIT :limit;

-- name: drop_run
DELETE FROM run WHERE run_id = ?;
