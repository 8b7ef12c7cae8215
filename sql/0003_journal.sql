-- Every execution once, however often and by whatever way the venue told us of it; and bookings
-- of our own, under trade ids no venue uses. The sum over the sleeves is the venue's position.
CREATE TABLE fill (
    id          bigint GENERATED ALWAYS AS IDENTITY,    -- the order they were booked in
    instrument  text NOT NULL,
    trade_id    text NOT NULL,
    sleeve      text NOT NULL,
    label       text NOT NULL,
    order_id    text NOT NULL,
    amount      numeric NOT NULL,   -- signed, + bought, the venue's unit
    price       numeric NOT NULL,
    fee         numeric NOT NULL,   -- + is a cost, settlement currency
    profit      numeric NOT NULL,
    index_price numeric,
    is_maker    boolean NOT NULL,
    origin      text NOT NULL,      -- venue, adopted, transfer, delivered
    at          timestamptz NOT NULL,
    PRIMARY KEY (instrument, trade_id)
);

CREATE INDEX fill_by_time ON fill (at);

-- Every state an order of ours was reported in; the same report twice is one row.
CREATE TABLE order_event (
    label         text NOT NULL,
    order_id      text NOT NULL,
    instrument    text NOT NULL,
    side          text NOT NULL,
    type          text NOT NULL,
    state         text NOT NULL,
    amount        numeric NOT NULL,
    filled        numeric NOT NULL,
    average_price numeric,
    price         numeric,
    trigger_price numeric,
    time_in_force text NOT NULL,
    post_only     boolean NOT NULL,
    reduce_only   boolean NOT NULL,
    reason        text NOT NULL,
    created       timestamptz NOT NULL,
    updated       timestamptz NOT NULL,
    PRIMARY KEY (label, order_id, state, filled, amount, updated)
);

CREATE INDEX order_event_by_time ON order_event (updated);

-- What was asked and what was answered.
CREATE TABLE command (
    at      timestamptz NOT NULL,
    number  bigint NOT NULL,
    text    text NOT NULL,
    request text NOT NULL,
    is_ok   boolean,                -- NULL while nothing was answered
    reply   text NOT NULL
);

-- Texts are keyed by their hash: an index row has no room for a long one.
CREATE UNIQUE INDEX command_once ON command (at, number, md5(reply));

-- Which strategies are switched on: one row each, the newest word wins.
CREATE TABLE automation (
    name    text PRIMARY KEY,
    is_on   boolean NOT NULL,
    changed timestamptz NOT NULL
);

-- What a strategy wanted to hold, each time it changed its mind.
CREATE TABLE decision (
    at         timestamptz NOT NULL,
    sleeve     text NOT NULL,
    instrument text NOT NULL,
    target     numeric NOT NULL,
    held       numeric NOT NULL,
    why        text NOT NULL,
    PRIMARY KEY (at, sleeve, instrument)
);

-- Signals, refusals, alarms: anything said that should be found again.
CREATE TABLE note (
    at     timestamptz NOT NULL,
    source text NOT NULL,
    text   text NOT NULL
);

CREATE UNIQUE INDEX note_once ON note (at, source, md5(text));
