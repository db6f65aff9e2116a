-- Whatever belongs to a run is written while its row is locked: so nothing can belong to a run that is not there, and what
-- belongs to one that is deleted goes with it in one step. Foreign keys looked for the run once more with each row.

LOCK TABLE run, waiting, cell, mark, delivery, event;

ALTER TABLE waiting DROP CONSTRAINT waiting_run_id_fkey;

ALTER TABLE cell DROP CONSTRAINT cell_run_id_fkey;

ALTER TABLE mark DROP CONSTRAINT mark_run_id_fkey;

ALTER TABLE delivery DROP CONSTRAINT delivery_run_id_fkey;

ALTER TABLE event DROP CONSTRAINT event_run_id_fkey;

CREATE FUNCTION forget_runs() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
    WITH
    no_waiting AS (DELETE FROM waiting USING gone WHERE waiting.run_id = gone.run_id),
    no_cells AS (DELETE FROM cell USING gone WHERE cell.run_id = gone.run_id),
    no_marks AS (DELETE FROM mark USING gone WHERE mark.run_id = gone.run_id),
    no_inbox AS (DELETE FROM delivery USING gone WHERE delivery.run_id = gone.run_id)
    DELETE FROM event USING gone WHERE event.run_id = gone.run_id; RETURN NULL; END $$;

CREATE TRIGGER what_belongs_to_a_run_goes_with_it AFTER DELETE ON run REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION forget_runs();

CREATE INDEX in_status ON run (status, run_id);
