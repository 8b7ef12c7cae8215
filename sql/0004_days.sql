-- The wide tables are cut into days (UTC), so that old ones go without a long delete.
CREATE FUNCTION ensure_day(parent text, day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
BEGIN
    IF to_regclass(part) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            part, parent, day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
    END IF;
END $$;

-- Drops every whole day before `first_kept`; answers with how many tables went.
CREATE FUNCTION drop_days_before(first_kept date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part regclass;
    dropped integer := 0;
BEGIN
    FOR part IN
        SELECT i.inhrelid::regclass
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN
                ('option_quote'::regclass, 'future_top'::regclass, 'surface'::regclass)
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < first_kept
    LOOP
        EXECUTE format('DROP TABLE %s', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
