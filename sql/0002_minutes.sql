-- One row per live option per minute. A stale or missing quote is NULL, never 0 or NaN.
-- Volatilities are decimals, prices in the quote currency, amounts in the venue's unit.
-- No foreign key to instrument: rows come through a join with it, and the check costs a third
-- of the write.
CREATE TABLE option_quote (
    minute        timestamptz NOT NULL,
    instrument    integer NOT NULL,
    bid           double precision,
    ask           double precision,
    bid_size      double precision,
    ask_size      double precision,
    bid_iv        double precision,
    ask_iv        double precision,
    mid_iv        double precision,
    mark_iv       double precision,
    delta         double precision,
    gamma         double precision,
    vega          double precision,
    theta         double precision,
    open_interest double precision,
    underlying    double precision,
    index_price   double precision,
    PRIMARY KEY (minute, instrument)
) PARTITION BY RANGE (minute);

-- The history of one instrument; the primary key serves "everything at a minute".
CREATE INDEX option_quote_of_instrument ON option_quote (instrument, minute);

CREATE TABLE future_top (
    minute        timestamptz NOT NULL,
    instrument    integer NOT NULL,
    bid           double precision,
    ask           double precision,
    bid_size      double precision,
    ask_size      double precision,
    mark          double precision,
    index_price   double precision,
    open_interest double precision,
    funding_8h    double precision,
    PRIMARY KEY (minute, instrument)
) PARTITION BY RANGE (minute);

-- The constant-maturity grid: one row per cell. A cell outside the quotes has no row.
CREATE TABLE surface (
    minute     timestamptz NOT NULL,
    chain      text NOT NULL,
    tenor_days double precision NOT NULL,
    k          double precision NOT NULL,
    iv         double precision NOT NULL,
    flag       text NOT NULL,       -- i: interpolated, e: extrapolated in time
    forward    double precision,
    quotes     bigint,          -- quotes used in the expiries the cell was drawn from
    PRIMARY KEY (minute, chain, tenor_days, k)
) PARTITION BY RANGE (minute);

-- One row per expiry per minute: the smile in a few figures and how well the curve fits.
CREATE TABLE smile (
    minute      timestamptz NOT NULL,
    chain       text NOT NULL,
    expiry      timestamptz NOT NULL,
    forward     double precision,
    source      text NOT NULL,  -- where the forward came from
    atm         double precision,
    rr25        double precision,
    bf25        double precision,
    rmse        double precision,   -- volatility points
    put_call_oi double precision,
    quotes      bigint NOT NULL,    -- quotes the curve was fitted to
    PRIMARY KEY (minute, chain, expiry)
);

CREATE INDEX smile_of_expiry ON smile (chain, expiry, minute);

CREATE TABLE account_minute (
    minute             timestamptz NOT NULL,
    currency           text NOT NULL,
    equity             numeric NOT NULL,
    balance            numeric NOT NULL,
    available          numeric NOT NULL,
    initial_margin     numeric NOT NULL,
    maintenance_margin numeric NOT NULL,
    delta_total        numeric NOT NULL,
    session_upl        numeric NOT NULL,
    session_rpl        numeric NOT NULL,
    total_pl           numeric NOT NULL,
    options_value      numeric NOT NULL,
    options_delta      numeric NOT NULL,
    options_gamma      numeric NOT NULL,
    options_vega       numeric NOT NULL,
    options_theta      numeric NOT NULL,
    PRIMARY KEY (minute, currency)
);
