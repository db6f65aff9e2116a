-- Runs, what is known of their keys and builders, and their inboxes. What belongs to a run is in rows of its own, so
-- that a checkpoint writes only what changed. Values are JSON text and can be queried as such:
--     SELECT run_id, value ->> '$.dest' FROM cell WHERE key = 'RideRequest'
-- Times are seconds since 1970.

CREATE TABLE run (
    run_id      TEXT PRIMARY KEY,
    uid         TEXT NOT NULL,
    workflow    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      TEXT NOT NULL,
    round       INTEGER NOT NULL,
    began_at    INTEGER NOT NULL,
    clean_at    INTEGER NOT NULL,
    is_open     INTEGER NOT NULL,
    first_pass  INTEGER NOT NULL,
    waiting_for TEXT NOT NULL,  -- a JSON array of keys
    error       TEXT,
    revision    INTEGER NOT NULL,
    holder      TEXT,
    lease_until REAL NOT NULL,
    last_claim  TEXT,
    last_op     TEXT,
    takeovers   INTEGER NOT NULL,
    created     REAL NOT NULL,
    updated     REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cell (
    run_id    TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    key       TEXT NOT NULL,
    present   INTEGER NOT NULL,
    value     TEXT,             -- NULL if the key is absent or transient
    changed   INTEGER NOT NULL,
    different INTEGER NOT NULL,
    made_by   TEXT,             -- NULL if it was delivered
    PRIMARY KEY (run_id, key)
) STRICT;

CREATE TABLE mark (
    run_id    TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    builder   TEXT NOT NULL,
    ran_at    INTEGER NOT NULL,
    asked_at  INTEGER NOT NULL,
    once_done INTEGER NOT NULL,
    PRIMARY KEY (run_id, builder)
) STRICT, WITHOUT ROWID;

-- A delivery stays known by its id when its values have been taken.
CREATE TABLE delivery (
    run_id      TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    delivery_id TEXT NOT NULL,
    claim_id    TEXT NOT NULL,  -- the claim it was accepted with; empty for none
    is_queued   INTEGER NOT NULL,
    PRIMARY KEY (run_id, seq),
    UNIQUE (run_id, delivery_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox ON delivery (run_id, seq) WHERE is_queued;

CREATE TABLE delivered (
    run_id   TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (run_id, seq, position),
    FOREIGN KEY (run_id, seq) REFERENCES delivery ON DELETE CASCADE
) STRICT;

CREATE TABLE plan (
    fingerprint TEXT PRIMARY KEY,
    content     BLOB NOT NULL
) STRICT;
