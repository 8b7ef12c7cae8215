-- Money that moved without a trade: what a sleeve received as funding, and every line of the venue's
-- own books that was taken (settled, delivered, cash), so that none is taken twice.
CREATE TABLE booking (
    id         bigint GENERATED ALWAYS AS IDENTITY,     -- the order they were booked in
    currency   text NOT NULL,
    booking_id text NOT NULL,
    sleeve     text NOT NULL,       -- empty for a line of the venue's
    kind       text NOT NULL,       -- funding, settled, delivered, cash, began
    instrument text NOT NULL,       -- empty for cash
    amount     numeric NOT NULL,    -- + came in, settlement currency
    at         timestamptz NOT NULL,
    PRIMARY KEY (currency, booking_id, sleeve)
);
