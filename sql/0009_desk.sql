-- How each minute went: recorded, or skipped and why. A minute without a row passed while nothing ran.
CREATE TABLE minute_log (
    minute      timestamptz PRIMARY KEY,
    recorded    timestamptz NOT NULL,   -- when the picture was taken
    lateness_ms double precision NOT NULL,
    options     integer NOT NULL,       -- live options, of which so many
    quoted      integer NOT NULL,       -- had a bid or an ask
    stale       integer NOT NULL,       -- could not be trusted
    skipped     text NOT NULL           -- why there is no picture; empty when there is one
);

-- What every sleeve held at a minute; flat ones have no row.
CREATE TABLE position_minute (
    minute        timestamptz NOT NULL,
    instrument    integer NOT NULL,
    mark          double precision,
    delta         double precision,     -- coin, of the whole amount
    sleeve        text NOT NULL,
    amount        numeric NOT NULL,     -- signed, the venue's unit
    average_price numeric NOT NULL,
    realised      numeric NOT NULL,     -- settlement currency, as fees and funding
    fees          numeric NOT NULL,
    funding       numeric NOT NULL,
    PRIMARY KEY (minute, sleeve, instrument)
) PARTITION BY RANGE (minute);

CREATE INDEX position_minute_of_instrument ON position_minute (instrument, minute);

-- Candles of instruments and indices, each known by its name; only closed ones.
CREATE TABLE bar (
    at           timestamptz NOT NULL,  -- when it opened
    open         double precision NOT NULL,
    high         double precision NOT NULL,
    low          double precision NOT NULL,
    close        double precision NOT NULL,
    volume       double precision,
    instrument   integer NOT NULL,
    resolution_s integer NOT NULL,
    source       text NOT NULL,         -- venue, ticks, tape ...
    PRIMARY KEY (instrument, resolution_s, at)
);

-- What the hedger saw and did, each time it acted or changed its mind.
CREATE TABLE hedge (
    at           timestamptz NOT NULL,
    sleeve       text NOT NULL,
    currency     text NOT NULL,
    instrument   text NOT NULL,
    option_delta double precision,      -- coin, as the other deltas and the band
    hedge_delta  double precision,
    net_delta    double precision,
    band         double precision,
    target       numeric NOT NULL,      -- what the sleeve should hold, the venue's unit
    amount       numeric NOT NULL,      -- what was asked for, signed; 0 inside the band
    why          text NOT NULL,
    PRIMARY KEY (at, sleeve, currency)
);

-- What a strategy made of each closed bar.
CREATE TABLE signal (
    at         timestamptz NOT NULL,    -- when the bar closed
    sleeve     text NOT NULL,
    pair       text NOT NULL,           -- the legs, joined by a stroke
    z          double precision,
    beta       double precision,        -- hedge ratio
    alpha      double precision,
    innovation double precision,
    sigma      double precision,
    threshold  double precision,
    position   integer NOT NULL,        -- of the spread: -1, 0 or 1
    regime     text NOT NULL,
    state      text NOT NULL,
    PRIMARY KEY (sleeve, pair, at)
);

CREATE VIEW funding AS
    SELECT at, sleeve, instrument, currency, amount FROM booking WHERE kind = 'funding';

CREATE INDEX booking_by_time ON booking (at);
CREATE INDEX command_by_time ON command (at);
