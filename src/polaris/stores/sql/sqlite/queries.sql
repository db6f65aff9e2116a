-- The statements of the SQLite store, by name.

-- name: run
SELECT
    number, accepted, queued, uid, created, at, a, holder, until, last_claim, content, takeovers,
    workflow, fingerprint, status, b, began_at, clean_at, is_open, first_pass, waiting_for, error
FROM run CROSS JOIN part USING (number)
WHERE run_id = ? AND kind = 0 AND seq = 0 AND name = '';

-- name: next_number
SELECT 1 + coalesce(max(number), 0) FROM part;

-- name: put_run
INSERT INTO run (
    holder, last_claim, takeovers, accepted, queued,
    workflow, fingerprint, status, began_at, clean_at, is_open, first_pass, waiting_for, error,
    run_id, number, uid, created
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: change_run
UPDATE run SET
    holder = ?, last_claim = ?, takeovers = ?, accepted = ?, queued = ?,
    workflow = ?, fingerprint = ?, status = ?, began_at = ?, clean_at = ?, is_open = ?, first_pass = ?,
    waiting_for = ?, error = ?
WHERE run_id = ?;

-- name: hold_run
UPDATE run SET holder = ?, last_claim = ?, takeovers = ?, accepted = ?, queued = ? WHERE run_id = ?;

-- name: advance
UPDATE part SET content = ?, a = ?, b = ?, at = ?, until = ?
WHERE number = ? AND kind = 0 AND seq = 0 AND name = '' AND a = ? AND content IS ?;

-- name: holds
SELECT 1 FROM run WHERE run_id = ? AND number = ? AND holder = ?;

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
SELECT name, c, content, a, b, made_by FROM part WHERE number = ? AND kind = 1 AND seq = 0 ORDER BY name;

-- name: marks
SELECT name, a, b, c FROM part WHERE number = ? AND kind = 2 AND seq = 0 ORDER BY name;

-- name: events
SELECT name, a, made_by, until, content, at FROM part WHERE number = ? AND kind = 3 ORDER BY seq;

-- name: inbox
SELECT seq, content FROM part WHERE number = ? AND kind = 5 ORDER BY seq LIMIT ?;

-- name: delivered
SELECT name, content FROM part WHERE number = ? AND kind = 6 AND seq >= ? AND seq < ? ORDER BY seq;

-- name: accepted_by
SELECT content FROM part WHERE number = ? AND kind = 4 AND seq = 0 AND name = ?;

-- name: take_delivery
DELETE FROM part WHERE number = ? AND kind = 5 AND seq = ?;

-- name: drop_delivered
DELETE FROM part WHERE number = ? AND kind = 6 AND seq >= ? AND seq < ?;

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
