-- What runs wait for, so that they can be found by it; which of them are open, so that they can be taken over; and what
-- happened in them.

CREATE TABLE waiting (
    run_id TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    key    TEXT NOT NULL,
    PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_for ON waiting (key, run_id);

INSERT INTO waiting (run_id, key) SELECT DISTINCT run.run_id, each.value FROM run, json_each(run.waiting_for) AS each;

CREATE INDEX open ON run (run_id) WHERE is_open;

CREATE INDEX held ON run (holder) WHERE holder IS NOT NULL;

-- Names of builders and keys, never values:
--     SELECT at, content ->> '$.builder' FROM event WHERE run_id = 'ride-42' ORDER BY seq
CREATE TABLE event (
    run_id  TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    at      REAL NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;
