-- A cast refuses what is too small or too large for it; here that is 0 or nothing.
CREATE FUNCTION as_real(value double precision) RETURNS real LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN abs(value) < 1.2e-38 THEN 0::real WHEN abs(value) <= 3.4e38 THEN value::real END
$$;

-- Volatilities and greeks need no 16 digits: a third less disk for the widest table.
ALTER TABLE option_quote
    ALTER bid_iv TYPE real USING as_real(bid_iv),
    ALTER ask_iv TYPE real USING as_real(ask_iv),
    ALTER mid_iv TYPE real USING as_real(mid_iv),
    ALTER mark_iv TYPE real USING as_real(mark_iv),
    ALTER delta TYPE real USING as_real(delta),
    ALTER gamma TYPE real USING as_real(gamma),
    ALTER vega TYPE real USING as_real(vega),
    ALTER theta TYPE real USING as_real(theta);

-- Log-moneynesses a surface is given at; they repeat every minute.
CREATE TABLE axis (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    k  double precision[] NOT NULL UNIQUE
);

-- One row per constant maturity of a grid: its cells as an array along the axis, NULL where a cell
-- is empty. A row per cell takes 15 times the disk. The view `surface` has a row per cell.
CREATE TABLE surface_tenor (
    minute       timestamptz NOT NULL,
    tenor_days   double precision NOT NULL,
    forward      double precision,
    axis         integer NOT NULL,      -- no foreign key: rows come through a join with it
    quotes       integer,               -- quotes used in the expiries the row was drawn from
    chain        text NOT NULL,
    grid         text NOT NULL,         -- classic or wide
    iv           real[] NOT NULL,       -- decimals
    extrapolated bytea,                 -- bit i: cell i is outside the quotes; NULL: none is
    PRIMARY KEY (minute, chain, grid, tenor_days)
) PARTITION BY RANGE (minute);

-- Takes surfaces from a table of one row per cell, as they were kept before and may still lie in a
-- spool.
CREATE FUNCTION take_cells(cells regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($f$
        SELECT ensure_day('surface_tenor', day)
        FROM (SELECT DISTINCT (minute AT TIME ZONE 'UTC')::date AS day FROM %s) days $f$, cells);
    EXECUTE format($f$
        CREATE TEMP TABLE taken_tenor ON COMMIT DROP AS
        SELECT minute, chain, tenor_days, max(forward) AS forward, max(quotes) AS quotes,
               array_agg(k ORDER BY k) AS k, array_agg(as_real(iv) ORDER BY k) AS iv
        FROM %s GROUP BY minute, chain, tenor_days $f$, cells);
    INSERT INTO axis (k) SELECT DISTINCT k FROM taken_tenor ON CONFLICT DO NOTHING;
    INSERT INTO surface_tenor (minute, tenor_days, forward, axis, quotes, chain, grid, iv)
        SELECT t.minute, t.tenor_days, t.forward, a.id, t.quotes, t.chain, 'classic', t.iv
        FROM taken_tenor t JOIN axis a ON a.k = t.k
        ON CONFLICT DO NOTHING;
    DROP TABLE taken_tenor;
END $$;

-- What is kept already, a day at a time.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'surface'::regclass
    LOOP
        PERFORM take_cells(part);
    END LOOP;
END $$;

DROP TABLE surface;

-- The cells one per row, for people who ask by hand.
CREATE VIEW surface AS
    SELECT s.minute, s.chain, s.grid, s.tenor_days, a.k[cell] AS k, s.iv[cell] AS iv,
           coalesce(get_bit(s.extrapolated, cell - 1) = 1, false) AS is_extrapolated,
           s.forward, s.quotes
    FROM surface_tenor s
    JOIN axis a ON a.id = s.axis
    CROSS JOIN LATERAL generate_subscripts(s.iv, 1) AS cell
    WHERE s.iv[cell] IS NOT NULL;

ALTER TABLE smile ADD rr10 double precision, ADD bf10 double precision;

-- The curve of each expiry: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + s^2)), w = iv^2 tau.
CREATE TABLE fit (
    minute         timestamptz NOT NULL,
    expiry         timestamptz NOT NULL,
    tau_years      double precision NOT NULL,
    a              double precision NOT NULL,
    b              double precision NOT NULL,
    rho            double precision NOT NULL,
    m              double precision NOT NULL,
    s              double precision NOT NULL,
    rmse           real,                -- volatility points, as max_error
    max_error      real,
    inside         real,                -- share of the quotes whose bid and ask hold the curve
    least_g        real,                -- negative: butterfly arbitrage
    calendar_gap   real,                -- furthest the expiry before lies above; 0: nowhere
    confidence     real,                -- 0 to 1
    is_constrained boolean NOT NULL,    -- the best curve without arbitrage, not the best of all
    model          text NOT NULL,       -- svi or ssvi
    chain          text NOT NULL,
    PRIMARY KEY (minute, chain, expiry)
) PARTITION BY RANGE (minute);

-- The 30-day volatility of each chain, decimals.
CREATE TABLE vol_index (
    minute          timestamptz NOT NULL,
    near            timestamptz,        -- the expiries it was made from
    next            timestamptz,
    value           double precision,   -- by the rule that reproduces the venue's own index
    variance_swap   double precision,   -- from the whole fitted smile
    venue           double precision,   -- the venue's own
    is_extrapolated boolean NOT NULL,
    chain           text NOT NULL,
    PRIMARY KEY (chain, minute)
);

-- How much the index moved over some days, annualised decimals.
CREATE TABLE realised_vol (
    minute         timestamptz NOT NULL,
    days           real NOT NULL,
    bars           integer NOT NULL,
    close_close    real,
    parkinson      real,
    garman_klass   real,
    rogers_satchell real,
    yang_zhang     real,
    chain          text NOT NULL,
    PRIMARY KEY (chain, days, minute)
);
