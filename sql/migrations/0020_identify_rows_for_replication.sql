-- Let any table be published and any copy take over: one publication of all tables stopped every apply, and the numbers that a
-- copy gives from then on began again at 1.

-- Empty, but named in UPDATE and DELETE of every apply: whoever publishes a table has to know its rows apart.
-- squawk-ignore constraint-missing-not-valid, adding-serial-primary-key-field
ALTER TABLE registry.resources ADD CONSTRAINT resources_have_an_id PRIMARY KEY (id);

-- The first copy of a table adds its rows to those that are there. Migrating leaves none, so that nothing collides.
DELETE FROM registry.horizon WHERE revision = 0;
COMMENT ON TABLE registry.horizon IS
'How far back is known what was declared: one row, or none as long as no version was removed. Written by api.purge_history '
'alone.';

-- Logical replication copies rows, not the sequences that numbered them.
CREATE FUNCTION registry.number_on() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest bigint;
BEGIN
    EXECUTE format('SELECT max(id) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO newest;
    -- Each number is drawn, and none is set: others may be drawing, too.
    WHILE NEW.id <= newest LOOP
        NEW.id := nextval(pg_get_serial_sequence(format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), 'id'));
    END LOOP;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION registry.number_on IS 'Trigger: goes on behind the numbers that came from another database.';

CREATE TRIGGER hand_changes_number_on BEFORE INSERT ON registry.hand_changes
FOR EACH ROW EXECUTE FUNCTION registry.number_on();
CREATE TRIGGER suspensions_number_on BEFORE INSERT ON registry.suspensions
FOR EACH ROW EXECUTE FUNCTION registry.number_on();
CREATE TRIGGER series_number_on BEFORE INSERT ON runtime.series
FOR EACH ROW EXECUTE FUNCTION registry.number_on();
CREATE TRIGGER tool_status_changes_number_on BEFORE INSERT ON runtime.tool_status_changes
FOR EACH ROW EXECUTE FUNCTION registry.number_on();
CREATE TRIGGER tool_overrides_number_on BEFORE INSERT ON runtime.tool_overrides
FOR EACH ROW EXECUTE FUNCTION registry.number_on();
CREATE TRIGGER maintenance_runs_number_on BEFORE INSERT ON runtime.maintenance_runs
FOR EACH ROW EXECUTE FUNCTION registry.number_on();
