-- What a checkpoint writes of a run stands side by side, because each page that is touched is written whole: what every
-- save changes of the run itself, its cells, its marks, what happened in it, and its inbox. A run has a number for it,
-- which is shorter than its id. What the columns of a part mean, the views below tell.

CREATE TABLE new_run (
    run_id      TEXT PRIMARY KEY,
    number      INTEGER NOT NULL,
    uid         TEXT NOT NULL,
    workflow    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      TEXT NOT NULL,
    began_at    INTEGER NOT NULL,
    clean_at    INTEGER NOT NULL,
    is_open     INTEGER NOT NULL,
    first_pass  INTEGER NOT NULL,
    waiting_for TEXT NOT NULL,  -- a JSON array of keys
    error       TEXT,
    holder      TEXT,
    last_claim  TEXT,
    takeovers   INTEGER NOT NULL,
    accepted    INTEGER NOT NULL DEFAULT 0,  -- how many deliveries there were, and how many of them are in the inbox
    queued      INTEGER NOT NULL DEFAULT 0,
    created     REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE part (
    number  INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    name    TEXT NOT NULL,
    content TEXT,
    made_by TEXT,
    a       INTEGER,
    b       INTEGER,
    c       INTEGER,
    at      REAL,
    until   REAL,
    PRIMARY KEY (number, kind, seq, name)
) STRICT, WITHOUT ROWID;

INSERT INTO new_run (
    run_id, number, uid, workflow, fingerprint, status, began_at, clean_at, is_open, first_pass, waiting_for, error,
    holder, last_claim, takeovers, accepted, queued, created
)
SELECT
    run_id, row_number() OVER (ORDER BY created, run_id), uid, workflow, fingerprint, status, began_at, clean_at,
    is_open, first_pass, waiting_for, error, holder, last_claim, takeovers,
    (SELECT coalesce(max(seq), 0) FROM delivery WHERE delivery.run_id = run.run_id),
    (SELECT count(*) FROM delivery WHERE delivery.run_id = run.run_id AND is_queued),
    created
FROM run;

INSERT INTO part (number, kind, seq, name, content, made_by, a, b, c, at, until)
SELECT number, 0, 0, '', last_op, NULL, revision, round, NULL, updated, lease_until
FROM run JOIN new_run USING (run_id)
UNION ALL
SELECT number, 1, 0, key, value, made_by, changed, different, present, NULL, NULL
FROM cell JOIN new_run USING (run_id)
UNION ALL
SELECT number, 2, 0, builder, NULL, NULL, ran_at, asked_at, once_done, NULL, NULL
FROM mark JOIN new_run USING (run_id)
UNION ALL
SELECT
    number, 3, seq, json_extract(content, '$.kind'),
    nullif(json_remove(content, '$.kind', '$.round', '$.builder', '$.seconds'), '{}'),
    json_extract(content, '$.builder'), json_extract(content, '$.round'), NULL, NULL, at,
    json_extract(content, '$.seconds')
FROM event JOIN new_run USING (run_id)
UNION ALL
SELECT number, 4, 0, delivery_id, claim_id, NULL, seq, NULL, NULL, NULL, NULL
FROM delivery JOIN new_run USING (run_id)
UNION ALL
SELECT number, 5, seq, '', delivery_id, NULL, NULL, NULL, NULL, NULL, NULL
FROM delivery JOIN new_run USING (run_id)
WHERE is_queued
UNION ALL
SELECT number, 6, (seq << 20) + position, key, value, NULL, NULL, NULL, NULL, NULL, NULL
FROM delivered JOIN new_run USING (run_id);

DROP TABLE cell;

DROP TABLE mark;

DROP TABLE event;

DROP TABLE delivered;

DROP TABLE delivery;

DROP TABLE run;

ALTER TABLE new_run RENAME TO run;

-- Runs in which something may be left to do.
CREATE INDEX busy ON run (run_id) WHERE is_open OR queued > 0 OR holder IS NOT NULL;

CREATE INDEX in_status ON run (status, run_id);

CREATE TRIGGER parts_go_with_their_run AFTER DELETE ON run BEGIN DELETE FROM part WHERE number = old.number; END;

-- A run with what every save changes of it.
CREATE VIEW state AS
SELECT
    run_id, number, uid, workflow, fingerprint, status, b AS round, began_at, clean_at, is_open, first_pass,
    waiting_for, error, a AS revision, holder, until AS lease_until, last_claim, content AS last_op, takeovers, queued,
    created, at AS updated
FROM run CROSS JOIN part USING (number)
WHERE kind = 0 AND seq = 0 AND name = '';

-- A value is NULL if the key is absent or transient, `made_by` if it was delivered.
CREATE VIEW cell AS
SELECT run_id, name AS key, c AS present, content AS value, a AS changed, b AS different, made_by
FROM run CROSS JOIN part USING (number)
WHERE kind = 1 AND seq = 0;

CREATE VIEW mark AS
SELECT run_id, name AS builder, a AS ran_at, b AS asked_at, c AS once_done
FROM run CROSS JOIN part USING (number)
WHERE kind = 2 AND seq = 0;

-- Names of builders and keys, never values; `content` has the keys, and how a call ended:
--     SELECT at, kind, builder FROM event WHERE run_id = 'ride-42' ORDER BY seq
CREATE VIEW event AS
SELECT run_id, seq, at, name AS kind, a AS round, made_by AS builder, until AS seconds, content
FROM run CROSS JOIN part USING (number)
WHERE kind = 3;

-- A delivery stays known by its id when its values have been taken, and by the claim it was accepted with, if any.
CREATE VIEW delivery AS
SELECT run_id, a AS seq, name AS delivery_id, content AS claim_id
FROM run CROSS JOIN part USING (number)
WHERE kind = 4 AND seq = 0;

CREATE VIEW inbox AS
SELECT run_id, seq, content AS delivery_id
FROM run CROSS JOIN part USING (number)
WHERE kind = 5 AND name = '';

CREATE VIEW delivered AS
SELECT run_id, seq >> 20 AS seq, seq AS place, name AS key, content AS value
FROM run CROSS JOIN part USING (number)
WHERE kind = 6;
