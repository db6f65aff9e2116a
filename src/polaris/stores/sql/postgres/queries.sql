-- The statements of the PostgreSQL store, by name.
-- The time is that of the server, read when it is asked for; tests hand over their own as `now`.

-- name: make_run
INSERT INTO run (
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, accepted, queued, created, updated
)
VALUES (
    %(run_id)s, %(uid)s, %(workflow)s, %(fingerprint)s, %(status)s, %(round)s, %(began_at)s, %(clean_at)s,
    %(is_open)s, %(first_pass)s, %(waiting_for)s, %(error)s, %(revision)s, %(holder)s, %(lease_until)s,
    %(last_claim)s, %(last_op)s, %(takeovers)s, %(accepted)s, %(queued)s, %(created)s, %(updated)s
)
ON CONFLICT DO NOTHING;

-- name: lock_run
-- The outer SELECT reads the clock when the inner one has the lock; without a run, there is still the time.
SELECT
    extract(EPOCH FROM clock_timestamp())::DOUBLE PRECISION,
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated, accepted, queued
FROM (SELECT 1) AS always
LEFT JOIN (SELECT * FROM run WHERE run_id = %(run_id)s FOR UPDATE) AS locked ON TRUE;

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
    workflow = %(workflow)s,
    fingerprint = %(fingerprint)s,
    status = %(status)s,
    round = %(round)s,
    began_at = %(began_at)s,
    clean_at = %(clean_at)s,
    is_open = %(is_open)s,
    first_pass = %(first_pass)s,
    waiting_for = %(waiting_for)s,
    error = %(error)s,
    revision = %(revision)s,
    holder = %(holder)s,
    lease_until = %(lease_until)s,
    last_claim = %(last_claim)s,
    last_op = %(last_op)s,
    takeovers = %(takeovers)s,
    accepted = %(accepted)s,
    queued = %(queued)s,
    updated = %(updated)s
WHERE run_id = %(run_id)s;

-- name: put_waiting
WITH gone AS (DELETE FROM waiting WHERE run_id = %(run_id)s AND key <> ALL(%(waiting_for)s::TEXT[]))
INSERT INTO waiting (run_id, key)
SELECT %(run_id)s, key FROM unnest(%(waiting_for)s::TEXT[]) AS key
ON CONFLICT DO NOTHING;

-- name: write
-- A write by who holds the run, at the revision they have seen: this is `may_write` and `written` of the rules in one
-- statement, hence in one round trip. It changes no row if it was done before, if the lease is lost, or if it would
-- release the lease while something is queued: then the rules decide, with the run locked.
WITH locked AS MATERIALIZED (
    SELECT *, coalesce(%(now)s::DOUBLE PRECISION, extract(EPOCH FROM clock_timestamp())) AS now
    FROM (SELECT * FROM run WHERE run_id = %(run_id)s FOR UPDATE) AS run
    WHERE
        holder = %(claim_id)s
        AND revision = %(revision)s
        AND (%(op)s::TEXT IS NULL OR last_op IS DISTINCT FROM %(op)s)
        AND NOT (%(releases)s AND queued > 0)
),
put_cells AS (
    INSERT INTO cell (run_id, key, present, value, changed, different, made_by)
    SELECT run_id, new.*
    FROM locked, json_to_recordset(%(cells)s) AS new (
        key TEXT, present BOOLEAN, value TEXT, changed BIGINT, different BIGINT, made_by TEXT
    )
    ON CONFLICT (run_id, key) DO UPDATE SET
        present = excluded.present,
        value = excluded.value,
        changed = excluded.changed,
        different = excluded.different,
        made_by = excluded.made_by
),
put_marks AS (
    INSERT INTO mark (run_id, builder, ran_at, asked_at, once_done)
    SELECT run_id, new.*
    FROM locked, json_to_recordset(%(marks)s) AS new (
        builder TEXT, ran_at BIGINT, asked_at BIGINT, once_done BOOLEAN
    )
    ON CONFLICT (run_id, builder) DO UPDATE SET
        ran_at = excluded.ran_at,
        asked_at = excluded.asked_at,
        once_done = excluded.once_done
),
put_events AS (
    INSERT INTO event (run_id, at, content)
    SELECT run_id, now, content
    FROM locked, json_array_elements_text(%(events)s) WITH ORDINALITY AS new (content, place)
    ORDER BY place
),
no_longer AS (
    DELETE FROM waiting USING locked
    WHERE
        waiting.run_id = locked.run_id
        AND locked.waiting_for <> %(waiting_for)s::TEXT[]
        AND key <> ALL(%(waiting_for)s::TEXT[])
),
put_waiting AS (
    INSERT INTO waiting (run_id, key)
    SELECT run_id, key
    FROM locked, unnest(%(waiting_for)s::TEXT[]) AS key
    WHERE waiting_for <> %(waiting_for)s::TEXT[]
    ON CONFLICT DO NOTHING
),
taken AS (
    UPDATE delivery SET is_queued = FALSE, keys = '{}', texts = '{}'
    FROM locked
    WHERE delivery.run_id = locked.run_id AND seq = %(takes)s AND is_queued
    RETURNING seq
)
UPDATE run SET
    workflow = %(workflow)s,
    fingerprint = %(fingerprint)s,
    status = %(status)s,
    round = %(round)s,
    began_at = %(began_at)s,
    clean_at = %(clean_at)s,
    is_open = %(is_open)s,
    first_pass = %(first_pass)s,
    waiting_for = %(waiting_for)s,
    error = %(error)s,
    revision = run.revision + 1,
    holder = CASE WHEN NOT %(releases)s THEN run.holder END,
    lease_until = now + %(lease)s,
    last_op = %(op)s,
    takeovers = 0,
    queued = run.queued - (SELECT count(*) FROM taken),
    updated = now
FROM locked
WHERE run.run_id = locked.run_id
RETURNING run.revision;

-- name: put_delivery
INSERT INTO delivery (run_id, seq, delivery_id, claim_id, is_queued, keys, texts)
VALUES (%(run_id)s, %(seq)s, %(delivery_id)s, %(claim_id)s, TRUE, %(keys)s, %(texts)s);

-- name: accepted_by
SELECT claim_id FROM delivery WHERE run_id = %(run_id)s AND delivery_id = %(delivery_id)s;

-- name: oldest
SELECT seq, delivery_id, keys, texts FROM delivery WHERE run_id = %(run_id)s AND is_queued ORDER BY seq LIMIT 1;

-- name: stored
SELECT
    run_id, uid, workflow, fingerprint, status, round, began_at, clean_at, is_open, first_pass, waiting_for, error,
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated, cells, marks, inbox
FROM stored
WHERE run_id = %(run_id)s;

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
