-- The statements of the PostgreSQL store, by name.
-- The time is that of the server, read when it is asked for; tests hand over their own as `now`.

-- name: lock_run
-- The outer SELECT reads the clock when the inner one has the lock; without a run, there is still the time.
SELECT
    extract(EPOCH FROM clock_timestamp())::DOUBLE PRECISION,
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated, accepted, queued
FROM (SELECT 1) AS always
LEFT JOIN (SELECT * FROM run WHERE run_id = $1 FOR UPDATE) AS locked ON TRUE;

-- name: lock_abandoned
SELECT
    extract(EPOCH FROM clock_timestamp())::DOUBLE PRECISION,
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated, accepted, queued
FROM (
    SELECT * FROM run
    WHERE
        (is_open OR queued > 0 OR holder IS NOT NULL)
        AND (
            holder = %(claim_id)s
            OR (
                (is_open OR queued > 0)
                AND status <> 'cancelled'
                AND last_claim IS DISTINCT FROM %(claim_id)s
                AND (
                    holder IS NULL
                    OR lease_until < coalesce(%(now)s::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp()))
                )
            )
        )
        AND fingerprint = ANY(%(fingerprints)s::TEXT[])
        AND (%(after)s::TEXT IS NULL OR run_id > %(after)s::TEXT)
    ORDER BY run_id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
) AS locked;

-- name: put_run
UPDATE run SET
    workflow = $2,
    fingerprint = $3,
    status = $4,
    round = $5,
    began_at = $6,
    clean_at = $7,
    is_open = $8,
    first_pass = $9,
    waiting_for = $10,
    error = $11,
    revision = $12,
    holder = $13,
    lease_until = $14,
    last_claim = $15,
    last_op = $16,
    takeovers = $17,
    accepted = $18,
    queued = $19,
    updated = $20
WHERE run_id = $1;

-- name: put_waiting
WITH gone AS (DELETE FROM waiting WHERE run_id = %(run_id)s AND key <> ALL(%(waiting_for)s::TEXT[]))
INSERT INTO waiting (run_id, key)
SELECT %(run_id)s, key FROM unnest(%(waiting_for)s::TEXT[]) AS key
ON CONFLICT DO NOTHING;

-- What a save brings, or a new run begins with, is written in one statement, which is put together of the parts below so
-- that it does only what there is to do. Its first part is `held` or `made`: the line of `held` is the run, if it may be
-- written to, and whatever the others put depends on that line. {new} stands for lines that are to be put. Parameters
-- are numbered, which is cheaper than named: postgres_writes.py says in which order they come.

-- name: held
-- This is `may_write` of the rules. There is no line if the write was done before, if the lease is lost, if it would be
-- released while something is queued, or if the run waits for something else now and $7 does not say that it may: then
-- the rules decide, with the run locked. The outer SELECT reads the clock when the inner one has the lock.
held AS MATERIALIZED (
    SELECT run_id, waiting_for, coalesce($6::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp())) AS now
    FROM (SELECT * FROM run WHERE run_id = $1 FOR UPDATE) AS run
    WHERE
        holder = $2
        AND revision = $3::BIGINT
        AND last_op IS DISTINCT FROM $4
        AND NOT ($5::BOOLEAN AND queued > 0)
        AND ($7::BOOLEAN OR waiting_for = $17::TEXT[])
)

-- name: made
-- Nobody else can hold what is made here, so the clock may be read before.
held AS (
    INSERT INTO run (
        run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
        revision, holder, lease_until, last_claim, takeovers, accepted, queued, created, updated
    )
    SELECT
        $1, $2, $3, $4, $5, $6::BIGINT, $7::BIGINT, $8::BIGINT, $9::BOOLEAN, $10::BIGINT, $11::TEXT[], $12,
        $13::BIGINT, $14::TEXT, CASE WHEN $14 IS NULL THEN 0 ELSE now + $15::DOUBLE PRECISION END, $14, 0,
        $16::BIGINT, $17::BIGINT, now, now
    FROM (
        SELECT coalesce($18::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp())::DOUBLE PRECISION) AS now
    ) AS clock
    ON CONFLICT DO NOTHING
    RETURNING run_id, waiting_for, created AS now
)

-- name: put_cells
put_cells AS (
    INSERT INTO cell (run_id, key, present, value, changed, different, made_by)
    SELECT run_id, new.* FROM held, {new}
    ON CONFLICT (run_id, key) DO UPDATE SET
        present = excluded.present,
        value = excluded.value,
        changed = excluded.changed,
        different = excluded.different,
        made_by = excluded.made_by
)

-- name: put_marks
put_marks AS (
    INSERT INTO mark (run_id, builder, ran_at, asked_at, once_done)
    SELECT run_id, new.* FROM held, {new}
    ON CONFLICT (run_id, builder) DO UPDATE SET
        ran_at = excluded.ran_at,
        asked_at = excluded.asked_at,
        once_done = excluded.once_done
)

-- name: put_events
put_events AS (
    INSERT INTO event (run_id, at, content) SELECT run_id, now, content FROM held, {new} ORDER BY place
)

-- name: change_waiting
no_longer AS (
    DELETE FROM waiting USING held
    WHERE
        waiting.run_id = held.run_id
        AND held.waiting_for <> $17::TEXT[]
        AND key <> ALL($17::TEXT[])
),
put_waiting AS (
    INSERT INTO waiting (run_id, key)
    SELECT run_id, key FROM held, unnest($17::TEXT[]) AS key
    WHERE waiting_for <> $17::TEXT[]
    ON CONFLICT DO NOTHING
)

-- name: first_waiting
put_waiting AS (
    INSERT INTO waiting (run_id, key) SELECT DISTINCT run_id, key FROM held, unnest(waiting_for) AS key
)

-- name: first_delivery
put_delivery AS (
    INSERT INTO delivery (run_id, seq, delivery_id, claim_id, is_queued, keys, texts)
    SELECT run_id, 1, new.* FROM held, {new}
)

-- name: taken
taken AS (
    UPDATE delivery SET is_queued = FALSE, keys = '{}', texts = '{}'
    FROM held, {new}
    WHERE delivery.run_id = held.run_id AND delivery.seq = new.seq AND is_queued
    RETURNING delivery.seq
)

-- name: put_held
UPDATE run SET
    workflow = $9,
    fingerprint = $10,
    status = $11,
    round = $12::BIGINT,
    began_at = $13::BIGINT,
    clean_at = $14::BIGINT,
    is_open = $15::BOOLEAN,
    first_pass = $16::BIGINT,
    waiting_for = $17::TEXT[],
    error = $18,
    revision = run.revision + 1,
    holder = CASE WHEN NOT $5::BOOLEAN THEN run.holder END,
    lease_until = now + $8::DOUBLE PRECISION,
    last_op = $4,
    takeovers = 0,
    queued = run.queued - {taken},
    updated = now
FROM held
WHERE run.run_id = held.run_id
RETURNING run.revision

-- name: when_made
SELECT now FROM held

-- name: put_delivery
INSERT INTO delivery (run_id, seq, delivery_id, claim_id, is_queued, keys, texts)
VALUES ($1, $2, $3, $4, TRUE, $5, $6);

-- name: accepted_by
SELECT claim_id FROM delivery WHERE run_id = $1 AND delivery_id = $2;

-- name: oldest
SELECT seq, delivery_id, keys, texts FROM delivery WHERE run_id = %(run_id)s AND is_queued ORDER BY seq LIMIT 1;

-- name: stored
SELECT
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated, cells, marks, inbox
FROM stored
WHERE run_id = $1;

-- name: find
SELECT
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated, cells, marks, inbox
FROM stored
WHERE
    (%(workflows)s::TEXT[] IS NULL OR workflow = ANY(%(workflows)s::TEXT[]))
    AND (%(status)s::TEXT IS NULL OR status = %(status)s::TEXT)
    AND (
        %(older_than)s::DOUBLE PRECISION IS NULL
        OR updated <= coalesce(%(now)s::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp())) - %(older_than)s
    )
    AND (%(after)s::TEXT IS NULL OR run_id > %(after)s::TEXT)
ORDER BY run_id
LIMIT %(limit)s;

-- name: find_waiting
SELECT
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated, cells, marks, inbox
FROM waiting JOIN stored USING (run_id)
WHERE
    key = %(waiting_for)s
    AND (%(workflows)s::TEXT[] IS NULL OR workflow = ANY(%(workflows)s::TEXT[]))
    AND (%(status)s::TEXT IS NULL OR status = %(status)s::TEXT)
    AND (
        %(older_than)s::DOUBLE PRECISION IS NULL
        OR updated <= coalesce(%(now)s::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp())) - %(older_than)s
    )
    AND (%(after)s::TEXT IS NULL OR waiting.run_id > %(after)s::TEXT)
ORDER BY waiting.run_id
LIMIT %(limit)s;

-- name: history
SELECT workflow, at, content FROM run LEFT JOIN event USING (run_id) WHERE run_id = %(run_id)s ORDER BY position;

-- name: purge
WITH over AS (
    SELECT run_id FROM run
    WHERE
        updated <= coalesce(%(now)s::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp())) - %(older_than)s
        AND (%(status)s::TEXT IS NULL OR status = %(status)s::TEXT)
        AND (
            status = 'cancelled'
            OR (
                NOT is_open
                AND queued = 0
                AND (
                    holder IS NULL
                    OR lease_until < coalesce(%(now)s::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp()))
                )
            )
        )
    ORDER BY run_id
    LIMIT %(limit)s
    FOR UPDATE
)
DELETE FROM run USING over WHERE run.run_id = over.run_id;

-- name: put_plan
INSERT INTO plan (fingerprint, content) VALUES (%(fingerprint)s, %(content)s) ON CONFLICT DO NOTHING;

-- name: plan
SELECT content FROM plan WHERE fingerprint = %(fingerprint)s;

-- name: line_up
-- Whoever makes or changes a schema waits here until nobody else does.
SELECT pg_advisory_xact_lock(8029476329);

-- name: encoding
SELECT current_setting('server_encoding');

-- name: tables
SELECT relname FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid WHERE nspname = %(schema)s;

-- name: has_schema
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %(schema)s);

-- name: version
SELECT version FROM polaris_schema;

-- name: put_version
UPDATE polaris_schema SET version = %(version)s;
