-- Runs, what is known of their keys and builders, and their inboxes. What belongs to a run is in rows of its own, so
-- that a checkpoint writes only what changed. Values are JSON text and can be queried as such:
--     SELECT run_id, value::json ->> 'dest' FROM cell WHERE key = 'RideRequest'
-- Times are seconds since 1970. Whatever is put in order is in the order of its UTF-8 bytes: COLLATE "C".

CREATE TABLE polaris_schema (version INTEGER NOT NULL);

INSERT INTO polaris_schema VALUES (0);

CREATE TABLE run (
    run_id      TEXT COLLATE "C" PRIMARY KEY,
    uid         TEXT NOT NULL,
    workflow    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      TEXT NOT NULL,
    round       BIGINT NOT NULL,
    began_at    BIGINT NOT NULL,
    clean_at    BIGINT NOT NULL,
    is_open     BOOLEAN NOT NULL,
    first_pass  BIGINT NOT NULL,
    waiting_for TEXT[] NOT NULL,
    error       TEXT,
    revision    BIGINT NOT NULL,
    holder      TEXT,
    lease_until DOUBLE PRECISION NOT NULL,
    last_claim  TEXT,
    last_op     TEXT,
    takeovers   BIGINT NOT NULL,
    accepted    BIGINT NOT NULL,  -- how many deliveries there were
    queued      BIGINT NOT NULL,  -- and how many of them nobody has begun
    created     DOUBLE PRECISION NOT NULL,
    updated     DOUBLE PRECISION NOT NULL
);

-- Few runs are in it at any time: those that somebody works on, or should.
CREATE INDEX busy ON run (run_id) WHERE is_open OR queued > 0 OR holder IS NOT NULL;

CREATE TABLE waiting (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES run ON DELETE CASCADE,
    key    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, key)
);

CREATE INDEX waiting_for_key ON waiting (key, run_id);

CREATE TABLE cell (
    run_id    TEXT COLLATE "C" NOT NULL REFERENCES run ON DELETE CASCADE,
    key       TEXT COLLATE "C" NOT NULL,
    present   BOOLEAN NOT NULL,
    value     TEXT,  -- NULL if the key is absent or transient
    changed   BIGINT NOT NULL,
    different BIGINT NOT NULL,
    made_by   TEXT,  -- NULL if it was delivered
    PRIMARY KEY (run_id, key)
);

CREATE TABLE mark (
    run_id    TEXT COLLATE "C" NOT NULL REFERENCES run ON DELETE CASCADE,
    builder   TEXT COLLATE "C" NOT NULL,
    ran_at    BIGINT NOT NULL,
    asked_at  BIGINT NOT NULL,
    once_done BOOLEAN NOT NULL,
    PRIMARY KEY (run_id, builder)
);

-- A delivery stays known by its id when its values have been taken.
CREATE TABLE delivery (
    run_id      TEXT COLLATE "C" NOT NULL REFERENCES run ON DELETE CASCADE,
    seq         BIGINT NOT NULL,
    delivery_id TEXT COLLATE "C" NOT NULL,
    claim_id    TEXT NOT NULL,  -- the claim it was accepted with; empty for none
    is_queued   BOOLEAN NOT NULL,
    keys        TEXT[] NOT NULL,
    texts       TEXT[] NOT NULL,
    PRIMARY KEY (run_id, seq),
    UNIQUE (run_id, delivery_id)
);

CREATE INDEX inbox ON delivery (run_id, seq) WHERE is_queued;

CREATE TABLE event (
    run_id   TEXT COLLATE "C" NOT NULL REFERENCES run ON DELETE CASCADE,
    position BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    at       DOUBLE PRECISION NOT NULL,
    content  TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
);

CREATE TABLE plan (
    fingerprint TEXT COLLATE "C" PRIMARY KEY,
    content     BYTEA NOT NULL
);

-- A run with all that belongs to it. One SELECT from it sees one revision of each run.
CREATE VIEW stored AS
SELECT
    run.*,
    (
        SELECT json_agg(json_build_array(key, present, value, changed, different, made_by) ORDER BY key)
        FROM cell WHERE cell.run_id = run.run_id
    ) AS cells,
    (
        SELECT json_agg(json_build_array(builder, ran_at, asked_at, once_done) ORDER BY builder)
        FROM mark WHERE mark.run_id = run.run_id
    ) AS marks,
    (
        SELECT json_agg(json_build_array(seq, delivery_id, keys, texts) ORDER BY seq)
        FROM delivery WHERE delivery.run_id = run.run_id AND is_queued
    ) AS inbox
FROM run;
