-- Names are long and repeat every minute; the minute tables hold a number instead.
CREATE TABLE instrument (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

-- Where each spool folder's stream of batches stands, written in the same transaction as
-- the batch itself: a batch sent twice is taken once.
CREATE TABLE stream_position (
    stream   uuid PRIMARY KEY,
    sequence bigint NOT NULL
);
