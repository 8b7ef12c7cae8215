-- A history reads one row of every minute: with its figures in the index it need not visit the table.
DROP INDEX IF EXISTS option_quote_of_instrument;
CREATE INDEX option_quote_of_instrument ON option_quote (instrument, minute)
    INCLUDE (bid_iv, ask_iv);

DROP INDEX IF EXISTS smile_of_expiry;
CREATE INDEX smile_of_expiry ON smile (chain, expiry, minute)
    INCLUDE (atm, rr25, bf25, rr10, bf10);

CREATE INDEX account_minute_of_currency ON account_minute (currency, minute) INCLUDE (equity);

CREATE INDEX fill_by_sleeve ON fill (sleeve, at);

-- Days are made where a table is cut into partitions of ours; with a default partition that somebody
-- added, rows of a day it holds already go there.
CREATE OR REPLACE FUNCTION ensure_day(parent text, day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
BEGIN
    IF to_regclass(part) IS NULL
        AND EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = to_regclass(parent)) THEN
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            part, parent, day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
    END IF;
EXCEPTION WHEN check_violation THEN
    RAISE NOTICE 'rows of % go to the default partition of %', day, parent;
END $$;

-- The partitions of ours: a day of one table each.
CREATE VIEW day_partition AS
    SELECT c.oid AS part, p.relname::text AS parent, to_date(right(c.relname, 8), 'YYYYMMDD') AS day
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    JOIN pg_class p ON p.oid = i.inhparent
    WHERE p.relkind = 'p' AND c.relname ~ ('^' || p.relname || '_\d{8}$')
        AND p.relnamespace = current_schema()::regnamespace;

DROP FUNCTION drop_days_before(date);
