-- Amounts worked by hand's order, one row each, as they stood last. What is not over when a desk
-- starts was interrupted: it is shown and never taken up again.
CREATE TABLE parent_order (
    key        text PRIMARY KEY,
    name       text NOT NULL,
    instrument text NOT NULL,
    side       text NOT NULL,
    asked      numeric NOT NULL,
    filled     numeric NOT NULL,
    duration_s numeric NOT NULL,
    slices     bigint NOT NULL,
    state      text NOT NULL,
    status     text NOT NULL,
    began      timestamptz NOT NULL,
    changed    timestamptz NOT NULL
);

-- Stops the desk watches itself, one row each. Armed and fired ones go on after a restart.
CREATE TABLE lot_stop (
    key        text PRIMARY KEY,
    name       text NOT NULL,
    sleeve     text NOT NULL,
    instrument text NOT NULL,
    sign       bigint NOT NULL,     -- +1 guards a long lot, -1 a short one
    kind       text NOT NULL,
    value      numeric NOT NULL,
    trigger    numeric,
    distance   numeric,
    best       numeric,
    deadline   timestamptz,
    amount     numeric NOT NULL,
    state      text NOT NULL,
    reason     text NOT NULL,
    armed      timestamptz NOT NULL,
    changed    timestamptz NOT NULL
);
